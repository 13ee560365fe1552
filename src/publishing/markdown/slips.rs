//! The text of paragraphs, headings, items and cells in, what looks like a mark in them but was read as plain text out.
//!
//! What the parser understood (links, code, emphasis, escaped characters) is masked byte for byte, so that only letters
//! that a reader will see remain, each at its place.

mod boxlike;
mod half;
mod line;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use boxlike::known;

use super::boxes::marked;
use super::marks::Slip;
use super::renderer::Renderer;
use super::tree::{Element, Piece, TREE_OPTIONS, is_block};
use line::Line;
use pulldown_cmark::{Parser, Tag};
use std::ops::Range;

/// Stands for what the parser understood.
const MASK: u8 = 1;
/// Stands for an escaped character and its backslash.
const ESCAPED: u8 = 2;

/// Where the lines of one block are, before they are cut out.
#[derive(Default)]
struct Outline {
    lines: Vec<(Range<usize>, bool)>,
    quote: Option<bool>,
    drawn: bool,
}

impl Renderer<'_, '_> {
    /// Tells what is shown as plain text though it was meant as a mark.
    pub(super) fn slips(&mut self, pieces: &[Piece<'_>], notes: &[Element<'_>]) {
        let source = self.prepared;
        let (mut shown, mut blocks) = (vec![MASK; source.len()], Vec::new());
        outline(pieces, None, source, &mut shown, &mut blocks);
        notes.iter().for_each(|note| outline(&note.children, None, source, &mut shown, &mut blocks));
        // Whole characters are copied, so this is text; were it not, nothing would be said.
        let mask = String::from_utf8(shown).unwrap_or_default();
        for block in &blocks {
            let lines: Vec<Line<'_>> = block
                .lines
                .iter()
                .enumerate()
                .filter_map(|(n, (range, soft))| cut(source, &mask, block, n, range, *soft))
                .collect();
            for line in &lines {
                if let Some(slip) = boxlike::mark(line) {
                    self.error(line.start + slip.offset, slip.message, slip.hint);
                }
            }
            if let Some(slip) = rules::table(&lines) {
                self.error(slip.offset, slip.message, slip.hint);
            }
            for slip in rules::bullets(&lines)
                .into_iter()
                .chain(rules::indented(&lines))
                .chain(lines.iter().flat_map(rules::in_line))
                .chain(rules::links(&lines))
            {
                self.warning(slip.offset, slip.message, slip.hint);
            }
        }
        for slip in vanished(source) {
            self.error(slip.offset, slip.message, slip.hint);
        }
    }
}

/// Readings with a `\|` in a text of which only the braces are read: each with its offset in the prepared text, and the
/// line as it should read.
pub(super) fn slashed(prepared: &str) -> Vec<Slip> {
    let mut start = 0;
    let mut slips = Vec::new();
    for source in prepared.split_inclusive('\n') {
        let text = source.trim_end_matches('\n');
        let line = Line { start, source: text, mask: text, quote: None, drawn: false, whole: true, soft: false };
        if let Some(slip) = rules::ruby(&line).filter(|_| text.contains("\\|")) {
            let right = rules::shown(text).replace("\\|", "|");
            slips.push(Slip {
                offset: start + slip.offset,
                hint: format!("「{right}」のことですか（`|` の前に `\\` はいりません）"),
                ..slip
            });
        }
        start += source.len();
    }
    slips
}

/// `[!119]: すぐに` is the address of a link in Markdown: nothing of it is shown.
fn vanished(source: &str) -> Vec<Slip> {
    if !(source.contains("]:") && source.contains(['!', '！'])) {
        return Vec::new();
    }
    let parser = Parser::new_ext(source, TREE_OPTIONS);
    let definitions = parser.reference_definitions().iter();
    let lines = definitions.filter_map(|(_, definition)| {
        let line = source.get(definition.span.clone())?.lines().next()?;
        let line = Line {
            start: definition.span.start,
            source: line,
            mask: line,
            quote: Some(true),
            drawn: false,
            whole: true,
            soft: false,
        };
        let slip = boxlike::mark(&line)?;
        Some(Slip { offset: line.start + slip.offset, ..slip })
    });
    let mut slips: Vec<Slip> = lines.collect();
    slips.sort_by_key(|slip| slip.offset);
    slips
}

