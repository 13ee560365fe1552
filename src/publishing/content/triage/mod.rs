//! `triage.yaml` in, the limits from which somebody must hurry out: as plain numbers for the program, as words for the
//! gaps of texts, and as what `check` holds every sentence against.
//!
//! Clinicians answer for the table, so it has a review of its own, with a mark. Without a valid one `check` warns;
//! nothing is switched off: a limit that nobody has looked at lately is better than none.

mod fill;
mod find;
mod numerals;
mod read;
mod review;
mod units;

pub use fill::Unknown;
pub(super) use fill::has_gaps;
pub use find::{Found, Readers};
pub use review::FILE;
pub use units::Unit;

use crate::content::marks::{Claim, Review};
use crate::diag::{Diagnostics, Place};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The table of the sample city, for a city without its own.
pub const DEFAULT: &str = include_str!("../../../../content/triage.yaml");

static BUILT_IN: LazyLock<Triage> = LazyLock::new(|| {
    let triage = Triage::read(FILE, DEFAULT, None, &mut Diagnostics::new());
    // Its review is of the sample city.
    Triage { review: None, claim: None, review_at: Place::default(), own: false, ..triage }
});

/// The table.
#[derive(Debug, Clone, Default)]
pub struct Triage {
    concepts: Vec<Concept>,
    /// Who reviewed it; `None`: nobody.
    review: Option<Review>,
    /// A review that is written down, but is none.
    claim: Option<Claim>,
    /// Where its review stands in the file, or where it would.
    review_at: Place,
    /// The city has a file of its own.
    own: bool,
}

/// One thing that somebody may see, and what to do then.
#[derive(Debug, Clone, Serialize)]
pub struct Concept {
    /// As in the file.
    pub id: String,
    /// In a few words.
    pub about: String,
    /// What to do.
    pub act: Act,
    /// Whose it is; `None`: anybody's.
    pub of: Option<Of>,
    /// Its limits.
    pub figures: Vec<Figure>,
    /// How a sentence that speaks of it is known, by language: one of these.
    pub words: BTreeMap<String, Vec<Words>>,
    /// A sentence with one of these speaks of something else.
    pub unless: BTreeMap<String, Vec<String>>,
    /// What it rests on.
    pub sources: Vec<String>,
}

/// A limit.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// The name of its gap.
    pub id: String,
    /// The number.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// Numbers that may stand in such a sentence as well.
    pub also: Vec<f64>,
    /// As texts say it, by language.
    pub say: BTreeMap<String, String>,
}

/// All of these must stand in a sentence, each in one of its forms; folded.
pub type Words = Vec<Vec<String>>;

/// What to do, the calmest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// In opening hours, at the next checkup.
    Checkup,
    /// Today.
    Today,
    /// Now, at night too; ring first.
    Night,
    /// 119.
    Ambulance,
}

impl Act {
    /// All, as in the file.
    pub const ALL: [(&'static str, Self); 4] =
        [("119", Self::Ambulance), ("夜でも", Self::Night), ("今日", Self::Today), ("健診", Self::Checkup)];
    /// As in the file.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, act)| *act == self).map_or("", |(word, _)| word)
    }
}

/// Whose body it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A child's.
    Child,
    /// Of somebody who is pregnant or has given birth.
    Mother,
}

impl Triage {
    /// The table that is in the program.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }
    /// A site's own table, or the program's where it has none; without its review, for who needs the limits alone.
    pub fn of_site(root: &std::path::Path, problems: &mut Diagnostics) -> Self {
        match std::fs::read_to_string(root.join(FILE)) {
            Ok(text) => Self::read(FILE, text.trim_start_matches('\u{feff}'), None, problems),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BUILT_IN.clone(),
            Err(e) => {
                problems.error(
                    FILE,
                    Place::default(),
                    format!("読めません（{e}）"),
                    "UTF-8 の文字で書かれているか、ファイルの権限を確かめてください",
                );
                Self::default()
            }
        }
    }
    /// In the file's order.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }
    /// The table's review, if it has one.
    pub fn review(&self) -> Option<&Review> {
        self.review.as_ref()
    }
    /// A review that is written down, but is none.
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }
    /// Has the city its own file?
    pub fn is_own(&self) -> bool {
        self.own
    }
    /// A limit by its id: the city's, or what the program has where the city's table does without it.
    pub fn figure(&self, id: &str) -> Option<&Figure> {
        let of = |triage: &'_ Self| triage.concepts.iter().flat_map(|c| &c.figures).position(|f| f.id == id);
        let here = |triage: &'static Self| triage.concepts.iter().flat_map(|c| &c.figures).find(|f| f.id == id);
        match of(self) {
            Some(n) => self.concepts.iter().flat_map(|c| &c.figures).nth(n),
            None => here(&BUILT_IN),
        }
    }
    /// The number of a limit; `None` if neither the city nor the program knows it.
    pub fn value(&self, id: &str) -> Option<f64> {
        self.figure(id).map(|f| f.value)
    }
    /// As a text in `language` says it.
    pub fn say(&self, id: &str, language: &str) -> Option<&str> {
        let say = &self.figure(id)?.say;
        say.get(language).or_else(|| say.get("ja")).or_else(|| say.values().next()).map(String::as_str)
    }
    /// The names of all limits.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.concepts.iter().flat_map(|c| &c.figures).map(|f| f.id.as_str())
    }
}
