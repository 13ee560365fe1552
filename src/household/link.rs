//! A person in, a session, a one-time link or a code out; and back. The database keeps hashes only.

use super::Member;
use super::contact::push_lookup;
use super::{mail, person};
use crate::audit;
use crate::contact::Channel;
use crate::db::Db;
use crate::vault::{Vault, token, token_hash};
use anyhow::Result;
use sqlx::{Any, Transaction};

/// A session lasts this long from its last use; the cookie as well.
pub const SESSION_DAYS: i64 = 365;
/// A session in use is lengthened once in so many seconds: reading writes nothing.
const RENEWED_AFTER: i64 = 86_400;
/// A mistaken stop can be taken back on the device that made it for so long.
pub(super) const UNDO_SECONDS: i64 = 86_400;
/// A link that LINE brings is opened within minutes.
const LINK_SECONDS: i64 = 30 * 60;
/// LINE's own limit for the link token, and so for the nonce.
const NONCE_SECONDS: i64 = 10 * 60;

const INSERT_SESSION: &str =
    "INSERT INTO person_sessions (token_hash, person_id, undo, created_at, expires_at) VALUES ($1, $2, '', $3, $4)";
const SESSION: &str =
    "SELECT p.id AS person_id, p.household_id, s.expires_at FROM person_sessions s JOIN persons p ON p.id = s.person_id
  WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.household_id IS NOT NULL";
/// A session that has ended meanwhile stays ended. $1 hash, $2 now, $3 until.
const RENEW: &str =
    "UPDATE person_sessions SET expires_at = $3 WHERE token_hash = $1 AND expires_at > $2 AND expires_at < $3";
/// $1 hash, $2 slot and instant.
const REMEMBER: &str = "UPDATE person_sessions SET undo = $2 WHERE token_hash = $1";
/// $1 hash, $2 now.
const REMEMBERED: &str = "SELECT undo FROM person_sessions WHERE token_hash = $1 AND expires_at > $2 AND undo <> ''";
/// The addresses that a device gave end with its session, and so does the one that its browser names: their rows stay
/// for what was sent to them. $1 hash, $2 now, $3 look-up of the browser's own address, or '', $4 channel.
const TAKE_ALONG: &str = "UPDATE contacts SET gone_at = COALESCE(gone_at, $2), address = '', session = '' WHERE \
    channel = $4 AND address <> ''
   AND person_id = (SELECT person_id FROM person_sessions WHERE token_hash = $1) AND (session = $1 OR lookup = $3) \
   RETURNING household_id";
/// All devices of a person leave, and take their addresses along. $1 person, $2 now, $3 channel.
const TAKE_ALL_ALONG: &str = "UPDATE contacts SET gone_at = COALESCE(gone_at, $2), address = '', session = '' WHERE \
    person_id = $1 AND channel = $3 AND address <> ''";
/// Sessions that nobody can use any more. $1 now.
const END_OLD: &str = "DELETE FROM person_sessions WHERE expires_at <= $1";
const SIGN_OUT: &str = "DELETE FROM person_sessions WHERE token_hash = $1";
const LEAVE: &str = "DELETE FROM person_sessions WHERE person_id = $1";
const INSERT_LINK: &str =
    "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at) VALUES ($1, $2, $3, $4, $5)";
/// Tidies up while it is here anyway: nothing of it can be used any more.
const DROP_EXPIRED: &str = "DELETE FROM person_links WHERE expires_at < $1";
/// Uses a link: the condition stands in the statement, so that two taps cannot both succeed.
const USE_LINK: &str = "UPDATE person_links SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS \
    NULL AND expires_at > $3
  RETURNING person_id, (SELECT household_id FROM persons p WHERE p.id = person_links.person_id) AS household_id, week";
/// Where a link leads, without using it. $1 hash, $2 purpose, $3 now.
const LEADS: &str =
    "SELECT p.id AS person_id, p.household_id, l.week FROM person_links l JOIN persons p ON p.id = l.person_id
  WHERE l.token_hash = $1 AND l.purpose = $2 AND l.used_at IS NULL AND l.expires_at > $3";
