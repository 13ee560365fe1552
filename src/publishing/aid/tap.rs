//! What can be tapped before anything is written, by whom it is about, with the danger behind each.

use crate::danger::Danger;

/// A list of what can be tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// In pregnancy.
    Pregnancy,
    /// After a birth (or a loss: nothing in it names a child).
    After,
    /// A child before three months.
    Baby,
    /// An older child.
    Child,
    /// Feelings and the home: for everybody.
    Feelings,
}

/// Something to tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    /// In the form; its words are `tap_<id>` in the theme.
    pub id: &'static str,
    /// What is in danger.
    pub danger: Danger,
    /// Its own first line; the danger's does not fit what was tapped.
    line: Option<&'static str>,
}

impl Tap {
    /// Key of the first line among the words of a page.
    pub fn first_line(&self) -> String {
        self.line.map_or_else(|| super::first_line(self.danger), str::to_owned)
    }
}

const fn tap(id: &'static str, danger: Danger) -> Tap {
    Tap { id, danger, line: None }
}

/// With a first line of its own.
const fn tap_with(id: &'static str, danger: Danger, line: &'static str) -> Tap {
    Tap { id, danger, line: Some(line) }
}

impl List {
    /// All, as they stand on a page for everybody.
    pub const ALL: [Self; 5] = [Self::Pregnancy, Self::After, Self::Baby, Self::Child, Self::Feelings];

    /// In addresses, classes and keys of words (`taps_<id>`).
    pub fn id(self) -> &'static str {
        match self {
            Self::Pregnancy => "pregnancy",
            Self::After => "after",
            Self::Baby => "baby",
            Self::Child => "child",
            Self::Feelings => "feelings",
        }
    }

    /// What stands in it.
    pub fn taps(self) -> &'static [Tap] {
        match self {
            Self::Pregnancy => {
                const {
                    &[
                        tap("bleeding", Danger::Bleeding),
                        tap_with("waters", Danger::WatersPreterm, "first_waters"),
                        tap("still", Danger::FetalMovement),
                        tap("labour", Danger::WatersPreterm),
                        tap("headache", Danger::Preeclampsia),
                        tap_with("fits", Danger::Vital, "first_self"),
                    ]
                }
            }
            Self::After => {
                const {
                    &[
                        tap("more_blood", Danger::Haemorrhage),
                        tap("own_fever", Danger::MotherFever),
                        tap("leg", Danger::Clot),
                        tap("own_headache", Danger::Preeclampsia),
                        tap("not_myself", Danger::Psychosis),
                    ]
                }
            }
            Self::Baby => {
                const {
                    &[
                        tap("baby_fever", Danger::InfantFever),
                        tap_with("not_drinking", Danger::OtherSick, "first_dry"),
                        tap("baby_breath", Danger::Vital),
                        tap_with("green", Danger::OtherSick, "first_green"),
                        tap("shaken", Danger::Shaken),
                    ]
                }
            }
            Self::Child => {
                const {
                    &[
                        tap("limp", Danger::Vital),
                        tap("breath", Danger::Vital),
                        tap("convulsion", Danger::Vital),
                        tap("swallowed", Danger::Ingestion),
                        tap("injury", Danger::Injury),
                        tap_with("burn", Danger::Injury, "first_burn"),
                        tap_with("dry", Danger::OtherSick, "first_dry"),
                    ]
                }
            }
            Self::Feelings => {
                const { &[tap("die", Danger::Suicide), tap("hand", Danger::HarmChild), tap("home", Danger::Violence)] }
            }
        }
    }

    /// Those of an id.
    pub fn tap(self, id: &str) -> Option<&'static Tap> {
        self.taps().iter().find(|t| t.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_tap_has_its_own_id() {
        let all: Vec<&str> = List::ALL.iter().flat_map(|l| l.taps()).map(|t| t.id).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(List::Baby.tap("baby_fever").map(|t| t.danger), Some(Danger::InfantFever));
        assert_eq!(List::Pregnancy.tap("baby_fever"), None);
    }

    /// Pain is not told that there is none; who cannot breathe is not told to stay beside somebody.
    #[test]
    fn the_first_line_fits_what_was_tapped() {
        let line = |list: List, id: &str| list.tap(id).map(Tap::first_line).unwrap();
        assert_eq!(
            (line(List::Pregnancy, "waters"), line(List::Pregnancy, "labour")),
            ("first_waters".into(), "first_waters_preterm".into())
        );
        assert_eq!(
            (line(List::Pregnancy, "fits"), line(List::Child, "breath")),
            ("first_self".into(), "first_vital".into())
        );
        // A burn is cooled first; a blow on the head has no use for water.
        assert_eq!(
            (line(List::Child, "injury"), line(List::Child, "burn")),
            ("first_injury".into(), "first_burn".into())
        );
    }
}
