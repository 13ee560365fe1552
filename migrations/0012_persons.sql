-- A person has addresses, signs in and asks: a member of a household, whose letters it reads, or somebody of the staff.
-- Each household of before becomes one with one member; letters stay the household's.

CREATE TABLE persons (
  id TEXT NOT NULL PRIMARY KEY,                  -- a household's first member has the household's id
  household_id TEXT REFERENCES households (id),  -- whose letters it reads; NULL: nobody's
  staff_id TEXT UNIQUE REFERENCES staff (id),    -- whom the staff's own messages go to; NULL: not of the staff
  key_owner TEXT NOT NULL,                       -- whose data key seals its addresses: its household's for the first member, else its own
  created_at BIGINT NOT NULL
);
CREATE INDEX persons_household ON persons (household_id);
INSERT INTO persons (id, household_id, key_owner, created_at) SELECT id, id, id, created_at FROM households;

-- A contact is a person's; `household_id` says whose letters come to it, and is NULL for the staff's.
ALTER TABLE contacts ADD COLUMN person_id TEXT REFERENCES persons (id);
ALTER TABLE contacts ADD COLUMN letters_of TEXT REFERENCES households (id);
UPDATE contacts SET person_id = household_id, letters_of = household_id;
DROP INDEX contacts_household;
ALTER TABLE contacts DROP COLUMN household_id;
ALTER TABLE contacts RENAME COLUMN letters_of TO household_id;
CREATE INDEX contacts_household ON contacts (household_id);
CREATE INDEX contacts_person ON contacts (person_id);

CREATE TABLE person_sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES persons (id),
  undo TEXT NOT NULL,                            -- the stop that this device made, slot and instant, or ''
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX person_sessions_person ON person_sessions (person_id);
INSERT INTO person_sessions (token_hash, person_id, undo, created_at, expires_at)
  SELECT token_hash, household_id, undo, created_at, expires_at FROM household_sessions;
DROP TABLE household_sessions;

CREATE TABLE person_links (
  token_hash TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES persons (id),
  purpose TEXT NOT NULL,                         -- 'sign_in' | 'line_nonce' | 'pairing' | 'registered' | 'form' | 'stop'
  week TEXT NOT NULL,                            -- of the letter that it opens, or the instant of a stop, or ''
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX person_links_person ON person_links (person_id);
INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at, used_at)
  SELECT token_hash, household_id, purpose, week, expires_at, used_at FROM one_time_links;
DROP TABLE one_time_links;

-- A question is a person's; `household_id` says whose record it belongs to. Both NULL: a guest's.
ALTER TABLE consultations ADD COLUMN person_id TEXT REFERENCES persons (id);
UPDATE consultations SET person_id = household_id;
CREATE INDEX consultations_person ON consultations (person_id);
