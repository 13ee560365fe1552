//! Rows of a batch in, what is known of each before its request out; and what the ledger is told, before a request and
//! after its answer.

use super::{Dispatcher, attempt, is_letter, seconds};
use crate::channel::back_off;
use crate::clock::Wall;
use crate::contact::{Channel, Shape};
use crate::outbox::{self, Batch, End, Row, RowOutcome};
use crate::vault::{Asked, Held, Mark};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

/// What is known of a batch's rows, in their order.
pub(super) struct Known {
    /// The rows' addresses; `Err` holds what becomes of a row that is not sent.
    pub addresses: Vec<Result<String, RowOutcome>>,
    /// Look-ups of rows of which an earlier request may have arrived: that a later one was not taken says nothing of
    /// it.
    doubtful: BTreeSet<String>,
}

/// What is to be written into the ledger with the next group of requests: one statement, on the disk before they go
/// out.
pub(super) struct Marks {
    lookups: BTreeMap<String, String>,
    doubtful: BTreeSet<String>,
    waiting: BTreeMap<String, Mark>,
}

impl Marks {
    pub(super) fn of(rows: &[Row], known: &Known) -> Self {
        Self {
            lookups: rows.iter().map(|r| (r.contact_id.clone(), r.lookup.clone())).collect(),
            doubtful: known.doubtful.clone(),
            waiting: BTreeMap::new(),
        }
    }
    /// This contact is about to be asked for.
    pub(super) fn ask(&mut self, contact: &str) {
        self.push(contact, Mark::Asked);
    }
    /// Its request was accepted, and that is settled in the database.
    pub(super) fn accepted(&mut self, contact: &str) {
        self.push(contact, Mark::Accepted);
    }
    /// Nothing of its request was taken: unless an earlier one is in doubt, it is as if it had not been asked for.
    pub(super) fn not_taken(&mut self, contact: &str) {
        if self.lookups.get(contact).is_some_and(|lookup| !self.doubtful.contains(lookup)) {
            self.push(contact, Mark::NotTaken);
        }
    }
    /// Nobody is asked for now: the requests are not made.
    pub(super) fn ask_nobody(&mut self) {
        self.waiting.retain(|_, mark| *mark != Mark::Asked);
    }
    fn push(&mut self, contact: &str, mark: Mark) {
        self.waiting.extend(self.lookups.get(contact).map(|lookup| (lookup.clone(), mark)));
    }
}

impl Dispatcher {
    /// What is known of these rows: their addresses, and what the ledger says of them.
    pub(super) async fn known(&self, batch: &Batch, rows: &[Row]) -> Result<Known> {
        let addresses = self.addresses(rows, batch.channel).await?;
        self.unsent(batch, rows, addresses).await
    }

    /// The rows' addresses; `Err` holds what becomes of a row that cannot be sent: its key was destroyed, it is made up
    /// and the service is real, or its key is missing from the store, which is no fault of the household's: then it
    /// waits, as long as its message is worth anything.
    async fn addresses(&self, rows: &[Row], channel: Channel) -> Result<Vec<Result<String, RowOutcome>>> {
        let mut owners: Vec<String> = rows.iter().map(|r| r.key_owner.clone()).collect();
        owners.sort_unstable();
        owners.dedup();
        let held = self.vault.held(&owners).await?;
        let (now, carrier, mut missing) = (self.clock.now(), self.carriers.of(channel), 0);
        let mut address = |row: &Row| {
            let key = match held.get(&row.key_owner) {
                Some(Held::Key(key)) => key,
                Some(Held::Destroyed) => return Err(RowOutcome::End(End::Gone)),
                Some(Held::Missing) | None => {
                    missing += 1;
                    let given_up = now.since(Wall::at(row.created_at)) >= outbox::WORTH_SECONDS;
                    return Err(if given_up {
                        RowOutcome::End(End::Expired)
                    } else {
                        RowOutcome::Retry { due_at: now.plus(seconds(back_off(attempt(row.attempt + 1)))) }
                    });
                }
            };
            let address = key.open("contacts.address", &row.address).map_err(|e| {
                tracing::error!(contact = row.contact_id, error = format!("{e:#}"), "an address cannot be opened");
                RowOutcome::End(End::Refused)
            })?;
            if row.generated && !carrier.is_stand_in(&address) {
                tracing::error!(
                    contact = row.contact_id,
                    "a made-up household is never sent anything through a real service"
                );
                return Err(RowOutcome::End(End::Refused));
            }
            Ok(address)
        };
        let found = rows.iter().map(&mut address).collect();
        if missing > 0 {
            self.keyless.fetch_max(missing, Ordering::Relaxed);
            tracing::error!(
                missing,
                "鍵の置き場に鍵のない世帯があります（消した記録もありません）。送らずに待っています。\
                 新しい控えから鍵の置き場を戻してください"
            );
        }
        Ok(found)
    }

