//! An e-mail address that somebody has typed in, a contact out once its owner has confirmed it; a day later nothing of
//! it is left.
//!
//! Whose the address is already is told to nobody: it is asked for in the same words, and the same mail goes to it.
//! Whoever can read that mail decides.

use super::contact::{self, CONTEXT, Sealed};
use super::person;
use super::token::{opened, sealed};
use crate::audit;
use crate::contact::Channel;
use crate::db::{Db, unswept};
use crate::mailbox::EmailAddress;
use crate::vault::{Vault, new_id};
use anyhow::Result;

const CONFIRMS: &str = "email.confirm";
/// An address that nobody confirms is kept for so long.
const DAY: i64 = 86_400;
/// Whoever asks the owner has so long for it.
const LEASE_SECONDS: i64 = 300;

/// Asked again, it is the same question, and its day begins anew.
const ASK: &str = "INSERT INTO email_confirmations (id, person_id, address, lookup, lookup_version, created_at, \
    expires_at, due_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $6) ON CONFLICT (person_id, lookup) DO UPDATE \
    SET address = excluded.address, expires_at = excluded.expires_at, due_at = excluded.due_at, attempt = 0, asked_at \
    = NULL";
/// The question that has been due longest, for one worker. $1 the lease's end, $2 now.
const CLAIM: &str = "UPDATE email_confirmations SET due_at = $1, attempt = attempt + 1
  WHERE id = (SELECT id FROM email_confirmations WHERE asked_at IS NULL AND due_at <= $2 AND expires_at > $2 ORDER BY \
  due_at LIMIT 1)
    AND asked_at IS NULL AND due_at <= $2 RETURNING id, person_id, address, attempt";
/// Whose key opens it, in which language its household reads, and whether that is made up. $1 person.
const PERSON: &str = "SELECT p.key_owner, h.language, h.generated_at FROM persons p LEFT JOIN households h ON h.id = \
    p.household_id WHERE p.id = $1";
/// $1 id, $2 now.
const ASKED: &str = "UPDATE email_confirmations SET asked_at = $2 WHERE id = $1";
/// $1 id, $2 due.
const LATER: &str = "UPDATE email_confirmations SET due_at = $2 WHERE id = $1";
const DROP: &str = "DELETE FROM email_confirmations WHERE id = $1";
/// $1 person, $2 id.
const WITHDRAW: &str = "DELETE FROM email_confirmations WHERE person_id = $1 AND id = $2";
/// $1 id, $2 now.
const OPEN: &str =
    "SELECT e.person_id, p.household_id, e.address, e.lookup, e.lookup_version FROM email_confirmations \
    e JOIN persons p ON p.id = e.person_id
  WHERE e.id = $1 AND e.expires_at > $2";
/// $1 person, $2 now.
const PENDING: &str =
    "SELECT id, address FROM email_confirmations WHERE person_id = $1 AND expires_at > $2 ORDER BY created_at, id";
const FORGET: &str = "DELETE FROM email_confirmations WHERE expires_at <= $1";

crate::db::row! {
/// A question that is to be sent now.
#[derive(Debug, Clone)]
struct Claimed {
    id: String,
    person_id: String,
    address: String,
    attempt: i64,
}
}

crate::db::row! {
struct Opened {
    person_id: String,
    household_id: Option<String>,
    address: String,
    lookup: String,
    lookup_version: i64,
}
}

/// A question to the owner of an address, with what it is sent with.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id, for its link.
    pub id: String,
    /// The address, in plain.
    pub address: String,
    /// In which language.
    pub language: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The household is made up.
    pub generated: bool,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Question {} ({})", self.id, self.attempt)
    }
}

/// Keeps an address until its owner has confirmed it; the question goes out at once. `false` when the person is not
/// there any more.
pub async fn ask_email(db: &Db, vault: &Vault, person: &str, address: &EmailAddress, now: i64) -> Result<bool> {
    let Some(new) = Sealed::of(db, vault, person, Channel::Email, &address.plain()).await? else { return Ok(false) };
    let query = sqlx::query(ASK).bind(new_id()).bind(person).bind(new.address).bind(new.lookup).bind(new.version);
    query.bind(now).bind(now + DAY).execute(db.pool()).await?;
    Ok(true)
}

