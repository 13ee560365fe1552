//! An article in, what a list shows of it out; windows as people say them.

use crate::content::{Article, Person, Profession, Version};
use crate::segment::{Unit, Window};
use crate::site::index::LOSS;
use crate::site::{Address, Edition};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An article in a list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Card {
    pub path: String,
    pub language: String,
    pub title: String,
    pub title_html: String,
    pub summary: String,
    /// 助産師 佐伯みのり・4分
    pub meta: String,
    pub draft: bool,
}

impl Edition<'_> {
    /// The article in a list of `language`; in the main language if it has no such version.
    pub(super) fn card(&self, article: &Article, language: &str) -> Option<Card> {
        let version = self.version(&article.versions, language)?;
        let minutes = self.say(language, "minutes", &[("n", version.minutes.to_string())]);
        let author = article.authors.iter().find_map(|id| self.person(id));
        let meta = author
            .map_or(minutes.clone(), |p| format!("{} {}・{minutes}", self.profession(p.profession, language), p.name));
        Some(Card {
            path: Address::Article(article.slug.clone(), language.to_owned()).path(self.config),
            language: version.language.clone(),
            title: version.title.clone(),
            title_html: version.title_html.clone(),
            summary: version.summary.clone(),
            meta,
            draft: article.draft,
        })
    }

    /// Cards of the main language.
    pub(super) fn cards<'a>(&self, articles: impl IntoIterator<Item = &'a Article>) -> Vec<Card> {
        articles.into_iter().filter_map(|a| self.card(a, self.config.main_language())).collect()
    }

    /// The version of a content in a language; if it has none, that in the main language.
    pub(super) fn version<'a>(
        &self,
        versions: &'a BTreeMap<String, Arc<Version>>,
        language: &str,
    ) -> Option<&'a Version> {
        versions.get(language).or_else(|| versions.get(self.config.main_language())).map(AsRef::as_ref)
    }

    pub(super) fn person(&self, id: &str) -> Option<&Person> {
        self.library.people.iter().find(|p| p.id == id)
    }

    pub(super) fn profession(&self, profession: Profession, language: &str) -> String {
        self.say::<&str>(language, &format!("profession_{}", profession.id()), &[])
    }

    /// Is it about a loss?
    pub(super) fn of_loss(&self, article: &Article) -> bool {
        article.topics.iter().any(|t| t == LOSS)
    }

    /// 妊娠5〜16週
    pub(super) fn window(&self, window: &Window, language: &str) -> String {
        let dash = self.say::<&str>(language, "range", &[]);
        let range = if window.from == window.to {
            window.from.to_string()
        } else {
            format!("{}{dash}{}", window.from, window.to)
        };
        let key = match window.unit {
            Unit::PregnancyWeeks => "window_pregnancy_weeks",
            Unit::ChildDays => "window_child_days",
            Unit::ChildWeeks => "window_child_weeks",
            Unit::ChildMonths => "window_child_months",
            Unit::ChildYears => "window_child_years",
            Unit::CorrectedMonths => "window_corrected_months",
        };
        self.say(language, key, &[("range", range)])
    }
}
