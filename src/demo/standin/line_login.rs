//! LINE Login on loopback: the consent page of whoever holds the phone in front, codes and signed id tokens out, with
//! the refusals of the real one.

use super::line::{Shared, page};
use super::own_clock;
use crate::channel::line::login::{id_token, is_verifier};
use axum::Json;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// What LINE knows of its logins.
#[derive(Debug, Default)]
pub(super) struct Logins {
    /// Who is signed in to LINE on the phone; nobody: the person says no.
    pub phone: Option<String>,
    /// Where LINE may send people back to; empty: not registered in the console.
    pub callback: String,
    codes: HashMap<String, Code>,
    /// Logins that ended with a token.
    pub done: u64,
}

/// A code that waits to be exchanged, once.
#[derive(Debug)]
struct Code {
    user: String,
    nonce: String,
    challenge: String,
    callback: String,
}

type Fields = HashMap<String, String>;

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// `/oauth2/v2.1/authorize`: what is out of form stays on LINE's page; a yes or no goes back with the state.
pub(super) async fn authorize(State(shared): State<Arc<Shared>>, Query(query): Query<Fields>) -> Response {
    let bad = |words: &str| (StatusCode::BAD_REQUEST, Html(page(&format!("400 Bad Request: {words}")))).into_response();
    let mut state = shared.lock();
    let logins = &mut state.logins;
    if field(&query, "client_id") != super::Line::LOGIN_ID {
        return bad("Invalid client_id value");
    }
    if logins.callback.is_empty() || field(&query, "redirect_uri") != logins.callback {
        return bad("Invalid redirect_uri value. Check if it is registered in a LINE developers site.");
    }
    if field(&query, "state").is_empty()
        || field(&query, "response_type") != "code"
        || !field(&query, "scope").split(' ').any(|s| s == "openid")
    {
        return bad("state, response_type and scope are required");
    }
    if field(&query, "code_challenge_method") != "S256" || field(&query, "code_challenge").len() != 43 {
        return bad("code_challenge is out of form");
    }
    let mut answer = form_urlencoded::Serializer::new(String::new());
    match logins.phone.clone() {
        Some(user) => {
            let code = uuid::Uuid::new_v4().simple().to_string();
            answer.append_pair("code", &code);
            let of = |name: &str| field(&query, name).to_owned();
            logins.codes.insert(
                code,
                Code { user, nonce: of("nonce"), challenge: of("code_challenge"), callback: of("redirect_uri") },
            );
        }
        None => {
            answer
                .append_pair("error", "access_denied")
                .append_pair("error_description", "The resource owner denied the request.");
        }
    }
    let answer = answer.append_pair("state", field(&query, "state")).finish();
    Redirect::to(&format!("{}?{answer}", logins.callback)).into_response()
}

/// `/oauth2/v2.1/token`: a code for an id token, once, to whoever has the channel's secret and the verifier.
pub(super) async fn token(State(shared): State<Arc<Shared>>, Form(form): Form<Fields>) -> Response {
    let refuse = |error: &str, why: &str| {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": why }))).into_response()
    };
    if field(&form, "client_id") != super::Line::LOGIN_ID || field(&form, "client_secret") != super::Line::LOGIN_SECRET
    {
        return refuse("invalid_client", "client_id or client_secret is wrong");
    }
    if field(&form, "grant_type") != "authorization_code" {
        return refuse("unsupported_grant_type", "grant_type must be authorization_code");
    }
    let mut state = shared.lock();
    let Some(code) = state.logins.codes.remove(field(&form, "code")) else {
        return refuse("invalid_grant", "invalid authorization code");
    };
    if code.callback != field(&form, "redirect_uri") {
        return refuse("invalid_grant", "redirect_uri does not match");
    }
    if !is_verifier(field(&form, "code_verifier"), &code.challenge) {
        return refuse("invalid_grant", "code_verifier does not match");
    }
    let now = own_clock();
    let claims = json!({ "iss": shared.base, "sub": code.user, "aud": super::Line::LOGIN_ID, "exp": now + 3600,
        "iat": now, "nonce": code.nonce, "amr": ["linesso"] });
    let id_token = id_token(super::Line::LOGIN_SECRET, &json!({ "typ": "JWT", "alg": "HS256" }), &claims);
    state.logins.done += 1;
    Json(json!({ "access_token": "standin-access-token", "expires_in": 2_592_000, "id_token": id_token,
        "refresh_token": "r", "scope": "openid", "token_type": "Bearer" }))
    .into_response()
}
