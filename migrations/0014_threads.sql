-- Where a thread stands, as `consult::state` knows it; the instants beside it only say when.
--   turn  'waiting' for an answer | 'answered' | 'closed' (without an answer where there is no answered_at)
--   alarm 'silent' | 'watched' (a clinician has answered since) | 'urgent' (nobody has) | 'shelved' (closed without an answer: urgent as soon as it goes on)
-- Every write that changes a thread raises its version, and names the one that its writer saw.
ALTER TABLE consultations ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE consultations ADD COLUMN turn TEXT NOT NULL DEFAULT 'waiting';
ALTER TABLE consultations ADD COLUMN alarm TEXT NOT NULL DEFAULT 'silent';
UPDATE consultations SET watched_at = danger_at WHERE danger_at IS NOT NULL AND watched_at IS NULL;
UPDATE consultations SET danger_at = watched_at WHERE watched_at IS NOT NULL AND danger_at IS NULL;
UPDATE consultations SET turn = CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN answered_at IS NOT NULL THEN 'answered' ELSE 'waiting' END;
UPDATE consultations SET alarm = CASE
    WHEN danger_at >= asked_at AND (answered_at IS NULL OR danger_at > answered_at) AND (closed_at IS NULL OR danger_at > closed_at) THEN 'urgent'
    WHEN closed_at IS NOT NULL AND answered_at IS NULL AND danger_at >= asked_at THEN 'shelved'
    ELSE 'watched' END WHERE watched_at IS NOT NULL;
-- The version of the thread that an entry came with, and in what it came ('' = it changed nothing that others go by, as a draft): what
-- somebody has not seen yet is what has a higher one.
ALTER TABLE consultation_entries ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE consultation_entries ADD COLUMN event TEXT NOT NULL DEFAULT '';
UPDATE consultation_entries SET event = CASE author WHEN 'asker' THEN 'written' ELSE 'answered' END WHERE author IN ('asker', 'staff');

-- The desk's lists: what is urgent, what waits, what is watched over, what is done.
DROP INDEX consultations_waiting;
DROP INDEX consultations_watched;
CREATE INDEX consultations_urgent ON consultations (danger_at) WHERE alarm = 'urgent';
CREATE INDEX consultations_waiting ON consultations (due_at) WHERE turn = 'waiting';
CREATE INDEX consultations_watched ON consultations (watched_at) WHERE alarm <> 'silent';
CREATE INDEX consultations_done ON consultations ((COALESCE(answered_at, closed_at))) WHERE turn <> 'waiting';
