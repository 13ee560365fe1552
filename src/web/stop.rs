//! `/stop`: for whoever is recognised, and whoever cannot get in any more. What was pressed, or a token that came with
//! a notification, in; the stop of the household's letters out, and taking it back.
//!
//! The token stands behind `#`, which no browser sends and no log keeps; the page hands it over in its form. Who it is
//! nobody knows before that, so the first page speaks the language of the link; afterwards it is the household's.

use super::forms::{Pairs, value};
use super::me::last_day;
use super::{Error, Result, Shared, SignedIn, quiet};
use crate::household::{self, Household, Share, Stopped, Subject};
use crate::segment::SubjectKind;
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

/// `GET /stop#<token>`: whoever is recognised gets the buttons at once, in her language and without script.
pub(super) async fn ask(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(Asked { lang }): Query<Asked>,
) -> Result<Response> {
    let Some(household) = recognised(&app, &signed_in).await? else {
        return page(&app, &lang, json!({ "said": "ask" }));
    };
    let language = if lang.is_empty() { household.language.clone() } else { lang };
    if let Some(at) = household.stopped_at {
        return page(&app, &language, json!({ "said": "stopped", "erased": last_day(&app, at) }));
    }
    page(&app, &language, json!({ "said": "ask", "shares": shares(&household) }))
}

/// What can be stopped by itself: each pregnancy, where anybody else gets letters, too; `{slot nth}`.
fn shares(household: &Household) -> Vec<Value> {
    let open: Vec<&Subject> = household.subjects.iter().filter(|s| s.active()).collect();
    let pregnancies: Vec<&&Subject> = open.iter().filter(|s| s.kind == SubjectKind::Pregnancy).collect();
    let nth = |n: usize| if pregnancies.len() > 1 { n + 1 } else { 0 };
    let all = pregnancies.iter().enumerate().filter(|_| open.len() > 1);
    all.map(|(n, s)| json!({ "slot": s.slot, "nth": nth(n) })).collect()
}

/// The household of this device.
async fn recognised(app: &Shared, signed_in: &SignedIn) -> Result<Option<Household>> {
    Ok(match &signed_in.household {
        Some(id) => household::load(&app.db, id).await?,
        None => None,
    })
}

/// `POST /stop`: acts at once. A device that is not recognised remembers that it is to be spared, and nothing else.
pub(super) async fn stop(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let token = value(&pairs, "token");
    if token.is_empty()
        && let Some(household) = recognised(&app, &signed_in).await?
    {
        return own(&app, &signed_in, jar, &household, value(&pairs, "slot")).await;
    }
    let language = language(&app, &pairs).await?;
    let Some(Stopped { at, own, children, pregnancies }) =
        household::stop_by_token(&app.db, &app.vault, token, app.now()).await?
    else {
        return lost(&app, &language);
    };
    let said = json!({ "said": "stopped", "own": own, "children": children, "pregnancies": pregnancies, "token": token,
        "at": at, "erased": last_day(&app, at) });
    let jar = if signed_in.household.is_none() { quiet::marked(&app, jar) } else { jar };
    Ok((jar, page(&app, &language, said)?).into_response())
}

/// All letters of whoever is recognised, as the session remembers it beside the slots.
const ALL: &str = "all";

/// Stops what was pressed of the household's own, and remembers it with the session, so that it can be taken back
/// there.
async fn own(
    app: &Shared,
    signed_in: &SignedIn,
    jar: CookieJar,
    household: &Household,
    slot: &str,
) -> Result<Response> {
    let at = if slot == ALL {
        let made = household::stop_all(&app.db, &household.id, app.now()).await?;
        let at = household::stop(&app.db, &household.id, app.now()).await?;
        at.map(|at| (at, made))
    } else {
        household::stop_subject(&app.db, &household.id, slot, app.now()).await?.map(|at| (at, true))
    };
    let Some((at, made)) = at else { return lost(app, &household.language) };
    if made {
        household::remember_stop(&app.db, &signed_in.token, Some((slot, at))).await?;
    }
    let undo = household::remembered_stop(&app.db, &signed_in.token, app.now())
        .await?
        .is_some_and(|stop| stop == (slot.to_owned(), at));
    let now = household::load(&app.db, &household.id).await?.ok_or(Error::NotFound)?;
    let whole = now.stopped_at.is_some();
    // With one tap comes back what one tap has stopped; of several everybody by its own word.
    let kinds = |kind: SubjectKind| slot == ALL && now.could_come_back().any(|s| s.kind == kind);
    let said = json!({
        "said": "stopped", "own": undo, "children": kinds(SubjectKind::Child),
        "pregnancies": kinds(SubjectKind::Pregnancy), "token": "", "at": at,
        "part": !whole, "erased": now.stopped_at.map(|at| last_day(app, at)),
    });
    Ok((quiet::as_it_is(app, jar, &now), page(app, &household.language, said)?).into_response())
}

/// `POST /stop/undo`: takes back the stop that this token or this session made within a day, and no other, for the
/// children alone or for all.
pub(super) async fn undo(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let at = value(&pairs, "at").parse().unwrap_or_default();
    let all = value(&pairs, "share") == "all";
    let share = if all { Share::All } else { Share::Children };
    if value(&pairs, "token").is_empty()
        && let Some(household) = recognised(&app, &signed_in).await?
    {
        return undo_own(&app, &signed_in, jar, &household, at, share).await;
    }
    let language = language(&app, &pairs).await?;
    let undone = household::undo_by_token(&app.db, &app.vault, value(&pairs, "token"), at, share, app.now()).await?;
    if !undone {
        return lost(&app, &language);
    }
    // Where a part stays stopped, the device stays as it is.
    let jar = if all { quiet::unmarked(&app, jar) } else { jar };
    Ok((jar, page(&app, &language, json!({ "said": "undone", "all": all }))?).into_response())
}

async fn undo_own(
    app: &Shared,
    signed_in: &SignedIn,
    jar: CookieJar,
    household: &Household,
    at: i64,
    share: Share<'_>,
) -> Result<Response> {
    let stop = household::remembered_stop(&app.db, &signed_in.token, app.now()).await?.filter(|(_, made)| *made == at);
    let Some((slot, at)) = stop else { return lost(app, &household.language) };
    let all = slot != ALL || share == Share::All;
    let undone = if slot == ALL {
        household::undo_stop_all(&app.db, &household.id, at, share, app.now()).await?
    } else {
        household::undo_stop(&app.db, &household.id, &slot, at, app.now()).await?;
        true
    };
    if !undone {
        return lost(app, &household.language);
    }
    household::remember_stop(&app.db, &signed_in.token, None).await?;
    let now = household::load(&app.db, &household.id).await?.ok_or(Error::NotFound)?;
    Ok((quiet::as_it_is(app, jar, &now), page(app, &household.language, json!({ "said": "undone", "all": all }))?)
        .into_response())
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
