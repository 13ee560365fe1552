//! `/stop`: for whoever cannot get in any more. A token that came with a notification in, the stop of its household's letters out, and taking it back.
//!
//! The token stands behind `#`, which no browser sends and no log keeps; the page hands it over in its form. Who it is nobody knows before that, so the
//! first page speaks the language of the link; afterwards it is the household's.

use super::forms::{Pairs, value};
use super::me::last_day;
use super::{Result, Shared, SignedIn, quiet};
use crate::household::{self, Share, Stopped};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::{Value, json};

/// `?lang=en`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    lang: String,
}

/// `GET /stop#<token>`
pub(super) async fn ask(State(app): State<Shared>, Query(Asked { lang }): Query<Asked>) -> Result<Response> {
    page(&app, &lang, json!({ "said": "ask" }))
}

/// `POST /stop`: acts at once. A device that is not recognised remembers that it is to be spared, and nothing else.
pub(super) async fn stop(State(app): State<Shared>, signed_in: SignedIn, jar: CookieJar, Form(pairs): Form<Pairs>) -> Result<Response> {
    let token = value(&pairs, "token");
    let language = language(&app, &pairs).await?;
    let Some(Stopped { at, own, children, pregnancies }) = household::stop_by_token(&app.db, &app.vault, token, app.now()).await? else {
        return lost(&app, &language);
    };
    let said = json!({ "said": "stopped", "own": own, "children": children, "pregnancies": pregnancies, "token": token, "at": at, "erased": last_day(&app, at) });
    let jar = if signed_in.household.is_none() { quiet::marked(&app, jar) } else { jar };
    Ok((jar, page(&app, &language, said)?).into_response())
}

/// `POST /stop/undo`: takes back the stop that this token made within a day, and no other, for the children alone or for all.
pub(super) async fn undo(State(app): State<Shared>, jar: CookieJar, Form(pairs): Form<Pairs>) -> Result<Response> {
    let at = value(&pairs, "at").parse().unwrap_or_default();
    let all = value(&pairs, "share") == "all";
    let language = language(&app, &pairs).await?;
    let share = if all { Share::All } else { Share::Children };
    let undone = household::undo_by_token(&app.db, &app.vault, value(&pairs, "token"), at, share, app.now()).await?;
    if !undone {
        return lost(&app, &language);
    }
    // Where a part stays stopped, the device stays as it is.
    let jar = if all { quiet::unmarked(&app, jar) } else { jar };
    Ok((jar, page(&app, &language, json!({ "said": "undone", "all": all }))?).into_response())
}

/// The household's language, or the one of the page that it came from.
async fn language(app: &Shared, pairs: &Pairs) -> Result<String> {
    let own = household::language_of_token(&app.db, &app.vault, value(pairs, "token")).await?;
    Ok(own.unwrap_or_else(|| value(pairs, "lang").to_owned()))
}

fn lost(app: &Shared, language: &str) -> Result<Response> {
    Ok((StatusCode::GONE, page(app, language, json!({ "said": "lost" }))?).into_response())
}

fn page(app: &Shared, language: &str, context: Value) -> Result<Response> {
    let known = app.config.site.languages.iter().find(|l| *l == language);
    app.page("stop.html", known.map_or(app.config.main_language(), String::as_str), &context)
}
