-- Tokens of programs. hash is the SHA-256 of the token, which is shown once and kept
-- nowhere. Times are Unix milliseconds; expires is 0 for never, revoked 0 while it holds,
-- used 0 before the first time.
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, by TEXT NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL, used INTEGER NOT NULL
);
