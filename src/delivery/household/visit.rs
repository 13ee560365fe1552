//! A code of a flyer in, one more visit on its day out; by day and code, how many came. No reader is recorded.

use crate::calendar::Date;
use crate::content::{Flyer, Library};
use crate::db::Db;
use anyhow::Result;

const VISITED: &str = "INSERT INTO visits (code, day, opened) VALUES ($1, $2, 1) ON CONFLICT (code, day) DO UPDATE SET \
    opened = visits.opened + 1";

/// Counts an opening of `/r/<code>`.
pub async fn visited(db: &Db, code: &str, day: Date) -> Result<()> {
    sqlx::query(VISITED).bind(code).bind(day.to_string()).execute(db.pool()).await?;
    Ok(())
}

/// Openings by code and day, from one day to another.
const OPENED: &str = "SELECT code, day, opened FROM visits WHERE day >= $1 AND day <= $2";
/// Registrations that came by a code; households that were made up count only in the sample city. $1–$2 from when until
/// when, $3 those, too: 1.
const REGISTERED: &str = "SELECT code, created_at FROM households
  WHERE code <> '' AND created_at >= $1 AND created_at < $2 AND (generated_at IS NULL OR $3 = 1)";

/// How often each code was opened on which day (`2026-11-24`), both days included.
pub async fn opened(db: &Db, from: Date, until: Date) -> Result<Vec<(String, String, i64)>> {
    Ok(sqlx::query_as(OPENED).bind(from.to_string()).bind(until.to_string()).fetch_all(db.pool()).await?)
}

/// By which code a household registered, and when, from one instant until before another (Unix seconds); the made-up
/// ones, too, where they count.
pub async fn registered(db: &Db, from: i64, until: i64, made_up: bool) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(REGISTERED).bind(from).bind(until).bind(i64::from(made_up)).fetch_all(db.pool()).await?)
}

/// The flyer whose code it is, or a flyer's and one of its places (`poster-clinic`).
pub fn flyer_of<'a>(library: &'a Library, code: &str) -> Option<&'a Flyer> {
    library.flyers.values().find(|flyer| {
        let rest = code.strip_prefix(flyer.code.as_str()).filter(|_| !flyer.code.is_empty());
        rest.is_some_and(|rest| {
            rest.is_empty() || flyer.places.iter().any(|p| rest.strip_prefix('-') == Some(p.code.as_str()))
        })
    })
}

/// Is it a code of ours? Only such codes are kept: the address is open to everybody.
pub fn known_code(library: &Library, code: &str) -> bool {
    flyer_of(library, code).is_some()
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [VISITED, OPENED, REGISTERED].map(str::to_owned).into()
}
