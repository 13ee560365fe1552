//! A message for a contact in, a claimed batch out, settled once: the one queue of everything that is sent.

mod assemble;
mod batch;
mod by_hand;
mod counts;
mod doubt;
mod end;
mod erase;
mod expire;
mod notice;
mod prune;
mod put;
mod settle;
mod split;
pub mod subscription;
mod texts;
mod weeks;

pub use assemble::{Compose, assemble};
pub use batch::{Batch, Begun, Leave, Row, begin, claim, discard, renew};
pub use by_hand::{attempts, bring_back, hasten, mark_left};
pub use counts::{
    Count, Waiting, counts, left_to_others, letters_to_begin, letters_waiting, outcomes, unknown_channels, waiting,
};
pub use doubt::{InDoubt, Which, doubtful, held_back, in_doubt, leave, look_for_doubt, once_more};
pub use end::{End, RowOutcome};
pub use erase::{PERSONAL, answer_key, any_gone, drop_waiting, erase, erase_answers, put_at};
pub use expire::{WORTH_SECONDS, expire};
pub use notice::{Notice, content_hash, heeds_stops};
pub use prune::{forget_messages, prune};
pub use put::{Text, To, enqueue, enqueue_within, put_sql, put_texts};
pub use settle::{end_waiting, later, not_begun, settle_batch, settle_rows};
pub use split::split;
pub use texts::{hashes_of, letter_text, notices, notices_of, texts, weeks_before};
pub use weeks::{has_rows, letters_under_way, newest_letter, rows_of};

use crate::db::Db;

/// Every SQL text of this room that is the same on both databases or made by `db`, for the test that prepares them all.
pub fn sql_texts(db: &Db) -> Vec<String> {
    [
        counts::sql_texts(),
        by_hand::sql_texts(db),
        doubt::sql_texts(db),
        erase::sql_texts(db),
        put::sql_texts(db),
        texts::sql_texts(db),
        assemble::sql_texts(),
        batch::sql_texts(db),
        settle::sql_texts(db),
        expire::sql_texts(),
        split::sql_texts(),
        prune::sql_texts(),
        weeks::sql_texts(),
    ]
    .concat()
}
