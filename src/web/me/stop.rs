//! Resting and stopping: one tap, at once, without a reason; the way back is there, quietly.

use super::{again, erased, flash, gone, own, subject_lines, until_field};
use crate::calendar::plus_days;
use crate::household::{self, Draft, Household, Share};
use crate::web::forms::{self, Pairs, value};
use crate::web::{Result, Shared, SignedIn, quiet};
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde_json::json;

/// `POST /me/subjects/<slot>/stop`: acts at once, asks nothing.
pub(in crate::web) async fn subject(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Path(slot): Path<String>,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let Some(at) = household::stop_subject(&app.db, &household.id, &slot, app.now()).await? else {
        return gone(&app, &household);
    };
    // For a day, a mistaken tap can be taken back on this device. The browser itself keeps nothing of it.
    household::remember_stop(&app.db, &signed_in.token, Some((&slot, at))).await?;
    Ok((spared(&app, jar, &household.id).await?, Redirect::to("/me/stopped")).into_response())
}

/// The device keeps what the household has become, for when it is recognised no more.
async fn spared(app: &Shared, jar: CookieJar, household: &str) -> Result<CookieJar> {
    let now = household::load(&app.db, household).await?;
    Ok(now.map_or_else(|| jar.clone(), |now| quiet::as_it_is(app, jar.clone(), &now)))
}

/// The slot and instant of the stop that this device made, if it still stands.
async fn remembered(app: &Shared, signed_in: &SignedIn, household: &Household) -> Result<Option<(String, i64)>> {
    let stop = household::remembered_stop(&app.db, &signed_in.token, app.now()).await?;
    Ok(stop.filter(|(slot, at)| household.subject(slot).is_some_and(|s| s.stopped_at == Some(*at))))
}

/// `GET /me/stopped`: what has ended, what goes on, where there is care.
pub(in crate::web) async fn stopped(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let undo = remembered(&app, &signed_in, &household).await?.is_some();
    let others: Vec<String> = if household.stopped_at.is_none() {
        subject_lines(&household, app.today()).into_iter().map(|l| l.share).collect()
    } else {
        Vec::new()
    };
    app.page(
        "me-stopped.html",
        app.config.main_language(),
        &json!({
            "section": "me",
            "undo": undo,
            "others": others,
            "no_channel": household.contacts.is_empty(),
            "erased": erased(&app, &household),
            "again": again(&household, app.today()),
        }),
    )
}

/// `POST /me/undo`: for a mistaken tap, from the same device only.
pub(in crate::web) async fn undo(State(app): State<Shared>, signed_in: SignedIn, jar: CookieJar) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    if let Some((slot, at)) = remembered(&app, &signed_in, &household).await? {
        household::undo_stop(&app.db, &household.id, &slot, at, app.now()).await?;
    }
    household::remember_stop(&app.db, &signed_in.token, None).await?;
    Ok((spared(&app, jar, &household.id).await?, Redirect::to("/me")).into_response())
}

/// `POST /me/pause`: for so many weeks, or until a day.
pub(in crate::web) async fn pause(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let (id, today) = (signed_in.household()?, app.today());
    let until = match value(&pairs, "weeks").parse::<i32>() {
        Ok(weeks @ (2 | 4 | 8)) => plus_days(today, weeks * 7),
        Ok(_) | Err(_) => {
            let draft = Draft::from_pairs(pairs);
            match household::pause_until(&draft, today) {
                Ok(day) => day,
                Err(problems) => {
                    let until = until_field(&draft, &problems, today);
                    let page = app.page(
                        "me-pause.html",
                        app.config.main_language(),
                        &json!({ "section": "me", "errors": forms::summary(&problems), "until": until }),
                    )?;
                    return Ok(forms::with_problems(page, &problems));
                }
            }
        }
    };
    household::pause(&app.db, id, until, app.now()).await?;
    Ok(Redirect::to("/me#rest").into_response())
}

/// `POST /me/resume`.
pub(in crate::web) async fn resume(State(app): State<Shared>, signed_in: SignedIn) -> Result<Redirect> {
    household::resume(&app.db, signed_in.household()?, app.now()).await?;
    Ok(Redirect::to("/me#rest"))
}

/// `POST /me/stop`: all letters of the household.
pub(in crate::web) async fn all(State(app): State<Shared>, signed_in: SignedIn, jar: CookieJar) -> Result<Response> {
    let household = signed_in.household()?;
    household::stop_all(&app.db, household, app.now()).await?;
    // What was one mistaken tap is part of a decision now: a page that is still open takes nothing back.
    household::remember_stop(&app.db, &signed_in.token, None).await?;
    Ok((spared(&app, jar, household).await?, Redirect::to("/me/stopped")).into_response())
}

/// `POST /me/start`: begins again for those whom the household has chosen.
pub(in crate::web) async fn start(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let slots: Vec<&str> = pairs.iter().filter(|(name, _)| name == "slot").map(|(_, slot)| slot.as_str()).collect();
    let household = own(&app, &signed_in).await?;
    if household.stopped_at.is_some()
        && !household::start_again(&app.db, &household.id, Share::Of(&slots), app.now()).await?
    {
        return Ok((flash::remember(&app, jar, "nobody".to_owned()), Redirect::to("/me#facts")).into_response());
    }
    household::remember_stop(&app.db, &signed_in.token, None).await?;
    Ok((spared(&app, jar, &household.id).await?, Redirect::to("/me#rest")).into_response())
}
