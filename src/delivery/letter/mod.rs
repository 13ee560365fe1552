//! Households and a `Library` in, this week's letters out (plan: pure; snapshot).
//!
//! [`plan()`] only reads and reports; [`enqueue`] writes history, snapshots and the outbox, page by page; [`explain()`]
//! says why one household gets what it gets; [`view`] reads a letter's snapshot for its page, [`left()`] says what of it
//! may stand there after a stop. The choice itself is pure: [`Rules::choose`].

mod ahead;
mod audience;
mod choose;
mod explain;
mod left;
mod notes;
mod numbers;
mod plan;
mod read;
mod received;
mod rules;
mod snapshot;
mod stage;
mod tally;
mod why;
mod write;

pub use ahead::{Ahead, ahead, bring_back};
pub use audience::{Audience, audience};
pub use choose::{Choice, Item, Reasons, Verdict, What};
pub use explain::{Delivery, Explanation, explain};
pub use left::{Left, left};
pub use notes::NOTES;
pub use numbers::Numbers;
pub use plan::{HeldBack, Items, Message, PlannedItem, Report, Requests, SegmentCount, plan, plan_by};
pub use read::{Household, Subject};
pub use received::{PERSONAL, Received, erase, has_begun, of_week, received};
pub use rules::Rules;
pub use snapshot::{line_notice, notice, view};
pub use tally::{KEPT_WEEKS, is_gone, prune, tally};
pub use why::{Because, Why};
pub use write::{Enqueued, enqueue};

use crate::calendar::{Date, LetterWeek};
use crate::config::Config;
use crate::db::Db;

/// The letter week of a day in this city.
pub fn week_of(day: Date, config: &Config) -> LetterWeek {
    LetterWeek::of(day, config.letter_day)
}

/// The outbox key of a week's letters: `letter:2026-W48`. Keys sort by time.
pub fn key_of(week: LetterWeek) -> String {
    format!("letter:{week}")
}

/// The hour at which a day's letters go. It belongs to the day that is sent and names a run; it is never what time it
/// is (that is a [`Wall`](crate::clock::Wall)), and nothing turns the one into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendHour(i64);

impl SendHour {
    /// In Unix seconds, as `runs.due_at` keeps it.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

/// When the letters of `day` go: the configured time in the city's zone.
pub fn send_at(day: Date, config: &Config) -> SendHour {
    SendHour(day.to_datetime(config.letter_time).to_zoned(config.zone.clone()).map_or(0, |z| z.timestamp().as_second()))
}

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    [
        numbers::sql_texts(db),
        read::sql_texts(),
        snapshot::sql_texts(db),
        write::sql_texts(db),
        explain::sql_texts(),
        received::sql_texts(),
        ahead::sql_texts(),
        tally::sql_texts(db),
    ]
    .concat()
}
