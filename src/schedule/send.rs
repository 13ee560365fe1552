//! A day in, its week's letters chosen as of that day and sent now.

use super::dispatch::{Barred, Counted, Dispatcher};
use super::holds::{self, Hold};
use super::{Gate, InQuestion, Services, Short, unknown_message};
use crate::calendar::{Date, LetterWeek};
use crate::channel::{self, Carriers};
use crate::clock::Clock;
use crate::config::Config;
use crate::content::Library;
use crate::db::Db;
use crate::household;
use crate::letter;
use crate::outbox::{self, Waiting};
use crate::runs;
use crate::vault::Vault;
use crate::watch;
use anyhow::{Result, ensure};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Marking a week takes no longer, in seconds.
const MARKING: i64 = 3600;

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
    /// Found by this call: it cannot be known whether they arrived.
    #[serde(skip)]
    pub uncertain: u64,
    /// Older weeks' letters that this call ended, and letters that were not worth sending any more.
    pub expired: u64,
    /// Sent by earlier calls.
    #[serde(skip)]
    pub already: u64,
    /// Accepted while this call was under way, and not by it: a `serve`, a worker or another `send` is at work.
    #[serde(skip)]
    pub others: u64,
    /// Of earlier calls, those of which nobody knows whether they arrived: of a week that was marked as sent, among
    /// others.
    #[serde(skip)]
    pub in_doubt: u64,
    /// Of this call and earlier ones, those of which nobody has decided yet whether they are sent once more.
    #[serde(skip)]
    pub undecided: u64,
    /// Channels whose letters were not begun, because they do not fit into the month's quota; they are among the
    /// `pending`.
    #[serde(skip)]
    pub short: Vec<Short>,
    /// What is wrong with a channel, a line each: everybody on it waits, and somebody has to look.
    #[serde(skip)]
    pub trouble: Vec<String>,
}

/// What [`Sender::send`] works with.
#[derive(Clone)]
pub struct Sender {
    /// Settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Opens addresses.
    pub vault: Vault,
    /// The channels.
    pub carriers: Carriers,
    /// How long it goes on retrying.
    pub patience: Duration,
    /// The wall's.
    pub clock: Clock,
    /// Addresses that a service says are gone are dropped, however many they are.
    pub drop_gone: bool,
}

impl Sender {
    /// Plans, enqueues, dispatches, retries while there is patience. Do it again and nobody gets anything twice.
    ///
    /// `day` says whose letters they are, and nothing else: leases, first requests and retries are of the wall's clock,
    /// so that other workers may be at work beside it. What waits for a next try is tried at once, because somebody
    /// asks for it; what a killed process held is taken over when its lease has run out.
    pub async fn send(&self, library: &Library, day: Date) -> Result<Sent> {
        self.begun(day)?;
        // What the clock shows now is on record, where it may be believed.
        watch::beat(&self.db, self.clock.now()).await?;
        household::bring_stops_back(&self.db, &self.vault).await?;
        holds::refuse(&self.holds(library).await?)?;
        let week = letter::week_of(day, &self.config);
        let key = letter::key_of(week);
        letter::enqueue(&self.db, library, &self.config, day, self.clock.now()).await?;
        let ended = outbox::expire(&self.db, self.clock.now()).await?;
        outbox::hasten(&self.db, &key, self.clock.now()).await?;
        let before = outbox::outcomes(&self.db, &key).await?;
        let dispatcher = Dispatcher {
            services: Arc::new(if self.drop_gone { Services::believing() } else { Services::default() }),
            ..self.dispatcher(self.clock)
        };
        let counted = Counted::default();
        tokio::select! {
            done = self.until_nothing_waits(&key, &dispatcher, &counted) => done?,
            done = self.out_of_patience(&key, &dispatcher) => done?,
        }
        let (after, waiting) = (outbox::outcomes(&self.db, &key).await?, outbox::waiting(&self.db, &key).await?);
        // This call's own: another process may be at work beside it.
        let own = counted.all().remove(&key).unwrap_or_default();
        let (of_before, of_now) = (
            |outcome: &str| before.get(outcome).copied().unwrap_or(0),
            |outcome: &str| after.get(outcome).copied().unwrap_or(0),
        );
        let mut trouble = dispatcher.services.trouble();
        trouble.extend(dispatcher.barred.all().into_iter().map(|channel| {
            let lacks = self.carriers.of(channel).lacks();
            lacks.map_or_else(|| channel::refused(channel).message.to_owned(), |lacks| lacks.message.clone())
        }));
        trouble.extend(outbox::unknown_channels(&self.db).await?.iter().map(unknown_message));
        let keyless = dispatcher.keyless.load(Ordering::Relaxed);
        if keyless > 0 {
            trouble.push(format!(
                "鍵の置き場に鍵のない世帯があります（{keyless} 件）。送らずに待っています。\
                鍵の置き場が古い控えなら、新しいものを戻してください"
            ));
        }
        Ok(Sent {
            week: week.to_string(),
            sent: own.sent,
            gone: own.gone,
            refused: own.refused,
            retry: waiting.retry,
            pending: waiting.pending,
            stopped: own.stopped,
            uncertain: own.uncertain,
            expired: ended + own.expired,
            already: of_before("sent") + own.before,
            others: of_now("sent").saturating_sub(of_before("sent") + own.sent + own.before),
            in_doubt: of_before("uncertain") + of_before("left"),
            undecided: of_now("uncertain"),
            short: dispatcher.gate.short(),
            trouble,
        })
    }

