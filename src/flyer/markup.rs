//! Markdown as people write it in, Markdown that pulldown-cmark reads right out: ruby, dates, emphasis beside Japanese brackets.

use crate::calendar::{Date, Weekday};

/// Begins a word with a reading. These are private characters: no table or link can cut them as it would cut `{…|…}`.
pub const RUBY_START: char = '\u{E010}';
/// Between the word and its reading.
pub const RUBY_MIDDLE: char = '\u{E011}';
/// Ends the reading.
pub const RUBY_END: char = '\u{E012}';
/// Between `*` and Japanese punctuation: without it `**「…」**と` stays literal (CommonMark's flanking rule).
pub const SEPARATOR: char = '\u{E000}';

/// How `{2026-12-08}` is written.
pub struct DateText {
    /// `en` writes `8 December (Tue)`, `easy` and `ja` 12月8日（火）.
    pub language: String,
}

impl DateText {
    /// In a language, as written.
    pub fn of(language: &str) -> Self {
        Self { language: language.to_owned() }
    }

    fn text(&self, date: Date) -> String {
        if self.language == "ja" || self.language == "easy" {
            let day = match date.weekday() {
                Weekday::Monday => "月",
                Weekday::Tuesday => "火",
                Weekday::Wednesday => "水",
                Weekday::Thursday => "木",
                Weekday::Friday => "金",
                Weekday::Saturday => "土",
                Weekday::Sunday => "日",
            };
            format!("{}月{}日（{day}）", date.month(), date.day())
        } else {
            date.strftime("%a %-d %B").to_string()
        }
    }
}

/// Replaces ruby and dates by what the reader of blocks knows, and mends emphasis.
pub fn prepare(markdown: &str, date: &DateText) -> String {
    let mut out = String::with_capacity(markdown.len() + 64);
    let mut rest = markdown;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tail = &rest[open + 1..];
        let inside = tail.find(['}', '{', '\n']).filter(|end| tail.as_bytes()[*end] == b'}').map(|end| &tail[..end]);
        let replaced = inside.and_then(|inside| {
            if let Some((base, reading)) = inside.split_once('|') {
                let (base, reading) = (base.trim(), reading.trim().trim_end_matches('\\'));
                return (!base.is_empty() && !reading.is_empty()).then(|| format!("{RUBY_START}{}{RUBY_MIDDLE}{reading}{RUBY_END}", base.trim_end_matches('\\')));
            }
            inside.trim().parse::<Date>().ok().map(|d| date.text(d))
        });
        match (replaced, inside) {
            (Some(text), Some(inside)) => {
                out.push_str(&text);
                rest = &tail[inside.len() + 1..];
            }
            _ => {
                out.push('{');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    emphasis(&out)
}

/// Puts [`SEPARATOR`] between runs of `*` and non-ASCII punctuation.
fn emphasis(markdown: &str) -> String {
    let chars: Vec<char> = markdown.chars().collect();
    let mut out = String::with_capacity(markdown.len() + 16);
    let wide_point = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace());
    for (n, c) in chars.iter().enumerate() {
        let starts = *c == '*' && n > 0 && chars[n - 1] != '*';
        if starts && wide_point(chars.get(n - 1)) {
            out.push(SEPARATOR);
        }
        out.push(*c);
        if *c == '*' && chars.get(n + 1) != Some(&'*') && wide_point(chars.get(n + 1)) {
            out.push(SEPARATOR);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_ruby() {
        let ja = |text: &str| prepare(text, &DateText::of("ja"));
        assert_eq!(ja("{2026-12-08}の朝"), "12月8日（火）の朝");
        assert_eq!(ja("{妊娠|にんしん}と{x}"), "\u{E010}妊娠\u{E011}にんしん\u{E012}と{x}");
        assert_eq!(ja("{a|b\nc}"), "{a|b\nc}");
        assert_eq!(prepare("on {2026-12-08}", &DateText::of("en")), "on Tue 8 December");
    }
}
