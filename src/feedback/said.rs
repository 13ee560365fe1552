//! わかった／わかりにくい: a press in, one more of its article and week out, unless too many came from one place.

use crate::db::Db;
use crate::masking::Figure;
use crate::vault::{Vault, new_id};
use anyhow::Result;
use serde::Serialize;

/// Presses from one place within [`WINDOW_SECONDS`] that are counted.
const PRESSES: i64 = 20;
/// Where the place is not told (a proxy that hides it): of all readers of one article.
const PRESSES_UNKNOWN: i64 = 60;
const WINDOW_SECONDS: i64 = 15 * 60;

const SAY: &str = "INSERT INTO readers_said (slug, week, clear, unclear) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (slug, week) DO UPDATE SET clear = readers_said.clear + excluded.clear, unclear = readers_said.unclear \
    + excluded.unclear";
const TRIES: &str = "SELECT COUNT(*) FROM readers_tries WHERE subject = $1 AND tried_at > $2";
const TRY: &str = "INSERT INTO readers_tries (id, subject, tried_at) VALUES ($1, $2, $3)";
const FORGET: &str = "DELETE FROM readers_tries WHERE tried_at <= $1";
/// Slug, how many found it clear, how many did not; the least clear first.
const SAID: &str = "SELECT slug, CAST(SUM(clear) AS BIGINT), CAST(SUM(unclear) AS BIGINT) FROM readers_said WHERE week \
    >= $1 GROUP BY slug ORDER BY SUM(unclear) DESC, slug";

/// What readers said of an article, small numbers masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaidOf {
    /// The article.
    pub slug: String,
    /// わかった
    pub clear: Figure,
    /// わかりにくい
    pub unclear: Figure,
}

/// Counts a press for the article and the week; `false`, and nothing is counted, when too many came from `address`, of
/// which only a keyed hash is kept, for 15 minutes.
pub async fn say(
    db: &Db,
    vault: &Vault,
    slug: &str,
    week: &str,
    clear: bool,
    address: Option<&str>,
    now: i64,
) -> Result<bool> {
    let (subject, most) = match address {
        Some(address) => (vault.lookup("readers.address", address).0, PRESSES),
        None => (vault.lookup("readers.slug", slug).0, PRESSES_UNKNOWN),
    };
    let mut tx = db.write().await?;
    sqlx::query(FORGET).bind(now - WINDOW_SECONDS).execute(&mut *tx).await?;
    let tries: i64 = sqlx::query_scalar(TRIES).bind(&subject).bind(now - WINDOW_SECONDS).fetch_one(&mut *tx).await?;
    let counted = tries < most;
    if counted {
        sqlx::query(TRY).bind(new_id()).bind(&subject).bind(now).execute(&mut *tx).await?;
        sqlx::query(SAY).bind(slug).bind(week).bind(i64::from(clear)).bind(i64::from(!clear)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(counted)
}

/// What was said from a week on, the least clear article first.
pub async fn said_since(db: &Db, week: &str) -> Result<Vec<SaidOf>> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(SAID).bind(week).fetch_all(db.pool()).await?;
    Ok(rows
        .into_iter()
        .map(|(slug, clear, unclear)| SaidOf {
            slug,
            clear: Figure::of(u64::try_from(clear).unwrap_or(0)),
            unclear: Figure::of(u64::try_from(unclear).unwrap_or(0)),
        })
        .collect())
}

/// Forgets where presses came from, even if nobody presses any more.
pub async fn forget_tries(db: &Db, now: i64) -> Result<()> {
    sqlx::query(FORGET).bind(now - WINDOW_SECONDS).execute(db.pool()).await?;
    Ok(())
}
