//! What every request may use: settings, database, keys, clock, the city's LINE, and what is published now.

use super::error::{Error, Result};
use super::lanes::Lanes;
use crate::calendar::{Date, Zoned};
use crate::channel::line::Line;
use crate::channel::line::login::Login;
use crate::clock::Clock;
use crate::config::Config;
use crate::crowd::{self, Limits, Sender, Verdict, What};
use crate::db::{Db, Standing, file_of};
use crate::site::Published;
use crate::vault::Vault;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// Everything that a request may use.
#[derive(Debug)]
pub struct App {
    /// Settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// Keys.
    pub vault: Vault,
    /// The clock.
    pub clock: Clock,
    /// The city's LINE account, where it has one.
    pub line: Option<Line>,
    /// Its LINE Login channel, where it has one.
    pub login: Option<Login>,
    /// What is published now; exchanged as a whole when content changes.
    published: RwLock<Arc<Published>>,
    /// What browsers subscribe with; set once the channel's key is there.
    vapid: OnceLock<String>,
    /// Where those wait their turn who send more than people do.
    lanes: Lanes,
    /// When something could last be written for the health's sake.
    pub(super) probed: AtomicI64,
    /// The files of database, keys and ledger, as they stood in the beginning.
    pub(super) standing: Standing,
    /// What letters wait for that only who reads the texts knows.
    waiting: Mutex<BTreeMap<Waiting, &'static str>>,
}

/// What the health knows from who reads the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// The city's signs of danger cannot be used: the program's own are. (No letter waits for that.)
    Signs,
    /// Mistakes in them.
    Texts,
    /// They are not the city's own yet.
    Ready,
}

/// Requests' shared state.
pub type Shared = Arc<App>;

impl App {
    /// Says what letters wait for, a line of `/healthz`, or that they do not wait for it any more.
    pub fn set_waiting(&self, what: Waiting, line: Option<&'static str>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match line {
            Some(line) => drop(waiting.insert(what, line)),
            None => drop(waiting.remove(&what)),
        }
    }
    pub(super) fn waiting(&self) -> Vec<String> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).values().map(|line| (*line).to_owned()).collect()
    }
    /// Puts the parts together.
    pub fn new(config: Arc<Config>, db: Db, vault: Vault, clock: Clock, published: Published) -> Shared {
        let (line, login) = (Line::of(&config.services), Login::of(&config.services));
        let (keys, data) = (file_of(&config.services.key_store_url), file_of(&config.services.database_url));
        let ledger = keys.as_ref().map(|keys| keys.with_file_name("ledger.db"));
        let standing = Standing::of([data, keys, ledger].into_iter().flatten());
        Arc::new(Self {
            config,
            db,
            vault,
            clock,
            line,
            login,
            published: RwLock::new(Arc::new(published)),
            vapid: OnceLock::new(),
            lanes: Lanes::default(),
            probed: AtomicI64::new(i64::MIN / 2),
            standing,
            waiting: Mutex::default(),
        })
    }
    /// What is published now.
    pub fn published(&self) -> Arc<Published> {
        self.published.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
    /// Puts another state of the content in place.
    pub fn publish(&self, published: Published) {
        *self.published.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(published);
    }
    /// The VAPID public key (RFC 8292) as browsers take it: an uncompressed P-256 point in base64url. Without it no
    /// device notifications are offered.
    pub fn vapid_public_key(&self) -> Option<String> {
        self.vapid.get().cloned()
    }
    /// Sets the key, once.
    pub fn set_vapid_public_key(&self, key: String) {
        let _ = self.vapid.set(key);
    }
    /// Now, as Unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now().seconds()
    }
    /// Now, in the city's zone.
    pub fn zoned(&self) -> Zoned {
        self.clock.zoned(&self.config.zone)
    }
    /// Today in the city.
    pub fn today(&self) -> Date {
        self.zoned().date()
    }
    /// Counts one more of something that comes from outside.
    pub(super) async fn crowd(&self, what: What, from: Sender<'_>) -> Result<Verdict> {
        let limits = self.config.site.limits;
        let limits = Limits { source_per_day: limits.source_per_day, all_per_hour: limits.all_per_hour };
        Ok(crowd::count(&self.db, &self.vault, what, from, limits, &self.zoned()).await?)
    }
    /// May the owner of this e-mail address be asked once more today, whoever wants to know? No more than three times:
    /// a stranger's mailbox is not filled.
    pub(super) async fn may_ask(&self, address: &str) -> Result<bool> {
        let limits = Limits { source_per_day: 3, all_per_hour: i64::MAX };
        Ok(crowd::count(&self.db, &self.vault, What::Confirm, Sender::Address(Some(address)), limits, &self.zoned())
            .await?
            == Verdict::Free)
    }
    /// Waits where more comes than people send; `false` when so much waits already that it should come again later.
    pub(super) async fn turn(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Free => true,
            Verdict::Crowd(source) => {
                self.lanes.wait(source, Duration::from_secs(self.config.site.limits.wait_seconds)).await
            }
        }
    }
    /// How many have waited for their turn since the program began, because more came than people send.
    pub fn turns(&self) -> u64 {
        self.lanes.turns()
    }
    /// A page of the theme.
    pub fn page(&self, template: &str, language: &str, context: &impl Serialize) -> Result<Response> {
        Ok(Html(self.published().theme.render(template, language, context)?).into_response())
    }
    /// An error as a page of the theme.
    pub fn error_page(&self, error: &Error) -> Response {
        let (status, heading, message) = error.parts();
        let context = serde_json::json!({ "heading": heading, "message": message });
        match self.published().theme.render("error.html", self.config.main_language(), &context) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, message).into_response(),
        }
    }
}
