//! LINE Messaging API: a committed batch (retry key, recipients, message) in, one outcome for all of it out; also
//! replies, quota and link tokens.
//!
//! Limits and answers: <https://developers.line.biz/en/reference/messaging-api/>; what of them was measured and
//! decided: `docs/decisions/channel.md`.

mod carrier;
pub mod inbox;
pub mod login;
pub mod message;
pub mod respond;
pub mod rules;
pub mod webhook;
pub mod work;

pub use carrier::Account;
pub use message::{Open, messages, press};

use super::carrier::Remaining;
use super::http::{Answer, Client, never_left};
use super::{Outcome, back_off};
use crate::config::Services;
use crate::contact::Channel;
use anyhow::{Context, Result, bail};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One multicast reaches at most this many people.
const MOST_RECIPIENTS: usize = Channel::Line.shape().most();

/// The city's account. Share one: it holds the connections.
#[derive(Debug, Clone)]
pub struct Line {
    client: Client,
    base: String,
    authorization: HeaderValue,
    /// It was said that LINE does not take the token; said again when it has been taken in between.
    barred: Arc<AtomicBool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quota {
    #[serde(default)]
    value: Option<u64>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consumption {
    total_usage: u64,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkToken {
    link_token: String,
}

impl Line {
    /// As [`Line::open`] with connections of its own, for processes that go on without LINE: what is wrong is logged.
    pub fn of(services: &Services) -> Option<Self> {
        Client::new().and_then(|client| Self::open(client, services)).unwrap_or_else(|e| {
            tracing::error!(error = format!("{e:#}"), "LINE cannot be used");
            None
        })
    }

    /// The account of the settings; `None` when there is no channel access token.
    pub fn open(client: Client, services: &Services) -> Result<Option<Self>> {
        services
            .line_channel_token
            .as_deref()
            .map(|token| Self::new(client, &services.line_api_base, token))
            .transpose()
    }

    /// An account at `base` (`https://api.line.me`, or a stand-in on loopback) with its channel access token.
    pub fn new(client: Client, base: &str, token: &str) -> Result<Self> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {token}"))
            .context("LINE のチャネルアクセストークンの形が正しくありません")?;
        authorization.set_sensitive(true);
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), authorization, barred: Arc::default() })
    }

    /// Sends `messages` (the JSON array of [`messages`]) to up to 500 user ids. `retry_key` is a UUID that was
    /// committed with this very batch before its first request: LINE accepts it once in 24 hours, so the same call may
    /// be made again after any doubt, and only the same.
    pub async fn multicast(&self, retry_key: &str, to: &[String], messages: &str, attempt: u32) -> Outcome {
        if to.is_empty() || to.len() > MOST_RECIPIENTS {
            return Outcome::Refused {
                reason: format!("宛先が {} 件です（1〜{MOST_RECIPIENTS} 件）", to.len())
            };
        }
        let to_json = match serde_json::to_string(to) {
            Ok(json) => json,
            Err(e) => return Outcome::Refused { reason: e.to_string() },
        };
        let body = format!(r#"{{"to":{to_json},"messages":{messages}}}"#);
        match self.call(Method::POST, "/v2/bot/message/multicast", Some(body), Some(retry_key)).await {
            Ok(answer) => self.outcome(&answer, to, attempt),
            Err(e) => {
                tracing::warn!(retry_key, error = format!("{e:#}"), attempt, "LINE did not answer");
                unanswered(&e, attempt)
            }
        }
    }

    /// Answers an event with `messages`. A reply token works once, so the same call may be made again after any doubt:
    /// nobody gets it twice. It holds for about a minute.
    pub async fn reply(&self, reply_token: &str, messages: &str, attempt: u32) -> Outcome {
        let token = serde_json::Value::from(reply_token);
        let body = format!(r#"{{"replyToken":{token},"messages":{messages}}}"#);
        match self.call(Method::POST, "/v2/bot/message/reply", Some(body), None).await {
            Ok(answer) => self.outcome(&answer, &[reply_token.to_owned()], attempt),
            Err(e) => {
                tracing::warn!(error = format!("{e:#}"), attempt, "LINE did not answer");
                unanswered(&e, attempt)
            }
        }
    }

    /// Asked before a run, so that one that would exceed the plan is not begun.
    pub async fn remaining(&self) -> Result<Remaining> {
        let quota: Quota = self.get("/v2/bot/message/quota").await?;
        let Some(limit) = quota.value else { return Ok(Remaining::Unlimited) };
        let used: Consumption = self.get("/v2/bot/message/quota/consumption").await?;
        Ok(Remaining::Messages(limit.saturating_sub(used.total_usage)))
    }

    /// A token that ties this LINE user to a household through the account link page; holds ten minutes and once.
    pub async fn link_token(&self, user_id: &str) -> Result<String> {
        if !webhook::is_user_id(user_id) {
            bail!("LINE の利用者の ID ではありません");
        }
        let answer = self.call(Method::POST, &format!("/v2/bot/user/{user_id}/linkToken"), None, None).await?;
        accepted(&answer, &[user_id])?;
        Ok(serde_json::from_slice::<LinkToken>(&answer.body)
            .context("LINE の返事が読めません（linkToken）")?
            .link_token)
    }

    /// The answer's meaning; that the token is wrong is said once.
    fn outcome(&self, answer: &Answer, to: &[String], attempt: u32) -> Outcome {
        let outcome = outcome(answer, to, attempt);
        let barred = matches!(outcome, Outcome::Barred { .. });
        if self.barred.swap(barred, Ordering::Relaxed) != barred && barred {
            tracing::error!(
                "LINE のトークンが正しくありません（{}）。OTAYORI_LINE_CHANNEL_TOKEN を直してください。それまで、LINE \
                 のおたよりは送らずに待っています",
                reason(answer, &[])
            );
        }
        outcome
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.call(Method::GET, path, None, None).await?;
        accepted(&answer, &[])?;
        serde_json::from_slice(&answer.body).with_context(|| format!("LINE の返事が読めません（{path}）"))
    }

    async fn call(&self, method: Method, path: &str, json: Option<String>, retry_key: Option<&str>) -> Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(AUTHORIZATION, &self.authorization);
        if json.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(key) = retry_key {
            request = request.header("x-line-retry-key", key);
        }
        self.client.send(request.body(Full::from(Bytes::from(json.unwrap_or_default())))?).await
    }
}

