-- What is left of letters when their rows go: counts, for the reports. Owner: letter.
CREATE TABLE letter_counts (
  key TEXT NOT NULL,                       -- 'letter:2026-W48'
  day TEXT NOT NULL,                       -- on which the row ended, in the city's zone
  channel TEXT NOT NULL,
  segment TEXT NOT NULL,                   -- a household is in several; '' = all households, each once
  language TEXT NOT NULL,
  outcome TEXT NOT NULL,
  number BIGINT NOT NULL,
  PRIMARY KEY (key, day, channel, segment, language, outcome)
);
CREATE TABLE letter_tallies (
  key TEXT NOT NULL PRIMARY KEY,           -- whose rows are counted
  tallied_at BIGINT NOT NULL,
  pruned_at BIGINT                         -- when the rows, batches and texts of the week went
);

-- The newest week that an item stands in: when that week's letters go, it goes.
ALTER TABLE letter_items ADD COLUMN used TEXT NOT NULL DEFAULT '';
UPDATE letter_items SET used = COALESCE((SELECT MAX(key) FROM messages WHERE key LIKE 'letter:%'), '');

CREATE INDEX messages_key ON messages (key);
CREATE INDEX batches_key ON batches (key);

-- How many began to follow the LINE account, blocked it, and came back, by day. Owner: channel.
CREATE TABLE line_counts (
  day TEXT NOT NULL,                       -- LINE's own instant, in the city's zone
  what TEXT NOT NULL,                      -- 'follow' | 'block' | 'unblock'
  number BIGINT NOT NULL,
  PRIMARY KEY (day, what)
);
