//! The day that a file is read on in, the days on which reading it would say the same out.

use crate::calendar::{Date, days_between, plus_days};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// From the first to the last day, both included; `None`: without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Days {
    first: Option<Date>,
    last: Option<Date>,
}

impl Days {
    /// Is this day one of them?
    pub(super) fn has(&self, day: Date) -> bool {
        self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last)
    }
}

/// Answers questions about a day, and remembers on which days the answers are the same.
#[derive(Debug)]
pub(super) struct Day {
    today: Date,
    asked: Mutex<Days>,
}

impl Day {
    pub(super) fn new(today: Date) -> Self {
        Self { today, asked: Mutex::default() }
    }
    /// The day itself: the answer holds on no other.
    pub(super) fn exactly(&self) -> Date {
        self.narrow(Days { first: Some(self.today), last: Some(self.today) });
        self.today
    }
    /// Is this date over?
    pub(super) fn is_after(&self, date: Date) -> bool {
        let over = self.today > date;
        self.narrow(if over {
            Days { first: Some(plus_days(date, 1)), last: None }
        } else {
            Days { first: None, last: Some(date) }
        });
        over
    }
    /// How many days until this date, if it is neither over nor more than `most` days ahead; otherwise which of the
    /// two.
    pub(super) fn until(&self, date: Date, most: i32) -> Until {
        if self.is_after(date) {
            return Until::Over;
        }
        let days = days_between(self.today, date);
        if days > most {
            self.is_after(plus_days(date, -most - 1));
            return Until::Far;
        }
        self.exactly();
        Until::Near(days)
    }
    /// On which days the answers given would be the same.
    pub(super) fn asked(&self) -> Days {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn narrow(&self, to: Days) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        // No first day is before every day, no last day after every day.
        let last = match (asked.last, to.last) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        *asked = Days { first: asked.first.max(to.first), last };
    }
}

/// How far away a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It is past.
    Over,
    /// So many days.
    Near(i32),
    /// More than was asked for.
    Far,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use proptest::prelude::*;

    fn ask(today: Date, dates: &[(Date, u8)]) -> (Vec<String>, Days) {
        let day = Day::new(today);
        let answer = |(date, how): &(Date, u8)| match how {
            0 => format!("{}", day.is_after(*date)),
            1 => format!("{:?}", day.until(*date, 60)),
            _ => day.exactly().to_string(),
        };
        (dates.iter().map(answer).collect(), day.asked())
    }

    proptest! {
        #[test]
        fn on_these_days_the_answers_are_the_same(days in prop::collection::vec((0..400i32, 0..3u8), 0..4),
            today in 0..400i32, other in 0..400i32) {
            let on = |days: i32| plus_days(date(2026, 1, 1), days);
            let dates: Vec<(Date, u8)> = days.iter().map(|(d, how)| (on(*d), *how)).collect();
            let (answers, same) = ask(on(today), &dates);
            prop_assert!(same.has(on(today)));
            if same.has(on(other)) {
                prop_assert_eq!(answers, ask(on(other), &dates).0);
            } else {
                // Nothing is read again for nothing.
                prop_assert!(answers != ask(on(other), &dates).0 || dates.len() > 1);
            }
        }
    }
}
