//! LINE on loopback: the Messaging API and the account link page in front, signed webhook events out of the back.

use super::line_login::{self, Logins};
use super::{Fault, Front, Server, bind, serve};
use crate::channel::http::Client;
use crate::channel::line::rules::{check_messages, check_recipients};
use crate::channel::line::webhook::is_user_id;
use crate::channel::signature;
use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running stand-in of LINE. Stops when dropped.
#[derive(Debug)]
pub struct Line {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub base: String,
    token: String,
    secret: String,
    client: Client,
    front: Front,
    state: Mutex<Kept>,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub logins: Logins,
    webhook: Option<String>,
    /// What each person sees in the talk with the account, oldest first.
    talks: BTreeMap<String, Vec<Value>>,
    /// Retry key → id of the request that was accepted.
    accepted: HashMap<String, String>,
    batches: Vec<Vec<String>>,
    quota: Option<u64>,
    hides_quota: bool,
    used: u64,
    /// Reply token → user, until used.
    reply_tokens: HashMap<String, String>,
    /// Link token → user, until used or expired.
    link_tokens: HashMap<String, String>,
    events: u64,
}

/// An event as it was posted, and the webhook's answer.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The webhook's status.
    pub status: StatusCode,
    /// The event.
    pub event: Value,
}

impl Line {
    /// The channel access token that [`Line::start`] accepts.
    pub const TOKEN: &str = "standin-channel-token";
    /// The channel secret that [`Line::start`] signs with.
    pub const SECRET: &str = "standin-channel-secret";
    /// Id of its LINE Login channel.
    pub const LOGIN_ID: &str = "1653000000";
    /// Secret of its LINE Login channel.
    pub const LOGIN_SECRET: &str = "standin-login-secret";

    /// Starts on a free port with [`Line::TOKEN`] and [`Line::SECRET`].
    pub async fn start() -> Result<Self> {
        Self::start_on(0).await
    }

    /// Starts on `port`.
    pub async fn start_on(port: u16) -> Result<Self> {
        let (listener, base) = bind(port).await?;
        let shared = Arc::new(Shared {
            base: base.clone(),
            token: Self::TOKEN.into(),
            secret: Self::SECRET.into(),
            client: Client::new()?,
            front: Front::default(),
            state: Mutex::default(),
        });
        let router = Router::new()
            .route("/v2/bot/message/multicast", post(multicast))
            .route("/v2/bot/message/reply", post(reply))
            .route("/v2/bot/message/quota", get(quota))
            .route("/v2/bot/message/quota/consumption", get(consumption))
            .route("/v2/bot/user/{user}/linkToken", post(link_token))
            .route("/dialog/bot/accountLink", get(account_link))
            .route("/oauth2/v2.1/authorize", get(line_login::authorize))
            .route("/oauth2/v2.1/token", post(line_login::token))
            .route("/standin/state", get(show))
            .layer(DefaultBodyLimit::max(2 << 20))
            .with_state(shared.clone());
        Ok(Self { server: serve(listener, base, router), shared })
    }

    /// Where it listens: `OTAYORI_LINE_API_BASE`, `OTAYORI_LINE_LOGIN_BASE` and `OTAYORI_LINE_LINK_BASE`.
    pub fn base(&self) -> &str {
        &self.server.base
    }
    /// Where events go: the absolute address of `/line/webhook`.
    pub fn set_webhook(&self, url: &str) {
        self.shared.lock().webhook = Some(url.to_owned());
    }
    /// LINE Login may send people back to this absolute address only.
    pub fn set_login_callback(&self, url: &str) {
        self.shared.lock().logins.callback = url.to_owned();
    }
    /// Whose phone it is: LINE Login says yes as this user; nobody says no.
    pub fn set_phone(&self, user: Option<&str>) {
        self.shared.lock().logins.phone = user.map(str::to_owned);
    }
    /// Logins that ended with a token.
    pub fn logins(&self) -> u64 {
        self.shared.lock().logins.done
    }
    /// The account's monthly limit; without one there is none.
    pub fn set_quota(&self, messages: Option<u64>) {
        self.shared.lock().quota = messages;
    }
    /// Questions for the quota find no such page from now on.
    pub fn hide_quota(&self) {
        self.shared.lock().hides_quota = true;
    }
    /// The next `times` multicasts meet this fault.
    pub fn fail(&self, fault: Fault, times: usize) {
        self.shared.front.fail(fault, times);
    }
    /// Faults that were told but have not happened are forgotten.
    pub fn recover(&self) {
        self.shared.front.recover();
    }
    /// Every link token so far has run out, as after ten minutes.
    pub fn expire_link_tokens(&self) {
        self.shared.lock().link_tokens.clear();
    }
    /// Every reply token so far has run out, as after a minute.
    pub fn expire_reply_tokens(&self) {
        self.shared.lock().reply_tokens.clear();
    }
    /// What `user` sees in the talk with the account, oldest first (multicasts and replies, one entry a message).
    pub fn talk(&self, user: &str) -> Vec<Value> {
        self.shared.lock().talks.get(user).cloned().unwrap_or_default()
    }
    /// Everybody who got something.
    pub fn users(&self) -> Vec<String> {
        self.shared.lock().talks.keys().cloned().collect()
    }
    /// The recipients of each accepted multicast.
    pub fn batches(&self) -> Vec<Vec<String>> {
        self.shared.lock().batches.clone()
    }
    /// Multicast requests so far, refused ones too.
    pub fn requests(&self) -> u64 {
        self.shared.front.requests()
    }

