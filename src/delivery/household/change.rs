//! What a household changes in: its facts, its dates, its stops. Everything acts at once and leaves an audit line
//! without contents; what is pressed twice happens once and leaves one line.

use super::NewSubject;
use super::registration::first_child_id;
use crate::audit;
use crate::calendar::Date;
use crate::db::Db;
use crate::segment::SubjectKind;
use anyhow::Result;
use sqlx::{Any, Transaction};

/// A fact that one page changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Area id; empty is "not told".
    Area(String),
    /// Language code.
    Language(String),
    /// First child; `None` is "not told".
    FirstChild(Option<bool>),
}

const SET_AREA: &str = "UPDATE households SET area = $2, updated_at = $3 WHERE id = $1";
const SET_LANGUAGE: &str = "UPDATE households SET language = $2, updated_at = $3 WHERE id = $1";
const SET_FIRST: &str = "UPDATE households SET first_child = $2, updated_at = $3 WHERE id = $1";
const SET_DATES: &str = "UPDATE subjects SET stage_on = $3, due_on = $4 WHERE household_id = $1 AND slot = $2 AND kind \
    = $5 AND stopped_at IS NULL";
/// A pregnancy becomes a child only because the household says so.
const BORN: &str = "UPDATE subjects SET kind = 'child', stage_on = $3, due_on = $4 WHERE household_id = $1 AND slot = \
    $2 AND kind = 'pregnancy' AND stopped_at IS NULL";
/// When, never why. Each stop of a household has a second of its own, the newest the latest, so that it can be told
/// which of them ended all: see [`END`].
const STOP: &str = "UPDATE subjects SET stopped_at = (SELECT MAX(instant) FROM (SELECT CAST($3 AS BIGINT) AS instant
    UNION ALL SELECT s.stopped_at + 1 FROM subjects s WHERE s.household_id = $1 AND s.stopped_at IS NOT NULL
    UNION ALL SELECT h.stopped_at + 1 FROM households h WHERE h.id = $1 AND h.stopped_at IS NOT NULL) stops)
  WHERE household_id = $1 AND slot = $2 AND stopped_at IS NULL";
const STOP_OF: &str = "SELECT stopped_at FROM subjects WHERE household_id = $1 AND slot = $2";
/// Stays stopped for itself, since that second.
const KEEP_STOPPED: &str =
    "UPDATE subjects SET stopped_at = $3 WHERE household_id = $1 AND slot = $2 AND stopped_at IS NULL";
/// All that go. $1 household, $2 the instant.
const STOP_OPEN: &str = "UPDATE subjects SET stopped_at = $2 WHERE household_id = $1 AND stopped_at IS NULL";
/// One change of a household after the other.
pub(super) const HOLD: &str = "UPDATE households SET updated_at = updated_at WHERE id = $1";
/// With the last one whose letters went, all of the household's end, in the same second. $1 household, $2 that second.
const END: &str = "UPDATE households SET stopped_at = $2, updated_at = $2 WHERE id = $1 AND stopped_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM subjects s WHERE s.household_id = households.id AND s.stopped_at IS NULL)";
/// Takes back what [`END`] has done, or a mistaken stop of all letters; a pause before it goes on. $1 household, $2
/// that instant, $3 now.
const BEGIN: &str = "UPDATE households SET stopped_at = NULL, updated_at = $3 WHERE id = $1 AND stopped_at = $2";
/// Takes back a tap that was a mistake: only the very stop that the page was opened for.
const UNDO: &str = "UPDATE subjects SET stopped_at = NULL WHERE household_id = $1 AND slot = $2 AND stopped_at = $3";
const PAUSE: &str =
    "UPDATE households SET paused_until = $2, updated_at = $3 WHERE id = $1 AND COALESCE(paused_until, '') <> $2";
const STOP_ALL: &str = "UPDATE households SET stopped_at = (SELECT MAX(instant) FROM (SELECT CAST($2 AS BIGINT) AS \
    instant
    UNION ALL SELECT s.stopped_at + 1 FROM subjects s WHERE s.household_id = $1 AND s.stopped_at IS NOT NULL) stops), \
    updated_at = $2
  WHERE id = $1 AND stopped_at IS NULL";
const STOPPED_AT: &str = "SELECT stopped_at FROM households WHERE id = $1";
/// Of whom a household that has stopped all letters may begin again: those that were not stopped for themselves, and
/// the last one with whom all ended.
const STOPPED_WITH_ALL: &str =
    "SELECT s.slot, s.kind, s.stopped_at, h.stopped_at FROM subjects s JOIN households h ON \
    h.id = s.household_id
  WHERE s.household_id = $1 AND h.stopped_at IS NOT NULL AND (s.stopped_at IS NULL OR s.stopped_at = h.stopped_at) \
  ORDER BY s.slot";
