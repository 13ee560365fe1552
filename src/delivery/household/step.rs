//! The pages of the registration, and what is to be mended on one.

use serde::Serialize;

/// The pages of the registration, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// What is asked, what is not, what is promised.
    Consent,
    /// Due date, birth dates.
    Dates,
    /// Due dates of children born early; only if there are some.
    Early,
    /// Area; may be left out.
    Area,
    /// Language.
    Language,
    /// First child or not; only where the dates do not say so already.
    First,
    /// Channel, and all answers once more.
    Channel,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 7] =
        [Self::Consent, Self::Dates, Self::Early, Self::Area, Self::Language, Self::First, Self::Channel];
    /// As in forms.
    pub fn id(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Dates => "dates",
            Self::Early => "early",
            Self::Area => "area",
            Self::Language => "language",
            Self::First => "first",
            Self::Channel => "channel",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.id() == id)
    }
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field's id: `due-d`.
    pub field: String,
    /// In the summary: 出産予定日：3月に36日はありません
    pub summary: String,
    /// Beside the field: 3月に36日はありません。1から31までの数を入れてください。
    pub message: String,
}

impl Problem {
    pub(super) fn new(field: impl Into<String>, label: &str, wrong: &str, help: &str) -> Self {
        Self {
            field: field.into(),
            summary: format!("{label}：{}", wrong.trim_end_matches('。')),
            message: format!("{wrong}{help}"),
        }
    }
}
