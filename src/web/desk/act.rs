//! What is done at the desk, each by a POST that leads on to a page: going back or reloading does nothing twice.

use super::filter::Filter;
use super::list::page;
use super::notice::notice;
use super::view::thread;
use super::writing::{NOT_SENT, Writing, open, seen};
use crate::calendar::Zoned;
use crate::consult::{
    self, Alarming, Change, Closing, Consultation, Danger, Draft, Entry, Kept, LONGEST_ANSWER, NewAnswer, NewMemo,
    Outcome, Reason, Refusal, Stands, Tag,
};
use crate::markdown::answer_problems;
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
    /// The version of the thread that was on the page.
    #[serde(default)]
    version: String,
    /// The draft that was on the page.
    #[serde(default)]
    draft: String,
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
    /// The version of the thread that was on the page.
    #[serde(default)]
    version: String,
    #[serde(default)]
    ticket: String,
}

type Opened = (Consultation, Vec<Entry>);

/// The thread's page once more, with what is in the way.
async fn again(
    app: &Shared,
    staff: &Staff,
    filter: &Filter,
    id: &str,
    status: StatusCode,
    writing: Writing,
) -> Result<Response> {
    // Opened again: what was written meanwhile is on the page.
    let opened = open(app, staff, id).await?;
    let thread = thread(app, staff, &opened, writing).await?;
    Ok((status, page(app, staff, filter, Some(thread)).await?).into_response())
}

/// The one answer to 「その間に変わりました」 at the desk: nothing is done, what was typed before is in the box, what
/// changed is shown, and the same button goes on. `undone`: what was asked for.
async fn overtaken(
    app: &Shared,
    staff: &Staff,
    filter: &Filter,
    (id, since): (&str, i64),
    news: Vec<Change>,
    undone: &'static str,
) -> Result<Response> {
    let (thread, _) = open(app, staff, id).await?;
    let writing = Writing { undone: Some(undone), ..Writing::stored(app, staff, &thread).await? };
    again(app, staff, filter, id, StatusCode::CONFLICT, writing.with_news(since, news)).await
}

/// Keeps the draft; what was typed is never lost, and never in an address. Other words that the writer has kept
/// meanwhile come back.
async fn keep(app: &Shared, staff: &Staff, id: &str, draft: &Draft) -> Result<Option<Draft>> {
    if draft.text.chars().count() <= 2 * LONGEST_ANSWER {
        // A guest who registers at this very moment takes the thread to another key.
        for _ in 0..3 {
            match consult::keep_draft(&app.db, &app.vault, &open(app, staff, id).await?.0, &staff.id, draft, app.now())
                .await?
            {
                Kept::Done => return Ok(None),
                Kept::Other(other) => return Ok(Some(other)),
                Kept::Moved => {}
            }
        }
    }
    Err(Error::BadRequest(
        "下書きを残せませんでした。ブラウザの「戻る」で戻ると、文が残っています。長いときは、短くしてください。".into(),
    ))
}

/// Keeps the draft and leads on to the page that shows it, at `anchor`; where others did something since, to that.
async fn keep_and_show(
    app: &Shared,
    staff: &Staff,
    filter: &Filter,
    id: &str,
    typed: &Typed,
    draft: Draft,
    (did, anchor): (&str, &str),
) -> Result<Response> {
    let draft = Draft { id: typed.draft.clone(), find: draft.find.trim().chars().take(60).collect(), ..draft };
    if let Some(other) = keep(app, staff, id, &draft).await? {
        let writing = Writing {
            text: draft.text,
            find: draft.find,
            draft: other.id,
            undone: Some("まだ残していません"),
            other: Some(other.text),
            ..Writing::default()
        };
        return again(app, staff, filter, id, StatusCode::CONFLICT, writing).await;
    }
    let since = seen(&typed.version);
    let news = consult::news_at_desk(&app.db, id, since, &staff.id).await?;
    let to = if news.is_empty() { filter.to_thread(id, did, anchor) } else { filter.to_news(id, did, since) };
    Ok(Redirect::to(&to).into_response())
}

/// `POST /desk/q/<id>/preview`: keeps the draft; the page that follows shows what the asker would see.
pub(in crate::web) async fn preview(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let draft = Draft { text: typed.text.clone(), ..Draft::default() };
    keep_and_show(&app, signed_in.staff()?, &filter, &id, &typed, draft, ("preview", "pv")).await
}

/// `POST /desk/q/<id>/draft`
pub(in crate::web) async fn draft(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let draft = Draft { text: typed.text.clone(), ..Draft::default() };
    keep_and_show(&app, signed_in.staff()?, &filter, &id, &typed, draft, ("draft", "write")).await
}

/// `POST /desk/q/<id>/find`: keeps the draft; the page that follows lists articles.
pub(in crate::web) async fn find(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let draft = Draft { text: typed.text.clone(), find: typed.find.clone(), ..Draft::default() };
    keep_and_show(&app, signed_in.staff()?, &filter, &id, &typed, draft, ("", "find")).await
}

