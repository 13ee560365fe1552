//! A week in, the households whose last letter is of a later one out: planning passes over them, and somebody has to
//! know.

use super::key_of;
use crate::calendar::LetterWeek;
use crate::clock::Wall;
use crate::db::Db;
use anyhow::Result;

/// $1 key. Keys of letters sort by time.
const AHEAD: &str = "SELECT COUNT(*), COALESCE(MAX(last_key), '') FROM letters WHERE last_key > $1";
/// When the letters of a week came into the queue. $1 key.
const SINCE: &str = "SELECT MIN(created_at) FROM outbox WHERE key = $1";
/// Those that came into the queue before now are no clock's that was ahead: the city has another day for its letters
/// since. $1 the key before this week's, $2 this week's, $3 now.
const BRING_BACK: &str = "UPDATE letters SET last_key = $1 WHERE last_key > $2 AND NOT EXISTS (SELECT 1 FROM outbox o \
    WHERE o.key = letters.last_key AND o.created_at <= $3)";
/// Clocks of several machines differ a little.
const SLACK: i64 = 600;

/// Households that have had a letter of a later week than the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// How many.
    pub households: u64,
    /// The latest such week's key; empty for none.
    pub latest: String,
    /// That week's letters came into the queue before now: its name lies ahead because the day of the letters is
    /// another one since.
    pub sent_before_now: bool,
}

/// Who has had a letter of a later week than this.
pub async fn ahead(db: &Db, week: LetterWeek, now: Wall) -> Result<Ahead> {
    let (households, latest): (i64, String) = sqlx::query_as(AHEAD).bind(key_of(week)).fetch_one(db.pool()).await?;
    let since: Option<i64> = sqlx::query_scalar(SINCE).bind(&latest).fetch_one(db.pool()).await?;
    Ok(Ahead {
        households: households as u64,
        latest,
        sent_before_now: since.is_some_and(|at| at <= now.plus(SLACK).seconds()),
    })
}

/// Households whose last letter is of a week after `week`, which is the present one, are planned for again from `week`
/// on. What they have had stays on record, so that nothing is sent to them twice. Returns how many they are.
pub async fn bring_back(db: &Db, week: LetterWeek, now: Wall) -> Result<u64> {
    let query =
        sqlx::query(BRING_BACK).bind(key_of(week.previous())).bind(key_of(week)).bind(now.plus(SLACK).seconds());
    Ok(query.execute(db.pool()).await?.rows_affected())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [AHEAD, SINCE, BRING_BACK].map(str::to_owned).into()
}
