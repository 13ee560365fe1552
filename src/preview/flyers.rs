//! `/preview/flyers/`: a flyer in, its versions side by side, its remarks and its 校了 out. What is written there is
//! `remarks`' matter.

mod press;
mod proof_page;
mod remarks;
#[cfg(test)]
mod tests;

use super::pages::{Errors, nothing_yet, page};
use super::state::PreviewState;
use crate::content::Flyer;
use crate::flyer::proof_record::ProofRecord;
use crate::paper::size;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use press::{Press, Shared};
use proof_page::{bare, round_page};
use serde_json::json;
use std::sync::{Arc, Mutex};

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
