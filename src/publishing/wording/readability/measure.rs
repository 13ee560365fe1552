//! Sentences in, measures against the limits of their language out.

use super::reading::{Around, Grade, Limits, Reading, Trouble};
use crate::diag::Place;
use crate::markdown::{Sentence, Within, is_kanji};
use std::collections::BTreeSet;

/// For readers of Japanese who are tired.
pub const JAPANESE: Limits =
    Limits { kanji_percent: [30, 40], sentence: [40, 60], long: 60, passives: 2, ruby: false, hard_word: 6 };
/// For やさしい日本語.
pub const EASY: Limits =
    Limits { kanji_percent: [30, 40], sentence: [25, 35], long: 40, passives: 1, ruby: true, hard_word: 5 };

/// Passives that cannot be anything else: `られる` may be “can”, so it does not count.
const PASSIVES: [&str; 11] =
    ["され", "行われ", "使われ", "言われ", "思われ", "含まれ", "書かれ", "置かれ", "呼ばれ", "選ばれ", "知られ"];

/// Grades a text by its sentences.
pub fn read(sentences: &[Sentence], around: &Around<'_>) -> Reading {
    let limits = around.limits;
    let letters = |s: &Sentence| s.text.chars().filter(|c| !c.is_whitespace()).count();
    let prose: Vec<&Sentence> = sentences.iter().filter(|s| s.within == Within::Prose).collect();
    let characters: usize = sentences.iter().map(letters).sum();
    let kanji = sentences.iter().flat_map(|s| s.text.chars()).filter(|c| is_kanji(*c)).count();
    let lengths: Vec<usize> = prose.iter().map(|s| letters(s)).collect();

    let mut troubles = Vec::new();
    let mut add = |kind, at: Place, message: String, hint: &str| {
        troubles.push(Trouble { kind, line: at.line, column: at.column, message, hint: hint.to_owned() })
    };
    for (sentence, length) in prose.iter().zip(&lengths).filter(|(_, length)| **length > limits.long) {
        add(
            "sentence",
            sentence.at,
            format!("一文が{length}字あります「{}」", start(&sentence.text)),
            "2つに分けられませんか",
        );
    }
    for sentence in &prose {
        let found = passives(&sentence.text);
        if found >= limits.passives {
            add(
                "passive",
                sentence.at,
                format!("受け身が{found}つあります「{}」", start(&sentence.text)),
                "だれがするのかを書くと、短くなります",
            );
        }
    }
    let words = hard_words(sentences, around);
    for word in &words {
        add(word.kind, word.at, word.message.clone(), &word.hint);
    }
    let bare: Vec<&(String, Place)> =
        if limits.ruby { sentences.iter().flat_map(|s| &s.bare).collect() } else { Vec::new() };
    for (run, at) in &bare {
        add("ruby", *at, format!("「{run}」にルビがありません"), &format!("{{{run}|よみ}}"));
    }
    let count = |kind| troubles.iter().filter(|t: &&Trouble| t.kind == kind).count();
    let mut reading = Reading {
        grade: Grade::A,
        characters,
        kanji_percent: (kanji * 100).checked_div(characters).unwrap_or(0),
        sentences: lengths.len(),
        sentence_length: lengths.iter().sum::<usize>().checked_div(lengths.len()).unwrap_or(0),
        long_sentences: count("sentence"),
        passives: count("passive"),
        hard_words: count("word") + count("plain"),
        without_ruby: count("ruby"),
        troubles: Vec::new(),
    };
    reading.grade = grade(&reading, limits);
    troubles.sort_by_key(|t| (t.line, t.column));
    reading.troubles = troubles;
    reading
}

/// A if all is good, B if something is to be looked at, C if one measure is over, D if more are.
fn grade(reading: &Reading, limits: &Limits) -> Grade {
    let of = |value: usize, [good, fair]: [usize; 2]| usize::from(value > good) + usize::from(value > fair);
    let long_percent = (reading.long_sentences * 100).checked_div(reading.sentences).unwrap_or(0);
    let levels = [
        of(reading.kanji_percent, limits.kanji_percent),
        of(reading.sentence_length, limits.sentence),
        if reading.long_sentences == 0 { 0 } else { 1 + usize::from(long_percent > 10) },
        of(reading.passives, [0, 1]),
        of(reading.hard_words, [0, 2]),
        of(reading.without_ruby, [0, 0]),
    ];
    match levels.iter().filter(|l| **l == 2).count() {
        0 if levels.iter().all(|l| *l == 0) => Grade::A,
        0 => Grade::B,
        1 => Grade::C,
        _ => Grade::D,
    }
}

fn passives(text: &str) -> usize {
    let ends = |rest: &str| rest.starts_with(['る', 'た', 'て', 'ま', 'な', 'ず', 'や', '、']);
    PASSIVES.iter().map(|p| text.match_indices(p).filter(|(at, _)| ends(&text[at + p.len()..])).count()).sum()
}

struct Word {
    kind: &'static str,
    at: Place,
    message: String,
    hint: String,
}

