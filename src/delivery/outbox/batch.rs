//! A due batch in, claimed by one worker, with the rows that may still be sent out.

use super::end::RETRY_ROW;
use super::{End, RowOutcome, doubt, heeds_stops};
use crate::calendar::Date;
use crate::clock::Wall;
use crate::contact::{self, Channel, Shape};
use crate::db::Db;
use anyhow::Result;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Executor};

crate::db::row! {
/// A batch that this worker holds until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Id.
    pub id: String,
    /// By which it goes.
    pub channel: Channel,
    /// Outbox key.
    pub key: String,
    /// The exact body for all; empty where each row has its message.
    pub body: String,
    /// A UUID by which the service knows a repeat, where one body is for all.
    pub retry_key: String,
    /// How many rows it was made of.
    pub recipients: i64,
    /// How often it was claimed, this time included.
    pub attempt: i64,
    /// When its first request may have gone out; none: certainly nothing was sent.
    pub first_request_at: Option<i64>,
    /// The claim's fresh token.
    pub lease_owner: String,
}
}

/// A row of a batch that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The contact.
    pub contact_id: String,
    /// Whose key opens the address.
    pub key_owner: String,
    /// The message.
    pub hash: String,
    /// The address, sealed (context `contacts.address`).
    pub address: String,
    /// The address's keyed look-up (`contacts.lookup`).
    pub lookup: String,
    /// How often this row was tried before.
    pub attempt: i64,
    /// When it was enqueued.
    pub created_at: i64,
    /// The household was made up by `households generate`.
    pub generated: bool,
}

/// What the second look just before the first request found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Send these rows. Where each message stands alone, rows that are stopped or gone have been taken out.
    Send {
        /// What may be sent.
        rows: Vec<Row>,
        /// Rows taken out because their household stopped.
        stopped: u64,
        /// Rows taken out because their contact is gone.
        gone: u64,
        /// Letters taken out because a newer week's waits for the same contact, or has come to it.
        expired: u64,
        /// Rows taken out because they stopped while it was in doubt whether they had been sent.
        uncertain: u64,
    },
    /// A batch with one body for all held somebody who is not to get it: nothing was sent, it is discarded, the rest
    /// will be put into a new one.
    Discarded {
        /// Rows of stopped households.
        stopped: u64,
        /// Rows of contacts that are gone.
        gone: u64,
        /// Letters of a week that a newer one has overtaken.
        expired: u64,
    },
    /// It is in doubt whether the batch arrived, and it cannot be repeated any more (a stop, a deletion, or the service
    /// may have forgotten its key).
    Uncertain {
        /// Rows that are now `uncertain`.
        rows: u64,
    },
    /// Another worker holds the batch now.
    Lost,
}

/// What a claim leaves alone for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// Everything that is due may be claimed.
    Nothing,
    /// Letters on these channels that no request has been made for: they do not fit into the month's quota, or nobody
    /// has asked yet.
    NewLettersOn(Vec<Channel>),
    /// All letters: it is night. Answers do not wait.
    Letters,
}

/// The predicate stands outside as well (without it six workers claimed 5,450 of 2,000 rows on PostgreSQL). The claim
/// moves `due_at` to the end of the lease: one index finds new and expired. A channel that this program does not know
/// is a newer one's. $1 token, $2 end of the lease, $3 now.
fn claim_sql(db: &Db, leave: &Leave) -> String {
    let left = match leave {
        Leave::Nothing => String::new(),
        Leave::NewLettersOn(some) => {
            format!(
                " AND NOT (channel IN {} AND key LIKE 'letter:%' AND first_request_at IS NULL)",
                Channel::sql_list(|channel| some.contains(&channel))
            )
        }
        Leave::Letters => " AND key NOT LIKE 'letter:%'".to_owned(),
    };
    let due = format!("settled_at IS NULL AND due_at <= $3 AND channel IN {}{left}", Channel::sql_list(|_| true));
    format!(
        "UPDATE batches SET lease_owner = $1, due_at = $2, attempt = attempt + 1
          WHERE id = (SELECT id FROM batches WHERE {due} ORDER BY due_at LIMIT 1{}) AND {due}
        RETURNING id, channel, key, body, retry_key, recipients, attempt, first_request_at, lease_owner",
        db.skip_locked()
    )
}

