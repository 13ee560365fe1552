//! Dangers in order, the contacts and the hour in; the one number to ring, and the others, out.

use super::fit::fits;
use crate::calendar::{Zoned, is_open};
use crate::content::{EmergencyContact, Fits};
use crate::danger::Danger;

/// How many others stand below the button: somebody in need reads no lists.
const MOST: usize = 4;
/// A kind's place weighs more than any contact's.
const WIDE: usize = 16;

/// Who is in danger, as far as the form knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A woman: pregnant, after a birth or a loss.
    Mother,
    /// A child.
    Child,
    /// Nobody said.
    Unknown,
}

/// What is said below the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Where the number of her own clinic stands.
    OwnClinic,
    /// The same without the handbook of mother and child, which not everybody can open any more.
    ClinicCard,
    /// By day the child's own doctor.
    OwnDoctor,
    /// Nobody who fits can be rung now.
    Nobody,
}

impl Note {
    /// For her who is pregnant no more, or of whom it is not known.
    pub fn without_a_handbook(self) -> Self {
        if self == Self::OwnClinic { Self::ClinicCard } else { self }
    }
    /// Key of the words in the theme.
    pub fn key(self) -> &'static str {
        match self {
            Self::OwnClinic => "aid_own_clinic",
            Self::ClinicCard => "aid_clinic_card",
            Self::OwnDoctor => "aid_own_doctor",
            Self::Nobody => "aid_nobody",
        }
    }
}

/// Whom to ring.
#[derive(Debug, Clone)]
pub struct Whom<'a> {
    /// The one number of the button.
    pub button: Option<&'a EmergencyContact>,
    /// Her own clinic's number goes before it, if she keeps it on her device.
    pub own_clinic: bool,
    /// What is said below the button.
    pub notes: Vec<Note>,
    /// The ambulance, where it is not the button.
    pub ambulance: Option<&'a EmergencyContact>,
    /// Others that fit, the best first.
    pub others: Vec<&'a EmergencyContact>,
}

/// Is this what the clinic is for that cares for her pregnancy and birth?
fn clinic(danger: Danger) -> bool {
    match danger {
        Danger::Haemorrhage
        | Danger::Clot
        | Danger::Preeclampsia
        | Danger::Bleeding
        | Danger::FetalMovement
        | Danger::WatersPreterm
        | Danger::WatersTerm
        | Danger::MotherFever
        | Danger::Psychosis => true,
        Danger::Overdose
        | Danger::Suicide
        | Danger::Vital
        | Danger::SuicideOther
        | Danger::Violence
        | Danger::Shaken
        | Danger::ChildAbuseSeen
        | Danger::HarmChild
        | Danger::InfantFever
        | Danger::Ingestion
        | Danger::Injury
        | Danger::OtherSick => false,
    }
}

/// Only children have it.
fn of_a_child(danger: Danger) -> bool {
    matches!(danger, Danger::InfantFever | Danger::Shaken | Danger::Ingestion)
}

/// Somebody is there at this instant; without an instant (a page for any hour), somebody ever is.
pub fn open_now(contact: &EmergencyContact, now: Option<&Zoned>) -> bool {
    now.is_none_or(|now| contact.open.iter().any(|o| is_open(&o.days, o.from, o.to, now)))
}

/// Somebody is there by day and by night, on every day.
pub fn always_open(contact: &EmergencyContact) -> bool {
    contact.open.iter().any(|o| o.days.iter().any(|d| d == "all") && (o.from, o.to) == (0, 1440))
}

/// Whom to ring for `dangers`, whose first decides.
pub fn whom<'a>(dangers: &[Danger], whose: Whose, contacts: &'a [EmergencyContact], now: Option<&Zoned>) -> Whom<'a> {
    let ambulance = contacts.iter().find(|c| c.number == "119");
    let mut fitting: Vec<(usize, &EmergencyContact)> = contacts
        .iter()
        .filter(|c| c.kind != "relay" && open_now(c, now))
        .filter_map(|c| Some((place(c, dangers, whose)?, c)))
        .collect();
    fitting.sort_by_key(|(place, _)| *place);
    let best = fitting.iter().find(|(place, c)| *place < WIDE && !c.dial().is_empty()).map(|(_, c)| *c);
    let button = best.or(ambulance.filter(|_| !dangers.is_empty()));
    let lead = dangers.first().copied();
    let child = lead.is_some_and(|d| of_a_child(d) || (d.medical() && whose == Whose::Child));
    let mut notes = Vec::new();
    if lead.is_some_and(clinic) {
        notes.push(Note::OwnClinic);
    } else if child && !fitting.iter().any(|(_, c)| c.kind == "child") && best.is_none_or(|c| c.number != "119") {
        notes.push(Note::OwnDoctor);
    }
    if best.is_none() && button.is_some() {
        notes.push(Note::Nobody);
    }
    let is = |c: &EmergencyContact, other: Option<&EmergencyContact>| other.is_some_and(|o| o.id == c.id);
    fitting.retain(|(_, c)| !is(c, button) && !is(c, ambulance));
    // Of several dangers each keeps its best number; the rest fill up.
    let best_of = |n: usize| fitting.iter().position(|(_, c)| place(c, &dangers[n..=n], whose).is_some());
    let mut chosen: Vec<usize> = (0..dangers.len()).filter_map(best_of).collect();
    chosen.extend(0..fitting.len());
    let mut others: Vec<usize> = Vec::new();
    for n in chosen {
        if others.len() < MOST && !others.contains(&n) {
            others.push(n);
        }
    }
    others.sort_unstable();
    Whom {
        button,
        own_clinic: lead.is_some_and(clinic),
        notes,
        ambulance: ambulance.filter(|a| !is(a, button)),
        others: others.into_iter().map(|n| fitting[n].1).collect(),
    }
}

/// Somebody to talk to after a loss, who is there now.
pub fn after_a_loss<'a>(contacts: &'a [EmergencyContact], now: Option<&Zoned>) -> Vec<&'a EmergencyContact> {
    let mut fitting: Vec<_> =
        contacts.iter().filter(|c| open_now(c, now)).filter_map(|c| Some((fits(c).grief()?, c))).collect();
    fitting.sort_by_key(|(rank, _)| *rank);
    fitting.into_iter().map(|(_, c)| c).take(MOST).collect()
}

/// A contact that answers for pregnancies and births.
pub fn is_clinic(contact: &EmergencyContact) -> bool {
    contact.kind == "city" && fits(contact).of(Danger::Bleeding) == Some(1)
}

/// It gives advice on sick children, and on nobody else.
pub fn for_children(contact: &EmergencyContact) -> bool {
    contact.kind == "child" && fits(contact).of(Danger::InfantFever).is_some()
}

/// The contact's place among all for these dangers; a danger that anybody may have is rung for with those who care for
/// that person.
fn place(contact: &EmergencyContact, dangers: &[Danger], whose: Whose) -> Option<usize> {
    let fits: &Fits = &fits(contact);
    let mothers = fits.kinds().any(|d| clinic(d) && d != Danger::Psychosis);
    let children = contact.kind == "child" || fits.kinds().any(|d| d == Danger::InfantFever);
    let stranger = match whose {
        Whose::Mother => children && !mothers,
        Whose::Child => mothers && !children,
        Whose::Unknown => false,
    };
    let ranked = dangers.iter().enumerate().filter(|(_, d)| !stranger || clinic(**d) || of_a_child(**d));
    ranked.filter_map(|(n, d)| Some(n * WIDE + usize::from(fits.of(*d)?))).min()
}
