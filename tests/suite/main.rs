//! The one integration test binary; a module for each room.

mod content;
mod layers;
mod support;
