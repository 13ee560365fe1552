//! The demo's service: every page leads back to its start page, and nothing else of it changes.

use crate::support::TestApp;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use otayori::calendar::date;
use otayori::web::demo::{Demo, Start, router};
use tower::ServiceExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_leads_back_to_the_start_page() {
    let app = TestApp::on("2026-11-24").await;
    let start = Start { summary: Vec::new(), flyers: Vec::new(), households: Vec::new(), accounts: Vec::new(), question: None, week: "2026-W48".into(), code: "x".into() };
    let service = router(app.engine.app.clone(), Demo { start, notices: Default::default(), day: date(2026, 11, 24), line: app.line.clone() });
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
    let sheet = home.split("<link rel=\"stylesheet\" href=\"").find_map(|rest| rest.split('"').next().filter(|a| a.starts_with("/static/demo.css?v="))).unwrap().to_owned();
    let strip = format!("<link rel=\"stylesheet\" href=\"{sheet}\"><nav aria-label=\"見本の市\">{STRIP}見本の市です。入口へ戻る</a></nav>");
    assert_eq!(home.replace(&strip, ""), on_disk);
    assert!(parts.headers.get(header::CONTENT_LENGTH).is_none_or(|n| n.to_str().unwrap() == home.len().to_string()), "{parts:?}");
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
    let kept = async |path: &str| get(path).await.0.headers.get(header::CACHE_CONTROL).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    assert!(kept(address).await.ends_with("immutable"), "{address}");
    assert!(!kept("/static/style.css?v=0000000000").await.contains("immutable") && !kept("/static/style.css").await.contains("immutable"));
    let head = Request::builder().method(Method::HEAD).uri("/").body(Body::empty()).unwrap();
    assert_eq!(service.clone().oneshot(head).await.unwrap().status(), StatusCode::OK);
}
