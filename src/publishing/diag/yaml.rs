//! YAML that a person wrote in, a tree out in which every key, value and list item knows its line and column.

use super::{Diagnostics, Place, slips};
use marked_yaml::{LoadError, LoaderOptions, Marker, parse_yaml_with_options};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its first character.
    pub at: Place,
    /// What it is.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One word, number, text; `plain` if it was not quoted.
    Scalar {
        /// As written, quotes and escapes resolved.
        text: String,
        /// Without quotes: `true` and `4` may be read as what they look like.
        plain: bool,
    },
    /// `[a, b]` or lines with `-`.
    List(Vec<Node>),
    /// Keys and values in the file's order.
    Map(Vec<Entry>),
}

impl Node {
    /// The value of a map's key, with its place.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == key),
            Value::Scalar { .. } | Value::List(_) => None,
        }
    }
    /// A word, a number, a text.
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As written.
    pub key: String,
    /// Where the key stands.
    pub at: Place,
    /// Its value.
    pub node: Node,
}

/// What the top of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Top {
    /// `key: value` lines.
    Map,
    /// Lines with `-`.
    List,
}

/// Reads `text`, whose first line is line `first_line` of `file`. What cannot be read is reported, and `None` comes
/// out.
///
/// `serde_yaml` goes first: it limits depth and aliases, so that the marked parser only sees what is harmless.
pub fn parse(file: &str, text: &str, first_line: u32, top: Top, problems: &mut Diagnostics) -> Option<Node> {
    let moved =
        |line: usize, column: usize| Place { line: (line as u32).max(1) + first_line - 1, column: column as u32 };
    // Front matter stands below its fence; other files are YAML from their first line.
    let front = top == Top::Map && first_line > 1;
    if report(file, slips::sure(text), first_line, problems) {
        return None;
    }
    let values: serde_yaml::Value = match serde_yaml::from_str(text) {
        Ok(values) => values,
        Err(error) => {
            let said = error.to_string();
            let at = place_of(&error, text)
                .map_or(Place { line: first_line, column: 0 }, |(line, column)| moved(line, column));
            if said.contains("duplicate entry")
                && let Err(LoadError::DuplicateKey(keys)) = load(text, top)
            {
                let place = |m: Option<&Marker>| m.map_or(at, |m| moved(m.line(), m.column()));
                let before = place(keys.prev_key.span().start());
                problems.error(
                    file,
                    place(keys.key.span().start()),
                    format!("`{}` が2回あります", keys.key.as_str()),
                    format!("{}行目にもあります。どちらかを消してください", before.line),
                );
                return None;
            }
            if !report(file, slips::behind(text, at.line + 1 - first_line, front), first_line, problems) {
                problems.error(file, at, format!("YAML として読めません（{}）", without_place(&said)), hint_of(&said));
            }
            return None;
        }
    };
    let fits = match top {
        Top::Map => values.is_mapping() || values.is_null(),
        Top::List => values.is_sequence() || values.is_null(),
    };
    if !fits {
        if report(file, slips::behind(text, 1, front), first_line, problems) {
            return None;
        }
        let (message, hint) = match top {
            Top::Map => ("`項目: 値` の形ではありません", "例: title: つわりがつらいとき"),
            Top::List => ("`- ` で始まる項目の並びではありません", "1件ごとに、行の頭に `- ` を付けてください"),
        };
        problems.error(file, Place { line: first_line, column: 1 }, message, hint);
        return None;
    }
    if values.is_null() {
        let value = if top == Top::Map { Value::Map(Vec::new()) } else { Value::List(Vec::new()) };
        return Some(Node { at: Place { line: first_line, column: 1 }, value });
    }
    match load(text, top) {
        Ok(node) => Some(unquoted(file, convert(&node, first_line), problems)),
        Err(error) => {
            let (at, what) = match &error {
                LoadError::UnexpectedAnchor(m) => (m, "`&名前` や `*名前`（参照）は使えません".to_owned()),
                LoadError::UnexpectedTag(m) => (m, "`!` で始まる印（タグ）は使えません".to_owned()),
                LoadError::MappingKeyMustBeScalar(m) => (m, "項目の名前が文字ではありません".to_owned()),
                LoadError::TopLevelMustBeMapping(m) | LoadError::TopLevelMustBeSequence(m) => {
                    (m, "形が違います".to_owned())
                }
                LoadError::ScanError(m, _) => (m, format!("YAML として読めません（{error}）")),
                LoadError::DuplicateKey(keys) => {
                    problems.error(
                        file,
                        keys.key
                            .span()
                            .start()
                            .map_or(Place { line: first_line, column: 0 }, |m| moved(m.line(), m.column())),
                        format!("`{}` が2回あります", keys.key.as_str()),
                        "どちらかを消してください",
                    );
                    return None;
                }
            };
            problems.error(
                file,
                moved(at.line(), at.column()),
                what,
                "値に記号があるときは、全体を \" \" で囲んでください",
            );
            None
        }
    }
}

/// Says what slipped; true if something did.
fn report(file: &str, slips: Vec<slips::Slip>, first_line: u32, problems: &mut Diagnostics) -> bool {
    let any = !slips.is_empty();
    for slip in slips {
        problems.error(file, Place { line: slip.at.line + first_line - 1, ..slip.at }, slip.message, slip.hint);
    }
    any
}

