//! An event's id in, first time or not out: a redelivered event happens once.

use crate::db::Db;
use anyhow::Result;

/// One row an event; the second insert of an id changes nothing.
const INSERT: &str = "INSERT INTO line_events (id, received_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
/// LINE redelivers for at most some days; older ids need not be known.
const FORGET: &str = "DELETE FROM line_events WHERE received_at < $1";
const KEPT: i64 = 30 * 86_400;

/// Is this the first time that the event with this id comes? Only the caller that gets `true` acts. `now` in Unix seconds.
pub async fn first_time(db: &Db, event_id: &str, now: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let inserted = sqlx::query(INSERT).bind(event_id).bind(now).execute(&mut *tx).await?.rows_affected();
    tx.commit().await?;
    Ok(inserted == 1)
}

/// Forgets ids of more than thirty days ago.
pub async fn forget_old(db: &Db, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(FORGET).bind(now - KEPT).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
