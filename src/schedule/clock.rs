//! The only clock beside `web`'s. What it shows is a [`Wall`]; the day whose letters are sent is never read from it.

use crate::calendar::{TimeZone, Timestamp, Wall, Zoned};
use crate::config::Services;
use std::time::Instant;

/// The machine's clock, or one that was set and goes on from there (the demo of another day, tests).
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's.
    System,
    /// Began with this Unix second at this moment.
    Since(i64, Instant),
}

/// The machine's clock in Unix seconds, whatever day is acted as: services judge our tokens by theirs.
pub fn wall() -> i64 {
    Clock::System.now().seconds()
}

impl Clock {
    /// The machine's, or the one that a test has set (`OTAYORI_NOW`).
    pub fn of(services: &Services) -> Self {
        services.now.map_or(Self::System, |now| Self::set(now.as_second()))
    }
    /// A clock that shows this instant now and goes on.
    pub fn set(unix_seconds: i64) -> Self {
        Self::Since(unix_seconds, Instant::now())
    }
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(self) -> Wall {
        Wall::at(match self {
            Self::System => Timestamp::now().as_second(),
            Self::Since(start, since) => start + since.elapsed().as_secs() as i64,
        })
    }
    /// Now, in a zone.
    pub fn zoned(self, zone: &TimeZone) -> Zoned {
        Timestamp::from_second(self.now().seconds()).unwrap_or(Timestamp::MAX).to_zoned(zone.clone())
    }
}