/// $1 end of the lease, $2 batch, $3 token.
pub(super) const RENEW: &str =
    "UPDATE batches SET due_at = $1 WHERE id = $2 AND lease_owner = $3 AND settled_at IS NULL";

/// $1 now, $2 batch, $3 token.
const FIRST_REQUEST: &str = "UPDATE batches SET first_request_at = COALESCE(first_request_at, $1) WHERE id = $2 AND \
    lease_owner = $3 AND settled_at IS NULL";

/// The unsettled rows of a batch, and whether each may still be sent. A letter is overtaken by a newer week's for the
/// same contact. A subject that the row is about and that is stopped or deleted stops it, and so does a pregnancy (`a*`
/// in `about`) that has been born since: nobody gets the letter of a week that is over. $1 batch, $2 today, $3 now.
const ROWS: &str = "SELECT o.contact_id, p.key_owner, o.hash, c.address, c.lookup, o.attempt, o.created_at, \
    h.generated_at, c.gone_at,
    CAST(CASE WHEN h.stopped_at IS NOT NULL OR h.paused_until > $2
      OR (SELECT COUNT(*) FROM subjects s WHERE s.household_id = h.id AND s.stopped_at IS NULL AND o.about LIKE '%' || \
      s.slot || '%'
            AND (s.kind = 'pregnancy' OR o.about NOT LIKE '%' || s.slot || '*%')) < LENGTH(REPLACE(o.about, '*', ''))
      THEN 1 ELSE 0 END AS BIGINT) AS stopped,
    CAST(CASE WHEN o.key LIKE 'letter:%' AND EXISTS (SELECT 1 FROM outbox n WHERE n.contact_id = o.contact_id AND \
    n.key > o.key AND n.key LIKE 'letter:%' AND n.created_at <= $3)
      THEN 1 ELSE 0 END AS BIGINT) AS overtaken
  FROM outbox o JOIN contacts c ON c.id = o.contact_id JOIN persons p ON p.id = c.person_id LEFT JOIN households h ON \
  h.id = c.household_id
 WHERE o.batch_id = $1 AND o.settled_at IS NULL ORDER BY o.contact_id";

/// $1 now, $2 outcome, $3 batch, $4 contact.
const END_ROW: &str =
    "UPDATE outbox SET settled_at = $1, outcome = $2 WHERE batch_id = $3 AND contact_id = $4 AND settled_at IS NULL";
/// $1 batch.
const FREE_ROWS: &str = "UPDATE outbox SET batch_id = NULL WHERE batch_id = $1 AND settled_at IS NULL";
/// $1 now, $2 outcome, $3 batch.
const END_ROWS: &str = "UPDATE outbox SET settled_at = $1, outcome = $2 WHERE batch_id = $3 AND settled_at IS NULL";
/// $1 now, $2 batch.
pub(super) const END_BATCH: &str = "UPDATE batches SET settled_at = $1, lease_owner = NULL WHERE id = $2";

crate::db::row! {
/// A row as it is read: with what may stop it.
struct Read {
    contact_id: String,
    key_owner: String,
    hash: String,
    address: String,
    lookup: String,
    attempt: i64,
    created_at: i64,
    generated_at: Option<i64>,
    gone_at: Option<i64>,
    stopped: i64,
    overtaken: i64,
}
}

/// Claims the batch that has been due longest, new or with an expired lease. `None`: nothing is due but what is to be
/// left alone.
pub async fn claim(db: &Db, now: Wall, lease_until: Wall, leave: &Leave) -> Result<Option<Batch>> {
    let token = crate::vault::token();
    Ok(sqlx::query_as(AssertSqlSafe(claim_sql(db, leave)))
        .bind(token)
        .bind(lease_until.seconds())
        .bind(now.seconds())
        .fetch_optional(db.pool())
        .await?)
}

/// Lengthens the lease; `false` when another worker has taken over.
pub async fn renew(db: &Db, batch: &Batch, lease_until: Wall) -> Result<bool> {
    still_ours(db.pool(), RENEW, batch, lease_until).await
}

