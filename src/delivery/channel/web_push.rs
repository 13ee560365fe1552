//! Web Push (RFC 8030/8188/8291/8292): a subscription and a notice in, an encrypted request out, and what its answer
//! means.

use super::carrier::{Carrier, Delivery, Each, Single, Way};
use super::http::{Answer, Client, never_left};
use super::vapid::{Key, Vapid};
use super::{Outcome, back_off, ece};
use crate::config::{Config, is_loopback};
use crate::db::Db;
use crate::household;
use crate::outbox::Notice;
use crate::outbox::subscription::Subscription;
use crate::vault::Vault;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

pub use crate::outbox::subscription::check_endpoint;

/// Sends notices to browsers. Share one: it holds the connections and the tokens.
#[derive(Debug)]
pub struct WebPush {
    client: Client,
    vapid: Vapid,
    wall: fn() -> i64,
    allow_loopback: bool,
    /// Services of which it was said that they do not take our signature; said again when one has taken it in between.
    barred: Mutex<BTreeSet<String>>,
}

impl WebPush {
    /// `contact` is `config.site.web_push.contact`. `wall` is the machine's clock in Unix seconds, also when the
    /// program acts as on another day: a push service judges our token by its own clock.
    pub fn new(client: Client, key: Key, contact: &str, wall: fn() -> i64, allow_loopback: bool) -> Self {
        Self { client, vapid: Vapid::new(key, contact), wall, allow_loopback, barred: Mutex::default() }
    }

    /// Sends `notice` to the browser behind `subscription` (PushSubscription JSON); `attempt` counts from 1 and only
    /// matters for the back-off.
    pub async fn send(&self, subscription: &str, notice: &Notice, attempt: u32) -> Outcome {
        let to = match Subscription::parse(subscription, self.allow_loopback) {
            Ok(to) => to,
            Err(e) => return Outcome::Refused { reason: e.to_string() },
        };
        let request = match self.request(&to, notice) {
            Ok(request) => request,
            Err(e) => return Outcome::Refused { reason: format!("{e:#}") },
        };
        match self.client.send(request).await {
            Ok(answer) => {
                let outcome = outcome(&answer, &to.endpoint[url::Position::BeforePath..], attempt);
                self.tell(&to, &outcome, &answer);
                outcome
            }
            Err(e) => {
                tracing::warn!(
                    service = to.endpoint.host_str(),
                    error = format!("{e:#}"),
                    attempt,
                    "push service did not answer"
                );
                let after = back_off(attempt);
                if never_left(&e) { Outcome::NotTaken { after } } else { Outcome::Retry { after } }
            }
        }
    }

    /// That a service does not take our signature is said once.
    fn tell(&self, to: &Subscription, outcome: &Outcome, answer: &Answer) {
        let origin = to.endpoint.origin().ascii_serialization();
        let mut barred = self.barred.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Barred { .. } => {
                self.vapid.forget(to);
                if barred.insert(origin.clone()) {
                    let secret = &to.endpoint[url::Position::BeforePath..];
                    tracing::error!(
                        "通知サービス {origin} が、こちらの署名を受け付けません（{}）。この機械の時計（`otayori \
                         clock`）と、otayori.yaml の web_push の contact を\
                         確かめてください。それまで、そこへのおたよりは送らずに待っています。\
                         だれの登録も外していません",
                        answer.words(&[secret, secret.rsplit(['/', '=']).next().unwrap_or_default()])
                    );
                }
            }
            Outcome::Sent => {
                barred.remove(&origin);
            }
            Outcome::Retry { .. }
            | Outcome::NotTaken { .. }
            | Outcome::Gone
            | Outcome::Refused { .. }
            | Outcome::RefusedTogether { .. } => {}
        }
    }

    /// The whole request: encrypted, signed, with its time to live, urgency and topic.
    pub fn request(&self, to: &Subscription, notice: &Notice) -> anyhow::Result<Request<Full<Bytes>>> {
        let body = ece::seal(to, payload(notice).as_bytes())?;
        Ok(Request::post(to.endpoint.as_str())
            .header(AUTHORIZATION, self.vapid.header(to, (self.wall)())?)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_ENCODING, "aes128gcm")
            .header("ttl", notice.ttl)
            .header("urgency", if notice.low_urgency { "low" } else { "normal" })
            .header("topic", topic(&notice.key))
            .body(Full::from(body))?)
    }
}

