//! `POST /line/webhook`: a signed body in, 200 at once, the work afterwards.

use super::Shared;
use crate::channel::line::respond::{Around, respond};
use crate::channel::line::webhook::{self, Event};
use crate::channel::signature;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;

/// LINE's bodies have some kilobytes.
const LONGEST: usize = 1 << 20;

/// 200 when the signature is LINE's and the body has its form; 401, 400, 413 otherwise, and then nothing happens.
/// Without a channel secret there is no such page.
pub(super) async fn receive(State(app): State<Shared>, request: Request) -> StatusCode {
    let Some(secret) = app.config.services.line_channel_secret.clone() else { return StatusCode::NOT_FOUND };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    let signature = parts.headers.get("x-line-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !signature::verify(&secret, &body, signature) {
        tracing::warn!("a webhook call without LINE's signature");
        return StatusCode::UNAUTHORIZED;
    }
    match webhook::parse(&body) {
        Ok(events) => {
            tokio::spawn(work(app, events));
            StatusCode::OK
        }
        Err(e) => {
            // Only where it is out of form: the text of the error may quote the body.
            tracing::warn!(line = e.line(), column = e.column(), "a webhook body out of form");
            StatusCode::BAD_REQUEST
        }
    }
}

/// One event after the other; one that fails does not keep the next from its answer.
async fn work(app: Shared, events: Vec<Event>) {
    let Some(line) = &app.line else {
        tracing::warn!("LINE events cannot be answered: OTAYORI_LINE_CHANNEL_TOKEN is not set");
        return;
    };
    let published = app.published();
    for event in events {
        let around = Around { config: &app.config, db: &app.db, vault: &app.vault, contacts: &published.library.contacts, now: app.now() };
        let id = event.id.clone();
        if let Err(e) = respond(line, around, event).await {
            tracing::error!(event = id, error = format!("{e:#}"), "a LINE event was not answered");
        }
    }
}
