//! Asking and answering over HTTP: guest and household, danger, rights, once, and nothing in plain in the database.

use crate::support::{TestDb, databases};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use otayori::calendar::{TimeZone, date};
use otayori::config::Config;
use otayori::content::{LoadOptions, Profession, load};
use otayori::db::Db;
use otayori::site::Theme;
use otayori::staff::{self, NewAccount, Role};
use otayori::vault::Vault;
use otayori::web::{App, Clock, Published, Shared, router};
use otayori::{consult, household};
use sqlx::{Column as _, Row as _};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;

const PASSWORD: &str = "tsubame ga kaeru";
/// Put into every text that a person writes here; must never be found in the database.
const MARKER: &str = "めじるしの一文";

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
        let app = App::new(self.config.clone(), self.db.clone(), self.vault.clone(), Clock::Fixed(now), Published { library, theme });
        (router(app.clone()), app)
    }

    /// A household with a pregnancy of 24w0d and a child of 1 year 7 months on 2026-11-24, and its cookie.
    async fn household(&self, id: &str, now: i64) -> String {
        let address = self.vault.create_key(id).await.unwrap().seal("contacts.address", "U00000000000000000000000000000001").unwrap();
        let sql = [
            format!(
                "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, created_at, updated_at) VALUES ('{id}', 'easy', 'south', 'no', 'a4-k3f7', 'x', 0, 0, 0)"
            ),
            format!("INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ('{id}-a', '{id}', 'a', 'child', '2025-04-20', 0)"),
            format!("INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ('{id}-b', '{id}', 'b', 'pregnancy', '2027-03-16', 0)"),
            format!("INSERT INTO subjects (id, household_id, slot, kind, stage_on, stopped_at, created_at) VALUES ('{id}-c', '{id}', 'c', 'pregnancy', '2027-01-05', 5, 0)"),
            format!("INSERT INTO contacts (id, household_id, channel, address, lookup, lookup_version, created_at) VALUES ('{id}-l', '{id}', 'line', '{address}', '{id}', 1, 0)"),
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
    let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let text = |name: header::HeaderName| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let (location, cookie) = (text(header::LOCATION), text(header::SET_COOKIE).split(';').next().unwrap().to_owned());
    let (status, headers) = (response.status(), response.headers().clone());
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

/// Asks through all pages and returns the thread's path.
async fn ask(router: &Router, cookie: &str, who: &str, text: &str) -> String {
    let form = [("who", who), ("text", text), ("consent", "yes"), ("from", "")];
    let confirm = send(router, "POST", "/ask", cookie, &form).await;
    assert_eq!(confirm.status, StatusCode::OK, "{}", confirm.body);
    let ticket = field(&confirm.body, "ticket");
    let mut once = String::new();
    // Pressed twice: stored once.
    for _ in 0..2 {
        let sent = send(router, "POST", "/ask/send", cookie, &[&form[..], &[("ticket", ticket.as_str())]].concat()).await;
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
    let tables =
        if db.is_sqlite() { "SELECT name FROM sqlite_master WHERE type = 'table'" } else { "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()" };
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(db.pool()).await.unwrap();
    let mut all = String::new();
    for table in tables.iter().filter(|t| !t.starts_with("_sqlx") && !t.starts_with("sqlite_")) {
        for row in sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(db.pool()).await.unwrap() {
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

#[tokio::test]
async fn a_guest_asks_and_goes_on() {
    for test in databases().await {
        guest(&test).await;
    }
}
async fn guest(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T22:41");
    let form = get(&web, "/ask", "").await;
    assert_eq!(form.status, StatusCode::OK);
    for words in ["これは診断・治療・処方ではありません。心配なときは受診を", "11月25日（水）17時まで", "命の危険", "虐待"] {
        assert!(form.body.contains(words), "{words}");
    }
    // What is missing is said, and what was typed stays.
    let wrong = send(&web, "POST", "/ask", "", &[("who", "child"), ("text", "のこる文<b>")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("エラー：質問する") && wrong.body.contains("のこる文&lt;b&gt;") && wrong.body.contains("href=\"#consent\""), "{}", wrong.body);

    let long = "あ".repeat(4001);
    let wrong = send(&web, "POST", "/ask", "", &[("who", "child"), ("text", &long), ("consent", "yes")]).await;
    assert!(wrong.body.contains("4000文字までで書いてください（いま4001文字）"));

    let path = ask(&web, "", "child", &format!("{MARKER}。うんちが緑色です。\r\n2行目")).await;
    assert!(path.starts_with("/q/") && path.len() == 3 + 32, "{path}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations").await, 1);
    let thread = get(&web, &path, "").await;
    assert_eq!(thread.status, StatusCode::OK);
    assert_eq!(thread.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(thread.headers["x-robots-tag"], "noindex");
    assert_eq!(thread.headers[header::REFERRER_POLICY], "same-origin");
    for words in [MARKER, "<br>2行目", "11月25日（水）17時までにお答えします", "このページを残しておいてください", "心配なときは受診を"] {
        assert!(thread.body.contains(words), "{words}\n{}", thread.body);
    }
    assert!(!thread.body.contains("119へ"));

    // It goes on; sent twice, it is there once. The place in the queue stays.
    let (later, _) = site.at("2026-11-25T09:00");
    let ticket = field(&thread.body, "ticket");
    for _ in 0..2 {
        let more = send(&later, "POST", &path, "", &[("text", "けさから<ぐったり>しています"), ("ticket", &ticket)]).await;
        assert_eq!((more.status, more.location.as_str()), (StatusCode::SEE_OTHER, path.as_str()), "{}", more.body);
    }
    let thread = get(&later, &path, "").await.body;
    assert_eq!(thread.matches("&lt;ぐったり&gt;").count(), 1);
    assert!(thread.contains("お返事を待たないでください") && thread.contains("今すぐ119へ"), "{thread}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations WHERE danger_at IS NOT NULL AND asked_at < danger_at").await, 1);

    // A ticket of our own making only, an unknown link, and an erased key.
    let forged = send(&later, "POST", &path, "", &[("text", "x"), ("ticket", "x.y")]).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
    let forged = send(&later, "POST", "/ask/send", "", &[("who", "child"), ("text", "x"), ("consent", "yes"), ("ticket", "x.y")]).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&later, "/q/nothing-there", "").await.status, StatusCode::NOT_FOUND);
    assert!(!everything(&site.db).await.contains(MARKER) && !everything(&site.db).await.contains(&path[3..]), "{}", test.name());
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    app.vault.destroy(&id).await.unwrap();
    assert_eq!(get(&later, &path, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_guest_registers_and_takes_the_question_along() {
    for test in databases().await {
        guest_registers(&test).await;
    }
}
async fn guest_registers(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let (db, vault) = (&site.db, &site.vault);
    let path = ask(&web, "", "pregnancy", &format!("{MARKER}。足がつります")).await;
    let token = &path[3..];
    let before = consult::by_token(db, token).await.unwrap().unwrap();
    let page = get(&web, &path, "").await.body;
    assert!(page.contains("登録して、知らせを受け取る") && page.contains("リンクを知っているだけでは開けません"), "{page}");
    assert_eq!((field(&page, "step").as_str(), field(&page, "thread").as_str()), ("begin", token));

    // The link travels in the forms alone: no address, no cookie.
    let begin = send(&web, "POST", "/register", "", &[("step", "begin"), ("thread", token)]).await;
    assert_eq!((begin.status, begin.cookie.as_str()), (StatusCode::OK, ""));
    assert!(begin.body.contains("市からのお約束"));
    let (once, carried) = (field(&begin.body, "once"), field(&begin.body, "thread"));
    let consent = site.config.site.consent.version.clone();
    let form = [("consent", consent.as_str()), ("due-y", "9"), ("due-m", "3"), ("due-d", "16"), ("area", ""), ("language", "easy"), ("once", &once), ("thread", &carried)];
    let dates = send(&web, "POST", "/register", "", &[&form[..], &[("step", "dates")]].concat()).await;
    assert_eq!(field(&dates.body, "thread"), token);
    let mut home = String::new();
    // Pressed twice: one household, one thread.
    for _ in 0..2 {
        let done = send(&web, "POST", "/register", "", &[&form[..], &[("step", "channel"), ("channel", "none")]].concat()).await;
        assert_eq!(done.location, "/register/done?to=none", "{}", done.body);
        home = done.cookie;
    }
    let id: String = sqlx::query_scalar("SELECT id FROM households").fetch_one(db.pool()).await.unwrap();
    let joined = consult::by_token(db, token).await.unwrap().unwrap();
    assert_eq!((joined.household_id.as_deref(), joined.key_owner.as_str()), (Some(id.as_str()), id.as_str()));
    assert_eq!((joined.subject_slot.as_str(), joined.language.as_str()), ("a", "easy"), "the only pregnancy");
    assert!(vault.key(&before.key_owner).await.unwrap().is_none(), "the guest's key is destroyed");
    // Only the household reads it now, on its page and in its record.
    assert_eq!(get(&web, &path, "").await.location, "/me/enter");
    let thread = get(&web, &path, &home).await.body;
    assert!(thread.contains(MARKER) && thread.contains("登録した端末からだけ開けます") && !thread.contains("このページを残しておいて"), "{thread}");
    assert!(get(&web, "/me", &home).await.body.contains(&path) && get(&web, "/me/record.json", &home).await.body.contains(MARKER));
    assert!(get(&web, "/register/done?to=none", &home).await.body.contains("あなたの登録に移りました"));
    // Whoever still holds the thread as it was seals nothing with the destroyed key: neither a follow-up nor an answer.
    let desk = consult::desk_hours(&site.config.site.desk).unwrap();
    let stale = otayori::consult::Consultation { key_owner: id.clone() + "x", ..before.clone() };
    assert!(consult::follow_up(db, vault, &desk, &before, "e1", "x", &app.zoned()).await.is_err(), "its key is gone");
    vault.create_key(&stale.key_owner).await.unwrap();
    assert!(!consult::follow_up(db, vault, &desk, &stale, "e2", "x", &app.zoned()).await.unwrap());
    let seen: String = sqlx::query_scalar("SELECT id FROM consultation_entries WHERE author = 'asker'").fetch_one(db.pool()).await.unwrap();
    let notice = crate::channel::notice("answer:x");
    let late = consult::NewAnswer { entry_id: "e3", seen: &seen, staff_id: "s", text: "x", notice: &notice };
    assert!(!consult::answer(db, vault, &stale, &late, app.now()).await.unwrap());
    assert_eq!(count(db, "SELECT COUNT(*) FROM consultation_entries WHERE id IN ('e1', 'e2', 'e3')").await, 0);
    // Nobody takes it over a second time.
    let other = site.household("h2", app.now()).await;
    assert!(!consult::join(db, vault, token, "h2", app.now()).await.unwrap());
    assert_eq!(send(&web, "POST", &format!("{path}/join"), &other, &[]).await.location, path);
    assert_eq!(consult::by_token(db, token).await.unwrap().unwrap().household_id, Some(id.clone()));

    // Told on its channel when it is answered.
    let address = vault.key(&id).await.unwrap().unwrap().seal("contacts.address", "U00000000000000000000000000000002").unwrap();
    let contact = "INSERT INTO contacts (id, household_id, channel, address, lookup, lookup_version, created_at) VALUES ('c1', $1, 'line', $2, 'c1', 1, 0)";
    sqlx::query(contact).bind(&id).bind(&address).execute(db.pool()).await.unwrap();
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
    let saeki = sign_in(&web, "saeki").await;
    let open = format!("/desk/q/{}", joined.id);
    let page = get(&web, &open, &saeki).await.body;
    assert!(page.contains(MARKER) && page.contains("24週0日"), "the desk sees the week: {page}");
    let (ticket, seen) = (field(&page, "ticket"), field(&page, "seen"));
    send(&web, "POST", &format!("{open}/answer"), &saeki, &[("text", "ふくらはぎを伸ばして"), ("ticket", &ticket), ("seen", &seen)]).await;
    assert_eq!(count(db, "SELECT COUNT(*) FROM outbox WHERE contact_id = 'c1' AND key LIKE 'answer:%'").await, 1);
    assert!(get(&web, &path, &home).await.body.contains("ふくらはぎを伸ばして"));

    // A guest's thread on a device that is registered already: one tap, and only there.
    let second = ask(&web, "", "self", "もう1つ").await;
    assert_eq!(send(&web, "POST", &format!("{second}/join"), "", &[]).await.location, "/me/enter");
    assert!(get(&web, &second, &home).await.body.contains("いまの登録につなぐ"));
    assert_eq!(send(&web, "POST", &format!("{second}/join"), &home, &[]).await.location, second);
    assert_eq!(get(&web, &second, "").await.location, "/me/enter");
    assert_eq!(consult::of_household(db, vault, &id).await.unwrap().len(), 2);
    // A link that leads nowhere joins nothing and stops nobody from registering.
    assert!(!consult::join(db, vault, "nothing-there", &id, app.now()).await.unwrap());
    household::erase(db, vault, &id, app.now()).await.unwrap();
    assert_eq!(count(db, "SELECT COUNT(*) FROM consultations").await, 0);
}

/// The desk marks a question that no article answers: only a topic is kept, and nothing leads from it to the thread.
#[tokio::test]
async fn the_desk_says_what_no_article_answers() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let path = ask(&web, "", "child", &format!("{MARKER}。夜に何度も起きます")).await;
        let id = consult::by_token(&site.db, &path[3..]).await.unwrap().unwrap().id;
        site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
        site.staff("kanri", Role::CityObserver, None, app.now()).await;
        let (saeki, kanri) = (sign_in(&web, "saeki").await, sign_in(&web, "kanri").await);
        let open = format!("/desk/q/{id}");
        let mark = async |cookie: &str, topic: &str| send(&web, "POST", &format!("{open}/wanted"), cookie, &[("topic", topic)]).await;
        assert!(get(&web, &open, &saeki).await.body.contains("答える記事がない"));
        assert_eq!(mark(&kanri, "sleep").await.status, StatusCode::FORBIDDEN);
        assert_eq!(mark(&saeki, "nothing").await.status, StatusCode::NOT_FOUND);
        for _ in 0..2 {
            let done = mark(&saeki, "sleep").await;
            assert!(done.status == StatusCode::SEE_OTHER && get(&web, done.location.split('#').next().unwrap(), &saeki).await.body.contains("書きとめました"), "{}", done.location);
        }
        let row: (String, String, String, String) = sqlx::query_as("SELECT mark, topic, category, week FROM wanted_articles").fetch_one(site.db.pool()).await.unwrap();
        assert!(row.1 == "sleep" && row.2 == "child" && row.3 == "2026-W48" && !row.0.contains(&id), "{row:?}");
        assert!(get(&web, &open, &saeki).await.body.contains("value=\"sleep\" selected"));
        mark(&saeki, "").await;
        assert_eq!(count(&site.db, "SELECT COUNT(*) FROM wanted_articles").await, 0, "{}", test.name());
    }
}

/// A guest's thread is kept for so long after the last word in it, whoever wrote it.
#[tokio::test]
async fn guests_threads_are_forgotten() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let (db, vault) = (&site.db, &site.vault);
        let home = site.household("h1", app.now()).await;
        let path = ask(&web, "", "self", "眠れません").await;
        let kept = ask(&web, &home, "self", "眠れません").await;
        let thread = consult::by_token(db, &path[3..]).await.unwrap().unwrap();
        assert_eq!(consult::forget_guests(db, vault, app.now(), app.now()).await.unwrap(), 0, "written at this very second");
        // A follow-up later begins the time anew.
        let (web, later) = site.at("2026-12-24T09:38");
        let ticket = field(&get(&web, &path, "").await.body, "ticket");
        send(&web, "POST", &path, "", &[("text", "その後"), ("ticket", &ticket)]).await;
        assert_eq!(consult::forget_guests(db, vault, later.now(), later.now()).await.unwrap(), 0);
        assert_eq!(consult::forget_guests(db, vault, later.now() + 1, later.now() + 1).await.unwrap(), 1);
        assert_eq!(get(&web, &path, "").await.status, StatusCode::NOT_FOUND);
        assert!(vault.key(&thread.id).await.unwrap().is_none());
        assert_eq!(get(&web, &kept, &home).await.status, StatusCode::OK, "{}", test.name());
        assert_eq!(count(db, "SELECT COUNT(*) FROM audit WHERE actor = 'system' AND action = 'erase'").await, 1);
        assert_eq!(consult::forget_guests(db, vault, later.now() + 1, later.now() + 1).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_household_asks_and_a_midwife_answers() {
    for test in databases().await {
        household_and_desk(&test).await;
    }
}
async fn household_and_desk(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let home = site.household("h1", app.now()).await;
    let other = site.household("h2", app.now()).await;
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
    site.staff("takase", Role::Clinician, Some(Profession::Obstetrician), app.now()).await;

    let form = get(&web, "/ask?from=letter", &home).await.body;
    for words in ["24週0日。助産師か産婦人科医が答えます", "1歳7か月の子", "「おたより」から", "わたしの気持ち、家族のこと"] {
        assert!(form.contains(words), "{words}\n{form}");
    }
    assert!(!form.contains("pregnancy-c"), "a stopped pregnancy is not offered");

    // Danger is shown before sending …
    let text = format!("{MARKER}。昨日からおなかが何度か張ります。今朝、出血はありません。");
    let typed = [("who", "pregnancy-b"), ("text", text.as_str()), ("consent", "yes"), ("from", "letter")];
    let confirm = send(&web, "POST", "/ask", &home, &typed).await.body;
    for words in ["今すぐ119へ", "「出血」", "はるかぜ産婦人科", "#7119", "心配なときは受診を", "まだ送っていません"] {
        assert!(confirm.contains(words), "{words}\n{confirm}");
    }
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations").await, 0);
    // … going back keeps the text …
    let back = send(&web, "POST", "/ask", &home, &[&typed[..], &[("edit", "1")]].concat()).await.body;
    assert!(back.contains(MARKER) && back.contains("value=\"pregnancy-b\" checked"));
    // … and after.
    let path = ask(&web, &home, "pregnancy-b", &text).await;
    assert!(get(&web, &path, &home).await.body.contains("今すぐ119へ"));
    // Nobody else opens it, link or not.
    for cookie in ["", other.as_str()] {
        let shut = get(&web, &path, cookie).await;
        assert_eq!((shut.status, shut.location.as_str()), (StatusCode::SEE_OTHER, "/me/enter"));
        assert_eq!(send(&web, "POST", &path, cookie, &[("text", "x")]).await.location, "/me/enter");
    }
    let quiet = ask(&web, &home, "child-a", "離乳食のあと、よく眠ります").await;

    // The desk: urgent first, no text in the list, the card of the person only.
    let (web, app) = site.at("2026-11-24T09:42");
    let (saeki, takase) = (sign_in(&web, "saeki").await, sign_in(&web, "takase").await);
    let list = get(&web, "/desk?profession=all", &saeki).await.body;
    let at = |words: &str| list.find(words).unwrap_or_else(|| panic!("{words}\n{list}"));
    assert!(at("急ぎ") < at("24週0日") && at("24週0日") < at("4分前") && at("4分前") < at("待っている") && at("待っている") < at("1歳7か月") && at("1歳7か月") < at("明日 17:00"));
    assert!(!list.contains(MARKER) && !list.contains("離乳食") && list.contains("やさしい日本語"));
    let filtered = get(&web, "/desk?profession=paediatrician", &saeki).await.body;
    assert!(filtered.contains("1歳7か月") && !filtered.contains("24週0日"));

    let id: String = sqlx::query_scalar("SELECT id FROM consultations WHERE category = 'pregnancy'").fetch_one(site.db.pool()).await.unwrap();
    let open = format!("/desk/q/{id}");
    let page = get(&web, &open, &saeki).await.body;
    for words in [MARKER, "<mark>出血</mark>", "本人に案内した電話", "はるかぜ産婦人科", "いま 24週0日（予定日 2027年3月16日）", "南部・やさしい日本語", "LINE", "チラシ a4-k3f7"]
    {
        assert!(page.contains(words), "{words}\n{page}");
    }
    let card = &page[page.find("id=\"home\"").unwrap()..];
    assert!(!card.contains("1歳7か月"), "the card is the person's, not the household's");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'read'").await, 1);
    assert!(!page.contains("いま見ている") && get(&web, &open, &takase).await.body.contains("いま見ている：saekiさん"));

    // A preview stores nothing; what is sent is rendered, and nothing in it is HTML.
    let answer = format!("**産院に電話**してください。{MARKER}<script>\n\n- 横になる");
    let (ticket, seen) = (field(&page, "ticket"), field(&page, "seen"));
    let typed = [("text", answer.as_str()), ("ticket", ticket.as_str()), ("seen", seen.as_str())];
    // (The page is another one: going back to it sends nothing again.)
    let preview = send(&web, "POST", &format!("{open}/preview?profession=midwife"), &saeki, &typed).await;
    assert_eq!((preview.status, preview.location.as_str()), (StatusCode::SEE_OTHER, format!("{open}?profession=midwife&did=preview#pv").as_str()));
    let preview = get(&web, &preview.location, &saeki).await.body;
    assert!(preview.contains("<strong>産院に電話</strong>") && preview.contains("<li>横になる") && preview.contains("&lt;script&gt;\n\n- 横になる</textarea>"), "{preview}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 0);
    // Where the queue cannot take the notice, the answer is not stored either: nobody would be told of it.
    for (sql, status) in [("ALTER TABLE messages RENAME TO away", StatusCode::INTERNAL_SERVER_ERROR), ("ALTER TABLE away RENAME TO messages", StatusCode::SEE_OTHER)] {
        sqlx::query(sql).execute(site.db.pool()).await.unwrap();
        assert_eq!(send(&web, "POST", &format!("{open}/answer"), &saeki, &typed).await.status, status);
        assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, i64::from(status != StatusCode::INTERNAL_SERVER_ERROR));
    }
    for _ in 0..2 {
        let sent = send(&web, "POST", &format!("{open}/answer"), &saeki, &typed).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 1);

    // A colleague who wrote meanwhile sees it, keeps the text, and overwrites nothing.
    let fresh = field(&get(&web, &open, &takase).await.body, "ticket");
    let late = send(&web, "POST", &format!("{open}/answer"), &takase, &[("text", "わたしの返事"), ("ticket", &fresh), ("seen", &seen)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("新しい書き込みがありました") && late.body.contains("わたしの返事") && late.body.contains("<strong>産院に電話</strong>"));

    // The household is told once, neutrally, by a link that asks who it is.
    let told: Vec<(String, String)> = sqlx::query_as("SELECT o.key, m.body FROM outbox o JOIN messages m ON m.hash = o.hash").fetch_all(site.db.pool()).await.unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].0.starts_with("answer:") && told[0].1.contains("お返事が届いています。") && told[0].1.contains("http://localhost:8080/me/answers\""), "{told:?}");
    assert!(!told[0].1.contains("/q/") && !told[0].1.contains("週"));
    assert_eq!(get(&web, "/me/answers", "").await.location, "/me/enter");
    let mine = get(&web, "/me/answers", &home).await.body;
    assert!(mine.contains(&path) && mine.contains(&quiet) && mine.contains("お返事が届いています（11月24日（火）9:42）"), "{mine}");
    let me = get(&web, "/me", &home).await.body;
    assert!(me.contains(&path) && me.contains(&quiet) && me.contains("お返事があります"), "{me}");
    let own = get(&web, "/me/record.json", &home).await.body;
    assert!(own.matches(MARKER).count() == 2 && own.contains("助産師 saekiさん") && own.contains("離乳食のあと"), "{own}");
    let threads = consult::of_household(&site.db, &site.vault, "h1").await.unwrap();
    assert_eq!(threads.iter().map(|t| (format!("/q/{}", t.token), t.answered_at)).collect::<Vec<_>>(), [(quiet, None), (path.clone(), Some(app.now()))]);

    let thread = get(&web, &path, &home).await.body;
    assert!(thread.contains("<strong>助産師 saekiさん</strong>") && thread.contains("<strong>産院に電話</strong>") && !thread.contains("<script>"));
    // The telephone numbers stay until a clinician ends the watch; until then nobody asks for a mark.
    assert!(thread.contains("今すぐ119へ") && !thread.contains("役に立ちましたか") && !thread.contains("お返事を待たないで"), "{thread}");
    let list = get(&web, "/desk", &saeki).await.body;
    assert!(list.contains("見守り") && list.contains("出血") && !list.contains("急ぎ</span>"), "{list}");
    assert!(send(&web, "POST", &format!("{open}/calm"), &saeki, &[]).await.location.contains("did=unwatched"));
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'watch_end'").await, 1);
    let thread = get(&web, &path, &home).await.body;
    assert!(!thread.contains("今すぐ119へ") && thread.contains("役に立ちましたか") && !thread.contains("見守り"), "{thread}");

    // The survey counts once, without a trace to the thread.
    for _ in 0..2 {
        assert_eq!(send(&web, "POST", &format!("{path}/survey"), &home, &[("answer", "helped")]).await.status, StatusCode::SEE_OTHER);
    }
    let counts: Vec<(String, String, i64)> = sqlx::query_as("SELECT day, answer, given FROM consultation_surveys").fetch_all(site.db.pool()).await.unwrap();
    assert_eq!(counts, [("2026-11-24".into(), "helped".into(), 1)]);
    assert!(get(&web, &path, &home).await.body.contains("教えてくださって"));

    // Closed, reopened by the asker, due anew.
    let closed = send(&web, "POST", &format!("{open}/close?profession=all"), &saeki, &[]).await.location;
    assert_eq!(closed, format!("/desk?profession=all&closed={id}"));
    assert!(get(&web, &closed, &saeki).await.body.contains("終えました。"));
    assert!(!get(&web, "/desk", &saeki).await.body.contains(&id) && get(&web, "/desk?show=done", &saeki).await.body.contains(&id));
    let (web, _) = site.at("2026-11-27T18:00");
    let home = format!("household={}", household::sign_in(&site.db, "h1", 1_795_700_000).await.unwrap());
    let ticket = field(&get(&web, &path, &home).await.body, "ticket");
    send(&web, "POST", &path, &home, &[("text", "その後は落ち着きました"), ("ticket", &ticket)]).await;
    let thread = get(&web, &path, &home).await.body;
    assert!(thread.contains("この相談は終わりました") && thread.contains("11月30日（月）17時までにお答えします"), "{thread}");
    let saeki = sign_in(&web, "saeki").await;
    let list = get(&web, "/desk?profession=all", &saeki).await.body;
    assert!(list.contains(&id) && !list.contains("急ぎ</span>"), "the danger was answered");
    // A thread of which its answer is late stands under its own heading.
    assert!(list.contains("まもなく期限") && list.contains("過ぎています"));

    // The desk closes it and opens it again.
    let seen = field(&get(&web, &open, &saeki).await.body, "seen");
    send(&web, "POST", &format!("{open}/close"), &saeki, &[("sure", "yes"), ("seen", &seen)]).await;
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations WHERE closed_at IS NOT NULL").await, 1);
    assert_eq!(send(&web, "POST", &format!("{open}/reopen"), &saeki, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(get(&web, "/desk", &saeki).await.body.contains(&id));
    let all = everything(&site.db).await;
    assert!(!all.contains(MARKER) && !all.contains("落ち着きました") && !all.contains("産院に電話"), "{}", test.name());
}

/// Signs of danger: nothing that is done at the desk makes them vanish by one tap.
#[tokio::test]
async fn danger_stays_until_a_clinician_says_so() {
    for test in databases().await {
        danger(&test).await;
    }
}
async fn danger(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    site.staff("mori", Role::Clinician, Some(Profession::Counsellor), app.now()).await;
    let form = [("who", "self"), ("text", "死にたいです。薬をたくさん飲みました"), ("consent", "yes"), ("from", "")];
    let confirm = send(&web, "POST", "/ask", "", &form).await.body;
    let at = |page: &str, words: &str| page.find(words).unwrap_or_else(|| panic!("{words}\n{page}"));
    assert!(at(&confirm, "「薬をたくさん飲みました」と言えば伝わります") < at(&confirm, "今すぐ119へ</a>") && at(&confirm, "今すぐ119へ</a>") < at(&confirm, "いのちSOS"));
    assert!(confirm.contains("書いてくださって、ありがとうございます。お返事は11月25日（水）17時までです。それまでのあいだ、上の番号はいまつながります"));
    let quiet = ask(&web, "", "self", "夫に出血を見られたくありません").await;
    let path = ask(&web, "", "self", form[1].1).await;
    let token = path.trim_start_matches("/q/").to_owned();
    let thread = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    let open = format!("/desk/q/{}", thread.id);

    // The list: life first, the kinds, no word; the kinds are sealed.
    let (web, _) = site.at("2026-11-24T09:45");
    let mori = sign_in(&web, "mori").await;
    let list = get(&web, "/desk", &mori).await.body;
    assert!(at(&list, "いのち（薬）") < at(&list, "出血") && list.contains("7分前") && !list.contains("死にたい"), "{list}");
    let stored = everything(&site.db).await;
    assert!(!stored.contains("overdose") && !stored.contains("bleeding"));

    // Closing: a question first, then a reason, then the newest word must have been seen.
    let close = format!("{open}/close");
    assert_eq!(send(&web, "POST", &close, &mori, &[]).await.location, format!("{close}?profession="));
    let page = get(&web, &close, &mori).await.body;
    assert!(page.contains("まだお返事をしていません。この相談を終えますか") && page.contains("電話で話した"), "{page}");
    let seen = field(&page, "seen");
    for form in [&[("sure", "yes"), ("seen", seen.as_str())][..], &[("sure", "yes"), ("seen", "older"), ("reason", "phone")], &[("sure", "yes"), ("seen", &seen), ("reason", "?")]]
    {
        let refused = send(&web, "POST", &close, &mori, form).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains("まだ終えていません"), "{form:?}");
    }
    let closed = send(&web, "POST", &close, &mori, &[("sure", "yes"), ("seen", &seen), ("reason", "phone")]).await.location;
    let list = get(&web, &closed, &mori).await.body;
    assert!(list.contains("終えました。") && list.contains("もう一度開く") && list.contains("見守り"), "{list}");
    let own = get(&web, &path, "").await.body;
    assert!(own.contains("今すぐ119へ") && own.contains("この相談は終わりました") && !own.contains("電話で話した"), "{own}");
    assert!(get(&web, &open, &mori).await.body.contains("お返事をせずに終えました：電話で話した"));
    // Open again: urgent, in its old place.
    send(&web, "POST", &format!("{open}/reopen"), &mori, &[]).await;
    let again = consult::by_token(&site.db, &token).await.unwrap().unwrap();
    assert!(again.urgent() && again.asked_at == thread.asked_at && again.due_at == thread.due_at);
    let list = get(&web, "/desk", &mori).await.body;
    assert!(at(&list, "急ぎ</span>") < at(&list, &thread.id) && !get(&web, &closed, &mori).await.body.contains("終えました。"));
    // What was closed without an answer is urgent again when the asker goes on, whatever the words are.
    send(&web, "POST", &close, &mori, &[("sure", "yes"), ("seen", &seen), ("reason", "other")]).await;
    let ticket = field(&get(&web, &path, "").await.body, "ticket");
    send(&web, "POST", &path, "", &[("text", "まだいます"), ("ticket", &ticket)]).await;
    assert!(consult::by_token(&site.db, &token).await.unwrap().unwrap().urgent());

    // The city's steps, and who was told: for the desk alone.
    let page = get(&web, &open, &mori).await.body;
    assert!(page.contains("命の危険があるとき") && page.contains("189（児童相談所）"), "{page}");
    let ticket = field(&page, "ticket");
    for _ in 0..2 {
        let told = send(&web, "POST", &format!("{open}/contacted"), &mori, &[("note", &format!("係長へ。{MARKER}")), ("ticket", &ticket)]).await;
        assert!(told.location.contains("did=contacted"), "{}", told.body);
    }
    let page = get(&web, &open, &mori).await.body;
    assert_eq!((page.matches(MARKER).count(), count(&site.db, "SELECT COUNT(*) FROM audit WHERE action = 'contacted'").await), (1, 1));
    let own = get(&web, &path, "").await.body;
    assert!(!own.contains(MARKER) && !own.contains("係長"), "{own}");
    assert!(!everything(&site.db).await.contains(MARKER));

    // An answer, even a greeting, ends the hurry, not the watch; the next sign raises it again.
    let (web, later) = site.at("2026-11-24T10:00");
    let mori = sign_in(&web, "mori").await;
    let page = get(&web, &open, &mori).await.body;
    let ticket = page[page.find("class=\"write\"").unwrap()..].to_owned();
    let sent =
        send(&web, "POST", &format!("{open}/answer?profession=all"), &mori, &[("text", "こんにちは"), ("ticket", &field(&ticket, "ticket")), ("seen", &field(&page, "seen"))])
            .await;
    assert_eq!(sent.location, format!("{open}?profession=all&did=sent#talk"), "{}", sent.body);
    assert!(get(&web, &sent.location, &mori).await.body.contains("送りました。"));
    let list = get(&web, "/desk", &mori).await.body;
    assert!(list.contains(&thread.id) && list.contains("見守り") && at(&list, "急ぎ</span>") < at(&list, "見守り</span>"), "{list}");
    assert!(get(&web, &path, "").await.body.contains("今すぐ119へ"));
    let (web, _) = site.at("2026-11-24T10:05");
    let ticket = field(&get(&web, &path, "").await.body, "ticket");
    send(&web, "POST", &path, "", &[("text", "やっぱり消えてしまいたい"), ("ticket", &ticket)]).await;
    assert!(consult::by_token(&site.db, &token).await.unwrap().unwrap().urgent());

    // A false alarm is taken back, with a way back; and any thread can be called urgent.
    let other = consult::by_token(&site.db, quiet.trim_start_matches("/q/")).await.unwrap().unwrap();
    let other = format!("/desk/q/{}", other.id);
    let calm = send(&web, "POST", &format!("{other}/calm"), &mori, &[]).await.location;
    assert!(calm.contains("did=calm") && get(&web, &calm, &mori).await.body.contains("急ぎにもどす"));
    assert!(!get(&web, &quiet, "").await.body.contains("119へ</"));
    send(&web, "POST", &format!("{other}/urgent"), &mori, &[]).await;
    assert!(get(&web, &quiet, "").await.body.contains("今すぐ119へ"), "as it was found before");
    send(&web, "POST", &format!("{other}/calm"), &mori, &[]).await;
    let (web, _) = site.at("2026-11-24T10:10");
    send(&web, "POST", &format!("{other}/urgent"), &mori, &[("danger", "violence")]).await;
    let own = get(&web, &quiet, "").await.body;
    assert!(own.contains("このページを閉じる") && own.contains("110へ") && !own.contains("ホーム画面に加えて"), "{own}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM audit WHERE action IN ('urgent_on', 'urgent_off')").await, 4);
    let (_, late) = site.at("2026-11-24T10:15");
    assert!(late.now() > later.now());
}

/// What somebody at the desk has typed is not lost: drafts, the picker of articles, a session that ended.
#[tokio::test]
async fn drafts_are_kept() {
    for test in databases().await {
        drafts(&test).await;
    }
}
async fn drafts(test: &TestDb) {
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let now = app.now();
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), now).await;
    site.staff("mori", Role::Clinician, Some(Profession::Counsellor), now).await;
    let path = ask(&web, "", "self", "眠れません").await;
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    let open = format!("/desk/q/{id}");
    let saeki = sign_in(&web, "saeki").await;
    // The own profession's list first, what is urgent elsewhere not hidden, and a word before answering for others.
    assert!(!get(&web, "/desk", &saeki).await.body.contains(&id) && get(&web, "/desk?profession=all", &saeki).await.body.contains(&id));
    assert!(get(&web, &open, &saeki).await.body.contains("これは相談員あての相談です"));
    ask(&web, "", "self", "消えたいです").await;
    assert!(get(&web, "/desk", &saeki).await.body.contains("ほかの職種あての急ぎが1件あります"));

    let text = format!("{MARKER}\n二行目。0000-00-4567へ");
    let kept = send(&web, "POST", &format!("{open}/draft"), &saeki, &[("text", &text)]).await.location;
    assert!(kept.contains("did=draft") && !kept.contains("%E3"));
    assert!(get(&web, &open, &saeki).await.body.contains("下書きがあります") && !everything(&site.db).await.contains(MARKER));
    let mori = sign_in(&web, "mori").await;
    assert!(!get(&web, &open, &mori).await.body.contains(MARKER), "a draft is its writer's");
    assert!(!get(&web, &path, "").await.body.contains(MARKER));
    // The picker: found by title, put at the end.
    let found = send(&web, "POST", &format!("{open}/find"), &saeki, &[("text", &text), ("find", "貧血")]).await.location;
    let page = get(&web, &found, &saeki).await.body;
    assert!(page.contains("value=\"tachikurami\"") && page.contains(MARKER), "{page}");
    let put = send(&web, "POST", &format!("{open}/insert"), &saeki, &[("text", &text), ("article", "tachikurami")]).await.location;
    let page = get(&web, &put, &saeki).await.body;
    assert!(page.contains("](article:tachikurami)</textarea>"), "{page}");
    assert_eq!(send(&web, "POST", &format!("{open}/insert"), &saeki, &[("text", &text), ("article", "nai")]).await.status, StatusCode::NOT_FOUND);
    // A link to no article is said in the preview and stops the sending.
    let wrong = format!("{text}\n\n[これ](article:nai)");
    let preview = send(&web, "POST", &format!("{open}/preview"), &saeki, &[("text", &wrong)]).await.location;
    assert!(get(&web, &preview, &saeki).await.body.contains("記事 `nai` はありません"));
    let page = get(&web, &open, &saeki).await.body;
    let form = page[page.find("class=\"write\"").unwrap()..].to_owned();
    let (ticket, seen) = (field(&form, "ticket"), field(&form, "seen"));
    let refused = send(&web, "POST", &format!("{open}/answer"), &saeki, &[("text", &wrong), ("ticket", &ticket), ("seen", &seen)]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains("記事 `nai` はありません") && refused.body.contains(MARKER));
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 0);

    // The session has ended: the words travel through the sign-in, a wrong password too, and stand in the box.
    let late = send(&web, "POST", &format!("{open}/answer"), "", &[("text", &text), ("ticket", &ticket), ("seen", &seen)]).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.body.contains("書いた文は残っています") && late.location.is_empty());
    let (back, carried) = (field(&late.body, "back"), field(&late.body, "text").replace("&#x2F;", "/"));
    let wrong = send(&web, "POST", "/desk/sign-in", "", &[("login", "saeki"), ("password", "wrong"), ("back", &back), ("text", &carried)]).await;
    assert_eq!((field(&wrong.body, "back"), field(&wrong.body, "text").contains(MARKER)), (back.clone(), true));
    let again = send(&web, "POST", "/desk/sign-in", "", &[("login", "saeki"), ("password", PASSWORD), ("back", &back), ("text", &carried)]).await;
    assert!(again.location.starts_with(&open) && again.location.contains("did=kept"), "{}", again.location);
    let page = get(&web, &again.location, &again.cookie).await.body;
    assert!(page.contains("まだ送っていません。") && page.contains(MARKER), "{page}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 0);
    // An address that is not the desk's carries nothing.
    let nowhere = send(&web, "POST", "/desk/sign-in", "", &[("login", "saeki"), ("password", PASSWORD), ("back", "//evil.example/x"), ("text", "x")]).await;
    assert_eq!(nowhere.location, "/desk");

    // Sent: a line break is one, a number can be rung, and the draft is gone.
    let form = page[page.find("class=\"write\"").unwrap()..].to_owned();
    send(&web, "POST", &format!("{open}/answer"), &saeki, &[("text", &text), ("ticket", &field(&form, "ticket")), ("seen", &field(&form, "seen"))]).await;
    let own = get(&web, &path, "").await.body;
    assert!(own.contains("<br>二行目。<a href=\"tel:0000004567\">0000-00-4567</a>へ"), "{own}");
    assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'draft'").await, 0);
}

/// A mother who asks about herself: her children and what was lost matter to who answers.
#[tokio::test]
async fn a_question_about_oneself_shows_who_is_around() {
    let test = crate::support::sqlite().await;
    let site = Site::new(&test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let home = site.household("h1", app.now()).await;
    site.staff("mori", Role::Clinician, Some(Profession::Counsellor), app.now()).await;
    let path = ask(&web, &home, "self", "先月、流産しました").await;
    let own = get(&web, &path, &home).await.body;
    assert!(own.contains("書いてくださって、ありがとうございます") && !own.contains("119へ") && !own.contains("お返事を待たないで"), "{own}");
    let mori = sign_in(&web, "mori").await;
    let list = get(&web, "/desk", &mori).await.body;
    assert!(!list.contains("急ぎ</span>"), "grief is no emergency");
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    let page = get(&web, &format!("/desk/q/{id}"), &mori).await.body;
    for words in ["いま 24週0日", "いま 1歳7か月", "お別れがあったかもしれません", "いいえ（上の子がいます）"] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}

#[tokio::test]
async fn rights_of_each_role() {
    for test in databases().await {
        rights(&test).await;
    }
}
async fn rights(test: &TestDb) {
    const OK: u16 = 200;
    const DONE: u16 = 303;
    const NO: u16 = 403;
    const WRITES: [&str; 10] = ["preview", "draft", "find", "insert", "answer", "close", "reopen", "urgent", "calm", "contacted"];
    let site = Site::new(test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    ask(&web, "", "self", "眠れません").await;
    let id: String = sqlx::query_scalar("SELECT id FROM consultations").fetch_one(site.db.pool()).await.unwrap();
    let routes = [("GET", "/desk".to_owned()), ("GET", format!("/desk/q/{id}"))].into_iter();
    let routes: Vec<_> = routes.chain([("GET", format!("/desk/q/{id}/close"))]).chain(WRITES.map(|what| ("POST", format!("/desk/q/{id}/{what}")))).collect();
    let table = [
        (Role::Clinician, Some(Profession::Counsellor), [OK, OK, OK, DONE, DONE, DONE, 404, 409, DONE, DONE, DONE, DONE, 400]),
        (Role::CityObserver, None, [OK, OK, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO]),
        (Role::Admin, None, [OK, OK, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO]),
        (Role::Editor, None, [NO; 13]),
        (Role::CityStaff, None, [NO; 13]),
    ];
    for (role, profession, expected) in table {
        site.staff(role.id(), role, profession, app.now()).await;
        let cookie = sign_in(&web, role.id()).await;
        for ((method, path), expected) in routes.iter().zip(expected) {
            let answer = if *method == "GET" { get(&web, path, &cookie).await } else { send(&web, method, path, &cookie, &[("text", "x"), ("ticket", "no"), ("seen", "")]).await };
            assert_eq!(answer.status, expected, "{} {method} {path}", role.id());
        }
        // The observer has no way to write on the page either.
        if role == Role::CityObserver {
            assert!(!get(&web, &routes[1].1, &cookie).await.body.contains("<textarea"));
        }
    }
    for (method, path) in &routes {
        let answer = if *method == "GET" { get(&web, path, "").await } else { send(&web, method, path, "staff=made-up", &[]).await };
        assert_eq!((answer.status.as_u16(), answer.location.as_str()), (303, "/desk/sign-in"), "{path}");
        assert_eq!(count(&site.db, "SELECT COUNT(*) FROM consultations WHERE closed_at IS NOT NULL").await, 0, "{path}");
    }
    // Who has nothing to do at the desk is told what the role can do; a slash too many is no other page.
    for (role, begins, says) in
        [(Role::Editor, "/desk/role", "編集ができること"), (Role::CityStaff, "/desk/role", "市の担当ができること"), (Role::Clinician, "/desk", "相談を読み、お返事を書く")]
    {
        let answer = send(&web, "POST", "/desk/sign-in", "", &[("login", role.id()), ("password", PASSWORD)]).await;
        assert_eq!(answer.location, begins);
        let page = get(&web, "/desk/role", &answer.cookie).await;
        assert!(page.status == OK && page.body.contains(says), "{}", page.body);
        // Figures are for the city and the editors; who answers has no need of them.
        let figures = get(&web, "/desk/flyers?weeks=4", &answer.cookie).await;
        assert_eq!(figures.status == OK && figures.body.contains("チラシから来た数") && figures.body.contains("<svg"), role != Role::Clinician, "{}", figures.body);
        assert_eq!(page.body.contains("/desk/flyers"), role != Role::Clinician);
        assert_eq!(page.body.contains("href=/desk>") || page.body.contains("href=\"/desk\""), begins == "/desk", "a way to the desk only for those who may");
    }
    assert_eq!((get(&web, "/desk/", "").await.status.as_u16(), get(&web, "/desk/", "").await.location), (308, "/desk".to_owned()));
    assert_eq!(get(&web, "/desk/role", "").await.location, "/desk/sign-in");
    // Signed out, disabled, expired: out.
    let cookie = sign_in(&web, "admin").await;
    send(&web, "POST", "/desk/sign-out", &cookie, &[]).await;
    assert_eq!(get(&web, "/desk", &cookie).await.status, 303);
    let cookie = sign_in(&web, "admin").await;
    let (later, _) = site.at("2026-11-24T21:38");
    assert_eq!(get(&later, "/desk", &cookie).await.status, 303);
    staff::disable(&site.db, "admin", app.now()).await.unwrap();
    assert_eq!(get(&web, "/desk", &cookie).await.status, 303);
    let shut = send(&web, "POST", "/desk/sign-in", "", &[("login", "admin"), ("password", PASSWORD)]).await;
    assert_eq!(shut.status, 422);
    staff::enable(&site.db, "admin", app.now()).await.unwrap();
    let cookie = sign_in(&web, "admin").await;
    assert_eq!(get(&web, "/desk", &cookie).await.status, OK);
    assert!(staff::enable(&site.db, "nobody", app.now()).await.is_err());
}

#[tokio::test]
async fn guesses_are_slowed() {
    for test in databases().await {
        rate_limit(&test).await;
    }
}
async fn rate_limit(test: &TestDb) {
    let site = Site::new(test).await;
    let (_, app) = site.at("2026-11-24T09:00");
    let (now, db, vault) = (app.now(), &site.db, &site.vault);
    site.staff("saeki", Role::Clinician, Some(Profession::Midwife), now).await;
    site.staff("maki", Role::Clinician, Some(Profession::Midwife), now).await;
    let attempt = async |login: &str, password: &str, address: Option<&str>, at: i64| staff::sign_in(db, vault, login, password, address, at).await.unwrap();
    let is_in = |s: &staff::SignIn| matches!(s, staff::SignIn::In { .. });

    // By login, from whatever address, known or unknown alike.
    for login in ["saeki", "nobody"] {
        for n in 0..5 {
            assert_eq!(attempt(login, "wrong", Some(&format!("192.0.2.{n}")), now + n).await, staff::SignIn::Wrong);
        }
        assert_eq!(attempt(login, PASSWORD, Some("192.0.2.9"), now + 10).await, staff::SignIn::TooMany);
    }
    assert!(is_in(&attempt("saeki", PASSWORD, Some("192.0.2.9"), now + 15 * 60 + 10).await));

    // The operator opens a login at once; the address keeps its own count.
    for n in 0..5 {
        assert_eq!(attempt("maki", "wrong", Some(&format!("192.0.2.{}", 100 + n)), now + 20).await, staff::SignIn::Wrong);
    }
    assert_eq!(attempt("maki", PASSWORD, Some("192.0.2.110"), now + 21).await, staff::SignIn::TooMany);
    assert!(staff::unlock(db, vault, "maki", now + 22).await.unwrap());
    assert!(is_in(&attempt("maki", PASSWORD, Some("192.0.2.110"), now + 23).await));
    assert!(!staff::unlock(db, vault, "maki", now + 24).await.unwrap(), "nothing to open");
    assert!(staff::unlock(db, vault, "nobody", now).await.is_err());

    // By address, whatever the login.
    let then = now + 3600;
    for n in 0..5 {
        assert_eq!(attempt(&format!("guess{n}"), "wrong", Some("198.51.100.7"), then).await, staff::SignIn::Wrong);
    }
    assert_eq!(attempt("maki", PASSWORD, Some("198.51.100.7"), then).await, staff::SignIn::TooMany);
    assert!(is_in(&attempt("MAKI ", PASSWORD, Some("198.51.100.8"), then).await));
    // An address that is not known shuts out nobody else.
    for n in 0..6 {
        assert_eq!(attempt(&format!("stranger{n}"), "wrong", None, then).await, staff::SignIn::Wrong);
    }
    // Signing in does not use up tries.
    for _ in 0..7 {
        assert!(is_in(&attempt("maki", PASSWORD, Some("203.0.113.5"), then).await));
    }
    let all = everything(db).await;
    for plain in ["192.0.2", "198.51.100.7", "203.0.113", PASSWORD, "guess0"] {
        assert!(!all.contains(plain), "{plain} is in the database ({})", test.name());
    }

    // Over HTTP it is a page with 429.
    let (web, _) = site.at("2026-11-24T12:00");
    for _ in 0..5 {
        let wrong = send(&web, "POST", "/desk/sign-in", "", &[("login", "maki"), ("password", "wrong")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("ログイン名かパスワードが違います"));
    }
    let shut = send(&web, "POST", "/desk/sign-in", "", &[("login", "maki"), ("password", PASSWORD)]).await;
    assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(shut.body.contains("15分ほど待ってください"));
}

#[tokio::test]
async fn an_article_fills_in_matter_and_profession() {
    let test = crate::support::sqlite().await;
    let site = Site::new(&test).await;
    let (web, app) = site.at("2026-11-24T09:38");
    let published = app.published();
    let article = published
        .library
        .articles
        .values()
        .find(|a| !a.draft && consult::Category::of_article(a) == Some(consult::Category::Pregnancy) && a.ask == Some(Profession::Obstetrician))
        .unwrap();
    let from = format!("article:{}", article.slug);
    let form = get(&web, &format!("/ask?from={from}"), "").await.body;
    assert!(form.contains("value=\"pregnancy\" checked") && form.contains(&article.versions["ja"].title), "{form}");
    let typed = |who: &'static str| [("who", who), ("text", "質問です"), ("consent", "yes"), ("from", from.as_str())].map(|(k, v)| (k.to_owned(), v.to_owned()));
    for (who, profession) in [("pregnancy", "産婦人科医"), ("child", "小児科医")] {
        let typed = typed(who);
        let pairs: Vec<_> = typed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let page = send(&web, "POST", "/ask", "", &pairs).await.body;
        assert!(page.contains(&format!("<dd>{profession}</dd>")), "{page}");
    }
    // An address that is not ours is nowhere.
    assert!(!get(&web, "/ask?from=article:%22%3E%3Cscript%3E", "").await.body.contains("\"><script>"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    /// Tickets are ours or refused, whatever comes back.
    #[test]
    fn only_own_tickets(id in "[A-Za-z0-9_-]{1,40}", other in ".{0,80}") {
        static VAULT: std::sync::OnceLock<(tokio::runtime::Runtime, Vault, tempfile::TempDir)> = std::sync::OnceLock::new();
        let (_, vault, _) = VAULT.get_or_init(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().to_owned();
            let env = move |name: &str| (name == "OTAYORI_KEY_FILE" || name == "OTAYORI_KEY_STORE_URL").then(|| if name.ends_with("FILE") { path.join("k").display().to_string() } else { format!("sqlite:{}", path.join("k.db").display()) });
            let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
            let test = runtime.block_on(crate::support::sqlite());
            let vault = runtime.block_on(Vault::open(&config.services, &test.db)).unwrap();
            (runtime, vault, folder)
        });
        let ticket = consult::issue(vault, "a", &id);
        proptest::prop_assert_eq!(consult::redeem(vault, "a", &ticket), Some(id));
        proptest::prop_assert_eq!(consult::redeem(vault, "b", &ticket), None);
        proptest::prop_assert_eq!(consult::redeem(vault, "a", &other), None);
    }
}
