//! The articles of an edition in, their lists out: by slug, by topic in the order of life, and what is near to one.

use super::Stage;
use crate::content::{Article, Library, Version};
use crate::stamp::{Digest, Digester};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Articles of this topic keep to themselves: they are never mixed into lists for a growing pregnancy or child.
pub(super) const LOSS: &str = "loss";

/// Made once for an edition, so that a page costs the same whether there are a hundred articles or ten thousand.
#[derive(Debug)]
pub(super) struct Index<'a> {
    /// By slug.
    shown: Vec<Entry<'a>>,
    by_slug: HashMap<&'a str, usize>,
    /// For each topic of the library, in its order: places in `shown`, in the order of life.
    by_topic: Vec<Vec<usize>>,
    topics: HashMap<&'a str, usize>,
    /// Of all that a list or a neighbour shows of the articles: of all of them, and for each topic.
    digests: OnceLock<(Digest, Vec<Digest>)>,
}

/// More shared topics, then nearer in time, then by slug.
type Rank = (Reverse<usize>, i32, usize);

#[derive(Debug)]
struct Entry<'a> {
    article: &'a Article,
    /// The first stage that it fits; none if no letter sends it.
    begins: Option<Stage>,
    /// Numbers of its topics, ascending.
    topics: Vec<usize>,
    /// The first 64 topics as bits: two such sets are compared in an instant.
    bits: u64,
    /// It is about a loss.
    loss: bool,
}

impl<'a> Index<'a> {
    pub(super) fn new(library: &'a Library, drafts: bool) -> Self {
        let topics: HashMap<&str, usize> = library.topics.iter().enumerate().map(|(n, t)| (t.id.as_str(), n)).collect();
        let loss = topics.get(LOSS).copied();
        let entry = |article: &'a Article| {
            let mut own: Vec<usize> = article.topics.iter().filter_map(|t| topics.get(t.as_str()).copied()).collect();
            own.sort_unstable();
            Entry {
                article,
                begins: article.windows.iter().filter_map(Stage::first_of).min(),
                bits: bits(&own),
                loss: loss.is_some_and(|n| own.contains(&n)),
                topics: own,
            }
        };
        let shown: Vec<Entry<'a>> =
            library.articles.values().map(Arc::as_ref).filter(|a| drafts || !a.draft).map(entry).collect();
        let mut by_topic = vec![Vec::new(); library.topics.len()];
        for (place, entry) in shown.iter().enumerate() {
            for topic in &entry.topics {
                by_topic[*topic].push(place);
            }
        }
        for places in &mut by_topic {
            // Those without a stage stand last.
            places.sort_by_key(|place| (shown[*place].begins.is_none(), shown[*place].begins));
        }
        let by_slug = shown.iter().enumerate().map(|(place, e)| (e.article.slug.as_str(), place)).collect();
        Self { shown, by_slug, by_topic, topics, digests: OnceLock::new() }
    }

    fn digests(&self) -> &(Digest, Vec<Digest>) {
        self.digests.get_or_init(|| {
            let cards: Vec<Digest> = self.shown.par_iter().map(|e| card(e.article)).collect();
            let of_topic =
                |places: &Vec<usize>| Digester::default().digests(places.iter().map(|place| cards[*place])).end();
            (Digester::default().digests(cards.iter().copied()).end(), self.by_topic.iter().map(of_topic).collect())
        })
    }
    /// Of all articles as lists show them.
    pub(super) fn all(&self) -> Digest {
        self.digests().0
    }
    /// Of a topic's articles as lists show them.
    pub(super) fn topic(&self, id: &str) -> Option<Digest> {
        self.topics.get(id).and_then(|n| self.digests().1.get(*n)).copied()
    }
    /// Of all articles that could stand beside one.
    pub(super) fn topics_of(&self, slug: &str) -> impl Iterator<Item = Digest> {
        let own = self.by_slug.get(slug).map_or(&[][..], |place| &self.shown[*place].topics);
        own.iter().filter_map(|n| self.digests().1.get(*n)).copied()
    }

    /// All, by slug.
    pub(super) fn articles(&self) -> impl Iterator<Item = &'a Article> {
        self.shown.iter().map(|e| e.article)
    }
    /// All, in the order of the stages where they begin; those without one last.
    pub(super) fn by_life(&self) -> impl Iterator<Item = &'a Article> {
        let mut sorted: Vec<&Entry<'a>> = self.shown.iter().collect();
        sorted.sort_by_key(|e| (e.begins.is_none(), e.begins));
        sorted.into_iter().map(|e| e.article)
    }
    /// The one with this slug.
    pub(super) fn article(&self, slug: &str) -> Option<&'a Article> {
        self.by_slug.get(slug).map(|place| self.shown[*place].article)
    }
    /// Those of a topic, in the order of the stages where they begin.
    pub(super) fn of_topic(&self, id: &str) -> impl Iterator<Item = &'a Article> {
        let places = self.topics.get(id).map_or(&[][..], |n| &self.by_topic[*n]);
        places.iter().map(|place| self.shown[*place].article)
    }

    /// At most `most` of the same topics, nearest in time first, pregnancy and childhood apart; what is about a loss is
    /// never mixed with the rest. Only what exists in `language`.
    pub(super) fn near(&self, slug: &str, language: &str, most: usize) -> Vec<&'a Article> {
        let Some(here) = self.by_slug.get(slug).map(|place| &self.shown[*place]) else { return Vec::new() };
        let mut best: Vec<(Rank, &'a Article)> = Vec::with_capacity(most + 1);
        for place in here.topics.iter().flat_map(|topic| &self.by_topic[*topic]).copied() {
            let entry = &self.shown[place];
            let Some(distance) = distance(here.begins, entry.begins) else { continue };
            let rank = (Reverse(shared(here, entry)), distance, place);
            let full = best.len() == most && best.last().is_some_and(|(last, _)| *last <= rank);
            if full || entry.loss != here.loss || best.iter().any(|(known, _)| known.2 == place) {
                continue;
            }
            if entry.article.slug == slug || !entry.article.versions.contains_key(language) {
                continue;
            }
            let at = best.partition_point(|(known, _)| *known < rank);
            best.insert(at, (rank, entry.article));
            best.truncate(most);
        }
        best.into_iter().map(|(_, article)| article).collect()
    }
}

