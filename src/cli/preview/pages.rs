//! A path in, a page of the preview out: the site as it would be, the index, an article beside its letter.

use super::view::{Readability, ReviewState, letter, phone};
use super::workshop::{Good, News, Workshop};
use crate::calendar::Date;
use crate::content::{Article, Version};
use crate::diag::Severity;
use crate::site::{self, Address};
use anyhow::Result;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::WatchStream;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

type Shared = State<Arc<Workshop>>;

/// Reloads pages; with every theme, and before a theme could be read.
const SCRIPT: &str = include_str!("../../../themes/default/static/preview.js");

/// All pages of the preview.
pub(super) fn router(workshop: Arc<Workshop>) -> Router {
    Router::new()
        .route("/preview", get(|| async { Redirect::permanent("/preview/") }))
        .route("/preview/", get(index))
        .route("/preview/events", get(events))
        .route("/preview/{slug}", get(article))
        .route("/preview/{slug}/letter", get(letter_page))
        .route("/static/preview.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "no-cache")], SCRIPT) }))
        .fallback(anything)
        .with_state(workshop)
}

/// What is told when something was saved, from now on.
async fn events(State(workshop): Shared) -> impl IntoResponse {
    let stream = WatchStream::new(workshop.follow()).map(|news| Event::default().json_data(news));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// A page of the site, a static file, a picture, a flyer.
async fn anything(State(workshop): Shared, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some(good) = workshop.good() else { return nothing_yet(&workshop) };
    let config = &good.loaded.config;
    let folders = [("/static/", config.theme_dir().join("static")), ("/images/", good.pictures.folder().to_owned()), ("/flyers/", config.root.join("public").join("flyers"))];
    for (prefix, folder) in folders {
        if let Some(below) = path.strip_prefix(prefix) {
            return file(folder, below, request).await;
        }
    }
    let Some(address) = good.edition(None).address_of(&path) else {
        return page(&workshop, &good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound));
    };
    page(&workshop, &good, StatusCode::OK, good.edition(None).render(&address))
}

async fn file(folder: std::path::PathBuf, below: &str, request: Request) -> Response {
    let uri: axum::http::Uri = format!("/{below}").parse().unwrap_or_default();
    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    match ServeDir::new(folder).oneshot(Request::from_parts(parts, body)).await {
        Ok(response) => {
            let mut response = response.into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
            response
        }
        Err(never) => match never {},
    }
}

/// The page with the script that reloads it; a template's mistake as text.
fn page(workshop: &Workshop, good: &Good, status: StatusCode, html: Result<String>) -> Response {
    match html {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(with_script(&html, &workshop.news()))).into_response(),
        Err(e) => {
            let context = json!({ "heading": "テンプレートに誤りがあります", "message": format!("{e:#}") });
            let shown = good
                .loaded
                .theme
                .render("error.html", good.loaded.config.main_language(), &context)
                .map_or_else(|_| format!("<pre>{e:#}</pre>"), |h| with_script(&h, &workshop.news()));
            (StatusCode::INTERNAL_SERVER_ERROR, Html(shown)).into_response()
        }
    }
}

/// Puts the preview's script and, if something is wrong now, what it is into a page.
fn with_script(html: &str, news: &News) -> String {
    let added = format!("{}<script src=\"/static/preview.js\" defer></script>", overlay(news));
    html.rfind("</body>").map_or_else(|| format!("{html}{added}"), |at| format!("{}{added}{}", &html[..at], &html[at..]))
}

/// The mistakes over the last good page; the script renews them without loading the page again.
fn overlay(news: &News) -> String {
    let errors: Vec<_> = news.problems.iter().filter(|p| p.severity == Severity::Error).collect();
    if errors.is_empty() {
        return String::new();
    }
    let item = |p: &&crate::diag::Diagnostic| {
        let place = if p.line > 0 { format!(":{}:{}", p.line, p.column.max(1)) } else { String::new() };
        let hint = if p.hint.is_empty() { String::new() } else { format!("<br><small>{}</small>", escape(&p.hint)) };
        format!("<li><code>{}{place}</code><br>{}{hint}</li>", escape(&p.file), escape(&p.message))
    };
    let items: String = errors.iter().map(item).collect();
    format!("<div id=\"problems\" class=\"problems tool\" role=\"alert\"><h2>エラーが{}件あります（ページは、最後に読めたときの内容です）</h2><ul>{items}</ul></div>", errors.len())
}

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Nothing could be loaded yet: the problems, and the script that waits for a better saving.
fn nothing_yet(workshop: &Workshop) -> Response {
    let list: String = workshop.news().problems.iter().map(|p| format!("{p}\n")).collect();
    let text = escape(&list);
    let html = format!(
        "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><title>下見</title><body><h1>まだ表示できません</h1><pre>{text}</pre><script src=\"/static/preview.js\" defer></script></body></html>"
    );
    (StatusCode::SERVICE_UNAVAILABLE, Html(html)).into_response()
}

