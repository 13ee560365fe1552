//! A letter's public page, the same for every household that got it; and the way there for a household that is recognised.

use super::{Error, Result, Shared, SignedIn, line_login};
use crate::calendar::LetterWeek;
use crate::household;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde_json::json;

/// `/letters/<week>/<hash>/`
pub(super) async fn letter(State(app): State<Shared>, Path((week, hash)): Path<(String, String)>) -> Result<Response> {
    let view = crate::letter::view(&app.db, &hash).await?.filter(|view| view.week == week).ok_or(Error::NotFound)?;
    Ok(Html(crate::site::letter_page(&app.published().theme, &view)?).into_response())
}

/// `/letters/<week>/`, the link of everybody's message on LINE: on to the household's own letter, by way of LINE Login if it is not recognised.
pub(super) async fn own(State(app): State<Shared>, Path(week): Path<String>, signed_in: SignedIn, jar: CookieJar) -> Result<Response> {
    LetterWeek::named(&week, app.config.letter_day).ok_or(Error::NotFound)?;
    let Some(id) = signed_in.household else { return Ok(line_login::start(&app, jar, &week)) };
    match household::letter_of_week(&app.db, &id, &week).await? {
        Some(hash) => Ok(Redirect::to(&format!("/letters/{week}/{hash}/")).into_response()),
        None => app.page("letter-none.html", app.config.main_language(), &json!({ "section": "me" })),
    }
}
