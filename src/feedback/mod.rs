//! Presses of the two buttons at an article's end and the desk's 「答える記事がない」 in, counts by article or topic
//! and week out; nobody is known by them.

mod said;
mod wanted;

pub use said::{SaidOf, forget_tries, said_since, say};
pub use wanted::{WantedTopic, unwant, want, wanted_by, wanted_since};
