//! `otayori.yaml` and the environment in, checked settings out.

mod check;
mod env_file;
pub mod mail;
pub mod proxies;
mod reach;
pub mod theme;

use crate::calendar::{Date, DateTime, Time, TimeZone, Timestamp, Weekday};
use crate::diag::text::text_of;
use crate::diag::yaml::{self, Top};
use crate::diag::{Diagnostics, Place};
use check::FILE;
pub use env_file::{ENV_FILE, NAMES};
pub use mail::{Email, EmailLacks, Encryption, email_lacks};
pub use reach::{LineLacks, Origin, is_no_secret, unreachable};
use serde::Deserialize;
use std::path::{Path, PathBuf};
pub use theme::Themes;

/// The settings of one installation.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds `otayori.yaml`.
    pub root: PathBuf,
    /// The built site; `<root>/public`.
    pub public: PathBuf,
    /// All dates in the content move by this many days: whole weeks in the demo, 0 elsewhere.
    pub shift_days: i32,
    /// What `otayori.yaml` says.
    pub site: Site,
    /// Where `site.public_url` was written.
    pub public_url_at: Origin,
    /// Secrets that are what a guide writes in their place, and where they were written.
    pub examples: Vec<(&'static str, Origin)>,
    /// The theme and those that it extends.
    pub themes: Themes,
    /// What the environment and `otayori.env` say, with defaults.
    pub services: Services,
    /// The city's zone.
    pub zone: TimeZone,
    /// Letter weeks begin on this day.
    pub letter_day: Weekday,
    /// Letters go at this time.
    pub letter_time: Time,
}

/// `otayori.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name of the service, as in the header.
    pub title: String,
    /// The city.
    pub city: String,
    /// The office in charge.
    pub office: String,
    /// Its telephone number.
    pub tel: String,
    /// Its hours.
    pub hours: String,
    /// Where the site is reached, without a slash at the end.
    pub public_url: String,
    /// Folder below `themes/`.
    #[serde(default = "default_theme")]
    pub theme: String,
    /// IANA name.
    #[serde(default = "default_zone")]
    pub time_zone: String,
    /// Language codes; the first is the one that every article has.
    pub languages: Vec<String>,
    /// Areas that a household can choose.
    #[serde(default)]
    pub areas: Vec<Area>,
    /// Every article and bulletin also as a printed A4 handout (PDF).
    #[serde(default = "yes")]
    pub handouts: bool,
    /// Pictures also as AVIF: smaller photographs, seconds of work for each new one.
    #[serde(default)]
    pub avif: bool,
    /// Everything public also as JSON below `/api/v1/`.
    #[serde(default = "yes")]
    pub api: bool,
    /// Only in the sample: the day around which its dates are written.
    #[serde(default)]
    pub sample_date: Option<Date>,
    /// When letters go and how long they are.
    #[serde(default)]
    pub letters: Letters,
    /// When answers are due.
    #[serde(default)]
    pub desk: Desk,
    /// The LINE account.
    #[serde(default)]
    pub line: Line,
    /// Web Push.
    pub web_push: WebPush,
    /// Letters by e-mail; without it e-mail is offered nowhere.
    #[serde(default)]
    pub email: Option<Email>,
    /// Consent wording.
    pub consent: Consent,
    /// So many days after the last word in it a guest's thread is erased, and so many after its stop a household. As
    /// the privacy page promises.
    #[serde(default = "default_keep_days")]
    pub keep_days: i64,
    /// How much may come from one source and from everywhere before it has to wait.
    #[serde(default)]
    pub limits: Limits,
    /// Networks of proxies whose `X-Forwarded-For` is believed; this machine always is.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
}

/// How much may come before it has to wait. Nobody is refused for the address: many people may stand behind one.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Questions (or registrations) from one source on one day that are taken at once.
    pub source_per_day: i64,
    /// Questions (or registrations) from everywhere in one hour that are taken at once.
    pub all_per_hour: i64,
    /// So long (seconds) each one beyond a source's limit takes, one after the other.
    pub wait_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { source_per_day: 20, all_per_hour: 600, wait_seconds: 3 }
    }
}

/// An area of the city.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// As in segments and in the database.
    pub id: String,
    /// As people say it.
    pub title: String,
}

/// When letters go and how long they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letters {
    /// `mon` … `sun`.
    pub day: String,
    /// `07:30`.
    pub at: String,
    /// Lead articles in one letter.
    pub max_leads: usize,
    /// Bulletins in one letter.
    pub max_bulletins: usize,
}

