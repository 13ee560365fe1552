//! A thread that is done with in, closed out; and open again, in its place. What waits for an answer is not closed by one tap.

use super::question::{Writing, hold};
use super::thread::{BY_ID, Consultation, Event};
use crate::audit;
use crate::calendar::{DeskHours, Zoned};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::{Context, Result};

const CLOSE: &str = "UPDATE consultations SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL";
/// It waits for an answer again. What was never answered keeps its place and its time, as far as that is not over; what is watched over is urgent.
const REOPEN: &str = "UPDATE consultations SET closed_at = NULL, asked_at = CASE WHEN answered_at IS NULL THEN asked_at ELSE $2 END, \
    due_at = CASE WHEN answered_at IS NULL AND due_at > $2 THEN due_at ELSE $3 END, danger_at = CASE WHEN watched_at IS NOT NULL THEN $2 ELSE danger_at END, \
    answered_at = NULL WHERE id = $1 AND closed_at IS NOT NULL";

const IS_CLOSED: &str = "SELECT COUNT(*) FROM consultations WHERE id = $1 AND closed_at IS NOT NULL";

/// Why a thread is closed that nobody has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// 電話で話した
    Phone,
    /// ほかの窓口につないだ
    Elsewhere,
    /// まちがい・迷惑
    Mistake,
    /// そのほか
    Other,
}

impl Reason {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Phone, Self::Elsewhere, Self::Mistake, Self::Other];
    /// As in the form.
    pub fn id(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Elsewhere => "elsewhere",
            Self::Mistake => "mistake",
            Self::Other => "other",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.id() == id)
    }
    /// In Japanese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Phone => "電話で話した",
            Self::Elsewhere => "ほかの窓口につないだ",
            Self::Mistake => "まちがい・迷惑",
            Self::Other => "そのほか",
        }
    }
}

/// How a thread is to be closed.
#[derive(Debug, Clone)]
pub struct Closing<'a> {
    /// Who closes it.
    pub staff_id: &'a str,
    /// The newest entry that was on the page.
    pub seen: &'a str,
    /// Somebody saw the question 「終えますか」 and said yes.
    pub sure: bool,
    /// Needed for a thread with signs of danger that waits for an answer.
    pub reason: Option<Reason>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Closed, or closed before.
    Done,
    /// It waits for an answer: ask first.
    Ask,
    /// It waits for an answer and has signs of danger: a reason is needed.
    Why,
    /// Somebody wrote since the page was made.
    Newer,
}

/// Closes a thread; the asker can still write, which opens it again. The reason is sealed and for the desk alone.
pub async fn close(db: &Db, vault: &Vault, consultation: &Consultation, closing: &Closing<'_>, now: i64) -> Result<Closed> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let mut tx = db.write().await?;
    if !hold(&mut tx, consultation).await? {
        return Ok(Closed::Newer);
    }
    let Some(thread) = sqlx::query_as::<_, Consultation>(BY_ID).bind(&consultation.id).fetch_optional(&mut *tx).await? else { return Ok(Closed::Done) };
    if thread.waits() {
        if !closing.sure {
            return Ok(Closed::Ask);
        }
        if super::desk::newest(&mut tx, &thread.id).await?.as_deref() != Some(closing.seen) {
            return Ok(Closed::Newer);
        }
        if thread.watched_at.is_some() && closing.reason.is_none() {
            return Ok(Closed::Why);
        }
    }
    if sqlx::query(CLOSE).bind(&thread.id).bind(now).execute(&mut *tx).await?.rows_affected() > 0 {
        let writing = Writing { id: &thread.id, key: &key, at: now };
        writing.event(&mut tx, Event::Closed).await?;
        if let Some(reason) = closing.reason {
            writing.note(&mut tx, "memo", Some(closing.staff_id), &format!("お返事をせずに終えました：{}", reason.title())).await?;
        }
        audit::record(&mut *tx, &format!("staff:{}", closing.staff_id), "close", &thread.id, now).await?;
    }
    tx.commit().await?;
    Ok(Closed::Done)
}

/// Is it closed (still)?
pub async fn is_closed(db: &Db, id: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(IS_CLOSED).bind(id).fetch_one(db.pool()).await? > 0)
}

/// Lets a closed thread wait for an answer again, where it stood.
pub async fn reopen(db: &Db, vault: &Vault, desk: &DeskHours, consultation: &Consultation, staff_id: &str, now: &Zoned) -> Result<()> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let (at, due) = (now.timestamp().as_second(), desk.due(now).timestamp().as_second());
    let mut tx = db.write().await?;
    if hold(&mut tx, consultation).await? && sqlx::query(REOPEN).bind(&consultation.id).bind(at).bind(due).execute(&mut *tx).await?.rows_affected() > 0 {
        let due = sqlx::query_as::<_, Consultation>(BY_ID).bind(&consultation.id).fetch_one(&mut *tx).await?.due_at;
        Writing { id: &consultation.id, key: &key, at }.event(&mut tx, Event::Reopened(due)).await?;
        audit::record(&mut *tx, &format!("staff:{staff_id}"), "reopen", &consultation.id, at).await?;
    }
    tx.commit().await?;
    Ok(())
}
