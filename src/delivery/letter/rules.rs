//! A `Library` and a day in, everything that the choice needs worked out once, so that choosing is look-ups and hardly
//! any calendar.

use super::notes::NOTES;
use super::numbers::{self, Code, Numbers};
use crate::calendar::{Date, LetterWeek, date, days_between, plus_days};
use crate::config::Config;
use crate::content::{Article, Bulletin, Library, Review, ReviewedText, Version};
use crate::segment::{HouseholdFacts, Segment, SubjectFacts, SubjectKind, Window};
use anyhow::{Context as _, Result};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many reasons for not choosing are worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reasons {
    /// Of a household.
    pub all: usize,
    /// Of these, articles of one subject that only came after the chosen one.
    pub after: usize,
}

impl Reasons {
    /// What is kept with a letter: a million households are planned with it.
    pub const KEPT: Self = Self { all: 8, after: 2 };
    /// For one household that somebody asks about.
    pub const EVERY: Self = Self { all: usize::MAX, after: usize::MAX };
}

/// Everything that the choice of a run needs.
pub struct Rules<'a> {
    /// Content.
    pub library: &'a Library,
    /// Settings.
    pub config: &'a Config,
    /// The day for which ages, reviews and bulletins are looked at.
    pub today: Date,
    /// Its letter week.
    pub week: LetterWeek,
    pub(super) languages: &'a [String],
    /// Articles that a letter may send, by slug.
    pub(super) leads: Vec<Lead<'a>>,
    /// Bulletins shown today, in the order in which they are chosen: pinned, newest, slug.
    pub(super) bulletins: Vec<Notified<'a>>,
    pub(super) notes: Vec<Code>,
    /// By id.
    pub(super) segments: Vec<&'a Segment>,
    /// How many reasons for not choosing are worked out.
    pub(super) reasons: Reasons,
    /// Articles whose window holds a subject, the fittest first. Remembered, because thousands of subjects are alike.
    fits: HashMap<SubjectFacts, Arc<[Fit]>>,
    class_of: HashMap<(String, String, Option<bool>), usize>,
    classes: Vec<Class>,
}

/// An article that letters may send.
pub(super) struct Lead<'a> {
    pub article: &'a Article,
    pub code: Code,
    /// Empty: everybody.
    pub segments: Mask,
    /// By the site's languages: the version to send, or why none.
    pub versions: Vec<Result<&'a Version, Unfit>>,
}

/// Why no version of an article may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Nobody has reviewed it.
    NotReviewed,
    /// The review begins later.
    NotYet(Date),
    /// The review has run out.
    RunOut(Date),
    /// The text has changed since its review.
    Rewritten,
}

/// A bulletin that letters may hold today.
pub(super) struct Notified<'a> {
    pub bulletin: &'a Bulletin,
    pub code: Code,
    pub segments: Mask,
}

/// An article and the narrowest of its windows that hold the subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub lead: usize,
    pub window: Window,
}

/// Households that every rule treats alike, with the segments of the subjects seen so far.
struct Class {
    household: HouseholdFacts,
    segments: HashMap<SubjectFacts, Arc<Mask>>,
    /// Segments that ask nothing of the subject.
    neutral: Mask,
}

/// A set of segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mask(Vec<u64>);

impl Mask {
    fn of(all: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut mask = Self(vec![0; all.div_ceil(64)]);
        (0..all).filter(|&i| holds(i)).for_each(|i| mask.0[i / 64] |= 1 << (i % 64));
        mask
    }
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }
    pub fn has(&self, i: usize) -> bool {
        self.0.get(i / 64).is_some_and(|w| w >> (i % 64) & 1 == 1)
    }
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
    pub fn add(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
    pub fn both(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }
    /// The members, ascending.
    pub fn members(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|&i| self.has(i))
    }
}

impl<'a> Rules<'a> {
    /// Works out the tables of a run. `numbers` must know every article and bulletin ([`Numbers::complete`]).
    pub fn new(library: &'a Library, config: &'a Config, numbers: &Numbers, today: Date) -> Result<Self> {
        let languages = config.site.languages.as_slice();
        let segments: Vec<&Segment> = library.segments.values().collect();
        let mask = |ids: &[String]| Mask::of(segments.len(), |i| ids.contains(&segments[i].id));
        let code = |name: &str| numbers.code(name).with_context(|| format!("{name} に番号がありません"));
        let mut leads = Vec::new();
        for article in library.articles.values().filter(|a| !a.draft && !a.windows.is_empty()) {
            let versions =
                languages.iter().map(|language| version(article, language, config.main_language(), today)).collect();
            leads.push(Lead { article, code: code(&article.slug)?, segments: mask(&article.segments), versions });
        }
        let mut bulletins = Vec::new();
        for bulletin in library.bulletins.values().filter(|b| !b.draft && !b.segments.is_empty() && b.shown_on(today)) {
            bulletins.push(Notified {
                bulletin,
                code: code(&numbers::bulletin(&bulletin.slug))?,
                segments: mask(&bulletin.segments),
            });
        }
        bulletins.sort_by_key(|b| (Reverse(b.bulletin.pin), Reverse(b.bulletin.publish), &b.bulletin.slug));
        let notes = NOTES.iter().map(|n| code(&numbers::note(n.id))).collect::<Result<_>>()?;
        let week = super::week_of(today, config);
        Ok(Self {
            library,
            config,
            today,
            week,
            languages,
            leads,
            bulletins,
            notes,
            segments,
            reasons: Reasons::KEPT,
            fits: HashMap::new(),
            class_of: HashMap::new(),
            classes: Vec::new(),
        })
    }