    /// A reply token for `user`, as an event would bring it.
    pub fn reply_token(&self, user: &str) -> String {
        self.shared.reply_token(user)
    }

    /// Posts a signed webhook event of this `kind` by `user` and waits for the webhook's answer. `kind` is LINE's
    /// `type`, and `message` may name what was sent: `follow`, `unfollow`, `postback:letters`, `accountLink:<nonce>`,
    /// `message:text`, `message:image`, `message:sticker`, …; `says:<text>` is a text message of these words.
    pub async fn event(&self, user: &str, kind: &str) -> Result<Delivered> {
        self.shared.event(user, kind).await
    }

    /// Posts the same event again, marked as a redelivery.
    pub async fn redeliver(&self, event: &Value) -> Result<Delivered> {
        let mut event = event.clone();
        event["deliveryContext"]["isRedelivery"] = true.into();
        self.shared.deliver(event).await
    }
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply_token(&self, user: &str) -> String {
        let token = uuid::Uuid::new_v4().simple().to_string();
        self.lock().reply_tokens.insert(token.clone(), user.to_owned());
        token
    }

    async fn event(&self, user: &str, kind: &str) -> Result<Delivered> {
        let (kind, detail) = kind.split_once(':').unwrap_or((kind, "text"));
        let (kind, detail, text) = if kind == "says" {
            ("message", "text", detail)
        } else {
            (kind, detail, "保存されてはいけない文")
        };
        let mut event = json!({
            "type": kind,
            "mode": "active",
            "source": { "type": "user", "userId": user },
            "deliveryContext": { "isRedelivery": false },
        });
        {
            let events = {
                let mut state = self.lock();
                state.events += 1;
                state.events
            };
            event["timestamp"] = (1_795_000_000_000u64 + events).into();
            // A ULID is 26 characters of Crockford's base 32, which has all hexadecimal digits.
            event["webhookEventId"] = uuid::Uuid::now_v7().simple().to_string().to_uppercase()[..26].into();
            if kind != "unfollow" && !(kind == "accountLink" && detail == "failed") {
                event["replyToken"] = self.reply_token(user).into();
            }
        }
        match kind {
            "follow" => event["follow"] = json!({ "isUnblocked": false }),
            "postback" => event["postback"] = json!({ "data": detail }),
            "accountLink" => {
                event["link"] = json!({ "result": if detail == "failed" { "failed" } else { "ok" }, "nonce": detail })
            }
            "message" => event["message"] = json!({ "id": "444573844083572737", "type": detail, "text": text }),
            _ => {}
        }
        self.deliver(event).await
    }

