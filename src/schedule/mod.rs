//! A clock in, due jobs done once: the jobs of `jobs`, and dispatch of the outbox.
//!
//! Every process may run it: who does what is settled in the database (`runs`, `batches`). `tokio-cron-scheduler` beats
//! once a minute; what is due then is worked out in the city's zone, because the crate keeps the offset of the moment
//! at which a job was made.

mod confirm;
mod dispatch;
mod holds;
mod jobs;
mod made_up;
mod quota;
mod ready;
mod restored;
mod send;
mod services;

pub use confirm::{Confirmed, Foreseen, confirm, foresee, missed_message};
pub use dispatch::{Barred, Counted, Dispatcher, LEASE_SECONDS, Tallies, Tally};
pub use holds::{Hold, hold_messages, refuse};
pub use jobs::{Due, ahead_message, due, site_changes};
pub use made_up::refuse_made_up;
pub use quota::{Gate, Short};
pub use restored::InQuestion;
pub use send::{Sender, Sent};
pub use services::Services;

use crate::calendar::Date;
use crate::channel::Carriers;
use crate::channel::line::Line;
use crate::clock::{Clock, Stand, Wall};
use crate::config::Config;
use crate::contact::{Channel, UnknownChannel};
use crate::content::Library;
use crate::db::Db;
use crate::runs;
use crate::vault::Vault;
use crate::watch;
use crate::{channel, outbox};
use anyhow::{Context as _, Result};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio_cron_scheduler::{Job, JobScheduler};

/// What is written now, built or not; as an error what could be read of it, while there are mistakes in it and nothing
/// better is known.
pub type Written = Arc<dyn Fn() -> Result<Arc<Library>, Arc<Library>> + Send + Sync>;
/// Told, each minute, of what is missing before a letter goes: the template's or the sample's texts, an address that
/// nobody can open.
pub type Unready = Box<dyn Fn(Option<&str>) + Send + Sync>;
/// Called when the site changes by itself on this day.
pub type Rebuild = Arc<dyn Fn(Date) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// Pause between two looks at the outbox.
const LOOK: Duration = Duration::from_secs(2);
/// What holds the letters is said again after so many seconds.
const TELL_AGAIN: i64 = 3600;
/// How long a process that ends waits for the batches under way.
const FAREWELL: Duration = Duration::from_secs(20);

/// What the operator is told when the ledger is not the database's own; which weeks that leaves in question says
/// [`InQuestion::message`].
pub const NO_LEDGER: &str = "このデータベースが知っている「送付の記録」（鍵の置き場の隣の ledger.db、鍵の置き場が \
    PostgreSQL ならその中）がありません。控えから戻したあとなら、控えより後に何が送られたか\
    分からないので、おたよりを止めています。二度送らないためです。\n  \
    よけておいた元の data/ に ledger.db があれば、止めてから、それを（ledger.db-wal もあれば、いっしょに。cp -p \
    元の/ledger.db* data/）鍵の置き場の隣に戻してください。ないときは：";

/// What holds the letters now.
#[derive(Debug, Clone)]
struct Held {
    clock: Stand,
    without_ledger: bool,
    /// What channels lack on which somebody is written to.
    lacks: Vec<channel::Lacks>,
    /// Something waits for a channel of a newer program.
    unknown: Vec<UnknownChannel>,
}

impl Held {
    /// To be told anew when it is another one, not when its instant has moved.
    fn kind(&self) -> (bool, bool, bool, &[channel::Lacks], &[UnknownChannel]) {
        (self.clock.holds(), matches!(self.clock, Stand::Back { .. }), self.without_ledger, &self.lacks, &self.unknown)
    }
}

/// Everything that runs by itself.
pub struct Schedule {
    config: Arc<Config>,
    db: Db,
    vault: Vault,
    clock: Clock,
    library: Written,
    rebuild: Rebuild,
    dispatcher: Dispatcher,
    /// Answers what a webhook left undone.
    line: Option<Line>,
    /// The newest day on which the site was looked at.
    day: Mutex<Date>,
    /// The newest day on which what is due was erased.
    kept_house: Mutex<Option<Date>>,
    /// What holds the letters, as it was last told, and when.
    last_logged: Mutex<Option<(Held, Wall)>>,
    /// Stops of before a restore are in the database again.
    stops_back: AtomicBool,
    /// What was missing, as it was last told.
    missing: Mutex<Option<String>>,
    /// Who else is told of that.
    unready: OnceLock<Unready>,
    /// A tick that takes longer than a minute is not overtaken by the next.
    ticking: tokio::sync::Mutex<()>,
    stop: Arc<AtomicBool>,
}

/// A schedule under way.
pub struct Running {
    scheduler: JobScheduler,
    dispatch: tokio::task::JoinHandle<()>,
    stop: Arc<AtomicBool>,
}

