//! `/desk`: who waits, the thread, the answer. Reading and writing are rights of the routes; here they only decide what is shown.

use super::thread::{shown, unanswered};
use super::{Error, Result, Shared, SignedIn, when};
use crate::calendar::spoken;
use crate::consult::{self, Card, Category, Consultation, Entry, LONGEST_ANSWER, NewAnswer, Source, Waiting, Which};
use crate::content::markdown::answer_html;
use crate::content::{Library, Profession};
use crate::outbox::Notice;
use crate::staff::{Role, Staff};
use crate::vault;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long the notice of an answer is worth delivering.
const NOTICE_TTL: u32 = 7 * 24 * 3600;

/// Which list, and of which profession.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    profession: String,
    /// `done`: answered and closed ones.
    #[serde(default)]
    show: String,
}

/// What was written.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    text: String,
    /// The newest entry that the writer had seen.
    #[serde(default)]
    seen: String,
    #[serde(default)]
    ticket: String,
}

/// What stands beside the writing.
#[derive(Default)]
struct Draft {
    text: String,
    preview: Option<String>,
    problem: Option<String>,
}

/// `GET /desk`
pub(super) async fn list(State(app): State<Shared>, signed_in: SignedIn, Query(filter): Query<Filter>) -> Result<Response> {
    page(&app, signed_in.staff()?, &filter, None).await
}

/// `GET /desk/q/<id>`
pub(super) async fn read(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let thread = thread(&app, staff, &opened, Draft::default()).await?;
    page(&app, staff, &filter, Some(thread)).await
}

/// `POST /desk/q/<id>/preview`: what the asker would see; nothing is stored.
pub(super) async fn preview(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>, Form(typed): Form<Typed>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let draft = Draft { preview: Some(answer_html(&typed.text, &app.published().library)), text: typed.text, problem: None };
    let thread = thread(&app, staff, &opened, draft).await?;
    page(&app, staff, &filter, Some(thread)).await
}

/// `POST /desk/q/<id>/answer`: stores the answer and tells the household; when somebody wrote meanwhile, that is shown instead.
pub(super) async fn answer(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>, Form(typed): Form<Typed>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let entry_id = consult::redeem(&app.vault, &format!("answer.{id}"), &typed.ticket);
    let problem = match (consult::checked_text(&typed.text, LONGEST_ANSWER), entry_id) {
        (Err(problem), _) => problem,
        (Ok(_), None) => "ページが古くなっていました。文は残っています。もう一度「送る」を押してください".into(),
        (Ok(text), Some(entry_id)) => {
            let notice = notice(&app, &opened.0, &entry_id);
            let answer = NewAnswer { entry_id: &entry_id, seen: &typed.seen, staff_id: &staff.id, text: &text, notice: &notice };
            if consult::answer(&app.db, &app.vault, &opened.0, &answer, app.now()).await? {
                return Ok(Redirect::to(&format!("/desk/q/{id}#talk")).into_response());
            }
            "書いているあいだに、新しい書き込みがありました。上の会話を読んでから、送るか決めてください。書いた文は残っています".into()
        }
    };
    // Opened again: what was written meanwhile is on the page.
    let opened = open(&app, staff, &id).await?;
    let thread = thread(&app, staff, &opened, Draft { text: typed.text, preview: None, problem: Some(problem) }).await?;
    Ok((StatusCode::CONFLICT, page(&app, staff, &filter, Some(thread)).await?).into_response())
}

/// `POST /desk/q/<id>/close`
pub(super) async fn close(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    consult::close(&app.db, &app.vault, &consultation, &staff.id, app.now()).await?;
    Ok(Redirect::to("/desk").into_response())
}

/// `POST /desk/q/<id>/reopen`
pub(super) async fn reopen(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let desk = consult::desk_hours(&app.config.site.desk)?;
    consult::reopen(&app.db, &app.vault, &desk, &consultation, &staff.id, &app.zoned()).await?;
    Ok(Redirect::to(&format!("/desk/q/{id}#talk")).into_response())
}

async fn open(app: &Shared, staff: &Staff, id: &str) -> Result<(Consultation, Vec<Entry>)> {
    consult::read(&app.db, &app.vault, id, &staff.id, app.now()).await?.ok_or(Error::NotFound)
}

/// "There is an answer", without content and without a link that would show one: `/me/answers` asks who it is first.
fn notice(app: &Shared, consultation: &Consultation, entry_id: &str) -> Notice {
    Notice {
        key: format!("answer:{entry_id}"),
        title: "お返事が届いています。".into(),
        body: "マイページで読めます。".into(),
        url: app.config.url("/me/answers"),
        ask_url: app.config.url("/ask"),
        language: consultation.language.clone(),
        ttl: NOTICE_TTL,
        low_urgency: false,
    }
}

async fn page(app: &Shared, staff: &Staff, filter: &Filter, thread: Option<Value>) -> Result<Response> {
    let which = if filter.show == "done" { Which::Done } else { Which::Waiting };
    let profession = Profession::from_id(&filter.profession);
    let rows = consult::list(&app.db, which, profession).await?;
    let library = &app.published().library;
    let (now, today) = (app.now(), app.today());
    let current = thread.as_ref().and_then(|t| t["id"].as_str()).unwrap_or_default().to_owned();
    let line = |w: &Waiting| line(app, w, library, now, &current);
    let group = |title: &str, hot: bool, rows: Vec<&Waiting>| json!({ "title": title, "hot": hot, "lines": rows.into_iter().map(line).collect::<Vec<_>>() });
    let groups = match which {
        Which::Done => vec![group("お答えした・終わった", false, rows.iter().collect())],
        Which::Waiting => {
            let (urgent, rest): (Vec<_>, Vec<_>) = rows.iter().partition(|w| w.urgent());
            let (soon, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|w| w.due_soon(now));
            vec![group("急ぎ", true, urgent), group("まもなく期限", false, soon), group("待っている", false, rest)]
        }
    };
    let midnight = today.to_zoned(app.config.zone.clone()).map_or(now, |z| z.timestamp().as_second());
    let context = json!({
        "staff": { "name": staff.name, "title": staff.title(), "writes": staff.role == Role::Clinician },
        "groups": groups,
        "none": rows.is_empty(),
        "done": which == Which::Done,
        "profession": filter.profession,
        "professions": Profession::ALL.map(|p| json!({ "id": p.id(), "title": p.title() })),
        "answered_today": consult::answered_since(&app.db, midnight).await?,
        "thread": thread,
    });
    app.page("desk.html", app.config.main_language(), &context)
}

