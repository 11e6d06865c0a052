-- What people entered into the calendar beside the configured entries: while one holds,
-- the thresholds of its topics (joined by the character 31; '' is all) are multiplied by
-- bar. Times are Unix milliseconds; removed is 0 while it stands. No row is deleted.
CREATE TABLE planned (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
  topics TEXT NOT NULL, bar REAL NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
  removed INTEGER NOT NULL, removed_by TEXT NOT NULL
);
CREATE INDEX planned_until ON planned (until);
-- The requests of the last weeks, for how soon people are answered.
CREATE INDEX asks_received ON asks (received);
