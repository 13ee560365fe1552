//! Examples in, words of the lists that stand in them by accident out: 「つま」 in 「つまる」, 「しのう」 in
//! 「わたしのうで」.

use super::data::Data;
use super::language::Language;
use super::lexicon::Role;
use super::reading::Reading;
use super::stage::About;
use super::thresholds::Thresholds;
use std::collections::BTreeMap;

/// Concept, word and example, where a word of hiragana alone begins in the middle of a phrase's word.
pub fn accidents(data: &Data) -> Vec<(String, String, String)> {
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for example in data.examples.iter().filter(|e| matches!(e.language.as_str(), "ja" | "easy")) {
        let reading = Reading::of(&example.sentence, &About::default(), data, &Thresholds::default());
        if reading.text.language != Language::Ja {
            continue;
        }
        let starts = starts(&example.sentence);
        for hit in reading.hits.iter().chain(&reading.always) {
            let letters = &reading.text.letters[hit.start as usize..hit.end as usize];
            let role = data.role(hit.concept);
            if letters.len() > 4
                || !letters.iter().all(|c| ('ぁ'..='ゖ').contains(c))
                || matches!(role, Role::Mask | Role::Line)
            {
                continue;
            }
            let at = reading.text.bytes(&(hit.start as usize..hit.end as usize));
            if !starts.contains(&at.start) {
                found
                    .entry((data.name(hit.concept).to_owned(), example.sentence[at].to_owned()))
                    .or_insert_with(|| example.sentence.clone());
            }
        }
    }
    found.into_iter().map(|((concept, word), sentence)| (concept, word, sentence)).collect()
}

/// Where phrases begin, in bytes; a word may also begin behind a letter of another script.
fn starts(sentence: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut n = 0;
    budoux_phf_rs::Parser::japanese_parser().parse_with(sentence, |phrase| {
        starts.push(n);
        n += phrase.len();
    });
    let hiragana = |c: char| ('ぁ'..='ゖ').contains(&c);
    let mut before = None;
    for (at, c) in sentence.char_indices() {
        if before
            .is_some_and(|b: char| !hiragana(b) || matches!(b, 'が' | 'を' | 'は' | 'も' | 'に' | 'の' | 'で' | 'と'))
        {
            starts.push(at);
        }
        before = Some(c);
    }
    starts
}
