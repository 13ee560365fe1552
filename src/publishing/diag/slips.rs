//! YAML as people type it on a Japanese keyboard in, what slipped and the line as it should read out.
//!
//! The parser of YAML says "mapping values are not allowed in this context" where a midwife typed a full-width colon.
//! [`sure`] finds what is wrong whatever the parser says of it; [`behind`] explains why the parser could not go on, and
//! is asked only when it could not.

mod brackets;
mod line;

pub use line::Slip;

use crate::text::narrow;
use line::{Line, is_item, is_key, is_key_letter, item_start, outside_texts, shown, shown_plain};

/// Characters that nobody sees and nobody typed: they come with what was pasted.
const INVISIBLE: [char; 9] =
    ['\u{FEFF}', '\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}', '\u{200E}', '\u{200F}', '\u{00AD}', '\u{2028}'];

/// Spaces that YAML takes for letters.
fn is_wide_space(c: char) -> bool {
    matches!(c, '\u{3000}' | '\u{00A0}' | '\u{2002}' | '\u{2003}')
}

/// Slips that are wrong whatever the parser says: wide spaces and tabs before a key or an item, invisible characters in
/// a key.
pub fn sure(text: &str) -> Vec<Slip> {
    let mut slips = Vec::new();
    for line in outside_texts(text) {
        let indentation: Vec<char> = line.text.chars().take_while(|c| c.is_whitespace()).collect();
        let rest: String = line.text.chars().skip(indentation.len()).collect();
        if let Some(at) =
            indentation.iter().position(|c| *c == '\t' || is_wide_space(*c)).filter(|_| is_key(&rest) || is_item(&rest))
        {
            let spaces: String = indentation.iter().map(|c| if *c == ' ' { " " } else { "  " }).collect();
            let (message, what) = if indentation[at] == '\t' {
                ("字下げにタブがあります", "タブ")
            } else {
                ("字下げに全角の空白があります", "全角の空白")
            };
            slips.push(line.slip(
                at,
                message,
                format!("{what}を、半角の空白2つにしてください: {}", shown(&format!("{spaces}{rest}"))),
            ));
        }
        let key_end = line.text.find([':', '：']).unwrap_or(0);
        if let Some((at, c)) = line.text[..key_end].chars().enumerate().find(|(_, c)| INVISIBLE.contains(c)) {
            let clean: String = line.text.chars().filter(|c| !INVISIBLE.contains(c)).collect();
            slips.push(line.slip(
                at,
                format!("見えない文字（U+{:04X}）があります", u32::from(c)),
                format!("行を消して、打ちなおしてください: {}", shown(&clean)),
            ));
        }
    }
    slips
}

/// Slips that explain why the parser could not read the text; empty if none is known. `at`: the line where it stopped,
/// from 1. `front`: the text is front matter, into which an article's text may have run.
pub fn behind(text: &str, at: u32, front: bool) -> Vec<Slip> {
    let mut slips = sure(text);
    for line in outside_texts(text) {
        slips.extend(in_line(&line, at));
    }
    if slips.is_empty() {
        slips.extend(brackets::brackets(text));
    }
    if slips.is_empty() && front {
        slips.extend(outside_texts(text).filter_map(|line| not_a_key(&line, text)).next());
    }
    slips.sort_by_key(|s| (s.at.line, s.at.column));
    slips.dedup_by_key(|s| s.at.line);
    slips
}

/// The first line, from 1, that looks like an article's text and not like its front matter.
pub fn first_of_text(text: &str) -> Option<u32> {
    let marked =
        text.split('\n').position(|line| line.starts_with("##") || line.starts_with('>')).map(|n| n as u32 + 1);
    let plain = outside_texts(text).find(|line| not_a_key(line, text).is_some()).map(|line| line.number);
    [marked, plain].into_iter().flatten().min()
}

/// A value on one line that should have been a map: `pregnancy_weeks：5-16`.
pub fn not_a_map(value: &str) -> Option<Slip> {
    in_line(&Line { number: 1, text: value, before: "" }, 0)
}

/// A value between “ ” that were meant as YAML's quotes: the value without them.
pub fn in_curly_quotes(value: &str) -> Option<&str> {
    let inner = value.strip_prefix(is_curly)?.strip_suffix(is_curly)?;
    (!inner.contains(is_curly)).then_some(inner)
}

