//! 「答える記事がない」: a thread and a topic in, one more question that the site does not answer out.

use super::filter::Filter;
use super::writing::open;
use crate::calendar::LetterWeek;
use crate::feedback;
use crate::web::{Error, Result, Shared, SignedIn};
use axum::extract::{Form, Path, Query, State};
use axum::response::Redirect;
use serde::Deserialize;

/// The topic that was chosen; empty: there is an article after all.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Chosen {
    #[serde(default)]
    topic: String,
}

/// `POST /desk/q/<id>/wanted`: only the topic, what the question was about, and the week are kept, under a keyed hash
/// of the thread.
pub(in crate::web) async fn wanted(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect> {
    let (consultation, _) = open(&app, signed_in.staff()?, &id).await?;
    if chosen.topic.is_empty() {
        feedback::unwant(&app.db, &app.vault, &id).await?;
        return Ok(Redirect::to(&filter.to_thread(&id, "unwanted", "wanted")));
    }
    let published = app.published();
    let topic = published.library.topics.iter().find(|t| t.id == chosen.topic).ok_or(Error::NotFound)?;
    let week = LetterWeek::of(app.today(), app.config.letter_day).to_string();
    feedback::want(&app.db, &app.vault, &id, &topic.id, consultation.category().id(), &week).await?;
    Ok(Redirect::to(&filter.to_thread(&id, "wanted", "wanted")))
}
