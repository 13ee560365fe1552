-- A thread in which signs of danger were found stays under watch until a clinician ends it: the asker keeps the telephone numbers, the desk a mark.
-- Answers and closings do not end it. Which signs, memos and drafts are entries (author 'mark', 'memo', 'draft'): sealed, and erased with the thread.
ALTER TABLE consultations ADD COLUMN watched_at BIGINT;
UPDATE consultations SET watched_at = danger_at WHERE danger_at IS NOT NULL;
CREATE INDEX consultations_watched ON consultations (watched_at) WHERE watched_at IS NOT NULL;
