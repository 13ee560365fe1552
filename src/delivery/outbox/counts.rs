//! How many rows wait, and what became of the others. Reads only.

use crate::clock::Wall;
use crate::contact::{Channel, UnknownChannel};
use crate::db::Db;
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};

/// Unsettled rows of a key: tried before (and so a retry), not tried yet.
const WAITING: &str = "SELECT CAST(COALESCE(SUM(CASE WHEN o.attempt > 0 OR b.first_request_at IS NOT NULL THEN 1 ELSE \
    0 END), 0) AS BIGINT), COUNT(*)
  FROM outbox o LEFT JOIN batches b ON b.id = o.batch_id WHERE o.key = $1 AND o.settled_at IS NULL";

/// Letters of whatever week that wait.
const LETTERS_WAITING: &str = "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL AND key LIKE 'letter:%'";

/// Settled rows of a key by outcome. $1 key.
const OUTCOMES: &str = "SELECT outcome, COUNT(*) FROM outbox WHERE key = $1 AND outcome IS NOT NULL GROUP BY outcome";

/// All rows by key, channel and what became of them.
const COUNTS: &str = "SELECT key, channel, COALESCE(outcome, 'waiting'), COUNT(*) FROM outbox GROUP BY key, channel, \
    COALESCE(outcome, 'waiting')";

/// A channel's rows of letters that no request has been made for: not in a batch yet and due, or in one that has not
/// begun; and how many of them are due. $1 now, $2 channel.
const TO_BEGIN: &str = "SELECT o.due + b.whole, o.due + b.due FROM
  (SELECT COUNT(*) AS due FROM outbox WHERE settled_at IS NULL AND batch_id IS NULL AND channel = $2 AND key LIKE \
  'letter:%' AND due_at <= $1) o,
  (SELECT CAST(COALESCE(SUM(recipients), 0) AS BIGINT) AS whole, CAST(COALESCE(SUM(CASE WHEN due_at <= $1 THEN \
  recipients ELSE 0 END), 0) AS BIGINT) AS due
     FROM batches WHERE settled_at IS NULL AND first_request_at IS NULL AND channel = $2 AND key LIKE 'letter:%') b";

/// The first channel behind $1 by which something waits: each look finds one, so that the index is read in as many
/// places as there are channels.
const NEXT_CHANNEL: [&str; 2] = [
    "SELECT MIN(channel) FROM outbox WHERE settled_at IS NULL AND batch_id IS NULL AND channel > $1",
    "SELECT MIN(channel) FROM batches WHERE settled_at IS NULL AND channel > $1",
];

/// So many rows of a week (or of another kind of message) and channel ended so.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// `2026-W48`, `answer`, …
    pub what: String,
    /// As in the database, also of a channel that this program does not know.
    pub channel: String,
    /// As in `outbox.outcome` (`left`: in doubt, and decided to be left so), or `waiting`.
    pub outcome: String,
    /// How many.
    pub rows: u64,
}

/// A week by its name, another message by its kind.
pub(super) fn what(key: &str) -> &str {
    key.strip_prefix("letter:").unwrap_or_else(|| key.split(':').next().unwrap_or_default())
}

/// What became of everything, weeks by their names, other messages by their kind.
pub async fn counts(db: &Db) -> Result<Vec<Count>> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(COUNTS).fetch_all(db.pool()).await?;
    let mut of: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for (key, channel, outcome, n) in rows {
        *of.entry((what(&key).to_owned(), channel, outcome)).or_default() += n as u64;
    }
    Ok(of.into_iter().map(|((what, channel, outcome), rows)| Count { what, channel, outcome, rows }).collect())
}

/// What still waits of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Rows that were tried and are to be tried again.
    pub retry: u64,
    /// Rows that were not tried yet.
    pub pending: u64,
}

/// Counts what still waits of `key`.
pub async fn waiting(db: &Db, key: &str) -> Result<Waiting> {
    let (retry, all): (i64, i64) = sqlx::query_as(WAITING).bind(key).fetch_one(db.pool()).await?;
    Ok(Waiting { retry: retry as u64, pending: (all - retry) as u64 })
}

/// How many contacts of a channel wait for a letter that no request has been made for, and how many of these letters
/// are due now (others wait for their next try). Households that stopped since planning are counted: a few too many at
/// most.
pub async fn letters_to_begin(db: &Db, channel: Channel, now: Wall) -> Result<(u64, u64)> {
    let (whole, due): (i64, i64) =
        sqlx::query_as(TO_BEGIN).bind(now.seconds()).bind(channel.id()).fetch_one(db.pool()).await?;
    Ok((whole as u64, due as u64))
}

/// How many letters wait, of whatever week.
pub async fn letters_waiting(db: &Db) -> Result<u64> {
    Ok(sqlx::query_scalar::<_, i64>(LETTERS_WAITING).fetch_one(db.pool()).await? as u64)
}

/// Channels by which something waits, and which this program does not know: what goes by them is left to a program that
/// does.
pub async fn unknown_channels(db: &Db) -> Result<Vec<UnknownChannel>> {
    let mut unknown = std::collections::BTreeSet::new();
    for sql in NEXT_CHANNEL {
        let mut behind = String::new();
        while let Some(next) = sqlx::query_scalar::<_, Option<String>>(sql).bind(&behind).fetch_one(db.pool()).await? {
            unknown.extend(next.parse::<Channel>().err().map(|UnknownChannel(id)| id));
            behind = next;
        }
    }
    Ok(unknown.into_iter().map(UnknownChannel).collect())
}

/// Rows of `key` that wait for a channel which this program does not know.
pub async fn left_to_others(db: &Db, key: &str) -> Result<u64> {
    Ok(sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(left_to_others_sql())).bind(key).fetch_one(db.pool()).await?
        as u64)
}

fn left_to_others_sql() -> String {
    format!(
        "SELECT COUNT(*) FROM outbox WHERE key = $1 AND settled_at IS NULL AND channel NOT IN {}",
        Channel::sql_list(|_| true)
    )
}

/// How many rows of `key` ended as what.
pub async fn outcomes(db: &Db, key: &str) -> Result<HashMap<String, u64>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(OUTCOMES).bind(key).fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(|(outcome, n)| (outcome, n as u64)).collect())
}

pub(super) fn sql_texts() -> Vec<String> {
    let fixed = [WAITING, LETTERS_WAITING, TO_BEGIN, NEXT_CHANNEL[0], NEXT_CHANNEL[1], OUTCOMES, COUNTS];
    fixed.map(str::to_owned).into_iter().chain([left_to_others_sql()]).collect()
}
