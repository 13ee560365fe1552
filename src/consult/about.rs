//! What is on record of a household, the matter, what was tapped and written in; what it is about by now and whether a
//! pregnancy goes on, out. Pure.

use super::category::Category;
use super::found::Found;
use super::subject::Subject;
use super::written::{Now, Written};
use crate::aid::Expecting;
use crate::calendar::{Date, GestationalAge, days_between};
use crate::danger::Stage;
use crate::segment::SubjectKind;

/// What a thread is about by now, for its title, its record and what can be tapped in it: of a pregnancy or a child
/// that was stopped nothing speaks any more, and after a birth it is the body's. A guest's thread that was joined to a
/// household may name no subject; it is about a pregnancy only where one goes on.
pub fn about(category: Category, slot: &str, subjects: &[Subject]) -> Category {
    let of_it = |s: &&Subject| s.category() == category;
    let goes_on = match (category, subjects.iter().find(|s| s.slot == slot)) {
        (_, Some(subject)) => !subject.stopped && of_it(&subject),
        (Category::Child, None) => {
            subjects.iter().any(|s| !s.stopped && of_it(&s)) || !subjects.iter().any(|s| of_it(&s))
        }
        (_, None) => subjects.iter().any(|s| !s.stopped && of_it(&s)),
    };
    match category {
        Category::Pregnancy if !goes_on => Category::Body,
        Category::Child if !goes_on => Category::Own,
        other => other,
    }
}

/// What is on record of who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// A guest: nothing.
    Guest,
    /// A pregnancy goes on.
    Pregnant,
    /// A pregnancy was stopped, and none goes on. Why is not kept.
    Stopped,
    /// No pregnancy is known.
    Without,
}

impl Record {
    /// Of a household's subjects.
    pub fn of(subjects: &[Subject]) -> Self {
        let pregnancies = || subjects.iter().filter(|s| s.kind == SubjectKind::Pregnancy);
        if pregnancies().any(|s| !s.stopped) {
            Self::Pregnant
        } else if pregnancies().next().is_some() {
            Self::Stopped
        } else {
            Self::Without
        }
    }
}

/// What a question is about, as far as it decides what may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    /// By now.
    pub category: Category,
    /// What is on record.
    pub record: Record,
    /// A child is on record whose letters go on.
    pub child: bool,
    /// More than one pregnancy is on record that goes on.
    pub twins: bool,
}

impl Matter {
    /// A guest's.
    pub fn of_guest(category: Category) -> Self {
        Self { category, record: Record::Guest, child: false, twins: false }
    }
    /// A household's.
    pub fn of_household(category: Category, subjects: &[Subject]) -> Self {
        let live = |kind: SubjectKind| subjects.iter().filter(move |s| s.kind == kind && !s.stopped).count();
        Self {
            category,
            record: Record::of(subjects),
            child: live(SubjectKind::Child) > 0,
            twins: live(SubjectKind::Pregnancy) > 1,
        }
    }
    /// It is about a child that lives, as far as anybody said.
    pub fn of_a_child(&self) -> bool {
        self.category == Category::Child || self.child
    }
    /// Is what asks for a child to be asked? A pregnant household may have an elder one that it has not named; after a
    /// loss nothing asks for what is not there.
    pub fn may_have_a_child(&self, loss: bool) -> bool {
        match self.record {
            Record::Guest => !loss,
            Record::Pregnant => self.of_a_child() || !loss,
            Record::Stopped | Record::Without => self.of_a_child(),
        }
    }
    /// Was it lost, by what was written, and does nothing say that a pregnancy goes on?
    pub fn lost(&self, found: &Found) -> bool {
        found.written.loss && self.expecting(found.pregnancy, found.written) != Expecting::Yes
    }
    /// Key of the words by which a question leads to what helps after a loss, or empty. `from`: it began where nobody
    /// speaks of bellies. A pregnancy that was stopped may have been stopped for any reason, so what leads on from
    /// there names none.
    pub fn help(&self, found: &Found, from: bool) -> &'static str {
        if self.expecting(found.pregnancy, found.written) == Expecting::Yes {
            return "";
        }
        let oneself = matches!(self.category, Category::Body | Category::Own);
        match self.category {
            _ if found.written.loss || (from && oneself) => "loss_help",
            Category::Body if self.record == Record::Pregnant => "loss_help",
            Category::Body if self.record == Record::Stopped => "stop_care",
            _ => "",
        }
    }
    /// She asks for herself, and no child is on record: the pregnancy was stopped.
    pub fn alone(&self) -> bool {
        matches!(self.record, Record::Stopped) && !self.of_a_child()
    }
    /// Does a pregnancy go on? `tapped`: something of pregnancy was tapped.
    pub fn expecting(&self, tapped: bool, written: Written) -> Expecting {
        let Written { loss, now } = written;
        match self.record {
            // Of twins one may live on, and an earlier loss is no loss of this one: nothing is taken from her. Who asks
            // about her body, which stands beside the pregnancy as what comes after it, may not have stopped yet.
            Record::Pregnant if (loss || self.category == Category::Body) && now != Now::Said => Expecting::Unsure,
            Record::Pregnant => Expecting::Yes,
            Record::Guest if self.category == Category::Pregnancy || tapped => {
                if loss && now != Now::Said {
                    Expecting::Unsure
                } else {
                    Expecting::Yes
                }
            }
            Record::Guest if loss && now == Now::No => Expecting::No,
            Record::Guest if loss || now == Now::No => Expecting::Unsure,
            Record::Guest => Expecting::Yes,
            Record::Stopped | Record::Without if tapped => Expecting::Unsure,
            Record::Stopped if now == Now::No => Expecting::No,
            Record::Stopped => Expecting::Unsure,
            Record::Without if loss && now == Now::No => Expecting::No,
            Record::Without if loss || now == Now::No => Expecting::Unsure,
            Record::Without => Expecting::Yes,
        }
    }
}

/// What a question is about as far as it tells what its words mean ([`crate::danger::About`]): of whom it is, and how
/// far or how old on a day. Without subjects (a guest) what was chosen is all that is known.
pub fn stage_for(category: Category, slot: &str, subjects: &[Subject], on: Date) -> Stage {
    let live = |of: Category| {
        let mut all = subjects.iter().filter(move |s| !s.stopped && s.category() == of);
        let chosen = all.clone().find(|s| s.slot == slot);
        let only = all.next().filter(|_| all.next().is_none());
        chosen.or(only)
    };
    let days = |from: Date| u32::try_from(days_between(from, on)).ok();
    match if subjects.is_empty() { category } else { about(category, slot, subjects) } {
        Category::Pregnancy => Stage::Pregnancy(
            live(Category::Pregnancy)
                .and_then(|s| GestationalAge::on(s.stage_on, on))
                .and_then(|age| u32::try_from(age.week()).ok()),
        ),
        Category::Child => Stage::Child(live(Category::Child).and_then(|s| days(s.stage_on))),
        Category::Body => subjects
            .iter()
            .filter(|s| s.kind == SubjectKind::Child)
            .filter_map(|s| days(s.stage_on))
            .min()
            .map_or(Stage::After(u32::MAX), Stage::After),
        Category::Own => Stage::Unknown,
    }
}
