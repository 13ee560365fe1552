//! A date as a person typed it in, a day or a sentence that names what is wrong out.
//!
//! Three fields 年, 月, 日 (GOV.UK's "date input" pattern): full-width digits, eras (令和9, R9, 平成31, 元年) and
//! western years are read; a whole date in the first field (2027/3/16, 令和9年3月16日) as well. A numeric keypad cannot
//! type 令和: where only one of the years that a bare 9 or 27 may mean gives a possible day, it counts
//! ([`read_where`]).

use super::Date;
use crate::text::narrow;

/// The field that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// 年
    Year,
    /// 月
    Month,
    /// 日
    Day,
}

impl Part {
    /// What the field's name ends with: `y`, `m`, `d`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Year => "y",
            Self::Month => "m",
            Self::Day => "d",
        }
    }
    fn title(self) -> &'static str {
        match self {
            Self::Year => "年",
            Self::Month => "月",
            Self::Day => "日",
        }
    }
}

/// Why a typed date is none: without blame, with the way to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryError {
    /// The field to mend.
    pub part: Part,
    /// 3月に36日はありません。
    pub wrong: String,
    /// 1から31までの数を入れてください。
    pub help: String,
}

impl EntryError {
    fn new(part: Part, wrong: impl Into<String>, help: impl Into<String>) -> Self {
        Self { part, wrong: wrong.into(), help: help.into() }
    }
}

impl std::fmt::Display for EntryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.wrong, self.help)
    }
}

/// Eras by what people write, with the western year before their first one and their last year.
const ERAS: [(&str, &[&str], i32, i32); 3] = [
    ("令和", &["令和", "令", "R"], 2018, i32::MAX),
    ("平成", &["平成", "平", "H"], 1988, 31),
    ("昭和", &["昭和", "昭", "S"], 1925, 64),
];

/// Phones show digits only here, so nothing but digits is asked for.
const HELP: &str = "西暦か、令和の年の数字を入れてください。";

/// Reads the three fields. `Ok(None)` when all of them are empty. A bare year of two digits is a mistake: nobody knows
/// which count is meant.
///
/// ```
/// use otayori_publishing::calendar::{date, entry};
///
/// assert_eq!(entry::read("令和8", "11", "24").unwrap(), Some(date(2026, 11, 24)));
/// assert_eq!(entry::read("２０２６", "１１", "２４").unwrap(), Some(date(2026, 11, 24)));
/// assert_eq!(entry::read("", "", "").unwrap(), None);
/// assert!(entry::read("2026", "2", "30").is_err());
/// assert!(entry::read("8", "11", "24").is_err(), "of which era?");
/// ```
pub fn read(year: &str, month: &str, day: &str) -> Result<Option<Date>, EntryError> {
    read_where(year, month, day, |_| false)
}

/// As [`read`], for a field that takes only `possible` days: a bare year of one or two digits is the year of 令和 or
/// 平成, or the end of a western year, if exactly one of the three gives a possible day.
pub fn read_where(
    year: &str,
    month: &str,
    day: &str,
    possible: impl Fn(Date) -> bool,
) -> Result<Option<Date>, EntryError> {
    let (year, month, day) = (clean(year), clean(month), clean(day));
    if year.is_empty() && month.is_empty() && day.is_empty() {
        return Ok(None);
    }
    let whole = if month.is_empty() && day.is_empty() { whole(&year) } else { None };
    let [year, month, day] = whole.unwrap_or([year, month, day]);
    let Some(n) = bare_year(&year) else { return of_parts(&year, &month, &day).map(Some) };
    let meant = [2018 + n, 2000 + n, 1988 + n].map(|y| of_parts(&y.to_string(), &month, &day));
    let mut fitting = meant.iter().flatten().filter(|day| possible(**day));
    match (fitting.next(), fitting.next()) {
        (Some(day), None) => Ok(Some(*day)),
        // What is wrong with the month or the day is said first: the year may be right.
        _ => match meant {
            [Err(e), ..] if e.part != Part::Year => Err(e),
            _ => of_parts(&year, &month, &day).map(Some),
        },
    }
}

/// 9, 27, 元: a year without its count.
fn bare_year(text: &str) -> Option<i32> {
    match text.strip_suffix('年').unwrap_or(text) {
        "元" => Some(1),
        digits if matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().ok().filter(|n| *n > 0)
        }
        _ => None,
    }
}

