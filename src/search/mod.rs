//! Titles and texts in, an index in small files out that a page reads without a server; a query in, the documents that have it out.
//!
//! The index has, for every pair of neighbouring characters, the documents in which it stands. A word is looked for by all its pairs, so
//! nothing depends on where a dictionary cuts a word: whatever `grep` finds in the folded text is found. `theme/static/search.js` reads the same
//! files; this module says what they hold.

mod fold;
mod index;
mod reader;

pub use fold::fold;
pub use index::{Index, SLICE};
pub use reader::{Hit, Reader};

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
