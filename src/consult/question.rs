//! What somebody asks in, a stored thread out: sealed, on time, once.

use super::about::about;
use super::subject::subjects;
use super::thread::{BODY, Consultation, Event, TOKEN, ThreadSummary};
use super::watch;
use super::{Category, Source};
use crate::calendar::{DeskHours, Zoned};
use crate::danger::{self, About, Danger, Stage};
use crate::db::Db;
use crate::vault::{DataKey, Vault, new_id, token_hash};
use anyhow::{Context, Result};
use sqlx::{Any, Transaction};
use std::collections::BTreeSet;

/// Is there one of this token already?
const EXISTS: &str = "SELECT id FROM consultations WHERE token_hash = $1";
/// A new thread; nothing happens when its form was sent before.
const INSERT: &str = "INSERT INTO consultations (id, token_hash, token, key_owner, household_id, person_id, category, subject_slot, profession, source, language, danger_at, asked_at, due_at, \
    consent_version, created_at, crowd) VALUES ($1, $2, $3, $4, $5, $16, $6, $7, $8, $9, $10, $11, $12, $13, $14, $12, $15) ON CONFLICT (token_hash) DO NOTHING";
/// The language that a household reads.
const LANGUAGE: &str = "SELECT language FROM households WHERE id = $1";
/// One entry; nothing happens when its form was sent before.
pub(super) const ENTRY: &str =
    "INSERT INTO consultation_entries (id, consultation_id, author, staff_id, body, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
/// A follow-up: whoever waits already keeps the place and the time; an answered thread begins to wait anew, and one that was closed without an
/// answer goes on waiting.
const FOLLOW_UP: &str = "UPDATE consultations SET asked_at = CASE WHEN answered_at IS NULL THEN asked_at ELSE $2 END, \
    due_at = CASE WHEN answered_at IS NULL AND closed_at IS NULL THEN due_at ELSE $3 END, danger_at = COALESCE($4, danger_at), answered_at = NULL, closed_at = NULL WHERE id = $1";
/// Holds the row against others until the transaction ends (PostgreSQL; SQLite has one writer anyway). A thread that was joined to a household
/// meanwhile has another key: nothing may be sealed with the old one. $1 id, $2 key owner.
const HOLD: &str = "UPDATE consultations SET due_at = due_at WHERE id = $1 AND key_owner = $2";
/// When it is due, after a follow-up.
const DUE: &str = "SELECT due_at FROM consultations WHERE id = $1";
/// A household's threads, the newest first.
const OF_HOUSEHOLD: &str =
    "SELECT token, category, subject_slot, created_at, asked_at, due_at, answered_at, closed_at FROM consultations WHERE household_id = $1 ORDER BY asked_at DESC, id DESC";

/// A question as it was confirmed.
#[derive(Debug, Clone)]
pub struct NewQuestion<'a> {
    /// Made when the confirmation page was: the same page sent twice is one question.
    pub token: &'a str,
    /// The household, if it is recognised; else a guest.
    pub household_id: Option<&'a str>,
    /// Who of it asks; `None` for a guest.
    pub person_id: Option<&'a str>,
    /// What it is about.
    pub category: Category,
    /// The same as the detector of danger takes it ([`super::stage_for`]).
    pub stage: Stage,
    /// Which subject of the household, or empty.
    pub subject_slot: &'a str,
    /// Where it began.
    pub source: &'a Source,
    /// Language of a guest; a household's is its own.
    pub language: &'a str,
    /// Checked by [`super::checked_text`].
    pub text: &'a str,
    /// What was tapped; an empty set is 「どれもない」, `None` nothing at all.
    pub tapped: Option<&'a BTreeSet<Danger>>,
    /// Version of the wording that was agreed to.
    pub consent_version: &'a str,
    /// The group that it belongs to, where more came from its source than people write ([`crate::crowd`]); else empty.
    pub crowd: &'a str,
}

