//! Dates in, ages and weeks out: gestational age, months old, school entry, holidays, opening hours, letter weeks.
//! Pure; the only room that names jiff.

pub mod entry;
mod holidays;
mod hours;
pub mod spoken;
mod week;

pub use holidays::{HOLIDAY_YEARS, holiday};
pub use hours::{DeskHours, is_day, is_open};
pub use jiff::civil::{Date, DateTime, Time, Weekday, date};
pub use jiff::tz::TimeZone;
pub use jiff::{Span, Timestamp, ToSpan, Zoned};
pub use week::LetterWeek;

/// Days in a full-term pregnancy: the due date is 40w0d.
pub const TERM_DAYS: i32 = 280;

/// Whole days from `from` to `to`; negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// `date` moved by `days` (clamped at the calendar's ends, years −9999 and 9999).
pub fn plus_days(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

/// A gestational age in completed weeks and days (妊娠週数, 満週数).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GestationalAge {
    days: i32,
}

impl GestationalAge {
    /// The due date (40w0d) is the only anchor kept; 0w0d is 280 days before it, the first day of the last period.
    /// `None` before 0w0d.
    ///
    /// ```
    /// use otayori_publishing::calendar::{GestationalAge, date};
    ///
    /// let due = date(2027, 3, 16);
    /// let age = GestationalAge::on(due, date(2026, 11, 24)).unwrap();
    /// assert_eq!((age.week(), age.day(), age.month()), (24, 0, 7));
    /// // A week over the due date counts on; before the last period there is no pregnancy.
    /// assert_eq!(GestationalAge::on(due, date(2027, 3, 23)).unwrap().week(), 41);
    /// assert_eq!(GestationalAge::on(due, date(2026, 6, 8)), None);
    /// ```
    pub fn on(due: Date, today: Date) -> Option<Self> {
        let days = TERM_DAYS - days_between(today, due);
        (days >= 0).then_some(Self { days })
    }
    /// Completed weeks.
    pub fn week(self) -> i32 {
        self.days / 7
    }
    /// Days beyond the completed week, 0–6.
    pub fn day(self) -> i32 {
        self.days % 7
    }
    /// All days since 0w0d.
    pub fn days(self) -> i32 {
        self.days
    }
    /// 妊娠月数 is counted (数え), four weeks a month: 0–3w is month 1, 36–39w is month 10.
    pub fn month(self) -> i32 {
        self.week() / 4 + 1
    }
}

/// The due date when the last period began on `first_day` (280 days later).
pub fn due_from_last_period(first_day: Date) -> Date {
    plus_days(first_day, TERM_DAYS)
}

/// The first day of the last period that a due date stands for: 40 weeks before.
pub fn last_period(due: Date) -> Date {
    plus_days(due, -TERM_DAYS)
}

/// The day on which a child born on `birth` legally completes `months` (年齢計算ニ関スル法律, 民法143条2項):
/// the day before the corresponding day, or the month's last day if there is none.
///
/// ```
/// use otayori_publishing::calendar::{attained_on, date, months_old};
///
/// assert_eq!(attained_on(date(2026, 3, 1), 1), date(2026, 3, 31));
/// // Born on the last of a long month, or on a leap day.
/// assert_eq!(attained_on(date(2026, 12, 31), 2), date(2027, 2, 28));
/// assert_eq!(attained_on(date(2024, 2, 29), 12), date(2025, 2, 28));
/// // The law's day is the day before; a family says it a day later.
/// assert_eq!(months_old(date(2026, 3, 1), date(2026, 3, 31)), 0);
/// assert_eq!(months_old(date(2026, 3, 1), date(2026, 4, 1)), 1);
/// ```
pub fn attained_on(birth: Date, months: i32) -> Date {
    let same = birth.saturating_add(months.months());
    if same.day() == birth.day() { plus_days(same, -1) } else { same }
}

/// Months a family would say (満月齢): they turn over the day after the legal day. Negative before birth.
pub fn months_old(birth: Date, today: Date) -> i32 {
    let guess =
        (i32::from(today.year()) - i32::from(birth.year())) * 12 + i32::from(today.month()) - i32::from(birth.month());
    if today > attained_on(birth, guess) { guess } else { guess - 1 }
}

/// Corrected months (修正月齢), counted from the due date; negative before it.
pub fn corrected_months(due: Date, today: Date) -> i32 {
    months_old(due, today)
}