/// Words that have a plainer one, and long runs of kanji that nobody explains; each once.
fn hard_words(sentences: &[Sentence], around: &Around<'_>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut seen = BTreeSet::new();
    for sentence in sentences {
        for found in around.glossary.find(&sentence.text) {
            let term = &around.glossary.terms()[found.term];
            let explained = around.explained && term.explain;
            if explained || !seen.insert(term.term.clone()) {
                continue;
            }
            match &term.plain {
                Some(plain) => words.push(Word {
                    kind: "plain",
                    at: sentence.at,
                    message: format!("「{}」は、「{plain}」と言えます", term.term),
                    hint: term.meaning.clone(),
                }),
                None if term.explain => {
                    words.push(Word {
                        kind: "word",
                        at: sentence.at,
                        message: format!("「{}」の説明が、ここには出ません", term.term),
                        hint: format!("ことばを足すか、言いかえてください（{}）", term.meaning),
                    });
                }
                None => {}
            }
        }
        for (run, at) in &sentence.bare {
            let known = around.glossary.terms().iter().any(|t| t.term == *run || t.synonyms.contains(run));
            // 「…（…）」 behind or around it says what it is.
            let told = sentence.text.split_once(run.as_str()).is_some_and(|(before, after)| {
                after.starts_with('（') || before.ends_with('（') || before.ends_with('『')
            });
            if run.chars().count() >= around.limits.hard_word && !known && !told && seen.insert(run.clone()) {
                words.push(Word {
                    kind: "word",
                    at: *at,
                    message: format!("「{run}」の説明がありません"),
                    hint: "（　）で説明するか、言いかえるか、content/glossary.yaml に足してください".into(),
                });
            }
        }
    }
    words
}

/// The first letters of a sentence.
fn start(text: &str) -> String {
    const SHOWN: usize = 18;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::sentences;
    use crate::markdown::{Glossary, Term};
    use proptest::prelude::*;

    fn glossary() -> Glossary {
        let term = |term: &str, plain: Option<&str>, explain| Term {
            term: term.into(),
            reading: term.into(),
            meaning: "意味".into(),
            meaning_html: String::new(),
            synonyms: vec![],
            plain: plain.map(str::to_owned),
            explain,
            not_in: vec![],
        };
        Glossary::new(vec![
            term("嘔吐", Some("吐くこと"), false),
            term("悪露", None, true),
            term("妊娠高血圧症候群", None, true),
        ])
    }

    fn of(markdown: &str, limits: &Limits, explained: bool) -> Reading {
        read(&sentences(markdown, 1), &Around { glossary: &glossary(), explained, limits })
    }

    fn said(reading: &Reading) -> Vec<String> {
        reading.troubles.iter().map(|t| format!("{}:{} {} {}", t.line, t.column, t.kind, t.message)).collect()
    }

    #[test]
    fn a_calm_text_is_good() {
        let text = "つわりは、人によって違います。食べられるものを、食べられるときに。\n\n- 水をひと口ずつ\n- \
            悪露や妊娠高血圧症候群のこと\n";
        let reading = of(text, &JAPANESE, true);
        assert_eq!((reading.grade, said(&reading)), (Grade::A, vec![]));
        assert_eq!((reading.sentences, reading.long_sentences), (4, 0));
    }

    #[test]
    fn what_makes_it_hard_is_told_with_its_place() {
        let long = "あ".repeat(61);
        let text = format!(
            "はじめ。\n{long}。\n\n届け出が行われ、通知される。嘔吐のとき、母性健康管理指導事項を。\
             母性健康管理指導事項（紙）と悪露。"
        );
        let reading = of(&text, &JAPANESE, false);
        assert_eq!(
            said(&reading),
            [
                format!("2:1 sentence 一文が62字あります「{}…」", "あ".repeat(18)),
                "4:1 passive 受け身が2つあります「届け出が行われ、通知される。」".into(),
                "4:15 plain 「嘔吐」は、「吐くこと」と言えます".into(),
                "4:21 word 「母性健康管理指導事項」の説明がありません".into(),
                "4:33 word 「悪露」の説明が、ここには出ません".into(),
            ]
        );
        assert_eq!(reading.grade, Grade::D);
    }

    #[test]
    fn every_kanji_of_the_easy_version_has_a_reading() {
        let reading = of("{水|みず}を飲む。{2026-12-08}に、{病院|びょういん}へ。", &EASY, false);
        assert_eq!(said(&reading), ["1:8 ruby 「飲」にルビがありません"]);
        assert_eq!(reading.grade, Grade::C);
        assert_eq!(of("{水|みず}をのむ。", &EASY, false).grade, Grade::A);
    }

    proptest! {
        /// A sentence cut in two is never harder.
        #[test]
        fn shorter_is_not_harder(words in proptest::collection::vec("[ぁ-ん]{5,30}", 2..6)) {
            let (one, two) = (format!("{}。", words.concat()), format!("{}。", words.join("。\n")));
            prop_assert!(of(&two, &JAPANESE, true).grade <= of(&one, &JAPANESE, true).grade);
        }
        #[test]
        fn any_text_has_a_grade(text in "\\PC{0,60}|[{}|嘔吐悪露されるた、。\n]{0,60}") {
            let reading = of(&text, &EASY, false);
            prop_assert!(reading.kanji_percent <= 100);
        }
    }
}
