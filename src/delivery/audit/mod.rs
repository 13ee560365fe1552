//! Who did what to which record in, an append-only line out. Ids only: never a name, an address or a text.

mod watch;

pub use watch::{ErasedWatch, erased_watches, forget_erased_watches, watch_erased};

use crate::db::Db;
use crate::vault::{Erased, new_id};
use anyhow::Result;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Executor};
use std::collections::HashSet;

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

/// The table whose rows go with a household: its own lines.
pub const PERSONAL: [&str; 1] = ["audit"];
const FORGET_OWN: &str = "DELETE FROM audit WHERE target = $1 AND actor = 'household'";

/// Forgets what a household itself did (what it changed, when it stopped), in the transaction that erases it. What
/// staff did stays, and so does what a household did of which one person is erased.
pub async fn erase(tx: &mut AnyConnection, whom: &Erased) -> Result<()> {
    if let Some(household) = &whom.household {
        sqlx::query(FORGET_OWN).bind(household).execute(tx).await?;
    }
    Ok(())
}

crate::db::row! {
/// What was done to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// `staff:<id>`, `household` or `system`.
    pub actor: String,
    /// A verb.
    pub action: String,
    /// Unix seconds.
    pub at: i64,
}
}

/// $1 target.
const OF: &str = "SELECT actor, action, at FROM audit WHERE target = $1 ORDER BY at, id";
/// $1 target, $2 action, $3 after.
const ACTORS: &str = "SELECT DISTINCT actor FROM audit WHERE target = $1 AND action = $2 AND at > $3";

/// Who did what to a record, the oldest first.
pub async fn of(db: &Db, target: &str) -> Result<Vec<Deed>> {
    Ok(sqlx::query_as(OF).bind(target).fetch_all(db.pool()).await?)
}

/// Who has done this to a record after an instant, Unix seconds.
pub async fn actors(db: &Db, target: &str, action: &str, after: i64) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(ACTORS).bind(target).bind(action).bind(after).fetch_all(db.pool()).await?)
}

/// Has the actor ever done one of these to a record?
pub async fn was_done(
    db: &Db,
    connection: &mut AnyConnection,
    actor: &str,
    target: &str,
    actions: &[&str],
) -> Result<bool> {
    let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(was_done_sql(db, actions.len())));
    let query = query.bind(actor.to_owned()).bind(target.to_owned());
    Ok(actions.iter().fold(query, |query, action| query.bind((*action).to_owned())).fetch_one(connection).await? > 0)
}

fn was_done_sql(db: &Db, actions: usize) -> String {
    format!(
        "SELECT COUNT(*) FROM audit WHERE actor = {} AND target = {} AND action IN {}",
        db.mark(1),
        db.mark(2),
        db.values(1, actions, 3)
    )
}

/// To which of these records the actor has done this after an instant, Unix seconds.
pub async fn targets(db: &Db, actor: &str, action: &str, after: i64, targets: &[&str]) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for some in targets.chunks(TARGETS) {
        let query = sqlx::query_scalar::<_, String>(AssertSqlSafe(targets_sql(db, some.len())));
        let query = query.bind(actor.to_owned()).bind(action.to_owned()).bind(after);
        found.extend(some.iter().fold(query, |query, id| query.bind((*id).to_owned())).fetch_all(db.pool()).await?);
    }
    Ok(found)
}

/// Records that one statement asks about.
const TARGETS: usize = 500;

fn targets_sql(db: &Db, targets: usize) -> String {
    format!(
        "SELECT DISTINCT target FROM audit WHERE actor = {} AND action = {} AND at > {} AND target IN {}",
        db.mark(1),
        db.mark(2),
        db.mark(3),
        db.values(1, targets, 4)
    )
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
    let own = [INSERT, FORGET_OWN, OF, ACTORS, FORGET, NEWEST_LINE].map(str::to_owned).into_iter().chain([
        since_sql(db, 2),
        newest_sql(db, 2),
        was_done_sql(db, 2),
        targets_sql(db, 2),
    ]);
    [own.collect(), watch::sql_texts()].concat()
}
