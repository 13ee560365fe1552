//! A question in, a thread that is answered at the desk out.
//!
//! A thread is sealed with the key of whoever asked, or for a guest with a key of its own. Whoever has its link
//! (`/q/<token>`) can read it, and of a household's thread only the person who asked; texts are opened when somebody
//! looks, nowhere else.

mod about;
pub mod care;
mod category;
mod close;
mod desk;
mod erase;
mod forget;
mod found;
mod hours;
mod join;
mod notes;
mod question;
mod quote;
mod record;
mod source;
pub mod state;
mod step;
mod subject;
mod survey;
mod text;
mod thread;
mod ticket;
pub mod waiting;
mod watch;
mod writing;
mod written;

pub use crate::danger::Danger;
pub use about::{Matter, Record, about, stage_for};
pub use care::{Call, Care, Home, calls_now, care, care_for, whose};
pub use category::Category;
pub use close::{Closing, Reason, close, closed_version, reopen};
pub use desk::{Card, Earlier, NewAnswer, answer, by_id, card, others_viewing, read};
pub use erase::{PERSONAL, erase, written_since};
pub use forget::{forget_crowds, forget_guests, guests_before};
pub use found::Found;
pub use hours::desk_hours;
pub use join::join;
pub use notes::{Draft, Kept, Memo, NewMemo, contacted, draft, keep_draft, memos};
pub use question::{More, NewQuestion, ask, follow_up, of_person};
pub use record::{EntryRecord, ThreadRecord, record};
pub use source::Source;
pub use state::{Alarm, Kind, Refusal, Stands, State, SurveyBox, Tag};
pub use step::{Change, Outcome, news_at_desk, news_for_asker};
pub use subject::{Subject, subjects};
pub use survey::{Survey, survey};
pub use text::{LONGEST_ANSWER, LONGEST_QUESTION, bounded, checked_text};
pub use thread::{Author, Consultation, Entry, Milestone, ThreadSummary, by_token, entries, matter, stage_of};
pub use ticket::{issue, redeem};
pub use waiting::{Waiting, Which};
pub use watch::{Alarming, calm, erased_watches, found_in, kinds_under_watch, raise, tapped, under_watch};
pub use written::{Now, Written};

/// For the test that prepares every text.
pub fn sql_texts(db: &crate::db::Db) -> Vec<String> {
    let mut all = waiting::sql_texts(db);
    all.push(watch::marks_sql(db, 3));
    all.extend(erase::sql_texts(db));
    all.extend(
        [
            desk::sql_texts(),
            forget::sql_texts(),
            join::sql_texts(),
            notes::sql_texts(),
            question::sql_texts(),
            step::sql_texts(),
            survey::sql_texts(),
            thread::sql_texts(),
            watch::sql_texts(),
            writing::sql_texts(),
        ]
        .concat(),
    );
    all
}
