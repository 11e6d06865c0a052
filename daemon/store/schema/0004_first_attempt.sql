-- When a source was first visited, seen or not: from then on it is expected to be
-- seen, however often the daemon starts. 0 is not known.
ALTER TABLE sources ADD COLUMN first_attempt INTEGER NOT NULL DEFAULT 0;
