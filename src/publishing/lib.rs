//! What a city's clinicians write, in; pages, sheets, search and every mistake in them, out.
//!
//! The lower half of the house ([`ARCHITECTURE.md`](../../../ARCHITECTURE.md)): rooms that need no database and no
//! network. It is compiled beside the crates of both.

// What nobody uses is compiled by nobody. (Tests have crates of their own.)
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod aid;
pub mod calendar;
pub mod clock;
pub mod config;
pub mod content;
pub mod danger;
pub mod diag;
pub mod flyer;
pub mod mailbox;
pub mod markdown;
pub mod masking;
pub mod paper;
pub mod press;
pub mod review;
pub mod search;
pub mod segment;
pub mod site;
pub mod stamp;
pub mod text;
pub mod wording;
