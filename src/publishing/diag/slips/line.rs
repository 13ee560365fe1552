//! Lines of YAML as they were typed: which are looked at, what each begins with, and how one is shown in a hint.

use crate::diag::Place;

/// One slip of the fingers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Line from 1 in the text that was looked at, column in characters from 1.
    pub at: Place,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// Longest line that a hint repeats, in characters.
const LONGEST: usize = 70;

/// A line that holds YAML, not the text of a `|` block.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub number: u32,
    pub text: &'a str,
    pub before: &'a str,
}

impl Line<'_> {
    pub(super) fn slip(&self, column: usize, message: impl Into<String>, hint: String) -> Slip {
        Slip { at: Place { line: self.number, column: column as u32 + 1 }, message: message.into(), hint }
    }
    /// Characters before a byte offset.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.text[..offset].chars().count()
    }
}

/// The lines without comments, empty ones, and the texts of `|` and `>` blocks.
pub(super) fn outside_texts(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut block: Option<usize> = None;
    let mut before = "";
    text.split('\n').enumerate().filter_map(move |(n, line)| {
        let line = line.trim_end_matches('\r');
        let trimmed = line.trim_start();
        let indentation = line.len() - trimmed.len();
        if trimmed.is_empty() || trimmed.starts_with('#') && block.is_none() {
            return None;
        }
        if block.is_some_and(|outer| indentation > outer) {
            return None;
        }
        let opens = trimmed
            .rsplit(": ")
            .next()
            .is_some_and(|value| value != trimmed && matches!(value.trim_end(), "|" | ">" | "|-" | ">-" | "|+" | ">+"));
        block = opens.then_some(indentation);
        let found = Line { number: n as u32 + 1, text: line, before };
        before = line;
        Some(found)
    })
}

/// The byte offset behind indentation and the mark of an item.
pub(super) fn item_start(line: &str) -> usize {
    let trimmed = line.trim_start();
    let indentation = line.len() - trimmed.len();
    trimmed.strip_prefix("- ").map_or(indentation, |rest| line.len() - rest.trim_start().len())
}

pub(super) fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Does the text begin with `key:`, whatever the width of the colon?
pub(super) fn is_key(text: &str) -> bool {
    let letters = text.chars().take_while(|c| is_key_letter(*c)).map(char::len_utf8).sum::<usize>();
    letters > 0 && text[letters..].starts_with([':', '：'])
}

/// Letters of our keys, in both widths.
pub(super) fn is_key_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || matches!(c, 'ａ'..='ｚ' | 'Ａ'..='Ｚ' | '０'..='９' | '＿')
}

/// The line as it should read, in `` ` ``; cut when it is long.
pub(super) fn shown(line: &str) -> String {
    format!("`{}`", shown_plain(line))
}

pub(super) fn shown_plain(line: &str) -> String {
    let short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}
