//! The desk's list, a page at a time: who waits, the nearest to death first; what came in crowds below; and what a
//! light poll asks.

use super::filter::Filter;
use super::labels::{language, who};
use crate::calendar::Date;
use crate::consult::waiting::{Counts, Heading, Open, PAGE, Page};
use crate::consult::{self, Source, Stands, Tag, Waiting, Which, waiting};
use crate::content::marks::Signature;
use crate::content::{Library, Profession, sample};
use crate::danger;
use crate::diag::Diagnostics;
use crate::staff::{Role, Staff};
use crate::web::{Result, Shared, when};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The page with the list, and a thread beside it.
pub(super) async fn page(app: &Shared, staff: &Staff, filter: &Filter, thread: Option<Value>) -> Result<Response> {
    let (which, profession) = (filter.which(), filter.of(staff));
    let (now, today) = (app.now(), app.today());
    let open = waiting::open(&app.db, now).await?;
    let (counts, crowded) = (open.counts(profession), open.crowds(profession));
    let of_crowd =
        |id: &String| crowded.iter().find(|(crowd, _)| crowd == id).map(|(_, c)| c.clone()).unwrap_or_default();
    let all = match &which {
        Which::Waiting => counts.all(),
        Which::Done => waiting::done(&app.db, profession).await?,
        Which::Crowd(id) => of_crowd(id).all(),
    };
    let pages = all.div_ceil(PAGE).max(1);
    let number = filter.page().min(pages - 1);
    let listed = waiting::page(&app.db, &app.vault, &which, profession, number).await?;
    let shown: Vec<&str> = listed.newest.iter().chain(&listed.rows).map(|w| w.id.as_str()).collect();
    // Whoever answers reads; others open a thread when they look.
    let words = if staff.role == Role::Clinician {
        waiting::first_words(&app.db, &app.vault, &shown, &staff.id, now).await?
    } else {
        HashMap::new()
    };
    let library = &app.published().library;
    let current = thread.as_ref().and_then(|t| t["id"].as_str()).unwrap_or_default().to_owned();
    let lines = Lines { app, listed: &listed, words: &words, library, now, current: &current };
    let midnight = today.to_zoned(app.config.zone.clone()).map_or(now, |z| z.timestamp().as_second());
    let unreviewed: Vec<String> =
        danger_review(app, library, today).into_iter().chain(library.triage.unreviewed(today)).collect();
    let context = json!({
        "staff": { "name": staff.name, "title": staff.title(), "writes": staff.role == Role::Clinician },
        "groups": lines.groups(&which, &if let Which::Crowd(id) = &which { of_crowd(id) } else { counts.clone() }, all),
        "counts": { "urgent": counts.urgent, "waiting": counts.waiting, "soon": counts.soon,
            "watched": counts.watched },
        "none": all == 0,
        "done": which == Which::Done,
        "crowd": matches!(which, Which::Crowd(_)),
        "crowds": if which == Which::Waiting { crowds(&crowded, now) } else { Vec::new() },
        "pages": (pages > 1).then(|| json!({ "now": number + 1, "of": pages, "before": (number > 0).then_some(number),
            "after": (number + 1 < pages).then_some(number + 2) })),
        // What is urgent is everybody's matter, whatever the filter.
        "others": open.urgent(None).saturating_sub(open.urgent(profession)),
        "profession": profession.map_or("all", Profession::id),
        "query": filter.query(staff),
        "here": filter.list(staff),
        "pulse": mark(&open),
        "professions": Profession::ALL.map(|p| json!({ "id": p.id(), "title": p.title() })),
        "unreviewed": unreviewed,
        "answered_today": waiting::answered_since(&app.db, midnight).await?,
        "erased": erased(app).await?,
        "closed": closed(app, &filter.closed).await?,
        "thread": thread,
    });
    app.page("desk.html", app.config.main_language(), &context)
}

/// What is said of the danger data while no review of theirs holds.
fn danger_review(app: &Shared, library: &Library, today: Date) -> Option<String> {
    let real = |r: &danger::review::Review| {
        let signature = Signature { on: r.on, body: &r.body, signed: r.signed.as_deref() };
        sample::is_reviewed(&app.config, library, &r.by, &signature)
    };
    danger::review::state(&app.config.root, &danger::detector().data, today, &real, &mut Diagnostics::new()).message()
}

/// So long it is shown that a thread under watch was erased.
const ERASED_DAYS: i64 = 30;

/// Threads under watch that were erased by their household or by the time: when, and which dangers. Of whom nobody
/// knows any more.
async fn erased(app: &Shared) -> Result<Vec<Value>> {
    let erased = consult::erased_watches(&app.db, app.now() - ERASED_DAYS * 86_400).await?;
    let line = |(at, dangers): (i64, Vec<consult::Danger>)| {
        json!({ "at": when::moment(&when::zoned(app, at)),
        "dangers": dangers.iter().map(|d| d.title()).collect::<Vec<_>>() })
    };
    Ok(erased.into_iter().map(line).collect())
}

/// How much is urgent and waits (with what came in crowds), when the newest danger was found, and a mark that differs
/// as soon as the list does: for the page's script.
pub(super) async fn pulse(app: &Shared) -> Result<Value> {
    let open = waiting::open(&app.db, app.now()).await?;
    let own = open.counts(None);
    Ok(json!({ "urgent": own.urgent, "waiting": own.waiting, "crowds": open.urgent(None) - own.urgent,
            "newest": open.newest_danger_at(), "mark": mark(&open) }))
}

