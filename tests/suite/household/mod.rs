//! Registration and the household's own page over HTTP, and what the database holds after them, on both databases.

mod again;
mod changes;
mod devices;
mod email;
mod erased;
mod every_table;
mod many;
mod persons;
mod register;
mod spared;
mod stopping;

use crate::support::{TestDb, databases};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use otayori::calendar::{date, plus_days};
use otayori::clock::Clock;
use otayori::config::Config;
use otayori::consult;
use otayori::contact;
use otayori::content::{Flyer, Library, Place};
use otayori::db::Db;
use otayori::erasure;
use otayori::household::generate::{Spec, Target, generate};
use otayori::household::{self, import};
use otayori::site::{Published, Theme};
use otayori::vault::Vault;
use otayori::web::{App, Shared, router};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;

const VAPID: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const SUBSCRIPTION: &str = r#"{"endpoint":"https://fcm.googleapis.com/fcm/send/abc","expirationTime":null,"keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}"#;
const LINE_USER: &str = "U0123456789abcdef0123456789abcdef";

/// The service on 2026-11-21, 12:00, with one flyer.
struct Service {
    app: Shared,
    db: Db,
    vault: Vault,
    now: i64,
    _keys: tempfile::TempDir,
}

impl Service {
    async fn start(test: &TestDb) -> Self {
        Self::start_with(test, |_| {}).await
    }
    /// With other settings.
    async fn start_with(test: &TestDb, change: impl FnOnce(&mut Config)) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let folder = keys.path().display().to_string();
        let environment = |name: &str| match name {
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{folder}/keys.db")),
            "OTAYORI_KEY_FILE" => Some(format!("{folder}/master.key")),
            "OTAYORI_LINE_LINK_BASE" => Some("http://127.0.0.1:9".into()),
            _ => None,
        };
        let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &environment).unwrap();
        config.public = keys.path().join("public");
        change(&mut config);
        let vault = Vault::open(&config.services, &test.db).await.unwrap();
        let theme = Theme::load(&config).unwrap();
        let at = date(2026, 11, 21).at(12, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp();
        let flyer = Flyer {
            id: "poster".into(),
            file: String::new(),
            title: String::new(),
            summary: String::new(),
            template: String::new(),
            sizes: Vec::new(),
            language: "ja".into(),
            code: "haru".into(),
            places: vec![Place { code: "clinic".into(), name: "産院".into() }],
            opens: None,
            on: None,
            fields: BTreeMap::new(),
            markdown: String::new(),
            body_line: 1,
            draft: false,
        };
        let library = Library { flyers: BTreeMap::from([("poster".into(), flyer)]), ..Library::default() };
        let app = App::new(
            Arc::new(config),
            test.db.clone(),
            vault.clone(),
            Clock::Fixed(at),
            Published::new(library, theme),
        );
        app.set_vapid_public_key(VAPID.into());
        Self { app, db: test.db.clone(), vault, now: at.as_second(), _keys: keys }
    }
    fn browser(&self) -> Browser {
        Browser { router: router(self.app.clone()), cookies: BTreeMap::new() }
    }
    /// Every household has a history of letters, as after the first planning; none was chosen.
    async fn begin_letters(&self) {
        let begin = "INSERT INTO letters (household_id, last_key, sent, why) SELECT id, '', '', '{}' FROM households \
            WHERE id NOT IN (SELECT household_id FROM letters)";
        sqlx::query(begin).execute(self.db.pool()).await.unwrap();
    }
    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }
    /// The only household there is.
    async fn only(&self) -> household::Household {
        let all = household::list(&self.db).await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        household::load(&self.db, &all[0].id).await.unwrap().unwrap()
    }
}

/// Puts a person beside the ones that registrations make, with a key of its own.
async fn person(service: &Service, id: &str, household: Option<&str>, staff: Option<&str>) {
    service.vault.create_key(id).await.unwrap();
    let sql = "INSERT INTO persons (id, household_id, staff_id, key_owner, created_at) VALUES ($1, $2, $3, $1, 1)";
    sqlx::query(sql).bind(id).bind(household).bind(staff).execute(service.db.pool()).await.unwrap();
}

/// A browser without script: cookies, and forms with their hidden fields.
struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

struct Page {
    status: StatusCode,
    location: String,
    /// As they were set.
    cookies: Vec<String>,
    referrer: String,
    cache: String,
    text: String,
}

impl Page {
    fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text} is missing ({}):\n{}", self.status, self.text);
        self
    }
    fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text} is there:\n{}", self.text);
        self
    }
    fn status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
    fn leads_to(&self, location: &str) -> &Self {
        assert_eq!((self.status.as_u16(), self.location.as_str()), (303, location), "{}", self.text);
        self
    }
    /// `name=value` of the page's hidden fields.
    fn hidden(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for part in self.text.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = part.split_once('"').unwrap();
            let value = rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
            found.push((name.to_owned(), value.to_owned()));
        }
        found
    }
}

impl Browser {
    async fn ask(&mut self, method: Method, path: &str, kind: &str, body: String) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", "same-origin");
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            assert!(text.contains("HttpOnly") || text.contains("Max-Age=0"), "{text}");
            let (name, value) = text.split_once(';').unwrap().0.split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let location =
            response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        let (status, headers) = (response.status(), response.headers());
        let cookies = headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap().to_owned()).collect();
        let referrer = headers[header::REFERRER_POLICY].to_str().unwrap().to_owned();
        let cache = headers.get(header::CACHE_CONTROL).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status, location, cookies, referrer, cache, text }
    }
    async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, "text/plain", String::new()).await
    }
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, "application/x-www-form-urlencoded", body).await
    }
    /// Fills in the page's form: its hidden fields and these.
    async fn answer(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden();
        let all: Vec<(&str, &str)> =
            hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(fields.iter().copied()).collect();
        self.post("/register", &all).await
    }
    /// Asks about her pregnancy; where the thread is comes out.
    async fn asks(&mut self, text: &str) -> String {
        let form = [("who", "pregnancy-a"), ("text", text), ("consent", "yes"), ("from", ""), ("tap", "none")];
        let confirm = self.post("/ask", &form).await;
        let ticket = confirm.status(200).text.split("name=\"ticket\" value=\"").nth(1).unwrap();
        let ticket = ticket.split('"').next().unwrap().to_owned();
        let sent = self.post("/ask/send", &[&form[..], &[("ticket", &ticket)]].concat()).await;
        assert!(sent.status(303).location.starts_with("/q/"), "{}", sent.location);
        sent.location
    }
    async fn json(&mut self, path: &str, body: &str) -> Page {
        self.ask(Method::POST, path, "application/json", body.to_owned()).await
    }
    /// Registers with these dates and no more than needed.
    async fn register(&mut self, dates: &[(&str, &str)], channel: &str) -> Page {
        let page = self.get("/register").await;
        let page = self.answer(&page, &[("consent", "2026-10-01")]).await;
        let page = self.answer(&page, dates).await;
        let page = self.answer(&page, &[("area", "south")]).await;
        let mut page = self.answer(&page, &[("language", "ja")]).await;
        if page.text.contains("はじめてのお子さんですか") {
            page = self.answer(&page, &[("first", "yes")]).await;
        }
        self.answer(&page, &[("channel", channel)]).await
    }
}

const DUE: [(&str, &str); 3] = [("due-y", "令和９"), ("due-m", "３"), ("due-d", "１６")];
const BOTH: [(&str, &str); 6] =
    [("due-y", "2027"), ("due-m", "3"), ("due-d", "16"), ("c1-y", "2025"), ("c1-m", "4"), ("c1-d", "10")];