    /// Rows of a letter that the ledger has a request of and this database does not (it was restored since): what was
    /// accepted is sent, what was under way may have arrived. Neither is sent again.
    async fn unsent(&self, batch: &Batch, rows: &[Row], addresses: Vec<Result<String, RowOutcome>>) -> Result<Known> {
        if !is_letter(&batch.key) {
            return Ok(Known { addresses, doubtful: BTreeSet::new() });
        }
        let lookups: Vec<String> = rows.iter().map(|r| r.lookup.clone()).collect();
        let asked = self.vault.asked(&batch.key, &lookups).await?;
        let mut others: Vec<String> = asked.values().map(|a| a.batch.clone()).collect();
        others.sort_unstable();
        others.dedup();
        let known = outbox::attempts(&self.db, &others).await?;
        // This batch's own claim is newer than every request that this database knows of. Where one body is for all,
        // the retry key says it most surely of a batch that this database knows to have begun.
        let by_key =
            |a: &Asked| batch.channel.shape().is_together() && batch.first_request_at.is_some() && a.batch == batch.id;
        let known = |a: &Asked| {
            let claimed = |attempt: &i64| a.attempt < *attempt || (a.batch != batch.id && a.attempt == *attempt);
            a.not_taken() || by_key(a) || (!a.accepted() && known.get(&a.batch).is_some_and(claimed))
        };
        let (mut sent, mut in_doubt) = (0, 0);
        let checked = rows.iter().zip(addresses).map(|(row, address)| {
            match asked.get(&row.lookup).filter(|a| address.is_ok() && !known(a)) {
                Some(a) if a.accepted() => {
                    sent += 1;
                    Err(RowOutcome::End(End::Sent))
                }
                Some(_) => {
                    in_doubt += 1;
                    Err(RowOutcome::End(End::Uncertain))
                }
                None => address,
            }
        });
        let addresses = checked.collect();
        if sent > 0 {
            tracing::info!(
                batch = batch.id,
                rows = sent,
                "sent before this database was restored, by the ledger; not sent again"
            );
        }
        if in_doubt > 0 {
            tracing::error!(
                batch = batch.id,
                rows = in_doubt,
                "控えから戻す前に送りかけていました。届いたかどうか、わかりません。送り直していません（`otayori outbox \
                 --uncertain`）"
            );
        }
        let doubtful =
            asked.into_iter().filter(|(_, a)| !a.accepted() && !a.not_taken()).map(|(lookup, _)| lookup).collect();
        Ok(Known { addresses, doubtful })
    }

    /// Writes what is waiting into the ledger: on the disk when this returns.
    pub(super) async fn mark(&self, batch: &Batch, marks: &mut Marks) -> Result<()> {
        if !is_letter(&batch.key) {
            marks.waiting.clear();
        }
        if marks.waiting.is_empty() {
            return Ok(());
        }
        self.vault.mark(&batch.key, &batch.id, batch.attempt, &marks.waiting).await?;
        marks.waiting.clear();
        match batch.channel.shape() {
            // One request is the batch's only group.
            Shape::Together { .. } => self.vault.ledger_into_file().await,
            // There are a dozen: they come into the file with the last.
            Shape::Each { .. } => {}
        }
        Ok(())
    }
}
