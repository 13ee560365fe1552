//! Everything public as JSON: the shapes are those of `openapi.json`, filters and pages are whole, and other programs
//! may read it.

use crate::support::TestApp;
use otayori::calendar::date;
use otayori::engine::load;
use otayori::engine::new;
use otayori::site::{Edition, api};
use serde_json::Value;
use std::collections::BTreeSet;

/// A GET with headers; status, headers, body.
async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> (u16, axum::http::HeaderMap, Vec<u8>) {
    ask(app, "GET", path, headers).await
}

async fn ask(
    app: &TestApp,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, axum::http::HeaderMap, Vec<u8>) {
    use http_body_util::BodyExt as _;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<axum::body::Body>();
    let mut request = axum::http::Request::builder().method(method).uri(format!("{}{path}", app.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = client.request(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

async fn json(app: &TestApp, path: &str) -> Value {
    let (status, _, body) = get(app, path, &[]).await;
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// What of a value is not as its schema says: missing and unknown fields, wrong types, unknown words.
fn misfits(value: &Value, schema: &Value, document: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        let target = &document["components"]["schemas"][name];
        assert!(target.is_object(), "{name} is described nowhere");
        return misfits(value, target, document, at, found);
    }
    if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = any.iter().any(|s| {
            let mut wrong = Vec::new();
            misfits(value, s, document, at, &mut wrong);
            wrong.is_empty()
        });
        if !fits {
            found.push(format!("{at}: {value} fits none"));
        }
        return;
    }
    if let Some(word) = schema.get("const") {
        if word != value {
            found.push(format!("{at}: {value} is not {word}"));
        }
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if !types.contains(&kind) {
        found.push(format!("{at}: {kind} instead of {types:?}"));
        return;
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        misfits(item, &schema["items"], document, &format!("{at}[{n}]"), found);
    }
    if let Some(fields) = value.as_object() {
        for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(needed) {
                found.push(format!("{at}: no {needed}"));
            }
        }
        for (name, inner) in fields {
            match schema["properties"].get(name) {
                Some(s) => misfits(inner, s, document, &format!("{at}.{name}"), found),
                None => found.push(format!("{at}: {name} is not described")),
            }
        }
    }
}

/// Each described path answers, and its answer has exactly the shape that is described; its static file says the same.
#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_described_shapes() {
    let app = TestApp::on("2026-11-24").await;
    let document = json(&app, "/api/v1/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let bulletin = json(&app, "/api/v1/bulletins").await["items"][0]["slug"].as_str().unwrap().to_owned();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let slug = if path.starts_with("/bulletins") { bulletin.as_str() } else { "tsuwari" };
        let mut asked =
            format!("/api/v1{}", path.replace("{slug}", slug).replace("{group}", "weeks").replace("{number}", "24"));
        if path == "/search" {
            asked.push_str("?q=%E7%86%B1");
        }
        let answer = json(&app, asked.trim_end_matches('/')).await;
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let mut found = Vec::new();
        misfits(&answer, schema, &document, path, &mut found);
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(answer["items"].as_array().is_none_or(|all| !all.is_empty()), "{path} is empty");
        if let Some(file) = methods["get"]["externalDocs"]["url"].as_str() {
            let file = app
                .engine
                .app
                .config
                .public
                .join(file.split_once("/api/").map(|(_, below)| format!("api/{below}")).unwrap());
            assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(file).unwrap()).unwrap(), answer, "{path}");
        }
        seen += 1;
    }
    assert!(seen >= 14, "only {seen} paths");
    assert!(
        document["components"]["schemas"]["ListOfArticleSummary"].is_object(),
        "shapes have names that say what they are"
    );
    // The check itself notices what is wrong.
    let mut wrong = json(&app, "/api/v1/topics").await;
    wrong["items"][0]["articles"] = Value::from("many");
    wrong["items"][1].as_object_mut().unwrap().remove("title");
    wrong["items"][2]["more"] = Value::from(1);
    let mut found = Vec::new();
    misfits(
        &wrong,
        &document["paths"]["/topics"]["get"]["responses"]["200"]["content"]["application/json"]["schema"],
        &document,
        "",
        &mut found,
    );
    assert_eq!(found.len(), 3, "{found:?}");
}

