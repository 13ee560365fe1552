//! An event, its causer and the version of the thread that was seen in; the thread's next version out, or why not. The
//! only place that moves a thread.
//!
//! The row is read, judged by [`super::state`], and written where its version is still the one that was read; else all
//! of it begins again. So whoever is second judges what the first has left, on both databases, and nothing waits for a
//! lock.

use super::state::{By, Event, Kind, Refusal, State};
use super::thread::{BY_ID, Consultation, named};
use super::writing::Writing;
use crate::db::Db;
use crate::vault::{DataKey, Vault};
use anyhow::{Context, Result, bail};
use sqlx::{Any, AnyConnection, Transaction};

/// The next version, if it is still the one that was read.
const MOVE: &str = "UPDATE consultations SET version = version + 1, turn = $3, alarm = $4, asked_at = $5, due_at = $6, \
    answered_at = $7, closed_at = $8, danger_at = $9, \
    watched_at = $10, surveyed_answer_at = $11 WHERE id = $1 AND version = $2";
/// What came into the thread after a version, the oldest first; a step has one writer.
const SINCE: &str = "SELECT event, COALESCE(MAX(staff_id), '') AS staff_id, MAX(created_at) AS at FROM \
    consultation_entries WHERE consultation_id = $1 AND version > $2 AND event <> '' \
    GROUP BY version, event ORDER BY version";
const HAS_ENTRY: &str = "SELECT COUNT(*) FROM consultation_entries WHERE id = $1";
/// So often a write that others were faster than begins again.
const TRIES: usize = 64;

/// What is to happen to a thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// The thread.
    pub id: &'a str,
    /// What happens.
    pub event: Event,
    /// Who causes it.
    pub by: By,
    /// Which member of staff.
    pub staff_id: Option<&'a str>,
    /// The version that the writer saw; `None`: a rule of the program writes, which has just read it.
    pub seen: Option<i64>,
    /// The entry that a form sent twice makes once.
    pub entry_id: Option<&'a str>,
}

/// What somebody else did meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub kind: Kind,
    /// The name of the member of staff, or empty.
    pub by: String,
    /// When, Unix seconds.
    pub at: i64,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored, now or before.
    Done,
    /// It is not, for this reason.
    Refused(Refusal),
    /// It is not: its writer should know this first.
    Overtaken(Vec<Change>),
    /// There is no such thread any more.
    Gone,
}

/// A write that was taken, with everything that its entries need; nothing is kept before the transaction is.
pub(super) struct Taken {
    pub tx: Transaction<'static, Any>,
    /// The thread as it was read; its state and version are those before.
    pub before: Consultation,
    /// Its state from now on.
    pub state: State,
    /// `None`: destroyed, or not needed.
    key: Option<DataKey>,
    staff_id: Option<String>,
    event: Kind,
}

pub(super) enum Step {
    Taken(Box<Taken>),
    Not(Outcome),
}

impl Taken {
    /// The transaction, and what writes the entries of this step into it.
    pub(super) fn entries(&mut self, at: i64) -> Result<(&mut Transaction<'static, Any>, Writing<'_>)> {
        let key = self.key.as_ref().context("この相談の鍵は、もうありません")?;
        let (staff_id, version) = (self.staff_id.as_deref(), self.before.version + 1);
        let writing = Writing { id: &self.before.id, key, staff_id, at, version, event: Some(self.event) };
        Ok((&mut self.tx, writing))
    }
}

