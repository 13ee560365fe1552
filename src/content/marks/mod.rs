//! A text and its review in, whether the review still holds out: the mark of the text, and whose it is.

mod blocks;
mod mark;
mod of_file;
mod signed;
mod text;

pub use blocks::{Changes, Lines};
pub use mark::{Mark, Medical, picture_mark};
pub use of_file::mark_of;
pub use signed::{Signature, not_theirs, signed};

use crate::calendar::Date;
use serde::{Deserialize, Serialize};

/// From so many days before its end a review is asked for.
pub const SOON_DAYS: i32 = 60;

/// A review that is written in the front matter and does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// A person's id.
    pub by: String,
    /// The day of the review.
    pub on: Date,
    /// Until when it would hold.
    pub next: Date,
    /// Why it is none.
    pub why: NoReview,
}

/// Why a review that is written down is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoReview {
    /// It has no mark of the text: it was typed, or pasted from another file.
    Unmarked,
    /// By a person who is made up for the sample, in another city.
    Sample,
    /// Whoever signed it had another name than the person of that id has now.
    Renamed,
}

/// Whether the text is the one that was reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewedText {
    /// The text is the reviewed one, but for what its [`Mark`] forgives.
    #[default]
    Same,
    /// Nothing says what was reviewed: no review. (In an article or a page such a review is a [`Claim`].)
    Unrecorded,
    /// The text has changed since; nobody of the profession has seen it as it stands.
    Changed,
}
