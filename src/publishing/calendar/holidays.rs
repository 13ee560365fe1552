//! A day in, the national holiday it is out: 国民の祝日に関する法律 as it stands from 2007 on, with its exceptions of
//! 2019–2021.

use super::{Date, Weekday, date, plus_days};

/// First and last year for which the rules (and the equinox formula) hold.
pub const HOLIDAY_YEARS: std::ops::RangeInclusive<i16> = 2007..=2099;

/// The name of the holiday (国民の祝日 or 休日) on `day`; `None` on other days and outside [`HOLIDAY_YEARS`].
///
/// Sundays and Saturdays are not holidays by themselves.
///
/// ```
/// use otayori_publishing::calendar::{date, holiday};
///
/// assert_eq!(holiday(date(2026, 11, 23)), Some("勤労感謝の日"));
/// // Between two holidays, and behind one that fell on a Sunday.
/// assert_eq!(holiday(date(2026, 9, 22)), Some("国民の休日"));
/// assert_eq!(holiday(date(2027, 3, 22)), Some("振替休日"));
/// assert_eq!(holiday(date(2026, 11, 22)), None);
/// ```
pub fn holiday(day: Date) -> Option<&'static str> {
    national_day(day).or_else(|| substitute(day).then_some("振替休日")).or_else(|| between(day).then_some("国民の休日"))
}

/// 3条2項: when a 国民の祝日 falls on a Sunday, the nearest day after it that is no 国民の祝日 is a holiday.
fn substitute(day: Date) -> bool {
    let mut before = plus_days(day, -1);
    while national_day(before).is_some() {
        if before.weekday() == Weekday::Sunday {
            return true;
        }
        before = plus_days(before, -1);
    }
    false
}

/// 3条3項: a day whose neighbours both are 国民の祝日 is a holiday.
fn between(day: Date) -> bool {
    national_day(plus_days(day, -1)).is_some() && national_day(plus_days(day, 1)).is_some()
}

/// 2条: the national days themselves.
fn national_day(day: Date) -> Option<&'static str> {
    let (year, month, dom) = (day.year(), day.month(), day.day());
    if !HOLIDAY_YEARS.contains(&year) {
        return None;
    }
    if let Some(moved) = exception(day) {
        return moved;
    }
    let monday = |nth: i8| day.weekday() == Weekday::Monday && (dom - 1) / 7 + 1 == nth;
    match (month, dom) {
        (1, 1) => Some("元日"),
        (1, _) if monday(2) => Some("成人の日"),
        (2, 11) => Some("建国記念の日"),
        (2, 23) if year >= 2020 => Some("天皇誕生日"),
        (3, d) if d == equinox(year, 20.8431) => Some("春分の日"),
        (4, 29) => Some("昭和の日"),
        (5, 3) => Some("憲法記念日"),
        (5, 4) => Some("みどりの日"),
        (5, 5) => Some("こどもの日"),
        (7, _) if monday(3) => Some("海の日"),
        (8, 11) if year >= 2016 => Some("山の日"),
        (9, _) if monday(3) => Some("敬老の日"),
        (9, d) if d == equinox(year, 23.2488) => Some("秋分の日"),
        (10, _) if monday(2) => Some(if year >= 2020 { "スポーツの日" } else { "体育の日" }),
        (11, 3) => Some("文化の日"),
        (11, 23) => Some("勤労感謝の日"),
        (12, 23) if year <= 2018 => Some("天皇誕生日"),
        _ => None,
    }
}

/// Days that a special law added or took away: the accession of 2019, the Games of 2020 and 2021.
/// `Some(None)` is a day on which the general rule does not hold.
fn exception(day: Date) -> Option<Option<&'static str>> {
    const NAMES: [&str; 3] = ["海の日", "スポーツの日", "山の日"];
    let games = |days: [(i8, i8); 3]| {
        let found = days.iter().position(|d| *d == (day.month(), day.day())).map(|n| NAMES[n]);
        let general = matches!(day.month(), 7 | 8 | 10);
        (found.is_some() || general).then_some(found)
    };
    match day.year() {
        2019 if day == date(2019, 5, 1) => Some(Some("即位の日")),
        2019 if day == date(2019, 10, 22) => Some(Some("即位礼正殿の儀")),
        2020 => games([(7, 23), (7, 24), (8, 10)]),
        2021 => games([(7, 22), (7, 23), (8, 8)]),
        _ => None,
    }
}

