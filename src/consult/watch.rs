//! Signs of danger in a thread: it is watched over from the first one on, until a clinician ends it. Which signs is sealed like every word.

use super::care::Found;
use super::question::{Writing, hold};
use super::thread::{Author, BODY, Consultation, Entry, Event};
use crate::audit;
use crate::danger::{Danger, grieves};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::{Context, Result};
use sqlx::{Any, AssertSqlSafe, Transaction};
use std::collections::{BTreeSet, HashMap};

/// Urgent from now on, watched over since the first time.
const RAISE: &str = "UPDATE consultations SET danger_at = $2, watched_at = COALESCE(watched_at, $2) WHERE id = $1";
/// Neither urgent nor watched over any more.
const CALM: &str = "UPDATE consultations SET danger_at = NULL, watched_at = NULL WHERE id = $1 AND watched_at IS NOT NULL";
/// Every mark that a thread ever had.
const MARKS: &str = "SELECT body, created_at FROM consultation_entries WHERE consultation_id = $1 AND author = 'mark'";

fn write(dangers: &BTreeSet<Danger>) -> String {
    dangers.iter().map(|d| d.id()).collect::<Vec<_>>().join(" ")
}
fn read(text: &str) -> impl Iterator<Item = Danger> {
    text.split(' ').filter_map(Danger::from_id)
}

/// Notes what was found in a text just now; nothing found is nothing noted.
pub(super) async fn found(tx: &mut Transaction<'static, Any>, thread: &Writing<'_>, dangers: &BTreeSet<Danger>) -> Result<()> {
    if dangers.is_empty() {
        return Ok(());
    }
    sqlx::query(RAISE).bind(thread.id).bind(thread.at).execute(&mut **tx).await?;
    thread.note(tx, "mark", None, &write(dangers)).await?;
    thread.event(tx, Event::DangerShown).await
}

/// A clinician calls a thread urgent, for `danger` or for what was found in it before: it goes to the top, and the asker sees whom to ring.
pub async fn raise(db: &Db, vault: &Vault, consultation: &Consultation, danger: Option<Danger>, staff_id: &str, now: i64) -> Result<()> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let mut tx = db.write().await?;
    if !hold(&mut tx, consultation).await? {
        return Ok(());
    }
    let mut dangers: BTreeSet<Danger> = danger.into_iter().collect();
    if dangers.is_empty() {
        for (body, _) in sqlx::query_as::<_, (String, i64)>(MARKS).bind(&consultation.id).fetch_all(&mut *tx).await? {
            dangers.extend(read(&key.open(BODY, &body)?));
        }
    }
    if dangers.is_empty() {
        dangers.insert(Danger::OtherSick);
    }
    let thread = Writing { id: &consultation.id, key: &key, at: now };
    found(&mut tx, &thread, &dangers).await?;
    let kinds = dangers.iter().map(|d| d.title()).collect::<Vec<_>>().join("、");
    thread.note(&mut tx, "memo", Some(staff_id), &format!("急ぎにしました（{kinds}）")).await?;
    audit::record(&mut *tx, &format!("staff:{staff_id}"), "urgent_on", &consultation.id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A clinician ends the watch (or takes a false alarm back): the asker's telephone numbers go, too.
pub async fn calm(db: &Db, vault: &Vault, consultation: &Consultation, staff_id: &str, now: i64) -> Result<()> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let (action, said) = if consultation.urgent() { ("urgent_off", "急ぎを外しました") } else { ("watch_end", "見守りを終えました") };
    let mut tx = db.write().await?;
    if hold(&mut tx, consultation).await? && sqlx::query(CALM).bind(&consultation.id).execute(&mut *tx).await?.rows_affected() > 0 {
        Writing { id: &consultation.id, key: &key, at: now }.note(&mut tx, "memo", Some(staff_id), said).await?;
        audit::record(&mut *tx, &format!("staff:{staff_id}"), action, &consultation.id, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What is found in a thread: while it is watched over, in everything that was written since and in what clinicians called it; a loss always.
pub async fn found_in(db: &Db, vault: &Vault, consultation: &Consultation, entries: &[Entry]) -> Result<Found> {
    let asked = || entries.iter().filter(|e| e.author == Author::Asker);
    let since = consultation.watched_at.unwrap_or(i64::MAX);
    let mut found = Found::in_texts(asked().filter(|e| e.created_at >= since).map(|e| e.text.as_str()));
    found.grief = asked().any(|e| grieves(&e.text));
    if consultation.watched_at.is_none() {
        return Ok(found);
    }
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(found) };
    for (body, at) in sqlx::query_as::<_, (String, i64)>(MARKS).bind(&consultation.id).fetch_all(db.pool()).await? {
        if at >= since {
            found.dangers.extend(read(&key.open(BODY, &body)?));
        }
    }
    Ok(found)
}

/// The marks of some threads that are watched over, with whose key seals them.
pub(super) fn marks_sql(db: &Db, threads: usize) -> String {
    format!(
        "SELECT c.id, c.key_owner, e.body FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id \
          WHERE c.watched_at IS NOT NULL AND e.author = 'mark' AND e.created_at >= c.watched_at AND c.id IN {}",
        db.values(1, threads, 1)
    )
}

/// What is found in each of these threads, by id, for the desk's list; no word of anybody is opened for it.
pub(super) async fn marks_of(db: &Db, vault: &Vault, threads: &[&str]) -> Result<HashMap<String, BTreeSet<Danger>>> {
    let mut found: HashMap<String, BTreeSet<Danger>> = HashMap::new();
    for some in threads.chunks(200) {
        let mut query = sqlx::query_as::<_, (String, String, String)>(AssertSqlSafe(marks_sql(db, some.len())));
        for id in some {
            query = query.bind((*id).to_owned());
        }
        let marks = query.fetch_all(db.pool()).await?;
        let owners: BTreeSet<String> = marks.iter().map(|(_, owner, _)| owner.clone()).collect();
        let keys = vault.keys(&owners.into_iter().collect::<Vec<_>>()).await?;
        for (id, owner, body) in marks {
            if let Some(key) = keys.get(&owner) {
                found.entry(id).or_default().extend(read(&key.open(BODY, &body)?));
            }
        }
    }
    Ok(found)
}
