//! The search page in a browser: what it finds is what `grep` finds in the folded texts, and little is loaded for it.

use super::chromium::Browser;
use crate::support::TestApp;
use otayori::search::fold;
use serde_json::Value;

/// Paths of all results, shown and not yet shown: presses 「もっと見る」 until there is no more.
const ALL: &str = "const done = arguments[arguments.length - 1], wait = () => new Promise((r) => setTimeout(r, 50)); (async () => {
    const said = document.getElementById('found-h'), more = document.getElementById('found-more'), list = document.getElementById('found-list');
    for (let n = 0; n < 200 && !said.textContent; n++) await wait();
    const all = Number((said.textContent.match(/が(\\d+)件/) || [0, 0])[1]);
    for (let n = 0; n < 200 && list.children.length < all; n++) { const before = list.children.length; if (!more.parentElement.hidden) more.click(); for (let m = 0; m < 40 && list.children.length === before; m++) await wait(); }
    done([...list.querySelectorAll('a')].map((a) => new URL(a.href).pathname)); })()";

#[tokio::test(flavor = "multi_thread")]
async fn finds_what_grep_finds() {
    let app = TestApp::on("2026-11-24").await;
    let library = app.engine.app.published().library.clone();
    let phone = Browser::start(390, 844).await;
    for term in ["ワクチン", "ﾛﾀｳｲﾙｽ", "みるく", "離乳食", "１１９", "熱", "BCG", "どこにもないことば"] {
        phone.go(&format!("{}/search/?q={}", app.url, percent_encoding::utf8_percent_encode(term, percent_encoding::NON_ALPHANUMERIC))).await;
        let shown = phone.client.execute_async(ALL, vec![]).await.unwrap();
        let mut shown: Vec<String> = serde_json::from_value(shown).unwrap();
        shown.sort();
        let has = |v: &std::sync::Arc<otayori::content::Version>| [&v.title, &v.summary, &v.body.text].iter().any(|text| fold(text).contains(&fold(term)));
        let mut expected: Vec<String> = library.articles.values().filter(|a| !a.draft && a.versions.get("ja").is_some_and(has)).map(|a| format!("/articles/{}/", a.slug)).collect();
        let day = app.engine.app.today();
        expected.extend(library.bulletins.values().filter(|b| !b.draft && b.shown_on(day) && b.versions.get("ja").is_some_and(has)).map(|b| format!("/bulletins/{}/", b.slug)));
        expected.extend(library.pages.values().filter(|p| p.versions.get("ja").is_some_and(has)).map(|p| format!("/{}/", p.slug)));
        expected.sort();
        // By synonyms there may be more, never less.
        let missed: Vec<&String> = expected.iter().filter(|path| !shown.contains(path)).collect();
        assert!(missed.is_empty(), "{term}: not found: {missed:?}");
        assert!(!expected.is_empty() || term == "どこにもないことば", "{term} should stand somewhere in the sample");
        if term == "どこにもないことば" {
            assert!(shown.is_empty() && phone.text().await.contains("見つかりませんでした"), "{shown:?}");
        }
    }
    // The first answer: the script, what describes the index, pairs and titles.
    phone.go(&format!("{}/search/?q={}", app.url, percent_encoding::utf8_percent_encode("離乳食 アレルギー", percent_encoding::NON_ALPHANUMERIC))).await;
    phone.client.execute_async(ALL, vec![]).await.unwrap();
    let loaded = "return performance.getEntriesByType('resource').filter((r) => r.name.includes('/search')).reduce((sum, r) => sum + r.decodedBodySize, 0)";
    let Value::Number(bytes) = phone.client.execute(loaded, vec![]).await.unwrap() else { panic!("no size") };
    assert!((1..60_000).contains(&bytes.as_u64().unwrap()), "{bytes} bytes for a first answer");
    phone.assert_fits().await;
    phone.assert_accessible().await;
}
