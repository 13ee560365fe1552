//! The dates of a draft: due dates, birth dates, the end of a pause; each read, or what is to be mended.

use super::draft::{Draft, Typed};
use super::registration::{MOST_CHILDREN, NewSubject};
use super::step::{Problem, Step};
use crate::calendar::entry::{self, Part};
use crate::calendar::{Date, ToSpan as _, days_between, due_from_last_period, last_period, school_entry};
use crate::segment::SubjectKind;

/// A due date lies at most this many days back: three weeks after it, every pregnancy has ended.
const DUE_BACK: i32 = 21;

/// … and at most this many ahead: 40 weeks, and three for a count that is not yet certain.
const DUE_AHEAD: i32 = 43 * 7;

/// 「3週間以上早く」: a child's own due date is asked from here on.
pub(super) const EARLY_FROM: i32 = 21;

/// A child born at 20w0d would have its due date this many days ahead; more is a wrong year.
pub(super) const EARLY_TO: i32 = 140;

/// Pregnancies and children as far as the dates' page knows them.
pub(super) fn dates(draft: &Draft, today: Date) -> Result<Vec<NewSubject>, Vec<Problem>> {
    let (mut problems, mut subjects) = (Vec::new(), Vec::new());
    if let Some(due) = due(draft, today, &mut problems) {
        let babies = if draft.ticked("due-twins") { 2 } else { 1 };
        subjects.extend((0..babies).map(|_| NewSubject { kind: SubjectKind::Pregnancy, stage_on: due, due_on: None }));
    }
    for n in 1..=MOST_CHILDREN {
        let label = if draft.children() == 1 {
            "お子さんの誕生日".to_owned()
        } else {
            format!("{n}人目のお子さんの誕生日")
        };
        let name = format!("c{n}");
        if let Some(birth) = birth(&draft.date(&name), &name, &label, today, &mut problems) {
            subjects.push(NewSubject { kind: SubjectKind::Child, stage_on: birth, due_on: None });
        }
    }
    if problems.is_empty() && subjects.is_empty() {
        problems.push(Problem::new(
            "due-y",
            "予定日・誕生日",
            "日付が1つも入っていません。",
            "出産予定日か、お子さんの誕生日のどちらかを入れてください。",
        ));
    }
    if problems.is_empty() { Ok(subjects) } else { Err(problems) }
}

/// The due date, or the one that follows from the last period.
pub(super) fn due(draft: &Draft, today: Date, problems: &mut Vec<Problem>) -> Option<Date> {
    let (typed, period) = (draft.date("due"), draft.date("lmp"));
    if typed.is_empty() && !period.is_empty() {
        const LABEL: &str = "最後の生理が始まった日";
        let first = read(&period, "lmp", LABEL, problems, |first| {
            first <= today && days_between(due_from_last_period(first), today) <= DUE_BACK
        })?;
        let due = due_from_last_period(first);
        if first > today {
            problems.push(Problem::new("lmp-y", LABEL, "これからの日付です。", "年と月を確かめてください。"));
        } else if days_between(due, today) > DUE_BACK {
            problems.push(Problem::new(
                "lmp-y",
                LABEL,
                "今日から43週より前の日付です。",
                "年と月を確かめてください。もう生まれていたら、お子さんの誕生日に入れてください。",
            ));
        } else {
            return Some(due);
        }
        return None;
    }
    const LABEL: &str = "出産予定日";
    let due = read(&typed, "due", LABEL, problems, |due| (-DUE_BACK..=DUE_AHEAD).contains(&days_between(today, due)))?;
    let ahead = days_between(today, due);
    if ahead > DUE_AHEAD {
        problems.push(Problem::new("due-y", LABEL, "今日から43週より先の日付です。", "年を確かめてください。"));
    } else if ahead < -DUE_BACK {
        problems.push(Problem::new(
            "due-y",
            LABEL,
            "今日から3週間より前の日付です。",
            "年を確かめてください。もう生まれていたら、お子さんの誕生日に入れてください。",
        ));
    } else {
        return Some(due);
    }
    None
}

/// A birth date of a child that is not at school yet.
pub(super) fn birth(typed: &Typed, name: &str, label: &str, today: Date, problems: &mut Vec<Problem>) -> Option<Date> {
    let birth = read(typed, name, label, problems, |birth| birth <= today && school_entry(birth) > today)?;
    if birth > today {
        problems.push(Problem::new(
            format!("{name}-y"),
            label,
            "まだ来ていない日付です。",
            "これから生まれるお子さんは、出産予定日に入れてください。",
        ));
    } else if school_entry(birth) <= today {
        problems.push(Problem::new(
            format!("{name}-y"),
            label,
            "小学校に上がる年齢の日付です。",
            "おたよりは、学校に上がる前のお子さんの分をお送りしています。",
        ));
    } else {
        return Some(birth);
    }
    None
}

/// `possible`: what the field takes, so that a bare 9 can be 令和9年.
fn read(
    typed: &Typed,
    name: &str,
    label: &str,
    problems: &mut Vec<Problem>,
    possible: impl Fn(Date) -> bool,
) -> Option<Date> {
    entry::read_where(&typed.year, &typed.month, &typed.day, possible).unwrap_or_else(|e| {
        problems.push(Problem::new(format!("{name}-{}", Part::id(e.part)), label, &e.wrong, &e.help));
        None
    })
}

