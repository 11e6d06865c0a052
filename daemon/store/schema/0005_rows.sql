-- Posts lie in the order in which they were counted, and are found by their key
-- through an index. As the place of whole rows the key touched one page a post.
CREATE TABLE posts_in_order (
  seq INTEGER PRIMARY KEY,
  key INTEGER NOT NULL,
  source TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
  author TEXT NOT NULL, lang TEXT NOT NULL, published INTEGER NOT NULL, seen INTEGER NOT NULL,
  mood INTEGER NOT NULL, print INTEGER NOT NULL,
  topics TEXT NOT NULL, -- ids, joined by U+001F
  extra TEXT NOT NULL -- JSON of the rarer fields of crisis.Post, '' for none
);
INSERT INTO posts_in_order SELECT NULL, key, source, id, kind, url, title, text, author, lang, published, seen, mood, print, topics, extra
  FROM posts ORDER BY seen, published, source, id;
DROP TABLE posts;
ALTER TABLE posts_in_order RENAME TO posts;
CREATE UNIQUE INDEX posts_key ON posts (key);
