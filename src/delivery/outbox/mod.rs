//! A message for a contact in, a claimed batch out, settled once: the one queue of everything that is sent.

mod assemble;
mod batch;
mod doubt;
mod erase;
mod expire;
mod prune;
mod put;
mod settle;
mod split;
pub mod subscription;
mod texts;
mod weeks;

pub use assemble::{Compose, assemble};
pub use batch::{Batch, Begun, Leave, Row, begin, claim, discard, renew};
pub use doubt::{InDoubt, Which, doubtful, held_back, in_doubt, leave, look_for_doubt, once_more};
pub use erase::{PERSONAL, answer_key, any_gone, drop_waiting, erase, erase_answers, put_at};
pub use expire::{WORTH_SECONDS, expire};
pub use prune::{forget_messages, prune};
pub use put::{Text, To, enqueue, enqueue_within, put_sql, put_texts};
pub use settle::{End, RowOutcome, end_waiting, later, not_begun, settle_batch, settle_rows};
pub use split::split;
pub use texts::{hashes_of, letter_text, notices, texts, weeks_before};
pub use weeks::{has_rows, letters_under_way, newest_letter, rows_of};

use crate::clock::Wall;
use crate::contact::{Channel, UnknownChannel};
use crate::db::Db;
use anyhow::Result;
use aws_lc_rs::digest::{SHA256, digest};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// What is told, whatever the channel. Neutral: no matter, no week, no age.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// Outbox key: `letter:2026-W48`, `answer:<id>`.
    pub key: String,
    /// 今週のおたよりです
    pub title: String,
    /// 読みもの2つ、市からのお知らせ3つ。5分で読めます。
    pub body: String,
    /// Absolute address that it opens.
    pub url: String,
    /// Absolute address of the way to ask.
    pub ask_url: String,
    /// Language of the texts.
    pub language: String,
    /// How long it is worth delivering, in seconds.
    pub ttl: u32,
    /// Bulletins and the like may wait for a better moment.
    pub low_urgency: bool,
}

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
fn what(key: &str) -> &str {
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

/// What nobody works on and what waits for its next try is due now. Two texts, $1 now, $2 key.
const HASTEN: [&str; 2] = [
    "UPDATE batches SET due_at = $1 WHERE key = $2 AND settled_at IS NULL AND lease_owner IS NULL AND due_at > $1",
    "UPDATE outbox SET due_at = $1 WHERE key = $2 AND settled_at IS NULL AND batch_id IS NULL AND due_at > $1",
];

/// Is a message of this key held back when the household has stopped or paused its letters? An answer to a question
/// that was asked, and the confirmation of a registration, are told all the same.
pub fn heeds_stops(key: &str) -> bool {
    !key.starts_with("answer:") && key != "welcome"
}

/// The name of a content: the first 40 characters of its SHA-256 in hexadecimal (160 bits).
pub fn content_hash(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().take(20).fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What households were told under a key: one line a household and message.
const TOLD: &str =
    "SELECT DISTINCT c.household_id, o.hash FROM outbox o JOIN contacts c ON c.id = o.contact_id WHERE o.key = $1";

/// What each household was told under `key` (sent or still waiting).
pub async fn told(db: &Db, key: &str) -> Result<BTreeMap<String, Notice>> {
    let rows: Vec<(String, String)> = sqlx::query_as(TOLD).bind(key).fetch_all(db.pool()).await?;
    let mut hashes: Vec<String> = rows.iter().map(|(_, hash)| hash.clone()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let found = notices(db, &mut *db.pool().acquire().await?, &hashes).await?;
    Ok(rows.into_iter().filter_map(|(household, hash)| Some((household, found.get(&hash)?.clone()))).collect())
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

/// A channel's rows of letters that no request has been made for: not in a batch yet and due, or in one that has not
/// begun; and how many of them are due. $1 now, $2 channel.
const TO_BEGIN: &str = "SELECT o.due + b.whole, o.due + b.due FROM
  (SELECT COUNT(*) AS due FROM outbox WHERE settled_at IS NULL AND batch_id IS NULL AND channel = $2 AND key LIKE \
  'letter:%' AND due_at <= $1) o,
  (SELECT CAST(COALESCE(SUM(recipients), 0) AS BIGINT) AS whole, CAST(COALESCE(SUM(CASE WHEN due_at <= $1 THEN \
  recipients ELSE 0 END), 0) AS BIGINT) AS due
     FROM batches WHERE settled_at IS NULL AND first_request_at IS NULL AND channel = $2 AND key LIKE 'letter:%') b";

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

/// The first channel behind $1 by which something waits: each look finds one, so that the index is read in as many
/// places as there are channels.
const NEXT_CHANNEL: [&str; 2] = [
    "SELECT MIN(channel) FROM outbox WHERE settled_at IS NULL AND batch_id IS NULL AND channel > $1",
    "SELECT MIN(channel) FROM batches WHERE settled_at IS NULL AND channel > $1",
];

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

/// What a clock that was ahead left lying in the future: leases and waits end now, and what was written then counts as
/// written now. A day ahead is the longest that anything waits. A first request keeps its stamp: nobody knows when it
/// was, so the batch is not repeated. $1 now, $2 a day ahead.
const BRING_BACK: [&str; 3] = [
    "UPDATE batches SET due_at = $1, lease_owner = NULL WHERE settled_at IS NULL AND due_at > $2",
    "UPDATE outbox SET due_at = $1 WHERE settled_at IS NULL AND batch_id IS NULL AND due_at > $2",
    "UPDATE outbox SET created_at = $1 WHERE settled_at IS NULL AND created_at > $2",
];

/// Brings back what lies more than a day ahead of a clock that was found right.
pub async fn bring_back(db: &Db, now: Wall) -> Result<()> {
    let mut tx = db.write().await?;
    for sql in BRING_BACK {
        sqlx::query(sql).bind(now.seconds()).bind(now.plus(86_400).seconds()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
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

/// $1 now, $2 key.
const MARK: [&str; 2] = [
    "UPDATE outbox SET settled_at = $1, outcome = 'left' WHERE key = $2 AND settled_at IS NULL",
    "UPDATE batches SET settled_at = $1, lease_owner = NULL WHERE key = $2 AND settled_at IS NULL",
];

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

/// Every SQL text of this room that is the same on both databases or made by `db`, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [
        WAITING,
        LETTERS_WAITING,
        TO_BEGIN,
        NEXT_CHANNEL[0],
        NEXT_CHANNEL[1],
        OUTCOMES,
        COUNTS,
        HASTEN[0],
        HASTEN[1],
        TOLD,
    ]
    .map(str::to_owned)
    .into();
    all.extend(BRING_BACK.map(str::to_owned));
    all.extend(MARK.map(str::to_owned));
    all.extend(doubt::sql_texts(db));
    all.extend(erase::sql_texts(db));
    all.extend(put::sql_texts(db));
    all.extend(texts::sql_texts(db));
    all.extend([attempts_sql(db, 3), left_to_others_sql()]);
    all.extend(assemble::sql_texts());
    all.extend(batch::sql_texts(db));
    all.extend(settle::sql_texts(db));
    all.extend(expire::sql_texts());
    all.extend(split::sql_texts());
    all.extend(prune::sql_texts());
    all.extend(weeks::sql_texts());
    all
}
