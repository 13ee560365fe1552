//! A draft in, a checked registration or every problem of its first page with problems out. Rules only: no page, no
//! clock.

use super::dates::{EARLY_FROM, EARLY_TO, birth, dates, due, early_dates, early_due, siblings};
use super::draft::Draft;
use super::registration::{Household, NewSubject, Registration, Subject};
use super::step::{Problem, Step};
use crate::calendar::{Date, days_between};
use crate::config::Site;
use crate::contact::Channel;
use crate::segment::SubjectKind;

/// The answer of who takes no channel and reads on the household's page.
pub const NO_CHANNEL: &str = "none";

fn is_offered(chosen: &str, channels: &[Channel]) -> bool {
    chosen == NO_CHANNEL || chosen.parse().is_ok_and(|channel| channels.contains(&channel))
}

/// What the rules need to know.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Areas, languages, consent version.
    pub site: &'a Site,
    /// Today in the city.
    pub today: Date,
    /// Channels on offer; [`NO_CHANNEL`] is always.
    pub channels: &'a [Channel],
}

/// The problems of one page; empty if it is in order.
pub fn check_step(step: Step, draft: &Draft, rules: Rules<'_>) -> Vec<Problem> {
    let one = |ok: bool, field: &str, label: &str, wrong: &str, help: &str| {
        if ok { Vec::new() } else { vec![Problem::new(field, label, wrong, help)] }
    };
    match step {
        Step::Consent => {
            let agreed = draft.get("consent") == rules.site.consent.version;
            one(agreed, "consent", "お約束", "読んだしるしがついていません。", "読んでから、しるしをつけてください。")
        }
        Step::Dates => dates(draft, rules.today).err().unwrap_or_default(),
        Step::Early => early_dates(draft, rules.today).err().unwrap_or_default(),
        Step::Area => {
            let area = draft.get("area");
            one(
                area.is_empty() || rules.site.areas.iter().any(|a| a.id == area),
                "area",
                "地区",
                "この地区はありません。",
                "一覧から選んでください。",
            )
        }
        Step::Language => one(
            rules.site.languages.iter().any(|l| l == draft.get("language")),
            "language",
            "ことば",
            "ことばが選ばれていません。",
            "1つ選んでください。",
        ),
        Step::First => one(
            ["", "yes", "no"].contains(&draft.get("first")),
            "first",
            "はじめての子か",
            "答えが読めません。",
            "1つ選んでください。",
        ),
        Step::Channel => one(
            is_offered(draft.get("channel"), rules.channels),
            "channel",
            "受け取り方",
            "受け取り方が選ばれていません。",
            "1つ選んでください。",
        ),
    }
}

