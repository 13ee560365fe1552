//! The one integration test binary; a module for each room.

mod household;
mod layers;
mod support;
