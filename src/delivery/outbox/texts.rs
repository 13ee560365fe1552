//! Hashes of messages in, what was told out: the notice, or all that a room keeps beside it.

use super::Notice;
use super::put::Message;
use crate::db::Db;
use anyhow::Result;
use serde::de::DeserializeOwned;
use sqlx::AnyConnection;
use std::collections::{BTreeMap, HashMap};

/// What households were told under a key: one line a household and message.
const OF_KEY: &str =
    "SELECT DISTINCT c.household_id, o.hash FROM outbox o JOIN contacts c ON c.id = o.contact_id WHERE o.key = $1";
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

/// What each household was told under `key` (sent or still waiting).
pub async fn notices_of(db: &Db, key: &str) -> Result<BTreeMap<String, Notice>> {
    let rows: Vec<(String, String)> = sqlx::query_as(OF_KEY).bind(key).fetch_all(db.pool()).await?;
    let mut hashes: Vec<String> = rows.iter().map(|(_, hash)| hash.clone()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let found = notices(db, &mut *db.pool().acquire().await?, &hashes).await?;
    Ok(rows.into_iter().filter_map(|(household, hash)| Some((household, found.get(&hash)?.clone()))).collect())
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    [OF_KEY, LETTER, HASHES, WEEKS].map(str::to_owned).into_iter().chain([db.by_hash_sql("messages", 3)]).collect()
}
