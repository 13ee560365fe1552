//! The opened thread, and the answer to it. Every opening is in the audit log.

use super::notes::use_draft;
use super::state::{By, Event, Stands};
use super::step::{Attempt, Outcome, Step, step};
use super::subject::{Subject, subjects};
use super::thread::{BY_ID, Consultation, Entry, entries};
use crate::audit;
use crate::contact;
use crate::db::Db;
use crate::household::{self, Facts};
use crate::outbox::{self, Notice, To};
use crate::staff;
use crate::vault::Vault;
use anyhow::Result;
use std::collections::BTreeSet;

/// Who has opened it within this many seconds is shown to others.
const VIEWING_SECONDS: i64 = 5 * 60;

/// Its other threads about the same person, the newest first.
const EARLIER: &str = "SELECT id FROM consultations WHERE household_id = $1 AND subject_slot = $2 AND category = $3 \
    AND id <> $4 ORDER BY created_at DESC, id DESC LIMIT 20";

/// The consultation of an id, if there is one.
pub async fn by_id(db: &Db, id: &str) -> Result<Option<Consultation>> {
    Ok(sqlx::query_as(BY_ID).bind(id).fetch_optional(db.pool()).await?)
}

/// Opens a thread for a member of staff, which is written to the audit log first. `None`: there is none, or its key was
/// destroyed.
pub async fn read(
    db: &Db,
    vault: &Vault,
    id: &str,
    staff_id: &str,
    now: i64,
) -> Result<Option<(Consultation, Vec<Entry>)>> {
    let Some(consultation) = by_id(db, id).await? else { return Ok(None) };
    audit::record(db.pool(), &format!("staff:{staff_id}"), "read", id, now).await?;
    Ok(entries(db, vault, &consultation).await?.map(|entries| (consultation, entries)))
}

/// Names of others who have opened it in the last five minutes.
pub async fn others_viewing(db: &Db, id: &str, staff_id: &str, now: i64) -> Result<Vec<String>> {
    let actors = audit::actors(db, id, "read", now - VIEWING_SECONDS).await?;
    let others: Vec<&str> =
        actors.iter().filter_map(|actor| actor.strip_prefix("staff:")).filter(|other| *other != staff_id).collect();
    let named = staff::named(db, &mut *db.pool().acquire().await?, &others).await?;
    let names: BTreeSet<String> = named.into_values().map(|named| named.name).collect();
    Ok(names.into_iter().collect())
}

/// Who asks, as far as it matters for the answer: the person it is about, never the whole household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The chosen subject; `None` for questions about oneself.
    pub subject: Option<Subject>,
    /// For questions about oneself: the household's subjects, the stopped ones too. To whom a child was born, or was
    /// lost, matters.
    pub around: Vec<Subject>,
    /// Area id, or empty.
    pub area: String,
    /// Language code.
    pub language: String,
    /// `yes`, `no` or empty.
    pub first_child: String,
    /// The flyer's code it came by, or empty.
    pub code: String,
    /// Channels on which it is told of answers, as in the database: also one that this program does not know.
    pub channels: Vec<String>,
    /// Other threads about the same person, the newest first.
    pub earlier: Vec<Earlier>,
}

/// Another thread about the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Id.
    pub id: String,
    /// When it began.
    pub created_at: i64,
    /// Where it stands.
    pub stands: Stands,
}

/// The card of a household's consultation; `None` for guests.
pub async fn card(db: &Db, consultation: &Consultation) -> Result<Option<Card>> {
    let Some(household) = &consultation.household_id else { return Ok(None) };
    let Some(Facts { area, language, first_child, code }) = household::facts(db, household).await? else {
        return Ok(None);
    };
    let mut around = subjects(db, household).await?;
    let subject = around.iter().position(|s| s.slot == consultation.subject_slot).map(|n| around.remove(n));
    if subject.is_some() {
        around.clear();
    }
    let channels = contact::channels(db, household).await?;
    let ids: Vec<String> = sqlx::query_scalar(EARLIER)
        .bind(household)
        .bind(&consultation.subject_slot)
        .bind(&consultation.category)
        .bind(&consultation.id)
        .fetch_all(db.pool())
        .await?;
    let mut earlier = Vec::with_capacity(ids.len());
    for id in &ids {
        earlier.extend(by_id(db, id).await?.map(|t| Earlier {
            id: t.id,
            created_at: t.created_at,
            stands: t.state.stands(),
        }));
    }
    Ok(Some(Card { subject, around, area, language, first_child, code, channels, earlier }))
}

/// An answer as it was sent from the desk.
#[derive(Debug, Clone)]
pub struct NewAnswer<'a> {
    /// From the form's ticket: sent twice, it is stored once.
    pub entry_id: &'a str,
    /// The version of the thread that was on the page.
    pub seen: i64,
    /// The draft that it was written from, or empty.
    pub draft: &'a str,
    /// Who answers.
    pub staff_id: &'a str,
    /// Markdown, checked by [`super::checked_text`].
    pub text: &'a str,
    /// What the household is told; a guest is told nothing.
    pub notice: &'a Notice,
}

/// Stores an answer and puts its notice into the queue, both or neither.
pub async fn answer(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    answer: &NewAnswer<'_>,
    now: i64,
) -> Result<Outcome> {
    let &NewAnswer { entry_id, seen, draft, staff_id, text, notice } = answer;
    let id = &consultation.id;
    let attempt = Attempt {
        id,
        event: Event::Answered { at: now },
        by: By::Clinician,
        staff_id: Some(staff_id),
        seen: Some(seen),
        entry_id: Some(entry_id),
    };
    let mut taken = match step(db, vault, &attempt).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    // A guest may have registered while the answer was written.
    let person = taken.before.person_id.clone();
    let (tx, thread) = taken.entries(now)?;
    thread.staff(tx, entry_id, text).await?;
    use_draft(tx, &thread, staff_id, draft, text).await?;
    if let Some(person) = &person {
        outbox::enqueue_within(db, tx, To::Person(person), notice, crate::clock::Wall::at(now)).await?;
    }
    audit::record(&mut **tx, &format!("staff:{staff_id}"), "answer", id, now).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![EARLIER.to_owned()]
}
