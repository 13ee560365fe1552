//! A file's text and a review in, the text with that review in its front matter out; every other byte stays.

use crate::calendar::Date;
use crate::content::parts::{Parts, parts};
use crate::diag::yaml::{Entry, Node, Value};
use std::ops::Range;

/// What is written; `None` leaves what the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// A person's id.
    pub by: Option<String>,
    /// The day of the review.
    pub on: Option<Date>,
    /// The last day on which it holds.
    pub next: Option<Date>,
    /// The mark of the reviewed text.
    pub body: String,
    /// The mark of who reviewed it (`content::marks::signed`).
    pub signed: Option<String>,
}

/// Why a file was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// There is no front matter that can be read.
    #[error("前書き（--- と --- のあいだ）を読めません。`otayori check` で直してからもう一度どうぞ")]
    Unreadable,
    /// It is written in a way in which nothing can be put without touching the rest.
    #[error("いまの `review` の書き方では、ほかの行を変えずに書きこめません。手で次の行に直してください\n  {0}")]
    Unusual(String),
}

/// The mark that the review of a file's text has.
pub fn recorded(text: &str) -> Option<String> {
    let parts = parts(text)?;
    let review = parts.node.entry("review")?;
    review.node.entry("body").and_then(|e| e.node.scalar()).map(str::to_owned)
}

/// Puts the review into the front matter: values are replaced where they stand, missing ones added behind the others,
/// comments kept.
pub fn record(text: &str, review: &Record) -> Result<String, NotRecorded> {
    let before = parts(text).ok_or(NotRecorded::Unreadable)?;
    let values = values(review);
    let edits = edits(text, &before, &values).unwrap_or_default();
    let edited = apply(text, edits);
    let good = parts(&edited).is_some_and(|after| {
        after.body == before.body && same_but_review(&before.node, &after.node) && says(&after.node, &values)
    });
    if good { Ok(edited) } else { Err(NotRecorded::Unusual(line(&values))) }
}

fn values(review: &Record) -> Vec<(&'static str, String)> {
    let date = |d: Option<Date>| d.map(|d| d.to_string());
    let all = [
        ("by", review.by.clone()),
        ("on", date(review.on)),
        ("next", date(review.next)),
        ("body", Some(review.body.clone())),
        ("signed", review.signed.clone()),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn line(values: &[(&str, String)]) -> String {
    let inner: Vec<String> = values.iter().map(|(k, v)| format!("{k}: {v}")).collect();
    format!("review: {{{}}}", inner.join(", "))
}

/// Lines of a text as bytes: where each begins, where its letters end, where it ends. `\r\n`, `\n` and `\r` end one, as
/// for `text_of`.
fn lines(text: &str) -> Vec<(usize, usize, usize)> {
    let bytes = text.as_bytes();
    let mut from = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    let mut lines = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => at + 2,
            b'\r' | b'\n' => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push((from, at, end));
        (from, at) = (end, end);
    }
    lines.push((from, bytes.len(), bytes.len()));
    lines
}

/// The byte at a line and column, both from 1.
fn byte(text: &str, lines: &[(usize, usize, usize)], at: crate::diag::Place) -> Option<usize> {
    let &(from, to, _) = lines.get((at.line as usize).checked_sub(1)?)?;
    let column = (at.column as usize).checked_sub(1)?;
    let line = &text[from..to];
    line.char_indices().map(|(n, _)| n).chain([line.len()]).nth(column).map(|n| from + n)
}

/// What is put in place of which bytes; `None` where the file is written in a way that this does not know.
fn edits(text: &str, parts: &Parts, values: &[(&str, String)]) -> Option<Vec<(Range<usize>, String)>> {
    let lines = lines(text);
    let Some(review) = parts.node.entry("review") else {
        let &(fence, _, _) = lines.get((parts.body_line as usize).checked_sub(2)?)?;
        let &(_, to, end) = lines.first()?;
        return Some(vec![(fence..fence, format!("{}{}", line(values), &text[to..end]))]);
    };
    let key = byte(text, &lines, review.at)?;
    let colon = key + text[key..].find(':')? + 1;
    let Value::Map(entries) = &review.node.value else {
        let written = &text[colon..lines.get(review.at.line as usize - 1)?.1];
        let old = [" ~", " null"].into_iter().find(|w| written.starts_with(w)).map_or(0, str::len);
        let all = line(values);
        return Some(vec![(colon..colon + old, all.strip_prefix("review:")?.to_owned())]);
    };
    let flow = text.get(colon..)?.trim_start().starts_with('{');
    let mut edits = Vec::new();
    for (key, value) in values {
        let Some(entry) = entries.iter().find(|e| e.key == *key) else { continue };
        let token = token(text, byte(text, &lines, entry.node.at)?, flow)?;
        edits.push((token, value.clone()));
    }
    let missing = values.iter().filter(|(key, _)| entries.iter().all(|e| e.key != *key));
    let last = entries.last()?;
    let end = token(text, byte(text, &lines, last.node.at)?, flow)?.end;
    if flow {
        let added: String = missing.map(|(key, value)| format!(", {key}: {value}")).collect();
        edits.push((end..end, added));
    } else {
        let &(_, to, below) = lines.iter().find(|(from, to, _)| *from <= end && end <= *to)?;
        let first = byte(text, &lines, entries.first()?.at)?;
        let &(from, _, _) = lines.iter().find(|(from, to, _)| *from <= first && first <= *to)?;
        let (indent, ending) = (&text[from..first], &text[to..below]);
        let added: String = missing.map(|(key, value)| format!("{indent}{key}: {value}{ending}")).collect();
        edits.push((below..below, added));
    }
    Some(edits)
}

/// The bytes of a value of one line that begins at `from`.
fn token(text: &str, from: usize, flow: bool) -> Option<Range<usize>> {
    let line = text.get(from..)?.split(['\r', '\n']).next()?;
    if let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = line.get(1..)?.find(quote)? + 2;
        return Some(from..from + end);
    }
    let stops = |n: usize, c: char| (flow && matches!(c, ',' | '}')) || (c == '#' && line[..n].ends_with([' ', '\t']));
    let end = line.char_indices().find(|(n, c)| stops(*n, *c)).map_or(line.len(), |(n, _)| n);
    Some(from..from + line[..end].trim_end().len())
}

