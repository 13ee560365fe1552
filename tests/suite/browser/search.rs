//! The search page in a browser: what it finds is what `grep` finds in the folded texts, and little is loaded for it.

use super::chromium::Browser;
use crate::support::TestApp;
use otayori::text::fold;
use serde_json::Value;

/// Paths of all results, shown and not yet shown: presses 「もっと見る」 until there is no more.
const ALL: &str = "const done = arguments[arguments.length - 1], wait = () => new Promise((r) => setTimeout(r, 50)); \
    (async () => {
    const said = document.getElementById('found-h'), more = document.getElementById('found-more'), list = \
    document.getElementById('found-list');
    for (let n = 0; n < 200 && !said.textContent; n++) await wait();
    const all = Number((said.textContent.match(/が(\\d+)件/) || [0, 0])[1]);
    for (let n = 0; n < 200 && list.children.length < all; n++) \
    { const before = list.children.length; if (!more.parentElement.hidden) more.click(); for (let m = 0; m < 40 && list.children.length === before; m++) await wait(); }
    done([...list.querySelectorAll('a')].map((a) => new URL(a.href).pathname)); })()";

#[tokio::test(flavor = "multi_thread")]
async fn finds_what_grep_finds() {
    let app = TestApp::on("2026-11-24").await;
    let library = app.engine.app.published().library.clone();
    let phone = Browser::start(390, 844).await;
    for term in ["ワクチン", "ﾛﾀｳｲﾙｽ", "みるく", "離乳食", "１１９", "熱", "BCG", "どこにもないことば"]
    {
        phone
            .go(&format!(
                "{}/search/?q={}",
                app.url,
                percent_encoding::utf8_percent_encode(term, percent_encoding::NON_ALPHANUMERIC)
            ))
            .await;
        let shown = phone.client.execute_async(ALL, vec![]).await.unwrap();
        let mut shown: Vec<String> = serde_json::from_value(shown).unwrap();
        shown.sort();
        let has = |v: &std::sync::Arc<otayori::content::Version>| {
            [&v.title, &v.summary, &v.body.text].iter().any(|text| fold(text).contains(&fold(term)))
        };
        let mut expected: Vec<String> = library
            .articles
            .values()
            .filter(|a| !a.draft && a.versions.get("ja").is_some_and(has))
            .map(|a| format!("/articles/{}/", a.slug))
            .collect();
        let day = app.engine.app.today();
        expected.extend(
            library
                .bulletins
                .values()
                .filter(|b| !b.draft && b.shown_on(day) && b.versions.get("ja").is_some_and(has))
                .map(|b| format!("/bulletins/{}/", b.slug)),
        );
        expected.extend(
            library.pages.values().filter(|p| p.versions.get("ja").is_some_and(has)).map(|p| format!("/{}/", p.slug)),
        );
        expected.sort();
        // By synonyms there may be more, never less.
        let missed: Vec<&String> = expected.iter().filter(|path| !shown.contains(path)).collect();
        assert!(missed.is_empty(), "{term}: not found: {missed:?}");
        assert!(!expected.is_empty() || term == "どこにもないことば", "{term} should stand somewhere in the sample");
        if term == "どこにもないことば" {
            assert!(shown.is_empty() && phone.text().await.contains("見つかりませんでした"), "{shown:?}");
        }
    }
    // The first answer: the script (which also weighs words of danger), what describes the index, pairs and titles.
    // (What the words of danger weigh has its own test.)
    phone
        .go(&format!(
            "{}/search/?q={}",
            app.url,
            percent_encoding::utf8_percent_encode("離乳食 アレルギー", percent_encoding::NON_ALPHANUMERIC)
        ))
        .await;
    phone.client.execute_async(ALL, vec![]).await.unwrap();
    let loaded = "return performance.getEntriesByType('resource').filter((r) => r.name.includes('/search') && \
        !r.name.includes('danger.json')).reduce((sum, r) => sum + r.decodedBodySize, 0)";
    let Value::Number(bytes) = phone.client.execute(loaded, vec![]).await.unwrap() else { panic!("no size") };
    assert!((1..64_000).contains(&bytes.as_u64().unwrap()), "{bytes} bytes for a first answer");
    phone.assert_fits().await;
    phone.assert_accessible().await;
}

/// Asks the page's own script: what it finds first, and which dangers it names, for many queries at once.
const ASK: &str = "const done = arguments[arguments.length - 1], queries = arguments[0]; (async () => {
    const found = document.getElementById('found'), alarm = document.getElementById('urgent');
    done(await Promise.all(queries.map(async (q) => ({ paths: await found.ranked(q), ...(await alarm.named(q)) })))); \
    })()";

