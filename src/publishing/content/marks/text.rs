//! A text as written in, the mark of its medical meaning out: white space, line breaks, readings and emphasis leave no
//! trace, a number, a word, a link or a box does.

use crate::markdown::shift_dates;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use unicode_normalization::UnicodeNormalization as _;

/// Hexadecimal digits of a mark.
const DIGITS: usize = 16;

/// The mark of the first rule (`m1-` in files): title, summary and body as written, `shift_days` taken out of their
/// dates again.
pub(super) fn old_mark(title: &str, summary: &str, body: &str, shift_days: i32) -> String {
    let parts = [title, summary, body].map(|part| match shift_days {
        0 => normal(part),
        days => normal(&shift_dates(part, -days)),
    });
    let hash = digest(&SHA256, parts.join("\u{1F}").as_bytes());
    hash.as_ref().iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The text without what a reader does not read.
pub(super) fn normal(text: &str) -> String {
    let text = without_comments(text);
    let mut out = String::with_capacity(text.len());
    let mut boxed = false;
    for line in text.lines() {
        let (line, in_box) = match line.trim_start().strip_prefix('>') {
            Some(rest) => (rest, true),
            None => (line, false),
        };
        // What stands in a box and what does not is meaning: 119 holds for these lines only.
        if in_box != boxed {
            out.push(if in_box { '⟦' } else { '⟧' });
            boxed = in_box;
        }
        let line = line.trim();
        if !line.is_empty() && line.chars().all(|c| matches!(c, '|' | '-' | ':' | '=' | '*' | '_' | ' ')) {
            continue;
        }
        let line = heading_mark(line);
        match line.strip_prefix(['-', '*', '+']).filter(|rest| rest.starts_with(' ')) {
            Some(item) => {
                out.push('・');
                plain(item, &mut out);
            }
            None => plain(line, &mut out),
        }
        out.push('\n');
    }
    joined(&out)
}

/// Without `<!-- … -->`, which no page shows.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        let Some((_, behind)) = after.split_once("-->") else { break };
        out.push_str(before);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// `## 目安 {#meyasu}` as `目安`: levels and anchors are the page's business.
fn heading_mark(line: &str) -> &str {
    let bare = line.trim_start_matches('#');
    if bare.len() == line.len() || !bare.starts_with(' ') {
        return line;
    }
    let bare = bare.trim();
    bare.rfind("{#").filter(|_| bare.ends_with('}')).map_or(bare, |at| bare[..at].trim_end())
}

/// Readings, emphasis and widths out.
fn plain(line: &str, out: &mut String) {
    let letters: Vec<char> = line.nfc().collect();
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        at += 1;
        match c {
            '{' => match reading(&letters[at..]) {
                Some((base, length)) => {
                    out.extend(letters[at..at + base].iter().copied().map(narrow));
                    at += length;
                }
                None => out.push('{'),
            },
            '*' if letters.get(at) == Some(&'*') => at += 1,
            other => out.push(narrow(other)),
        }
    }
}

/// Behind `{`: letters of the base, and letters up to and with `}`, of `{漢字|かな}`.
fn reading(letters: &[char]) -> Option<(usize, usize)> {
    let end = letters.iter().position(|c| matches!(c, '{' | '}')).filter(|n| letters.get(*n) == Some(&'}'))?;
    let mut bars = letters[..end].iter().enumerate().filter(|(_, c)| **c == '|');
    let (bar, _) = bars.next()?;
    bars.next().is_none().then_some((bar, end + 1))
}

/// One form for letters that differ in width or in the keyboard they came from.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5D}' => crate::text::narrow(c),
        '~' | '～' | '〜' => '〜',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '‐' | '‑' | '–' | '−' => '-',
        other => other,
    }
}

/// White space goes, but where it keeps two words or two numbers apart.
fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        let alike = |last: char| (last.is_ascii_digit() && c.is_ascii_digit()) || (is_letter(last) && is_letter(c));
        if space && out.chars().next_back().is_some_and(alike) {
            out.push(' ');
        }
        out.push(c);
        space = false;
    }
    out
}

/// A letter of a script that is written with spaces between words.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !crate::markdown::is_wide(c)
}

