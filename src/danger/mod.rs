//! A person's words in, the signs of danger in them out. Pure; it warns too often rather than too seldom: 「出血はない」 warns as well.
//!
//! What decides nothing here: whether somebody answers, or when. It only shows whom to ring now, and puts the question on top at the desk, where
//! a clinician takes a false alarm back. **The words (`words.rs`) need the review of clinicians** before a city begins.

mod kind;
mod plain;
#[cfg(test)]
mod table;
mod words;

pub use kind::Danger;

use plain::Plain;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;
use words::{CALM, ENGLISH, GRIEF, PAIRS, WORDS};

/// One sign in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// What is in danger.
    pub danger: Danger,
    /// As it stands in the text.
    pub word: String,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
}

/// How far (in letters) the two halves of a pair may stand apart.
const NEAR: usize = 12;

type Letters = Vec<char>;

/// A word to look for.
struct Entry {
    danger: Danger,
    word: Letters,
    /// One of these must stand near it, if there are any.
    partners: Vec<Letters>,
    /// In letters of the alphabet: not inside a longer word.
    whole: bool,
}

fn split(text: &str) -> Vec<Letters> {
    text.split_whitespace().map(|w| Plain::of(w).letters).collect()
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let one = |danger: &Danger, text: &str, second: &str, whole: bool| {
        let (danger, partners) = (*danger, split(second));
        split(text).into_iter().map(move |word| Entry { danger, word, partners: partners.clone(), whole }).collect::<Vec<_>>()
    };
    let alone = WORDS.iter().flat_map(|(danger, text)| one(danger, text, "", false));
    let english = ENGLISH.iter().flat_map(|(danger, text)| one(danger, text, "", true));
    let pairs = PAIRS.iter().flat_map(|(danger, first, second)| one(danger, first, second, false));
    alone.chain(english).chain(pairs).collect()
});

static CALM_PHRASES: LazyLock<Vec<Letters>> = LazyLock::new(|| {
    let half = |text: &str| if text == "-" { vec![Letters::new()] } else { split(text) };
    CALM.iter().flat_map(|(first, second)| half(first).into_iter().flat_map(move |f| half(second).into_iter().map(move |s| [f.clone(), s].concat()))).collect()
});

/// All signs in `text`, in the order in which they stand; of two on one place the longer.
pub fn signs(text: &str) -> Vec<Sign> {
    let plain = Plain::of(text);
    let calm: Vec<Range<usize>> = CALM_PHRASES.iter().flat_map(|phrase| plain.places(phrase).map(|n| n..n + phrase.len())).collect();
    let mut found = Vec::new();
    for Entry { danger, word, partners, whole } in TABLE.iter() {
        for start in plain.places(word) {
            let here = start..start + word.len();
            if calm.iter().any(|c| c.start <= here.start && here.end <= c.end) || (*whole && !plain.stands_alone(text, &here)) {
                continue;
            }
            let span = if partners.is_empty() { Some(here) } else { partners.iter().find_map(|p| near(&plain, here.clone(), p)) };
            found.extend(span.map(|span| {
                let at = plain.bytes(&span);
                Sign { danger: *danger, word: text[at.clone()].to_owned(), at }
            }));
        }
    }
    found.sort_by_key(|s| (s.at.start, std::cmp::Reverse(s.at.end)));
    let mut end = 0;
    found.retain(|s| {
        let kept = s.at.end > end;
        end = end.max(s.at.end);
        kept
    });
    found
}

/// The span of a word and its partner, if the partner stands near it.
fn near(plain: &Plain, word: Range<usize>, partner: &[char]) -> Option<Range<usize>> {
    let from = word.start.saturating_sub(NEAR);
    let to = (word.end + NEAR).min(plain.letters.len());
    let at = from + plain.letters[from..to].windows(partner.len().max(1)).position(|w| w == partner)?;
    Some(word.start.min(at)..word.end.max(at + partner.len()))
}

/// What is in danger, without the places.
pub fn dangers(text: &str) -> BTreeSet<Danger> {
    signs(text).into_iter().map(|s| s.danger).collect()
}

