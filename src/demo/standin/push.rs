//! A push service on loopback: encrypted messages in, decrypted ones to look at out, and the refusals of RFC 8030, 8188
//! and 8292.

use super::{Fault, Front, Server, bind, own_clock, serve, vapid_check};
use crate::channel::ece;
use anyhow::Result;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running push service. Stops when dropped.
#[derive(Debug)]
pub struct Push {
    server: Server,
    state: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    origin: String,
    front: Front,
    state: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// By subscription id, then topic ('' = none): the latest replaces.
    kept: BTreeMap<String, BTreeMap<String, Received>>,
    accepted: u64,
    /// Tokens already verified, by header: a signature costs as much as a message.
    tokens: HashMap<String, String>,
    /// A subscription belongs to the first key that wrote to it (RFC 8292, 4.2).
    owners: HashMap<String, String>,
}

/// A message as the browser would see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Received {
    /// The decrypted payload.
    pub payload: Value,
    /// Its `TTL` in seconds.
    pub ttl: u32,
    /// Its `Urgency`, or `normal`.
    pub urgency: String,
    /// Its `Topic`, or ''.
    pub topic: String,
    /// Length of the encrypted body in bytes.
    pub bytes: usize,
}

/// PushSubscription JSON of the browser `id` at the stand-in `push_base`. The private key follows from the id, so that
/// the stand-in can open what is sent; ids that begin with `gone-` are subscriptions that the browser has given up.
///
/// # Panics
/// Never: one in 2³² digests is not a private key, and then the next is taken.
pub fn push_subscription(push_base: &str, id: &str) -> String {
    let (private, auth) = browser(id);
    let public = private.compute_public_key().expect("a private key has a public half");
    json!({
        "endpoint": format!("{}/push/{id}.{}", push_base.trim_end_matches('/'), tag(id)),
        "expirationTime": null,
        "keys": { "p256dh": BASE64_URL_SAFE_NO_PAD.encode(public), "auth": BASE64_URL_SAFE_NO_PAD.encode(auth) },
    })
    .to_string()
}

/// The browser's private key and authentication secret.
fn browser(id: &str) -> (PrivateKey, [u8; 16]) {
    let mut auth = [0; 16];
    auth.copy_from_slice(&derived("auth", 0, id)[..16]);
    let private = (0..=u8::MAX).find_map(|n| PrivateKey::from_private_key(&ECDH_P256, &derived("key", n, id)).ok());
    (private.expect("one of 256 digests is below the order of P-256"), auth)
}

/// Shows that an endpoint was handed out by [`push_subscription`].
fn tag(id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&derived("tag", 0, id)[..9])
}

fn derived(what: &str, n: u8, id: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, format!("otayori stand-in push\0{what}\0{n}\0{id}").as_bytes()).as_ref());
    out
}

