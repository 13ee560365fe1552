//! What is done at the desk, each by a POST that leads on to a page: going back or reloading does nothing twice.

use super::{Filter, Writing, notice, open, page, thread};
use crate::calendar::Zoned;
use crate::consult::{self, Closed, Closing, Consultation, Danger, Draft, Entry, LONGEST_ANSWER, NewAnswer, Reason};
use crate::content::answer_problems;
use crate::staff::Staff;
use crate::web::{Error, Result, Shared, SignedIn};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

/// What was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Typed {
    #[serde(default)]
    text: String,
    /// What is looked for among the articles.
    #[serde(default)]
    find: String,
    /// The article whose link is to be put at the end.
    #[serde(default)]
    article: String,
    /// The newest entry that the writer had seen.
    #[serde(default)]
    seen: String,
    #[serde(default)]
    ticket: String,
}

/// What is chosen about a thread itself.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Chosen {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: String,
    #[serde(default)]
    danger: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    seen: String,
    #[serde(default)]
    ticket: String,
}

type Opened = (Consultation, Vec<Entry>);

/// Keeps the draft; what was typed is never lost, and never in an address.
async fn keep(app: &Shared, staff: &Staff, opened: &Opened, text: &str, find: &str) -> Result<()> {
    let draft = Draft { text: text.to_owned(), find: find.trim().chars().take(60).collect() };
    if text.chars().count() > 2 * LONGEST_ANSWER || !consult::keep_draft(&app.db, &app.vault, &opened.0, &staff.id, &draft, app.now()).await? {
        return Err(Error::BadRequest("下書きを残せませんでした。ブラウザの「戻る」で戻ると、文が残っています。長いときは、短くしてください。".into()));
    }
    Ok(())
}

/// `POST /desk/q/<id>/preview`: keeps the draft; the page that follows shows what the asker would see.
pub(in crate::web) async fn preview(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    keep(&app, staff, &open(&app, staff, &id).await?, &typed.text, "").await?;
    Ok(Redirect::to(&filter.to_thread(&id, "preview", "pv")))
}

/// `POST /desk/q/<id>/draft`
pub(in crate::web) async fn draft(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    keep(&app, staff, &open(&app, staff, &id).await?, &typed.text, "").await?;
    Ok(Redirect::to(&filter.to_thread(&id, "draft", "write")))
}

/// `POST /desk/q/<id>/find`: keeps the draft; the page that follows lists articles.
pub(in crate::web) async fn find(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    keep(&app, staff, &open(&app, staff, &id).await?, &typed.text, &typed.find).await?;
    Ok(Redirect::to(&filter.to_thread(&id, "", "find")))
}

/// `POST /desk/q/<id>/insert`: an article's link at the end of the draft.
pub(in crate::web) async fn insert(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    let published = app.published();
    let article = published.library.articles.get(&typed.article).filter(|a| !a.draft).ok_or(Error::NotFound)?;
    let title = article.versions.get(app.config.main_language()).map_or(typed.article.as_str(), |v| v.title.as_str());
    let text = typed.text.trim_end();
    let gap = if text.is_empty() { "" } else { "\n\n" };
    let link = format!("[{}](article:{})", title.replace(['[', ']'], ""), typed.article);
    keep(&app, staff, &open(&app, staff, &id).await?, &format!("{text}{gap}{link}"), "").await?;
    Ok(Redirect::to(&filter.to_thread(&id, "inserted", "write")))
}

/// `POST /desk/q/<id>/answer`: stores the answer and tells the household; when somebody wrote meanwhile, that is shown instead.
pub(in crate::web) async fn answer(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let entry_id = consult::redeem(&app.vault, &format!("answer.{id}"), &typed.ticket);
    let text = consult::checked_text(&typed.text, LONGEST_ANSWER);
    // What is too long is not read.
    let wrong = text.as_ref().map(|text| answer_problems(text, &app.published().library)).unwrap_or_default();
    let (status, problem) = match (text, entry_id) {
        (Err(problem), _) => (StatusCode::UNPROCESSABLE_ENTITY, problem),
        (Ok(_), _) if !wrong.is_empty() => (StatusCode::UNPROCESSABLE_ENTITY, wrong.join("。")),
        (Ok(_), None) => (StatusCode::CONFLICT, "ページが古くなっていました。文は残っています。もう一度「この方へ送る」を押してください".into()),
        (Ok(text), Some(entry_id)) => {
            let notice = notice(&app, &opened.0, &entry_id);
            let answer = NewAnswer { entry_id: &entry_id, seen: &typed.seen, staff_id: &staff.id, text: &text, notice: &notice };
            if consult::answer(&app.db, &app.vault, &opened.0, &answer, app.now()).await? {
                return Ok(Redirect::to(&filter.to_thread(&id, "sent", "talk")).into_response());
            }
            (StatusCode::CONFLICT, "書いているあいだに、新しい書き込みがありました。下の会話を読んでから、送るか決めてください。書いた文は残っています".into())
        }
    };
    // Opened again: what was written meanwhile is on the page.
    let opened = open(&app, staff, &id).await?;
    let writing = Writing { text: typed.text, problem: Some(problem), ..Writing::default() };
    let thread = thread(&app, staff, &opened, writing).await?;
    Ok((status, page(&app, staff, &filter, Some(thread)).await?).into_response())
}

