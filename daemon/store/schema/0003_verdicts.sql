-- Finds the few events that are verdicts without reading the plans beside them.
CREATE INDEX events_verdicts ON events (incident, seq) WHERE kind = 'verdict';
