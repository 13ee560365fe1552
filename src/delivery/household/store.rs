//! A checked registration in, its rows out.

use super::change;
use super::link;
use super::read::{SUBJECTS, SubjectRow};
use super::registration::{NewSubject, Registration, first_child_id};
use crate::audit;
use crate::contact::{self, Purpose};
use crate::db::Db;
use crate::vault::{Vault, new_id};
use anyhow::{Result, bail};
use sqlx::{Any, Transaction};

/// A new household; `generated_at` stays empty for real ones.
const INSERT: &str = "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, \
    created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)";
/// A subject in the next free slot.
const INSERT_SUBJECT: &str = "INSERT INTO subjects (id, household_id, slot, kind, stage_on, due_on, created_at) VALUES \
    ($1, $2, $3, $4, $5, $6, $7)";
/// The slots in use or used before; a stopped subject keeps its slot.
const SLOTS: &str = "SELECT slot FROM subjects WHERE household_id = $1";
/// Nothing was stopped. $1 household, $2–$4 the answers, $5 now.
const CORRECT: &str =
    "UPDATE households SET language = $2, area = $3, first_child = $4, updated_at = $5 WHERE id = $1 \
    AND stopped_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM subjects s WHERE s.household_id = households.id AND s.stopped_at IS NOT NULL)";
/// What a household may have changed since its form, as the log calls it: that counts, and not the form.
const CHANGES: [&str; 7] = ["change", "change_subject", "add_subjects", "stop_subject", "undo_stop", "stop", "start"];
const DROP_SUBJECTS: &str = "DELETE FROM subjects WHERE household_id = $1";

/// Stores a registration; the household's id, which is its first member's as well, and the session's token for the
/// cookie come out. `once` is the form's own random mark: a form that arrives twice within an hour makes one household
/// (what was corrected meanwhile by going back in the browser, [`correct`] corrects).
pub async fn create(
    db: &Db,
    vault: &Vault,
    registration: &Registration,
    once: &str,
    now: i64,
) -> Result<(String, String)> {
    if let Some(id) = contact::registered_by(db, once, now).await? {
        let token = link::sign_in(db, &id, now).await?;
        return Ok((id, token));
    }
    let id = new_id();
    // The key first: a key without rows harms nobody, rows without a key could not be sealed.
    vault.create_key(&id).await?;
    match insert(db, &id, registration, once, now).await {
        Ok(token) => Ok((id, token)),
        Err(e) => {
            vault.destroy(&id).await?;
            // Two taps at the same moment: the other one has won.
            let Some(id) = contact::registered_by(db, once, now).await? else { return Err(e) };
            let token = link::sign_in(db, &id, now).await?;
            Ok((id, token))
        }
    }
}

async fn insert(db: &Db, id: &str, registration: &Registration, once: &str, now: i64) -> Result<String> {
    let mut tx = db.write().await?;
    sqlx::query(INSERT)
        .bind(id)
        .bind(&registration.language)
        .bind(&registration.area)
        .bind(first_child_id(registration.first_child))
        .bind(&registration.code)
        .bind(&registration.consent_version)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    contact::first_member(&mut tx, id, now).await?;
    insert_subjects(&mut tx, id, &registration.subjects, now).await?;
    if !once.is_empty() {
        contact::insert_link(&mut tx, once, id, (Purpose::Registered, ""), now + 3600).await?;
    }
    let token = contact::begin_session(&mut tx, id, now).await?;
    audit::record(&mut *tx, "household", "register", id, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// The same form with other answers: the new answers count, unless something was changed or stopped on /me in between
/// (a birth, a child more): then what stands there counts. For households of which no letter was chosen by the first
/// answers yet.
pub async fn correct(db: &Db, id: &str, registration: &Registration, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    // One change of a household after the other: whoever was first has left its line.
    sqlx::query(change::HOLD).bind(id).execute(&mut *tx).await?;
    if audit::was_done(db, &mut tx, "household", id, &CHANGES).await? {
        return Ok(());
    }
    if sqlx::query(CORRECT)
        .bind(id)
        .bind(&registration.language)
        .bind(&registration.area)
        .bind(first_child_id(registration.first_child))
        .bind(now)
        .execute(&mut *tx)
        .await?
        .rows_affected()
        == 0
    {
        return Ok(());
    }
    let known: Vec<SubjectRow> = sqlx::query_as(SUBJECTS).bind(id).fetch_all(&mut *tx).await?;
    let same = |(row, new): (&SubjectRow, &NewSubject)| {
        row.kind == new.kind.id()
            && row.stage_on == new.stage_on.to_string()
            && row.due_on == new.due_on.map(|d| d.to_string())
    };
    if known.len() == registration.subjects.len() && known.iter().zip(&registration.subjects).all(same) {
        return tx.commit().await.map_err(Into::into);
    }
    sqlx::query(DROP_SUBJECTS).bind(id).execute(&mut *tx).await?;
    insert_subjects(&mut tx, id, &registration.subjects, now).await?;
    audit::record(&mut *tx, "household", "correct", id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds subjects to a household that is there. `once` is the form's own random mark: what arrives twice within a day
/// adds nobody twice.
pub async fn add_subjects(db: &Db, id: &str, subjects: &[NewSubject], once: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    if !contact::first_time(&mut tx, once, id, now).await? {
        return Ok(());
    }
    change::begin_for_the_added(&mut tx, id, now).await?;
    insert_subjects(&mut tx, id, subjects, now).await?;
    audit::record(&mut *tx, "household", "add_subjects", id, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn insert_subjects(
    tx: &mut Transaction<'static, Any>,
    household: &str,
    subjects: &[NewSubject],
    now: i64,
) -> Result<()> {
    let used: Vec<String> = sqlx::query_scalar(SLOTS).bind(household).fetch_all(&mut **tx).await?;
    for (subject, slot) in subjects.iter().zip(free_slots(&used)) {
        sqlx::query(INSERT_SUBJECT)
            .bind(new_id())
            .bind(household)
            .bind(slot.to_string())
            .bind(subject.kind.id())
            .bind(subject.stage_on.to_string())
            .bind(subject.due_on.map(|d| d.to_string()))
            .bind(now)
            .execute(&mut **tx)
            .await?;
    }
    if used.len() + subjects.len() > 26 {
        bail!("slots of the household are used up");
    }
    Ok(())
}

/// `a`, `b`, … behind the last one used.
fn free_slots(used: &[String]) -> impl Iterator<Item = char> {
    let last = used.iter().filter_map(|s| s.chars().next()).max();
    ('a'..='z').filter(move |c| last.is_none_or(|l| *c > l))
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [INSERT, INSERT_SUBJECT, SLOTS, CORRECT, DROP_SUBJECTS].map(str::to_owned).into()
}