/// What is typed full-width although it has an ASCII form: `［ｔｉｔｌｅ］` as `[title]`.
pub fn half_width(text: &str) -> String {
    text.chars().map(|c| if c == '\u{3000}' { ' ' } else { narrow(c) }).collect()
}

/// The first slip of a line.
fn in_line(line: &Line<'_>, stopped: u32) -> Option<Slip> {
    let start = item_start(line.text);
    let (head, rest) = line.text.split_at(start);
    let key_length = rest.chars().take_while(|c| is_key_letter(*c)).map(char::len_utf8).sum::<usize>();
    let (key, after) = rest.split_at(key_length);
    let ascii = half_width(key);
    let with = |value: &str| shown(&format!("{head}{ascii}: {}", value.trim_matches(|c: char| c.is_whitespace())));
    if !key.is_empty() {
        if let Some(value) = after.strip_prefix('：') {
            return Some(line.slip(
                line.column(start + key_length),
                "コロンが全角の「：」です",
                format!("半角の : と空白にしてください: {}", with(value)),
            ));
        }
        if let Some(value) = after.strip_prefix(':').filter(|v| v.starts_with(is_wide_space)) {
            return Some(line.slip(
                line.column(start + key_length) + 1,
                "コロンのあとの空白が全角です",
                format!("半角の空白にしてください: {}", with(value)),
            ));
        }
        if let Some(value) = after
            .strip_prefix(':')
            .filter(|v| !v.is_empty() && !v.starts_with(char::is_whitespace) && !v.starts_with("//"))
        {
            return Some(line.slip(
                line.column(start + key_length) + 1,
                "コロンのあとに空白がありません",
                format!("空白を1つ入れてください: {}", with(value)),
            ));
        }
    }
    let (value, value_at) = match after.strip_prefix(':') {
        Some(value) if !key.is_empty() => {
            (value.trim(), start + key_length + 1 + (value.len() - value.trim_start().len()))
        }
        _ => (rest.trim(), start),
    };
    let head = &line.text[..value_at];
    if value.starts_with(is_curly)
        || value.starts_with('"') && value.ends_with(is_curly)
        || value.ends_with('"') && !value.starts_with('"') && value.contains(is_curly)
    {
        let inner = value.trim_matches(|c| is_curly(c) || c == '"');
        return Some(line.slip(
            line.column(value_at),
            "引用符が全角の “ ” です",
            format!("半角の \" \" にしてください: {}", shown(&format!("{head}\"{inner}\""))),
        ));
    }
    if line.number == stopped && !key.is_empty() && value.contains(": ") && !value.starts_with(['"', '\'', '[', '{']) {
        let at = line.column(value_at) + value.split(": ").next().unwrap_or_default().chars().count();
        return Some(line.slip(
            at,
            "値の中に「: 」があります",
            format!("値の全体を \" \" で囲んでください: {}", shown(&format!("{head}\"{value}\""))),
        ));
    }
    None
}

/// A line at the left edge that is neither `key: value` nor an item of the list above.
fn not_a_key(line: &Line<'_>, text: &str) -> Option<Slip> {
    let edge = !line.text.starts_with(char::is_whitespace);
    let list_above = line.before.trim_end().ends_with(':') || is_item(line.before.trim_start());
    if !edge
        || is_key(line.text)
        || line.text.starts_with(['[', ']', '{', '}', '"', '\'', '&', '!', '%', '@', '`'])
        || is_item(line.text) && list_above
        || is_open(text, line.number)
    {
        return None;
    }
    let word: String = line.text.chars().take_while(|c| is_key_letter(*c)).collect();
    let value = line.text[word.len()..]
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | '；' | '=' | '＝' | '、' | ','));
    let hint = if word.len() > 2 && word.is_ascii() && !value.is_empty() {
        format!(
            "「{}」のことですか。本文なら、この行の上に `---` だけの行を入れてください",
            shown_plain(&format!("{word}: {value}"))
        )
    } else {
        "本文なら、この行の上に `---` だけの行を入れてください。前の行の続きなら、行のはじめに空白を2つ入れてください"
            .to_owned()
    };
    Some(line.slip(0, "`項目: 値` の形ではありません", hint))
}