async fn index(State(workshop): Shared) -> Response {
    let Some(good) = workshop.good() else { return nothing_yet(&workshop) };
    let loaded = &good.loaded;
    let edition = good.edition(None);
    let main = loaded.config.main_language();
    let mut articles: Vec<Value> = loaded.library.articles.values().filter_map(|a| a.versions.get(main).map(|v| row(&good, a, v))).collect();
    articles.sort_by_key(|a| a["days"].as_i64().unwrap_or(i64::MIN));
    let bulletins: Vec<Value> = loaded
        .library
        .bulletins
        .values()
        .filter_map(|b| {
            let version = b.versions.get(main)?;
            let path = Address::Bulletin(b.slug.clone(), main.to_owned()).path(&edition);
            Some(json!({ "path": path, "title": version.title, "publish": b.publish, "until": b.until, "shown": !b.draft && b.shown_on(loaded.today), "draft": b.draft, "segments": b.segments }))
        })
        .collect();
    let problems = workshop.news().problems;
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    let context = json!({ "articles": articles, "bulletins": bulletins, "problems": problems, "errors": errors, "today": loaded.today });
    page(&workshop, &good, StatusCode::OK, loaded.theme.render("preview/index.html", main, &context))
}

fn row(good: &Good, article: &Article, version: &Version) -> Value {
    let review = ReviewState::of(version, good.loaded.today);
    json!({
        "slug": article.slug, "title": version.title, "draft": article.draft, "essential": article.essential,
        "windows": article.windows.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "languages": article.versions.keys().collect::<Vec<_>>(),
        "days": review.as_ref().map(|r| r.days), "next": review.map(|r| r.next),
    })
}

/// An article, if the preview has it; `?on=2027-10-03` as it will be on that day.
async fn article(State(workshop): Shared, Path(slug): Path<String>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let Some(good) = workshop.good() else { return nothing_yet(&workshop) };
    let on: Option<Date> = query.get("on").and_then(|d| d.parse().ok());
    let main = good.loaded.config.main_language();
    let Some((article, version)) = good.loaded.library.articles.get(&slug).and_then(|a| Some((a, a.versions.get(main)?))) else {
        return page(&workshop, &good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound));
    };
    let html = beside(&workshop, &good, article, version, on);
    page(&workshop, &good, StatusCode::OK, html)
}

fn beside(workshop: &Workshop, good: &Good, article: &Article, version: &Version, on: Option<Date>) -> Result<String> {
    let loaded = &good.loaded;
    let today = on.unwrap_or(loaded.today);
    let shown = good.edition(on);
    let problems: Vec<_> = workshop.news().problems.into_iter().filter(|p| article.versions.values().any(|v| v.file == p.file)).collect();
    let segments: Vec<&str> = article.segments.iter().filter_map(|id| loaded.library.segments.get(id)).map(|s| s.title.as_str()).collect();
    let bars = |pairs: &[(String, u64)]| -> Vec<Value> {
        let most = pairs.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
        pairs.iter().map(|(label, n)| json!({ "label": label, "n": n, "width": n * 100 / most })).collect()
    };
    let audience = (workshop.audience)(&article.slug, &loaded.library, today)?.map(|a| {
        json!({
            "households": a.households, "registered": a.registered, "groups": bars(&a.groups), "channels": bars(&a.channels),
            "languages": a.languages.iter().map(|(l, n)| format!("{l} {n}")).collect::<Vec<_>>().join("、"), "had_before": a.had_before, "others": a.others, "instead": a.instead.join("、"), "stopped": a.stopped,
        })
    });
    let context = json!({
        "slug": article.slug, "title": version.title, "title_html": version.title_html, "file": version.file, "draft": article.draft,
        "path": shown.article_path(&article.slug, &version.language),
        "body": shown.body_parts(version),
        "review": version.review.as_ref().map(|r| shown.review_parts(r, &version.language)),
        "state": ReviewState::of(version, today), "on": on,
        "problems": problems, "reading": Readability::of(&version.body.text), "minutes": version.body.minutes,
        "windows": article.windows.iter().map(|w| shown.window_words(w)).collect::<Vec<_>>(), "segments": segments,
        "audience": audience,
        "view": phone(good, &article.slug, version.body.minutes),
        "languages": article.versions.keys().filter(|l| **l != version.language).map(|l| json!({ "code": l, "path": shown.article_path(&article.slug, l) })).collect::<Vec<_>>(),
    });
    loaded.theme.render("preview/article.html", loaded.config.main_language(), &context)
}

async fn letter_page(State(workshop): Shared, Path(slug): Path<String>) -> Response {
    let Some(good) = workshop.good() else { return nothing_yet(&workshop) };
    let found = good.loaded.library.articles.get(&slug).and_then(|a| Some((a, a.versions.get(good.loaded.config.main_language())?)));
    let Some((article, version)) = found else {
        return page(&workshop, &good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound));
    };
    page(&workshop, &good, StatusCode::OK, site::letter_page(&good.loaded.theme, &letter(&good, article, version)))
}