/// Of all that a list shows of an article, and of what decides in which lists it stands and where.
fn card(article: &Article) -> Digest {
    let Article { slug, windows, topics, authors, essential, draft, versions, .. } = article;
    let start = Digester::default().part(slug).number(u64::from(*draft)).number(u64::from(*essential));
    let start = [windows.len(), topics.len(), authors.len()].iter().fold(start, |d, n| d.number(*n as u64));
    let start = windows.iter().fold(start, |d, w| d.number(w.unit as u64).number(w.from as u64).number(w.to as u64));
    let start = topics.iter().chain(authors).fold(start, Digester::part);
    let version = |d: Digester, v: &Arc<Version>| {
        let by = v.review.as_ref().map_or("", |r| r.by.as_str());
        d.part(&v.language).part(&v.title).part(&v.title_html).part(&v.summary).part(by).number(u64::from(v.minutes))
    };
    versions.values().fold(start, version).end()
}

/// What has no stage is near to everything.
fn distance(here: Option<Stage>, there: Option<Stage>) -> Option<i32> {
    match (here, there) {
        (Some(here), Some(there)) => here.distance(there),
        _ => Some(0),
    }
}

/// How many topics two articles share.
fn shared(a: &Entry<'_>, b: &Entry<'_>) -> usize {
    let few = (a.bits & b.bits).count_ones() as usize;
    few + a.topics.iter().filter(|n| **n >= 64 && b.topics.contains(n)).count()
}

fn bits(topics: &[usize]) -> u64 {
    topics.iter().filter(|n| **n < 64).fold(0, |bits, n| bits | 1 << n)
}