/// Values between “ ” are reported and go on without them, so that `draft: “true”` is not a second mistake.
fn unquoted(file: &str, node: Node, problems: &mut Diagnostics) -> Node {
    let value = match node.value {
        Value::Scalar { text, plain: true } => match slips::in_curly_quotes(&text) {
            Some(inner) => {
                problems.error(
                    file,
                    node.at,
                    "値が全角の “ ” で囲まれています",
                    format!("引用符を消して `{inner}` とするか、半角で `\"{inner}\"` と書いてください"),
                );
                Value::Scalar { text: inner.to_owned(), plain: true }
            }
            None => Value::Scalar { text, plain: true },
        },
        Value::List(items) => Value::List(items.into_iter().map(|item| unquoted(file, item, problems)).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|e| Entry { node: unquoted(file, e.node, problems), ..e }).collect())
        }
        quoted @ Value::Scalar { .. } => quoted,
    };
    Node { at: node.at, value }
}

fn load(text: &str, top: Top) -> Result<marked_yaml::Node, LoadError> {
    let options = LoaderOptions::default().error_on_duplicate_keys(true).prevent_coercion(true);
    let options = if top == Top::List { options.toplevel_sequence() } else { options.toplevel_mapping() };
    parse_yaml_with_options(0, text, options)
}

fn convert(node: &marked_yaml::Node, first_line: u32) -> Node {
    let place = |marker: Option<&Marker>| {
        marker.map_or(Place::default(), |m| Place { line: m.line() as u32 + first_line - 1, column: m.column() as u32 })
    };
    let at = place(node.span().start());
    let value = match node {
        marked_yaml::Node::Scalar(s) => Value::Scalar { text: s.as_str().to_owned(), plain: s.may_coerce() },
        marked_yaml::Node::Sequence(list) => Value::List(list.iter().map(|n| convert(n, first_line)).collect()),
        marked_yaml::Node::Mapping(map) => Value::Map(
            map.iter()
                .map(|(key, node)| Entry {
                    key: key.as_str().to_owned(),
                    at: place(key.span().start()),
                    node: convert(node, first_line),
                })
                .collect(),
        ),
    };
    Node { at, value }
}

/// Line and column from 1; the column in characters. The library counts neither beyond the text's end nor in
/// characters.
fn place_of(error: &serde_yaml::Error, text: &str) -> Option<(usize, usize)> {
    let at = error.location()?;
    let before: &str = text.get(..at.index()).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    Some((line, column))
}

fn without_place(said: &str) -> &str {
    said.split(" at line ").next().unwrap_or(said)
}

/// What usually lies behind the message.
fn hint_of(said: &str) -> &'static str {
    if said.contains("cannot start any token") {
        "行や値が、記号やタブで始まっています。値の全体を \" \" で囲むか、字下げを半角の空白2つにしてください"
    } else if said.contains("mapping values are not allowed") {
        "値の中に「: 」があるときは、値の全体を \" \" で囲んでください"
    } else if said.contains("did not find expected") || said.contains("could not find expected") {
        "字下げ（空白の数）、かっこ [ ] { }、引用符 \" \" の閉じ忘れを確かめてください"
    } else {
        "この行の書き方を、ほかのファイルと見くらべてください"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> String {
        let mut problems = Diagnostics::new();
        assert!(parse("a.yaml", text, 2, Top::Map, &mut problems).is_none());
        problems.sorted()[0].to_string()
    }

    #[test]
    fn every_item_knows_its_place() {
        let mut problems = Diagnostics::new();
        let node = parse(
            "a.md",
            "title: 題\ntopics: [からだ, 食べる]\nreview: {by: x,\n  on: 2026-01-01}\n",
            2,
            Top::Map,
            &mut problems,
        )
        .unwrap();
        let Value::Map(entries) = node.value else { panic!("a map") };
        assert_eq!(entries[0].node.at, Place { line: 2, column: 8 });
        let Value::List(topics) = &entries[1].node.value else { panic!("a list") };
        assert_eq!(topics[1].at, Place { line: 3, column: 15 });
        let Value::Map(review) = &entries[2].node.value else { panic!("a map") };
        assert_eq!((review[1].at, review[1].node.at), (Place { line: 5, column: 3 }, Place { line: 5, column: 7 }));
    }

    #[test]
    fn broken_yaml_is_a_diagnostic() {
        assert_eq!(
            problem("title: a\ntitle: b\n"),
            "error: a.yaml:3:1 `title` が2回あります\n  hint: 2行目にもあります。どちらかを消してください"
        );
        assert!(problem("title: 発熱: 夜に\n").contains("a.yaml:2:"), "{}", problem("title: 発熱: 夜に\n"));
        assert!(problem("a: &x 1\nb: *x\n").contains("参照"));
        assert!(problem("- a\n").contains("`項目: 値` の形"));
        let deep = problem(&"[".repeat(5000));
        assert!(deep.contains("`[` を閉じる `]` がありません") && deep.chars().count() < 500, "{deep}");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}|([-\\[\\]{}:,#&*!|>'\"%@` \n\ta1]{0,40})") {
            for top in [Top::Map, Top::List] {
                parse("a", &text, 1, top, &mut Diagnostics::new());
            }
        }
    }
}
