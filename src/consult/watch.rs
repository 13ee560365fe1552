//! Signs of danger in a thread: it is watched over from the first one on, until a clinician ends it. Which signs is
//! sealed like every word.

use super::found::Found;
use super::state::{By, Event, Tag};
use super::step::{Attempt, Outcome, Step, step};
use super::thread::{Author, BODY, Consultation, Entry, Milestone};
use super::writing::{Note, Writing};
use crate::audit;
use crate::danger::{Danger, Stage};
use crate::db::Db;
use crate::vault::{Erased, Vault};
use anyhow::Result;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Transaction};
use std::collections::{BTreeSet, HashMap};

/// Every mark that a thread ever had.
const MARKS: &str = "SELECT body, created_at FROM consultation_entries WHERE consultation_id = $1 AND author = 'mark'";
/// What was tapped before the question was sent: for the desk alone, never on the asker's page.
const TAPS: &str = "SELECT body FROM consultation_entries WHERE consultation_id = $1 AND author = 'tap'";
/// As a tap is stored that says that nothing fits.
const NONE: &str = "none";
/// In a mark that a clinician made.
const CALLED: &str = "called";

/// The marks and taps of a household's threads that are watched over, with whose key opens each.
const HOUSEHOLDS: &str = "SELECT c.key_owner, e.body FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id \
    WHERE c.household_id = $1 AND c.alarm <> 'silent' AND e.author IN ('mark', 'tap') AND e.created_at >= c.watched_at";
/// The same of one person's.
const PERSONS: &str = "SELECT c.key_owner, e.body FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id \
    WHERE c.person_id = $1 AND c.alarm <> 'silent' AND e.author IN ('mark', 'tap') AND e.created_at >= c.watched_at";
const ANY_OF_HOUSEHOLD: &str = "SELECT COUNT(*) FROM consultations WHERE household_id = $1 AND alarm <> 'silent'";
/// The same of a guest's thread.
const GUESTS: &str = "SELECT c.key_owner, e.body FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id \
    WHERE c.id = $1 AND e.author IN ('mark', 'tap') AND e.created_at >= c.watched_at";

fn write(dangers: &BTreeSet<Danger>) -> String {
    dangers.iter().map(|d| d.id()).collect::<Vec<_>>().join(" ")
}
fn read(text: &str) -> impl Iterator<Item = Danger> {
    text.split(' ').filter_map(Danger::from_id)
}

/// Notes what was found in a text just now; nothing found is nothing noted.
pub(super) async fn note_found(
    tx: &mut Transaction<'static, Any>,
    thread: &Writing<'_>,
    dangers: &BTreeSet<Danger>,
) -> Result<()> {
    if dangers.is_empty() { Ok(()) } else { mark(tx, thread, &write(dangers)).await }
}

async fn mark(tx: &mut Transaction<'static, Any>, thread: &Writing<'_>, mark: &str) -> Result<()> {
    thread.note(tx, Note::Mark, mark).await?;
    thread.milestone(tx, Milestone::DangerShown).await
}

/// Notes what was tapped; 「どれもない」 is an empty set. In danger the thread is urgent, but nothing of it is shown to
/// the asker again: somebody else may read the page.
pub(super) async fn note_taps(
    tx: &mut Transaction<'static, Any>,
    thread: &Writing<'_>,
    tapped: Option<&BTreeSet<Danger>>,
) -> Result<()> {
    let Some(tapped) = tapped else { return Ok(()) };
    thread.note(tx, Note::Tap, &if tapped.is_empty() { NONE.to_owned() } else { write(tapped) }).await
}

/// What was tapped in a thread: `None` where nothing was, an empty set for 「どれもない」. For the desk.
pub async fn tapped(db: &Db, vault: &Vault, consultation: &Consultation) -> Result<Option<BTreeSet<Danger>>> {
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(None) };
    let taps: Vec<String> = sqlx::query_scalar(TAPS).bind(&consultation.id).fetch_all(db.pool()).await?;
    let mut tapped = None;
    for body in taps {
        tapped.get_or_insert_with(BTreeSet::new).extend(read(&key.open(BODY, &body)?));
    }
    Ok(tapped)
}

