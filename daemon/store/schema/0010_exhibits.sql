-- Posts that were quoted as proof, kept as they were when the post itself is deleted.
-- The hash is that in the events of the incident, whose chain covers it.
CREATE TABLE exhibits (
  key INTEGER NOT NULL,
  hash TEXT NOT NULL,
  source TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
  published INTEGER NOT NULL, kept INTEGER NOT NULL,
  PRIMARY KEY (key, hash)
) WITHOUT ROWID;
CREATE INDEX exhibits_kept ON exhibits (kept);