impl Schedule {
    /// Puts the parts together. `library` is asked at each run; `rebuild` is called on days on which the site changes
    /// by itself.
    pub fn new(
        config: Arc<Config>,
        db: Db,
        vault: Vault,
        carriers: Carriers,
        clock: Clock,
        library: Written,
        rebuild: Rebuild,
    ) -> Arc<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let dispatcher = Dispatcher {
            db: db.clone(),
            vault: vault.clone(),
            carriers,
            clock,
            zone: config.zone.clone(),
            quiet_at_night: true,
            gate: Arc::new(Gate::of_schedule()),
            services: Arc::default(),
            barred: Barred::default(),
            keyless: Arc::default(),
            assembling: Arc::default(),
            stop: stop.clone(),
        };
        let day = Mutex::new(clock.zoned(&config.zone).date());
        let line = Line::of(&config.services);
        Arc::new(Self {
            config,
            db,
            vault,
            clock,
            library,
            rebuild,
            dispatcher,
            line,
            day,
            kept_house: Mutex::new(None),
            last_logged: Mutex::default(),
            stops_back: AtomicBool::new(false),
            missing: Mutex::default(),
            unready: OnceLock::new(),
            ticking: tokio::sync::Mutex::new(()),
            stop,
        })
    }

    /// Tells somebody else, too, what is missing before a letter goes.
    pub fn tell_unready(&self, unready: Unready) {
        // Whoever was told first goes on being told.
        let _ = self.unready.set(unready);
    }

    /// Starts: a tick now (what was missed while down), one each minute, and dispatch all the time.
    pub async fn start(self: &Arc<Self>) -> Result<Running> {
        let scheduler = JobScheduler::new().await.context("予定の実行を始められません")?;
        let own = self.clone();
        let every_minute = Job::new_async("0 * * * * *", move |_, _| {
            let own = own.clone();
            Box::pin(async move { own.tick_and_report().await })
        });
        scheduler.add(every_minute?).await?;
        scheduler.start().await?;
        let own = self.clone();
        let dispatch = tokio::spawn(async move {
            own.tick_and_report().await;
            while !own.stop.load(Ordering::Relaxed) {
                // Nothing goes before it is known who has stopped.
                if !own.stops_back.load(Ordering::Relaxed) {
                    own.tick_and_report().await;
                } else if let Err(e) = own.dispatcher.dispatch().await {
                    tracing::error!(error = format!("{e:#}"), "dispatch failed; it is tried again");
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        Ok(Running { scheduler, dispatch, stop: self.stop.clone() })
    }

    /// Does what is due now of all that is done by itself (`schedule::jobs`).
    pub async fn tick(&self) -> Result<()> {
        let Ok(_alone) = self.ticking.try_lock() else { return Ok(()) };
        let held = self.held().await?;
        if matches!(held.clock, Stand::Back { .. }) {
            let runs = runs::forget_ahead(&self.db, self.clock.now().plus(AHEAD)).await?;
            if runs > 0 {
                tracing::error!(
                    runs,
                    "runs of weeks that have not come were on record: they are due again at their time"
                );
            }
        }
        self.do_jobs(&held).await
    }

    /// The day in the city.
    fn today(&self) -> Date {
        self.clock.zoned(&self.config.zone).date()
    }

    /// Leaves the instant that the clock shows, where it may be believed; says to the operator what holds the letters,
    /// at once and each hour.
    async fn held(&self) -> Result<Held> {
        let now = self.clock.now();
        let held = Held {
            clock: watch::beat(&self.db, now).await?,
            without_ledger: !self.vault.has_ledger(&self.db).await?,
            lacks: lacking(&self.db, &self.config).await?,
            unknown: outbox::unknown_channels(&self.db).await?,
        };
        let question = if held.without_ledger {
            Some(InQuestion::of(&self.db, &self.config, &self.clock.zoned(&self.config.zone)).await?)
        } else {
            None
        };
        let mut last = self.last_logged.lock().unwrap_or_else(PoisonError::into_inner);
        let new =
            last.as_ref().is_none_or(|(before, at)| before.kind() != held.kind() || now.since(*at).abs() >= TELL_AGAIN);
        if held.clock.holds() && new {
            tracing::error!("{}", held.clock.message(now, &self.config.zone));
        }
        if new {
            held.lacks.iter().for_each(|lacks| tracing::error!("{}", lacks.message));
            held.unknown.iter().for_each(|unknown| tracing::error!("{}", unknown_message(unknown)));
        }
        if let Some(question) = question.filter(|_| new) {
            tracing::error!("{NO_LEDGER}\n{}", question.message());
        }
        if new {
            *last = Some((held.clone(), now));
        }
        Ok(held)
    }

    /// Sends what is due in the outbox now.
    pub async fn dispatch(&self) -> Result<Tallies> {
        self.dispatcher.dispatch().await
    }

    async fn tick_and_report(&self) {
        if let Err(e) = self.tick().await {
            tracing::error!(error = format!("{e:#}"), "a scheduled job failed; it is tried again in a minute");
        }
    }
}

impl Running {
    /// Ends after the batches under way, or after twenty seconds; what is left is taken over by the next process.
    pub async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Err(e) = self.scheduler.shutdown().await {
            tracing::warn!(error = %e, "the scheduler did not end");
        }
        if tokio::time::timeout(FAREWELL, &mut self.dispatch).await.is_err() {
            self.dispatch.abort();
        }
    }
}

/// What channels lack on which somebody is written to.
async fn lacking(db: &Db, config: &Config) -> Result<Vec<channel::Lacks>> {
    let mut found = Vec::new();
    for channel in Channel::ALL {
        if let Some(lacks) = channel::lacks(channel, config)
            && watch::is_used(db, channel.id()).await?
        {
            found.push(lacks);
        }
    }
    Ok(found)
}

/// For the operator: what goes by a channel that this program does not know is left.
fn unknown_message(unknown: &UnknownChannel) -> String {
    format!("送る列に、{unknown}。その分は、送らずに置いてあります。新しい版の otayori を動かしてください")
}

/// A run further ahead than this is none of another machine's whose clock differs a little.
const AHEAD: i64 = 6 * 3600;
