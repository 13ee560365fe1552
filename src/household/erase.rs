//! A household in, its own record as JSON out; or nothing left of it.

use super::contact::CONTEXT;
use super::store;
use crate::audit;
use crate::contact::Channel;
use crate::db::{Db, unswept};
use crate::vault::Vault;
use anyhow::Result;
use serde_json::{Value, json};
use sqlx::{Any, Transaction};

/// Addresses of the household, sealed.
const ADDRESSES: &str = "SELECT channel, address, created_at, gone_at, (SELECT key_owner FROM persons p WHERE p.id = \
    person_id) FROM contacts WHERE household_id = $1 ORDER BY created_at, id";
/// Addresses that wait for their owner's word, sealed, and whose key opens each.
const UNCONFIRMED: &str = "SELECT e.address, e.created_at, e.expires_at, p.key_owner FROM email_confirmations e JOIN \
    persons p ON p.id = e.person_id
  WHERE p.household_id = $1 ORDER BY e.created_at, e.id";
/// Who did what with this household's record.
const AUDIT: &str = "SELECT actor, action, at FROM audit WHERE target = $1 ORDER BY at, id";

/// Households that stopped all letters before $1 and asked nothing and were answered nothing since.
const STOPPED: &str = "SELECT h.id FROM households h WHERE h.stopped_at < $1 AND NOT EXISTS (
   SELECT 1 FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id WHERE c.household_id = h.id \
   AND e.created_at >= $1) ORDER BY h.id";
/// Still so. $1 household, $2 before.
const HOLD_STOPPED: &str = "UPDATE households SET updated_at = updated_at WHERE id = $1 AND stopped_at < $2";

/// Does it have threads under watch?
const WATCHED: &str = "SELECT COUNT(*) FROM consultations WHERE household_id = $1 AND alarm <> 'silent'";

/// The tables of [`ERASE`], and the log's.
const TABLES: [&str; 12] = [
    "audit",
    "outbox",
    "contacts",
    "email_confirmations",
    "consultation_entries",
    "consultations",
    "letters",
    "subjects",
    "person_links",
    "person_sessions",
    "persons",
    "households",
];
/// Everything that hangs on a household, in the order that foreign keys ask for.
const ERASE: [&str; 11] = [
    "DELETE FROM outbox WHERE contact_id IN (SELECT id FROM contacts WHERE household_id = $1)",
    "DELETE FROM contacts WHERE household_id = $1",
    "DELETE FROM email_confirmations WHERE person_id IN (SELECT id FROM persons WHERE household_id = $1)",
    "DELETE FROM consultation_entries WHERE consultation_id IN (SELECT id FROM consultations WHERE household_id = $1)",
    "DELETE FROM consultations WHERE household_id = $1",
    "DELETE FROM letters WHERE household_id = $1",
    "DELETE FROM subjects WHERE household_id = $1",
    "DELETE FROM person_links WHERE person_id IN (SELECT id FROM persons WHERE household_id = $1)",
    "DELETE FROM person_sessions WHERE person_id IN (SELECT id FROM persons WHERE household_id = $1)",
    "DELETE FROM persons WHERE household_id = $1",
    "DELETE FROM households WHERE id = $1",
];

