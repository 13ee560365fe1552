//! Who writes, reviews and answers.

use crate::diag::Diagnostics;
use crate::diag::form::{Placed, meant};
use serde::Serialize;

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

/// A profession by its id or in Japanese.
pub(super) fn profession_of(word: &str) -> Option<Profession> {
    Profession::from_id(word).or_else(|| Profession::ALL.into_iter().find(|p| p.title() == word)).or(match word {
        "公認心理師" | "臨床心理士" | "保健師" => Some(Profession::Counsellor),
        "産科医" | "産婦人科" => Some(Profession::Obstetrician),
        _ => None,
    })
}

pub(super) fn unknown_profession(file: &str, word: &Placed<String>, problems: &mut Diagnostics) {
    let known = || Profession::ALL.into_iter().flat_map(|p| [p.id(), p.title()]);
    let hint = meant(&word.value, known())
        .unwrap_or_else(|| format!("使えるもの: {}", Profession::ALL.map(Profession::id).join("、")));
    problems.error(file, word.at, format!("職種 `{}` はありません", word.value), hint);
}
