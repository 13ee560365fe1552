//! Mistakes in what people wrote beside a site that is published: it is served, questions and stops are taken, letters
//! wait until they are mended.

use crate::publish::places::Around;
use crate::support::{TestDb, databases};
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use otayori::calendar::date;
use otayori::clock::Clock;
use otayori::config::Config;
use otayori::demo::standin;
use otayori::engine::{Engine, Follow, Found};
use otayori::web::router;
use std::fs;
use std::process::{Command, Stdio};
use tower::ServiceExt as _;

const DAY: &str = "2026-11-24";

/// The small city as a sample, which may send to this machine, with its databases beside it.
fn settings(around: &Around, test: &TestDb, line: &standin::Line) -> Vec<(&'static str, String)> {
    let file = |name: &str| around.at(name).display().to_string();
    vec![
        ("DATABASE_URL", test.url.clone()),
        ("OTAYORI_KEY_STORE_URL", format!("sqlite:{}", file("keys.db"))),
        ("OTAYORI_KEY_FILE", file("master.key")),
        ("OTAYORI_LINE_API_BASE", line.base().to_owned()),
        ("OTAYORI_LINE_CHANNEL_SECRET", standin::Line::SECRET.to_owned()),
        ("OTAYORI_LINE_CHANNEL_TOKEN", standin::Line::TOKEN.to_owned()),
    ]
}

