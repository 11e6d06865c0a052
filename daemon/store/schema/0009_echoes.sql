-- By what texts about harm are known again, and when the first of them was published:
-- old news is told by it long after the post itself is deleted. No words are kept.
CREATE TABLE echoes (key INTEGER PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
