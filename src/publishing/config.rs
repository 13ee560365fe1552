//! `otayori.yaml` and the environment in, checked settings out.

mod address;
mod check;
mod email;
mod env_file;
mod file;
pub mod mail;
pub mod proxies;
mod reach;
mod services;
mod site;
pub mod theme;

use crate::calendar::{DateTime, Time, TimeZone, Weekday};
use crate::diag::text::text_of;
use crate::diag::yaml::{self, Top};
use crate::diag::{Diagnostics, Place};
pub use address::is_loopback;
use address::is_url;
pub use email::{Email, Encryption};
pub use env_file::{ENV_FILE, NAMES};
use file::FILE;
pub use file::weekday;
pub use mail::{EmailLacks, email_lacks};
pub use reach::{LineLacks, Origin, is_no_secret, unreachable};
pub use services::Services;
pub use site::{Area, Closed, Consent, Desk, Letters, Limits, Line, Site, WebPush};
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
        let mut public_url_at = Origin { file: FILE.to_owned(), at: file::place(&tree, "public_url") };
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
