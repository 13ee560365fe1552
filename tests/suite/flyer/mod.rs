//! Flyers as a printer and a phone see them: rendered, read back and measured.

mod event;
mod handouts;
mod mistakes;
mod pages;
mod pictures;
mod printer;
mod same;
mod sample;
mod site;
mod sizes;
mod units;
