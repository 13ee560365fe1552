//! What a question is about, as it was chosen or is on record, in; what is read before its first word out.
//!
//! 「赤ちゃんが動きません」 is a child in the womb where that was chosen, and a child that does not wake where a child
//! was.

use super::Thresholds;
use super::data::Data;
use super::kind::Danger;
use super::lexicon::{Hit, Role};
use super::numbers::{self, NUMBERS};
use super::reading::Features;

/// The child that the words may be about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was chosen, or something else.
    #[default]
    Unknown,
    /// A pregnancy, and its weeks, where they are known.
    Pregnancy(Option<u32>),
    /// A child, and its age in days, where it is known.
    Child(Option<u32>),
    /// Her own body, so many days after a birth; `u32::MAX` where none is known.
    After(u32),
}

/// After a birth the body's dangers are those of a birth for so many days.
const AFTER: u32 = 84;

/// What is known before a text is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What was chosen, or is on record.
    pub stage: Stage,
    /// What the same person wrote before in the same thread.
    pub earlier: Vec<String>,
}

impl From<Stage> for About {
    fn from(stage: Stage) -> Self {
        Self { stage, earlier: Vec::new() }
    }
}

/// Ids of concepts that the program itself names; data without them do without.
const UNBORN: &str = "fetus";
const LITTLE: &str = "little_one";
const BORN: &str = "child";
const NEWBORN: &str = "newborn";

/// The concepts that stand before the text, and the text's own hits with 「赤ちゃん」 read as whom it means.
pub(super) fn before(stage: Stage, said: &[u16], hits: &mut [Hit], data: &Data, thresholds: &Thresholds) -> Vec<u16> {
    let concept = |id: &str| data.concepts.iter().position(|c| c.id == id).map(|n| n as u16);
    let number = |id: &str| NUMBERS.iter().position(|(name, ..)| *name == id).map(|n| (data.concepts.len() + n) as u16);
    let counted = |hits: &[Hit], what: &str| hits.iter().any(|h| data.name(h.concept).starts_with(what));
    let little: Vec<Hit> = hits.iter().filter(|h| data.name(h.concept) == LITTLE).copied().collect();
    let meant = |h: &Hit| little.iter().any(|l| l.start < h.end && h.start < l.end);
    let other = hits.iter().any(|h| data.name(h.concept) == BORN && !meant(h));
    let mut before = Vec::new();
    // What she wrote herself, here or before, is nearer than what is on record.
    let aged = counted(hits, "age_");
    let weeks = counted(hits, "gest_");
    match stage {
        Stage::Unknown => return Vec::new(),
        // 「上の子が…」「生後2か月です」: somebody who is born, though the other matter was chosen.
        Stage::Pregnancy(_) if aged || counted(hits, NEWBORN) || (other && little.is_empty()) => return Vec::new(),
        Stage::Pregnancy(known) => {
            if let Some(unborn) = concept(UNBORN) {
                hits.iter_mut().filter(|h| data.name(h.concept) == BORN && meant(h)).for_each(|h| h.concept = unborn);
            }
            before.extend(concept("preg"));
            if !weeks {
                let said: Vec<u16> = said.iter().copied().filter(|c| data.name(*c).starts_with("gest_")).collect();
                let on_record =
                    known.filter(|_| said.is_empty()).map(|w| numbers::of_weeks(w, thresholds)).unwrap_or_default();
                before.extend(on_record.iter().filter_map(|id| number(id)));
                before.extend(said);
            }
        }
        Stage::Child(_) if weeks || other => return Vec::new(),
        Stage::Child(known) => {
            before.extend(concept(BORN));
            if !aged {
                let said: Vec<u16> = said.iter().copied().filter(|c| data.name(*c).starts_with("age_")).collect();
                let on_record =
                    known.filter(|_| said.is_empty()).map(|d| numbers::of_days(d, thresholds)).unwrap_or_default();
                before.extend(on_record.iter().filter_map(|id| number(id)));
                before.extend(said);
            }
        }
        Stage::After(days) if days <= AFTER && !weeks => before.extend(concept("postpartum")),
        Stage::After(_) => {}
    }
    before
}

/// The concepts of an earlier text that say of whom and when it is.
pub(super) fn said(hits: &[Hit], data: &Data) -> Vec<u16> {
    let of = |h: &&Hit| data.role(h.concept) == Role::Who && h.concept as usize >= data.concepts.len();
    hits.iter().filter(of).map(|h| h.concept).collect()
}

/// Signs of life that are of who is born.
const HERS: &[&str] =
    &["breath_bad", "blue_pale", "seizure", "limp", "choke", "drown", "allergy", "stroke_arrest", "self", "partner"];

/// The kind that can be meant: of a child who is born nobody's waters break, of one that is not no fever is taken. Who
/// is named in the text besides may be anybody.
pub(super) fn meant(kind: Danger, stage: Stage, f: &Features, data: &Data) -> Danger {
    let named = |ids: &[&str]| f.concepts.iter().any(|c| ids.iter().any(|id| data.name(*c).starts_with(id)));
    let herself = || named(&["preg", "gest_", UNBORN, "postpartum", "self"]);
    match (stage, kind) {
        (Stage::Child(_), Danger::FetalMovement) if !herself() => Danger::Vital,
        (
            Stage::Child(_),
            Danger::WatersPreterm | Danger::WatersTerm | Danger::Bleeding | Danger::Haemorrhage | Danger::MotherFever,
        ) if !herself() => Danger::OtherSick,
        (Stage::Child(_), Danger::InfantFever) if named(&["age_year", "age_ge3m"]) && !named(&["age_lt3m"]) => {
            Danger::OtherSick
        }
        (Stage::Pregnancy(_), Danger::InfantFever) if !named(&["age_", BORN, NEWBORN]) => Danger::OtherSick,
        (Stage::After(_), Danger::InfantFever) if !named(&["age_", BORN, NEWBORN]) => Danger::MotherFever,
        (Stage::Pregnancy(_), Danger::FetalMovement) if named(&["partner"]) && !named(&[UNBORN, LITTLE]) => {
            Danger::Vital
        }
        // A child that does not move, and nothing else that would be hers: the one in the womb.
        (Stage::Pregnancy(_), Danger::Vital)
            if named(&["no_move"]) && !named(&["age_", BORN, NEWBORN]) && !named(HERS) =>
        {
            Danger::FetalMovement
        }
        (Stage::Pregnancy(_), Danger::Haemorrhage) if !named(&["postpartum"]) => Danger::Bleeding,
        (_, kind) => kind,
    }
}
