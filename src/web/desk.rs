//! `/desk`: who waits, the thread, the answer. Reading and writing are rights of the routes; here they only decide what
//! is shown.

pub(super) mod act;
mod filter;
mod labels;
mod list;
mod notice;
mod view;
pub(super) mod wanted;
mod writing;

use super::{Result, Shared, SignedIn};
use crate::consult;
use crate::markdown::{answer_html, answer_problems};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use filter::Filter;
use list::page;
use serde_json::Value;
use view::thread;
use writing::{NOT_SENT, Writing, open};

/// `GET /desk`
pub(super) async fn list(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    page(&app, signed_in.staff()?, &filter, None).await
}

/// `GET /desk/q/<id>`
pub(super) async fn read(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let mut writing = Writing { did: filter.did.clone(), ..Writing::stored(&app, staff, &opened.0).await? };
    if filter.did == "preview" && !writing.text.trim().is_empty() {
        let published = app.published();
        let library = &*published.library;
        let wrong = answer_problems(&writing.text, library);
        writing.problem = (!wrong.is_empty()).then(|| wrong.join("。"));
        writing.undone = writing.problem.is_some().then_some(NOT_SENT);
        writing.preview = Some(answer_html(&writing.text, library));
    }
    if let Ok(since) = filter.since.parse() {
        let news = consult::news_at_desk(&app.db, &id, since, &staff.id).await?;
        writing = writing.with_news(since, news);
    }
    let thread = thread(&app, staff, &opened, writing).await?;
    page(&app, staff, &filter, Some(thread)).await
}

/// `GET /desk/pulse`: the counts, for the page that refreshes itself.
pub(super) async fn pulse(State(app): State<Shared>) -> Result<Json<Value>> {
    Ok(Json(list::pulse(&app).await?))
}
