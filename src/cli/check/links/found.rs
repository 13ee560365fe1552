//! A library in, the addresses outside that its texts and lists lead to out, each with its places.

use crate::config::Config;
use crate::content::Library;
use crate::markdown::{prepare, restore};
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde::Serialize;
use std::collections::BTreeMap;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    /// Path below the root.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// Lists in which addresses stand.
const LISTS: [&str; 4] =
    ["content/contacts.yaml", "content/people.yaml", "content/images/credits.yaml", "content/glossary.yaml"];

/// Every address by what is asked: without the anchor, which no server sees.
pub fn links(config: &Config, library: &Library) -> BTreeMap<String, Vec<Spot>> {
    let mut found: BTreeMap<String, Vec<Spot>> = BTreeMap::new();
    let mut put = |file: &str, (url, line, column): (String, u32, u32)| {
        let asked = url.split('#').next().unwrap_or_default().to_owned();
        let spots = found.entry(asked).or_default();
        let spot = Spot { file: file.to_owned(), line, column };
        if !spots.contains(&spot) {
            spots.push(spot);
        }
    };
    let read = |file: &str| std::fs::read_to_string(config.root.join(file)).unwrap_or_default().replace("\r\n", "\n");
    for (file, body_line) in texts(library) {
        let text = read(file);
        let body_at =
            text.split_inclusive('\n').take(body_line.saturating_sub(1) as usize).map(str::len).sum::<usize>();
        in_yaml(&text[..body_at]).into_iter().for_each(|link| put(file, link));
        in_markdown(&text[body_at..], body_line).into_iter().for_each(|link| put(file, link));
    }
    for file in LISTS {
        in_yaml(&read(file)).into_iter().for_each(|link| put(file, link));
    }
    found
}

/// Every file with a body, and the line on which that begins.
fn texts(library: &Library) -> Vec<(&str, u32)> {
    let articles = library.articles.values().flat_map(|a| a.versions.values());
    let bulletins = library.bulletins.values().flat_map(|b| b.versions.values());
    let pages = library.pages.values().flat_map(|p| p.versions.values());
    let versions = articles.chain(bulletins).chain(pages).map(|v| (v.file.as_str(), v.body_line));
    versions.chain(library.flyers.values().map(|f| (f.file.as_str(), f.body_line))).collect()
}

/// Addresses in front matter or in a list, comments left out.
pub fn in_yaml(text: &str) -> Vec<(String, u32, u32)> {
    let mut found = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        let mut from = 0;
        while let Some(at) = line[from..].find("http").map(|at| from + at) {
            let length = address(&line[at..]);
            if length > 0 {
                found.push((line[at..at + length].to_owned(), n as u32 + 1, line[..at].chars().count() as u32 + 1));
            }
            from = at + length.max(4);
        }
    }
    found
}

/// How long the address at the start of `text` is; 0 if there is none. It ends where YAML or Japanese goes on.
fn address(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return 0 };
    let (mut open, mut end) = (0_i32, 0);
    for (at, c) in rest.char_indices() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => break,
            ')' => open -= 1,
            '"' | '\'' | '<' | '>' | '[' | ']' | '{' | '}' | '|' | ',' | '、' | '。' | '）' | '」' | '』' | '，' =>
            {
                break;
            }
            c if c.is_whitespace() => break,
            _ => {}
        }
        end = at + c.len_utf8();
    }
    let kept = rest[..end].trim_end_matches(['.', ';', ':']);
    if kept.is_empty() { 0 } else { text.len() - rest.len() + kept.len() }
}

/// Links of a body, as the site would make them.
pub fn in_markdown(text: &str, first_line: u32) -> Vec<(String, u32, u32)> {
    let prepared = prepare(text);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut found = Vec::new();
    for (event, range) in Parser::new_ext(&prepared, options).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        let url = restore(&dest_url);
        if url.starts_with("https://") || url.starts_with("http://") {
            let before = &prepared[..range.start];
            let line = before.matches('\n').count() as u32 + first_line;
            let column = restore(before.rsplit('\n').next().unwrap_or_default()).chars().count() as u32 + 1;
            found.push((url, line, column));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_end_where_the_text_goes_on() {
        let yaml = "# https://comment.example/\nurl: https://a.example/x\nsources: [\"厚労省 https://b.example/a_(b)、\
            https://c.example/?q=1。\", http://d.example/#e]\nhttp: no\n";
        assert_eq!(
            in_yaml(yaml),
            [
                ("https://a.example/x", 2, 6),
                ("https://b.example/a_(b)", 3, 16),
                ("https://c.example/?q=1", 3, 40),
                ("http://d.example/#e", 3, 66)
            ]
            .map(|(u, l, c)| (u.to_owned(), l, c))
        );
    }

    #[test]
    fn links_of_a_body_have_their_places() {
        let text = "{熱|ねつ}は[厚労省](https://a.example/x)へ。\n\n> - **「<https://b.example/>」**\n\n\
            `https://no.example/` <!-- https://no.example/ -->\n\n[c][1] [記事](article:netsu)\n\n[1]: \
            http://c.example/y\n";
        assert_eq!(
            in_markdown(text, 11),
            [("https://a.example/x", 11, 8), ("https://b.example/", 13, 8), ("http://c.example/y", 17, 1)]
                .map(|(u, l, c)| (u.to_owned(), l, c))
        );
    }

    proptest! {
        #[test]
        fn any_text_has_some_or_none(text in "(https?://|[a-z.()/#「」、 \n{}|\\[\\]<>*]|字){0,60}") {
            for (url, line, column) in in_yaml(&text) {
                let at = text.lines().nth(line as usize - 1).unwrap().chars().skip(column as usize - 1)
                    .collect::<String>();
                prop_assert!(at.starts_with(&url));
            }
            in_markdown(&text, 1);
        }
    }
}
