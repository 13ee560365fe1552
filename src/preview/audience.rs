//! An article and a day in, who would get it in a letter out, counted by the database that is there already.

use super::titles::{channel_title, language_title};
use crate::calendar::Date;
use crate::config::Config;
use crate::contact::Channel;
use crate::content::Library;
use crate::db::{Db, is_there};
use crate::engine::{block_on, trace};
use crate::letter;
use anyhow::Result;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// Who would get an article this week.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audience {
    /// Households that would get it.
    pub households: u64,
    /// All households that are registered.
    pub registered: u64,
    /// By segment or part of its window: 妊娠5〜8週, households.
    pub groups: Vec<(String, u64)>,
    /// By channel: LINE, households.
    pub channels: Vec<(String, u64)>,
    /// By language: 日本語, households.
    pub languages: Vec<(String, u64)>,
    /// Fit, but this week other articles come first.
    pub others: u64,
    /// Titles of those articles, the commonest first, at most three.
    pub instead: Vec<String>,
    /// Fit, but had it before.
    pub had_before: u64,
    /// Fit, but have stopped.
    pub stopped: u64,
}

/// Counts who would get an article this week: its slug, the library and the day in; `None` when nobody is registered
/// yet.
pub type CountAudience = Arc<dyn Fn(&str, &Library, Date) -> Result<Option<Audience>> + Send + Sync>;

/// Asks the database of the site (or of the demo, in the sample) who would get the article. Nothing is written, and
/// none is made.
pub fn count(root: &Path, slug: &str, library: &Library, day: Date) -> Result<Option<Audience>> {
    let Ok(config) = Config::load(root) else { return Ok(None) };
    trace::refuse_missing(&config)?;
    let own = config.services.database_url.clone();
    let demo = format!("sqlite:{}", root.join("data/demo/otayori.db").display());
    let Some(url) = [own, demo].into_iter().find(|url| is_there(url)) else { return Ok(None) };
    let (slug, library) = (slug.to_owned(), library.clone());
    // Called from a thread that may wait.
    let counted = std::thread::spawn(move || {
        block_on(async move {
            let Some(db) = Db::existing(&url).await? else { return Ok(None) };
            letter::audience(&db, &library, &config, &slug, day).await.map(Some)
        })
    });
    let counted = counted.join().map_err(|_| anyhow::anyhow!("数えられませんでした"))??;
    let Some(counted) = counted else { return Ok(None) };
    let named = |(channel, n): (Option<Channel>, u64)| (channel_title(channel).to_owned(), n);
    Ok((counted.registered > 0).then(|| Audience {
        households: counted.households,
        registered: counted.registered,
        groups: counted.windows.iter().map(|(window, n)| (window.title(), *n)).collect(),
        channels: counted.channels.into_iter().map(named).collect(),
        languages: counted.languages.into_iter().map(|(id, n)| (language_title(&id).to_owned(), n)).collect(),
        others: counted.others,
        instead: counted.instead,
        had_before: counted.had_before,
        stopped: counted.stopped,
    }))
}
