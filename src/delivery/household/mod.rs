//! A registration in, a household with subjects, contacts, consent and stops out.
//!
//! A page's fields become a [`Draft`], a checked draft a [`Registration`], a stored one a [`Household`].

mod change;
mod check;
mod confirm;
mod contact;
mod draft;
mod erase;
pub mod generate;
mod generate_model;
pub mod import;
mod link;
mod mail;
mod outlive;
mod record;
mod stop;
mod store;
mod visit;

pub use crate::outbox::subscription::{LONGEST as LONGEST_SUBSCRIPTION, PushError, Subscription};
pub use change::{
    Fact, Share, born, change_subject, pause, resume, set_fact, start_again, stop_all, stop_subject, undo_stop,
    undo_stop_all,
};
pub use check::{
    NO_CHANNEL, Problem, Rules, Step, birth_typed, born_on, check_step, known_already, pause_until, register,
    subject_changed, subjects_added, subjects_given, write_out,
};
pub use confirm::{Question, confirm_email, next_question, withdraw_email};
pub use contact::{attach_line, attach_push, push_lost, remove_contact};
pub use draft::{Draft, Typed};
pub use erase::{PERSONAL, erase, hold_stopped, stopped};
pub use link::{
    leave, leave_everywhere, pair, remember_stop, remembered_stop, sign_in, sign_in_by_link, use_link, way_of_link,
};
pub use mail::{mail_link, mail_stop_token, stop_mail, stops_mail};
pub use outlive::{bring_stops_back, keep_stops};
pub use record::record;
pub use stop::{Stopped, language, language_of_token, stop, stop_by_token, stop_token, undo_by_token};
pub use store::{
    Facts, Listed, add_subjects, any_generated, correct, count, create, facts, first_at, generated_after, list, load,
    stages, subjects,
};
pub use visit::{flyer_of, known_code, opened, registered, visited};

use crate::calendar::{Date, spoken};
use crate::contact::Contact;
use crate::db::Db;
use crate::segment::SubjectKind;
use serde::Serialize;

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    [
        change::sql_texts(),
        erase::sql_texts(),
        outlive::sql_texts(),
        stop::sql_texts(),
        store::sql_texts(db),
        visit::sql_texts(),
    ]
    .concat()
}

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
