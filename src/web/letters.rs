//! A letter's public page, the same for every household that got it, but for one that has stopped something; and the
//! way there for a household that is recognised.

use super::{Error, Result, Shared, SignedIn, line_login, quiet, when};
use crate::calendar::{Date, LetterWeek};
use crate::content::LetterView;
use crate::household;
use crate::letter::{self, Left};
use crate::site;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::json;

/// `?whole=yes`
#[derive(Deserialize)]
pub(super) struct Asked {
    /// She wants to read what she has stopped: it opens by this choice alone.
    #[serde(default)]
    whole: String,
}

/// `/letters/<week>/<hash>/`: after a stop without what was stopped, however late it is opened.
pub(super) async fn letter(
    State(app): State<Shared>,
    Path((week, hash)): Path<(String, String)>,
    Query(Asked { whole }): Query<Asked>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<Response> {
    let Some(view) = letter::view(&app.db, &hash).await?.filter(|view| view.week == week) else {
        return gone(&app, &week).await;
    };
    let left = if whole.is_empty() { left(&app, &view, &signed_in, &jar).await? } else { Left::Whole };
    let theme = &app.published().theme;
    let page = match left {
        Left::Whole => site::letter_page(theme, &view)?,
        Left::Part(view) => site::letter_page_in_part(theme, &view)?,
        Left::Nothing => site::closed_letter_page(theme, &view)?,
    };
    Ok(Html(page).into_response())
}

/// A letter of half a year ago and more is not kept: that is said. Whatever else is not there is not found.
async fn gone(app: &Shared, week: &str) -> Result<Response> {
    let week = LetterWeek::named(week, app.config.letter_day).ok_or(Error::NotFound)?;
    if !letter::is_gone(&app.db, week).await? {
        return Err(Error::NotFound);
    }
    let page = app.page("letter-none.html", app.config.main_language(), &json!({ "section": "me", "gone": true }))?;
    Ok((StatusCode::GONE, page).into_response())
}

/// What of a letter may stand on this device.
async fn left(app: &Shared, view: &LetterView, signed_in: &SignedIn, jar: &CookieJar) -> Result<Left> {
    let Some(id) = &signed_in.household else {
        let later = |since: Date| view.date.parse::<Date>().is_ok_and(|begins| begins > since);
        return Ok(if quiet::since(app, jar).is_none_or(later) { Left::Whole } else { Left::Nothing });
    };
    let Some(household) = household::load(&app.db, id).await? else { return Ok(Left::Whole) };
    let stopped_on = household.newest_stop().map(|at| when::zoned(app, at).date());
    Ok(letter::left(view, &household, stopped_on))
}

/// `/letters/<week>/`, the link of everybody's message on LINE: on to the household's own letter, by way of LINE Login
/// if it is not recognised.
pub(super) async fn own(
    State(app): State<Shared>,
    Path(week): Path<String>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<Response> {
    let named = LetterWeek::named(&week, app.config.letter_day).ok_or(Error::NotFound)?;
    let Some(id) = signed_in.household else { return Ok(line_login::start(&app, jar, &week)) };
    match letter::of_week(&app.db, &id, &week).await? {
        Some(hash) => Ok(Redirect::to(&format!("/letters/{week}/{hash}/")).into_response()),
        None => app.page(
            "letter-none.html",
            app.config.main_language(),
            &json!({ "section": "me", "gone": letter::is_gone(&app.db, named).await? }),
        ),
    }
}
