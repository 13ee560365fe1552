//! `POST /push/subscriptions`: what a browser subscribed to in, a contact of the person out; `GET /push/key` for a
//! worker that lost its own.

use super::{Error, Result, Shared, SignedIn};
use crate::household::{self, PushError, Subscription};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use http_body_util::{BodyExt as _, Limited};

/// The key that browsers subscribe with; 404 where no device notifications are offered.
pub(super) async fn key(State(app): State<Shared>) -> Result<String> {
    app.vapid_public_key().ok_or(Error::NotFound)
}

/// 201 when the device is registered (again); the same subscription twice is one contact.
pub(super) async fn subscribe(State(app): State<Shared>, signed_in: SignedIn, request: Request) -> Result<StatusCode> {
    let person = signed_in.person()?;
    let too_long = |_| Error::BadRequest("送られたものが長すぎます。".into());
    let body = Limited::new(request.into_body(), household::LONGEST_SUBSCRIPTION)
        .collect()
        .await
        .map_err(too_long)?
        .to_bytes();
    let subscription = Subscription::parse(&body, app.config.services.allow_loopback_push).map_err(|e| {
        Error::BadRequest(
            match e {
                PushError::Form => "通知の登録の形が読めません。",
                PushError::Endpoint => "知らない通知サービスです。ほかのブラウザーか、LINEを使ってください。",
                PushError::Keys => "通知の登録の鍵が正しくありません。",
            }
            .into(),
        )
    })?;
    match household::attach_push(&app.db, &app.vault, person, &signed_in.token, &subscription, app.now()).await? {
        true => Ok(StatusCode::CREATED),
        false => Err(Error::NotFound),
    }
}
