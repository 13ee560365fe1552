//! Who waits, the opened thread, and the answer to it. Every opening is in the audit log.

use super::notes::FORGET_DRAFT;
use super::question::{Writing, hold};
use super::subject::{Subject, stage, subjects};
use super::thread::{BY_ID, Consultation, Entry, entries, urgent};
use crate::audit;
use crate::calendar::Date;
use crate::content::Profession;
use crate::db::Db;
use crate::outbox::{self, Notice};
use crate::segment::SubjectKind;
use crate::vault::Vault;
use anyhow::{Context, Result};
use sqlx::{Any, AssertSqlSafe, Transaction};

/// Who has opened it within this many seconds is shown to others.
const VIEWING_SECONDS: i64 = 5 * 60;
/// So many rows a list shows.
const MOST: i64 = 300;

/// Columns of [`Waiting`]; what is listed comes behind it.
const LIST: &str = "SELECT c.id, c.household_id, c.category, c.profession, c.source, c.language, c.danger_at, c.watched_at, c.asked_at, c.due_at, c.answered_at, c.closed_at, \
    s.kind, s.stage_on, (SELECT MAX(e.created_at) FROM consultation_entries e WHERE e.consultation_id = c.id AND e.author = 'asker') AS written_at \
    FROM consultations c LEFT JOIN subjects s ON s.household_id = c.household_id AND s.slot = c.subject_slot";
/// Waits for an answer or is watched over, of one profession or all (`$1` empty), the most urgent time first.
const WAITING: &str = "WHERE ((c.answered_at IS NULL AND c.closed_at IS NULL) OR c.watched_at IS NOT NULL) AND ($1 = '' OR c.profession = $1) ORDER BY CASE WHEN c.danger_at >= c.asked_at THEN 0 ELSE 1 END, c.due_at, c.asked_at, c.id LIMIT $2";
/// Answered or closed, the newest first.
const DONE: &str =
    "WHERE (c.answered_at IS NOT NULL OR c.closed_at IS NOT NULL) AND ($1 = '' OR c.profession = $1) ORDER BY COALESCE(c.answered_at, c.closed_at) DESC, c.id DESC LIMIT $2";
/// How many were answered since a time.
const ANSWERED: &str = "SELECT COUNT(*) FROM consultations WHERE answered_at >= $1";
/// Names of others who opened it lately.
const VIEWING: &str =
    "SELECT DISTINCT s.name FROM audit a JOIN staff s ON a.actor = 'staff:' || s.id WHERE a.target = $1 AND a.action = 'read' AND a.at > $2 AND s.id <> $3 ORDER BY s.name";
/// A household as the card shows it.
const HOUSEHOLD: &str = "SELECT area, language, first_child, code FROM households WHERE id = $1";
/// Where it is told of answers.
const CHANNELS: &str = "SELECT DISTINCT channel FROM contacts WHERE household_id = $1 AND gone_at IS NULL ORDER BY channel";
/// Its other threads about the same person.
const EARLIER: &str = "SELECT id, category, created_at, answered_at, closed_at FROM consultations WHERE household_id = $1 AND subject_slot = $2 AND category = $3 AND id <> $4 \
    ORDER BY created_at DESC, id DESC LIMIT 20";
/// The newest entry that a person wrote.
const NEWEST: &str = "SELECT id FROM consultation_entries WHERE consultation_id = $1 AND author IN ('asker', 'staff') ORDER BY created_at DESC, id DESC LIMIT 1";
const HAS_ENTRY: &str = "SELECT id FROM consultation_entries WHERE id = $1";
const ANSWERED_NOW: &str = "UPDATE consultations SET answered_at = $2 WHERE id = $1";

crate::db::row! {
/// One line of the desk's list: no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Id.
    pub id: String,
    /// `None`: a guest.
    pub household_id: Option<String>,
    /// [`super::Category::id`].
    pub category: String,
    /// [`Profession::id`].
    pub profession: String,
    /// `article:<slug>`, `letter` or empty.
    pub source: String,
    /// Language of the asker.
    pub language: String,
    /// As in [`Consultation`].
    pub danger_at: Option<i64>,
    /// As in [`Consultation`].
    pub watched_at: Option<i64>,
    /// Since when.
    pub asked_at: i64,
    /// Until when.
    pub due_at: i64,
    /// When it was answered.
    pub answered_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// When the asker last wrote.
    pub written_at: Option<i64>,
    kind: Option<String>,
    stage_on: Option<String>,
}
}

impl Waiting {
    /// Signs of danger were found in what waits, or a clinician called it urgent since the last answer.
    pub fn urgent(&self) -> bool {
        urgent(self.danger_at, self.asked_at, self.answered_at.max(self.closed_at))
    }
    /// Does somebody wait for an answer?
    pub fn waits(&self) -> bool {
        self.answered_at.is_none() && self.closed_at.is_none()
    }
    /// Late, or due within two hours.
    pub fn due_soon(&self, now: i64) -> bool {
        self.due_at - now <= 2 * 3600
    }
    /// The person's stage on a day, if the question is about a subject.
    pub fn stage(&self, day: Date) -> Option<String> {
        let kind = SubjectKind::from_id(self.kind.as_deref()?)?;
        Some(stage(kind, self.stage_on.as_deref()?.parse().ok()?, day)).filter(|s| !s.is_empty())
    }
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Waits for an answer.
    Waiting,
    /// Answered or closed.
    Done,
}

