//! A site's folder in, what its readers and its desk said of the articles out; nothing where nobody is registered yet.

use crate::calendar::{Date, LetterWeek, plus_days};
use crate::config::Config;
use crate::db::{Db, is_there};
use crate::feedback::{self, SaidOf, WantedTopic};
use anyhow::Result;
use serde::Serialize;
use std::path::Path;

/// So far back presses and marks are counted: half a year.
const DAYS: i32 = 182;

/// What was said since half a year.
#[derive(Debug, Clone, Serialize)]
pub struct Feedback {
    /// Of articles, the least clear first.
    pub said: Vec<SaidOf>,
    /// Topics of questions that no article answers.
    pub wanted: Vec<WantedTopic>,
}

/// Asks the database of the site (or of the demo, in the sample). Nothing is written, and none is made.
pub fn feedback(root: &Path, today: Date) -> Result<Option<Feedback>> {
    let Ok(config) = Config::load(root) else { return Ok(None) };
    super::trace::refuse_missing(&config)?;
    let demo = format!("sqlite:{}", root.join("data/demo/otayori.db").display());
    let Some(url) = [config.services.database_url.clone(), demo].into_iter().find(|url| is_there(url)) else {
        return Ok(None);
    };
    let since = LetterWeek::of(plus_days(today, -DAYS), config.letter_day).to_string();
    // Called from threads that may wait.
    let asked = std::thread::spawn(move || {
        super::block_on(async move {
            let Some(db) = Db::existing(&url).await? else { return Ok(None) };
            Ok(Some(Feedback {
                said: feedback::said_since(&db, &since).await?,
                wanted: feedback::wanted_since(&db, &since).await?,
            }))
        })
    });
    asked.join().map_err(|_| anyhow::anyhow!("数えられませんでした"))?
}

/// What a question was about, as the desk sorts them.
pub fn category_title(id: &str) -> &'static str {
    crate::consult::Category::from_id(id).map_or("", crate::consult::Category::title)
}
