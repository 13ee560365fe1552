//! A page of households in as one text, households with their subjects out.
//!
//! A row and a value cost a microsecond or more each through `sqlx::Any`, a character nearly nothing: so a page is one
//! text, a line a subject, with ASCII's unit (1F) and record (1E) separators, which no form lets in. The range stands
//! on every table: PostgreSQL does not carry `>` over a join (93 s instead of 7 for a million households).

use crate::calendar::Date;
use crate::contact::Channel;
use crate::segment::{SubjectFacts, SubjectKind};
use anyhow::{Context as _, Result, ensure};
use sqlx::AnyConnection;
use std::collections::HashSet;

/// A household as planning sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Household {
    /// Id.
    pub id: String,
    /// Language code.
    pub language: String,
    /// Area id; empty if not told.
    pub area: String,
    /// The first child? `None` if not told.
    pub first_child: Option<bool>,
    /// All letters have ended.
    pub stopped: bool,
    /// Letters stop before this day.
    pub paused_until: Option<Date>,
    /// Key of the last letter; empty if there was none.
    pub last_key: String,
    /// Its message.
    pub hash: String,
    /// What its subjects have had (`letter::numbers`).
    pub sent: String,
    /// Pregnancies and children, stopped ones too.
    pub subjects: Vec<Subject>,
}

/// A pregnancy or a child of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// `a`, `b`, …
    pub slot: u8,
    /// What rules ask; `twin` is worked out by [`Household::active`].
    pub facts: SubjectFacts,
    /// Its letters have ended.
    pub stopped: bool,
}

impl Household {
    /// Has it stopped, or does it pause on this day?
    pub fn stopped_on(&self, today: Date) -> bool {
        self.stopped || self.paused_until.is_some_and(|until| until > today)
    }
    /// The subjects whose letters go on. Twins: another one of the same kind and day that is active as well.
    pub fn active(&self) -> Vec<Subject> {
        let mut active: Vec<Subject> = self.subjects.iter().filter(|s| !s.stopped).cloned().collect();
        let days: Vec<(SubjectKind, Date)> = active.iter().map(|s| (s.facts.kind, s.facts.stage_on)).collect();
        for subject in &mut active {
            subject.facts.twin =
                days.iter().filter(|d| **d == (subject.facts.kind, subject.facts.stage_on)).count() > 1;
        }
        active
    }
}

/// Households whose last letter is older than the key. $1 after this id, $2 key.
const UPPER_OPEN: &str = "SELECT MAX(household_id) FROM (
  SELECT household_id FROM letters WHERE household_id > $1 AND last_key < $2 ORDER BY household_id LIMIT 2000) e";
/// All households. $1 after this id.
const UPPER_ALL: &str = "SELECT MAX(id) FROM (SELECT id FROM households WHERE id > $1 ORDER BY id LIMIT 2000) e";

/// One line a subject. $1 after, $2 up to, $3 only households whose last key is older.
const PAGE: &str = "SELECT string_agg(line, '\u{1e}') FROM (
  SELECT h.id || '\u{1f}' || h.language || '\u{1f}' || h.area || '\u{1f}' || h.first_child || '\u{1f}' || CASE WHEN \
  h.stopped_at IS NULL THEN '' ELSE '1' END
         || '\u{1f}' || COALESCE(h.paused_until, '') || '\u{1f}' || COALESCE(l.last_key, '') || '\u{1f}' || \
         COALESCE(l.hash, '') || '\u{1f}' || COALESCE(l.sent, '')
         || '\u{1f}' || COALESCE(s.slot, '') || '\u{1f}' || COALESCE(s.kind, '') || '\u{1f}' || COALESCE(s.stage_on, \
         '') || '\u{1f}' || COALESCE(s.due_on, '')
         || '\u{1f}' || CASE WHEN s.stopped_at IS NULL THEN '' ELSE '1' END AS line
    FROM households h
    LEFT JOIN letters l ON l.household_id = h.id AND l.household_id > $1 AND l.household_id <= $2
    LEFT JOIN subjects s ON s.household_id = h.id AND s.household_id > $1 AND s.household_id <= $2
   WHERE h.id > $1 AND h.id <= $2 AND COALESCE(l.last_key, '') < $3
   ORDER BY h.id, s.slot) page";

