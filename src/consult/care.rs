//! Signs of danger, the contacts and the time in; what the red box says and whom it rings out. Pure.

use super::about::Matter;
use super::category::Category;
use super::found::Found;
use crate::aid::{self, Expecting, MaySay, Note, Whom, Whose};
use crate::calendar::Zoned;
use crate::content::EmergencyContact;
use crate::danger::{Danger, Stage};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the box shows: one line, one button, then the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Care {
    /// Anything is in danger; else it is grief alone.
    pub danger: bool,
    /// A loss was written, and no pregnancy goes on.
    pub loss: bool,
    /// After a loss: what her body may have is said beside the grief, whatever else was found.
    pub body: bool,
    /// Key of the first line's words; empty for grief.
    pub first: String,
    /// First lines of the other dangers, each once.
    pub also: Vec<String>,
    /// As it was written, in whole words.
    pub words: Vec<String>,
    /// Thanks come before the first line: it does not thank by itself, and somebody dared to write.
    pub thanks: bool,
    /// Violence: whoever reads along must not find the page.
    pub violence: bool,
    /// The one number.
    pub button: Option<Call>,
    /// Her own clinic's number comes before it, if she keeps it on her device.
    pub own_clinic: bool,
    /// Keys of the words below the button.
    pub notes: Vec<&'static str>,
    /// The ambulance, where it is not the button.
    pub ambulance: Option<Call>,
    /// Other contacts that are open now and fit, the best first.
    pub calls: Vec<Call>,
    /// Ways for those who cannot speak or hear.
    pub relays: Vec<Call>,
}

/// A contact to ring, or to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// As in the file.
    pub id: String,
    /// Whom.
    pub title: String,
    /// As shown.
    pub number: String,
    /// Behind `tel:`; empty if there is nothing to dial.
    pub dial: String,
    /// Where there is nothing to dial.
    pub url: String,
    /// Hours as shown.
    pub hours: String,
    /// When to use it.
    pub when: String,
}

impl From<&EmergencyContact> for Call {
    fn from(c: &EmergencyContact) -> Self {
        Self {
            id: c.id.clone(),
            title: c.title.clone(),
            number: c.number.clone(),
            dial: c.dial(),
            url: c.url.clone(),
            hours: c.hours.clone(),
            when: c.when.clone(),
        }
    }
}

/// The box for a guest's text of which no more is known, or `None` when no sign was found in it.
pub fn care(text: &str, category: Category, contacts: &[EmergencyContact], now: &Zoned) -> Option<Care> {
    care_for(Found::in_text(text, Stage::Unknown), Matter::of_guest(category), contacts, now)
}

/// What may be said of what was found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lines {
    /// What is rung for, with what is said of it.
    by_danger: BTreeMap<Danger, Vec<LineOf>>,
    /// What is rung for as something graver: its contacts stand below.
    below: BTreeSet<Danger>,
    /// Something may not be said.
    left_out: bool,
}

/// A line, by its key, and the danger of which it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LineOf {
    of: Danger,
    line: String,
    /// It says of another danger what cannot be said of the one that was found.
    in_place: bool,
}

impl Lines {
    /// A line that was found for itself fits better than one in another's place; of those in another's place one is
    /// enough.
    fn tell(&mut self, rung: Danger, told: LineOf) {
        let lines = self.by_danger.entry(rung).or_default();
        if !told.in_place {
            lines.retain(|known| !known.in_place);
        }
        if (lines.is_empty() || !told.in_place) && !lines.iter().any(|known| known.line == told.line) {
            lines.push(told);
        }
    }

    /// All that is heard in what was written and tapped, however it is rung for.
    fn heard(&self) -> BTreeSet<Danger> {
        let told = self.by_danger.values().flatten().map(|told| told.of);
        told.chain(self.by_danger.keys().copied()).chain(self.below.iter().copied()).collect()
    }
}

