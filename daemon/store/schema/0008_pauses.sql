-- Every stop and every resumption of the visits to a source: who, the machine
-- included, and when. at is Unix milliseconds; paused is 0 for a resumption.
CREATE TABLE pauses (
  source TEXT NOT NULL, at INTEGER NOT NULL, paused INTEGER NOT NULL, actor TEXT NOT NULL
);
CREATE INDEX pauses_source ON pauses (source, at);
