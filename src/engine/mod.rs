//! A site's folder in, everything that a serving process holds out: content, database, keys, channels, schedule.

mod bar;
mod feedback;
mod follow;
pub mod ground;
mod load;
pub mod new;
mod prints;
mod publish;

pub mod stores;
pub mod trace;

pub use bar::Bar;
pub use feedback::{Feedback, category_title, feedback};
pub use follow::{Follow, Found};
pub use load::{
    Loaded, date_or_today, emptied, load, load_for, load_with, read, read_with, refusal, written, written_with,
};
pub use prints::{Flyers, Prints};
pub use publish::{publish, publish_on};

use crate::calendar::Date;
use crate::channel::Carriers;
use crate::channel::vapid::Key;
use crate::clock::{Clock, machine_seconds};
use crate::config::Config;
use crate::content::{Library, Shelf, sample};
use crate::schedule::{self, Schedule, Sender};
use crate::site::{Published, Theme};
use crate::web::{App, Shared, Waiting};
use anyhow::{Context, Result, anyhow};
use load::{content, mistakes};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stores::Stores;

/// The parts of a process that serves or sends. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// What requests use.
    pub app: Shared,
    /// The channels.
    pub carriers: Carriers,
    /// The content was read without mistakes when this process began.
    whole: bool,
}

/// `send` and the demo go on retrying for so long.
const PATIENCE: Duration = Duration::from_secs(30);

impl Engine {
    /// Opens the database and the keys (both are made on first use) and the channels.
    pub async fn open(config: Arc<Config>, published: Published, clock: Clock) -> Result<Self> {
        let Stores { db, vault } = Stores::open(&config).await?;
        let carriers = Carriers::open(&config, &db, &vault, machine_seconds).await?;
        let key = Key::load(&db, &vault, clock.now().seconds()).await?;
        let app = App::new(config, db, vault, clock, published);
        app.set_vapid_public_key(key.public());
        Ok(Self { app, carriers, whole: true })
    }

    /// As [`Engine::open`], with what the site's folder holds on `today`. With mistakes in what people wrote the
    /// published site is served as it stands, and questions, registrations and stops are taken; letters wait. Where no
    /// site is published, or the theme cannot be read, they end the command.
    pub async fn of_site(config: Config, today: Date, clock: Clock) -> Result<Self> {
        let (mut library, problems) = content(&config, today, &mut Shelf::default());
        let theme = Theme::load(&config);
        if !problems.has_errors()
            && let Ok(theme) = theme
        {
            return Self::open(Arc::new(config), Published::new(library, theme), clock).await;
        }
        let theme = theme.map_err(|more| refusal(more, "テーマを読めません"))?;
        if !config.public.join("index.html").is_file() {
            return Err(refusal(problems, "サイトを読めません"));
        }
        let what = "記事や設定に直すところがあります。公開中のサイト（public/）をそのまま出し、\
            登録・質問・停止は受け付けます。おたよりは、直るまで送りません";
        log_lines(what, &mistakes(problems));
        if library.contacts.is_empty() {
            library.contacts = sample::national_contacts(today);
            tracing::error!(
                "急ぐときの連絡先（content/contacts.yaml）を読めないので、全国の番号（119 など）だけを案内します"
            );
        }
        let own = Self { whole: false, ..Self::open(Arc::new(config), Published::new(library, theme), clock).await? };
        own.app.set_waiting(Waiting::Texts, Some(UNREAD));
        Ok(own)
    }

    /// Ends all connections to database and keys; their files are whole then.
    pub async fn close(&self) {
        Stores { db: self.app.db.clone(), vault: self.app.vault.clone() }.close().await;
    }

    /// What sends a day's letters.
    pub fn sender(&self) -> Sender {
        let App { config, db, vault, .. } = &*self.app;
        Sender {
            config: config.clone(),
            db: db.clone(),
            vault: vault.clone(),
            carriers: self.carriers.clone(),
            patience: PATIENCE,
            clock: self.clock(),
            drop_gone: false,
        }
    }

    /// The schedule's clock, which shows what the pages' clock shows, and goes on.
    pub fn clock(&self) -> Clock {
        self.app.clock.going()
    }

