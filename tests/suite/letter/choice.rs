//! Who gets what: tables and properties of the pure choice.

use super::{article, bulletin, city, config, library, main_of, tuesday, version, weeks};
use otayori::calendar::{Date, LetterWeek, date, plus_days};
use otayori::config::Config;
use otayori::content::{Library, ReviewedText};
use otayori::letter::{Household, Numbers, Rules, Subject, Verdict, What};
use otayori::segment::{Rule, SubjectFacts, SubjectKind};
use proptest::prelude::*;

fn facts(kind: SubjectKind, stage_on: Date) -> SubjectFacts {
    SubjectFacts { kind, stage_on, due_on: None, twin: false }
}
/// A pregnancy of so many weeks and days on the Tuesday.
fn pregnancy(week: i32, day: i32) -> SubjectFacts {
    facts(SubjectKind::Pregnancy, plus_days(tuesday(), 280 - week * 7 - day))
}
fn child(on: Date) -> SubjectFacts {
    facts(SubjectKind::Child, on)
}
fn household(subjects: &[SubjectFacts]) -> Household {
    let subjects = subjects
        .iter()
        .enumerate()
        .map(|(n, facts)| Subject { slot: b'a' + n as u8, facts: facts.clone(), stopped: false })
        .collect();
    Household {
        id: "h".into(),
        language: "ja".into(),
        area: "south".into(),
        first_child: Some(true),
        subjects,
        ..Household::default()
    }
}

struct Engine {
    config: Config,
    library: Library,
}

impl Engine {
    fn of(library: Library) -> Self {
        Self { config: config(std::path::Path::new("/nowhere")), library }
    }
    fn verdict(&self, household: &Household, today: Date) -> (Verdict, Vec<String>, Vec<String>) {
        let numbers = Numbers::default().complete(&self.library).unwrap();
        let mut rules = Rules::new(&self.library, &self.config, &numbers, today).unwrap();
        let verdict = rules.choose(household);
        let (items, skipped) = match &verdict {
            Verdict::Letter(choice) => {
                let why = rules.why(choice);
                (why.items, why.skipped)
            }
            Verdict::Stopped => (Vec::new(), Vec::new()),
            Verdict::NothingFits(skipped) => (Vec::new(), rules.why_not(skipped)),
        };
        let text =
            |all: Vec<otayori::letter::Because>| all.into_iter().map(|b| format!("{} {}", b.id, b.because)).collect();
        (verdict, text(items), text(skipped))
    }
    fn items(&self, household: &Household) -> Vec<String> {
        self.verdict(household, tuesday()).1.into_iter().map(|i| i.split(' ').next().unwrap().to_owned()).collect()
    }
    fn skipped(&self, household: &Household) -> Vec<String> {
        self.verdict(household, tuesday()).2
    }
}

#[test]
fn essential_then_narrowest_then_by_name() {
    let mut all = vec![
        article("wide", &[weeks(20, 30)]),
        article("narrow-b", &[weeks(24, 25)]),
        article("narrow-a", &[weeks(24, 25)]),
        article("elsewhere", &[weeks(5, 8)]),
    ];
    assert_eq!(Engine::of(library(all.clone(), vec![], vec![])).items(&household(&[pregnancy(24, 0)])), ["narrow-a"]);
    all[0].essential = true;
    let engine = Engine::of(library(all, vec![], vec![]));
    assert_eq!(
        engine.verdict(&household(&[pregnancy(24, 3)]), tuesday()).1,
        ["wide 妊娠24週3日：pregnancy_weeks 20-30 に入る（大切な読みものとして先に）"]
    );
    assert_eq!(
        engine.skipped(&household(&[pregnancy(24, 0)])),
        ["narrow-a 今週は「wide」を先に選んだ", "narrow-b 今週は「wide」を先に選んだ"]
    );
}

#[test]
fn only_what_is_reviewed_finished_and_for_it() {
    let mut expired = article("expired", &[weeks(24, 24)]);
    main_of(&mut expired).review.as_mut().unwrap().next = date(2026, 11, 23);
    let mut last_day = article("last-day", &[weeks(23, 24)]);
    main_of(&mut last_day).review.as_mut().unwrap().next = tuesday();
    let mut unreviewed = article("unreviewed", &[weeks(24, 24)]);
    main_of(&mut unreviewed).review = None;
    let mut rewritten = article("rewritten", &[weeks(24, 24)]);
    main_of(&mut rewritten).review.as_mut().unwrap().text = ReviewedText::Changed;
    let mut draft = article("draft", &[weeks(24, 24)]);
    draft.draft = true;
    let mut north = article("north", &[weeks(24, 24)]);
    north.segments = vec!["north".into()];
    let mut unknown = article("unknown-segment", &[weeks(24, 24)]);
    unknown.segments = vec!["misspelt".into()];
    let engine = Engine::of(library(
        vec![expired, last_day, unreviewed, rewritten, draft, north, unknown, article("night", &[])],
        vec![],
        vec![("north", Rule::Area(vec!["north".into()]))],
    ));
    assert_eq!(engine.items(&household(&[pregnancy(24, 0)])), ["last-day"]);
    let mut in_north = household(&[pregnancy(24, 0)]);
    in_north.area = "north".into();
    assert_eq!(engine.items(&in_north), ["north"]);
    assert_eq!(
        engine.skipped(&household(&[pregnancy(24, 0)])),
        [
            "expired 監修の期限（2026-11-23）が過ぎている",
            "north 記事の配信対象に入らない",
            "rewritten 監修のあとで文が変わった",
            "unknown-segment 記事の配信対象に入らない",
            "unreviewed 監修がまだない"
        ]
    );
}

