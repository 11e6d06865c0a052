-- Lists are read newest first, and by what is chosen of them.
CREATE INDEX incidents_opened ON incidents (opened, id);
CREATE INDEX incidents_restricted ON incidents (id, restricted) WHERE restricted <> '';
CREATE INDEX outbox_state ON outbox (state, created);
CREATE INDEX outbox_channel ON outbox (channel, created);
CREATE INDEX outbox_channel_state ON outbox (channel, state, created);
CREATE INDEX outbox_incident_created ON outbox (incident, created);
CREATE INDEX audit_who ON audit (who);
CREATE INDEX audit_outcome ON audit (outcome) WHERE outcome <> 'ok';

-- The requests that were dealt with, the last acted on first.
CREATE INDEX asks_done ON asks (at) WHERE state NOT IN ('open', 'claimed');
