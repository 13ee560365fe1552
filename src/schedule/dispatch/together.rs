//! A batch with one body for all in, one request and what became of its rows out.

use super::known::{Known, Marks};
use super::{Counter, Dispatcher, attempt, seconds};
use crate::channel::{Multicast, Outcome, Together, back_off};
use crate::outbox::{self, Batch, End, Row, RowOutcome};
use anyhow::Result;

impl Dispatcher {
    /// One request, with the recipients, body and retry key that were stored before its first.
    pub(super) async fn together(
        &self,
        channel: &dyn Together,
        batch: &Batch,
        rows: Vec<Row>,
        counter: &Counter,
    ) -> Result<()> {
        let service = batch.channel.title();
        let ready = async {
            let known = self.known(batch, &rows).await?;
            let mut marks = Marks::of(&rows, &known);
            if known.addresses.iter().all(Result::is_ok) {
                rows.iter().for_each(|row| marks.ask(&row.contact_id));
                self.mark(batch, &mut marks).await?;
            }
            anyhow::Ok((known, marks))
        };
        let (Known { addresses, .. }, mut marks) = self.or_not_begun(batch, ready.await).await?;
        if addresses.iter().any(Result::is_err) {
            return self.leave_out(batch, &rows, &addresses, counter).await;
        }
        // An earlier request may have arrived: what this one is answered says nothing of it.
        let doubt = batch.first_request_at.is_some();
        let to: Vec<String> = addresses.into_iter().flatten().collect();
        let request =
            Multicast { retry_key: &batch.retry_key, to: &to, body: &batch.body, attempt: attempt(batch.attempt) };
        let outcome = channel.send(request).await;
        let now = self.clock.now();
        self.heard_of_account(batch.channel, &outcome).await?;
        if !doubt && !matches!(outcome, Outcome::Sent | Outcome::Retry { .. }) {
            rows.iter().for_each(|row| marks.not_taken(&row.contact_id));
        }
        let end = match outcome {
            Outcome::Sent => End::Sent,
            Outcome::Gone if rows.len() == 1 => End::Gone,
            Outcome::Gone | Outcome::Refused { .. } | Outcome::RefusedTogether { .. } if doubt => {
                tracing::error!(
                    batch = batch.id,
                    rows = rows.len(),
                    "{service} refused a batch that an earlier request may have brought; it is not repeated"
                );
                End::Uncertain
            }
            Outcome::Gone => {
                tracing::error!(batch = batch.id, "{service} does not know the request's address");
                End::Refused
            }
            Outcome::Refused { reason } => {
                tracing::error!(batch = batch.id, rows = rows.len(), reason, "{service} refused a batch");
                End::Refused
            }
            Outcome::Retry { after } => {
                outbox::later(&self.db, batch, now.plus(seconds(after))).await?;
                return Ok(());
            }
            Outcome::RefusedTogether { reason } if rows.len() > 1 => {
                tracing::warn!(
                    batch = batch.id,
                    rows = rows.len(),
                    reason,
                    "{service} refused a batch as a whole; it is halved to find who is at fault"
                );
                outbox::split(&self.db, batch, now).await?;
                return self.mark(batch, &mut marks).await;
            }
            Outcome::RefusedTogether { reason } => {
                tracing::error!(
                    batch = batch.id,
                    contact = rows.first().map(|r| r.contact_id.as_str()),
                    reason,
                    "{service} refused one recipient"
                );
                End::Refused
            }
            Outcome::NotTaken { after } | Outcome::Barred { after } => {
                outbox::not_begun(&self.db, batch, now.plus(seconds(after))).await?;
                return self.mark(batch, &mut marks).await;
            }
        };
        if let Some(settled) = outbox::settle_batch(&self.db, batch, end, now).await? {
            counter.count(end, settled);
            if end == End::Sent {
                rows.iter().for_each(|row| marks.accepted(&row.contact_id));
            }
            self.mark(batch, &mut marks).await?;
        }
        Ok(())
    }

    /// A batch with rows that are not sent: before its first request it is made anew without them; afterwards it waits
    /// for a key that is missing, and without that hope it is in doubt for good.
    async fn leave_out(
        &self,
        batch: &Batch,
        rows: &[Row],
        addresses: &[Result<String, RowOutcome>],
        counter: &Counter,
    ) -> Result<()> {
        let now = self.clock.now();
        let out: Vec<(String, RowOutcome)> =
            rows.iter().zip(addresses).filter_map(|(r, a)| Some((r.contact_id.clone(), *a.as_ref().err()?))).collect();
        if batch.first_request_at.is_some() {
            if out.iter().all(|(_, outcome)| matches!(outcome, RowOutcome::Retry { .. })) {
                outbox::later(&self.db, batch, now.plus(seconds(back_off(attempt(batch.attempt))))).await?;
                return Ok(());
            }
            tracing::error!(
                batch = batch.id,
                rows = rows.len(),
                "it cannot be known whether this batch arrived; it is not repeated"
            );
            counter
                .count(End::Uncertain, outbox::settle_batch(&self.db, batch, End::Uncertain, now).await?.unwrap_or(0));
            return Ok(());
        }
        if outbox::discard(&self.db, batch, &out, now).await? {
            out.iter().for_each(|(_, outcome)| counter.left_out(*outcome));
        }
        Ok(())
    }
}