/// One line of the list: who (as far as it matters), since or until when, from where. No text.
fn line(app: &Shared, w: &Waiting, library: &Library, now: i64, current: &str) -> Value {
    let asked = when::zoned(app, w.asked_at);
    let late = w.answered_at.is_none() && w.closed_at.is_none() && w.due_soon(now);
    let time = match (w.closed_at, w.answered_at) {
        (Some(_), _) => "終了".to_owned(),
        (None, Some(at)) => when::ago(now - at),
        (None, None) if w.urgent() => when::ago(now - w.asked_at),
        (None, None) if late => when::left(w.due_at - now),
        (None, None) => when::near(&when::zoned(app, w.due_at), app.today()),
    };
    let source = Source::of(&w.source, library).title;
    json!({
        "id": w.id,
        "who": who(w.household_id.is_none(), &w.category, w.stage(asked.date())),
        "time": time,
        "late": late && !w.urgent(),
        "profession": Profession::from_id(&w.profession).map_or("", Profession::title),
        "from": source,
        "language": if w.language == app.config.main_language() { "" } else { language(&w.language) },
        "current": w.id == current,
    })
}

/// 24週0日, 1歳7か月, 気持ち・家族, ゲスト（子ども）
fn who(guest: bool, category: &str, stage: Option<String>) -> String {
    let matter = match Category::from_id(category) {
        Some(Category::Pregnancy) => "妊娠中",
        Some(Category::Child) => "子ども",
        Some(Category::Body) => "からだ",
        Some(Category::Own) | None => "気持ち・家族",
    };
    if guest { format!("ゲスト（{matter}）") } else { stage.unwrap_or_else(|| matter.to_owned()) }
}

/// The opened thread with everything beside it.
async fn thread(app: &Shared, staff: &Staff, (consultation, entries): &(Consultation, Vec<Entry>), draft: Draft) -> Result<Value> {
    let published = app.published();
    let library = &published.library;
    let (now, today) = (app.zoned(), app.today());
    let card = consult::card(&app.db, consultation).await?;
    let asked_on = when::zoned(app, consultation.created_at).date();
    let stage = card.as_ref().and_then(|c| c.subject.as_ref()).map(|s| s.stage(asked_on)).filter(|s| !s.is_empty());
    let waiting = if consultation.waits() { unanswered(entries) } else { Vec::new() };
    let seen = entries.iter().rev().find(|e| !matches!(e.author, consult::Author::System(_))).map_or("", |e| e.id.as_str());
    Ok(json!({
        "id": consultation.id,
        "who": who(consultation.household_id.is_none(), &consultation.category, stage),
        "about": consultation.category().title(),
        "profession": consultation.profession().map_or("", Profession::title),
        "from": Source::of(&consultation.source, library).title,
        "urgent": consultation.urgent(),
        "closed": consultation.closed_at.is_some(),
        "waits": consultation.waits(),
        "due": when::until(&when::zoned(app, consultation.due_at)),
        "viewing": consult::others_viewing(&app.db, &consultation.id, &staff.id, app.now()).await?,
        "entries": entries.iter().map(|e| shown(app, e, library, true)).collect::<Vec<_>>(),
        "care": consult::care(waiting, consultation.category(), &library.contacts, &now),
        "card": card.map(|c| card_view(app, &c, today)),
        "language": language(&consultation.language),
        "ticket": consult::issue(&app.vault, &format!("answer.{}", consultation.id), &vault::new_id()),
        "seen": seen,
        "text": draft.text,
        "preview": draft.preview,
        "problem": draft.problem,
    }))
}

fn card_view(app: &Shared, card: &Card, today: crate::calendar::Date) -> Value {
    let area = app.config.site.areas.iter().find(|a| a.id == card.area).map_or("", |a| a.title.as_str());
    let channels: Vec<_> = card.channels.iter().map(|c| if c == "line" { "LINE" } else { "この端末への通知（Web Push）" }).collect();
    json!({
        "subject": card.subject.as_ref().map(|s| json!({
            "pregnancy": s.category() == Category::Pregnancy,
            "stage": s.stage(today),
            "on": spoken::long(s.stage_on),
            "corrected": s.corrected(today),
            "stopped": s.stopped,
        })),
        "area": area,
        "language": language(&card.language),
        "first_child": match card.first_child.as_str() { "yes" => "はじめての子", "no" => "上の子がいます", _ => "" },
        "channels": channels.join("・"),
        "code": card.code,
        "earlier": card.earlier.iter().map(|e| json!({
            "id": e.id,
            "day": spoken::short(when::zoned(app, e.created_at).date()),
            "state": match (e.closed_at, e.answered_at) { (Some(_), _) => "終了", (None, Some(_)) => "お答えずみ", (None, None) => "待っている" },
        })).collect::<Vec<_>>(),
    })
}

fn language(code: &str) -> &str {
    match code {
        "ja" => "日本語",
        "easy" => "やさしい日本語",
        "en" => "English",
        other => other,
    }
}
