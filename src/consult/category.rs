//! What a question is about, and who answers it first.

use crate::content::{Article, Profession};
use crate::segment::Unit;

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
