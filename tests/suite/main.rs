//! The one integration test binary; a module for each room.

mod content;
mod flyer;
mod layers;
mod support;
