//! A device on which a person is recognised in, its session out; and back. The database keeps hashes only.

use crate::db::Db;
use crate::vault::{token, token_hash};
use anyhow::Result;
use sqlx::AnyConnection;

/// A session lasts this long from its last use; the cookie as well.
pub const SESSION_DAYS: i64 = 365;
/// A session in use is lengthened once in so many seconds: reading writes nothing.
const RENEWED_AFTER: i64 = 86_400;

const INSERT: &str =
    "INSERT INTO person_sessions (token_hash, person_id, undo, created_at, expires_at) VALUES ($1, $2, '', $3, $4)";
const FIND: &str =
    "SELECT p.id AS person_id, p.household_id, s.expires_at FROM person_sessions s JOIN persons p ON p.id = s.person_id
  WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.household_id IS NOT NULL";
/// A session that has ended meanwhile stays ended. $1 hash, $2 now, $3 until.
const RENEW: &str =
    "UPDATE person_sessions SET expires_at = $3 WHERE token_hash = $1 AND expires_at > $2 AND expires_at < $3";
/// $1 hash, $2 what.
const NOTE: &str = "UPDATE person_sessions SET undo = $2 WHERE token_hash = $1";
/// $1 hash, $2 now.
const NOTED: &str = "SELECT undo FROM person_sessions WHERE token_hash = $1 AND expires_at > $2 AND undo <> ''";
/// Sessions that nobody can use any more. $1 now.
const END_OLD: &str = "DELETE FROM person_sessions WHERE expires_at <= $1";
const END: &str = "DELETE FROM person_sessions WHERE token_hash = $1";
const END_ALL: &str = "DELETE FROM person_sessions WHERE person_id = $1";

crate::db::row! {
/// A person who is recognised on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The person.
    pub person_id: String,
    /// The household.
    pub household_id: String,
    /// Until when, Unix seconds.
    pub expires_at: i64,
}
}

impl Session {
    /// Has it not been lengthened for a day?
    pub fn wears(&self, now: i64) -> bool {
        self.expires_at < now + SESSION_DAYS * 86_400 - RENEWED_AFTER
    }
}

/// The session of a cookie's token; `None` if it is unknown or expired.
pub async fn session(db: &Db, token: &str, now: i64) -> Result<Option<Session>> {
    Ok(sqlx::query_as(FIND).bind(token_hash(token)).bind(now).fetch_optional(db.pool()).await?)
}

/// Lengthens a session that is used: whoever comes once a year stays recognised. `false` when it has ended meanwhile.
pub async fn renew_session(db: &Db, token: &str, now: i64) -> Result<bool> {
    let query = sqlx::query(RENEW).bind(token_hash(token)).bind(now).bind(now + SESSION_DAYS * 86_400);
    Ok(query.execute(db.pool()).await?.rows_affected() == 1)
}

/// Keeps a short note with a session, in place of the one before; an empty one is none.
pub async fn note_of_session(db: &Db, token: &str, what: &str) -> Result<()> {
    sqlx::query(NOTE).bind(token_hash(token)).bind(what).execute(db.pool()).await?;
    Ok(())
}

/// The note that was kept with a session, while it lasts.
pub async fn noted_in_session(db: &Db, token: &str, now: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(NOTED).bind(token_hash(token)).bind(now).fetch_optional(db.pool()).await?)
}

/// Begins a session of a person on a device; the token is the cookie's value.
pub async fn begin_session(tx: &mut AnyConnection, person: &str, now: i64) -> Result<String> {
    let token = token();
    let insert = sqlx::query(INSERT).bind(token_hash(&token)).bind(person).bind(now);
    insert.bind(now + SESSION_DAYS * 86_400).execute(tx).await?;
    Ok(token)
}

/// Ends the session of a token.
pub async fn end_session(tx: &mut AnyConnection, token: &str) -> Result<()> {
    sqlx::query(END).bind(token_hash(token)).execute(tx).await?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn end_sessions(tx: &mut AnyConnection, person: &str) -> Result<()> {
    sqlx::query(END_ALL).bind(person).execute(tx).await?;
    Ok(())
}

/// Forgets sessions that have run out.
pub async fn forget_sessions(db: &Db, now: i64) -> Result<()> {
    sqlx::query(END_OLD).bind(now).execute(db.pool()).await?;
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [INSERT, FIND, RENEW, NOTE, NOTED, END_OLD, END, END_ALL].map(str::to_owned).into()
}
