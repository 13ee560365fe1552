//! The one integration test binary; a module for each room.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod api;
mod arrivals;
mod browser;
mod channel;
mod commands;
mod consult;
mod content;
mod danger;
mod demo;
mod editors;
mod flyer;
mod full;
mod glossary;
mod household;
mod incremental;
mod killed;
mod law;
mod layers;
mod letter;
mod limits;
mod ops;
mod outside;
mod publish;
mod readability;
mod review;
mod routes;
mod search;
mod site;
mod strangers;
mod support;
mod theming;
mod triage;
