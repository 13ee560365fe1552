//! What people who do not know this program bring to it, and what no person would write.

mod folder;
mod fuzz;
mod oddities;