/// One household. $1 id. The same columns.
const ONE: &str = "SELECT string_agg(line, '\u{1e}') FROM (
  SELECT h.id || '\u{1f}' || h.language || '\u{1f}' || h.area || '\u{1f}' || h.first_child || '\u{1f}' || CASE WHEN \
  h.stopped_at IS NULL THEN '' ELSE '1' END
         || '\u{1f}' || COALESCE(h.paused_until, '') || '\u{1f}' || COALESCE(l.last_key, '') || '\u{1f}' || \
         COALESCE(l.hash, '') || '\u{1f}' || COALESCE(l.sent, '')
         || '\u{1f}' || COALESCE(s.slot, '') || '\u{1f}' || COALESCE(s.kind, '') || '\u{1f}' || COALESCE(s.stage_on, \
         '') || '\u{1f}' || COALESCE(s.due_on, '')
         || '\u{1f}' || CASE WHEN s.stopped_at IS NULL THEN '' ELSE '1' END AS line
    FROM households h LEFT JOIN letters l ON l.household_id = h.id LEFT JOIN subjects s ON s.household_id = h.id
   WHERE h.id = $1 ORDER BY s.slot) one";

/// The contacts of a page and their rows of a key: household, channel, live, message, letter and outcome of the row,
/// look-up. $1 after, $2 up to, $3 key.
const CONTACTS: &str = "SELECT string_agg(line, '\u{1e}') FROM (
  SELECT c.household_id || '\u{1f}' || c.channel || '\u{1f}' || CASE WHEN c.gone_at IS NULL THEN '1' ELSE '' END || \
  '\u{1f}' || COALESCE(o.hash, '')
         || '\u{1f}' || COALESCE(NULLIF(o.letter, ''), o.hash, '') || '\u{1f}' || COALESCE(o.outcome, '') || '\u{1f}' \
         || c.lookup AS line
    FROM contacts c LEFT JOIN outbox o ON o.contact_id = c.id AND o.key = $3
   WHERE c.household_id > $1 AND c.household_id <= $2 ORDER BY c.household_id) page";

/// A page of households, and up to which id it reaches.
pub(super) struct Page {
    pub upto: String,
    pub households: Vec<Household>,
}

/// Which households a run reads.
pub(super) enum Which<'a> {
    /// Every one.
    All,
    /// Those whose last letter has an older key.
    Open(&'a str),
}

/// The next page after an id; `None` at the end.
pub(super) async fn page(c: &mut AnyConnection, after: &str, which: &Which<'_>) -> Result<Option<Page>> {
    let upto: Option<String> = match which {
        Which::All => sqlx::query_scalar(UPPER_ALL).bind(after).fetch_one(&mut *c).await?,
        Which::Open(key) => sqlx::query_scalar(UPPER_OPEN).bind(after).bind(*key).fetch_one(&mut *c).await?,
    };
    let Some(upto) = upto else { return Ok(None) };
    // Every key begins with a letter below `z`, in any collation.
    let below = match which {
        Which::All => "z",
        Which::Open(key) => key,
    };
    let text: Option<String> = sqlx::query_scalar(PAGE).bind(after).bind(&upto).bind(below).fetch_one(c).await?;
    Ok(Some(Page { upto, households: households(text.as_deref().unwrap_or(""))? }))
}

/// One household; `None` if there is none with this id.
pub(super) async fn one(c: &mut AnyConnection, id: &str) -> Result<Option<Household>> {
    let text: Option<String> = sqlx::query_scalar(ONE).bind(id).fetch_one(c).await?;
    Ok(households(text.as_deref().unwrap_or(""))?.pop())
}

