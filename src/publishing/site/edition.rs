//! A day's state of the site: library, theme and date in, any single page out.

use super::index::Index;
use super::{Address, Pictures, Theme};
use crate::calendar::Date;
use crate::config::Config;
use crate::content::Library;
use crate::stamp::{Digest, Digester, Stamp};
use anyhow::Result;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What is shown on `today`, and how.
#[derive(Debug)]
pub struct Edition<'a> {
    /// Settings.
    pub config: &'a Config,
    /// What people wrote.
    pub library: &'a Library,
    /// Templates and words.
    pub theme: &'a Theme,
    /// Bulletins, reviews and drafts are judged by this day.
    pub today: Date,
    /// Show drafts and bulletins that are not yet or no longer published (preview).
    pub drafts: bool,
    /// Printed handouts: the article's or bulletin's slug and the PDF's path below the public URL (`/flyers/…pdf`).
    pub handouts: BTreeMap<String, String>,
    /// Resized pictures of the bodies.
    pub pictures: Pictures,
    index: OnceLock<Index<'a>>,
    world: OnceLock<Digest>,
    lists: OnceLock<Digest>,
}

impl<'a> Edition<'a> {
    /// What is published on `today`: no drafts, no handouts, pictures not yet resized.
    pub fn new(config: &'a Config, library: &'a Library, theme: &'a Theme, today: Date) -> Self {
        Self {
            config,
            library,
            theme,
            today,
            drafts: false,
            handouts: BTreeMap::new(),
            pictures: Pictures::default(),
            index: OnceLock::new(),
            world: OnceLock::new(),
            lists: OnceLock::new(),
        }
    }
    /// Also drafts and bulletins of other days.
    pub fn with_drafts(mut self) -> Self {
        self.drafts = true;
        self.index = OnceLock::new();
        self.world = OnceLock::new();
        self.lists = OnceLock::new();
        self
    }
    /// With links to printed handouts: slug to the PDF's path below the public URL.
    pub fn with_handouts(mut self, handouts: BTreeMap<String, String>) -> Self {
        self.handouts = handouts;
        self
    }
    /// With resized pictures.
    pub fn with_pictures(mut self, pictures: Pictures) -> Self {
        self.pictures = pictures;
        self
    }
    /// The lists of what is shown.
    pub(super) fn index(&self) -> &Index<'a> {
        self.index.get_or_init(|| Index::new(self.library, self.drafts))
    }
    /// The path of an article in a language.
    pub fn article_path(&self, slug: &str, language: &str) -> String {
        Address::Article(slug.to_owned(), language.to_owned()).path(self.config)
    }
    /// A page as HTML, not minified.
    pub fn render(&self, address: &Address) -> Result<String> {
        self.print(self.sheet(address)?)
    }
    /// Of all that every page is made with beside its own context: the program, the settings, the theme.
    pub(super) fn world(&self) -> Digest {
        *self.world.get_or_init(|| {
            let program = std::env::current_exe().ok().and_then(|exe| Stamp::of(&exe));
            let settings = std::fs::read(self.config.root.join("otayori.yaml")).unwrap_or_default();
            Digester::default().digest(Digest::of_json(&program)).part(settings).digest(self.theme.digest()).end()
        })
    }
    /// Of all that lists show: the cards of all articles, bulletins, fixed pages.
    fn lists(&self) -> Digest {
        *self.lists.get_or_init(|| {
            let files = self.bulletins().map(|b| &b.versions).chain(self.library.pages.values().map(|p| &p.versions));
            Digester::default()
                .digest(self.index().all())
                .digests(files.flat_map(|versions| versions.values().map(|v| v.digest)))
                .end()
        })
    }
    /// What is quickly known of a page: as long as it is the same, so is all that is on the page. `None`: nothing is.
    pub(super) fn gate(&self, address: &Address) -> Option<Digest> {
        let start = || Digester::default().digest(self.world()).digest(self.library.world).part(self.today.to_string());
        match address {
            Address::Article(slug, language) => {
                let article = self.index().article(slug)?;
                let versions = article.versions.iter().map(|(l, v)| {
                    Digester::default()
                        .part(l)
                        .digest(v.digest)
                        .digests(v.images.iter().map(|i| self.pictures.digest(i)))
                        .end()
                });
                let handout = self.handouts.get(slug).map_or("", String::as_str);
                Some(start().part(language).digests(versions).digests(self.index().topics_of(slug)).part(handout).end())
            }
            Address::Topic(id, part) => Some(start().number(*part as u64).digests(self.index().topic(id)).end()),
            Address::Spared(page) => match &**page {
                Address::Bulletin(..) | Address::Page(..) => None,
                page => self.gate(page),
            },
            // They show cards, titles and lists, and nothing of what stands in a text.
            Address::Home(_)
            | Address::Stage(_)
            | Address::Articles
            | Address::Bulletins
            | Address::People
            | Address::Person(_)
            | Address::Contacts(_)
            | Address::Search(_)
            | Address::Quiet
            | Address::QuietContacts(_)
            | Address::NotFound => Some(start().part(address.path(self.config)).digest(self.lists()).end()),
            Address::Bulletin(..) | Address::Page(..) | Address::Moved(..) | Address::Api => None,
        }
    }
}
