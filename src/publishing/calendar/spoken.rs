//! Days, times and ages in, Japanese as people say it out.

use super::{Date, DateTime, GestationalAge, LetterWeek, Time, Weekday, days_between, months_old};

/// 2027年3月16日
pub fn long(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// 令和9年, 令和元年; empty before 令和.
pub fn era(day: Date) -> String {
    match day.year() - 2018 {
        _ if day < super::date(2019, 5, 1) => String::new(),
        1 => "令和元年".into(),
        n => format!("令和{n}年"),
    }
}

/// 火
pub fn weekday(day: Date) -> char {
    match day.weekday() {
        Weekday::Monday => '月',
        Weekday::Tuesday => '火',
        Weekday::Wednesday => '水',
        Weekday::Thursday => '木',
        Weekday::Friday => '金',
        Weekday::Saturday => '土',
        Weekday::Sunday => '日',
    }
}

/// 11月24日（火）
pub fn short(day: Date) -> String {
    format!("{}月{}日（{}）", day.month(), day.day(), weekday(day))
}

/// 朝7時30分, 午後3時, 夜8時15分
pub fn time(at: Time) -> String {
    let (part, hour) = match at.hour() {
        0..=3 => ("午前", at.hour()),
        4..=9 => ("朝", at.hour()),
        10..=11 => ("午前", at.hour()),
        12..=17 => ("午後", at.hour() - 12),
        hour => ("夜", hour - 12),
    };
    if at.minute() == 0 { format!("{part}{hour}時") } else { format!("{part}{hour}時{}分", at.minute()) }
}

/// 23週4日; empty before the first day of the last period.
pub fn weeks(due: Date, today: Date) -> String {
    GestationalAge::on(due, today).map_or_else(String::new, |age| format!("{}週{}日", age.week(), age.day()))
}

/// 1歳7か月, 7か月, 生後12日; empty before birth.
pub fn age(birth: Date, today: Date) -> String {
    let (days, months) = (days_between(birth, today), months_old(birth, today));
    match (months / 12, months % 12) {
        _ if days < 0 => String::new(),
        (0, 0) => format!("生後{days}日"),
        (0, months) => format!("{months}か月"),
        (years, 0) => format!("{years}歳"),
        (years, months) => format!("{years}歳{months}か月"),
    }
}

/// The day of the first letter to somebody who registers at `now`: today's if it has not gone yet, else the next
/// week's.
pub fn next_letter(now: DateTime, begins: Weekday, at: Time) -> Date {
    let week = LetterWeek::of(now.date(), begins);
    if now.date() == week.first() && now.time() < at { week.first() } else { week.next().first() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    #[test]
    fn as_people_say_it() {
        assert_eq!(
            (long(date(2027, 3, 16)).as_str(), short(date(2026, 11, 24)).as_str()),
            ("2027年3月16日", "11月24日（火）")
        );
        for (day, text) in [(date(2027, 3, 16), "令和9年"), (date(2019, 5, 1), "令和元年"), (date(2019, 4, 30), "")]
        {
            assert_eq!(era(day), text);
        }
        for (h, m, text) in [
            (7, 30, "朝7時30分"),
            (11, 0, "午前11時"),
            (12, 5, "午後0時5分"),
            (15, 0, "午後3時"),
            (20, 15, "夜8時15分"),
        ] {
            assert_eq!(time(date(2026, 1, 1).at(h, m, 0, 0).time()), text);
        }
        let today = date(2026, 11, 21);
        assert_eq!(weeks(date(2027, 3, 16), today), "23週4日");
        for (birth, text) in [
            (date(2025, 4, 10), "1歳7か月"),
            (date(2026, 11, 9), "生後12日"),
            (date(2026, 4, 21), "7か月"),
            (date(2024, 11, 21), "2歳"),
            (date(2026, 11, 22), ""),
        ] {
            assert_eq!(age(birth, today), text, "{birth}");
        }
    }

    #[test]
    fn first_letter_is_the_next_that_goes() {
        let at = date(2026, 1, 1).at(7, 30, 0, 0).time();
        for (day, hour, first) in [
            (date(2026, 11, 21), 12, date(2026, 11, 24)),
            (date(2026, 11, 24), 6, date(2026, 11, 24)),
            (date(2026, 11, 24), 8, date(2026, 12, 1)),
            (date(2026, 11, 25), 0, date(2026, 12, 1)),
        ] {
            assert_eq!(next_letter(day.at(hour, 0, 0, 0), Weekday::Tuesday, at), first, "{day} {hour}");
        }
    }
}
