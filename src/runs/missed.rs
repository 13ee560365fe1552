//! A database and an instant in, the weeks whose letters were not sent at their hour, and by nobody since, out: oldest
//! first.

use super::lease::LETTERS;
use crate::calendar::{LetterWeek, Zoned};
use crate::config::Config;
use crate::db::Db;
use crate::letter::{key_of, send_at, week_of};
use crate::outbox;
use anyhow::Result;

/// $1 job, $2 due.
const RUN: &str = "SELECT COALESCE(outcome, '') FROM runs WHERE job = $1 AND due_at = $2";
/// $1 job.
const FIRST_RUN: &str = "SELECT MIN(due_at) FROM runs WHERE job = $1";

/// So long a run may take to begin, in seconds.
const BEGINS: i64 = 3600;
/// More weeks nobody is told of: their letters are over.
const WEEKS: usize = 8;

/// The weeks up to the present one of which nothing was sent, back to the newest that was. `now` in the city's zone.
///
/// Without the ledger nobody knows what was sent, and none is named: they are in question (`schedule::InQuestion`).
pub async fn missed(db: &Db, config: &Config, now: &Zoned, has_ledger: bool) -> Result<Vec<LetterWeek>> {
    if !has_ledger {
        return Ok(Vec::new());
    }
    let first: Option<i64> = sqlx::query_scalar(FIRST_RUN).bind(LETTERS).fetch_one(db.pool()).await?;
    let Some(first) = first else { return Ok(Vec::new()) };
    let (mut week, mut found) = (week_of(now.date(), config), Vec::new());
    for _ in 0..WEEKS {
        let due_at = send_at(week.first(), config).seconds();
        let run: Option<String> = sqlx::query_scalar(RUN).bind(LETTERS).bind(due_at).fetch_optional(db.pool()).await?;
        let late = match run.as_deref() {
            Some("late") => true,
            // Begun by nobody, or broken off: an hour after its time, in a city that has had a week before.
            None | Some("") => now.timestamp().as_second() > due_at + BEGINS,
            Some(_) => break,
        };
        let before_all = due_at <= first && run.as_deref() != Some("late");
        if before_all || outbox::has_rows(db, &key_of(week)).await? {
            break;
        }
        found.extend(late.then_some(week));
        week = week.previous();
    }
    found.reverse();
    Ok(found)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [RUN, FIRST_RUN].map(str::to_owned).into()
}