/// Is a `[` or `{` open before this line?
fn is_open(text: &str, number: u32) -> bool {
    let before = text.split('\n').take(number as usize - 1).flat_map(str::chars);
    let depth = before.fold(0i64, |depth, c| match c {
        '[' | '{' => depth + 1,
        ']' | '}' => depth - 1,
        _ => depth,
    });
    depth > 0
}

fn is_curly(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '‟' | '＂' | '〝' | '〟')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str) -> String {
        behind(text, 1, true)
            .iter()
            .map(|s| format!("{}:{} {}｜{}\n", s.at.line, s.at.column, s.message, s.hint))
            .collect()
    }

    #[test]
    fn each_slip_says_what_to_write() {
        for (text, expected) in [
            ("title：つわり", "1:6 コロンが全角の「：」です｜半角の : と空白にしてください: `title: つわり`\n"),
            ("ｔｉｔｌｅ：つわり", "1:6 コロンが全角の「：」です｜半角の : と空白にしてください: `title: つわり`\n"),
            (
                "  - pregnancy_weeks：5-16",
                "1:20 コロンが全角の「：」です｜半角の : と空白にしてください: `  - pregnancy_weeks: 5-16`\n",
            ),
            ("title:つわり", "1:7 コロンのあとに空白がありません｜空白を1つ入れてください: `title: つわり`\n"),
            ("title:　つわり", "1:7 コロンのあとの空白が全角です｜半角の空白にしてください: `title: つわり`\n"),
            (
                "for:\n　- child_days: 0-6",
                "2:1 字下げに全角の空白があります｜全角の空白を、半角の空白2つにしてください: `  - child_days: 0-6`\n",
            ),
            (
                "for:\n\t- child_days: 0-6",
                "2:1 字下げにタブがあります｜タブを、半角の空白2つにしてください: `  - child_days: 0-6`\n",
            ),
            (
                "title: “発熱: 夜に”",
                "1:8 引用符が全角の “ ” です｜半角の \" \" にしてください: `title: \"発熱: 夜に\"`\n",
            ),
            ("title: \"発熱”", "1:8 引用符が全角の “ ” です｜半角の \" \" にしてください: `title: \"発熱\"`\n"),
            (
                "title: 発熱: 夜に",
                "1:10 値の中に「: 」があります｜値の全体を \" \" で囲んでください: `title: \"発熱: 夜に\"`\n",
            ),
            (
                "title: 一\nsummary あ",
                "2:1 `項目: 値` の形ではありません｜「summary: あ」のことですか。本文なら、この行の上に `---` \
                 だけの行を入れてください\n",
            ),
            (
                "\u{FEFF}title: 一",
                "1:1 見えない文字（U+FEFF）があります｜行を消して、打ちなおしてください: `title: 一`\n",
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn good_lines_are_left_alone() {
        for text in [
            "title: 一\nfor:\n  - pregnancy_weeks: 5-16\nsources:\n- 厚生労働省：手引き\n- https://example.jp/\n",
            "title: |\n  　字下げした文：です\nsummary: あ\n",
            "topics: [\n  からだ,\nfood\n]\n",
            "# メモ：あとで\ntitle: \"“つわり”と言うまで\"\n",
        ] {
            assert_eq!(behind(text, 0, true), [], "{text}");
        }
    }

    #[test]
    fn quotes_and_widths() {
        assert_eq!(in_curly_quotes("“つわり”"), Some("つわり"));
        assert_eq!(in_curly_quotes("“つわり”と“吐き気”"), None);
        assert_eq!(half_width("［ｔｉｔｌｅ］２０"), "[title]20");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}|[-a-c：:　“”\"\\[\\]{}、 |>#\n\t\u{FEFF}ａ]{0,60}", at in 0u32..5) {
            let lines = text.split('\n').count() as u32;
            for slip in behind(&text, at, true).into_iter().chain(sure(&text)) {
                prop_assert!(slip.at.line <= lines && slip.at.line > 0);
            }
            let _ = (not_a_map(&text), in_curly_quotes(&text), half_width(&text));
        }
    }
}
