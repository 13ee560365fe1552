//! Web Push (RFC 8030/8188/8291/8292): a subscription and a notice in, an encrypted request out, and what its answer means.

use super::http::{Answer, Client};
use super::vapid::{Key, Vapid};
use super::{Outcome, back_off, ece};
use crate::outbox::Notice;
use crate::outbox::subscription::Subscription;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::json;

pub use crate::outbox::subscription::check_endpoint;

/// Sends notices to browsers. Share one: it holds the connections and the tokens.
#[derive(Debug)]
pub struct WebPush {
    client: Client,
    vapid: Vapid,
    wall: fn() -> i64,
    allow_loopback: bool,
}

impl WebPush {
    /// `contact` is `config.site.web_push.contact`. `wall` is the machine's clock in Unix seconds, also when the program acts as on another day:
    /// a push service judges our token by its own clock.
    pub fn new(client: Client, key: Key, contact: &str, wall: fn() -> i64, allow_loopback: bool) -> Self {
        Self { client, vapid: Vapid::new(key, contact), wall, allow_loopback }
    }

    /// Sends `notice` to the browser behind `subscription` (PushSubscription JSON); `attempt` counts from 1 and only matters for the back-off.
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
            Ok(answer) => outcome(&answer, &to.endpoint[url::Position::BeforePath..], attempt),
            Err(e) => {
                tracing::warn!(service = to.endpoint.host_str(), error = format!("{e:#}"), attempt, "push service did not answer");
                Outcome::Retry { after: back_off(attempt) }
            }
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

/// Every answer has one meaning (RFC 8030, 5 and 7.3).
fn outcome(answer: &Answer, secret: &str, attempt: u32) -> Outcome {
    match answer.status.as_u16() {
        200 | 201 | 202 | 204 => Outcome::Sent,
        404 | 410 => Outcome::Gone,
        429 | 500..=599 => Outcome::Retry { after: answer.retry_after().unwrap_or_else(|| back_off(attempt)) },
        // 413, 400, 401, 403, … and whatever is not in the RFC: asking again changes nothing.
        _ => {
            let token = secret.rsplit(['/', '=']).next().filter(|t| t.len() >= 8).unwrap_or_default();
            Outcome::Refused { reason: answer.words(&[secret, token]) }
        }
    }
}

/// Declarative Web Push: Safari shows it without a service worker, ours shows it elsewhere. <https://www.w3.org/TR/push-api/#declarative-push-message>
pub fn payload(notice: &Notice) -> String {
    let lang = if notice.language == "easy" { "ja" } else { &notice.language };
    json!({
        "web_push": 8030,
        "notification": { "title": notice.title, "body": notice.body, "navigate": notice.url, "lang": lang, "tag": topic(&notice.key) },
    })
    .to_string()
}

/// The same for every repeat of a notice, so that it replaces the one before; says nothing to the push service. 32 base64url characters (RFC 8030, 5.4).
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
