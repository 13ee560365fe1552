//! A path in, a page of the preview out: the site as it would be, the index, an article beside its letter.

use super::state::{Good, News, PreviewState};
use super::titles::language_title;
use super::view::{Changed, Readability, ReviewState, changes, letter, order_of_life, phone};
use crate::calendar::{Date, Timestamp};
use crate::content::{Article, Version};
use crate::diag::{Diagnostics, Severity};
use crate::engine::Loaded;
use crate::flyer::{Asked, sheet};
use crate::masking::{self, Figure, mask};
use crate::paper::Engine;
use crate::site::{self, Address};
use crate::text::escape;
use crate::web::POLICY;
use anyhow::{Context as _, Result};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::WatchStream;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

pub(super) type Shared = State<Arc<PreviewState>>;

/// Reloads pages; with every theme, and before a theme could be read.
pub(super) const SCRIPT: &str = include_str!("../../themes/default/static/preview.js");

/// A review that ends sooner is listed, in days.
const REVIEW_SOON_DAYS: i64 = 60;

/// A page has to hold in the preview as it will at the city.
pub(super) async fn strict(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(POLICY));
    response
}

pub(super) async fn script(text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "no-cache")], text)
}

/// What is told when something was saved, from now on.
pub(super) async fn events(State(state): Shared) -> impl IntoResponse {
    let stream = WatchStream::new(state.follow()).map(|news| Event::default().json_data(news));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// The site's own page for an address that it does not have.
fn not_there(state: &PreviewState, good: &Good) -> Response {
    page(state, good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound), Errors::Above)
}

/// A page of the site, a static file, a picture, a flyer.
pub(super) async fn anything(State(state): Shared, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let config = &good.loaded.config;
    if let Some((name, bytes)) =
        path.strip_prefix("/static/").and_then(|name| Some((name, good.loaded.theme.assets().bytes(name)?)))
    {
        return (
            [(header::CONTENT_TYPE, site::assets::kind(name)), (header::CACHE_CONTROL, "no-cache")],
            bytes.to_vec(),
        )
            .into_response();
    }
    let folders =
        [("/images/", good.pictures.folder().to_owned()), ("/flyers/", config.root.join("public").join("flyers"))];
    for (prefix, folder) in folders {
        if let Some(below) = path.strip_prefix(prefix) {
            return file(folder, below, request).await;
        }
    }
    let Some(address) = good.edition(None).address_of(&path) else {
        return not_there(&state, &good);
    };
    page(&state, &good, StatusCode::OK, good.edition(None).render(&address), Errors::Above)
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

/// Where a page lists what stops the site from being built. Each mistake is listed once on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errors {
    /// Above the last good page.
    Above,
    /// The page's own text lists them.
    Inside,
}

/// The page with the script that reloads it; a template's mistake as text.
pub(super) fn page(
    state: &PreviewState,
    good: &Good,
    status: StatusCode,
    html: Result<String>,
    errors: Errors,
) -> Response {
    let sheet = || good.loaded.theme.assets().address("preview.css");
    match html {
        Ok(html) => {
            (status, [(header::CACHE_CONTROL, "no-store")], Html(with_script(&html, &state.news(), errors, sheet())))
                .into_response()
        }
        Err(e) => {
            let context = json!({ "heading": "この画面を作れません", "message": format!("{e:#}") });
            let shown =
                good.loaded.theme.render("error.html", good.loaded.config.main_language(), &context).map_or_else(
                    |_| format!("<pre>{e:#}</pre>"),
                    |h| with_script(&h, &state.news(), Errors::Above, sheet()),
                );
            (StatusCode::INTERNAL_SERVER_ERROR, Html(shown)).into_response()
        }
    }
}

/// Puts the preview's script and, if something is wrong now, what it is into a page; pages of the site get the
/// preview's sheet for that.
fn with_script(html: &str, news: &News, errors: Errors, sheet: Option<String>) -> String {
    let list = if errors == Errors::Above { error_list(news) } else { String::new() };
    let sheet = sheet
        .filter(|address| !html.contains(address))
        .map_or(String::new(), |address| format!("<link rel=\"stylesheet\" href=\"{address}\">"));
    let added = format!(
        "{sheet}<aside id=\"problems\" aria-label=\"下見の知らせ\" aria-live=\"polite\" \
         data-version=\"{}\">{list}</aside><script src=\"/static/preview.js\" defer></script>",
        news.version
    );
    site::at_top_of_body(html, &added)
}

