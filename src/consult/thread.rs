//! A link's token in, the thread behind it out, its texts opened.

use super::about::{Matter, about};
use super::category::Category;
use super::state::{By, Columns, Stands, State};
use super::subject::{Subject, subjects};
use crate::calendar::Date;
use crate::content::Profession;
use crate::danger::Stage;
use crate::db::Db;
use crate::staff::{self, Named};
use crate::vault::{Vault, token_hash};
use anyhow::{Context, Result};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row as _};
use std::collections::{BTreeSet, HashMap};

/// Columns of [`Consultation`].
macro_rules! columns {
    () => {
        "id, key_owner, household_id, person_id, category, subject_slot, profession, source, language, created_at, \
         version, turn, alarm, asked_at, due_at, answered_at, closed_at, \
         danger_at, watched_at, surveyed_answer_at"
    };
}
/// The consultation of an id.
pub(super) const BY_ID: &str = concat!("SELECT ", columns!(), " FROM consultations WHERE id = $1");
/// The consultation of a token's hash.
const BY_TOKEN: &str = concat!("SELECT ", columns!(), " FROM consultations WHERE token_hash = $1");
/// All threads of a person, the oldest first.
pub(super) const OF_PERSON: &str =
    concat!("SELECT ", columns!(), " FROM consultations WHERE person_id = $1 ORDER BY created_at, id");
/// Its entries from the first, with who wrote them: what the asker may see. The desk's own (`mark`, `memo`, `draft`)
/// are read by `memos`, `draft` and `watch` alone.
const ENTRIES: &str = "SELECT id, author, body, created_at, version, staff_id FROM consultation_entries \
    WHERE consultation_id = $1 AND author IN ('asker', 'staff', 'system') ORDER BY version, created_at, id";

/// A consultation without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// Id; never leaves the house.
    pub id: String,
    /// Whose key seals it.
    pub key_owner: String,
    /// `None`: a guest's.
    pub household_id: Option<String>,
    /// Who of it asks, and is told of answers; `None`: a guest.
    pub person_id: Option<String>,
    /// [`Category::id`].
    pub category: String,
    /// Which subject, or empty.
    pub subject_slot: String,
    /// [`Profession::id`].
    pub profession: String,
    /// `article:<slug>`, `letter` or empty.
    pub source: String,
    /// Language of the asker.
    pub language: String,
    /// When it began.
    pub created_at: i64,
    /// How often it was changed: whoever changes it says which version was on the page.
    pub version: i64,
    /// Where it stands.
    pub state: State,
}

impl<'r> FromRow<'r, AnyRow> for Consultation {
    fn from_row(row: &'r AnyRow) -> sqlx::Result<Self> {
        let household_id: Option<String> = row.try_get("household_id")?;
        Ok(Self {
            id: row.try_get("id")?,
            key_owner: row.try_get("key_owner")?,
            person_id: row.try_get("person_id")?,
            category: row.try_get("category")?,
            subject_slot: row.try_get("subject_slot")?,
            profession: row.try_get("profession")?,
            source: row.try_get("source")?,
            language: row.try_get("language")?,
            created_at: row.try_get("created_at")?,
            version: row.try_get("version")?,
            state: State::stored(&Columns::from_row(row)?, household_id.is_some()),
            household_id,
        })
    }
}

impl Consultation {
    /// What it is about.
    pub fn category(&self) -> Category {
        Category::from_id(&self.category).unwrap_or(Category::Own)
    }
    /// Who takes it first.
    pub fn profession(&self) -> Option<Profession> {
        Profession::from_id(&self.profession)
    }
    /// May somebody who is recognised as this person see it? A guest's is for whoever has its link.
    pub fn is_open_to(&self, person: Option<&str>) -> bool {
        self.household_id.is_none() || person.is_some() && self.person_id.as_deref() == person
    }
    /// Who goes on in it on the asker's page.
    pub(super) fn asker(&self) -> By {
        if self.household_id.is_some() { By::Asker } else { By::Link }
    }
}

/// Who wrote an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// Who asked.
    Asker,
    /// Who answered.
    Staff {
        /// 佐伯みのり
        name: String,
        /// 助産師
        profession: Option<Profession>,
    },
    /// What happened.
    System(Milestone),
}

/// What happened to a thread, as stored in the text of a `system` entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// A question came in, to be answered until this instant.
    Received(i64),
    /// Signs of danger were found, 119 was shown.
    DangerShown,
    /// Closed.
    Closed,
    /// Opened again, to be answered until this instant.
    Reopened(i64),
}

