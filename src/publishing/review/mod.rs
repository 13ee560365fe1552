//! Reviews in: what is written into a file's front matter out, and what waits for whom.
//!
//! Whether a review still holds is told by its mark, when the file is read (`content::marks`).

mod due;
mod record;
mod table;

pub use due::{Due, DueReview, deadline, due, named};
pub use record::{NotRecorded, Record, record, recorded};
pub use table::record_table;
