//! An edition in, the files by which its pages find articles, bulletins and fixed pages without a server out.

use super::{Address, Edition};
use crate::content::Version;
use crate::search::{Document, Index};
use rayon::prelude::*;

/// Name below the output folder (`search/<language>/…`), and bytes.
pub(super) fn files(edition: &Edition<'_>) -> Vec<(String, Vec<u8>)> {
    let synonyms = edition.library.glossary.synonyms();
    let of = |language: &String| {
        let documents = documents(edition, language);
        let files = Index::new(&documents).files(&synonyms);
        files.into_iter().map(|(name, bytes)| (format!("search/{language}/{name}"), bytes)).collect::<Vec<_>>()
    };
    edition.config.site.languages.par_iter().flat_map(of).collect()
}

/// What exists in a language: articles in the order of life, bulletins from the newest, fixed pages.
pub(super) fn documents(edition: &Edition<'_>, language: &str) -> Vec<Document> {
    let mut all = Vec::new();
    let mut add = |version: Option<&Version>, address: Address| {
        let Some(version) = version else { return };
        let path = address.path(edition);
        all.push(Document { path, title: version.title.clone(), summary: version.summary.clone(), text: version.body.text.clone() });
    };
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