impl Default for Letters {
    fn default() -> Self {
        Self { day: "tue".into(), at: "07:30".into(), max_leads: 3, max_bulletins: 3 }
    }
}

/// When answers are due.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// `weekdays` or `all`.
    pub days: String,
    /// `09:00`, before `closes`: from when on somebody reads. Without it nine, or from midnight on where the desk
    /// closes before nine.
    pub opens: Option<String>,
    /// `17:00`.
    pub closes: String,
    /// Ranges of days without a desk, every year, as `12-29` to `01-03`.
    pub closed: Vec<Closed>,
    /// What staff do when somebody's life is in danger, in order: the city's own steps.
    pub danger_steps: Vec<String>,
}

impl Default for Desk {
    fn default() -> Self {
        let danger_steps = [
            "本人に、119などの番号を案内する返事を、すぐに書く",
            "責任者に知らせる",
            "子どもの危険は189（児童相談所）、いま危ないときは110（警察）へ",
        ]
        .map(str::to_owned)
        .to_vec();
        Self { days: "weekdays".into(), opens: None, closes: "17:00".into(), closed: Vec::new(), danger_steps }
    }
}

/// A range of days of every year.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// `12-29`.
    pub from: String,
    /// `01-03`.
    pub to: String,
}

/// The LINE account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Line {
    /// Its name.
    pub account: String,
    /// No matter, week or age outside the page.
    pub discreet: bool,
    /// Address that adds the account as a friend.
    pub add_friend_url: String,
}

impl Default for Line {
    fn default() -> Self {
        Self { account: String::new(), discreet: true, add_friend_url: String::new() }
    }
}

/// Web Push.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebPush {
    /// `mailto:` or `https:`, told to push services (RFC 8292 `sub`).
    pub contact: String,
}

/// Consent wording.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Stored with each registration.
    pub version: String,
}

/// Where other programs are, from the environment.
#[derive(Debug, Clone)]
pub struct Services {
    /// `DATABASE_URL`; default `sqlite:<root>/data/otayori.db`.
    pub database_url: String,
    /// `OTAYORI_KEY_STORE_URL`; default `sqlite:<root>/data/keys.db`: the wrapped data keys, apart from the data.
    pub key_store_url: String,
    /// `OTAYORI_KEY_FILE`; default `<root>/data/master.key`.
    pub key_file: PathBuf,
    /// `OTAYORI_LINE_API_BASE`; default `https://api.line.me`.
    pub line_api_base: String,
    /// `OTAYORI_LINE_LOGIN_BASE`; default `https://access.line.me`.
    pub line_login_base: String,
    /// `OTAYORI_LINE_LOGIN_CHANNEL_ID` and `OTAYORI_LINE_LOGIN_CHANNEL_SECRET`: a LINE Login channel of the same
    /// provider as the account's. With it the letter's button on LINE is everybody's link, and the page knows the
    /// household after the login; without it the button is answered with a link that works once.
    pub line_login: Option<(String, String)>,
    /// `OTAYORI_LINE_LINK_BASE`; default `https://access.line.me`.
    pub line_link_base: String,
    /// `OTAYORI_LINE_CHANNEL_SECRET`.
    pub line_channel_secret: Option<String>,
    /// `OTAYORI_LINE_CHANNEL_TOKEN`.
    pub line_channel_token: Option<String>,
    /// `OTAYORI_SMTP_USER`: of the mail server's account; none where it takes mail without signing in.
    pub smtp_user: Option<String>,
    /// `OTAYORI_SMTP_PASSWORD`.
    pub smtp_password: Option<String>,
    /// `OTAYORI_ALLOW_LOOPBACK_PUSH=1`: tests and demo only.
    pub allow_loopback_push: bool,
    /// `OTAYORI_NOW=2026-11-24T10:00`: the clock shows this when a process begins, in the city's zone, and goes on from
    /// there. Only where nothing real can be reached: LINE's API and the site are on this machine.
    pub now: Option<Timestamp>,
}

fn yes() -> bool {
    true
}

fn default_theme() -> String {
    "default".into()
}
/// As long as somebody may still come back to an answer; the wording that people agree to names it.
fn default_keep_days() -> i64 {
    90
}
fn default_zone() -> String {
    "Asia/Tokyo".into()
}

