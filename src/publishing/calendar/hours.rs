//! An instant and opening hours in, "is it open" and "until when is the answer due" out. Pure.

use super::holidays::holiday;
use super::{Date, Time, Weekday, Zoned, plus_days};

/// Is a place open at `at`, by days (`all`, `weekdays`, `weekends`, `holidays`, `mon` … `sun`) and minutes of the day?
///
/// An end past 1440 belongs to the night after the day it began on (`from` 1140, `to` 1920: 19:00 to 08:00 next day).
pub fn is_open(days: &[String], from: u32, to: u32, at: &Zoned) -> bool {
    let minute = at.hour() as u32 * 60 + at.minute() as u32;
    let fits = |day: Date, minute: u32| (from..to).contains(&minute) && days.iter().any(|name| is_day(name, day));
    fits(at.date(), minute) || fits(plus_days(at.date(), -1), minute + 1440)
}

/// Is `day` of the kind `name`? `weekdays` are Monday to Friday without national holidays; a name that is none of ours
/// fits no day.
pub fn is_day(name: &str, day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    match name {
        "all" => true,
        "weekdays" => !weekend && holiday(day).is_none(),
        "weekends" => weekend,
        "holidays" => holiday(day).is_some(),
        short => ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            .get(day.weekday().to_monday_zero_offset() as usize)
            .is_some_and(|d| *d == short),
    }
}

/// On which days and until when somebody answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskHours {
    days: String,
    opens: Time,
    closes: Time,
    closed: Vec<((i8, i8), (i8, i8))>,
}

impl DeskHours {
    /// `days`: `weekdays` or `all`; `closes`: `17:00`; `closed`: ranges of days of every year as (`12-29`, `01-03`),
    /// both included. `Err` is the part that cannot be read.
    pub fn new<'a>(
        days: &str,
        closes: &str,
        closed: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, String> {
        if !matches!(days, "weekdays" | "all") {
            return Err(days.to_owned());
        }
        let time = closes.parse().map_err(|_| closes.to_owned())?;
        let closed = closed
            .into_iter()
            .map(|(from, to)| Ok((month_day(from)?, month_day(to)?)))
            .collect::<Result<_, String>>()?;
        Ok(Self { days: days.to_owned(), opens: Time::midnight(), closes: time, closed })
    }

    /// From when on somebody reads: `09:00`, before the closing time. `Err` is what cannot be read.
    pub fn opening(self, opens: &str) -> Result<Self, String> {
        let time: Time = opens.parse().map_err(|_| opens.to_owned())?;
        if time < self.closes { Ok(Self { opens: time, ..self }) } else { Err(opens.to_owned()) }
    }

    /// When somebody reads next; `None` while somebody does. A desk that is closed all year: as [`DeskHours::due`].
    pub fn next_opening(&self, now: &Zoned) -> Option<Zoned> {
        let (today, time) = (now.date(), now.time());
        let open = self.is_desk_day(today);
        if open && (self.opens..self.closes).contains(&time) {
            return None;
        }
        let from = if open && time < self.opens { today } else { plus_days(today, 1) };
        let day = (0..366)
            .map(|n| plus_days(from, n))
            .find(|day| self.is_desk_day(*day))
            .unwrap_or_else(|| plus_days(from, 366));
        Some(day.to_datetime(self.opens).to_zoned(now.time_zone().clone()).unwrap_or_else(|_| now.clone()))
    }

    /// Does somebody answer on `day`?
    pub fn is_desk_day(&self, day: Date) -> bool {
        let now = (day.month(), day.day());
        let shut = self
            .closed
            .iter()
            .any(|(from, to)| if from <= to { (*from..=*to).contains(&now) } else { now >= *from || now <= *to });
        !shut && is_day(&self.days, day)
    }

    /// Until when a question of this instant is answered: the closing time of the next desk day after it.
    ///
    /// A desk that is closed all year never answers; then it is the closing time a year later, so that somebody
    /// notices.
    pub fn due(&self, asked: &Zoned) -> Zoned {
        let tomorrow = plus_days(asked.date(), 1);
        let day = (0..366)
            .map(|n| plus_days(tomorrow, n))
            .find(|day| self.is_desk_day(*day))
            .unwrap_or_else(|| plus_days(tomorrow, 366));
        day.to_datetime(self.closes).to_zoned(asked.time_zone().clone()).unwrap_or_else(|_| asked.clone())
    }
}

