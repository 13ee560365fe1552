//! The clock on the wall: what it shows now out, as a [`Wall`]; the day whose letters are sent is never read from it.
//!
//! Only edges ask it (`web`, `schedule` and what stands above them; `tests/suite/layers.rs` holds that): rules take
//! `today` or `now`.

mod stand;
mod wall;

pub use stand::{CLOCKS_DIFFER, Stand, erasing_message, shown};
pub use wall::Wall;

use crate::calendar::{TimeZone, Timestamp, Zoned};
use std::time::Instant;

/// The machine's clock, or one that was set.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's.
    System,
    /// The machine's, moved by this many seconds (the demo of another day).
    Shifted(i64),
    /// Began with this Unix second at this moment, and goes on from there.
    Since(i64, Instant),
    /// Stands still (tests).
    Fixed(Timestamp),
}

/// The machine's clock in Unix seconds, whatever day is acted as: services judge our tokens by theirs.
pub fn machine_seconds() -> i64 {
    Clock::System.now().seconds()
}

impl Clock {
    /// The machine's, or one that a test has set (`OTAYORI_NOW`) and that goes on from there.
    pub fn of(now: Option<Timestamp>) -> Self {
        now.map_or(Self::System, |now| Self::set(now.as_second()))
    }
    /// A clock that shows this instant now and goes on.
    pub fn set(unix_seconds: i64) -> Self {
        Self::Since(unix_seconds, Instant::now())
    }
    /// As this one, but for one that stands still: it goes on from where it stands.
    #[must_use]
    pub fn going(self) -> Self {
        match self {
            Self::Fixed(now) => Self::set(now.as_second()),
            Self::System | Self::Shifted(_) | Self::Since(..) => self,
        }
    }
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn timestamp(self) -> Timestamp {
        let at = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        match self {
            Self::System => Timestamp::now(),
            Self::Shifted(by) => at(Timestamp::now().as_second().saturating_add(by)),
            Self::Since(start, since) => at(start.saturating_add(since.elapsed().as_secs() as i64)),
            Self::Fixed(now) => now,
        }
    }
    /// Now, as leases and records are of it.
    pub fn now(self) -> Wall {
        Wall::at(self.timestamp().as_second())
    }
    /// Now, in a zone.
    pub fn zoned(self, zone: &TimeZone) -> Zoned {
        self.timestamp().to_zoned(zone.clone())
    }
}
