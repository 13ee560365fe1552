//! A push service for one real browser: it hands out endpoints over the browser's WebSocket and passes on, still
//! encrypted, what is posted to them.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response as Handshake};

/// A running push service; stops with the test.
pub struct PushService {
    pub websocket: String,
    shared: Arc<Shared>,
}

struct Shared {
    base: String,
    state: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// To the browser that is connected.
    browser: Option<mpsc::UnboundedSender<Value>>,
    /// Channel ids that live.
    channels: Vec<String>,
    /// `applicationServerKey`s that were registered.
    keys: Vec<String>,
    /// Headers and length of every message that came.
    received: Vec<(HeaderMap, usize)>,
    /// Codes by which the browser confirmed messages: 100 = shown to the page's worker, 101 and 102 = could not be
    /// decrypted or handled.
    codes: Vec<i64>,
}

impl PushService {
    pub async fn start() -> Self {
        let (posts, talks) =
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let websocket = format!("ws://{}/", talks.local_addr().unwrap());
        let shared =
            Arc::new(Shared { base: format!("http://{}", posts.local_addr().unwrap()), state: Mutex::default() });
        let router = Router::new().route("/wpush/{channel}", post(deliver)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(posts, router).await.unwrap() });
        let kept = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = talks.accept().await {
                tokio::spawn(talk(kept.clone(), stream));
            }
        });
        Self { websocket, shared }
    }
    /// Headers and length in bytes of every message so far.
    pub fn received(&self) -> Vec<(HeaderMap, usize)> {
        self.shared.state.lock().unwrap().received.clone()
    }
    /// How the browser confirmed them.
    pub fn codes(&self) -> Vec<i64> {
        self.shared.state.lock().unwrap().codes.clone()
    }
    /// The public keys that the pages subscribed with.
    pub fn keys(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().keys.clone()
    }
    /// Every subscription ends, as when a browser is reset.
    pub fn forget(&self) {
        self.shared.state.lock().unwrap().channels.clear();
    }
}

/// The browser's side: <https://mozilla-push-service.readthedocs.io/en/latest/design/>
async fn talk(shared: Arc<Shared>, stream: TcpStream) {
    #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
    let protocol = |request: &Request, mut answer: Handshake| {
        if let Some(protocol) = request.headers().get("sec-websocket-protocol") {
            answer.headers_mut().insert("sec-websocket-protocol", protocol.clone());
        }
        Ok(answer)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, protocol).await else { return };
    let (to_browser, mut for_browser) = mpsc::unbounded_channel::<Value>();
    loop {
        let answer = tokio::select! {
            Some(told) = for_browser.recv() => told,
            said = socket.next() => match said {
                Some(Ok(Message::Text(text))) => match heard(&shared, &to_browser,
                    &serde_json::from_str(&text).unwrap()) {
                    Some(answer) => answer,
                    None => continue,
                },
                Some(Ok(_)) => continue,
                None | Some(Err(_)) => return,
            },
        };
        if socket.send(Message::text(answer.to_string())).await.is_err() {
            return;
        }
    }
}

fn heard(shared: &Shared, to_browser: &mpsc::UnboundedSender<Value>, said: &Value) -> Option<Value> {
    let mut state = shared.state.lock().unwrap();
    let channel = said["channelID"].as_str().unwrap_or_default();
    match said["messageType"].as_str().unwrap_or("ping") {
        "hello" => {
            state.browser = Some(to_browser.clone());
            Some(json!({ "messageType": "hello", "uaid": "a".repeat(32), "status": 200, "use_webpush": true,
                    "broadcasts": {} }))
        }
        "register" => {
            state.channels.push(channel.to_owned());
            state.keys.extend(said["key"].as_str().map(|key| key.trim_end_matches('=').to_owned()));
            Some(json!({ "messageType": "register", "channelID": channel, "status": 200,
                    "pushEndpoint": format!("{}/wpush/{channel}", shared.base) }))
        }
        "unregister" => {
            state.channels.retain(|c| c != channel);
            Some(json!({ "messageType": "unregister", "channelID": channel, "status": 200 }))
        }
        "ack" => {
            state.codes.extend(said["updates"].as_array().into_iter().flatten().filter_map(|u| u["code"].as_i64()));
            None
        }
        "ping" => Some(json!({})),
        _ => None,
    }
}

/// What an application server posts (RFC 8030).
async fn deliver(
    State(shared): State<Arc<Shared>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut state = shared.state.lock().unwrap();
    if !state.channels.contains(&channel) {
        return StatusCode::GONE.into_response();
    }
    state.received.push((headers, body.len()));
    let version = format!("v{}", state.received.len());
    let told = json!({
        "messageType": "notification", "channelID": channel, "version": version,
        "data": BASE64_URL_SAFE_NO_PAD.encode(&body), "headers": { "encoding": "aes128gcm" },
    });
    let _ = state.browser.as_ref().map(|b| b.send(told));
    StatusCode::CREATED.into_response()
}
