//! Lines and the day that they are about in, days written with another weekday than theirs out: 「1月15日（土）」 is a
//! Friday in 2027.

use crate::calendar::Date;
use crate::calendar::spoken::{short, weekday};
use crate::diag::{Diagnostics, Place};

const WEEKDAYS: &str = "月火水木金土日";

/// A day as somebody wrote it.
struct Written {
    /// From 0, in characters.
    at: usize,
    year: Option<i16>,
    month: i8,
    day: i8,
    weekday: Option<char>,
}

/// Tells of weekdays that are not those of their days; a day without a year is the one nearest to `about`. With `on`, a
/// line that says when (「日時」) says that day.
pub(super) fn check(
    file: &str,
    text: &str,
    first_line: u32,
    about: Date,
    on: Option<Date>,
    problems: &mut Diagnostics,
) {
    for (n, line) in (first_line..).zip(text.lines()) {
        let days = days(line);
        for written in &days {
            let Some(day) = nearest(written, about) else { continue };
            let right = weekday(day);
            let at = Place { line: n, column: written.at as u32 + 1 };
            if let Some(said) = written.weekday.filter(|said| *said != right) {
                let message = format!(
                    "{}月{}日は{right}曜日です（{}年）。「{said}」と書いてあります",
                    day.month(),
                    day.day(),
                    day.year()
                );
                problems.warning(
                    file,
                    at,
                    message,
                    format!("「{}」か、日のまちがいかを、確かめてください", short(day)),
                );
            }
        }
        let first = days.first().and_then(|written| Some((written, nearest(written, about)?)));
        if let (Some((written, day)), Some(on)) =
            (first.filter(|_| says_when(line)), on.filter(|on| first.is_some_and(|(_, day)| day != *on)))
        {
            let at = Place { line: n, column: written.at as u32 + 1 };
            let message = format!(
                "催しの日は{}月{}日ですが、ここには{}月{}日とあります",
                on.month(),
                on.day(),
                day.month(),
                day.day()
            );
            problems.warning(file, at, message, "`on`（お知らせの日）か、この行の、どちらが正しいか確かめてください");
        }
    }
}

/// 「- **日時** 1月16日（土）」
fn says_when(line: &str) -> bool {
    let text = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '+' | '・' | '|' | '#'));
    ["日時", "日にち", "開催日", "とき"]
        .iter()
        .any(|word| text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c| matches!(c, 'ぁ'..='ゖ'))))
}

/// Without a year, within half of one.
fn nearest(written: &Written, about: Date) -> Option<Date> {
    let of = |year| Date::new(year, written.month, written.day).ok();
    let far = |day: &Date| about.until(*day).map_or(i32::MAX, |span| span.get_days().abs());
    match written.year {
        Some(year) => of(year),
        None => (about.year() - 1..=about.year() + 1)
            .filter_map(of)
            .min_by_key(|day| (far(day), *day))
            .filter(|day| far(day) <= 184),
    }
}

/// Every 「1月15日」 of a line, with the weekday in brackets behind it.
fn days(line: &str) -> Vec<Written> {
    let chars: Vec<char> = line.chars().map(half_width).collect();
    let number = |end: usize, most: usize| {
        let from = (0..end).rev().take(most + 1).take_while(|n| chars[*n].is_ascii_digit()).last()?;
        (end - from <= most).then(|| Some((from, chars[from..end].iter().collect::<String>().parse::<i16>().ok()?)))?
    };
    let mut all = Vec::new();
    for month_sign in (1..chars.len()).filter(|n| chars[*n] == '月') {
        let length = chars[month_sign + 1..].iter().take(2).take_while(|c| c.is_ascii_digit()).count();
        let day_sign = month_sign + 1 + length;
        let (Some((at, month)), Some((_, day)), Some('日')) =
            (number(month_sign, 2), number(day_sign, 2).filter(|_| length > 0), chars.get(day_sign))
        else {
            continue;
        };
        let year = at
            .checked_sub(1)
            .filter(|n| chars[*n] == '年')
            .and_then(|n| number(n, 4))
            .map(|(from, year)| if chars[..from].ends_with(&['令', '和']) { year + 2018 } else { year });
        let mut after = chars[day_sign + 1..].iter().skip_while(|c| **c == ' ');
        let weekday =
            (after.next() == Some(&'(')).then(|| after.next().copied()).flatten().filter(|c| WEEKDAYS.contains(*c));
        let closed = after.next().is_some_and(|c| matches!(c, ')' | '・' | '、' | '曜' | '祝' | ','));
        all.push(Written { at, year, month: month as i8, day: day as i8, weekday: weekday.filter(|_| closed) });
    }
    all
}

fn half_width(c: char) -> char {
    match c {
        '０'..='９' | '（' | '）' => crate::text::narrow(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use proptest::prelude::*;

    fn said(text: &str, on: Option<Date>) -> Vec<String> {
        let mut problems = Diagnostics::new();
        check("x.md", text, 10, date(2027, 1, 16), on, &mut problems);
        problems.sorted().iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect()
    }

    #[test]
    fn another_weekday_is_told() {
        assert_eq!(
            said("- **日時** 1月15日（土） 10時", None),
            ["10:10 1月15日は金曜日です（2027年）。「土」と書いてあります"]
        );
        assert_eq!(
            said("題\n申し込みは、１２月２５日（木・祝）まで。", None),
            ["11:7 12月25日は金曜日です（2026年）。「木」と書いてあります"]
        );
        assert_eq!(
            said("2028年1月15日(金)、令和10年1月15日（日）", None),
            [
                "10:6 1月15日は土曜日です（2028年）。「金」と書いてあります",
                "10:20 1月15日は土曜日です（2028年）。「日」と書いてあります"
            ]
        );
        for calm in [
            "1月16日（土）",
            "1月16日 （土曜日）",
            "2月29日（月）",
            "1月16日（土日は休み）",
            "13月1日（月）",
            "3か月6日",
            "1月16日（午前）",
            "111月1日（水）",
            "月日（火）",
        ] {
            assert_eq!(said(calm, None), [""; 0], "{calm}");
        }
    }

    #[test]
    fn the_line_that_says_when_says_the_day() {
        let on = Some(date(2027, 1, 16));
        assert_eq!(said("- **日時** 1月17日（日）", on), ["10:10 催しの日は1月16日ですが、ここには1月17日とあります"]);
        assert_eq!(said("- **日時** 1月16日（土）\n- **申し込み** 1月13日（水）まで\n- ときどき1月17日", on), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_line_is_read(text in "\\PC{0,40}|[0-9０-９年月日（）()土日時令和 -]{0,40}") {
            said(&text, Some(date(2027, 1, 16)));
        }
    }
}
