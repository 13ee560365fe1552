//! The one integration test binary; a module for each room.

mod channel;
mod consult;
mod content;
mod household;
mod layers;
mod letter;
mod site;
mod support;
