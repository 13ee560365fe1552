-- A one-time link may lead to its household's letter of a week; '' = to the household's own page.
ALTER TABLE one_time_links ADD COLUMN week TEXT NOT NULL DEFAULT '';
-- The session (its hash) of the device that gave this address, so that a device that leaves takes it along; '' = not known, or no device.
ALTER TABLE contacts ADD COLUMN session TEXT NOT NULL DEFAULT '';
-- What this device stopped last, so that a mistaken tap can be taken back: slot and instant ('a.1795000000'), or ''.
ALTER TABLE household_sessions ADD COLUMN undo TEXT NOT NULL DEFAULT '';