/// Who has to be rung at once is told nothing of a child, waters or a cord.
const AT_ONCE: &str = "first_self";

fn lines_of(found: &Found, matter: Matter) -> Lines {
    let expecting = matter.expecting(found.pregnancy, found.written);
    let own = |danger: Danger| found.lines.get(&danger).cloned().unwrap_or_else(|| aid::first_line(danger));
    let mut lines = Lines::default();
    for &danger in &found.dangers {
        let called = found.called.contains(&danger);
        let said = match aid::may_say(danger, expecting, found.written.loss, matter.of_a_child(), called) {
            // Nobody else is there whose illness it could be.
            MaySay::Own if danger == Danger::OtherSick && matter.alone() && !called => MaySay::Line(danger, aid::BODY),
            said => said,
        };
        let (rung, line) = match (said, found.instead.get(&danger)) {
            (MaySay::Nothing, _) => {
                lines.left_out = true;
                continue;
            }
            (MaySay::Own, Some(line)) => {
                lines.below.extend(&line.below);
                (line.rings.unwrap_or(danger), aid::line(&line.id))
            }
            (MaySay::Own, None) => (danger, own(danger)),
            (MaySay::Danger(other) | MaySay::Line(other, _), Some(line)) if line.rings == Some(Danger::Vital) => {
                lines.below.insert(other);
                (Danger::Vital, AT_ONCE.to_owned())
            }
            (MaySay::Danger(other), _) => (other, own(other)),
            (MaySay::Line(other, line), _) => (other, line.to_owned()),
        };
        if said == MaySay::Own && rung != danger {
            lines.below.insert(danger);
        }
        lines.tell(rung, LineOf { of: danger, line, in_place: said != MaySay::Own });
    }
    lines
}

/// The box for what was found, or `None` for nothing.
pub fn care_for(found: Found, matter: Matter, contacts: &[EmergencyContact], now: &Zoned) -> Option<Care> {
    let loss = found.written.loss;
    if found.dangers.is_empty() && !loss {
        return None;
    }
    let lines = lines_of(&found, matter);
    let heard = lines.heard();
    let Lines { by_danger: lines, below, left_out } = lines;
    let relays = contacts.iter().filter(|c| c.kind == "relay").map(Call::from).collect();
    let dangers = aid::in_order(&lines.keys().copied().collect());
    let mut told = dangers.iter().flat_map(|danger| lines.get(danger).into_iter().flatten());
    let Some(first) = told.next() else {
        // After a loss her body may need somebody, too, whatever was found in her words, stopped or not.
        let body = left_out
            || (matter.expecting(found.pregnancy, found.written) != Expecting::Yes
                && matter.category != Category::Child);
        // Her clinic, and no other number in a box that is to be quiet.
        let whom = body.then(|| aid::whom(&[Danger::Haemorrhage], Whose::Mother, contacts, Some(now)));
        let clinic = whom.and_then(|w| w.button).filter(|c| aid::is_clinic(c));
        let calls = aid::after_a_loss(contacts, Some(now)).into_iter().map(Call::from).collect();
        return Some(Care {
            danger: false,
            loss,
            body,
            first: String::new(),
            also: Vec::new(),
            words: Vec::new(),
            thanks: false,
            violence: false,
            button: clinic.map(Call::from),
            own_clinic: body,
            notes: if body { vec![Note::ClinicCard.key()] } else { Vec::new() },
            ambulance: None,
            calls,
            relays,
        });
    };
    let rung: Vec<Danger> =
        dangers.iter().copied().chain(below.into_iter().filter(|d| !lines.contains_key(d))).collect();
    let Whom { button, own_clinic, notes, ambulance, others } = aid::whom(&rung, whose_is(matter), contacts, Some(now));
    let pregnant = matter.expecting(found.pregnancy, found.written) == Expecting::Yes;
    let violence = heard.iter().any(|d| matches!(d, Danger::Violence | Danger::ChildAbuseSeen));
    let mut also = Vec::new();
    for line in told.map(|told| &told.line) {
        if !also.contains(line) && *line != first.line {
            also.push(line.clone());
        }
    }
    Some(Care {
        danger: true,
        loss: loss && !pregnant,
        body: false,
        first: first.line.clone(),
        also,
        // Nothing of what a violent person did is said back.
        words: if violence { Vec::new() } else { found.words },
        thanks: !aid::thanked(first.of) && heard.iter().any(|d| aid::thanked(*d)),
        violence,
        button: button.map(Call::from),
        own_clinic,
        notes: notes.into_iter().map(|n| if pregnant { n } else { n.without_a_handbook() }.key()).collect(),
        ambulance: ambulance.map(Call::from),
        calls: others.into_iter().map(Call::from).collect(),
        relays,
    })
}