/// Every filter leaves what fits, page after page gives each once, and what is asked wrongly is told.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_walked_through() {
    let app = TestApp::on("2026-11-24").await;
    let library = &app.engine.app.published().library;
    let shown: BTreeSet<String> = library.articles.values().filter(|a| !a.draft).map(|a| a.slug.clone()).collect();
    for first in ["/api/v1/articles?limit=7", "/api/v1/articles"] {
        let (mut next, mut slugs, mut pages) = (Some(first.to_owned()), Vec::new(), 0);
        while let Some(path) = next {
            let (_, headers, body) = get(&app, &path, &[]).await;
            let list: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(list["total"], shown.len(), "{path}");
            slugs.extend(list["items"].as_array().unwrap().iter().map(|a| a["slug"].as_str().unwrap().to_owned()));
            next = list["next"].as_str().map(|url| url.strip_prefix(&app.url).unwrap().to_owned());
            let link = headers.get("link").map(|l| l.to_str().unwrap().to_owned());
            assert_eq!(link, list["next"].as_str().map(|url| format!("<{url}>; rel=\"next\"")));
            pages += 1;
        }
        assert_eq!(slugs.len(), shown.len(), "each once");
        assert_eq!(slugs.iter().cloned().collect::<BTreeSet<_>>(), shown);
        assert!(pages > 1 || shown.len() <= 100, "{first}: {pages}");
    }
    let of = |list: &Value| -> BTreeSet<String> {
        list["items"].as_array().unwrap().iter().map(|a| a["slug"].as_str().unwrap().to_owned()).collect()
    };
    let food: BTreeSet<String> = library
        .articles
        .values()
        .filter(|a| !a.draft && a.topics.iter().any(|t| t == "food"))
        .map(|a| a.slug.clone())
        .collect();
    assert_eq!(of(&json(&app, "/api/v1/articles?topic=food&limit=100").await), food);
    let week = json(&app, "/api/v1/articles?stage=weeks/8&limit=100").await;
    assert!(
        of(&week).contains("tsuwari")
            && week["items"].as_array().unwrap().iter().all(|a| a["stages"]
                .as_array()
                .unwrap()
                .iter()
                .any(|s| s == "weeks/8"))
    );
    assert_eq!(of(&week), of(&json(&app, "/api/v1/stages/weeks/8").await));
    let english = json(&app, "/api/v1/articles?language=en&limit=100").await;
    assert!(
        english["total"].as_u64().unwrap() > 0
            && english["items"].as_array().unwrap().iter().all(|a| a["language"] == "en")
    );
    let states = ["current", "expired", "none"];
    let mut counted = 0;
    for state in states {
        counted += json(&app, &format!("/api/v1/articles?reviewed={state}")).await["total"].as_u64().unwrap();
    }
    assert_eq!(counted as usize, shown.len());
    for (path, says) in [
        ("/api/v1/articles?stage=weeks/99", "weeks/99"),
        ("/api/v1/articles?language=xx", "language=xx"),
        ("/api/v1/articles?topic=fodo", "food"),
        ("/api/v1/articles?topic=食べる", "topic=食べる はありません"),
        ("/api/v1/articles?author=nobody", "author=nobody"),
        ("/api/v1/bulletins?segment=nobody", "segment=nobody"),
        ("/api/v1/search?q=a&language=xx", "language=xx"),
        ("/api/v1/articles?limit=0", "limit=0"),
        ("/api/v1/articles?limit=101", "limit=101"),
        ("/api/v1/articles?colour=red", "colour"),
        ("/api/v1/search", "q"),
        ("/api/v1/topics?a=b", "topics"),
    ] {
        let (status, headers, body) = get(&app, path, &[]).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (400, "application/problem+json"), "{path}");
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(says), "{path}: {problem}");
    }
    for path in ["/api/v1/articles/nobody", "/api/v1/stages/weeks/99", "/api/v1/..%2fsitemap", "/api/v1/%2e%2e/feed"] {
        assert_eq!(get(&app, path, &[]).await.0, 404, "{path}");
    }
}

/// Any page may read it, without cookies; what a reader has already is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn other_sites_read_and_remember() {
    let app = TestApp::on("2026-11-24").await;
    for path in [
        "/api/v1",
        "/api/v1/articles",
        "/api/v1/articles/tsuwari",
        "/api/v1/articles/tsuwari.json",
        "/api/v1/articles?topic=food",
        "/api/v1/search?q=a",
        "/api/v1/coverage",
    ] {
        let (status, headers, body) = get(&app, path, &[("origin", "https://elsewhere.example")]).await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert!(!headers.contains_key("access-control-allow-credentials") && !headers.contains_key("set-cookie"));
        let tag = headers["etag"].to_str().unwrap().to_owned();
        let (status, headers, again) = get(&app, path, &[("if-none-match", &tag)]).await;
        assert_eq!((status, again.len()), (304, 0), "{path}");
        assert_eq!(
            (headers["etag"].to_str().unwrap(), headers["access-control-allow-origin"].to_str().unwrap()),
            (tag.as_str(), "*")
        );
        let (status, _, whole) = get(&app, path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!((status, whole), (200, body), "{path}");
        let (status, headers, _) = ask(
            &app,
            "OPTIONS",
            path.split('?').next().unwrap(),
            &[("origin", "https://elsewhere.example"), ("access-control-request-method", "GET")],
        )
        .await;
        if path != "/api/v1" {
            assert_eq!(
                (status, headers["access-control-allow-methods"].to_str().unwrap()),
                (204, "GET, HEAD"),
                "{path}"
            );
        }
    }
}

