-- Lists are read newest first, and by what is chosen of them.
CREATE INDEX incidents_opened ON incidents (opened, id);
CREATE INDEX incidents_restricted ON incidents (id, restricted) WHERE restricted <> '';
CREATE INDEX outbox_state ON outbox (state, created);
CREATE INDEX outbox_channel ON outbox (channel, created);
CREATE INDEX outbox_channel_state ON outbox (channel, state, created);
CREATE INDEX outbox_incident_created ON outbox (incident, created);
CREATE INDEX audit_who ON audit (who);
CREATE INDEX audit_outcome ON audit (outcome);

-- The requests that were dealt with, the last acted on first.
CREATE INDEX asks_done ON asks (at) WHERE state NOT IN ('open', 'claimed');

-- What charts ask of the visits stands in the index.
DROP INDEX attempts_at;
CREATE INDEX attempts_at ON attempts (source, at, class);

-- What opened an incident and how people judged it: a projection of its events, as the rest
-- of the row.
ALTER TABLE incidents ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
UPDATE incidents SET
  rule = coalesce((SELECT CAST(data AS TEXT) ->> '$.signal.detector' FROM events WHERE incident = id AND events.seq = 1), ''),
  verdict = coalesce((SELECT CAST(data AS TEXT) ->> '$.verdict' FROM events WHERE incident = id AND kind = 'verdict' ORDER BY events.seq DESC LIMIT 1), '');
