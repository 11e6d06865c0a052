-- Browsers that asked for alerts (Web Push). endpoint is a secret: whoever knows it can
-- send there; it is '' once the browser is gone, and the row stays so that its owner can
-- be told. key is the public key the browser knows us by, session the log-in it belongs
-- to, as the hash that sessions has. Times are Unix milliseconds; reached is 0 before the
-- first alert, gone 0 while alerts may be sent.
CREATE TABLE pushes (
  id INTEGER PRIMARY KEY, user TEXT NOT NULL, endpoint TEXT NOT NULL, p256dh TEXT NOT NULL, auth TEXT NOT NULL, key TEXT NOT NULL,
  session TEXT NOT NULL, agent TEXT NOT NULL, created INTEGER NOT NULL, reached INTEGER NOT NULL, gone INTEGER NOT NULL
);
CREATE UNIQUE INDEX pushes_endpoint ON pushes (endpoint) WHERE endpoint <> '';
CREATE INDEX pushes_user ON pushes (user);

-- The keys that push services and browsers know us by (VAPID), the public one and the
-- private one. Those before the last are kept, because browsers that know one take
-- nothing that is signed with another.
CREATE TABLE push_keys (public TEXT PRIMARY KEY, private TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;

-- Who was given which alert, on channels that reach several: another attempt goes to the
-- rest. who is a hash. incident and seq are those of the alert.
CREATE TABLE given (
  alert TEXT NOT NULL, who TEXT NOT NULL, incident TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (alert, who)
) WITHOUT ROWID;
CREATE INDEX given_incident ON given (incident, who);
CREATE INDEX given_at ON given (at);
