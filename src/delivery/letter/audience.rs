//! An article in, how many households would get it this week out: what an author sees beside the text.

use super::choose::{Verdict, What};
use super::numbers::{Numbers, had};
use super::read::{Household, Which, contacts, page};
use super::rules::Rules;
use super::snapshot::{bodies, items};
use super::{key_of, week_of};
use crate::calendar::Date;
use crate::config::Config;
use crate::contact::Channel;
use crate::content::Library;
use crate::db::Db;
use crate::outbox;
use crate::segment::{SubjectFacts, Window};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};

/// Who gets one article in the letters of a week. All numbers are households.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// Get it in this week's letter.
    pub households: u64,
    /// Are registered.
    pub registered: u64,
    /// Of those who get it: by the window that their subject is in, in the article's order.
    pub windows: Vec<(Window, u64)>,
    /// Of those who get it: by channel; `None` reads on the household's page.
    pub channels: BTreeMap<Option<Channel>, u64>,
    /// Of those who get it: by language.
    pub languages: BTreeMap<String, u64>,
    /// A subject is in a window, but this week other articles come first.
    pub others: u64,
    /// Titles of those articles, the commonest first, at most three.
    pub instead: Vec<String>,
    /// A subject is in a window, and has had it.
    pub had_before: u64,
    /// A subject is in a window, but the letters are stopped or paused.
    pub stopped: u64,
}

/// Counts for the article `slug` in the letter week of `today`. Nothing is written. Letters that were sent count as
/// they were sent.
pub async fn audience(db: &Db, library: &Library, config: &Config, slug: &str, today: Date) -> Result<Audience> {
    let key = key_of(week_of(today, config));
    let numbers = Numbers::read(db).await?.complete(library)?;
    let mut rules = Rules::new(library, config, &numbers, today)?;
    let Some(article) = library.articles.get(slug) else { return Ok(Audience::default()) };
    let lead = rules.leads.iter().position(|l| l.article.slug == slug);
    let mut found = Audience { windows: article.windows.iter().map(|w| (*w, 0)).collect(), ..Audience::default() };
    let mut instead: BTreeMap<usize, u64> = BTreeMap::new();
    let holds: HashMap<String, bool> = sent_with(db, &key, slug).await?;
    let (mut connection, mut after) = (db.pool().acquire().await?, String::new());
    while let Some(page) = page(&mut connection, &after, &Which::All).await? {
        let reached = contacts(&mut connection, &after, &page.upto, &key).await?;
        for household in &page.households {
            found.registered += 1;
            let fitting: Vec<(u8, SubjectFacts)> = household
                .subjects
                .iter()
                .filter(|s| article.windows.iter().any(|w| w.holds(&s.facts, today)))
                .map(|s| (s.slot, s.facts.clone()))
                .collect();
            let sent_now = household.last_key == key;
            let gets = if sent_now {
                holds.get(&household.hash).copied().unwrap_or_default()
            } else {
                chosen(&mut rules, household, lead)
            };
            if gets {
                found.households += 1;
                *found.languages.entry(household.language.clone()).or_default() += 1;
                let channel = reached.iter().find(|c| c.household_id == household.id && c.live).map(|c| c.channel);
                *found.channels.entry(channel).or_default() += 1;
                if let Some((_, n)) =
                    found.windows.iter_mut().find(|(w, _)| fitting.iter().any(|(_, facts)| w.holds(facts, today)))
                {
                    *n += 1;
                }
            } else if fitting.is_empty() {
                continue;
            } else if household.stopped_on(today) || household.active().is_empty() {
                found.stopped += 1;
            } else if lead
                .is_some_and(|l| fitting.iter().any(|(slot, _)| had(&household.sent, *slot, rules.leads[l].code)))
            {
                found.had_before += 1;
            } else {
                found.others += 1;
                if let (false, Verdict::Letter(choice)) = (sent_now, rules.choose(household)) {
                    choice
                        .items
                        .iter()
                        .filter_map(|i| if let What::Lead(other) = i.what { Some(other) } else { None })
                        .for_each(|other| *instead.entry(other).or_default() += 1);
                }
            }
        }
        after = page.upto;
    }
    let mut commonest: Vec<(usize, u64)> = instead.into_iter().collect();
    commonest.sort_by_key(|(other, n)| (std::cmp::Reverse(*n), *other));
    let title = |(other, _): &(usize, u64)| {
        rules.leads[*other].article.versions.get(config.main_language()).map(|v| v.title.clone())
    };
    found.instead = commonest.iter().take(3).filter_map(title).collect();
    Ok(found)
}

/// Would this week's letter of the household hold the article?
fn chosen(rules: &mut Rules<'_>, household: &Household, lead: Option<usize>) -> bool {
    let (Some(lead), Verdict::Letter(choice)) = (lead, rules.choose(household)) else { return false };
    choice.items.iter().any(|i| i.what == What::Lead(lead))
}

/// The letters of a week, by hash: which of them hold the article.
async fn sent_with(db: &Db, key: &str, slug: &str) -> Result<HashMap<String, bool>> {
    let hashes = outbox::hashes_of(db, key).await?;
    let letters = bodies(db, &hashes).await?;
    let mut all: Vec<String> = letters.values().flat_map(|b| b.items.clone()).collect();
    all.sort_unstable();
    all.dedup();
    let of = items(db, &all).await?;
    let is_it = |hash: &String| of.get(hash).is_some_and(|i| i.kind == "article" && i.id == slug);
    Ok(letters.into_iter().map(|(hash, body)| (hash, body.items.iter().any(is_it))).collect())
}
