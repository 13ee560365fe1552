//! Markdown files and their front matter in, a `Library` of articles, bulletins, flyers, pages, people and contacts
//! out, with every problem found.

mod aliases;
mod allow;
mod asked;
mod body;
mod brands;
mod credits;
mod day;
mod fits;
mod front;
mod glossary;
mod kinds;
pub mod letter_view;
mod lists;
pub mod load;
pub mod marks;
mod names;
mod opens;
pub mod parts;
mod reserved;
pub mod sample;
mod seen;
mod shelf;
mod source;
pub mod triage;
mod weekdays;
mod windows;

pub use aliases::Alias;
pub use allow::{Allow, Rule};
pub use asked::Asked;
pub use body::Body;
pub use brands::Brand;
pub use credits::{Credit, Credits};
pub use fits::{ContactWords, Fits};
pub use letter_view::{LetterItem, LetterView};
pub use load::{LoadOptions, load};
pub use marks::ReviewedText;
pub use names::House;
pub use opens::Opens;
pub use reserved::RESERVED;
pub use shelf::Shelf;
pub use triage::Triage;

use crate::calendar::Date;
use crate::diag::form::Placed;
use crate::markdown::Glossary;
use crate::segment::{Segment, Window};
use crate::stamp::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A language of the site: `ja`, `easy` (やさしい日本語), `en`, …; the first one configured is the one that every
/// article has.
pub type Language = String;

/// Everything that people wrote, read and checked. Immutable once loaded.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// By slug.
    pub articles: BTreeMap<String, Arc<Article>>,
    /// By slug.
    pub bulletins: BTreeMap<String, Arc<Bulletin>>,
    /// By slug.
    pub pages: BTreeMap<String, Arc<Page>>,
    /// By id.
    pub flyers: BTreeMap<String, Flyer>,
    /// In the file's order.
    pub people: Vec<Person>,
    /// In the file's order.
    pub topics: Vec<Topic>,
    /// In the file's order.
    pub contacts: Vec<EmergencyContact>,
    /// Words that need an explanation.
    pub glossary: Glossary,
    /// Names of products that texts do without.
    pub brands: Vec<Brand>,
    /// Pages that come first in a search, in the order of the list.
    pub asked: Vec<Asked>,
    /// From which limits somebody must hurry.
    pub triage: Triage,
    /// Whose the pictures are, by path below `content/`.
    pub credits: credits::Credits,
    /// By id (the file's name).
    pub segments: BTreeMap<String, Segment>,
    /// Of all that files are read with beside themselves: the program, the settings, the lists, the day.
    pub world: Digest,
    /// Where late bodies come from.
    pub house: Arc<House>,
}

impl Library {
    /// Files that were no longer what they were when their bodies were asked for: what was made of this library is of
    /// two minds.
    pub fn moved(&self) -> Vec<String> {
        self.house.moved()
    }
}

/// A medical article with its versions in other languages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Article {
    /// The file's name, also the address `/articles/<slug>/`.
    pub slug: String,
    /// Path below the root, for diagnostics.
    pub file: String,
    /// By language; always holds the first configured language.
    #[serde(skip)]
    pub versions: BTreeMap<Language, Arc<Version>>,
    /// When it fits a subject; empty: no letter ever sends it.
    pub windows: Vec<Window>,
    /// Segments outside of which no letter sends it; empty: all.
    pub segments: Vec<String>,
    /// Topic ids.
    pub topics: Vec<String>,
    /// People's ids.
    pub authors: Vec<String>,
    /// Which profession takes questions from here.
    pub ask: Option<Profession>,
    /// What it rests on.
    pub sources: Vec<String>,
    /// Slugs that it had before; their addresses lead on to this one.
    pub aliases: Vec<Alias>,
    /// Chosen before other articles of its week.
    pub essential: bool,
    /// Shown in `preview` only.
    pub draft: bool,
}