async fn number(test: &TestDb, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(test.db.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_ends_no_service_and_letters_wait() {
    for test in databases().await {
        let (around, line) = (Around::new(), standin::Line::start().await.unwrap());
        let yaml = around.city().join("otayori.yaml");
        fs::write(&yaml, fs::read_to_string(&yaml).unwrap() + "sample_date: 2026-11-24\n").unwrap();
        let env = settings(&around, &test, &line);
        let config = || {
            Config::load_with(&around.city(), &|name| {
                env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
            })
            .unwrap()
        };
        let ten = date(2026, 11, 24).at(10, 0, 0, 0).to_zoned(config().zone).unwrap().timestamp();
        let start = async || Engine::of_site(config(), date(2026, 11, 24), Clock::Fixed(ten)).await;
        let bad = around.city().join("content/articles/bad.md");
        fs::write(&bad, "---\ntitle: 題\nsummary: あ\ntopics: [ない分野]\n---\n本文\n").unwrap();
        // Nothing is published yet: there is nothing to serve.
        let said = format!("{:#}", start().await.err().unwrap());
        assert!(said.contains("サイトを読めません") && said.contains("content/articles/bad.md"), "{said}");
        fs::rename(&bad, around.at("bad.md")).unwrap();
        assert!(around.run(&["build", "--date", DAY]).0);
        let mut command = Command::new(env!("CARGO_BIN_EXE_otayori"));
        command
            .current_dir(around.city())
            .args(["households", "generate", "--count", "12", "--seed", "1", "--line", "100", "--date", DAY])
            .envs(env.iter().map(|(n, v)| (*n, v)));
        assert!(command.output().unwrap().status.success());

        fs::rename(around.at("bad.md"), &bad).unwrap();
        let contacts = around.city().join("content/contacts.yaml");
        fs::rename(&contacts, around.at("contacts.yaml")).unwrap();
        let engine = start().await.unwrap();
        for path in ["/", "/articles/hajimete/", "/ask", "/register", "/me/stopped", "/healthz", "/desk/sign-in"] {
            let answer =
                router(engine.app.clone()).oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            assert!(answer.status().as_u16() < 500, "{path}: {}", answer.status());
        }
        assert!(
            engine.app.published().library.contacts.iter().any(|c| c.number == "119"),
            "whom to ring is always there"
        );
        let health = async || {
            let answer = router(engine.app.clone())
                .oneshot(Request::get("/healthz").body(Body::empty()).unwrap())
                .await
                .unwrap();
            String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
        };
        const WAIT: &str =
            "attention\ncontent: there are mistakes in articles or settings, letters wait (`otayori check`)\n";
        assert_eq!(health().await, WAIT, "{}", test.name());
        let schedule = engine.schedule();
        let said = format!("{:#}", schedule.tick().await.unwrap_err());
        assert!(said.contains("おたよりを送らずに待っています"), "{said}");
        schedule.dispatch().await.unwrap();
        assert_eq!((number(&test, "SELECT COUNT(*) FROM outbox").await, line.requests()), (0, 0), "{}", test.name());
        let mut follow = Follow::new(&engine.app).behind();
        assert!(follow.look().is_err());

        // Mended: pages and letters go on without a restart.
        fs::remove_file(&bad).unwrap();
        fs::rename(around.at("contacts.yaml"), &contacts).unwrap();
        assert_eq!(follow.look().unwrap(), Found { published: true, needs_restart: false });
        assert!(engine.app.published().library.contacts.len() > 3);
        // The run's lease is over a minute later.
        sqlx::query("UPDATE runs SET lease_until = 0").execute(test.db.pool()).await.unwrap();
        schedule.tick().await.unwrap();
        assert_eq!(health().await, "ok\n", "{}", test.name());
        schedule.dispatch().await.unwrap();
        assert!(number(&test, "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await > 5, "{}", test.name());
        // Broken again: the last good one is sent by this process.
        fs::write(&bad, "---\n").unwrap();
        assert!(follow.look().is_ok());
        schedule.tick().await.unwrap();
        assert_eq!(
            health().await,
            "attention\ncontent: there are mistakes in articles or settings, what was read before them is used \
             (`otayori check`)\n",
            "{}",
            test.name()
        );
        fs::remove_file(&bad).unwrap();
        schedule.tick().await.unwrap();
        assert_eq!(health().await, "ok\n");
        engine.close().await;
    }
}

/// What is wrong stands in the log a line each, and the danger data of the city that cannot be read are not used.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_a_line_for_each_mistake() {
    use std::io::{BufRead as _, BufReader};
    let around = Around::new();
    assert!(around.run(&["build"]).0 && around.run(&["danger", "copy"]).0);
    for n in 0..30 {
        fs::write(
            around.city().join(format!("content/articles/bad-{n:02}.md")),
            "---\ntitle: 題\nsummary: あ\ntopics: [ない分野]\n---\n本文\n",
        )
        .unwrap();
    }
    fs::write(around.city().join("content/danger/rules.txt"), "???").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_otayori"))
        .current_dir(around.city())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        let last = line.contains("serving");
        lines.push(line);
        if last {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let all = lines.join("\n");
    assert!(
        all.contains("公開中のサイト（public/）をそのまま出し") && all.contains("おたよりは、直るまで送りません"),
        "{all}"
    );
    assert_eq!(
        lines.iter().filter(|l| l.contains("content/articles/bad-") && l.contains("hint: ")).count(),
        20,
        "{all}"
    );
    assert!(all.contains("ほか 10件（`otayori check` で全部）") && lines.iter().all(|l| l.len() < 1000), "{all}");
    assert!(all.contains("危険のしるし（content/danger/"), "{all}");
}

/// An article that breaks while `serve` runs is in the log within its next look, and so is that it was mended; a city
/// that is not ready says so.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_while_it_runs_is_told() {
    use std::io::{BufRead as _, BufReader};
    let around = Around::new();
    assert!(around.run(&["build"]).0);
    let test = crate::support::sqlite().await;
    let line = standin::Line::start().await.unwrap();
    let env = settings(&around, &test, &line);
    let config = Config::load_with(&around.city(), &|name| {
        env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    })
    .unwrap();
    let ten = date(2026, 11, 25).at(10, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp();
    let engine = Engine::of_site(config, date(2026, 11, 25), Clock::Fixed(ten)).await.unwrap();
    let schedule = engine.schedule();
    schedule.tick().await.unwrap();
    let answer =
        router(engine.app.clone()).oneshot(Request::get("/healthz").body(Body::empty()).unwrap()).await.unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(text, "attention\nready: texts or settings are still the template's, letters wait (`otayori check`)\n");
    engine.close().await;
    // The process itself: its first look is at once.
    fs::write(
        around.city().join("content/articles/bad.md"),
        "---\ntitle: 題\nsummary: あ\ntopics: [ない分野]\n---\n本文\n",
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_otayori"))
        .current_dir(around.city())
        .args(["worker"])
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .any(|l| l.contains("おたよりは送らずに待ちます"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(told);
}
