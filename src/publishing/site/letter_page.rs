//! A letter's snapshot in, the page out that every household with this letter opens.

use super::Theme;
use super::filters::fill;
use super::near_loss::speaks_of_loss;
use crate::calendar::Date;
use crate::content::{LetterItem, LetterView};
use anyhow::Result;
use serde_json::{Value, json};

/// Renders a letter. Nothing personal is in it: the heading comes from the stages it was chosen for, the reason it came
/// is told in general. Words of the season are about the weather, not about bellies or babies.
pub fn letter_page(theme: &Theme, view: &LetterView) -> Result<String> {
    page(theme, view, false)
}

/// The same of what stays of a letter after a stop: the page says that the rest is not shown, and leads to it.
pub fn letter_page_in_part(theme: &Theme, view: &LetterView) -> Result<String> {
    page(theme, view, true)
}

/// In the place of a letter that is not shown after a stop, in its language: where there is care, and the way to it by
/// her own choice alone.
pub fn closed_letter_page(theme: &Theme, view: &LetterView) -> Result<String> {
    theme.render(
        "letter-closed.html",
        &view.language,
        &json!({ "section": "me", "robots": "noindex", "paths": theme.quiet_paths(&view.language) }),
    )
}

fn page(theme: &Theme, view: &LetterView, in_part: bool) -> Result<String> {
    let words = theme.words(&view.language);
    let say = |key: &str, with: &[(&str, String)]| {
        fill(words.get(key).map_or(key, String::as_str), with.iter().map(|(k, v)| (*k, v)))
    };
    let (subjects, bulletins): (Vec<&LetterItem>, Vec<&LetterItem>) =
        view.items.iter().partition(|i| i.kind != "bulletin");
    let minutes: u32 = subjects.iter().map(|i| i.minutes).sum();
    let month = view.date.parse::<Date>().map_or(1, Date::month);
    let articles = subjects.iter().filter(|i| i.kind == "article").count();
    let chosen = match articles {
        0 => say("letter_chosen_none", &[]),
        1 => say("letter_chosen_one", &[("minutes", minutes.to_string())]),
        n => say("letter_chosen", &[("n", n.to_string()), ("minutes", minutes.to_string())]),
    };
    let context = json!({
        "view": view,
        "section": "",
        "robots": "noindex",
        "stages": stages(&subjects),
        "season": say(&format!("season_{month}"), &[]),
        "chosen": chosen,
        "groups": groups(&subjects),
        "bulletins": bulletins,
        "ask": ask(&subjects),
        "stamp_date": stamp_date(&view.date),
        "in_part": in_part,
        "of_pregnancy": subjects.iter().any(|i| i.subject == "pregnancy"),
        "near_loss": !in_part && subjects.iter().any(|i| near_loss(i)),
    });
    theme.render("letter.html", &view.language, &context)
}

/// Bleeding in pregnancy, and what it may be the beginning of.
fn near_loss(item: &LetterItem) -> bool {
    let said = [item.title.as_str(), &item.summary, &item.lead_html].concat();
    speaks_of_loss(&said)
        || (item.subject == "pregnancy" && ["出血", "bleeding"].iter().any(|word| said.contains(word)))
}

/// 24週, 1歳7か月: each once, in the letter's order.
fn stages(items: &[&LetterItem]) -> Vec<String> {
    let mut stages: Vec<String> = Vec::new();
    for item in items.iter().filter(|i| !i.stage.is_empty()) {
        if !stages.contains(&item.stage) {
            stages.push(item.stage.clone());
        }
    }
    stages
}

/// Items that follow each other for the same stage share a heading.
fn groups(items: &[&LetterItem]) -> Vec<Value> {
    items
        .chunk_by(|a, b| a.stage == b.stage && a.subject == b.subject)
        .map(|same| json!({ "stage": same[0].stage, "subject": same[0].subject, "items": same }))
        .collect()
}

/// Where writing back leads: with the matter filled in when the letter has only one.
fn ask(items: &[&LetterItem]) -> String {
    match items {
        [one] if one.kind == "article" && !one.ask.is_empty() => format!("/ask?from=article:{}", one.id),
        _ => "/ask".into(),
    }
}

/// 26.11.24, as a postmark has it.
fn stamp_date(date: &str) -> String {
    date.parse::<Date>()
        .map_or(date.to_owned(), |d| format!("{:02}.{}.{}", d.year().rem_euclid(100), d.month(), d.day()))
}