impl Milestone {
    pub(super) fn text(self) -> String {
        match self {
            Self::Received(due) => format!("received {due}"),
            Self::DangerShown => "danger".into(),
            Self::Closed => "closed".into(),
            Self::Reopened(due) => format!("reopened {due}"),
        }
    }
    fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            Some(("received", due)) => due.parse().ok().map(Self::Received),
            Some(("reopened", due)) => due.parse().ok().map(Self::Reopened),
            Some(_) => None,
            None if text == "danger" => Some(Self::DangerShown),
            None if text == "closed" => Some(Self::Closed),
            None => None,
        }
    }
}

/// One entry, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id.
    pub id: String,
    /// Who.
    pub author: Author,
    /// Plain text of an asker, Markdown of staff, empty for events.
    pub text: String,
    /// When.
    pub created_at: i64,
    /// The version of the thread that it came with.
    pub version: i64,
}

crate::db::row! {
/// A row of [`ENTRIES`].
struct Row {
    id: String,
    author: String,
    body: String,
    created_at: i64,
    version: i64,
    staff_id: Option<String>,
}
}

/// The thread behind a link, or `None`.
pub async fn by_token(db: &Db, token: &str) -> Result<Option<Consultation>> {
    Ok(sqlx::query_as(BY_TOKEN).bind(token_hash(token)).fetch_optional(db.pool()).await?)
}

/// Of whom a stored thread is, as far as it tells what its words mean, on a day.
pub async fn stage_of(db: &Db, consultation: &Consultation, on: Date) -> Result<Stage> {
    let subjects = match &consultation.household_id {
        Some(household) => subjects(db, household).await?,
        None => Vec::new(),
    };
    Ok(super::about::stage_for(consultation.category(), &consultation.subject_slot, &subjects, on))
}

/// What a thread is about by now, with the subjects of its household.
pub async fn matter(db: &Db, consultation: &Consultation) -> Result<(Matter, Vec<Subject>)> {
    let Some(household) = &consultation.household_id else {
        return Ok((Matter::of_guest(consultation.category()), Vec::new()));
    };
    let subjects = subjects(db, household).await?;
    let category = about(consultation.category(), &consultation.subject_slot, &subjects);
    Ok((Matter::of_household(category, &subjects), subjects))
}

/// The names of those who wrote at the desk, each asked for once.
pub(super) async fn named<'a>(
    db: &Db,
    connection: &mut AnyConnection,
    ids: impl Iterator<Item = Option<&'a str>>,
) -> Result<HashMap<String, Named>> {
    let ids: BTreeSet<&str> = ids.flatten().collect();
    staff::named(db, connection, &ids.into_iter().collect::<Vec<_>>()).await
}

/// Its entries, opened; `None` when its key was destroyed: then nobody can read it any more.
pub async fn entries(db: &Db, vault: &Vault, consultation: &Consultation) -> Result<Option<Vec<Entry>>> {
    let Some(key) = vault.key(&consultation.key_owner).await? else { return Ok(None) };
    let rows: Vec<Row> = sqlx::query_as(ENTRIES).bind(&consultation.id).fetch_all(db.pool()).await?;
    let named = named(db, &mut *db.pool().acquire().await?, rows.iter().map(|row| row.staff_id.as_deref())).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let text = key.open(BODY, &row.body)?;
        let (author, text) = match row.author.as_str() {
            "asker" => (Author::Asker, text),
            "staff" => {
                let by = row.staff_id.as_ref().and_then(|id| named.get(id));
                let name = by.map_or_else(String::new, |by| by.name.clone());
                (Author::Staff { name, profession: by.and_then(|by| by.profession) }, text)
            }
            _ => (Author::System(Milestone::parse(&text).context("system の記録が読めません")?), String::new()),
        };
        entries.push(Entry { id: row.id, author, text, created_at: row.created_at, version: row.version });
    }
    Ok(Some(entries))
}

/// Sealing context of entries.
pub(super) const BODY: &str = "consultation_entries.body";
/// Sealing context of the link's token.
pub(super) const TOKEN: &str = "consultations.token";

/// A thread as its asker's own list shows it: no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadSummary {
    /// For `/q/<token>`.
    pub token: String,
    /// What it is about: 子ども, わたしと、おなかの子, …
    pub title: String,
    /// When it began.
    pub created_at: i64,
    /// Where it stands.
    pub stands: Stands,
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [BY_ID, BY_TOKEN, OF_PERSON, ENTRIES].map(str::to_owned).into()
}
