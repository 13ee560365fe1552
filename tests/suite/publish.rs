//! Where the commands write, what they leave alone, what they refuse to make a site of or to send: by what stands on
//! the disk, and what went, after.

mod names;
pub mod places;
mod ready;
mod reviews;
mod signed;
mod unread;
