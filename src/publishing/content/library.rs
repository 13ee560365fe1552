//! What people wrote, read and checked: the library and everything that stands in it. Only shapes; the files beside this
//! one read them.

use super::allow::Allow;
use super::body::Body;
use super::fits::{ContactWords, Fits};
use super::folder::Folder;
use super::marks::{Claim, Review};
use super::person::{Person, Profession};
use super::triage::Triage;
use crate::calendar::Date;
use crate::diag::form::Placed;
use crate::markdown::{Credited, Glossary};
use crate::search::Phrase;
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
    pub credits: Credits,
    /// By id (the file's name).
    pub segments: BTreeMap<String, Segment>,
    /// Of all that files are read with beside themselves: the program, the settings, the lists, the day.
    pub world: Digest,
    /// Where it was read.
    pub folder: Arc<Folder>,
}

impl Library {
    /// Files that were no longer what they were when their bodies were asked for: what was made of this library is of
    /// two minds.
    pub fn moved(&self) -> Vec<String> {
        self.folder.moved()
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
    pub claim: Option<Claim>,
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

/// A slug that a content had before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The old slug.
    pub slug: String,
    /// Where it is written.
    pub at: crate::diag::Place,
}

/// A page with the phrases that ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The slug of an article or a fixed page.
    pub page: String,
    /// What people type: one of these.
    pub words: Vec<Phrase>,
    /// Where the page is named.
    pub at: crate::diag::Place,
}

/// The page that a flyer's code opens instead of the registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opens {
    /// As it was written.
    pub written: String,
    /// Where.
    pub at: crate::diag::Place,
    /// Below the public address; empty where it is wrong, which was told.
    pub(super) path: String,
    /// The bulletin that it is, which is not shown on every day.
    pub(super) bulletin: Option<String>,
}

impl Opens {
    /// As read; nobody knows yet whether there is such a page.
    pub(super) fn of(Placed { value, at }: Placed<String>) -> Self {
        Self { written: value.trim().to_owned(), at, path: String::new(), bulletin: None }
    }

    /// Where the code leads on a day: to the list of bulletins when its own is not shown, to the registration where the
    /// page is not known.
    pub fn path_on(&self, library: &Library, today: Date) -> &str {
        let bulletin = self.bulletin.as_ref().and_then(|slug| library.bulletins.get(slug));
        match bulletin {
            _ if self.path.is_empty() => "/register",
            Some(bulletin) if bulletin.draft || !bulletin.shown_on(today) => "/bulletins/",
            _ => &self.path,
        }
    }
}

/// A product's name that an article replaces by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// As people write it.
    pub name: String,
    /// What to write instead.
    pub instead: String,
}

/// Whose a picture is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Credit {
    /// Who made it.
    pub source: String,
    /// Under which terms it may be shown: `CC BY 4.0`, 市が権利をもつ, 許可を得て使用.
    pub licence: String,
    /// Where it comes from; empty if it is the city's own.
    pub url: String,
}

/// By path below `content/`.
pub type Credits = BTreeMap<String, Credit>;

impl Credited for Credits {
    fn has(&self, picture: &str) -> bool {
        self.contains_key(picture)
    }
}
