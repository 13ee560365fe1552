//! An edition in, everything that the site knows as JSON out: static files for any web host, and filtered lists for the
//! server.
//!
//! [`shape`] has the shapes, `openapi` describes them. A [`Resource`] is one static file; the server answers an
//! unfiltered request with it.

mod article;
mod bulletin;
mod lists;
mod openapi;
pub mod query;
mod segment;
pub mod shape;
mod stage;

pub use openapi::document;

use super::{Address, Edition, Stage};
use crate::content;
use crate::press::Press;
use crate::stamp::{Digest, Digester};
use anyhow::Result;
use query::MOST;
use rayon::prelude::*;
use serde::Serialize;
use shape::{Day, Heading, List, Review, Reviewed, Version};

/// Where the JSON is, below the public URL.
pub const BASE: &str = "/api/v1";

/// One JSON file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// What there is.
    Root,
    /// A part of the list of articles, counted from 1.
    Articles(usize),
    /// An article.
    Article(String),
    /// A part of the list of bulletins, counted from 1.
    Bulletins(usize),
    /// A bulletin.
    Bulletin(String),
    /// Fixed pages.
    Pages,
    /// Rules of segments.
    Segments,
    /// All seats on the wire.
    Stages,
    /// A seat with its articles.
    Stage(Stage),
    /// Topics.
    Topics,
    /// Authors and reviewers.
    People,
    /// Emergency contacts.
    Contacts,
    /// Where articles are missing.
    Coverage,
    /// The description of all this.
    OpenApi,
}

impl Resource {
    /// Its file below [`BASE`]. No slug has a `_` in it.
    pub fn file(&self) -> String {
        match self {
            Self::Root => "index.json".into(),
            Self::Articles(part) => list_file("articles", *part),
            Self::Article(slug) => item_file("articles", slug),
            Self::Bulletins(part) => list_file("bulletins", *part),
            Self::Bulletin(slug) => item_file("bulletins", slug),
            Self::Pages => "pages.json".into(),
            Self::Segments => "segments.json".into(),
            Self::Stages => "stages/index.json".into(),
            Self::Stage(stage) => format!("stages/{}.json", stage_name(*stage)),
            Self::Topics => "topics.json".into(),
            Self::People => "people.json".into(),
            Self::Contacts => "contacts.json".into(),
            Self::Coverage => "coverage.json".into(),
            Self::OpenApi => "openapi.json".into(),
        }
    }
}

fn list_file(of: &str, part: usize) -> String {
    if part <= 1 { format!("{of}/index.json") } else { format!("{of}/_{part}.json") }
}

fn item_file(of: &str, slug: &str) -> String {
    // `index.json` is the list.
    if slug == "index" { format!("{of}/_index.json") } else { format!("{of}/{slug}.json") }
}

/// `weeks/24`
fn stage_name(stage: Stage) -> String {
    format!("{}/{}", stage.group(), stage.number())
}

/// The stage of a name such as `weeks/24`.
fn stage_named(name: &str) -> Option<Stage> {
    let (group, number) = name.split_once('/')?;
    Stage::all().find(|s| s.group() == group && s.number().to_string() == number)
}

/// Puts all files on a press, in parallel and one at a time in memory; how many. None where the site does not want them
/// (`api: false`).
pub(super) fn put(edition: &Edition<'_>, press: &Press) -> Result<usize> {
    if !edition.config.site.api {
        return Ok(0);
    }
    let resources = edition.resources();
    resources.par_iter().try_for_each(|resource| {
        let file = format!("{}/{}", BASE.trim_start_matches('/'), resource.file());
        let key = edition.key(resource);
        if key.is_some_and(|key| press.keeps_gate(&file, key)) {
            return Ok(());
        }
        press.put(&file, key.unwrap_or_default(), Digest::default(), [(file.clone(), edition.json(resource)?)])
    })?;
    Ok(resources.len())
}

