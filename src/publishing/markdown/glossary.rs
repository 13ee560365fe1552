//! Words that need an explanation in, where a text has them out.

use serde::Serialize;
use std::collections::BTreeMap;

/// A word of the glossary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Term {
    /// As it stands in texts.
    pub term: String,
    /// In kana; the term itself if it is kana.
    pub reading: String,
    /// The explanation, plain.
    pub meaning: String,
    /// The explanation as HTML, with ruby.
    pub meaning_html: String,
    /// Words that mean the same, for search.
    pub synonyms: Vec<String>,
    /// The word that says the same in plain Japanese.
    pub plain: Option<String>,
    /// Explained where a page uses it first.
    pub explain: bool,
    /// Topics whose readers know the word only too well.
    pub not_in: Vec<String>,
}

/// All words, ready to be found.
#[derive(Debug, Clone, Default)]
pub struct Glossary {
    terms: Vec<Term>,
    /// By first letter, the longest first.
    by_letter: BTreeMap<char, Vec<usize>>,
}

/// A word of the glossary in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Byte at which it begins.
    pub at: usize,
    /// Which one, as in [`Glossary::terms`].
    pub term: usize,
}

impl Glossary {
    /// Of these words, in the file's order.
    pub fn new(terms: Vec<Term>) -> Self {
        let mut by_letter: BTreeMap<char, Vec<usize>> = BTreeMap::new();
        for (n, term) in terms.iter().enumerate() {
            if let Some(first) = term.term.chars().next() {
                by_letter.entry(first).or_default().push(n);
            }
        }
        by_letter.values_mut().for_each(|list| list.sort_by_key(|n| usize::MAX - terms[*n].term.len()));
        Self { terms, by_letter }
    }
    /// In the file's order.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }
    /// Is there nothing to look for?
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
    /// Words that mean the same, for search: the term, its reading, its synonyms.
    pub fn synonyms(&self) -> Vec<Vec<String>> {
        let group = |t: &Term| {
            let reading = Some(&t.reading).filter(|r| **r != t.term);
            std::iter::once(&t.term).chain(reading).chain(&t.synonyms).cloned().collect::<Vec<_>>()
        };
        self.terms.iter().map(group).filter(|g| g.len() > 1).collect()
    }
    /// Every word in a text, the longest where several begin; not one that is only a part of a longer word (健診 in
    /// 歯科健診).
    pub fn find(&self, text: &str) -> Vec<Occurrence> {
        let mut found = Vec::new();
        let (mut last, mut skip_to) = (None, 0);
        for (at, letter) in text.char_indices() {
            if at >= skip_to
                && let Some(list) = self.by_letter.get(&letter)
                && !glued(last, letter)
                && let Some(n) = list.iter().find(|n| text[at..].starts_with(&self.terms[**n].term))
            {
                let end = at + self.terms[*n].term.len();
                let (inside, after) = (text[..end].chars().next_back(), text[end..].chars().next());
                if !after.is_some_and(|after| glued(inside, after)) {
                    found.push(Occurrence { at, term: *n });
                    skip_to = end;
                }
            }
            last = Some(letter);
        }
        found
    }
}

/// Do two neighbouring letters make one word: kanji with kanji, katakana with katakana, Latin with Latin?
pub fn glued(last: Option<char>, next: char) -> bool {
    let kind = |c: char| match c {
        '\u{4E00}'..='\u{9FFF}' | '々' => 1,
        '\u{30A1}'..='\u{30FA}' | 'ー' => 2,
        c if c.is_ascii_alphabetic() => 3,
        _ => 0,
    };
    last.is_some_and(|last| kind(last) != 0 && kind(last) == kind(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Glossary {
        let term = |term: &&str| Term { term: (*term).into(), explain: true, ..Term::default() };
        Glossary::new(words.iter().map(term).collect())
    }

    #[test]
    fn whole_words_only_and_the_longest() {
        let glossary = of(&["子宮", "子宮口", "健診", "産後うつ", "アレルギー"]);
        for (text, expected) in [
            ("子宮口が開く。子宮は", vec!["子宮口", "子宮"]),
            ("子宮内膜、歯科健診、健診票", vec![]),
            ("妊婦健診と、健診のあと", vec!["健診"]),
            ("産後うつは、うつとは", vec!["産後うつ"]),
            ("食物アレルギーとアレルギーマーチ", vec!["アレルギー"]),
        ] {
            let found: Vec<&str> = glossary.find(text).iter().map(|f| glossary.terms()[f.term].term.as_str()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
