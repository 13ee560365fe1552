//! What a question is about, as it was chosen or is on record, in; what is read before its first word out.
//!
//! 「赤ちゃんが動きません」 is a child in the womb where that was chosen, and a child that does not wake where a child
//! was.

use super::data::Data;
use super::lexicon::{Hit, Role};
use super::numbers::{self, NUMBERS};
use super::stage::Stage;
use super::thresholds::Thresholds;

/// After a birth the body's dangers are those of a birth for so many days.
const AFTER: u32 = 84;

/// Ids of concepts that the program itself names; data without them do without.
pub(super) const UNBORN: &str = "fetus";
pub(super) const LITTLE: &str = "little_one";
pub(super) const BORN: &str = "child";
pub(super) const NEWBORN: &str = "newborn";

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
pub(super) fn of_whom(hits: &[Hit], data: &Data) -> Vec<u16> {
    let of = |h: &&Hit| data.role(h.concept) == Role::Who && h.concept as usize >= data.concepts.len();
    hits.iter().filter(of).map(|h| h.concept).collect()
}
