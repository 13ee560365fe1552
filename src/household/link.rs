//! A household in, a session, a one-time link or a code out; and back. The database keeps hashes only.

use crate::audit;
use crate::db::Db;
use crate::vault::{token, token_hash};
use anyhow::Result;
use sqlx::{Any, Transaction};

/// A session lasts this long from the last sign-in; the cookie as well.
pub const SESSION_DAYS: i64 = 365;
/// A link that LINE brings is opened within minutes.
const LINK_SECONDS: i64 = 30 * 60;
/// LINE's own limit for the link token, and so for the nonce.
const NONCE_SECONDS: i64 = 10 * 60;

const INSERT_SESSION: &str = "INSERT INTO household_sessions (token_hash, household_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
const SESSION: &str = "SELECT household_id FROM household_sessions WHERE token_hash = $1 AND expires_at > $2";
const SIGN_OUT: &str = "DELETE FROM household_sessions WHERE token_hash = $1";
const LEAVE: &str = "DELETE FROM household_sessions WHERE household_id = $1";
const INSERT_LINK: &str = "INSERT INTO one_time_links (token_hash, household_id, purpose, expires_at) VALUES ($1, $2, $3, $4)";
/// Tidies up while it is here anyway: nothing of it can be used any more.
const DROP_EXPIRED: &str = "DELETE FROM one_time_links WHERE expires_at < $1";
/// Uses a link: the condition stands in the statement, so that two taps cannot both succeed.
const USE_LINK: &str = "UPDATE one_time_links SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 RETURNING household_id";
const OF_NONCE: &str = "SELECT household_id FROM one_time_links WHERE token_hash = $1 AND purpose = 'line_nonce' AND (used_at IS NOT NULL OR expires_at > $2)";
/// A form's mark stays good until it expires: that is its purpose.
const REGISTERED: &str = "SELECT household_id FROM one_time_links WHERE token_hash = $1 AND purpose = 'registered' AND expires_at > $2";

/// The household of a session cookie's token; `None` if it is unknown or expired.
pub async fn session(db: &Db, token: &str, now: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(SESSION).bind(token_hash(token)).bind(now).fetch_optional(db.pool()).await?)
}

