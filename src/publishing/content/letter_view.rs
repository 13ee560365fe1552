//! What a letter's page shows: the snapshot that is stored at the first enqueue and rendered ever after.

use serde::{Deserialize, Serialize};

/// A letter as its page shows it. Nothing in it says who gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterView {
    /// `2026-W48`.
    pub week: String,
    /// The week's first day, `2026-11-24`.
    pub date: String,
    /// Language of the letter.
    pub language: String,
    /// Articles by subject, then bulletins.
    pub items: Vec<LetterItem>,
}

/// One item of a letter with the text and links it had when it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterItem {
    /// `article`, `bulletin` or `note` (the question whether the child has been born).
    pub kind: String,
    /// The article's or bulletin's slug.
    pub id: String,
    /// What the heading above it says (24週, 1歳7か月): the stage of the subjects it was chosen for; empty for
    /// bulletins.
    pub stage: String,
    /// `pregnancy`, `child` or empty.
    pub subject: String,
    /// Title as HTML.
    pub title_html: String,
    /// Title as text.
    pub title: String,
    /// One line.
    pub summary: String,
    /// Two paragraphs as HTML.
    pub lead_html: String,
    /// Path below the public URL.
    pub link: String,
    /// 助産師 佐伯みのり／監修 産婦人科医 高瀬 航（2026年9月）
    pub byline: String,
    /// Minutes to read.
    pub minutes: u32,
    /// Day of the event, `2026-12-08`; empty if none.
    pub on: String,
    /// Profession that takes questions from here; empty if none.
    pub ask: String,
}
