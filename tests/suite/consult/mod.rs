//! Asking and answering over HTTP: guest and household, danger, rights, once, and nothing in plain in the database.

mod answers;
mod danger;
mod erased;
mod flood;
mod guest;
mod meanwhile;
mod rights;
mod upgrade;

use crate::support::{TestDb, databases};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use otayori::calendar::{TimeZone, date};
use otayori::clock::Clock;
use otayori::config::Config;
use otayori::contact::Member;
use otayori::content::{LoadOptions, Profession, load};
use otayori::db::Db;
use otayori::site::{Published, Theme};
use otayori::staff::{self, NewAccount, Role};
use otayori::vault::Vault;
use otayori::web::{App, Shared, router};
use otayori::{consult, erasure, household};
use sqlx::{Column as _, Row as _};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;

const PASSWORD: &str = "tsubame ga kaeru";
/// Put into every text that a person writes here; must never be found in the database.
const MARKER: &str = "めじるしの一文";

/// A household's first member.
fn member(id: &str) -> Member {
    Member { person_id: id.to_owned(), household_id: id.to_owned() }
}

struct Site {
    db: Db,
    vault: Vault,
    config: Arc<Config>,
    _keys: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    location: String,
    cookie: String,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Site {
    async fn new(test: &TestDb) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let folder = keys.path().to_owned();
        let env = move |name: &str| match name {
            "OTAYORI_KEY_FILE" => Some(folder.join("master.key").display().to_string()),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", folder.join("keys.db").display())),
            _ => None,
        };
        let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
        let vault = Vault::open(&config.services, &test.db).await.unwrap();
        Self { db: test.db.clone(), vault, config: Arc::new(config), _keys: keys }
    }

    /// The service on a day and at a time in the city.
    fn at(&self, when: &str) -> (Router, Shared) {
        let when: otayori::calendar::DateTime = when.parse().unwrap();
        let now = when.to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap().timestamp();
        let theme = Theme::load(&self.config).unwrap();
        let (library, _) = load(&self.config, &LoadOptions { shift_days: 0, today: date(2026, 11, 24) });
        let app = App::new(
            self.config.clone(),
            self.db.clone(),
            self.vault.clone(),
            Clock::Fixed(now),
            Published::new(library, theme),
        );
        (router(app.clone()), app)
    }

    /// A household with a pregnancy of 24w0d and a child of 1 year 7 months on 2026-11-24, and its cookie.
    async fn household(&self, id: &str, now: i64) -> String {
        let address = self
            .vault
            .create_key(id)
            .await
            .unwrap()
            .seal("contacts.address", "U00000000000000000000000000000001")
            .unwrap();
        let sql = [
            format!(
                "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, \
                 created_at, updated_at) VALUES ('{id}', 'easy', 'south', 'no', 'a4-k3f7', 'x', 0, 0, 0)"
            ),
            format!("INSERT INTO persons (id, household_id, key_owner, created_at) VALUES ('{id}', '{id}', '{id}', 0)"),
            format!(
                "INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ('{id}-a', '{id}', \
                 'a', 'child', '2025-04-20', 0)"
            ),
            format!(
                "INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ('{id}-b', '{id}', \
                 'b', 'pregnancy', '2027-03-16', 0)"
            ),
            format!(
                "INSERT INTO subjects (id, household_id, slot, kind, stage_on, stopped_at, created_at) VALUES \
                 ('{id}-c', '{id}', 'c', 'pregnancy', '2027-01-05', 5, 0)"
            ),
            format!(
                "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, \
                 created_at) VALUES ('{id}-l', '{id}', '{id}', 'line', '{address}', '{id}', 1, 0)"
            ),
        ];
        for sql in sql {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(self.db.pool()).await.unwrap();
        }
        format!("household={}", household::sign_in(&self.db, id, now).await.unwrap())
    }

    async fn staff(&self, login: &str, role: Role, profession: Option<Profession>, now: i64) {
        let account = NewAccount { login: login.into(), name: format!("{login}さん"), role, profession };
        staff::add(&self.db, &account, PASSWORD, now).await.unwrap();
    }
}

async fn send(router: &Router, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = |name: header::HeaderName| headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let (location, cookie) = (text(header::LOCATION), text(header::SET_COOKIE).split(';').next().unwrap().to_owned());
    let body = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status, location, cookie, headers, body }
}

async fn get(router: &Router, path: &str, cookie: &str) -> Answer {
    let request = Request::builder().uri(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let location = headers.get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status, location, cookie: String::new(), headers, body }
}

async fn sign_in(router: &Router, login: &str) -> String {
    let answer = send(router, "POST", "/desk/sign-in", "", &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.cookie
}

/// The value of a form's hidden field.
fn field(html: &str, name: &str) -> String {
    let start = html.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name} in\n{html}"));
    html[start..].split('"').nth(3).unwrap().to_owned()
}

/// Is a danger of it still nobody's?
fn urgent(thread: &consult::Consultation) -> bool {
    thread.state.tag() == consult::Tag::Urgent
}

/// The box that says what to do now, without the rest of the page (which offers things to tap on every page that takes
/// a question).
fn danger_box(html: &str) -> &str {
    let Some(start) = html.find("aria-labelledby=\"dg\"") else { return "" };
    &html[start..start + html[start..].find("</section>").unwrap()]
}

/// Asks through all pages and returns the thread's path.
async fn ask(router: &Router, cookie: &str, who: &str, text: &str) -> String {
    let form = [("who", who), ("text", text), ("consent", "yes"), ("from", "")];
    let confirm = send(router, "POST", "/ask", cookie, &form).await;
    assert_eq!(confirm.status, StatusCode::OK, "{}", confirm.body);
    let ticket = field(&confirm.body, "ticket");
    let mut once = String::new();
    // Pressed twice: stored once.
    for _ in 0..2 {
        let sent =
            send(router, "POST", "/ask/send", cookie, &[&form[..], &[("ticket", ticket.as_str())]].concat()).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        assert!(once.is_empty() || once == sent.location);
        once = sent.location;
    }
    once
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db.pool()).await.unwrap()
}

/// Every text of every table, to look for what must not be there.
async fn everything(db: &Db) -> String {
    let tables = if db.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    } else {
        "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()"
    };
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(db.pool()).await.unwrap();
    let mut all = String::new();
    for table in tables.iter().filter(|t| !t.starts_with("_sqlx") && !t.starts_with("sqlite_")) {
        for row in
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(db.pool()).await.unwrap()
        {
            for column in row.columns() {
                if let Ok(Some(text)) = row.try_get::<Option<String>, _>(column.ordinal()) {
                    all.push_str(&text);
                    all.push('\n');
                }
            }
        }
    }
    assert!(all.len() > 200, "nothing was read");
    all
}
