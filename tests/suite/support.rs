//! What every test of the whole engine uses: databases, a set clock, a site in a temporary folder.

use otayori::calendar::Date;
use otayori::clock::Clock;
use otayori::config::{Config, Email};
use otayori::contact;
use otayori::content::Library;
use otayori::db::{Db, VERSIONS};
use otayori::demo::standin;
use otayori::engine::{Engine, read};
use otayori::household::{self, NewSubject, Registration};
use otayori::press::Press;
use otayori::segment::SubjectKind;
use otayori::site::{BuildReport, Edition, Published, Theme};
use otayori::web::router;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A migrated, empty database for one test; dropped with its folder or schema.
pub struct TestDb {
    pub db: Db,
    pub url: String,
    _folder: tempfile::TempDir,
}

/// Every database that this run tests: SQLite always, PostgreSQL when `OTAYORI_TEST_POSTGRES` names a cluster
/// (`./test` starts one and always sets it; `OTAYORI_TEST_POSTGRES=none` is an explicit no while writing).
pub async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    match std::env::var("OTAYORI_TEST_POSTGRES") {
        Ok(base) if base == "none" => {}
        Ok(base) => all.push(postgres(&base).await),
        Err(_) => panic!(
            "OTAYORI_TEST_POSTGRES is not set: run the tests by ./test, or set it to a cluster's address or to `none`"
        ),
    }
    all
}

/// As [`databases`], with the tables of an older release, up to this migration; [`TestDb::renewed`] brings them up to
/// date.
pub async fn databases_of(release: i64) -> Vec<TestDb> {
    let mut all = Vec::new();
    for (url, folder) in unmade().await {
        all.push(TestDb { db: released(&url, release).await, url, _folder: folder });
    }
    all
}

/// A database whose tables are those of a release up to this migration.
pub async fn released(url: &str, release: i64) -> Db {
    use sqlx::SqlSafeStr as _;
    use sqlx::migrate::{Migration, MigrationType, Migrator};
    let db = Db::connect(url, 4).await.unwrap();
    let of = |(number, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    let versions = VERSIONS.iter().filter(|v| v.0 <= release).map(of).collect();
    Migrator::with_migrations(versions).run(db.pool()).await.unwrap();
    db
}

/// As [`databases`], before any table is made: an address for each, and the folder that holds what is there.
pub async fn unmade() -> Vec<(String, tempfile::TempDir)> {
    let mut all = vec![unmade_sqlite()];
    if let Some(base) = std::env::var("OTAYORI_TEST_POSTGRES").ok().filter(|base| base != "none") {
        all.push((empty_schema(&base).await, tempfile::tempdir().unwrap()));
    }
    all
}

fn unmade_sqlite() -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (format!("sqlite:{}", folder.path().join("test.db").display()), folder)
}

/// A SQLite file in a folder of its own.
pub async fn sqlite() -> TestDb {
    otayori::cli::log(); // what went wrong behind a failed page; shown with a failed test only
    let (url, folder) = unmade_sqlite();
    TestDb { db: Db::open(&url).await.unwrap(), url, _folder: folder }
}

/// A schema of its own in the cluster.
async fn postgres(base: &str) -> TestDb {
    let url = empty_schema(base).await;
    TestDb { db: Db::open(&url).await.unwrap(), url, _folder: tempfile::tempdir().unwrap() }
}

async fn empty_schema(base: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = Db::connect(base, 1).await.unwrap();
    for sql in [format!("DROP SCHEMA IF EXISTS {name} CASCADE"), format!("CREATE SCHEMA {name}")] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(admin.pool()).await.unwrap();
    }
    admin.pool().close().await;
    format!("{base}?options=-c%20search_path%3D{name}")
}

impl TestDb {
    /// Opened anew by this version of the program.
    pub async fn renewed(self) -> Self {
        self.db.pool().close().await;
        Self { db: Db::open(&self.url).await.unwrap(), ..self }
    }
    /// Which database it is, for messages.
    pub fn name(&self) -> &'static str {
        if self.db.is_sqlite() { "SQLite" } else { "PostgreSQL" }
    }
}

