//! A content file as the author sees it in, the line and column of a key, a heading or a character out.

use crate::diag::Place;
use std::path::Path;

/// The raw text of a file, for the places in diagnostics only.
#[derive(Debug, Clone, Default)]
pub struct Source {
    text: String,
}

impl Source {
    /// Reads the file; a file that is gone has no places (its diagnostics name the file alone).
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // As the content room reads it: without the byte order mark that Windows' editors add.
        Self { text: text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text) }
    }

    /// Where the value of a front matter key begins.
    pub fn key(&self, key: &str) -> Place {
        for (n, line) in self.front_matter() {
            let indent = line.len() - line.trim_start().len();
            if let Some(rest) = line.trim_start().strip_prefix(key).and_then(|r| r.strip_prefix(':')) {
                let value = rest.len() - rest.trim_start().len();
                return Place { line: n, column: line[..indent + key.len() + 1 + value].chars().count() as u32 + 1 };
            }
        }
        Place { line: u32::from(!self.text.is_empty()), column: u32::from(!self.text.is_empty()) }
    }

    /// Where a key itself stands.
    pub fn key_itself(&self, key: &str) -> Place {
        let Place { line, .. } = self.key(key);
        let indent =
            self.text.lines().nth(line.saturating_sub(1) as usize).map_or(0, |l| l.len() - l.trim_start().len());
        Place { line, column: indent as u32 + u32::from(line > 0) }
    }

    /// Where a value stands in the front matter, on or below the line of `key`.
    pub fn value(&self, key: &str, value: &str) -> Place {
        let from = self.key(key);
        for (n, line) in self.front_matter().filter(|(n, _)| *n >= from.line) {
            if let Some(at) = find_word(line, value) {
                return Place { line: n, column: line[..at].chars().count() as u32 + 1 };
            }
        }
        from
    }

    /// Where a word stands in the front matter, as key or value, on or below the line of `key`.
    pub fn word_below(&self, key: &str, word: &str) -> Place {
        let from = self.key(key);
        let found = self
            .front_matter()
            .filter(|(n, _)| *n >= from.line)
            .find_map(|(n, line)| Some((n, line, line.find(word)?)));
        found.map_or(from, |(n, line, at)| Place { line: n, column: line[..at].chars().count() as u32 + 1 })
    }

    /// Every place of a character.
    pub fn places_of(&self, c: char) -> Vec<Place> {
        let in_line = |(n, line): (usize, &str)| {
            line.chars()
                .enumerate()
                .filter(|(_, found)| *found == c)
                .map(move |(column, _)| Place { line: n as u32 + 1, column: column as u32 + 1 })
                .collect::<Vec<_>>()
        };
        self.text.lines().enumerate().flat_map(in_line).collect()
    }

    /// Where words stand first.
    pub fn place_of_text(&self, words: &str) -> Option<Place> {
        let mut found = self.text.lines().enumerate().filter_map(|(n, line)| Some((n, line, line.find(words)?)));
        found.next().map(|(n, line, at)| Place { line: n as u32 + 1, column: line[..at].chars().count() as u32 + 1 })
    }

    fn front_matter(&self) -> impl Iterator<Item = (u32, &str)> {
        let inside = self
            .text
            .strip_prefix("---")
            .map_or(0, |rest| rest.lines().skip(1).take_while(|l| l.trim_end() != "---").count());
        self.text.lines().enumerate().skip(1).take(inside).map(|(n, line)| (n as u32 + 1, line))
    }
}

/// The byte offset of a value that is not part of a longer word.
fn find_word(line: &str, value: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    line.match_indices(value).map(|(at, _)| at).find(|at| {
        let before = line[..*at].chars().next_back().is_some_and(part);
        let after = line[at + value.len()..].chars().next().is_some_and(part);
        !before && !after && !line[at + value.len()..].starts_with(':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let source = Source {
            text:
                "---\ntitle: 𠮷野\ncode: tk\nplaces:\n  - {code: nanbu, name: 南部}\nsizes: [a4, b9]\n---\n本文の𠮷\n"
                    .into(),
        };
        let at = |line, column| Place { line, column };
        assert_eq!(source.key("code"), at(3, 7));
        assert_eq!(source.value("sizes", "b9"), at(6, 13));
        assert_eq!(source.value("places", "nanbu"), at(5, 12));
        assert_eq!(source.places_of('𠮷'), vec![at(2, 8), at(8, 4)]);
        assert_eq!(source.place_of_text("の𠮷"), Some(at(8, 3)));
        assert_eq!(Source::default().key("code"), at(0, 0));
    }
}
