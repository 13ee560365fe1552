//! A person and a purpose in, a one-time link or a code out; and back, once. The database keeps hashes only.

use super::Member;
use crate::db::Db;
use crate::vault::{token, token_hash};
use anyhow::Result;
use sqlx::AnyConnection;

/// A link that LINE brings is opened within minutes.
const LINK_SECONDS: i64 = 30 * 60;
/// LINE's own limit for the link token, and so for the nonce.
const NONCE_SECONDS: i64 = 10 * 60;
/// A form's mark is kept for so long.
const FORM_SECONDS: i64 = 86_400;

const INSERT: &str =
    "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at) VALUES ($1, $2, $3, $4, $5)";
/// Tidies up while it is here anyway: nothing of it can be used any more.
const DROP_EXPIRED: &str = "DELETE FROM person_links WHERE expires_at < $1";
/// Uses a link: the condition stands in the statement, so that two taps cannot both succeed.
const USE: &str =
    "UPDATE person_links SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND \
    expires_at > $3
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
/// A link that stands in no row before it is used: its mark, once.
const USED: &str = "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at, used_at) VALUES ($1, \
    $2, 'mail', $3, $4, $5)
  ON CONFLICT (token_hash) DO NOTHING";
const IS_THERE: &str = "SELECT COUNT(*) FROM person_links WHERE token_hash = $1";
/// A form of a household's own that was sent already: its mark, once, on one of its persons. $1 hash, $2 household, $3
/// until.
const MARK: &str = "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at)
  SELECT CAST($1 AS TEXT), MIN(id), 'form', '', CAST($3 AS BIGINT) FROM persons WHERE household_id = $2 GROUP BY \
  household_id
  ON CONFLICT (token_hash) DO NOTHING";
const SENT: &str = "SELECT COUNT(*) FROM person_links WHERE token_hash = $1 AND purpose = 'form'";
/// The stop that a token made, for as long as it can be taken back. $1 the token's hash, $2 person, $3 the instant, $4
/// until.
const STOP_MADE: &str = "INSERT INTO person_links (token_hash, person_id, purpose, week, expires_at) VALUES ($1, $2, \
    'stop', $3, $4)
  ON CONFLICT (token_hash) DO UPDATE SET person_id = excluded.person_id, week = excluded.week, expires_at = \
  excluded.expires_at";
/// $1 the token's hash, $2 person, $3 the instant, $4 now.
const STOP_MADE_BY: &str = "SELECT COUNT(*) FROM person_links WHERE token_hash = $1 AND person_id = $2 AND purpose = \
    'stop' AND week = $3 AND expires_at > $4";

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

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signs in once.
    SignIn,
    /// Ties a LINE user.
    LineNonce,
    /// Carries a registration from one browser to another.
    Pairing,
    /// The mark of a registration's form.
    Registered,
}

impl Purpose {
    /// As in the database.
    const fn id(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::LineNonce => "line_nonce",
            Self::Pairing => "pairing",
            Self::Registered => "registered",
        }
    }
}

/// A link's token: `/me/enter/<token>` signs in once, within 30 minutes, and leads to the letter of `week` (`2026-W48`)
/// or, where that is empty, to the household's own page. For the answer to a LINE postback.
pub async fn one_time_link(db: &Db, person: &str, week: &str, now: i64) -> Result<String> {
    let token = token();
    put(db, &token, person, (Purpose::SignIn, week), now + LINK_SECONDS, now).await?;
    Ok(token)
}

/// A nonce for LINE's account link; LINE sends it back in the webhook's `accountLink` event.
pub async fn line_nonce(db: &Db, person: &str, now: i64) -> Result<String> {
    let nonce = token();
    put(db, &nonce, person, (Purpose::LineNonce, ""), now + NONCE_SECONDS, now).await?;
    Ok(nonce)
}

/// Whose a nonce is that is still good, or was used already; `None` if it is unknown or ran out unused.
pub async fn of_line_nonce(db: &Db, nonce: &str, now: i64) -> Result<Option<Member>> {
    Ok(sqlx::query_as(OF_NONCE).bind(token_hash(nonce)).bind(now).fetch_optional(db.pool()).await?)
}

/// Uses a nonce, once, together with what the transaction does.
pub async fn use_line_nonce(tx: &mut AnyConnection, nonce: &str, now: i64) -> Result<bool> {
    let query = sqlx::query_as::<_, Way>(USE).bind(token_hash(nonce)).bind(Purpose::LineNonce.id()).bind(now);
    Ok(query.fetch_optional(tx).await?.is_some())
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
    put(db, &format!("pair:{code}"), person, (Purpose::Pairing, ""), now + LINK_SECONDS, now).await?;
    Ok(format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]))
}

