//! Dangers, the contacts and the hour in; what is said first and whom to ring out. Pure.
//!
//! The first lines stand in `content/danger/steps.tsv`, which clinicians review, and reach pages among the theme's
//! words as `first_<kind>`; what is tapped (`tap_<tap>`) stands in the theme's `i18n/`, in every language that pages
//! with it have.

mod expecting;
mod fit;
mod tap;
mod whom;

pub use expecting::{BODY, Expecting, MaySay, may_say};
pub use tap::{List, Tap};
pub use whom::{Note, Whom, Whose, after_a_loss, always_open, for_children, is_clinic, open_now, whom};

use crate::danger::Danger;
use std::collections::BTreeSet;

/// The danger that decides the first line and the button: the nearest to death. A breath that stops leaves less time
/// than a wish to die; who may have to hide from somebody is not told to speak aloud and to stay: the police, who send
/// an ambulance, too, go first.
pub fn lead(dangers: &BTreeSet<Danger>) -> Option<Danger> {
    let first = *dangers.first()?;
    let has = |danger: Danger| dangers.contains(&danger);
    Some(match first {
        Danger::Suicide if has(Danger::Vital) => Danger::Vital,
        Danger::Vital if has(Danger::Violence) => Danger::Violence,
        first => first,
    })
}

/// All dangers, the one that decides first.
pub fn in_order(dangers: &BTreeSet<Danger>) -> Vec<Danger> {
    let lead = lead(dangers);
    lead.into_iter().chain(dangers.iter().copied().filter(|d| Some(*d) != lead)).collect()
}

/// Key of the first line among the words of a page.
pub fn first_line(danger: Danger) -> String {
    line(danger.id())
}

/// Key of a line of `content/danger/steps.tsv` among the words of a page.
pub fn line(id: &str) -> String {
    format!("first_{id}")
}

/// Thanks come before everything else where somebody dared to write it.
pub fn thanked(danger: Danger) -> bool {
    match danger {
        Danger::Suicide | Danger::HarmChild | Danger::Shaken | Danger::Psychosis => true,
        Danger::Overdose
        | Danger::Vital
        | Danger::SuicideOther
        | Danger::Violence
        | Danger::ChildAbuseSeen
        | Danger::Haemorrhage
        | Danger::Clot
        | Danger::Preeclampsia
        | Danger::Bleeding
        | Danger::InfantFever
        | Danger::Ingestion
        | Danger::Injury
        | Danger::FetalMovement
        | Danger::WatersPreterm
        | Danger::WatersTerm
        | Danger::MotherFever
        | Danger::OtherSick => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breath_goes_before_everything_but_poison() {
        let lead = |kinds: &[Danger]| lead(&kinds.iter().copied().collect());
        assert_eq!(lead(&[]), None);
        assert_eq!(lead(&[Danger::Suicide, Danger::Vital, Danger::Bleeding]), Some(Danger::Vital));
        assert_eq!(lead(&[Danger::Overdose, Danger::Suicide, Danger::Vital]), Some(Danger::Overdose));
        assert_eq!(lead(&[Danger::Suicide, Danger::Violence]), Some(Danger::Suicide));
        assert_eq!(lead(&[Danger::Vital, Danger::Violence]), Some(Danger::Violence));
        assert_eq!(in_order(&[Danger::Suicide, Danger::Vital].into()), [Danger::Vital, Danger::Suicide]);
    }
}
