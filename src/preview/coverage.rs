//! The site in, the map of where articles are missing out; each empty field leads to a new article whose front matter
//! is filled in.

use super::pages::{Errors, Shared, nothing_yet, page};
use super::state::Good;
use crate::content::{Article, Profession};
use crate::engine::{category_title, feedback};
use crate::site::Stage;
use crate::site::coverage::{CoverageCell, CoverageStage, Supply, stage_title, state_title};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `/preview/coverage/`
pub(super) async fn map(State(state): Shared) -> Response {
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let coverage = good.edition(None).coverage();
    let topics: Vec<&str> = coverage.topics.iter().map(|t| t.id.as_str()).collect();
    let groups: Vec<Value> = [("weeks", "妊娠"), ("months", "0歳"), ("years", "1歳から")]
        .iter()
        .map(|(group, title)| {
            let rows: Vec<Value> =
                coverage.stages.iter().filter(|s| s.group == *group).map(|s| row(&good, s, &topics)).collect();
            json!({ "title": title, "rows": rows })
        })
        .collect();
    let library = &good.loaded.library;
    let main = good.loaded.config.main_language();
    let title = |slug: &str| {
        library
            .articles
            .get(slug)
            .and_then(|a| a.versions.get(main))
            .map_or_else(|| slug.to_owned(), |v| v.title.clone())
    };
    let topic =
        |id: &str| library.topics.iter().find(|t| t.id == id).map_or_else(|| id.to_owned(), |t| t.title.clone());
    let readers = feedback(state.root(), good.loaded.today).ok().flatten().map(|r| {
        json!({
            "said": r.said.iter().map(|s| json!({ "path": format!("/preview/{}", s.slug), "title": title(&s.slug),
                "clear": s.clear.to_string(), "unclear": s.unclear.to_string() })).collect::<Vec<_>>(),
            "wanted": r.wanted.iter().map(|w| json!({ "new": format!("/preview/coverage/new?topic={}", w.topic),
                "topic": topic(&w.topic), "category": category_title(&w.category),
                "questions": w.questions.to_string() })).collect::<Vec<_>>(),
        })
    });
    let count = |state| coverage.stages.iter().filter(|s| s.state == state).count();
    let context = json!({
        "groups": groups, "topics": coverage.topics, "readers": readers, "today": good.loaded.today,
        "columns": coverage.topics.len() + 3,
        "empty": count(Supply::Empty), "only_overdue": count(Supply::OnlyOverdue), "too_few": count(Supply::TooFew),
    });
    let loaded = &good.loaded;
    page(
        &state,
        &good,
        StatusCode::OK,
        loaded.theme.render("preview/coverage.html", loaded.config.main_language(), &context),
        Errors::Above,
    )
}

fn row(good: &Good, stage: &CoverageStage, topics: &[&str]) -> Value {
    let here = articles_of(good, &stage.stage);
    let new = |topic: &str| format!("/preview/coverage/new?stage={}&topic={topic}", stage.stage);
    let cells: Vec<Value> = stage
        .topics
        .iter()
        .zip(topics)
        .map(|(cell, topic)| {
            json!({ "current": cell.current,
        "overdue": cell.overdue, "drafts": cell.drafts, "heat": heat(cell), "new": new(topic), "there": there(good,
            &here, cell.current, cell.overdue, |a| a.topics.iter().any(|t| t == topic)) })
        })
        .collect();
    json!({
        "title": stage_title(stage.group, stage.number), "path": format!("/{}/", stage.stage), "cells": cells,
        "new": new(""), "there": there(good, &here, stage.current, stage.overdue, |_| true),
        "state": state_title(stage.state), "short": stage.state != Supply::Enough, "letters": stage.letters,
        "with_article": stage.letters_with_article, "current": stage.current,
    })
}

/// The articles of a stage, drafts too, the fittest first.
fn articles_of<'a>(good: &'a Good, stage: &str) -> Vec<&'a Article> {
    let stage = Stage::all().find(|s| s.path().trim_matches('/') == stage);
    stage.map(|s| s.articles(&good.loaded.library, true)).unwrap_or_default()
}

/// Where nothing can be sent: what is there already, so that nobody writes it a second time. What waits for its review
/// comes before a draft.
fn there(
    good: &Good,
    here: &[&Article],
    current: usize,
    overdue: usize,
    wanted: impl Fn(&Article) -> bool,
) -> Option<Value> {
    let found = here.iter().find(|a| current == 0 && a.draft == (overdue == 0) && wanted(a))?;
    let title = found.versions.get(good.loaded.config.main_language()).map(|v| v.title.as_str());
    Some(json!({ "path": format!("/preview/{}", found.slug), "title": title, "draft": found.draft }))
}

