//! A checked registration in, its rows out, and back again.

use super::change;
use super::link::{self, SESSION_DAYS};
use super::person;
use super::{Contact, Household, NewSubject, Registration, Subject};
use crate::audit;
use crate::calendar::Date;
use crate::contact::Channel;
use crate::db::Db;
use crate::segment::SubjectKind;
use crate::vault::{Vault, new_id, token, token_hash};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use sqlx::{Any, Transaction};
use std::collections::HashMap;

/// A new household; `generated_at` stays empty for real ones.
const INSERT: &str = "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, \
    created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)";
/// A subject in the next free slot.
const INSERT_SUBJECT: &str = "INSERT INTO subjects (id, household_id, slot, kind, stage_on, due_on, created_at) VALUES \
    ($1, $2, $3, $4, $5, $6, $7)";
/// The history of a household that has had no letter yet.
const INSERT_LETTERS: &str = "INSERT INTO letters (household_id, last_key, sent, why) VALUES ($1, '', '', '{}')";
/// Fills [`HouseholdRow`].
const FIND: &str = "SELECT id, language, area, first_child, code, consent_version, consent_at, generated_at, \
    paused_until, stopped_at, created_at
  FROM households WHERE id = $1";
/// Fills [`SubjectRow`], in slots' order.
const SUBJECTS: &str =
    "SELECT id, slot, kind, stage_on, due_on, stopped_at FROM subjects WHERE household_id = $1 ORDER BY slot";
/// Live contacts without their addresses, oldest first.
const CONTACTS: &str =
    "SELECT id, channel, created_at FROM contacts WHERE household_id = $1 AND gone_at IS NULL ORDER BY created_at, id";
/// The slots in use or used before; a stopped subject keeps its slot.
const SLOTS: &str = "SELECT slot FROM subjects WHERE household_id = $1";
/// Nothing was chosen by the first answers yet, nothing stopped, and nothing changed on the household's own page since.
/// $1 household, $2–$4 the answers, $5 now.
const CORRECT: &str =
    "UPDATE households SET language = $2, area = $3, first_child = $4, updated_at = $5 WHERE id = $1 \
    AND stopped_at IS NULL
  AND EXISTS (SELECT 1 FROM letters l WHERE l.household_id = households.id AND l.last_key = '')
  AND NOT EXISTS (SELECT 1 FROM subjects s WHERE s.household_id = households.id AND s.stopped_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.target = households.id AND a.actor = 'household'
    AND a.action IN ('change', 'change_subject', 'add_subjects', 'stop_subject', 'undo_stop', 'stop', 'start'))";
const DROP_SUBJECTS: &str = "DELETE FROM subjects WHERE household_id = $1";
/// Contacts of the household on a channel that the service ended, with none registered since. $1 household, $2 channel.
const PUSH_LOST: &str =
    "SELECT COUNT(*) FROM contacts c WHERE c.household_id = $1 AND c.channel = $2 AND c.gone_at IS \
    NOT NULL
  AND EXISTS (SELECT 1 FROM outbox o WHERE o.contact_id = c.id AND o.outcome = 'gone')
  AND NOT EXISTS (SELECT 1 FROM contacts n WHERE n.household_id = c.household_id AND n.channel = $2 AND n.gone_at IS \
  NULL AND n.created_at >= c.gone_at)
  AND c.address <> ''";
/// Letters that went to one of the household's contacts, newest first. A letter that waits in the queue is not one yet.
const LETTERS: &str = "SELECT DISTINCT o.key, COALESCE(NULLIF(o.letter, ''), o.hash) FROM outbox o JOIN contacts c ON \
    c.id = o.contact_id
  WHERE c.household_id = $1 AND o.key LIKE 'letter:%' AND o.outcome IN ('sent', 'uncertain', 'left') ORDER BY o.key \
  DESC LIMIT 60";
/// The newest plan first: it stands when a week's letter has not left yet. $1 household, $2 key.
const LETTER_OF_WEEK: &str = "SELECT hash FROM (
    SELECT 0 AS rank, hash FROM letters WHERE household_id = $1 AND last_key = $2 AND hash IS NOT NULL
    UNION ALL SELECT 1, COALESCE(NULLIF(o.letter, ''), o.hash) FROM outbox o JOIN contacts c ON c.id = o.contact_id \
    WHERE c.household_id = $1 AND o.key = $2
  ) found ORDER BY rank, hash LIMIT 1";
/// The newest planned letter: what a household without a channel reads on its page.
const LAST_LETTER: &str =
    "SELECT last_key, hash FROM letters WHERE household_id = $1 AND hash IS NOT NULL AND last_key LIKE 'letter:%'";

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
/// cookie come out. `once` is the form's own random mark: a form that arrives twice within an hour makes one household,
/// and what was corrected by going back in the browser is corrected.
pub async fn create(
    db: &Db,
    vault: &Vault,
    registration: &Registration,
    once: &str,
    now: i64,
) -> Result<(String, String)> {
    if let Some(id) = link::registered_by(db, once, now).await? {
        correct(db, &id, registration, now).await?;
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
            let Some(id) = link::registered_by(db, once, now).await? else { return Err(e) };
            let token = link::sign_in(db, &id, now).await?;
            Ok((id, token))
        }
    }
}

