//! Otayori: a city's medical articles and bulletins in, a letter to each household out, its questions back to a
//! clinician.
//!
//! The rooms and the arrows between them are in `ARCHITECTURE.md`; `tests/suite/layers.rs` checks them.

// What nobody uses is compiled by nobody. (Tests have crates of their own.)
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod aid;
pub mod audit;
pub mod calendar;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consult;
pub mod contact;
pub mod content;
pub mod crowd;
pub mod danger;
pub mod db;
pub mod demo;
pub mod diag;
pub mod engine;
pub mod erasure;
pub mod feedback;
pub mod flyer;
pub mod household;
pub mod letter;
pub mod mailbox;
pub mod markdown;
pub mod masking;
pub mod outbox;
pub mod paper;
pub mod press;
pub mod preview;
pub mod report;
pub mod review;
pub mod runs;
pub mod schedule;
pub mod search;
pub mod segment;
pub mod site;
pub mod staff;
pub mod stamp;
pub mod text;
pub mod vault;
pub mod watch;
pub mod web;
pub mod wording;

// The program's allocator: `main.rs` alone names it.
#[cfg(not(test))]
use mimalloc as _;
