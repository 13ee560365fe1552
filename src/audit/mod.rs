//! Who did what to which record in, an append-only line out. Ids only: never a name, an address or a text.

mod watch;

pub use watch::{ErasedWatch, erased_watches, forget_erased_watches, watch_erased};

use crate::vault::new_id;
use anyhow::Result;
use sqlx::{Any, AnyPool, Executor};

/// So long a line is kept, as the privacy page says.
pub const YEARS: i64 = 3;
/// One line of the log. Nothing updates these rows; time deletes them, and a household's own lines go with it.
const INSERT: &str = "INSERT INTO audit (id, actor, action, target, at) VALUES ($1, $2, $3, $4, $5)";

/// Adds a line: `actor` is `staff:<id>`, `household` or `system`; `action` a verb (`read`, `answer`, `sign_in`); `target` an id; `at` Unix seconds.
///
/// Takes a pool, or the transaction of what it tells of, so that neither is kept without the other.
pub async fn record(executor: impl Executor<'_, Database = Any>, actor: &str, action: &str, target: &str, at: i64) -> Result<()> {
    sqlx::query(INSERT).bind(new_id()).bind(actor).bind(action).bind(target).bind(at).execute(executor).await?;
    Ok(())
}

const FORGET_OWN: &str = "DELETE FROM audit WHERE target = $1 AND actor = 'household'";

/// Forgets what a household itself did (what it changed, when it stopped), in the transaction that erases it. What staff did stays.
pub async fn forget_own(executor: impl Executor<'_, Database = Any>, household: &str) -> Result<()> {
    sqlx::query(FORGET_OWN).bind(household).execute(executor).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM audit WHERE at < $1";

/// Forgets lines that are older than they are kept.
pub async fn forget(pool: &AnyPool, now: i64) -> Result<()> {
    sqlx::query(FORGET).bind(now - YEARS * 366 * 86_400).execute(pool).await?;
    Ok(())
}

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts() -> Vec<String> {
    [[INSERT, FORGET_OWN, FORGET].map(str::to_owned).into(), watch::sql_texts()].concat()
}
