//! `/preview/flyers/`: a flyer in, its versions side by side, its remarks and its 校了 out; what is written goes into the file beside the flyer.

use super::pages::{Errors, nothing_yet, page};
use super::workshop::{Good, Workshop};
use crate::content::Flyer;
use crate::flyer::round::{Comment, LONGEST_NAME, LONGEST_TEXT, Passed, Round};
use crate::flyer::{Engine, MadeFlyer, make, size_title};
use crate::site::Address;
use anyhow::Result;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The workshop, and the last flyer that was made with the version of the content that it is of.
struct Press {
    workshop: Arc<Workshop>,
    last: Mutex<Option<Sheets>>,
}

#[derive(Clone)]
struct Sheets {
    version: u64,
    id: String,
    made: Result<Arc<MadeFlyer>, Vec<String>>,
}

type Shared = State<Arc<Press>>;

/// The pages of the proof round.
pub(super) fn router(workshop: Arc<Workshop>) -> Router {
    Router::new()
        .route("/preview/flyers", get(|| async { Redirect::permanent("/preview/flyers/") }))
        .route("/preview/flyers/", get(list))
        .route("/preview/flyers/{id}/", get(flyer))
        .route("/preview/flyers/{id}/comment", post(comment))
        .route("/preview/flyers/{id}/pass", post(pass))
        .route("/preview/flyers/{id}/{file}", get(file))
        .with_state(Arc::new(Press { workshop, last: Mutex::new(None) }))
}

impl Press {
    /// Makes the flyer's files, or takes those that were made of the same content.
    async fn sheets(self: &Arc<Self>, good: &Arc<Good>, id: &str) -> Sheets {
        let version = self.workshop.news().version;
        let kept = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|k| k.version == version && k.id == id) {
            return kept;
        }
        let (press, good, id) = (self.clone(), good.clone(), id.to_owned());
        let work = move || {
            let loaded = &good.loaded;
            let told = |problems: crate::diag::Diagnostics| problems.sorted().iter().map(ToString::to_string).collect::<Vec<_>>();
            let made =
                Engine::of(&loaded.config).map_err(|e| vec![format!("{e:#}")]).and_then(|engine| make(&loaded.config, &loaded.library, &engine, &id).map(Arc::new).map_err(told));
            let sheets = Sheets { version, id, made };
            *press.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(sheets.clone());
            sheets
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Sheets { version, id: String::new(), made: Err(vec![e.to_string()]) })
    }

    fn not_found(&self, good: &Good) -> Response {
        page(&self.workshop, good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound), Errors::Above)
    }
}

async fn list(State(press): Shared) -> Response {
    let Some(good) = press.workshop.good() else { return nothing_yet(&press.workshop) };
    let loaded = &good.loaded;
    let row = |f: &Flyer| {
        let round = Round::load(&Round::path(&loaded.config, &f.id)).unwrap_or_default();
        let last = round.passed.last().map(|p| format!("{}　{}", p.by, p.at));
        json!({ "id": f.id, "title": bare(&f.title), "draft": f.draft, "language": f.language, "sizes": f.sizes.iter().map(|s| size_title(s)).collect::<Vec<_>>(), "places": f.places.len(), "comments": round.comments.len(), "last": last })
    };
    let context = json!({ "flyers": loaded.library.flyers.values().map(row).collect::<Vec<_>>(), "today": loaded.today });
    page(&press.workshop, &good, StatusCode::OK, loaded.theme.render("preview/flyers.html", loaded.config.main_language(), &context), Errors::Above)
}

async fn flyer(State(press): Shared, Path(id): Path<String>) -> Response {
    let Some(good) = press.workshop.good() else { return nothing_yet(&press.workshop) };
    let Some(flyer) = good.loaded.library.flyers.get(&id) else { return press.not_found(&good) };
    let sheets = press.sheets(&good, &id).await;
    let html = round_page(&good, flyer, &sheets);
    page(&press.workshop, &good, StatusCode::OK, html, Errors::Above)
}

