//! What a registration says, and the household and its subjects as they are stored.

use crate::calendar::{Date, spoken};
use crate::contact::Contact;
use crate::segment::SubjectKind;
use serde::Serialize;

/// At most this many children (and as many pregnancies) are asked for at once.
pub const MOST_CHILDREN: usize = 6;

/// What a registration says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// In the order of the form; at least one.
    pub subjects: Vec<NewSubject>,
    /// Area id; empty if not told.
    pub area: String,
    /// Language code.
    pub language: String,
    /// The first child? `None` if not told.
    pub first_child: Option<bool>,
    /// Flyer and place it came by, or empty.
    pub code: String,
    /// The wording that was agreed to.
    pub consent_version: String,
}

/// A pregnancy or child to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSubject {
    /// Pregnancy or child.
    pub kind: SubjectKind,
    /// Due date or birth date.
    pub stage_on: Date,
    /// A preterm child's due date.
    pub due_on: Option<Date>,
}

/// A stored household; contacts without their addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Id.
    pub id: String,
    /// Language code.
    pub language: String,
    /// Area id; empty if not told.
    pub area: String,
    /// The first child? `None` if not told.
    pub first_child: Option<bool>,
    /// Flyer and place it came by, or empty.
    pub code: String,
    /// The wording that was agreed to.
    pub consent_version: String,
    /// When, Unix seconds.
    pub consent_at: i64,
    /// Made up by `households generate`.
    pub generated: bool,
    /// Letters stop before this day.
    pub paused_until: Option<Date>,
    /// All letters ended at, Unix seconds.
    pub stopped_at: Option<i64>,
    /// Unix seconds.
    pub created_at: i64,
    /// By slot.
    pub subjects: Vec<Subject>,
    /// Live ones, oldest first.
    pub contacts: Vec<Contact>,
}

impl Household {
    /// Shall pages be quiet about weeks and months? All letters, or those of a subject, were stopped (why is nobody's
    /// business), and no pregnancy was registered after that.
    pub fn quiet(&self) -> bool {
        let last = self.subjects.iter().filter(|s| !s.active()).map(|s| &s.slot).max();
        let newer = last.is_some_and(|last| {
            self.subjects.iter().any(|s| s.active() && s.kind == SubjectKind::Pregnancy && s.slot > *last)
        });
        self.stopped_at.is_some() || last.is_some() && !newer
    }
    /// Where all letters were stopped: those that could come back. The last one that was stopped for itself is among
    /// them, since all ended with it.
    pub fn could_come_back(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().filter(|s| self.stopped_at.is_some() && (s.active() || s.stopped_at == self.stopped_at))
    }
    /// Its newest stop, of all letters or of a subject's, Unix seconds.
    pub fn newest_stop(&self) -> Option<i64> {
        self.subjects.iter().filter_map(|s| s.stopped_at).chain(self.stopped_at).max()
    }
    /// The subject of a slot.
    pub fn subject(&self, slot: &str) -> Option<&Subject> {
        self.subjects.iter().find(|s| s.slot == slot)
    }
}

/// A stored pregnancy or child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Id.
    pub id: String,
    /// `a`, `b`, …
    pub slot: String,
    /// Pregnancy or child.
    pub kind: SubjectKind,
    /// Due date or birth date.
    pub stage_on: Date,
    /// A preterm child's due date.
    pub due_on: Option<Date>,
    /// Its letters ended at, Unix seconds; never why.
    pub stopped_at: Option<i64>,
}

impl Subject {
    /// 23週4日 or 1歳7か月; empty when there is none.
    pub fn stage(&self, today: Date) -> String {
        match self.kind {
            SubjectKind::Pregnancy => spoken::weeks(self.stage_on, today),
            SubjectKind::Child => spoken::age(self.stage_on, today),
        }
    }
    /// Still gets letters, as far as it is concerned itself.
    pub fn active(&self) -> bool {
        self.stopped_at.is_none()
    }
}

/// As in the database.
pub(super) fn first_child_id(first: Option<bool>) -> &'static str {
    match first {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}