impl Edition<'_> {
    /// All JSON files of this edition.
    pub fn resources(&self) -> Vec<Resource> {
        use Resource::{
            Article, Articles, Bulletin, Bulletins, Contacts, Coverage, OpenApi, Pages, People, Root, Segments, Stages,
            Topics,
        };
        let mut all = vec![Root, Pages, Segments, Stages, Topics, People, Contacts, Coverage, OpenApi];
        all.extend(Stage::all().map(Resource::Stage));
        let slugs: Vec<String> = self.articles().map(|a| a.slug.clone()).collect();
        all.extend((1..=parts(slugs.len())).map(Articles));
        all.extend(slugs.into_iter().map(Article));
        let slugs: Vec<String> = self.bulletins().map(|b| b.slug.clone()).collect();
        all.extend((1..=parts(slugs.len())).map(Bulletins));
        all.extend(slugs.into_iter().map(Bulletin));
        all
    }

    /// A file's bytes.
    pub fn json(&self, resource: &Resource) -> Result<Vec<u8>> {
        let missing = || anyhow::anyhow!("{} はありません", resource.file());
        match resource {
            Resource::Root => bytes(&lists::root(self)),
            Resource::Articles(part) => bytes(&article::part(self, *part)),
            Resource::Article(slug) => bytes(&article::item(self, slug).ok_or_else(missing)?),
            Resource::Bulletins(part) => bytes(&bulletin::part(self, *part)),
            Resource::Bulletin(slug) => bytes(&bulletin::item(self, slug).ok_or_else(missing)?),
            Resource::Pages => bytes(&whole(lists::pages(self))),
            Resource::Segments => bytes(&whole(segment::all(self))),
            Resource::Stages => bytes(&whole(stage::all(self))),
            Resource::Stage(stage) => bytes(&stage::item(self, *stage)),
            Resource::Topics => bytes(&whole(lists::topics(self))),
            Resource::People => bytes(&whole(lists::people(self))),
            Resource::Contacts => bytes(&whole(lists::contacts(self))),
            Resource::Coverage => bytes(&self.coverage()),
            Resource::OpenApi => bytes(&document(self.config)),
        }
    }

    /// The articles that fit, after the one where the reader stopped; the text of an error is for the reader.
    pub fn find_articles(&self, query: &query::ArticleQuery) -> Result<List<shape::ArticleSummary>, String> {
        article::find(self, query)
    }
    /// The bulletins that fit.
    pub fn find_bulletins(&self, query: &query::BulletinQuery) -> Result<List<shape::BulletinSummary>, String> {
        bulletin::find(self, query)
    }

    /// What is quickly known of a file: as long as it is the same, so is the file. `None`: nothing is, and the file is
    /// small or short.
    fn key(&self, resource: &Resource) -> Option<Digest> {
        let of = |articles: &mut dyn Iterator<Item = &content::Article>| {
            let start =
                Digester::default().digest(self.world()).digest(self.library.world).part(self.today.to_string());
            articles.fold(start, |all, a| {
                a.versions.iter().fold(all.part(&a.slug), |all, (language, v)| all.part(language).digest(v.digest))
            })
        };
        match resource {
            Resource::Article(slug) => {
                self.gate(&Address::Article(slug.clone(), self.config.main_language().to_owned()))
            }
            Resource::Articles(part) => {
                let all = self.articles().count();
                Some(of(&mut self.articles().skip((part.max(&1) - 1) * MOST).take(MOST)).number(all as u64).end())
            }
            Resource::Stage(stage) => Some(of(&mut stage.articles(self.library, self.drafts).into_iter()).end()),
            Resource::Coverage | Resource::Stages | Resource::Topics => Some(of(&mut self.articles()).end()),
            _ => None,
        }
    }

    fn resource_url(&self, resource: &Resource) -> String {
        self.config.url(&format!("{BASE}/{}", resource.file()))
    }
}

/// JSON as it is sent and written.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A list that is always whole.
fn whole<T>(items: Vec<T>) -> List<T> {
    List { total: items.len(), items, next: None }
}

/// How many files a list has; one even if it is empty.
fn parts(items: usize) -> usize {
    items.div_ceil(MOST).max(1)
}

/// A static part of a list, with the address of the next one.
fn part_of<S, T>(all: &[S], part: usize, shape: impl Fn(&S) -> Option<T>, url: impl Fn(usize) -> String) -> List<T> {
    let items = all.iter().skip((part.max(1) - 1) * MOST).take(MOST).filter_map(shape).collect();
    List { total: all.len(), items, next: (part < parts(all.len())).then(|| url(part + 1)) }
}

/// What follows `after`, at most `limit`, and the slug after which to go on.
fn page_of<'s, S>(
    fit: &'s [S],
    slug: impl Fn(&S) -> &str,
    after: Option<&str>,
    limit: usize,
) -> (&'s [S], Option<String>) {
    let from = after.map_or(0, |after| fit.partition_point(|s| slug(s) <= after));
    let page = &fit[from..(from + limit).min(fit.len())];
    let more = from + page.len() < fit.len();
    let last = page.last().map(|s| slug(s).to_owned()).filter(|_| more);
    (page, last)
}

fn review(review: &content::Review) -> Review {
    Review { by: review.by.clone(), on: Day(review.on), next: Day(review.next) }
}

fn reviewed(edition: &Edition<'_>, version: &content::Version) -> Reviewed {
    match &version.review {
        None => Reviewed::None,
        Some(review) if review.holds_on(edition.today) => Reviewed::Current,
        Some(_) => Reviewed::Expired,
    }
}

/// A version with its text; `path` is its page's.
fn version(edition: &Edition<'_>, version: &content::Version, path: &str) -> Version {
    let body = &version.body;
    Version {
        language: version.language.clone(),
        url: edition.config.url(path),
        title: version.title.clone(),
        title_html: version.title_html.clone(),
        summary: version.summary.clone(),
        review: version.review.as_ref().map(review),
        minutes: version.minutes,
        headings: body
            .headings
            .iter()
            .map(|h| Heading { level: h.level, id: h.id.clone(), html: h.html.clone() })
            .collect(),
        html: format!("{}{}", edition.pictures.complete(&body.gist_html), edition.pictures.complete(&body.html)),
        footnotes_html: body.footnotes_html.clone(),
    }
}

/// Codes of the existing versions, in the site's order.
fn languages(
    edition: &Edition<'_>,
    versions: &std::collections::BTreeMap<String, std::sync::Arc<content::Version>>,
) -> Vec<String> {
    edition.config.site.languages.iter().filter(|l| versions.contains_key(*l)).cloned().collect()
}
