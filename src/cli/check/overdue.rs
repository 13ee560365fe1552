//! `otayori check --overdue`: what waits for a review in, who should review what out, the soonest first, as a list or as JSON.

use crate::calendar::Date;
use crate::content::Library;
use crate::content::review::{Due, DueReview, ReviewedText, SOON_DAYS, due};
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
        if let Some(first) = all.iter().find(|d| d.reviewer.is_some() && d.state != Due::Sample) {
            out.push_str(&format!("監修が済んだら: otayori review {} --by {}\n", first.name, first.reviewer.as_deref().unwrap_or_default()));
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
        "前の書き方の印（m1-…）の監修が {old}件あります。届ける時期（for）や写真が変わっても気づけません。次の監修から otayori review で記録するか、いまのままでよければ otayori review --adopt で足せます\n"
    )
}

/// Reviews whose mark is of the text alone.
pub fn old_marks(library: &Library) -> usize {
    let versions = library.articles.values().flat_map(|a| a.versions.values()).chain(library.pages.values().flat_map(|p| p.versions.values()));
    versions.filter_map(|v| v.review.as_ref()).filter(|r| !r.whole && r.text == ReviewedText::Same).count()
}

fn row(due: &DueReview) -> String {
    let who = due.reviewer_name.as_deref().unwrap_or("監修者が決まっていません");
    let why = match (due.state, due.next, due.days) {
        (Due::Changed, ..) => "監修のあとで文が変わった".to_owned(),
        (Due::Missing, ..) => "まだ監修がない".to_owned(),
        (Due::Unmarked, ..) => "文の印のない監修（数えません）".to_owned(),
        (Due::Sample, ..) => "見本の架空の人の監修（数えません）".to_owned(),
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