/// Runs a statement that sets one instant ($1) of a batch ($2) while the lease's token ($3) is still this worker's;
/// `false`: another has taken over, and nothing was written.
pub(super) async fn still_ours(
    executor: impl Executor<'_, Database = Any>,
    sql: &'static str,
    batch: &Batch,
    instant: Wall,
) -> Result<bool> {
    let query = sqlx::query(sql).bind(instant.seconds()).bind(&batch.id).bind(&batch.lease_owner);
    Ok(query.execute(executor).await?.rows_affected() == 1)
}

/// Reads the stops again and, in the same transaction, notes that the first request goes out: after it a batch with one
/// body for all is never changed.
pub async fn begin(db: &Db, batch: &Batch, today: Date, now: Wall) -> Result<Begun> {
    let mut tx = db.write().await?;
    // Also locks the batch, so that nothing below happens twice.
    if sqlx::query(RENEW_NOTHING).bind(&batch.id).bind(&batch.lease_owner).execute(&mut *tx).await?.rows_affected() != 1
    {
        return Ok(Begun::Lost);
    }
    let read: Vec<Read> =
        sqlx::query_as(ROWS).bind(&batch.id).bind(today.to_string()).bind(now.seconds()).fetch_all(&mut *tx).await?;
    let heeds = heeds_stops(&batch.key);
    let (stopped, rest): (Vec<Read>, Vec<Read>) = read.into_iter().partition(|r| heeds && r.stopped == 1);
    let (gone, rest): (Vec<Read>, Vec<Read>) = rest.into_iter().partition(|r| r.gone_at.is_some());
    let (expired, rest): (Vec<Read>, Vec<Read>) = rest.into_iter().partition(|r| r.overtaken == 1);
    let whole = (stopped.len() + gone.len() + expired.len() + rest.len()) as i64 == batch.recipients;
    let begun = match (batch.channel.shape(), batch.first_request_at) {
        (Shape::Together { .. }, None) if !whole || !stopped.is_empty() || !gone.is_empty() || !expired.is_empty() => {
            end_each(&mut tx, batch, &stopped, "stopped", now).await?;
            end_each(&mut tx, batch, &gone, "gone", now).await?;
            end_each(&mut tx, batch, &expired, "expired", now).await?;
            sqlx::query(FREE_ROWS).bind(&batch.id).execute(&mut *tx).await?;
            sqlx::query(END_BATCH).bind(now.seconds()).bind(&batch.id).execute(&mut *tx).await?;
            Begun::Discarded { stopped: stopped.len() as u64, gone: gone.len() as u64, expired: expired.len() as u64 }
        }
        // In doubt: it is repeated exactly as it was, or not at all. Whether it arrived could only be asked by sending
        // it again.
        (Shape::Together { remembered, .. }, Some(first))
            if !whole || !stopped.is_empty() || !is_remembered(first, remembered, now) =>
        {
            let rows = sqlx::query(END_ROWS)
                .bind(now.seconds())
                .bind("uncertain")
                .bind(&batch.id)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            sqlx::query(END_BATCH).bind(now.seconds()).bind(&batch.id).execute(&mut *tx).await?;
            doubt::note(&mut tx).await?;
            Begun::Uncertain { rows }
        }
        (Shape::Together { .. }, None | Some(_)) => {
            // In doubt, a contact that has gone since stays in, and so does one that a newer letter waits for: the
            // recipients must be the same.
            sqlx::query(FIRST_REQUEST)
                .bind(now.seconds())
                .bind(&batch.id)
                .bind(&batch.lease_owner)
                .execute(&mut *tx)
                .await?;
            let mut rows: Vec<Row> = rest.into_iter().chain(gone).chain(expired).map(Row::from).collect();
            rows.sort_by(|a, b| a.contact_id.cmp(&b.contact_id));
            Begun::Send { rows, stopped: 0, gone: 0, expired: 0, uncertain: 0 }
        }
        (Shape::Each { .. }, first) => {
            let doubt = first.is_some();
            end_each(&mut tx, batch, &stopped, if doubt { "uncertain" } else { "stopped" }, now).await?;
            end_each(&mut tx, batch, &gone, "gone", now).await?;
            end_each(&mut tx, batch, &expired, if doubt { "uncertain" } else { "expired" }, now).await?;
            sqlx::query(FIRST_REQUEST)
                .bind(now.seconds())
                .bind(&batch.id)
                .bind(&batch.lease_owner)
                .execute(&mut *tx)
                .await?;
            let (n, late) = (stopped.len() as u64, expired.len() as u64);
            let (stopped, expired, uncertain) = if doubt { (0, 0, n + late) } else { (n, late, 0) };
            Begun::Send {
                rows: rest.into_iter().map(Row::from).collect(),
                stopped,
                gone: gone.len() as u64,
                expired,
                uncertain,
            }
        }
    };
    tx.commit().await?;
    Ok(begun)
}