/// Does somebody write of a child that was lost? No danger, and no time for a survey.
pub fn grieves(text: &str) -> bool {
    static TABLE: LazyLock<Vec<Letters>> = LazyLock::new(|| split(GRIEF));
    let plain = Plain::of(text);
    TABLE.iter().any(|word| plain.places(word).next().is_some())
}

/// The text as HTML: escaped, line breaks kept, signs in `<mark>`.
pub fn marked_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for sign in signs(text) {
        let start = sign.at.start.max(done);
        html.push_str(&escaped(&text[done..start]));
        html.push_str("<mark>");
        html.push_str(&escaped(&text[start..sign.at.end]));
        html.push_str("</mark>");
        done = sign.at.end;
    }
    html + &escaped(&text[done..])
}

/// A person's text as HTML: nothing of it is markup, line breaks are kept.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use Danger::{Bleeding, HarmChild, OtherSick, Suicide, Violence, Vital};
    use proptest::prelude::*;

    #[test]
    fn finds_what_people_write() {
        for (text, expected) in [
            ("今朝、下着に少し出血がありました。", vec![(Bleeding, "出血")]),
            ("出血はないです", vec![(Bleeding, "出血")]),
            ("昨日から何度かおなかが張ります", vec![(OtherSick, "何度かおなかが張")]),
            ("胎動が、いつもより少ない気がします", vec![(OtherSick, "胎動が、いつもより少ない")]),
            ("ﾀｲﾄﾞｳがない", vec![(OtherSick, "ﾀｲﾄﾞｳがない")]),
            ("グッタリして、ケイレンも", vec![(Vital, "グッタリ"), (Vital, "ケイレン")]),
            ("ｸﾞｯﾀﾘしています", vec![(Vital, "ｸﾞｯﾀﾘ")]),
            ("もう　消え\nたい", vec![(Suicide, "消え\nたい")]),
            ("死にたいわけではないけれど", vec![(Suicide, "死にたい")]),
            ("夫に殴られます。泣く子を揺さぶりそう", vec![(Violence, "殴"), (HarmChild, "揺さぶ")]),
            ("もう殴ってしまいそう。手が出ます", vec![(HarmChild, "殴ってしま"), (HarmChild, "手が出")]),
            ("おなかが何度か張ります", vec![(OtherSick, "何度か張")]),
            ("ＤＶを受けています", vec![(Violence, "ＤＶを")]),
            ("頭が割れるように痛い", vec![(OtherSick, "割れるように痛")]),
            ("生後２か月で３８.２度", vec![(OtherSick, "生後２か月で３８.")]),
        ] {
            let found: Vec<_> = signs(text).into_iter().map(|s| (s.danger, s.word)).collect();
            let expected: Vec<_> = expected.into_iter().map(|(d, w)| (d, w.to_owned())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    /// Everyday questions do not cry wolf.
    #[test]
    fn leaves_everyday_questions_alone() {
        for text in [
            "離乳食をいつ始めるか迷っています。つくったりするのが大変で。",
            "おなかはすいているのに、あまり飲みません",
            "うんちが緑色で、いつもよりゆるいです",
            "夜だけおねしょがあります。園では平気です",
            "市外に里帰りしますが、相談できますか",
            "立ち上がるとくらっとします。上の子を抱っこしたまましゃがみこみました。",
            "DVDを見せてもいいですか",
            "健診は里帰り先でも受けられますか。紫外線は気にしたほうがいいですか",
            "夜の授乳を終わりにしたいです。頑張って続けてきました",
            "おなかを蹴るのがわかります。胸が張って痛いです。母乳の出がいまひとつです",
        ] {
            assert_eq!(signs(text), [], "{text}");
        }
    }

    #[test]
    fn hears_grief() {
        for text in ["先月、流産しました", "死産でした。母乳が出ます", "心拍が確認できませんでした", "My baby died"] {
            assert!(grieves(text) && dangers(text).is_empty(), "{text}");
        }
        for text in ["流産しやすい食べ物はありますか", "出血しています", "別れ際に泣きます"] {
            assert!(!grieves(text), "{text}");
        }
    }

    #[test]
    fn marks_and_escapes() {
        assert_eq!(marked_html("<b>出血</b>\nけいれん"), "&lt;b&gt;<mark>出血</mark>&lt;/b&gt;<br><mark>けいれん</mark>");
        assert_eq!(marked_html(""), "");
    }

    fn katakana(text: &str) -> String {
        text.chars().map(|c| if ('ぁ'..='ゖ').contains(&c) { char::from_u32(c as u32 + 0x60).unwrap() } else { c }).collect()
    }
    fn any_word() -> impl Strategy<Value = (Danger, String)> {
        let all: Vec<_> = WORDS.iter().flat_map(|(d, text)| text.split_whitespace().map(|w| (*d, w.to_owned()))).collect();
        proptest::sample::select(all)
    }
    fn any_english() -> impl Strategy<Value = (Danger, String)> {
        let all: Vec<_> = ENGLISH.iter().flat_map(|(d, text)| text.split_whitespace().map(|w| (*d, w.to_owned()))).collect();
        proptest::sample::select(all)
    }
    fn any_calm() -> impl Strategy<Value = String> {
        proptest::sample::select(CALM_PHRASES.iter().map(|p| p.iter().collect::<String>()).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,300}", kana in "[ぁ-ゖァ-ヶｦ-ﾟ\u{3099}\u{309a}0-9０-９張痛血熱胎動 \n]{0,200}") {
            for text in [&text, &kana] {
                for sign in signs(text) {
                    prop_assert_eq!(&text[sign.at.clone()], sign.word.as_str());
                }
                marked_html(text);
            }
        }

        /// Every word is found in katakana, with spaces or line breaks between its letters, wherever it stands.
        #[test]
        fn finds_variants((danger, word) in any_word(), before in "[ぬねふへ、。a-z]{0,40}", after in "[ぬねふへ、。a-z]{0,40}", gap in "[ 　\n\u{200b}]{0,2}") {
            let spaced = word.chars().map(String::from).collect::<Vec<_>>().join(&gap);
            for written in [word.clone(), katakana(&word), spaced] {
                let text = format!("{before}{written}{after}");
                prop_assert!(dangers(&text).contains(&danger), "{}", text);
            }
        }

        /// English is found in any case, with its spaces or without, and never inside a longer word.
        #[test]
        fn finds_english((danger, word) in any_english(), before in "[ぬ、. 0-9]{0,10}", after in "[ぬ、. 0-9]{0,10}", gap in "[ \n]{0,1}", letter in "[a-zA-Z]") {
            let spaced = word.chars().map(String::from).collect::<Vec<_>>().join(&gap);
            for written in [word.clone(), word.to_uppercase(), word.replace('\'', "’"), spaced] {
                prop_assert!(dangers(&format!("{before}{written}{after}")).contains(&danger), "{}", written);
            }
            let own = |text: &str| signs(text).into_iter().any(|s| s.word.len() == word.len());
            prop_assert!(!own(&format!("{letter}{word}")) && !own(&format!("{word}{letter}")), "{} {}", letter, word);
        }

        /// An ordinary phrase hides what stands in it, never what stands beside it.
        #[test]
        fn calm_hides_nothing_beside_it((danger, word) in any_word(), calm in any_calm(), first in proptest::bool::ANY) {
            let text = if first { format!("{word}。ぬ{calm}") } else { format!("{calm}。ぬ{word}") };
            prop_assert!(dangers(&text).contains(&danger), "{}", text);
        }

        /// What is left without its marks is the escaped text: nothing is hidden.
        #[test]
        fn marks_hide_nothing(text in "[出血けいれんグッタリ消えたい<>&\n張痛強い、。]{0,60}") {
            prop_assert_eq!(marked_html(&text).replace("<mark>", "").replace("</mark>", ""), escaped(&text));
        }
    }
}
