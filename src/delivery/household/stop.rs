//! A contact's token in, the stop of its household's letters out, and taking that back: nothing else can be done with
//! it.
//!
//! Every push carries its contact's token, so that somebody who cannot get in any more can still stop. It is sealed,
//! not stored.

use super::change::{Share, stop_all, undo_stop_all};
use super::link::UNDO_SECONDS;
use crate::contact::{self, Member};
use crate::db::Db;
use crate::segment::SubjectKind;
use crate::vault::Vault;
use anyhow::Result;

const CONTEXT: &str = "contacts.stop";
const LANGUAGE: &str = "SELECT language FROM households WHERE id = $1";
/// The kinds of those that were not stopped for themselves.
const KINDS: &str = "SELECT DISTINCT kind FROM subjects WHERE household_id = $1 AND stopped_at IS NULL";
const STOPPED_AT: &str = "SELECT stopped_at FROM households WHERE id = $1 AND stopped_at IS NOT NULL";

/// What a token has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Since when the letters are stopped, Unix seconds.
    pub at: i64,
    /// This token stopped them within a day, so it can take that back. A stop that was made elsewhere is not its.
    pub own: bool,
    /// There are children whose letters could come back.
    pub children: bool,
    /// There are pregnancies whose letters could come back.
    pub pregnancies: bool,
}

/// The token of a contact, for a link behind `#`; each time another one, all of them good.
pub fn stop_token(vault: &Vault, contact: &str) -> Result<String> {
    vault.seal_link(CONTEXT, contact)
}

/// Ends all letters of the token's household at once. Twice is once. `None`: the token is not ours, or its contact is
/// no household's any more.
pub async fn stop_by_token(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<Stopped>> {
    let Some(Member { person_id, household_id: household }) = member(db, vault, token).await? else { return Ok(None) };
    if stop_all(db, &household, now).await? {
        let at = stopped_at(db, &household).await?.unwrap_or(now);
        contact::stop_was_made(db, token, &person_id, at, now + UNDO_SECONDS).await?;
    }
    let Some(at) = stopped_at(db, &household).await? else { return Ok(None) };
    let kinds: Vec<String> = sqlx::query_scalar(KINDS).bind(&household).fetch_all(db.pool()).await?;
    let has = |kind: SubjectKind| kinds.iter().any(|k| k == kind.id());
    let own = contact::stop_made_by(db, token, &person_id, at, now).await?;
    Ok(Some(Stopped { at, own, children: has(SubjectKind::Child), pregnancies: has(SubjectKind::Pregnancy) }))
}

/// Takes back the stop of this instant that this token made within a day, and no other, for those who are named: after
/// a loss that was told elsewhere, an old notification starts nothing again. `false`: there is no such stop (any more).
pub async fn undo_by_token(
    db: &Db,
    vault: &Vault,
    token: &str,
    stopped_at: i64,
    share: Share<'_>,
    now: i64,
) -> Result<bool> {
    let Some(Member { person_id, household_id: household }) = member(db, vault, token).await? else { return Ok(false) };
    Ok(contact::stop_made_by(db, token, &person_id, stopped_at, now).await?
        && undo_stop_all(db, &household, stopped_at, share, now).await?)
}

/// The language that a token's household reads; `None` as in [`stop_by_token`].
pub async fn language_of_token(db: &Db, vault: &Vault, token: &str) -> Result<Option<String>> {
    let Some(member) = member(db, vault, token).await? else { return Ok(None) };
    language(db, &member.household_id).await
}

/// The language that a household reads.
pub async fn language(db: &Db, household: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(LANGUAGE).bind(household).fetch_optional(db.pool()).await?)
}

/// Ends all letters of the household at once: since when, Unix seconds. `None`: there is no such household.
pub async fn stop(db: &Db, household: &str, now: i64) -> Result<Option<i64>> {
    stop_all(db, household, now).await?;
    stopped_at(db, household).await
}

async fn stopped_at(db: &Db, household: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(STOPPED_AT).bind(household).fetch_optional(db.pool()).await?)
}

async fn member(db: &Db, vault: &Vault, token: &str) -> Result<Option<Member>> {
    match vault.open_link(CONTEXT, token) {
        Some(contact) => contact::owner(db, &contact).await,
        None => Ok(None),
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [LANGUAGE, KINDS, STOPPED_AT].map(str::to_owned).into()
}
