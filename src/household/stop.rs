//! A contact's token in, the stop of its household's letters out, and taking that back: nothing else can be done with it.
//!
//! Every push carries its contact's token, so that somebody who cannot get in any more can still stop. It is sealed, not stored.

use super::change::{stop_all, undo_stop_all};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

const CONTEXT: &str = "contacts.stop";
/// A token has some ninety letters.
const LONGEST: usize = 200;

/// The household of a contact, unless it took the address away or another household has it now.
const OF_CONTACT: &str = "SELECT household_id FROM contacts WHERE id = $1 AND address <> ''";
const STOPPED_AT: &str = "SELECT stopped_at FROM households WHERE id = $1 AND stopped_at IS NOT NULL";

/// The token of a contact, for a link behind `#`; each time another one, all of them good.
pub fn stop_token(vault: &Vault, contact: &str) -> Result<String> {
    Ok(vault.house_key().seal(CONTEXT, contact)?.trim_end_matches('=').replace('+', "-").replace('/', "_"))
}

/// Ends all letters of the token's household at once: since when (Unix seconds). Twice is once. `None`: the token is not ours, or its contact
/// is no household's any more.
pub async fn stop_by_token(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<i64>> {
    let Some(household) = household(db, vault, token).await? else { return Ok(None) };
    stop(db, &household, now).await
}

/// Takes back the stop of this instant, and no other. `false`: there is no such stop (any more).
pub async fn undo_by_token(db: &Db, vault: &Vault, token: &str, stopped_at: i64, now: i64) -> Result<bool> {
    match household(db, vault, token).await? {
        Some(household) => undo_stop_all(db, &household, stopped_at, now).await,
        None => Ok(false),
    }
}

/// Ends all letters of the household at once: since when, Unix seconds. `None`: there is no such household.
pub async fn stop(db: &Db, household: &str, now: i64) -> Result<Option<i64>> {
    stop_all(db, household, now).await?;
    Ok(sqlx::query_scalar(STOPPED_AT).bind(household).fetch_optional(db.pool()).await?)
}

async fn household(db: &Db, vault: &Vault, token: &str) -> Result<Option<String>> {
    let Some(contact) = contact(vault, token) else { return Ok(None) };
    Ok(sqlx::query_scalar(OF_CONTACT).bind(contact).fetch_optional(db.pool()).await?)
}

/// The contact of a token of ours.
fn contact(vault: &Vault, token: &str) -> Option<String> {
    if token.len() > LONGEST || !token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return None;
    }
    let mut sealed = token.replace('-', "+").replace('_', "/");
    while !sealed.len().is_multiple_of(4) {
        sealed.push('=');
    }
    vault.house_key().open(CONTEXT, &sealed).ok()
}