/// `POST /desk/q/<id>/insert`: an article's link at the end of the draft.
pub(in crate::web) async fn insert(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let published = app.published();
    let article = published.library.articles.get(&typed.article).filter(|a| !a.draft).ok_or(Error::NotFound)?;
    let title = article.versions.get(app.config.main_language()).map_or(typed.article.as_str(), |v| v.title.as_str());
    let text = typed.text.trim_end();
    let gap = if text.is_empty() { "" } else { "\n\n" };
    let link = format!("[{}](article:{})", title.replace(['[', ']'], ""), typed.article);
    let draft = Draft { text: format!("{text}{gap}{link}"), ..Draft::default() };
    keep_and_show(&app, signed_in.staff()?, &filter, &id, &typed, draft, ("inserted", "write")).await
}

/// `POST /desk/q/<id>/answer`: stores the answer and tells the household; when somebody wrote meanwhile, that is shown
/// instead.
pub(in crate::web) async fn answer(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let since = seen(&typed.version);
    let entry_id = consult::redeem(&app.vault, &format!("answer.{id}"), &typed.ticket);
    let text = consult::checked_text(&typed.text, LONGEST_ANSWER);
    // What is too long is not read.
    let wrong = text.as_ref().map(|text| answer_problems(text, &*app.published().library)).unwrap_or_default();
    let (status, problem) = match (text, entry_id) {
        (Err(problem), _) => (StatusCode::UNPROCESSABLE_ENTITY, Some(problem)),
        (Ok(_), _) if !wrong.is_empty() => (StatusCode::UNPROCESSABLE_ENTITY, Some(wrong.join("。"))),
        (Ok(_), None) => (
            StatusCode::CONFLICT,
            Some("ページが古くなっていました。文は残っています。もう一度「この方へ送る」を押してください".into()),
        ),
        (Ok(text), Some(entry_id)) => {
            let notice = notice(&app, &opened.0, &entry_id);
            let answer = NewAnswer {
                entry_id: &entry_id,
                seen: since,
                draft: &typed.draft,
                staff_id: &staff.id,
                text: &text,
                notice: &notice,
            };
            match consult::answer(&app.db, &app.vault, &opened.0, &answer, app.now()).await? {
                Outcome::Done => return Ok(Redirect::to(&filter.to_thread(&id, "sent", "talk")).into_response()),
                Outcome::Overtaken(_) => (StatusCode::CONFLICT, None),
                outcome @ (Outcome::Refused(_) | Outcome::Gone) => return Err(unexpected(&outcome)),
            }
        }
    };
    let news = consult::news_at_desk(&app.db, &id, since, &staff.id).await?;
    let writing =
        Writing { text: typed.text, draft: typed.draft, undone: Some(NOT_SENT), problem, ..Writing::default() };
    again(&app, staff, &filter, &id, status, writing.with_news(since, news)).await
}

/// What no button of a page leads to.
fn unexpected(outcome: &Outcome) -> Error {
    match outcome {
        Outcome::Gone => Error::NotFound,
        Outcome::Done | Outcome::Refused(_) | Outcome::Overtaken(_) => {
            Error::BadRequest("ページが古くなっています。相談をもう一度開いてください。".into())
        }
    }
}

/// `GET /desk/q/<id>/close`: are you sure, and why.
pub(in crate::web) async fn before_close(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    match opened.0.state.stands() {
        Stands::Waits { .. } => close_page(&app, staff, &filter, &opened, Why::default()),
        Stands::Answered { .. } | Stands::Over { .. } => {
            Ok(Redirect::to(&filter.to_thread(&id, "", "talk")).into_response())
        }
    }
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
    let reason = Reason::from_id(&chosen.reason);
    let closing = Closing { staff_id: &staff.id, seen: seen(&chosen.version), sure: chosen.sure == "yes", reason };
    let why = match consult::close(&app.db, &app.vault, &opened.0, &closing, app.now()).await? {
        Outcome::Done => return Ok(Redirect::to(&filter.to_list(&id)).into_response()),
        Outcome::Refused(Refusal::Unsure) => {
            return Ok(Redirect::to(&filter.path(&format!("/desk/q/{id}/close"), "")).into_response());
        }
        Outcome::Refused(Refusal::NoReason) => Why {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            problem: "終える理由を、1つ選んでください",
            ..Why::default()
        },
        // Closing what was answered asks nothing first, so its page is the thread's.
        Outcome::Overtaken(news) if !closing.sure => {
            return overtaken(&app, staff, &filter, (&id, closing.seen), news, "まだ終えていません").await;
        }
        Outcome::Overtaken(news) => Why { status: StatusCode::CONFLICT, news, reason, ..Why::default() },
        outcome @ (Outcome::Refused(_) | Outcome::Gone) => return Err(unexpected(&outcome)),
    };
    let opened = open(&app, staff, &id).await?;
    let status = why.status;
    Ok((status, close_page(&app, staff, &filter, &opened, why)?).into_response())
}

