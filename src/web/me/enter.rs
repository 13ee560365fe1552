//! The way in: a one-time link from LINE, or the explanation how to get one; and the way out of a device.

use crate::household;
use crate::web::guard::{cookie_name, session_cookie};
use crate::web::{Result, Shared, SignedIn};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde_json::json;

/// `GET /me/enter`: not recognised on this device.
pub(in crate::web) async fn explain(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    if signed_in.household.is_some() {
        return Ok(Redirect::to("/me").into_response());
    }
    page(&app, "", false)
}

/// `GET /me/enter/<token>`: a page with a button, so that a preview of the link does not use it up.
pub(in crate::web) async fn link(State(app): State<Shared>, Path(token): Path<String>) -> Result<Response> {
    page(&app, &token, false)
}

/// `POST /me/enter/<token>`: signs this device in, once.
pub(in crate::web) async fn enter(State(app): State<Shared>, jar: CookieJar, Path(token): Path<String>) -> Result<Response> {
    match household::sign_in_by_link(&app.db, &token, app.now()).await? {
        Some(session) => Ok((jar.add(session_cookie(&app, "household", session, household::SESSION_DAYS)), Redirect::to("/me")).into_response()),
        None => Ok((StatusCode::GONE, page(&app, "", true)?).into_response()),
    }
}

fn page(app: &Shared, token: &str, spent: bool) -> Result<Response> {
    let context = json!({ "section": "me", "token": token, "spent": spent, "line_login": app.login.is_some() });
    app.page("me-enter.html", app.config.main_language(), &context)
}

/// `POST /me/leave`: signs this device out.
pub(in crate::web) async fn leave(State(app): State<Shared>, jar: CookieJar) -> Result<Response> {
    if let Some(cookie) = jar.get(&cookie_name(&app, "household")) {
        household::sign_out(&app.db, cookie.value()).await?;
    }
    Ok((without_cookie(&app, jar), Redirect::to("/me/enter")).into_response())
}

/// `POST /me/leave-everywhere`: signs all devices out, for a lost phone.
pub(in crate::web) async fn leave_everywhere(State(app): State<Shared>, signed_in: SignedIn, jar: CookieJar) -> Result<Response> {
    household::leave_everywhere(&app.db, signed_in.household()?, app.now()).await?;
    Ok((without_cookie(&app, jar), Redirect::to("/me/enter")).into_response())
}

/// The jar without the household's cookie.
pub(super) fn without_cookie(app: &Shared, jar: CookieJar) -> CookieJar {
    let mut cookie = Cookie::from(cookie_name(app, "household"));
    cookie.set_path("/");
    cookie.set_secure(app.config.site.public_url.starts_with("https:"));
    jar.remove(cookie)
}
