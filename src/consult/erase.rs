//! A household or a person in, nothing left of their threads; and in which households something was written lately.

use crate::audit;
use crate::db::Db;
use crate::vault::Erased;
use anyhow::Result;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::HashSet;

/// The tables whose rows go.
pub const PERSONAL: [&str; 2] = ["consultation_entries", "consultations"];

/// Threads, and whether each is watched over. $1 household, or person.
const THREADS: [&str; 2] = [
    "SELECT id, CAST(CASE WHEN alarm <> 'silent' THEN 1 ELSE 0 END AS BIGINT) FROM consultations WHERE household_id = $1",
    "SELECT id, CAST(CASE WHEN alarm <> 'silent' THEN 1 ELSE 0 END AS BIGINT) FROM consultations WHERE person_id = $1",
];
/// $1 thread.
const ANSWERS: &str = "SELECT id FROM consultation_entries WHERE consultation_id = $1 AND author = 'staff'";
/// In the order that foreign keys ask for. $1 thread.
const ERASE: [&str; 2] =
    ["DELETE FROM consultation_entries WHERE consultation_id = $1", "DELETE FROM consultations WHERE id = $1"];
/// Households that one statement asks about.
const AT_ONCE: usize = 500;

/// Erases one thread with everything in it.
pub(super) async fn thread(tx: &mut AnyConnection, id: &str) -> Result<()> {
    for sql in ERASE {
        sqlx::query(sql).bind(id).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Erases the threads of a household, or of one person of it; the ids of the answers in them come out. Where some were
/// watched over, that is noted with the dangers `watched` (as [`super::kinds_under_watch`] gives them): the desk is told of it.
pub async fn erase(tx: &mut AnyConnection, whom: &Erased, watched: &str, now: i64) -> Result<Vec<String>> {
    let of: Vec<(&str, &String)> = match &whom.household {
        Some(household) => vec![(THREADS[0], household)],
        None => whom.persons.iter().map(|person| (THREADS[1], person)).collect(),
    };
    let mut threads: Vec<(String, i64)> = Vec::new();
    for (sql, id) in of {
        threads.extend(sqlx::query_as::<_, (String, i64)>(sql).bind(id).fetch_all(&mut *tx).await?);
    }
    if threads.iter().any(|(_, is_watched)| *is_watched == 1) {
        audit::watch_erased(&mut *tx, watched, now).await?;
    }
    let mut answers = Vec::new();
    for (id, _) in &threads {
        answers.extend(sqlx::query_scalar::<_, String>(ANSWERS).bind(id).fetch_all(&mut *tx).await?);
        thread(tx, id).await?;
    }
    Ok(answers)
}

/// In which of these households something was asked or answered since an instant, Unix seconds.
pub async fn written_since(db: &Db, households: &[String], since: i64) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for some in households.chunks(AT_ONCE) {
        let query = sqlx::query_scalar::<_, String>(AssertSqlSafe(written_sql(db, some.len()))).bind(since);
        found.extend(some.iter().fold(query, |query, id| query.bind(id)).fetch_all(db.pool()).await?);
    }
    Ok(found)
}

fn written_sql(db: &Db, households: usize) -> String {
    format!(
        "SELECT DISTINCT c.household_id FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id
          WHERE e.created_at >= {} AND c.household_id IN {}",
        db.mark(1),
        db.values(1, households, 2)
    )
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    THREADS.iter().chain(&ERASE).chain([&ANSWERS]).map(|sql| (*sql).to_owned()).chain([written_sql(db, 3)]).collect()
}
