//! Who did what to which record in, an append-only line out. Ids only: never a name, an address or a text.

mod watch;

pub use watch::{ErasedWatch, erased_watches, forget_erased_watches, watch_erased};

use crate::db::Db;
use crate::vault::new_id;
use anyhow::Result;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor};

/// So long a line is kept, as the privacy page says.
pub const YEARS: i64 = 3;
/// One line of the log. Nothing updates these rows; time deletes them, and a household's own lines go with it.
const INSERT: &str = "INSERT INTO audit (id, actor, action, target, at) VALUES ($1, $2, $3, $4, $5)";

/// Adds a line: `actor` is `staff:<id>`, `household` or `system`; `action` a verb (`read`, `answer`, `sign_in`);
/// `target` an id; `at` Unix seconds.
///
/// Takes a pool, or the transaction of what it tells of, so that neither is kept without the other.
pub async fn record(
    executor: impl Executor<'_, Database = Any>,
    actor: &str,
    action: &str,
    target: &str,
    at: i64,
) -> Result<()> {
    sqlx::query(INSERT).bind(new_id()).bind(actor).bind(action).bind(target).bind(at).execute(executor).await?;
    Ok(())
}

const FORGET_OWN: &str = "DELETE FROM audit WHERE target = $1 AND actor = 'household'";

/// Forgets what a household itself did (what it changed, when it stopped), in the transaction that erases it. What
/// staff did stays.
pub async fn forget_own(executor: impl Executor<'_, Database = Any>, household: &str) -> Result<()> {
    sqlx::query(FORGET_OWN).bind(household).execute(executor).await?;
    Ok(())
}

crate::db::row! {
/// A line, without who it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// In the order of time.
    pub id: String,
    /// To which record.
    pub target: String,
}
}

/// Lines that [`since`] gives at once, at most.
pub const AT_ONCE: usize = 1000;

fn since_sql(db: &Db, actions: usize) -> String {
    format!(
        "SELECT id, target FROM audit WHERE id > {} AND action IN {} ORDER BY id LIMIT {AT_ONCE}",
        db.mark(1),
        db.values(1, actions, 2)
    )
}
fn newest_sql(db: &Db, actions: usize) -> String {
    format!("SELECT MAX(at) FROM audit WHERE target = {} AND action IN {}", db.mark(1), db.values(1, actions, 2))
}

/// The next lines of these actions after one, in the order of time.
pub async fn since(db: &Db, after: &str, actions: &[&str]) -> Result<Vec<Line>> {
    let query = sqlx::query_as(AssertSqlSafe(since_sql(db, actions.len()))).bind(after.to_owned());
    Ok(actions.iter().fold(query, |query, action| query.bind((*action).to_owned())).fetch_all(db.pool()).await?)
}

const NEWEST_LINE: &str = "SELECT MAX(id) FROM audit";

/// The newest line's id.
pub async fn newest_line(db: &Db) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(NEWEST_LINE).fetch_one(db.pool()).await?)
}

/// When one of these actions was last done to a record; `None`: never. Unix seconds.
pub async fn newest(db: &Db, target: &str, actions: &[&str]) -> Result<Option<i64>> {
    let query = sqlx::query_scalar(AssertSqlSafe(newest_sql(db, actions.len()))).bind(target.to_owned());
    Ok(actions.iter().fold(query, |query, action| query.bind((*action).to_owned())).fetch_one(db.pool()).await?)
}

/// An id that is so many seconds before a line's; empty where there is no such line.
pub fn earlier(line: &str, seconds: i64) -> String {
    let at = uuid::Uuid::parse_str(line).ok().and_then(|id| id.get_timestamp()).map(|t| t.to_unix().0);
    let Some(at) = at.and_then(|at| i64::try_from(at).ok()) else { return String::new() };
    let millis = (at - seconds).max(0) * 1000;
    format!("{:08x}-{:04x}-7000-8000-000000000000", millis >> 16, millis & 0xffff)
}

const FORGET: &str = "DELETE FROM audit WHERE at < $1";

/// Forgets lines that are older than they are kept.
pub async fn forget(pool: &AnyPool, now: i64) -> Result<()> {
    sqlx::query(FORGET).bind(now - YEARS * 366 * 86_400).execute(pool).await?;
    Ok(())
}

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    let own = [INSERT, FORGET_OWN, FORGET, NEWEST_LINE]
        .map(str::to_owned)
        .into_iter()
        .chain([since_sql(db, 2), newest_sql(db, 2)]);
    [own.collect(), watch::sql_texts()].concat()
}
