-- How much came from where: a keyed hash of the source, another one each day ('' = from everywhere). Erased when the day is over.
CREATE TABLE source_counts (
  what TEXT NOT NULL,                      -- 'ask' | 'more' | 'register' | 'visit'
  source TEXT NOT NULL,
  span TEXT NOT NULL,                      -- the day, 2026-11-24; for everywhere the hour, 2026-11-24T09
  count BIGINT NOT NULL,
  PRIMARY KEY (what, source, span)
);
CREATE INDEX source_counts_span ON source_counts (span);
-- The beginning of that hash, for a question that came when more had come from there than people write: the desk shows such questions below the others.
ALTER TABLE consultations ADD COLUMN crowd TEXT NOT NULL DEFAULT '';
CREATE INDEX consultations_crowd ON consultations (crowd) WHERE crowd <> '';