/// Judges a write and moves the thread; the caller adds its entries and commits.
pub(super) async fn step(db: &Db, vault: &Vault, attempt: &Attempt<'_>) -> Result<Step> {
    let kind = attempt.event.kind();
    for _ in 0..TRIES {
        let Some(before) = sqlx::query_as::<_, Consultation>(BY_ID).bind(attempt.id).fetch_optional(db.pool()).await?
        else {
            return Ok(Step::Not(Outcome::Gone));
        };
        let key = if is_written_down(kind) { vault.key(&before.key_owner).await? } else { None };
        let mut tx = db.write().await?;
        let next = before.state.on(attempt.event, attempt.by);
        if let Ok(state) = next
            && !moved(&mut tx, &before, state).await?
        {
            tx.rollback().await?;
            continue;
        }
        // From here on the row is ours, if it was moved: what is read now is all that came before.
        if let Some(entry) = attempt.entry_id
            && sqlx::query_scalar::<_, i64>(HAS_ENTRY).bind(entry).fetch_one(&mut *tx).await? > 0
        {
            return Ok(Step::Not(Outcome::Done));
        }
        match next {
            Err(Refusal::Already) => return Ok(Step::Not(Outcome::Done)),
            // Whoever is asked gets a page with the newest first.
            Err(Refusal::Unsure) => return Ok(Step::Not(Outcome::Refused(Refusal::Unsure))),
            Ok(_) | Err(_) => {}
        }
        if let Some(seen) = attempt.seen {
            let news = news(db, &mut tx, attempt.id, seen, kind, attempt.staff_id).await?;
            if !news.is_empty() {
                return Ok(Step::Not(Outcome::Overtaken(news)));
            }
        }
        return Ok(match next {
            Ok(state) => Step::Taken(Box::new(Taken {
                tx,
                before,
                state,
                key,
                staff_id: attempt.staff_id.map(str::to_owned),
                event: kind,
            })),
            Err(refusal) => Step::Not(Outcome::Refused(refusal)),
        });
    }
    bail!("相談 {} に、ほかの書き込みが続いていて、書けませんでした", attempt.id)
}

/// Does it leave an entry, for which a key is needed? (What is to be erased may have none any more.)
fn is_written_down(kind: Kind) -> bool {
    match kind {
        Kind::Written | Kind::Answered | Kind::Closed | Kind::Reopened | Kind::Raised | Kind::Calmed | Kind::Noted => {
            true
        }
        Kind::Surveyed | Kind::Joined | Kind::Forgotten => false,
    }
}

async fn moved(tx: &mut Transaction<'static, Any>, before: &Consultation, state: State) -> Result<bool> {
    let c = state.columns();
    let moved = sqlx::query(MOVE)
        .bind(&before.id)
        .bind(before.version)
        .bind(c.turn)
        .bind(c.alarm)
        .bind(c.asked_at)
        .bind(c.due_at)
        .bind(c.answered_at)
        .bind(c.closed_at)
        .bind(c.danger_at)
        .bind(c.watched_at)
        .bind(c.surveyed_answer_at)
        .execute(&mut **tx)
        .await?;
    Ok(moved.rows_affected() == 1)
}

/// What whoever does `kind` should know first, of what came after the version that was seen.
async fn news(
    db: &Db,
    connection: &mut AnyConnection,
    id: &str,
    seen: i64,
    kind: Kind,
    staff_id: Option<&str>,
) -> Result<Vec<Change>> {
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as(SINCE).bind(id).bind(seen).fetch_all(&mut *connection).await?;
    let named = named(db, connection, rows.iter().map(|(_, by, _)| Some(by.as_str()))).await?;
    let change = |(event, by, at): (String, String, i64)| {
        let meanwhile = Kind::from_id(&event)?;
        let own = staff_id.is_some_and(|own| own == by);
        let by = named.get(&by).map_or_else(String::new, |by| by.name.clone());
        kind.is_overtaken_by(meanwhile, own).then_some(Change { kind: meanwhile, by, at })
    };
    Ok(rows.into_iter().filter_map(change).collect())
}

/// What a member of staff who answers should know of what came after the version that was on the page.
pub async fn news_at_desk(db: &Db, id: &str, seen: i64, staff_id: &str) -> Result<Vec<Change>> {
    news(db, &mut *db.pool().acquire().await?, id, seen, Kind::Answered, Some(staff_id)).await
}

/// What the desk did while an asker wrote: what came after the version that was on the page, and shows on it.
pub async fn news_for_asker(db: &Db, id: &str, seen: i64) -> Result<Vec<Change>> {
    let mut news = news(db, &mut *db.pool().acquire().await?, id, seen, Kind::Answered, None).await?;
    news.retain(|c| match c.kind {
        Kind::Answered | Kind::Closed => true,
        Kind::Written
        | Kind::Surveyed
        | Kind::Joined
        | Kind::Reopened
        | Kind::Raised
        | Kind::Calmed
        | Kind::Noted
        | Kind::Forgotten => false,
    });
    Ok(news)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [MOVE, SINCE, HAS_ENTRY].map(str::to_owned).into()
}
