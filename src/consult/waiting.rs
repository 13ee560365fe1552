//! Who waits, in pages without a silent end: what is urgent, what waits, what is watched over, and what came in crowds.

use super::state::{Columns, Stands, State, Tag};
use super::thread::BODY;
use super::watch::marks_of;
use crate::audit;
use crate::calendar::Date;
use crate::content::Profession;
use crate::danger::Danger;
use crate::db::Db;
use crate::household;
use crate::segment::SubjectKind;
use crate::vault::Vault;
use anyhow::Result;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, FromRow, Row as _};
use std::collections::{BTreeSet, HashMap};

/// So many rows a page of a list shows.
pub const PAGE: usize = 50;
/// So many urgent threads are put in the order of their danger (which is sealed); any more follow behind them, by time.
const RANKED: i64 = 1000;
/// So many letters of somebody's words the list shows.
const FIRST_LETTERS: usize = 28;
/// Who has seen the first words of a thread is written down again after this many seconds.
const GLANCE_SECONDS: i64 = 3600;

/// Columns of [`Waiting`]; what is listed comes behind it.
const LIST: &str = "SELECT c.id, c.household_id, c.category, c.profession, c.source, c.language, c.turn, c.alarm, \
    c.asked_at, c.due_at, c.answered_at, c.closed_at, c.danger_at, \
    c.watched_at, c.surveyed_answer_at, c.subject_slot, \
    (SELECT MAX(e.created_at) FROM consultation_entries e WHERE e.consultation_id = c.id AND e.author = 'asker') AS \
    written_at \
    FROM consultations c";
/// Nobody has answered or closed it.
const WAITS: &str = "c.turn = 'waiting'";
/// A danger that is still nobody's.
const URGENT: &str = "c.alarm = 'urgent'";
/// Watched over, whether that is answered or not.
const WATCHED: &str = "c.alarm <> 'silent'";
/// Answered or closed.
const DONE: &str = "c.turn <> 'waiting'";
/// Of one profession or all.
const OF: &str = "($1 = '' OR c.profession = $1)";

/// $1 profession or empty, $2 most, $3 from.
fn urgent_sql() -> String {
    format!("{LIST} WHERE {URGENT} AND c.crowd = '' AND {OF} ORDER BY c.danger_at DESC, c.id DESC LIMIT $2 OFFSET $3")
}
/// What waits, the nearest to its time first; then what is watched over, the newest first. $1 profession or empty, $2
/// most, $3 from.
fn rest_sql() -> String {
    format!(
        "{LIST} WHERE ({WAITS} OR {WATCHED}) AND NOT ({URGENT}) AND c.crowd = '' AND {OF} \
          ORDER BY CASE WHEN {WAITS} THEN 0 ELSE 1 END, CASE WHEN {WAITS} THEN c.due_at ELSE -c.watched_at END, \
          c.asked_at, c.id LIMIT $2 OFFSET $3"
    )
}
/// A crowd, what is urgent first, the newest first. $1 profession or empty, $2 most, $3 from, $4 crowd.
fn crowd_sql() -> String {
    format!(
        "{LIST} WHERE ({WAITS} OR {WATCHED}) AND c.crowd = $4 AND {OF} \
          ORDER BY CASE WHEN {URGENT} THEN 0 ELSE 1 END, c.asked_at DESC, c.id DESC LIMIT $2 OFFSET $3"
    )
}
/// Answered or closed, the newest first. $1 profession or empty, $2 most, $3 from.
fn done_sql() -> String {
    format!(
        "{LIST} WHERE {DONE} AND {OF} ORDER BY COALESCE(c.answered_at, c.closed_at) DESC, c.id DESC LIMIT $2 OFFSET $3"
    )
}
/// By profession and crowd: urgent, waiting, of these soon due, watched over, the newest danger, the newest word. $1
/// until when is soon.
fn counts_sql() -> String {
    let sum = |what: &str| format!("CAST(SUM(CASE WHEN {what} THEN 1 ELSE 0 END) AS BIGINT)");
    let (waits, watched) =
        (format!("{WAITS} AND NOT ({URGENT})"), format!("{WATCHED} AND NOT ({WAITS}) AND NOT ({URGENT})"));
    format!(
        "SELECT c.profession, c.crowd, {}, {}, {}, {}, COALESCE(MAX(CASE WHEN {URGENT} THEN c.danger_at END), 0), \
         MAX(c.asked_at) \
           FROM consultations c WHERE {WAITS} OR {WATCHED} GROUP BY c.profession, c.crowd",
        sum(URGENT),
        sum(&waits),
        sum(&format!("{waits} AND c.due_at <= $1")),
        sum(&watched)
    )
}
/// $1 profession or empty.
fn done_count_sql() -> String {
    format!("SELECT COUNT(*) FROM consultations c WHERE {DONE} AND {OF}")
}
/// How many were answered since a time.
const ANSWERED: &str = "SELECT COUNT(*) FROM consultations WHERE answered_at >= $1";

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
    /// Where it stands.
    pub state: State,
    /// When the asker last wrote.
    pub written_at: Option<i64>,
    subject_slot: String,
    /// What is known of the subject that it is about.
    subject: Option<(SubjectKind, Date)>,
}

