//! What helps editors beside the text: where articles are missing, what readers said, old addresses, and languages.

use crate::support::{TestApp, databases, otayori};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use otayori::calendar::{Date, date};
use otayori::cli::build::{Loaded, load};
use otayori::cli::new;
use otayori::masking::Figure;
use otayori::readers;
use otayori::site::Edition;
use otayori::site::coverage::Supply;
use otayori::web::router;
use std::path::Path;
use tower::ServiceExt as _;

const DAY: Date = date(2026, 11, 24);

/// A new site with these articles (slug, front matter) beside its own.
fn site_with(articles: &[(&str, &str)]) -> (tempfile::TempDir, Loaded) {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    std::fs::remove_file(dir.path().join("content/articles/hajimete.md")).unwrap();
    for (slug, front) in articles {
        write(dir.path(), slug, front);
    }
    let loaded = reloaded(dir.path());
    (dir, loaded)
}

fn write(root: &Path, slug: &str, front: &str) {
    let text = format!("---\ntitle: 題{slug}\nsummary: あ\n{front}---\n本文{slug}です。\n");
    std::fs::write(root.join(format!("content/articles/{slug}.md")), text).unwrap();
}

fn reloaded(root: &Path) -> Loaded {
    crate::support::sign(root);
    load(root, Some(DAY))
        .unwrap_or_else(|p| panic!("{}", p.sorted().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

fn front(windows: &str, next: &str) -> String {
    format!(
        "for:\n  - {windows}\nauthors: [doctor-1]\nsources: [本]\nreview: {{by: doctor-1, on: 2026-01-10, next: \
         {next}}}\n"
    )
}

#[test]
fn coverage_tells_empty_overdue_and_too_few() {
    let good = "2027-12-01";
    let (dir, loaded) = site_with(&[
        ("a", &front("pregnancy_weeks: 8-9", good)),
        ("b", &front("pregnancy_weeks: 10-10", "2026-11-23")),
        ("c", &front("child_months: 3-3", good)),
        ("d", &format!("draft: true\n{}", front("pregnancy_weeks: 12-12", good))),
    ]);
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let coverage = edition.coverage();
    let state = |name: &str| coverage.stages.iter().find(|s| s.stage == name).unwrap();
    assert_eq!(state("weeks/8").state, Supply::Enough, "one article for one week");
    assert_eq!(state("weeks/9").state, Supply::TooFew, "it was read in week 8");
    assert_eq!((state("weeks/10").state, state("weeks/10").overdue), (Supply::OnlyOverdue, 1));
    assert_eq!((state("weeks/11").state, state("weeks/12").drafts), (Supply::Empty, 0));
    assert_eq!((state("months/3").state, state("months/3").letters_with_article), (Supply::TooFew, 1));
    assert!(
        coverage.only_overdue == ["weeks/10"]
            && coverage.too_few == ["weeks/9", "months/3"]
            && coverage.empty.len() == coverage.stages.len() - 4
    );
    assert_eq!(edition.with_drafts().coverage().stages.iter().find(|s| s.stage == "weeks/12").unwrap().drafts, 1);
    // The command says the same to a person and to a program.
    let run = |json: &[&str]| {
        let done = otayori(dir.path(), &[&["coverage", "--date", "2026-11-24"], json].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let told = run(&[]);
    for line in ["期限切れの記事しかない時期（1）\n  妊娠10週", "毎週のおたよりには足りない時期（2）\n  妊娠9週、3か月"]
    {
        assert!(told.contains(line), "{told}");
    }
    let json: serde_json::Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!((&json["only_overdue"][0], &json["readers"]), (&"weeks/10".into(), &serde_json::Value::Null));
}

/// From an empty field of the map to a file that has no mistakes.
#[tokio::test]
async fn the_map_leads_to_a_new_article() {
    let (dir, _) = site_with(&[("a", &format!("topics: [body]\n{}", front("pregnancy_weeks: 8-9", "2027-12-01")))]);
    let topic = reloaded(dir.path()).library.topics[0].id.clone();
    let workshop =
        otayori::cli::preview::Workshop::open(dir.path(), Some(DAY), std::sync::Arc::new(|_, _, _| Ok(None)));
    let web = otayori::cli::preview::pages(workshop);
    let page = async |path: &str| {
        let answer = web.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        (status, String::from_utf8(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap())
    };
    let (status, map) = page("/preview/coverage/").await;
    let link = format!("/preview/coverage/new?stage=weeks/30&amp;topic={topic}");
    assert!(status == StatusCode::OK && map.contains(&link), "{map}");
    let (_, new) = page(&link.replace("&amp;", "&")).await;
    let name = new.split("content/articles/").nth(1).unwrap().split(".md").next().unwrap().to_owned();
    let text = new.split("spellcheck=\"false\">").nth(1).unwrap().split("</textarea>").next().unwrap();
    let text = text
        .replace("&quot;", "\"")
        .replace("&#x2F;", "/")
        .replace("&#39;", "'")
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&");
    assert!(
        name == format!("{topic}-week-30") && text.contains("pregnancy_weeks: 30-32") && text.contains("topics: ["),
        "{name}\n{text}"
    );
    std::fs::write(dir.path().join(format!("content/articles/{name}.md")), &text).unwrap();
    let loaded = reloaded(dir.path());
    let article = &loaded.library.articles[&name];
    assert!(article.draft && article.topics == [topic] && article.windows.len() == 1);
    assert!(article.versions["ja"].body.gist_html.contains("<li>"), "the summary box is one");
    // For what no stage and no topic has, too; a name that is taken is not proposed again.
    assert_eq!(page("/preview/coverage/new?stage=weeks/99&topic=x").await.0, StatusCode::OK);
    let workshop =
        otayori::cli::preview::Workshop::open(dir.path(), Some(DAY), std::sync::Arc::new(|_, _, _| Ok(None)));
    let web = otayori::cli::preview::pages(workshop);
    let again = web.oneshot(Request::get(link.replace("&amp;", "&")).body(Body::empty()).unwrap()).await.unwrap();
    assert!(
        String::from_utf8_lossy(&to_bytes(again.into_body(), usize::MAX).await.unwrap())
            .contains(&format!("{name}-2.md"))
    );
}

/// A week that has only a draft, or only what waits for its review, leads there; the menu is the same everywhere; the
/// draft has its sheet.
#[tokio::test(flavor = "multi_thread")]
async fn the_map_leads_to_what_is_there() {
    let (dir, loaded) = site_with(&[]);
    let topic = loaded.library.topics[0].title.clone();
    let id = loaded.library.topics[0].id.clone();
    std::fs::create_dir_all(dir.path().join("content/flyers")).unwrap();
    std::fs::write(
        dir.path().join("content/flyers/x.md"),
        "---\ntitle: 毎週のおたより\nsummary: 登録は1分です。\ntemplate: handout\nsizes: [a5]\ncode: x\n---\n\
         読んで、聞けます。\n\n## 登録\n\n1. **読みとる** カメラを向けます。\n",
    )
    .unwrap();
    write(dir.path(), "ripe", &format!("topics: [{topic}]\n{}", front("pregnancy_weeks: 8-8", "2027-12-01")));
    write(
        dir.path(),
        "raw",
        &format!("topics: [{topic}]\ndraft: true\nfor:\n  - pregnancy_weeks: 9-9\nauthors: [doctor-1]\n"),
    );
    write(dir.path(), "old", &format!("topics: [{topic}]\n{}", front("pregnancy_weeks: 10-10", "2026-11-01")));
    let workshop =
        otayori::cli::preview::Workshop::open(dir.path(), Some(DAY), std::sync::Arc::new(|_, _, _| Ok(None)));
    let web = otayori::cli::preview::pages(workshop);
    let page = async |path: &str| {
        let answer = web.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    };
    let map = String::from_utf8(page("/preview/coverage/").await.1).unwrap();
    assert!(
        map.contains("<a href=\"/preview/raw\" aria-label=\"妊娠9週")
            && map.contains("の下書き「題raw」を見る\">下</a>"),
        "{map}"
    );
    assert!(
        map.contains("<a href=\"/preview/old\" aria-label=\"妊娠10週")
            && map.contains("の記事「題old」を見る\">切</a>"),
        "{map}"
    );
    assert!(map.contains("<a href=\"/preview/raw\"><b class=\"late\">下書きがある</b></a>"), "{map}");
    for (week, there) in [(8, false), (9, false), (10, false), (11, true)] {
        assert_eq!(map.contains(&format!("new?stage=weeks/{week}&amp;topic={id}\"")), there, "week {week}");
    }
    let menu = |html: &[u8]| {
        let html = String::from_utf8_lossy(html).into_owned();
        let nav = html.split("<nav aria-label=\"メイン\">").nth(1).unwrap().split("</nav>").next().unwrap().to_owned();
        nav.replace(" aria-current=\"page\"", "")
    };
    let first = menu(map.as_bytes());
    assert!(first.contains("/preview/flyers/") && first.contains("/preview/coverage/"), "{first}");
    for path in
        ["/preview/", "/preview/raw", "/preview/flyers/", "/preview/flyers/x/", "/preview/coverage/new?stage=weeks/11"]
    {
        assert_eq!(menu(&page(path).await.1), first, "{path}");
    }
    let (_, raw) = page("/preview/raw").await;
    assert!(String::from_utf8_lossy(&raw).contains("href=\"/preview/raw/review.pdf\""));
    let (parts, pdf) = page("/preview/raw/review.pdf?until=2026-12-05").await;
    assert!(
        parts.status == StatusCode::OK
            && parts.headers[header::CONTENT_TYPE] == "application/pdf"
            && pdf.starts_with(b"%PDF"),
        "{}",
        String::from_utf8_lossy(&pdf)
    );
    assert!(parts.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("raw-review.pdf"));
    assert_eq!(page("/preview/raw/review.pdf?lang=en").await.0.status, StatusCode::NOT_FOUND);
    assert_eq!(page("/preview/none/review.pdf").await.0.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn presses_are_counted_and_never_who_pressed() {
    for test in databases().await {
        let keys = tempfile::tempdir().unwrap();
        let file = |name: &str| keys.path().join(name).display().to_string();
        let env = |name: &str| match name {
            "OTAYORI_KEY_FILE" => Some(file("master.key")),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", file("keys.db"))),
            _ => None,
        };
        let config = otayori::config::Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
        let vault = otayori::vault::Vault::open(&config.services, &test.db).await.unwrap();
        let say = async |slug: &str, clear: bool, address: Option<&str>, now: i64| {
            readers::say(&test.db, &vault, slug, "2026-W48", clear, address, now).await.unwrap()
        };
        for n in 0..20 {
            assert!(say("tsuwari", n % 3 > 0, Some("192.0.2.1"), 1000 + n).await);
        }
        assert!(!say("tsuwari", true, Some("192.0.2.1"), 1030).await, "too many from one place");
        assert!(say("netsu", false, Some("192.0.2.2"), 1030).await, "another place is free");
        assert!(say("tsuwari", true, Some("192.0.2.1"), 1000 + 900 + 20).await, "and this one again, later");
        for n in 0..60 {
            assert!(say("netsu", true, None, 5000 + n).await);
        }
        assert!(
            !say("netsu", true, None, 5100).await && say("other", true, None, 5100).await,
            "without a place: by article"
        );
        let said = readers::said_since(&test.db, "2026-W01").await.unwrap();
        let of = |slug: &str| said.iter().find(|s| s.slug == slug).map(|s| (s.clear, s.unclear)).unwrap();
        assert_eq!(of("tsuwari"), (Figure::Exactly(14), Figure::Exactly(7)));
        assert_eq!(of("netsu"), (Figure::Exactly(60), Figure::Few(())));
        assert!(readers::said_since(&test.db, "2026-W49").await.unwrap().is_empty());
        // Nothing of an address is kept, and of its hash only fifteen minutes.
        let subjects: Vec<String> =
            sqlx::query_scalar("SELECT subject FROM readers_tries").fetch_all(test.db.pool()).await.unwrap();
        assert!(!subjects.is_empty() && subjects.iter().all(|s| !s.contains("192.0.2")));
        say("other", true, None, 90_000).await;
        let left: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM readers_tries").fetch_one(test.db.pool()).await.unwrap();
        assert_eq!(left, 1, "{}", test.name());

        // What the desk found no article for: once a question, changed and taken back.
        for n in 0..6 {
            readers::want(&test.db, &vault, &format!("q{n}"), "sleep", "child", "2026-W48").await.unwrap();
            readers::want(&test.db, &vault, &format!("q{n}"), "sleep", "child", "2026-W48").await.unwrap();
        }
        readers::want(&test.db, &vault, "q0", "food", "child", "2026-W48").await.unwrap();
        assert_eq!(readers::wanted_by(&test.db, &vault, "q0").await.unwrap().as_deref(), Some("food"));
        let wanted = readers::wanted_since(&test.db, "2026-W48").await.unwrap();
        assert_eq!(
            wanted.iter().map(|w| (w.topic.as_str(), w.questions.to_string())).collect::<Vec<_>>(),
            [("sleep", "5".to_owned()), ("food", "5未満".to_owned())]
        );
        readers::unwant(&test.db, &vault, "q1").await.unwrap();
        assert_eq!(
            serde_json::to_value(readers::wanted_since(&test.db, "2026-W48").await.unwrap()).unwrap()[0]["questions"],
            "<5"
        );
    }
}

/// Over HTTP, as a browser without script does it.
#[tokio::test(flavor = "multi_thread")]
async fn a_press_leads_back_with_thanks() {
    let app = TestApp::on("2026-11-24").await;
    let web = router(app.engine.app.clone());
    let press = async |path: &str, form: &str, origin: &str| {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .header(header::HOST, "x");
        web.clone().oneshot(request.body(Body::from(form.to_owned())).unwrap()).await.unwrap()
    };
    let done = press("/said/tsuwari", "said=unclear&language=en", &app.url).await;
    assert_eq!(
        (done.status(), done.headers()[header::LOCATION].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/articles/tsuwari/en/#thanks")
    );
    assert!(!done.headers().contains_key(header::SET_COOKIE));
    for (path, form, status) in
        [("/said/nobody", "said=clear", 404), ("/said/tsuwari", "said=maybe", 400), ("/said/tsuwari", "", 400)]
    {
        assert_eq!(press(path, form, &app.url).await.status(), status, "{path} {form}");
    }
    assert_eq!(
        press("/said/tsuwari", "said=clear", "https://elsewhere.example").await.status(),
        400,
        "not from another site"
    );
    let said = readers::said_since(&app.engine.app.db, "2026-W01").await.unwrap();
    assert_eq!(said.len(), 1);
    let page = std::fs::read_to_string(app.engine.app.config.public.join("articles/tsuwari/index.html")).unwrap();
    assert!(page.contains("action=\"/said/tsuwari\"") && page.contains("id=\"thanks\""), "{page}");
    // Nobody is asked how clear a text about a loss was.
    let loss = app
        .engine
        .app
        .published()
        .library
        .articles
        .values()
        .find(|a| a.topics.iter().any(|t| t == "loss"))
        .map(|a| a.slug.clone())
        .unwrap();
    assert!(
        !std::fs::read_to_string(app.engine.app.config.public.join(format!("articles/{loss}/index.html")))
            .unwrap()
            .contains("/said/")
    );
}

/// A renamed article is found at its old address, on any host and at the server; its list entries are not doubled.
#[tokio::test]
async fn old_addresses_lead_on() {
    let (dir, mut loaded) = site_with(&[(
        "new-name",
        &format!("aliases: [old-name, older]\n{}", front("pregnancy_weeks: 8-9", "2027-12-01")),
    )]);
    loaded.config.public = dir.path().join("public");
    crate::support::build_site(&loaded.config, &loaded.library, &loaded.theme, DAY, &loaded.config.public);
    let read = |name: &str| std::fs::read_to_string(loaded.config.public.join(name)).unwrap();
    for old in ["old-name", "older"] {
        let page = read(&format!("articles/{old}/index.html"));
        assert!(
            page.contains("url=/articles/new-name/") && page.contains("noindex") && page.contains("題new-name"),
            "{page}"
        );
    }
    assert!(!read("sitemap.xml").contains("old-name") && read("sitemap.xml").contains("/articles/new-name/"));
    assert!(read("api/v1/articles/new-name.json").contains("\"aliases\":[\"old-name\",\"older\"]"));
    let environment = |name: &str| match name {
        "OTAYORI_KEY_FILE" => Some(dir.path().join("master.key").display().to_string()),
        _ => None,
    };
    // As every build leaves it.
    std::fs::create_dir_all(dir.path().join("data/cache")).unwrap();
    let mut config = otayori::config::Config::load_with(dir.path(), &environment).unwrap();
    config.public = loaded.config.public.clone();
    let clock = otayori::web::Clock::Fixed(DAY.at(10, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp());
    let published = otayori::site::Published::new(loaded.library, loaded.theme);
    let engine = otayori::cli::engine::Engine::open(std::sync::Arc::new(config), published, clock).await.unwrap();
    let web = router(engine.app.clone());
    for (path, status, to) in [
        ("/articles/old-name/", 308, "/articles/new-name/"),
        ("/articles/old-name", 308, "/articles/new-name/"),
        ("/articles/older/en/", 308, "/articles/new-name/en/"),
        ("/articles/new-name/", 200, ""),
        ("/articles/never/", 404, ""),
        ("/bulletins/old-name/", 404, ""),
    ] {
        let answer = web.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let location = answer.headers().get(header::LOCATION).map_or("", |l| l.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), location), (status, to), "{path}");
    }
}

/// A language is a code in the settings and a file of words: nothing else has to know it.
#[test]
fn a_new_language_is_a_few_files() {
    let (dir, _) = site_with(&[
        ("a", &format!("topics: [body]\n{}", front("pregnancy_weeks: 8-9", "2027-12-01"))),
        ("b", &front("pregnancy_weeks: 8-9", "2027-12-01")),
    ]);
    let root = dir.path();
    std::fs::write(
        root.join("content/articles/a.vi.md"),
        "---\ntitle: Ốm nghén\nsummary: x\nreview: {by: doctor-1, on: 2026-10-03, next: 2027-10-02}\n---\nUống nước.\n",
    )
    .unwrap();
    std::fs::create_dir_all(root.join("content/bulletins")).unwrap();
    std::fs::write(
        root.join("content/bulletins/c.md"),
        "---\ntitle: 休館\nsummary: 休みです\npublish: 2026-11-01\n---\n本文c。\n",
    )
    .unwrap();
    let settings = std::fs::read_to_string(root.join("otayori.yaml")).unwrap();
    let line = settings.lines().find(|l| l.starts_with("languages:")).unwrap();
    std::fs::write(root.join("otayori.yaml"), settings.replace(line, "languages: [ja, vi]")).unwrap();
    std::fs::write(
        root.join("themes/default/i18n/vi.yaml"),
        "language_name: Tiếng Việt\nsearch: Tìm kiếm\nread: Bài viết\nfallback: Bài này chưa có tiếng Việt.\n",
    )
    .unwrap();
    let loaded = reloaded(root);
    let out = root.join("public");
    crate::support::build_site(&loaded.config, &loaded.library, &loaded.theme, DAY, &out);
    // Quotes are left out of what is compared.
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap().replace('"', "");
    let there = read("articles/a/vi/index.html");
    assert!(
        there.contains("<html lang=vi>")
            && there.contains("Uống nước")
            && there.contains("Tìm kiếm")
            && there.contains("2026-10-03")
            && !there.contains("chưa có"),
        "{there}"
    );
    // Both versions name each other, and which one is for everybody else.
    for page in [read("articles/a/index.html"), there] {
        for (code, path) in [("ja", "/articles/a/"), ("vi", "/articles/a/vi/"), ("x-default", "/articles/a/")] {
            let link = format!("hreflang={code} href={}{path}", loaded.config.site.public_url);
            assert!(
                page.contains(&link)
                    || page.contains(&format!("href={}{path} hreflang={code}", loaded.config.site.public_url)),
                "{link}\n{page}"
            );
        }
    }
    // What is missing is shown in the main language, with a note in the reader's; no search engine is led there.
    let fallback = read("articles/b/vi/index.html");
    assert!(
        fallback.contains("<html lang=vi>")
            && fallback.contains("chưa có")
            && fallback.contains("本文b")
            && fallback.contains("lang=ja"),
        "{fallback}"
    );
    assert!(
        fallback.contains("noindex")
            && !fallback.contains("hreflang=vi href=https")
            && !read("sitemap.xml").contains("/articles/b/vi/")
    );
    assert!(
        fallback.contains(&format!("rel=canonical href={}/articles/b/", loaded.config.site.public_url))
            || fallback.contains(&format!("href={}/articles/b/ rel=canonical", loaded.config.site.public_url)),
        "{fallback}"
    );
    // So with the fixed pages, which a reader finds by the frame of every page, and with the city's notices.
    let (privacy, notice) = (read("privacy/vi/index.html"), read("bulletins/c/vi/index.html"));
    assert!(
        fallback.contains("href=/privacy/vi/") && read("articles/b/index.html").contains("href=/privacy/>"),
        "{fallback}"
    );
    for (page, path) in [(privacy, "/privacy/"), (notice, "/bulletins/c/")] {
        assert!(
            page.contains("<html lang=vi>")
                && page.contains("chưa có")
                && page.contains("lang=ja")
                && page.contains("noindex"),
            "{page}"
        );
        let to = format!("href={}{path}", loaded.config.site.public_url);
        assert!(
            page.contains(&format!("rel=canonical {to}")) || page.contains(&format!("{to} rel=canonical")),
            "{page}"
        );
        assert!(!read("sitemap.xml").contains(&format!("{path}vi/")));
    }
    // Home, search and its index, and the ways between the languages.
    assert!(
        read("vi/index.html").contains("Ốm nghén")
            && read("search/vi/index.html").contains("data-index=/search/vi/")
            && read("search/vi/d/0.json").contains("Ốm nghén")
    );
    assert!(
        read("index.html").contains("Tiếng Việt")
            && read("vi/index.html").contains("日本語")
            && read("index.html").contains("href=/search/")
    );
    assert!(read("api/v1/articles/a.json").contains("languages:[ja,vi]"));
}
