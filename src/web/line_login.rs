//! LINE Login in the browser: to LINE's page and back, a household's session out. Without such a channel: the
//! explanation how to get in.

use super::session::{cookie_name, session_cookie};
use super::{Error, Result, Shared, SignedIn};
use crate::calendar::LetterWeek;
use crate::channel::line::login::Attempt;
use crate::clock::Clock;
use crate::contact;
use crate::household;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde::Deserialize;
use serde_json::json;

/// A try is over after so many minutes: time enough to sign in to LINE by hand.
const MINUTES: i64 = 15;
/// The cookie of a try: its secret and where it leads, `<secret>.<week>`.
const COOKIE: &str = "line_login";

/// Where a try began.
#[derive(Deserialize)]
pub(super) struct Way {
    /// Of the letter to be read; empty: the household's own page.
    #[serde(default)]
    week: String,
}

/// What LINE says.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
}

/// Why a try did not succeed; the page says it in a person's words.
#[derive(Clone, Copy)]
enum Failed {
    /// The person said no, or LINE did.
    Denied,
    /// Another browser, another try, too late, or LINE did not confirm it.
    Lost,
    /// No household belongs to this LINE user.
    Unknown,
}

/// `GET /line/login?week=2026-W48`
pub(super) async fn begin(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Query(way): Query<Way>,
) -> Response {
    let week = week(&app, &way.week);
    if signed_in.household.is_some() { Redirect::to(&target(&week)).into_response() } else { start(&app, jar, &week) }
}

/// On to LINE's page, with a cookie that remembers the try. `week` must be one, or empty.
pub(super) fn start(app: &Shared, jar: CookieJar, week: &str) -> Response {
    let Some(login) = &app.login else { return Redirect::to("/me/enter").into_response() };
    let attempt = Attempt::begin();
    let mut cookie = session_cookie(app, COOKIE, format!("{}.{week}", attempt.secret()), 1);
    cookie.set_max_age(time::Duration::minutes(MINUTES));
    (jar.add(cookie), Redirect::to(&login.page(&attempt, &callback_url(app)))).into_response()
}

/// `GET /line/login/callback`: LINE sends the person back here.
pub(super) async fn callback(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Query(answer): Query<Answer>,
) -> Result<Response> {
    let Some(login) = &app.login else { return Err(Error::NotFound) };
    let (attempt, week) = remembered(&app, &jar);
    let jar = without_cookie(&app, jar); // a try is over, however it ends
    // Before anything else: the answer belongs to this browser's own try. What another site brings along is not looked
    // at.
    let Some(attempt) = attempt.filter(|a| a.state() == answer.state) else {
        return failed(&app, jar, Failed::Lost, &week);
    };
    if !answer.error.is_empty() || answer.code.is_empty() {
        return failed(&app, jar, Failed::Denied, &week);
    }
    // LINE's tokens are judged by the machine's clock, whatever day the pages live on.
    let user = match login.finish(&attempt, &callback_url(&app), &answer.code, Clock::System.now().seconds()).await {
        Ok(user) => user,
        Err(e) => {
            tracing::warn!(error = format!("{e:#}"), "a LINE login did not succeed");
            return failed(&app, jar, Failed::Lost, &week);
        }
    };
    let Some(member) = contact::by_line_user(&app.db, &app.vault, &user).await? else {
        return failed(&app, jar, Failed::Unknown, &week);
    };
    if signed_in.is_another(&member.household_id) {
        // It is not sent away without a word: the page of a one-time link asks.
        let token = contact::one_time_link(&app.db, &member.person_id, &week, app.now()).await?;
        return Ok((jar, Redirect::to(&format!("/me/enter/{token}"))).into_response());
    }
    if signed_in.household.is_some() {
        return Ok((jar, Redirect::to(&target(&week))).into_response());
    }
    let session = household::sign_in(&app.db, &member.person_id, app.now()).await?;
    let jar = jar.add(session_cookie(&app, "household", session, contact::SESSION_DAYS));
    Ok((jar, Redirect::to(&target(&week))).into_response())
}

/// The registered address: `<public_url>/line/login/callback`.
fn callback_url(app: &Shared) -> String {
    app.config.url("/line/login/callback")
}

/// The letter's page of everybody, or the household's own page.
fn target(week: &str) -> String {
    if week.is_empty() { "/me".to_owned() } else { format!("/letters/{week}/") }
}

/// A week's name, or empty: nothing else from outside becomes part of an address.
fn week(app: &Shared, text: &str) -> String {
    LetterWeek::named(text, app.config.letter_day).map_or_else(String::new, |week| week.to_string())
}

fn remembered(app: &Shared, jar: &CookieJar) -> (Option<Attempt>, String) {
    let Some(cookie) = jar.get(&cookie_name(app, COOKIE)) else { return (None, String::new()) };
    let (secret, rest) = cookie.value().split_once('.').unwrap_or((cookie.value(), ""));
    (Attempt::from_secret(secret), week(app, rest))
}

fn without_cookie(app: &Shared, jar: CookieJar) -> CookieJar {
    let mut cookie = Cookie::from(cookie_name(app, COOKIE));
    cookie.set_path("/");
    cookie.set_secure(app.config.site.public_url.starts_with("https:"));
    jar.remove(cookie)
}

fn failed(app: &Shared, jar: CookieJar, why: Failed, week: &str) -> Result<Response> {
    let (status, name) = match why {
        Failed::Denied => (StatusCode::OK, "denied"),
        Failed::Lost => (StatusCode::BAD_REQUEST, "lost"),
        Failed::Unknown => (StatusCode::OK, "unknown"),
    };
    let again = if week.is_empty() { "/line/login".to_owned() } else { format!("/line/login?week={week}") };
    let page = app.page(
        "line-login.html",
        app.config.main_language(),
        &json!({ "section": "me", "why": name, "again": again }),
    )?;
    Ok((status, jar, page).into_response())
}
