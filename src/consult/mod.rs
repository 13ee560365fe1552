//! A question in, a thread that is answered at the desk out.
//!
//! A thread is sealed with the key of whoever asked, or for a guest with a key of its own. Whoever has its link
//! (`/q/<token>`) can read it, and of a household's thread only the person who asked; texts are opened when somebody
//! looks, nowhere else.

mod about;
pub mod care;
mod close;
mod desk;
mod erase;
mod forget;
mod join;
mod notes;
mod question;
mod quote;
pub mod state;
mod step;
mod subject;
mod thread;
mod ticket;
pub mod waiting;
mod watch;
mod writing;

pub use crate::danger::Danger;
pub use about::{Matter, Now, Record, Written, about, stage_for};
pub use care::{Call, Care, Found, Home, calls_now, care, care_for, whose};
pub use close::{Closing, Reason, close, closed_version, reopen};
pub use desk::{Card, Earlier, NewAnswer, answer, by_id, card, others_viewing, read};
pub use erase::{PERSONAL, erase, written_since};
pub use forget::{forget_crowds, forget_guests, guests_before};
pub use join::join;
pub use notes::{Draft, Kept, Memo, NewMemo, contacted, draft, keep_draft, memos};
pub use question::{More, NewQuestion, ask, follow_up, of_person};
pub use state::{Alarm, Kind, Refusal, Stands, State, SurveyBox, Tag};
pub use step::{Change, Outcome, news_at_desk, news_for_asker};
pub use subject::{Subject, subjects};
pub use thread::{
    Author, Consultation, Entry, EntryRecord, Milestone, Survey, ThreadRecord, ThreadSummary, by_token, entries,
    matter, record, stage_of, survey,
};
pub use ticket::{issue, redeem};
pub use waiting::{Waiting, Which};
pub use watch::{Alarming, calm, erased_watches, found_in, kinds_under_watch, raise, tapped, under_watch};

use crate::calendar::DeskHours;
use crate::config::Desk;
use crate::content::{Article, Library, Profession};
use crate::segment::Unit;
use anyhow::{Result, anyhow};

/// How many characters a question or follow-up has at most.
pub const LONGEST_QUESTION: usize = 4000;
/// How many characters an answer has at most.
pub const LONGEST_ANSWER: usize = 10_000;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// わたしと、おなかの子
    Pregnancy,
    /// A child.
    Child,
    /// わたしのからだのこと: without a pregnancy, after a birth or a loss.
    Body,
    /// わたしの気持ち、家族のこと
    #[serde(rename = "self")]
    Own,
}

impl Category {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Pregnancy, Self::Child, Self::Body, Self::Own];
    /// As in the database and the form.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pregnancy => "pregnancy",
            Self::Child => "child",
            Self::Body => "body",
            Self::Own => "self",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }
    /// In Japanese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Pregnancy => "わたしと、おなかの子",
            Self::Child => "子ども",
            Self::Body => "わたしのからだのこと",
            Self::Own => "わたしの気持ち、家族のこと",
        }
    }
    /// Who answers first, unless the article that it came from names somebody.
    pub fn profession(self) -> Profession {
        match self {
            Self::Pregnancy | Self::Body => Profession::Midwife,
            Self::Child => Profession::Paediatrician,
            Self::Own => Profession::Counsellor,
        }
    }
    /// What an article suggests: by its windows, else by its topics; `None` if it says neither.
    pub fn of_article(article: &Article) -> Option<Self> {
        let is = |pregnancy: bool| article.windows.iter().any(|w| (w.unit == Unit::PregnancyWeeks) == pregnancy);
        match (is(true), is(false)) {
            (true, _) => Some(Self::Pregnancy),
            (false, true) => Some(Self::Child),
            (false, false) => {
                article.topics.iter().any(|t| matches!(t.as_str(), "mind" | "family" | "loss")).then_some(Self::Own)
            }
        }
    }
}

/// Where a question began: `article:<slug>`, `page:loss`, `letter` or nowhere; as in the column `source`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// `article:<slug>`, `page:loss`, `letter` or empty.
    pub id: String,
    /// The article's title.
    pub title: String,
    /// What it suggests.
    pub category: Option<Category>,
    /// The profession that takes questions from there.
    pub profession: Option<Profession>,
    /// It is for those who have lost somebody.
    pub loss: bool,
}

