//! A library and a day in, what should be reviewed by whom out, the soonest first.

use crate::calendar::{Date, days_between};
use crate::content::marks::{Claim, NoReview, ReviewedText, SOON_DAYS};
use crate::content::{Library, Review, Version, triage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a review is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Due {
    /// The text is not the reviewed one.
    Changed,
    /// Its last day is over.
    Overdue,
    /// A review is written down that counts for nothing: it has no mark of the text.
    Unmarked,
    /// A review is written down by a person who is made up for the sample.
    Sample,
    /// A review is written down of somebody who had another name than the person of that id has now.
    Renamed,
    /// An article for letters that nobody has reviewed.
    Missing,
    /// It ends within [`SOON_DAYS`].
    Soon,
}

/// One version that waits for a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DueReview {
    /// Path below the root.
    pub file: String,
    /// As `otayori review` takes it.
    pub name: String,
    /// Title.
    pub title: String,
    /// Language code.
    pub language: String,
    /// Why.
    pub state: Due,
    /// Who reviewed it last (for a version without one, who reviewed the main one): a person's id.
    pub reviewer: Option<String>,
    /// Their name and profession.
    pub reviewer_name: Option<String>,
    /// The last day on which the review holds or held.
    pub next: Option<Date>,
    /// Days until then; negative when it is over.
    pub days: Option<i32>,
    /// Letters do without it until then; everything else is shown and used as it is.
    pub held: bool,
}

/// Everything that waits for a review on `today`, the soonest first. Drafts wait for their author.
pub fn due(library: &Library, main_language: &str, today: Date) -> Vec<DueReview> {
    let mut all = Vec::new();
    for (slug, article) in library.articles.iter().filter(|(_, a)| !a.draft) {
        versions(library, slug, &article.versions, !article.windows.is_empty(), main_language, today, &mut all);
    }
    for (slug, page) in &library.pages {
        versions(library, slug, &page.versions, false, main_language, today, &mut all);
    }
    all.extend(table(library, main_language, today));
    all.sort_by_key(|d| (deadline(d, today), d.file.clone()));
    all
}

/// The city's own table of limits, if it waits for a review.
fn table(library: &Library, main: &str, today: Date) -> Option<DueReview> {
    if !library.triage.is_own() {
        return None;
    }
    let (review, claim) = (library.triage.review(), library.triage.claim());
    let state = state(review, claim, true, today)?;
    let by = claim.map(|c| c.by.clone()).or_else(|| review.map(|r| r.by.clone()));
    Some(DueReview {
        file: triage::FILE.to_owned(),
        name: "triage".to_owned(),
        title: "受診の目安の表".to_owned(),
        language: main.to_owned(),
        state,
        reviewer_name: by.as_deref().and_then(|by| named(library, by)),
        reviewer: by,
        next: review.map(|r| r.next),
        days: review.map(|r| days_between(today, r.next)),
        held: false,
    })
}

/// Name and profession of a person.
pub fn named(library: &Library, id: &str) -> Option<String> {
    library.people.iter().find(|p| p.id == id).map(|p| format!("{}（{}）", p.name, p.profession.title()))
}

/// Since when it is wanted.
pub fn deadline(due: &DueReview, today: Date) -> Date {
    match due.state {
        Due::Overdue | Due::Soon => due.next.unwrap_or(today),
        Due::Changed => due.next.map_or(today, |n| n.min(today)),
        Due::Missing | Due::Unmarked | Due::Sample | Due::Renamed => today,
    }
}

fn versions(
    library: &Library,
    slug: &str,
    versions: &BTreeMap<String, Arc<Version>>,
    for_letters: bool,
    main: &str,
    today: Date,
    into: &mut Vec<DueReview>,
) {
    for (language, version) in versions {
        let Some(state) = state(version.review.as_ref(), version.claim.as_ref(), for_letters, today) else { continue };
        let of_main = || versions.get(main).and_then(|v| v.review.as_ref());
        let claim = version.claim.as_ref();
        let by = claim.map(|c| c.by.clone()).or_else(|| version.review.as_ref().or_else(of_main).map(|r| r.by.clone()));
        let next = version.review.as_ref().map(|r| r.next);
        into.push(DueReview {
            file: version.file.clone(),
            name: if language == main { slug.to_owned() } else { format!("{slug}.{language}") },
            title: version.title.clone(),
            language: language.clone(),
            state,
            reviewer_name: by.as_deref().and_then(|by| named(library, by)),
            reviewer: by,
            next,
            days: next.map(|n| days_between(today, n)),
            held: for_letters && state != Due::Soon,
        });
    }
}

/// `wanted`: without a review it waits for one.
fn state(review: Option<&Review>, claim: Option<&Claim>, wanted: bool, today: Date) -> Option<Due> {
    let Some(review) = review else {
        return match claim.map(|c| c.why) {
            Some(NoReview::Unmarked) => Some(Due::Unmarked),
            Some(NoReview::Sample) => Some(Due::Sample),
            Some(NoReview::Renamed) => Some(Due::Renamed),
            None => wanted.then_some(Due::Missing),
        };
    };
    let left = days_between(today, review.next);
    match review.text {
        ReviewedText::Unrecorded => Some(Due::Unmarked),
        ReviewedText::Changed => Some(Due::Changed),
        ReviewedText::Same if left < 0 => Some(Due::Overdue),
        ReviewedText::Same => (left <= SOON_DAYS).then_some(Due::Soon),
    }
}
