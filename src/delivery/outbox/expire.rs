//! Letters that waited too long in, `expired` out: of several weeks that were held only the newest goes, and none is
//! sent after a week.

use crate::clock::Wall;
use crate::db::Db;
use anyhow::Result;

/// A letter is worth reading for so long after it was put into the queue, in seconds.
pub const WORTH_SECONDS: i64 = 7 * 86_400;

/// A letter that waits, while a newer week's waits for the same contact or has come to it, or that has waited for a
/// week. `o` is the row.
const OVER: &str = "o.settled_at IS NULL AND o.key LIKE 'letter:%'
   AND (o.created_at <= $2 OR EXISTS (SELECT 1 FROM outbox n WHERE n.contact_id = o.contact_id AND n.key > o.key AND \
   n.key LIKE 'letter:%' AND n.created_at <= $1))";

/// Rows of no batch, then rows of batches that no request was made for and nobody works on. Their batches are made anew
/// without them. $1 now, $2 put into the queue up to then.
fn expire_sql() -> [String; 2] {
    let ended = "UPDATE outbox AS o SET settled_at = $1, outcome = 'expired'";
    [
        format!("{ended} WHERE o.batch_id IS NULL AND {OVER}"),
        format!(
            "{ended} WHERE {OVER} AND EXISTS (SELECT 1 FROM batches b WHERE b.id = o.batch_id AND b.settled_at IS NULL \
             AND b.first_request_at IS NULL AND b.lease_owner IS NULL)"
        ),
    ]
}

/// Batches that no request was made for and that lost rows: what is left of them is put into new ones. The second takes
/// $1 now.
const LEFT: [&str; 2] = [
    "UPDATE outbox SET batch_id = NULL WHERE settled_at IS NULL AND batch_id IN (SELECT b.id FROM batches b WHERE \
     b.settled_at IS NULL AND b.first_request_at IS NULL
       AND b.lease_owner IS NULL AND EXISTS (SELECT 1 FROM outbox e WHERE e.batch_id = b.id AND e.outcome = \
       'expired'))",
    "UPDATE batches SET settled_at = $1 WHERE settled_at IS NULL AND first_request_at IS NULL AND lease_owner IS NULL
       AND EXISTS (SELECT 1 FROM outbox e WHERE e.batch_id = batches.id AND e.outcome = 'expired')",
];

/// Ends the letters that are over; returns how many. A batch in doubt is left alone: it ends by its own rules.
pub async fn expire(db: &Db, now: Wall) -> Result<u64> {
    let (mut tx, mut ended) = (db.write().await?, 0);
    for sql in expire_sql() {
        ended += sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(now.seconds())
            .bind(now.plus(-WORTH_SECONDS).seconds())
            .execute(&mut *tx)
            .await?
            .rows_affected();
    }
    if ended > 0 {
        sqlx::query(LEFT[0]).execute(&mut *tx).await?;
        sqlx::query(LEFT[1]).bind(now.seconds()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    expire_sql().into_iter().chain(LEFT.map(str::to_owned)).collect()
}
