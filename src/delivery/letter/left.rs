//! A letter of before and a household that has stopped something in; what of it may still stand on its page out. Pure.

use super::stage;
use crate::calendar::{Date, plus_days};
use crate::content::{LetterItem, LetterView};
use crate::household::{Household, Subject};
use crate::segment::{SubjectFacts, SubjectKind};
use crate::site::near_loss::speaks_of_births;

/// A letter is for so many days: it may have been planned on each of them.
const DAYS: i32 = 7;

/// What stays of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// All of it: nothing was stopped, or it is of after the stop.
    Whole,
    /// What belongs to those whose letters go on.
    Part(LetterView),
    /// Nothing: nobody shall meet by chance what was stopped.
    Nothing,
}

/// What stays of a letter for this household; `stopped_on`: the day of its newest stop. Items say for which age they
/// were chosen, not for whom, so what stays is what was right in that week for somebody whose letters go on.
pub fn left(view: &LetterView, household: &Household, stopped_on: Option<Date>) -> Left {
    let Some(stopped_on) = stopped_on else { return Left::Whole };
    let Ok(first) = view.date.parse::<Date>() else { return Left::Nothing };
    if household.stopped_at.is_some() {
        return Left::Nothing;
    }
    if first > stopped_on {
        return Left::Whole;
    }
    let live: Vec<(SubjectKind, Vec<String>)> = household
        .subjects
        .iter()
        .filter(|s| s.active())
        .map(|s| (s.kind, headings(s, &view.language, first)))
        .collect();
    let items: Vec<LetterItem> = view.items.iter().filter_map(|item| stays(item, &view.language, &live)).collect();
    if items == view.items {
        return Left::Whole;
    }
    if items.iter().all(|i| i.subject.is_empty()) {
        Left::Nothing
    } else {
        Left::Part(LetterView { items, ..view.clone() })
    }
}

/// What the heading may have been for this subject.
fn headings(subject: &Subject, language: &str, first: Date) -> Vec<String> {
    let facts = SubjectFacts { kind: subject.kind, stage_on: subject.stage_on, due_on: subject.due_on, twin: false };
    let mut all: Vec<String> = (0..DAYS)
        .map(|n| plus_days(first, n))
        .filter(|day| subject.kind == SubjectKind::Pregnancy || facts.stage_on <= *day)
        .map(|day| stage::heading(&facts, language, day))
        .collect();
    all.dedup();
    all
}

