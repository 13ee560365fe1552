//! The way in: a one-time link from LINE, or the explanation how to get one; and the way out of a device.

use crate::contact::{self, Way};
use crate::household;
use crate::web::forms::{Pairs, value};
use crate::web::session::{cookie_name, session_cookie};
use crate::web::{Result, Shared, SignedIn, quiet};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde::Deserialize;
use serde_json::json;

/// A form's fields; none where it has none.
type Fields = std::result::Result<Form<Pairs>, FormRejection>;

/// `?lang=en`
#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    lang: String,
}

/// `GET /me/enter`: not recognised on this device. In the language that is asked for; a link of a household's own in
/// that household's.
pub(in crate::web) async fn explain(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(Asked { lang }): Query<Asked>,
) -> Result<Response> {
    if signed_in.household.is_some() {
        return Ok(Redirect::to("/me").into_response());
    }
    page(&app, &Shown { language: &lang, ..Shown::default() })
}

/// `GET /me/enter/<token>`: a page with a button, so that a preview of the link does not use it up. Where the household
/// is recognised already there is nothing to ask: a preview has no session.
pub(in crate::web) async fn link(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(token): Path<String>,
) -> Result<Response> {
    let Some(way) = household::way_of_link(&app.db, &app.vault, &token, app.now()).await? else { return spent(&app) };
    if signed_in.household.as_deref() == Some(way.household_id.as_str()) {
        return straight_on(&app, &token).await;
    }
    let language = household::language(&app.db, &way.household_id).await?.unwrap_or_default();
    page(
        &app,
        &Shown {
            language: &language,
            token: &token,
            letter: !way.week.is_empty(),
            another: signed_in.is_another(&way.household_id),
            ..Shown::default()
        },
    )
}

/// `POST /me/enter/<token>`: signs this device in, once, and opens what the link is for. Where another household is
/// recognised it is asked first, and leaves the device if the answer is yes.
pub(in crate::web) async fn enter(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let now = app.now();
    let Some(way) = household::way_of_link(&app.db, &app.vault, &token, now).await? else { return spent(&app) };
    if signed_in.household.as_deref() == Some(way.household_id.as_str()) {
        return straight_on(&app, &token).await;
    }
    let another = signed_in.is_another(&way.household_id);
    if another && !fields.is_ok_and(|Form(pairs)| value(&pairs, "switch") == "yes") {
        let language = household::language(&app.db, &way.household_id).await?.unwrap_or_default();
        return page(
            &app,
            &Shown { language: &language, token: &token, letter: !way.week.is_empty(), another, ..Shown::default() },
        );
    }
    let Some((session, way)) = household::sign_in_by_link(&app.db, &app.vault, &token, now).await? else {
        return spent(&app);
    };
    if another {
        household::leave(&app.db, &app.vault, &signed_in.token, "", now).await?;
    }
    Ok((jar.add(session_cookie(&app, "household", session, contact::SESSION_DAYS)), Redirect::to(&target(&way)))
        .into_response())
}

/// Uses the link up and opens what it is for.
async fn straight_on(app: &Shared, token: &str) -> Result<Response> {
    match household::use_link(&app.db, &app.vault, token, app.now()).await? {
        Some(way) => Ok(Redirect::to(&target(&way)).into_response()),
        None => spent(app),
    }
}

/// The week's letter, which leads on to the household's own, or its page.
fn target(way: &Way) -> String {
    if way.week.is_empty() { "/me".to_owned() } else { format!("/letters/{}/", way.week) }
}

fn spent(app: &Shared) -> Result<Response> {
    Ok((StatusCode::GONE, page(app, &Shown { spent: true, ..Shown::default() })?).into_response())
}

/// Which page of the way in.
#[derive(Default)]
struct Shown<'a> {
    /// One of the site's, or the main one.
    language: &'a str,
    /// Of a link that is good; empty: how to get one.
    token: &'a str,
    /// It opens a letter.
    letter: bool,
    /// Another household is recognised on this device.
    another: bool,
    /// The link was used, or is too old.
    spent: bool,
}

fn page(app: &Shared, shown: &Shown<'_>) -> Result<Response> {
    let &Shown { language, token, letter, another, spent } = shown;
    let (site, published) = (&app.config.site, app.published());
    let language = site.languages.iter().find(|l| *l == language).map_or(app.config.main_language(), String::as_str);
    // A link says whose language it is; elsewhere everybody chooses.
    let named =
        |code: &String| published.theme.words(code).get("language_name").cloned().unwrap_or_else(|| code.clone());
    let link = |code: &String| {
        json!({ "code": code, "name": named(code), "path": format!("/me/enter?lang={code}"),
        "current": code == language })
    };
    let languages: Vec<_> = if token.is_empty() { site.languages.iter().map(link).collect() } else { Vec::new() };
    let context = json!({ "section": "me", "token": token, "letter": letter, "another": another, "spent": spent,
        "line_login": app.login.is_some(), "languages": languages });
    app.page("me-enter.html", language, &context)
}

/// `POST /me/leave`: signs this device out and ends its notifications. Its browser may name its subscription; without
/// script the session knows it.
pub(in crate::web) async fn leave(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response> {
    let pairs = fields.map(|Form(pairs)| pairs).unwrap_or_default();
    let jar = as_it_was(&app, &signed_in, jar).await?;
    household::leave(&app.db, &app.vault, &signed_in.token, value(&pairs, "endpoint"), app.now()).await?;
    Ok((without_cookie(&app, jar), Redirect::to("/me/enter")).into_response())
}

/// `POST /me/leave-everywhere`: signs all devices out and ends their notifications, for a lost phone.
pub(in crate::web) async fn leave_everywhere(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<Response> {
    let jar = as_it_was(&app, &signed_in, jar).await?;
    household::leave_everywhere(&app.db, signed_in.person()?, app.now()).await?;
    Ok((without_cookie(&app, jar), Redirect::to("/me/enter")).into_response())
}

/// A device that leaves stays quiet if it was, and is not if it was not.
async fn as_it_was(app: &Shared, signed_in: &SignedIn, jar: CookieJar) -> Result<CookieJar> {
    Ok(if quiet::is(app, signed_in, &jar).await? { quiet::marked(app, jar) } else { quiet::unmarked(app, jar) })
}

/// The jar without the household's cookie.
pub(super) fn without_cookie(app: &Shared, jar: CookieJar) -> CookieJar {
    let mut cookie = Cookie::from(cookie_name(app, "household"));
    cookie.set_path("/");
    cookie.set_secure(app.config.site.public_url.starts_with("https:"));
    jar.remove(cookie)
}
