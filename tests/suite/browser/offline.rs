//! The service worker in a real browser: what was read reads without a connection, the night page always, what is
//! private never.

use super::firefox::Firefox;
use super::push_service::PushService;
use crate::support::TestApp;

/// Addresses of the pages that the worker keeps because they were read.
const KEPT: &str = "const kept = await (await caches.open('read')).keys(); return kept.map((k) => new \
    URL(k.url).pathname).filter((p) => p.endsWith('/')).sort().join(' ')";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_reads_without_a_connection() {
    let (service, mut app) = (PushService::start().await, TestApp::on("2026-11-24").await);
    let mut phone = Firefox::start(&service.websocket).await;
    let url = app.url.clone();
    let at = |path: &str| format!("{url}{path}");

    // The first page ever, a second one, and a private one.
    phone.go(&at("/articles/tsuwari/")).await;
    phone.wait("the first page is kept", "return (await caches.match(location.href)) !== undefined").await;
    phone.go(&at("/weeks/24/")).await;
    phone.wait("the second page is kept", "return (await caches.match(location.href)) !== undefined").await;
    phone.go(&at("/ask")).await;
    phone.go(&at("/register")).await;
    assert_eq!(phone.run(KEPT).await, "/articles/tsuwari/ /weeks/24/");

    // No connection.
    app.stop();
    assert!(
        phone.run("try { await fetch('/healthz'); return 'a connection' } catch { return 'none' }").await == "none"
    );
    phone.go(&at("/articles/tsuwari/")).await;
    assert!(phone.text().await.contains("つわり"), "{}", phone.text().await);
    let styled = "return getComputedStyle(document.querySelector('.skip')).position";
    assert_eq!(phone.run(styled).await, "absolute", "the style sheet is kept, too");
    phone.go(&at("/contacts/")).await;
    assert!(phone.text().await.contains("119"), "the urgent numbers always read");
    phone.go(&at("/night/")).await;
    let night = phone.text().await;
    phone.go(&at("/articles/kouketsuatsu/")).await;
    assert_eq!(phone.text().await, night, "what was not read leads to the night page");
}

/// After a stop, wherever it was told, the quiet pages are what is kept, and of weeks and lists of before nothing.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_the_quiet_pages_are_kept() {
    let (service, mut app) = (PushService::start().await, TestApp::on("2026-11-24").await);
    let mut phone = Firefox::start(&service.websocket).await;
    let url = app.url.clone();
    let at = |path: &str| format!("{url}{path}");
    for path in ["/night/", "/weeks/24/", "/bulletins/", "/articles/tsuwari/"] {
        phone.go(&at(path)).await;
        phone
            .wait("the page is kept", "return (await (await caches.open('read')).match(location.href)) !== undefined")
            .await;
    }
    // It was told on LINE: this device learns of it by the next page.
    phone.run("document.cookie = 'quiet=1; path=/'; return ''").await;
    phone.go(&at("/")).await;
    let of_before = "const kept = async (path) => (await (await caches.match(path))?.text()) || ''; \
                     return (await kept('/night/')).includes('お乳') && (await \
                     kept('/contacts/')).includes('data-spared') && !(await kept('/weeks/24/')) && !(await \
                     kept('/bulletins/'))";
    phone.wait("the quiet pages are kept", of_before).await;
    let kept = phone.run(KEPT).await;
    assert_eq!(kept.as_str().unwrap().trim_start_matches("/ "), "/articles/tsuwari/", "a text that she read stays");
    app.stop();
    for path in ["/night/", "/weeks/24/", "/months/3/"] {
        phone.go(&at(path)).await;
        let shown = phone.text().await;
        assert!(
            shown.contains("お乳") && !shown.contains("泣きやまない") && !shown.contains("妊娠"),
            "{path}: {shown}"
        );
    }
    phone.go(&at("/")).await;
    assert!(phone.text().await.contains("読みたいものだけ"), "{}", phone.text().await);
}