/// The server finds what the page finds: both read the built index.
#[tokio::test(flavor = "multi_thread")]
async fn search_finds_what_the_folded_texts_have() {
    let app = TestApp::on("2026-11-24").await;
    let library = &app.engine.app.published().library;
    let fold = otayori::text::fold;
    for term in ["ﾛﾀｳｲﾙｽ", "離乳食", "どこにもないことば"] {
        let asked: String = form_urlencoded::byte_serialize(term.as_bytes()).collect();
        let found = json(&app, &format!("/api/v1/search?limit=100&q={asked}")).await;
        let urls: BTreeSet<&str> =
            found["items"].as_array().unwrap().iter().map(|h| h["url"].as_str().unwrap()).collect();
        for article in library.articles.values().filter(|a| !a.draft) {
            let v = &article.versions["ja"];
            let has = [&v.title, &v.summary, &v.body.text].iter().any(|text| fold(text).contains(&fold(term)));
            assert!(
                !has || urls.contains(format!("{}/articles/{}/", app.url, article.slug).as_str()),
                "{term}: {}",
                article.slug
            );
        }
        assert_eq!(urls.is_empty(), term.starts_with("どこ"), "{term}");
    }
    let first = json(&app, "/api/v1/search?limit=1&q=%E7%86%B1").await;
    let second = json(&app, first["next"].as_str().unwrap().strip_prefix(&app.url).unwrap()).await;
    assert_ne!(first["items"][0]["url"], second["items"][0]["url"]);
    let english = json(&app, "/api/v1/search?language=en&q=fever").await;
    assert!(
        english["items"].as_array().unwrap().iter().all(|h| h["url"].as_str().unwrap().ends_with("/en/"))
            && english["total"].as_u64().unwrap() > 0
    );
}

/// Nothing of drafts and nothing personal is told, and a city may do without.
#[test]
fn static_files_hold_what_is_published() {
    let dir = tempfile::tempdir().unwrap();
    let day = date(2026, 11, 24);
    new::create(dir.path(), day).unwrap();
    let article = |slug: &str, more: &str| {
        let text = format!(
            "---\ntitle: 題{slug}\nsummary: あ\nauthors: [doctor-1]\nsources: [本]\n{more}---\n本文{slug}です。\n"
        );
        std::fs::write(dir.path().join(format!("content/articles/{slug}.md")), text).unwrap();
    };
    article("himitsu", "draft: true\n");
    for n in 0..120 {
        article(&format!("a{n:03}"), "");
    }
    article("index", "");
    let out = dir.path().join("public");
    let build = || {
        let loaded = load(dir.path(), Some(day)).unwrap();
        let _ = std::fs::remove_dir_all(&out);
        let report = crate::support::build_site(&loaded.config, &loaded.library, &loaded.theme, day, &out);
        let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, day);
        (report, edition.resources().len())
    };
    let (report, resources) = build();
    assert_eq!(report.json, resources);
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(out.join("api/v1").join(name)).unwrap()).unwrap()
    };
    let (first, second) = (read("articles/index.json"), read("articles/_2.json"));
    assert!(first["next"].as_str().unwrap().ends_with("/api/v1/articles/_2.json") && second["next"].is_null());
    assert_eq!(
        first["items"].as_array().unwrap().len() + second["items"].as_array().unwrap().len(),
        first["total"].as_u64().unwrap() as usize
    );
    assert_eq!(read("articles/_index.json")["title"], "題index");
    assert_eq!(
        first["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|a| a["json"].as_str().unwrap().ends_with("/articles/_index.json"))
            .count()
            + second["items"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|a| a["json"].as_str().unwrap().ends_with("/articles/_index.json"))
                .count(),
        1
    );
    assert!(!out.join("api/v1/articles/himitsu.json").exists() && !first.to_string().contains("himitsu"));
    assert!(out.join("api/index.html").exists());
    assert_eq!(api::BASE, "/api/v1");
    let settings = dir.path().join("otayori.yaml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\napi: false\n")).unwrap();
    assert_eq!(build().0.json, 0);
    assert!(!out.join("api").exists());
}
