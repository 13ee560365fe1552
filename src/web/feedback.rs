//! `POST /said/<slug>`: one of the two buttons at an article's end in, a count and the way back to the article out. No
//! cookie, no script.

use super::address::Address;
use super::{Error, Result, Shared};
use crate::calendar::LetterWeek;
use crate::feedback;
use crate::site::Edition;
use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use serde::Deserialize;

/// What was pressed, and in which language the page was.
#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    #[serde(default)]
    said: String,
    #[serde(default)]
    language: String,
}

/// Counts the press; the thanks stand on the article's page and show when its address ends in `#thanks`.
pub(super) async fn press(
    State(app): State<Shared>,
    Address(address): Address,
    Path(slug): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Redirect> {
    let published = app.published();
    let article = published.library.articles.get(&slug).filter(|a| !a.draft).ok_or(Error::NotFound)?;
    let clear = match pressed.said.as_str() {
        "clear" => true,
        "unclear" => false,
        _ => return Err(Error::BadRequest("「わかった」か「わかりにくい」を押してください。".into())),
    };
    let week = LetterWeek::of(app.today(), app.config.letter_day).to_string();
    if !feedback::say(&app.db, &app.vault, &slug, &week, clear, address.as_deref(), app.now()).await? {
        return Err(Error::TooMany);
    }
    let language = if article.versions.contains_key(&pressed.language) {
        pressed.language.as_str()
    } else {
        app.config.main_language()
    };
    let edition = Edition::new(&app.config, &published.library, &published.theme, app.today());
    Ok(Redirect::to(&format!("{}#thanks", edition.article_path(&slug, language))))
}
