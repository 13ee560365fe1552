//! What a message says, under which key and name.

use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write as _;

/// What is told, whatever the channel. Neutral: no matter, no week, no age.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// Is a message of this key held back when the household has stopped or paused its letters? An answer to a question
/// that was asked, and the confirmation of a registration, are told all the same.
pub fn heeds_stops(key: &str) -> bool {
    !key.starts_with("answer:") && key != "welcome"
}

/// The name of a content: the first 40 characters of its SHA-256 in hexadecimal (160 bits).
pub fn content_hash(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().take(20).fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
