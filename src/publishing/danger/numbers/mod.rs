//! Letters in, the concepts that are numbers out: a temperature, an age, weeks, a blood pressure, tablets, hours; each
//! against its threshold.

mod age;
mod measures;
mod reader;
mod units;

use super::stage::Stage;
use super::text::Text;
use super::thresholds::Thresholds;
use reader::{Number, Reader};
use units::Unit;

/// The concepts that are numbers: id, whether it is a sign (`Some(true)`), calm (`Some(false)`) or says who and when,
/// what it means.
pub(super) const NUMBERS: [(&str, Option<bool>, &str); 18] = [
    ("temp_hi", Some(true), "体温がしきい値以上"),
    ("temp_mild", Some(false), "体温が36度以上、しきい値未満"),
    ("temp_low", Some(true), "体温が36度未満"),
    ("age_lt3m", None, "しきい値の月齢より前"),
    ("age_ge3m", None, "しきい値の月齢から"),
    ("age_year", None, "何歳"),
    ("gest_any", None, "妊娠の週数"),
    ("gest_late", None, "妊娠18週から"),
    ("gest_pre37", None, "しきい値の週より前"),
    ("gest_term", None, "しきい値の週から"),
    ("bp_hi", Some(true), "血圧がしきい値以上"),
    ("bp_ok", Some(false), "血圧がしきい値未満"),
    ("many_pills", Some(true), "薬が6錠から"),
    ("few_pills", None, "薬が5錠まで"),
    ("hours_long", None, "しきい値の時間から"),
    ("hours", None, "何時間か"),
    ("minutes_long", None, "5分から"),
    ("minutes", None, "何分か"),
];

/// A month of a child's life, in days.
const MONTH: f64 = 30.4375;
/// From this week on movements are felt.
const LATE_WEEKS: u32 = 18;

/// A concept by its place in [`NUMBERS`], in letters.
pub(super) type Found = (usize, usize, usize);

/// All numbers of the text as concepts; what it is about says whether bare weeks are a pregnancy's or a child's.
pub(super) fn numbers(text: &Text, stage: Stage, thresholds: &Thresholds) -> Vec<Found> {
    let s = Reader { letters: &text.letters, language: text.language };
    let numbers = s.numbers();
    let mut found = Vec::new();
    let mut put = |id: &str, n: &Number| {
        let concept = NUMBERS.iter().position(|(name, ..)| *name == id).unwrap_or_default();
        found.push((concept, n.start, n.after.max(n.end)));
    };
    let pregnant = matches!(stage, Stage::Pregnancy(_))
        || s.anywhere(&[
            "妊娠",
            "にんしん",
            "preg",
            "gravida",
            "gravidez",
            "gestante",
            "bau",
            "thai",
            "怀孕",
            "孕",
            "妊婦",
        ]);
    for (at, n) in numbers.iter().enumerate() {
        s.temperature(n, thresholds, &mut put);
        s.age(n, pregnant, matches!(stage, Stage::Child(_)), thresholds, &mut put);
        s.pressure(n, numbers.get(at + 1), thresholds, &mut put);
        match n.unit {
            Some(Unit::Pill) => put(if n.value >= 6.0 { "many_pills" } else { "few_pills" }, n),
            Some(Unit::Hour) => put(if n.value >= f64::from(thresholds.dry_hours) { "hours_long" } else { "hours" }, n),
            Some(Unit::Minute) => put(if n.value >= 5.0 { "minutes_long" } else { "minutes" }, n),
            _ => {}
        }
    }
    found
}

/// A pregnancy's weeks as they would be read.
pub(super) fn of_weeks(weeks: u32, thresholds: &Thresholds) -> Vec<&'static str> {
    let mut found = vec!["gest_any", if weeks >= thresholds.term_weeks { "gest_term" } else { "gest_pre37" }];
    if weeks >= LATE_WEEKS {
        found.push("gest_late");
    }
    found
}

/// A child's days of life as they would be read.
pub(super) fn of_days(days: u32, thresholds: &Thresholds) -> Vec<&'static str> {
    match days {
        365.. => vec!["age_year"],
        _ if f64::from(days) < f64::from(thresholds.young_months) * MONTH => vec!["age_lt3m"],
        _ => vec!["age_ge3m"],
    }
}