fn of_parts(year: &str, month: &str, day: &str) -> Result<Date, EntryError> {
    let year = read_year(year)?;
    let month = number(month, Part::Month, "1から12までの数を入れてください。")?;
    if !(1..=12).contains(&month) {
        return Err(EntryError::new(
            Part::Month,
            format!("{month}月はありません。"),
            "1から12までの数を入れてください。",
        ));
    }
    let wrong = || EntryError::new(Part::Year, format!("{year}年は扱えません。"), "年を確かめてください。");
    let first = Date::new(i16::try_from(year).map_err(|_| wrong())?, month as i8, 1).map_err(|_| wrong())?;
    let last = i32::from(first.days_in_month());
    let help = format!("1から{last}までの数を入れてください。");
    let day = number(day, Part::Day, &help)?;
    if !(1..=last).contains(&day) {
        // February differs from year to year, so its year is named as well.
        let month = if month == 2 && day == 29 { format!("{year}年の2月") } else { format!("{month}月") };
        return Err(EntryError::new(Part::Day, format!("{month}に{day}日はありません。"), help));
    }
    Date::new(first.year(), first.month(), day as i8).map_err(|_| wrong())
}

/// 2027, 令和9, R9, 元年 with its era. Two digits alone are a mistake here: see [`read_where`].
fn read_year(text: &str) -> Result<i32, EntryError> {
    let text = text.strip_suffix('年').unwrap_or(text);
    if text.is_empty() {
        return Err(EntryError::new(Part::Year, "年が入っていません。", HELP));
    }
    for (name, forms, before, last) in ERAS {
        let Some(rest) = forms.iter().find_map(|f| text.strip_prefix(f)) else { continue };
        let rest = rest.trim_start_matches('.');
        let n = if rest == "元" {
            1
        } else {
            number(rest, Part::Year, "「令和9」のように、元号のあとに数を入れてください。")?
        };
        if n < 1 {
            return Err(EntryError::new(
                Part::Year,
                format!("{name}{n}年はありません。"),
                format!("{name}の最初の年は{name}1年（元年）です。"),
            ));
        }
        if n > last {
            return Err(EntryError::new(
                Part::Year,
                format!("{name}は{last}年までです。"),
                format!("{name}{n}年は、西暦では{}年です。", before + n),
            ));
        }
        return Ok(before + n);
    }
    if text == "元" {
        return Err(EntryError::new(
            Part::Year,
            "元年だけでは、年が決まりません。",
            "「令和元年」のように、元号も入れてください。",
        ));
    }
    let n = number(text, Part::Year, HELP)?;
    match n {
        1000..=9999 => Ok(n),
        0..=99 => {
            // Phones show digits only here, so the mended year is given in digits.
            let help = match n {
                1..=20 => format!("令和{n}年のことなら「{}」と入れてください。", 2018 + n),
                _ => format!("西暦は4けたで、「{}」のように入れてください。", 2000 + n),
            };
            Err(EntryError::new(Part::Year, format!("「{n}年」だけでは、年が決まりません。"), help))
        }
        _ => Err(EntryError::new(
            Part::Year,
            format!("{n}年という年は読めません。"),
            "西暦は4けたで、「2027」のように入れてください。",
        )),
    }
}

/// A number of at most five digits; 月 and 日 may stand behind it.
fn number(text: &str, part: Part, help: &str) -> Result<i32, EntryError> {
    let digits = text.strip_suffix(part.title()).unwrap_or(text);
    if digits.is_empty() {
        return Err(EntryError::new(part, format!("{}が入っていません。", part.title()), help));
    }
    let wrong = |digits: &str| {
        let shown: String = digits.chars().take(12).collect();
        EntryError::new(part, format!("{}の「{shown}」が、数として読めません。", part.title()), help)
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() > 5 {
        return Err(wrong(digits));
    }
    digits.parse().map_err(|_| wrong(digits))
}

/// Year, month and day when one field holds them all.
fn whole(text: &str) -> Option<[String; 3]> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some([text[..4].into(), text[4..6].into(), text[6..].into()]);
    }
    let pieces: Vec<&str> =
        text.split(['年', '月', '日', '/', '-', '.', ',', '・']).filter(|p| !p.is_empty()).collect();
    match pieces.as_slice() {
        [y, m, d] => Some([(*y).into(), (*m).into(), (*d).into()]),
        // R.9.3.16 is cut at the era's dot as well.
        [era, y, m, d] if era.chars().all(char::is_alphabetic) => Some([format!("{era}{y}"), (*m).into(), (*d).into()]),
        _ => None,
    }
}

