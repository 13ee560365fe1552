//! A household or a member of staff in, its person out: who has addresses, signs in and asks.

use crate::db::Db;
use anyhow::{Context as _, Result};
use sqlx::{AnyConnection, AssertSqlSafe};

/// $1 person and household: its first member. $2 now.
const FIRST: &str = "INSERT INTO persons (id, household_id, key_owner, created_at) VALUES ($1, $1, $1, $2)";
/// $1 person.
const HOUSEHOLD: &str = "SELECT household_id FROM persons WHERE id = $1 AND household_id IS NOT NULL";
/// Whose key seals a person's addresses and questions, and whose letters it reads. $1 person.
const KEY_OWNER: &str = "SELECT key_owner, household_id FROM persons WHERE id = $1";

crate::db::row! {
/// A person of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who has addresses, signs in and asks. A household's first member has the household's id.
    pub person_id: String,
    /// Whose letters it reads.
    pub household_id: String,
}
}

/// A household's first member. It has the household's id, and its addresses are sealed by the household's key.
pub async fn first_member(tx: &mut AnyConnection, household: &str, now: i64) -> Result<()> {
    sqlx::query(FIRST).bind(household).bind(now).execute(tx).await?;
    Ok(())
}

/// [`first_member`]s of many households.
pub async fn first_members(db: &Db, tx: &mut AnyConnection, households: &[&str], now: i64) -> Result<()> {
    let bound = |query: sqlx::query::Query<'static, sqlx::Any, _>, id: &str| {
        query.bind(id.to_owned()).bind(id.to_owned()).bind(id.to_owned()).bind(now)
    };
    let query = sqlx::query(AssertSqlSafe(first_members_sql(db, households.len())));
    households.iter().fold(query, |query, id| bound(query, id)).execute(tx).await?;
    Ok(())
}

fn first_members_sql(db: &Db, households: usize) -> String {
    format!("INSERT INTO persons (id, household_id, key_owner, created_at) VALUES {}", db.values(households, 4, 1))
}

/// The household of a person; an error when there is no such person in any.
pub async fn household_of(tx: &mut AnyConnection, person: &str) -> Result<String> {
    sqlx::query_scalar(HOUSEHOLD).bind(person).fetch_optional(tx).await?.context("この人は、どの世帯にもいません")
}

/// Whose key seals what a person gives and writes, and whose letters it reads, if anybody's. `None`: there is no such
/// person.
pub async fn key_owner(db: &Db, person: &str) -> Result<Option<(String, Option<String>)>> {
    Ok(sqlx::query_as(KEY_OWNER).bind(person).fetch_optional(db.pool()).await?)
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [FIRST, HOUSEHOLD, KEY_OWNER].map(str::to_owned).into();
    all.push(first_members_sql(db, 3));
    all
}
