//! Otayori: a city's medical articles and bulletins in, a letter to each household out, its questions back to a
//! clinician.
//!
//! The rooms and the arrows between them are in `ARCHITECTURE.md`; `tests/suite/layers.rs` checks them.

// What nobody uses is compiled by nobody. (Tests have crates of their own.)
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod cli;
pub mod consult;
pub mod crowd;
pub mod demo;
pub mod engine;
pub mod erasure;
pub mod feedback;
pub mod preview;
pub mod report;
pub mod runs;
pub mod schedule;
pub mod staff;
pub mod web;

// The rooms below, by the names that they have in the whole house.
pub use otayori_delivery::{audit, channel, contact, db, household, letter, outbox, vault, watch};
pub use otayori_publishing::{
    aid, calendar, clock, config, content, danger, diag, flyer, mailbox, markdown, masking, paper, press, review,
    search, segment, site, stamp, text, wording,
};

// The program's allocator: `main.rs` alone names it.
#[cfg(not(test))]
use mimalloc as _;
