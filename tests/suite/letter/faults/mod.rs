//! Services that refuse, clocks that jump, weeks that were held, databases that were restored: nobody twice, nobody
//! dropped, nobody forgotten.

mod clocks;
mod held;
mod keys;
mod refusals;
mod restored;

use super::{City, tuesday};
use otayori::clock::Clock;
use otayori::demo::standin;
use otayori::letter;
use otayori::schedule::{Rebuild, Schedule, Sender};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "letter:2026-W48";
const DAY: i64 = 86_400;

fn at(city: &City) -> i64 {
    letter::send_at(tuesday(), &city.config).seconds()
}

fn schedule(city: &City, now: i64) -> Arc<Schedule> {
    let (content, rebuild): (_, Rebuild) = (Arc::new(super::city()), Arc::new(|_| Box::pin(async { Ok(()) })));
    Schedule::new(
        city.config.clone(),
        city.test.db.clone(),
        city.vault.clone(),
        city.memory.carriers(),
        Clock::set(now),
        Arc::new(move || Ok(content.clone())),
        rebuild,
    )
}

/// A sender of real HTTP to a stand-in of LINE, with little patience.
async fn over_line(city: &City, line: &standin::Line) -> Sender {
    Sender { patience: Duration::from_millis(1500), ..city.sender_over(line).await }
}