fn round_page(good: &Good, flyer: &Flyer, sheets: &Sheets) -> Result<String> {
    let loaded = &good.loaded;
    let round = Round::load(&Round::path(&loaded.config, &flyer.id))?;
    let (digest, problems) = match &sheets.made {
        Ok(made) => (made.digest.as_str(), Vec::new()),
        Err(problems) => ("", problems.clone()),
    };
    let size = |size: &String| json!({ "id": size, "title": size_title(size), "name": format!("{}-{size}", flyer.id) });
    let place = |p: &crate::content::Place| {
        let sheets: Vec<Value> = flyer.sizes.iter().map(|s| json!({ "title": size_title(s), "name": format!("{}-{s}-{}", flyer.id, p.code) })).collect();
        json!({ "name": p.name, "code": format!("{}-{}", flyer.code, p.code), "sheets": sheets })
    };
    let context = json!({
        "id": flyer.id, "title": bare(&flyer.title), "file": flyer.file, "draft": flyer.draft, "language": flyer.language,
        "sizes": flyer.sizes.iter().map(size).collect::<Vec<_>>(), "places": flyer.places.iter().map(place).collect::<Vec<_>>(),
        "others": versions(good, flyer), "problems": problems, "digest": digest, "short": digest.get(..16).unwrap_or_default(),
        "comments": round.comments.iter().map(|c| json!({ "at": c.at, "by": c.by, "size": if c.size.is_empty() { String::new() } else { size_title(&c.size) }, "lines": c.text.lines().collect::<Vec<_>>() })).collect::<Vec<_>>(),
        "passed": round.passed(digest), "void": round.void(digest), "today": loaded.today,
    });
    loaded.theme.render("preview/flyer.html", loaded.config.main_language(), &context)
}

/// The same flyer in other languages: `touroku` and `touroku-en`.
fn versions(good: &Good, flyer: &Flyer) -> Vec<Value> {
    let stem = |f: &Flyer| f.id.strip_suffix(&format!("-{}", f.language)).unwrap_or(&f.id).to_owned();
    let own = stem(flyer);
    let others = good.loaded.library.flyers.values().filter(|f| f.id != flyer.id && stem(f) == own);
    others.map(|f| json!({ "id": f.id, "language": super::view::language_title(&f.language), "title": bare(&f.title) })).collect()
}