/// Sentences that the detector is measured by, if the repository has them, and the phrases of the table themselves.
fn sentences() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content/danger");
    let words = std::fs::read_to_string(folder.join("search.txt")).unwrap();
    let lines = words.lines().map(|l| l.split('#').next().unwrap_or_default()).filter_map(|l| l.split_once(':'));
    // The first form of each part, and the last.
    let phrase = |p: &str| {
        [
            p.split('+').map(|f| f.split('|').next().unwrap_or_default().trim()).collect::<String>(),
            p.split('+').map(|f| f.split('|').next_back().unwrap_or_default().trim()).collect::<String>(),
        ]
    };
    let mut all: Vec<String> =
        lines.flat_map(|(_, phrases)| phrases.split(',').flat_map(phrase).collect::<Vec<_>>()).collect();
    let mut files: Vec<std::path::PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("examples.")))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        all.extend(
            text.lines()
                .filter(|l| !l.starts_with('#'))
                .filter_map(|l| l.split('\t').max_by_key(|c| c.len()))
                .map(str::to_owned),
        );
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_says_what_the_program_says() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    let public = app.engine.app.config.public.clone();
    let library = app.engine.app.published().library.clone();
    for (language, at) in [("ja", ""), ("easy", "easy/"), ("en", "en/")] {
        phone.go(&format!("{}/search/{at}", app.url)).await;
        let cases: Vec<(String, String)> = crate::search::queries()
            .into_iter()
            .filter(|(_, l, _)| l == language)
            .map(|(query, _, slug)| (query, slug))
            .collect();
        let asked: Vec<&String> = cases.iter().map(|(query, _)| query).collect();
        let found = phone.client.execute_async(ASK, vec![serde_json::json!(asked)]).await.unwrap();
        let folder = public.join("search").join(language);
        let mut reader = otayori::search::Reader::new(|name: &str| Ok(std::fs::read(folder.join(name))?));
        for ((query, slug), found) in cases.iter().zip(found.as_array().unwrap()) {
            let paths: Vec<String> = serde_json::from_value(found["paths"].clone()).unwrap();
            let (_, hits) = reader.find(query, 0, 10).unwrap();
            assert_eq!(paths, hits.into_iter().map(|h| h.path).collect::<Vec<_>>(), "{query}");
            assert!(paths.iter().take(3).any(|path| crate::search::leads_to(path, slug)), "{query}: {paths:?}");
        }
    }
    phone.go(&format!("{}/search/", app.url)).await;
    let mut asked: Vec<String> = crate::search::dangers()
        .into_iter()
        .map(|(query, _)| query)
        .chain(crate::search::queries().into_iter().map(|(query, ..)| query))
        .collect();
    asked.extend(sentences());
    for some in asked.chunks(500) {
        let found = phone
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1]; \
            Promise.all(arguments[0].map((q) => document.getElementById('urgent').named(q))).then((all) => \
            done(all.map((f) => f.kinds)))",
                vec![serde_json::json!(some)],
            )
            .await
            .unwrap();
        for (query, kinds) in some.iter().zip(found.as_array().unwrap()) {
            let kinds: Vec<&str> = kinds.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(
                kinds,
                otayori::site::urgent::urgent(query).into_iter().map(otayori::danger::Danger::id).collect::<Vec<_>>(),
                "{query}"
            );
        }
    }
    // The numbers stand above the results; without a danger nothing does; nothing is sent.
    let shown = "const done = arguments[arguments.length - 1], wait = () => new Promise((r) => setTimeout(r, 50)); \
        (async () => {
        const alarm = document.getElementById('urgent'), said = document.getElementById('found-h');
        for (let n = 0; n < 200 && !said.textContent; n++) await wait();
        done({ hidden: alarm.hidden, calls: [...alarm.querySelectorAll('#urgent-list a')].map((a) => a.getAttribute('href')), above: Boolean(alarm.compareDocumentPosition(document.getElementById('found-list')) & 4),
            sent: performance.getEntriesByType('resource').filter((r) => decodeURIComponent(r.name).includes(new \
            URLSearchParams(location.search).get('q'))).length }); })()";
    for (query, first) in [("死にたい", "tel:0120061338"), ("胎動がない", "tel:0000004567"), ("離乳食", "")]
    {
        let mut calls: Vec<String> = Vec::new();
        for danger in otayori::site::urgent::urgent(query) {
            calls.extend(
                otayori::site::urgent::fitting(&library.contacts, danger)
                    .into_iter()
                    .map(|c| format!("tel:{}", c.dial())),
            );
        }
        let mut seen = std::collections::BTreeSet::new();
        calls.retain(|call| seen.insert(call.clone()));
        calls.truncate(3);
        assert_eq!(calls.first().map_or("", String::as_str), first);

        phone
            .go(&format!(
                "{}/search/?q={}",
                app.url,
                percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC)
            ))
            .await;
        let found = phone.client.execute_async(shown, vec![]).await.unwrap();
        assert_eq!(
            found,
            serde_json::json!({ "hidden": calls.is_empty(), "calls": calls, "above": true, "sent": 0 }),
            "{query}"
        );
        phone.assert_fits().await;
        phone.assert_accessible().await;
    }
}
