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

use super::person::Person;
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

/// Who reviewed it, when, and until when that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// A person's id.
    pub by: String,
    /// The day of the review.
    pub on: Date,
    /// After this day the review has run out.
    pub next: Date,
    /// Is the text the one that was reviewed?
    pub text: ReviewedText,
    /// Its mark is of all that is medical; an older one knew neither `for` nor the pictures.
    pub whole: bool,
    /// Where the text, `for` or a picture is no longer the reviewed one; empty where nobody knows.
    pub changes: Changes,
}

impl Review {
    /// A letter may use the article on `today`: reviewed on or before, not run out, and not rewritten since.
    pub fn holds_on(&self, today: Date) -> bool {
        self.on <= today && today <= self.next && self.text == ReviewedText::Same
    }
}

/// Who can have reviewed a text, and how its days are read.
#[derive(Debug, Clone, Copy)]
pub struct Reviewers<'a> {
    /// Of `people.yaml`.
    pub people: &'a [Person],
    /// All dates move by this.
    pub shift_days: i32,
    /// It is the sample city, whose reviewers are made up.
    pub sample_city: bool,
}