impl<'r> FromRow<'r, AnyRow> for Waiting {
    fn from_row(row: &'r AnyRow) -> sqlx::Result<Self> {
        let household_id: Option<String> = row.try_get("household_id")?;
        Ok(Self {
            id: row.try_get("id")?,
            category: row.try_get("category")?,
            profession: row.try_get("profession")?,
            source: row.try_get("source")?,
            language: row.try_get("language")?,
            state: State::stored(&Columns::from_row(row)?, household_id.is_some()),
            written_at: row.try_get("written_at")?,
            subject_slot: row.try_get("subject_slot")?,
            subject: None,
            household_id,
        })
    }
}

/// Under which heading of the list of those who wait a thread stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// 急ぎ
    Urgent,
    /// まもなく期限: late, or due within two hours.
    Soon,
    /// 待っている
    Waits,
    /// 見守り: answered or closed, and still watched over.
    Watched,
}

impl Waiting {
    /// Its heading at an instant.
    pub fn heading(&self, now: i64) -> Heading {
        match (self.state.tag(), self.state.stands()) {
            (Tag::Urgent, _) => Heading::Urgent,
            (Tag::None | Tag::Watched, Stands::Waits { due_at }) if due_at - now <= SOON_SECONDS => Heading::Soon,
            (Tag::None | Tag::Watched, Stands::Waits { .. }) => Heading::Waits,
            (Tag::None | Tag::Watched, Stands::Answered { .. } | Stands::Over { .. }) => Heading::Watched,
        }
    }
    /// The person's stage on a day, if the question is about a subject.
    pub fn stage(&self, day: Date) -> Option<String> {
        let (kind, on) = self.subject?;
        Some(super::subject::stage(kind, on, day)).filter(|s| !s.is_empty())
    }
}

/// What is due within this time is marked.
const SOON_SECONDS: i64 = 2 * 3600;

/// Which list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Waits for an answer, or is watched over.
    Waiting,
    /// Came from one source when more had come from there than people write.
    Crowd(String),
    /// Answered or closed.
    Done,
}

/// How much there is of one kind, whatever page is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// A danger that nobody has answered.
    pub urgent: usize,
    /// Waits for an answer.
    pub waiting: usize,
    /// Of these, late or due soon.
    pub soon: usize,
    /// Answered, and still watched over.
    pub watched: usize,
    /// When the newest danger was found; 0: none.
    pub newest_danger_at: i64,
    /// When somebody last asked.
    pub newest_at: i64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.urgent += other.urgent;
        self.waiting += other.waiting;
        self.soon += other.soon;
        self.watched += other.watched;
        self.newest_danger_at = self.newest_danger_at.max(other.newest_danger_at);
        self.newest_at = self.newest_at.max(other.newest_at);
    }
    /// All that is listed.
    pub fn all(&self) -> usize {
        self.urgent + self.waiting + self.watched
    }
}

/// What is open, in all.
#[derive(Debug, Clone, Default)]
pub struct Open {
    /// What is listed first, by profession.
    pub of: HashMap<String, Counts>,
    /// What came in crowds: crowd, profession, how much.
    crowded: Vec<(String, String, Counts)>,
}

impl Open {
    /// Of one profession or all.
    pub fn counts(&self, profession: Option<Profession>) -> Counts {
        let mut sum = Counts::default();
        for (_, counts) in self.of.iter().filter(|(id, _)| profession.is_none_or(|p| p.id() == id.as_str())) {
            sum.add(counts);
        }
        sum
    }
    /// The crowds of one profession or all, the newest danger first.
    pub fn crowds(&self, profession: Option<Profession>) -> Vec<(String, Counts)> {
        let mut crowds: Vec<(String, Counts)> = Vec::new();
        for (crowd, _, counts) in
            self.crowded.iter().filter(|(_, id, _)| profession.is_none_or(|p| p.id() == id.as_str()))
        {
            match crowds.iter_mut().find(|(id, _)| id == crowd) {
                Some((_, sum)) => sum.add(counts),
                None => crowds.push((crowd.clone(), counts.clone())),
            }
        }
        crowds
            .sort_by_key(|(id, c)| (std::cmp::Reverse(c.newest_danger_at), std::cmp::Reverse(c.newest_at), id.clone()));
        crowds
    }
    /// How much is urgent, in crowds or not.
    pub fn urgent(&self, profession: Option<Profession>) -> usize {
        self.counts(profession).urgent + self.crowds(profession).iter().map(|(_, c)| c.urgent).sum::<usize>()
    }
    /// When the newest danger of all was found; 0: none.
    pub fn newest_danger_at(&self) -> i64 {
        self.of.values().chain(self.crowded.iter().map(|(_, _, c)| c)).map(|c| c.newest_danger_at).max().unwrap_or(0)
    }
}

