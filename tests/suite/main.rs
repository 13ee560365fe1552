//! The one integration test binary; a module for each room.

mod channel;
mod consult;
mod content;
mod layers;
mod letter;
mod support;
mod site;