/// The whole engine on a set day: the sample city, a database in a folder of its own, stand-ins of LINE and of a push
/// service, HTTP on loopback.
pub struct TestApp {
    pub engine: Engine,
    pub url: String,
    pub line: Arc<standin::Line>,
    _push: standin::Push,
    _mail: Option<standin::MailServer>,
    /// A runtime of its own: stopping it cuts every connection at once.
    server: Option<tokio::runtime::Runtime>,
    _folder: tempfile::TempDir,
}

impl TestApp {
    /// At ten o'clock on `day` in the city; the clock stands still. The public pages are built, flyers are not.
    pub async fn on(day: &str) -> Self {
        Self::of_city(day, &[]).await
    }

    /// The same where the city has a LINE Login channel and a mail server.
    pub async fn with_login_and_mail(day: &str) -> Self {
        let server = standin::MailServer::start().await.unwrap();
        let login = [
            ("OTAYORI_LINE_LOGIN_CHANNEL_ID", standin::Line::LOGIN_ID),
            ("OTAYORI_LINE_LOGIN_CHANNEL_SECRET", standin::Line::LOGIN_SECRET),
        ];
        Self::of(day, &login, Some(server)).await
    }

    async fn of_city(day: &str, more: &[(&str, &str)]) -> Self {
        Self::of(day, more, None).await
    }

    async fn of(day: &str, more: &[(&str, &str)], mail: Option<standin::MailServer>) -> Self {
        let day: Date = day.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        let (line, push) = (Arc::new(standin::Line::start().await.unwrap()), standin::Push::start().await.unwrap());
        line.set_webhook(&format!("{url}/line/webhook"));
        let file = |name: &str| folder.path().join(name).display().to_string();
        let environment = |name: &str| match name {
            "DATABASE_URL" => Some(format!("sqlite:{}", file("otayori.db"))),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", file("keys.db"))),
            "OTAYORI_KEY_FILE" => Some(file("master.key")),
            "OTAYORI_PUBLIC_URL" => Some(url.clone()),
            "OTAYORI_LINE_API_BASE" | "OTAYORI_LINE_LOGIN_BASE" | "OTAYORI_LINE_LINK_BASE" => {
                Some(line.base().to_owned())
            }
            "OTAYORI_LINE_CHANNEL_SECRET" => Some(standin::Line::SECRET.to_owned()),
            "OTAYORI_LINE_CHANNEL_TOKEN" => Some(standin::Line::TOKEN.to_owned()),
            "OTAYORI_ALLOW_LOOPBACK_PUSH" => Some("1".to_owned()),
            _ => more.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        };
        let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &environment).unwrap();
        config.public = folder.path().join("public");
        config.site.email = mail.as_ref().map(|server| Email {
            from: "otayori@city.harukaze.lg.jp".into(),
            smtp: "127.0.0.1".into(),
            port: server.port(),
            tls: None,
            ca: None,
        });
        let loaded = read(config, day).unwrap_or_else(|p| panic!("{:#?}", p.sorted()));
        build_site(&loaded.config, &loaded.library, &loaded.theme, day, &loaded.config.public);
        let ten = day.at(10, 0, 0, 0).to_zoned(loaded.config.zone.clone()).unwrap().timestamp();
        let published = Published::new(loaded.library, loaded.theme);
        let engine = Engine::open(Arc::new(loaded.config), published, Clock::Fixed(ten)).await.unwrap();
        // As `serve` does when it begins: the clock of this day is on record, whatever older instants the test writes.
        otayori::watch::beat(&engine.app.db, otayori::clock::Wall::at(engine.app.now())).await.unwrap();
        let service = router(engine.app.clone()).into_make_service_with_connect_info::<std::net::SocketAddr>();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = listener.into_std().unwrap();
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), service).await.unwrap()
        });
        Self { engine, url, line, _push: push, _mail: mail, server: Some(runtime), _folder: folder }
    }

    /// The service is out of reach from now on, as where there is no connection.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown_background();
        }
    }

    /// A household that registered forty days ago, with a LINE user or without any channel; its id.
    pub async fn household(&self, language: &str, subjects: &[(SubjectKind, Date)], line_user: Option<&str>) -> String {
        let app = &self.engine.app;
        let subjects =
            subjects.iter().map(|(kind, on)| NewSubject { kind: *kind, stage_on: *on, due_on: None }).collect();
        let (area, consent_version) = (app.config.site.areas[0].id.clone(), app.config.site.consent.version.clone());
        let registration = Registration {
            subjects,
            area,
            language: language.into(),
            first_child: Some(false),
            code: String::new(),
            consent_version,
        };
        let now = app.now() - 40 * 86_400;
        let (id, _) = household::create(&app.db, &app.vault, &registration, "", now).await.unwrap();
        if let Some(user) = line_user {
            let nonce = contact::line_nonce(&app.db, &id, now).await.unwrap();
            household::attach_line(&app.db, &app.vault, &nonce, user, now).await.unwrap().unwrap();
        }
        id
    }

    /// Plans and sends the letters of a day, on that day or (of a day that is over) now.
    pub async fn send(&self, day: &str) -> otayori::schedule::Sent {
        let (library, day) = (self.engine.app.published(), day.parse::<Date>().unwrap());
        let ten = day.at(10, 0, 0, 0).to_zoned(self.engine.app.config.zone.clone()).unwrap().timestamp().as_second();
        let clock = otayori::clock::Clock::set(ten.max(self.engine.app.now()));
        let sender = otayori::schedule::Sender { clock, ..self.engine.sender() };
        sender.send(&library.library, day).await.unwrap()
    }

    /// Sends what else is due (answers).
    pub async fn dispatch(&self) {
        let clock = otayori::clock::Clock::set(self.engine.app.now() + 1);
        self.engine.sender().dispatcher(clock).dispatch().await.unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}

