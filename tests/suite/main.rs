//! The one integration test binary; a module for each room.

mod consult;
mod content;
mod layers;
mod support;
