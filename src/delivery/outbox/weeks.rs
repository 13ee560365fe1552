//! Which weeks have letters in the queue, and which of them wait: for who has to know what may have gone out.

use crate::db::Db;
use anyhow::Result;

/// The newest week that has letters.
const NEWEST: &str = "SELECT MAX(key) FROM outbox WHERE key LIKE 'letter:%'";
const UNDER_WAY: &str = "SELECT DISTINCT key FROM outbox WHERE key LIKE 'letter:%' AND settled_at IS NULL";
/// Rows of a key, and how many of them wait. $1 key.
const ROWS_OF: &str = "SELECT COUNT(*), COUNT(*) - COUNT(settled_at) FROM outbox WHERE key = $1";

/// $1 key.
const ANY_ROW: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE key = $1 LIMIT 1) one";

/// Has anything been put into the queue under a key?
pub async fn has_rows(db: &Db, key: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(ANY_ROW).bind(key).fetch_one(db.pool()).await? > 0)
}

/// The key of the newest week that has letters, sent or waiting.
pub async fn newest_letter(db: &Db) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(NEWEST).fetch_one(db.pool()).await?)
}

/// The keys of weeks of which some letters wait.
pub async fn letters_under_way(db: &Db) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(UNDER_WAY).fetch_all(db.pool()).await?)
}

/// How many rows a key has, and how many of them wait.
pub async fn rows_of(db: &Db, key: &str) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(ROWS_OF).bind(key).fetch_one(db.pool()).await?)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [NEWEST, UNDER_WAY, ROWS_OF, ANY_ROW].map(str::to_owned).into()
}