    /// Everything that keeps letters from going out now.
    pub async fn holds(&self, library: &Library) -> Result<Vec<Hold>> {
        Hold::all(&self.db, &self.config, self.vault.has_ledger(&self.db).await?, Ok(library), self.clock).await
    }

    /// An error when the clock may not be believed.
    async fn by_this_clock(&self) -> Result<()> {
        let now = self.clock.now();
        let stand = watch::beat(&self.db, now).await?;
        ensure!(!stand.holds(), "{}", stand.message(now, &self.config.zone));
        Ok(())
    }

    /// The weeks of which nobody can tell whether they were sent; an error while the ledger is there, which tells.
    pub async fn in_question(&self) -> Result<InQuestion> {
        ensure!(
            !self.vault.has_ledger(&self.db).await?,
            "送付の記録があるので、どの宛先に何を送ったかは分かっています。何も変えていません"
        );
        InQuestion::of(&self.db, &self.config, &self.clock.zoned(&self.config.zone)).await
    }

    /// Marks weeks as sent without sending anything, all that are in question or none; letters go on after that. After
    /// a database was restored and its ledger is lost. Returns how many rows were marked.
    pub async fn mark_sent(&self, library: &Library, weeks: &[LetterWeek]) -> Result<u64> {
        self.by_this_clock().await?;
        self.in_question().await?.answered(weeks)?;
        let (mut weeks, mut rows) = (weeks.to_vec(), 0);
        weeks.sort_unstable();
        weeks.dedup();
        for week in weeks {
            rows += self.mark(library, week).await?;
        }
        self.vault.take_ledger(&self.db).await?;
        Ok(rows)
    }

    /// A week's letters are chosen and kept as on any other day, and every row that waits ends as one that may have
    /// arrived.
    async fn mark(&self, library: &Library, week: LetterWeek) -> Result<u64> {
        let (day, now) = (week.first(), self.clock.now());
        // The week's own run is over with this, whoever comes first, and whatever was on record of it.
        runs::mark(&self.db, runs::LETTERS, letter::send_at(week.first(), &self.config), now).await?;
        // Not due before they are marked, so that no worker sends them in between.
        letter::enqueue(&self.db, library, &self.config, day, now.plus(MARKING)).await?;
        outbox::mark_left(&self.db, &letter::key_of(week), now).await
    }

    /// Somebody says that nothing was sent since the backup that the database was restored from: the ledger that is
    /// there is its own from now on.
    pub async fn nothing_sent_since(&self) -> Result<()> {
        self.in_question().await?;
        self.vault.take_ledger(&self.db).await
    }

    /// An error when the week of `day` has not begun: its letters are of days that nobody has lived yet, and a letter
    /// is not taken back.
    pub fn begun(&self, day: Date) -> Result<()> {
        let (week, today) = (letter::week_of(day, &self.config), self.clock.zoned(&self.config.zone).date());
        ensure!(
            week.first() <= today,
            "{week} の週（{} から）は、まだ始まっていません。今日は {today} です。先の週のおたよりは送れません。\n  \
             いまの週なら `otayori send --date {today}`。今日の日付が違うときは、この機械の時計を直してください",
            week.first()
        );
        Ok(())
    }

    /// What does not fit into a quota is not waited for, nor what goes by a channel that this program does not know.
    async fn until_nothing_waits(&self, key: &str, dispatcher: &Dispatcher, counted: &Counted) -> Result<()> {
        loop {
            dispatcher.dispatch_into(counted).await?;
            let held = dispatcher.gate.short().iter().map(|short| short.needed).sum::<u64>()
                + outbox::left_to_others(&self.db, key).await?;
            let waiting = outbox::waiting(&self.db, key).await?;
            if waiting.retry == 0 && waiting.pending <= held {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Ends when nothing has been settled for as long as there is patience, or when everything was tried once and
    /// patience is over. Patience is with the services: while rows are put into batches (minutes, for a million), none
    /// is used up. What is under way then is left as a kill would leave it: the next one takes over when the leases run
    /// out.
    pub async fn out_of_patience(&self, key: &str, dispatcher: &Dispatcher) -> Result<()> {
        let (mut last, mut settled, mut tried) =
            (Waiting { retry: u64::MAX, pending: u64::MAX }, Instant::now(), Instant::now());
        loop {
            let waiting = outbox::waiting(&self.db, key).await?;
            let assembling = dispatcher.assembling.load(Ordering::Relaxed);
            if assembling || last.retry.saturating_add(last.pending) != waiting.retry + waiting.pending {
                settled = Instant::now();
            }
            if assembling || last.pending != waiting.pending {
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
            carriers: self.carriers.clone(),
            clock,
            zone: self.config.zone.clone(),
            quiet_at_night: false,
            gate: Arc::new(Gate::of_send()),
            services: Arc::default(),
            barred: Barred::default(),
            keyless: Arc::default(),
            assembling: Arc::default(),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }
}