/// One language of an article, bulletin or page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Version {
    /// Language code.
    pub language: Language,
    /// Path below the root.
    pub file: String,
    /// As written, ruby and dates resolved to plain text.
    pub title: String,
    /// The title as HTML (ruby, `<time>`, `<wbr>` at phrases).
    pub title_html: String,
    /// At most 60 characters; what a push may show.
    pub summary: String,
    /// This version's own review.
    pub review: Option<Review>,
    /// A review that is written down and is none: nobody's of this city, or without the mark of a text.
    pub claim: Option<marks::Claim>,
    /// The body's first line in the file, for diagnostics.
    pub body_line: u32,
    /// Rules that this text may break, and why.
    pub allow: Vec<Allow>,
    /// Minutes to read.
    pub minutes: u32,
    /// Pictures used: path below `content/`.
    pub images: Vec<String>,
    /// The anchors of its headings.
    pub anchors: Vec<String>,
    /// Of the file's text, of what its links found and of the glossary: as long as it is the same, so is the body.
    pub digest: Digest,
    /// The body.
    #[serde(skip)]
    pub body: Body,
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
    pub changes: marks::Changes,
}

impl Review {
    /// A letter may use the article on `today`: reviewed on or before, not run out, and not rewritten since.
    pub fn holds_on(&self, today: Date) -> bool {
        self.on <= today && today <= self.next && self.text == ReviewedText::Same
    }
}

/// A dated notice of the city.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bulletin {
    /// The file's name, also the address `/bulletins/<slug>/`.
    pub slug: String,
    /// Path below the root.
    pub file: String,
    /// By language.
    #[serde(skip)]
    pub versions: BTreeMap<Language, Arc<Version>>,
    /// Who gets it in a letter; empty: nobody, the site only.
    pub segments: Vec<String>,
    /// First day shown.
    pub publish: Date,
    /// Last day shown.
    pub until: Option<Date>,
    /// Day of the event.
    pub on: Option<Date>,
    /// Ordered by the city into the letter before others.
    pub pin: bool,
    /// Goes out of turn (a later issue); marked on the page.
    pub urgent: bool,
    /// Topic ids.
    pub topics: Vec<String>,
    /// What it rests on.
    pub sources: Vec<String>,
    /// Slugs that it had before; their addresses lead on to this one.
    pub aliases: Vec<Alias>,
    /// Shown in `preview` only.
    pub draft: bool,
}

impl Bulletin {
    /// Shown on `today`.
    pub fn shown_on(&self, today: Date) -> bool {
        self.publish <= today && self.until.is_none_or(|until| today <= until)
    }
}

/// A fixed page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// The file's name, also the address `/<slug>/`.
    pub slug: String,
    /// Path below the root.
    pub file: String,
    /// `page` or `night`.
    pub template: String,
    /// By language.
    #[serde(skip)]
    pub versions: BTreeMap<Language, Arc<Version>>,
}

/// A flyer: what it says and in which sizes, for which places.
#[derive(Debug, Clone)]
pub struct Flyer {
    /// The file's name.
    pub id: String,
    /// Path below the root.
    pub file: String,
    /// Title as written (Markdown with ruby).
    pub title: String,
    /// One line for the PDF's description.
    pub summary: String,
    /// Typst template in the theme's `flyers/` without `.typ`.
    pub template: String,
    /// `a4`, `a5`, `cards`, …
    pub sizes: Vec<String>,
    /// Language of the text.
    pub language: Language,
    /// The registration code behind `/r/<code>`.
    pub code: String,
    /// Places of distribution: code and name.
    pub places: Vec<Place>,
    /// What its code opens, if not the registration.
    pub opens: Option<Opens>,
    /// The day of the event that it is about.
    pub on: Option<Placed<Date>>,
    /// Any other keys the template uses (badge, office, …), as YAML values.
    pub fields: BTreeMap<String, serde_yaml::Value>,
    /// Body as Markdown.
    pub markdown: String,
    /// Line of the file on which the body begins, from 1.
    pub body_line: u32,
    /// Shown in `preview` only.
    pub draft: bool,
}