/// The environment's variables that the program reads; a function so that tests can set them without touching the
/// process.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Config {
    /// Reads `<root>/otayori.yaml`, `<root>/otayori.env` and the process's environment, which wins. All problems are
    /// collected.
    pub fn load(root: &Path) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let file = env_file::read(root, &mut problems);
        let process = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let env = |name: &str| process(name).or_else(|| file.get(name).map(|written| written.value.clone()));
        let origin = |name: &str| match file.get(name) {
            Some(written) if process(name).is_none() => Origin { file: ENV_FILE.to_owned(), at: written.at },
            _ => Origin::environment(name),
        };
        match Self::read(root, &env, &origin) {
            Ok(config) if !problems.has_errors() => Ok(config),
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// As [`Config::load`], with another environment.
    pub fn load_with(root: &Path, env: Environment<'_>) -> Result<Self, Diagnostics> {
        Self::read(root, env, &Origin::environment)
    }

    /// `origin` says where `env` has a value from.
    fn read(root: &Path, env: Environment<'_>, origin: &dyn Fn(&str) -> Origin) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let bytes = match std::fs::read(root.join(FILE)) {
            Ok(bytes) => bytes,
            Err(e) => {
                problems.error(
                    FILE,
                    Place::default(),
                    format!("設定ファイルを読めません（{e}）"),
                    format!(
                        "`otayori new DIR` で作るか、`--root` でサイトのフォルダを指定してください（いま: {}）",
                        root.display()
                    ),
                );
                return Err(problems);
            }
        };
        let text = match text_of(&bytes) {
            Ok(text) => text,
            Err(at) => {
                problems.error(
                    FILE,
                    at,
                    "文字コードが UTF-8 ではありません",
                    "「名前を付けて保存」で、文字コードに UTF-8 を選んでください",
                );
                return Err(problems);
            }
        };
        let Some(tree) = yaml::parse(FILE, &text, 1, Top::Map, &mut problems) else { return Err(problems) };
        check::keys(&tree, &mut problems);
        let mut site: Site = match serde_yaml::from_str(&text) {
            Ok(site) => site,
            Err(_) if problems.has_errors() => return Err(problems),
            Err(e) => {
                let at = e
                    .location()
                    .map_or(Place::default(), |l| Place { line: l.line() as u32, column: l.column() as u32 });
                problems.error(FILE, at, format!("設定が読めません: {e}"), "値の形を確かめてください");
                return Err(problems);
            }
        };
        let mut public_url_at = Origin { file: FILE.to_owned(), at: check::place(&tree, "public_url") };
        if let Some(url) = env("OTAYORI_PUBLIC_URL") {
            site.public_url = url;
            public_url_at = origin("OTAYORI_PUBLIC_URL");
        }
        site.public_url = site.public_url.trim_end_matches('/').to_owned();
        let themes = Themes::read(root, &site.theme, &mut problems);
        check::values(root, &site, &themes, &tree, &mut problems);
        mail::values(root, &site, &tree, &mut problems);
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        let letter_day = weekday(&site.letters.day).unwrap_or(Weekday::Tuesday);
        let letter_time =
            site.letters.at.parse().unwrap_or_else(|_| crate::calendar::date(2026, 1, 1).at(7, 30, 0, 0).time());
        if !is_url(&site.public_url) {
            problems.error(
                &public_url_at.file,
                public_url_at.at,
                format!("公開先の URL `{}` が正しくありません", site.public_url),
                "https:// から書いてください",
            );
        }
        let allow_loopback_push = env("OTAYORI_ALLOW_LOOPBACK_PUSH").as_deref() == Some("1");
        if allow_loopback_push && !is_loopback(&site.public_url) {
            let Origin { file, at } = origin("OTAYORI_ALLOW_LOOPBACK_PUSH");
            problems.error(
                &file,
                at,
                "OTAYORI_ALLOW_LOOPBACK_PUSH=1 は、公開先がこの機械のとき（localhost）だけ使えます",
                "本番では、この変数を消してください",
            );
        }
        if env("OTAYORI_LINE_LOGIN_CHANNEL_ID").is_some() != env("OTAYORI_LINE_LOGIN_CHANNEL_SECRET").is_some() {
            let names = ["OTAYORI_LINE_LOGIN_CHANNEL_ID", "OTAYORI_LINE_LOGIN_CHANNEL_SECRET"];
            let Origin { file, at } = origin(names.into_iter().find(|name| env(name).is_some()).unwrap_or(names[0]));
            problems.error(
                &file,
                at,
                "LINE ログインのチャネル ID とチャネルシークレットの、片方しかありません",
                "OTAYORI_LINE_LOGIN_CHANNEL_ID と OTAYORI_LINE_LOGIN_CHANNEL_SECRET の両方を設定するか、\
                 両方を消してください",
            );
        }
        let now = env("OTAYORI_NOW")
            .map(|text| text.parse::<DateTime>().and_then(|at| at.to_zoned(zone.clone())).map(|at| at.timestamp()));
        if now.is_some()
            && !(is_loopback(&site.public_url) && env("OTAYORI_LINE_API_BASE").is_some_and(|base| is_loopback(&base)))
        {
            let Origin { file, at } = origin("OTAYORI_NOW");
            problems.error(
                &file,
                at,
                "OTAYORI_NOW は、公開先も LINE の API もこの機械のとき（試験）だけ使えます",
                "本番では、この変数を消してください",
            );
        }
        if let Some(Err(e)) = &now {
            let Origin { file, at } = origin("OTAYORI_NOW");
            problems.error(
                &file,
                at,
                format!("OTAYORI_NOW が読めません: {e}"),
                "2026-11-24T10:00 のように書いてください",
            );
        }
        check::databases(
            env("DATABASE_URL").as_deref(),
            env("OTAYORI_KEY_STORE_URL").as_deref(),
            origin,
            &mut problems,
        );
        if problems.has_errors() {
            return Err(problems);
        }
        let base = |name: &str, default: &str| {
            env(name).map_or_else(|| default.to_owned(), |v| v.trim_end_matches('/').to_owned())
        };
        let sqlite = |file: &str| format!("sqlite:{}", root.join("data").join(file).display());
        let services = Services {
            now: now.and_then(Result::ok),
            database_url: env("DATABASE_URL").unwrap_or_else(|| sqlite("otayori.db")),
            key_store_url: env("OTAYORI_KEY_STORE_URL").unwrap_or_else(|| sqlite("keys.db")),
            key_file: env("OTAYORI_KEY_FILE").map_or_else(|| root.join("data").join("master.key"), PathBuf::from),
            line_api_base: base("OTAYORI_LINE_API_BASE", "https://api.line.me"),
            line_login_base: base("OTAYORI_LINE_LOGIN_BASE", "https://access.line.me"),
            // With an example nobody could log in: the button is answered instead.
            line_login: env("OTAYORI_LINE_LOGIN_CHANNEL_ID")
                .zip(env("OTAYORI_LINE_LOGIN_CHANNEL_SECRET"))
                .filter(|(id, secret)| !is_no_secret(id) && !is_no_secret(secret)),
            line_link_base: base("OTAYORI_LINE_LINK_BASE", "https://access.line.me"),
            line_channel_secret: env("OTAYORI_LINE_CHANNEL_SECRET"),
            line_channel_token: env("OTAYORI_LINE_CHANNEL_TOKEN"),
            smtp_user: env(mail::USER),
            smtp_password: env(mail::PASSWORD),
            allow_loopback_push,
        };
        let examples = env_file::NAMES
            .into_iter()
            .filter(|name| (name.contains("_LINE_") || name.contains("_SMTP_")) && !name.ends_with("_BASE"));
        let examples = examples
            .filter(|name| env(name).is_some_and(|value| is_no_secret(&value)))
            .map(|name| (name, origin(name)))
            .collect();
        Ok(Self {
            root: root.to_owned(),
            public: root.join("public"),
            shift_days: 0,
            site,
            public_url_at,
            examples,
            themes,
            services,
            zone,
            letter_day,
            letter_time,
        })
    }

    /// Do all households of a language get the same message on LINE? Unless the city wants the letter's matter in it
    /// (`line.discreet: false`), which differs from letter to letter.
    pub fn one_line_message(&self) -> bool {
        self.site.line.discreet
    }
    /// The language that every article has.
    pub fn main_language(&self) -> &str {
        self.site.languages.first().map_or("ja", String::as_str)
    }
    /// An absolute address of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site.public_url)
    }
}

/// `mon` … `sun`.
pub fn weekday(short: &str) -> Option<Weekday> {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .position(|d| *d == short)
        .and_then(|n| Weekday::from_monday_zero_offset(n as i8).ok())
}

fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
}

/// Does the address point at this machine?
pub fn is_loopback(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
