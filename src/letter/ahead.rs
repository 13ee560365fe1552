//! A week in, the households whose last letter is of a later one out: planning passes over them, and somebody has to know.

use super::key_of;
use crate::calendar::LetterWeek;
use crate::db::Db;
use anyhow::Result;

/// $1 key. Keys of letters sort by time.
const AHEAD: &str = "SELECT COUNT(*), COALESCE(MAX(last_key), '') FROM letters WHERE last_key > $1";
/// $1 the key before this week's, $2 this week's.
const BRING_BACK: &str = "UPDATE letters SET last_key = $1 WHERE last_key > $2";

/// How many households have had a letter of a later week than this, and the latest such week's key.
pub async fn ahead(db: &Db, week: LetterWeek) -> Result<(u64, String)> {
    let (households, latest): (i64, String) = sqlx::query_as(AHEAD).bind(key_of(week)).fetch_one(db.pool()).await?;
    Ok((households as u64, latest))
}

/// Households whose last letter is of a week after `week`, which is the present one, are planned for again from `week` on. What they have had
/// stays on record, so that nothing is sent to them twice. Returns how many they are.
pub async fn bring_back(db: &Db, week: LetterWeek) -> Result<u64> {
    Ok(sqlx::query(BRING_BACK).bind(key_of(week.previous())).bind(key_of(week)).execute(db.pool()).await?.rows_affected())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [AHEAD, BRING_BACK].map(str::to_owned).into()
}
