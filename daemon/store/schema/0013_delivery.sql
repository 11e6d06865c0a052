-- What people have silenced (静默): alerts of an incident, a topic or on a channel wait
-- until the end; '' stands for any. ended is when somebody ended it early, 0 for never.
CREATE TABLE silences (
  id INTEGER PRIMARY KEY, incident TEXT NOT NULL, topic TEXT NOT NULL, channel TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL, ended INTEGER NOT NULL
);
CREATE INDEX silences_until ON silences (until);

-- How many attempts a channel has had of late says when the next one may be made.
CREATE INDEX ledger_at ON ledger (at);

-- The ledger is read newest first.
CREATE INDEX outbox_created ON outbox (created);

-- Signed links that were used: each works once.
CREATE TABLE taps (nonce TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
