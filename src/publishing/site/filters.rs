//! A theme's template filters: `fill` puts numbers into words, `ruby` sets readings, `day`, `day_short`, `day_week`
//! write dates.

use crate::calendar::{Date, Weekday};
use crate::text::escape;
use tera::{Kwargs, State, StringInput, Tera, Value};

/// Adds the filters.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("fill", |words: &str, with: Kwargs, _: &State| {
        fill(words, with.iter().filter_map(|(k, v)| Some((k.as_str()?, v.to_string()))))
    });
    tera.register_filter("ruby", |text: StringInput, _: Kwargs, _: &State| {
        if text.is_safe() { text.into_value() } else { Value::safe_string(&ruby(text.as_str())) }
    });
    tera.register_filter("day", |date: &str, _: Kwargs, state: &State| date_in(date, state, Style::Long));
    tera.register_filter("day_short", |date: &str, _: Kwargs, state: &State| date_in(date, state, Style::Short));
    tera.register_filter("day_week", |date: &str, _: Kwargs, state: &State| date_in(date, state, Style::Week));
}

/// Puts values into `{name}` places: `fill("{n}分", [("n", "4")])`. What is not given stays as it is.
pub(super) fn fill<K: AsRef<str>, V: AsRef<str>>(words: &str, with: impl IntoIterator<Item = (K, V)>) -> String {
    with.into_iter()
        .fold(words.to_owned(), |text, (key, value)| text.replace(&format!("{{{}}}", key.as_ref()), value.as_ref()))
}

/// Escapes text, but for `<wbr>` where a heading may break, and turns readings in brackets behind kanji into ruby:
/// 質問（しつもん）する.
pub(super) fn ruby(text: &str) -> String {
    readings(text).replace("&lt;wbr&gt;", "<wbr>")
}

fn readings(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(open) = rest.find('（') {
        let (before, behind) = (&rest[..open], &rest[open + '（'.len_utf8()..]);
        let base =
            before.rfind(|c| !is_kanji(c)).map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
        let reading = behind.find('）').map(|n| &behind[..n]).filter(|r| !r.is_empty() && r.chars().all(is_kana));
        match reading {
            Some(reading) if base < before.len() => {
                out.push_str(&escape(&before[..base]));
                out.push_str(&format!("<ruby>{}<rp>（</rp><rt>{reading}</rt><rp>）</rp></ruby>", &before[base..]));
                rest = &behind[reading.len() + '）'.len_utf8()..];
            }
            _ => {
                out.push_str(&escape(&rest[..open + '（'.len_utf8()]));
                rest = behind;
            }
        }
    }
    out.push_str(&escape(rest));
    out
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '々' | '〆')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309F}' | 'ー')
}

/// How much of a date is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    /// 2026年10月3日 / 3 October 2026
    Long,
    /// 10/3 / 3 Oct
    Short,
    /// 10月3日（土） / Sat 3 October
    Week,
}

fn date_in(date: &str, state: &State, style: Style) -> tera::TeraResult<String> {
    let day: Date =
        date.parse().map_err(|_| tera::Error::message(format!("`{date}` は日付ではありません（例: 2026-12-08）")))?;
    let language = state.get::<String>("lang")?.unwrap_or_default();
    Ok(written(day, &language, style))
}

/// A date as people of a language write it; languages without a form of their own get year, month and day in figures
/// (ISO 8601).
pub(super) fn written(day: Date, language: &str, style: Style) -> String {
    let (y, m, d) = (day.year(), day.month(), day.day());
    if language == "en" {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let month = MONTHS.get(usize::from(m.unsigned_abs()).saturating_sub(1)).copied().unwrap_or_default();
        return match style {
            Style::Long => format!("{d} {month} {y}"),
            Style::Short => format!("{d} {}", &month[..3]),
            Style::Week => format!("{} {d} {month}", weekday(day.weekday()).1),
        };
    }
    if !["ja", "easy", ""].contains(&language) {
        return format!("{y}-{m:02}-{d:02}");
    }
    match style {
        Style::Long => format!("{y}年{m}月{d}日"),
        Style::Short => format!("{m}/{d}"),
        Style::Week => format!("{m}月{d}日（{}）", weekday(day.weekday()).0),
    }
}

fn weekday(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Monday => ("月", "Mon"),
        Weekday::Tuesday => ("火", "Tue"),
        Weekday::Wednesday => ("水", "Wed"),
        Weekday::Thursday => ("木", "Thu"),
        Weekday::Friday => ("金", "Fri"),
        Weekday::Saturday => ("土", "Sat"),
        Weekday::Sunday => ("日", "Sun"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use proptest::prelude::*;

    #[test]
    fn sets_readings_only_where_there_are_some() {
        assert_eq!(ruby("質問（しつもん）する"), "<ruby>質問<rp>（</rp><rt>しつもん</rt><rp>）</rp></ruby>する");
        assert_eq!(ruby("登録する（1分・無料）"), "登録する（1分・無料）");
        assert_eq!(ruby("ここ（よみ）<b>"), "ここ（よみ）&lt;b&gt;");
        assert_eq!(
            ruby("急（いそ）ぐ 電話（でんわ）"),
            "<ruby>急<rp>（</rp><rt>いそ</rt><rp>）</rp></ruby>ぐ <ruby>電話<rp>（</rp><rt>でんわ</rt><rp>）\
             </rp></ruby>"
        );
    }

    #[test]
    fn writes_dates() {
        let day = date(2026, 12, 8);
        assert_eq!(written(day, "ja", Style::Long), "2026年12月8日");
        assert_eq!(written(day, "easy", Style::Week), "12月8日（火）");
        assert_eq!(written(day, "ja", Style::Short), "12/8");
        assert_eq!(written(day, "en", Style::Long), "8 December 2026");
        assert_eq!(written(day, "en", Style::Week), "Tue 8 December");
        assert_eq!(written(day, "vi", Style::Week), "2026-12-08");
    }

    proptest! {
        #[test]
        fn ruby_never_panics_and_escapes(text in "[（）<&漢字かなa1々]{0,40}") {
            let html = ruby(&text);
            prop_assert!(!html.contains("<&"));
        }
    }
}
