//! Prepared Markdown in, a tree of its blocks and inlines with their byte ranges out.

use super::write;
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::ops::Range;

/// Containers inside one another, at most; deeper ones are read as if they were not there.
const DEEPEST: usize = 32;

/// What of Markdown is read.
pub const TREE_OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_STRIKETHROUGH);

/// A block or inline with what is in it.
#[derive(Debug)]
pub struct Element<'a> {
    /// What it is.
    pub tag: Tag<'a>,
    /// Where it stands in the prepared text.
    pub range: Range<usize>,
    /// What is in it.
    pub children: Vec<Piece<'a>>,
}

/// One thing in a tree.
#[derive(Debug)]
pub enum Piece<'a> {
    /// With things in it.
    Element(Element<'a>),
    /// Text with its stand-ins; neighbours are merged.
    Text(String, Range<usize>),
    /// Inline code.
    Code(String),
    /// Raw HTML, to be shown as text.
    Html(String, Range<usize>),
    /// A footnote's mark.
    Note(String),
    /// A box to tick.
    Task(bool),
    /// A line break in the source.
    SoftBreak,
    /// A line break that is wanted.
    HardBreak,
    /// A line across.
    Rule(Range<usize>),
}

impl Piece<'_> {
    /// Where a block begins in the prepared text; 0 for what only stands within one.
    pub fn start(&self) -> usize {
        match self {
            Self::Element(Element { range, .. }) | Self::Text(_, range) | Self::Html(_, range) | Self::Rule(range) => {
                range.start
            }
            Self::Code(_) | Self::Note(_) | Self::Task(_) | Self::SoftBreak | Self::HardBreak => 0,
        }
    }
}

/// Reads prepared Markdown: CommonMark with tables, footnotes, task lists and strikethrough; nothing else of what the
/// library offers (mathematics reads `$500、上限$1,000`, heading attributes eat ruby and dates at a heading's end).
pub fn tree(prepared: &str) -> Vec<Piece<'_>> {
    let mut top: Vec<Piece<'_>> = Vec::new();
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut skipped = 0usize;
    for (event, range) in Parser::new_ext(prepared, TREE_OPTIONS).into_offset_iter() {
        let piece = match event {
            Event::Start(tag) => {
                if open.len() >= DEEPEST || skipped > 0 {
                    skipped += 1;
                } else {
                    open.push(Element { tag, range, children: Vec::new() });
                }
                continue;
            }
            Event::End(_) if skipped > 0 => {
                skipped -= 1;
                continue;
            }
            Event::End(_) => match open.pop() {
                Some(element) => Piece::Element(element),
                None => continue,
            },
            Event::Text(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                let into = open.last_mut().map_or(&mut top, |e| &mut e.children);
                if let Some(Piece::Text(before, at)) = into.last_mut() {
                    before.push_str(&text);
                    at.end = range.end;
                    continue;
                }
                Piece::Text(text.into_string(), range)
            }
            Event::Code(code) => Piece::Code(code.into_string()),
            Event::Html(html) | Event::InlineHtml(html) => Piece::Html(html.into_string(), range),
            Event::FootnoteReference(name) => Piece::Note(name.into_string()),
            Event::TaskListMarker(done) => Piece::Task(done),
            Event::SoftBreak => Piece::SoftBreak,
            Event::HardBreak => Piece::HardBreak,
            Event::Rule => Piece::Rule(range),
        };
        open.last_mut().map_or(&mut top, |e| &mut e.children).push(piece);
    }
    while let Some(element) = open.pop() {
        open.last_mut().map_or(&mut top, |e| &mut e.children).push(Piece::Element(element));
    }
    top
}

/// The plain text of some pieces, without footnote marks.
pub fn plain(pieces: &[Piece<'_>], language: &str) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Element(element) => out.push_str(&plain(&element.children, language)),
            Piece::Text(text, _) => out.push_str(&write::plain(text, language)),
            Piece::Code(code) => out.push_str(code),
            Piece::SoftBreak | Piece::HardBreak => out.push(' '),
            Piece::Html(..) | Piece::Note(_) | Piece::Task(_) | Piece::Rule(_) => {}
        }
    }
    out
}

/// Takes all footnotes' texts out of the tree, wherever they stand.
pub fn take_footnotes<'a>(pieces: &mut Vec<Piece<'a>>, into: &mut Vec<Element<'a>>) {
    let mut kept = Vec::with_capacity(pieces.len());
    for piece in pieces.drain(..) {
        match piece {
            Piece::Element(mut element) => {
                take_footnotes(&mut element.children, into);
                if matches!(element.tag, Tag::FootnoteDefinition(_)) {
                    into.push(element)
                } else {
                    kept.push(Piece::Element(element))
                }
            }
            other @ (Piece::Text(..)
            | Piece::Code(_)
            | Piece::Html(..)
            | Piece::Note(_)
            | Piece::Task(_)
            | Piece::SoftBreak
            | Piece::HardBreak
            | Piece::Rule(_)) => kept.push(other),
        }
    }
    *pieces = kept;
}

/// The name of a note, if the element is one.
pub fn note_name(element: &Element<'_>) -> Option<String> {
    match &element.tag {
        Tag::FootnoteDefinition(name) => Some(name.to_string()),
        _ => None,
    }
}

pub(super) fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Strong
            | Tag::Emphasis
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}
