//! Every page of the public site: what it is, where it is, in which file.

use super::{Edition, Stage};
use crate::content::{Article, Bulletin, Version};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A page of the public site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `/`, and `/<language>/` for each other language.
    Home(String),
    /// `/weeks/24/`, `/months/3/`, `/years/2/`.
    Stage(Stage),
    /// `/articles/`: all of them by topic.
    Articles,
    /// `/articles/<slug>/` and `/articles/<slug>/<language>/`.
    Article(String, String),
    /// `/topics/<id>/`, `/topics/<id>/2/`: a part of its list, counted from 1.
    Topic(String, usize),
    /// `/bulletins/`.
    Bulletins,
    /// `/bulletins/<slug>/` and `/bulletins/<slug>/<language>/`.
    Bulletin(String, String),
    /// `/people/`.
    People,
    /// `/people/<id>/`.
    Person(String),
    /// `/<slug>/` and `/<slug>/<language>/`: about, privacy, loss, night, …
    Page(String, String),
    /// `/contacts/` and `/contacts/<language>/`.
    Contacts(String),
    /// `/search/`.
    Search,
    /// `/quiet/`: what `/` shows to a household that has stopped letters; it does not open with weeks. In no list of pages.
    Quiet,
    /// `/404.html`.
    NotFound,
}

impl Address {
    /// Its path below the public URL.
    pub fn path(&self, edition: &Edition<'_>) -> String {
        let main = edition.config.main_language();
        let with = |before: String, language: &str| if language == main { before } else { format!("{before}{language}/") };
        match self {
            Self::Home(language) => with("/".into(), language),
            Self::Stage(stage) => stage.path(),
            Self::Articles => "/articles/".into(),
            Self::Article(slug, language) => with(format!("/articles/{slug}/"), language),
            Self::Topic(id, 0 | 1) => format!("/topics/{id}/"),
            Self::Topic(id, part) => format!("/topics/{id}/{part}/"),
            Self::Bulletins => "/bulletins/".into(),
            Self::Bulletin(slug, language) => with(format!("/bulletins/{slug}/"), language),
            Self::People => "/people/".into(),
            Self::Person(id) => format!("/people/{id}/"),
            Self::Page(slug, language) => with(format!("/{slug}/"), language),
            Self::Contacts(language) => with("/contacts/".into(), language),
            Self::Search => "/search/".into(),
            Self::Quiet => "/quiet/".into(),
            Self::NotFound => "/404.html".into(),
        }
    }

    /// Its file below the output folder.
    pub fn file(&self, edition: &Edition<'_>) -> String {
        let path = self.path(edition);
        let below = path.trim_start_matches('/');
        if below.is_empty() || below.ends_with('/') { format!("{below}index.html") } else { below.to_owned() }
    }
}

impl<'a> Edition<'a> {
    /// All pages of this edition.
    pub fn addresses(&self) -> Vec<Address> {
        let mut all = Vec::new();
        all.extend(self.config.site.languages.iter().cloned().map(Address::Home));
        all.extend(Stage::all().map(Address::Stage));
        all.extend([Address::Articles, Address::Bulletins, Address::People, Address::Quiet, Address::Search, Address::NotFound]);
        all.extend(self.config.site.languages.iter().cloned().map(Address::Contacts));
        for article in self.articles() {
            all.extend(languages(&article.versions).map(|language| Address::Article(article.slug.clone(), language)));
        }
        for bulletin in self.bulletins() {
            all.extend(languages(&bulletin.versions).map(|language| Address::Bulletin(bulletin.slug.clone(), language)));
        }
        for page in self.library.pages.values() {
            all.extend(languages(&page.versions).map(|language| Address::Page(page.slug.clone(), language)));
        }
        all.extend(self.library.topics.iter().flat_map(|t| (1..=self.topic_parts(&t.id)).map(|part| Address::Topic(t.id.clone(), part))));
        all.extend(self.library.people.iter().map(|p| Address::Person(p.id.clone())));
        all
    }

    /// The page at a path such as `/articles/tsuwari/`.
    pub fn address_of(&self, path: &str) -> Option<Address> {
        self.addresses().into_iter().find(|a| a.path(self) == path)
    }

    /// Articles that this edition shows.
    pub fn articles(&self) -> impl Iterator<Item = &'a Article> {
        self.index().articles()
    }

    /// Bulletins that this edition shows, the newest first.
    pub fn bulletins(&self) -> impl Iterator<Item = &'a Bulletin> + use<'a> {
        let mut shown: Vec<&'a Bulletin> = self.library.bulletins.values().map(Arc::as_ref).filter(|b| self.drafts || (!b.draft && b.shown_on(self.today))).collect();
        shown.sort_by(|a, b| (b.urgent, b.publish, &a.slug).cmp(&(a.urgent, a.publish, &b.slug)));
        shown.into_iter()
    }
}

fn languages(versions: &BTreeMap<String, Version>) -> impl Iterator<Item = String> {
    versions.keys().cloned()
}
