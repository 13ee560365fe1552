//! The JSON files that there are, and what their shapes have in common.

use super::query::MOST;
use super::shape::{Day, Heading, List, Review, Reviewed, Version};
use crate::content;
use crate::site::{Edition, Stage};

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
pub(super) fn stage_name(stage: Stage) -> String {
    format!("{}/{}", stage.group(), stage.number())
}

/// The stage of a name such as `weeks/24`.
pub(super) fn stage_named(name: &str) -> Option<Stage> {
    let (group, number) = name.split_once('/')?;
    Stage::all().find(|s| s.group() == group && s.number().to_string() == number)
}

/// A list that is always whole.
pub(super) fn whole<T>(items: Vec<T>) -> List<T> {
    List { total: items.len(), items, next: None }
}

/// How many files a list has; one even if it is empty.
pub(super) fn parts(items: usize) -> usize {
    items.div_ceil(MOST).max(1)
}

/// A static part of a list, with the address of the next one.
pub(super) fn part_of<S, T>(
    all: &[S],
    part: usize,
    shape: impl Fn(&S) -> Option<T>,
    url: impl Fn(usize) -> String,
) -> List<T> {
    let items = all.iter().skip((part.max(1) - 1) * MOST).take(MOST).filter_map(shape).collect();
    List { total: all.len(), items, next: (part < parts(all.len())).then(|| url(part + 1)) }
}

/// What follows `after`, at most `limit`, and the slug after which to go on.
pub(super) fn page_of<'s, S>(
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

pub(super) fn review(review: &content::Review) -> Review {
    Review { by: review.by.clone(), on: Day(review.on), next: Day(review.next) }
}

pub(super) fn reviewed(edition: &Edition<'_>, version: &content::Version) -> Reviewed {
    match &version.review {
        None => Reviewed::None,
        Some(review) if review.holds_on(edition.today) => Reviewed::Current,
        Some(_) => Reviewed::Expired,
    }
}

/// A version with its text; `path` is its page's.
pub(super) fn version(edition: &Edition<'_>, version: &content::Version, path: &str) -> Version {
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
pub(super) fn languages(
    edition: &Edition<'_>,
    versions: &std::collections::BTreeMap<String, std::sync::Arc<content::Version>>,
) -> Vec<String> {
    edition.config.site.languages.iter().filter(|l| versions.contains_key(*l)).cloned().collect()
}
