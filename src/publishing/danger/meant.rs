//! A kind of danger that was found in, the kind that can be meant out.

use super::about::{BORN, LITTLE, NEWBORN, UNBORN};
use super::data::Data;
use super::kind::Danger;
use super::reading::Features;
use super::stage::Stage;

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
