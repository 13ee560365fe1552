//! Sentences in, the phrases in them that a rule does not want out.

use super::fold::{Folded, is_hiragana};
use super::phrases::{FOLDED, denied};
use crate::content::{Brand, Person, Rule};
use crate::diag::Place;
use crate::markdown::{Sentence, glued};
use crate::text::of_one_width;
use std::ops::Range;

/// A phrase in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose rule.
    pub rule: Rule,
    /// As written.
    pub phrase: String,
    /// Where its sentence begins.
    pub at: Place,
    /// What to do.
    pub instead: String,
}

/// Phrases and brands in sentences, each once a sentence, whatever the width of their letters.
pub fn phrases(sentences: &[Sentence], brands: &[Brand]) -> Vec<Found> {
    let names: Vec<(&Brand, String)> = brands
        .iter()
        .map(|b| (b, Folded::of(&b.name).in_katakana().text))
        .filter(|(_, name)| !name.is_empty())
        .collect();
    let mut found = Vec::new();
    for sentence in sentences {
        let folded = Folded::of(&sentence.text);
        for (rule, phrases) in FOLDED.iter() {
            let here = phrases.iter().filter_map(|p| promised(&folded.text, p)).min_by_key(|r| (r.start, r.end));
            let written = here.and_then(|here| sentence.text.get(folded.range(here)));
            found.extend(written.map(|phrase| Found {
                rule: *rule,
                phrase: phrase.to_owned(),
                at: sentence.at,
                instead: rule.instead().to_owned(),
            }));
        }
        let kana = folded.in_katakana();
        for (brand, name) in &names {
            let here = kana
                .text
                .match_indices(name.as_str())
                .map(|(at, _)| kana.range(at..at + name.len()))
                .find(|here| stands_alone(&sentence.text, here));
            let written = here.and_then(|here| sentence.text.get(here));
            found.extend(written.map(|phrase| Found {
                rule: Rule::Brand,
                phrase: phrase.to_owned(),
                at: sentence.at,
                instead: format!("「{}」と書いてください", brand.instead),
            }));
        }
    }
    found
}

/// Where the text says it and does not take it back.
fn promised(text: &str, phrase: &str) -> Option<Range<usize>> {
    let mut places = text.match_indices(phrase).map(|(at, _)| at..at + phrase.len());
    places.find(|here| !denied(phrase, &text[here.end..]))
}

/// A name in hiragana has no borders (ばふぁりんを): shorter ones are found in other words.
const SHORTEST_HIRAGANA: usize = 4;

/// As a word of its own: イブ is not in イブプロフェン.
fn stands_alone(text: &str, here: &Range<usize>) -> bool {
    let Some(written) = text.get(here.clone()) else { return false };
    if written.chars().any(is_hiragana) {
        return written.chars().filter(|c| !c.is_whitespace()).count() >= SHORTEST_HIRAGANA;
    }
    let (first, last) = (written.chars().next().map(of_one_width), written.chars().next_back().map(of_one_width));
    let (before, after) =
        (text[..here.start].chars().next_back().map(of_one_width), text[here.end..].chars().next().map(of_one_width));
    !first.is_some_and(|c| glued(before, c)) && !after.is_some_and(|c| glued(last, c))
}

