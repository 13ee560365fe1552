//! What somebody asks in, a stored thread out: sealed, on time, once.

use super::about::about;
use super::category::Category;
use super::source::Source;
use super::state::{Event, Kind, State};
use super::step::{Attempt, Outcome, Step, step};
use super::subject::subjects;
use super::thread::{Consultation, Milestone, OF_PERSON, TOKEN, ThreadSummary};
use super::watch;
use super::writing::Writing;
use crate::calendar::{DeskHours, Zoned};
use crate::contact::{self, Member};
use crate::danger::{self, About, Danger, Stage};
use crate::db::Db;
use crate::household;
use crate::vault::{Vault, new_id, token_hash};
use anyhow::{Context, Result};
use std::collections::{BTreeSet, HashMap};

/// Is there one of this token already?
const EXISTS: &str = "SELECT id FROM consultations WHERE token_hash = $1";
/// A new thread; nothing happens when its form was sent before.
const INSERT: &str = "INSERT INTO consultations (id, token_hash, token, key_owner, household_id, person_id, category, \
    subject_slot, profession, source, language, consent_version, \
    crowd, created_at, version, turn, alarm, asked_at, due_at, danger_at, watched_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $17, $18, $19, $20) ON CONFLICT \
    (token_hash) DO NOTHING";
/// The links of a person's threads, sealed, and whose key opens each; the newest question first.
const LINKS: &str =
    "SELECT id, token, key_owner FROM consultations WHERE person_id = $1 ORDER BY asked_at DESC, id DESC";

/// A question as it was confirmed.
#[derive(Debug, Clone)]
pub struct NewQuestion<'a> {
    /// Made when the confirmation page was: the same page sent twice is one question.
    pub token: &'a str,
    /// Who asks, if somebody is recognised; else a guest.
    pub asker: Option<&'a Member>,
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
    /// The version of the thread that was on the page.
    pub seen: i64,
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
    let (owner, key) = match question.asker {
        Some(Member { person_id, .. }) => {
            let (owner, _) = contact::key_owner(db, person_id).await?.context("この人は、もう登録されていません")?;
            let key = vault.key(&owner).await?.context("この人の鍵は、もうありません")?;
            (owner, key)
        }
        None => (id.clone(), vault.create_key(&id).await?),
    };
    let (at, due) = (now.timestamp().as_second(), desk.due(now).timestamp().as_second());
    let found = danger::dangers(question.text, &question.stage.into());
    let in_danger = !found.is_empty() || question.tapped.is_some_and(|t| !t.is_empty());
    let state = State::asked(at, due, in_danger, question.asker.is_some()).columns();

    let household = question.asker.map(|member| member.household_id.as_str());
    let own = match household {
        Some(household) => household::language(db, household).await?,
        None => None,
    };
    let language = own.as_deref().unwrap_or(question.language);

    let mut tx = db.write().await?;
    let stored = sqlx::query(INSERT)
        .bind(&id)
        .bind(&hash)
        .bind(key.seal(TOKEN, question.token)?)
        .bind(owner)
        .bind(household)
        .bind(question.asker.map(|member| &member.person_id))
        .bind(question.category.id())
        .bind(question.subject_slot)
        .bind(question.source.profession(question.category).id())
        .bind(&question.source.id)
        .bind(language)
        .bind(question.consent_version)
        .bind(question.crowd)
        .bind(at)
        .bind(state.turn)
        .bind(state.alarm)
        .bind(state.asked_at)
        .bind(state.due_at)
        .bind(state.danger_at)
        .bind(state.watched_at)
        .execute(&mut *tx)
        .await?;
    if stored.rows_affected() == 0 {
        // Another request with the same form was faster; a guest's key that seals nothing is thrown away.
        tx.rollback().await?;
        if question.asker.is_none() {
            vault.destroy(&id).await?;
        }
        return Ok(());
    }
    let thread = Writing { id: &id, key: &key, staff_id: None, at, version: 1, event: Some(Kind::Written) };
    thread.asker(&mut tx, &new_id(), question.text).await?;
    watch::note_found(&mut tx, &thread, &found).await?;
    watch::note_taps(&mut tx, &thread, question.tapped).await?;
    thread.milestone(&mut tx, Milestone::Received(due)).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds to a thread and lets it wait for an answer (again), whatever was done to it since the asker's page was made.
pub async fn follow_up(
    db: &Db,
    vault: &Vault,
    desk: &DeskHours,
    consultation: &Consultation,
    more: &More<'_>,
    now: &Zoned,
) -> Result<Outcome> {
    let More { entry_id, seen, text, about, tapped } = *more;
    let (at, due_at) = (now.timestamp().as_second(), desk.due(now).timestamp().as_second());
    let found = danger::dangers(text, about);
    let in_danger = !found.is_empty() || tapped.is_some_and(|t| !t.is_empty());
    let event = Event::Written { at, due_at, danger: in_danger };
    let attempt = Attempt {
        id: &consultation.id,
        event,
        by: consultation.asker(),
        staff_id: None,
        seen: Some(seen),
        entry_id: Some(entry_id),
    };
    let mut taken = match step(db, vault, &attempt).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    let due_at = taken.state.due_at;
    let (tx, thread) = taken.entries(at)?;
    thread.asker(tx, entry_id, text).await?;
    watch::note_found(tx, &thread, &found).await?;
    watch::note_taps(tx, &thread, tapped).await?;
    thread.milestone(tx, Milestone::Received(due_at)).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}

/// The threads of a person for its own page, the newest question first: nobody else of the household sees them. Those
/// whose key is gone are none.
pub async fn of_person(db: &Db, vault: &Vault, person_id: &str) -> Result<Vec<ThreadSummary>> {
    let links: Vec<(String, String, String)> = sqlx::query_as(LINKS).bind(person_id).fetch_all(db.pool()).await?;
    let owners: BTreeSet<&String> = links.iter().map(|(.., owner)| owner).collect();
    let keys = vault.keys(&owners.into_iter().cloned().collect::<Vec<_>>()).await?;
    let threads: Vec<Consultation> = sqlx::query_as(OF_PERSON).bind(person_id).fetch_all(db.pool()).await?;
    let subjects = match threads.iter().find_map(|t| t.household_id.as_ref()) {
        Some(household) => subjects(db, household).await?,
        None => Vec::new(),
    };
    let mut threads: HashMap<String, Consultation> = threads.into_iter().map(|t| (t.id.clone(), t)).collect();
    let summary = |(id, token, owner): (String, String, String)| {
        let (thread, key) = (threads.remove(&id)?, keys.get(&owner)?);
        let title = about(thread.category(), &thread.subject_slot, &subjects).title().to_owned();
        Some(key.open(TOKEN, &token).map(|token| ThreadSummary {
            token,
            title,
            created_at: thread.created_at,
            stands: thread.state.stands(),
        }))
    };
    links.into_iter().filter_map(summary).collect()
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [EXISTS, INSERT, LINKS].map(str::to_owned).into()
}