const RESUME: &str =
    "UPDATE households SET paused_until = NULL, updated_at = $2 WHERE id = $1 AND paused_until IS NOT NULL";
const START_AGAIN: &str =
    "UPDATE households SET stopped_at = NULL, paused_until = NULL, updated_at = $3 WHERE id = $1 AND stopped_at = $2";

/// Whose letters come back. What is not named stays stopped, each for itself: after a loss nothing brings a pregnancy
/// back but its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share<'a> {
    /// The children's.
    Children,
    /// Everybody's that were not stopped for themselves.
    All,
    /// These slots'.
    Of(&'a [&'a str]),
}

impl Share<'_> {
    /// `own`: it was stopped for itself, too, so it comes back when it is named and not otherwise.
    fn has(self, slot: &str, kind: &str, own: bool) -> bool {
        match self {
            Self::Children | Self::All if own => false,
            Self::Children => kind == SubjectKind::Child.id(),
            Self::All => true,
            Self::Of(slots) => slots.contains(&slot),
        }
    }
}

/// Sets area, language or first child.
pub async fn set_fact(db: &Db, household: &str, fact: &Fact, now: i64) -> Result<()> {
    let (sql, value) = match fact {
        Fact::Area(area) => (SET_AREA, area.as_str()),
        Fact::Language(language) => (SET_LANGUAGE, language.as_str()),
        Fact::FirstChild(first) => (SET_FIRST, first_child_id(*first)),
    };
    let mut tx = db.write().await?;
    sqlx::query(sql).bind(household).bind(value).bind(now).execute(&mut *tx).await?;
    audit::record(&mut *tx, "household", "change", household, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a subject's dates. Its kind stays: see [`born`].
pub async fn change_subject(db: &Db, household: &str, slot: &str, subject: NewSubject, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    let changed = sqlx::query(SET_DATES)
        .bind(household)
        .bind(slot)
        .bind(subject.stage_on.to_string())
        .bind(subject.due_on.map(|d| d.to_string()))
        .bind(subject.kind.id())
        .execute(&mut *tx)
        .await?;
    if changed.rows_affected() > 0 {
        audit::record(&mut *tx, "household", "change_subject", household, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The pregnancies of these slots have become children born on one day (twins are two slots). Doing it twice happens
/// once.
pub async fn born(db: &Db, household: &str, slots: &[&str], child: NewSubject, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    let mut changed = 0;
    for slot in slots {
        let born = sqlx::query(BORN)
            .bind(household)
            .bind(*slot)
            .bind(child.stage_on.to_string())
            .bind(child.due_on.map(|d| d.to_string()));
        changed += born.execute(&mut *tx).await?.rows_affected();
    }
    if changed > 0 {
        audit::record(&mut *tx, "household", "change_subject", household, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends the letters of one subject at once; asks nothing and stores only when, which comes out (`None`: there is no
/// such subject). The others' go on; with the last one all of the household's end.
pub async fn stop_subject(db: &Db, household: &str, slot: &str, now: i64) -> Result<Option<i64>> {
    let mut tx = db.write().await?;
    // Of two stops at the same moment the second one sees that it is the last.
    sqlx::query(HOLD).bind(household).execute(&mut *tx).await?;
    let stopped = sqlx::query(STOP).bind(household).bind(slot).bind(now).execute(&mut *tx).await?.rows_affected() > 0;
    let at: Option<Option<i64>> =
        sqlx::query_scalar(STOP_OF).bind(household).bind(slot).fetch_optional(&mut *tx).await?;
    if stopped {
        audit::record(&mut *tx, "household", "stop_subject", household, now).await?;
        sqlx::query(END).bind(household).bind(at.flatten()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(at.flatten())
}

/// Takes a mistaken stop back: the one of `stopped_at`, and no other; and if it was the last one's, what ended with it.
pub async fn undo_stop(db: &Db, household: &str, slot: &str, stopped_at: i64, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(HOLD).bind(household).execute(&mut *tx).await?;
    if sqlx::query(UNDO).bind(household).bind(slot).bind(stopped_at).execute(&mut *tx).await?.rows_affected() > 0 {
        sqlx::query(BEGIN).bind(household).bind(stopped_at).bind(now).execute(&mut *tx).await?;
        audit::record(&mut *tx, "household", "undo_stop", household, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Letters rest until `until`; on that day they go again.
pub async fn pause(db: &Db, household: &str, until: Date, now: i64) -> Result<()> {
    one(db, PAUSE, household, Bound::Until(until.to_string()), "pause", now).await.map(drop)
}

/// Ends a pause early.
pub async fn resume(db: &Db, household: &str, now: i64) -> Result<()> {
    one(db, RESUME, household, Bound::At, "resume", now).await.map(drop)
}

/// Ends all letters of the household at once. `false`: they were stopped before.
pub async fn stop_all(db: &Db, household: &str, now: i64) -> Result<bool> {
    one(db, STOP_ALL, household, Bound::At, "stop", now).await
}

/// Takes a mistaken stop of all letters back for those who are named: the stop of `stopped_at`, and no other. `true` if
/// there was one.
pub async fn undo_stop_all(db: &Db, household: &str, stopped_at: i64, share: Share<'_>, now: i64) -> Result<bool> {
    again(db, household, BEGIN, Some(stopped_at), share, "undo_stop", now).await
}

/// Begins the letters of those again who are named, at the household's wish. `false`, and nothing done, where it names
/// nobody.
pub async fn start_again(db: &Db, household: &str, share: Share<'_>, now: i64) -> Result<bool> {
    again(db, household, START_AGAIN, None, share, "start", now).await
}

async fn again(
    db: &Db,
    household: &str,
    sql: &'static str,
    at: Option<i64>,
    share: Share<'_>,
    action: &str,
    now: i64,
) -> Result<bool> {
    let mut tx = db.write().await?;
    let open: Vec<(String, String, Option<i64>, i64)> =
        sqlx::query_as(STOPPED_WITH_ALL).bind(household).fetch_all(&mut *tx).await?;
    let (back, left): (Vec<_>, Vec<_>) =
        open.iter().partition(|(slot, kind, own, _)| share.has(slot, kind, own.is_some()));
    // Where nobody would get a letter, nothing begins.
    if back.is_empty() && (at.is_none() || !left.is_empty()) {
        return Ok(false);
    }
    let Some(stopped_at) = at.or(open.first().map(|(.., at)| *at)).or(stopped(&mut tx, household).await?) else {
        return Ok(false);
    };
    // The instant stands in the statement: of two presses at the same moment one finds nothing.
    if sqlx::query(sql).bind(household).bind(stopped_at).bind(now).execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    for (slot, ..) in back.into_iter().filter(|(_, _, own, _)| own.is_some()) {
        sqlx::query(UNDO).bind(household).bind(slot).bind(stopped_at).execute(&mut *tx).await?;
    }
    for (slot, ..) in left {
        sqlx::query(KEEP_STOPPED).bind(household).bind(slot).bind(stopped_at).execute(&mut *tx).await?;
    }
    audit::record(&mut *tx, "household", action, household, now).await?;
    tx.commit().await?;
    Ok(true)
}

async fn stopped(tx: &mut Transaction<'static, Any>, household: &str) -> Result<Option<i64>> {
    let at: Option<Option<i64>> = sqlx::query_scalar(STOPPED_AT).bind(household).fetch_optional(&mut **tx).await?;
    Ok(at.flatten())
}

/// Somebody is added to a household that has stopped all letters: they begin for whom is added alone; all others stay
/// stopped, since the same second.
pub(super) async fn begin_for_the_added(tx: &mut Transaction<'static, Any>, household: &str, now: i64) -> Result<()> {
    sqlx::query(HOLD).bind(household).execute(&mut **tx).await?;
    let Some(stopped_at) = stopped(tx, household).await? else { return Ok(()) };
    sqlx::query(BEGIN).bind(household).bind(stopped_at).bind(now).execute(&mut **tx).await?;
    sqlx::query(STOP_OPEN).bind(household).bind(stopped_at).execute(&mut **tx).await?;
    Ok(())
}

/// What a statement binds behind the household's id.
enum Bound {
    Until(String),
    At,
}

async fn one(db: &Db, sql: &'static str, household: &str, bound: Bound, action: &str, now: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let query = sqlx::query(sql).bind(household);
    let query = match bound {
        Bound::Until(until) => query.bind(until).bind(now),
        Bound::At => query.bind(now),
    };
    let changed = query.execute(&mut *tx).await?.rows_affected() > 0;
    if changed {
        audit::record(&mut *tx, "household", action, household, now).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [
        SET_AREA,
        SET_LANGUAGE,
        SET_FIRST,
        SET_DATES,
        BORN,
        STOP,
        STOP_OF,
        KEEP_STOPPED,
        STOP_OPEN,
        HOLD,
        END,
        BEGIN,
        UNDO,
        PAUSE,
        STOP_ALL,
        STOPPED_AT,
        STOPPED_WITH_ALL,
        RESUME,
        START_AGAIN,
    ]
    .map(str::to_owned)
    .into()
}