/// So many numbers stand open where nobody said what is the matter.
const AT_FIRST: usize = 3;

/// Who lives in a household, as far as it is registered: what fits whom to ring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Home {
    /// A pregnancy goes on, or a child is in its first year.
    pub mother: bool,
    /// A child whose letters were not stopped.
    pub child: bool,
    /// Something was stopped: why is nobody's business, so somebody to talk to comes first.
    pub quiet: bool,
}

/// Whom a household can ring now, whatever is the matter: her clinic, advice for a sick child, somebody who listens, as
/// it fits who lives there; then all others. What somebody wrote decides nothing.
pub fn calls_now(contacts: &[EmergencyContact], now: &Zoned, home: Home) -> (Vec<Call>, Vec<Call>) {
    let best = |danger: Danger, whose: Whose| {
        aid::whom(&[danger], whose, contacts, Some(now)).button.filter(|c| c.kind != "danger")
    };
    let listens = best(Danger::Suicide, Whose::Unknown);
    let clinic = best(Danger::Haemorrhage, Whose::Mother).filter(|c| home.mother || (home.quiet && aid::is_clinic(c)));
    let child = best(Danger::OtherSick, Whose::Child).filter(|_| home.child);
    let grief = aid::after_a_loss(contacts, Some(now)).into_iter().next().filter(|_| home.quiet);
    let open = || contacts.iter().filter(|c| aid::open_now(c, Some(now)) && !c.dial().is_empty());
    // The ambulance and the city's own fill up.
    let rest = |kind: &'static str| open().find(move |c| c.kind == kind);
    let fitting = if home.quiet { [grief, listens, clinic, child] } else { [clinic, child, listens, None] };
    let mut seen = BTreeSet::new();
    let first: Vec<_> = fitting
        .into_iter()
        .chain(["danger", "mind", "city"].map(rest))
        .flatten()
        .filter(|c| seen.insert(c.id.as_str()))
        .take(AT_FIRST)
        .collect();
    const KINDS: [&str; 6] = ["danger", "general", "mind", "city", "child", "violence"];
    let fits = |c: &&EmergencyContact| home.child || !home.quiet || c.kind != "child" || !aid::for_children(c);
    let mut more: Vec<_> = open()
        .filter(fits)
        .filter(|c| !first.iter().any(|f| f.id == c.id))
        .filter_map(|c| Some((KINDS.iter().position(|kind| *kind == c.kind)?, c)))
        .collect();
    more.sort_by_key(|(n, _)| *n);
    (first.into_iter().map(Call::from).collect(), more.into_iter().map(|(_, c)| Call::from(c)).collect())
}

/// Who is in danger, by what the question is about and who lives there: where no child does, it is herself.
fn whose_is(matter: Matter) -> Whose {
    if matter.alone() { Whose::Mother } else { whose(matter.category) }
}

/// Who is in danger, by what the question is about.
pub fn whose(category: Category) -> Whose {
    match category {
        Category::Pregnancy | Category::Body => Whose::Mother,
        Category::Child => Whose::Child,
        Category::Own => Whose::Unknown,
    }
}

#[cfg(test)]
mod tests;
