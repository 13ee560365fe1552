//! `/preview/flyers/`: a flyer in, its versions side by side, its remarks and its 校了 out. What is written there is
//! `remarks`' matter.

mod remarks;
#[cfg(test)]
mod tests;

use super::pages::{Errors, nothing_yet, page};
use super::state::{Good, PreviewState};
use crate::content::Flyer;
use crate::flyer::proof_record::{Answer, Comment, ProofRecord, Word};
use crate::flyer::{MadeFlyer, make};
use crate::paper::Engine;
use crate::paper::size;
use crate::site::Address;
use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use remarks::Refused;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The state, and the last flyer that was made with the version of the content that it is of.
struct Press {
    state: Arc<PreviewState>,
    last: Mutex<Option<Sheets>>,
    /// Held while a record is read, changed and written.
    pen: Mutex<()>,
}

#[derive(Clone)]
struct Sheets {
    version: u64,
    id: String,
    made: Result<Arc<MadeFlyer>, Vec<String>>,
}

type Shared = State<Arc<Press>>;

/// The pages of the proof round.
pub(super) fn router(state: Arc<PreviewState>) -> Router {
    Router::new()
        .route("/preview/flyers", get(|| async { Redirect::permanent("/preview/flyers/") }))
        .route("/preview/flyers/", get(list))
        .route("/preview/flyers/{id}/", get(flyer))
        .route("/preview/flyers/{id}/comment", post(remarks::comment))
        .route("/preview/flyers/{id}/answer", post(remarks::answer))
        .route("/preview/flyers/{id}/pass", post(remarks::pass))
        .route("/preview/flyers/{id}/undo", post(remarks::undo))
        .route("/preview/flyers/{id}/{file}", get(file))
        .with_state(Arc::new(Press { state, last: Mutex::new(None), pen: Mutex::new(()) }))
}

impl Press {
    /// Makes the flyer's files, or takes those that were made of the same content.
    async fn sheets(self: &Arc<Self>, good: &Arc<Good>, id: &str) -> Sheets {
        let version = self.state.news().version;
        let kept = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|k| k.version == version && k.id == id) {
            return kept;
        }
        let (press, good, id) = (self.clone(), good.clone(), id.to_owned());
        let work = move || {
            let loaded = &good.loaded;
            let told = |problems: crate::diag::Diagnostics| {
                problems.sorted().iter().map(ToString::to_string).collect::<Vec<_>>()
            };
            let made = Engine::of(&loaded.config)
                .map_err(|e| vec![format!("{e:#}")])
                .and_then(|engine| make(&loaded.config, &loaded.library, &engine, &id).map(Arc::new).map_err(told));
            let sheets = Sheets { version, id, made };
            *press.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(sheets.clone());
            sheets
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Sheets {
            version,
            id: String::new(),
            made: Err(vec![e.to_string()]),
        })
    }

    /// One change of a record after the other: two of the same moment are both kept.
    fn recording<T>(&self, change: impl FnOnce() -> T) -> T {
        let _pen = self.pen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change()
    }

    fn not_found(&self, good: &Good) -> Response {
        page(&self.state, good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound), Errors::Above)
    }
}

async fn list(State(press): Shared) -> Response {
    let Some(good) = press.state.good() else { return nothing_yet(&press.state) };
    let loaded = &good.loaded;
    let row = |f: &Flyer| {
        let round = ProofRecord::load(&ProofRecord::path(&loaded.config, &f.id)).unwrap_or_default();
        let last = round.passed.iter().rev().find(|p| p.undone.is_none()).map(|p| format!("{}　{}", p.by, p.at));
        json!({ "id": f.id, "title": bare(&f.title), "draft": f.draft, "language": f.language,
            "sizes": f.sizes.iter().map(|s| size::title(s)).collect::<Vec<_>>(), "places": f.places.len(),
            "comments": round.comments.len(), "open": round.open(), "last": last })
    };
    let context =
        json!({ "flyers": loaded.library.flyers.values().map(row).collect::<Vec<_>>(), "today": loaded.today });
    page(
        &press.state,
        &good,
        StatusCode::OK,
        loaded.theme.render("preview/flyers.html", loaded.config.main_language(), &context),
        Errors::Above,
    )
}

