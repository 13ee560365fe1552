//! A batch of addresses and a message in, an outcome for each address out. Knows HTTP, not letters.

pub mod line;
pub mod standin;
pub mod web_push;

use std::time::Duration;

/// What became of one message to one address. Decides what happens next, exhaustively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted by the service (for LINE also: 409 with the request id, accepted before).
    Sent,
    /// Try again with the same retry key after this long.
    Retry {
        /// `Retry-After`, or the back-off for the attempt.
        after: Duration,
    },
    /// The address does not exist any more (404, 410): drop the contact.
    Gone,
    /// Will never be accepted; the reason for the operator, without a person in it.
    Refused {
        /// What the service said.
        reason: String,
    },
}

/// What is told, whatever the channel. Neutral: no matter, no week, no age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Outbox key: `letter:2026-W48`, `answer:<id>`.
    pub key: String,
    /// 今週のおたよりです
    pub title: String,
    /// 読みもの2つ、市からのお知らせ3つ。5分で読めます。
    pub body: String,
    /// Absolute address that it opens.
    pub url: String,
    /// Absolute address of the way to ask.
    pub ask_url: String,
    /// Language of the texts.
    pub language: String,
    /// How long it is worth delivering, in seconds.
    pub ttl: u32,
    /// Bulletins and the like may wait for a better moment.
    pub low_urgency: bool,
}

/// Known outcomes of one request: by address in the batch's order.
pub type Outcomes = Vec<Outcome>;

/// Back-off before attempt `n + 1` (from 1): 5 s, 10 s, 20 s … at most 15 minutes.
pub fn back_off(attempt: u32) -> Duration {
    Duration::from_secs((5u64 << attempt.saturating_sub(1).min(10)).min(900))
}