/// The browsers of this city as dispatch sees them.
#[derive(Debug)]
pub struct Browsers {
    push: WebPush,
    vault: Vault,
}

impl Browsers {
    /// With the city's key, which is made where there is none yet. `wall` as in [`WebPush::new`].
    pub async fn open(
        client: Client,
        config: &Config,
        db: &Db,
        vault: &Vault,
        wall: fn() -> i64,
    ) -> anyhow::Result<Self> {
        let key = Key::load(db, vault, wall()).await?;
        let push = WebPush::new(client, key, &config.site.web_push.contact, wall, config.services.allow_loopback_push);
        Ok(Self { push, vault: vault.clone() })
    }

    /// The notice as this browser gets it: behind `#` of its link, which goes to no server, stands what stops the
    /// letters without signing in.
    fn stoppable(&self, notice: &Notice, contact: &str) -> Notice {
        match household::stop_token(&self.vault, contact) {
            Ok(token) => Notice { url: format!("{}#stop={token}", notice.url), ..notice.clone() },
            Err(e) => {
                tracing::error!(error = format!("{e:#}"), "a message goes without its way to stop");
                notice.clone()
            }
        }
    }
}

impl Carrier for Browsers {
    fn way(self: Arc<Self>) -> Way {
        Way::Each(self)
    }
    fn one_account(&self) -> bool {
        false
    }
    fn is_stand_in(&self, address: &str) -> bool {
        endpoint(address).is_some_and(|e| is_loopback(&e))
    }
}

impl Each for Browsers {
    /// With scheme, host and port of the endpoint.
    fn service(&self, address: &str) -> String {
        let endpoint = endpoint(address).unwrap_or_default();
        let host = endpoint.find("://").map_or(0, |at| at + 3);
        format!(
            "通知サービス {}",
            endpoint[host..].find('/').map_or(endpoint.as_str(), |slash| &endpoint[..host + slash])
        )
    }

    fn send<'a>(&'a self, message: Single<'a>) -> Delivery<'a> {
        let Single { to, notice, contact, attempt } = message;
        Box::pin(async move { self.push.send(to, &self.stoppable(notice, contact), attempt).await })
    }
}

/// The endpoint of a PushSubscription's JSON.
pub fn endpoint(subscription: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(subscription).ok()?.get("endpoint")?.as_str().map(str::to_owned)
}

/// Every answer has one meaning (RFC 8030, 5 and 7.3).
fn outcome(answer: &Answer, secret: &str, attempt: u32) -> Outcome {
    match answer.status.as_u16() {
        200 | 201 | 202 | 204 => Outcome::Sent,
        404 | 410 => Outcome::Gone,
        // The token: expired by this machine's clock, its `sub`, or not the key that the browser subscribed with.
        401 | 403 => Outcome::Barred { after: answer.retry_after().unwrap_or_else(|| back_off(attempt)) },
        429 => Outcome::NotTaken { after: answer.retry_after().unwrap_or_else(|| back_off(attempt)) },
        500..=599 => Outcome::Retry { after: answer.retry_after().unwrap_or_else(|| back_off(attempt)) },
        // 413, 400, … and whatever is not in the RFC: asking again changes nothing.
        _ => {
            let token = secret.rsplit(['/', '=']).next().filter(|t| t.len() >= 8).unwrap_or_default();
            Outcome::Refused { reason: answer.words(&[secret, token]) }
        }
    }
}

/// Declarative Web Push: Safari shows it without a service worker, ours shows it elsewhere.
/// <https://www.w3.org/TR/push-api/#declarative-push-message>
pub fn payload(notice: &Notice) -> String {
    let lang = if notice.language == "easy" { "ja" } else { &notice.language };
    json!({
        "web_push": 8030,
        "notification": { "title": notice.title, "body": notice.body, "navigate": notice.url, "lang": lang,
            "tag": topic(&notice.key) },
    })
    .to_string()
}

/// The same for every repeat of a notice, so that it replaces the one before; says nothing to the push service. 32
/// base64url characters (RFC 8030, 5.4).
pub fn topic(key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, key.as_bytes()).as_ref()[..24])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_stable_short_and_silent() {
        assert_eq!(topic("letter:2026-W48"), topic("letter:2026-W48"));
        assert_ne!(topic("letter:2026-W48"), topic("letter:2026-W49"));
        assert_eq!(topic("x").len(), 32);
        assert!(!topic("letter:2026-W48").contains("letter"));
    }
}
