//! Markdown in, a tree of it and its HTML out: boxes, ruby, dates, checked links, notes, headings with anchors.

mod answer;
mod blocks;
mod boxes;
mod context;
mod gloss;
mod glossary;
mod inline;
mod links;
mod marks;
mod phones;
mod render;
mod rendered;
mod renderer;
mod sentences;
mod slips;
mod tree;
mod write;

pub use answer::{answer_html, answer_problems};
pub use context::{Context, Credited, FarAnchor, Kind, Targets};
pub use glossary::{Glossary, Term, glued};
pub use links::{Target, resolve};
pub use marks::{restore, shift_dates};
pub use render::render;
pub use rendered::{Heading, Rendered};
pub use sentences::{Boxed, NOTE, Sentence, Within, is_kanji, sentences};
pub use tree::{Element, Piece, tree};
pub use write::{Token, date_readings, date_text, in_counter, is_wide, title, tokens};

use crate::diag::{Diagnostics, Place};

/// Markdown as an author writes it, made ready for CommonMark: readings, dates and emphasis beside Japanese brackets
/// survive the parser and come out of [`tokens`].
pub fn prepare(markdown: &str) -> String {
    marks::prepare(markdown).0
}

/// Reports what is wrong in the braces of a text that is not rendered here (a flyer's), whose first line is
/// `first_line` of `file`.
pub fn check_braces(markdown: &str, file: &str, first_line: u32, problems: &mut Diagnostics) {
    let (prepared, slips) = marks::prepare(markdown);
    let ruler = marks::Ruler::new(&prepared, first_line);
    for slip in slips.into_iter().chain(slips::slashed(&prepared)) {
        problems.error(file, ruler.place(slip.offset), slip.message, slip.hint);
    }
}

/// Reports what is wrong in the braces of a title or summary that stands at `at`.
pub fn check_value(text: &str, file: &str, at: Place, problems: &mut Diagnostics) {
    let (prepared, slips) = marks::prepare(text);
    for slip in slips.into_iter().chain(slips::slashed(&prepared)) {
        problems.error(file, at, slip.message, slip.hint);
    }
}