/// The next question that is to be sent; it is this worker's for five minutes. One whose person has no key any more is
/// dropped.
pub async fn next_question(db: &Db, vault: &Vault, now: i64) -> Result<Option<Question>> {
    while let Some(claimed) =
        sqlx::query_as::<_, Claimed>(CLAIM).bind(now + LEASE_SECONDS).bind(now).fetch_optional(db.pool()).await?
    {
        let Claimed { id, person_id, address, attempt } = claimed;
        let person: Option<(String, Option<String>, Option<i64>)> =
            sqlx::query_as(PERSON).bind(&person_id).fetch_optional(db.pool()).await?;
        if let Some((owner, language, generated)) = person
            && let Some(key) = vault.key(&owner).await?
        {
            let (attempt, language) = (u32::try_from(attempt).unwrap_or(u32::MAX), language.unwrap_or_default());
            return Ok(Some(Question {
                id,
                address: key.open(CONTEXT, &address)?,
                language,
                attempt,
                generated: generated.is_some(),
            }));
        }
        drop_question(db, &id).await?;
    }
    Ok(None)
}

/// The mail server took it.
pub async fn question_asked(db: &Db, id: &str, now: i64) -> Result<()> {
    sqlx::query(ASKED).bind(id).bind(now).execute(db.pool()).await?;
    Ok(())
}

/// It is tried again at `due_at`, Unix seconds.
pub async fn question_later(db: &Db, id: &str, due_at: i64) -> Result<()> {
    sqlx::query(LATER).bind(id).bind(due_at).execute(db.pool()).await?;
    Ok(())
}

/// Nobody can be asked there.
pub async fn drop_question(db: &Db, id: &str) -> Result<()> {
    let mut tx = db.write().await?;
    unswept(&mut tx).await?;
    sqlx::query(DROP).bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The token of a question's link, for `/me/email/<token>`.
pub fn confirm_token(vault: &Vault, id: &str) -> Result<String> {
    sealed(vault, CONFIRMS, id)
}

/// Whose question the token answers, while it may be answered: the household of whoever asked, if any. Changes nothing.
pub async fn confirms(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<Option<String>>> {
    let Some(id) = opened(vault, CONFIRMS, token) else { return Ok(None) };
    let found: Option<Opened> = sqlx::query_as(OPEN).bind(id).bind(now).fetch_optional(db.pool()).await?;
    Ok(found.map(|found| found.household_id))
}

/// The owner says yes: the address is a contact of whoever asked from now on, whosever it was before. Twice is once, as
/// long as the page is open: `false` when the question is over, was answered or is unknown.
pub async fn confirm_email(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<bool> {
    let Some(id) = opened(vault, CONFIRMS, token) else { return Ok(false) };
    let mut tx = db.write().await?;
    let Some(found) = sqlx::query_as::<_, Opened>(OPEN).bind(&id).bind(now).fetch_optional(&mut *tx).await? else {
        return Ok(false);
    };
    let Opened { person_id, household_id: household, address, lookup, lookup_version } = found;
    sqlx::query(DROP).bind(&id).execute(&mut *tx).await?;
    let new = Sealed { lookup, version: lookup_version, address, session: String::new(), household };
    contact::attach(&mut tx, &person_id, Channel::Email, &new, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// An address that waits for its owner, as whoever gave it reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its id.
    pub id: String,
    /// The address, in plain.
    pub address: String,
}

/// Those of a person, oldest first.
pub async fn pending_emails(db: &Db, vault: &Vault, person: &str, now: i64) -> Result<Vec<Pending>> {
    let rows: Vec<(String, String)> = sqlx::query_as(PENDING).bind(person).bind(now).fetch_all(db.pool()).await?;
    let Some((owner, _)) = person::key_owner(db, person).await? else { return Ok(Vec::new()) };
    let Some(key) = vault.key(&owner).await? else { return Ok(Vec::new()) };
    rows.into_iter().map(|(id, address)| Ok(Pending { id, address: key.open(CONTEXT, &address)? })).collect()
}

/// The person takes one back; it is erased at once. `false`: it is none of these.
pub async fn withdraw_email(db: &Db, person: &str, id: &str, now: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let withdrawn = sqlx::query(WITHDRAW).bind(person).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
    if withdrawn {
        unswept(&mut tx).await?;
        let household = person::household_of(&mut tx, person).await?;
        audit::record(&mut *tx, "household", "withdraw_email", &household, now).await?;
        tx.commit().await?;
        db.sweep(&TABLES).await;
    }
    Ok(withdrawn)
}

/// Erases addresses that nobody has confirmed within a day; returns how many.
pub async fn forget_unconfirmed(db: &Db, now: i64) -> Result<u64> {
    let mut tx = db.write().await?;
    let gone = sqlx::query(FORGET).bind(now).execute(&mut *tx).await?.rows_affected();
    if gone > 0 {
        unswept(&mut tx).await?;
        tx.commit().await?;
        db.sweep(&TABLES).await;
    }
    Ok(gone)
}

const TABLES: [&str; 1] = ["email_confirmations"];

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [ASK, CLAIM, PERSON, ASKED, LATER, DROP, WITHDRAW, OPEN, PENDING, FORGET].map(str::to_owned).into()
}
