//! A text and its review in, whether the review still holds out: the mark of the text, the record in a file's front matter, the list of what is due.

mod blocks;
mod due;
mod mark;
mod record;
mod text;

pub use blocks::{Changes, Lines};
pub use due::{Due, DueReview, SOON_DAYS, due};
pub use mark::{Mark, Medical, picture_mark};
pub use record::{NotRecorded, Record, mark_of, record};

use serde::{Deserialize, Serialize};

/// Whether the text is the one that was reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewedText {
    /// The review recorded no mark of the text (an older file): it is taken at its word.
    #[default]
    Unrecorded,
    /// The text is the reviewed one, but for what its [`Mark`] forgives.
    Same,
    /// The text has changed since; nobody of the profession has seen it as it stands.
    Changed,
}