/// Letters of a block's short mark.
pub(super) const BLOCK_LETTERS: usize = 2;

/// The first letters of a text's hash in base 64.
pub(super) fn short(text: &str, letters: usize) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref()).chars().take(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(body: &str) -> String {
        old_mark("題", "まとめ", body, 0)
    }

    #[test]
    fn small_edits_are_forgiven() {
        let text = "**熱**が38℃以上。水分を、ひと口ずつ。\n\n## 目安\n\n> [!119]\n> - けいれん\n> - 反応がない\n\n\
            |a|b|\n|---|---|\n|1|2|\n";
        let forgiven = [
            "**熱**が38℃以上。\n水分を、\nひと口ずつ。\n\n\n## 目安\n\n> [!119]\n> - けいれん\n> - 反応がない\n\n\
             |a|b|\n|---|---|\n|1|2|\n",
            "{熱|ねつ}が３８℃以上。水分を、**ひと口**ずつ。\n\n### 目安 {#meyasu}\n\n> [!119]\n> * けいれん\n> * \
             {反応|はんのう}がない\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n",
            "<!-- 直しました -->熱が 38℃以上。水分を、ひと口ずつ。　\r\n\r\n## 目安\r\n\r\n> [!119]\r\n> - けいれん\r\n\
             > - 反応がない\r\n\r\n|a|b|\r\n|---|---|\r\n|1|2|",
        ];
        for edited in forgiven {
            assert_eq!(of(edited), of(text), "{}\n{}", normal(edited), normal(text));
        }
        assert_eq!(of("5~16週"), of("5〜16週"));
        assert_eq!(of("two words\nmore"), of("two  words more"));
    }

    #[test]
    fn a_change_of_the_text_is_seen() {
        let text = "熱が38.5℃以上で、1日 2回。\n\n> [!119]\n> - けいれん\n> - 反応がない\n";
        for changed in [
            "熱が38.0℃以上で、1日 2回。\n\n> [!119]\n> - けいれん\n> - 反応がない\n",
            "熱が385℃以上で、1日 2回。\n\n> [!119]\n> - けいれん\n> - 反応がない\n",
            "熱が38.5℃以上で、12回。\n\n> [!119]\n> - けいれん\n> - 反応がない\n",
            "熱が38.5℃以上で、1日 2回。\n\n> [!今日]\n> - けいれん\n> - 反応がない\n",
            "熱が38.5℃以上で、1日 2回。\n\n> [!119]\n> - けいれん\n\n- 反応がない\n",
            "熱が38.5℃以上で、1日 2回。\n\n> [!119]\n> - けいれん反応がない\n",
        ] {
            assert_ne!(of(changed), of(text), "{changed}");
        }
        assert_ne!(of("10 20"), of("1020"));
        assert_ne!(of("no thing"), of("nothing"));
        assert_ne!(of("~~飲ませない~~"), of("飲ませない"));
        assert_ne!(old_mark("別の題", "まとめ", "a", 0), old_mark("題", "まとめ", "a", 0));
        assert_ne!(old_mark("題", "別", "a", 0), old_mark("題", "まとめ", "a", 0));
        assert_ne!(old_mark("a", "b", "c", 0), old_mark("ab", "", "c", 0));
    }

    #[test]
    fn moved_dates_are_the_same_text() {
        let moved = shift_dates("{2026-12-29}まで", 70);
        assert_eq!(old_mark("題", "あ", &moved, 70), old_mark("題", "あ", "{2026-12-29}まで", 0));
    }

    proptest! {
        /// Wrapping lines anew between Japanese letters never asks for a review; any digit that changes does.
        #[test]
        fn breaks_are_forgiven_digits_are_not(parts in proptest::collection::vec("[ぁ-んア-ン一-龠。、\
            ]{1,6}", 1..8), digit in 0u32..9) {
            let one = parts.concat();
            prop_assert_eq!(of(&parts.join("\n")), of(&one));
            prop_assert_eq!(of(&parts.join("　")), of(&one));
            prop_assert_ne!(of(&format!("{one}{digit}回")), of(&format!("{one}{}回", digit + 1)));
        }
    }
}
