-- One SQL text for SQLite and PostgreSQL: TEXT and BIGINT only; dates are TEXT YYYY-MM-DD, instants BIGINT Unix seconds named *_at,
-- flags nullable *_at. Ids are UUIDv7 made in Rust. What a person wrote and every contact address is encrypted (base64 TEXT).

-- ── households ──
CREATE TABLE households (
  id TEXT NOT NULL PRIMARY KEY,
  language TEXT NOT NULL,
  area TEXT NOT NULL,                      -- '' = not told
  first_child TEXT NOT NULL,               -- 'yes' | 'no' | '' = not told
  code TEXT NOT NULL,                      -- flyer and place of /r/<code> it came by, or ''
  consent_version TEXT NOT NULL,
  consent_at BIGINT NOT NULL,
  generated_at BIGINT,                     -- made up by `households generate`: never sent to a real service
  paused_until TEXT,                       -- a day: letters stop before it
  stopped_at BIGINT,                       -- all letters end
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE subjects (
  id TEXT NOT NULL PRIMARY KEY,
  household_id TEXT NOT NULL REFERENCES households (id),
  slot TEXT NOT NULL,                      -- 'a', 'b', …: the subject's letter inside its household, never reused
  kind TEXT NOT NULL,                      -- 'pregnancy' | 'child'
  stage_on TEXT NOT NULL,                  -- due date or birth date
  due_on TEXT,                             -- a preterm child's due date
  stopped_at BIGINT,                       -- when, never why
  created_at BIGINT NOT NULL
);
CREATE INDEX subjects_household ON subjects (household_id);

-- One address of a household on a channel. `lookup` is a keyed HMAC of the address: the same address is registered once.
CREATE TABLE contacts (
  id TEXT NOT NULL PRIMARY KEY,
  household_id TEXT NOT NULL REFERENCES households (id),
  channel TEXT NOT NULL,                   -- 'web_push' | 'line'
  address TEXT NOT NULL,                   -- encrypted under the household's key
  lookup TEXT NOT NULL UNIQUE,
  lookup_version BIGINT NOT NULL,
  gone_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX contacts_household ON contacts (household_id);

-- Signed-in households: the cookie holds a token, the table its SHA-256.
CREATE TABLE household_sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  household_id TEXT NOT NULL REFERENCES households (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX household_sessions_household ON household_sessions (household_id);

-- One-time links (from a LINE postback to the page; from registration to LINE's account link).
CREATE TABLE one_time_links (
  token_hash TEXT NOT NULL PRIMARY KEY,
  household_id TEXT NOT NULL REFERENCES households (id),
  purpose TEXT NOT NULL,                   -- 'sign_in' | 'line_nonce'
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

-- How often /r/<code> was opened, by day. No reader is recorded.
CREATE TABLE visits (
  code TEXT NOT NULL,
  day TEXT NOT NULL,
  opened BIGINT NOT NULL,
  PRIMARY KEY (code, day)
);

-- ── letters ──
-- History, one row a household, made at registration with last_key = ''. `sent` is append-only: three characters a subject's article,
-- slot + two base64url characters of the article's number. `last_key` makes planning again a no-op ('letter:2026-W48' sorts by time).
CREATE TABLE letters (
  household_id TEXT NOT NULL PRIMARY KEY REFERENCES households (id),
  last_key TEXT NOT NULL,
  hash TEXT,
  sent TEXT NOT NULL,
  slots TEXT NOT NULL DEFAULT '',          -- the subjects whom the last letter was planned for: a stop of one of them stops it
  why TEXT NOT NULL                        -- JSON: why each item of the last letter was chosen or not
);

-- Numbers are handed out once and never reused. A bulletin stands here as 'bulletin:<slug>', a note as 'note:<id>'; both are kept in `sent` too.
CREATE TABLE article_numbers (slug TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL UNIQUE);

-- Snapshots: an item's text is stored once, a letter as its items' hashes.
CREATE TABLE letter_items (hash TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE messages (
  hash TEXT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL,                       -- 'letter:2026-W48', 'answer:…', …
  language TEXT NOT NULL,
  body TEXT NOT NULL,                      -- JSON
  created_at BIGINT NOT NULL
);

-- ── outbox: everything that is ever sent goes through here, and doing it twice happens once ──
CREATE TABLE outbox (
  contact_id TEXT NOT NULL REFERENCES contacts (id),
  key TEXT NOT NULL,                       -- 'letter:2026-W48', 'welcome', 'answer:<id>', …
  channel TEXT NOT NULL,
  hash TEXT NOT NULL,                      -- the message
  about TEXT NOT NULL DEFAULT '',          -- slots of the subjects that it is about: a stop of one of them stops it
  batch_id TEXT,
  due_at BIGINT NOT NULL,                  -- a claim moves it to the end of the lease
  created_at BIGINT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  settled_at BIGINT,
  outcome TEXT,                            -- 'sent' | 'gone' | 'refused' | 'stopped' | 'uncertain'
  PRIMARY KEY (contact_id, key)
);
-- In the order in which rows are put into batches (same channel, key and message beside each other); `due_at` only to be looked at.
CREATE INDEX outbox_waiting ON outbox (channel, key, hash, contact_id, due_at) WHERE settled_at IS NULL AND batch_id IS NULL;
CREATE INDEX outbox_batch ON outbox (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX outbox_key ON outbox (key);

-- A batch is committed before its first request and never changed after it.
CREATE TABLE batches (
  id TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,                      -- the exact message (LINE: the JSON of `messages`; Web Push: hash of the message)
  retry_key TEXT NOT NULL,                 -- UUID, sent with the first request already
  recipients BIGINT NOT NULL,              -- how many rows it was made of: fewer now means that one was deleted
  due_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  lease_owner TEXT,
  first_request_at BIGINT,
  settled_at BIGINT
);
CREATE INDEX batches_due ON batches (due_at) WHERE settled_at IS NULL;

-- Who does a scheduled job at which time: unique, with a lease that a successor takes over.
CREATE TABLE runs (
  job TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  finished_at BIGINT,
  outcome TEXT,                            -- 'done' | 'late' | …
  PRIMARY KEY (job, due_at)
);

-- LINE's webhook events, once each (ULID).
CREATE TABLE line_events (id TEXT NOT NULL PRIMARY KEY, received_at BIGINT NOT NULL);

-- ── staff ──
CREATE TABLE staff (
  id TEXT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,                      -- 'clinician' | 'editor' | 'city_staff' | 'city_observer' | 'admin'
  profession TEXT NOT NULL,                -- of a clinician, or ''
  password_hash TEXT NOT NULL,             -- argon2id, PHC string
  disabled_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE TABLE staff_sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
-- Failed sign-ins, for the rate limit: a keyed hash of login or address, no address itself.
CREATE TABLE sign_in_failures (id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, failed_at BIGINT NOT NULL);
CREATE INDEX sign_in_failures_subject ON sign_in_failures (subject, failed_at);

-- ── consultations ──
CREATE TABLE consultations (
  id TEXT NOT NULL PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,         -- of the token in /q/<token>
  token TEXT NOT NULL,                     -- the same, encrypted, so that /me and the notice can link to it
  key_owner TEXT NOT NULL,                 -- whose data key encrypts it: the household's id, or this id for a guest
  household_id TEXT REFERENCES households (id),
  category TEXT NOT NULL,                  -- 'pregnancy' | 'child' | 'self'
  subject_slot TEXT NOT NULL,              -- which subject, or ''
  profession TEXT NOT NULL,
  source TEXT NOT NULL,                    -- 'article:<slug>', 'letter', or ''
  language TEXT NOT NULL,
  danger_at BIGINT,                        -- danger signs were found and 119 was shown
  asked_at BIGINT NOT NULL,                -- of the newest unanswered question
  due_at BIGINT NOT NULL,
  answered_at BIGINT,
  closed_at BIGINT,
  consent_version TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX consultations_household ON consultations (household_id);
CREATE TABLE consultation_entries (
  id TEXT NOT NULL PRIMARY KEY,
  consultation_id TEXT NOT NULL REFERENCES consultations (id),
  author TEXT NOT NULL,                    -- 'asker' | 'staff' | 'system'
  staff_id TEXT,
  body TEXT NOT NULL,                      -- encrypted
  created_at BIGINT NOT NULL
);
CREATE INDEX consultation_entries_of ON consultation_entries (consultation_id, created_at);

-- Who saw or did what (append-only).
CREATE TABLE audit (
  id TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,                     -- 'staff:<id>', 'household', 'system'
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  at BIGINT NOT NULL
);