    /// Takes up what `otayori build` publishes while this process runs, and says when the settings need a restart.
    pub fn follow(&self) -> tokio::task::JoinHandle<()> {
        let follow = Follow::new(&self.app);
        tokio::spawn(if self.whole { follow } else { follow.behind() }.keep())
    }

    /// What runs by itself: the weekly run, dispatch, and the site when its day has come.
    pub fn schedule(&self) -> Arc<Schedule> {
        let (app, library) = (self.app.clone(), last_good(&self.app, self.clock(), self.whole));
        let rebuild: schedule::Rebuild = Arc::new(move |today| {
            let app = app.clone();
            Box::pin(async move { tokio::task::spawn_blocking(move || rebuild(&app, today)).await? })
        });
        let schedule = Schedule::new(
            self.app.config.clone(),
            self.app.db.clone(),
            self.app.vault.clone(),
            self.carriers.clone(),
            self.clock(),
            library,
            rebuild,
        );
        let app = self.app.clone();
        schedule.tell_unready(Box::new(move |missing| app.set_waiting(Waiting::Ready, missing.map(|_| UNREADY))));
        schedule
    }
}

/// The content as it is in the folder when it is asked for, so that a run sends what was written last; the last good
/// one while there are errors in it. Where there was none since this process began, what could be read, as an error.
fn last_good(app: &Shared, clock: Clock, whole: bool) -> schedule::Written {
    struct Last {
        good: Option<Arc<Library>>,
        some: Arc<Library>,
        /// What was told last.
        message: String,
        shelf: Shelf,
    }
    let some = app.published().library.clone();
    let last =
        Mutex::new(Last { good: whole.then(|| some.clone()), some, message: String::new(), shelf: Shelf::default() });
    let (app, config) = (app.clone(), app.config.clone());
    Arc::new(move || {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match written_with(&config, clock.zoned(&config.zone).date(), &mut last.shelf) {
            Ok(library) => {
                last.good = Some(Arc::new(library));
                if !std::mem::take(&mut last.message).is_empty() {
                    tracing::info!("記事や設定の直すところは、なくなりました");
                }
                app.set_waiting(Waiting::Texts, None);
            }
            Err(e) => {
                let said = format!("{e:#}");
                app.set_waiting(Waiting::Texts, Some(if last.good.is_some() { BROKEN } else { UNREAD }));
                if said != last.message {
                    let what = if last.good.is_some() {
                        "記事や設定に直すところがあるので、前に読めたものを使います"
                    } else {
                        "記事や設定に直すところがあるので、おたよりは送らずに待ちます"
                    };
                    log_lines(what, &said);
                    last.message = said;
                }
            }
        }
        last.good.clone().ok_or_else(|| last.some.clone())
    })
}

/// Lines of `/healthz`.
const UNREAD: &str = "content: there are mistakes in articles or settings, letters wait (`otayori check`)";
const BROKEN: &str =
    "content: there are mistakes in articles or settings, what was read before them is used (`otayori check`)";
const UNREADY: &str = "ready: texts or settings are still the template's, letters wait (`otayori check`)";

/// So many lines of mistakes stand in the log.
const LINES: usize = 20;

/// A line of the log for each line of a text, what is indented with the one before; the first twenty.
pub fn log_lines(what: &str, text: &str) {
    tracing::error!("{what}");
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with(' ') => *last = format!("{last} ／ {}", line.trim()),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().take(LINES).for_each(|line| tracing::error!("{line}"));
    if lines.len() > LINES {
        tracing::error!("ほか {}件（`otayori check` で全部）", lines.len() - LINES);
    }
}

/// Publishes the site of another day: pages, and what requests see.
fn rebuild(app: &Shared, today: Date) -> Result<()> {
    let loaded = read((*app.config).clone(), today).map_err(|p| {
        log_lines("サイトを作り直せません", &mistakes(p));
        anyhow!("記事や設定に直すところがあります（上の記録）")
    })?;
    publish(&loaded, &loaded.config.public, false).context("public/ に書けません")?;
    app.publish(Published::new(loaded.library, loaded.theme));
    Ok(())
}

/// Runs an asynchronous command to its end.
pub fn block_on<T>(f: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("非同期の実行環境を作れません")?
        .block_on(f)
}

/// Ctrl-C, or the signal with which services are stopped.
pub async fn until_stopped() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
