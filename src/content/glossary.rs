//! `glossary.yaml` in, the words that need an explanation out: found in a text, explained on the page, suggested for by
//! plainer ones.

use super::Topic;
use super::lists::items;
use super::markdown::{check_value, title};
use crate::diag::form::{Form, meant};
use crate::diag::{Diagnostics, Place};
use serde::Serialize;
use std::collections::BTreeMap;

/// Letters of an explanation that is read in passing.
const LONGEST_MEANING: usize = 80;

/// A word of the glossary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
pub struct Found {
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
    pub fn find(&self, text: &str) -> Vec<Found> {
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
                    found.push(Found { at, term: *n });
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

/// Reads the file's text.
pub(super) fn glossary(
    file: &str,
    text: &str,
    language: &str,
    topics: &[Topic],
    problems: &mut Diagnostics,
) -> Glossary {
    let mut words: BTreeMap<String, Place> = BTreeMap::new();
    let mut terms = Vec::new();
    for node in &items(file, text, problems) {
        let Some(form) =
            Form::new(file, node, &["term", "reading", "meaning", "synonyms", "plain", "explain", "not_in"], problems)
        else {
            continue;
        };
        let term = form.needed("term", problems);
        let meaning = form.needed("meaning", problems);
        let synonyms = form.texts("synonyms", problems);
        for word in term.iter().chain(&synonyms) {
            if let Some(before) = words.insert(word.value.clone(), word.at) {
                problems.error(
                    file,
                    word.at,
                    format!("「{}」が2回あります", word.value),
                    format!("{}行目にもあります。1つにまとめるか、どちらかを消してください", before.line),
                );
            }
        }
        if let Some(meaning) = &meaning {
            check_value(&meaning.value, file, meaning.at, problems);
            let length = meaning.value.chars().count();
            if length > LONGEST_MEANING {
                problems.warning(
                    file,
                    meaning.at,
                    format!("説明が{length}文字あります"),
                    format!("読みながら目に入る長さ（{LONGEST_MEANING}文字まで）にしてください"),
                );
            }
        }
        let (Some(term), Some(meaning)) = (term, meaning) else { continue };
        let (plain, html) = title(&meaning.value, language);
        terms.push(Term {
            reading: form.text("reading", problems).map_or_else(|| term.value.clone(), |r| r.value),
            meaning: plain,
            meaning_html: html.replace("<wbr>", ""),
            synonyms: synonyms.into_iter().map(|s| s.value).collect(),
            plain: form.text("plain", problems).map(|p| p.value),
            explain: form.flag("explain", problems).unwrap_or(true),
            not_in: topic_ids(&form, topics, problems),
            term: term.value,
        });
    }
    Glossary::new(terms)
}

/// `not_in`: topics by title or id.
fn topic_ids(form: &Form<'_>, topics: &[Topic], problems: &mut Diagnostics) -> Vec<String> {
    let mut ids = Vec::new();
    for word in form.texts("not_in", problems) {
        match topics.iter().find(|t| t.title == word.value || t.id == word.value) {
            Some(topic) => ids.push(topic.id.clone()),
            None => {
                let hint = meant(&word.value, topics.iter().map(|t| t.title.as_str()))
                    .unwrap_or_else(|| "topics.yaml の分野を書いてください".into());
                problems.error(
                    form.file(),
                    word.at,
                    format!("分野 `{}` が content/topics.yaml にありません", word.value),
                    hint,
                );
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(words: &[&str]) -> Glossary {
        let text: String = words.iter().map(|w| format!("- {{term: {w}, meaning: a}}\n")).collect();
        glossary("g.yaml", &text, "ja", &[], &mut Diagnostics::new())
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

    #[test]
    fn mistakes_are_told_with_their_place() {
        let mut problems = Diagnostics::new();
        let text = "- {term: 悪露, meaning: 血, synonyms: [おろ]}\n- {term: おろ, meaning: x}\n- \
            {term: 安静, raeding: あ}\n- {term: 胎盤, meaning: '{盤|}'}\n";
        glossary("content/glossary.yaml", text, "ja", &[], &mut problems);
        let said: Vec<String> = problems
            .sorted()
            .iter()
            .map(|p| p.to_string().replace("error: content/glossary.yaml:", "").replace("\n  hint: ", "｜"))
            .collect();
        assert_eq!(
            said,
            [
                "2:10 「おろ」が2回あります｜1行目にもあります。1つにまとめるか、どちらかを消してください",
                "3:3 `meaning` がありません｜`meaning: …` の行を足してください",
                "3:14 `raeding` という項目はありません｜「reading」のことですか",
                "4:23 ルビ `{盤|}` の片方が空です｜`{漢字|かな}` の形で書いてください",
            ]
        );
    }

    proptest! {
        #[test]
        fn any_file_is_read(text in "\\PC{0,80}|(- \\{term: [あ字]{1,3}, meaning: [あ{}|]{0,5}\\}\n\
            ){0,4}", body in "[あ字ア。a]{0,40}") {
            let glossary = glossary("g", &text, "ja", &[], &mut Diagnostics::new());
            for found in glossary.find(&body) {
                prop_assert!(body[found.at..].starts_with(&glossary.terms()[found.term].term));
            }
        }
    }
}
