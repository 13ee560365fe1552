//! The demo's service: every page leads back to its start page, and nothing else of it changes.

use crate::support::TestApp;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use otayori::calendar::date;
use otayori::demo::pages::{Demo, Start, router};
use otayori::letter;
use otayori::outbox;
use otayori::segment::SubjectKind;
use tower::ServiceExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_leads_back_to_the_start_page() {
    let app = TestApp::on("2026-11-24").await;
    let start = Start {
        summary: Vec::new(),
        flyers: Vec::new(),
        households: Vec::new(),
        accounts: Vec::new(),
        question: None,
        week: "2026-W48".into(),
        code: "x".into(),
    };
    let service = router(
        app.engine.app.clone(),
        Demo {
            start,
            notices: Default::default(),
            day: date(2026, 11, 24),
            line: app.line.clone(),
            mail: mail_server().await,
        },
    );
    let get = async |path: &str| {
        let response = service.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned())
    };
    const STRIP: &str = "<a class=\"demo-strip\" href=\"/demo/\">";
    let public = &app.engine.app.config.public;

    // The citizens' home is the citizens' home, with the way back above it; on disk it is untouched.
    let (parts, home) = get("/").await;
    let on_disk = std::fs::read_to_string(public.join("index.html")).unwrap();
    assert_eq!((parts.status, home.matches(STRIP).count(), on_disk.contains("demo-strip")), (StatusCode::OK, 1, false));
    let sheet = home
        .split("<link rel=\"stylesheet\" href=\"")
        .find_map(|rest| rest.split('"').next().filter(|a| a.starts_with("/static/demo.css?v=")))
        .unwrap()
        .to_owned();
    let strip = format!(
        "<link rel=\"stylesheet\" href=\"{sheet}\"><nav aria-label=\"見本の市\">{STRIP}見本の市です。\
         入口へ戻る</a></nav>"
    );
    assert_eq!(home.replace(&strip, ""), on_disk);
    assert!(
        parts.headers.get(header::CONTENT_LENGTH).is_none_or(|n| n.to_str().unwrap() == home.len().to_string()),
        "{parts:?}"
    );
    let policy = parts.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");

    for path in ["/articles/tsuwari/", "/easy/", "/register", "/ask", "/desk/sign-in", "/there-is-no-such-page"] {
        assert_eq!(get(path).await.1.matches(STRIP).count(), 1, "{path}");
    }
    let (parts, page) = get("/demo/").await;
    assert_eq!((parts.status, page.contains("demo-strip"), page.contains("href=\"/\"")), (StatusCode::OK, false, true));

    // What is no page is sent as it is, with its length and its date.
    let (parts, style) = get("/static/style.css").await;
    assert_eq!(style, std::fs::read_to_string(public.join("static/style.css")).unwrap());
    assert!(parts.headers.contains_key(header::LAST_MODIFIED) && !style.contains("demo"));
    assert!(get(&sheet).await.1.contains(".demo-strip{"));
    // An address that tells the bytes is for good; one that tells other bytes is not.
    let address = home.split('"').find(|part| part.starts_with("/static/style.css?v=")).unwrap();
    let kept = async |path: &str| {
        get(path).await.0.headers.get(header::CACHE_CONTROL).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    assert!(kept(address).await.ends_with("immutable"), "{address}");
    assert!(
        !kept("/static/style.css?v=0000000000").await.contains("immutable")
            && !kept("/static/style.css").await.contains("immutable")
    );
    let head = Request::builder().method(Method::HEAD).uri("/").body(Body::empty()).unwrap();
    assert_eq!(service.clone().oneshot(head).await.unwrap().status(), StatusCode::OK);
    // A site elsewhere that has its name answered with this machine's address reads nothing here.
    let foreign = Request::get("/demo/").header(header::HOST, "evil.example:8080").body(Body::empty()).unwrap();
    assert_eq!(service.clone().oneshot(foreign).await.unwrap().status(), StatusCode::FORBIDDEN);
}

/// ひらく on the demo's phone is LINE's own way: a postback, an answer in the talk, and behind it this household's
/// letter, once.
#[tokio::test(flavor = "multi_thread")]
async fn the_phone_opens_the_letter_as_line_does() {
    let app = TestApp::on("2026-11-24").await;
    let user = "U0123456789abcdef0123456789abcdef";
    let id = app.household("ja", &[(SubjectKind::Pregnancy, date(2027, 3, 16))], Some(user)).await;
    assert_eq!(app.send("2026-11-24").await.sent, 1);
    let engine = &app.engine.app;
    let start = Start {
        summary: Vec::new(),
        flyers: Vec::new(),
        households: Vec::new(),
        accounts: Vec::new(),
        question: None,
        week: "2026-W48".into(),
        code: "x".into(),
    };
    let notices = outbox::notices_of(&engine.db, "letter:2026-W48").await.unwrap();
    let service = router(
        engine.clone(),
        Demo { start, notices, day: date(2026, 11, 24), line: app.line.clone(), mail: mail_server().await },
    );
    let ask = async |method: Method, path: &str, cookie: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin");
        let request =
            request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::empty()).unwrap();
        let (parts, body) = service.clone().oneshot(request).await.unwrap().into_parts();
        let header = |name| parts.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        (
            header(header::LOCATION),
            header(header::SET_COOKIE),
            String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned(),
        )
    };
    let (phone, press) = (format!("/demo/phone/{id}"), format!("/demo/phone/{id}/open"));
    let (.., page) = ask(Method::GET, &phone, "").await;
    assert!(
        page.contains(&format!("action=\"{press}\""))
            && page.contains("もう一度押してください")
            && !page.contains("id=\"reply\"")
            && !page.contains("/letters/"),
        "{page}"
    );
    assert_eq!(ask(Method::POST, &press, "").await.0, format!("{phone}#reply"));
    let (.., page) = ask(Method::GET, &phone, "").await;
    let link = page
        .split('"')
        .find_map(|part| part.strip_prefix(&engine.config.url("/me/enter/")))
        .unwrap_or_else(|| panic!("{page}"));
    assert!(page.contains("おたよりをひらく"), "{page}");
    let (to, cookie, _) = ask(Method::POST, &format!("/me/enter/{link}"), "").await;
    let (letter, ..) = ask(Method::GET, &to, cookie.split(';').next().unwrap()).await;
    let hash = letter::of_week(&engine.db, &id, "2026-W48").await.unwrap().unwrap();
    assert_eq!(letter, format!("/letters/2026-W48/{hash}/"));
    assert_eq!(app.line.requests(), 1, "the letters alone");
}

async fn mail_server() -> std::sync::Arc<otayori::demo::standin::MailServer> {
    std::sync::Arc::new(otayori::demo::standin::MailServer::start().await.unwrap())
}
