//! A body in, its blocks (paragraphs, headings, lists, boxes) with short marks out; marks of before and blocks of now
//! in, the lines that changed out.

use super::text::{BLOCK_LETTERS, normal, short};
use serde::{Deserialize, Serialize};

/// More are not recorded: the front matter stays one line.
pub(super) const MOST_BLOCKS: usize = 160;
/// More are not compared.
const MOST_COMPARED: usize = 2000;

/// What stands between two empty lines; a heading stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// First line in the body, from 1.
    pub from: u32,
    /// Last line.
    pub to: u32,
    /// Of its text.
    pub mark: String,
}

/// Lines of a body, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The first.
    pub from: u32,
    /// The last; 0: what stood before the first line is gone. (`from` 0: at the end.)
    pub to: u32,
}

/// Where a version is not the reviewed one. All empty: nobody knows where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The title.
    pub title: bool,
    /// The summary.
    pub summary: bool,
    /// `for`.
    pub windows: bool,
    /// In the body, from top to bottom.
    pub lines: Vec<Lines>,
    /// Where pictures stand whose bytes are others.
    pub pictures: Vec<Lines>,
}

impl Changes {
    /// For the author: 「題、12〜14行目ほか2か所」, lines of the file; empty if nobody knows. `body_line` is the body's
    /// first line in the file.
    pub fn places(&self, body_line: u32) -> String {
        let head = [(self.title, "題"), (self.summary, "summary"), (self.windows, "for（届ける時期）")];
        let mut said: Vec<String> =
            head.iter().filter(|(changed, _)| *changed).map(|(_, word)| (*word).to_owned()).collect();
        if let Some(first) = self.lines.first() {
            let others = self.lines.len() - 1;
            said.push(if others > 0 {
                format!("{}ほか{others}か所", first.places(body_line))
            } else {
                first.places(body_line)
            });
        }
        said.join("、")
    }
}

impl Lines {
    /// In the file.
    pub fn places(&self, body_line: u32) -> String {
        let line = |n: u32| n + body_line.max(1) - 1;
        match (self.from, self.to) {
            (0, _) => "終わり（消えた文）".to_owned(),
            (from, 0) => format!("{}行目の前（消えた文）", line(from)),
            (from, to) if from == to => format!("{}行目", line(from)),
            (from, to) => format!("{}〜{}行目", line(from), line(to)),
        }
    }
}

pub(super) fn blocks(body: &str) -> Vec<Block> {
    let mut all = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut close = |open: &mut Vec<&str>, end: u32| {
        let text = normal(&open.join("\n"));
        if !text.is_empty() {
            all.push(Block { from: end + 1 - open.len() as u32, to: end, mark: short(&text, BLOCK_LETTERS) });
        }
        open.clear();
    };
    let mut number = 0;
    for line in body.lines() {
        let (empty, heading) = (line.trim().is_empty(), line.starts_with('#'));
        if empty || heading {
            close(&mut open, number);
        }
        number += 1;
        if !empty {
            open.push(line);
        }
        if heading {
            close(&mut open, number);
        }
    }
    close(&mut open, number);
    all
}

/// What is now and was not, and where something was that is not now.
pub(super) fn compare(was: &[String], now: &[Block]) -> Vec<Lines> {
    if now.len() > MOST_COMPARED {
        return Vec::new();
    }
    let kept = common(was, now);
    let mut lines: Vec<Lines> = Vec::new();
    let (mut before, mut at) = (0, 0);
    // Between two blocks that stayed: new ones, or a gap where some are missing.
    for (old, new) in kept.into_iter().chain([(was.len(), now.len())]) {
        match now.get(at..new) {
            Some([first, .., last]) => lines.push(Lines { from: first.from, to: last.to }),
            Some([only]) => lines.push(Lines { from: only.from, to: only.to }),
            _ if old > before => lines.push(Lines { from: now.get(new).map_or(0, |b| b.from), to: 0 }),
            _ => {}
        }
        (before, at) = (old + 1, new + 1);
    }
    lines
}

/// The longest common run of both, as pairs of places.
fn common(was: &[String], now: &[Block]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0u16; now.len() + 1]; was.len() + 1];
    for (i, a) in was.iter().enumerate().rev() {
        for (j, b) in now.iter().enumerate().rev() {
            longest[i][j] =
                if *a == b.mark { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < was.len() && j < now.len() {
        if was[i] == now[j].mark {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
