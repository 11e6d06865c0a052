-- One row per setting of the daemon: the last minute judged, the author key ….
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Posts. key is crisis.PostKey: the day in the upper bits keeps inserts at the
-- end of the tree. Times are Unix milliseconds, UTC. mood is 0 negative,
-- 1 neutral, 2 positive; print is the near-duplicate group.
CREATE TABLE posts (
  key INTEGER PRIMARY KEY,
  source TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
  author TEXT NOT NULL, lang TEXT NOT NULL, published INTEGER NOT NULL, seen INTEGER NOT NULL,
  mood INTEGER NOT NULL, print INTEGER NOT NULL,
  topics TEXT NOT NULL, -- ids, joined by U+001F
  extra TEXT NOT NULL -- JSON of the rarer fields of crisis.Post, '' for none
);

-- Which posts speak of a topic, in order of time.
CREATE TABLE hits (
  topic TEXT NOT NULL, at INTEGER NOT NULL, post INTEGER NOT NULL,
  voice INTEGER NOT NULL, fresh INTEGER NOT NULL,
  PRIMARY KEY (topic, at, post)
) WITHOUT ROWID;

-- What one minute of one topic held; minute is Unix minutes. known is the last
-- minute that had been judged when it was counted: posts come late, and a restart
-- must learn of them when the daemon did. backfill 1 is what the first visit of a
-- source brought: history, not news.
CREATE TABLE counts (
  topic TEXT NOT NULL, minute INTEGER NOT NULL, known INTEGER NOT NULL, backfill INTEGER NOT NULL,
  posts INTEGER NOT NULL, voices INTEGER NOT NULL, uniq INTEGER NOT NULL, negative INTEGER NOT NULL, rated INTEGER NOT NULL,
  PRIMARY KEY (topic, minute, known, backfill)
) WITHOUT ROWID;
CREATE TABLE source_counts (
  source TEXT NOT NULL, minute INTEGER NOT NULL, known INTEGER NOT NULL, backfill INTEGER NOT NULL, posts INTEGER NOT NULL,
  PRIMARY KEY (source, minute, known, backfill)
) WITHOUT ROWID;

-- Which sources could be seen, from each minute on at which that changed: a JSON
-- object of true and false by name.
CREATE TABLE sights (minute INTEGER PRIMARY KEY, seen TEXT NOT NULL);

-- Every attempt to read a source, also the failed ones: coverage.
CREATE TABLE attempts (
  source TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL, class TEXT NOT NULL, posts INTEGER NOT NULL,
  fresh INTEGER NOT NULL, detail TEXT NOT NULL, retry_after INTEGER NOT NULL, backfill INTEGER NOT NULL
);
CREATE INDEX attempts_at ON attempts (source, at);

-- Where we stand with each source. The cursor moves only with the posts it covers.
CREATE TABLE sources (
  name TEXT PRIMARY KEY, cursor TEXT NOT NULL, first_success INTEGER NOT NULL, last_ok INTEGER NOT NULL,
  last_attempt INTEGER NOT NULL, last_class TEXT NOT NULL, last_detail TEXT NOT NULL, next_attempt INTEGER NOT NULL,
  failures INTEGER NOT NULL, paused INTEGER NOT NULL
) WITHOUT ROWID;

-- The timeline of every incident: append-only, hash-chained. Times are Unix
-- nanoseconds, because the hash covers them.
CREATE TABLE events (
  incident TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, recorded INTEGER NOT NULL,
  actor TEXT NOT NULL, data BLOB NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY (incident, seq)
) WITHOUT ROWID;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed; append a correction'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

-- A projection of the events, for lists; rebuilt by folding them.
CREATE TABLE incidents (
  id TEXT PRIMARY KEY, topic TEXT NOT NULL, title TEXT NOT NULL, level INTEGER NOT NULL,
  opened INTEGER NOT NULL, closed INTEGER NOT NULL, seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX incidents_topic ON incidents (topic, opened);
CREATE INDEX incidents_closed ON incidents (closed);

-- Alerts on their way: one row per alert and channel, written together with the
-- event behind it. state is waiting, sending, sent, refused or dead.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
  created INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL, state TEXT NOT NULL,
  ref TEXT NOT NULL, detail TEXT NOT NULL, fix TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (channel, state, due);
CREATE INDEX outbox_incident ON outbox (incident, channel);

-- Every attempt to deliver, for a press officer to read.
CREATE TABLE ledger (
  alert TEXT NOT NULL, at INTEGER NOT NULL, attempt INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX ledger_alert ON ledger (alert, at);

-- The first message of an incident on a channel: what updates edit and replies hang from.
CREATE TABLE messages (incident TEXT NOT NULL, channel TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (incident, channel)) WITHOUT ROWID;

-- People who may log in, and their sessions. token is the SHA-256 of the cookie.
CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, must_change INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (token TEXT PRIMARY KEY, user TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
