//! An edition in, the files by which its pages find articles, bulletins and fixed pages without a server out.

use super::{Address, Edition};
use crate::content::Version;
use crate::press::Press;
use crate::search::{Document, Index};
use crate::stamp::{Digest, Digester};
use anyhow::Result;

/// The files of every language, `search/<language>/…`.
pub(super) fn put(edition: &Edition<'_>, press: &Press) -> Result<()> {
    edition.config.site.languages.iter().try_for_each(|language| put_language(edition, language, press))
}

fn put_language(edition: &Edition<'_>, language: &str, press: &Press) -> Result<()> {
    let synonyms = Vec::new();
    let unit = format!("search/{language}");
    let entries = entries(edition, language);
    let key = Digester::default().digest(edition.world()).digests(entries.iter().map(|e| e.digest())).end();
    if press.keeps(&unit, Digest::default(), key) {
        return Ok(());
    }
    let documents: Vec<Document> = entries.iter().map(Entry::document).collect();
    let files = Index::new(&documents).files(&synonyms);
    press.put(&unit, Digest::default(), key, files.into_iter().map(|(name, bytes)| (format!("{unit}/{name}"), bytes)))
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