/// The place where an author or reviewer works, if it is the only one that the text names.
pub fn own_clinic(sentences: &[Sentence], people: &[Person], own: &[&str]) -> Vec<Found> {
    const KINDS: [&str; 6] = ["クリニック", "医院", "病院", "産院", "助産院", "産婦人科"];
    // 「南総合病院 小児科」 is the hospital's department.
    let place = |affiliation: &str| {
        affiliation.split([' ', '　']).next().filter(|name| KINDS.iter().any(|k| name.contains(k))).map(str::to_owned)
    };
    let mut known: Vec<String> = people.iter().filter_map(|p| place(&p.affiliation)).collect();
    known.sort();
    known.dedup();
    let named: Vec<&String> =
        known.iter().filter(|name| sentences.iter().any(|s| s.text.contains(name.as_str()))).collect();
    let [only] = named.as_slice() else { return Vec::new() };
    if !own.iter().any(|o| place(o).as_ref() == Some(*only)) {
        return Vec::new();
    }
    let at = sentences.iter().find(|s| s.text.contains(only.as_str())).map_or_else(Place::default, |s| s.at);
    vec![Found {
        rule: Rule::Inducement,
        phrase: format!("書いた人・監修した人の勤め先 {only}"),
        at,
        instead: Rule::Inducement.instead().to_owned(),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::sentences;

    fn of(markdown: &str) -> Vec<String> {
        let brands = [
            Brand { name: "イブ".into(), instead: "イブプロフェン".into() },
            Brand { name: "OS-1".into(), instead: "経口補水液".into() },
            Brand { name: "バファリン".into(), instead: "解熱鎮痛薬".into() },
        ];
        phrases(&sentences(markdown, 5), &brands)
            .into_iter()
            .map(|f| format!("{}:{} {}", f.at.line, f.rule.id(), f.phrase))
            .collect()
    }

    #[test]
    fn phrases_are_found_through_readings_and_bold() {
        assert_eq!(
            of("水を。\n\nこの{薬|くすり}で、**{必|かなら}ず{治|なお}り**ます。体験談も。"),
            ["7:cure 必ず治", "7:testimonial 体験談"]
        );
        assert_eq!(of("OS-1をひと口。イブプロフェンは、医師に。"), ["5:brand OS-1"]);
        assert_eq!(of("- 市内一の名医です"), ["5:best 市内一"]);
        assert_eq!(of("ぜひ当院へ"), ["5:inducement 当院"]);
    }

    #[test]
    fn widths_spaces_and_kana_hide_nothing() {
        for (text, found) in [
            ("ﾊﾞﾌｧﾘﾝをのむ。", "brand ﾊﾞﾌｧﾘﾝ"),
            ("バファ リンをのむ。", "brand バファ リン"),
            ("ばふぁりんをのむ。", "brand ばふぁりん"),
            ("ＯＳ－１をのむ。", "brand ＯＳ－１"),
            ("os1をのむ。", "brand os1"),
            ("１００％ 安全です。", "cure １００％ 安全"),
            ("ぜったい安全です。", "cure ぜったい安全"),
            ("むくみが完全に消えます。", "cure 完全に消え"),
            ("赤ちゃんへの影響はまったくありません。", "cure 影響はまったくありません"),
            ("傷あとは残りません。", "cure 傷あとは残りません"),
            ("副作用は、まれです。副作用はありません。", "cure 副作用はありません"),
            ("副作用は一切ありません。", "cure 副作用は一切"),
            ("かならず{治|なお}る薬です。", "cure かならず治"),
            ("ＮＯ．１の薬です。", "best ＮＯ．１"),
            ("必ず治療し、必ず治る。", "cure 必ず治"),
        ] {
            assert_eq!(of(text), [format!("5:{found}")], "{text}");
        }
        // The place is that of the sentence as it is written.
        let brands = [Brand { name: "バファリン".into(), instead: "x".into() }];
        let found = phrases(&sentences("水を。 ﾊﾞﾌｧﾘﾝ。", 5), &brands);
        assert_eq!((found[0].at.line, found[0].at.column), (5, 5));
    }

    #[test]
    fn what_is_denied_is_no_promise() {
        for calm in [
            "必ず治療を受けてください。",
            "副作用のない薬はありません。",
            "100%安全な方法はありません。",
            "「必ず治る」とうたう商品に気をつけて。",
            "必ず治りますか。",
            "特効薬はありません。",
            "ハイブリッドです。",
            "はいぶんをきめる。",
            "必ず治るとはかぎりません。",
            "絶対に安全なわけではありません。",
            "多くは自然に治ります。",
            "副作用は、まれです。",
            "口の中のこと。",
        ] {
            assert_eq!(of(calm), [] as [&str; 0], "{calm}");
        }
    }
}
