//! An e-mail address that somebody has typed in, a contact out once its owner has confirmed it; a day later nothing of
//! it is left.
//!
//! Whose the address is already is told to nobody: it is asked for in the same words, and the same mail goes to it.
//! Whoever can read that mail decides.

use super::address::{CONTEXT, Sealed};
use super::{Channel, person};
use crate::db::{Db, unswept};
use crate::mailbox::EmailAddress;
use crate::vault::{Vault, new_id};
use anyhow::Result;
use serde::Serialize;
use sqlx::AnyConnection;

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
/// Those of a household, sealed, and whose key opens each. $1 household.
const RECORDS: &str = "SELECT e.address, e.created_at, e.expires_at, p.key_owner FROM email_confirmations e JOIN \
    persons p ON p.id = e.person_id
  WHERE p.household_id = $1 ORDER BY e.created_at, e.id";

crate::db::row! {
struct Row {
    id: String,
    person_id: String,
    address: String,
    attempt: i64,
}
}

crate::db::row! {
/// A question that its owner may still answer.
#[derive(Debug, Clone)]
pub struct Open {
    /// Who asked.
    pub person_id: String,
    /// Whose letters would come there.
    pub household_id: Option<String>,
    address: String,
    lookup: String,
    lookup_version: i64,
}
}

impl Open {
    /// The address, as a contact of whoever asked.
    pub fn sealed(self) -> Sealed {
        let Self { household_id: household, address, lookup, lookup_version: version, .. } = self;
        Sealed { lookup, version, address, session: String::new(), household }
    }
}

/// A question that is to be sent now.
#[derive(Clone)]
pub struct Claimed {
    /// Its id, for its link.
    pub id: String,
    /// The household of whoever asked, if any.
    pub household: Option<String>,
    /// The address, in plain.
    pub address: String,
    /// Which attempt, from 1.
    pub attempt: u32,
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
pub async fn claim_question(db: &Db, vault: &Vault, now: i64) -> Result<Option<Claimed>> {
    while let Some(row) =
        sqlx::query_as::<_, Row>(CLAIM).bind(now + LEASE_SECONDS).bind(now).fetch_optional(db.pool()).await?
    {
        let Row { id, person_id, address, attempt } = row;
        if let Some((owner, household)) = person::key_owner(db, &person_id).await?
            && let Some(key) = vault.key(&owner).await?
        {
            let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
            return Ok(Some(Claimed { id, household, address: key.open(CONTEXT, &address)?, attempt }));
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
    vault.seal_link(CONFIRMS, id)
}

/// The id of the question whose link has this token.
pub fn question_of_token(vault: &Vault, token: &str) -> Option<String> {
    vault.open_link(CONFIRMS, token)
}

/// Whose question the token answers, while it may be answered: the household of whoever asked, if any. Changes nothing.
pub async fn confirms(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<Option<String>>> {
    let Some(id) = question_of_token(vault, token) else { return Ok(None) };
    let found: Option<Open> = sqlx::query_as(OPEN).bind(id).bind(now).fetch_optional(db.pool()).await?;
    Ok(found.map(|found| found.household_id))
}

/// Takes a question whose owner says yes, once, with what makes a contact of it; `None` when it is over, was answered
/// or is unknown.
pub async fn open_question(tx: &mut AnyConnection, id: &str, now: i64) -> Result<Option<Open>> {
    let found: Option<Open> = sqlx::query_as(OPEN).bind(id).bind(now).fetch_optional(&mut *tx).await?;
    if found.is_some() {
        sqlx::query(DROP).bind(id).execute(tx).await?;
    }
    Ok(found)
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

/// The person takes one back; it is erased with the transaction. `false`: it is none of these.
pub async fn withdraw_email(tx: &mut AnyConnection, person: &str, id: &str) -> Result<bool> {
    let withdrawn = sqlx::query(WITHDRAW).bind(person).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
    if withdrawn {
        unswept(tx).await?;
    }
    Ok(withdrawn)
}

/// An address that waits for its owner's word, as it is handed to whoever gave it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PendingRecord {
    /// How.
    pub channel: Channel,
    /// In plain; `None` where its key is gone.
    pub address: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
}

/// Those of a household, opened, for its own download.
pub async fn pending_records(db: &Db, vault: &Vault, household: &str) -> Result<Vec<PendingRecord>> {
    let rows: Vec<(String, i64, i64, String)> = sqlx::query_as(RECORDS).bind(household).fetch_all(db.pool()).await?;
    let mut records = Vec::with_capacity(rows.len());
    for (sealed, created_at, expires_at, owner) in rows {
        let address = vault.key(&owner).await?.map(|key| key.open(CONTEXT, &sealed)).transpose()?;
        records.push(PendingRecord { channel: Channel::Email, address, created_at, expires_at });
    }
    Ok(records)
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

/// What leaves the disk with an address.
pub const TABLES: [&str; 1] = ["email_confirmations"];

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [ASK, CLAIM, ASKED, LATER, DROP, WITHDRAW, OPEN, PENDING, FORGET, RECORDS].map(str::to_owned).into()
}
