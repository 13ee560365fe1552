//! What the desk writes for itself into a thread: memos, and each writer's draft of an answer. Sealed with the thread's
//! key, never on the asker's page nor in the household's record of its questions.

use super::state::{By, Event};
use super::step::{Attempt, Outcome, Step, step};
use super::thread::{BODY, Consultation, named};
use super::writing::{Note, Writing};
use crate::audit;
use crate::db::Db;
use crate::vault::{DataKey, Vault};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sqlx::{Any, Transaction};

/// Memos of a thread, the oldest first, with who wrote them.
const MEMOS: &str = "SELECT body, created_at, version, staff_id FROM consultation_entries \
    WHERE consultation_id = $1 AND author = 'memo' ORDER BY version, created_at, id";
const DRAFT: &str = "SELECT id, body FROM consultation_entries WHERE consultation_id = $1 AND author = 'draft' AND \
    staff_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1";
/// A draft is one per writer.
const FORGET_DRAFT: &str =
    "DELETE FROM consultation_entries WHERE consultation_id = $1 AND author = 'draft' AND staff_id = $2";
/// Holds the thread until the transaction ends, if it is still sealed by the key that it was read with: nothing may be
/// sealed by one that is destroyed because a guest registers at this moment. $1 id, $2 key owner.
const HOLD: &str = "UPDATE consultations SET version = version WHERE id = $1 AND key_owner = $2";

/// A memo, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memo {
    /// Who wrote it.
    pub by: String,
    /// Plain text.
    pub text: String,
    /// When.
    pub created_at: i64,
    /// The version of the thread that it came with.
    pub version: i64,
}

/// The memos of a thread, the oldest first; none when its key was destroyed.
pub async fn memos(db: &Db, vault: &Vault, consultation: &Consultation) -> Result<Vec<Memo>> {
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(Vec::new()) };
    let rows: Vec<(String, i64, i64, Option<String>)> =
        sqlx::query_as(MEMOS).bind(&consultation.id).fetch_all(db.pool()).await?;
    let named = named(db, &mut *db.pool().acquire().await?, rows.iter().map(|(.., by)| by.as_deref())).await?;
    let memo = |(body, created_at, version, by): (String, i64, i64, Option<String>)| {
        let by = by.and_then(|by| named.get(&by)).map_or_else(String::new, |by| by.name.clone());
        Ok(Memo { by, text: key.open(BODY, &body)?, created_at, version })
    };
    rows.into_iter().map(memo).collect()
}

/// A memo as it is written at the desk.
#[derive(Debug, Clone)]
pub struct NewMemo<'a> {
    /// From the form's ticket: sent twice, it is stored once.
    pub entry_id: &'a str,
    /// The version of the thread that was on the page.
    pub seen: i64,
    /// Who writes.
    pub staff_id: &'a str,
    /// Checked by [`super::checked_text`].
    pub text: &'a str,
}

/// 「連絡した」: whom, and what was agreed.
pub async fn contacted(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    memo: &NewMemo<'_>,
    now: i64,
) -> Result<Outcome> {
    let &NewMemo { entry_id, seen, staff_id, text } = memo;
    let attempt = Attempt {
        id: &consultation.id,
        event: Event::Noted,
        by: By::Clinician,
        staff_id: Some(staff_id),
        seen: Some(seen),
        entry_id: Some(entry_id),
    };
    let mut taken = match step(db, vault, &attempt).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    let (tx, thread) = taken.entries(now)?;
    thread.note_as(tx, entry_id, Note::Memo, &format!("連絡しました：{text}")).await?;
    audit::record(&mut **tx, &format!("staff:{staff_id}"), "contacted", &consultation.id, now).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}

/// What somebody at the desk is writing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which one it is: whoever keeps another in its place says so.
    #[serde(skip)]
    pub id: String,
    /// Markdown, as typed.
    pub text: String,
    /// What is looked for among the articles.
    #[serde(default)]
    pub find: String,
}

impl Draft {
    /// Is nothing of it lost when `text` takes its place, of which the writer saw the draft `seen`?
    fn is_taken_up(&self, seen: &str, text: &str) -> bool {
        self.id == seen || text.contains(self.text.trim())
    }
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is stored.
    Done,
    /// Its writer has kept other words meanwhile, in another window or on another device: these. Nothing is stored.
    Other(Draft),
    /// The thread has become a household's at this moment, or is gone: nothing is stored.
    Moved,
}

fn opened(key: &DataKey, (id, body): (String, String)) -> Result<Draft> {
    let draft: Draft = serde_json::from_str(&key.open(BODY, &body)?).context("下書きが読めません")?;
    Ok(Draft { id, ..draft })
}

/// The draft of one writer in a thread.
pub async fn draft(db: &Db, vault: &Vault, consultation: &Consultation, staff_id: &str) -> Result<Option<Draft>> {
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(None) };
    let sealed: Option<(String, String)> =
        sqlx::query_as(DRAFT).bind(&consultation.id).bind(staff_id).fetch_optional(db.pool()).await?;
    sealed.map(|row| opened(&key, row)).transpose()
}

/// Keeps a draft in place of the one that its writer saw (`draft.id`; empty: none); an empty one is none.
pub async fn keep_draft(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    staff_id: &str,
    draft: &Draft,
    now: i64,
) -> Result<Kept> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let mut tx = db.write().await?;
    if sqlx::query(HOLD).bind(&consultation.id).bind(&consultation.key_owner).execute(&mut *tx).await?.rows_affected()
        == 0
    {
        return Ok(Kept::Moved);
    }
    let stored: Option<(String, String)> =
        sqlx::query_as(DRAFT).bind(&consultation.id).bind(staff_id).fetch_optional(&mut *tx).await?;
    if let Some(stored) = stored.map(|row| opened(&key, row)).transpose()?
        && !stored.is_taken_up(&draft.id, &draft.text)
    {
        return Ok(Kept::Other(stored));
    }
    sqlx::query(FORGET_DRAFT).bind(&consultation.id).bind(staff_id).execute(&mut *tx).await?;
    if !draft.text.trim().is_empty() || !draft.find.is_empty() {
        let body = serde_json::to_string(draft)?;
        let writing = Writing {
            id: &consultation.id,
            key: &key,
            staff_id: Some(staff_id),
            at: now,
            version: consultation.version,
            event: None,
        };
        writing.note(&mut tx, Note::Draft, &body).await?;
    }
    tx.commit().await?;
    Ok(Kept::Done)
}

/// The draft has become an answer, in its transaction. Other words that its writer has kept meanwhile in another window
/// stay.
pub(super) async fn use_draft(
    tx: &mut Transaction<'static, Any>,
    thread: &Writing<'_>,
    staff_id: &str,
    seen: &str,
    text: &str,
) -> Result<()> {
    let stored: Option<(String, String)> =
        sqlx::query_as(DRAFT).bind(thread.id).bind(staff_id).fetch_optional(&mut **tx).await?;
    if let Some(stored) = stored.map(|row| opened(thread.key, row)).transpose()?
        && stored.is_taken_up(seen, text)
    {
        sqlx::query(FORGET_DRAFT).bind(thread.id).bind(staff_id).execute(&mut **tx).await?;
    }
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [MEMOS, DRAFT, FORGET_DRAFT, HOLD].map(str::to_owned).into()
}
