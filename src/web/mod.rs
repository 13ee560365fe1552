//! HTTP in, HTTP out: no SQL, no rules.
//!
//! Every route stands in [`routes`], registered together with its right; a route without one does not compile.

mod api;
mod arrivals;
mod ask;
mod codes;
pub mod demo;
mod desk;
mod email;
mod error;
mod forms;
mod guard;
mod lanes;
mod letters;
mod line;
mod line_login;
mod me;
mod pages;
mod push;
mod quiet;
mod readers;
mod register;
mod serve;
mod sign_in;
mod stop;
mod taps;
mod thread;
mod when;

pub use error::{Error, Result};
pub use guard::{POLICY, Right, SignedIn, own_names, possible};
pub use serve::{Patience, serve};

use crate::calendar::{Date, Timestamp, Zoned};
use crate::channel::line::Line;
use crate::channel::line::login::Login;
use crate::config::{Config, Services};
use crate::content::Library;
use crate::crowd::{self, From, Limits, Verdict, What};
use crate::db::{Db, Standing, file_of};
use crate::site::Theme;
use crate::staff::Role;
use crate::vault::Vault;
use axum::Router;
use axum::handler::Handler;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get as on_get, options as on_options, post as on_post};
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
    lanes: lanes::Lanes,
    /// When something could last be written for the health's sake.
    probed: AtomicI64,
    /// The files of database, keys and ledger, as they stood in the beginning.
    standing: Standing,
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

/// One state of the content.
#[derive(Debug)]
pub struct Published {
    /// Articles, bulletins, contacts, segments.
    pub library: Library,
    /// Templates.
    pub theme: Theme,
}

/// Requests' shared state.
pub type Shared = Arc<App>;

/// The only clock beside the schedule's.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's.
    System,
    /// A set instant, for tests and for `send --date`.
    Fixed(Timestamp),
    /// The machine's, moved by this many seconds.
    Shifted(i64),
}

impl Clock {
    /// The machine's, or moved to where a test has set it (`OTAYORI_NOW`).
    pub fn of(services: &Services) -> Self {
        services.now.map_or(Self::System, |now| Self::Shifted(now.as_second() - Self::System.now().as_second()))
    }
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(now) => now,
            Self::Shifted(by) => Timestamp::from_second(Timestamp::now().as_second() + by).unwrap_or(Timestamp::MAX),
        }
    }
}

impl App {
    /// Says what letters wait for, a line of `/healthz`, or that they do not wait for it any more.
    pub fn set_waiting(&self, what: Waiting, line: Option<&'static str>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match line {
            Some(line) => drop(waiting.insert(what, line)),
            None => drop(waiting.remove(&what)),
        }
    }
    fn waiting(&self) -> Vec<String> {
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
            lanes: lanes::Lanes::default(),
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
    /// The VAPID public key (RFC 8292) as browsers take it: an uncompressed P-256 point in base64url. Without it no device notifications are offered.
    pub fn vapid_public_key(&self) -> Option<String> {
        self.vapid.get().cloned()
    }
    /// Sets the key, once.
    pub fn set_vapid_public_key(&self, key: String) {
        let _ = self.vapid.set(key);
    }
    /// Now, as Unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now().as_second()
    }
    /// Now, in the city's zone.
    pub fn zoned(&self) -> Zoned {
        self.clock.now().to_zoned(self.config.zone.clone())
    }
    /// Today in the city.
    pub fn today(&self) -> Date {
        self.zoned().date()
    }
    /// Counts one more of something that comes from outside.
    async fn crowd(&self, what: What, from: From<'_>) -> Result<Verdict> {
        let limits = self.config.site.limits;
        let limits = Limits { source_per_day: limits.source_per_day, all_per_hour: limits.all_per_hour };
        Ok(crowd::count(&self.db, &self.vault, what, from, limits, &self.zoned()).await?)
    }
    /// May the owner of this e-mail address be asked once more today, whoever wants to know? No more than three times: a stranger's mailbox is not filled.
    async fn may_ask(&self, address: &str) -> Result<bool> {
        let limits = Limits { source_per_day: 3, all_per_hour: i64::MAX };
        Ok(crowd::count(&self.db, &self.vault, What::Confirm, From::Address(Some(address)), limits, &self.zoned()).await? == Verdict::Free)
    }
    /// Waits where more comes than people send; `false` when so much waits already that it should come again later.
    async fn turn(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Free => true,
            Verdict::Crowd(source) => self.lanes.wait(source, Duration::from_secs(self.config.site.limits.wait_seconds)).await,
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
}

