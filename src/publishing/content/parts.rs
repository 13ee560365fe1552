//! A Markdown file in, its front matter and its body out; fences that are no fences are told from missing ones.

use super::source::Source;
use crate::diag::text::text_of;
use crate::diag::yaml::{self, Node, Top};
use crate::diag::{Diagnostics, Place, slips};

/// A file cut in two.
#[derive(Debug)]
pub struct Parts {
    /// The front matter's tree.
    pub node: Node,
    /// Its text.
    pub yaml: String,
    /// What comes after it.
    pub body: String,
    /// The body's first line in the file.
    pub body_line: u32,
}

const FENCE: &str = "---";
/// What people type or paste for hyphens.
const DASHES: [char; 13] = ['-', 'ー', '－', '−', '‐', '‑', '‒', '–', '—', '―', '─', '━', '﹣'];

/// Cuts front matter from body. Without front matter there is nothing to read.
pub(super) fn split(source: &Source, problems: &mut Diagnostics) -> Option<Parts> {
    let file = &source.file;
    let mut lines = source.text.split_inclusive('\n');
    let opening = lines.next().unwrap_or("");
    if opening.trim_end() != FENCE {
        let (message, hint) = no_opening(&source.text);
        problems.error(file, Place { line: 1, column: 1 }, message, hint);
        return None;
    }
    let (mut yaml, mut used, mut line) = (String::new(), opening.len(), 1);
    let mut near: Option<(u32, &str)> = None;
    for text in lines {
        line += 1;
        used += text.len();
        if text.trim_end() == FENCE {
            // A fence in the article's text is not the one that was meant to close the front matter.
            let mistaken = near.filter(|(_, text)| !text.starts_with(' '));
            let mut found = Diagnostics::new();
            let node = if mistaken.is_some() { None } else { yaml::parse(file, &yaml, 2, Top::Map, &mut found) };
            if let (None, Some((line, text))) = (&node, near) {
                no_closing(file, line, text, problems);
            } else {
                problems.extend(found);
            }
            let body = source.text.get(used..).unwrap_or("").to_owned();
            return Some(Parts { node: node?, yaml, body, body_line: line + 1 });
        }
        if near.is_none() && is_like_fence(text) {
            near = Some((line, text));
        }
        yaml.push_str(text);
    }
    match near {
        Some((line, text)) => no_closing(file, line, text, problems),
        None => {
            let written = yaml.trim_end().split('\n').count() as u32;
            let (line, hint) = match slips::first_of_text(&yaml) {
                Some(line) => (line + 1, "この行の上に、`---` だけの行を入れてください"),
                None if yaml.trim().is_empty() => {
                    (1, "`title: …` などの項目を書き、その下に `---` だけの行を入れてください")
                }
                None => (written + 1, "この行の下に、`---` だけの行を入れてください"),
            };
            problems.error(file, Place { line, column: 1 }, "前書きを閉じる `---` がありません", hint);
        }
    }
    None
}

/// Cuts a file's text, whatever it is called and however its lines end; `None` without readable front matter.
pub fn parts(text: &str) -> Option<Parts> {
    let text = text_of(text.as_bytes()).ok()?;
    split(&Source { file: String::new(), slug: String::new(), language: String::new(), text }, &mut Diagnostics::new())
}

/// What is wrong with the first line.
fn no_opening(text: &str) -> (String, String) {
    let first = text.lines().next().unwrap_or("");
    let written = first.trim();
    let below = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    if written == FENCE {
        ("1行目の `---` の前に空白があります".into(), "行のはじめから `---` と書いてください".into())
    } else if is_like_fence(first) {
        (format!("1行目の `{written}` は、半角のハイフン3つではありません"), "半角で `---` と書いてください".into())
    } else if written.is_empty() && is_like_fence(below) {
        ("1行目が空です".into(), "上の空の行を消して、`---` を1行目にしてください".into())
    } else if slips::first_of_text(first).is_none() && !written.is_empty() {
        ("最初の行が `---` ではありません".into(), "この行の上に、`---` だけの行を入れてください".into())
    } else {
        (
            "最初の行が `---` ではありません".into(),
            "1行目に `---`、その下に `title: …` など、また `---`、そのあとに本文を書いてください".into(),
        )
    }
}

/// A line that was meant to close the front matter.
fn no_closing(file: &str, line: u32, text: &str, problems: &mut Diagnostics) {
    let (written, at) = (text.trim(), Place { line, column: 1 });
    if written == FENCE {
        problems.error(file, at, "前書きを閉じる `---` の前に空白があります", "行のはじめから `---` と書いてください");
    } else {
        problems.error(
            file,
            at,
            format!("前書きを閉じる `{written}` は、半角のハイフン3つではありません"),
            "半角で `---` と書いてください",
        );
    }
}

/// Two dashes of any kind or more, and nothing else but spaces around them.
fn is_like_fence(line: &str) -> bool {
    let dashes = line.trim();
    dashes.chars().count() >= 2 && dashes.chars().all(|c| DASHES.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut problems = Diagnostics::new();
        let source = Source { file: "a.md".into(), slug: "a".into(), language: "ja".into(), text: text.into() };
        assert!(split(&source, &mut problems).is_none(), "{text}");
        problems
            .sorted()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
            .replace("error: a.md:", "")
            .replace("\n  hint: ", "｜")
    }

    #[test]
    fn fences_that_are_none() {
        for (text, expected) in [
            (" ---\ntitle: 一\n---\n", "1:1 1行目の `---` の前に空白があります｜行のはじめから `---` と書いてください"),
            (
                "－－－\ntitle: 一\n---\n",
                "1:1 1行目の `－－－` は、半角のハイフン3つではありません｜半角で `---` と書いてください",
            ),
            ("\n---\ntitle: 一\n---\n", "1:1 1行目が空です｜上の空の行を消して、`---` を1行目にしてください"),
            (
                "title: 一\n---\n本文",
                "1:1 最初の行が `---` ではありません｜この行の上に、`---` だけの行を入れてください",
            ),
            (
                "---\ntitle: 一\nーーー\n本文\n",
                "3:1 前書きを閉じる `ーーー` は、半角のハイフン3つではありません｜半角で `---` と書いてください",
            ),
            (
                "---\ntitle: 一\n---- \n本文\n\n---\n",
                "3:1 前書きを閉じる `----` は、半角のハイフン3つではありません｜半角で `---` と書いてください",
            ),
            (
                "---\ntitle: 一\n ---\n\n本文です。\n\n---\n",
                "3:1 前書きを閉じる `---` の前に空白があります｜行のはじめから `---` と書いてください",
            ),
            (
                "---\ntitle: 一\n\n## 目安\n本文\n",
                "4:1 前書きを閉じる `---` がありません｜この行の上に、`---` だけの行を入れてください",
            ),
            (
                "---\ntitle: 一\nsummary: あ\n",
                "3:1 前書きを閉じる `---` がありません｜この行の下に、`---` だけの行を入れてください",
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn a_rule_in_a_text_block_is_no_fence() {
        let source = Source {
            file: "a.md".into(),
            slug: "a".into(),
            language: "ja".into(),
            text: "---\ntitle: 一\nnote: |\n  ---\n  文\n---\n本文\n\n---\n".into(),
        };
        let parts = split(&source, &mut Diagnostics::new()).unwrap();
        assert_eq!((parts.body.as_str(), parts.body_line), ("本文\n\n---\n", 7));
    }
}