/// The households of a page's text, with the subjects of each in the order of their slots.
fn households(text: &str) -> Result<Vec<Household>> {
    let (mut all, mut seen): (Vec<Household>, HashSet<&str>) = (Vec::new(), HashSet::new());
    for line in text.split('\u{1e}').filter(|l| !l.is_empty()) {
        let field: Vec<&str> = line.split('\u{1f}').collect();
        let [
            id,
            language,
            area,
            first_child,
            stopped,
            paused_until,
            last_key,
            hash,
            sent,
            slot,
            kind,
            stage_on,
            due_on,
            subject_stopped,
        ] = field[..]
        else {
            anyhow::bail!("a line of the page has {} fields", field.len())
        };
        if all.last().is_none_or(|h| h.id != id) {
            ensure!(seen.insert(id), "the lines of household {id} are not beside each other");
            all.push(Household {
                id: id.into(),
                language: language.into(),
                area: area.into(),
                first_child: [("yes", true), ("no", false)].into_iter().find(|f| f.0 == first_child).map(|f| f.1),
                stopped: !stopped.is_empty(),
                paused_until: paused_until.parse().ok(),
                last_key: last_key.into(),
                hash: hash.into(),
                sent: sent.into(),
                subjects: Vec::new(),
            });
        }
        let household = all.last_mut().context("a household")?;
        match (slot.as_bytes(), SubjectKind::from_id(kind), stage_on.parse()) {
            ([], ..) => {}
            ([slot], Some(kind), Ok(stage_on)) => {
                let facts = SubjectFacts { kind, stage_on, due_on: due_on.parse().ok(), twin: false };
                household.subjects.push(Subject { slot: *slot, facts, stopped: !subject_stopped.is_empty() });
            }
            _ => tracing::warn!(household = id, slot, "a subject cannot be read and gets no letters"),
        }
    }
    for household in &mut all {
        household.subjects.sort_by_key(|s| s.slot);
    }
    Ok(all)
}

/// A contact of a household and its row of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contact {
    pub household_id: String,
    pub channel: Channel,
    pub live: bool,
    /// The row's message; empty if there is no row.
    pub hash: String,
    /// The row's letter, which may have come by a message that many letters share; empty if there is no row.
    pub letter: String,
    /// The row's outcome; empty if it is not settled.
    pub outcome: String,
    /// The address's keyed look-up.
    pub lookup: String,
}

/// The contacts of the households after one id up to another.
pub(super) async fn contacts(c: &mut AnyConnection, after: &str, upto: &str, key: &str) -> Result<Vec<Contact>> {
    let text: Option<String> = sqlx::query_scalar(CONTACTS).bind(after).bind(upto).bind(key).fetch_one(c).await?;
    let line = |line: &str| {
        let field: Vec<&str> = line.split('\u{1f}').collect();
        let [household_id, channel, live, hash, letter, outcome, lookup] = field[..] else {
            anyhow::bail!("a contact's line has {} fields", field.len())
        };
        // What goes by a channel of a newer program is that one's matter.
        let Ok(channel) = channel.parse() else { return Ok(None) };
        Ok(Some(Contact {
            household_id: household_id.into(),
            channel,
            live: !live.is_empty(),
            hash: hash.into(),
            letter: letter.into(),
            outcome: outcome.into(),
            lookup: lookup.into(),
        }))
    };
    text.iter().flat_map(|t| t.split('\u{1e}')).filter_map(|text| line(text).transpose()).collect()
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [UPPER_OPEN, UPPER_ALL, PAGE, ONE, CONTACTS].map(str::to_owned).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn never_panics_on_a_page(text in "[a-z0-9\u{1e}\u{1f}-]{0,200}") {
            let _ = households(&text);
        }
    }
}