/// Day of the month of an equinox, 1980–2099 (海上保安庁水路部『新こよみ便利帳』). The day that counts is announced
/// each February for the year after (国立天文台「暦要項」); formula and announcement have never differed.
fn equinox(year: i16, base: f64) -> i8 {
    let years = f64::from(year) - 1980.0;
    (base + 0.242_194 * years - (years / 4.0).floor()).floor() as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Month and day of every holiday: 内閣府「国民の祝日」 (to 2026) and holiday-jp's table (to 2030).
    const PUBLISHED: [(i16, &str); 11] = [
        (2020, "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0723 0724 0810 0921 0922 1103 1123"),
        (2021, "0101 0111 0211 0223 0320 0429 0503 0504 0505 0722 0723 0808 0809 0920 0923 1103 1123"),
        (2022, "0101 0110 0211 0223 0321 0429 0503 0504 0505 0718 0811 0919 0923 1010 1103 1123"),
        (2023, "0101 0102 0109 0211 0223 0321 0429 0503 0504 0505 0717 0811 0918 0923 1009 1103 1123"),
        (
            2024,
            "0101 0108 0211 0212 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0922 0923 1014 1103 1104 1123",
        ),
        (2025, "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0721 0811 0915 0923 1013 1103 1123 1124"),
        (2026, "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123"),
        (2027, "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123"),
        (2028, "0101 0110 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0922 1009 1103 1123"),
        (2029, "0101 0108 0211 0212 0223 0320 0429 0430 0503 0504 0505 0716 0811 0917 0923 0924 1008 1103 1123"),
        (2030, "0101 0114 0211 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1103 1104 1123"),
    ];

    #[test]
    fn as_published() {
        for (year, days) in PUBLISHED {
            let mut found = Vec::new();
            let mut day = date(year, 1, 1);
            while day.year() == year {
                if holiday(day).is_some() {
                    found.push(format!("{:02}{:02}", day.month(), day.day()));
                }
                day = plus_days(day, 1);
            }
            assert_eq!(found.join(" "), days, "{year}");
        }
    }

    #[test]
    fn names() {
        for (day, name) in [
            (date(2009, 9, 22), Some("国民の休日")),
            (date(2018, 12, 24), Some("振替休日")),
            (date(2019, 4, 30), Some("国民の休日")),
            (date(2019, 5, 2), Some("国民の休日")),
            (date(2019, 5, 6), Some("振替休日")),
            (date(2019, 12, 23), None),
            (date(2020, 5, 6), Some("振替休日")),
            (date(2020, 10, 12), None),
            (date(2021, 8, 9), Some("振替休日")),
            (date(2026, 9, 22), Some("国民の休日")),
            (date(2026, 11, 23), Some("勤労感謝の日")),
            (date(2026, 11, 24), None),
            (date(2100, 1, 1), None),
        ] {
            assert_eq!(holiday(day), name, "{day}");
        }
    }

    /// The table of 『新こよみ便利帳』 and 国立天文台: years in which the equinox is not on its usual day.
    #[test]
    fn equinoxes() {
        let spring: Vec<i8> = (2020..=2035).map(|y| equinox(y, 20.8431)).collect();
        assert_eq!(spring, [20, 20, 21, 21, 20, 20, 20, 21, 20, 20, 20, 21, 20, 20, 20, 21]);
        let autumn: Vec<i8> = (2020..=2035).map(|y| equinox(y, 23.2488)).collect();
        assert_eq!(autumn, [22, 23, 23, 23, 22, 23, 23, 23, 22, 23, 23, 23, 22, 23, 23, 23]);
    }
}