/// First day of primary school: the first 1 April on or after the day after six is attained (学校教育法17条).
///
/// ```
/// use otayori_publishing::calendar::{date, school_entry};
///
/// // Whoever is born on 1 April goes with those born in March.
/// assert_eq!(school_entry(date(2020, 4, 1)), date(2026, 4, 1));
/// assert_eq!(school_entry(date(2020, 4, 2)), date(2027, 4, 1));
/// ```
pub fn school_entry(birth: Date) -> Date {
    let after = plus_days(attained_on(birth, 72), 1);
    let april = Date::new(after.year(), 4, 1).unwrap_or(after);
    if after <= april { april } else { april.saturating_add(1.year()) }
}

/// 予防接種: 「from から to に至るまで」, both day-before days included.
pub fn vaccine_window(birth: Date, from: i32, to: i32) -> (Date, Date) {
    (attained_on(birth, from), attained_on(birth, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use date as d;

    /// shinjo-josei.com's published example and the table in the glossary.
    #[test]
    fn gestation() {
        let due = d(2026, 10, 8);
        let on = |y, m, dd| GestationalAge::on(due, d(y, m, dd));
        assert_eq!(on(2025, 12, 31), None);
        for (day, week, rest, month) in [
            (d(2026, 1, 1), 0, 0, 1),
            (d(2026, 3, 26), 12, 0, 4),
            (d(2026, 6, 4), 22, 0, 6),
            (d(2026, 9, 17), 37, 0, 10),
            (d(2026, 10, 7), 39, 6, 10),
            (d(2026, 10, 8), 40, 0, 11),
        ] {
            let age = GestationalAge::on(due, day).unwrap();
            assert_eq!((age.week(), age.day(), age.month()), (week, rest, month), "{day}");
        }
        assert_eq!(due_from_last_period(d(2026, 1, 1)), due);
    }

    /// 厚木市's published vaccine tables.
    #[test]
    fn vaccine_windows() {
        assert_eq!(vaccine_window(d(2018, 4, 1), 2, 60), (d(2018, 5, 31), d(2023, 3, 31)));
        assert_eq!(vaccine_window(d(2018, 4, 1), 3, 90), (d(2018, 6, 30), d(2025, 9, 30)));
        for day in [29, 30, 31] {
            assert_eq!(attained_on(d(2018, 12, day), 2), d(2019, 2, 28));
        }
        assert_eq!(attained_on(d(2018, 12, 31), 60), d(2023, 12, 30));
    }

    #[test]
    fn school() {
        assert_eq!(school_entry(d(2020, 4, 1)), d(2026, 4, 1));
        assert_eq!(school_entry(d(2020, 4, 2)), d(2027, 4, 1));
        assert_eq!(school_entry(d(2020, 3, 31)), d(2026, 4, 1));
        assert_eq!(school_entry(d(2020, 2, 29)), d(2026, 4, 1));
    }

    #[test]
    fn family_months() {
        assert_eq!(months_old(d(2026, 8, 31), d(2027, 2, 28)), 5);
        assert_eq!(months_old(d(2026, 8, 31), d(2027, 3, 1)), 6);
        assert_eq!(months_old(d(2024, 2, 29), d(2025, 2, 28)), 11);
        assert_eq!(months_old(d(2024, 2, 29), d(2025, 3, 1)), 12);
        assert_eq!(months_old(d(2026, 5, 10), d(2026, 5, 10)), 0);
        assert_eq!(corrected_months(d(2026, 7, 10), d(2026, 5, 10)), -2);
        assert_eq!(
            (months_old(d(2026, 1, 15), d(2026, 7, 15)), corrected_months(d(2026, 3, 15), d(2026, 7, 15))),
            (6, 4)
        );
    }

    /// A month never goes back and never skips, from any birthday of two years, for two years.
    #[test]
    fn months_only_go_forward() {
        let mut birth = d(2023, 1, 1);
        while birth < d(2025, 1, 1) {
            let (mut last, mut today) = (-1, birth);
            while today < plus_days(birth, 800) {
                let months = months_old(birth, today);
                assert!(months == last || months == last + 1, "{birth} {today} {last}->{months}");
                (last, today) = (months, plus_days(today, 1));
            }
            birth = plus_days(birth, 1);
        }
    }
}