/// The secret of a pairing code as typed (lower case, spaces and missing hyphens are fine).
pub fn pairing_secret(typed: &str) -> String {
    let letters = typed.chars().map(crate::text::narrow).filter(char::is_ascii_alphanumeric);
    format!("pair:{}", letters.map(|c| c.to_ascii_uppercase()).take(13).collect::<String>())
}

/// Whose a pairing code is, as typed; nothing is used up.
pub async fn member_of_code(db: &Db, typed: &str, now: i64) -> Result<Option<Member>> {
    let way = leads(db, &pairing_secret(typed), Purpose::Pairing, now).await?;
    Ok(way.map(|Way { person_id, household_id, .. }| Member { person_id, household_id }))
}

/// Where a link leads, without using it; `None` when it was used, is too old or unknown.
pub async fn leads(db: &Db, token: &str, purpose: Purpose, now: i64) -> Result<Option<Way>> {
    let query = sqlx::query_as(LEADS).bind(token_hash(token)).bind(purpose.id()).bind(now);
    Ok(query.fetch_optional(db.pool()).await?)
}

/// Uses a link: where it leads, or `None` as for [`leads`].
pub async fn take_link(db: &Db, token: &str, purpose: Purpose, now: i64) -> Result<Option<Way>> {
    let mut tx = db.write().await?;
    let query = sqlx::query_as(USE).bind(token_hash(token)).bind(purpose.id()).bind(now);
    let found = query.fetch_optional(&mut *tx).await?;
    tx.commit().await?;
    Ok(found)
}

async fn put(
    db: &Db,
    token: &str,
    person: &str,
    (purpose, week): (Purpose, &str),
    expires_at: i64,
    now: i64,
) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(DROP_EXPIRED).bind(now - 86_400).execute(&mut *tx).await?;
    insert_link(&mut tx, token, person, (purpose, week), expires_at).await?;
    tx.commit().await?;
    Ok(())
}

/// Stores a link of a purpose, with the week that it opens, or an empty one.
pub async fn insert_link(
    tx: &mut AnyConnection,
    token: &str,
    person: &str,
    (purpose, week): (Purpose, &str),
    expires_at: i64,
) -> Result<()> {
    let query = sqlx::query(INSERT).bind(token_hash(token)).bind(person).bind(purpose.id()).bind(week);
    query.bind(expires_at).execute(tx).await?;
    Ok(())
}

/// Is a link that stands in no row used for the first time? `mark` is a hash; `until` when the mark may go.
pub async fn insert_used(tx: &mut AnyConnection, mark: &str, way: &Way, until: i64, now: i64) -> Result<bool> {
    let query = sqlx::query(USED).bind(mark).bind(&way.person_id).bind(&way.week).bind(until).bind(now);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Was a link that stands in no row used? `mark` as in [`insert_used`].
pub async fn is_used(db: &Db, mark: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(IS_THERE).bind(mark).fetch_one(db.pool()).await? > 0)
}

/// Is a form with this mark sent for the first time? In the transaction that does what it asks for.
pub async fn first_time(tx: &mut AnyConnection, once: &str, household: &str, now: i64) -> Result<bool> {
    if once.is_empty() {
        return Ok(true);
    }
    let mark = sqlx::query(MARK).bind(token_hash(once)).bind(household).bind(now + FORM_SECONDS);
    Ok(mark.execute(tx).await?.rows_affected() == 1)
}

/// Was a form with this mark sent before?
pub async fn sent_before(db: &Db, once: &str) -> Result<bool> {
    let sent: i64 = sqlx::query_scalar(SENT).bind(token_hash(once)).fetch_one(db.pool()).await?;
    Ok(sent > 0)
}

/// The household that a form with this mark has made already.
pub async fn registered_by(db: &Db, once: &str, now: i64) -> Result<Option<String>> {
    if once.is_empty() {
        return Ok(None);
    }
    Ok(sqlx::query_scalar(REGISTERED).bind(token_hash(once)).bind(now).fetch_optional(db.pool()).await?)
}

/// The token of a person's contact has made the stop of this instant; `until` when that may be forgotten.
pub async fn stop_was_made(db: &Db, token: &str, person: &str, at: i64, until: i64) -> Result<()> {
    let made = sqlx::query(STOP_MADE).bind(token_hash(token)).bind(person).bind(at.to_string()).bind(until);
    made.execute(db.pool()).await?;
    Ok(())
}

/// Has this token made the stop of this instant?
pub async fn stop_made_by(db: &Db, token: &str, person: &str, at: i64, now: i64) -> Result<bool> {
    let query =
        sqlx::query_scalar::<_, i64>(STOP_MADE_BY).bind(token_hash(token)).bind(person).bind(at.to_string()).bind(now);
    Ok(query.fetch_one(db.pool()).await? > 0)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [INSERT, DROP_EXPIRED, USE, LEADS, OF_NONCE, REGISTERED, USED, IS_THERE, MARK, SENT, STOP_MADE, STOP_MADE_BY]
        .map(str::to_owned)
        .into()
}