/// The mistakes above the last good page, in a list that folds up; the script renews it without loading the page again.
fn error_list(news: &News) -> String {
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
    format!(
        "<details class=\"problems tool\" open><summary><span><b>エラーが{}件あります。</b>この下のページは、\
         最後に読めたときの内容です</span></summary><ul>{items}</ul></details>",
        errors.len()
    )
}

/// The list alone, for the script.
pub(super) async fn errors_now(State(state): Shared) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Html(error_list(&state.news()))).into_response()
}

/// Nothing could be loaded yet: the problems, and the script that waits for a better saving.
pub(super) fn nothing_yet(state: &PreviewState) -> Response {
    let html = "<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\"><title>下見</title></head><body><h1>まだ\
        表示できません</h1><p>上の誤りを直して保存すると、表示されます。</p></body></html>";
    (StatusCode::SERVICE_UNAVAILABLE, Html(with_script(html, &state.news(), Errors::Above, None))).into_response()
}

pub(super) async fn index(State(state): Shared) -> Response {
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let loaded = &good.loaded;
    let edition = good.edition(None);
    let main = loaded.config.main_language();
    let changes = changes(&loaded.config.root, &loaded.library.articles);
    let mut articles: Vec<(&Article, Value)> = loaded
        .library
        .articles
        .values()
        .filter_map(|a| a.versions.get(main).map(|v| (&**a, row(&good, a, v, changes.get(&a.slug)))))
        .collect();
    // What is being worked on comes first, the newest on top; then all in the order of life.
    articles.sort_by_cached_key(|(a, _)| {
        let recent = changes.get(&a.slug).filter(|c| c.recently).map(|c| Reverse(c.at));
        (recent.is_none(), recent, order_of_life(a), &a.slug)
    });
    let (recent, others): (Vec<_>, Vec<_>) =
        articles.iter().map(|(_, row)| row).partition(|row| row["saved"].is_string());
    let mut due: Vec<&Value> = articles
        .iter()
        .map(|(_, row)| row)
        .filter(|row| row["days"].as_i64().is_none_or(|days| days < REVIEW_SOON_DAYS))
        .collect();
    due.sort_by_key(|row| row["days"].as_i64().unwrap_or(i64::MIN));
    let bulletins: Vec<Value> = loaded
        .library
        .bulletins
        .values()
        .filter_map(|b| {
            let version = b.versions.get(main)?;
            let path = Address::Bulletin(b.slug.clone(), main.to_owned()).path(edition.config);
            Some(
                json!({ "path": path, "title": version.title, "publish": b.publish, "until": b.until, "shown": !b.draft
                && b.shown_on(loaded.today), "draft": b.draft, "segments": b.segments }),
            )
        })
        .collect();
    let problems = state.news().problems;
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    let groups: Vec<Value> = [("最近、保存したもの", recent), ("時期の順", others)]
        .into_iter()
        .filter(|g| !g.1.is_empty())
        .map(|(title, rows)| json!({ "title": title, "articles": rows }))
        .collect();
    let context = json!({ "groups": groups, "count": articles.len(), "due": due, "bulletins": bulletins,
        "problems": problems, "errors": errors, "today": loaded.today });
    page(&state, &good, StatusCode::OK, loaded.theme.render("preview/index.html", main, &context), Errors::Inside)
}

fn row(good: &Good, article: &Article, version: &Version, changed: Option<&Changed>) -> Value {
    let review = ReviewState::of(version, good.loaded.today);
    let saved = |c: &Changed| {
        let at = Timestamp::try_from(c.at).ok()?.to_zoned(good.loaded.config.zone.clone());
        Some(format!("{}月{}日 {}:{:02}", at.month(), at.day(), at.hour(), at.minute()))
    };
    json!({
        "slug": article.slug, "title": version.title, "draft": article.draft, "essential": article.essential,
        "windows": article.windows.iter().map(crate::segment::Window::title).collect::<Vec<_>>(),
        "languages": good.loaded.config.site.languages.iter().filter(|l| article.versions.contains_key(*l))
            .map(|l| language_title(l)).collect::<Vec<_>>(),
        "days": review.as_ref().map(|r| r.days), "next": review.map(|r| r.next),
        "saved": changed.filter(|c| c.recently).and_then(saved),
    })
}

/// An article, if the preview has it; `?on=2027-10-03` as it will be on that day.
pub(super) async fn article(
    State(state): Shared,
    Path(slug): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let on: Option<Date> = query.get("on").and_then(|d| d.parse().ok());
    let main = good.loaded.config.main_language();
    let Some((article, version)) =
        good.loaded.library.articles.get(&slug).and_then(|a| Some((a, a.versions.get(main)?)))
    else {
        return not_there(&state, &good);
    };
    let html = beside(&state, &good, article, version, on);
    page(&state, &good, StatusCode::OK, html, Errors::Above)
}