impl Push {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        Self::start_on(0).await
    }
    /// Starts on `port`.
    pub async fn start_on(port: u16) -> Result<Self> {
        let (listener, base) = bind(port).await?;
        let state = Arc::new(Shared { origin: base.clone(), front: Front::default(), state: Mutex::default() });
        let router = Router::new()
            .route("/push/{capability}", post(receive))
            .route("/standin/state", get(show))
            .layer(DefaultBodyLimit::max(1 << 20))
            .with_state(state.clone());
        Ok(Self { server: serve(listener, base, router), state })
    }

    /// Where it listens, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.server.base
    }
    /// PushSubscription JSON of the browser `id` here.
    pub fn subscription(&self, id: &str) -> String {
        push_subscription(self.base(), id)
    }
    /// What waits for a browser, one message a topic.
    pub fn received(&self, id: &str) -> Vec<Received> {
        self.state.lock().kept.get(id).map(|topics| topics.values().cloned().collect()).unwrap_or_default()
    }
    /// All browsers that something waits for, in order of their ids.
    pub fn browsers(&self) -> Vec<String> {
        self.state.lock().kept.keys().cloned().collect()
    }
    /// Messages accepted so far, replaced ones too.
    pub fn accepted(&self) -> u64 {
        self.state.lock().accepted
    }
    /// Requests so far, refused ones too.
    pub fn requests(&self) -> u64 {
        self.state.front.requests()
    }
    /// The next `times` messages meet this fault.
    pub fn fail(&self, fault: Fault, times: usize) {
        self.state.front.fail(fault, times);
    }
    /// Faults that were told but have not happened are forgotten.
    pub fn recover(&self) {
        self.state.front.recover();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refusal: status and the service's words.
type Refused = (StatusCode, String);

fn refuse(status: StatusCode, words: impl Into<String>) -> Refused {
    (status, words.into())
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    Path(capability): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let accepted = || {
        (StatusCode::CREATED, [(header::LOCATION, format!("{}/message/{}", shared.origin, uuid::Uuid::new_v4()))])
            .into_response()
    };
    shared
        .front
        .answer(|| {
            accept(&shared, &capability, &headers, &body).map_or_else(IntoResponse::into_response, |()| accepted())
        })
        .await
}

fn accept(shared: &Shared, capability: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
    let known = capability.rsplit_once('.').filter(|(id, t)| *t == tag(id));
    let (id, _) = known.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "unknown subscription"))?;
    if id.starts_with("gone-") {
        return Err(refuse(StatusCode::GONE, "push subscription has unsubscribed or expired"));
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let sender = sender(shared, text("authorization"))?;
    if body.len() > ece::LONGEST_BODY {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "payload is larger than 4096 bytes"));
    }
    let bad = |words: &str| refuse(StatusCode::BAD_REQUEST, words);
    let ttl = text("ttl").and_then(|t| t.parse().ok()).ok_or_else(|| bad("TTL is missing or not a number"))?;
    let topic = text("topic").unwrap_or_default();
    if topic.len() > 32 || !topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(bad("Topic must be at most 32 base64url characters"));
    }
    let urgency = text("urgency").unwrap_or("normal");
    if !["very-low", "low", "normal", "high"].contains(&urgency) {
        return Err(bad("Urgency is unknown"));
    }
    if text("content-encoding") != Some("aes128gcm") {
        return Err(bad("Content-Encoding must be aes128gcm"));
    }
    // A real service cannot look inside; the browser would drop what it cannot open, so the stand-in says it.
    let (private, auth) = browser(id);
    let plain = ece::open(&private, &auth, body).map_err(|e| bad(&format!("the browser could not open it: {e}")))?;
    let payload = serde_json::from_slice(&plain).map_err(|_| bad("the payload is not JSON"))?;
    let received = Received { payload, ttl, urgency: urgency.to_owned(), topic: topic.to_owned(), bytes: body.len() };
    let mut state = shared.lock();
    if state.owners.entry(id.to_owned()).or_insert_with(|| sender.clone()) != &sender {
        return Err(refuse(StatusCode::FORBIDDEN, "the subscription belongs to another application server key"));
    }
    state.kept.entry(id.to_owned()).or_default().insert(topic.to_owned(), received);
    state.accepted += 1;
    Ok(())
}

/// The application server key that signed, from the cache or verified.
fn sender(shared: &Shared, header: Option<&str>) -> Result<String, Refused> {
    let header = header.ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, "no Authorization"))?;
    if let Some(key) = shared.lock().tokens.get(header) {
        return Ok(key.clone());
    }
    let key = vapid_check::check(header, &shared.origin, own_clock())
        .map_err(|why| refuse(StatusCode::FORBIDDEN, format!("invalid VAPID token: {why}")))?;
    shared.lock().tokens.insert(header.to_owned(), key.clone());
    Ok(key)
}

/// The state as JSON, for checks from another process.
async fn show(State(shared): State<Arc<Shared>>) -> axum::Json<Value> {
    let state = shared.lock();
    axum::Json(json!({ "accepted": state.accepted, "requests": shared.front.requests(), "received": state.kept }))
}