/// What somebody adds to a thread.
#[derive(Debug, Clone, Copy)]
pub struct More<'a> {
    /// From the form's ticket: sent twice, it is stored once.
    pub entry_id: &'a str,
    /// Checked by [`super::checked_text`].
    pub text: &'a str,
    /// What it is about, and what was written in the thread before.
    pub about: &'a About,
    /// As in [`NewQuestion`].
    pub tapped: Option<&'a BTreeSet<Danger>>,
}

/// Stores a question. A guest's thread gets a key of its own: destroying it erases the thread.
pub async fn ask(db: &Db, vault: &Vault, desk: &DeskHours, question: &NewQuestion<'_>, now: &Zoned) -> Result<()> {
    let hash = token_hash(question.token);
    if sqlx::query_scalar::<_, String>(EXISTS).bind(&hash).fetch_optional(db.pool()).await?.is_some() {
        return Ok(());
    }
    let id = new_id();
    let owner = question.household_id.unwrap_or(&id);
    let key = match question.household_id {
        Some(household) => vault.key(household).await?.context("この世帯の鍵は、もうありません")?,
        None => vault.create_key(&id).await?,
    };
    let (at, due) = (now.timestamp().as_second(), desk.due(now).timestamp().as_second());
    let found = danger::dangers(question.text, &question.stage.into());
    let in_danger = (!found.is_empty() || question.tapped.is_some_and(|t| !t.is_empty())).then_some(at);

    let own: Option<String> = sqlx::query_scalar(LANGUAGE).bind(question.household_id.unwrap_or_default()).fetch_optional(db.pool()).await?;
    let language = own.as_deref().unwrap_or(question.language);

    let mut tx = db.write().await?;
    let stored = sqlx::query(INSERT)
        .bind(&id)
        .bind(&hash)
        .bind(key.seal(TOKEN, question.token)?)
        .bind(owner)
        .bind(question.household_id)
        .bind(question.category.id())
        .bind(question.subject_slot)
        .bind(question.source.profession(question.category).id())
        .bind(&question.source.id)
        .bind(language)
        .bind(in_danger)
        .bind(at)
        .bind(due)
        .bind(question.consent_version)
        .bind(question.crowd)
        .bind(question.person_id)
        .execute(&mut *tx)
        .await?;
    if stored.rows_affected() == 0 {
        // Another request with the same form was faster; a guest's key that seals nothing is thrown away.
        tx.rollback().await?;
        if question.household_id.is_none() {
            vault.destroy(&id).await?;
        }
        return Ok(());
    }
    let thread = Writing { id: &id, key: &key, at };
    thread.asker(&mut tx, &new_id(), question.text).await?;
    watch::found(&mut tx, &thread, &found).await?;
    watch::note_taps(&mut tx, &thread, question.tapped).await?;
    thread.event(&mut tx, Event::Received(due)).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds to a thread and lets it wait for an answer (again).
/// False, and nothing stored, when the thread has become a household's since it was read: read it again.
pub async fn follow_up(db: &Db, vault: &Vault, desk: &DeskHours, consultation: &Consultation, more: &More<'_>, now: &Zoned) -> Result<bool> {
    let More { entry_id, text, about, tapped } = *more;
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let (at, due) = (now.timestamp().as_second(), desk.due(now).timestamp().as_second());
    let found = danger::dangers(text, about);
    let in_danger = (!found.is_empty() || tapped.is_some_and(|t| !t.is_empty())).then_some(at);
    let thread = Writing { id: &consultation.id, key: &key, at };

    let mut tx = db.write().await?;
    if !hold(&mut tx, consultation).await? {
        return Ok(false);
    }
    if thread.asker(&mut tx, entry_id, text).await? {
        sqlx::query(FOLLOW_UP).bind(&consultation.id).bind(at).bind(due).bind(in_danger).execute(&mut *tx).await?;
        let due: i64 = sqlx::query_scalar(DUE).bind(&consultation.id).fetch_one(&mut *tx).await?;
        watch::found(&mut tx, &thread, &found).await?;
        watch::note_taps(&mut tx, &thread, tapped).await?;
        thread.event(&mut tx, Event::Received(due)).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Holds the thread against others until the transaction ends; false when it is not sealed by the key any more that it was read with.
pub(super) async fn hold(tx: &mut Transaction<'static, Any>, consultation: &Consultation) -> Result<bool> {
    let held = sqlx::query(HOLD).bind(&consultation.id).bind(&consultation.key_owner).execute(&mut **tx).await?;
    Ok(held.rows_affected() == 1)
}

/// The threads of a household for its own page, the newest first. Without its key there are none.
pub async fn of_household(db: &Db, vault: &Vault, household_id: &str) -> Result<Vec<ThreadSummary>> {
    crate::db::row! {
    struct Row {
        token: String,
        category: String,
        subject_slot: String,
        created_at: i64,
        asked_at: i64,
        due_at: i64,
        answered_at: Option<i64>,
        closed_at: Option<i64>,
    }
    }
    let Some(key) = vault.key(household_id).await? else { return Ok(Vec::new()) };
    let subjects = subjects(db, household_id).await?;
    let rows: Vec<Row> = sqlx::query_as(OF_HOUSEHOLD).bind(household_id).fetch_all(db.pool()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(ThreadSummary {
                token: key.open(TOKEN, &row.token)?,
                title: about(Category::from_id(&row.category).unwrap_or(Category::Own), &row.subject_slot, &subjects).title().to_owned(),
                created_at: row.created_at,
                asked_at: row.asked_at,
                due_at: row.due_at,
                answered_at: row.answered_at,
                closed_at: row.closed_at,
            })
        })
        .collect()
}

/// A thread that is being written to.
pub(super) struct Writing<'a> {
    pub(super) id: &'a str,
    pub(super) key: &'a DataKey,
    pub(super) at: i64,
}

impl Writing<'_> {
    /// False when there is an entry of this id already.
    async fn asker(&self, tx: &mut Transaction<'static, Any>, entry_id: &str, text: &str) -> Result<bool> {
        self.entry(tx, entry_id, "asker", None, text).await
    }
    /// False when there is an entry of this id already.
    pub(super) async fn staff(&self, tx: &mut Transaction<'static, Any>, entry_id: &str, staff_id: &str, text: &str) -> Result<bool> {
        self.entry(tx, entry_id, "staff", Some(staff_id), text).await
    }
    pub(super) async fn event(&self, tx: &mut Transaction<'static, Any>, event: Event) -> Result<()> {
        self.entry(tx, &new_id(), "system", None, &event.text()).await.map(drop)
    }
    /// Something of the desk's own that the asker never sees: `mark`, `memo` or `draft`.
    pub(super) async fn note(&self, tx: &mut Transaction<'static, Any>, author: &str, staff_id: Option<&str>, text: &str) -> Result<()> {
        self.entry(tx, &new_id(), author, staff_id, text).await.map(drop)
    }
    /// A memo of the desk's; false when there is an entry of this id already.
    pub(super) async fn memo(&self, tx: &mut Transaction<'static, Any>, entry_id: &str, staff_id: &str, text: &str) -> Result<bool> {
        self.entry(tx, entry_id, "memo", Some(staff_id), text).await
    }
    async fn entry(&self, tx: &mut Transaction<'static, Any>, id: &str, author: &str, staff_id: Option<&str>, text: &str) -> Result<bool> {
        let sealed = self.key.seal(BODY, text)?;
        let insert = sqlx::query(ENTRY).bind(id).bind(self.id).bind(author).bind(staff_id).bind(sealed).bind(self.at);
        Ok(insert.execute(&mut **tx).await?.rows_affected() > 0)
    }
}
