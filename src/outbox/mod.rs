//! A message for a contact in, a claimed batch out, settled once: the one queue of everything that is sent.

pub mod subscription;
use crate::db::Db;
use anyhow::Result;
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

/// What `messages.body` holds at least, as JSON; a room may keep more beside it (a letter its items).
#[derive(serde::Serialize, serde::Deserialize)]
struct Message {
    notice: Notice,
}

const INSERT_MESSAGE: &str = "INSERT INTO messages (hash, key, language, body, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hash) DO NOTHING";

/// One row for each live contact of the household. $1 key, $2 hash, $3 due_at, $4 created_at, $5 household.
const ENQUEUE: &str = "INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at)
  SELECT c.id, CAST($1 AS TEXT), c.channel, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM contacts c
   WHERE c.household_id = $5 AND c.gone_at IS NULL
  ON CONFLICT (contact_id, key) DO NOTHING";

/// Puts a notice for a household into the queue, a row for each live contact; returns how many rows are new.
///
/// Doing it twice happens once (a contact has a key once).
pub async fn enqueue(db: &Db, household_id: &str, notice: &Notice, due_at: i64, now: i64) -> Result<u64> {
    let body = serde_json::to_string(&Message { notice: notice.clone() })?;
    let hash = content_hash(body.as_bytes());
    let mut tx = db.write().await?;
    sqlx::query(INSERT_MESSAGE).bind(&hash).bind(&notice.key).bind(&notice.language).bind(&body).bind(now).execute(&mut *tx).await?;
    let new = sqlx::query(ENQUEUE).bind(&notice.key).bind(&hash).bind(due_at).bind(now).bind(household_id).execute(&mut *tx).await?.rows_affected();
    tx.commit().await?;
    Ok(new)
}

/// The name of a content: the first 40 characters of its SHA-256 in hexadecimal (160 bits).
pub fn content_hash(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().take(20).fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
