//! A week that is over in, its counts by day, channel, segment, language and outcome out; then its rows and texts may
//! go.
//!
//! The counts are what the reports need of a week; rows, batches and texts are kept for half a year, so that a letter
//! can be read again and explained, and go then. What must stay unique for ever (`welcome`, `answer:…`, `reminder:…`,
//! `urgent:…`) is no week's and stays.

use super::numbers::Numbers;
use super::read::{Household, Which, page};
use super::rules::Rules;
use super::snapshot::shared_key;
use super::{key_of, week_of};
use crate::calendar::{Date, LetterWeek, Timestamp, plus_days};
use crate::clock::Wall;
use crate::config::Config;
use crate::content::Library;
use crate::db::Db;
use crate::outbox;
use anyhow::{Context as _, Result};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::{BTreeMap, HashMap, HashSet};

/// After so many days nothing of a week waits any more: its letters are over after seven, and were begun within the
/// week.
const OVER_DAYS: i32 = 14;
/// Letters can be read again, and explained, for half a year.
pub const KEPT_WEEKS: i32 = 26;

/// Weeks that are counted.
const COUNTED: &str = "SELECT key FROM letter_tallies";
/// The rows of a key that ended: household, channel, outcome, when. $1 key, $2 after, $3 up to.
const ROWS: &str = "SELECT string_agg(line, '\u{1e}') FROM (
  SELECT c.household_id || '\u{1f}' || o.channel || '\u{1f}' || o.outcome || '\u{1f}' || CAST(o.settled_at AS TEXT) AS \
  line
    FROM contacts c JOIN outbox o ON o.contact_id = c.id AND o.key = $1
   WHERE c.household_id > $2 AND c.household_id <= $3 AND o.settled_at IS NOT NULL AND o.outcome IS NOT NULL ORDER BY \
   c.household_id) page";
/// $1 key, $2 now.
const DONE: &str = "INSERT INTO letter_tallies (key, tallied_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

/// Weeks that are counted and may go. $1 key, exclusive.
const OLD: &str = "SELECT key FROM letter_tallies WHERE pruned_at IS NULL AND key < $1 ORDER BY key";
/// Households whose last letter was of this week: it cannot be read any more; that they had it stays. $1 key.
const LET_GO: &str = "UPDATE letters SET hash = NULL, slots = '', why = '{}' WHERE last_key = $1";
/// $1 key.
const DROP_ITEMS: &str = "DELETE FROM letter_items WHERE used <= $1";
/// $1 now, $2 key.
const PRUNED: &str = "UPDATE letter_tallies SET pruned_at = $1 WHERE key = $2 AND pruned_at IS NULL";
/// $1 key.
const IS_PRUNED: &str = "SELECT COUNT(*) FROM letter_tallies WHERE key = $1 AND pruned_at IS NOT NULL";

/// Day, channel, segment, language, outcome.
type Cell = (String, String, String, String, String);

/// Counts every week that is over and not counted yet. Twice is once; several processes at once agree. Returns how many
/// weeks.
pub async fn tally(db: &Db, library: &Library, config: &Config, today: Date, now: Wall) -> Result<u64> {
    let before = key_of(week_of(plus_days(today, -OVER_DAYS), config));
    let mut counted = 0;
    let done: HashSet<String> = sqlx::query_scalar(COUNTED).fetch_all(db.pool()).await?.into_iter().collect();
    for key in outbox::weeks_before(db, &before).await?.into_iter().filter(|key| !done.contains(key)) {
        let counts = count(db, library, config, &key).await.with_context(|| format!("counting {key}"))?;
        counted += u64::from(store(db, &key, &counts, now).await?);
    }
    Ok(counted)
}

/// The week of a key, if there is one of this name in this city.
fn week(key: &str, config: &Config) -> Option<LetterWeek> {
    LetterWeek::named(key.strip_prefix("letter:")?, config.letter_day)
}

