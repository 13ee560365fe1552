//! A household and a day in, why it gets what it gets out.

use super::choose::Verdict;
use super::numbers::Numbers;
use super::read::one;
use super::rules::{Reasons, Rules};
use super::snapshot::{Snapshots, bodies, items};
use super::why::{Because, Why};
use super::{key_of, week_of};
use crate::calendar::Date;
use crate::config::Config;
use crate::content::Library;
use crate::db::Db;
use anyhow::Result;
use serde::Serialize;

/// `explain --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The household's id.
    pub household: String,
    /// `2026-W48`.
    pub week: String,
    /// Its letter; none if it gets none.
    pub hash: Option<String>,
    /// What the letter holds, and why.
    pub items: Vec<Because>,
    /// What would have fitted, and why it was not chosen.
    pub skipped: Vec<Because>,
    /// Why no letter goes at all; none if nothing is stopped. Never the reason of the stop: it is not kept.
    pub stop: Option<String>,
    /// What became of the week's messages to this household, one a contact; empty while none is in the queue.
    pub delivery: Vec<Delivery>,
    /// `skipped` holds what was kept when the letter was chosen, and there may have been more.
    #[serde(skip)]
    pub kept_only: bool,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// `line` or `web_push`.
    pub channel: String,
    /// As in `outbox.outcome`, or `waiting`.
    pub outcome: String,
}

/// $1 household, $2 key.
const DELIVERY: &str =
    "SELECT o.channel, COALESCE(o.outcome, 'waiting') FROM outbox o JOIN contacts c ON c.id = o.contact_id
  WHERE c.household_id = $1 AND o.key = $2 ORDER BY o.channel, o.contact_id";
const WHY: &str = "SELECT why FROM letters WHERE household_id = $1";
/// What was sent in an earlier week. $1 household, $2 key.
const EARLIER: &str = "SELECT COALESCE(NULLIF(o.letter, ''), o.hash) FROM outbox o JOIN contacts c ON c.id = \
    o.contact_id WHERE c.household_id = $1 AND o.key = $2 ORDER BY o.contact_id LIMIT 1";

/// Why a household gets its letter of the week of `today`; `None` if there is no such household.
///
/// For a week whose letter was sent, the reasons are those that were kept then; otherwise those of planning now.
pub async fn explain(
    db: &Db,
    library: &Library,
    config: &Config,
    household_id: &str,
    today: Date,
) -> Result<Option<Explanation>> {
    let week = week_of(today, config);
    let key = key_of(week);
    let mut connection = db.pool().acquire().await?;
    let Some(household) = one(&mut connection, household_id).await? else { return Ok(None) };
    let stop = stop(&household, today);
    let delivery: Vec<(String, String)> =
        sqlx::query_as(DELIVERY).bind(household_id).bind(&key).fetch_all(&mut *connection).await?;
    let delivery: Vec<Delivery> =
        delivery.into_iter().map(|(channel, outcome)| Delivery { channel, outcome }).collect();
    let answer = |hash: Option<String>, why: Why, stop: Option<String>| Explanation {
        household: household.id.clone(),
        week: week.to_string(),
        hash,
        items: why.items,
        skipped: why.skipped,
        stop,
        delivery: delivery.clone(),
        kept_only: false,
    };
    if household.last_key == key {
        let why: String = sqlx::query_scalar(WHY).bind(household_id).fetch_one(&mut *connection).await?;
        let why: Why = serde_json::from_str(&why)?;
        let kept_only = why.skipped.len() >= Reasons::KEPT.all;
        return Ok(Some(Explanation { kept_only, ..answer(Some(household.hash.clone()), why, stop) }));
    }
    if household.last_key > key {
        let hash: Option<String> =
            sqlx::query_scalar(EARLIER).bind(household_id).bind(&key).fetch_optional(&mut *connection).await?;
        let items = earlier_items(db, hash.as_deref(), &delivery).await?;
        return Ok(Some(answer(hash, Why { items, skipped: Vec::new() }, stop)));
    }
    let numbers = Numbers::read(db).await?.complete(library)?;
    let mut rules = Rules::new(library, config, &numbers, today)?;
    rules.reasons = Reasons::EVERY;
    Ok(Some(match rules.choose(&household) {
        Verdict::Letter(choice) => {
            let hash = Snapshots::default().letter(&rules, &choice)?;
            answer(Some(hash.to_string()), rules.why(&choice), stop)
        }
        Verdict::Stopped => answer(None, Why::default(), stop),
        Verdict::NothingFits(skipped) => {
            answer(None, Why { items: Vec::new(), skipped: rules.why_not(&skipped) }, stop)
        }
    }))
}

/// The stop that holds on this day, in Japanese.
fn stop(household: &super::Household, today: Date) -> Option<String> {
    if household.stopped {
        return Some("おたよりは止められている".into());
    }
    if let Some(until) = household.paused_until.filter(|until| *until > today) {
        return Some(format!("{until} まで休み"));
    }
    (!household.subjects.is_empty() && household.active().is_empty())
        .then(|| "すべての対象のおたよりが止められている".into())
}

/// What a letter of an earlier week held; its reasons are kept for the newest letter only.
async fn earlier_items(db: &Db, hash: Option<&str>, delivery: &[Delivery]) -> Result<Vec<Because>> {
    let Some(hash) = hash else { return Ok(Vec::new()) };
    let hashes = bodies(db, &[hash.to_owned()]).await?.remove(hash).map(|b| b.items).unwrap_or_default();
    let texts = items(db, &hashes).await?;
    let became = |outcomes: &[&str]| delivery.iter().any(|d| outcomes.contains(&d.outcome.as_str()));
    let kept = if became(&["sent"]) {
        "この週に送った"
    } else if became(&["uncertain", "left"]) {
        "この週に送ったかどうか、わからない"
    } else {
        "この週に選んだ（送っていない）"
    };
    let because = format!("{kept}（理由が残っているのは、いちばん新しいおたよりの分だけ）");
    Ok(hashes
        .iter()
        .filter_map(|h| texts.get(h))
        .map(|item| Because { id: item.id.clone(), because: because.clone() })
        .collect())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![WHY.into(), EARLIER.into(), DELIVERY.into()]
}
