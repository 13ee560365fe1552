//! Links to other sites: asked politely on demand, told with their places, kept for a while. The other sites are a
//! server of this test.

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use otayori::calendar::{Date, Timestamp, date};
use otayori::cli::check::Format;
use otayori::cli::check::links::ask::Answer;
use otayori::cli::check::links::{Link, Manners, broken, check, shown};
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TODAY: Date = date(2026, 11, 21);
const PAUSE: Duration = Duration::from_millis(60);

/// A request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    host: String,
    what: String,
    began: Instant,
    ended: Instant,
}

type Log = Arc<Mutex<Vec<Seen>>>;

/// What every address of the other site does.
async fn other_site(method: Method, path: String) -> Response {
    let to = |status: StatusCode, place: &'static str| {
        (status, [(header::LOCATION, HeaderValue::from_static(place))]).into_response()
    };
    match (method, path.as_str()) {
        (_, "/fine" | "/%E6%97%A5%E6%9C%AC") => "ok".into_response(),
        (_, "/moved") => to(StatusCode::MOVED_PERMANENTLY, "/again"),
        (_, "/again") => to(StatusCode::PERMANENT_REDIRECT, "/fine"),
        (_, "/today") => to(StatusCode::FOUND, "/fine"),
        (_, "/lost") => to(StatusCode::MOVED_PERMANENTLY, "/nowhere"),
        (_, "/round") => to(StatusCode::FOUND, "/round"),
        (_, "/removed") => StatusCode::GONE.into_response(),
        (_, "/broken") => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        (_, "/members") => StatusCode::FORBIDDEN.into_response(),
        (_, "/slow") => {
            tokio::time::sleep(Duration::from_secs(20)).await;
            "late".into_response()
        }
        (Method::HEAD, "/no-head") => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        (Method::HEAD, "/head-lies") => StatusCode::NOT_FOUND.into_response(),
        (_, "/no-head" | "/head-lies") => "ok".into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The other site on loopback: its port, and what it was asked.
async fn serve() -> (u16, Log) {
    let log = Log::default();
    let seen = log.clone();
    let service = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let seen = seen.clone();
        async move {
            let began = Instant::now();
            let host = request.headers()[header::HOST].to_str().unwrap().to_owned();
            let what = format!("{} {}", request.method(), request.uri().path());
            let answer = other_site(request.method().clone(), request.uri().path().to_owned()).await;
            seen.lock().unwrap().push(Seen { host, what, began, ended: Instant::now() });
            answer
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    (port, log)
}

struct City {
    dir: tempfile::TempDir,
    manners: Manners,
}

impl City {
    /// An article with these lines.
    fn with(body: &str) -> Self {
        let city = Self {
            dir: tempfile::tempdir().unwrap(),
            manners: Manners { pause: PAUSE, at_once: 4, time_out: Duration::from_millis(700), fresh: false },
        };
        city.put("content/people.yaml", "- {id: a, name: a, profession: midwife}\n");
        city.put("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n");
        city.article(body);
        city
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn article(&self, body: &str) {
        self.put(
            "content/articles/a.md",
            &format!("---\ntitle: a\nsummary: a\ntopics: [からだ]\nauthors: [a]\nsources: [市]\n---\n{body}"),
        );
    }

    async fn check(&self, now: i64) -> Vec<Link> {
        let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &|_| None).unwrap();
        config.root = self.dir.path().to_owned();
        let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: TODAY });
        check(&config, &library, self.manners, Timestamp::from_second(now).unwrap()).await.unwrap()
    }
}

