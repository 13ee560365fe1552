//! Questions that no article answers: the desk's mark in, counts by topic out.

use crate::db::Db;
use crate::masking::Figure;
use crate::vault::Vault;
use anyhow::Result;
use serde::Serialize;

/// Marked again, the newer topic counts.
const WANT: &str = "INSERT INTO wanted_articles (mark, topic, category, week) VALUES ($1, $2, $3, $4) ON CONFLICT \
    (mark) DO UPDATE SET topic = excluded.topic";
const UNWANT: &str = "DELETE FROM wanted_articles WHERE mark = $1";
const TOPIC: &str = "SELECT topic FROM wanted_articles WHERE mark = $1";
const WANTED: &str = "SELECT topic, category, COUNT(*) AS questions FROM wanted_articles WHERE week >= $1 GROUP BY \
    topic, category ORDER BY questions DESC, topic, category";

/// A topic that is asked about and that no article answers, small numbers masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WantedTopic {
    /// The topic's id.
    pub topic: String,
    /// What the questions were about, as the desk sorts them.
    pub category: String,
    /// How many questions.
    pub questions: Figure,
}

fn mark(vault: &Vault, consultation: &str) -> String {
    vault.lookup("readers.wanted", consultation).0
}

/// No article answers this question; it belongs to `topic`.
pub async fn want(db: &Db, vault: &Vault, consultation: &str, topic: &str, category: &str, week: &str) -> Result<()> {
    sqlx::query(WANT).bind(mark(vault, consultation)).bind(topic).bind(category).bind(week).execute(db.pool()).await?;
    Ok(())
}

/// There is an article after all.
pub async fn unwant(db: &Db, vault: &Vault, consultation: &str) -> Result<()> {
    sqlx::query(UNWANT).bind(mark(vault, consultation)).execute(db.pool()).await?;
    Ok(())
}

/// The topic that was marked for a question.
pub async fn wanted_by(db: &Db, vault: &Vault, consultation: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(TOPIC).bind(mark(vault, consultation)).fetch_optional(db.pool()).await?)
}

/// What was marked from a week on, the most wanted first.
pub async fn wanted_since(db: &Db, week: &str) -> Result<Vec<WantedTopic>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(WANTED).bind(week).fetch_all(db.pool()).await?;
    Ok(rows
        .into_iter()
        .map(|(topic, category, n)| WantedTopic {
            topic,
            category,
            questions: Figure::of(u64::try_from(n).unwrap_or(0)),
        })
        .collect())
}