fn mark(open: &Open) -> String {
    let of = |c: &Counts| format!("{}.{}.{}.{}.{}", c.urgent, c.waiting, c.watched, c.newest_danger_at, c.newest_at);
    let crowds = open.crowds(None);
    std::iter::once(of(&open.counts(None))).chain(crowds.iter().map(|(_, c)| of(c))).collect::<Vec<_>>().join("-")
}

/// What came in crowds: how much, of it how much with signs of danger, and since when the newest.
fn crowds(crowded: &[(String, Counts)], now: i64) -> Vec<Value> {
    let one = |(n, (id, c)): (usize, &(String, Counts))| {
        let title = if id == crate::crowd::ALL {
            "いちどに届いた相談".to_owned()
        } else {
            format!("同じ所から続けて届いた相談 {}", n + 1)
        };
        json!({ "id": id, "title": title, "all": c.all(), "urgent": c.urgent, "newest": when::ago(now - c.newest_at) })
    };
    crowded.iter().enumerate().map(one).collect()
}

/// The thread that was closed just now, if it still is, and its version: 「もう一度開く」.
async fn closed(app: &Shared, id: &str) -> Result<Option<Value>> {
    let version = if id.is_empty() { None } else { consult::closed_version(&app.db, id).await? };
    Ok(version.map(|version| json!({ "id": id, "version": version })))
}

/// What the lines are written from.
struct Lines<'a> {
    app: &'a Shared,
    listed: &'a Page,
    words: &'a HashMap<String, String>,
    library: &'a Library,
    now: i64,
    current: &'a str,
}

impl Lines<'_> {
    /// The page's rows under their headings, which count everything and not only the page.
    fn groups(&self, which: &Which, counts: &Counts, all: usize) -> Vec<Value> {
        let rows = || self.listed.rows.iter();
        match which {
            Which::Done => vec![self.group("終わった相談", false, all, rows())],
            Which::Crowd(_) => vec![
                self.group(
                    "急ぎ（続けて届いた）",
                    true,
                    counts.urgent,
                    rows().filter(|w| w.state.tag() == Tag::Urgent),
                ),
                self.group(
                    "続けて届いた相談",
                    false,
                    all - counts.urgent.min(all),
                    rows().filter(|w| w.state.tag() != Tag::Urgent),
                ),
            ],
            Which::Waiting => {
                let under = |heading| rows().filter(move |w| w.heading(self.now) == heading);
                vec![
                    self.group("いちばん新しい急ぎ", true, counts.urgent, self.listed.newest.iter()),
                    self.group("急ぎ", true, counts.urgent, under(Heading::Urgent)),
                    self.group("まもなく期限", false, counts.soon, under(Heading::Soon)),
                    self.group(
                        "待っている",
                        false,
                        counts.waiting - counts.soon.min(counts.waiting),
                        under(Heading::Waits),
                    ),
                    self.group("見守り", false, counts.watched, under(Heading::Watched)),
                ]
            }
        }
    }

    fn group<'w>(&self, title: &str, hot: bool, all: usize, rows: impl Iterator<Item = &'w Waiting>) -> Value {
        json!({ "title": title, "hot": hot, "all": all, "lines": rows.map(|w| self.line(w)).collect::<Vec<_>>() })
    }

    /// One line: who (as far as it matters), what is in danger, since or until when, from where; how it begins, for who
    /// may read.
    fn line(&self, w: &Waiting) -> Value {
        let (app, now) = (self.app, self.now);
        let asked = when::zoned(app, w.state.asked_at);
        let heading = w.heading(now);
        let waits = matches!(heading, Heading::Soon | Heading::Waits);
        let time = match (heading, w.state.stands()) {
            (Heading::Urgent, _) => when::ago(now - w.written_at.unwrap_or(w.state.asked_at)),
            (_, Stands::Over { .. }) => "終了".to_owned(),
            (_, Stands::Answered { at }) => format!("お答えずみ・{}", when::ago(now - at)),
            (Heading::Soon, Stands::Waits { due_at }) => when::left(due_at - now),
            (Heading::Waits | Heading::Watched, Stands::Waits { due_at }) => {
                when::near(&when::zoned(app, due_at), app.today())
            }
        };
        let source = Source::of(&w.source, self.library).title;
        let dangers: Vec<_> = self
            .listed
            .found
            .get(&w.id)
            .into_iter()
            .flatten()
            .map(|d| json!({ "title": d.title(), "life": d.life() }))
            .collect();
        json!({
            "id": w.id,
            "who": who(w.household_id.is_none(), &w.category, w.stage(asked.date())),
            "words": self.words.get(&w.id),
            "time": time,
            "late": heading == Heading::Soon,
            "dangers": dangers,
            "watched": w.state.tag() == Tag::Watched,
            "written": w.written_at.filter(|_| waits).map(|at| when::ago(now - at)),
            "profession": Profession::from_id(&w.profession).map_or("", Profession::title),
            "from": source,
            "language": if w.language == app.config.main_language() { "" } else { language(&w.language) },
            "current": w.id == self.current,
        })
    }
}