/// Begins a session on a device; the token is the cookie's value.
pub async fn sign_in(db: &Db, household: &str, now: i64) -> Result<String> {
    let token = token();
    let mut tx = db.write().await?;
    insert_session(&mut tx, &token_hash(&token), household, now, now + SESSION_DAYS * 86_400).await?;
    audit::record(&mut *tx, "household", "sign_in", household, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// Ends the session of this device.
pub async fn sign_out(db: &Db, token: &str) -> Result<()> {
    sqlx::query(SIGN_OUT).bind(token_hash(token)).execute(db.pool()).await?;
    Ok(())
}

/// Ends the sessions of all devices: for a lost phone.
pub async fn leave_everywhere(db: &Db, household: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(LEAVE).bind(household).execute(&mut *tx).await?;
    audit::record(&mut *tx, "household", "leave_everywhere", household, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A link's token: `/me/enter/<token>` signs in once, within 30 minutes. For the answer to a LINE postback.
pub async fn one_time_link(db: &Db, household: &str, now: i64) -> Result<String> {
    let token = token();
    put(db, &token, household, "sign_in", now + LINK_SECONDS, now).await?;
    Ok(token)
}

/// Uses a one-time link: a new session's token, or `None` when it was used, is too old or unknown.
pub async fn sign_in_by_link(db: &Db, link: &str, now: i64) -> Result<Option<String>> {
    match take(db, link, "sign_in", now).await? {
        Some(household) => Ok(Some(sign_in(db, &household, now).await?)),
        None => Ok(None),
    }
}

/// A nonce for LINE's account link; LINE sends it back in the webhook's `accountLink` event.
pub async fn line_nonce(db: &Db, household: &str, now: i64) -> Result<String> {
    let nonce = token();
    put(db, &nonce, household, "line_nonce", now + NONCE_SECONDS, now).await?;
    Ok(nonce)
}

/// The household of a nonce that is still good, or was used already; `None` if it is unknown or ran out unused.
pub(super) async fn of_line_nonce(db: &Db, nonce: &str, now: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(OF_NONCE).bind(token_hash(nonce)).bind(now).fetch_optional(db.pool()).await?)
}

/// Uses a nonce, once, together with what the transaction does.
pub(super) async fn use_line_nonce(tx: &mut Transaction<'static, Any>, nonce: &str, now: i64) -> Result<bool> {
    let used: Option<String> = sqlx::query_scalar(USE_LINK).bind(token_hash(nonce)).bind("line_nonce").bind(now).fetch_optional(&mut **tx).await?;
    Ok(used.is_some())
}

/// Letters without those that look alike (I, L, O, 0, 1, U).
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of 12 letters to carry a registration from one browser to another (LINE opens pages in its own, which has not the cookie):
/// `7KQM-2XPA-9TCE`. 58 random bits and 30 minutes, so that no counting of tries is needed.
pub async fn pairing_code(db: &Db, household: &str, now: i64) -> Result<String> {
    let mut code = String::new();
    while code.len() < 12 {
        // Base64url characters of a random token that are in the alphabet are uniform over it.
        code.extend(token().chars().filter(|c| ALPHABET.contains(&(*c as u8))));
    }
    code.truncate(12);
    put(db, &format!("pair:{code}"), household, "pairing", now + LINK_SECONDS, now).await?;
    Ok(format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]))
}

/// Uses a pairing code as typed (lower case, spaces and missing hyphens are fine): a new session's token and the household.
pub async fn pair(db: &Db, typed: &str, now: i64) -> Result<Option<(String, String)>> {
    let code: String = typed
        .chars()
        .map(|c| if ('\u{FF01}'..='\u{FF5E}').contains(&c) { char::from_u32(c as u32 - 0xFEE0).unwrap_or(c) } else { c })
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(13)
        .collect();
    let Some(household) = take(db, &format!("pair:{code}"), "pairing", now).await? else { return Ok(None) };
    Ok(Some((sign_in(db, &household, now).await?, household)))
}

/// The household that a form with this mark has made already.
pub(super) async fn registered_by(db: &Db, once: &str, now: i64) -> Result<Option<String>> {
    if once.is_empty() {
        return Ok(None);
    }
    Ok(sqlx::query_scalar(REGISTERED).bind(token_hash(once)).bind(now).fetch_optional(db.pool()).await?)
}

async fn put(db: &Db, token: &str, household: &str, purpose: &str, expires_at: i64, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(DROP_EXPIRED).bind(now - 86_400).execute(&mut *tx).await?;
    insert_link(&mut tx, token, household, purpose, expires_at).await?;
    tx.commit().await?;
    Ok(())
}

async fn take(db: &Db, token: &str, purpose: &str, now: i64) -> Result<Option<String>> {
    let mut tx = db.write().await?;
    let found = sqlx::query_scalar(USE_LINK).bind(token_hash(token)).bind(purpose).bind(now).fetch_optional(&mut *tx).await?;
    tx.commit().await?;
    Ok(found)
}

pub(super) async fn insert_link(tx: &mut Transaction<'static, Any>, token: &str, household: &str, purpose: &str, expires_at: i64) -> Result<()> {
    sqlx::query(INSERT_LINK).bind(token_hash(token)).bind(household).bind(purpose).bind(expires_at).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn insert_session(tx: &mut Transaction<'static, Any>, hash: &str, household: &str, now: i64, expires_at: i64) -> Result<()> {
    sqlx::query(INSERT_SESSION).bind(hash).bind(household).bind(now).bind(expires_at).execute(&mut **tx).await?;
    Ok(())
}
