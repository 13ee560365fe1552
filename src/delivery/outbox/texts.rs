//! Hashes of messages in, what was told out: the notice, or all that a room keeps beside it.

use super::Notice;
use super::put::Message;
use crate::db::Db;
use anyhow::Result;
use serde::de::DeserializeOwned;
use sqlx::AnyConnection;
use std::collections::HashMap;

/// $1 hash.
const LETTER: &str = "SELECT language, body FROM messages WHERE hash = $1 AND key LIKE 'letter:%'";
/// $1 key.
const HASHES: &str = "SELECT hash FROM messages WHERE key = $1";
/// Weeks of which there are letters. $1 key, exclusive.
const WEEKS: &str = "SELECT DISTINCT key FROM messages WHERE key LIKE 'letter:%' AND key < $1 ORDER BY key";

/// What stands under these hashes, read as `T`; a hash without a message is missing.
pub async fn texts<T: DeserializeOwned>(
    db: &Db,
    connection: &mut AnyConnection,
    hashes: &[String],
) -> Result<HashMap<String, T>> {
    db.by_hash(connection, "messages", hashes).await
}

/// The notices behind message hashes; a hash without a message is missing.
pub async fn notices(db: &Db, connection: &mut AnyConnection, hashes: &[String]) -> Result<HashMap<String, Notice>> {
    let found: HashMap<String, Message> = texts(db, connection, hashes).await?;
    Ok(found.into_iter().map(|(hash, message)| (hash, message.notice)).collect())
}

/// The language and the text (JSON) of a letter's message; `None` if there is no such letter.
pub async fn letter_text(db: &Db, hash: &str) -> Result<Option<(String, String)>> {
    Ok(sqlx::query_as(LETTER).bind(hash).fetch_optional(db.pool()).await?)
}

/// The messages that stand under a key.
pub async fn hashes_of(db: &Db, key: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(HASHES).bind(key).fetch_all(db.pool()).await?)
}

/// The keys of weeks before one of which there are letters, in order.
pub async fn weeks_before(db: &Db, key: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(WEEKS).bind(key).fetch_all(db.pool()).await?)
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    [LETTER, HASHES, WEEKS].map(str::to_owned).into_iter().chain([db.by_hash_sql("messages", 3)]).collect()
}
