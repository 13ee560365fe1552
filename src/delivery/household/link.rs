//! A person on a device in, signed in or gone from it out, and a line in the log; what the device has just stopped.

use super::mail;
use crate::audit;
use crate::contact::{self, Member, Purpose, Way};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

/// A mistaken stop can be taken back on the device that made it for so long.
pub(super) const UNDO_SECONDS: i64 = 86_400;

/// Remembers with the device's session which stop it made (`slot`, Unix seconds); `None` forgets it.
pub async fn remember_stop(db: &Db, token: &str, stop: Option<(&str, i64)>) -> Result<()> {
    let said = stop.map_or_else(String::new, |(slot, at)| format!("{slot}.{at}"));
    contact::note_of_session(db, token, &said).await
}

/// The slot and instant of the stop that this device made within a day.
pub async fn remembered_stop(db: &Db, token: &str, now: i64) -> Result<Option<(String, i64)>> {
    let said = contact::noted_in_session(db, token, now).await?;
    let stop = said
        .as_deref()
        .and_then(|s| s.split_once('.'))
        .and_then(|(slot, at)| Some((slot.to_owned(), at.parse::<i64>().ok()?)));
    Ok(stop.filter(|(_, at)| now - at < UNDO_SECONDS))
}

/// Begins a session of a person of a household on a device; the token is the cookie's value.
pub async fn sign_in(db: &Db, person: &str, now: i64) -> Result<String> {
    let mut tx = db.write().await?;
    let household = contact::household_of(&mut tx, person).await?;
    let token = contact::begin_session(&mut tx, person, now).await?;
    audit::record(&mut *tx, "household", "sign_in", &household, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// This device leaves: its session ends, and with it the subscription that it gave. `endpoint` is its browser's own,
/// where the browser told it: one that was given in an earlier session. Other devices go on.
pub async fn leave(db: &Db, vault: &Vault, token: &str, endpoint: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    for household in contact::take_along(&mut tx, vault, token, endpoint, now).await?.into_iter().flatten() {
        audit::record(&mut *tx, "household", "remove_contact", &household, now).await?;
    }
    contact::end_session(&mut tx, token).await?;
    tx.commit().await?;
    Ok(())
}

/// All devices of a person leave, each with its subscription: for a lost phone. LINE goes on.
pub async fn leave_everywhere(db: &Db, person: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    let household = contact::household_of(&mut tx, person).await?;
    contact::take_all_along(&mut tx, person, now).await?;
    contact::end_sessions(&mut tx, person).await?;
    audit::record(&mut *tx, "household", "leave_everywhere", &household, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Where a one-time link leads, of LINE or of an e-mail; nothing is used up. `None` when it was used, is too old or
/// unknown.
pub async fn way_of_link(db: &Db, vault: &Vault, link: &str, now: i64) -> Result<Option<Way>> {
    match contact::leads(db, link, Purpose::SignIn, now).await? {
        Some(way) => Ok(Some(way)),
        None => mail::way(db, vault, link, now).await,
    }
}

/// Uses a one-time link where its household is recognised already: where it leads, or `None` as for
/// [`sign_in_by_link`].
pub async fn use_link(db: &Db, vault: &Vault, link: &str, now: i64) -> Result<Option<Way>> {
    match contact::take_link(db, link, Purpose::SignIn, now).await? {
        Some(way) => Ok(Some(way)),
        None => mail::take(db, vault, link, now).await,
    }
}

/// Uses a one-time link: a new session's token and where the link leads, or `None` when it was used, is too old or
/// unknown.
pub async fn sign_in_by_link(db: &Db, vault: &Vault, link: &str, now: i64) -> Result<Option<(String, Way)>> {
    match use_link(db, vault, link, now).await? {
        Some(way) => Ok(Some((sign_in(db, &way.person_id, now).await?, way))),
        None => Ok(None),
    }
}

/// Uses a pairing code as typed: a new session's token and whose it is.
pub async fn pair(db: &Db, typed: &str, now: i64) -> Result<Option<(String, Member)>> {
    let Some(Way { person_id, household_id, .. }) =
        contact::take_link(db, &contact::pairing_secret(typed), Purpose::Pairing, now).await?
    else {
        return Ok(None);
    };
    Ok(Some((sign_in(db, &person_id, now).await?, Member { person_id, household_id })))
}