#[test]
fn a_language_version_needs_its_own_review() {
    let mut both = article("both", &[weeks(24, 24)]);
    both.versions.insert("en".into(), version("en", "english", Some((date(2026, 1, 1), date(2026, 11, 1)))).into());
    let mut household = household(&[pregnancy(24, 0)]);
    household.language = "en".into();
    // English has run out: the main language's is sent.
    assert_eq!(Engine::of(library(vec![both.clone()], vec![], vec![])).items(&household), ["both"]);
    main_of(&mut both).review = None;
    assert_eq!(Engine::of(library(vec![both.clone()], vec![], vec![])).items(&household), [] as [&str; 0]);
    std::sync::Arc::make_mut(both.versions.get_mut("en").unwrap()).review.as_mut().unwrap().next = date(2027, 1, 1);
    assert_eq!(Engine::of(library(vec![both.clone()], vec![], vec![])).items(&household), ["both"]);
    // Another original is told to the translator; other weeks, which stand in the original's file, hold for every
    // version.
    let mut rewritten = version("ja", "both", Some((date(2026, 1, 1), date(2027, 1, 1))));
    rewritten.review.as_mut().unwrap().text = ReviewedText::Changed;
    both.versions.insert("ja".into(), rewritten.into());
    assert_eq!(Engine::of(library(vec![both.clone()], vec![], vec![])).items(&household), ["both"]);
    main_of(&mut both).review.as_mut().unwrap().changes.windows = true;
    assert_eq!(Engine::of(library(vec![both], vec![], vec![])).items(&household), [] as [&str; 0]);
}

#[test]
fn siblings_share_a_letter_and_twins_an_article() {
    let engine = Engine::of(city());
    let twins = [child(date(2026, 8, 20)), child(date(2026, 8, 20))];
    assert_eq!(engine.items(&household(&twins)), ["month-02", "south", "closed"]);
    let family = [child(date(2022, 3, 1)), child(date(2024, 3, 1)), pregnancy(24, 0), child(date(2026, 8, 20))];
    let items = engine.items(&household(&family));
    assert_eq!(items.len(), 5, "at most three articles and the bulletins: {items:?}");
    let Verdict::Letter(choice) =
        engine.verdict(&household(&[pregnancy(24, 0), child(date(2025, 4, 20))]), tuesday()).0
    else {
        panic!()
    };
    let stages: Vec<&str> = choice.items.iter().map(|i| i.stage.as_str()).collect();
    assert_eq!(stages, ["24週", "1歳7か月", "", ""]);
    assert_eq!(choice.slots, "a*b", "a star behind the pregnancy: its birth stops the letter");
}

/// Twins: another active subject of the same kind and day. If one is lost, twin texts end and the other's letters go
/// on.
#[test]
fn twin_texts_end_with_one_twin() {
    let mut for_twins = article("twins", &[weeks(20, 40)]);
    for_twins.essential = true;
    for_twins.segments = vec!["twins".into()];
    let engine = Engine::of(library(
        vec![for_twins, article("week", &[weeks(24, 24)])],
        vec![bulletin("club", "twins", date(2026, 11, 1))],
        vec![("twins", Rule::Twins(true))],
    ));
    let mut household = household(&[pregnancy(24, 0), pregnancy(24, 0)]);
    assert_eq!(engine.items(&household), ["twins", "club"]);
    household.subjects[1].stopped = true;
    assert_eq!(engine.items(&household), ["week"]);
    assert_eq!(engine.skipped(&household)[0], "b この対象のおたよりは止められている");
    household.subjects[0].stopped = true;
    assert_eq!(engine.verdict(&household, tuesday()).0, Verdict::Stopped);
}

#[test]
fn around_the_due_date() {
    let engine = Engine::of(city());
    let at = |week, day| engine.items(&household(&[pregnancy(week, day)]));
    assert_eq!(at(39, 6), ["week-38", "south", "class", "closed"]);
    assert_eq!(at(40, 0), ["week-39", "birth-40", "south", "class", "closed"]);
    assert_eq!(at(40, 6), ["week-39", "birth-40", "south", "class", "closed"]);
    assert_eq!(at(41, 0), ["week-40", "birth-41", "south", "class", "closed"]);
    // From 42w0d on nothing that speaks of the pregnancy; what is for the whole area or for everybody still comes.
    assert_eq!(at(42, 0), ["south", "closed"]);
    assert_eq!(at(45, 6), ["south", "closed"]);
    assert_eq!(at(46, 0), ["south"]);
    // The question is asked once, also when a second letter goes in the same week of pregnancy.
    let mut asked = household(&[pregnancy(40, 0)]);
    let Verdict::Letter(choice) = engine.verdict(&asked, tuesday()).0 else { panic!() };
    asked.sent = choice.entries;
    assert_eq!(engine.items(&asked), ["week-40"]);
}

