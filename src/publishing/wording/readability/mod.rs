//! A version of a text in, how hard it is to read out: measures, a grade, and the places that make it so.
//!
//! Where the thresholds come from is said in `docs/読みやすさ.md`; whoever changes one changes it there.

mod graded;
mod measure;
mod reading;

pub use graded::{Graded, graded};
pub use measure::{EASY, JAPANESE, read};
pub use reading::{Around, Grade, Limits, Reading, Trouble};
