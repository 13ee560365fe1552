//! The one integration test binary; a module for each room.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect; clippy knows only functions marked as tests")]

mod channel;
mod consult;
mod content;
mod layers;
mod support;