/// `GET /desk/q/<id>/close`: are you sure, and why.
pub(in crate::web) async fn before_close(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    if !opened.0.waits() {
        return Ok(Redirect::to(&filter.to_thread(&id, "", "talk")).into_response());
    }
    close_page(&app, staff, &filter, &opened, "")
}

/// `POST /desk/q/<id>/close`
pub(in crate::web) async fn close(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let closing = Closing { staff_id: &staff.id, seen: &chosen.seen, sure: chosen.sure == "yes", reason: Reason::from_id(&chosen.reason) };
    let problem = match consult::close(&app.db, &app.vault, &opened.0, &closing, app.now()).await? {
        Closed::Done => return Ok(Redirect::to(&filter.to_list(&id)).into_response()),
        Closed::Ask => return Ok(Redirect::to(&filter.path(&format!("/desk/q/{id}/close"), "")).into_response()),
        Closed::Why => "終える理由を、1つ選んでください",
        Closed::Newer => "いま、新しい書き込みがありました。会話を読んでから、終えるか決めてください",
    };
    let opened = open(&app, staff, &id).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, close_page(&app, staff, &filter, &opened, problem)?).into_response())
}

fn close_page(app: &Shared, staff: &Staff, filter: &Filter, (consultation, entries): &Opened, problem: &str) -> Result<Response> {
    let context = json!({
        "staff": { "name": staff.name, "title": staff.title() },
        "id": consultation.id,
        "watched": consultation.watched_at.is_some(),
        "reasons": Reason::ALL.map(|r| json!({ "id": r.id(), "title": r.title() })),
        "seen": super::seen(entries),
        "query": filter.query(staff),
        "problem": problem,
    });
    app.page("desk-close.html", app.config.main_language(), &context)
}

/// `POST /desk/q/<id>/reopen`
pub(in crate::web) async fn reopen(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let desk = consult::desk_hours(&app.config.site.desk)?;
    let now: Zoned = app.zoned();
    consult::reopen(&app.db, &app.vault, &desk, &consultation, &staff.id, &now).await?;
    Ok(Redirect::to(&filter.waiting().to_thread(&id, "reopened", "talk")))
}

/// `POST /desk/q/<id>/urgent`
pub(in crate::web) async fn urgent(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    consult::raise(&app.db, &app.vault, &consultation, Danger::from_id(&chosen.danger), &staff.id, app.now()).await?;
    Ok(Redirect::to(&filter.to_thread(&id, "urgent", "talk")))
}

/// `POST /desk/q/<id>/calm`: a false alarm, or the end of the watch.
pub(in crate::web) async fn calm(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let did = if consultation.urgent() { "calm" } else { "unwatched" };
    consult::calm(&app.db, &app.vault, &consultation, &staff.id, app.now()).await?;
    Ok(Redirect::to(&filter.to_thread(&id, did, "talk")))
}

/// `POST /desk/q/<id>/contacted`: whom the desk has told, for the desk alone.
pub(in crate::web) async fn contacted(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let text = consult::checked_text(&chosen.note, LONGEST_ANSWER).map_err(|_| Error::BadRequest("連絡した先と、決まったことを書いてください。".into()))?;
    let old = || Error::BadRequest("ページが古くなっています。相談をもう一度開いて、書いてください。".into());
    let entry_id = consult::redeem(&app.vault, &format!("contacted.{id}"), &chosen.ticket).ok_or_else(old)?;
    consult::contacted(&app.db, &app.vault, &consultation, &entry_id, &staff.id, &text, app.now()).await?;
    Ok(Redirect::to(&filter.to_thread(&id, "contacted", "talk")))
}

/// What was about to be sent when the session had ended, after signing in again: it stands in the draft. `None`: it was no answer.
pub(in crate::web) async fn kept(app: &Shared, staff: &Staff, path: &str, text: &str) -> Result<Option<String>> {
    let Some((id, _)) = path.strip_prefix("/desk/q/").and_then(|rest| rest.split_once('/')) else { return Ok(None) };
    let writes = staff.role == crate::staff::Role::Clinician;
    if !writes || text.trim().is_empty() {
        return Ok(None);
    }
    let opened = open(app, staff, id).await?;
    keep(app, staff, &opened, text, "").await?;
    Ok(Some(Filter::default().to_thread(id, "kept", "write")))
}