    async fn deliver(&self, event: Value) -> Result<Delivered> {
        let url = self.lock().webhook.clone().context("Webhook の URL がまだありません（set_webhook）")?;
        let body = json!({ "destination": "U00000000000000000000000000000000", "events": [event] }).to_string();
        let signed = signature::sign(&self.secret, body.as_bytes());
        let request = Request::post(url)
            .header("content-type", "application/json")
            .header("x-line-signature", signed)
            .body(Full::from(body))?;
        Ok(Delivered { status: self.client.send(request).await?.status, event })
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

/// A request with the wrong token is refused before anything else.
fn unauthorized(shared: &Shared, headers: &HeaderMap) -> Option<Response> {
    let given = headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    (given != Some(shared.token.as_str())).then(|| {
        problem(
            StatusCode::UNAUTHORIZED,
            "Authentication failed. Confirm that the access token in the authorization header is valid.",
        )
    })
}

async fn multicast(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.front.answer(|| send(&shared, &headers, &body)).await
}

/// Accepts a multicast, or says why not.
fn send(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Response {
    if let Some(refused) = unauthorized(shared, headers) {
        return refused;
    }
    let retry_key = headers.get("x-line-retry-key").and_then(|v| v.to_str().ok());
    if retry_key.is_some_and(|key| uuid::Uuid::try_parse(key).is_err()) {
        return problem(StatusCode::BAD_REQUEST, "The retry key is invalid");
    }
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return problem(StatusCode::BAD_REQUEST, "The request body could not be parsed as JSON");
    };
    if let Some(refusal) = check_recipients(&json["to"]).or_else(|| check_messages(&json["messages"])) {
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    }
    let to: Vec<String> =
        json["to"].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let request_id = uuid::Uuid::new_v4().to_string();
    {
        let mut state = shared.lock();
        if let Some(before) = retry_key.and_then(|key| state.accepted.get(key)) {
            let headers = [("x-line-request-id", request_id), ("x-line-accepted-request-id", before.clone())];
            return (StatusCode::CONFLICT, headers, Json(json!({ "message": "The retry key is already accepted" })))
                .into_response();
        }
        if state.quota.is_some_and(|limit| state.used + to.len() as u64 > limit) {
            return problem(StatusCode::TOO_MANY_REQUESTS, "You have reached your monthly limit.");
        }
        if let Some(key) = retry_key {
            state.accepted.insert(key.to_owned(), request_id.clone());
        }
        state.used += to.len() as u64;
        for user in &to {
            state
                .talks
                .entry(user.clone())
                .or_default()
                .extend(json["messages"].as_array().into_iter().flatten().cloned());
        }
        state.batches.push(to);
    }
    ([("x-line-request-id", request_id)], Json(json!({}))).into_response()
}

async fn reply(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = unauthorized(&shared, &headers) {
        return refused;
    }
    let Ok(json) = serde_json::from_slice::<Value>(&body) else {
        return problem(StatusCode::BAD_REQUEST, "The request body could not be parsed as JSON");
    };
    if let Some(refusal) = check_messages(&json["messages"]) {
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    }
    let mut state = shared.lock();
    let Some(user) = json["replyToken"].as_str().and_then(|token| state.reply_tokens.remove(token)) else {
        return problem(StatusCode::BAD_REQUEST, "Invalid reply token");
    };
    state.talks.entry(user).or_default().extend(json["messages"].as_array().into_iter().flatten().cloned());
    Json(json!({})).into_response()
}

async fn quota(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(refused) = unauthorized(&shared, &headers) {
        return refused;
    }
    let (limit, hidden) = {
        let state = shared.lock();
        (state.quota, state.hides_quota)
    };
    if hidden {
        return problem(StatusCode::NOT_FOUND, "Not found");
    }
    Json(limit.map_or_else(|| json!({ "type": "none" }), |value| json!({ "type": "limited", "value": value })))
        .into_response()
}

async fn consumption(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(refused) = unauthorized(&shared, &headers) {
        return refused;
    }
    let used = shared.lock().used;
    Json(json!({ "totalUsage": used })).into_response()
}

async fn link_token(State(shared): State<Arc<Shared>>, Path(user): Path<String>, headers: HeaderMap) -> Response {
    if let Some(refused) = unauthorized(&shared, &headers) {
        return refused;
    }
    if !is_user_id(&user) {
        return problem(StatusCode::BAD_REQUEST, "The value for the 'userId' parameter is invalid");
    }
    let token = uuid::Uuid::new_v4().simple().to_string();
    shared.lock().link_tokens.insert(token.clone(), user);
    Json(json!({ "linkToken": token })).into_response()
}

/// What LINE's page does when the person agrees: ties the LINE user to the nonce and tells the webhook. The token works
/// once.
async fn account_link(State(shared): State<Arc<Shared>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let nonce = query.get("nonce").map(String::as_str).unwrap_or_default();
    if !(10..=255).contains(&nonce.len()) {
        return (StatusCode::BAD_REQUEST, Html(page("nonce は 10〜255 文字です"))).into_response();
    }
    let user = query.get("linkToken").and_then(|token| shared.lock().link_tokens.remove(token));
    let Some(user) = user else {
        return (StatusCode::BAD_REQUEST, Html(page("リンクの期限が切れています"))).into_response();
    };
    match shared.event(&user, &format!("accountLink:{nonce}")).await {
        Ok(Delivered { status, .. }) if status.is_success() => {
            Html(page("アカウントを連携しました。トークへ戻ってください。")).into_response()
        }
        Ok(Delivered { status, .. }) => {
            (StatusCode::BAD_GATEWAY, Html(page(&format!("Webhook の返事: {status}")))).into_response()
        }
        Err(e) => (StatusCode::BAD_GATEWAY, Html(page(&format!("Webhook に届きません: {e}")))).into_response(),
    }
}

pub(super) fn page(text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>LINE（代役）</title><p>{text}</p></html>"
    )
}

/// The state as JSON, for checks from another process.
async fn show(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let state = shared.lock();
    Json(json!({ "requests": shared.front.requests(), "batches": state.batches, "talks": state.talks }))
}
