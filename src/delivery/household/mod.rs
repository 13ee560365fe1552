//! A registration in, a household with subjects, contacts, consent and stops out.
//!
//! A page's fields become a [`Draft`], a checked draft a [`Registration`], a stored one a [`Household`].

mod bulk;
mod change;
mod check;
mod confirm;
mod contact;
mod dates;
mod draft;
mod erase;
pub mod generate;
mod generate_model;
pub mod import;
mod link;
mod mail;
mod outlive;
mod read;
mod record;
mod registration;
mod step;
mod stop;
mod store;
mod visit;

pub use crate::outbox::subscription::{LONGEST as LONGEST_SUBSCRIPTION, PushError, Subscription};
pub use change::{
    Fact, Share, born, change_subject, pause, resume, set_fact, start_again, stop_all, stop_subject, undo_stop,
    undo_stop_all,
};
pub use check::{
    NO_CHANNEL, Rules, born_on, check_step, known_already, register, subject_changed, subjects_added, subjects_given,
};
pub use confirm::{Question, confirm_email, next_question, withdraw_email};
pub use contact::{attach_line, attach_push, push_lost, remove_contact};
pub use dates::{birth_typed, pause_until, write_out};
pub use draft::{Draft, Typed};
pub use erase::{PERSONAL, erase, hold_stopped, stopped};
pub use link::{
    leave, leave_everywhere, pair, remember_stop, remembered_stop, sign_in, sign_in_by_link, use_link, way_of_link,
};
pub use mail::{mail_link, mail_stop_token, stop_mail, stops_mail};
pub use outlive::{bring_stops_back, keep_stops};
pub use read::{Facts, Listed, any_generated, count, facts, first_at, generated_after, list, load, stages, subjects};
pub use record::record;
pub use registration::{Household, MOST_CHILDREN, NewSubject, Registration, Subject};
pub use step::{Problem, Step};
pub use stop::{Stopped, language, language_of_token, stop, stop_by_token, stop_token, undo_by_token};
pub use store::{add_subjects, correct, create};
pub use visit::{flyer_of, known_code, opened, registered, visited};

use crate::db::Db;

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    [
        bulk::sql_texts(db),
        change::sql_texts(),
        erase::sql_texts(),
        outlive::sql_texts(),
        read::sql_texts(db),
        stop::sql_texts(),
        store::sql_texts(),
        visit::sql_texts(),
    ]
    .concat()
}
