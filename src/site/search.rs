//! An edition in, the files by which its pages find articles, bulletins and fixed pages without a server out.

use super::{Address, Edition};
use crate::content::Version;
use crate::press::Press;
use crate::search::{self, Document, Index, Synonyms};
use crate::stamp::{Digest, Digester};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// The files of every language, `search/<language>/…`.
pub(super) fn put(edition: &Edition<'_>, press: &Press) -> Result<()> {
    edition.config.site.languages.iter().try_for_each(|language| put_language(edition, language, press))
}

fn put_language(edition: &Edition<'_>, language: &str, press: &Press) -> Result<()> {
    let synonyms = edition.library.glossary.synonyms();
    let unit = format!("search/{language}");
    let entries = entries(edition, language);
    let key = Digester::default().digest(edition.world()).digest(Digest::of_json(&synonyms)).digests(entries.iter().map(|e| e.digest())).end();
    if press.keeps(&unit, Digest::default(), key) {
        return Ok(());
    }
    let kept: Kept = entries.iter().map(|e| (Digest::of(&e.path), e.digest())).collect();
    let before: Option<Kept> = press.memo(&unit).and_then(|memo| postcard::from_bytes(memo).ok());
    let files = before.and_then(|before| patched(&entries, &kept, &before, &synonyms, &|name| press.last(&format!("{unit}/{name}"))));
    let files = files.unwrap_or_else(|| {
        let documents: Vec<Document> = entries.par_iter().map(Entry::document).collect();
        Index::new(&documents).files(&synonyms)
    });
    let files = files.into_iter().map(|(name, bytes)| (format!("{unit}/{name}"), bytes));
    press.put_with(&unit, Digest::default(), key, files, postcard::to_stdvec(&kept)?)
}

/// The documents of an index in their order: of the path, and of all that is searched.
type Kept = Vec<(Digest, Digest)>;

/// The index from the files of the last one, with the texts of only those documents that are not as they were.
fn patched(entries: &[Entry<'_>], kept: &Kept, before: &Kept, synonyms: &Synonyms, read: &(dyn Fn(&str) -> Option<Vec<u8>> + Sync)) -> Option<Vec<(String, Vec<u8>)>> {
    let now: HashMap<(Digest, Digest), u32> = kept.iter().enumerate().map(|(n, k)| (*k, n as u32)).collect();
    let numbers: Vec<Option<u32>> = before.iter().map(|k| now.get(k).copied()).collect();
    let same: HashSet<u32> = numbers.iter().flatten().copied().collect();
    let fresh = |n: usize| !same.contains(&(n as u32));
    let documents: Vec<Document> = entries.iter().enumerate().map(|(n, e)| if fresh(n) { e.document() } else { e.without_text() }).collect();
    search::patched(&documents, &numbers, &fresh, read, synonyms)
}

/// What can be found, before its text is asked for.
struct Entry<'a> {
    path: String,
    version: &'a Version,
}

impl Entry<'_> {
    fn digest(&self) -> Digest {
        let Version { title, summary, digest, .. } = self.version;
        Digester::default().part(&self.path).part(title).part(summary).digest(*digest).end()
    }
    fn without_text(&self) -> Document {
        let Version { title, summary, .. } = self.version;
        Document { path: self.path.clone(), title: title.clone(), summary: summary.clone(), text: String::new() }
    }
    fn document(&self) -> Document {
        let Version { title, summary, body, .. } = self.version;
        Document { path: self.path.clone(), title: title.clone(), summary: summary.clone(), text: body.text.clone() }
    }
}

/// What exists in a language: articles in the order of life, bulletins from the newest, fixed pages.
fn entries<'a>(edition: &Edition<'a>, language: &str) -> Vec<Entry<'a>> {
    let mut all = Vec::new();
    let mut add = |version: Option<&'a Version>, address: Address| all.extend(version.map(|version| Entry { path: address.path(edition), version }));
    for article in edition.index().by_life() {
        add(article.versions.get(language), Address::Article(article.slug.clone(), language.to_owned()));
    }
    for bulletin in edition.bulletins() {
        add(bulletin.versions.get(language), Address::Bulletin(bulletin.slug.clone(), language.to_owned()));
    }
    for page in edition.library.pages.values() {
        add(page.versions.get(language), Address::Page(page.slug.clone(), language.to_owned()));
    }
    all
}