fn apply(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len() + 80);
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(text.get(at..range.start).unwrap_or(""));
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// Does the front matter say these values?
fn says(node: &Node, values: &[(&str, String)]) -> bool {
    let Some(review) = node.entry("review") else { return false };
    values.iter().all(|(key, value)| review.node.entry(key).and_then(|e| e.node.scalar()) == Some(value.as_str()))
}

/// Are all keys but `review` the same, in the same order?
fn same_but_review(a: &Node, b: &Node) -> bool {
    let (Value::Map(a), Value::Map(b)) = (&a.value, &b.value) else { return false };
    let others = |entries: &[Entry]| {
        entries.iter().filter(|e| e.key != "review").map(|e| (e.key.clone(), bare(&e.node))).collect::<Vec<_>>()
    };
    others(a) == others(b)
}

/// A value without the places in it.
fn bare(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, plain } => format!("{plain}{text:?}"),
        Value::List(nodes) => format!("[{}]", nodes.iter().map(bare).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => format!(
            "{{{}}}",
            entries.iter().map(|e| format!("{:?}:{}", e.key, bare(&e.node))).collect::<Vec<_>>().join(",")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use crate::content::marks::mark_of;
    use proptest::prelude::*;

    fn new() -> Record {
        Record {
            by: Some("takase-wataru".into()),
            on: Some(date(2026, 11, 21)),
            next: Some(date(2027, 11, 20)),
            body: "m1-0123456789abcdef".into(),
            signed: None,
        }
    }

    const LINE: &str = "review: {by: takase-wataru, on: 2026-11-21, next: 2027-11-20, body: m1-0123456789abcdef}";

    #[test]
    fn every_way_of_writing_it() {
        for (before, after) in [
            ("title: 題\n", format!("title: 題\n{LINE}\n")),
            ("review:\ntitle: 題\n", format!("{LINE}\ntitle: 題\n")),
            ("review: ~ # まだ\ntitle: 題\n", format!("{LINE} # まだ\ntitle: 題\n")),
            ("review: {by: a, on: 2025-01-01, next: 2026-01-01}  # 前の人\ntitle: 題\n",
                format!("{LINE}  # 前の人\ntitle: 題\n")),
            ("review: {on: '2025-01-01', by: \"a\"}\n",
                "review: {on: 2026-11-21, by: takase-wataru, next: 2027-11-20, body: m1-0123456789abcdef}\n".into()),
            (
                "review: {by: a,  # だれ\n  on: 2025-01-01,\n  next: 2026-01-01 }\ntitle: 題\n",
                "review: \
                 {by: takase-wataru,  # だれ\n  on: 2026-11-21,\n  next: 2027-11-20, body: m1-0123456789abcdef }\n\
                 title: 題\n".into(),
            ),
            (
                "review:   # 監修\n  by: a # だれ\n  on: 2025-01-01\n  # 毎年\n  next: 2026-01-01\n\n# 題\ntitle: 題\n",
                "review:   # 監修\n  by: takase-wataru # だれ\n  on: 2026-11-21\n  # 毎年\n  next: 2027-11-20\n  body: \
                 m1-0123456789abcdef\n\n# 題\ntitle: 題\n".into(),
            ),
            ("review: {by: a, on: 2025-01-01, next: 2026-01-01, body: m1-1}\n", format!("{LINE}\n")),
        ] {
            let file = |front: &str| format!("---\n{front}---\n本文 review: {{by: x}}\n");
            assert_eq!(record(&file(before), &new()), Ok(file(&after)), "{before}");
            let twice = record(&file(&after), &new());
            assert_eq!(twice, Ok(file(&after)), "done twice, happens once");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_not_touched() {
        assert_eq!(record("本文だけ\n", &new()), Err(NotRecorded::Unreadable));
        for front in ["{title: 題}\n", "review: [a, b]\n", "review: {by: , on: 2025-01-01}\n", "review: {}\n"] {
            let text = format!("---\n{front}---\n本文\n");
            assert!(!matches!(record(&text, &new()), Ok(ref new) if !new.contains("takase-wataru")), "{front}");
        }
    }

    /// Front matter in any style around a review in any style.
    fn file() -> impl Strategy<Value = (String, String, String, String)> {
        let key = prop::sample::select(vec![
            "title: 題 # 一",
            "# 注\nsummary: 'あ: い'",
            "topics: [からだ, 食べる] # 二",
            "sources:\n  - 本\n\n  - \"別の: 本\"",
            "for:\n  - pregnancy_weeks: 5-16",
            "note: |\n  review: x\n  # 三",
        ]);
        let review = prop::sample::select(vec![
            "",
            "review: {by: a, on: 2025-01-01, next: 2026-01-01} # 四\n",
            "review: { on: 2025-01-01 , next: \"2026-01-01\" , by: 'a' }\n",
            "review:\n    by: a  # 五\n    next: 2026-01-01\n    on: 2025-01-01\n",
            "review: {by: a, on: 2025-01-01,\n   # 六\n   next: 2026-01-01}\n",
            "review: null\n",
        ]);
        (
            prop::collection::vec(key, 0..6),
            review,
            prop::collection::vec("[a-zあ#:{} \\-]{0,12}", 0..5),
            any::<prop::sample::Index>(),
            prop::sample::select(vec!["\n", "\r\n"]),
            any::<bool>(),
        )
            .prop_map(|(mut keys, review, body, at, end, bom)| {
                keys.sort();
                keys.dedup();
                let cut = at.index(keys.len() + 1);
                let text = |keys: &[&str]| keys.iter().map(|k| format!("{k}\n")).collect::<String>();
                let all = [
                    format!("---\n{}", text(&keys[..cut])),
                    review.to_owned(),
                    format!("{}---\n", text(&keys[cut..])),
                    body.join("\n"),
                ];
                let mut all = all.map(|t| t.replace('\n', end));
                if bom {
                    all[0].insert(0, '\u{FEFF}');
                }
                let [a, b, c, d] = all;
                (a, b, c, d)
            })
    }

    proptest! {
        /// Only the review's own lines change, and every comment in them stays.
        #[test]
        fn all_other_bytes_stay((head, review, rest, body) in file()) {
            let text = format!("{head}{review}{rest}{body}");
            let edited = record(&text, &new()).unwrap();
            let (before, after) = if review.is_empty() { (format!("{head}{}",
                rest.strip_suffix("---\n").or(rest.strip_suffix("---\r\n")).unwrap()),
                &rest[rest.rfind("---").unwrap()..]) } else { (head.clone(), rest.as_str()) };
            let middle = edited.strip_prefix(&before).and_then(|e| e.strip_suffix(&format!("{after}{body}"))).unwrap();
            for comment in ["# 四", "# 五", "# 六"] {
                prop_assert_eq!(review.contains(comment), middle.contains(comment));
            }
            prop_assert!(!middle.contains("2025-01-01") && middle.contains("takase-wataru")
                && middle.contains("m1-0123456789abcdef"), "{}", middle);
            prop_assert_eq!(text.contains("\r\n"), edited.contains("\r\n"));
            prop_assert_eq!(record(&edited, &new()), Ok(edited.clone()));
            prop_assert_eq!(mark_of(&edited, Vec::new()), mark_of(&text, Vec::new()));
        }
        #[test]
        fn nothing_falls_over(front in "[a-z:{}\\[\\], \n'\"#~|\r-]{0,60}", body in ".{0,10}") {
            let text = format!("---\nreview: {front}\n---\n{body}");
            if let Ok(edited) = record(&text, &new()) {
                prop_assert!(edited.ends_with(&body) && edited.contains("by: takase-wataru"));
            }
            let _ = record(&front, &new());
        }
    }
}
