//! `otayori check --overdue`: what waits for a review in, who should review what out, the soonest first, as a list or as JSON.

use crate::calendar::Date;
use crate::content::review::{Due, DueReview, ReviewedText, SOON_DAYS, due};
use crate::content::{Library, Review};
use std::collections::BTreeMap;

/// The list as JSON: `[{file, name, title, language, state, reviewer, reviewer_name, next, days}]`.
pub fn json(library: &Library, main_language: &str, today: Date) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&due(library, main_language, today))? + "\n")
}

/// The list as a person reads it.
pub fn human(library: &Library, main_language: &str, today: Date) -> String {
    let all = due(library, main_language, today);
    let (soon, now): (Vec<&DueReview>, Vec<&DueReview>) = all.iter().partition(|d| d.state == Due::Soon);
    let mut out = format!("{today} の時点で、監修を頼むもの\n");
    for (title, some) in [("いま、おたよりで送っていないもの", &now), ("まもなく期限が来るもの", &soon)] {
        if !some.is_empty() {
            out.push_str(&format!("\n{title}（{}件）\n", some.len()));
            some.iter().for_each(|d| out.push_str(&row(d)));
        }
    }
    if all.is_empty() {
        out.push_str(&format!("\nありません（期限まで{SOON_DAYS}日以内のものも、過ぎたものもありません）\n"));
    } else {
        out.push_str(&format!("\n人ごと: {}\n", by_person(&all)));
        if let Some(first) = all.iter().find(|d| d.reviewer.is_some()) {
            out.push_str(&format!("監修が済んだら: otayori review {} --by {}\n", first.name, first.reviewer.as_deref().unwrap_or_default()));
        }
    }
    let unmarked = hint(unmarked(library));
    if !unmarked.is_empty() {
        out.push_str(&format!("\n{unmarked}"));
    }
    out
}

/// What is said of reviews that recorded no mark, or one of before.
pub fn hint((without, old): (usize, usize)) -> String {
    let adopt = "次の監修から otayori review で記録するか、いまのままでよければ otayori review --adopt で足せます";
    let mut said = String::new();
    if without > 0 {
        said.push_str(&format!("文の印（review の body）がない監修が {without}件あります。文が変わっても気づけません。{adopt}\n"));
    }
    if old > 0 {
        said.push_str(&format!("前の書き方の印（m1-…）の監修が {old}件あります。届ける時期（for）や写真が変わっても気づけません。{adopt}\n"));
    }
    said
}

/// Reviews that recorded no mark, and those whose mark is of the text alone.
pub fn unmarked(library: &Library) -> (usize, usize) {
    let versions = library.articles.values().flat_map(|a| a.versions.values()).chain(library.pages.values().flat_map(|p| p.versions.values()));
    let reviews: Vec<&Review> = versions.filter_map(|v| v.review.as_ref()).collect();
    let count = |text| reviews.iter().filter(|r| !r.whole && r.text == text).count();
    (count(ReviewedText::Unrecorded), count(ReviewedText::Same))
}

fn row(due: &DueReview) -> String {
    let who = due.reviewer_name.as_deref().unwrap_or("監修者が決まっていません");
    let why = match (due.state, due.next, due.days) {
        (Due::Changed, ..) => "監修のあとで文が変わった".to_owned(),
        (Due::Missing, ..) => "まだ監修がない".to_owned(),
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
