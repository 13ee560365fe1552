//! A YAML map and the keys it may have in, typed values out; every unknown key and wrong type becomes a diagnostic with
//! its place.

use super::yaml::{Entry, Node, Value};
use super::{Diagnostics, Place, did_you_mean, slips};
use crate::calendar::Date;

/// A map that is being read. Values are asked for one by one; what does not fit is reported and comes out as `None`.
#[derive(Debug)]
pub struct Form<'a> {
    file: &'a str,
    /// Where the map stands.
    pub at: Place,
    entries: &'a [Entry],
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Place,
}

impl<'a> Form<'a> {
    /// Reads `node` as a map that may hold `known` keys; others are reported.
    pub fn new(file: &'a str, node: &'a Node, known: &[&str], problems: &mut Diagnostics) -> Option<Self> {
        let form = Self::open(file, node, problems)?;
        for entry in form.entries {
            if !known.contains(&entry.key.as_str()) {
                let (message, hint) = unknown(&entry.key, known);
                problems.error(file, entry.at, message, hint);
            }
        }
        Some(form)
    }

    /// Reads `node` as a map that may hold any key.
    pub fn open(file: &'a str, node: &'a Node, problems: &mut Diagnostics) -> Option<Self> {
        match &node.value {
            // The parser puts a block of keys behind its first key.
            Value::Map(entries) => {
                let first = entries.first().map_or(node.at, |e| e.at);
                let at = if (first.line, first.column) < (node.at.line, node.at.column) { first } else { node.at };
                Some(Self { file, at, entries })
            }
            Value::Scalar { .. } | Value::List(_) => {
                match text_of(node).and_then(|t| slips::not_a_map(&t.value)) {
                    Some(slip) => problems.error(
                        file,
                        Place { column: node.at.column + slip.at.column - 1, ..node.at },
                        slip.message,
                        slip.hint,
                    ),
                    None => problems.error(
                        file,
                        node.at,
                        "`項目: 値` の形ではありません",
                        "{項目: 値, 項目: 値} か、1行に1つの `項目: 値` で書いてください",
                    ),
                }
                None
            }
        }
    }

    /// The file that the form is in.
    pub fn file(&self) -> &'a str {
        self.file
    }
    /// All keys with their values.
    pub fn entries(&self) -> &'a [Entry] {
        self.entries
    }
    /// The entry of `key`; one without a value (`until:`) is as good as none.
    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.written(key).filter(|e| !is_empty(&e.node))
    }
    fn written(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|e| e.key == key)
    }
    /// Is `key` there?
    pub fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }
    /// Where the value of `key` stands; the map's place if it is not there.
    pub fn place(&self, key: &str) -> Place {
        self.entry(key).map_or(self.at, |e| e.node.at)
    }

    /// A text; numbers and flags are taken as written.
    pub fn text(&self, key: &str, problems: &mut Diagnostics) -> Option<Placed<String>> {
        let entry = self.entry(key)?;
        let found = text_of(&entry.node);
        if found.is_none() {
            problems.error(
                self.file,
                entry.node.at,
                format!("`{key}` には文を1つ書きます"),
                "[ ] や - を使わずに書いてください",
            );
        }
        found
    }
    /// As [`Form::text`], and reported when it is missing or empty.
    pub fn needed(&self, key: &str, problems: &mut Diagnostics) -> Option<Placed<String>> {
        let Some(entry) = self.written(key) else {
            problems.error(
                self.file,
                self.at,
                format!("`{key}` がありません"),
                format!("`{key}: …` の行を足してください"),
            );
            return None;
        };
        if is_empty(&entry.node) {
            problems.error(
                self.file,
                entry.at,
                format!("`{key}` が空です"),
                format!("`{key}: ` のあとに書いてください（# で始まる文は \" \" で囲みます）"),
            );
            return None;
        }
        self.text(key, problems)
    }
    /// A list of texts; empty if it is not there.
    pub fn texts(&self, key: &str, problems: &mut Diagnostics) -> Vec<Placed<String>> {
        self.list(key, problems)
            .iter()
            .filter_map(|node| {
                let text = text_of(node);
                if text.is_none() {
                    problems.error(
                        self.file,
                        node.at,
                        format!("`{key}` の項目が文ではありません"),
                        "「: 」を含む文は、全体を \" \" で囲んでください",
                    );
                }
                text
            })
            .collect()
    }
    /// The items of a list; empty if it is not there.
    pub fn list(&self, key: &str, problems: &mut Diagnostics) -> &'a [Node] {
        match self.entry(key).map(|e| &e.node) {
            None => &[],
            Some(Node { value: Value::List(list), .. }) => list,
            Some(node) => {
                problems.error(
                    self.file,
                    node.at,
                    format!("`{key}` は、1つでもリストで書きます"),
                    format!("例: {key}: [{}]", text_of(node).map_or_else(|| "…".into(), |t| as_items(&t.value))),
                );
                &[]
            }
        }
    }
    /// `true` or `false`; `None` if it is not there.
    pub fn flag(&self, key: &str, problems: &mut Diagnostics) -> Option<bool> {
        let entry = self.entry(key)?;
        match &entry.node.value {
            Value::Scalar { text, plain: true } if text == "true" => Some(true),
            Value::Scalar { text, plain: true } if text == "false" => Some(false),
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => {
                let written = text_of(&entry.node).map(|t| slips::half_width(&t.value).trim().to_lowercase());
                let example = if matches!(written.as_deref(), Some("false" | "no" | "off" | "いいえ")) {
                    "false"
                } else {
                    "true"
                };
                problems.error(
                    self.file,
                    entry.node.at,
                    format!("`{key}` は true か false です"),
                    format!("例: {key}: {example}"),
                );
                None
            }
        }
    }
    /// A day as `2026-11-21`, moved by `shift_days`.
    pub fn date(&self, key: &str, shift_days: i32, problems: &mut Diagnostics) -> Option<Placed<Date>> {
        let text = self.text(key, problems)?;
        match date_of(&text.value) {
            Ok(date) => Some(Placed { value: crate::calendar::plus_days(date, shift_days), at: text.at }),
            Err((message, hint)) => {
                problems.error(self.file, text.at, message, hint);
                None
            }
        }
    }
}

