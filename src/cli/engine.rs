//! A site's folder in, everything that a serving process holds out: content, database, keys, channels, schedule.

mod follow;

pub use follow::{Follow, Found};

use super::build::{Loaded, publish};
use super::stores::Stores;
use crate::calendar::Date;
use crate::channel::vapid::Key;
use crate::config::Config;
use crate::content::{LoadOptions, Shelf, sample};
use crate::diag::Diagnostics;
use crate::schedule::{self, Channels, Deliver, Schedule, Sender};
use crate::site::Theme;
use crate::web::{App, Clock, Published, Shared};
use anyhow::{Context, Result, anyhow};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The parts of a process that serves or sends. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// What requests use.
    pub app: Shared,
    /// The channels.
    pub deliver: Arc<dyn Deliver>,
}

/// `send` and the demo go on retrying for so long.
const PATIENCE: Duration = Duration::from_secs(30);

impl Engine {
    /// Opens the database and the keys (both are made on first use) and the channels.
    pub async fn open(config: Arc<Config>, published: Published, clock: Clock) -> Result<Self> {
        let Stores { db, vault } = Stores::open(&config).await?;
        let deliver: Arc<dyn Deliver> = Arc::new(Channels::open(&config, &db, &vault).await?);
        let key = Key::load(&db, &vault, clock.now().as_second()).await?;
        let app = App::new(config, db, vault, clock, published);
        app.set_vapid_public_key(key.public());
        Ok(Self { app, deliver })
    }

    /// As [`Engine::open`], with what the site's folder holds on `today`; mistakes in it end the command.
    pub async fn of_site(config: Config, today: Date, clock: Clock) -> Result<Self> {
        let loaded = read(config, today).map_err(|p| told(p, "サイトを読めません"))?;
        if let Some(missing) = schedule::unready(&loaded.config, &loaded.library) {
            tracing::warn!("まだおたよりを送れません。毎週の配信の時刻までに直してください\n{missing}");
        }
        Self::open(Arc::new(loaded.config), Published { library: loaded.library, theme: loaded.theme }, clock).await
    }

    /// Ends all connections to database and keys; their files are whole then.
    pub async fn close(&self) {
        Stores { db: self.app.db.clone(), vault: self.app.vault.clone() }.close().await;
    }

    /// What sends a day's letters.
    pub fn sender(&self) -> Sender {
        let App { config, db, vault, .. } = &*self.app;
        Sender { config: config.clone(), db: db.clone(), vault: vault.clone(), deliver: self.deliver.clone(), patience: PATIENCE }
    }

    /// The schedule's clock, which shows what the pages' clock shows.
    pub fn clock(&self) -> schedule::Clock {
        match self.app.clock {
            Clock::System => schedule::Clock::System,
            Clock::Fixed(_) | Clock::Shifted(_) => schedule::Clock::set(self.app.now()),
        }
    }

    /// Takes up what `otayori build` publishes while this process runs, and says when the settings need a restart.
    pub fn follow(&self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(Follow::new(&self.app).keep())
    }

    /// What runs by itself: the weekly run, dispatch, and the site when its day has come.
    pub fn schedule(&self) -> Arc<Schedule> {
        let (app, library) = (self.app.clone(), written(&self.app, self.clock()));
        let rebuild: schedule::Rebuild = Arc::new(move |today| {
            let app = app.clone();
            Box::pin(async move { tokio::task::spawn_blocking(move || rebuild(&app, today)).await? })
        });
        Schedule::new(self.app.config.clone(), self.app.db.clone(), self.app.vault.clone(), self.deliver.clone(), self.clock(), library, rebuild)
    }
}

/// The content as it is in the folder when it is asked for, so that a run sends what was written last; the last good one while there are errors
/// in it.
fn written(app: &Shared, clock: schedule::Clock) -> schedule::Published {
    let (config, last) = (app.config.clone(), Mutex::new(Arc::new(app.published().library.clone())));
    Arc::new(move || {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match super::written(&config, clock.zoned(&config.zone).date()) {
            Ok(library) => *last = Arc::new(library),
            Err(e) => tracing::error!(error = format!("{e:#}"), "the content has mistakes; the last good one is used"),
        }
        last.clone()
    })
}

/// Reads content and theme with settings that are there already.
pub fn read(config: Config, today: Date) -> Result<Loaded, Diagnostics> {
    read_with(config, today, &mut Shelf::default())
}

/// As [`read`], with what was read before.
pub fn read_with(config: Config, today: Date, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    let (library, mut problems) = shelf.load(&config, &LoadOptions::on(&config, today));
    super::emptied(&config, &library, &mut problems);
    sample::lists(&config, &library, &mut problems);
    match Theme::load(&config) {
        Ok(theme) if !problems.has_errors() => Ok(Loaded { config, library, theme, today, problems }),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

/// Errors of a site as an operator's error.
pub fn told(problems: Diagnostics, what: &str) -> anyhow::Error {
    let lines: Vec<String> = problems.sorted().iter().filter(|d| d.severity == crate::diag::Severity::Error).map(ToString::to_string).collect();
    anyhow!("{what}\n{}", lines.join("\n"))
}

/// Publishes the site of another day: pages, and what requests see.
fn rebuild(app: &Shared, today: Date) -> Result<()> {
    let loaded = read((*app.config).clone(), today).map_err(|p| told(p, "サイトを作り直せません"))?;
    publish(&loaded, &loaded.config.public, false).context("public/ に書けません")?;
    app.publish(Published { library: loaded.library, theme: loaded.theme });
    Ok(())
}
