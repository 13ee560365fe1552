//! A clock in, due jobs done once: the weekly run, dispatch of the outbox, rebuilding the site.

mod clock;
mod deliver;
mod dispatch;

pub use clock::Clock;
pub use deliver::{Deliver, Delivery};
pub use dispatch::{Dispatcher, LEASE_SECONDS, Tallies, Tally, add};