/// What a clinician does to the alarm of a thread.
#[derive(Debug, Clone, Copy)]
pub struct Alarming<'a> {
    /// Who.
    pub staff_id: &'a str,
    /// The version of the thread that was on the page.
    pub seen: i64,
}

impl Alarming<'_> {
    fn attempt<'a>(&'a self, thread: &'a Consultation, event: Event) -> Attempt<'a> {
        Attempt {
            id: &thread.id,
            event,
            by: By::Clinician,
            staff_id: Some(self.staff_id),
            seen: Some(self.seen),
            entry_id: None,
        }
    }
}

/// A clinician calls a thread urgent, for `danger` or for what was found in it before: it goes to the top, and the
/// asker sees whom to ring.
pub async fn raise(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    danger: Option<Danger>,
    by: Alarming<'_>,
    now: i64,
) -> Result<Outcome> {
    let mut taken = match step(db, vault, &by.attempt(consultation, Event::Raised { at: now })).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    let (tx, thread) = taken.entries(now)?;
    let mut dangers: BTreeSet<Danger> = danger.into_iter().collect();
    if dangers.is_empty() {
        for (body, _) in sqlx::query_as::<_, (String, i64)>(MARKS).bind(thread.id).fetch_all(&mut **tx).await? {
            dangers.extend(read(&thread.key.open(BODY, &body)?));
        }
    }
    // What was only tapped stays off the asker's page this time, too.
    let mut tapped = BTreeSet::new();
    if dangers.is_empty() {
        for body in sqlx::query_scalar::<_, String>(TAPS).bind(thread.id).fetch_all(&mut **tx).await? {
            tapped.extend(read(&thread.key.open(BODY, &body)?));
        }
        if tapped.is_empty() {
            dangers.insert(Danger::OtherSick);
        }
    }
    if !dangers.is_empty() {
        mark(tx, &thread, &format!("{} {CALLED}", write(&dangers))).await?;
    }
    note_taps(tx, &thread, Some(&tapped).filter(|t| !t.is_empty())).await?;
    dangers.extend(tapped);
    let kinds = dangers.iter().map(|d| d.title()).collect::<Vec<_>>().join("、");
    thread.note(tx, Note::Memo, &format!("急ぎにしました（{kinds}）")).await?;
    audit::record(&mut **tx, &format!("staff:{}", by.staff_id), "urgent_on", &consultation.id, now).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}

/// A clinician ends the watch (or takes a false alarm back): the asker's telephone numbers go, too.
pub async fn calm(db: &Db, vault: &Vault, consultation: &Consultation, by: Alarming<'_>, now: i64) -> Result<Outcome> {
    let mut taken = match step(db, vault, &by.attempt(consultation, Event::Calmed)).await? {
        Step::Taken(taken) => taken,
        Step::Not(outcome) => return Ok(outcome),
    };
    let (action, memo) = match taken.before.state.tag() {
        Tag::Urgent => ("urgent_off", "急ぎを外しました"),
        Tag::Watched | Tag::None => ("watch_end", "見守りを終えました"),
    };
    let (tx, thread) = taken.entries(now)?;
    thread.note(tx, Note::Memo, memo).await?;
    audit::record(&mut **tx, &format!("staff:{}", by.staff_id), action, &consultation.id, now).await?;
    taken.tx.commit().await?;
    Ok(Outcome::Done)
}

/// What is found in a thread of this matter: while it is watched over, in everything that was written since and in what
/// clinicians called it; a loss always.
pub async fn found_in(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    stage: Stage,
    entries: &[Entry],
) -> Result<Found> {
    let asked = || entries.iter().filter(|e| e.author == Author::Asker);
    let watched = consultation.state.alarm.since();
    let since = watched.unwrap_or(i64::MAX);
    let mut found = Found::in_thread(asked().map(|e| (e.text.as_str(), e.created_at >= since)), stage);
    if watched.is_none() {
        return Ok(found);
    }
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(found) };
    for (body, at) in sqlx::query_as::<_, (String, i64)>(MARKS).bind(&consultation.id).fetch_all(db.pool()).await? {
        if at >= since {
            let mark = key.open(BODY, &body)?;
            found.dangers.extend(read(&mark));
            if mark.split(' ').any(|word| word == CALLED) {
                found.called.extend(read(&mark));
            }
        }
    }
    Ok(found)
}