/// A path, its method and handler, who may use it, and how long a body it takes.
struct Route {
    path: &'static str,
    right: Right,
    most: usize,
    handler: MethodRouter<Shared>,
}

impl Route {
    /// Takes bodies of so many bytes.
    fn up_to(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

/// Bytes of a body, unless the route says otherwise: the registration's fields, all filled, are a fifth of it.
const SHORT: usize = 32 * 1024;
/// With a text that a person writes: some 28,000 characters of Japanese, far more than is stored, so that who wrote too much is told so and keeps
/// the words.
const TEXT: usize = 256 * 1024;
/// LINE's events; they have some kilobytes.
const EVENTS: usize = 1024 * 1024;

/// `GET path`, for whom.
fn get<H, T>(path: &'static str, right: Right, handler: H) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    Route { path, right, most: SHORT, handler: on_get(handler) }
}

/// `POST path`, for whom.
fn post<H, T>(path: &'static str, right: Right, handler: H) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    Route { path, right, most: SHORT, handler: on_post(handler) }
}

/// `OPTIONS path`, for whom.
fn options<H, T>(path: &'static str, right: Right, handler: H) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    Route { path, right, most: SHORT, handler: on_options(handler) }
}

/// Read consultations at the desk.
const DESK: Right = Right::Staff(&[Role::Clinician, Role::CityObserver, Role::Admin]);
/// See figures.
const FIGURES: Right = Right::Staff(&[Role::CityStaff, Role::CityObserver, Role::Editor, Role::Admin]);
/// Answer and close them.
const ANSWERS: Right = Right::Staff(&[Role::Clinician]);

/// Who may do what: the one table.
fn routes() -> Vec<Route> {
    use Right::{Anyone, Household};
    vec![
        get("/healthz", Anyone, pages::healthz),
        get("/", Anyone, pages::home),
        // Everything public as JSON.
        get("/api/v1", Anyone, api::root),
        get("/api/v1/", Anyone, api::root),
        get("/api/v1/articles", Anyone, api::articles),
        options("/api/v1/articles", Anyone, api::preflight),
        get("/api/v1/bulletins", Anyone, api::bulletins),
        options("/api/v1/bulletins", Anyone, api::preflight),
        get("/api/v1/search", Anyone, api::search),
        options("/api/v1/search", Anyone, api::preflight),
        get("/api/v1/{*name}", Anyone, api::file),
        options("/api/v1/{*name}", Anyone, api::preflight),
        get("/letters/{week}/", Anyone, letters::own),
        get("/letters/{week}/{hash}/", Anyone, letters::letter),
        get("/line/login", Anyone, line_login::begin),
        get("/line/login/callback", Anyone, line_login::callback),
        post("/line/webhook", Right::Signed, line::receive).up_to(EVENTS),
        get("/ask", Anyone, ask::form),
        post("/ask", Anyone, ask::check).up_to(TEXT),
        post("/ask/send", Anyone, ask::send).up_to(TEXT),
        get("/q/{token}", Anyone, thread::thread),
        post("/q/{token}", Anyone, thread::follow_up).up_to(TEXT),
        post("/q/{token}/survey", Anyone, thread::survey),
        post("/q/{token}/join", Household, thread::join),
        post("/said/{slug}", Anyone, readers::said),
        get("/me/answers", Household, thread::answers),
        get("/desk", DESK, desk::list),
        get("/desk/", Anyone, sign_in::without_slash),
        get("/desk/role", Right::Staff(&Role::ALL), sign_in::role),
        get("/desk/flyers", FIGURES, arrivals::page),
        get("/desk/pulse", DESK, desk::pulse),
        get("/desk/q/{id}", DESK, desk::read),
        post("/desk/q/{id}/preview", ANSWERS, desk::act::preview).up_to(TEXT),
        post("/desk/q/{id}/draft", ANSWERS, desk::act::draft).up_to(TEXT),
        post("/desk/q/{id}/find", ANSWERS, desk::act::find).up_to(TEXT),
        post("/desk/q/{id}/insert", ANSWERS, desk::act::insert).up_to(TEXT),
        post("/desk/q/{id}/answer", ANSWERS, desk::act::answer).up_to(TEXT),
        get("/desk/q/{id}/close", ANSWERS, desk::act::before_close),
        post("/desk/q/{id}/close", ANSWERS, desk::act::close),
        post("/desk/q/{id}/reopen", ANSWERS, desk::act::reopen),
        post("/desk/q/{id}/urgent", ANSWERS, desk::act::urgent),
        post("/desk/q/{id}/calm", ANSWERS, desk::act::calm),
        post("/desk/q/{id}/wanted", ANSWERS, desk::wanted::wanted),
        post("/desk/q/{id}/contacted", ANSWERS, desk::act::contacted).up_to(TEXT),
        get("/desk/sign-in", Anyone, sign_in::form),
        post("/desk/sign-in", Anyone, sign_in::sign_in).up_to(TEXT),
        post("/desk/sign-out", Anyone, sign_in::sign_out),
        // Registration.
        get("/r/{code}", Anyone, codes::arrive),
        get("/register", Anyone, register::begin),
        post("/register", Anyone, register::answer),
        post("/register/pair", Anyone, register::pair),
        get("/register/done", Household, register::done),
        get("/push/key", Anyone, push::key),
        post("/push/subscriptions", Household, push::subscribe),
        // No more letters, with no more than the notification's own token.
        get("/stop", Anyone, stop::ask),
        post("/stop", Anyone, stop::stop),
        post("/stop/undo", Anyone, stop::undo),
        // E-mail addresses: asked of their owners, and stopped by them. A GET changes nothing.
        post("/me/email", Household, email::ask),
        get("/me/email/{token}", Anyone, email::before_confirm),
        post("/me/email/{token}", Anyone, email::confirm),
        get("/stop/mail/{token}", Anyone, email::before_stop),
        post("/stop/mail/{token}", Anyone, email::stop),
        // The household's own pages.
        get("/me", Household, me::page),
        get("/me/enter", Anyone, me::enter::explain),
        get("/me/enter/{token}", Anyone, me::enter::link),
        post("/me/enter/{token}", Anyone, me::enter::enter),
        post("/me/leave", Household, me::enter::leave),
        post("/me/leave-everywhere", Household, me::enter::leave_everywhere),
        get("/me/family", Household, me::change::before_family),
        post("/me/family", Household, me::change::family),
        get("/me/subjects/{slot}", Household, me::change::dates),
        post("/me/subjects/{slot}", Household, me::change::set_dates),
        get("/me/subjects/{slot}/born", Household, me::change::before_born),
        post("/me/subjects/{slot}/born", Household, me::change::born),
        post("/me/subjects/{slot}/stop", Household, me::stop::subject),
        get("/me/stopped", Household, me::stop::stopped),
        post("/me/undo", Household, me::stop::undo),
        get("/me/area", Household, me::change::fact),
        post("/me/area", Household, me::change::set_fact),
        get("/me/language", Household, me::change::fact),
        post("/me/language", Household, me::change::set_fact),
        get("/me/first", Household, me::change::fact),
        post("/me/first", Household, me::change::set_fact),
        get("/me/channel", Household, me::change::channel),
        post("/me/channel/remove", Household, me::change::remove_channel),
        post("/me/line", Household, me::change::line_link),
        post("/me/pause", Household, me::stop::pause),
        post("/me/resume", Household, me::stop::resume),
        post("/me/stop", Household, me::stop::all),
        post("/me/start", Household, me::stop::start),
        get("/me/record.json", Household, me::record),
        get("/me/delete", Household, me::before_delete),
        post("/me/delete", Household, me::delete),
    ]
}

/// The whole service: the routes, and below them the built site in `public/`.
pub fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for Route { path, right, most, handler } in routes() {
        router = router.route(path, guard::guarded(handler, right, most, &app));
    }
    router
        .fallback(pages::built_site)
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::same_origin))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::headers))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::RESERVED;

    /// No page that somebody writes can hide behind a route, on this server or on another that serves the same folder.
    #[test]
    fn every_route_is_reserved() {
        for Route { path, .. } in routes() {
            let first = path.split('/').nth(1).unwrap_or_default();
            assert!(first.is_empty() || RESERVED.iter().any(|(name, _)| *name == first), "{path}: add `{first}` to content::RESERVED");
        }
    }
}
