//! Titles and texts in, an index in small files out that a page reads without a server; a query in, the documents that have it out.
//!
//! The index has, for every pair of neighbouring characters, the documents in which it stands. A word is looked for by all its pairs, so
//! nothing depends on where a dictionary cuts a word: whatever `grep` finds in the folded text is found. `theme/static/search.js` reads the same
//! files; this module says what they hold.

mod fold;
mod index;
mod reader;

pub use fold::fold;
pub use index::{Earlier, Index, SLICE, patched};
pub use reader::{Hit, Reader};

use std::collections::BTreeMap;

/// What can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it is.
    pub path: String,
    /// Its title, as shown.
    pub title: String,
    /// Its summary, as shown.
    pub summary: String,
    /// All that is searched beside them.
    pub text: String,
}

/// Words that mean the same; each is found by the others.
pub type Synonyms = Vec<Vec<String>>;

/// What a query asks for: every term must be there, in one of its forms. All are folded.
pub fn terms(query: &str, synonyms: &Synonyms) -> Vec<Vec<String>> {
    fold(query).split(' ').filter(|t| !t.is_empty()).map(|term| forms(term, synonyms)).collect()
}

/// The documents that have all terms of the query, those with terms in the title first; `with` finds the documents of one form, and whether it stands
/// in the title.
fn ranked<E, F: IntoIterator<Item = (usize, bool)>>(query: &str, synonyms: &Synonyms, mut with: impl FnMut(&str) -> Result<F, E>) -> Result<Vec<usize>, E> {
    let mut found: Option<BTreeMap<usize, usize>> = None;
    for forms in terms(query, synonyms) {
        let mut any: BTreeMap<usize, usize> = BTreeMap::new();
        for form in &forms {
            for (document, title) in with(form)? {
                let best = any.entry(document).or_default();
                *best = (*best).max(usize::from(title));
            }
        }
        found = Some(match found {
            None => any,
            Some(before) => before.into_iter().filter_map(|(d, score)| Some((d, score + any.get(&d)?))).collect(),
        });
    }
    let mut found: Vec<(usize, usize)> = found.unwrap_or_default().into_iter().collect();
    found.sort_by_key(|(document, score)| (usize::MAX - score, *document));
    Ok(found.into_iter().map(|(document, _)| document).collect())
}

/// The term itself, and with each word in it that has synonyms put in their place.
fn forms(term: &str, synonyms: &Synonyms) -> Vec<String> {
    let mut forms = vec![term.to_owned()];
    for group in synonyms {
        let folded: Vec<String> = group.iter().map(|w| fold(w)).collect();
        // The longest word of a group that stands in the term: 妊娠悪阻 before 悪阻.
        let Some(word) = folded.iter().filter(|w| !w.is_empty() && term.contains(w.as_str())).max_by_key(|w| w.len()) else { continue };
        forms.extend(folded.iter().filter(|w| *w != word).map(|other| term.replace(word.as_str(), other)));
    }
    forms.dedup();
    forms
}
