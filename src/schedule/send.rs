//! A day in, its week's letters sent as at the configured hour of that day, whatever the machine's clock says.

use super::dispatch::{Dispatcher, LEASE_SECONDS};
use super::{Clock, Deliver, Gate, Short, refuse_unready};
use crate::calendar::Date;
use crate::config::{Config, is_loopback};
use crate::content::Library;
use crate::db::Db;
use crate::letter;
use crate::outbox::{self, Waiting};
use crate::vault::Vault;
use anyhow::Result;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// `send --json`: what this call did with the week's outbox rows, and what waits still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// `2026-W48`.
    pub week: String,
    /// Accepted by the services.
    pub sent: u64,
    /// Addresses that do not exist any more.
    pub gone: u64,
    /// Refused for good.
    pub refused: u64,
    /// Tried, and to be tried again.
    pub retry: u64,
    /// Not tried yet.
    pub pending: u64,
    /// Not sent, because the household stopped after planning.
    #[serde(skip)]
    pub stopped: u64,
    /// It cannot be known whether they arrived.
    #[serde(skip)]
    pub uncertain: u64,
    /// Sent by earlier calls.
    #[serde(skip)]
    pub already: u64,
    /// LINE's letters were not begun, because they do not fit into the month's quota; they are among the `pending`.
    #[serde(skip)]
    pub line_short: Option<Short>,
}

/// What a call of [`send`] works with.
#[derive(Clone)]
pub struct Sender {
    /// Settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Opens addresses.
    pub vault: Vault,
    /// The channels.
    pub deliver: Arc<dyn Deliver>,
    /// How long it goes on retrying.
    pub patience: Duration,
}

impl Sender {
    /// Plans, enqueues, dispatches, retries while there is patience. Do it again and nobody gets anything twice.
    ///
    /// Its clock begins at the configured hour of `day`, or where an interrupted call of the same week stopped: a lease that nobody renews
    /// runs out in front of it, and what is to be tried again is due.
    pub async fn send(&self, library: &Library, day: Date) -> Result<Sent> {
        refuse_unready(&self.config, library)?;
        let week = letter::week_of(day, &self.config);
        let key = letter::key_of(week);
        let at = letter::send_at(day, &self.config);
        letter::enqueue(&self.db, library, &self.config, day, at, at).await?;
        let (held, free) = outbox::next_due(&self.db, &key).await?;
        let start = [Some(at), held.map(|end| end - LEASE_SECONDS), free].into_iter().flatten().max().unwrap_or(at);
        let before = outbox::outcomes(&self.db, &key).await?;
        let dispatcher = self.dispatcher(Clock::set(start));
        tokio::select! {
            done = self.until_nothing_waits(&key, &dispatcher) => done?,
            done = self.until_out_of_patience(&key) => done?,
        }
        let (after, waiting) = (outbox::outcomes(&self.db, &key).await?, outbox::waiting(&self.db, &key).await?);
        let new = |outcome: &str| after.get(outcome).copied().unwrap_or(0).saturating_sub(before.get(outcome).copied().unwrap_or(0));
        Ok(Sent {
            week: week.to_string(),
            sent: new("sent"),
            gone: new("gone"),
            refused: new("refused"),
            retry: waiting.retry,
            pending: waiting.pending,
            stopped: new("stopped"),
            uncertain: new("uncertain"),
            already: before.get("sent").copied().unwrap_or(0),
            line_short: dispatcher.gate.short(),
        })
    }

    /// What does not fit into LINE's quota is not waited for.
    async fn until_nothing_waits(&self, key: &str, dispatcher: &Dispatcher) -> Result<()> {
        loop {
            dispatcher.dispatch().await?;
            let held = dispatcher.gate.short().map_or(0, |short| short.needed);
            let waiting = outbox::waiting(&self.db, key).await?;
            if waiting.retry == 0 && waiting.pending <= held {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Ends when nothing has been settled for as long as there is patience, or when everything was tried once and patience is over.
    /// What is under way then is left as a kill would leave it: the next one takes over when the leases run out.
    async fn until_out_of_patience(&self, key: &str) -> Result<()> {
        let (mut last, mut settled, mut tried) = (Waiting { retry: u64::MAX, pending: u64::MAX }, Instant::now(), Instant::now());
        loop {
            let waiting = outbox::waiting(&self.db, key).await?;
            if last.retry.saturating_add(last.pending) != waiting.retry + waiting.pending {
                settled = Instant::now();
            }
            if last.pending != waiting.pending {
                tried = Instant::now();
            }
            last = waiting;
            if settled.elapsed() >= self.patience || (waiting.pending == 0 && tried.elapsed() >= self.patience) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(1).min(self.patience)).await;
        }
    }

    /// A dispatcher with this clock.
    pub fn dispatcher(&self, clock: Clock) -> Dispatcher {
        Dispatcher {
            db: self.db.clone(),
            vault: self.vault.clone(),
            deliver: self.deliver.clone(),
            clock,
            zone: self.config.zone.clone(),
            line_is_loopback: is_loopback(&self.config.services.line_api_base),
            quiet_at_night: false,
            gate: Arc::new(Gate::of_send()),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }
}