fn beside(state: &PreviewState, good: &Good, article: &Article, version: &Version, on: Option<Date>) -> Result<String> {
    let loaded = &good.loaded;
    let today = on.unwrap_or(loaded.today);
    let shown = good.edition(on);
    // Errors stand above the page.
    let ours = state.news().problems.into_iter().filter(|p| p.severity == Severity::Warning);
    let mut problems: Vec<_> = ours.filter(|p| article.versions.values().any(|v| v.file == p.file)).collect();
    problems.extend(of_the_text(loaded, article).sorted());
    let segments: Vec<&str> =
        article.segments.iter().filter_map(|id| loaded.library.segments.get(id)).map(|s| s.title.as_str()).collect();
    let bars = |pairs: &[(String, u64)]| -> Vec<Value> {
        let most = pairs.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
        // A bar would tell what is hidden.
        let bar = |(label, n): (&str, Option<u64>)| json!({ "label": label, "n": masking::figure(n), "width": n.map_or(0, |n| n * 100 / most) });
        masked(pairs).into_iter().map(bar).collect()
    };
    let audience = (state.audience)(&article.slug, &loaded.library, today)?.map(|a| {
        let hidden =
            [&a.groups, &a.channels, &a.languages].into_iter().any(|p| masked(p).iter().any(|(_, n)| n.is_none()));
        json!({
            "households": Figure::of(a.households).counted("世帯"), "registered": Figure::of(a.registered).to_string(),
            "groups": bars(&a.groups),
            "channels": bars(&a.channels),
            "languages": masked(&a.languages).iter().map(|(l, n)| format!("{l} {}", masking::figure(*n))).collect::<Vec<_>>()
                .join("、"),
            "hidden": hidden,
            "had_before": Figure::of(a.had_before).counted("世帯"), "others": Figure::of(a.others).counted("世帯"),
            "instead": a.instead.join("、"), "stopped": Figure::of(a.stopped).counted("世帯"),
        })
    });
    let context = json!({
        "slug": article.slug, "title": version.title, "title_html": version.title_html, "file": version.file,
        "draft": article.draft,
        "path": shown.article_path(&article.slug, &version.language),
        "body": shown.body_parts(version),
        "review": version.review.as_ref().map(|r| shown.review_parts(r, &version.language)),
        "state": ReviewState::of(version, today), "on": on,
        "problems": problems, "reading": Readability::of(&version.body.text), "minutes": version.minutes,
        "windows": article.windows.iter().map(|w| shown.window_words(w)).collect::<Vec<_>>(), "segments": segments,
        "audience": audience,
        "view": phone(good, article, version),
        "languages": article.versions.keys().filter(|l| **l != version.language).map(|l| json!({ "code": l,
            "path": shown.article_path(&article.slug, l) })).collect::<Vec<_>>(),
    });
    loaded.theme.render("preview/article.html", loaded.config.main_language(), &context)
}

/// What `check` says of an article's words beside what every reading of the folder says: the rules of advertising, and
/// what nobody has replaced.
fn of_the_text(loaded: &Loaded, article: &Article) -> Diagnostics {
    let mut found = Diagnostics::new();
    crate::wording::law::check_article(&loaded.library, article, &mut found);
    for version in article.versions.values() {
        if let Ok(text) = std::fs::read_to_string(loaded.config.root.join(&version.file)) {
            crate::content::sample::placeholders(&loaded.config, &version.file, &text, &mut found);
        }
    }
    found
}

pub(super) async fn letter_page(State(state): Shared, Path(slug): Path<String>) -> Response {
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let found = good
        .loaded
        .library
        .articles
        .get(&slug)
        .and_then(|a| Some((a, a.versions.get(good.loaded.config.main_language())?)));
    let Some((article, version)) = found else {
        return not_there(&state, &good);
    };
    page(
        &state,
        &good,
        StatusCode::OK,
        site::letter_page(&good.loaded.theme, &letter(&good, article, version)),
        Errors::Above,
    )
}