/// A list, of one profession or all.
pub async fn list(db: &Db, which: Which, profession: Option<Profession>) -> Result<Vec<Waiting>> {
    let rest = match which {
        Which::Waiting => WAITING,
        Which::Done => DONE,
    };
    let profession = profession.map_or("", Profession::id);
    Ok(sqlx::query_as(AssertSqlSafe(format!("{LIST} {rest}"))).bind(profession).bind(MOST).fetch_all(db.pool()).await?)
}

/// How many were answered since an instant.
pub async fn answered_since(db: &Db, since: i64) -> Result<i64> {
    Ok(sqlx::query_scalar(ANSWERED).bind(since).fetch_one(db.pool()).await?)
}

async fn by_id(db: &Db, id: &str) -> Result<Option<Consultation>> {
    Ok(sqlx::query_as(BY_ID).bind(id).fetch_optional(db.pool()).await?)
}

/// Opens a thread for a member of staff, which is written to the audit log first. `None`: there is none, or its key was destroyed.
pub async fn read(db: &Db, vault: &Vault, id: &str, staff_id: &str, now: i64) -> Result<Option<(Consultation, Vec<Entry>)>> {
    let Some(consultation) = by_id(db, id).await? else { return Ok(None) };
    audit::record(db.pool(), &format!("staff:{staff_id}"), "read", id, now).await?;
    Ok(entries(db, vault, &consultation).await?.map(|entries| (consultation, entries)))
}

/// Names of others who have opened it in the last five minutes.
pub async fn others_viewing(db: &Db, id: &str, staff_id: &str, now: i64) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(VIEWING).bind(id).bind(now - VIEWING_SECONDS).bind(staff_id).fetch_all(db.pool()).await?)
}

/// Who asks, as far as it matters for the answer: the person it is about, never the whole household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The chosen subject; `None` for questions about oneself.
    pub subject: Option<Subject>,
    /// For questions about oneself: the household's subjects, the stopped ones too. To whom a child was born, or was lost, matters.
    pub around: Vec<Subject>,
    /// Area id, or empty.
    pub area: String,
    /// Language code.
    pub language: String,
    /// `yes`, `no` or empty.
    pub first_child: String,
    /// The flyer's code it came by, or empty.
    pub code: String,
    /// Channels on which it is told of answers.
    pub channels: Vec<String>,
    /// Other threads about the same person, the newest first.
    pub earlier: Vec<Earlier>,
}

crate::db::row! {
/// Another thread about the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Id.
    pub id: String,
    /// What it is about.
    pub category: String,
    /// When it began.
    pub created_at: i64,
    /// When it was answered.
    pub answered_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
}
}

/// The card of a household's consultation; `None` for guests.
pub async fn card(db: &Db, consultation: &Consultation) -> Result<Option<Card>> {
    let Some(household) = &consultation.household_id else { return Ok(None) };
    let row: Option<(String, String, String, String)> = sqlx::query_as(HOUSEHOLD).bind(household).fetch_optional(db.pool()).await?;
    let Some((area, language, first_child, code)) = row else { return Ok(None) };
    let mut around = subjects(db, household).await?;
    let subject = around.iter().position(|s| s.slot == consultation.subject_slot).map(|n| around.remove(n));
    if subject.is_some() {
        around.clear();
    }
    let channels = sqlx::query_scalar(CHANNELS).bind(household).fetch_all(db.pool()).await?;
    let earlier = sqlx::query_as(EARLIER).bind(household).bind(&consultation.subject_slot).bind(&consultation.category).bind(&consultation.id).fetch_all(db.pool()).await?;
    Ok(Some(Card { subject, around, area, language, first_child, code, channels, earlier }))
}

/// An answer as it was sent from the desk.
#[derive(Debug, Clone)]
pub struct NewAnswer<'a> {
    /// From the form's ticket: sent twice, it is stored once.
    pub entry_id: &'a str,
    /// The newest entry that the writer had seen.
    pub seen: &'a str,
    /// Who answers.
    pub staff_id: &'a str,
    /// Markdown, checked by [`super::checked_text`].
    pub text: &'a str,
    /// What the household is told; a guest is told nothing.
    pub notice: &'a Notice,
}

/// Stores an answer and puts its notice into the queue, both or neither; false when somebody wrote meanwhile (another answer, or the asker) or a
/// guest has registered: then nothing is stored.
pub async fn answer(db: &Db, vault: &Vault, consultation: &Consultation, answer: &NewAnswer<'_>, now: i64) -> Result<bool> {
    let key = vault.key(&consultation.key_owner).await?.context("この相談の鍵は、もうありません")?;
    let id = &consultation.id;
    let mut tx = db.write().await?;
    if !hold(&mut tx, consultation).await? {
        return Ok(false);
    }
    if sqlx::query_scalar::<_, String>(HAS_ENTRY).bind(answer.entry_id).fetch_optional(&mut *tx).await?.is_some() {
        return Ok(true);
    }
    if newest(&mut tx, id).await?.as_deref() != Some(answer.seen) {
        return Ok(false);
    }
    Writing { id, key: &key, at: now }.staff(&mut tx, answer.entry_id, answer.staff_id, answer.text).await?;
    sqlx::query(ANSWERED_NOW).bind(id).bind(now).execute(&mut *tx).await?;
    sqlx::query(FORGET_DRAFT).bind(id).bind(answer.staff_id).execute(&mut *tx).await?;
    if let Some(household) = &consultation.household_id {
        outbox::enqueue_within(&mut tx, household, answer.notice, crate::calendar::Wall::at(now)).await?;
    }
    audit::record(&mut *tx, &format!("staff:{}", answer.staff_id), "answer", id, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// The newest entry that a person wrote for the other to read.
pub(super) async fn newest(tx: &mut Transaction<'static, Any>, id: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(NEWEST).bind(id).fetch_optional(&mut **tx).await?)
}