/// What to say of a key that is not known: a near one, a full-width one, one that ran into its value (`{by：a}`,
/// `{by:a}`).
fn unknown(key: &str, known: &[&str]) -> (String, String) {
    let message = format!("`{key}` という項目はありません");
    if let Some((word, value)) = key.split_once([':', '：'])
        && known.contains(&slips::half_width(word).trim())
    {
        let word = slips::half_width(word);
        return (message, format!("「{}: {}」のことですか（半角の : と、そのあとに空白）", word.trim(), value.trim()));
    }
    (message, meant(key, known.iter().copied()).unwrap_or_else(|| format!("使える項目: {}", known.join("、"))))
}

/// `［からだ、食べる］` or `・からだ` as the items that were meant: `からだ, 食べる`.
fn as_items(written: &str) -> String {
    let inner = written.trim_matches(|c: char| c.is_whitespace() || matches!(c, '［' | '］' | '【' | '】' | '[' | ']'));
    let items: Vec<&str> = inner
        .split(['、', '，', ','])
        .map(|item| item.trim_matches(|c: char| c.is_whitespace() || matches!(c, '・' | '－' | 'ー' | '−' | '*')))
        .collect();
    items.join(", ")
}

/// Nothing, `~`, `null` or only spaces.
fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Scalar { text, plain } => text.trim().is_empty() || (*plain && matches!(text.as_str(), "~" | "null")),
        Value::List(_) | Value::Map(_) => false,
    }
}

/// The scalar's text.
pub fn text_of(node: &Node) -> Option<Placed<String>> {
    match &node.value {
        Value::Scalar { text, .. } => Some(Placed { value: text.clone(), at: node.at }),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// `2026-11-21` as a day, or what is wrong and what to do.
pub fn date_of(text: &str) -> Result<Date, (String, String)> {
    let written = text.trim();
    let narrow = slips::half_width(written).replace(['ー', '−', '‐', '–'], "-");
    let strict = written.len() == 10
        && written.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let parts: Vec<&str> =
        narrow.split(['-', '/', '.', '年', '月', '日']).map(str::trim).filter(|p| !p.is_empty()).collect();
    let numbers: Option<Vec<i16>> = parts.iter().map(|p| p.parse().ok()).collect();
    match numbers.as_deref() {
        Some([year, month, day]) => {
            let date =
                i8::try_from(*month).ok().zip(i8::try_from(*day).ok()).and_then(|(m, d)| Date::new(*year, m, d).ok());
            match date {
                Some(date) if strict => Ok(date),
                Some(date) => Err((format!("日付 `{written}` の形が違います"), format!("「{date}」のことですか"))),
                None => {
                    Err((format!("{year}年{month}月{day}日という日はありません"), "月と日を確かめてください".into()))
                }
            }
        }
        _ => Err((format!("`{written}` は日付ではありません"), "例: 2026-11-21".into())),
    }
}

/// 「…のことですか」 when a known word is near, or the only one that begins with what was written.
pub fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let narrow = slips::half_width(word);
    let word = narrow.trim();
    let begun = || {
        let mut longer = known.iter().copied().filter(|k| word.chars().count() >= 2 && k.starts_with(word));
        longer.next().filter(|_| longer.next().is_none())
    };
    did_you_mean(word, known.iter().copied()).or_else(begun).map(|near| format!("「{near}」のことですか"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_in_full_width_is_understood() {
        assert_eq!(as_items("［からだ、食べる］"), "からだ, 食べる");
        assert_eq!(as_items("・からだ"), "からだ");
        assert_eq!(unknown("by：takase", &["by", "on"]).1, "「by: takase」のことですか（半角の : と、そのあとに空白）");
        assert_eq!(unknown("ｔｉｔｌｅ", &["title"]).1, "「title」のことですか");
    }

    #[test]
    fn dates_are_read_strictly_and_explained() {
        assert_eq!(date_of("2026-11-21"), Ok(crate::calendar::date(2026, 11, 21)));
        assert_eq!(date_of("2026-02-30").unwrap_err().0, "2026年2月30日という日はありません");
        assert_eq!(date_of("2026/1/3").unwrap_err().1, "「2026-01-03」のことですか");
        assert_eq!(date_of("2026年11月3日").unwrap_err().1, "「2026-11-03」のことですか");
        assert_eq!(date_of("２０２６－１１－０３").unwrap_err().1, "「2026-11-03」のことですか");
        assert_eq!(date_of("あした").unwrap_err().0, "`あした` は日付ではありません");
    }
}
