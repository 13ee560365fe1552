//! YAML that the parser could not read in, a bracket or a quotation mark that was opened and never closed out, on the
//! line where it stands; a value that must be quoted.

use super::line::{Line, Slip, is_item, is_key, item_start, outside_texts, shown};

/// A bracket that is open.
struct Open<'a> {
    bracket: char,
    line: Line<'a>,
    /// Byte offset in the line.
    at: usize,
}

impl Open<'_> {
    /// The line as it should read.
    fn slip(&self) -> Slip {
        let close = closing(self.bracket);
        let (written, comment) = self.line.text.split_at(without_comment(self.line.text));
        let right = shown(&format!("{}{close}{comment}", written.trim_end().trim_end_matches(',')));
        self.line.slip(
            self.line.column(self.at),
            format!("`{}` を閉じる `{close}` がありません", self.bracket),
            format!("この行を、こう直してください: {right}"),
        )
    }
}

/// What is wrong with the brackets; `None` if nothing is.
pub(super) fn brackets(text: &str) -> Option<Slip> {
    let mut open: Vec<Open<'_>> = Vec::new();
    for line in outside_texts(text) {
        // A key or an item at the left edge is not inside of brackets.
        if !open.is_empty() && (is_key(line.text) || is_item(line.text)) {
            break;
        }
        let begins = open.is_empty();
        let value = if begins { value(line.text) } else { 0 };
        if begins && !line.text[value..].starts_with(['[', '{']) {
            if let Some(slip) = escaped(&line, value).or_else(|| unquoted(&line, value)) {
                return Some(slip);
            }
            continue;
        }
        let end = without_comment(line.text);
        let mut quote: Option<char> = None;
        for (at, c) in line.text[..end].char_indices().filter(|(at, _)| *at >= value) {
            match (quote, c) {
                (Some(mark), c) if c == mark => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if line.text[..at].trim_end().ends_with(['[', '{', ',', ':']) => quote = Some(c),
                (None, '[' | '{') => open.push(Open { bracket: c, line, at }),
                (None, ']' | '}') => match open.pop() {
                    Some(last) if closing(last.bracket) != c => return Some(last.slip()),
                    Some(_) if begins && open.is_empty() && !line.text[at + 1..end].trim().is_empty() => {
                        return Some(quoted(&line, value, end));
                    }
                    _ => {}
                },
                (None, _) => {}
            }
        }
    }
    open.last().map(Open::slip)
}

/// `title: {血腫|けっしゅ}のこと`: it is a text that begins with a brace.
fn quoted(line: &Line<'_>, value: usize, end: usize) -> Slip {
    let text = line.text[value..end].trim_end().replace("\\|", "|");
    let right = shown(&format!("{}\"{text}\"", &line.text[..value]));
    line.slip(
        line.column(value),
        format!("`{}` で始まる文は、全体を \" \" で囲みます", &line.text[value..=value]),
        format!("この行を、こう直してください: {right}"),
    )
}

/// `title: "{血腫\|けっしゅ}"`: no backslash belongs there.
fn escaped(line: &Line<'_>, value: usize) -> Option<Slip> {
    let at = line.text[value..].starts_with('"').then(|| line.text.find("\\|"))??;
    let right = shown(&line.text.replace("\\|", "|"));
    Some(line.slip(
        line.column(at),
        "ルビの `|` の前に `\\` はいりません",
        format!("この行を、こう直してください: {right}"),
    ))
}

/// `title: "足のむくみ`: a text that begins with a quotation mark ends with one.
fn unquoted(line: &Line<'_>, value: usize) -> Option<Slip> {
    let written = line.text[value..].trim_end();
    let mark = written.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let right = shown(&format!("{}{mark}", line.text.trim_end()));
    (written.matches(mark).count() == 1).then(|| {
        line.slip(
            line.column(value),
            format!("`{mark}` を閉じる `{mark}` がありません"),
            format!("この行を、こう直してください: {right}"),
        )
    })
}

fn closing(bracket: char) -> char {
    if bracket == '[' { ']' } else { '}' }
}

/// Where the value begins: behind `- ` and `key: `.
fn value(line: &str) -> usize {
    let start = item_start(line);
    let rest = &line[start..];
    let after = rest.find(": ").filter(|_| is_key(rest)).map(|at| &rest[at + 2..]);
    after.map_or(start, |after| line.len() - after.trim_start().len())
}

/// Up to ` #`.
fn without_comment(line: &str) -> usize {
    line.find(" #").unwrap_or(line.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str) -> String {
        brackets(text).map(|s| format!("{}:{} {}｜{}", s.at.line, s.at.column, s.message, s.hint)).unwrap_or_default()
    }

    #[test]
    fn they_are_told_where_they_stand() {
        for (text, expected) in [
            (
                "title: 題\ntopics: [からだ, 食べる\nauthors: [a]\n",
                "2:9 `[` を閉じる `]` がありません｜この行を、こう直してください: `topics: [からだ, 食べる]`",
            ),
            (
                "sources: [本, # 二つ\n  本2\nreview: {by: a}\n",
                "1:10 `[` を閉じる `]` がありません｜この行を、こう直してください: `sources: [本] # 二つ`",
            ),
            (
                "review: {by: a, on: 2026-01-01\n",
                "1:9 `{` を閉じる `}` がありません｜この行を、こう直してください: `review: {by: a, on: 2026-01-01}`",
            ),
            ("topics: [a}\n", "1:9 `[` を閉じる `]` がありません｜この行を、こう直してください: `topics: [a}]`"),
            (
                "- {id: a, name: b\n- {id: c}\n",
                "1:3 `{` を閉じる `}` がありません｜この行を、こう直してください: `- {id: a, name: b}`",
            ),
            (
                "title: {血腫\\|けっしゅ}のこと\n",
                "1:8 \
                 `{` で始まる文は、全体を \" \" で囲みます｜この行を、こう直してください: `title: \"{血腫|けっしゅ}のこと\"`",
            ),
            (
                "title: \"{血腫\\|けっしゅ}\"\n",
                "1:12 ルビの `|` の前に `\\` はいりません｜この行を、こう直してください: `title: \"{血腫|けっしゅ}\"`",
            ),
            (
                "title: \"足のむくみ\nsummary: x\n",
                "1:8 `\"` を閉じる `\"` がありません｜この行を、こう直してください: `title: \"足のむくみ\"`",
            ),
            ("title: \"足\"\nsummary: 'x'\n", ""),
            ("topics: [a, \"b]\", {c: d}]\nfor:\n  - {a: 1}\ntitle: あ[い\n", ""),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}|[-a-c:“\"\\[\\]{}、\\\\| ,#\n]{0,60}") {
            if let Some(slip) = brackets(&text) {
                prop_assert!(slip.at.line > 0 && slip.at.line <= text.split('\n').count() as u32);
            }
        }
    }
}
