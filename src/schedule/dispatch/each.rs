//! A batch of messages that stand alone in, a request for each row and what became of it out.

use super::known::Marks;
use super::{Counter, Dispatcher, LEASE_SECONDS, SUSPECTED, attempt, is_letter, seconds};
use crate::channel::{Each, Outcome, Single, back_off};
use crate::clock::Wall;
use crate::outbox::{self, Batch, End, Notice, Row, RowOutcome};
use crate::schedule::services::{Answer, Suspect};
use anyhow::Result;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Requests in flight of one batch (64 in all), and as many rows at most as the ledger calls asked for and the database
/// does not know the end of.
const IN_FLIGHT: usize = 16;

/// So long more answers are waited for after the first, before what is known is written.
const TOGETHER: Duration = Duration::from_millis(5);

/// A request that was answered, or none that was made.
struct Answered {
    contact: String,
    outcome: RowOutcome,
    /// Certainly nothing was taken.
    not_taken: bool,
    /// What was answered.
    said: Option<Outcome>,
}

impl Dispatcher {
    /// A request for each row, in groups: a group stands in the ledger before its requests, and what is known is
    /// settled at once, so that whatever happens to this process leaves no more in doubt than what was in flight (a
    /// repeat says that it is one: `Topic`, `Message-ID`).
    pub(super) async fn each(
        &self,
        channel: &Arc<dyn Each>,
        batch: &Batch,
        rows: Vec<Row>,
        counter: &Counter,
    ) -> Result<()> {
        let mut hashes: Vec<String> = rows.iter().map(|r| r.hash.clone()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let ready = async {
            let mut connection = self.db.pool().acquire().await?;
            let notices: BTreeMap<String, Arc<Notice>> = outbox::notices(&self.db, &mut connection, &hashes)
                .await?
                .into_iter()
                .map(|(h, n)| (h, Arc::new(n)))
                .collect();
            drop(connection);
            anyhow::Ok((notices, self.known(batch, &rows).await?))
        };
        let (notices, known) = self.or_not_begun(batch, ready.await).await?;
        let mut marks = Marks::of(&rows, &known);
        let mut waiting = rows.into_iter().zip(known.addresses);
        let (mut requests, mut asked, mut failed) = (JoinSet::new(), false, None);
        loop {
            let (mut group, mut left_out) = (Vec::new(), Vec::new());
            while failed.is_none()
                && requests.len() + group.len() < IN_FLIGHT
                && let Some((row, address)) = waiting.next()
            {
                match (address, notices.get(&row.hash)) {
                    (Ok(address), Some(notice)) => {
                        marks.ask(&row.contact_id);
                        group.push((row, address, notice.clone()));
                    }
                    (Err(outcome), _) => left_out.push((row.contact_id, outcome)),
                    (Ok(_), None) => {
                        tracing::error!(hash = row.hash, "a queued message is missing");
                        left_out.push((row.contact_id, RowOutcome::End(End::Refused)));
                    }
                }
            }
            match self.mark(batch, &mut marks).await {
                Ok(()) => {}
                Err(e) if !asked => return self.or_not_begun(batch, Err(e)).await,
                // What is in flight is waited for; who was to be asked next waits with the batch.
                Err(e) => {
                    marks.ask_nobody();
                    (failed, group) = (failed.or(Some(e)), Vec::new());
                }
            }
            asked |= !group.is_empty();
            for (row, address, notice) in group {
                requests.spawn(self.clone().one(channel.clone(), batch.key.clone(), row, address, notice));
            }
            let mut answered = Vec::new();
            if let Some(done) = requests.join_next().await {
                answered.push(done?);
                // Those that are answered together are settled together.
                tokio::time::sleep(TOGETHER).await;
                while let Some(done) = requests.try_join_next() {
                    answered.push(done?);
                }
            } else if left_out.is_empty() {
                break;
            }
            let now = self.clock.now();
            let known: Vec<(String, RowOutcome)> =
                answered.iter().map(|a| (a.contact.clone(), a.outcome)).chain(left_out.iter().cloned()).collect();
            if !outbox::settle_rows(&self.db, batch, &known, now, now.plus(LEASE_SECONDS)).await? {
                return Ok(());
            }
            left_out.iter().for_each(|(_, outcome)| counter.left_out(*outcome));
            // Of those that are answered together the refusal counts, if there is one.
            let said = || answered.iter().filter_map(|a| a.said.as_ref());
            if let Some(said) =
                said().find(|said| matches!(said, Outcome::Barred { .. })).or_else(|| said().next_back())
            {
                self.heard_of_account(batch.channel, said).await?;
            }
            for Answered { contact, outcome, not_taken, .. } in answered {
                if let RowOutcome::End(end) = outcome {
                    counter.count(end, 1);
                }
                if outcome == RowOutcome::End(End::Sent) {
                    marks.accepted(&contact);
                } else if not_taken {
                    marks.not_taken(&contact);
                }
            }
        }
        if is_letter(&batch.key) {
            self.vault.ledger_into_file().await;
        }
        if let Some(e) = failed {
            tracing::error!(
                batch = batch.id,
                error = format!("{e:#}"),
                "the ledger cannot be written; the rest of this batch waits"
            );
            outbox::later(&self.db, batch, self.clock.now().plus(seconds(back_off(attempt(batch.attempt))))).await?;
            return Err(e);
        }
        counter.count(
            End::Uncertain,
            outbox::settle_batch(&self.db, batch, End::Uncertain, self.clock.now()).await?.unwrap_or(0),
        );
        Ok(())
    }

    async fn one(
        self,
        channel: Arc<dyn Each>,
        key: String,
        row: Row,
        address: String,
        notice: Arc<Notice>,
    ) -> Answered {
        let service = channel.service(&address);
        if let Some(until) = self.services.held(&service, self.clock.now()) {
            return Answered {
                contact: row.contact_id,
                outcome: RowOutcome::Retry { due_at: until },
                not_taken: true,
                said: None,
            };
        }
        let message =
            Single { to: &address, notice: &notice, contact: &row.contact_id, attempt: attempt(row.attempt + 1) };
        let answer = channel.send(message).await;
        let now = self.clock.now();
        let not_taken = !matches!(answer, Outcome::Sent | Outcome::Retry { .. });
        let said = match &answer {
            Outcome::Sent => Some(Answer::Accepted),
            Outcome::Gone => Some(Answer::Gone),
            Outcome::Barred { after } => Some(Answer::Barred(*after)),
            Outcome::Retry { .. }
            | Outcome::NotTaken { .. }
            | Outcome::Refused { .. }
            | Outcome::RefusedTogether { .. } => None,
        };
        if let Some(said) = said {
            self.services.heard(&service, said, Suspect { key, contact: row.contact_id.clone() }, now);
        }
        let outcome = match &answer {
            Outcome::Sent => RowOutcome::End(End::Sent),
            // Whether it is really gone is judged at the end of the round.
            Outcome::Gone => RowOutcome::Retry { due_at: now.plus(SUSPECTED) },
            Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. }
                if now.since(Wall::at(row.created_at)) >= i64::from(notice.ttl) =>
            {
                tracing::error!(contact = row.contact_id, "given up: it is not worth delivering any more");
                RowOutcome::End(End::Expired)
            }
            Outcome::Retry { after } | Outcome::NotTaken { after } | Outcome::Barred { after } => {
                RowOutcome::Retry { due_at: now.plus(seconds(*after)) }
            }
            Outcome::Refused { reason } | Outcome::RefusedTogether { reason } => {
                tracing::error!(contact = row.contact_id, service, reason, "a service refused a message");
                RowOutcome::End(End::Refused)
            }
        };
        Answered { contact: row.contact_id, outcome, not_taken, said: Some(answer) }
    }
}