/// A place of distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Short code, in the URL after the flyer's: `/r/<code>-<place>`.
    pub code: String,
    /// As the city says it.
    pub name: String,
}

/// A profession that writes, reviews or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profession {
    /// 産婦人科医
    Obstetrician,
    /// 小児科医
    Paediatrician,
    /// 助産師
    Midwife,
    /// 相談員（公認心理師など）
    Counsellor,
}

impl Profession {
    /// All, in the order of lists.
    pub const ALL: [Self; 4] = [Self::Obstetrician, Self::Paediatrician, Self::Midwife, Self::Counsellor];
    /// As in front matter and in the database.
    pub fn id(self) -> &'static str {
        match self {
            Self::Obstetrician => "obstetrician",
            Self::Paediatrician => "paediatrician",
            Self::Midwife => "midwife",
            Self::Counsellor => "counsellor",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.id() == id)
    }
    /// In Japanese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Obstetrician => "産婦人科医",
            Self::Paediatrician => "小児科医",
            Self::Midwife => "助産師",
            Self::Counsellor => "相談員",
        }
    }
}

/// An author or reviewer.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// As used in front matter.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its reading.
    pub kana: String,
    /// Profession.
    pub profession: Profession,
    /// Licence or qualification, as shown.
    pub licence: String,
    /// Where they work.
    pub affiliation: String,
    /// A few sentences.
    pub bio: String,
    /// Conflicts of interest, as declared.
    pub conflicts: String,
    /// Names under which they signed reviews before. Not shown.
    #[serde(skip_serializing)]
    pub formerly: Vec<String>,
    /// Made up, for the sample city.
    #[serde(default)]
    pub sample: bool,
}

/// A topic of the site.
#[derive(Debug, Clone, Serialize)]
pub struct Topic {
    /// In the address `/topics/<id>/`.
    pub id: String,
    /// As in front matter.
    pub title: String,
    /// One line.
    pub summary: String,
}

/// An emergency contact of the data file.
#[derive(Debug, Clone, Serialize)]
pub struct EmergencyContact {
    /// As in the file.
    pub id: String,
    /// What to dial, as shown.
    pub number: String,
    /// Name.
    pub title: String,
    /// Name in easy Japanese.
    pub easy: String,
    /// Name in English.
    pub en: String,
    /// Name and all the rest in other languages, by their codes.
    pub words: BTreeMap<String, ContactWords>,
    /// When to use it.
    pub when: String,
    /// Hours, as shown.
    pub hours: String,
    /// Hours for the programme: when it is open.
    pub open: Vec<Opening>,
    /// Languages.
    pub languages: String,
    /// Cost.
    pub cost: String,
    /// Text or relay access.
    pub text: String,
    /// Home page.
    pub url: String,
    /// `danger`, `child`, `mind`, `violence`, `relay`, `city`, `general`.
    pub kind: String,
    /// For which dangers it is rung; `None`: as is built in for its number and kind.
    pub fits: Option<Fits>,
    /// The day on which somebody checked it.
    pub checked: Date,
}

impl EmergencyContact {
    /// What goes behind `tel:`: digits, `#` percent-encoded; empty if there is nothing to dial.
    pub fn dial(&self) -> String {
        self.number
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '#')
            .map(|c| if c == '#' { "%23".into() } else { c.to_string() })
            .collect()
    }
}

/// One opening: on these days, between these minutes of the day (an end past 1440 is the next day).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// `all`, `weekdays`, `weekends`, `holidays`, `mon` … `sun`.
    pub days: Vec<String>,
    /// Minutes after midnight.
    pub from: u32,
    /// Minutes after midnight; may exceed 1440.
    pub to: u32,
}
