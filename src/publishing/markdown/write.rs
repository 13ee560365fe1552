//! Text with ruby and dates in, HTML out: what every paragraph, heading and title is written with.

use super::marks::{BAR, JOINT, TILDE, date_in_brace, prepare};
use crate::calendar::{Date, Weekday};
use crate::text::{entity, escape_into};
use std::collections::BTreeSet;

/// HTML under construction. Knows the last letter, so that a line break between two Japanese letters leaves no space.
#[derive(Debug, Default)]
pub struct Writer {
    /// The HTML so far.
    pub html: String,
    /// The same as plain text.
    pub plain: String,
    last: Option<char>,
    /// Where a line break waits for the letter after it.
    pending: Option<usize>,
    /// Where a heading may break: counts of letters.
    breaks: BTreeSet<usize>,
    letters: usize,
}

/// A part of a prepared text.
#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// As written, with its stand-ins ([`super::restore`] takes them out).
    Text(&'a str),
    /// A word and its reading.
    Ruby(&'a str, &'a str),
    /// `{2026-12-08}`.
    Date(Date),
}

impl Writer {
    /// Writes markup as it is.
    pub fn raw(&mut self, html: &str) {
        self.html.push_str(html);
    }
    /// A new block begins: what was before is not beside what comes.
    pub fn block(&mut self) {
        (self.last, self.pending) = (None, None);
        if !self.plain.is_empty() && !self.plain.ends_with('\n') {
            self.plain.push('\n');
        }
    }
    /// Sets the phrases of a heading whose text is `plain`: between them it may break (`<wbr>`).
    pub fn phrases(&mut self, plain: &str) {
        self.breaks = phrase_ends(plain);
        self.letters = 0;
    }
    /// A line break in a paragraph.
    pub fn soft_break(&mut self) {
        self.pending = Some(self.html.len());
    }
    /// Text with its stand-ins: escaped, ruby and dates written out for `language`.
    pub fn text(&mut self, text: &str, language: &str) {
        for token in tokens(text) {
            match token {
                Token::Text(text) => {
                    for c in text.chars() {
                        match c {
                            JOINT => {}
                            BAR => self.letter('|'),
                            TILDE => self.letter('~'),
                            other => self.letter(other),
                        }
                    }
                }
                Token::Ruby(base, reading) => {
                    self.before(base.chars().next());
                    self.html.push_str("<ruby>");
                    escape_into(base, &mut self.html);
                    self.html.push_str("<rp>（</rp><rt>");
                    escape_into(reading, &mut self.html);
                    self.html.push_str("</rt><rp>）</rp></ruby>");
                    self.after(base);
                }
                Token::Date(date) => {
                    let shown = date_text(date, language);
                    self.before(shown.chars().next());
                    self.html.push_str(&date_html(date, language));
                    self.after(&shown);
                }
            }
        }
    }
    /// Text that stands for itself (code).
    pub fn verbatim(&mut self, text: &str) {
        for c in super::marks::restore(text).chars() {
            self.letter(c);
        }
    }
    fn letter(&mut self, c: char) {
        self.before(Some(c));
        match entity(c) {
            Some(entity) => self.html.push_str(entity),
            None => self.html.push(c),
        }
        self.plain.push(c);
        (self.last, self.letters) = (Some(c), self.letters + 1);
    }
    fn before(&mut self, next: Option<char>) {
        if let Some(at) = self.pending.take()
            && !joins(self.last, next)
            && at <= self.html.len()
        {
            self.html.insert(at, '\n');
            self.plain.push(' ');
        }
        if self.letters > 0 && self.breaks.contains(&self.letters) {
            self.html.push_str("<wbr>");
        }
    }
    fn after(&mut self, written: &str) {
        self.plain.push_str(written);
        self.letters += written.chars().count();
        self.last = written.chars().last();
    }
}

/// Text with its stand-ins as plain text: ruby without its reading, dates written out.
pub fn plain(text: &str, language: &str) -> String {
    let mut writer = Writer::default();
    writer.text(text, language);
    writer.plain
}

