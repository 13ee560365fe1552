//! A person's words in, the signs of danger in them out, each with the words that caused it. Pure and deterministic; it
//! warns too often rather than too seldom.
//!
//! What decides nothing here: whether somebody answers, or when. It only shows whom to ring now, and puts the question
//! on top at the desk, where a clinician takes a false alarm back. It names no disease and no likelihood, and that
//! nothing was found never means that nobody is in danger.
//!
//! Letters alike (`text`) → numbers (`numbers`) and named concepts (`lexicon`) with 「ない」 taken into account
//! (`reading`) → rules (`rules`) → one logistic regression over these and hashed letters (`model`, trained by `learn`)
//! → signs with whole words (`detect`, `quote`). What always warns stands below all of it. **The data
//! (`content/danger/`) need the review of clinicians** before a city begins.

mod about;
mod accident;
pub mod city;
mod data;
mod detect;
mod examples;
mod kind;
mod language;
mod learn;
mod lexicon;
mod maths;
mod meant;
mod measure;
mod model;
mod numbers;
mod own;
mod quote;
mod reading;
pub mod review;
mod rules;
mod stage;
mod steps;
#[cfg(test)]
mod table;
mod text;
mod thresholds;
mod tongue;
mod words;

pub use accident::accidents;
pub use data::{Data, EXAMPLES, texts_of};
pub use detect::{Detector, Sign, Verdict};
pub use examples::{CALM, Example, read_measured};
pub use kind::Danger;
pub use language::Language;
pub use learn::train;
pub use lexicon::{Concept, Problem, Role};
pub use measure::{Count, Figures, Seen, crossed, figures, measured};
pub use model::Model;
pub use own::{Texts, own};
pub use rules::Rule;
pub use stage::{About, Stage};
pub use steps::{Line, OTHERS, Steps};
pub use thresholds::Thresholds;

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

/// A city's own, once it is read.
static CITY: OnceLock<Detector> = OnceLock::new();
/// The program's own data and the model that was trained on them.
static OWN: LazyLock<Detector> = LazyLock::new(|| {
    let (data, _) = Data::read(&own());
    let model = Model::read(OWN_MODEL).unwrap_or_else(Model::none);
    Detector { data, model, thresholds: Thresholds::default() }
});

/// The program's own model, as a file.
pub const OWN_MODEL: &[u8] = include_bytes!("../../../content/danger/model.bin");
/// What a clinician reads first of the folder.
pub const OWN_README: &str = include_str!("../../../content/danger/README.md");

/// The detector of this process: the city's own, if one was put in place, or the program's.
pub fn detector() -> &'static Detector {
    CITY.get().unwrap_or_else(|| &OWN)
}

/// All signs in `text`, in the order in which they stand; of what is known beforehand, see [`About`].
pub fn signs(text: &str, about: &About) -> Vec<Sign> {
    detector().signs(text, about)
}

/// What is in danger, without the places.
pub fn dangers(text: &str, about: &About) -> BTreeSet<Danger> {
    signs(text, about).into_iter().map(|s| s.danger).collect()
}

/// What is in danger by concepts and rules alone, without letters: what a browser can compute from a table of words.
pub fn dangers_by_words(text: &str) -> BTreeSet<Danger> {
    detector().by_words(text)
}

/// Does somebody write of a child that was lost? No danger, and no time for a survey.
pub fn grieves(text: &str) -> bool {
    static TABLE: LazyLock<Vec<Vec<char>>> =
        LazyLock::new(|| words::GRIEF.split_whitespace().map(|w| close(w).collect()).collect());
    fn close(text: &str) -> impl Iterator<Item = char> {
        text::Text::of(text).accented.into_iter().filter(|c| *c != ' ')
    }
    let letters: Vec<char> = close(text).collect();
    TABLE.iter().any(|word| letters.windows(word.len().max(1)).any(|w| w == word))
}

/// The text as HTML: escaped, line breaks kept, signs in `<mark>`.
pub fn marked_html(text: &str, about: &About) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for sign in signs(text, about).into_iter().filter(|s| !s.at.is_empty()) {
        let start = sign.at.start.max(done);
        if sign.at.end <= start {
            continue;
        }
        html.push_str(&escaped(&text[done..start]));
        html.push_str("<mark>");
        html.push_str(&escaped(&text[start..sign.at.end]));
        html.push_str("</mark>");
        done = sign.at.end;
    }
    html + &escaped(&text[done..])
}

/// A person's text as HTML: nothing of it is markup, line breaks are kept.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests;
