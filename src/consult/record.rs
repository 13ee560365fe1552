//! Everything that a person asked and was answered, for its own download.

use super::about::about;
use super::subject::subjects;
use super::thread::{Author, Consultation, OF_PERSON, entries};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

/// A thread as it is handed to whoever asked: everything that was written and answered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ThreadRecord {
    /// What it is about, in Japanese.
    pub about: String,
    /// When it began, Unix seconds.
    pub created_at: i64,
    /// Questions and answers, the oldest first; what the program itself noted is left out.
    pub entries: Vec<EntryRecord>,
}

/// A question or an answer in a [`ThreadRecord`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct EntryRecord {
    /// あなた, or 助産師 佐伯みのり.
    pub by: String,
    /// As written.
    pub text: String,
    /// Unix seconds.
    pub at: i64,
}

/// Everything that a person asked and was answered, opened, for its own download.
pub async fn record(db: &Db, vault: &Vault, person_id: &str) -> Result<Vec<ThreadRecord>> {
    let threads: Vec<Consultation> = sqlx::query_as(OF_PERSON).bind(person_id).fetch_all(db.pool()).await?;
    let subjects = match threads.iter().find_map(|t| t.household_id.as_ref()) {
        Some(household) => subjects(db, household).await?,
        None => Vec::new(),
    };
    let mut records = Vec::with_capacity(threads.len());
    for thread in threads {
        let Some(opened) = entries(db, vault, &thread).await? else { continue };
        let entries = opened.into_iter().filter_map(|e| {
            let by = match e.author {
                Author::Asker => "あなた".to_owned(),
                Author::Staff { name, profession } => {
                    profession.map_or_else(|| name.clone(), |p| format!("{} {name}", p.title()))
                }
                Author::System(_) => return None,
            };
            Some(EntryRecord { by, text: e.text, at: e.created_at })
        });
        let about = about(thread.category(), &thread.subject_slot, &subjects);
        records.push(ThreadRecord {
            about: about.title().to_owned(),
            created_at: thread.created_at,
            entries: entries.collect(),
        });
    }
    Ok(records)
}