    /// A number that grows by one a week.
    pub(super) fn week_number(&self) -> usize {
        usize::try_from(days_between(date(1970, 1, 1), self.week.first()) / 7).unwrap_or(0)
    }

    /// Index of a language of the site; of the main language when the household's is not one any more.
    pub(super) fn language(&self, code: &str) -> usize {
        self.languages.iter().position(|l| l == code).unwrap_or(0)
    }

    /// The class of a household.
    pub(super) fn class(&mut self, area: &str, language: &str, first_child: Option<bool>) -> usize {
        let key = (area.to_owned(), language.to_owned(), first_child);
        if let Some(class) = self.class_of.get(&key) {
            return *class;
        }
        let household = HouseholdFacts { area: area.to_owned(), language: language.to_owned(), first_child };
        let neutral = Mask::of(self.segments.len(), |i| neutral(self.segments[i], &household, self.today));
        self.classes.push(Class { household, segments: HashMap::new(), neutral });
        self.class_of.insert(key, self.classes.len() - 1);
        self.classes.len() - 1
    }

    /// The segments that a subject of such a household is in.
    pub(super) fn segments_of(&mut self, class: usize, subject: &SubjectFacts) -> Arc<Mask> {
        let (segments, today) = (&self.segments, self.today);
        let class = &mut self.classes[class];
        if let Some(mask) = class.segments.get(subject) {
            return mask.clone();
        }
        let mask = Arc::new(Mask::of(segments.len(), |i| segments[i].rule.holds(subject, &class.household, today)));
        class.segments.insert(subject.clone(), mask.clone());
        mask
    }

    /// The segments that ask nothing of the subject: the only ones whose bulletins reach a pregnancy from 42w0d on.
    pub(super) fn neutral(&self, class: usize) -> &Mask {
        &self.classes[class].neutral
    }

    /// The articles whose window holds the subject: essential ones, then those with the narrowest window, then by slug.
    pub(super) fn fits(&mut self, subject: &SubjectFacts) -> Arc<[Fit]> {
        if let Some(fits) = self.fits.get(subject) {
            return fits.clone();
        }
        let mut found: Vec<Fit> = Vec::new();
        for (lead, l) in self.leads.iter().enumerate() {
            let holding = l.article.windows.iter().filter(|w| w.holds(subject, self.today));
            if let Some(window) = holding.min_by_key(|w| w.width_days()) {
                found.push(Fit { lead, window: *window });
            }
        }
        found.sort_by_key(|f| {
            (Reverse(self.leads[f.lead].article.essential), f.window.width_days(), &self.leads[f.lead].article.slug)
        });
        let found: Arc<[Fit]> = found.into();
        self.fits.insert(subject.clone(), found.clone());
        found
    }
}

/// The household's language version if its own review holds, else the main language's if that holds, else why not.
fn version<'a>(article: &'a Article, language: &str, main: &str, today: Date) -> Result<&'a Version, Unfit> {
    let state = |v: &'a Arc<Version>| match &v.review {
        None => Err(Unfit::NotReviewed),
        Some(review) if review.holds_on(today) => Ok(v.as_ref()),
        Some(Review { text: ReviewedText::Changed, .. }) => Err(Unfit::Rewritten),
        Some(Review { on, .. }) if today < *on => Err(Unfit::NotYet(*on)),
        Some(Review { next, .. }) => Err(Unfit::RunOut(*next)),
    };
    // `for` stands in the main language's file and holds for every version.
    let misplaced = |r: &Review| r.text == ReviewedText::Changed && r.changes.windows;
    if article.versions.get(main).and_then(|v| v.review.as_ref()).is_some_and(misplaced) {
        return Err(Unfit::Rewritten);
    }
    let own = article.versions.get(language).map(state);
    match own {
        Some(Ok(version)) => Ok(version),
        _ => article.versions.get(main).map_or(Err(Unfit::NotReviewed), state),
    }
}

/// The version of a bulletin in a language, else in the main language.
pub(super) fn bulletin_version<'a>(
    versions: &'a BTreeMap<String, Arc<Version>>,
    language: &str,
    main: &str,
) -> Option<&'a Version> {
    versions.get(language).or_else(|| versions.get(main)).or_else(|| versions.values().next()).map(AsRef::as_ref)
}

/// A segment is neutral when it asks nothing of the subject: it would hold an early and a late pregnancy, a baby and an
/// older child of the same household alike.
fn neutral(segment: &Segment, household: &HouseholdFacts, today: Date) -> bool {
    let pregnancy = |week: i32| SubjectFacts {
        kind: SubjectKind::Pregnancy,
        stage_on: plus_days(today, 280 - week * 7),
        due_on: None,
        twin: false,
    };
    let child = |days: i32| SubjectFacts {
        kind: SubjectKind::Child,
        stage_on: plus_days(today, -days),
        due_on: None,
        twin: false,
    };
    let all = [pregnancy(6), pregnancy(20), pregnancy(38), child(3), child(200), child(500), child(1500)];
    all.iter().all(|subject| segment.rule.holds(subject, household, today))
}
