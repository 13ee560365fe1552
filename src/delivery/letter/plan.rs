//! The week's plan in figures: what will be sent, or was. Writes nothing; the same input gives the same bytes.

use super::choose::Verdict;
use super::numbers::Numbers;
use super::read::{Contact, Which, contacts, page};
use super::rules::Rules;
use super::snapshot::{Snapshots, bodies, items, shared};
use super::{key_of, week_of};
use crate::calendar::Date;
use crate::config::Config;
use crate::contact::{Channel, Shape};
use crate::content::Library;
use crate::db::Db;
use crate::outbox;
use crate::vault::Vault;
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// `plan --json`. `households` = `letters` + `stopped` + `nothing_fits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `2026-W48`.
    pub week: String,
    /// Registered households.
    pub households: u64,
    /// Households with a letter; those without a contact read theirs on their page.
    pub letters: u64,
    /// Different letters, the commonest first.
    pub messages: Vec<Message>,
    /// How many households are in each segment through a subject (stopped ones not counted).
    pub segments: Vec<SegmentCount>,
    /// By channel: `line`, `web_push`, …
    #[serde(flatten)]
    pub channels: BTreeMap<Channel, Requests>,
    /// Households that stopped or pause.
    pub stopped: u64,
    /// Households whom nothing fits this week.
    pub nothing_fits: u64,
    /// What the ledger holds back: sent, or under way, before this database was restored. Not among the `channels`.
    #[serde(skip_serializing_if = "HeldBack::is_nothing")]
    pub held_back: HeldBack,
    /// Households with a letter, by language.
    #[serde(skip)]
    pub languages: BTreeMap<String, u64>,
}

/// Contacts that the ledger holds back, and households of which all are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct HeldBack {
    /// LINE users and subscriptions.
    pub contacts: u64,
    /// Households that are reached by nothing else.
    pub households: u64,
}

impl HeldBack {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// One letter and how many households get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// As in `/letters/<week>/<hash>/`.
    pub hash: String,
    /// How many get it.
    pub households: u64,
    /// What it holds.
    pub items: Items,
}

/// Items in the letter's order.
pub type Items = Vec<PlannedItem>;

/// An item of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedItem {
    /// `article`, `bulletin`, `note`.
    pub kind: String,
    /// Slug or id.
    pub id: String,
    /// `pregnancy` or `child`; none for bulletins.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
}

/// A segment's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentCount {
    /// Id.
    pub id: String,
    /// Households.
    pub households: u64,
}

/// What a channel is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Requests {
    /// Where one body is for all: the recipients of one message, as many at a time as the channel takes (LINE 500). A
    /// message is a language's, or where the matter stands in it a letter's. Elsewhere one for each live contact.
    pub requests: u64,
    /// Live contacts.
    pub recipients: u64,
}

impl Report {
    /// What a channel is asked for.
    pub fn of(&self, channel: Channel) -> Requests {
        self.channels.get(&channel).copied().unwrap_or_default()
    }
}

/// Works out the letters of the week of `today` as of that day. What was sent already is counted as it was sent; the
/// rest as it would be.
///
/// A household with several live contacts gets its one letter on each of them.
pub async fn plan(db: &Db, library: &Library, config: &Config, today: Date) -> Result<Report> {
    plan_by(db, None, library, config, today).await
}