/// Does the service surely remember the key of a batch first asked at `first`? What is stamped later than now was
/// stamped by a clock that was ahead: nobody knows when that was.
fn is_remembered(first: i64, seconds: i64, now: Wall) -> bool {
    (0..seconds).contains(&now.since(Wall::at(first)))
}

/// Only asks whether the batch is still ours, and locks it. $1 batch, $2 token.
pub(super) const RENEW_NOTHING: &str =
    "UPDATE batches SET attempt = attempt WHERE id = $1 AND lease_owner = $2 AND settled_at IS NULL";

/// Takes rows whose address cannot be used out of a batch with one body for all that was not sent yet in this claim:
/// they end (their contacts are dropped when gone) or wait, the batch is discarded, the rest will be put into a new
/// one. A batch in doubt must be settled as uncertain instead.
pub async fn discard(db: &Db, batch: &Batch, rows: &[(String, RowOutcome)], now: Wall) -> Result<bool> {
    let mut tx = db.write().await?;
    if sqlx::query(RENEW_NOTHING).bind(&batch.id).bind(&batch.lease_owner).execute(&mut *tx).await?.rows_affected() != 1
    {
        return Ok(false);
    }
    for (contact, outcome) in rows {
        match outcome {
            RowOutcome::Retry { due_at } => {
                sqlx::query(RETRY_ROW).bind(due_at.seconds()).bind(&batch.id).bind(contact).execute(&mut *tx).await?;
            }
            RowOutcome::End(end) => {
                sqlx::query(END_ROW)
                    .bind(now.seconds())
                    .bind(end.id())
                    .bind(&batch.id)
                    .bind(contact)
                    .execute(&mut *tx)
                    .await?;
                if *end == End::Gone {
                    contact::gone(db, &mut tx, &[contact.as_str()], now.seconds()).await?;
                }
            }
        }
    }
    if rows.iter().any(|(_, outcome)| *outcome == RowOutcome::End(End::Uncertain)) {
        doubt::note(&mut tx).await?;
    }
    sqlx::query(FREE_ROWS).bind(&batch.id).execute(&mut *tx).await?;
    sqlx::query(END_BATCH).bind(now.seconds()).bind(&batch.id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}

async fn end_each(tx: &mut AnyConnection, batch: &Batch, rows: &[Read], outcome: &str, now: Wall) -> Result<()> {
    if outcome == "uncertain" && !rows.is_empty() {
        doubt::note(tx).await?;
    }
    for row in rows {
        sqlx::query(END_ROW)
            .bind(now.seconds())
            .bind(outcome)
            .bind(&batch.id)
            .bind(&row.contact_id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

impl From<Read> for Row {
    fn from(r: Read) -> Self {
        Self {
            contact_id: r.contact_id,
            key_owner: r.key_owner,
            hash: r.hash,
            address: r.address,
            lookup: r.lookup,
            attempt: r.attempt,
            created_at: r.created_at,
            generated: r.generated_at.is_some(),
        }
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> =
        [RENEW, RENEW_NOTHING, FIRST_REQUEST, ROWS, END_ROW, FREE_ROWS, END_ROWS, END_BATCH].map(str::to_owned).into();
    all.extend(
        [Leave::Nothing, Leave::NewLettersOn(vec![Channel::Line]), Leave::Letters].map(|leave| claim_sql(db, &leave)),
    );
    all
}
