//! Markdown files and their front matter in, a `Library` of articles, bulletins, flyers, pages, people and contacts
//! out, with every problem found.

mod again;
mod aliases;
mod allow;
mod asked;
mod body;
mod brands;
mod credits;
mod day;
mod fits;
mod folder;
mod front;
mod glossary;
mod ids;
mod kinds;
pub mod letter_view;
mod library;
mod lists;
pub mod load;
pub mod marks;
mod names;
mod opens;
pub mod parts;
mod person;
mod reserved;
pub mod sample;
mod sample_people;
mod seen;
mod shelf;
mod source;
pub mod triage;
mod weekdays;
mod windows;

pub use allow::{Allow, Rule};
pub use body::Body;
pub use fits::{ContactWords, Fits};
pub use folder::Folder;
pub use letter_view::{LetterItem, LetterView};
pub use library::{
    Alias, Article, Asked, Brand, Bulletin, Credit, Credits, EmergencyContact, Flyer, Language, Library, Opening,
    Opens, Page, Place, Topic, Version,
};
pub use load::{LoadOptions, load};
pub use marks::{Review, ReviewedText};
pub use person::{Person, Profession};
pub use reserved::RESERVED;
pub use shelf::Shelf;
pub use triage::Triage;
