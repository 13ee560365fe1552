//! A bulletin in, its row and its page out.

use super::article::{facts, topics, versions};
use super::sources::linked;
use crate::calendar::plus_days;
use crate::content::{Bulletin, Version};
use crate::segment::{HouseholdFacts, SubjectFacts, SubjectKind};
use crate::site::{Address, Edition};
use serde::Serialize;
use serde_json::{Value, json};

/// A bulletin in a list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub path: String,
    pub language: String,
    pub title: String,
    pub title_html: String,
    pub summary: String,
    pub publish: String,
    pub on: Option<String>,
    pub urgent: bool,
    /// A draft, or not shown on this day: seen in the preview only.
    pub draft: bool,
}

impl Edition<'_> {
    pub(super) fn bulletin_row(&self, bulletin: &Bulletin, language: &str) -> Option<Row> {
        let version = self.version(&bulletin.versions, language)?;
        Some(Row {
            path: Address::Bulletin(bulletin.slug.clone(), language.to_owned()).path(self.config),
            language: version.language.clone(),
            title: version.title.clone(),
            title_html: version.title_html.clone(),
            summary: version.summary.clone(),
            publish: bulletin.publish.to_string(),
            on: bulletin.on.map(|d| d.to_string()),
            urgent: bulletin.urgent,
            draft: bulletin.draft || !bulletin.shown_on(self.today),
        })
    }
    pub(super) fn bulletin_rows(&self, language: &str) -> Vec<Row> {
        self.bulletins().filter_map(|b| self.bulletin_row(b, language)).collect()
    }
}

/// One of its segments holds for lives as far apart as they are: an early and a late pregnancy, a newborn and a child
/// of five.
pub(super) fn for_everybody(edition: &Edition<'_>, bulletin: &Bulletin) -> bool {
    let household =
        HouseholdFacts { area: String::new(), language: edition.config.main_language().to_owned(), first_child: None };
    let life = |kind, days| SubjectFacts { kind, stage_on: plus_days(edition.today, days), due_on: None, twin: false };
    let lives = [
        life(SubjectKind::Pregnancy, 210),
        life(SubjectKind::Pregnancy, 14),
        life(SubjectKind::Child, -20),
        life(SubjectKind::Child, -5 * 366),
    ];
    let segments = bulletin.segments.iter().filter_map(|s| edition.library.segments.get(s));
    segments.into_iter().any(|s| lives.iter().all(|l| s.rule.holds(l, &household, edition.today)))
}

/// One of its segments holds for a child of some age.
pub(super) fn for_children(edition: &Edition<'_>, bulletin: &Bulletin) -> bool {
    const DAYS: i32 = 7 * 366;
    let household =
        HouseholdFacts { area: String::new(), language: edition.config.main_language().to_owned(), first_child: None };
    let child = |days: i32| SubjectFacts {
        kind: SubjectKind::Child,
        stage_on: plus_days(edition.today, -days),
        due_on: None,
        twin: false,
    };
    let ages: Vec<SubjectFacts> = (0..DAYS).step_by(7).map(child).collect();
    let segments = bulletin.segments.iter().filter_map(|s| edition.library.segments.get(s));
    segments.into_iter().any(|s| ages.iter().any(|age| s.rule.holds(age, &household, edition.today)))
}

pub(super) fn list(edition: &Edition<'_>) -> Value {
    json!({ "section": "news", "bulletins": edition.bulletin_rows(edition.config.main_language()) })
}

pub(super) fn bulletin<'a>(edition: &Edition<'a>, slug: &str, language: &str) -> Option<(Value, &'a Version)> {
    let bulletin = edition.bulletins().find(|b| b.slug == slug)?;
    let version = edition.version(&bulletin.versions, language)?;
    let fallback = version.language != language;
    let context = json!({
        "section": "news",
        "bulletin": facts(edition, version),
        "slug": slug,
        "fallback": fallback,
        "robots": if fallback { "noindex" } else { "" },
        "here": Address::Bulletin(slug.to_owned(), version.language.clone()).path(edition.config),
        "publish": bulletin.publish, "until": bulletin.until, "on": bulletin.on, "urgent": bulletin.urgent,
        "draft": bulletin.draft || !bulletin.shown_on(edition.today),
        "sources": bulletin.sources,
        "sources_html": linked(&bulletin.sources),
        "topics": topics(edition, &bulletin.topics, language),
        "languages": versions(edition, bulletin.versions.keys(), language, |l| Address::Bulletin(slug.to_owned(), l)),
        "others": edition.bulletins().filter(|b| b.slug != slug).filter_map(|b| edition.bulletin_row(b, language))
            .take(4).collect::<Vec<_>>(),
        "handout": edition.handouts.get(slug),
    });
    Some((context, version))
}
