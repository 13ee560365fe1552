//! A message for a contact in, a claimed batch out, settled once: the one queue of everything that is sent.

pub mod subscription;

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
