-- What many began to say although nobody had configured a word for it: one row per
-- topic that emerged, by what it was first known by. first and last are when it was
-- first and last heard, Unix seconds. voices are different authors. phrases, sources
-- (posts by name of the source) and exemplars (keys of at most five posts) are JSON.
CREATE TABLE phrases (
  phrase TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  posts INTEGER NOT NULL, voices INTEGER NOT NULL,
  phrases TEXT NOT NULL, sources TEXT NOT NULL, exemplars TEXT NOT NULL,
  PRIMARY KEY (phrase, first)
) WITHOUT ROWID;
CREATE INDEX phrases_last ON phrases (last);
