//! A thread that is done with in, closed out; and open again, in its place. What waits for an answer is not closed by
//! one tap.

use super::state::{By, Event, Turn};
use super::step::{Attempt, Outcome, Step, step};
use super::thread::{BY_ID, Consultation, Milestone};
use super::writing::Note;
use crate::audit;
use crate::calendar::{DeskHours, Zoned};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

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
    /// The version of the thread that was on the page.
    pub seen: i64,
    /// Somebody saw the question 「終えますか」 and said yes.
    pub sure: bool,
    /// Needed for a thread with signs of danger that waits for an answer.
    pub reason: Option<Reason>,
}

/// Closes a thread; the asker can still write, which opens it again. The reason is sealed and for the desk alone.
pub async fn close(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    closing: &Closing<'_>,
    now: i64,
) -> Result<Outcome> {
    let &Closing { staff_id, seen, sure, reason } = closing;
    let event = Event::Closed { at: now, sure, reason: reason.is_some() };
    let attempt = Attempt {
        id: &consultation.id,
        event,
        by: By::Clinician,
        staff_id: Some(staff_id),
        seen: Some(seen),
        entry_id: None,
    };
    let mut taken = match step(db, vault, &attempt).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    let (tx, thread) = taken.entries(now)?;
    thread.milestone(tx, Milestone::Closed).await?;
    if let Some(reason) = reason {
        thread.note(tx, Note::Memo, &format!("お返事をせずに終えました：{}", reason.title())).await?;
    }
    audit::record(&mut **tx, &format!("staff:{staff_id}"), "close", &consultation.id, now).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}

/// The version of a thread that is closed (still).
pub async fn closed_version(db: &Db, id: &str) -> Result<Option<i64>> {
    let thread: Option<Consultation> = sqlx::query_as(BY_ID).bind(id).fetch_optional(db.pool()).await?;
    Ok(thread.filter(|t| matches!(t.state.turn, Turn::Closed { .. })).map(|t| t.version))
}

/// Lets a closed thread wait for an answer again, where it stood. `seen`: the version on the page.
pub async fn reopen(
    db: &Db,
    vault: &Vault,
    desk: &DeskHours,
    consultation: &Consultation,
    staff_id: &str,
    seen: i64,
    now: &Zoned,
) -> Result<Outcome> {
    let (at, due_at) = (now.timestamp().as_second(), desk.due(now).timestamp().as_second());
    let event = Event::Reopened { at, due_at };
    let attempt = Attempt {
        id: &consultation.id,
        event,
        by: By::Clinician,
        staff_id: Some(staff_id),
        seen: Some(seen),
        entry_id: None,
    };
    let mut taken = match step(db, vault, &attempt).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    let due_at = taken.state.due_at;
    let (tx, thread) = taken.entries(at)?;
    thread.milestone(tx, Milestone::Reopened(due_at)).await?;
    audit::record(&mut **tx, &format!("staff:{staff_id}"), "reopen", &consultation.id, at).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}