/// `12-29` as (12, 29); checked against the longest form of each month.
fn month_day(text: &str) -> Result<(i8, i8), String> {
    let parse = || {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        Date::new(2024, month, day).ok().map(|_| (month, day))
    };
    parse().ok_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{TimeZone, date};
    use proptest::prelude::*;

    fn at(text: &str) -> Zoned {
        let at: crate::calendar::DateTime = text.parse().unwrap();
        at.to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap()
    }
    fn days(names: &str) -> Vec<String> {
        names.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn due_is_the_next_desk_day() {
        let desk = DeskHours::new("weekdays", "17:00", [("12-29", "01-03")]).unwrap();
        for (asked, due) in [
            ("2026-11-24T22:41", "2026-11-25T17:00"), // Tuesday
            ("2026-11-24T00:00", "2026-11-25T17:00"),
            ("2026-11-20T09:00", "2026-11-24T17:00"), // Friday before a three-day weekend
            ("2026-12-28T18:00", "2027-01-04T17:00"),
            ("2026-12-27T18:00", "2026-12-28T17:00"),
            ("2026-12-31T23:59", "2027-01-04T17:00"),
            ("2026-09-18T10:00", "2026-09-24T17:00"), // the five days of September 2026
        ] {
            assert_eq!(desk.due(&at(asked)), at(due), "{asked}");
        }
        let every = DeskHours::new("all", "20:30", []).unwrap();
        assert_eq!(every.due(&at("2026-11-21T10:00")), at("2026-11-22T20:30"));
        let never = DeskHours::new("all", "17:00", [("01-01", "12-31")]).unwrap();
        assert!(never.due(&at("2026-11-21T10:00")) > at("2027-11-01T00:00"));
    }

    #[test]
    fn says_when_somebody_reads_next() {
        let desk = DeskHours::new("weekdays", "17:00", [("12-29", "01-03")]).unwrap().opening("08:30").unwrap();
        for (now, next) in [
            ("2026-11-24T08:29", Some("2026-11-24T08:30")), // Tuesday
            ("2026-11-24T08:30", None),
            ("2026-11-24T16:59", None),
            ("2026-11-24T17:00", Some("2026-11-25T08:30")),
            ("2026-11-24T03:00", Some("2026-11-24T08:30")),
            ("2026-11-21T12:00", Some("2026-11-24T08:30")), // a Saturday before a holiday
            ("2026-12-28T20:00", Some("2027-01-04T08:30")),
        ] {
            assert_eq!(desk.next_opening(&at(now)), next.map(at), "{now}");
        }
        let hours = || DeskHours::new("all", "17:00", []).unwrap();
        assert_eq!((hours().opening("17:00"), hours().opening("noon")), (Err("17:00".into()), Err("noon".into())));
        let never = DeskHours::new("all", "17:00", [("01-01", "12-31")]).unwrap();
        assert!(never.next_opening(&at("2026-11-21T10:00")).unwrap() > at("2027-11-01T00:00"));
    }

    #[test]
    fn says_what_it_cannot_read() {
        assert_eq!(DeskHours::new("sometimes", "17:00", []), Err("sometimes".into()));
        assert_eq!(DeskHours::new("all", "noon", []), Err("noon".into()));
        assert_eq!(DeskHours::new("all", "17:00", [("12-29", "13-03")]), Err("13-03".into()));
    }

    #[test]
    fn open_by_day_and_minute() {
        for (names, from, to, when, open) in [
            ("all", 0, 1440, "2026-11-21T03:00", true),
            ("weekdays", 510, 1035, "2026-11-24T08:30", true),
            ("weekdays", 510, 1035, "2026-11-24T17:15", false),
            ("weekdays", 510, 1035, "2026-11-23T10:00", false), // 勤労感謝の日
            ("holidays", 540, 1020, "2026-11-23T10:00", true),
            ("weekends", 540, 1020, "2026-11-23T10:00", false),
            ("mon", 540, 1020, "2026-11-23T10:00", true),
            ("fri", 1140, 1920, "2026-11-21T07:59", true), // Friday's night goes on into Saturday
            ("fri", 1140, 1920, "2026-11-21T08:00", false),
            ("fri", 1140, 1920, "2026-11-20T07:00", false),
            ("sat sun", 540, 1020, "2026-11-22T09:00", true),
            ("someday", 0, 1440, "2026-11-22T09:00", false),
        ] {
            assert_eq!(is_open(&days(names), from, to, &at(when)), open, "{names} {from}-{to} {when}");
        }
    }

    proptest! {
        #[test]
        fn settings_never_panic(days in ".*", closes in ".*", from in ".*", to in ".*") {
            let _ = DeskHours::new(&days, &closes, [(from.as_str(), to.as_str())]);
        }

        /// Due is always later, on a desk day, and nobody waits longer than a fortnight with the sample's hours.
        #[test]
        fn due_is_soon(offset in 0i32..20_000, minute in 0i32..1440) {
            let desk = DeskHours::new("weekdays", "17:00", [("12-29", "01-03")]).unwrap();
            let day = plus_days(date(2020, 1, 1), offset);
            let asked = day.at((minute / 60) as i8, (minute % 60) as i8, 0, 0).to_zoned(TimeZone::UTC).unwrap();
            let due = desk.due(&asked);
            prop_assert!(due > asked && desk.is_desk_day(due.date()));
            prop_assert!(crate::calendar::days_between(day, due.date()) <= 14);
        }
    }
}
