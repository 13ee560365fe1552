//! E-mail addresses: typed by a household, confirmed and stopped by whoever can read their mail. No link does anything
//! by being opened: a button does.

use super::address::Address;
use super::forms::{self, Pairs, value};
use super::{Error, Result, Shared, SignedIn};
use crate::contact;
use crate::crowd::{Sender, What};
use crate::household::{self, Problem};
use crate::mailbox::EmailAddress;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// `POST /me/email`: the owner of the address is asked. The answer is the same whoever has it already, and however
/// often it was asked.
pub(super) async fn ask(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Address(from): Address,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    if app.config.site.email.is_none() {
        return Err(Error::NotFound);
    }
    let id = signed_in.household()?;
    let typed = value(&pairs, "email");
    let address: EmailAddress = match typed.parse() {
        Ok(address) => address,
        Err(wrong) => {
            let problems = [Problem {
                field: "email".into(),
                summary: format!("メールアドレス：{wrong}"),
                message: format!("{wrong}。"),
            }];
            let context = json!({ "section": "me", "said": "again", "typed": typed, "errors": forms::summary(&problems),
                "error": forms::error_of(&problems, "email") });
            return Ok(forms::with_problems(
                app.page("me-email.html", app.config.main_language(), &context)?,
                &problems,
            ));
        }
    };
    let verdict = app.crowd(What::Confirm, Sender::of(Some(id), from.as_deref())).await?;
    if !app.turn(&verdict).await {
        return Ok((StatusCode::TOO_MANY_REQUESTS, page(&app, app.config.main_language(), json!({ "said": "full" }))?)
            .into_response());
    }
    // A stranger's mailbox is not filled, whoever asks.
    if app.may_ask(&address.plain()).await? {
        contact::ask_email(&app.db, &app.vault, signed_in.person()?, &address, app.now()).await?;
    }
    page(&app, app.config.main_language(), json!({ "said": "asked", "address": address.plain() }))
}

/// `GET /me/email/<token>`: what the link is for, and a button.
pub(super) async fn before_confirm(State(app): State<Shared>, Path(token): Path<String>) -> Result<Response> {
    let Some(household) = contact::confirms(&app.db, &app.vault, &token, app.now()).await? else {
        return over(&app, "");
    };
    let language = language(&app, household.as_deref()).await?;
    page(&app, &language, json!({ "said": "confirm", "token": token }))
}

/// `POST /me/email/<token>`: letters come to this address from now on.
pub(super) async fn confirm(State(app): State<Shared>, Path(token): Path<String>, fields: Fields) -> Result<Response> {
    let language = asked_language(fields);
    if !household::confirm_email(&app.db, &app.vault, &token, app.now()).await? {
        return over(&app, &language);
    }
    page(&app, &language, json!({ "said": "confirmed" }))
}

fn over(app: &Shared, language: &str) -> Result<Response> {
    Ok((StatusCode::GONE, page(app, language, json!({ "said": "over" }))?).into_response())
}

/// `GET /stop/mail/<token>`: changes nothing.
pub(super) async fn before_stop(State(app): State<Shared>, Path(token): Path<String>) -> Result<Response> {
    // Of an address that is gone already it is said all the same: it stays gone.
    let household = household::stops_mail(&app.db, &app.vault, &token).await?;
    let language = language(&app, household.as_deref()).await?;
    page(&app, &language, json!({ "said": "stop", "token": token }))
}

/// `POST /stop/mail/<token>`: by the page's button, or by a mail program for its reader (RFC 8058: without cookies, its
/// one field in either of a form's encodings, and nothing is shown).
pub(super) async fn stop(State(app): State<Shared>, Path(token): Path<String>, fields: Fields) -> Result<Response> {
    let language = asked_language(fields);
    let known = household::stop_mail(&app.db, &app.vault, &token, app.now()).await?;
    let page = page(&app, &language, json!({ "said": if known { "stopped" } else { "lost" } }))?;
    Ok(if known { page } else { (StatusCode::GONE, page).into_response() })
}

/// A form's fields; none where a program sends it in another encoding.
type Fields = std::result::Result<Form<Pairs>, FormRejection>;

/// The language of the page whose button was pressed.
fn asked_language(fields: Fields) -> String {
    fields.map_or_else(|_| String::new(), |Form(pairs)| value(&pairs, "lang").to_owned())
}

/// The household's; the site's main one where nobody reads.
async fn language(app: &Shared, household: Option<&str>) -> Result<String> {
    Ok(match household {
        Some(id) => household::language(&app.db, id).await?.unwrap_or_default(),
        None => String::new(),
    })
}

fn page(app: &Shared, language: &str, context: Value) -> Result<Response> {
    let known = app.config.site.languages.iter().find(|l| *l == language);
    let mut context = context;
    if let Value::Object(map) = &mut context {
        for (name, value) in [("section", "me"), ("token", ""), ("address", ""), ("typed", ""), ("error", "")] {
            map.entry(name).or_insert_with(|| value.into());
        }
        map.entry("errors").or_insert_with(|| json!([]));
    }
    app.page("me-email.html", known.map_or(app.config.main_language(), String::as_str), &context)
}
