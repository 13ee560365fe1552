//! Every kind of public page in a browser: it fits, it reads without script.

use super::chromium::Browser;
use crate::support::TestApp;

/// Every kind of public page on a small phone: nothing is wider than the screen, and it reads without script.
#[tokio::test(flavor = "multi_thread")]
async fn public_pages_fit_a_small_phone() {
    let app = TestApp::on("2026-11-24").await;
    for phone in [Browser::start(320, 740).await, Browser::in_the_dark(360, 740).await] {
        pages(&app, &phone).await;
    }
}

async fn pages(app: &TestApp, phone: &Browser) {
    for path in [
        "/",
        "/weeks/24/",
        "/months/3/",
        "/articles/tsuwari/",
        "/articles/tsuwari/en/",
        "/articles/tsuwari/easy/",
        "/search/",
        "/search/en/",
        "/search/easy/",
        "/api/",
        "/night/",
        "/contacts/",
        "/bulletins/",
        "/people/",
        "/privacy/",
        "/loss/",
        "/en/",
        "/easy/",
        "/register",
        "/ask",
        "/nowhere",
    ] {
        phone.go(&format!("{}{path}", app.url)).await;
        phone.assert_fits().await;
        phone.assert_accessible().await;
        let scripts = phone
            .client
            .execute("return [...document.scripts].filter(s => !s.src && s.type !== 'application/ld+json').length + document.querySelectorAll('[style]').length", vec![])
            .await
            .unwrap();
        assert_eq!(scripts, 0, "{path} has inline script or style");
        assert!(!phone.text().await.trim().is_empty(), "{path} is empty");
    }
}
