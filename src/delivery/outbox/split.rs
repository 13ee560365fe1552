//! A batch that was refused as a whole in, two halves under new retry keys out: until the one at fault stands alone.

use super::Batch;
use super::assemble::INSERT;
use super::batch::{END_BATCH, RENEW_NOTHING};
use crate::clock::Wall;
use crate::db::Db;
use anyhow::Result;

/// $1 batch.
const CONTACTS: &str = "SELECT contact_id FROM outbox WHERE batch_id = $1 AND settled_at IS NULL ORDER BY contact_id";
/// The first half up to a contact, then what is left. $1 new batch, $2 old batch, $3 contact.
const FIRST: &str = "UPDATE outbox SET batch_id = $1 WHERE batch_id = $2 AND settled_at IS NULL AND contact_id <= $3";
/// $1 new batch, $2 old batch.
const REST: &str = "UPDATE outbox SET batch_id = $1 WHERE batch_id = $2 AND settled_at IS NULL";

/// Settles the old batch, of which nothing was accepted, and shares its rows out to two new ones with the same message,
/// due now. In one transaction: a crash leaves the old batch or the halves. `false`: another worker holds it, or there
/// is nothing to halve.
pub async fn split(db: &Db, batch: &Batch, now: Wall) -> Result<bool> {
    let mut tx = db.write().await?;
    if sqlx::query(RENEW_NOTHING).bind(&batch.id).bind(&batch.lease_owner).execute(&mut *tx).await?.rows_affected() != 1
    {
        return Ok(false);
    }
    let contacts: Vec<String> = sqlx::query_scalar(CONTACTS).bind(&batch.id).fetch_all(&mut *tx).await?;
    if contacts.len() < 2 {
        return Ok(false);
    }
    let middle = &contacts[contacts.len() / 2 - 1];
    for half in [Some(middle), None] {
        let id = uuid::Uuid::now_v7().to_string();
        let moving = match half {
            Some(middle) => sqlx::query(FIRST).bind(&id).bind(&batch.id).bind(middle),
            None => sqlx::query(REST).bind(&id).bind(&batch.id),
        };
        let rows = moving.execute(&mut *tx).await?.rows_affected();
        let query = sqlx::query(INSERT)
            .bind(&id)
            .bind(batch.channel.id())
            .bind(&batch.key)
            .bind(&batch.body)
            .bind(uuid::Uuid::new_v4().to_string());
        query.bind(rows as i64).bind(now.seconds()).execute(&mut *tx).await?;
    }
    sqlx::query(END_BATCH).bind(now.seconds()).bind(&batch.id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [CONTACTS, FIRST, REST].map(str::to_owned).into()
}
