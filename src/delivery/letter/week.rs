//! A letter week of this city: its name as a key, and the hour at which its letters go.

use crate::calendar::{Date, LetterWeek};
use crate::config::Config;

/// The letter week of a day in this city.
pub fn week_of(day: Date, config: &Config) -> LetterWeek {
    LetterWeek::of(day, config.letter_day)
}

/// The outbox key of a week's letters: `letter:2026-W48`. Keys sort by time.
pub fn key_of(week: LetterWeek) -> String {
    format!("letter:{week}")
}

/// The hour at which a day's letters go. It belongs to the day that is sent and names a run; it is never what time it
/// is (that is a [`Wall`](crate::clock::Wall)), and nothing turns the one into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendHour(i64);

impl SendHour {
    /// In Unix seconds, as `runs.due_at` keeps it.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

/// When the letters of `day` go: the configured time in the city's zone.
pub fn send_at(day: Date, config: &Config) -> SendHour {
    SendHour(day.to_datetime(config.letter_time).to_zoned(config.zone.clone()).map_or(0, |z| z.timestamp().as_second()))
}
