//! A letter's public page: the snapshot of what was sent, the same for every household that got it.

use super::{Error, Result, Shared};
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};

/// `/letters/<week>/<hash>/`
pub(super) async fn letter(State(app): State<Shared>, Path((week, hash)): Path<(String, String)>) -> Result<Response> {
    let view = crate::letter::view(&app.db, &hash).await?.filter(|view| view.week == week).ok_or(Error::NotFound)?;
    Ok(Html(crate::site::letter_page(&app.published().theme, &view)?).into_response())
}
