//! What is due in the outbox in, requests through the channels and settled rows out. Stop it anywhere; another one takes over.

use super::services::{SUSPECTED, Said, Services, Suspect};
use super::{Clock, Deliver, Gate};
use crate::calendar::{TimeZone, Wall};
use crate::channel::{Outcome, back_off};
use crate::config::is_loopback;
use crate::db::Db;
use crate::household;
use crate::outbox::{self, Batch, Begun, End, Leave, Notice, Row, RowOutcome};
use crate::vault::{Asked, Held, Vault};
use crate::watch;
use anyhow::Result;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// A claim holds so long without a sign of life, in seconds; whoever works renews it every third of that.
pub const LEASE_SECONDS: i64 = 15;
/// Batches under way in this process.
const LANES: usize = 4;
/// Web Push requests in flight of one batch (64 in all).
const IN_FLIGHT: usize = 16;

/// Sends what is due. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    /// The database.
    pub db: Db,
    /// Opens addresses.
    pub vault: Vault,
    /// The channels.
    pub deliver: Arc<dyn Deliver>,
    /// The wall's: leases, first requests and retries are of it, whatever day's letters are sent.
    pub clock: Clock,
    /// The city's zone: pauses end by its days.
    pub zone: TimeZone,
    /// LINE's API is a stand-in on this machine: only then made-up households are sent anything on LINE.
    pub line_is_loopback: bool,
    /// Letters wait at night (21 to 7 o'clock); answers do not.
    pub quiet_at_night: bool,
    /// Asks LINE's quota before letters begin there.
    pub gate: Arc<Gate>,
    /// Which push services are left alone.
    pub services: Arc<Services>,
    /// LINE does not take the token, or was not asked for want of a setting.
    pub line_barred: Arc<AtomicBool>,
    /// Rows whose household has no key in the store, and no record of having been erased.
    pub keyless: Arc<AtomicU64>,
    /// Rows are being put into batches: no request is made meanwhile, and nobody's patience runs.
    pub assembling: Arc<AtomicBool>,
    /// Set it to end after the batches under way.
    pub stop: Arc<AtomicBool>,
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
    }
}

/// Adds what another round did.
pub fn add(all: &mut Tallies, more: Tallies) {
    for (key, tally) in more {
        all.entry(key).or_default().add(tally);
    }
}

impl Dispatcher {
    /// Sends everything that is due now; returns what became of it.
    pub async fn dispatch(&self) -> Result<Tallies> {
        let mut all = Tallies::new();
        while !self.stop.load(Ordering::Relaxed) {
            let deliver = self.deliver.clone();
            self.assembling.store(true, Ordering::Relaxed);
            let made = outbox::assemble(&self.db, self.clock.now(), &move |notice| deliver.line_messages(notice)).await;
            self.assembling.store(false, Ordering::Relaxed);
            let made = made?;
            let leave = self.leave().await?;
            let mut lanes = JoinSet::new();
            for _ in 0..LANES {
                let own = self.clone();
                lanes.spawn(async move { own.lane(leave).await });
            }
            let (mut claimed, mut failed) = (0, None);
            while let Some(lane) = lanes.join_next().await {
                match lane? {
                    Ok((batches, tallies)) => {
                        claimed += batches;
                        add(&mut all, tallies);
                    }
                    Err(e) => failed = Some(e),
                }
            }
            if let Some(e) = failed {
                return Err(e);
            }
            // After each round: in a run of more than ten minutes they would be asked again before its end.
            self.drop_gone(&mut all).await?;
            if made == 0 && claimed == 0 {
                break;
            }
        }
        Ok(all)
    }

    /// At the end of a round: ends the rows whose addresses are gone, where their service is to be believed.
    async fn drop_gone(&self, all: &mut Tallies) -> Result<()> {
        let now = self.clock.now();
        let mut gone: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Suspect { key, contact } in self.services.judge(now) {
            gone.entry(key).or_default().push(contact);
        }
        for (key, contacts) in gone {
            let rows = outbox::end_waiting(&self.db, &key, &contacts, End::Gone, now).await?;
            all.entry(key).or_default().gone += rows;
        }
        Ok(())
    }

    /// What is not sent now.
    async fn leave(&self) -> Result<Leave> {
        if (self.quiet_at_night && self.is_night()) || self.held().await? {
            return Ok(Leave::Letters);
        }
        let opens = self.gate.opens(&self.db, &*self.deliver, self.clock.now()).await?;
        Ok(if opens { Leave::Nothing } else { Leave::NewLettersOnLine })
    }

