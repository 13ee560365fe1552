//! A checked registration in, its rows out, and back again.

use super::change;
use super::link;
use super::{Household, NewSubject, Registration, Subject};
use crate::audit;
use crate::calendar::Date;
use crate::contact::{self, Channel, NewContact, Purpose};
use crate::db::Db;
use crate::segment::SubjectKind;
use crate::vault::{Vault, new_id};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use sqlx::{Any, AssertSqlSafe, Transaction};
use std::collections::HashMap;

/// A new household; `generated_at` stays empty for real ones.
const INSERT: &str = "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, \
    created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)";
/// A subject in the next free slot.
const INSERT_SUBJECT: &str = "INSERT INTO subjects (id, household_id, slot, kind, stage_on, due_on, created_at) VALUES \
    ($1, $2, $3, $4, $5, $6, $7)";
/// Fills [`HouseholdRow`].
const FIND: &str = "SELECT id, language, area, first_child, code, consent_version, consent_at, generated_at, \
    paused_until, stopped_at, created_at
  FROM households WHERE id = $1";
/// Fills [`SubjectRow`], in slots' order.
const SUBJECTS: &str =
    "SELECT id, slot, kind, stage_on, due_on, stopped_at FROM subjects WHERE household_id = $1 ORDER BY slot";
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
/// In which language it reads, and whether it is made up.
const READS: &str = "SELECT language, generated_at FROM households WHERE id = $1";
/// What the desk sees of a household.
const FACTS: &str = "SELECT area, language, first_child, code FROM households WHERE id = $1";
/// [`SUBJECTS`] with the instant at which all letters of the household were stopped.
const SUBJECTS_OF: &str = "SELECT s.id, s.slot, s.kind, s.stage_on, s.due_on, s.stopped_at, h.stopped_at AS \
    all_stopped_at FROM subjects s JOIN households h ON h.id = s.household_id WHERE s.household_id = $1 ORDER BY s.slot";

crate::db::row! {
struct HouseholdRow {
    id: String,
    language: String,
    area: String,
    first_child: String,
    code: String,
    consent_version: String,
    consent_at: i64,
    generated_at: Option<i64>,
    paused_until: Option<String>,
    stopped_at: Option<i64>,
    created_at: i64,
}
}

crate::db::row! {
struct SubjectRow {
    id: String,
    slot: String,
    kind: String,
    stage_on: String,
    due_on: Option<String>,
    stopped_at: Option<i64>,
}
}

crate::db::row! {
struct SubjectOf {
    id: String,
    slot: String,
    kind: String,
    stage_on: String,
    due_on: Option<String>,
    stopped_at: Option<i64>,
    all_stopped_at: Option<i64>,
}
}

impl SubjectRow {
    fn read(self) -> Result<Subject> {
        Ok(Subject {
            kind: SubjectKind::from_id(&self.kind).context("subjects.kind がわかりません")?,
            stage_on: self.stage_on.parse().context("subjects.stage_on が日付ではありません")?,
            due_on: self.due_on.map(|d| d.parse().context("subjects.due_on が日付ではありません")).transpose()?,
            id: self.id,
            slot: self.slot,
            stopped_at: self.stopped_at,
        })
    }
}

/// As in the database.
pub(super) fn first_child_id(first: Option<bool>) -> &'static str {
    match first {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

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

/// A household with its subjects and live contacts; `None` when it is not there (any more).
pub async fn load(db: &Db, id: &str) -> Result<Option<Household>> {
    let Some(row) = sqlx::query_as::<_, HouseholdRow>(FIND).bind(id).fetch_optional(db.pool()).await? else {
        return Ok(None);
    };
    let subjects: Vec<SubjectRow> = sqlx::query_as(SUBJECTS).bind(id).fetch_all(db.pool()).await?;
    Ok(Some(Household {
        id: row.id,
        language: row.language,
        area: row.area,
        first_child: match row.first_child.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        code: row.code,
        consent_version: row.consent_version,
        consent_at: row.consent_at,
        generated: row.generated_at.is_some(),
        paused_until: row
            .paused_until
            .map(|d| d.parse())
            .transpose()
            .context("households.paused_until が日付ではありません")?,
        stopped_at: row.stopped_at,
        created_at: row.created_at,
        subjects: subjects.into_iter().map(SubjectRow::read).collect::<Result<_>>()?,
        contacts: contact::live(db, id).await?,
    }))
}

/// In which language a household reads, and whether it is made up; `None` when it is not there.
pub(super) async fn reads(db: &Db, id: &str) -> Result<Option<(String, bool)>> {
    let found: Option<(String, Option<i64>)> = sqlx::query_as(READS).bind(id).fetch_optional(db.pool()).await?;
    Ok(found.map(|(language, generated_at)| (language, generated_at.is_some())))
}

crate::db::row! {
/// What the desk sees of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Area id, or empty.
    pub area: String,
    /// Language code.
    pub language: String,
    /// `yes`, `no` or empty.
    pub first_child: String,
    /// The flyer's code it came by, or empty.
    pub code: String,
}
}