/// Why a thread is not closed yet, and what was chosen.
#[derive(Default)]
struct Why {
    status: StatusCode,
    problem: &'static str,
    news: Vec<Change>,
    reason: Option<Reason>,
}

fn close_page(app: &Shared, staff: &Staff, filter: &Filter, (consultation, _): &Opened, why: Why) -> Result<Response> {
    let context = json!({
        "staff": { "name": staff.name, "title": staff.title() },
        "id": consultation.id,
        "watched": consultation.state.tag() != Tag::None,
        "reasons": Reason::ALL.map(|r| json!({ "id": r.id(), "title": r.title(), "chosen": why.reason == Some(r) })),
        "version": consultation.version,
        "query": filter.query(staff),
        "problem": why.problem,
        "news": super::view::news(app, &why.news),
    });
    app.page("desk-close.html", app.config.main_language(), &context)
}

/// `POST /desk/q/<id>/reopen`
pub(in crate::web) async fn reopen(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let desk = consult::desk_hours(&app.config.site.desk)?;
    let (now, version): (Zoned, i64) = (app.zoned(), seen(&chosen.version));
    let filter = filter.waiting();
    let outcome = consult::reopen(&app.db, &app.vault, &desk, &consultation, &staff.id, version, &now).await?;
    done(&app, staff, &filter, (&id, version), outcome, ("reopened", "まだ開いていません")).await
}

/// The thread after something was done to it that is said (`did`), or the one answer where it changed meanwhile.
async fn done(
    app: &Shared,
    staff: &Staff,
    filter: &Filter,
    (id, since): (&str, i64),
    outcome: Outcome,
    (did, undone): (&str, &'static str),
) -> Result<Response> {
    match outcome {
        Outcome::Done => Ok(Redirect::to(&filter.to_thread(id, did, "talk")).into_response()),
        Outcome::Overtaken(news) => overtaken(app, staff, filter, (id, since), news, undone).await,
        outcome @ (Outcome::Refused(_) | Outcome::Gone) => Err(unexpected(&outcome)),
    }
}

/// `POST /desk/q/<id>/urgent`
pub(in crate::web) async fn urgent(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let by = Alarming { staff_id: &staff.id, seen: seen(&chosen.version) };
    let outcome =
        consult::raise(&app.db, &app.vault, &consultation, Danger::from_id(&chosen.danger), by, app.now()).await?;
    done(&app, staff, &filter, (&id, by.seen), outcome, ("urgent", "まだ急ぎにしていません")).await
}

/// `POST /desk/q/<id>/calm`: a false alarm, or the end of the watch.
pub(in crate::web) async fn calm(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let said = match consultation.state.tag() {
        Tag::Urgent => ("calm", "まだ急ぎを外していません"),
        Tag::Watched | Tag::None => ("unwatched", "まだ見守りを終えていません"),
    };
    let by = Alarming { staff_id: &staff.id, seen: seen(&chosen.version) };
    let outcome = consult::calm(&app.db, &app.vault, &consultation, by, app.now()).await?;
    done(&app, staff, &filter, (&id, by.seen), outcome, said).await
}

/// `POST /desk/q/<id>/contacted`: whom the desk has told, for the desk alone.
pub(in crate::web) async fn contacted(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let (consultation, _) = open(&app, staff, &id).await?;
    let text = consult::checked_text(&chosen.note, LONGEST_ANSWER)
        .map_err(|_| Error::BadRequest("連絡した先と、決まったことを書いてください。".into()))?;
    let old = || Error::BadRequest("ページが古くなっています。相談をもう一度開いて、書いてください。".into());
    let entry_id = consult::redeem(&app.vault, &format!("contacted.{id}"), &chosen.ticket).ok_or_else(old)?;
    let memo = NewMemo { entry_id: &entry_id, seen: seen(&chosen.version), staff_id: &staff.id, text: &text };
    let outcome = consult::contacted(&app.db, &app.vault, &consultation, &memo, app.now()).await?;
    done(&app, staff, &filter, (&id, memo.seen), outcome, ("contacted", "まだ書きとめていません")).await
}

/// What was about to be sent when the session had ended, after signing in again: it stands in the draft. `None`: it was
/// no answer.
pub(in crate::web) async fn kept(app: &Shared, staff: &Staff, path: &str, text: &str) -> Result<Option<String>> {
    let Some((id, _)) = path.strip_prefix("/desk/q/").and_then(|rest| rest.split_once('/')) else { return Ok(None) };
    let writes = staff.role == crate::staff::Role::Clinician;
    if !writes || text.trim().is_empty() {
        return Ok(None);
    }
    let draft = Draft { text: text.to_owned(), ..Draft::default() };
    // Beside other words that were kept before: both are the writer's.
    if let Some(other) = keep(app, staff, id, &draft).await? {
        let both = Draft { text: format!("{}\n\n{text}", other.text.trim_end()), ..other };
        keep(app, staff, id, &both).await?;
    }
    Ok(Some(Filter::default().to_thread(id, "kept", "write")))
}
