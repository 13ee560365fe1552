//! `otayori check --overdue`: what waits for a review in, who should review what out, the soonest first, as a list or
//! as JSON.

use crate::calendar::{Date, days_between};
use crate::config::Config;
use crate::content::Library;
use crate::content::marks::{ReviewedText, SOON_DAYS};
use crate::danger::{city, review};
use crate::diag::Diagnostics;
use crate::review::{Due, DueReview, deadline, due, named};
use std::collections::BTreeMap;

/// How the row of the danger data is named.
const DANGER: &str = "danger";

/// Articles, pages, the table of limits and the danger data that wait for a review, the soonest first.
pub fn all(config: &Config, library: &Library, today: Date) -> Vec<DueReview> {
    let mut all = due(library, config.main_language(), today);
    all.extend(of_danger(config, library, today));
    all.sort_by_key(|d| (deadline(d, today), d.file.clone()));
    all
}

/// The danger data, the city's own or the program's, if they wait for a review.
fn of_danger(config: &Config, library: &Library, today: Date) -> Option<DueReview> {
    let mut problems = Diagnostics::new();
    let data = city::data_of(&config.root, &mut problems)
        .filter(|_| city::folder(&config.root).is_dir() || !library.articles.is_empty())?;
    let real = |r: &review::Review| crate::cli::danger::is_real(config, library, r);
    let (state, review) = match review::state(&config.root, &data, today, &real, &mut problems) {
        review::State::Missing => (Due::Missing, None),
        review::State::Nobodys(r) => (Due::Sample, Some(r)),
        review::State::Changed(r) => (Due::Changed, Some(r)),
        // As if nobody had reviewed it yet.
        review::State::Ahead(_) => (Due::Missing, None),
        review::State::Overdue(r) => (Due::Overdue, Some(r)),
        review::State::Soon(r) => (Due::Soon, Some(r)),
        review::State::Holds(_) => return None,
    };
    let next = review.as_ref().filter(|_| state != Due::Sample).map(|r| r.next);
    Some(DueReview {
        file: review::FILE.to_owned(),
        name: DANGER.to_owned(),
        title: "危険のしるし".to_owned(),
        language: config.main_language().to_owned(),
        state,
        reviewer_name: review.as_ref().and_then(|r| named(library, &r.by)),
        reviewer: review.map(|r| r.by),
        next,
        days: next.map(|n| days_between(today, n)),
        held: false,
    })
}

/// The list as JSON: `[{file, name, title, language, state, reviewer, reviewer_name, next, days, held}]`.
pub fn json(all: &[DueReview]) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(all)? + "\n")
}

/// The list as a person reads it.
pub fn human(all: &[DueReview], library: &Library, today: Date) -> String {
    let (soon, now): (Vec<&DueReview>, Vec<&DueReview>) = all.iter().partition(|d| d.state == Due::Soon);
    let (held, shown): (Vec<&DueReview>, Vec<&DueReview>) = now.into_iter().partition(|d| d.held);
    let mut out = format!("{today} の時点で、監修を頼むもの\n");
    for (title, some) in [
        ("いま、おたよりで送っていないもの", &held),
        ("サイトや相談で、そのまま使っているもの", &shown),
        ("まもなく期限が来るもの", &soon),
    ] {
        if !some.is_empty() {
            out.push_str(&format!("\n{title}（{}件）\n", some.len()));
            some.iter().for_each(|d| out.push_str(&row(d)));
        }
    }
    if all.is_empty() {
        out.push_str(&format!("\nありません（期限まで{SOON_DAYS}日以内のものも、過ぎたものもありません）\n"));
    } else {
        out.push_str(&format!("\n人ごと: {}\n", by_person(all)));
        if let Some(first) = all.iter().find(|d| d.reviewer.is_some() && d.state != Due::Sample && d.name != DANGER) {
            out.push_str(&format!(
                "監修が済んだら: otayori review {} --by {}\n",
                first.name,
                first.reviewer.as_deref().unwrap_or_default()
            ));
        }
        if all.iter().any(|d| d.name == DANGER) {
            out.push_str("危険のしるしは: otayori danger review --by 監修した人の id\n");
        }
    }
    let old = hint(old_marks(library));
    if !old.is_empty() {
        out.push_str(&format!("\n{old}"));
    }
    out
}

/// What is said of reviews whose mark is one of before.
pub fn hint(old: usize) -> String {
    if old == 0 {
        return String::new();
    }
    format!(
        "前の書き方の印（m1-…）の監修が {old}件あります。届ける時期（for）や写真が変わっても気づけません。次の監修から \
         otayori review で記録するか、いまのままでよければ otayori review --adopt で足せます\n"
    )
}

/// Reviews whose mark is of the text alone.
pub fn old_marks(library: &Library) -> usize {
    let versions = library
        .articles
        .values()
        .flat_map(|a| a.versions.values())
        .chain(library.pages.values().flat_map(|p| p.versions.values()));
    versions.filter_map(|v| v.review.as_ref()).filter(|r| !r.whole && r.text == ReviewedText::Same).count()
}

fn row(due: &DueReview) -> String {
    let who = due.reviewer_name.as_deref().unwrap_or("監修者が決まっていません");
    let why = match (due.state, due.next, due.days) {
        (Due::Changed, ..) => "監修のあとで文が変わった".to_owned(),
        (Due::Missing, ..) => "まだ監修がない".to_owned(),
        (Due::Unmarked, ..) => "文の印のない監修（数えません）".to_owned(),
        (Due::Sample, ..) if due.reviewer_name.is_none() => format!(
            "content/people.yaml にいない人（{}）の監修（数えません）",
            due.reviewer.as_deref().unwrap_or_default()
        ),
        (Due::Sample, ..) => "見本の架空の人の監修（数えません）".to_owned(),
        (Due::Renamed, ..) => "いまとは違う名前の人が記録した監修（数えません）".to_owned(),
        (Due::Overdue, Some(next), Some(days)) => format!("{next} に期限（{}日前）", -days),
        (_, Some(next), Some(days)) => format!("{next} まで（あと{days}日）"),
        _ => String::new(),
    };
    format!("  {why}　{who}　「{}」\n    {}\n", due.title, due.file)
}

/// 高瀬 航（産婦人科医）3件、…
fn by_person(all: &[DueReview]) -> String {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|d| *count.entry(d.reviewer_name.as_deref().unwrap_or("決まっていない")).or_default() += 1);
    let mut count: Vec<(&str, usize)> = count.into_iter().collect();
    count.sort_by_key(|(name, n)| (usize::MAX - n, *name));
    count.iter().map(|(name, n)| format!("{name} {n}件")).collect::<Vec<_>>().join("、")
}
