//! Stored rows in, households, their subjects and what is said of them out.

use super::registration::{Household, Subject};
use crate::calendar::Date;
use crate::contact::{self, Channel};
use crate::db::Db;
use crate::segment::SubjectKind;
use anyhow::{Context as _, Result};
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// Fills [`HouseholdRow`].
const FIND: &str = "SELECT id, language, area, first_child, code, consent_version, consent_at, generated_at, \
    paused_until, stopped_at, created_at
  FROM households WHERE id = $1";

/// Fills [`SubjectRow`], in slots' order.
pub(super) const SUBJECTS: &str =
    "SELECT id, slot, kind, stage_on, due_on, stopped_at FROM subjects WHERE household_id = $1 ORDER BY slot";

/// In which language it reads, and whether it is made up.
const READS: &str = "SELECT language, generated_at FROM households WHERE id = $1";

/// What the desk sees of a household.
const FACTS: &str = "SELECT area, language, first_child, code FROM households WHERE id = $1";

/// [`SUBJECTS`] with the instant at which all letters of the household were stopped.
const SUBJECTS_OF: &str = "SELECT s.id, s.slot, s.kind, s.stage_on, s.due_on, s.stopped_at, h.stopped_at AS \
    all_stopped_at FROM subjects s JOIN households h ON h.id = s.household_id WHERE s.household_id = $1 ORDER BY s.slot";

/// Households that one statement looks up.
const AT_ONCE: usize = 500;

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
pub(super) struct SubjectRow {
    id: String,
    slot: String,
    pub(super) kind: String,
    pub(super) stage_on: String,
    pub(super) due_on: Option<String>,
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
    pub(super) fn read(self) -> Result<Subject> {
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

pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let fixed =
        [FIND, SUBJECTS, READS, FACTS, SUBJECTS_OF, COUNT, FIRST_AT, ALL, ALL_SUBJECTS, ANY_GENERATED, GENERATED];
    fixed.map(str::to_owned).into_iter().chain([stages_sql(db, 3)]).collect()
}
