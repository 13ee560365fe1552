//! A key in, of which everything has ended long ago; its rows and batches gone, a piece at a time.

use crate::db::Db;
use anyhow::Result;
use sqlx::AnyConnection;

/// A piece: some milliseconds, so that nobody who writes meanwhile waits for long.
const ROWS: &str = "DELETE FROM outbox WHERE key = $1 AND contact_id IN (
   SELECT contact_id FROM outbox WHERE key = $1 AND settled_at IS NOT NULL ORDER BY contact_id LIMIT 5000) AND \
   settled_at IS NOT NULL";
const BATCHES: &str =
    "DELETE FROM batches WHERE id IN (SELECT id FROM batches WHERE key = $1 AND settled_at IS NOT NULL LIMIT 5000)";
/// $1 key.
const MESSAGES: &str = "DELETE FROM messages WHERE key = $1";

/// Ends the record of a key: settled rows and batches. What has not ended stays.
pub async fn prune(db: &Db, key: &str) -> Result<()> {
    for sql in [ROWS, BATCHES] {
        loop {
            let mut tx = db.write().await?;
            let gone = sqlx::query(sql).bind(key).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            if gone == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Drops the texts of a key whose rows are gone.
pub async fn forget_messages(tx: &mut AnyConnection, key: &str) -> Result<()> {
    sqlx::query(MESSAGES).bind(key).execute(tx).await?;
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [ROWS, BATCHES, MESSAGES].map(str::to_owned).into()
}
