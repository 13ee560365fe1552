//! What somebody who looks may do with what waits: try it now, leave it, bring it back from a wrong clock; and how
//! often batches were tried.

use crate::clock::Wall;
use crate::db::Db;
use anyhow::Result;
use std::collections::HashMap;

/// What nobody works on and what waits for its next try is due now. Two texts, $1 now, $2 key.
const HASTEN: [&str; 2] = [
    "UPDATE batches SET due_at = $1 WHERE key = $2 AND settled_at IS NULL AND lease_owner IS NULL AND due_at > $1",
    "UPDATE outbox SET due_at = $1 WHERE key = $2 AND settled_at IS NULL AND batch_id IS NULL AND due_at > $1",
];

/// What a clock that was ahead left lying in the future: leases and waits end now, and what was written then counts as
/// written now. A day ahead is the longest that anything waits. A first request keeps its stamp: nobody knows when it
/// was, so the batch is not repeated. $1 now, $2 a day ahead.
const BRING_BACK: [&str; 3] = [
    "UPDATE batches SET due_at = $1, lease_owner = NULL WHERE settled_at IS NULL AND due_at > $2",
    "UPDATE outbox SET due_at = $1 WHERE settled_at IS NULL AND batch_id IS NULL AND due_at > $2",
    "UPDATE outbox SET created_at = $1 WHERE settled_at IS NULL AND created_at > $2",
];

/// $1 now, $2 key.
const MARK: [&str; 2] = [
    "UPDATE outbox SET settled_at = $1, outcome = 'left' WHERE key = $2 AND settled_at IS NULL",
    "UPDATE batches SET settled_at = $1, lease_owner = NULL WHERE key = $2 AND settled_at IS NULL",
];

/// Whatever waits of `key` for its next try is tried now: somebody has mended what was wrong, and asks for it. What a
/// worker holds stays its own.
pub async fn hasten(db: &Db, key: &str, now: Wall) -> Result<()> {
    let mut tx = db.write().await?;
    for sql in HASTEN {
        sqlx::query(sql).bind(now.seconds()).bind(key).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Brings back what lies more than a day ahead of a clock that was found right.
pub async fn bring_back(db: &Db, now: Wall) -> Result<()> {
    let mut tx = db.write().await?;
    for sql in BRING_BACK {
        sqlx::query(sql).bind(now.seconds()).bind(now.plus(86_400).seconds()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends everything that waits of `key`, unsent: somebody has said that it may have arrived, and is to be left so.
/// Returns how many rows.
pub async fn mark_left(db: &Db, key: &str, now: Wall) -> Result<u64> {
    let (mut tx, mut rows) = (db.write().await?, 0);
    for (n, sql) in MARK.into_iter().enumerate() {
        let done = sqlx::query(sql).bind(now.seconds()).bind(key).execute(&mut *tx).await?.rows_affected();
        rows += if n == 0 { done } else { 0 };
    }
    tx.commit().await?;
    Ok(rows)
}

/// Which of these batches the database knows, and how often each was claimed.
pub async fn attempts(db: &Db, batches: &[String]) -> Result<HashMap<String, i64>> {
    let mut found = HashMap::new();
    for some in batches.chunks(500) {
        let query = some
            .iter()
            .fold(sqlx::query_as(sqlx::AssertSqlSafe(attempts_sql(db, some.len()))), |query, id| query.bind(id));
        found.extend(query.fetch_all(db.pool()).await?);
    }
    Ok(found)
}

fn attempts_sql(db: &Db, batches: usize) -> String {
    format!("SELECT id, attempt FROM batches WHERE id IN {}", db.values(1, batches, 1))
}

pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    HASTEN.into_iter().chain(BRING_BACK).chain(MARK).map(str::to_owned).chain([attempts_sql(db, 3)]).collect()
}