/// What each path answered, as `path: answer`.
fn told(links: &[Link]) -> Vec<String> {
    links.iter().map(|l| format!("{} {:?}", l.url.splitn(4, '/').nth(3).unwrap(), l.answer)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_answer_is_told_with_its_places() {
    let (port, _) = serve().await;
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let paths = [
        "/fine#top",
        "/日本",
        "/moved",
        "/today",
        "/lost",
        "/round",
        "/removed",
        "/nowhere",
        "/broken",
        "/members",
        "/slow",
        "/no-head",
        "/head-lies",
    ];
    let city = City::with(&paths.map(|p| format!("- {{文|ぶん}}と[リンク]({})\n", at(p))).concat());
    city.put(
        "content/contacts.yaml",
        &format!(
            "- {{id: a, number: \"119\", title: a, when: a, hours: a, kind: danger, \
        checked: 2026-11-02,\n   url: {}}}\n",
            at("/fine")
        ),
    );
    let silent = |why: &str| Answer::Silent { status: None, why: why.into() };
    let links = city.check(1_000_000).await;
    let answer = |path: &str| links.iter().find(|l| l.url.ends_with(path)).map(|l| l.answer.clone()).unwrap();
    for (path, expected) in [
        ("/fine", Answer::Fine { status: 200 }),
        ("/日本", Answer::Fine { status: 200 }),
        ("/moved", Answer::Moved { status: 301, to: at("/fine") }),
        ("/today", Answer::Fine { status: 200 }),
        ("/lost", Answer::Gone { status: 404 }),
        ("/round", silent("行き先が回っています")),
        ("/removed", Answer::Gone { status: 410 }),
        ("/nowhere", Answer::Gone { status: 404 }),
        ("/broken", Answer::Silent { status: Some(500), why: "相手の側の故障です".into() }),
        ("/members", Answer::Closed { status: 403 }),
        ("/slow", silent("時間内に返事がありません")),
        ("/no-head", Answer::Fine { status: 200 }),
        ("/head-lies", Answer::Fine { status: 200 }),
    ] {
        assert_eq!(answer(path), expected, "{path}");
    }
    assert_eq!(links.len(), paths.len());
    let fine = links.iter().find(|l| l.url.ends_with("/fine")).unwrap();
    let places: Vec<String> = fine.places.iter().map(|p| format!("{}:{}:{}", p.file, p.line, p.column)).collect();
    assert_eq!(places, ["content/articles/a.md:8:10", "content/contacts.yaml:2:9"]);

    assert!(broken(&links));
    let human = shown(&links, Format::Human).unwrap();
    assert!(
        human.contains(&format!(
            "行き先がなくなったもの（3件）\n  hint: 新しい行き先を探すか、リンクを外してください\n  404  {}\n       \
             content/articles/a.md:12:10\n",
            at("/lost")
        )),
        "{human}"
    );
    assert!(human.contains(&format!("  301 → {}\n", at("/fine"))), "{human}");
    assert!(
        human.ends_with(
            "調べた行き先 13件（うち0件は、前に調べた結果）。行き先がなくなったもの 3、引っ越したもの \
            1、こたえがなかったもの 3、機械には見せないもの 1\n"
        ),
        "{human}"
    );
    let json: Vec<serde_json::Value> = serde_json::from_str(&shown(&links, Format::Json).unwrap()).unwrap();
    let lost = json.iter().find(|l| l["url"] == at("/lost")).unwrap();
    assert_eq!(
        (&lost["state"], &lost["status"], &lost["places"][0]["line"], &lost["cached"]),
        (&"gone".into(), &404.into(), &12.into(), &false.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_asked_one_thing_at_a_time_and_not_again_for_days() {
    let (port, log) = serve().await;
    let lines = |host: &str, paths: &[&str]| {
        paths.iter().map(|p| format!("[x](http://{host}:{port}{p})\n\n")).collect::<String>()
    };
    let body = lines("127.0.0.1", &["/fine", "/no-head", "/moved", "/nowhere", "/broken"])
        + &lines("localhost", &["/fine", "/today", "/members"]);
    let mut city = City::with(&body);
    let first = city.check(1_000_000).await;
    assert!(first.iter().all(|l| !l.cached && l.checked == 1_000_000));
    let seen = std::mem::take(&mut *log.lock().unwrap());
    for host in ["127.0.0.1", "localhost"] {
        let mut of_host: Vec<&Seen> = seen.iter().filter(|s| s.host.starts_with(host)).collect();
        of_host.sort_by_key(|s| s.began);
        assert!(of_host.len() >= 3, "{seen:?}");
        for pair in of_host.windows(2) {
            let pause = pair[1].began.checked_duration_since(pair[0].ended);
            assert!(pause.is_some_and(|p| p >= PAUSE * 9 / 10), "{pair:?}");
        }
    }

    let asked = |log: &Log| {
        let mut all: Vec<String> = std::mem::take(&mut *log.lock().unwrap())
            .into_iter()
            .map(|s| format!("{} {}", s.host.split(':').next().unwrap(), s.what))
            .collect();
        all.sort();
        all
    };
    // An hour later only what did not answer is asked again.
    let again = city.check(1_003_600).await;
    assert_eq!(asked(&log), ["127.0.0.1 GET /broken", "127.0.0.1 HEAD /broken"]);
    assert_eq!(told(&again), told(&first));
    assert_eq!(again.iter().filter(|l| l.cached).count(), 7);
    // Two days later also what was not fine; after eight days everything.
    city.check(1_000_000 + 2 * 86_400).await;
    assert_eq!(
        asked(&log).iter().filter(|a| a.contains("/fine")).count(),
        1,
        "only where the address that moved leads"
    );
    city.check(1_000_000 + 8 * 86_400).await;
    assert!(asked(&log).contains(&"localhost HEAD /fine".to_owned()));
    city.manners.fresh = true;
    city.check(1_000_001 + 8 * 86_400).await;
    assert!(asked(&log).contains(&"localhost HEAD /fine".to_owned()));

    // What is no longer linked is forgotten, and a broken cache is none.
    city.manners.fresh = false;
    city.article(&lines("localhost", &["/fine"]));
    assert_eq!(city.check(1_000_002 + 8 * 86_400).await.len(), 1);
    let file = city.dir.path().join("data/cache/links.json");
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&std::fs::read(&file).unwrap()).unwrap().as_object().unwrap().len(),
        1
    );
    std::fs::write(&file, "{").unwrap();
    assert!(!city.check(1_000_003 + 8 * 86_400).await[0].cached);
}
