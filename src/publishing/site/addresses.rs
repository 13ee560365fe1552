//! An edition in, the addresses of all its pages out; a path in, the page at it out.

use super::{Address, Edition, Stage};
use crate::content::{Alias, Article, Bulletin};
use std::sync::Arc;

impl<'a> Edition<'a> {
    /// All pages of this edition.
    pub fn addresses(&self) -> Vec<Address> {
        let mut all = self.few();
        for article in self.articles() {
            let here: Vec<Address> = self
                .config
                .site
                .languages
                .iter()
                .map(|language| Address::Article(article.slug.clone(), language.clone()))
                .collect();
            all.extend(moved(&article.aliases, &here));
            all.extend(here);
        }
        let topics: Vec<Address> = self
            .library
            .topics
            .iter()
            .flat_map(|t| (1..=self.topic_parts(&t.id)).map(|part| Address::Topic(t.id.clone(), part)))
            .collect();
        all.extend(topics.iter().cloned().map(spared));
        all.extend(topics);
        all
    }

    /// All but articles and lists of topics.
    fn few(&self) -> Vec<Address> {
        let mut all = Vec::new();
        all.extend(self.config.site.languages.iter().cloned().map(Address::Home));
        all.extend(Stage::all().map(Address::Stage));
        all.extend([Address::Articles, Address::Bulletins, Address::People, Address::Quiet, Address::NotFound]);
        all.extend(self.config.site.languages.iter().cloned().map(Address::Contacts));
        all.extend(self.config.site.languages.iter().cloned().map(Address::QuietContacts));
        all.extend(self.config.site.languages.iter().cloned().map(Address::Search));
        all.extend(self.config.site.languages.iter().skip(1).cloned().map(Address::Home).map(spared));
        all.extend(Stage::all().map(Address::Stage).chain([Address::Articles, Address::Bulletins]).map(spared));
        let night = self.library.pages.get(super::NIGHT).into_iter().flat_map(|_| &self.config.site.languages);
        all.extend(night.map(|language| spared(Address::Page(super::NIGHT.into(), language.clone()))));
        all.extend(self.config.site.api.then_some(Address::Api));
        for bulletin in self.bulletins() {
            let here: Vec<Address> = self
                .config
                .site
                .languages
                .iter()
                .map(|language| Address::Bulletin(bulletin.slug.clone(), language.clone()))
                .collect();
            all.extend(moved(&bulletin.aliases, &here));
            all.extend(here.iter().cloned().map(spared));
            all.extend(here);
        }
        for page in self.library.pages.values() {
            all.extend(
                self.config.site.languages.iter().map(|language| Address::Page(page.slug.clone(), language.clone())),
            );
        }
        let people: Vec<Address> = self.library.people.iter().map(|p| Address::Person(p.id.clone())).collect();
        all.extend(people.iter().cloned().map(spared));
        all.extend(people);
        all
    }

    /// Who asks for a page: the file and its line, or what this program makes by itself.
    pub fn source(&self, address: &Address) -> String {
        let of = |versions: &std::collections::BTreeMap<String, Arc<crate::content::Version>>, language: &String| {
            versions.get(language).or_else(|| versions.values().next()).map(|v| format!("{}:1", v.file))
        };
        let library = self.library;
        let file = match address {
            Address::Article(slug, language) => library.articles.get(slug).and_then(|a| of(&a.versions, language)),
            Address::Bulletin(slug, language) => library.bulletins.get(slug).and_then(|b| of(&b.versions, language)),
            Address::Page(slug, language) => library.pages.get(slug).and_then(|p| of(&p.versions, language)),
            Address::Topic(id, _) => Some(format!("content/topics.yaml の `{id}`")),
            Address::Person(id) => Some(format!("content/people.yaml の `{id}`")),
            Address::Moved(old, to) => {
                let alias = |file: &str, aliases: &[Alias]| {
                    aliases.iter().find(|a| a.slug == *old).map(|a| format!("{file}:{} の aliases", a.at.line))
                };
                match &**to {
                    Address::Article(slug, _) => library.articles.get(slug).and_then(|a| alias(&a.file, &a.aliases)),
                    Address::Bulletin(slug, _) => library.bulletins.get(slug).and_then(|b| alias(&b.file, &b.aliases)),
                    _ => None,
                }
            }
            Address::Spared(page) => return self.source(page),
            _ => None,
        };
        file.unwrap_or_else(|| format!("このプログラムのページ {}", address.path(self.config)))
    }

