-- Webhook events of LINE are kept until their work is done, and a successor takes over what a crash left undone.
-- What an event holds (who, reply token) is sealed by the master key and erased when it is done; what people wrote is never here.
ALTER TABLE line_events ADD COLUMN kind TEXT NOT NULL DEFAULT '';        -- 'follow' | 'unfollow' | …; '' = before this column
ALTER TABLE line_events ADD COLUMN who TEXT NOT NULL DEFAULT '';         -- keyed look-up of the LINE user, for follow and unfollow: the newer one counts
ALTER TABLE line_events ADD COLUMN happened_at BIGINT NOT NULL DEFAULT 0; -- LINE's own instant, in milliseconds
ALTER TABLE line_events ADD COLUMN sealed TEXT NOT NULL DEFAULT '';
ALTER TABLE line_events ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;     -- a claim moves it to the end of the lease
ALTER TABLE line_events ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;
ALTER TABLE line_events ADD COLUMN lease_owner TEXT;
ALTER TABLE line_events ADD COLUMN done_at BIGINT;
UPDATE line_events SET done_at = received_at;
CREATE INDEX line_events_open ON line_events (due_at) WHERE done_at IS NULL;
CREATE INDEX line_events_who ON line_events (who, happened_at) WHERE who <> '';

-- Where LINE Login recognises households, all of a language get one message on LINE (`hash`); this is the letter that they had. '' = `hash` is the letter.
ALTER TABLE outbox ADD COLUMN letter TEXT NOT NULL DEFAULT '';
