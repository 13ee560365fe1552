//! Markdown as people write it in Japanese in, Markdown that CommonMark reads as they meant it out; and back again.
//!
//! Three characters of the private use area stand in while the Markdown is parsed: U+E000 between a `*` run and
//! punctuation (CommonMark's flanking rule leaves `**「太字」**です` literal; U+E000 counts as a letter), U+E001 for
//! the bar of `{漢字|かな}` (a table would cut there), U+E002 for a single `~` (pulldown-cmark strikes `~5日~` out).
//! Each of the last two replaces one character, the first adds one that [`Ruler`] does not count.

use crate::calendar::{Date, plus_days};
use crate::diag::Place;
use crate::diag::form::date_of;
use std::cell::Cell;

/// Added between a run of marks and punctuation.
pub const JOINT: char = '\u{E000}';
/// The bar of a ruby.
pub const BAR: char = '\u{E001}';
/// A tilde that is only a tilde.
pub const TILDE: char = '\u{E002}';

/// Something wrong in the braces, with its byte offset in the prepared text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Byte offset in the prepared text.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Puts the stand-ins into `source`.
pub fn prepare(source: &str) -> (String, Vec<Slip>) {
    let chars: Vec<char> =
        source.chars().map(|c| if matches!(c, JOINT | BAR | TILDE) { '\u{FFFD}' } else { c }).collect();
    let mut out = String::with_capacity(source.len() + source.len() / 16);
    let mut slips = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match chars[i] {
            '\\' => {
                out.push('\\');
                i += 1;
                if let Some(&next) = chars.get(i) {
                    out.push(next);
                    i += 1;
                }
            }
            mark @ ('*' | '~') => {
                let end = i + chars[i..].iter().take_while(|c| **c == mark).count();
                run(
                    mark,
                    end - i,
                    i.checked_sub(1).and_then(|p| chars.get(p)).copied(),
                    chars.get(end).copied(),
                    &mut out,
                );
                i = end;
            }
            '{' => i = brace(&chars, i, &mut out, &mut slips),
            other => {
                out.push(other);
                i += 1;
            }
        }
    }
    (out, slips)
}

/// A run of `*` or `~` between `before` and `after`.
fn run(mark: char, length: usize, before: Option<char>, after: Option<char>, out: &mut String) {
    if mark == '~' && length == 1 {
        return out.push(TILDE);
    }
    let letter = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && !is_punctuation(c) && c != '_');
    let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    // Only where one side is a letter and the other punctuation does the flanking rule go wrong; and not in plain
    // English or code.
    let joins = |mark: Option<char>, letter_side: Option<char>| {
        mark.is_some_and(is_punctuation) && letter(letter_side) && (foreign(mark) || foreign(letter_side))
    };
    let fits = mark == '*' || length == 2;
    if fits && joins(before, after) {
        out.push(JOINT);
    }
    out.extend(std::iter::repeat_n(mark, length));
    if fits && joins(after, before) {
        out.push(JOINT);
    }
}

fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_punctuation() && !matches!(c, '*' | '_' | '\\')
    } else {
        !c.is_alphanumeric() && !c.is_whitespace()
    }
}

/// `{漢字|かな}`, `{2026-12-08}`, or just a brace at `start`; returns where to go on.
fn brace(chars: &[char], start: usize, out: &mut String, slips: &mut Vec<Slip>) -> usize {
    let length = chars[start + 1..].iter().take_while(|c| !matches!(c, '{' | '}' | '\n')).count();
    let inner = &chars[start + 1..start + 1 + length];
    let closed = chars.get(start + 1 + length) == Some(&'}');
    let offset = out.len();
    let mut slip = |message: String, hint: String| slips.push(Slip { offset, message, hint });
    let bars = inner.iter().filter(|c| **c == '|').count();
    // `{血腫\|けっしゅ}` is no ruby: `slips` tells.
    if closed && bars == 1 && !inner.windows(2).any(|two| two == ['\\', '|']) {
        let bar = inner.iter().position(|c| *c == '|').unwrap_or(0);
        let text = |part: &[char]| part.iter().collect::<String>();
        let (base, reading) = (text(&inner[..bar]), text(&inner[bar + 1..]));
        if base.trim().is_empty() || reading.trim().is_empty() {
            slip(format!("ルビ `{{{base}|{reading}}}` の片方が空です"), "`{漢字|かな}` の形で書いてください".into());
        } else {
            out.push('{');
            out.push_str(&base);
            out.push(BAR);
            out.push_str(&reading);
            out.push('}');
            return start + length + 2;
        }
    } else if !closed && bars == 1 && inner.first().is_some_and(|c| !c.is_whitespace() && !c.is_ascii()) {
        slip("ルビを閉じる `}` がありません".into(), "`{漢字|かな}` の形で書いてください".into());
    } else if closed && bars > 1 {
        slip("ルビの `|` が2つ以上あります".into(), "1つの `{漢字|かな}` には、読みを1つだけ書いてください".into());
    } else if closed && is_like_date(inner) {
        let text: String = inner.iter().collect();
        if let Err((message, hint)) = date_of(&text) {
            slip(message, hint);
        }
    } else if let Some(near) = inner.iter().position(|c| *c == '｜').filter(|_| closed) {
        let text: String = inner.iter().enumerate().map(|(i, c)| if i == near { '|' } else { *c }).collect();
        slip("ルビの区切りが全角の `｜` です".into(), format!("「{{{text}}}」のことですか（半角の | を使います）"));
    }
    out.push('{');
    start + 1
}

