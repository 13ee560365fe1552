//! What became of a batch's rows in, settled once and by the claim's token out.

use super::batch::{RENEW, still_ours};
use super::end::RETRY_ROW;
use super::{Batch, End, RowOutcome, doubt};
use crate::clock::Wall;
use crate::contact;
use crate::db::Db;
use anyhow::Result;
use sqlx::{AnyConnection, AssertSqlSafe};

/// $1 now, $2 batch, $3 token.
const SETTLE_BATCH: &str =
    "UPDATE batches SET settled_at = $1, lease_owner = NULL WHERE id = $2 AND lease_owner = $3 AND settled_at IS NULL";
/// $1 now, $2 outcome, $3 batch.
const SETTLE_ROWS: &str =
    "UPDATE outbox SET settled_at = $1, outcome = $2, attempt = attempt + 1 WHERE batch_id = $3 AND settled_at IS NULL";
/// $1 due, $2 batch, $3 token.
const LATER: &str =
    "UPDATE batches SET due_at = $1, lease_owner = NULL WHERE id = $2 AND lease_owner = $3 AND settled_at IS NULL";
/// As [`LATER`], and it is certain that nothing arrived.
const UNBEGUN: &str = "UPDATE batches SET due_at = $1, lease_owner = NULL, first_request_at = NULL WHERE id = $2 AND \
    lease_owner = $3 AND settled_at IS NULL";
/// The contacts of a batch's rows that ended as gone. $1 batch.
const GONE: &str = "SELECT contact_id FROM outbox WHERE batch_id = $1 AND outcome = 'gone'";
/// Settles the batch and all its unsettled rows alike; `None` when another worker holds it. Returns how many rows.
pub async fn settle_batch(db: &Db, batch: &Batch, end: End, now: Wall) -> Result<Option<u64>> {
    let mut tx = db.write().await?;
    if !still_ours(&mut *tx, SETTLE_BATCH, batch, now).await? {
        return Ok(None);
    }
    let rows = sqlx::query(SETTLE_ROWS)
        .bind(now.seconds())
        .bind(end.id())
        .bind(&batch.id)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if end == End::Gone {
        let ended: Vec<String> = sqlx::query_scalar(GONE).bind(&batch.id).fetch_all(&mut *tx).await?;
        contact::gone(db, &mut tx, &ended.iter().map(String::as_str).collect::<Vec<_>>(), now.seconds()).await?;
    }
    if end == End::Uncertain && rows > 0 {
        doubt::note(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(Some(rows))
}

/// Gives the batch back, unchanged, to be tried again at `due_at`; `false` when another worker holds it.
pub async fn later(db: &Db, batch: &Batch, due_at: Wall) -> Result<bool> {
    still_ours(db.pool(), LATER, batch, due_at).await
}

/// Gives the batch back after a request of which the service took nothing: unless an earlier one is in doubt, it is as
/// if it had not been asked, so that the batch may wait as long as it takes. `false` when another worker holds it.
pub async fn not_begun(db: &Db, batch: &Batch, due_at: Wall) -> Result<bool> {
    let sql = if batch.first_request_at.is_none() { UNBEGUN } else { LATER };
    still_ours(db.pool(), sql, batch, due_at).await
}

/// Settles some rows of a batch whose messages stand alone, and lengthens its lease; `false` when another worker holds
/// it, and then nothing is written.
pub async fn settle_rows(
    db: &Db,
    batch: &Batch,
    rows: &[(String, RowOutcome)],
    now: Wall,
    lease_until: Wall,
) -> Result<bool> {
    let mut tx = db.write().await?;
    if !still_ours(&mut *tx, RENEW, batch, lease_until).await? {
        return Ok(false);
    }
    for end in [End::Sent, End::Gone, End::Refused, End::Uncertain, End::Expired] {
        let ended: Vec<&str> = rows.iter().filter(|r| r.1 == RowOutcome::End(end)).map(|r| r.0.as_str()).collect();
        for some in ended.chunks(500) {
            end_rows(db, &mut tx, batch, some, end, now).await?;
        }
    }
    if rows.iter().any(|(_, outcome)| *outcome == RowOutcome::End(End::Uncertain)) {
        doubt::note(&mut tx).await?;
    }
    for (contact, outcome) in rows {
        if let RowOutcome::Retry { due_at } = outcome {
            sqlx::query(RETRY_ROW).bind(due_at.seconds()).bind(&batch.id).bind(contact).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// Ends rows of `key` that wait for another try and are in no batch; the contacts of those that are gone are dropped.
/// Returns how many.
pub async fn end_waiting(db: &Db, key: &str, contacts: &[String], end: End, now: Wall) -> Result<u64> {
    let (mut tx, mut ended) = (db.write().await?, 0);
    for some in contacts.chunks(500) {
        let mut query =
            sqlx::query(AssertSqlSafe(end_waiting_sql(db, some.len()))).bind(now.seconds()).bind(end.id()).bind(key);
        for contact in some {
            query = query.bind(contact);
        }
        ended += query.execute(&mut *tx).await?.rows_affected();
        if end == End::Gone {
            let ended: Vec<&str> = some.iter().map(String::as_str).collect();
            contact::gone(db, &mut tx, &ended, now.seconds()).await?;
        }
    }
    tx.commit().await?;
    Ok(ended)
}

/// One statement for all rows with the same outcome.
async fn end_rows(
    db: &Db,
    tx: &mut AnyConnection,
    batch: &Batch,
    contacts: &[&str],
    end: End,
    now: Wall,
) -> Result<()> {
    let mut query =
        sqlx::query(AssertSqlSafe(end_sql(db, contacts.len()))).bind(now.seconds()).bind(end.id()).bind(&batch.id);
    for contact in contacts {
        query = query.bind(*contact);
    }
    query.execute(&mut *tx).await?;
    if end == End::Gone {
        contact::gone(db, tx, contacts, now.seconds()).await?;
    }
    Ok(())
}

fn end_sql(db: &Db, contacts: usize) -> String {
    let (now, outcome, batch) = (db.mark(1), db.mark(2), db.mark(3));
    format!(
        "UPDATE outbox SET settled_at = {now}, outcome = {outcome}, attempt = attempt + 1 WHERE batch_id = {batch} AND \
         settled_at IS NULL AND contact_id IN {}",
        db.values(1, contacts, 4)
    )
}

fn end_waiting_sql(db: &Db, contacts: usize) -> String {
    let (now, outcome, key) = (db.mark(1), db.mark(2), db.mark(3));
    format!(
        "UPDATE outbox SET settled_at = {now}, outcome = {outcome} WHERE key = {key} AND settled_at IS NULL AND \
         batch_id IS NULL AND contact_id IN {}",
        db.values(1, contacts, 4)
    )
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [SETTLE_BATCH, SETTLE_ROWS, LATER, UNBEGUN, GONE, RETRY_ROW].map(str::to_owned).into();
    all.extend([end_sql(db, 3), end_waiting_sql(db, 3)]);
    all
}
