//! `glossary.yaml` in, the words that need an explanation out, with every mistake in the list.

use super::Topic;
use super::lists::items;
use crate::diag::form::{Form, meant};
use crate::diag::{Diagnostics, Place};
use crate::markdown::{Glossary, Term, check_value, title};
use std::collections::BTreeMap;

/// Letters of an explanation that is read in passing.
const LONGEST_MEANING: usize = 80;

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
