//! `POST /line/webhook`: a signed body in, kept and answered 200 at once, the work afterwards.

use super::Shared;
use crate::channel::line::inbox;
use crate::channel::line::respond::Around;
use crate::channel::line::{webhook, work::work_off};
use crate::channel::signature;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;

/// 200 when the signature is LINE's, the body has its form and its events are kept; 401, 400, 413, 503 otherwise, and
/// then nothing happens. Without a channel secret there is no such page.
pub(super) async fn receive(State(app): State<Shared>, request: Request) -> StatusCode {
    let Some(secret) = app.config.services.line_channel_secret.clone() else { return StatusCode::NOT_FOUND };
    let (parts, body) = request.into_parts();
    // As long as the route takes.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    let signature = parts.headers.get("x-line-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !signature::verify(&secret, &body, signature) {
        tracing::warn!("a webhook call without LINE's signature");
        return StatusCode::UNAUTHORIZED;
    }
    match webhook::parse(&body) {
        Ok(events) => match inbox::store(&app.db, &app.vault, &events, &app.config.zone, app.now()).await {
            Ok(()) => {
                tokio::spawn(work(app));
                StatusCode::OK
            }
            Err(e) => {
                // LINE delivers it again where redelivery is switched on.
                tracing::error!(error = format!("{e:#}"), "LINE events could not be kept");
                StatusCode::SERVICE_UNAVAILABLE
            }
        },
        Err(e) => {
            // Only where it is out of form: the text of the error may quote the body.
            tracing::warn!(line = e.line(), column = e.column(), "a webhook body out of form");
            StatusCode::BAD_REQUEST
        }
    }
}

/// Works off what is due, these events and what was left; what this process leaves undone the schedule takes over.
async fn work(app: Shared) {
    let Some(line) = &app.line else {
        tracing::warn!("LINE events wait: OTAYORI_LINE_CHANNEL_TOKEN is not set");
        return;
    };
    let published = app.published();
    let around = Around {
        config: &app.config,
        db: &app.db,
        vault: &app.vault,
        contacts: &published.library.contacts,
        now: app.now(),
    };
    if let Err(e) = work_off(line, around, &|| app.now()).await {
        tracing::error!(error = format!("{e:#}"), "LINE events wait; they are tried again");
    }
}