/// What the desk sees of a household; `None` when it is not there.
pub async fn facts(db: &Db, id: &str) -> Result<Option<Facts>> {
    Ok(sqlx::query_as(FACTS).bind(id).fetch_optional(db.pool()).await?)
}

/// The subjects of a household by slot, stopped ones too, each with the instant at which all of the household's letters
/// were stopped.
pub async fn subjects(db: &Db, id: &str) -> Result<Vec<(Subject, Option<i64>)>> {
    let rows: Vec<SubjectOf> = sqlx::query_as(SUBJECTS_OF).bind(id).fetch_all(db.pool()).await?;
    let read = |row: SubjectOf| {
        let SubjectOf { id, slot, kind, stage_on, due_on, stopped_at, all_stopped_at } = row;
        Ok((SubjectRow { id, slot, kind, stage_on, due_on, stopped_at }.read()?, all_stopped_at))
    };
    rows.into_iter().map(read).collect()
}

/// Households that one statement looks up.
const AT_ONCE: usize = 500;

/// The subjects of some households: by household and slot, which kind and which day.
pub async fn stages(db: &Db, households: &[&str]) -> Result<HashMap<(String, String), (SubjectKind, Date)>> {
    let mut found = HashMap::new();
    for some in households.chunks(AT_ONCE) {
        let query = sqlx::query_as::<_, (String, String, String, String)>(AssertSqlSafe(stages_sql(db, some.len())));
        let rows = some.iter().fold(query, |query, id| query.bind((*id).to_owned())).fetch_all(db.pool()).await?;
        found.extend(rows.into_iter().filter_map(|(household, slot, kind, stage_on)| {
            Some(((household, slot), (SubjectKind::from_id(&kind)?, stage_on.parse().ok()?)))
        }));
    }
    Ok(found)
}

fn stages_sql(db: &Db, households: usize) -> String {
    format!(
        "SELECT household_id, slot, kind, stage_on FROM subjects WHERE household_id IN {}",
        db.values(1, households, 1)
    )
}

/// A household as `households list` shows it: no address, no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Id.
    pub id: String,
    /// Language code.
    pub language: String,
    /// Area id or empty.
    pub area: String,
    /// `yes`, `no` or empty.
    pub first_child: String,
    /// Flyer and place or empty.
    pub code: String,
    /// Channels of live contacts, each once.
    pub channels: Vec<Channel>,
    /// Registered at, Unix seconds.
    pub created_at: i64,
    /// A day, or null.
    pub paused_until: Option<String>,
    /// Unix seconds, or null.
    pub stopped_at: Option<i64>,
    /// Made up by `households generate`.
    pub generated: bool,
    /// By slot.
    pub subjects: Vec<ListedSubject>,
}

/// A subject as `households list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedSubject {
    /// `a`, `b`, …
    pub slot: String,
    /// `pregnancy` or `child`.
    pub kind: String,
    /// Due date or birth date.
    pub stage_on: String,
    /// A preterm child's due date, or null.
    pub due_on: Option<String>,
    /// Unix seconds, or null.
    pub stopped_at: Option<i64>,
}

const COUNT: &str = "SELECT COUNT(*) FROM households";
const FIRST_AT: &str = "SELECT MIN(created_at) FROM households";
/// All households by id.
const ALL: &str = "SELECT id, language, area, first_child, code, consent_version, consent_at, generated_at, \
    paused_until, stopped_at, created_at
  FROM households ORDER BY id";
/// All subjects, in slots' order within a household.
const ALL_SUBJECTS: &str =
    "SELECT household_id, slot, kind, stage_on, due_on, stopped_at FROM subjects ORDER BY household_id, slot";
const ANY_GENERATED: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM households WHERE generated_at IS NOT NULL LIMIT 1) one";
/// $1 after this id.
const GENERATED: &str = "SELECT id FROM households WHERE generated_at IS NOT NULL AND id > $1 ORDER BY id LIMIT 500";

/// Are there made-up households (`households generate`)?
pub async fn any_generated(db: &Db) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(ANY_GENERATED).fetch_one(db.pool()).await? > 0)
}

/// The next ids of made-up households after one, in order; none at the end.
pub async fn generated_after(db: &Db, id: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(GENERATED).bind(id).fetch_all(db.pool()).await?)
}

/// How many there are.
pub async fn count(db: &Db) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT).fetch_one(db.pool()).await?)
}

/// When the first one registered, Unix seconds.
pub async fn first_at(db: &Db) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(FIRST_AT).fetch_one(db.pool()).await?)
}