async fn flyer(State(press): Shared, Path(id): Path<String>) -> Response {
    let Some(good) = press.state.good() else { return nothing_yet(&press.state) };
    let Some(flyer) = good.loaded.library.flyers.get(&id) else { return press.not_found(&good) };
    let sheets = press.sheets(&good, &id).await;
    let html = round_page(&good, flyer, &sheets, None);
    page(&press.state, &good, StatusCode::OK, html, Errors::Above)
}

/// `refused`: what was sent and could not be written, which stays in its form.
fn round_page(good: &Good, flyer: &Flyer, sheets: &Sheets, refused: Option<&Refused>) -> Result<String> {
    let loaded = &good.loaded;
    let round = ProofRecord::load(&ProofRecord::path(&loaded.config, &flyer.id))?;
    let (digest, problems) = match &sheets.made {
        Ok(made) => (made.digest.as_str(), Vec::new()),
        Err(problems) => ("", problems.clone()),
    };
    let size =
        |size: &String| json!({ "id": size, "title": size::title(size), "name": format!("{}-{size}", flyer.id) });
    let place = |p: &crate::content::Place| {
        let sheets: Vec<Value> = flyer
            .sizes
            .iter()
            .map(|s| json!({ "title": size::title(s), "name": format!("{}-{s}-{}", flyer.id, p.code) }))
            .collect();
        json!({ "name": p.name, "code": format!("{}-{}", flyer.code, p.code), "sheets": sheets })
    };
    let context = json!({
        "id": flyer.id, "title": bare(&flyer.title), "file": flyer.file, "draft": flyer.draft,
        "language": flyer.language,
        "sizes": flyer.sizes.iter().map(size).collect::<Vec<_>>(),
        "places": flyer.places.iter().map(place).collect::<Vec<_>>(),
        "others": versions(good, flyer), "problems": problems, "digest": digest,
        "short": digest.get(..16).unwrap_or_default(),
        "comments": round.comments.iter().enumerate().map(|(n, c)| remark(n, c, digest, refused)).collect::<Vec<_>>(),
        "open": round.open(),
        "refused": refused.filter(|r| r.remark.is_none()), "history": round.passed.iter().rev().collect::<Vec<_>>(),
        "local": crate::config::is_loopback(&loaded.config.site.public_url), "passed": round.passed(digest),
        "void": round.void(digest), "today": loaded.today,
    });
    loaded.theme.render("preview/flyer.html", loaded.config.main_language(), &context)
}

/// A remark for the page: its number from 1, what was done about it, and whether the PDFs are others by now.
fn remark(n: usize, comment: &Comment, digest: &str, refused: Option<&Refused>) -> Value {
    let size = if comment.size.is_empty() { String::new() } else { size::title(&comment.size) };
    let answer = |a: &Answer| {
        let Word { at, by, text } = &a.word;
        json!({ "at": at, "by": by, "lines": text.lines().collect::<Vec<_>>(), "reopened": a.reopened })
    };
    json!({
        "n": n + 1, "at": comment.at, "by": comment.by, "size": size, "lines": comment.text.lines().collect::<Vec<_>>(),
        "open": comment.is_open(),
        "version": comment.sha256.get(..8).unwrap_or_default(), "earlier": !comment.sha256.is_empty()
            && !digest.is_empty() && comment.sha256 != digest,
        "answers": comment.answers.iter().map(answer).collect::<Vec<_>>(),
        "refused": refused.filter(|r| r.remark == Some(n)),
    })
}

/// The same flyer in other languages: `touroku` and `touroku-en`.
fn versions(good: &Good, flyer: &Flyer) -> Vec<Value> {
    let stem = |f: &Flyer| f.id.strip_suffix(&format!("-{}", f.language)).unwrap_or(&f.id).to_owned();
    let own = stem(flyer);
    let others = good.loaded.library.flyers.values().filter(|f| f.id != flyer.id && stem(f) == own);
    others
        .map(|f| json!({ "id": f.id, "language": super::titles::language_title(&f.language), "title": bare(&f.title) }))
        .collect()
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
    let Some(good) = press.state.good() else { return nothing_yet(&press.state) };
    if !good.loaded.library.flyers.contains_key(&id) {
        return press.not_found(&good);
    }
    let sheets = press.sheets(&good, &id).await;
    let found =
        sheets.made.ok().and_then(|made| made.files.iter().find(|(n, _)| *n == name).map(|(_, bytes)| bytes.clone()));
    let Some(bytes) = found else { return press.not_found(&good) };
    let kind = match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        _ => "image/svg+xml",
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
}
