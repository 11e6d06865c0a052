-- What people say a text should have been read as. The text itself is kept: posts
-- are deleted by age, corrections are learnt from for years. at is Unix milliseconds.
CREATE TABLE corrections (
  text TEXT PRIMARY KEY, label TEXT NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
