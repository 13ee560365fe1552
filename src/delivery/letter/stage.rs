//! A subject and a day in, its age as people say it out.

use crate::calendar::{Date, GestationalAge, days_between, months_old};
use crate::segment::{SubjectFacts, SubjectKind, Unit};

/// What the heading above an item says (24週, 1歳7か月): coarser with age, so that more households share a letter.
/// Empty before 0w0d.
pub(super) fn heading(subject: &SubjectFacts, language: &str, today: Date) -> String {
    let english = language == "en";
    let plural = |n: i32, what: &str| if n == 1 { format!("{n} {what}") } else { format!("{n} {what}s") };
    match subject.kind {
        SubjectKind::Pregnancy => match GestationalAge::on(subject.stage_on, today) {
            None => String::new(),
            Some(age) if english => plural(age.week(), "week"),
            Some(age) => format!("{}週", age.week()),
        },
        SubjectKind::Child => {
            let months = months_old(subject.stage_on, today);
            let days = days_between(subject.stage_on, today);
            match (months, english) {
                (..=0, true) if days < 7 => "Newborn".into(),
                (..=0, false) if days < 7 => "生まれたばかり".into(),
                (..=0, true) => plural(days / 7, "week"),
                (..=0, false) => format!("生後{}週", days / 7),
                (1..12, true) => plural(months, "month"),
                (1..12, false) => format!("{months}か月"),
                (12..36, _) if months % 12 != 0 && english => {
                    format!("{} {}", plural(months / 12, "year"), plural(months % 12, "month"))
                }
                (12..36, _) if months % 12 != 0 => format!("{}歳{}か月", months / 12, months % 12),
                (_, true) => plural(months / 12, "year"),
                (_, false) => format!("{}歳", months / 12),
            }
        }
    }
}

/// What stands between the headings of several subjects that share an item.
pub(super) fn joint(language: &str) -> &'static str {
    if language == "en" { " and " } else { "と" }
}

/// The headings of an item, one a subject's age.
pub(super) fn parts<'a>(stage: &'a str, language: &str) -> Vec<&'a str> {
    stage.split(joint(language)).collect()
}

/// The age in the unit of a window, in Japanese, for reasons: 妊娠24週0日, 生後12日, 1歳7か月, 修正4か月.
pub(super) fn age(subject: &SubjectFacts, unit: Unit, today: Date) -> String {
    let months = |n: i32| match (n / 12, n % 12) {
        (0, m) => format!("{m}か月"),
        (y, 0) => format!("{y}歳"),
        (y, m) => format!("{y}歳{m}か月"),
    };
    match unit {
        Unit::PregnancyWeeks => GestationalAge::on(subject.stage_on, today)
            .map_or_else(String::new, |a| format!("妊娠{}週{}日", a.week(), a.day())),
        Unit::ChildDays => format!("生後{}日", days_between(subject.stage_on, today)),
        Unit::ChildWeeks => format!("生後{}週", days_between(subject.stage_on, today) / 7),
        Unit::ChildMonths | Unit::ChildYears => months(months_old(subject.stage_on, today)),
        Unit::CorrectedMonths => format!("修正{}", months(subject.age(unit, today).unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    fn subject(kind: SubjectKind, stage_on: Date) -> SubjectFacts {
        SubjectFacts { kind, stage_on, due_on: None, twin: false }
    }

    #[test]
    fn as_people_say_it() {
        let today = date(2026, 11, 24);
        for (kind, on, ja, en) in [
            (SubjectKind::Pregnancy, date(2027, 3, 16), "24週", "24 weeks"),
            (SubjectKind::Child, date(2026, 11, 20), "生まれたばかり", "Newborn"),
            (SubjectKind::Child, date(2026, 11, 10), "生後2週", "2 weeks"),
            (SubjectKind::Child, date(2026, 10, 24), "1か月", "1 month"),
            (SubjectKind::Child, date(2025, 11, 24), "1歳", "1 year"),
            (SubjectKind::Child, date(2025, 4, 24), "1歳7か月", "1 year 7 months"),
            (SubjectKind::Child, date(2023, 4, 24), "3歳", "3 years"),
        ] {
            let subject = subject(kind, on);
            assert_eq!(
                (heading(&subject, "ja", today).as_str(), heading(&subject, "en", today).as_str()),
                (ja, en),
                "{on}"
            );
        }
        assert_eq!(
            age(&subject(SubjectKind::Pregnancy, date(2027, 3, 16)), Unit::PregnancyWeeks, today),
            "妊娠24週0日"
        );
    }
}