/// Topic of the articles for those who have lost somebody.
const LOSS: &str = "loss";
/// The page for them.
const LOSS_PAGE: &str = "page:loss";

impl Source {
    /// Reads `?from=`; what is not in the library is nowhere (drafts are not).
    pub fn of(from: &str, library: &Library) -> Self {
        if from == "letter" {
            return Self { id: from.into(), title: "おたより".into(), ..Self::default() };
        }
        if from == LOSS_PAGE
            && let Some(page) = library.pages.get(LOSS)
        {
            let title = page
                .versions
                .get("ja")
                .or_else(|| page.versions.values().next())
                .map_or_else(String::new, |v| v.title.clone());
            return Self { id: from.into(), title, loss: true, ..Self::default() };
        }
        let Some(article) =
            from.strip_prefix("article:").and_then(|slug| library.articles.get(slug)).filter(|a| !a.draft)
        else {
            return Self::default();
        };
        let loss = article.topics.iter().any(|t| t == LOSS);
        Self {
            id: from.into(),
            title: article
                .versions
                .get("ja")
                .or_else(|| article.versions.values().next())
                .map_or_else(String::new, |v| v.title.clone()),
            category: if loss { Some(after_a_loss(article)) } else { Category::of_article(article) },
            profession: article.ask,
            loss,
        }
    }
    /// Who answers a question of `category` from here: the article's profession, as long as the asker did not turn to
    /// another matter.
    pub fn profession(&self, category: Category) -> Profession {
        let same = self.category.is_none_or(|c| c == category);
        self.profession.filter(|_| same).unwrap_or(category.profession())
    }
}

/// What an article for those who have lost somebody suggests: her body where a midwife or a doctor answers, else how
/// she feels; never a pregnancy.
fn after_a_loss(article: &Article) -> Category {
    match article.ask {
        Some(Profession::Midwife | Profession::Obstetrician) => Category::Body,
        _ => Category::Own,
    }
}

/// The desk's hours of `otayori.yaml`.
pub fn desk_hours(desk: &Desk) -> Result<DeskHours> {
    let closed = desk.closed.iter().map(|c| (c.from.as_str(), c.to.as_str()));
    DeskHours::new(&desk.days, &desk.closes, closed)
        .and_then(|hours| match &desk.opens {
            Some(opens) => hours.opening(opens),
            None => Ok(hours.clone().opening("09:00").unwrap_or(hours)),
        })
        .map_err(|part| {
            anyhow!(
                "otayori.yaml の desk: の `{part}` が読めません（days: weekdays か \
            all、opens: \"09:00\"、closes: \"17:00\"、closed: 12-29 の形）"
            )
        })
}

/// As much of a text as is ever looked at: what is longer is not stored, and nobody shall wait for it to be read.
pub fn bounded(text: &str) -> &str {
    text.char_indices().nth(LONGEST_ANSWER).map_or(text, |(end, _)| &text[..end])
}

/// For the test that prepares every text.
pub fn sql_texts(db: &crate::db::Db) -> Vec<String> {
    let mut all = waiting::sql_texts(db);
    all.push(watch::marks_sql(db, 3));
    all.extend(erase::sql_texts(db));
    all.extend(
        [
            desk::sql_texts(),
            forget::sql_texts(),
            join::sql_texts(),
            notes::sql_texts(),
            question::sql_texts(),
            step::sql_texts(),
            thread::sql_texts(),
            watch::sql_texts(),
            writing::sql_texts(),
        ]
        .concat(),
    );
    all
}

/// A person's text as it is kept: line breaks alike, no space around it. `Err` is what to tell the person.
pub fn checked_text(text: &str, longest: usize) -> Result<String, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    let letters = text.chars().count();
    if letters == 0 {
        return Err("文を書いてください".into());
    }
    if letters > longest {
        return Err(format!("{longest}文字までで書いてください（いま{letters}文字）。続きは、送ったあとに書けます"));
    }
    Ok(text.replace('\0', ""))
}