/// The marks of some threads that are watched over, with whose key seals them.
pub(super) fn marks_sql(db: &Db, threads: usize) -> String {
    format!(
        "SELECT c.id, c.key_owner, e.body FROM consultations c JOIN consultation_entries e ON e.consultation_id = c.id \
          WHERE c.alarm <> 'silent' AND e.author IN ('mark', 'tap') AND e.created_at >= c.watched_at AND c.id IN {}",
        db.values(1, threads, 1)
    )
}

/// What is found and tapped in each of these threads, by id, for the desk's list; no word of anybody is opened for it.
pub(super) async fn marks_of(db: &Db, vault: &Vault, threads: &[&str]) -> Result<HashMap<String, BTreeSet<Danger>>> {
    let mut found: HashMap<String, BTreeSet<Danger>> = HashMap::new();
    for some in threads.chunks(200) {
        let mut query = sqlx::query_as::<_, (String, String, String)>(AssertSqlSafe(marks_sql(db, some.len())));
        for id in some {
            query = query.bind((*id).to_owned());
        }
        let marks = query.fetch_all(db.pool()).await?;
        let owners: BTreeSet<String> = marks.iter().map(|(_, owner, _)| owner.clone()).collect();
        let keys = vault.keys(&owners.into_iter().collect::<Vec<_>>()).await?;
        for (id, owner, body) in marks {
            if let Some(key) = keys.get(&owner) {
                found.entry(id).or_default().extend(read(&key.open(BODY, &body)?));
            }
        }
    }
    Ok(found)
}

/// Does a household have a thread under watch?
pub async fn under_watch(db: &Db, household_id: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(ANY_OF_HOUSEHOLD).bind(household_id).fetch_one(db.pool()).await? > 0)
}

/// Which dangers were found in the threads of whoever is to be erased that are watched over, as marks write them: for
/// what is noted then. Empty where there are none, or where the keys are gone already.
pub async fn kinds_under_watch(tx: &mut AnyConnection, vault: &Vault, whom: &Erased) -> Result<String> {
    let of: Vec<(&str, &String)> = match &whom.household {
        Some(household) => vec![(HOUSEHOLDS, household)],
        None => whom.persons.iter().map(|person| (PERSONS, person)).collect(),
    };
    let mut marks = Vec::new();
    for (sql, id) in of {
        marks.extend(sqlx::query_as::<_, (String, String)>(sql).bind(id).fetch_all(&mut *tx).await?);
    }
    kinds(vault, &marks).await
}

/// The same of a guest's thread, in the transaction that erases it.
pub(super) async fn kinds_of_guest(tx: &mut AnyConnection, vault: &Vault, id: &str) -> Result<String> {
    let marks: Vec<(String, String)> = sqlx::query_as(GUESTS).bind(id).fetch_all(tx).await?;
    kinds(vault, &marks).await
}

async fn kinds(vault: &Vault, marks: &[(String, String)]) -> Result<String> {
    let owners: BTreeSet<&String> = marks.iter().map(|(owner, _)| owner).collect();
    // A key that cannot be found does not stand in the way of an erasure.
    let keys = vault.keys(&owners.into_iter().cloned().collect::<Vec<_>>()).await?;
    let mut dangers = BTreeSet::new();
    for (owner, body) in marks {
        if let Some(key) = keys.get(owner) {
            dangers.extend(read(&key.open(BODY, body)?));
        }
    }
    Ok(write(&dangers))
}

/// What is left of threads under watch that were erased since an instant, the newest first: when, and which dangers.
/// Nothing else is known of them.
pub async fn erased_watches(db: &Db, since: i64) -> Result<Vec<(i64, Vec<Danger>)>> {
    let erased = audit::erased_watches(db.pool(), since).await?;
    Ok(erased.into_iter().map(|e| (e.erased_at, read(&e.kinds).collect())).collect())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [MARKS, TAPS, HOUSEHOLDS, PERSONS, ANY_OF_HOUSEHOLD, GUESTS].map(str::to_owned).into()
}
