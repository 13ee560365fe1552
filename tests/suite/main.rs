//! The one integration test binary; a module for each room.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod arrivals;
mod browser;
mod channel;
mod commands;
mod consult;
mod content;
mod demo;
mod flyer;
mod full;
mod household;
mod incremental;
mod killed;
mod layers;
mod letter;
mod ops;
mod site;
mod support;
