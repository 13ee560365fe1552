//! An edition in, the files by which its pages find articles, bulletins and fixed pages without a server out.

use super::{Address, Edition};
use crate::content::Version;
use crate::press::Press;
use crate::search::{self, Document, Earlier, Index, Words};
use crate::stamp::{Digest, Digester};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// The files of every language, `search/<language>/…`.
pub(super) fn put(edition: &Edition<'_>, press: &Press) -> Result<()> {
    edition.config.site.languages.iter().try_for_each(|language| put_language(edition, language, press))
}

fn put_language(edition: &Edition<'_>, language: &str, press: &Press) -> Result<()> {
    let unit = format!("search/{language}");
    let entries = entries(edition, language);
    let words = words(edition, &entries);
    let danger = super::urgent::file(edition, language)?;
    let kept: Kept = entries.par_iter().map(Entry::digest).collect();
    let key = Digester::default()
        .digest(edition.world())
        .digest(Digest::of_json(&(&words.synonyms, &words.first)))
        .part(&danger)
        .digests(kept.iter().copied())
        .end();
    if press.keeps(&unit, Digest::default(), key) {
        return Ok(());
    }
    let before: Option<Kept> = press.memo(&unit).and_then(|memo| postcard::from_bytes(memo).ok());
    let read = |name: &str| press.last(&format!("{unit}/{name}"));
    let patch = |before: Kept| {
        search::patched(
            entries.len(),
            &|n| entries[n].document(),
            Earlier { numbers: &numbers(&before, &kept), read: &read },
            &words,
        )
    };
    let files = before.and_then(patch).unwrap_or_else(|| {
        let documents: Vec<Document> = entries.par_iter().map(Entry::document).collect();
        Index::new(&documents).files(&words).into_iter().map(|(name, bytes)| (name, Some(bytes))).collect()
    });
    let files = files
        .into_iter()
        .chain([("danger.json".to_owned(), Some(danger))])
        .map(|(name, bytes)| (format!("{unit}/{name}"), bytes));
    press.put_with(&unit, Digest::default(), key, files, postcard::to_stdvec(&kept)?)
}

/// The glossary's words, and the pages of `search.yaml` by their numbers.
fn words(edition: &Edition<'_>, entries: &[Entry<'_>]) -> Words {
    let number = |slug: &str| entries.iter().position(|e| e.slug == slug);
    let first = edition
        .library
        .asked
        .iter()
        .filter_map(|asked| Some((number(&asked.page)?, search::shortened(&asked.words))))
        .collect();
    Words { synonyms: edition.library.glossary.synonyms(), first }
}

/// The documents of an index in their order: of the path, and of all that is searched.
type Kept = Vec<Digest>;

/// What number each document of `before` has `now`, if it is the same.
fn numbers(before: &Kept, now: &Kept) -> Vec<Option<u32>> {
    let stays = |n: usize| before.get(n) == now.get(n);
    let moved: HashMap<Digest, u32> = (0..now.len()).filter(|n| !stays(*n)).map(|n| (now[n], n as u32)).collect();
    (0..before.len()).map(|n| if stays(n) { Some(n as u32) } else { moved.get(&before[n]).copied() }).collect()
}

/// What can be found, before its text is asked for.
struct Entry<'a> {
    path: String,
    /// Of an article or a fixed page; nothing leads to a bulletin first.
    slug: &'a str,
    text: Text<'a>,
}

enum Text<'a> {
    /// Of a file.
    Version(&'a Version),
    /// Of a page of the server, in the theme's words: title, summary, text.
    Words([String; 3]),
}

impl Entry<'_> {
    fn digest(&self) -> Digest {
        match &self.text {
            Text::Version(Version { title, summary, digest, .. }) => {
                Digester::default().part(&self.path).part(title).part(summary).digest(*digest).end()
            }
            Text::Words(words) => Digester::default().part(&self.path).digest(Digest::of_json(words)).end(),
        }
    }
    fn document(&self) -> Document {
        let path = self.path.clone();
        match &self.text {
            Text::Version(Version { title, summary, body, .. }) => {
                Document { path, title: title.clone(), summary: summary.clone(), text: body.text.clone() }
            }
            Text::Words([title, summary, text]) => {
                Document { path, title: title.clone(), summary: summary.clone(), text: text.clone() }
            }
        }
    }
}

/// What exists in a language: articles in the order of life, bulletins from the newest, fixed pages, and how to stop. A
/// fixed page that people ask for by words is found in every language, as the site shows it in every one.
fn entries<'a>(edition: &Edition<'a>, language: &str) -> Vec<Entry<'a>> {
    let mut all = Vec::new();
    let mut add = |version: Option<&'a Arc<Version>>, slug: &'a str, address: Address| {
        all.extend(version.map(|version| Entry {
            path: address.path(edition.config),
            slug,
            text: Text::Version(version),
        }));
    };
    for article in edition.index().by_life() {
        add(article.versions.get(language), &article.slug, Address::Article(article.slug.clone(), language.to_owned()));
    }
    for bulletin in edition.bulletins() {
        add(bulletin.versions.get(language), "", Address::Bulletin(bulletin.slug.clone(), language.to_owned()));
    }
    let asked = |slug: &str| edition.library.asked.iter().any(|a| a.page == slug);
    for page in edition.library.pages.values() {
        let version = page
            .versions
            .get(language)
            .or_else(|| page.versions.get(edition.config.main_language()).filter(|_| asked(&page.slug)));
        add(version, &page.slug, Address::Page(page.slug.clone(), language.to_owned()));
    }
    if asked("stop") {
        let say = |key: &str| edition.say::<&str>(language, key, &[]);
        let path = if language == edition.config.main_language() {
            "/stop".to_owned()
        } else {
            format!("/stop?lang={language}")
        };
        all.push(Entry {
            path,
            slug: "stop",
            text: Text::Words([say("stop_title"), say("stop_search"), [say("stop_text"), say("stop_how")].concat()]),
        });
    }
    all
}
