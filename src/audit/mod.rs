//! Who did what to which record in, an append-only line out. Ids only: never a name, an address or a text.

mod watch;

pub use watch::{ErasedWatch, erased_watches, forget_erased_watches, watch_erased};

use crate::vault::new_id;
use anyhow::Result;
use sqlx::{Any, Executor};

/// One line of the log. Nothing updates or deletes these rows.
const INSERT: &str = "INSERT INTO audit (id, actor, action, target, at) VALUES ($1, $2, $3, $4, $5)";

/// Adds a line: `actor` is `staff:<id>`, `household` or `system`; `action` a verb (`read`, `answer`, `sign_in`); `target` an id; `at` Unix seconds.
///
/// Takes a pool, or the transaction of what it tells of, so that neither is kept without the other.
pub async fn record(executor: impl Executor<'_, Database = Any>, actor: &str, action: &str, target: &str, at: i64) -> Result<()> {
    sqlx::query(INSERT).bind(new_id()).bind(actor).bind(action).bind(target).bind(at).execute(executor).await?;
    Ok(())
}

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts() -> Vec<String> {
    [vec![INSERT.to_owned()], watch::sql_texts()].concat()
}