/// The dates of a draft written out in digits with the western year, as far as they can be read: what travels on is
/// what was understood.
pub fn write_out(draft: &mut Draft, today: Date) {
    let mut read: Vec<(String, Date)> = Vec::new();
    let name = if draft.date("due").is_empty() { "lmp" } else { "due" };
    if let Some(due) = due(draft, today, &mut Vec::new()) {
        read.push((name.to_owned(), if name == "lmp" { last_period(due) } else { due }));
    }
    for n in 1..=MOST_CHILDREN {
        let Some(birth) = birth_typed(draft, n, today) else { continue };
        read.push((format!("c{n}"), birth));
        if let (true, Ok(due)) = (draft.ticked(&format!("c{n}-early")), early_due(draft, n, birth)) {
            read.push((format!("c{n}-due"), due));
        }
    }
    for (name, day) in read {
        draft.type_date(&name, day);
    }
}

/// The birth date of the form's `n`th child; `None` if there is none that may stand.
pub fn birth_typed(draft: &Draft, n: usize, today: Date) -> Option<Date> {
    let name = format!("c{n}");
    birth(&draft.date(&name), &name, "", today, &mut Vec::new())
}

/// The day until which letters rest: from tomorrow on, a year at most.
pub fn pause_until(draft: &Draft, today: Date) -> Result<Date, Vec<Problem>> {
    const LABEL: &str = "休みの終わる日";
    let (typed, mut problems) = (draft.date("until"), Vec::new());
    let last = today.saturating_add(1.year());
    let found = read(&typed, "until", LABEL, &mut problems, |day| today < day && day <= last);
    let wrong = |wrong: &str, help: &str| Err(vec![Problem::new("until-y", LABEL, wrong, help)]);
    match found {
        None if !problems.is_empty() => Err(problems),
        None => wrong("日付が入っていません。", "年、月、日を入れてください。"),
        Some(day) if day <= today => wrong("もう過ぎた日付です。", "明日よりあとの日を入れてください。"),
        Some(day) if day > last => wrong("1年より先の日付です。", "長く休むときは「すべて止める」をお使いください。"),
        Some(day) => Ok(day),
    }
}

/// Numbers of the children that are filled in and ticked as born early.
fn early_children(draft: &Draft) -> Vec<usize> {
    (1..=MOST_CHILDREN)
        .filter(|n| draft.ticked(&format!("c{n}-early")) && !draft.date(&format!("c{n}")).is_empty())
        .collect()
}

/// Their due dates by number.
pub(super) fn early_dates(draft: &Draft, today: Date) -> Result<Vec<(usize, Date)>, Vec<Problem>> {
    let (mut dues, mut problems) = (Vec::new(), Vec::new());
    for n in early_children(draft) {
        // A wrong birth date is the dates' page's problem.
        let Some(birth) = birth_typed(draft, n, today) else { continue };
        match early_due(draft, n, birth) {
            Ok(due) => dues.push((n, due)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(dues) } else { Err(problems) }
}

pub(super) fn early_due(draft: &Draft, n: usize, birth: Date) -> Result<Date, Vec<Problem>> {
    const LABEL: &str = "もとの出産予定日";
    let (name, mut problems) = (format!("c{n}-due"), Vec::new());
    let found = read(&draft.date(&name), &name, LABEL, &mut problems, |due| {
        (EARLY_FROM..=EARLY_TO).contains(&days_between(birth, due))
    });
    let wrong = |wrong: &str, help: &str| Err(vec![Problem::new(format!("{name}-y"), LABEL, wrong, help)]);
    match found {
        None if !problems.is_empty() => Err(problems),
        None => wrong("日付が入っていません。", "母子健康手帳にある出産予定日を入れてください。"),
        Some(due) if days_between(birth, due) < EARLY_FROM => wrong(
            "誕生日から3週間より近い日付です。",
            "年と月を確かめてください。3週間より近ければ、「早く生まれた」のしるしを外してください。",
        ),
        Some(due) if days_between(birth, due) > EARLY_TO => {
            wrong("誕生日から20週より先の日付です。", "年と月を確かめてください。")
        }
        Some(due) => Ok(due),
    }
}

/// `Some(false)` when the dates say that this is not the first child: children of two births, or a child and a
/// pregnancy.
pub(super) fn siblings(draft: &Draft) -> Option<bool> {
    let mut births: Vec<Typed> =
        (1..=MOST_CHILDREN).map(|n| draft.date(&format!("c{n}"))).filter(|t| !t.is_empty()).collect();
    let expecting = !draft.date("due").is_empty() || !draft.date("lmp").is_empty();
    // A bare year is no date here yet: it is compared as it was typed.
    births.dedup_by_key(|t| entry::read(&t.year, &t.month, &t.day).map_err(|_| t.clone()));
    (births.len() + usize::from(expecting) > 1).then_some(false)
}

impl Step {
    /// Is the page asked, with these answers?
    pub fn applies(self, draft: &Draft) -> bool {
        match self {
            Self::Early => !early_children(draft).is_empty(),
            Self::First => siblings(draft).is_none(),
            Self::Consent | Self::Dates | Self::Area | Self::Language | Self::Channel => true,
        }
    }
    /// The page before this one.
    pub fn before(self, draft: &Draft) -> Self {
        Self::ALL.into_iter().rev().find(|s| *s < self && s.applies(draft)).unwrap_or(Self::Consent)
    }
}
