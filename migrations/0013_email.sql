-- E-mail addresses that somebody has typed and whose owner has not confirmed yet: nothing but the question is sent to them. A row goes when it is
-- confirmed (then it is a contact) and when its day is over. Owned by the room `household`.
CREATE TABLE email_confirmations (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES persons (id),
  address TEXT NOT NULL,                   -- encrypted under the person's key, as contacts.address
  lookup TEXT NOT NULL,                    -- as contacts.lookup; the same address may be asked for by several persons
  lookup_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,                  -- of the question's next try; a claim moves it to the end of the lease
  attempt BIGINT NOT NULL DEFAULT 0,
  asked_at BIGINT                          -- the mail server took the question
);
CREATE UNIQUE INDEX email_confirmations_address ON email_confirmations (person_id, lookup);
CREATE INDEX email_confirmations_due ON email_confirmations (due_at) WHERE asked_at IS NULL;
CREATE INDEX email_confirmations_over ON email_confirmations (expires_at);

-- outbox.channel, batches.channel and contacts.channel may also be 'email'. Whether anybody is written to on a channel:
CREATE INDEX contacts_live ON contacts (channel) WHERE gone_at IS NULL;