/// As [`plan`], without the contacts that the ledger of this vault holds back.
pub async fn plan_by(
    db: &Db,
    vault: Option<&Vault>,
    library: &Library,
    config: &Config,
    today: Date,
) -> Result<Report> {
    let week = week_of(today, config);
    let key = key_of(week);
    let numbers = Numbers::read(db).await?.complete(library)?;
    let mut rules = Rules::new(library, config, &numbers, today)?;
    let (mut snapshots, mut counts) = (Snapshots::default(), BTreeMap::<String, u64>::new());
    let (mut households, mut letters, mut stopped, mut nothing_fits) = (0, 0, 0, 0);
    let mut languages = BTreeMap::<String, u64>::new();
    let mut held_back = HeldBack::default();
    let (shared, mut of_message) = (shared(config, week)?, BTreeMap::<(Channel, String), u64>::new());
    let mut in_segment = vec![0u64; rules.segments.len()];
    let (mut connection, mut after) = (db.pool().acquire().await?, String::new());
    while let Some(page) = page(&mut connection, &after, &Which::All).await? {
        let reached = contacts(&mut connection, &after, &page.upto, &key).await?;
        let held = held(db, vault, &key, &reached).await?;
        let mut of: HashMap<&str, Vec<&Contact>> = HashMap::new();
        for contact in &reached {
            of.entry(&contact.household_id).or_default().push(contact);
        }
        for household in &page.households {
            households += 1;
            rules.household_segments(household).members().for_each(|i| in_segment[i] += 1);
            let own = of.get(household.id.as_str()).map_or(&[][..], Vec::as_slice);
            let sent_before = own.iter().find(|c| !c.letter.is_empty()).map(|c| c.letter.clone());
            let hash = match household.last_key.as_str() {
                last if last == key => Some(household.hash.clone()),
                last if last > key.as_str() => match sent_before {
                    Some(hash) => Some(hash),
                    None => {
                        nothing_fits += 1; // a week long past, of which only sendings are kept
                        None
                    }
                },
                _ => match rules.choose(household) {
                    Verdict::Letter(choice) => Some(snapshots.letter(&rules, &choice)?.to_string()),
                    Verdict::Stopped => {
                        stopped += 1;
                        None
                    }
                    Verdict::NothingFits(_) => {
                        nothing_fits += 1;
                        None
                    }
                },
            };
            let Some(hash) = hash else { continue };
            letters += 1;
            *languages.entry(household.language.clone()).or_default() += 1;
            let may_still = household.last_key <= key && !household.stopped_on(today);
            let back = |c: &&&Contact| c.outcome.is_empty() && held.contains(&c.lookup);
            let asked = || own.iter().filter(|c| counts_as_request(c, may_still));
            let (all, back_of) = (asked().count() as u64, asked().filter(back).count() as u64);
            held_back.contacts += back_of;
            held_back.households += u64::from(all > 0 && all == back_of);
            let message = shared.get(rules.language(&household.language)).map_or(&hash, |s| &s.hash);
            for contact in asked().filter(|c| !back(c)) {
                let message = match contact.channel.shape() {
                    Shape::Together { .. } if contact.hash.is_empty() => message.clone(),
                    Shape::Together { .. } => contact.hash.clone(),
                    Shape::Each { .. } => String::new(),
                };
                *of_message.entry((contact.channel, message)).or_default() += 1;
            }
            *counts.entry(hash).or_default() += 1;
        }
        after = page.upto;
    }
    let mut channels: BTreeMap<Channel, Requests> = Channel::ALL.map(|channel| (channel, Requests::default())).into();
    for ((channel, _), recipients) in of_message {
        let of = channels.entry(channel).or_default();
        of.recipients += recipients;
        of.requests += match channel.shape() {
            Shape::Together { most, .. } => recipients.div_ceil(most as u64),
            Shape::Each { .. } => recipients,
        };
    }
    let segments = rules
        .segments
        .iter()
        .zip(in_segment)
        .map(|(s, households)| SegmentCount { id: s.id.clone(), households })
        .collect();
    let messages = messages(db, snapshots, counts).await?;
    Ok(Report {
        week: week.to_string(),
        households,
        letters,
        messages,
        segments,
        channels,
        stopped,
        nothing_fits,
        held_back,
        languages,
    })
}

/// Look-ups of contacts of a page that are not settled, and that the ledger holds back.
async fn held(db: &Db, vault: Option<&Vault>, key: &str, contacts: &[Contact]) -> Result<HashSet<String>> {
    let Some(vault) = vault else { return Ok(HashSet::new()) };
    let open: Vec<String> = contacts.iter().filter(|c| c.outcome.is_empty()).map(|c| c.lookup.clone()).collect();
    if open.is_empty() { Ok(HashSet::new()) } else { outbox::held_back(db, vault, key, &open).await }
}

/// A row that was not stopped is (or was) a request; so is a live contact that has no row yet.
fn counts_as_request(contact: &Contact, may_still: bool) -> bool {
    if contact.hash.is_empty() { contact.live && may_still } else { contact.outcome != "stopped" }
}

/// The letters with their items: of this plan, or as they were stored.
async fn messages(db: &Db, snapshots: Snapshots, counts: BTreeMap<String, u64>) -> Result<Vec<Message>> {
    let planned = |json: &str| -> Result<PlannedItem> {
        let item: crate::content::LetterItem = serde_json::from_str(json)?;
        Ok(PlannedItem { kind: item.kind, id: item.id, subject: item.subject })
    };
    let mut of_item: HashMap<String, PlannedItem> = HashMap::new();
    for (hash, json) in &snapshots.new_items {
        of_item.insert(hash.clone(), planned(json)?);
    }
    let mut of_letter: HashMap<String, Vec<String>> =
        snapshots.new_messages.into_iter().map(|m| (m.hash.to_string(), m.body.items)).collect();
    let stored: Vec<String> = counts.keys().filter(|h| !of_letter.contains_key(*h)).cloned().collect();
    of_letter.extend(bodies(db, &stored).await?.into_iter().map(|(hash, body)| (hash, body.items)));
    let mut missing: Vec<String> =
        of_letter.values().flatten().filter(|h| !of_item.contains_key(*h)).cloned().collect();
    missing.sort_unstable();
    missing.dedup();
    for (hash, item) in items(db, &missing).await? {
        of_item.insert(hash, PlannedItem { kind: item.kind, id: item.id, subject: item.subject });
    }
    let mut all = Vec::with_capacity(counts.len());
    for (hash, households) in counts {
        let items = of_letter.get(&hash).with_context(|| format!("letter {hash} is missing"))?;
        let items = items
            .iter()
            .map(|h| of_item.get(h).cloned().with_context(|| format!("item {h} is missing")))
            .collect::<Result<_>>()?;
        all.push(Message { hash, households, items });
    }
    all.sort_by(|a, b| b.households.cmp(&a.households).then_with(|| a.hash.cmp(&b.hash)));
    Ok(all)
}