/// A title or summary as an author writes it: `(plain text, HTML with ruby, <time> and <wbr>)`.
pub fn title(text: &str, language: &str) -> (String, String) {
    let (prepared, _) = prepare(text.trim());
    let shown = plain(&prepared, language);
    let mut writer = Writer::default();
    writer.phrases(&shown);
    writer.text(&prepared, language);
    (shown, writer.html)
}

/// Between two letters that are written without spaces a line break is none; nor beside Japanese punctuation.
fn joins(last: Option<char>, next: Option<char>) -> bool {
    let (Some(last), Some(next)) = (last, next) else { return false };
    let stop = |c: char| {
        matches!(
            c,
            '\u{3000}'..='\u{303F}'
                | '\u{FF01}'..='\u{FF0F}'
                | '\u{FF1A}'..='\u{FF20}'
                | '\u{FF3B}'..='\u{FF40}'
                | '\u{FF5B}'..='\u{FF65}'
                | '…'
                | '―'
        )
    };
    (is_wide(last) && is_wide(next)) || stop(last) || stop(next)
}

/// Kanji, kana, their punctuation and full-width forms.
pub fn is_wide(c: char) -> bool {
    matches!(
        c,
        '\u{2E80}'..='\u{312F}'
            | '\u{3190}'..='\u{A4CF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FE30}'..='\u{FE4F}'
            | '\u{FF01}'..='\u{FF9F}'
            | '\u{20000}'..='\u{3FFFF}'
            | '…'
            | '―'
            | '℃'
            | '①'..='⑳'
    )
}

/// Where phrases of a Japanese text end, as counts of letters; empty for other texts.
fn phrase_ends(text: &str) -> BTreeSet<usize> {
    if !text.chars().any(is_wide) {
        return BTreeSet::new();
    }
    let mut ends = BTreeSet::new();
    let (mut letters, mut at) = (0, 0);
    budoux_phf_rs::Parser::japanese_parser().parse_with(text, |phrase| {
        letters += phrase.chars().count();
        at += phrase.len();
        if !in_counter(&text[..at], &text[at..]) {
            ends.insert(letters);
        }
    });
    ends
}

/// Is the place between these inside of 3か月, 2か所, which no line may tear apart?
pub fn in_counter(before: &str, after: &str) -> bool {
    let number = before.strip_suffix(['か', 'カ', 'ヶ', 'ケ', 'ヵ', 'ゕ']);
    number.is_some_and(|n| {
        n.ends_with(|c: char| {
            c.is_ascii_digit() || ('０'..='９').contains(&c) || "一二三四五六七八九十数何".contains(c)
        })
    }) && after.starts_with(['月', '所', '国', '年', '条'])
}

/// Cuts a prepared text at its readings and dates: the one reader of `{漢字|かな}` and `{2026-12-08}`, for pages and
/// for paper.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find('{') {
        let start = at + found;
        let after = &text[start + 1..];
        let (token, length) = if let Some(date) = date_in_brace(after) {
            (Token::Date(date), 12)
        } else if let Some((inner, (base, reading))) = after
            .split_once('}')
            .and_then(|(inner, _)| inner.split_once(BAR).map(|parts| (inner, parts)))
            .filter(|(i, _)| !i.contains('{'))
        {
            (Token::Ruby(base, reading), inner.len() + 2)
        } else {
            at = start + 1;
            continue;
        };
        if from < start {
            tokens.push(Token::Text(&text[from..start]));
        }
        tokens.push(token);
        from = start + length;
        at = from;
    }
    if from < text.len() {
        tokens.push(Token::Text(&text[from..]));
    }
    tokens
}

/// `12月8日（火）`, in English `Tue 8 Dec`.
pub fn date_text(date: Date, language: &str) -> String {
    if language == "en" {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = usize::try_from(date.month() - 1).ok().and_then(|m| MONTHS.get(m)).unwrap_or(&"");
        return format!("{} {} {month}", weekday(date).0, date.day());
    }
    format!("{}月{}日（{}）", date.month(), date.day(), weekday(date).1)
}

