//! Rows and the texts that they name in, put into the queue once; the only statements that do so.

use super::{Notice, content_hash};
use crate::clock::Wall;
use crate::db::Db;
use anyhow::Result;
use sqlx::{AnyConnection, AssertSqlSafe};

/// What `messages.body` holds at least, as JSON; a room may keep more beside it (a letter its items).
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Message {
    pub notice: Notice,
}

/// A text that rows of the queue name by its hash.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    /// [`content_hash`] of what makes it.
    pub hash: &'a str,
    /// Outbox key, or another one under which it goes.
    pub key: &'a str,
    /// Language code.
    pub language: &'a str,
    /// JSON with a `notice` ([`Notice`]).
    pub body: String,
}

/// Texts that one statement takes.
const TEXTS: usize = 100;

fn texts_sql(db: &Db, texts: usize) -> String {
    format!(
        "INSERT INTO messages (hash, key, language, body, created_at) VALUES {} ON CONFLICT (hash) DO NOTHING",
        db.values(texts, 5, 1)
    )
}

/// Stores texts, each once, before the rows that name them.
pub async fn put_texts(db: &Db, tx: &mut AnyConnection, texts: &[Text<'_>], now: Wall) -> Result<()> {
    for some in texts.chunks(TEXTS) {
        let mut query = sqlx::query(AssertSqlSafe(texts_sql(db, some.len())));
        for Text { hash, key, language, body } in some {
            query = query.bind((*hash).to_owned()).bind((*key).to_owned()).bind((*language).to_owned()).bind(body);
            query = query.bind(now.seconds());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

/// The statement that puts rows into the queue: `rows` selects contact, key, channel, message, letter (or `''`), about
/// (or `''`), when it is due, and now. A contact has a key once: what is there already stays as it is.
///
/// So a week's letters go from table to table, whatever there is of them: nothing is bound for each.
pub fn put_sql(rows: &str) -> String {
    format!(
        "INSERT INTO outbox (contact_id, key, channel, hash, letter, about, due_at, created_at) {rows}
  ON CONFLICT (contact_id, key) DO NOTHING"
    )
}

/// One row for each live contact, due at once. $1 key, $2 hash, $3 now, $4 household or person.
fn each_contact_sql(whose: &str) -> String {
    put_sql(&format!(
        "SELECT c.id, CAST($1 AS TEXT), c.channel, CAST($2 AS TEXT), '', '', CAST($3 AS BIGINT), CAST($3 AS BIGINT)
   FROM contacts c WHERE c.{whose} = $4 AND c.gone_at IS NULL"
    ))
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To<'a> {
    /// Everybody of a household: what concerns all of it.
    Household(&'a str),
    /// One person alone: an answer goes to whoever asked, and to nobody else of the household.
    Person(&'a str),
}

/// Puts a notice into the queue, a row for each live contact; returns how many rows are new.
///
/// Doing it twice happens once (a contact has a key once). It is told although the household's letters are stopped or
/// paused when its key is one of [`super::heeds_stops`]'s exceptions.
pub async fn enqueue(db: &Db, to: To<'_>, notice: &Notice, now: Wall) -> Result<u64> {
    let mut tx = db.write().await?;
    let new = enqueue_within(db, &mut tx, to, notice, now).await?;
    tx.commit().await?;
    Ok(new)
}

/// [`enqueue`] inside a write transaction of the caller: what is told and what it tells of are stored together or not
/// at all.
pub async fn enqueue_within(db: &Db, tx: &mut AnyConnection, to: To<'_>, notice: &Notice, now: Wall) -> Result<u64> {
    let body = serde_json::to_string(&Message { notice: notice.clone() })?;
    let hash = content_hash(body.as_bytes());
    let text = Text { hash: &hash, key: &notice.key, language: &notice.language, body };
    put_texts(db, tx, &[text], now).await?;
    let (whose, id) = match to {
        To::Household(id) => ("household_id", id),
        To::Person(id) => ("person_id", id),
    };
    let query = sqlx::query(AssertSqlSafe(each_contact_sql(whose))).bind(&notice.key).bind(&hash);
    Ok(query.bind(now.seconds()).bind(id).execute(tx).await?.rows_affected())
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    vec![texts_sql(db, 3), each_contact_sql("household_id"), each_contact_sql("person_id")]
}