async fn count(db: &Db, library: &Library, config: &Config, key: &str) -> Result<BTreeMap<Cell, u64>> {
    // Segments are those of the letters' day; of a week that cannot be named any more only the whole is counted.
    let numbers = Numbers::read(db).await?.complete(library)?;
    let mut rules = week(key, config).map(|week| Rules::new(library, config, &numbers, week.first())).transpose()?;
    let (mut after, mut counts) = (String::new(), BTreeMap::new());
    let mut connection = db.pool().acquire().await?;
    while let Some(page) = page(&mut connection, &after, &Which::All).await? {
        let text: Option<String> =
            sqlx::query_scalar(ROWS).bind(key).bind(&after).bind(&page.upto).fetch_one(&mut *connection).await?;
        let of: HashMap<&str, &Household> = page.households.iter().map(|h| (h.id.as_str(), h)).collect();
        for line in text.iter().flat_map(|t| t.split('\u{1e}')) {
            let field: Vec<&str> = line.split('\u{1f}').collect();
            let [household, channel, outcome, settled_at] = field[..] else {
                anyhow::bail!("a row's line has {} fields", field.len())
            };
            let Some(household) = of.get(household) else { continue };
            let day = Timestamp::from_second(settled_at.parse()?)?.to_zoned(config.zone.clone()).date().to_string();
            let segments = rules.as_mut().map(|rules| segments(rules, household)).unwrap_or_default();
            for segment in segments.into_iter().chain([String::new()]) {
                let cell = (day.clone(), channel.to_owned(), segment, household.language.clone(), outcome.to_owned());
                *counts.entry(cell).or_default() += 1;
            }
        }
        after = page.upto;
    }
    Ok(counts)
}

/// The segments that one of the household's subjects is in, each once.
fn segments(rules: &mut Rules<'_>, household: &Household) -> Vec<String> {
    let class = rules.class(&household.area, &household.language, household.first_child);
    let mut all = super::rules::Mask::default();
    for subject in household.active() {
        all.add(&rules.segments_of(class, &subject.facts));
    }
    all.members().map(|i| rules.segments[i].id.clone()).collect()
}

async fn store(db: &Db, key: &str, counts: &BTreeMap<Cell, u64>, now: Wall) -> Result<bool> {
    let mut tx = db.write().await?;
    if sqlx::query(DONE).bind(key).bind(now.seconds()).execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let cells: Vec<(&Cell, &u64)> = counts.iter().collect();
    for some in cells.chunks(100) {
        let mut query = sqlx::query(AssertSqlSafe(counts_sql(db, some.len())));
        for ((day, channel, segment, language, outcome), number) in some {
            query = query
                .bind(key)
                .bind(day)
                .bind(channel)
                .bind(segment)
                .bind(language)
                .bind(outcome)
                .bind(**number as i64);
        }
        query.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

fn counts_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO letter_counts (key, day, channel, segment, language, outcome, number) VALUES {}",
        db.values(rows, 7, 1)
    )
}

/// Weeks of half a year ago that are counted: their rows, batches and texts go, a piece at a time, so that nobody waits
/// for them long. Stop it anywhere and do it again. Returns how many weeks.
pub async fn prune(db: &Db, config: &Config, today: Date, now: Wall) -> Result<u64> {
    let before = key_of(week_of(plus_days(today, -7 * KEPT_WEEKS), config));
    let mut pruned = 0;
    for key in sqlx::query_scalar::<_, String>(OLD).bind(before).fetch_all(db.pool()).await? {
        outbox::prune(db, &key).await?;
        let mut tx = db.write().await?;
        sqlx::query(LET_GO).bind(&key).execute(&mut *tx).await?;
        sqlx::query(DROP_ITEMS).bind(&key).execute(&mut *tx).await?;
        forget_messages(&mut tx, &key, config).await?;
        pruned += sqlx::query(PRUNED).bind(now.seconds()).bind(&key).execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
    }
    Ok(pruned)
}

async fn forget_messages(tx: &mut AnyConnection, key: &str, config: &Config) -> Result<()> {
    outbox::forget_messages(tx, key).await?;
    if let Some(week) = week(key, config) {
        outbox::forget_messages(tx, &shared_key(week)).await?;
    }
    Ok(())
}

/// Were this week's letters there once, and are they gone because half a year has passed?
pub async fn is_gone(db: &Db, week: LetterWeek) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(IS_PRUNED).bind(key_of(week)).fetch_one(db.pool()).await? > 0)
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let texts = [COUNTED, ROWS, DONE, OLD, LET_GO, DROP_ITEMS, PRUNED, IS_PRUNED].map(str::to_owned);
    texts.into_iter().chain([counts_sql(db, 2)]).collect()
}