/// `<time datetime="2026-12-08">12月8日（火）</time>`; with readings in easy Japanese.
fn date_html(date: Date, language: &str) -> String {
    let shown = if language == "easy" {
        let [month, day, weekday] = date_readings(date)
            .map(|(base, reading)| format!("<ruby>{base}<rp>（</rp><rt>{reading}</rt><rp>）</rp></ruby>"));
        format!("{month}{day}（{weekday}）")
    } else {
        date_text(date, language)
    };
    format!("<time datetime=\"{date}\">{shown}</time>")
}

/// Month, day and weekday of 12月8日（火） with their readings, for easy Japanese.
pub fn date_readings(date: Date) -> [(String, String); 3] {
    let (month, day, (_, weekday, reading)) = (date.month(), date.day(), weekday(date));
    [
        (format!("{month}月"), month_reading(month)),
        (format!("{day}日"), day_reading(day)),
        (weekday.into(), reading.into()),
    ]
}

fn weekday(date: Date) -> (&'static str, &'static str, &'static str) {
    match date.weekday() {
        Weekday::Monday => ("Mon", "月", "げつ"),
        Weekday::Tuesday => ("Tue", "火", "か"),
        Weekday::Wednesday => ("Wed", "水", "すい"),
        Weekday::Thursday => ("Thu", "木", "もく"),
        Weekday::Friday => ("Fri", "金", "きん"),
        Weekday::Saturday => ("Sat", "土", "ど"),
        Weekday::Sunday => ("Sun", "日", "にち"),
    }
}

fn month_reading(month: i8) -> String {
    match month {
        4 => "しがつ".into(),
        7 => "しちがつ".into(),
        9 => "くがつ".into(),
        other => format!("{other}がつ"),
    }
}

fn day_reading(day: i8) -> String {
    match day {
        1 => "ついたち".into(),
        2 => "ふつか".into(),
        3 => "みっか".into(),
        4 => "よっか".into(),
        5 => "いつか".into(),
        6 => "むいか".into(),
        7 => "なのか".into(),
        8 => "ようか".into(),
        9 => "ここのか".into(),
        10 => "とおか".into(),
        14 => "じゅうよっか".into(),
        20 => "はつか".into(),
        24 => "にじゅうよっか".into(),
        other => format!("{other}にち"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        assert_eq!(title("つわりがつらいとき", "ja").1, "つわりが<wbr>つらい<wbr>とき");
        let (plain, html) = title("両親学級（{2026-12-12}）の{予約|よやく} <b>", "ja");
        assert_eq!(plain, "両親学級（12月12日（土））の予約 <b>");
        assert!(html.contains("<time datetime=\"2026-12-12\">12月12日（土）</time>"), "{html}");
        assert!(
            html.contains("<ruby>予約<rp>（</rp><rt>よやく</rt><rp>）</rp></ruby>") && html.contains("&lt;b&gt;"),
            "{html}"
        );
        assert_eq!(title("Clinic on {2026-12-08}", "en").0, "Clinic on Tue 8 Dec");
        assert_eq!(title("When morning sickness is hard", "en").1, "When morning sickness is hard");
    }

    #[test]
    fn line_breaks() {
        let two = |a: &str, b: &str| {
            let mut w = Writer::default();
            w.text(a, "ja");
            w.soft_break();
            w.raw("<b>");
            w.text(b, "ja");
            w.html
        };
        assert_eq!(two("日本", "語"), "日本<b>語");
        assert_eq!(two("です。", "Web"), "です。<b>Web");
        assert_eq!(two("one", "two"), "one\n<b>two");
        assert_eq!(two("日本", "JP"), "日本\n<b>JP");
        assert_eq!(two("熱が", "{咳\u{E001}せき}"), "熱が<b><ruby>咳<rp>（</rp><rt>せき</rt><rp>）</rp></ruby>");
    }
}