/// The PDF that asks for a review, of `?lang=en` or of the main language; `?by=`, `?until=` fill in whom and until
/// when.
pub(super) async fn review_sheet(
    State(state): Shared,
    Path(slug): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let language = query.get("lang").map_or(good.loaded.config.main_language(), String::as_str).to_owned();
    if good.loaded.library.articles.get(&slug).is_none_or(|a| !a.versions.contains_key(&language)) {
        return not_there(&state, &good);
    }
    let ours = good.clone();
    let made = tokio::task::spawn_blocking(move || {
        let Loaded { config, library, today, problems, .. } = &ours.loaded;
        let version =
            library.articles.get(&slug).and_then(|a| a.versions.get(&language)).context("その記事がありません")?;
        let by = query.get("by").and_then(|by| library.people.iter().find(|p| p.id == *by));
        let asked = Asked { by, from: None, until: query.get("until").and_then(|d| d.parse().ok()), today: *today };
        let engine = Engine::of(config)?;
        sheet(config, library, problems, &engine, version, &asked)
    });
    match made.await.map_err(anyhow::Error::from).and_then(|made| made) {
        Ok((name, pdf)) => {
            let shown = format!("inline; filename=\"{name}\"");
            (
                [
                    (header::CONTENT_TYPE, "application/pdf".to_owned()),
                    (header::CONTENT_DISPOSITION, shown),
                    (header::CACHE_CONTROL, "no-store".to_owned()),
                ],
                pdf,
            )
                .into_response()
        }
        Err(e) => page(&state, &good, StatusCode::INTERNAL_SERVER_ERROR, Err(e), Errors::Above),
    }
}