/// How much is open, for all professions: what is urgent is everybody's matter.
pub async fn open(db: &Db, now: i64) -> Result<Open> {
    type Row = (String, String, i64, i64, i64, i64, i64, i64);
    let rows: Vec<Row> =
        sqlx::query_as(AssertSqlSafe(counts_sql())).bind(now + SOON_SECONDS).fetch_all(db.pool()).await?;
    let mut open = Open::default();
    for (of, crowd, urgent, waiting, soon, watched, newest_danger_at, newest_at) in rows {
        let count = |n: i64| usize::try_from(n).unwrap_or(0);
        let counts = Counts {
            urgent: count(urgent),
            waiting: count(waiting),
            soon: count(soon),
            watched: count(watched),
            newest_danger_at,
            newest_at,
        };
        if crowd.is_empty() {
            open.of.entry(of).or_default().add(&counts);
        } else {
            open.crowded.push((crowd, of, counts));
        }
    }
    Ok(open)
}

/// One page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its rows, in order; what is urgent stands before the rest.
    pub rows: Vec<Waiting>,
    /// The newest danger, where it is not among the rows.
    pub newest: Option<Waiting>,
    /// What was found in the rows that are watched over.
    pub found: HashMap<String, BTreeSet<Danger>>,
}

/// The page `number` (from 0) of a list, of one profession or all.
pub async fn page(
    db: &Db,
    vault: &Vault,
    which: &Which,
    profession: Option<Profession>,
    number: usize,
) -> Result<Page> {
    let profession = profession.map_or("", Profession::id);
    let from = number.saturating_mul(PAGE);
    let mut page = Page::default();
    match which {
        Which::Done => page.rows = rows(db, &done_sql(), profession, PAGE, from, None).await?,
        Which::Crowd(crowd) => page.rows = rows(db, &crowd_sql(), profession, PAGE, from, Some(crowd)).await?,
        Which::Waiting => {
            let mut urgent = rows(db, &urgent_sql(), profession, RANKED as usize, 0, None).await?;
            let newest = urgent.first().cloned();
            let ids: Vec<&str> = urgent.iter().map(|w| w.id.as_str()).collect();
            page.found = marks_of(db, vault, &ids).await?;
            urgent.sort_by_key(|w| (nearest(&page.found, &w.id), w.state.asked_at));
            let ranked = urgent.len();
            page.rows = urgent.into_iter().skip(from).take(PAGE).collect();
            if ranked >= RANKED as usize && page.rows.len() < PAGE {
                // More than are ranked: the older ones follow.
                let behind = from.max(ranked);
                page.rows.extend(rows(db, &urgent_sql(), profession, PAGE - page.rows.len(), behind, None).await?);
            }
            if page.rows.len() < PAGE {
                let urgent: usize = count(db, profession).await?;
                page.rows.extend(
                    rows(db, &rest_sql(), profession, PAGE - page.rows.len(), from.saturating_sub(urgent), None)
                        .await?,
                );
            }
            page.newest = newest.filter(|n| page.rows.iter().all(|w| w.id != n.id));
        }
    }
    with_subjects(db, page.rows.iter_mut().chain(&mut page.newest)).await?;
    let unknown: Vec<&str> = page
        .rows
        .iter()
        .filter(|w| w.state.tag() != Tag::None && !page.found.contains_key(&w.id))
        .map(|w| w.id.as_str())
        .collect();
    let more = marks_of(db, vault, &unknown).await?;
    page.found.extend(more);
    Ok(page)
}

/// Asks the households whom the threads are about, in one question for all.
async fn with_subjects(db: &Db, rows: impl Iterator<Item = &mut Waiting>) -> Result<()> {
    let rows: Vec<&mut Waiting> = rows.filter(|w| !w.subject_slot.is_empty()).collect();
    let households: BTreeSet<&str> = rows.iter().filter_map(|w| w.household_id.as_deref()).collect();
    let stages = household::stages(db, &households.into_iter().collect::<Vec<_>>()).await?;
    for row in rows {
        let Some(household) = &row.household_id else { continue };
        row.subject = stages.get(&(household.clone(), row.subject_slot.clone())).copied();
    }
    Ok(())
}

/// $1 profession or empty.
fn count_sql() -> String {
    format!("SELECT COUNT(*) FROM consultations c WHERE {URGENT} AND c.crowd = '' AND {OF}")
}
/// How many are urgent and not of a crowd.
async fn count(db: &Db, profession: &str) -> Result<usize> {
    let n: i64 = sqlx::query_scalar(AssertSqlSafe(count_sql())).bind(profession).fetch_one(db.pool()).await?;
    Ok(usize::try_from(n).unwrap_or(0))
}

