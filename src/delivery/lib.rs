//! Who is to be reached and with what, in; what has gone to whom, out: the database, the keys, the queue, the channels.

// What nobody uses is compiled by nobody. (Tests have crates of their own.)
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod audit;
pub mod channel;
pub mod contact;
pub mod db;
pub mod household;
pub mod letter;
pub mod outbox;
pub mod vault;
pub mod watch;

// The rooms below, by the names that they have in the whole house.
pub use otayori_publishing::{
    aid, calendar, clock, config, content, danger, diag, flyer, mailbox, markdown, masking, paper, press, review,
    search, segment, site, stamp, text, wording,
};
