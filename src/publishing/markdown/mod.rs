//! Markdown in, a tree of it and its HTML out: boxes, ruby, dates, checked links, notes, headings with anchors.

mod answer;
mod blocks;
mod boxes;
mod context;
mod gloss;
mod glossary;
mod headings;
mod inline;
mod links;
mod marks;
mod phones;
mod prepared;
mod render;
mod rendered;
mod renderer;
mod sentences;
mod slips;
mod tables;
mod tree;
mod write;

pub use answer::{answer_html, answer_problems};
pub use context::{Context, Credited, FarAnchor, Kind, Targets};
pub use glossary::{Glossary, Term, glued};
pub use links::{Target, resolve};
pub use marks::{restore, shift_dates};
pub use prepared::{check_braces, check_value, prepare};
pub use render::render;
pub use rendered::{Heading, Rendered};
pub use sentences::{Boxed, NOTE, Sentence, Within, is_kanji, sentences};
pub use tree::{Element, Piece, tree};
pub use write::{Token, date_readings, date_text, in_counter, is_wide, title, tokens};
