//! What comes out of a printer: an article and a letter on A4, with addresses and without anything to press.

use super::chromium::Browser;
use crate::incremental::City;
use crate::support::TestApp;
use otayori::calendar::date;
use otayori::content::Shelf;
use otayori::household::generate::{Spec, Target, generate};
use otayori::household::list;
use otayori::letter;
use std::process::Command;

/// Text of a PDF, its pages, and their size.
fn read(pdf: &[u8]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.pdf");
    std::fs::write(&file, pdf).unwrap();
    let run = |program: &str, more: &[&str]| {
        let output =
            Command::new(program).args(&more[..more.len() - 1]).arg(&file).args(&more[more.len() - 1..]).output();
        String::from_utf8(output.unwrap_or_else(|e| panic!("{program}: {e} (./test installs it)")).stdout).unwrap()
    };
    // Lines are broken wherever the paper ends: a text is looked for without white space.
    (run("pdftotext", &["-"]).split_whitespace().collect(), run("pdfinfo", &["-box"]))
}

/// Words on which one can only press.
const PRESSED: [&str; 7] = ["本文へ", "すぐ使う", "目次", "さがす", "続けて読む", "わかりにくい", "手渡し"];

#[tokio::test(flavor = "multi_thread")]
async fn an_article_and_a_letter_print_well() {
    let app = TestApp::on("2026-11-24").await;
    let config = &app.engine.app.config;
    let spec = Spec {
        target: Target::Households(12),
        seed: 1,
        date: date(2026, 11, 24),
        now: app.engine.app.now(),
        site: &config.site,
        line_percent: 100,
        push: None,
    };
    generate(&app.engine.app.db, &app.engine.app.vault, spec, &mut |_| {}).await.unwrap();
    app.send("2026-11-24").await;
    let desk = Browser::in_the_dark(1280, 900).await;

    for (path, needed) in [
        ("/articles/tsuwari/", ["監修", "注と出典", "産婦人科診療ガイドライン"]),
        ("/articles/tsuwari/easy/", ["つわり", "もとの", "119"]),
        ("/contacts/", ["119", "#8000", "https://"]),
        ("/night/", ["119", "#8000", "泣きやまない"]),
    ] {
        desk.go(&format!("{}{path}", app.url)).await;
        let (text, size) = read(&desk.print().await);
        // Where it came from stands on it.
        for word in needed.into_iter().chain([format!("{}{path}", config.site.public_url).as_str()]) {
            assert!(text.contains(word), "{path}: {word} is missing in\n{text}");
        }
        for word in PRESSED.into_iter().chain(["マイページ"]) {
            assert!(!text.contains(word), "{path}: {word} stands on paper:\n{text}");
        }
        assert!(size.contains("(A4)"), "{size}");
    }

    let households = list(&app.engine.app.db).await.unwrap();
    let mut printed = 0;
    for household in households.iter().filter(|h| h.language == "ja") {
        let Some(hash) = letter::of_week(&app.engine.app.db, &household.id, "2026-W48").await.unwrap() else {
            continue;
        };
        desk.go(&format!("{}/letters/2026-W48/{hash}/", app.url)).await;
        let (text, size) = read(&desk.print().await);
        let links = "return [...document.querySelectorAll('.item a.btn[href*=\"/articles/\"], .dates a.row')].map((a) \
            => new URL(a.href).pathname)";
        let links: Vec<String> = serde_json::from_value(desk.client.execute(links, vec![]).await.unwrap()).unwrap();
        for link in &links {
            assert!(text.contains(&format!("{}{link}", config.site.public_url)), "{link} is not spelt out in\n{text}");
        }
        for word in PRESSED.iter().chain(&["受け取り方を変える"]) {
            assert!(!text.contains(word), "{word} stands on paper:\n{text}");
        }
        assert!(text.contains("ご家庭へ") && size.contains("(A4)"), "{text}{size}");
        printed += usize::from(links.len() > 1);
    }
    assert!(printed > 0, "no letter was printed");
}

/// Whatever links to another site is spelt out; what stands in the list of sources stays as it was written.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_sources_are_spelt_out() {
    let city = City::with_theme("default");
    let front = "title: 紙\nsummary: 紙のこと\nfor:\n  - pregnancy_weeks: 9-10\ntopics: [からだ]\nauthors: [a]\n\
        sources: [\"厚生労働省 https://example.go.jp/b\"]\nreview: {by: a, on: 2026-10-01, next: 2027-09-30}";
    let text = "## 目安\n\nくわしくは[手引き](https://example.go.jp/a?x=1)と[ほかの記事](article:a1)へ。\
        注も読む[^1]。\n\n[^1]: [法律](https://example.go.jp/c)\n";
    std::fs::write(city.root().join("content/articles/paper.md"), format!("---\n{front}\n---\n{text}")).unwrap();
    city.build("public", &mut Shelf::default(), false).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let site = axum::Router::new().fallback_service(tower_http::services::ServeDir::new(city.root().join("public")));
    tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });

    let desk = Browser::start(1280, 900).await;
    desk.go(&format!("{url}/articles/paper/")).await;
    let (text, _) = read(&desk.print().await);
    for address in [
        "手引き(https://example.go.jp/a?x=1)",
        "法律(https://example.go.jp/c)",
        "厚生労働省https://example.go.jp/b",
        "このページhttps://example.jp/articles/paper/",
    ] {
        assert!(text.contains(address), "{address} is missing in\n{text}");
    }
    assert!(!text.contains("ほかの記事("), "a link within the site needs none:\n{text}");
}