#[test]
fn bulletins_pinned_first_then_newest_and_never_again() {
    let mut pinned = bulletin("pinned", "all", date(2026, 10, 1));
    pinned.pin = true;
    let mut over = bulletin("over", "all", date(2026, 11, 1));
    over.until = Some(date(2026, 11, 23));
    let mut draft = bulletin("draft", "all", date(2026, 11, 1));
    draft.draft = true;
    let mut site_only = bulletin("site-only", "all", date(2026, 11, 1));
    site_only.segments.clear();
    let all = vec![
        bulletin("old", "all", date(2026, 9, 1)),
        bulletin("new", "all", tuesday()),
        bulletin("b", "all", date(2026, 11, 2)),
        bulletin("a", "all", date(2026, 11, 2)),
        pinned,
        over,
        draft,
        site_only,
        bulletin("future", "all", date(2026, 11, 25)),
    ];
    let engine = Engine::of(library(vec![], all, vec![("all", Rule::All(vec![]))]));
    let mut household = household(&[child(date(2025, 1, 1))]);
    assert_eq!(engine.items(&household), ["pinned", "new", "a"]);
    assert_eq!(engine.skipped(&household), ["b 1通に3つまで", "old 1通に3つまで"]);
    let Verdict::Letter(choice) = engine.verdict(&household, tuesday()).0 else { panic!() };
    household.sent = choice.entries;
    assert_eq!(engine.items(&household), ["b", "old"]);
}

#[test]
fn stops_and_pauses() {
    let engine = Engine::of(city());
    let verdict = |h: &Household| matches!(engine.verdict(h, tuesday()).0, Verdict::Stopped);
    let mut h = household(&[pregnancy(24, 0)]);
    h.paused_until = Some(date(2026, 11, 25));
    assert!(verdict(&h));
    h.paused_until = Some(tuesday());
    assert!(!verdict(&h), "on that day letters go again");
    h.stopped = true;
    assert!(verdict(&h));
    assert_eq!(engine.verdict(&household(&[]), tuesday()).0, Verdict::NothingFits(vec![]));
}

/// Where there is not room for all, it is not always the same child who has to wait.
#[test]
fn who_waits_changes_by_the_week() {
    let engine = Engine::of(city());
    let many: Vec<SubjectFacts> = (0..5).map(|n| child(date(2021 + n, 3, 1))).collect();
    let mut served = std::collections::BTreeSet::new();
    for week in 0..5 {
        let Verdict::Letter(choice) = engine.verdict(&household(&many), plus_days(tuesday(), week * 7)).0 else {
            panic!()
        };
        assert_eq!(choice.items.iter().filter(|i| i.subject.is_some()).count(), 3);
        served.extend(choice.entries.as_bytes().chunks(3).map(|e| e[0]).filter(|slot| *slot != b'*'));
    }
    assert_eq!(served.len(), 5);
}

fn any_subject() -> impl Strategy<Value = SubjectFacts> {
    prop_oneof![
        (0i32..300).prop_map(|d| facts(SubjectKind::Pregnancy, plus_days(tuesday(), d - 20))),
        (0i32..2400).prop_map(|d| child(plus_days(tuesday(), -d)))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Over sixty weeks nothing comes twice to a subject, no bulletin twice to a household, never more than there is
    /// room for, and the same household always gets the same.
    #[test]
    fn never_twice_in_sixty_weeks(subjects in proptest::collection::vec(any_subject(), 1..5), start in 0i32..7) {
        let engine = Engine::of(city());
        let mut household = household(&subjects);
        for week in 0..60 {
            let today = plus_days(tuesday(), week * 7 + start);
            let first = engine.verdict(&household, today);
            prop_assert_eq!(&first, &engine.verdict(&household, today));
            let Verdict::Letter(choice) = first.0 else { continue };
            prop_assert!(choice.items.iter().filter(|i| matches!(i.what, What::Lead(_))).count() <= 3);
            prop_assert!(choice.items.iter().filter(|i| i.subject.is_none()).count() <= 3);
            for entry in choice.entries.as_bytes().chunks(3) {
                prop_assert!(!household.sent.as_bytes().chunks(3).any(|e| e == entry), "{} again in week {week}",
                    String::from_utf8_lossy(entry));
            }
            prop_assert_eq!(choice.entries.len() % 3, 0);
            household.sent.push_str(&choice.entries);
        }
    }

    /// Letter weeks hold every day once, whatever day they begin on.
    #[test]
    fn a_day_is_in_its_week(day in 0i32..4000) {
        let day = plus_days(tuesday(), day - 2000);
        let week = LetterWeek::of(day, config(std::path::Path::new("/nowhere")).letter_day);
        prop_assert!(week.first() <= day && day <= week.last());
    }
}
