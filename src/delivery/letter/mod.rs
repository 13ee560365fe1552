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
mod week;
mod why;
mod write;

pub use ahead::{Ahead, ahead, bring_back};
pub use audience::{Audience, audience};
pub use choose::{Choice, Item, Verdict, What};
pub use explain::{Delivery, Explanation, explain};
pub use left::{Left, left};
pub use notes::NOTES;
pub use numbers::Numbers;
pub use plan::{HeldBack, Items, Message, PlannedItem, Report, Requests, SegmentCount, plan, plan_by};
pub use read::{Household, Subject};
pub use received::{PERSONAL, Received, erase, has_begun, of_week, received};
pub use rules::{Reasons, Rules};
pub use snapshot::{line_notice, notice, view};
pub use tally::{KEPT_WEEKS, is_gone, prune, tally};
pub use week::{SendHour, key_of, send_at, week_of};
pub use why::{Because, Why};
pub use write::{Enqueued, enqueue};

use crate::db::Db;

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