/// A title without its readings and breaks.
fn bare(title: &str) -> String {
    let mut out = String::new();
    let mut rest = title;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else { break };
        out.push_str(inside.split('|').next().unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    let between = if out.is_ascii() { " " } else { "" };
    out.replace('\n', between)
}

async fn file(State(press): Shared, Path((id, name)): Path<(String, String)>) -> Response {
    let Some(good) = press.workshop.good() else { return nothing_yet(&press.workshop) };
    if !good.loaded.library.flyers.contains_key(&id) {
        return press.not_found(&good);
    }
    let sheets = press.sheets(&good, &id).await;
    let found = sheets.made.ok().and_then(|made| made.files.iter().find(|(n, _)| *n == name).map(|(_, bytes)| bytes.clone()));
    let Some(bytes) = found else { return press.not_found(&good) };
    let kind = match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        _ => "image/svg+xml",
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

#[derive(Deserialize)]
struct Remark {
    #[serde(default)]
    by: String,
    #[serde(default)]
    size: String,
    #[serde(default)]
    text: String,
}

async fn comment(State(press): Shared, Path(id): Path<String>, headers: HeaderMap, Form(remark): Form<Remark>) -> Response {
    let (by, text) = (clean(&remark.by, LONGEST_NAME), clean(&remark.text, LONGEST_TEXT));
    write(&press, &id, &headers, move |round, at, flyer| {
        if by.is_empty() || text.is_empty() {
            return false;
        }
        let size = if flyer.sizes.contains(&remark.size) { remark.size.clone() } else { String::new() };
        round.comments.push(Comment { at, by: by.clone(), size, text: text.clone() });
        true
    })
}

#[derive(Deserialize)]
struct Pass {
    #[serde(default)]
    by: String,
    /// Of what was looked at.
    #[serde(default)]
    digest: String,
}

/// 校了 is of the bytes that the page showed: what has changed since is not passed.
async fn pass(State(press): Shared, Path(id): Path<String>, headers: HeaderMap, Form(form): Form<Pass>) -> Response {
    let Some(good) = press.workshop.good() else { return nothing_yet(&press.workshop) };
    if !good.loaded.library.flyers.contains_key(&id) {
        return press.not_found(&good);
    }
    let now = press.sheets(&good, &id).await.made.map(|made| made.digest.clone()).unwrap_or_default();
    let by = clean(&form.by, LONGEST_NAME);
    write(&press, &id, &headers, move |round, at, _| {
        let good = !by.is_empty() && !now.is_empty() && form.digest == now && round.passed(&now).is_none();
        if good {
            round.passed.push(Passed { at, by: by.clone(), sha256: now.clone() });
        }
        good
    })
}

/// Changes the record and goes back to the page; other sites' forms are refused.
fn write(press: &Press, id: &str, headers: &HeaderMap, change: impl FnOnce(&mut Round, String, &Flyer) -> bool) -> Response {
    if !is_own(headers) {
        return (StatusCode::FORBIDDEN, "この機械の下見のページからだけ書けます").into_response();
    }
    let Some(good) = press.workshop.good() else { return nothing_yet(&press.workshop) };
    let Some(flyer) = good.loaded.library.flyers.get(id) else { return press.not_found(&good) };
    let config = &good.loaded.config;
    let now = crate::web::Clock::System.now().to_zoned(config.zone.clone());
    let at = format!("{} {:02}:{:02}", now.date(), now.hour(), now.minute());
    let path = Round::path(config, id);
    let written = Round::load(&path).and_then(|mut round| if change(&mut round, at, flyer) { round.save(&path) } else { Ok(()) });
    match written {
        Ok(()) => Redirect::to(&format!("/preview/flyers/{id}/#round")).into_response(),
        Err(e) => page(&press.workshop, &good, StatusCode::INTERNAL_SERVER_ERROR, Err(e), Errors::Above),
    }
}

/// From a page of this preview on this machine?
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here = matches!(name, "localhost" | "127.0.0.1");
    here && text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"))
}

fn clean(text: &str, longest: usize) -> String {
    text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || *c == '\n').take(longest).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use crate::cli::new;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;

    const FLYER: &str = "---\ntitle: \"{毎週|まいしゅう}のおたより\"\nsummary: 登録は1分です。\ntemplate: handout\nsizes: [a5]\ncode: x\n---\n読んで、聞けます。\n\n## 登録\n\n1. **読みとる** カメラを向けます。\n";

    async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String) {
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned())
    }
    fn get_page(path: &str) -> Request<Body> {
        Request::get(path).body(Body::empty()).unwrap()
    }
    fn form(path: &str, origin: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header("host", "127.0.0.1:8090").header("origin", origin).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(body)).unwrap()
    }

    /// A remark and a 校了 are kept beside the flyer; the 校了 is of the bytes, and a change makes it void.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_round_from_remark_to_pass_and_back() {
        let dir = tempfile::tempdir().unwrap();
        new::create(dir.path(), date(2026, 11, 24)).unwrap();
        std::fs::create_dir_all(dir.path().join("content/flyers")).unwrap();
        let file = dir.path().join("content/flyers/x.md");
        std::fs::write(&file, FLYER).unwrap();
        let workshop = Workshop::open(dir.path(), Some(date(2026, 11, 24)), Arc::new(|_, _, _| Ok(None)));
        let router = router(workshop.clone());
        let (status, html) = ask(&router, get_page("/preview/flyers/x/")).await;
        assert!(status == StatusCode::OK && html.contains("x-a5.png") && html.contains("毎週のおたより") && html.contains("まだ校了がありません"), "{html}");
        assert_eq!(ask(&router, get_page("/preview/flyers/x/x-a5.png")).await.0, StatusCode::OK);
        assert_eq!(ask(&router, get_page("/preview/flyers/x/x-a4.png")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(ask(&router, get_page("/preview/flyers/y/")).await.0, StatusCode::NOT_FOUND);

        let here = "http://127.0.0.1:8090";
        let remark = [("by", "佐藤"), ("size", "a5"), ("text", "電話を大きく\n<b>")];
        assert_eq!(ask(&router, form("/preview/flyers/x/comment", "https://evil.example", &remark)).await.0, StatusCode::FORBIDDEN);
        assert_eq!(ask(&router, form("/preview/flyers/x/comment", here, &remark)).await.0, StatusCode::SEE_OTHER);
        let record = dir.path().join("content/flyers/x.proof.yaml");
        assert!(std::fs::read_to_string(&record).unwrap().contains("電話を大きく"));
        let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
        assert!(html.contains("電話を大きく<br>&lt;b&gt;") && html.contains("意見（1）"), "{html}");

        let digest = html.split_once("name=\"digest\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
        assert_eq!(ask(&router, form("/preview/flyers/x/pass", here, &[("by", "佐藤"), ("digest", "other")])).await.0, StatusCode::SEE_OTHER);
        assert!(ask(&router, get_page("/preview/flyers/x/")).await.1.contains("まだ校了がありません"), "what was not looked at is not passed");
        ask(&router, form("/preview/flyers/x/pass", here, &[("by", "佐藤"), ("digest", &digest)])).await;
        let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
        assert!(html.contains("<b>佐藤</b>") && !html.contains("校了にする"), "{html}");

        std::fs::write(&file, FLYER.replace("聞けます", "聞けるよ")).unwrap();
        workshop.reload();
        let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
        assert!(html.contains("校了のあとで変わっています") && html.contains("校了にする"), "{html}");
        assert!(ask(&router, get_page("/preview/flyers/")).await.1.contains("佐藤"));
        // A flyer that cannot be made says why, and cannot be passed.
        std::fs::write(&file, FLYER.replace("カメラ", "カメラ📷")).unwrap();
        workshop.reload();
        let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
        assert!(html.contains("U+1F4F7") && !html.contains("校了にする"), "{html}");
    }
}