async fn insert(db: &Db, id: &str, registration: &Registration, once: &str, now: i64) -> Result<String> {
    let token = token();
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
    person::first_member(&mut tx, id, now).await?;
    insert_subjects(&mut tx, id, &registration.subjects, now).await?;
    sqlx::query(INSERT_LETTERS).bind(id).execute(&mut *tx).await?;
    if !once.is_empty() {
        link::insert_link(&mut tx, once, id, link::Purpose { id: "registered", week: "" }, now + 3600).await?;
    }
    link::insert_session(&mut tx, &token_hash(&token), id, now, now + SESSION_DAYS * 86_400).await?;
    audit::record(&mut *tx, "household", "register", id, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// The same form with other answers, before any letter was chosen by the first ones: the new answers count. Afterwards,
/// and where something was changed or stopped on /me in between (a birth, a child more), what stands there counts.
async fn correct(db: &Db, id: &str, registration: &Registration, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
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
    if !link::first_time(&mut tx, once, id, now).await? {
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
    let contacts: Vec<(String, String, i64)> = sqlx::query_as(CONTACTS).bind(id).fetch_all(db.pool()).await?;
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
        contacts: contacts
            .into_iter()
            .filter_map(|(id, channel, created_at)| Some(Contact { id, channel: known(&channel)?, created_at }))
            .collect(),
    }))
}

/// A channel by its name; one of a newer program is told and left out.
fn known(channel: &str) -> Option<Channel> {
    channel.parse().inspect_err(|unknown| tracing::warn!("{unknown}")).ok()
}

/// Have device notifications of the household ended without its doing (the browser was reset, the device changed)?
pub async fn push_lost(db: &Db, id: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(PUSH_LOST).bind(id).bind(Channel::WebPush.id()).fetch_one(db.pool()).await? > 0)
}

/// A letter that a household has had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// `2026-W48`.
    pub week: String,
    /// Of the letter's page `/letters/<week>/<hash>/`.
    pub hash: String,
}

/// The letters a household has had, newest first; at least the newest planned one, so that nobody depends on a channel.
pub async fn letters_received(db: &Db, id: &str) -> Result<Vec<Received>> {
    let mut rows: Vec<(String, String)> = sqlx::query_as(LETTERS).bind(id).fetch_all(db.pool()).await?;
    if rows.is_empty() {
        rows = sqlx::query_as(LAST_LETTER).bind(id).fetch_all(db.pool()).await?;
    }
    Ok(rows
        .into_iter()
        .map(|(key, hash)| Received { week: key.trim_start_matches("letter:").to_owned(), hash })
        .collect())
}

/// The letter of a household for a week (`2026-W48`), sent, waiting or only planned; `None` if it has none.
pub async fn letter_of_week(db: &Db, id: &str, week: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(LETTER_OF_WEEK).bind(id).bind(format!("letter:{week}")).fetch_optional(db.pool()).await?)
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
/// Which channels households have.
const ALL_CHANNELS: &str =
    "SELECT DISTINCT household_id, channel FROM contacts WHERE gone_at IS NULL ORDER BY household_id, channel";

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
    let mut channels: HashMap<String, Vec<Channel>> = HashMap::new();
    for (household, channel) in sqlx::query_as::<_, (String, String)>(ALL_CHANNELS).fetch_all(db.pool()).await? {
        channels.entry(household).or_default().extend(known(&channel));
    }
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
    use sqlx::AssertSqlSafe;
    let ids: Vec<String> = bulk.households.iter().map(|(id, _)| id.clone()).collect();
    // A run that broke off after this line has left keys; they are used again.
    let mut keys = vault.keys(&ids).await?;
    let missing: Vec<String> = ids.iter().filter(|id| !keys.contains_key(*id)).cloned().collect();
    keys.extend(vault.create_keys(&missing).await?);
    let mut tx = db.write().await?;
    for some in bulk.households.chunks(ROWS) {
        let sql = format!(
            "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, generated_at, \
             created_at, updated_at) VALUES {}",
            db.values(some.len(), 10, 1)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
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
        person::first_members(db, &mut tx, &ids, now).await?;
        let sql =
            format!("INSERT INTO letters (household_id, last_key, sent, why) VALUES {}", db.values(some.len(), 4, 1));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (id, _) in some {
            query = query.bind(id).bind("").bind("").bind("{}");
        }
        query.execute(&mut *tx).await?;
        on_progress(some.len() as u64);
    }
    let subjects: Vec<(&str, usize, NewSubject)> = bulk
        .households
        .iter()
        .flat_map(|(id, r)| r.subjects.iter().enumerate().map(move |(n, s)| (id.as_str(), n, *s)))
        .collect();
    for some in subjects.chunks(ROWS) {
        let sql = format!(
            "INSERT INTO subjects (id, household_id, slot, kind, stage_on, due_on, created_at) VALUES {}",
            db.values(some.len(), 7, 1)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
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
    for some in bulk.contacts.chunks(ROWS) {
        let sql = format!(
            "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, created_at) \
             VALUES {}",
            db.values(some.len(), 8, 1)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (household, channel, address) in some {
            let key = keys.get(household).context("a household has no key")?;
            let (lookup, version) = super::contact::lookup(vault, *channel, address)?;
            query = query
                .bind((bulk.id)())
                .bind(household)
                .bind(household)
                .bind(channel.id())
                .bind(key.seal(super::contact::CONTEXT, address)?);
            query = query.bind(lookup).bind(version).bind(now);
        }
        query.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
