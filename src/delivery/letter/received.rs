//! A household in, the letters that it has had out; nothing left of them when it is erased.

use crate::db::Db;
use crate::vault::Erased;
use anyhow::Result;
use serde::Serialize;
use sqlx::AnyConnection;

/// Letters that went to one of the household's contacts, newest first. A letter that waits in the queue is not one yet.
const LETTERS: &str = "SELECT DISTINCT o.key, COALESCE(NULLIF(o.letter, ''), o.hash) FROM outbox o JOIN contacts c ON \
    c.id = o.contact_id
  WHERE c.household_id = $1 AND o.key LIKE 'letter:%' AND o.outcome IN ('sent', 'uncertain', 'left') ORDER BY o.key \
  DESC LIMIT 60";
/// The newest plan first: it stands when a week's letter has not left yet. $1 household, $2 key.
const LETTER_OF_WEEK: &str = "SELECT hash FROM (
    SELECT 0 AS rank, hash FROM letters WHERE household_id = $1 AND last_key = $2 AND hash IS NOT NULL
    UNION ALL SELECT 1, COALESCE(NULLIF(o.letter, ''), o.hash) FROM outbox o JOIN contacts c ON c.id = o.contact_id \
    WHERE c.household_id = $1 AND o.key = $2
  ) found ORDER BY rank, hash LIMIT 1";
/// The newest planned letter: what a household without a channel reads on its page.
const LAST_LETTER: &str =
    "SELECT last_key, hash FROM letters WHERE household_id = $1 AND hash IS NOT NULL AND last_key LIKE 'letter:%'";
/// $1 household.
const BEGUN: &str = "SELECT COUNT(*) FROM letters WHERE household_id = $1 AND last_key <> ''";
/// $1 household.
const ERASE: &str = "DELETE FROM letters WHERE household_id = $1";

/// The tables whose rows go.
pub const PERSONAL: [&str; 1] = ["letters"];

/// A letter that a household has had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// `2026-W48`.
    pub week: String,
    /// Of the letter's page `/letters/<week>/<hash>/`.
    pub hash: String,
}

/// The letters a household has had, newest first; at least the newest planned one, so that nobody depends on a channel.
pub async fn received(db: &Db, household: &str) -> Result<Vec<Received>> {
    let mut rows: Vec<(String, String)> = sqlx::query_as(LETTERS).bind(household).fetch_all(db.pool()).await?;
    if rows.is_empty() {
        rows = sqlx::query_as(LAST_LETTER).bind(household).fetch_all(db.pool()).await?;
    }
    Ok(rows
        .into_iter()
        .map(|(key, hash)| Received { week: key.trim_start_matches("letter:").to_owned(), hash })
        .collect())
}

/// The letter of a household for a week (`2026-W48`), sent, waiting or only planned; `None` if it has none.
pub async fn of_week(db: &Db, household: &str, week: &str) -> Result<Option<String>> {
    let query = sqlx::query_scalar(LETTER_OF_WEEK).bind(household).bind(format!("letter:{week}"));
    Ok(query.fetch_optional(db.pool()).await?)
}

/// Was a letter chosen for a household by now?
pub async fn has_begun(db: &Db, household: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(BEGUN).bind(household).fetch_one(db.pool()).await? > 0)
}

/// Erases the history of a household's letters; of one person of it nothing is here.
pub async fn erase(tx: &mut AnyConnection, whom: &Erased) -> Result<()> {
    if let Some(household) = &whom.household {
        sqlx::query(ERASE).bind(household).execute(tx).await?;
    }
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [LETTERS, LETTER_OF_WEEK, LAST_LETTER, BEGUN, ERASE].map(str::to_owned).into()
}
