//! Who does a scheduled job, and which weeks nobody has sent.

mod lease;
mod missed;

pub use lease::{LETTERS, Run, bring_back, forget_ahead, hold, last_done, mark, newest, set_up, take, under_way};
pub use missed::missed;

/// Every SQL text of this room, for the test that prepares them all.
pub fn sql_texts() -> Vec<String> {
    [lease::sql_texts(), missed::sql_texts()].concat()
}
