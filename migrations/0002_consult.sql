-- The survey after an answer: how many said what on a day. Nothing leads from here to a consultation or a household.
CREATE TABLE consultation_surveys (
  day TEXT NOT NULL,
  answer TEXT NOT NULL,                    -- 'helped' | 'somewhat' | 'not_what_i_asked'
  given BIGINT NOT NULL,
  PRIMARY KEY (day, answer)
);
-- An answer is surveyed once: this holds the answered_at of the answer that was, never what was said.
ALTER TABLE consultations ADD COLUMN surveyed_answer_at BIGINT;

-- The desk's list: what waits.
CREATE INDEX consultations_waiting ON consultations (due_at) WHERE answered_at IS NULL AND closed_at IS NULL;
-- Who else has a record open, and who saw it when.
CREATE INDEX audit_target ON audit (target, at);
