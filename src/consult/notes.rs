//! What the desk writes for itself into a thread: memos, and each writer's draft of an answer. Sealed with the thread's key, never on the asker's
//! page nor in the household's record of its questions.

use super::question::{Writing, hold};
use super::thread::{BODY, Consultation};
use crate::audit;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Memos of a thread, the oldest first, with who wrote them.
const MEMOS: &str = "SELECT e.body, e.created_at, s.name FROM consultation_entries e LEFT JOIN staff s ON s.id = e.staff_id \
    WHERE e.consultation_id = $1 AND e.author = 'memo' ORDER BY e.created_at, e.id";
const DRAFT: &str = "SELECT body FROM consultation_entries WHERE consultation_id = $1 AND author = 'draft' AND staff_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1";
/// A draft is one per writer.
pub(super) const FORGET_DRAFT: &str = "DELETE FROM consultation_entries WHERE consultation_id = $1 AND author = 'draft' AND staff_id = $2";

/// A memo, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memo {
    /// Who wrote it.
    pub by: String,
    /// Plain text.
    pub text: String,
    /// When.
    pub created_at: i64,
}

/// The memos of a thread, the oldest first; none when its key was destroyed.
pub async fn memos(db: &Db, vault: &Vault, consultation: &Consultation) -> Result<Vec<Memo>> {
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(Vec::new()) };
    let rows: Vec<(String, i64, Option<String>)> = sqlx::query_as(MEMOS).bind(&consultation.id).fetch_all(db.pool()).await?;
    rows.into_iter().map(|(body, created_at, by)| Ok(Memo { by: by.unwrap_or_default(), text: key.open(BODY, &body)?, created_at })).collect()
}

/// 「連絡した」: whom, and what was agreed. `entry_id` comes from the form's ticket: sent twice, it is stored once.
pub async fn contacted(db: &Db, vault: &Vault, consultation: &Consultation, entry_id: &str, staff_id: &str, text: &str, now: i64) -> Result<()> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let mut tx = db.write().await?;
    if !hold(&mut tx, consultation).await? {
        anyhow::bail!("この相談は、たったいま登録につながれました");
    }
    if (Writing { id: &consultation.id, key: &key, at: now }).memo(&mut tx, entry_id, staff_id, &format!("連絡しました：{text}")).await? {
        audit::record(&mut *tx, &format!("staff:{staff_id}"), "contacted", &consultation.id, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What somebody at the desk is writing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Markdown, as typed.
    pub text: String,
    /// What is looked for among the articles.
    #[serde(default)]
    pub find: String,
}

/// The draft of one writer in a thread.
pub async fn draft(db: &Db, vault: &Vault, consultation: &Consultation, staff_id: &str) -> Result<Option<Draft>> {
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(None) };
    let sealed: Option<String> = sqlx::query_scalar(DRAFT).bind(&consultation.id).bind(staff_id).fetch_optional(db.pool()).await?;
    sealed.map(|s| serde_json::from_str(&key.open(BODY, &s)?).context("下書きが読めません")).transpose()
}

/// Keeps a draft in place of the one before; an empty one is none. False, and nothing kept, when the thread has become a household's meanwhile.
pub async fn keep_draft(db: &Db, vault: &Vault, consultation: &Consultation, staff_id: &str, draft: &Draft, now: i64) -> Result<bool> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let mut tx = db.write().await?;
    if !hold(&mut tx, consultation).await? {
        return Ok(false);
    }
    sqlx::query(FORGET_DRAFT).bind(&consultation.id).bind(staff_id).execute(&mut *tx).await?;
    if !draft.text.trim().is_empty() || !draft.find.is_empty() {
        let body = serde_json::to_string(draft)?;
        Writing { id: &consultation.id, key: &key, at: now }.note(&mut tx, "draft", Some(staff_id), &body).await?;
    }
    tx.commit().await?;
    Ok(true)
}