const OF_NONCE: &str =
    "SELECT p.id AS person_id, p.household_id FROM person_links l JOIN persons p ON p.id = l.person_id
  WHERE l.token_hash = $1 AND l.purpose = 'line_nonce' AND (l.used_at IS NOT NULL OR l.expires_at > $2)";
/// A form's mark stays good until it expires: that is its purpose.
const REGISTERED: &str = "SELECT p.household_id FROM person_links l JOIN persons p ON p.id = l.person_id
  WHERE l.token_hash = $1 AND l.purpose = 'registered' AND l.expires_at > $2";

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

crate::db::row! {
/// Where a one-time link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Whose it is.
    pub person_id: String,
    /// The household.
    pub household_id: String,
    /// The week of the letter that it opens (`2026-W48`); empty: the household's own page.
    pub week: String,
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
    Ok(sqlx::query_as(SESSION).bind(token_hash(token)).bind(now).fetch_optional(db.pool()).await?)
}

/// Lengthens a session that is used: whoever comes once a year stays recognised. `false` when it has ended meanwhile.
pub async fn renew_session(db: &Db, token: &str, now: i64) -> Result<bool> {
    let query = sqlx::query(RENEW).bind(token_hash(token)).bind(now).bind(now + SESSION_DAYS * 86_400);
    Ok(query.execute(db.pool()).await?.rows_affected() == 1)
}

/// Remembers with the device's session which stop it made (`slot`, Unix seconds); `None` forgets it.
pub async fn remember_stop(db: &Db, token: &str, stop: Option<(&str, i64)>) -> Result<()> {
    let said = stop.map_or_else(String::new, |(slot, at)| format!("{slot}.{at}"));
    sqlx::query(REMEMBER).bind(token_hash(token)).bind(said).execute(db.pool()).await?;
    Ok(())
}

/// The slot and instant of the stop that this device made within a day.
pub async fn remembered_stop(db: &Db, token: &str, now: i64) -> Result<Option<(String, i64)>> {
    let said: Option<String> =
        sqlx::query_scalar(REMEMBERED).bind(token_hash(token)).bind(now).fetch_optional(db.pool()).await?;
    let stop = said
        .as_deref()
        .and_then(|s| s.split_once('.'))
        .and_then(|(slot, at)| Some((slot.to_owned(), at.parse::<i64>().ok()?)));
    Ok(stop.filter(|(_, at)| now - at < UNDO_SECONDS))
}

