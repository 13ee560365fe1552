//! Markdown and a template's data in, a sheet of paper out: set by Typst, exported as PDF and PNG, and looked at before
//! anybody prints it.
//!
//! What stands on a sheet is whose it is: `flyer` makes flyers, handouts and the sheets of reviewers.

pub mod blocks;
mod code;
mod engine;
pub mod faults;
pub mod finished;
pub mod inline;
mod misfit;
mod native;
pub mod output;
pub mod pdf;
pub mod picture;
pub mod proof;
mod run;
pub mod size;
pub mod source;
pub mod workers;

pub use code::Code;
pub use engine::{Engine, Pictures};
pub use faults::broken;