    /// Claims and works off batches until none is due.
    async fn lane(&self, leave: Leave) -> Result<(u64, Tallies)> {
        let (mut batches, mut all) = (0, Tallies::new());
        while !self.stop.load(Ordering::Relaxed) {
            let now = self.clock.now();
            let Some(batch) = outbox::claim(&self.db, now, now.plus(LEASE_SECONDS), leave).await? else { break };
            batches += 1;
            all.entry(batch.key.clone()).or_default().add(self.alive(&batch).await?);
        }
        Ok((batches, all))
    }

    /// May letters not go: because of the clock, or because nobody can tell what was sent since a backup?
    async fn held(&self) -> Result<bool> {
        Ok(watch::look(&self.db, self.clock.now()).await?.holds() || !self.vault.has_ledger(&self.db).await?)
    }

    fn is_night(&self) -> bool {
        !(7..21).contains(&self.clock.zoned(&self.zone).hour())
    }

    /// Works off a batch and renews its lease meanwhile; gives up when another worker has taken over.
    async fn alive(&self, batch: &Batch) -> Result<Tally> {
        let work = self.batch(batch);
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
                                Ok(Tally::default())
                            }
                        };
                    }
                }
            }
        }
    }

    async fn batch(&self, batch: &Batch) -> Result<Tally> {
        let (now, today) = (self.clock.now(), self.clock.zoned(&self.zone).date());
        match outbox::begin(&self.db, batch, today, now).await? {
            Begun::Lost => Ok(Tally::default()),
            Begun::Discarded { stopped, gone, expired } => Ok(Tally { stopped, gone, expired, ..Tally::default() }),
            Begun::Uncertain { rows } => {
                tracing::error!(batch = batch.id, rows, "it cannot be known whether this batch arrived; it is not repeated");
                Ok(Tally { uncertain: rows, ..Tally::default() })
            }
            Begun::Send { rows, stopped, gone, expired, uncertain } => {
                if uncertain > 0 {
                    tracing::error!(batch = batch.id, rows = uncertain, "stopped while it was in doubt whether they had been sent");
                }
                let mut tally = Tally { stopped, gone, expired, uncertain, ..Tally::default() };
                tally.add(if batch.channel == "line" { self.line(batch, rows).await? } else { self.web_push(batch, rows).await? });
                Ok(tally)
            }
        }
    }

    /// The rows' addresses; `Err` holds what becomes of a row that cannot be sent: its key was destroyed, it is made up and the service is real,
    /// or its key is missing from the store, which is no fault of the household's: then it waits, as long as its message is worth anything.
    async fn addresses(&self, rows: &[Row], channel: &str) -> Result<Vec<Result<String, RowOutcome>>> {
        let mut owners: Vec<String> = rows.iter().map(|r| r.household_id.clone()).collect();
        owners.sort_unstable();
        owners.dedup();
        let held = self.vault.held(&owners).await?;
        let (now, mut missing) = (self.clock.now(), 0);
        let mut address = |row: &Row| {
            let key = match held.get(&row.household_id) {
                Some(Held::Key(key)) => key,
                Some(Held::Destroyed) => return Err(RowOutcome::End(End::Gone)),
                Some(Held::Missing) | None => {
                    missing += 1;
                    let given_up = now.since(Wall::at(row.created_at)) >= outbox::WORTH_SECONDS;
                    return Err(if given_up { RowOutcome::End(End::Expired) } else { RowOutcome::Retry { due_at: now.plus(seconds(back_off(attempt(row.attempt + 1)))) } });
                }
            };
            let address = key.open("contacts.address", &row.address).map_err(|e| {
                tracing::error!(contact = row.contact_id, error = format!("{e:#}"), "an address cannot be opened");
                RowOutcome::End(End::Refused)
            })?;
            if row.generated && !self.is_stand_in(channel, &address) {
                tracing::error!(contact = row.contact_id, "a made-up household is never sent anything through a real service");
                return Err(RowOutcome::End(End::Refused));
            }
            Ok(address)
        };
        let found = rows.iter().map(&mut address).collect();
        if missing > 0 {
            self.keyless.fetch_max(missing, Ordering::Relaxed);
            tracing::error!(missing, "鍵の置き場に鍵のない世帯があります（消した記録もありません）。送らずに待っています。新しい控えから鍵の置き場を戻してください");
        }
        Ok(found)
    }

    /// Rows of a letter that the ledger has a request of and this database does not (it was restored since) may have arrived: they are not sent.
    async fn unsent(&self, batch: &Batch, rows: &[Row], addresses: Vec<Result<String, RowOutcome>>) -> Result<Vec<Result<String, RowOutcome>>> {
        if !is_letter(&batch.key) {
            return Ok(addresses);
        }
        let lookups: Vec<String> = rows.iter().map(|r| r.lookup.clone()).collect();
        let asked = self.vault.asked(&batch.key, &lookups).await?;
        let mut others: Vec<String> = asked.values().map(|a| a.batch.clone()).collect();
        others.sort_unstable();
        others.dedup();
        let known = outbox::attempts(&self.db, &others).await?;
        // This batch's own claim is newer than every request that this database knows of.
        // What was accepted is settled; where it is asked for again, a copy of the database was taken while the request was under way. LINE's retry
        // key says the same, and more surely, of a batch that this database knows to have begun.
        let by_key = |a: &Asked| batch.channel == "line" && batch.first_request_at.is_some() && a.batch == batch.id;
        let known = |a: &Asked| by_key(a) || known.get(&a.batch).is_some_and(|attempt| a.attempt < *attempt || (a.batch != batch.id && a.attempt == *attempt));
        let forgotten = |row: &Row| asked.get(&row.lookup).is_some_and(|a| !known(a));
        let mut found = 0;
        let checked = rows.iter().zip(addresses).map(|(row, address)| {
            if address.is_ok() && forgotten(row) {
                found += 1;
                return Err(RowOutcome::End(End::Uncertain));
            }
            address
        });
        let checked = checked.collect();
        if found > 0 {
            tracing::warn!(batch = batch.id, rows = found, "sent before this database was restored, by the ledger; not sent again");
        }
        Ok(checked)
    }

    /// Before the request, on the disk: these contacts are asked for.
    async fn ask(&self, batch: &Batch, rows: &[&Row]) -> Result<()> {
        if !is_letter(&batch.key) || rows.is_empty() {
            return Ok(());
        }
        let lookups: Vec<String> = rows.iter().map(|r| r.lookup.clone()).collect();
        self.vault.ask(&batch.key, &lookups, &batch.id, batch.attempt).await
    }

    /// Does the address lead to a stand-in on this machine?
    fn is_stand_in(&self, channel: &str, address: &str) -> bool {
        if channel == "line" { self.line_is_loopback } else { endpoint(address).is_some_and(|e| is_loopback(&e)) }
    }

    /// One multicast, with the recipients, body and retry key that were stored before its first request.
    async fn line(&self, batch: &Batch, rows: Vec<Row>) -> Result<Tally> {
        let mut tally = Tally::default();
        let ready = async {
            let addresses = self.unsent(batch, &rows, self.addresses(&rows, &batch.channel).await?).await?;
            if addresses.iter().all(Result::is_ok) {
                self.ask(batch, &rows.iter().collect::<Vec<_>>()).await?;
            }
            anyhow::Ok(addresses)
        };
        let addresses = self.or_not_begun(batch, ready.await).await?;
        if addresses.iter().any(Result::is_err) {
            return self.leave_out(batch, &rows, &addresses).await;
        }
        // An earlier request may have arrived: what this one is answered says nothing of it.
        let doubt = batch.first_request_at.is_some();
        let to: Vec<String> = addresses.into_iter().flatten().collect();
        let outcome = self.deliver.line(&batch.retry_key, &to, &batch.body, attempt(batch.attempt)).await;
        let now = self.clock.now();
        let barred = matches!(outcome, Outcome::Barred { .. });
        self.line_barred.store(barred, Ordering::Relaxed);
        // For whoever looks at the health of the whole, from another process perhaps. No answer says nothing of the token.
        if !matches!(outcome, Outcome::Retry { .. }) {
            watch::note(&self.db, watch::LINE_BARRED, barred && self.deliver.line_lacks().is_none()).await?;
        }
        let end = match outcome {
            Outcome::Sent => End::Sent,
            Outcome::Gone if rows.len() == 1 => End::Gone,
            Outcome::Gone | Outcome::Refused { .. } | Outcome::RefusedTogether { .. } if doubt => {
                tracing::error!(batch = batch.id, rows = rows.len(), "LINE refused a batch that an earlier request may have brought; it is not repeated");
                End::Uncertain
            }
            Outcome::Gone => {
                tracing::error!(batch = batch.id, "LINE does not know the request's address");
                End::Refused
            }
            Outcome::Refused { reason } => {
                tracing::error!(batch = batch.id, rows = rows.len(), reason, "LINE refused a batch");
                End::Refused
            }
            Outcome::Retry { after } => {
                outbox::later(&self.db, batch, now.plus(seconds(after))).await?;
                return Ok(tally);
            }
            Outcome::RefusedTogether { reason } if rows.len() > 1 => {
                tracing::warn!(batch = batch.id, rows = rows.len(), reason, "LINE refused a batch as a whole; it is halved to find who is at fault");
                outbox::split(&self.db, batch, now).await?;
                return Ok(tally);
            }
            Outcome::RefusedTogether { reason } => {
                tracing::error!(batch = batch.id, contact = rows.first().map(|r| r.contact_id.as_str()), reason, "LINE refused one recipient");
                End::Refused
            }
            Outcome::NotTaken { after } | Outcome::Barred { after } => {
                outbox::not_begun(&self.db, batch, now.plus(seconds(after))).await?;
                return Ok(tally);
            }
        };
        if let Some(settled) = outbox::settle_batch(&self.db, batch, end, now).await? {
            tally.count(end, settled);
            if end == End::Sent {
                self.accepted(batch, rows.into_iter().map(|r| r.lookup).collect()).await?;
            }
        }
        Ok(tally)
    }

    /// What had to be had before the first request. Without it nothing was sent in this claim, so the batch is given back as one that was not asked:
    /// the trouble is the machine's, and a stop while it lasts leaves nobody in doubt.
    async fn or_not_begun<T>(&self, batch: &Batch, ready: Result<T>) -> Result<T> {
        if let Err(e) = &ready {
            tracing::error!(batch = batch.id, error = format!("{e:#}"), "nothing was sent of this batch; it waits");
            outbox::not_begun(&self.db, batch, self.clock.now().plus(seconds(back_off(attempt(batch.attempt))))).await?;
        }
        ready
    }

    /// After the database has settled them: these contacts' requests were accepted.
    async fn accepted(&self, batch: &Batch, lookups: Vec<String>) -> Result<()> {
        if is_letter(&batch.key) && !lookups.is_empty() {
            self.vault.accepted(&batch.key, &lookups, &batch.id).await?;
        }
        Ok(())
    }

    /// A LINE batch with rows that cannot be sent: before its first request it is made anew without them; afterwards it waits for a key that is
    /// missing, and without that hope it is in doubt for good.
    async fn leave_out(&self, batch: &Batch, rows: &[Row], addresses: &[Result<String, RowOutcome>]) -> Result<Tally> {
        let (mut tally, now) = (Tally::default(), self.clock.now());
        let out: Vec<(String, RowOutcome)> = rows.iter().zip(addresses).filter_map(|(r, a)| Some((r.contact_id.clone(), *a.as_ref().err()?))).collect();
        if batch.first_request_at.is_some() {
            if out.iter().all(|(_, outcome)| matches!(outcome, RowOutcome::Retry { .. })) {
                outbox::later(&self.db, batch, now.plus(seconds(back_off(attempt(batch.attempt))))).await?;
                return Ok(tally);
            }
            tracing::error!(batch = batch.id, rows = rows.len(), "it cannot be known whether this batch arrived; it is not repeated");
            tally.uncertain = outbox::settle_batch(&self.db, batch, End::Uncertain, now).await?.unwrap_or(0);
            return Ok(tally);
        }
        if outbox::discard(&self.db, batch, &out, now).await? {
            for (_, outcome) in &out {
                if let RowOutcome::End(end) = outcome {
                    tally.count(*end, 1);
                }
            }
        }
        Ok(tally)
    }

    /// A request for each row; what is known is settled at once, so that a repeat after a crash is rare (and its `Topic` replaces the first).
    async fn web_push(&self, batch: &Batch, rows: Vec<Row>) -> Result<Tally> {
        let mut hashes: Vec<String> = rows.iter().map(|r| r.hash.clone()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let ready = async {
            let mut connection = self.db.pool().acquire().await?;
            let notices: BTreeMap<String, Arc<Notice>> = outbox::notices(&self.db, &mut connection, &hashes).await?.into_iter().map(|(h, n)| (h, Arc::new(n))).collect();
            drop(connection);
            let addresses = self.unsent(batch, &rows, self.addresses(&rows, &batch.channel).await?).await?;
            self.ask(batch, &rows.iter().zip(&addresses).filter(|(_, address)| address.is_ok()).map(|(row, _)| row).collect::<Vec<_>>()).await?;
            anyhow::Ok((notices, addresses))
        };
        let (notices, addresses) = self.or_not_begun(batch, ready.await).await?;
        let (mut tally, mut requests, mut known) = (Tally::default(), JoinSet::new(), Vec::new());
        let lookups: BTreeMap<String, String> = rows.iter().map(|r| (r.contact_id.clone(), r.lookup.clone())).collect();
        let mut accepted = Vec::new();
        let mut waiting = rows.into_iter().zip(addresses);
        loop {
            while requests.len() < IN_FLIGHT
                && let Some((row, address)) = waiting.next()
            {
                match (address, notices.get(&row.hash)) {
                    (Ok(subscription), Some(notice)) => drop(requests.spawn(self.clone().push(batch.key.clone(), row, subscription, notice.clone()))),
                    (Err(outcome), _) => known.push((row.contact_id, outcome)),
                    (Ok(_), None) => {
                        tracing::error!(hash = row.hash, "a queued message is missing");
                        known.push((row.contact_id, RowOutcome::End(End::Refused)));
                    }
                }
            }
            if let Some(done) = requests.join_next().await {
                known.push(done?);
                while let Some(done) = requests.try_join_next() {
                    known.push(done?);
                }
            } else if known.is_empty() {
                break;
            }
            let now = self.clock.now();
            if !outbox::settle_rows(&self.db, batch, &known, now, now.plus(LEASE_SECONDS)).await? {
                return Ok(tally);
            }
            for (contact, outcome) in known.drain(..) {
                if let RowOutcome::End(end) = outcome {
                    tally.count(end, 1);
                    accepted.extend(lookups.get(&contact).filter(|_| end == End::Sent).cloned());
                }
            }
        }
        self.accepted(batch, accepted).await?;
        outbox::settle_batch(&self.db, batch, End::Uncertain, self.clock.now()).await?;
        Ok(tally)
    }

    /// The notice as this browser gets it: behind `#` of its link, which goes to no server, stands what stops the letters without signing in.
    fn stoppable(&self, notice: &Notice, row: &Row) -> Notice {
        match household::stop_token(&self.vault, &row.contact_id) {
            Ok(token) => Notice { url: format!("{}#stop={token}", notice.url), ..notice.clone() },
            Err(e) => {
                tracing::error!(error = format!("{e:#}"), "a message goes without its way to stop");
                notice.clone()
            }
        }
    }

    async fn push(self, key: String, row: Row, subscription: String, notice: Arc<Notice>) -> (String, RowOutcome) {
        let origin = endpoint(&subscription).map(|e| origin(&e)).unwrap_or_default();
        if let Some(until) = self.services.held(&origin, self.clock.now()) {
            return (row.contact_id, RowOutcome::Retry { due_at: until });
        }
        let outcome = self.deliver.web_push(&subscription, &self.stoppable(&notice, &row), attempt(row.attempt + 1)).await;
        let now = self.clock.now();
        let said = match &outcome {
            Outcome::Sent => Some(Said::Accepted),
            Outcome::Gone => Some(Said::Gone),
            Outcome::Barred { after } => Some(Said::Barred(*after)),
            Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Refused { .. } | Outcome::RefusedTogether { .. } => None,
        };
        if let Some(said) = said {
            self.services.heard(&origin, said, Suspect { key, contact: row.contact_id.clone() }, now);
        }
        let outcome = match outcome {
            Outcome::Sent => RowOutcome::End(End::Sent),
            // Whether it is really gone is judged at the end of the round.
            Outcome::Gone => RowOutcome::Retry { due_at: now.plus(SUSPECTED) },
            Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. } if now.since(Wall::at(row.created_at)) >= i64::from(notice.ttl) => {
                tracing::error!(contact = row.contact_id, "given up: it is not worth delivering any more");
                RowOutcome::End(End::Expired)
            }
            Outcome::Retry { after } | Outcome::NotTaken { after } | Outcome::Barred { after } => RowOutcome::Retry { due_at: now.plus(seconds(after)) },
            Outcome::Refused { reason } | Outcome::RefusedTogether { reason } => {
                tracing::error!(contact = row.contact_id, reason, "a push service refused a message");
                RowOutcome::End(End::Refused)
            }
        };
        (row.contact_id, outcome)
    }
}

/// The endpoint of a PushSubscription's JSON.
pub(super) fn endpoint(subscription: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(subscription).ok()?.get("endpoint")?.as_str().map(str::to_owned)
}

fn is_letter(key: &str) -> bool {
    key.starts_with("letter:")
}

/// Scheme, host and port of an address: which service it is.
fn origin(endpoint: &str) -> String {
    let host = endpoint.find("://").map_or(0, |at| at + 3);
    endpoint[host..].find('/').map_or(endpoint, |slash| &endpoint[..host + slash]).to_owned()
}

fn attempt(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// At least one second, so that a retry is never due at once.
fn seconds(after: Duration) -> i64 {
    i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 2).max(1)
}