    /// Stands in no list of pages: it says what another page says, or leads on.
    pub fn unlisted(&self, address: &Address) -> bool {
        match address {
            Address::NotFound
            | Address::Quiet
            | Address::QuietContacts(_)
            | Address::Spared(_)
            | Address::Moved(..)
            | Address::Search(_) => true,
            Address::Article(slug, language) => {
                self.library.articles.get(slug).is_none_or(|a| !a.versions.contains_key(language))
            }
            Address::Bulletin(slug, language) => {
                self.library.bulletins.get(slug).is_none_or(|b| !b.versions.contains_key(language))
            }
            Address::Page(slug, language) => {
                self.library.pages.get(slug).is_none_or(|p| !p.versions.contains_key(language))
            }
            _ => false,
        }
    }

    /// The page at a path such as `/articles/tsuwari/`.
    pub fn address_of(&self, path: &str) -> Option<Address> {
        let one_of = |all: Vec<Address>| all.into_iter().find(|a| a.path(self.config) == path);
        self.many(path)
            .filter(|a| a.path(self.config) == path)
            .or_else(|| one_of(self.few()))
            .or_else(|| one_of(self.addresses()))
    }

    /// What a path would be of those kinds of which there are many, found without looking at all of them.
    fn many(&self, path: &str) -> Option<Address> {
        if let Some(behind) = path.strip_prefix("/quiet/topics/") {
            return self.many(&format!("/topics/{behind}")).map(spared);
        }
        let mut names = path.trim_matches('/').split('/');
        match (names.next()?, names.next()?, names.next()) {
            ("articles", slug, language) => {
                let language = language.unwrap_or_else(|| self.config.main_language());
                let known =
                    self.index().article(slug).is_some() && self.config.site.languages.iter().any(|l| l == language);
                known.then(|| Address::Article(slug.to_owned(), language.to_owned()))
            }
            ("topics", id, part) => {
                let part = part.map_or(Some(1), |part| part.parse().ok())?;
                let known =
                    self.library.topics.iter().any(|t| t.id == id) && (1..=self.topic_parts(id)).contains(&part);
                known.then(|| Address::Topic(id.to_owned(), part))
            }
            _ => None,
        }
    }

    /// Articles that this edition shows.
    pub fn articles(&self) -> impl Iterator<Item = &'a Article> {
        self.index().articles()
    }

    /// Bulletins that this edition shows, the newest first.
    pub fn bulletins(&self) -> impl Iterator<Item = &'a Bulletin> + use<'a> {
        let mut shown: Vec<&'a Bulletin> = self
            .library
            .bulletins
            .values()
            .map(Arc::as_ref)
            .filter(|b| self.drafts || (!b.draft && b.shown_on(self.today)))
            .collect();
        shown.sort_by(|a, b| (b.urgent, b.publish, &a.slug).cmp(&(a.urgent, a.publish, &b.slug)));
        shown.into_iter()
    }
}

/// What stands there for a device that is to be spared.
fn spared(page: Address) -> Address {
    Address::Spared(Box::new(page))
}

/// The addresses that a content's pages had under its old names.
fn moved<'a>(aliases: &'a [Alias], here: &'a [Address]) -> impl Iterator<Item = Address> + 'a {
    aliases.iter().flat_map(|alias| here.iter().map(|to| Address::Moved(alias.slug.clone(), Box::new(to.clone()))))
}