/// How dark a field is: 0 has nothing that can be sent.
fn heat(cell: &CoverageCell) -> usize {
    match cell.current {
        0 => 0,
        1 => 1,
        2 => 2,
        3 | 4 => 3,
        _ => 4,
    }
}

/// `/preview/coverage/new?stage=weeks/24&topic=food`: a file to begin with.
pub(super) async fn new(State(state): Shared, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let Some(good) = state.good() else { return nothing_yet(&state) };
    let asked = |key: &str| query.get(key).map_or("", String::as_str);
    let stage = Stage::all().find(|s| s.path().trim_matches('/') == asked("stage"));
    let topic = good.loaded.library.topics.iter().find(|t| t.id == asked("topic"));
    let title = stage.map(|s| stage_title(s.group(), s.number()));
    let name = file_name(&good, stage, topic.map(|t| t.id.as_str()));
    let context = json!({
        "stage": title, "topic": topic.map(|t| &t.title), "name": name, "text": front_matter(&good, &name, stage,
            topic.map(|t| t.title.as_str())),
        "near": near(&good, stage, topic.map(|t| t.id.as_str())),
    });
    let loaded = &good.loaded;
    page(
        &state,
        &good,
        StatusCode::OK,
        loaded.theme.render("preview/new-article.html", loaded.config.main_language(), &context),
        Errors::Above,
    )
}

/// A free name, such as `food-week-24`.
fn file_name(good: &Good, stage: Option<Stage>, topic: Option<&str>) -> String {
    let stage = stage.map(|s| format!("{}-{}", s.group().trim_end_matches('s'), s.number()));
    let parts: Vec<&str> = [topic, stage.as_deref()].into_iter().flatten().collect();
    let base = if parts.is_empty() { "new-article".to_owned() } else { parts.join("-") };
    let taken = |name: &str| good.loaded.library.articles.contains_key(name);
    if !taken(&base) {
        return base;
    }
    (2..).map(|n| format!("{base}-{n}")).find(|name| !taken(name)).unwrap_or(base)
}

/// The file, to be finished by its author: what is not known is a comment.
fn front_matter(good: &Good, name: &str, stage: Option<Stage>, topic: Option<&str>) -> String {
    let window = stage.map(|s| match s {
        Stage::Week(n) => format!("for:\n  - pregnancy_weeks: {n}-{}\n", (n + 2).min(41)),
        Stage::Month(n) => format!("for:\n  - child_months: {n}-{}\n", (n + 1).min(11)),
        Stage::Year(n) => format!("for:\n  - child_years: {n}-{n}\n"),
    });
    let ask = match stage {
        Some(Stage::Week(_)) => Profession::Midwife,
        _ => Profession::Paediatrician,
    };
    let people: Vec<String> = good.loaded.library.people.iter().map(|p| format!("{}（{}）", p.id, p.name)).collect();
    let title: Vec<String> =
        stage.map(|s| stage_title(s.group(), s.number())).into_iter().chain(topic.map(str::to_owned)).collect();
    let topic = topic.map_or(String::new(), |t| format!("topics: [{t}]\n"));
    format!(
        "---\ntitle: \"{}（仮の題）\"\nsummary: 60字までの要約を、ここに書きます。\n{}{topic}authors: []\n# \
         書いた人・監修者に使える名前: {}\nask: {}\nsources: []\ndraft: true\n# 監修を受けたら、draft の行を消して、\
         `otayori review {name} --by 監修者の名前` で記録します\n---\n\n> [!まとめ]\n> - いちばん大事なことを、\
         3つまで。\n\n最初の見出しの前の1、2段落は、おたよりに引用されます。\n\n## 見出し\n\n本文\n",
        title.join("・"),
        window.unwrap_or_default(),
        people.join("、"),
        ask.id(),
    )
}

/// What is there already near to it.
fn near(good: &Good, stage: Option<Stage>, topic: Option<&str>) -> Vec<Value> {
    let main = good.loaded.config.main_language();
    let of_topic = |a: &Article| topic.is_none_or(|t| a.topics.iter().any(|x| x == t));
    let first = |a: &Article| a.windows.iter().filter_map(Stage::first_of).filter_map(|s| stage?.distance(s)).min();
    let mut found: Vec<(i32, &Article)> = good
        .loaded
        .library
        .articles
        .values()
        .map(|a| -> &Article { a })
        .filter(|a| of_topic(a))
        .filter_map(|a| Some((first(a)?, a)))
        .collect();
    found.sort_by_key(|(distance, a)| (*distance, a.slug.clone()));
    found
        .iter()
        .take(5)
        .filter_map(|(_, a)| {
            Some(json!({ "path": format!("/preview/{}", a.slug),
        "title": a.versions.get(main)?.title, "draft": a.draft }))
        })
        .collect()
}
