//! Text in, the same text for HTML and XML, in narrow letters, or with one spelling for all spellings of a word out.
//! Pure.
//!
//! `danger` folds for itself: what it learned from is folded in its way, and another folding would be another model.

mod escape;
mod fold;

pub use escape::{entity, escape, escape_into};
pub use fold::{fold, letters, narrow, of_one_width};
