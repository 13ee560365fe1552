//! What a form offers to tap, and what was tapped in it. A tap shows what to do at once, on her device; it is stored
//! only with the question.

use super::App;
use crate::aid::{self, List, Tap, Whose};
use crate::calendar::Zoned;
use crate::consult::Call;
use crate::content::EmergencyContact;
use crate::danger::Danger;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Name of the form's fields.
pub(super) const FIELD: &str = "tap";
/// Others below a tap's number, at most.
const MOST: usize = 3;
/// 「どれもない」
const NONE: &str = "none";

/// A list as the form shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    id: &'static str,
    /// Key of its heading.
    title: String,
    taps: Vec<ShownTap>,
    /// Something in it was tapped before.
    open: bool,
}

/// A tap, and what it shows.
#[derive(Debug, Serialize)]
struct ShownTap {
    id: &'static str,
    /// Key of its words.
    said: String,
    /// Key of the first line.
    first: String,
    button: Option<Call>,
    own_clinic: bool,
    notes: Vec<&'static str>,
    /// Others, where one number does not do: somebody to talk to, or who finds a hospital at night.
    calls: Vec<Call>,
    violence: bool,
    on: bool,
}

/// The lists of a form in the order of its choices, those of feelings last, with what was tapped already. `child`: one
/// lives there, or may.
pub(super) fn shown(app: &App, lists: &[List], typed: &[String], child: bool) -> Vec<Shown> {
    let (published, now) = (app.published(), app.zoned());
    let contacts = &published.library.contacts;
    let mut offered: Vec<List> = Vec::new();
    for list in lists.iter().copied().filter(|l| *l != List::Feelings).chain([List::Feelings]) {
        if !offered.contains(&list) {
            offered.push(list);
        }
    }
    offered
        .into_iter()
        .map(|list| {
            let fits = |t: &&Tap| child || t.danger != Danger::HarmChild || typed.iter().any(|id| id == t.id);
            let taps: Vec<ShownTap> =
                list.taps().iter().filter(fits).map(|t| one(list, t, contacts, &now, typed)).collect();
            Shown { id: list.id(), title: format!("taps_{}", list.id()), open: taps.iter().any(|t| t.on), taps }
        })
        .collect()
}

fn one(list: List, tap: &Tap, contacts: &[EmergencyContact], now: &Zoned, typed: &[String]) -> ShownTap {
    let whom = aid::whom(&[tap.danger], whose(list), contacts, Some(now));
    let more = !tap.danger.medical() || tap.danger == Danger::Ingestion;
    ShownTap {
        id: tap.id,
        said: format!("tap_{}", tap.id),
        first: tap.first_line(),
        button: whom.button.map(Call::from),
        own_clinic: whom.own_clinic,
        notes: whom
            .notes
            .into_iter()
            .map(|n| if list == List::Pregnancy { n } else { n.without_a_handbook() }.key())
            .collect(),
        calls: if more {
            whom.others
                .into_iter()
                .chain(whom.ambulance.filter(|_| tap.danger.medical()))
                .take(MOST)
                .map(Call::from)
                .collect()
        } else {
            Vec::new()
        },
        violence: tap.danger == Danger::Violence,
        on: typed.iter().any(|t| t == tap.id),
    }
}

fn whose(list: List) -> Whose {
    match list {
        List::Pregnancy | List::After => Whose::Mother,
        List::Baby | List::Child => Whose::Child,
        List::Feelings => Whose::Unknown,
    }
}

/// What was tapped in these lists and among the feelings; an empty set for 「どれもない」, `None` for nothing at all.
/// What was tapped for somebody else before the choice was changed does not count.
pub(super) fn tapped(lists: &[List], typed: &[String]) -> Option<BTreeSet<Danger>> {
    let of = |id: &String| lists.iter().chain(&[List::Feelings]).find_map(|l| l.tap(id)).map(|t| t.danger);
    let dangers: BTreeSet<Danger> = typed.iter().filter_map(of).collect();
    (!dangers.is_empty() || typed.iter().any(|t| t == NONE)).then_some(dangers)
}

/// What was tapped with a first line of its own, by its danger; not where another tap of the same danger says something
/// else.
pub(super) fn lines(lists: &[List], typed: &[String]) -> BTreeMap<Danger, String> {
    let mut lines = BTreeMap::new();
    for tap in typed.iter().filter_map(|id| lists.iter().chain(&[List::Feelings]).find_map(|l| l.tap(id))) {
        let line = lines.entry(tap.danger).or_insert_with(|| tap.first_line());
        if *line != tap.first_line() {
            *line = aid::first_line(tap.danger);
        }
    }
    lines
}

/// Was anything tapped that is tapped in pregnancy alone?
pub(super) fn of_pregnancy(lists: &[List], typed: &[String]) -> bool {
    lists.contains(&List::Pregnancy) && typed.iter().any(|id| List::Pregnancy.tap(id).is_some())
}

/// Was 「どれもない」 tapped?
pub(super) fn none(typed: &[String]) -> bool {
    typed.iter().any(|t| t == NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_the_choice_counts() {
        let typed = |ids: &[&str]| ids.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            tapped(&[List::Pregnancy], &typed(&["bleeding", "baby_fever", "?"])),
            Some([Danger::Bleeding].into())
        );
        assert_eq!(tapped(&[], &typed(&["die", "bleeding"])), Some([Danger::Suicide].into()));
        assert_eq!(tapped(&[List::Child], &typed(&["none"])), Some(BTreeSet::new()));
        assert_eq!(tapped(&[List::Child], &typed(&["none", "limp"])), Some([Danger::Vital].into()));
        assert_eq!(tapped(&[List::Child], &typed(&["bleeding"])), None);
        assert_eq!(
            lines(&[List::Pregnancy], &typed(&["fits", "waters"])).into_values().collect::<Vec<_>>(),
            ["first_self", "first_waters"]
        );
        assert_eq!(
            lines(&[List::Pregnancy], &typed(&["labour", "waters"])).into_values().collect::<Vec<_>>(),
            ["first_waters_preterm"]
        );
    }
}