/// The item without what belongs to nobody whose letters go on; `None` where nothing is left.
fn stays(item: &LetterItem, language: &str, live: &[(SubjectKind, Vec<String>)]) -> Option<LetterItem> {
    let speaks = || speaks_of_births(&[item.title.as_str(), &item.summary, &item.lead_html].concat());
    if item.subject.is_empty() {
        return (!speaks()).then(|| item.clone());
    }
    let all = stage::parts(&item.stage, language);
    let of = |part: &str| {
        live.iter().find(|(kind, said)| {
            (all.len() > 1 || kind.id() == item.subject) && said.iter().any(|s| !s.is_empty() && s == part)
        })
    };
    let kept: Vec<(&str, SubjectKind)> = all.iter().filter_map(|part| Some((*part, of(part)?.0))).collect();
    let (_, kind) = kept.first()?;
    if kept.len() == all.len() {
        return Some(item.clone());
    }
    // It was chosen for both: what it says may be about the one that was stopped.
    let stage = kept.iter().map(|(part, _)| *part).collect::<Vec<_>>().join(stage::joint(language));
    (!speaks()).then(|| LetterItem { stage, subject: kind.id().to_owned(), ..item.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    fn item(subject: &str, stage: &str, title: &str) -> LetterItem {
        let [kind, id] = [if subject.is_empty() { "bulletin" } else { "article" }, title].map(str::to_owned);
        LetterItem {
            kind,
            id,
            stage: stage.into(),
            subject: subject.into(),
            title_html: title.into(),
            title: title.into(),
            summary: String::new(),
            lead_html: String::new(),
            link: String::new(),
            byline: String::new(),
            minutes: 1,
            on: String::new(),
            ask: String::new(),
        }
    }

    fn subject(slot: &str, kind: SubjectKind, stage_on: Date, stopped: bool) -> Subject {
        Subject { id: slot.into(), slot: slot.into(), kind, stage_on, due_on: None, stopped_at: stopped.then_some(1) }
    }

    fn household(subjects: Vec<Subject>, stopped_at: Option<i64>) -> Household {
        Household {
            id: "h".into(),
            language: "ja".into(),
            area: String::new(),
            first_child: None,
            code: String::new(),
            consent_version: String::new(),
            consent_at: 0,
            generated: false,
            paused_until: None,
            stopped_at,
            created_at: 0,
            subjects,
            contacts: Vec::new(),
        }
    }

    fn titles(left: Left) -> Vec<(String, String)> {
        match left {
            Left::Whole => vec![("whole".into(), String::new())],
            Left::Nothing => Vec::new(),
            Left::Part(view) => view.items.into_iter().map(|i| (i.title, i.stage)).collect(),
        }
    }

    #[test]
    fn what_belongs_to_a_living_child_stays() {
        use SubjectKind::{Child, Pregnancy};
        let (due, born) = (date(2027, 3, 16), date(2025, 4, 24));
        let items = vec![
            item("pregnancy", "24週", "胎動"),
            item("child", "1歳7か月", "いやいや"),
            item("pregnancy", "24週と1歳7か月", "予防接種"),
            item("pregnancy", "24週と1歳7か月", "おなかの赤ちゃんと、きょうだい"),
            item("", "", "両親学級"),
            item("", "", "図書館の休み"),
        ];
        let letter = LetterView { week: "2026-W48".into(), date: "2026-11-24".into(), language: "ja".into(), items };
        let day = Some(date(2026, 11, 26));
        let kept = |subjects: Vec<Subject>, at: Option<i64>, on: Option<Date>| {
            titles(left(&letter, &household(subjects, at), on))
        };
        let said =
            |all: &[(&str, &str)]| all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        let child = || subject("b", Child, born, false);
        assert_eq!(
            kept(vec![subject("a", Pregnancy, due, true), child()], None, day),
            said(&[("いやいや", "1歳7か月"), ("予防接種", "1歳7か月"), ("図書館の休み", "")])
        );
        assert_eq!(kept(vec![subject("a", Pregnancy, due, true)], None, day), said(&[]));
        assert_eq!(
            kept(vec![subject("a", Pregnancy, due, false), child()], Some(1), day),
            said(&[]),
            "all was stopped"
        );
        assert_eq!(kept(vec![subject("a", Pregnancy, due, false), child()], None, None), said(&[("whole", "")]));
        // Of twins the other one's stays; of another pregnancy, which was not there yet, nothing does.
        assert_eq!(
            kept(vec![subject("a", Pregnancy, due, true), subject("c", Pregnancy, due, false)], None, day),
            said(&[("胎動", "24週"), ("予防接種", "24週"), ("図書館の休み", "")])
        );
        assert_eq!(
            kept(vec![subject("a", Pregnancy, due, true), subject("c", Pregnancy, date(2027, 9, 1), false)], None, day),
            said(&[])
        );
        // A child that was stopped; one that was born since.
        assert_eq!(
            kept(vec![subject("a", Child, born, true), subject("c", Pregnancy, due, false)], None, day),
            said(&[("胎動", "24週"), ("予防接種", "24週"), ("図書館の休み", "")])
        );
        assert_eq!(
            kept(vec![subject("a", Pregnancy, due, true), subject("b", Child, date(2027, 2, 1), false)], None, day),
            said(&[])
        );
        // Of after the stop it is whole.
        assert_eq!(
            kept(vec![subject("a", Pregnancy, due, true), child()], None, Some(date(2026, 11, 23))),
            said(&[("whole", "")])
        );
        // Planned some days later than its week began.
        let late = LetterView {
            items: vec![item("child", "1歳8か月", "ことば"), item("pregnancy", "25週", "胎動")],
            ..letter.clone()
        };
        let household =
            household(vec![subject("a", Pregnancy, due, true), subject("b", Child, date(2025, 3, 27), false)], None);
        assert_eq!(titles(left(&late, &household, day)), said(&[("ことば", "1歳8か月")]));
    }
}