/// The whole registration, or the first page with problems. Every page is checked again, whatever earlier pages said.
pub fn register(draft: &Draft, rules: Rules<'_>) -> Result<Registration, (Step, Vec<Problem>)> {
    for step in Step::ALL.into_iter().filter(|s| s.applies(draft)) {
        let problems = check_step(step, draft, rules);
        if !problems.is_empty() {
            return Err((step, problems));
        }
    }
    let subjects = subjects_given(draft, rules.today).map_err(|problems| (Step::Dates, problems))?;
    let first_child = siblings(draft).or(match draft.get("first") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    Ok(Registration {
        subjects,
        area: draft.get("area").into(),
        language: draft.get("language").into(),
        first_child,
        code: draft.get("code").into(),
        consent_version: draft.get("consent").into(),
    })
}

/// All subjects of a draft, preterm children with their due dates; the problems of both date pages.
pub fn subjects_given(draft: &Draft, today: Date) -> Result<Vec<NewSubject>, Vec<Problem>> {
    let mut subjects = dates(draft, today)?;
    for (n, due) in early_dates(draft, today)? {
        // `dates` keeps the form's order: pregnancies, then the children that were filled in.
        let before = (1..n).filter(|m| !draft.date(&format!("c{m}")).is_empty()).count();
        if let Some(child) = subjects.iter_mut().filter(|s| s.kind == SubjectKind::Child).nth(before) {
            child.due_on = Some(due);
        }
    }
    Ok(subjects)
}

/// As [`subjects_given`], when `have` are there already: the same limits hold for the household as a whole.
pub fn subjects_added(draft: &Draft, have: usize, today: Date) -> Result<Vec<NewSubject>, Vec<Problem>> {
    let subjects = subjects_given(draft, today)?;
    // 26 slots exist, and none is used twice.
    if have + subjects.len() > 20 {
        return Err(vec![Problem::new(
            "due-y",
            "人数",
            "1つの登録に入れられる人数を超えました。",
            "市の窓口へお電話ください。",
        )]);
    }
    Ok(subjects)
}

/// Those of the same kind and day as somebody who is registered: twins, or the same form once more.
pub fn known_already(subjects: &[NewSubject], household: &Household) -> Vec<Problem> {
    let known = |new: &&NewSubject| {
        household.subjects.iter().any(|s| s.active() && s.kind == new.kind && s.stage_on == new.stage_on)
    };
    let one = |new: &NewSubject| {
        let (label, wrong) = match new.kind {
            SubjectKind::Pregnancy => ("出産予定日", "同じ予定日の方が、もう登録されています。"),
            SubjectKind::Child => ("誕生日", "同じ誕生日のお子さんが、もう登録されています。"),
        };
        Problem::new(
            "sure",
            label,
            wrong,
            "ふたごなら、「ふたごです」にしるしをつけて、もう一度送ってください。そうでなければ、\
             足さなくてかまいません。",
        )
    };
    subjects.iter().filter(known).map(one).take(1).collect()
}

/// A subject with other dates, from the page that changes it: `due` for a pregnancy, `c1` (and `c1-due`) for a child.
pub fn subject_changed(draft: &Draft, subject: &Subject, today: Date) -> Result<NewSubject, Vec<Problem>> {
    let (kind, mut problems) = (subject.kind, Vec::new());
    let stage_on = match kind {
        SubjectKind::Pregnancy => due(draft, today, &mut problems),
        SubjectKind::Child => birth(&draft.date("c1"), "c1", "誕生日", today, &mut problems),
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let Some(stage_on) = stage_on else {
        let (field, label) =
            if kind == SubjectKind::Pregnancy { ("due-y", "出産予定日") } else { ("c1-y", "誕生日") };
        return Err(vec![Problem::new(field, label, "日付が入っていません。", "年、月、日を入れてください。")]);
    };
    let due_on = if kind == SubjectKind::Child && draft.ticked("c1-early") {
        Some(early_due(draft, 1, stage_on)?)
    } else {
        None
    };
    Ok(NewSubject { kind, stage_on, due_on })
}

/// The birth date that ends a pregnancy due on `due`; the due date stays only if the child came three weeks early or
/// more.
pub fn born_on(draft: &Draft, due: Date, today: Date) -> Result<NewSubject, Vec<Problem>> {
    let mut problems = Vec::new();
    let found = birth(&draft.date("born"), "born", "誕生日", today, &mut problems);
    let birth = match found {
        Some(birth) if days_between(birth, due).abs() > EARLY_TO + 35 => {
            problems.push(Problem::new(
                "born-y",
                "誕生日",
                "出産予定日から離れた日付です。",
                "年と月を確かめてください。",
            ));
            birth
        }
        Some(birth) => birth,
        None if problems.is_empty() => {
            return Err(vec![Problem::new(
                "born-y",
                "誕生日",
                "日付が入っていません。",
                "年、月、日を入れてください。",
            )]);
        }
        None => return Err(problems),
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(NewSubject {
        kind: SubjectKind::Child,
        stage_on: birth,
        due_on: (days_between(birth, due) > EARLY_FROM).then_some(due),
    })
}