/// Begins a session of a person of a household on a device; the token is the cookie's value.
pub async fn sign_in(db: &Db, person: &str, now: i64) -> Result<String> {
    let token = token();
    let mut tx = db.write().await?;
    let household = person::household_of(&mut tx, person).await?;
    insert_session(&mut tx, &token_hash(&token), person, now, now + SESSION_DAYS * 86_400).await?;
    audit::record(&mut *tx, "household", "sign_in", &household, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// Forgets sessions that have run out.
pub async fn forget_sessions(db: &Db, now: i64) -> Result<()> {
    sqlx::query(END_OLD).bind(now).execute(db.pool()).await?;
    Ok(())
}

/// This device leaves: its session ends, and with it the subscription that it gave. `endpoint` is its browser's own,
/// where the browser told it: one that was given in an earlier session. Other devices go on.
pub async fn leave(db: &Db, vault: &Vault, token: &str, endpoint: &str, now: i64) -> Result<()> {
    let lookup = if endpoint.is_empty() { String::new() } else { push_lookup(vault, endpoint).0 };
    let mut tx = db.write().await?;
    let left: Vec<String> = sqlx::query_scalar(TAKE_ALONG)
        .bind(token_hash(token))
        .bind(now)
        .bind(lookup)
        .bind(Channel::WebPush.id())
        .fetch_all(&mut *tx)
        .await?;
    for household in left {
        audit::record(&mut *tx, "household", "remove_contact", &household, now).await?;
    }
    sqlx::query(SIGN_OUT).bind(token_hash(token)).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// All devices of a person leave, each with its subscription: for a lost phone. LINE goes on.
pub async fn leave_everywhere(db: &Db, person: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    let household = person::household_of(&mut tx, person).await?;
    sqlx::query(TAKE_ALL_ALONG).bind(person).bind(now).bind(Channel::WebPush.id()).execute(&mut *tx).await?;
    sqlx::query(LEAVE).bind(person).execute(&mut *tx).await?;
    audit::record(&mut *tx, "household", "leave_everywhere", &household, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A link's token: `/me/enter/<token>` signs in once, within 30 minutes, and leads to the letter of `week` (`2026-W48`)
/// or, where that is empty, to the household's own page. For the answer to a LINE postback.
pub async fn one_time_link(db: &Db, person: &str, week: &str, now: i64) -> Result<String> {
    let token = token();
    put(db, &token, person, Purpose { id: "sign_in", week }, now + LINK_SECONDS, now).await?;
    Ok(token)
}

/// Where a one-time link leads, of LINE or of an e-mail; nothing is used up. `None` when it was used, is too old or
/// unknown.
pub async fn way_of_link(db: &Db, vault: &Vault, link: &str, now: i64) -> Result<Option<Way>> {
    match sqlx::query_as(LEADS).bind(token_hash(link)).bind("sign_in").bind(now).fetch_optional(db.pool()).await? {
        Some(way) => Ok(Some(way)),
        None => mail::way(db, vault, link, now).await,
    }
}

/// Uses a one-time link where its household is recognised already: where it leads, or `None` as for
/// [`sign_in_by_link`].
pub async fn use_link(db: &Db, vault: &Vault, link: &str, now: i64) -> Result<Option<Way>> {
    match take(db, link, "sign_in", now).await? {
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

/// A nonce for LINE's account link; LINE sends it back in the webhook's `accountLink` event.
pub async fn line_nonce(db: &Db, person: &str, now: i64) -> Result<String> {
    let nonce = token();
    put(db, &nonce, person, Purpose { id: "line_nonce", week: "" }, now + NONCE_SECONDS, now).await?;
    Ok(nonce)
}

/// Whose a nonce is that is still good, or was used already; `None` if it is unknown or ran out unused.
pub(super) async fn of_line_nonce(db: &Db, nonce: &str, now: i64) -> Result<Option<Member>> {
    Ok(sqlx::query_as(OF_NONCE).bind(token_hash(nonce)).bind(now).fetch_optional(db.pool()).await?)
}

/// Uses a nonce, once, together with what the transaction does.
pub(super) async fn use_line_nonce(tx: &mut Transaction<'static, Any>, nonce: &str, now: i64) -> Result<bool> {
    let used: Option<Way> =
        sqlx::query_as(USE_LINK).bind(token_hash(nonce)).bind("line_nonce").bind(now).fetch_optional(&mut **tx).await?;
    Ok(used.is_some())
}

/// Letters without those that look alike (I, L, O, 0, 1, U).
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of 12 letters to carry a registration from one browser to another (LINE opens pages in its own, which has not
/// the cookie): `7KQM-2XPA-9TCE`. 58 random bits and 30 minutes, so that no counting of tries is needed.
pub async fn pairing_code(db: &Db, person: &str, now: i64) -> Result<String> {
    let mut code = String::new();
    while code.len() < 12 {
        // Base64url characters of a random token that are in the alphabet are uniform over it.
        code.extend(token().chars().filter(|c| ALPHABET.contains(&(*c as u8))));
    }
    code.truncate(12);
    put(db, &format!("pair:{code}"), person, Purpose { id: "pairing", week: "" }, now + LINK_SECONDS, now).await?;
    Ok(format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]))
}

/// Whose a pairing code is, as typed; nothing is used up.
pub async fn member_of_code(db: &Db, typed: &str, now: i64) -> Result<Option<Member>> {
    let way: Option<Way> = sqlx::query_as(LEADS)
        .bind(token_hash(&format!("pair:{}", read_code(typed))))
        .bind("pairing")
        .bind(now)
        .fetch_optional(db.pool())
        .await?;
    Ok(way.map(|Way { person_id, household_id, .. }| Member { person_id, household_id }))
}

/// Uses a pairing code as typed (lower case, spaces and missing hyphens are fine): a new session's token and whose it
/// is.
pub async fn pair(db: &Db, typed: &str, now: i64) -> Result<Option<(String, Member)>> {
    let Some(Way { person_id, household_id, .. }) =
        take(db, &format!("pair:{}", read_code(typed)), "pairing", now).await?
    else {
        return Ok(None);
    };
    Ok(Some((sign_in(db, &person_id, now).await?, Member { person_id, household_id })))
}

/// The letters of a code that was typed.
fn read_code(typed: &str) -> String {
    typed
        .chars()
        .map(crate::text::narrow)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(13)
        .collect()
}

/// A link that stands in no row before it is used: its mark, once.
const USED: &str = "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at, used_at) VALUES ($1, \
    $2, 'mail', $3, $4, $5)
  ON CONFLICT (token_hash) DO NOTHING";

/// Is it used for the first time? `mark` is a hash; `until` when the mark may go.
pub(super) async fn insert_used(
    tx: &mut Transaction<'static, Any>,
    mark: &str,
    way: &Way,
    until: i64,
    now: i64,
) -> Result<bool> {
    let query = sqlx::query(USED).bind(mark).bind(&way.person_id).bind(&way.week).bind(until).bind(now);
    Ok(query.execute(&mut **tx).await?.rows_affected() == 1)
}

/// A form of a household's own that was sent already: its mark, once, on one of its persons. $1 hash, $2 household, $3
/// until.
const MARK: &str = "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at)
  SELECT CAST($1 AS TEXT), MIN(id), 'form', '', CAST($3 AS BIGINT) FROM persons WHERE household_id = $2 GROUP BY \
  household_id
  ON CONFLICT (token_hash) DO NOTHING";

const SENT: &str = "SELECT COUNT(*) FROM person_links WHERE token_hash = $1 AND purpose = 'form'";

/// Is a form with this mark sent for the first time? In the transaction that does what it asks for.
pub(super) async fn first_time(
    tx: &mut Transaction<'static, Any>,
    once: &str,
    household: &str,
    now: i64,
) -> Result<bool> {
    if once.is_empty() {
        return Ok(true);
    }
    Ok(sqlx::query(MARK)
        .bind(token_hash(once))
        .bind(household)
        .bind(now + 86_400)
        .execute(&mut **tx)
        .await?
        .rows_affected()
        == 1)
}

/// Was a form with this mark sent before?
pub async fn sent_before(db: &Db, once: &str) -> Result<bool> {
    let sent: i64 = sqlx::query_scalar(SENT).bind(token_hash(once)).fetch_one(db.pool()).await?;
    Ok(sent > 0)
}

/// The household that a form with this mark has made already.
pub(super) async fn registered_by(db: &Db, once: &str, now: i64) -> Result<Option<String>> {
    if once.is_empty() {
        return Ok(None);
    }
    Ok(sqlx::query_scalar(REGISTERED).bind(token_hash(once)).bind(now).fetch_optional(db.pool()).await?)
}

/// What a link is for, and where it leads.
#[derive(Clone, Copy)]
pub(super) struct Purpose<'a> {
    /// As in the database.
    pub id: &'static str,
    /// The week of a letter, or empty.
    pub week: &'a str,
}

async fn put(db: &Db, token: &str, person: &str, purpose: Purpose<'_>, expires_at: i64, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(DROP_EXPIRED).bind(now - 86_400).execute(&mut *tx).await?;
    insert_link(&mut tx, token, person, purpose, expires_at).await?;
    tx.commit().await?;
    Ok(())
}

async fn take(db: &Db, token: &str, purpose: &str, now: i64) -> Result<Option<Way>> {
    let mut tx = db.write().await?;
    let found =
        sqlx::query_as(USE_LINK).bind(token_hash(token)).bind(purpose).bind(now).fetch_optional(&mut *tx).await?;
    tx.commit().await?;
    Ok(found)
}

pub(super) async fn insert_link(
    tx: &mut Transaction<'static, Any>,
    token: &str,
    person: &str,
    purpose: Purpose<'_>,
    expires_at: i64,
) -> Result<()> {
    let query = sqlx::query(INSERT_LINK).bind(token_hash(token)).bind(person).bind(purpose.id).bind(purpose.week);
    query.bind(expires_at).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn insert_session(
    tx: &mut Transaction<'static, Any>,
    hash: &str,
    person: &str,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    sqlx::query(INSERT_SESSION).bind(hash).bind(person).bind(now).bind(expires_at).execute(&mut **tx).await?;
    Ok(())
}