/// Households by label, whose sum is told, too: small numbers are hidden, and with them what they could be reckoned from.
fn masked(pairs: &[(String, u64)]) -> Vec<(&str, Option<u64>)> {
    let row = pairs.iter().map(|(_, n)| *n).collect();
    let masked = mask(&[row]).rows.swap_remove(0);
    pairs.iter().map(|(label, _)| label.as_str()).zip(masked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use crate::engine::new;
    use axum::body::{Body, to_bytes};

    #[test]
    fn small_numbers_of_households_are_not_told() {
        let pairs = [("LINE", 90), ("メール", 3), ("通知", 30)].map(|(label, n)| (label.to_owned(), n));
        let figures: Vec<String> = masked(&pairs).into_iter().map(|(_, n)| masking::figure(n)).collect();
        assert_eq!(figures, ["90", "非表示", "非表示"], "the thirty would tell the three");
        let counted = [0, 3, 12].map(|n| Figure::of(n).counted("世帯"));
        assert_eq!(counted, ["0世帯", "5世帯未満", "12世帯"]);
    }

    async fn page(state: &Arc<PreviewState>, path: &str) -> (StatusCode, String) {
        let response = crate::preview::pages(state.clone())
            .oneshot(Request::get(path).body(Body::empty()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned())
    }

    /// A mistake is said once on every page, above the last good one; a page that lists it itself has no second list.
    #[tokio::test]
    async fn each_mistake_is_said_once_above_the_last_good_page() {
        let dir = tempfile::tempdir().unwrap();
        new::create(dir.path(), date(2026, 11, 24)).unwrap();
        let state = PreviewState::open(dir.path(), Some(date(2026, 11, 24)), Arc::new(|_, _, _| Ok(None)));
        let (status, good) = page(&state, "/preview/hajimete").await;
        assert!(status == StatusCode::OK && !good.contains("<details class=\"problems"), "{good}");

        let article = dir.path().join("content/articles/hajimete.md");
        let text = std::fs::read_to_string(&article).unwrap();
        std::fs::write(&article, text.replace("title: ", "title：").replace("記事の見本です", "まちがえた題")).unwrap();
        state.reload();
        for path in ["/preview/", "/preview/hajimete", "/articles/hajimete/", "/", "/no-such-page"] {
            let (_, html) = page(&state, path).await;
            assert_eq!(html.matches("コロンが全角の「：」です").count(), 1, "{path}: {html}");
            assert_eq!(html.contains("<details class=\"problems tool\" open>"), path != "/preview/", "{path}");
            assert!(html.contains("data-version=\"2\""), "{path}");
        }
        let (_, html) = page(&state, "/articles/hajimete/").await;
        let (list, article) = (html.find("<details class=\"problems").unwrap(), html.find("<h1").unwrap());
        assert!(
            list < article && !html[article..].contains("まちがえた題"),
            "the list stands above the article as it was last read"
        );
        assert!(page(&state, "/preview/events/problems").await.1.starts_with("<details class=\"problems tool\" open>"));
    }

    /// What was saved last stands on top, then the order of life; the review has its own list.
    #[tokio::test]
    async fn the_list_is_ordered_as_an_editor_looks() {
        use crate::content::marks::mark_of;
        use crate::review::{Record, record};
        let dir = tempfile::tempdir().unwrap();
        new::create(dir.path(), date(2026, 11, 24)).unwrap();
        let people = dir.path().join("content/people.yaml");
        std::fs::write(&people, std::fs::read_to_string(&people).unwrap().replace("（監修する人の名前）", "鈴木 一郎"))
            .unwrap();
        let start = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000);
        let write = |slug: &str, lines: &str, seconds: u64| {
            let path = dir.path().join(format!("content/articles/{slug}.md"));
            let text = format!("---\ntitle: 題{slug}\nsummary: あ\n{lines}---\n本文\n");
            let body = mark_of(&text, Vec::new()).unwrap();
            let text = if lines.contains("review") {
                record(&text, &Record { body, ..Record::default() }).unwrap()
            } else {
                text
            };
            std::fs::write(&path, text).unwrap();
            std::fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(start + std::time::Duration::from_secs(seconds))
                .unwrap();
        };
        let review = |next: &str| format!("review: {{by: doctor-1, on: 2026-10-01, next: {next}}}\n");
        write("a", &format!("for:\n  - child_months: 4-6\n{}", review("2027-09-30")), 0);
        write("b", &format!("for:\n  - pregnancy_weeks: 30-34\n{}", review("2026-12-20")), 30);
        write("c", &format!("for:\n  - pregnancy_weeks: 5-8\n{}", review("2026-11-01")), 60);
        write("d", &review("2027-09-30"), 50_000);
        write("e", "draft: true\n", 90_000);
        let state = PreviewState::open(dir.path(), Some(date(2026, 11, 24)), Arc::new(|_, _, _| Ok(None)));
        let (_, html) = page(&state, "/preview/").await;
        let (table, due) = html.split_once("id=\"r-h\"").unwrap();
        let order = |html: &str| -> Vec<char> {
            html.match_indices("\">題")
                .filter_map(|(at, mark)| html[at + mark.len()..].chars().next().filter(char::is_ascii))
                .collect()
        };
        assert_eq!(order(table), ['e', 'd', 'c', 'b', 'a'], "{html}");
        assert_eq!(order(due), ['e', 'c', 'b'], "{html}");
        assert!(
            table.contains("最近、保存したもの") && table.contains("妊娠5〜8週") && table.contains("に保存"),
            "{table}"
        );
    }

    /// A site elsewhere that has its own name answered with this machine's address reads nothing; a name that cannot be
    /// is not there.
    #[tokio::test]
    async fn only_this_machine_reads_the_preview() {
        let dir = tempfile::tempdir().unwrap();
        new::create(dir.path(), date(2026, 11, 24)).unwrap();
        let router = crate::preview::pages(PreviewState::open(
            dir.path(),
            Some(date(2026, 11, 24)),
            Arc::new(|_, _, _| Ok(None)),
        ));
        let ask = async |path: &str, host: &str| {
            let request = Request::get(path).header(header::HOST, host).body(axum::body::Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        for own in ["127.0.0.1:8090", "localhost:8090", "localhost", "[::1]:8090", "127.0.0.1"] {
            assert_eq!(ask("/preview/", own).await, 200, "{own}");
        }
        for foreign in [
            "evil.example",
            "evil.example:8090",
            "127.0.0.1.evil.example:8090",
            "localhost.evil.example",
            "192.168.1.5:8090",
            "127.0.0.1@evil.example",
            "",
            "a b",
        ] {
            for path in ["/preview/", "/", "/preview/events", "/preview/flyers/", "/static/style.css"] {
                assert_eq!(ask(path, foreign).await, 403, "{foreign} {path}");
            }
        }
        for path in
            [format!("/images/{}", "a".repeat(300)), format!("/flyers/{}", "a".repeat(300)), "/flyers/%00".into()]
        {
            assert_eq!(ask(&path, "localhost").await, 404, "{path}");
        }
    }

    /// The phone shows the words that the letter room writes.
    #[tokio::test]
    async fn the_phone_shows_what_is_really_sent() {
        let dir = tempfile::tempdir().unwrap();
        new::create(dir.path(), date(2026, 11, 24)).unwrap();
        let state = PreviewState::open(dir.path(), Some(date(2026, 11, 24)), Arc::new(|_, _, _| Ok(None)));
        let good = state.good().unwrap();
        let article = &good.loaded.library.articles["hajimete"];
        let mut version = (*article.versions["ja"]).clone();
        let week = crate::calendar::LetterWeek::of(date(2026, 11, 24), good.loaded.config.letter_day);
        for language in ["ja", "en"] {
            version.language = language.into();
            let (shown, told) =
                (phone(&good, article, &version), crate::letter::line_notice(&good.loaded.config, week, language));
            assert_eq!(
                (&shown.title, &shown.body, shown.hint.as_str()),
                (&told.title, &told.body, crate::channel::line::press(language))
            );
        }
    }
}
