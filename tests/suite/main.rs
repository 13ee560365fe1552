//! The one integration test binary; a module for each room.

mod layers;
mod support;
mod content;
