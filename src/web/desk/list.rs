//! The desk's list: who waits, the nearest to death first. No word of anybody.

use super::Filter;
use super::view::language;
use crate::consult::{self, Category, Danger, Source, Waiting, Which};
use crate::content::{Library, Profession};
use crate::staff::{Role, Staff};
use crate::web::{Result, Shared, when};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// What is found in the threads that are watched over, by id.
type Found = HashMap<String, BTreeSet<Danger>>;

/// The page with the list, and a thread beside it.
pub(super) async fn page(app: &Shared, staff: &Staff, filter: &Filter, thread: Option<Value>) -> Result<Response> {
    let which = if filter.show == "done" { Which::Done } else { Which::Waiting };
    let profession = filter.of(staff);
    let rows = consult::list(&app.db, which, profession).await?;
    let found = consult::watched(&app.db, &app.vault).await?;
    let library = &app.published().library;
    let (now, today) = (app.now(), app.today());
    let current = thread.as_ref().and_then(|t| t["id"].as_str()).unwrap_or_default().to_owned();
    let line = |w: &Waiting| line(app, w, &found, library, now, &current);
    let group = |title: &str, hot: bool, rows: Vec<&Waiting>| json!({ "title": title, "hot": hot, "lines": rows.into_iter().map(line).collect::<Vec<_>>() });
    let groups = match which {
        Which::Done => vec![group("終わった相談", false, rows.iter().collect())],
        Which::Waiting => {
            let (mut urgent, rest): (Vec<_>, Vec<_>) = rows.iter().partition(|w| w.urgent());
            urgent.sort_by_key(|w| (nearest(&found, &w.id), w.asked_at));
            let (waiting, watched): (Vec<_>, Vec<_>) = rest.into_iter().partition(|w| w.waits());
            let (soon, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|w| w.due_soon(now));
            vec![group("急ぎ", true, urgent), group("まもなく期限", false, soon), group("待っている", false, rest), group("見守り", false, watched)]
        }
    };
    // What is urgent is everybody's matter, whatever the filter.
    let others = match profession {
        Some(own) => consult::list(&app.db, Which::Waiting, None).await?.iter().filter(|w| w.urgent() && w.profession != own.id()).count(),
        None => 0,
    };
    let midnight = today.to_zoned(app.config.zone.clone()).map_or(now, |z| z.timestamp().as_second());
    let context = json!({
        "staff": { "name": staff.name, "title": staff.title(), "writes": staff.role == Role::Clinician },
        "groups": groups,
        "none": rows.is_empty(),
        "done": which == Which::Done,
        "others": others,
        "profession": profession.map_or("all", Profession::id),
        "query": filter.query(staff),
        "professions": Profession::ALL.map(|p| json!({ "id": p.id(), "title": p.title() })),
        "danger_review": crate::danger::review::state(&app.config.root, &crate::danger::detector().data, today, &mut crate::diag::Diagnostics::new()).said(),
        "answered_today": consult::answered_since(&app.db, midnight).await?,
        "closed": closed(app, &filter.closed).await?,
        "thread": thread,
    });
    app.page("desk.html", app.config.main_language(), &context)
}

/// The thread that was closed just now, if it still is: 「もう一度開く」.
async fn closed(app: &Shared, id: &str) -> Result<Option<String>> {
    Ok(if id.is_empty() { None } else { consult::is_closed(&app.db, id).await?.then(|| id.to_owned()) })
}

/// A matter of life, and the worst that was found; what nothing is known of comes last.
fn nearest(found: &Found, id: &str) -> (bool, Option<Danger>) {
    let worst = found.get(id).and_then(|d| d.first().copied());
    (!worst.is_some_and(Danger::life), worst)
}

/// One line of the list: who (as far as it matters), what is in danger, since or until when, from where. No text.
fn line(app: &Shared, w: &Waiting, found: &Found, library: &Library, now: i64, current: &str) -> Value {
    let asked = when::zoned(app, w.asked_at);
    let late = w.waits() && w.due_soon(now);
    let time = match (w.closed_at, w.answered_at) {
        _ if w.urgent() => when::ago(now - w.written_at.unwrap_or(w.asked_at)),
        (Some(_), _) => "終了".to_owned(),
        (None, Some(at)) => format!("お答えずみ・{}", when::ago(now - at)),
        (None, None) if late => when::left(w.due_at - now),
        (None, None) => when::near(&when::zoned(app, w.due_at), app.today()),
    };
    let source = Source::of(&w.source, library).title;
    let dangers: Vec<_> = found.get(&w.id).into_iter().flatten().map(|d| json!({ "title": d.title(), "life": d.life() })).collect();
    json!({
        "id": w.id,
        "who": who(w.household_id.is_none(), &w.category, w.stage(asked.date())),
        "time": time,
        "late": late && !w.urgent(),
        "dangers": dangers,
        "watched": w.watched_at.is_some() && !w.urgent(),
        "written": w.written_at.filter(|_| w.waits() && !w.urgent()).map(|at| when::ago(now - at)),
        "profession": Profession::from_id(&w.profession).map_or("", Profession::title),
        "from": source,
        "language": if w.language == app.config.main_language() { "" } else { language(&w.language) },
        "current": w.id == current,
    })
}

/// 24週0日, 1歳7か月, 気持ち・家族, ゲスト（子ども）
pub(super) fn who(guest: bool, category: &str, stage: Option<String>) -> String {
    let matter = match Category::from_id(category) {
        Some(Category::Pregnancy) => "妊娠中",
        Some(Category::Child) => "子ども",
        Some(Category::Body) => "からだ",
        Some(Category::Own) | None => "気持ち・家族",
    };
    if guest { format!("ゲスト（{matter}）") } else { stage.unwrap_or_else(|| matter.to_owned()) }
}
