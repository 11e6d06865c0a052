-- The people who need an answer: one row per near-duplicate group and class, and every
-- act on it as a row that is never changed. Nothing here says who wrote. Times are Unix
-- milliseconds; due is 0 for none; topics are joined by the character 31.
CREATE TABLE asks (
  key INTEGER PRIMARY KEY, class TEXT NOT NULL, why TEXT NOT NULL, topics TEXT NOT NULL, source TEXT NOT NULL,
  url TEXT NOT NULL, quote TEXT NOT NULL, published INTEGER NOT NULL, received INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL,
  actor TEXT NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL, answer TEXT NOT NULL,
  print INTEGER NOT NULL, copies INTEGER NOT NULL, told INTEGER NOT NULL, rings INTEGER NOT NULL
);
CREATE INDEX asks_open ON asks (due) WHERE state IN ('open', 'claimed');
CREATE INDEX asks_print ON asks (print);
CREATE TABLE ask_acts (
  ask INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX ask_acts_ask ON ask_acts (ask, at);