/// Every household, by id.
pub async fn list(db: &Db) -> Result<Vec<Listed>> {
    let mut subjects: HashMap<String, Vec<ListedSubject>> = HashMap::new();
    type SubjectLine = (String, String, String, String, Option<String>, Option<i64>);
    for (household, slot, kind, stage_on, due_on, stopped_at) in
        sqlx::query_as::<_, SubjectLine>(ALL_SUBJECTS).fetch_all(db.pool()).await?
    {
        subjects.entry(household).or_default().push(ListedSubject { slot, kind, stage_on, due_on, stopped_at });
    }
    let mut channels = contact::channels_of_all(db).await?;
    let rows: Vec<HouseholdRow> = sqlx::query_as(ALL).fetch_all(db.pool()).await?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            channels: channels.remove(&row.id).unwrap_or_default(),
            subjects: subjects.remove(&row.id).unwrap_or_default(),
            id: row.id,
            language: row.language,
            area: row.area,
            first_child: row.first_child,
            code: row.code,
            created_at: row.created_at,
            paused_until: row.paused_until,
            stopped_at: row.stopped_at,
            generated: row.generated_at.is_some(),
        })
        .collect())
}

/// The rows of many new households, for `generate` and `import`.
pub(super) struct Bulk {
    /// Id, and what is known.
    pub households: Vec<(String, Registration)>,
    /// When it was made up; `None` for real ones.
    pub generated_at: Option<i64>,
    /// `(household, channel, plain address)`.
    pub contacts: Vec<(String, Channel, String)>,
    /// Ids are derived from this where they must be the same every time; otherwise random.
    pub id: Box<dyn FnMut() -> String + Send>,
}

/// Rows a statement: more is no faster.
const ROWS: usize = 100;

/// Stores many households in one transaction: all or none.
pub(super) async fn insert_bulk(
    db: &Db,
    vault: &Vault,
    mut bulk: Bulk,
    now: i64,
    on_progress: &mut (dyn FnMut(u64) + Send),
) -> Result<()> {
    let ids: Vec<String> = bulk.households.iter().map(|(id, _)| id.clone()).collect();
    // A run that broke off after this line has left keys; they are used again.
    let mut keys = vault.keys(&ids).await?;
    let missing: Vec<String> = ids.iter().filter(|id| !keys.contains_key(*id)).cloned().collect();
    keys.extend(vault.create_keys(&missing).await?);
    let mut tx = db.write().await?;
    for some in bulk.households.chunks(ROWS) {
        let mut query = sqlx::query(AssertSqlSafe(households_sql(db, some.len())));
        for (id, r) in some {
            query = query
                .bind(id)
                .bind(&r.language)
                .bind(&r.area)
                .bind(first_child_id(r.first_child))
                .bind(&r.code)
                .bind(&r.consent_version);
            query = query.bind(now).bind(bulk.generated_at).bind(now).bind(now);
        }
        query.execute(&mut *tx).await?;
        let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
        contact::first_members(db, &mut tx, &ids, now).await?;
        on_progress(some.len() as u64);
    }
    let subjects: Vec<(&str, usize, NewSubject)> = bulk
        .households
        .iter()
        .flat_map(|(id, r)| r.subjects.iter().enumerate().map(move |(n, s)| (id.as_str(), n, *s)))
        .collect();
    for some in subjects.chunks(ROWS) {
        let mut query = sqlx::query(AssertSqlSafe(subjects_sql(db, some.len())));
        for (household, n, s) in some {
            let slot = char::from_u32('a' as u32 + *n as u32)
                .filter(char::is_ascii_lowercase)
                .context("too many subjects in one household")?;
            query = query
                .bind((bulk.id)())
                .bind(*household)
                .bind(slot.to_string())
                .bind(s.kind.id())
                .bind(s.stage_on.to_string());
            query = query.bind(s.due_on.map(|d: Date| d.to_string())).bind(now);
        }
        query.execute(&mut *tx).await?;
    }
    let mut contacts = Vec::with_capacity(bulk.contacts.len());
    for (household, channel, address) in bulk.contacts {
        let key = keys.get(&household).context("a household has no key")?;
        let (lookup, sealed) = (contact::lookup(vault, channel, &address)?, key.seal(contact::CONTEXT, &address)?);
        contacts.push(NewContact { id: (bulk.id)(), household, channel, address: sealed, lookup });
    }
    contact::insert_many(db, &mut tx, &contacts, now).await?;
    tx.commit().await?;
    Ok(())
}

fn households_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, generated_at, \
         created_at, updated_at) VALUES {}",
        db.values(rows, 10, 1)
    )
}

fn subjects_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO subjects (id, household_id, slot, kind, stage_on, due_on, created_at) VALUES {}",
        db.values(rows, 7, 1)
    )
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [
        INSERT,
        INSERT_SUBJECT,
        FIND,
        SUBJECTS,
        SLOTS,
        CORRECT,
        DROP_SUBJECTS,
        READS,
        FACTS,
        SUBJECTS_OF,
        COUNT,
        FIRST_AT,
        ALL,
        ALL_SUBJECTS,
        ANY_GENERATED,
        GENERATED,
    ]
    .map(str::to_owned)
    .into();
    all.extend([stages_sql(db, 3), households_sql(db, 2), subjects_sql(db, 2)]);
    all
}
