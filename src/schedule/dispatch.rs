//! What is due in the outbox in, requests through the channels and settled rows out. Stop it anywhere; another one
//! takes over.

mod each;
mod known;
mod questions;
mod together;

use super::Gate;
use super::services::{SUSPECTED, Services, Suspect};
use crate::calendar::TimeZone;
use crate::channel::{Carriers, Outcome, Way, back_off};
use crate::clock::Clock;
use crate::contact::Channel;
use crate::db::Db;
use crate::outbox::{self, Batch, Begun, End, Leave, Notice, RowOutcome};
use crate::vault::Vault;
use crate::watch;
use anyhow::Result;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// A claim holds so long without a sign of life, in seconds; whoever works renews it every third of that.
pub const LEASE_SECONDS: i64 = 15;
/// Batches under way in this process.
const LANES: usize = 4;

/// Sends what is due. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    /// The database.
    pub db: Db,
    /// Opens addresses.
    pub vault: Vault,
    /// The channels.
    pub carriers: Carriers,
    /// The wall's: leases, first requests and retries are of it, whatever day's letters are sent.
    pub clock: Clock,
    /// The city's zone: pauses end by its days.
    pub zone: TimeZone,
    /// Letters wait at night (21 to 7 o'clock); answers do not.
    pub quiet_at_night: bool,
    /// Asks for the month's allowance before letters begin on a channel that has one.
    pub gate: Arc<Gate>,
    /// Which push services are left alone.
    pub services: Arc<Services>,
    /// Channels whose service takes nothing from the city's account, or was not asked for want of a setting.
    pub barred: Barred,
    /// Rows whose household has no key in the store, and no record of having been erased.
    pub keyless: Arc<AtomicU64>,
    /// Rows are being put into batches: no request is made meanwhile, and nobody's patience runs.
    pub assembling: Arc<AtomicBool>,
    /// Set it to end after the batches under way.
    pub stop: Arc<AtomicBool>,
}

/// Channels on which nothing is taken now. Shared by a dispatcher's lanes.
#[derive(Debug, Clone, Default)]
pub struct Barred(Arc<Mutex<BTreeMap<Channel, bool>>>);

impl Barred {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Channel, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Is it news?
    fn set(&self, channel: Channel, barred: bool) -> bool {
        self.lock().insert(channel, barred) != Some(barred)
    }
    /// All of them.
    pub fn all(&self) -> Vec<Channel> {
        self.lock().iter().filter(|(_, barred)| **barred).map(|(channel, _)| *channel).collect()
    }
}

/// What became of rows, by outbox key.
pub type Tallies = BTreeMap<String, Tally>;

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Accepted.
    pub sent: u64,
    /// Their address does not exist any more.
    pub gone: u64,
    /// Refused for good.
    pub refused: u64,
    /// Not sent, because their household stopped.
    pub stopped: u64,
    /// It cannot be known whether they arrived.
    pub uncertain: u64,
    /// They waited until they were not worth sending any more.
    pub expired: u64,
    /// The ledger knows that they were accepted before this database was restored: nothing was sent now.
    pub before: u64,
}

impl Tally {
    fn count(&mut self, end: End, rows: u64) {
        *match end {
            End::Sent => &mut self.sent,
            End::Gone => &mut self.gone,
            End::Refused => &mut self.refused,
            End::Uncertain => &mut self.uncertain,
            End::Expired => &mut self.expired,
        } += rows;
    }
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.gone += other.gone;
        self.refused += other.refused;
        self.stopped += other.stopped;
        self.uncertain += other.uncertain;
        self.expired += other.expired;
        self.before += other.before;
    }
}

/// Where a dispatcher's work is counted as it is settled: what is broken off keeps what was done.
#[derive(Debug, Clone, Default)]
pub struct Counted(Arc<Mutex<Tallies>>);