fn accepted(answer: &Answer, secrets: &[&str]) -> Result<()> {
    if !answer.status.is_success() {
        bail!("LINE が受け付けません: {}", reason(answer, secrets));
    }
    Ok(())
}

/// Every answer has one meaning: <https://developers.line.biz/en/docs/messaging-api/retrying-api-request/>.
fn outcome(answer: &Answer, to: &[String], attempt: u32) -> Outcome {
    match answer.status.as_u16() {
        200..=299 => Outcome::Sent,
        // Accepted by an earlier request of the same batch, whose answer we did not see. (A reply has no retry key, and
        // never meets this.)
        409 => Outcome::Sent,
        // The token: wrong, revoked, run out, or not allowed to do this. Other recipients would fare no better.
        401 | 403 => Outcome::Barred { after: back_off(attempt) },
        429 => Outcome::NotTaken { after: answer.retry_after().unwrap_or_else(|| back_off(attempt)) },
        500..=599 => Outcome::Retry { after: answer.retry_after().unwrap_or_else(|| back_off(attempt)) },
        400 if to.len() > 1 && !is_of_the_message(answer) => {
            Outcome::RefusedTogether { reason: reason(answer, &to.iter().map(String::as_str).collect::<Vec<_>>()) }
        }
        _ => Outcome::Refused { reason: reason(answer, &to.iter().map(String::as_str).collect::<Vec<_>>()) },
    }
}

/// No whole answer: in doubt, unless the request never left.
fn unanswered(e: &anyhow::Error, attempt: u32) -> Outcome {
    let after = back_off(attempt);
    if never_left(e) { Outcome::NotTaken { after } } else { Outcome::Retry { after } }
}

#[derive(Deserialize)]
struct Problem {
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}
#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    message: String,
    #[serde(default)]
    property: String,
}

/// Does LINE find fault with the message (`messages[0].text`)? Then no recipient would fare better.
fn is_of_the_message(answer: &Answer) -> bool {
    serde_json::from_slice::<Problem>(&answer.body)
        .is_ok_and(|p| p.details.iter().any(|d| d.property.starts_with("messages")) || p.message.contains("'messages"))
}

/// LINE's message and details, without user ids.
fn reason(answer: &Answer, secrets: &[&str]) -> String {
    let Ok(problem) = serde_json::from_slice::<Problem>(&answer.body) else { return answer.words(secrets) };
    let details: Vec<String> = problem.details.iter().map(|d| format!("{}: {}", d.property, d.message)).collect();
    let text =
        if details.is_empty() { problem.message } else { format!("{}（{}）", problem.message, details.join("、")) };
    Answer { status: answer.status, headers: Default::default(), body: text.into() }.words(secrets)
}
