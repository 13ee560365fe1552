//! Titles and texts in, an index in small files out that a page reads without a server; a query in, the documents that
//! have it out.
//!
//! The index has, for every pair of neighbouring characters, the documents in which it stands. A word is looked for by
//! all its pairs, so nothing depends on where a dictionary cuts a word: whatever `grep` finds in the folded text is
//! found. `theme/static/search.js` reads the same files; this module says what they hold.

mod index;
mod reader;
mod spoken;

use crate::text::fold;
pub use index::{Earlier, Index, SLICE, patched};
pub use reader::{Hit, Reader};
pub use spoken::{Names, Phrase, phrase, phrases, shortened, spelled, squeeze, stands, typed};

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

/// What a search knows beside the texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Words that mean the same.
    pub synonyms: Synonyms,
    /// Documents that come first, with the phrases that ask for them.
    pub first: Vec<(usize, Vec<Phrase>)>,
}

/// What a query asks for: every term must be there, in one of its forms. All are folded.
pub fn terms(query: &str, synonyms: &Synonyms) -> Vec<Vec<String>> {
    typed(query).split(' ').filter(|t| !t.is_empty()).map(|term| forms(term, synonyms)).collect()
}

/// Documents in the order of what they are worth: those that the phrases of the query name, in the order of the list;
/// then by how many of its terms and words stand in the title, then by whether all of its terms stand in the text. A
/// document that has no whole term is there if it has all words that the terms are made of (白いうんち: 白い, うんち).
///
/// `with` finds the documents of one form, and whether it stands in the title.
fn ranked<E, F: IntoIterator<Item = (usize, bool)>>(
    query: &str,
    words: &Words,
    mut with: impl FnMut(&str) -> Result<F, E>,
) -> Result<Vec<usize>, E> {
    let mut all = |terms: Vec<Vec<String>>| -> Result<BTreeMap<usize, usize>, E> {
        let mut found: Option<BTreeMap<usize, usize>> = None;
        for forms in terms {
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
        Ok(found.unwrap_or_default())
    };
    let terms = terms(query, &words.synonyms);
    let pieces: Vec<Vec<String>> = typed(query)
        .split(' ')
        .flat_map(|term| pieces(term, words))
        .map(|piece| forms(&piece, &words.synonyms))
        .collect();
    let mut worth: BTreeMap<usize, usize> = BTreeMap::new();
    if pieces != terms {
        for (document, titles) in all(pieces)? {
            *worth.entry(document).or_default() += PIECE + titles * TITLE;
        }
    }
    for (document, titles) in all(terms)? {
        *worth.entry(document).or_default() += TERM + titles * TITLE;
    }
    let squeezed = squeeze(query);
    for (n, (document, phrases)) in words.first.iter().enumerate().filter(|_| !squeezed.is_empty()) {
        if phrases.iter().any(|phrase| stands(phrase, &squeezed)) {
            *worth.entry(*document).or_default() += FIRST.saturating_sub(n * STEP).max(TITLE);
        }
    }
    let mut found: Vec<(usize, usize)> = worth.into_iter().collect();
    found.sort_by_key(|(document, worth)| (usize::MAX - worth, *document));
    Ok(found.into_iter().map(|(document, _)| document).collect())
}

/// What a document is worth: named by a phrase (less by a step for each line of the list above), a word in the title,
/// all terms in the text, all words.
const FIRST: usize = 10_000_000;
const STEP: usize = 1_000;
const TITLE: usize = 10;
const TERM: usize = 3;
const PIECE: usize = 1;

/// Particles at which a word may end, behind a kanji.
const PARTICLES: [char; 4] = ['が', 'を', 'は', 'の'];

/// The words that a folded term is made of: those that the glossary and the phrases know, the longest first, and
/// between them what has a letter that is no hiragana. The term itself where it is one word.
fn pieces(term: &str, words: &Words) -> Vec<String> {
    let known: Vec<String> = words
        .synonyms
        .iter()
        .flatten()
        .map(|w| fold(w))
        .filter(|w| w.chars().count() > 1 || w.chars().all(is_kanji))
        .collect();
    let (mut found, mut between, mut rest) = (Vec::new(), String::new(), term);
    while let Some(c) = rest.chars().next() {
        let word = known.iter().filter(|w| rest.starts_with(w.as_str())).max_by_key(|w| w.chars().count());
        if let Some(word) = word {
            close(&mut between, &mut found);
            found.push(word.clone());
            rest = &rest[word.len()..];
            continue;
        }
        if PARTICLES.contains(&c) && between.chars().next_back().is_none_or(is_kanji) {
            close(&mut between, &mut found);
        } else {
            between.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    close(&mut between, &mut found);
    if found.is_empty() && !term.is_empty() { vec![term.to_owned()] } else { found }
}

/// Hiragana of which a rest of a term says something: 「ない」 alone does not, 「ろたういるす」 (folded katakana) does.
const SAYS: usize = 4;

/// What stood between two known words, if it says anything.
fn close(between: &mut String, found: &mut Vec<String>) {
    let text = std::mem::take(between);
    if text.chars().any(|c| !matches!(c, '\u{3041}'..='\u{309F}' | 'ー' | '、' | '。' | '?' | '!'))
        || text.chars().count() >= SAYS
    {
        found.push(text);
    }
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}')
}

/// The term itself, and with each word in it that has synonyms put in their place.
fn forms(term: &str, synonyms: &Synonyms) -> Vec<String> {
    let mut forms = vec![term.to_owned()];
    for group in synonyms {
        let folded: Vec<String> = group.iter().map(|w| fold(w)).collect();
        // The longest word of a group that stands in the term: 妊娠悪阻 before 悪阻.
        let Some(word) = folded.iter().filter(|w| !w.is_empty() && term.contains(w.as_str())).max_by_key(|w| w.len())
        else {
            continue;
        };
        forms.extend(folded.iter().filter(|w| *w != word).map(|other| term.replace(word.as_str(), other)));
    }
    forms.dedup();
    forms
}
