//! Contacts and answers in, nothing left here of what was sent to them; and what others ask of a contact's rows.

use crate::db::Db;
use crate::vault::Erased;
use anyhow::Result;
use sqlx::{AnyConnection, AssertSqlSafe};

/// The tables whose rows go.
pub const PERSONAL: [&str; 3] = ["outbox", "batches", "messages"];

/// $1 contact.
const ERASE: &str = "DELETE FROM outbox WHERE contact_id = $1";
/// What was told of an answer. $1 key.
const FORGET: [&str; 3] =
    ["DELETE FROM outbox WHERE key = $1", "DELETE FROM batches WHERE key = $1", "DELETE FROM messages WHERE key = $1"];
/// What waits for a contact that ended. $1 contact.
const DROP_WAITING: &str = "DELETE FROM outbox WHERE settled_at IS NULL AND batch_id IS NULL AND contact_id = $1";
/// $1 contact, $2 key.
const PUT_AT: &str = "SELECT created_at FROM outbox WHERE contact_id = $1 AND key = $2";

/// The key of the notice that there is an answer.
pub fn answer_key(answer: &str) -> String {
    format!("answer:{answer}")
}

/// Erases what was sent, and waits, for whoever goes. A batch that is made of such rows is made anew without them, or
/// ends in doubt, as after any deletion.
pub async fn erase(tx: &mut AnyConnection, whom: &Erased) -> Result<()> {
    for contact in &whom.contacts {
        sqlx::query(ERASE).bind(contact).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Erases what was told of answers that are erased: row, batch and text stand under the answer's id.
pub async fn erase_answers(tx: &mut AnyConnection, answers: &[String]) -> Result<()> {
    for answer in answers {
        for sql in FORGET {
            sqlx::query(sql).bind(answer_key(answer)).execute(&mut *tx).await?;
        }
    }
    Ok(())
}

/// What still waits for a contact is not sent: its address is another person's now.
pub async fn drop_waiting(tx: &mut AnyConnection, contact: &str) -> Result<()> {
    sqlx::query(DROP_WAITING).bind(contact).execute(tx).await?;
    Ok(())
}

/// When a message was put into the queue for a contact, Unix seconds; `None`: it was not.
pub async fn put_at(connection: &mut AnyConnection, contact: &str, key: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(PUT_AT).bind(contact).bind(key).fetch_optional(connection).await?)
}

/// Has a service said of one of these contacts that it is gone?
pub async fn any_gone(db: &Db, contacts: &[String]) -> Result<bool> {
    if contacts.is_empty() {
        return Ok(false);
    }
    let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(any_gone_sql(db, contacts.len())));
    Ok(contacts.iter().fold(query, |query, contact| query.bind(contact)).fetch_one(db.pool()).await? > 0)
}

fn any_gone_sql(db: &Db, contacts: usize) -> String {
    format!("SELECT COUNT(*) FROM outbox WHERE outcome = 'gone' AND contact_id IN {}", db.values(1, contacts, 1))
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    [ERASE, FORGET[0], FORGET[1], FORGET[2], DROP_WAITING, PUT_AT]
        .map(str::to_owned)
        .into_iter()
        .chain([any_gone_sql(db, 2)])
        .collect()
}