fn is_like_date(inner: &[char]) -> bool {
    inner.len() >= 6
        && inner.iter().take(4).all(char::is_ascii_digit)
        && matches!(inner.get(4), Some('-' | '/' | '.'))
        && inner.iter().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '.'))
}

/// Takes the stand-ins out again.
pub fn restore(text: &str) -> String {
    text.chars()
        .filter(|c| *c != JOINT)
        .map(|c| {
            if c == BAR {
                '|'
            } else if c == TILDE {
                '~'
            } else {
                c
            }
        })
        .collect()
}

/// Lines and columns of byte offsets in a prepared text. It goes on from where it was asked last, so that asking in
/// order costs one pass, however long the text or its lines are.
pub struct Ruler<'a> {
    prepared: &'a str,
    first_line: u32,
    /// The last offset and its place.
    last: Cell<(usize, Place)>,
}

impl<'a> Ruler<'a> {
    /// For a text whose first line is `first_line` of the file.
    pub fn new(prepared: &'a str, first_line: u32) -> Self {
        Self { prepared, first_line, last: Cell::new((0, Place { line: first_line, column: 1 })) }
    }

    /// Where the character at `offset` stands in the file.
    pub fn place(&self, offset: usize) -> Place {
        let mut end = offset.min(self.prepared.len());
        while !self.prepared.is_char_boundary(end) {
            end -= 1;
        }
        let (from, mut at) = match self.last.get() {
            (from, at) if from <= end => (from, at),
            _ => (0, Place { line: self.first_line, column: 1 }),
        };
        for c in self.prepared[from..end].chars() {
            match c {
                '\n' => at = Place { line: at.line + 1, column: 1 },
                JOINT => {}
                _ => at.column += 1,
            }
        }
        self.last.set((end, at));
        at
    }
}

/// Moves every `{2026-12-08}` in `text` by `days`; the length of the text stays.
pub fn shift_dates(text: &str, days: i32) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if let Some(date) = date_in_brace(rest) {
            out.push_str(&plus_days(date, days).to_string());
            rest = &rest[10..];
        }
    }
    out.push_str(rest);
    out
}

/// The date at the start of `after`, which follows a `{`, if a `}` follows it.
pub fn date_in_brace(after: &str) -> Option<Date> {
    let written = after.get(..10)?;
    (after[10..].starts_with('}')).then(|| date_of(written).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prepares_only_what_goes_wrong() {
        assert_eq!(prepare("**「太字」**です").0, "**「太字」\u{E000}**です");
        assert_eq!(prepare("約**5%**以上").0, "約**5%\u{E000}**以上");
        assert_eq!(prepare("a **bold** (b) *c*").0, "a **bold** (b) *c*");
        assert_eq!(prepare("~5日~ ~~やめ~~ 37~38").0, "\u{E002}5日\u{E002} ~~やめ~~ 37\u{E002}38");
        assert_eq!(prepare("{漢字|かんじ} \\{a|b} `{x}`").0, "{漢字\u{E001}かんじ} \\{a|b} `{x}`");
        assert_eq!(prepare("\\*「").0, "\\*「");
        assert_eq!(prepare("{2026-02-30}").1[0].message, "2026年2月30日という日はありません");
        assert_eq!(prepare("{漢字|}").1[0].message, "ルビ `{漢字|}` の片方が空です");
        assert_eq!(prepare("{漢字｜かんじ}").1[0].hint, "「{漢字|かんじ}」のことですか（半角の | を使います）");
    }

    #[test]
    fn dates_move_by_days() {
        assert_eq!(shift_dates("a {2026-12-29} {x} {2026-12-2", 7), "a {2027-01-05} {x} {2026-12-2");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[^\u{E000}-\u{E002}]{0,80}|[*~{}|「」a字 \n0-9\\-]{0,60}") {
            prop_assert_eq!(restore(&prepare(&text).0), text);
        }
        /// Asked in any order, it says what counting from the start says.
        #[test]
        fn a_ruler_counts_as_from_the_start(text in "[a字\n\u{E000}]{0,60}",
            offsets in prop::collection::vec(0..200usize, 0..12)) {
            let ruler = Ruler::new(&text, 3);
            for offset in offsets {
                let end = (0..=offset.min(text.len())).rev().find(|n| text.is_char_boundary(*n)).unwrap();
                let line = text[..end].matches('\n').count() as u32 + 3;
                let column = text[..end].rsplit('\n').next().unwrap().chars().filter(|c| *c != JOINT)
                    .count() as u32 + 1;
                prop_assert_eq!(ruler.place(offset), Place { line, column });
            }
        }
        #[test]
        fn shifting_keeps_the_length(text in "[{}0-9-]{0,60}", days in -4000..4000) {
            prop_assert_eq!(shift_dates(&text, days).len(), text.len());
        }
    }
}