/// All links in what a LINE user sees of the talk with the account, oldest first.
pub fn links_of(talk: &[serde_json::Value]) -> Vec<String> {
    fn walk(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => map.iter().for_each(|(key, inner)| match inner.as_str() {
                Some(text) if key == "uri" => found.push(text.to_owned()),
                _ => walk(inner, found),
            }),
            serde_json::Value::Array(all) => all.iter().for_each(|v| walk(v, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    talk.iter().for_each(|v| walk(v, &mut found));
    found
}

/// Runs the program in a site's folder, with none of this machine's settings.
pub fn otayori(root: &Path, arguments: &[&str]) -> std::process::Output {
    otayori_command(root, arguments).output().unwrap()
}

/// The same, to be run.
pub fn otayori_command(root: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_otayori"));
    command.args(arguments).arg("--root").arg(root);
    for name in ["DATABASE_URL", "OTAYORI_KEY_STORE_URL", "OTAYORI_KEY_FILE", "OTAYORI_PUBLIC_URL"] {
        command.env_remove(name);
    }
    command
}

/// Makes a small site somebody's: its people have names, and its reviews that have no mark of their text get one.
pub fn sign(root: &Path) {
    use otayori::content::marks::mark_of;
    use otayori::review::{Record, record};
    let people = root.join("content/people.yaml");
    if let Ok(text) = std::fs::read_to_string(&people) {
        std::fs::write(
            &people,
            text.replace("（書く人の名前）", "山田 花子").replace("（監修する人の名前）", "鈴木 一郎"),
        )
        .unwrap();
    }
    for folder in ["articles", "pages"] {
        for entry in std::fs::read_dir(root.join("content").join(folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains("review:") && !text.contains("body: m") {
                let body = mark_of(&text, Vec::new()).unwrap();
                std::fs::write(&path, record(&text, &Record { body, ..Record::default() }).unwrap()).unwrap();
            }
        }
    }
}

/// Builds the whole site into `out`; nothing is kept for a later build.
pub fn build_site(config: &Config, library: &Library, theme: &Theme, day: Date, out: &Path) -> BuildReport {
    let cache = tempfile::tempdir().unwrap();
    let press = Press::open(out, cache.path()).unwrap();
    let report = Edition::new(config, library, theme, day).build(&press, &|_, _, _| {}).unwrap();
    press.commit().unwrap();
    report
}
