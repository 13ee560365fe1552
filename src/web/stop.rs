//! `/stop`: for whoever cannot get in any more. A token that came with a notification in, the stop of its household's letters out, and taking it back.
//!
//! The token stands behind `#`, which no browser sends and no log keeps; the page hands it over in its form.

use super::forms::{Pairs, value};
use super::me::kept_until;
use super::{Result, Shared};
use crate::household;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// `GET /stop#<token>`
pub(super) async fn ask(State(app): State<Shared>) -> Result<Response> {
    page(&app, &json!({ "said": "ask" }))
}

/// `POST /stop`: acts at once.
pub(super) async fn stop(State(app): State<Shared>, Form(pairs): Form<Pairs>) -> Result<Response> {
    let token = value(&pairs, "token");
    match household::stop_by_token(&app.db, &app.vault, token, app.now()).await? {
        Some(household::Stopped { at, own }) => page(&app, &json!({ "said": "stopped", "own": own, "token": token, "at": at, "erased": kept_until(&app, at) })),
        None => lost(&app),
    }
}

/// `POST /stop/undo`: takes back the stop that this token made within a day, and no other.
pub(super) async fn undo(State(app): State<Shared>, Form(pairs): Form<Pairs>) -> Result<Response> {
    let at = value(&pairs, "at").parse().unwrap_or_default();
    let undone = household::undo_by_token(&app.db, &app.vault, value(&pairs, "token"), at, app.now()).await?;
    if undone { page(&app, &json!({ "said": "undone" })) } else { lost(&app) }
}

fn lost(app: &Shared) -> Result<Response> {
    Ok((StatusCode::GONE, page(app, &json!({ "said": "lost" }))?).into_response())
}

fn page(app: &Shared, context: &serde_json::Value) -> Result<Response> {
    app.page("stop.html", app.config.main_language(), context)
}