/// What is kept of the household itself, for its own download; questions and answers are the consult room's to add.
/// `None` when it is gone.
pub async fn record(db: &Db, vault: &Vault, id: &str) -> Result<Option<Value>> {
    let Some(household) = store::load(db, id).await? else { return Ok(None) };
    let rows: Vec<(String, String, i64, Option<i64>, String)> =
        sqlx::query_as(ADDRESSES).bind(id).fetch_all(db.pool()).await?;
    let mut contacts = Vec::with_capacity(rows.len());
    for (channel, sealed, created_at, gone_at, owner) in rows {
        let address = match vault.key(&owner).await? {
            Some(key) if !sealed.is_empty() => Some(key.open(CONTEXT, &sealed)?),
            Some(_) | None => None,
        };
        contacts.push(json!({ "channel": channel, "address": address, "created_at": created_at, "gone_at": gone_at }));
    }
    let mut unconfirmed = Vec::new();
    for (sealed, created_at, expires_at, owner) in
        sqlx::query_as::<_, (String, i64, i64, String)>(UNCONFIRMED).bind(id).fetch_all(db.pool()).await?
    {
        let address = vault.key(&owner).await?.map(|key| key.open(CONTEXT, &sealed)).transpose()?;
        unconfirmed.push(json!({ "channel": Channel::Email, "address": address, "created_at": created_at,
            "expires_at": expires_at }));
    }
    let log: Vec<(String, String, i64)> = sqlx::query_as(AUDIT).bind(id).fetch_all(db.pool()).await?;
    // A member of staff is named towards the household as staff only.
    let log: Vec<Value> = log
        .into_iter()
        .map(|(actor, action, at)| json!({ "who": actor.split(':').next(), "what": action, "at": at }))
        .collect();
    Ok(Some(json!({
        "consent": { "version": household.consent_version, "at": household.consent_at },
        "created_at": household.created_at,
        "area": household.area,
        "language": household.language,
        "first_child": household.first_child,
        "code": household.code,
        "paused_until": household.paused_until,
        "stopped_at": household.stopped_at,
        "subjects": household.subjects.iter().map(|s| json!({
            "kind": s.kind, "date": s.stage_on, "due_date": s.due_on, "stopped_at": s.stopped_at,
        })).collect::<Vec<_>>(),
        "contacts": contacts,
        "unconfirmed": unconfirmed,
        "letters": store::letters_received(db, id).await?,
        "log": log,
    })))
}

/// Erases a household: its key first, so that nothing sealed can be read again, in backups neither; then every row;
/// then what the files still hold of both. Doing it twice is fine. `watched`: which dangers its threads under watch
/// have, as their marks say; the desk is told of them.
pub async fn erase(db: &Db, vault: &Vault, id: &str, watched: &str, now: i64) -> Result<()> {
    vault.destroy(id).await?;
    let mut tx = db.write().await?;
    rows(&mut tx, id, watched, now).await?;
    audit::record(&mut *tx, "household", "erase", id, now).await?;
    tx.commit().await?;
    sweep(db, vault).await;
    Ok(())
}

/// What was erased leaves the disk, too.
async fn sweep(db: &Db, vault: &Vault) {
    vault.sweep().await;
    db.sweep(&TABLES).await;
}

/// The households that stopped all letters before `before` and in whose questions nothing was written since.
pub async fn stopped(db: &Db, before: i64) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(STOPPED).bind(before).fetch_all(db.pool()).await?)
}

/// Erases those of [`stopped`], each with the dangers of its threads under watch. Stop it anywhere and do it again.
/// Returns how many. Unix seconds.
pub async fn erase_stopped(db: &Db, vault: &Vault, due: &[(String, String)], before: i64, now: i64) -> Result<u64> {
    let mut erased = 0;
    let all = erase_each(db, vault, due, (before, now), &mut erased).await;
    // Those that went before something failed leave the disk, too.
    if erased > 0 {
        sweep(db, vault).await;
    }
    all.map(|()| erased)
}

async fn erase_each(
    db: &Db,
    vault: &Vault,
    due: &[(String, String)],
    (before, now): (i64, i64),
    erased: &mut u64,
) -> Result<()> {
    for (id, watched) in due {
        let mut tx = db.write().await?;
        // It may have begun again at this very moment.
        if sqlx::query(HOLD_STOPPED).bind(id).bind(before).execute(&mut *tx).await?.rows_affected() == 0 {
            continue;
        }
        vault.destroy(id).await?;
        rows(&mut tx, id, watched, now).await?;
        audit::record(&mut *tx, "system", "erase", id, now).await?;
        tx.commit().await?;
        *erased += 1;
    }
    Ok(())
}

async fn rows(tx: &mut Transaction<'static, Any>, id: &str, watched: &str, now: i64) -> Result<()> {
    if sqlx::query_scalar::<_, i64>(WATCHED).bind(id).fetch_one(&mut **tx).await? > 0 {
        audit::watch_erased(&mut **tx, watched, now).await?;
    }
    audit::forget_own(&mut **tx, id).await?;
    unswept(tx).await?;
    for sql in ERASE {
        sqlx::query(sql).bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}