/// Full-width letters, digits and signs to half width, era ligatures spelled out, spaces away, letters upper case.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(40) {
        match c {
            '㋿' => out.push_str("令和"),
            '㍻' => out.push_str("平成"),
            '㍼' => out.push_str("昭和"),
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(narrow(c).to_ascii_uppercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for (y, m, d, day) in [
            ("2027", "3", "16", date(2027, 3, 16)),
            ("２０２７", "３", "１６", date(2027, 3, 16)),
            ("令和9", "3", "16", date(2027, 3, 16)),
            ("令和９年", "３月", "１６日", date(2027, 3, 16)),
            ("R9", "03", "16", date(2027, 3, 16)),
            ("ｒ９", "3", "16", date(2027, 3, 16)),
            ("r.9", "3", "16", date(2027, 3, 16)),
            ("㋿9", "3", "16", date(2027, 3, 16)),
            ("令和元", "5", "1", date(2019, 5, 1)),
            ("令和元年", "12", "31", date(2019, 12, 31)),
            ("令 和 元 年", "12", "31", date(2019, 12, 31)),
            ("平成31", "4", "30", date(2019, 4, 30)),
            ("H30", "2", "28", date(2018, 2, 28)),
            ("2024", "2", "29", date(2024, 2, 29)),
            ("20270316", "", "", date(2027, 3, 16)),
            ("2027/3/16", "", "", date(2027, 3, 16)),
            ("２０２７年３月１６日", "", "", date(2027, 3, 16)),
            ("令和9年3月16日", "", "", date(2027, 3, 16)),
            ("R9.3.16", "", "", date(2027, 3, 16)),
            ("R.9.3.16", "", "", date(2027, 3, 16)),
        ] {
            assert_eq!(read(y, m, d), Ok(Some(day)), "{y} {m} {d}");
        }
        assert_eq!(read("", " ", "　"), Ok(None));
    }

    #[test]
    fn names_what_is_wrong() {
        for (y, m, d, part, text) in [
            ("令和9", "3", "36", Part::Day, "3月に36日はありません。1から31までの数を入れてください。"),
            ("2027", "4", "31", Part::Day, "4月に31日はありません。1から30までの数を入れてください。"),
            ("2027", "2", "29", Part::Day, "2027年の2月に29日はありません。1から28までの数を入れてください。"),
            ("2027", "13", "1", Part::Month, "13月はありません。1から12までの数を入れてください。"),
            ("2027", "0", "1", Part::Month, "0月はありません。1から12までの数を入れてください。"),
            ("2027", "", "1", Part::Month, "月が入っていません。1から12までの数を入れてください。"),
            ("2027", "2", "", Part::Day, "日が入っていません。1から28までの数を入れてください。"),
            ("", "3", "16", Part::Year, "年が入っていません。西暦か、令和の年の数字を入れてください。"),
            (
                "9",
                "3",
                "16",
                Part::Year,
                "「9年」だけでは、年が決まりません。令和9年のことなら「2027」と入れてください。",
            ),
            (
                "27",
                "3",
                "16",
                Part::Year,
                "「27年」だけでは、年が決まりません。西暦は4けたで、「2027」のように入れてください。",
            ),
            ("9", "3", "36", Part::Day, "3月に36日はありません。1から31までの数を入れてください。"),
            (
                "202",
                "3",
                "16",
                Part::Year,
                "202年という年は読めません。西暦は4けたで、「2027」のように入れてください。",
            ),
            ("平成32", "3", "16", Part::Year, "平成は31年までです。平成32年は、西暦では2020年です。"),
            ("令和0", "3", "16", Part::Year, "令和0年はありません。令和の最初の年は令和1年（元年）です。"),
            (
                "元年",
                "3",
                "16",
                Part::Year,
                "元年だけでは、年が決まりません。「令和元年」のように、元号も入れてください。",
            ),
            ("2027", "三", "16", Part::Month, "月の「三」が、数として読めません。1から12までの数を入れてください。"),
            ("令和", "3", "16", Part::Year, "年が入っていません。「令和9」のように、元号のあとに数を入れてください。"),
        ] {
            let error = read(y, m, d).unwrap_err();
            assert_eq!((error.part, error.to_string().as_str()), (part, text), "{y} {m} {d}");
        }
    }

    #[test]
    fn a_bare_year_counts_where_one_day_is_possible() {
        let within = |first: Date, last: Date| move |day: Date| (first..=last).contains(&day);
        // A due date from 2026-10-31 to 2027-09-18; a child born from 2020-04-02 on.
        let (due, birth) =
            (within(date(2026, 10, 31), date(2027, 9, 18)), within(date(2020, 4, 2), date(2026, 11, 21)));
        for (y, day) in [
            ("9", date(2027, 3, 16)),
            ("９", date(2027, 3, 16)),
            ("9年", date(2027, 3, 16)),
            ("27", date(2027, 3, 16)),
            ("09", date(2027, 3, 16)),
        ] {
            assert_eq!(read_where(y, "3", "16", due), Ok(Some(day)), "{y}");
        }
        for (y, day) in [
            ("4", date(2022, 1, 2)),
            ("22", date(2022, 1, 2)),
            ("7", date(2025, 1, 2)),
            ("25", date(2025, 1, 2)),
            ("R7", date(2025, 1, 2)),
        ] {
            assert_eq!(read_where(y, "1", "2", birth), Ok(Some(day)), "{y}");
        }
        assert_eq!(read_where("9年3月16日", "", "", due), Ok(Some(date(2027, 3, 16))));
        assert_eq!(read_where("9/3/16", "", "", due), Ok(Some(date(2027, 3, 16))));
        assert_eq!(
            read_where("元", "5", "1", within(date(2019, 1, 1), date(2019, 12, 31))),
            Ok(Some(date(2019, 5, 1)))
        );
        assert_eq!(read_where("", "", "", due), Ok(None));
        // A full year is read as it stands, possible or not: the field's own rule says what is wrong with it.
        assert_eq!(read_where("2031", "3", "16", due), Ok(Some(date(2031, 3, 16))));
        for (y, part, text) in [
            ("24", Part::Year, "「24年」だけでは、年が決まりません。西暦は4けたで、「2024」のように入れてください。"),
            ("8", Part::Year, "「8年」だけでは、年が決まりません。令和8年のことなら「2026」と入れてください。"),
        ] {
            let error = read_where(y, "3", "16", due).unwrap_err();
            assert_eq!((error.part, error.to_string().as_str()), (part, text));
        }
        // Two counts are possible: nobody knows which is meant.
        assert!(read_where("9", "3", "16", |_| true).is_err());
        assert_eq!(
            read_where("9", "2", "29", due).unwrap_err().to_string(),
            "2027年の2月に29日はありません。1から28までの数を入れてください。"
        );
    }

    proptest! {
        #[test]
        fn never_panics(y in ".{0,12}", m in ".{0,6}", d in ".{0,6}") {
            let _ = read(&y, &m, &d);
            let _ = read_where(&y, &m, &d, |_| true);
        }

        #[test]
        fn never_panics_on_near_dates(y in "(令和|R|H|平成|)[0-9０-９元年\
            ./]{0,10}", m in "[0-9月１]{0,4}", d in "[0-9日３]{0,4}") {
            let _ = read(&y, &m, &d);
        }

        /// Every day of the years in question is read back from each way of writing it.
        #[test]
        fn reads_every_day(n in 0i32..30_000) {
            let day = crate::calendar::plus_days(date(1990, 1, 1), n);
            let (y, m, d) = (day.year(), day.month(), day.day());
            let wide = |n: i32| n.to_string().chars().filter_map(|c| char::from_u32(c as u32 + 0xFEE0))
                .collect::<String>();
            prop_assert_eq!(read(&y.to_string(), &m.to_string(), &d.to_string()), Ok(Some(day)));
            prop_assert_eq!(read(&wide(y.into()), &wide(m.into()), &wide(d.into())), Ok(Some(day)));
            prop_assert_eq!(read(&format!("{y}年{m}月{d}日"), "", ""), Ok(Some(day)));
            let era = if y >= 2019 { format!("令和{}", y - 2018) } else { format!("平成{}", y - 1988) };
            prop_assert_eq!(read(&era, &m.to_string(), &d.to_string()), Ok(Some(day)));
        }
    }
}
