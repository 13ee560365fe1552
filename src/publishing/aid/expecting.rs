//! A danger and whether a pregnancy goes on in; what may be said of it out. Nothing here makes a danger smaller where
//! one may be meant.

use crate::danger::Danger;

/// Does a pregnancy go on, as far as record and words tell?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expecting {
    /// It does, or nothing speaks against it.
    Yes,
    /// Nobody said so, or words stand against the record: what is urgent is told without naming a child, waters or a
    /// cord.
    Unsure,
    /// None is on record, and none is meant.
    No,
}

/// What may be said of a danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaySay {
    /// The line of what was found or tapped.
    Own,
    /// It is rung for as this danger, with this one's line.
    Danger(Danger),
    /// It is rung for as this danger, with these words.
    Line(Danger, &'static str),
    /// Nothing: it would speak of what is gone.
    Nothing,
}

/// Where it is not known whether there is a pregnancy: now, at any hour.
const UNSURE: &str = "first_unsure";
/// After a birth or a loss: what her body may have.
pub const BODY: &str = "first_body";

/// Is it only in pregnancy?
fn of_pregnancy(danger: Danger) -> bool {
    matches!(danger, Danger::Bleeding | Danger::FetalMovement | Danger::WatersPreterm | Danger::WatersTerm)
}

/// Of a child that lives.
fn of_a_child(danger: Danger) -> bool {
    matches!(danger, Danger::InfantFever | Danger::OtherSick)
}

/// What may be said of `danger`. `loss`: a loss was written; `child`: it is about a child that lives; `called`: a
/// clinician named this danger.
pub fn may_say(danger: Danger, expecting: Expecting, loss: bool, child: bool, called: bool) -> MaySay {
    if loss && !child && of_a_child(danger) {
        return if danger == Danger::InfantFever {
            MaySay::Danger(Danger::MotherFever)
        } else {
            MaySay::Line(Danger::OtherSick, BODY)
        };
    }
    match expecting {
        Expecting::Yes => MaySay::Own,
        Expecting::Unsure if of_pregnancy(danger) => MaySay::Line(danger, UNSURE),
        Expecting::No if danger == Danger::Bleeding => MaySay::Danger(Danger::Haemorrhage),
        Expecting::No if of_pregnancy(danger) && loss && !called => MaySay::Nothing,
        Expecting::No if of_pregnancy(danger) => MaySay::Line(Danger::Haemorrhage, BODY),
        Expecting::Unsure | Expecting::No => MaySay::Own,
    }
}
