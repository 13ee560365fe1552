//! A day in, its letter week out.

use super::{Date, Weekday, plus_days};

/// A letter week (配信週): seven days that begin on the configured day, named by the ISO week of its first day
/// (`2026-W48`).
///
/// Names sort by time, so that outbox keys can be compared as text.
///
/// ```
/// use otayori_publishing::calendar::{LetterWeek, Weekday, date};
///
/// // Weeks of a city whose letters go on Tuesdays: Monday belongs to the week before.
/// let week = LetterWeek::of(date(2026, 11, 30), Weekday::Tuesday);
/// assert_eq!((week.first(), week.to_string().as_str()), (date(2026, 11, 24), "2026-W48"));
/// assert_eq!(LetterWeek::named("2026-W48", Weekday::Tuesday), Some(week));
/// // A year has 52 or 53 of them.
/// assert_eq!(LetterWeek::of(date(2027, 1, 1), Weekday::Tuesday).to_string(), "2026-W53");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterWeek {
    first: Date,
}

impl LetterWeek {
    /// The letter week that holds `day` when weeks begin on `begins`.
    pub fn of(day: Date, begins: Weekday) -> Self {
        let back = (i32::from(day.weekday().to_monday_zero_offset()) - i32::from(begins.to_monday_zero_offset()))
            .rem_euclid(7);
        Self { first: plus_days(day, -back) }
    }
    /// The week of a name (`2026-W48`) when weeks begin on `begins`; `None` if it names none.
    pub fn named(name: &str, begins: Weekday) -> Option<Self> {
        let (year, week) = name.split_once("-W")?;
        let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(week, 2) {
            return None;
        }
        let first = jiff::civil::ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, begins).ok()?.date();
        Some(Self { first })
    }
    /// Its first day, the day on which letters go.
    pub fn first(self) -> Date {
        self.first
    }
    /// Its last day.
    pub fn last(self) -> Date {
        plus_days(self.first, 6)
    }
    /// The week before.
    pub fn previous(self) -> Self {
        Self { first: plus_days(self.first, -7) }
    }
    /// The week after.
    pub fn next(self) -> Self {
        Self { first: plus_days(self.first, 7) }
    }
}

impl std::fmt::Display for LetterWeek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let iso = self.first.iso_week_date();
        write!(f, "{:04}-W{:02}", iso.year(), iso.week())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    #[test]
    fn named_by_its_first_day() {
        for (day, begins, first, name) in [
            (date(2026, 11, 24), Weekday::Tuesday, date(2026, 11, 24), "2026-W48"),
            (date(2026, 11, 23), Weekday::Tuesday, date(2026, 11, 17), "2026-W47"),
            (date(2026, 11, 30), Weekday::Tuesday, date(2026, 11, 24), "2026-W48"),
            (date(2027, 1, 1), Weekday::Tuesday, date(2026, 12, 29), "2026-W53"),
            (date(2027, 1, 3), Weekday::Sunday, date(2027, 1, 3), "2026-W53"),
            (date(2027, 1, 4), Weekday::Monday, date(2027, 1, 4), "2027-W01"),
        ] {
            let week = LetterWeek::of(day, begins);
            assert_eq!((week.first(), week.to_string().as_str()), (first, name), "{day}");
        }
    }

    #[test]
    fn names_that_are_none() {
        for name in ["", "2026", "2026-W", "2026-W54", "2026-W00", "2026-W5", "x026-W05", "2026-W048", "letter"] {
            assert_eq!(LetterWeek::named(name, Weekday::Tuesday), None, "{name}");
        }
    }

    /// Two weeks that follow each other never share a name, whatever day they begin on.
    #[test]
    fn names_sort_by_time() {
        for begins in [Weekday::Monday, Weekday::Tuesday, Weekday::Thursday, Weekday::Sunday] {
            let mut week = LetterWeek::of(date(2020, 1, 1), begins);
            for _ in 0..800 {
                assert_eq!(LetterWeek::named(&week.to_string(), begins), Some(week));
                assert!(week.to_string() < week.next().to_string(), "{week}");
                week = week.next();
            }
        }
    }
}
