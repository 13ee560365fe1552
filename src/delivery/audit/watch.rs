//! A thread under watch that was erased in, when and which kinds of danger out: the desk must not lose an emergency
//! without a word, and nobody may learn from the word whose it was.

use crate::vault::new_id;
use anyhow::Result;
use sqlx::{Any, AnyPool, Executor};

const INSERT: &str = "INSERT INTO erased_watches (id, kinds, erased_at) VALUES ($1, $2, $3)";
/// Since $1, the newest first.
const SINCE: &str =
    "SELECT kinds, erased_at FROM erased_watches WHERE erased_at >= $1 ORDER BY erased_at DESC, id DESC";
const FORGET: &str = "DELETE FROM erased_watches WHERE erased_at < $1";

crate::db::row! {
/// What is left of threads under watch that were erased together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedWatch {
    /// Kinds of danger as in a thread's marks, space-separated; empty when nobody could read them any more.
    pub kinds: String,
    /// When, in Unix seconds.
    pub erased_at: i64,
}
}

/// Notes it, in the transaction that erases. No id of a thread or a household: nothing leads back.
pub async fn watch_erased(executor: impl Executor<'_, Database = Any>, kinds: &str, at: i64) -> Result<()> {
    sqlx::query(INSERT).bind(new_id()).bind(kinds).bind(at).execute(executor).await?;
    Ok(())
}

/// Those since an instant, the newest first.
pub async fn erased_watches(pool: &AnyPool, since: i64) -> Result<Vec<ErasedWatch>> {
    Ok(sqlx::query_as(SINCE).bind(since).fetch_all(pool).await?)
}

/// Those before an instant are forgotten.
pub async fn forget_erased_watches(pool: &AnyPool, before: i64) -> Result<()> {
    sqlx::query(FORGET).bind(before).execute(pool).await?;
    Ok(())
}

pub(super) fn sql_texts() -> Vec<String> {
    [INSERT, SINCE, FORGET].map(str::to_owned).into()
}