async fn rows(
    db: &Db,
    sql: &str,
    profession: &str,
    most: usize,
    from: usize,
    crowd: Option<&str>,
) -> Result<Vec<Waiting>> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let query =
        sqlx::query_as(AssertSqlSafe(sql.to_owned())).bind(profession.to_owned()).bind(number(most)).bind(number(from));
    Ok(match crowd {
        Some(crowd) => query.bind(crowd.to_owned()),
        None => query,
    }
    .fetch_all(db.pool())
    .await?)
}

/// A matter of life, and the worst that was found; what nothing is known of comes last.
fn nearest(found: &HashMap<String, BTreeSet<Danger>>, id: &str) -> (bool, bool, Option<Danger>) {
    let worst = found.get(id).and_then(|d| d.first().copied());
    (!worst.is_some_and(Danger::life), worst.is_none(), worst)
}

/// How many were answered or closed.
pub async fn done(db: &Db, profession: Option<Profession>) -> Result<usize> {
    let n: i64 = sqlx::query_scalar(AssertSqlSafe(done_count_sql()))
        .bind(profession.map_or("", Profession::id))
        .fetch_one(db.pool())
        .await?;
    Ok(usize::try_from(n).unwrap_or(0))
}

/// How many were answered since an instant.
pub async fn answered_since(db: &Db, since: i64) -> Result<i64> {
    Ok(sqlx::query_scalar(ANSWERED).bind(since).fetch_one(db.pool()).await?)
}

/// The newest words of those who ask, with whose key seals them. `{}`: threads.
fn words_sql(db: &Db, threads: usize) -> String {
    format!(
        "SELECT e.consultation_id, c.key_owner, e.body FROM consultation_entries e JOIN consultations c ON c.id = \
         e.consultation_id \
          WHERE e.author = 'asker' AND e.created_at = (SELECT MAX(n.created_at) FROM consultation_entries n WHERE \
          n.consultation_id = c.id AND n.author = 'asker') \
            AND c.id IN {} ORDER BY e.id",
        db.values(1, threads, 1)
    )
}
/// How the newest words of these threads begin, for somebody who may read them. That they were shown is in the audit
/// log, once an hour and thread.
pub async fn first_words(
    db: &Db,
    vault: &Vault,
    threads: &[&str],
    staff_id: &str,
    now: i64,
) -> Result<HashMap<String, String>> {
    if threads.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = sqlx::query_as::<_, (String, String, String)>(AssertSqlSafe(words_sql(db, threads.len())));
    for id in threads {
        query = query.bind((*id).to_owned());
    }
    let sealed = query.fetch_all(db.pool()).await?;
    let owners: BTreeSet<String> = sealed.iter().map(|(_, owner, _)| owner.clone()).collect();
    let keys = vault.keys(&owners.into_iter().collect::<Vec<_>>()).await?;
    let actor = format!("staff:{staff_id}");
    let seen = audit::targets(db, &actor, "glance", now - GLANCE_SECONDS, threads).await?;
    let mut words = HashMap::new();
    let mut tx = db.write().await?;
    for (id, owner, body) in sealed {
        let Some(key) = keys.get(&owner) else { continue };
        if !seen.contains(&id) && !words.contains_key(&id) {
            audit::record(&mut *tx, &actor, "glance", &id, now).await?;
        }
        words.insert(id, beginning(&key.open(BODY, &body)?));
    }
    tx.commit().await?;
    Ok(words)
}

/// The first letters of a text, on one line.
fn beginning(text: &str) -> String {
    let mut letters = text.split_whitespace().flat_map(|w| w.chars().chain([' ']));
    let first: String = letters.by_ref().take(FIRST_LETTERS).collect();
    let more = letters.any(|c| c != ' ');
    format!("{}{}", first.trim_end(), if more { "…" } else { "" })
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all = vec![
        urgent_sql(),
        rest_sql(),
        crowd_sql(),
        done_sql(),
        counts_sql(),
        count_sql(),
        done_count_sql(),
        words_sql(db, 3),
    ];
    all.push(ANSWERED.to_owned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_beginning_is_one_short_line() {
        assert_eq!(beginning("出血しました。\n\n今朝からです"), "出血しました。 今朝からです");
        assert_eq!(beginning(&"あ".repeat(40)), format!("{}…", "あ".repeat(28)));
        assert_eq!(beginning(" \n "), "");
    }

    proptest! {
        #[test]
        fn beginnings_are_short(text in "\\PC{0,80}") {
            prop_assert!(beginning(&text).chars().count() <= FIRST_LETTERS + 1);
        }
    }
}