fn cut<'a>(
    source: &'a str,
    mask: &'a str,
    block: &Outline,
    n: usize,
    range: &Range<usize>,
    soft: bool,
) -> Option<Line<'a>> {
    let before = source.get(..range.start)?;
    let before = before.rsplit('\n').next()?;
    // Emphasis may go on in the next line.
    let written = source.get(range.clone())?.split('\n').next()?;
    Some(Line {
        start: range.start,
        source: written,
        mask: mask.get(range.start..range.start + written.len())?,
        quote: block.quote.map(|first| first && n == 0),
        drawn: block.drawn && n == 0,
        whole: !before.contains('`'),
        soft,
    })
}

/// Finds the blocks that hold text. `quote`: in a quotation, and about its first paragraph.
fn outline(pieces: &[Piece<'_>], quote: Option<bool>, source: &str, shown: &mut [u8], into: &mut Vec<Outline>) {
    let mut block = Outline { quote, ..Outline::default() };
    for (n, piece) in pieces.iter().enumerate() {
        let quote = quote.map(|first| first && n == 0);
        match piece {
            Piece::Element(element) if is_block(&element.tag) => {
                into.extend(Some(std::mem::take(&mut block)).filter(|b| !b.lines.is_empty()));
                block.quote = quote;
                let before = into.len();
                match element.tag {
                    Tag::CodeBlock(_) | Tag::HtmlBlock => {}
                    Tag::BlockQuote(_) => {
                        outline(&element.children, Some(true), source, shown, into);
                        if let Some(first) = into.get_mut(before).filter(|_| marked(element).is_some()) {
                            first.drawn = true;
                        }
                    }
                    Tag::Paragraph => outline(&element.children, quote, source, shown, into),
                    _ => outline(&element.children, quote.map(|_| false), source, shown, into),
                }
            }
            inline => inlines(inline, source, shown, &mut block.lines),
        }
    }
    into.extend(Some(block).filter(|b| !b.lines.is_empty()));
}

/// Adds what is in a piece to the lines of its block, and shows its plain text.
fn inlines(piece: &Piece<'_>, source: &str, shown: &mut [u8], lines: &mut Vec<(Range<usize>, bool)>) {
    if lines.is_empty() {
        lines.push((0..0, false));
    }
    match piece {
        Piece::Text(_, range) => {
            widen(lines, range);
            show(source, range, shown);
        }
        Piece::Element(element) => {
            widen(lines, &element.range);
            match element.tag {
                // `[!119](tel:119)` is a box that went wrong.
                Tag::Link { .. }
                    if source
                        .get(element.range.clone())
                        .is_some_and(|s| s.starts_with("[!") || s.starts_with("[！")) =>
                {
                    show(source, &element.range, shown)
                }
                Tag::Link { .. } | Tag::Image { .. } => {}
                _ => {
                    for child in &element.children {
                        inlines(child, source, shown, lines);
                    }
                }
            }
        }
        Piece::SoftBreak => lines.push((0..0, true)),
        Piece::HardBreak => lines.push((0..0, false)),
        Piece::Code(_) | Piece::Html(..) | Piece::Note(_) | Piece::Task(_) | Piece::Rule(_) => {}
    }
}

/// The last line reaches as far as `range`, but not beyond its own end.
fn widen(lines: &mut [(Range<usize>, bool)], range: &Range<usize>) {
    if let Some((line, _)) = lines.last_mut() {
        *line = if line.start == line.end { range.clone() } else { line.start..line.end.max(range.end) };
    }
}

/// Copies plain text into the mask; escaped characters stay hidden.
fn show(source: &str, range: &Range<usize>, shown: &mut [u8]) {
    let bytes = source.as_bytes();
    let mut i = range.start;
    let slashes = bytes.get(..i).unwrap_or_default().iter().rev().take_while(|b| **b == b'\\').count();
    if slashes % 2 == 1 && bytes.get(i).is_some_and(u8::is_ascii_punctuation) {
        shown[i] = ESCAPED;
        i += 1;
    }
    while i < range.end.min(bytes.len()) {
        if bytes[i] == b'\\' && i + 1 < range.end && bytes[i + 1].is_ascii_punctuation() {
            shown[i..i + 2].fill(ESCAPED);
            i += 2;
        } else {
            shown[i] = bytes[i];
            i += 1;
        }
    }
}