impl Counted {
    fn add(&self, key: &str, more: Tally) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key.to_owned()).or_default().add(more);
    }
    /// What was done up to now.
    pub fn all(&self) -> Tallies {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts what becomes of a batch's rows.
struct Counter {
    all: Counted,
    key: String,
}

impl Counter {
    fn add(&self, tally: Tally) {
        self.all.add(&self.key, tally);
    }
    fn count(&self, end: End, rows: u64) {
        let mut tally = Tally::default();
        tally.count(end, rows);
        self.add(tally);
    }
    /// A row that no request was made for: what is sent by the ledger was sent before.
    fn left_out(&self, outcome: RowOutcome) {
        match outcome {
            RowOutcome::End(End::Sent) => self.add(Tally { before: 1, ..Tally::default() }),
            RowOutcome::End(end) => self.count(end, 1),
            RowOutcome::Retry { .. } => {}
        }
    }
}

impl Dispatcher {
    /// Sends everything that is due now; returns what became of it.
    pub async fn dispatch(&self) -> Result<Tallies> {
        let counted = Counted::default();
        self.dispatch_into(&counted).await?;
        Ok(counted.all())
    }

    /// As [`Dispatcher::dispatch`]; what is settled is counted at once, so that it is known although this is broken
    /// off.
    pub async fn dispatch_into(&self, counted: &Counted) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            let carriers = self.carriers.clone();
            let compose = move |channel: Channel, notice: &Notice| match carriers.way(channel) {
                Way::Together(together) => together.body(notice),
                Way::Each(_) => String::new(),
            };
            self.assembling.store(true, Ordering::Relaxed);
            let made = outbox::assemble(&self.db, self.clock.now(), &compose).await;
            self.assembling.store(false, Ordering::Relaxed);
            let made = made?;
            let leave = self.leave().await?;
            let mut lanes = JoinSet::new();
            for _ in 0..LANES {
                let (own, counted, leave) = (self.clone(), counted.clone(), leave.clone());
                lanes.spawn(async move { own.lane(&leave, &counted).await });
            }
            // Beside the letters: a mail server that does not answer holds up nothing else.
            let own = self.clone();
            lanes.spawn(async move {
                if let Err(e) = own.questions().await {
                    tracing::error!(
                        error = format!("{e:#}"),
                        "owners of new e-mail addresses were not asked; it is tried again"
                    );
                }
                Ok(0)
            });
            let (mut claimed, mut failed) = (0, None);
            while let Some(lane) = lanes.join_next().await {
                match lane? {
                    Ok(batches) => claimed += batches,
                    Err(e) => failed = Some(e),
                }
            }
            if let Some(e) = failed {
                return Err(e);
            }
            // After each round: in a run of more than ten minutes they would be asked again before its end.
            self.drop_gone(counted).await?;
            if made == 0 && claimed == 0 {
                break;
            }
        }
        Ok(())
    }

    /// At the end of a round: ends the rows whose addresses are gone, where their service is to be believed.
    async fn drop_gone(&self, counted: &Counted) -> Result<()> {
        let now = self.clock.now();
        let mut gone: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Suspect { key, contact } in self.services.drop_gone(now) {
            gone.entry(key).or_default().push(contact);
        }
        for (key, contacts) in gone {
            let rows = outbox::end_waiting(&self.db, &key, &contacts, End::Gone, now).await?;
            counted.add(&key, Tally { gone: rows, ..Tally::default() });
        }
        Ok(())
    }

    /// What is not sent now.
    async fn leave(&self) -> Result<Leave> {
        if (self.quiet_at_night && self.is_night()) || self.held().await? {
            return Ok(Leave::Letters);
        }
        let closed = self.gate.closed(&self.db, &self.carriers, self.clock.now()).await?;
        Ok(if closed.is_empty() { Leave::Nothing } else { Leave::NewLettersOn(closed) })
    }

    /// Claims and works off batches until none is due.
    async fn lane(&self, leave: &Leave, counted: &Counted) -> Result<u64> {
        let mut batches = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let now = self.clock.now();
            let Some(batch) = outbox::claim(&self.db, now, now.plus(LEASE_SECONDS), leave).await? else { break };
            batches += 1;
            self.alive(&batch, &Counter { all: counted.clone(), key: batch.key.clone() }).await?;
        }
        Ok(batches)
    }

    /// May letters not go: because of the clock, or because nobody can tell what was sent since a backup?
    async fn held(&self) -> Result<bool> {
        Ok(watch::look(&self.db, self.clock.now()).await?.holds() || !self.vault.has_ledger(&self.db).await?)
    }

    fn is_night(&self) -> bool {
        !(7..21).contains(&self.clock.zoned(&self.zone).hour())
    }

    /// Works off a batch and renews its lease meanwhile; gives up when another worker has taken over.
    async fn alive(&self, batch: &Batch, counter: &Counter) -> Result<()> {
        let work = self.batch(batch, counter);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(Duration::from_secs(LEASE_SECONDS as u64 / 3)) => {
                    if !outbox::renew(&self.db, batch, self.clock.now().plus(LEASE_SECONDS)).await? {
                        // Either the work is just settling (its last step), or another worker has taken over.
                        return match tokio::time::timeout(Duration::from_secs(1), &mut work).await {
                            Ok(done) => done,
                            Err(_) => {
                                tracing::warn!(batch = batch.id, "the lease was lost; another worker goes on");
                                Ok(())
                            }
                        };
                    }
                }
            }
        }
    }

    async fn batch(&self, batch: &Batch, counter: &Counter) -> Result<()> {
        let (now, today) = (self.clock.now(), self.clock.zoned(&self.zone).date());
        match outbox::begin(&self.db, batch, today, now).await? {
            Begun::Lost => {}
            Begun::Discarded { stopped, gone, expired } => {
                counter.add(Tally { stopped, gone, expired, ..Tally::default() })
            }
            Begun::Uncertain { rows } => {
                tracing::error!(
                    batch = batch.id,
                    rows,
                    "it cannot be known whether this batch arrived; it is not repeated"
                );
                counter.count(End::Uncertain, rows);
            }
            Begun::Send { rows, stopped, gone, expired, uncertain } => {
                if uncertain > 0 {
                    tracing::error!(
                        batch = batch.id,
                        rows = uncertain,
                        "stopped while it was in doubt whether they had been sent"
                    );
                }
                counter.add(Tally { stopped, gone, expired, uncertain, ..Tally::default() });
                match self.carriers.way(batch.channel) {
                    Way::Together(channel) => self.together(&*channel, batch, rows, counter).await?,
                    Way::Each(channel) => self.each(&channel, batch, rows, counter).await?,
                }
            }
        }
        Ok(())
    }

    /// What a channel's service said of the city's account, where there is one for all, for whoever looks at the health
    /// of the whole, from another process perhaps. No answer says nothing of it; what is missing in the settings is
    /// told of by itself.
    async fn heard_of_account(&self, channel: Channel, outcome: &Outcome) -> Result<()> {
        let carrier = self.carriers.of(channel);
        if !carrier.one_account() {
            return Ok(());
        }
        let barred = matches!(outcome, Outcome::Barred { .. });
        let news = self.barred.set(channel, barred);
        if (news || barred) && !matches!(outcome, Outcome::Retry { .. }) {
            self.db.note(&watch::barred(channel.id()), barred && carrier.lacks().is_none()).await?;
        }
        Ok(())
    }

    /// What had to be had before the first request. Without it nothing was sent in this claim, so the batch is given
    /// back as one that was not asked: the trouble is the machine's, and a stop while it lasts leaves nobody in doubt.
    async fn or_not_begun<T>(&self, batch: &Batch, ready: Result<T>) -> Result<T> {
        if let Err(e) = &ready {
            tracing::error!(batch = batch.id, error = format!("{e:#}"), "nothing was sent of this batch; it waits");
            outbox::not_begun(&self.db, batch, self.clock.now().plus(seconds(back_off(attempt(batch.attempt)))))
                .await?;
        }
        ready
    }
}

fn is_letter(key: &str) -> bool {
    key.starts_with("letter:")
}

fn attempt(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// At least one second, so that a retry is never due at once.
fn seconds(after: Duration) -> i64 {
    i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 2).max(1)
}
