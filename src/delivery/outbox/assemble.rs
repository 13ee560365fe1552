//! Due rows in, committed batches out: where one body is for all, with its retry key, exact recipients and exact body
//! before any request.

use super::{Notice, notices};
use crate::clock::Wall;
use crate::contact::Channel;
use crate::db::Db;
use anyhow::{Context as _, Result, ensure};
use sqlx::{AnyConnection, AssertSqlSafe};

/// Rows that one transaction looks at.
const CHUNK: usize = 20_000;

/// Rows that wait to be put into a batch, those of one channel, key and message beside each other. Those of a channel
/// that this program does not know are left where they are; the channel is compared as an expression, so that the index
/// gives the rows in their order. $1 now.
fn due_sql() -> String {
    format!(
        "SELECT channel, key, hash, contact_id FROM outbox
          WHERE settled_at IS NULL AND batch_id IS NULL AND due_at <= $1 AND channel || '' IN {} ORDER BY channel, \
          key, hash, contact_id LIMIT {CHUNK}",
        Channel::sql_list(|_| true)
    )
}

/// Gives a stretch of waiting rows to a batch. The predicate is looked at again for every row, so that two workers
/// never take the same one. `hash` stands alone as well, because only then PostgreSQL reads no more than the stretch
/// (by `IN (SELECT …)` a batch took 100 ms of 1). $1 batch, $2 now, $3 channel, $4 key, $5–$6 first, $7–$8 last.
const ASSIGN: &str = "UPDATE outbox SET batch_id = $1 WHERE settled_at IS NULL AND batch_id IS NULL AND due_at <= $2 \
    AND channel = $3 AND key = $4
   AND hash >= $5 AND hash <= $7 AND (hash, contact_id) >= ($5, $6) AND (hash, contact_id) <= ($7, $8)";

/// $1 batch, $2 channel, $3 key, $4 body, $5 retry key, $6 rows, $7 now.
pub(super) const INSERT: &str = "INSERT INTO batches (id, channel, key, body, retry_key, recipients, due_at, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";

/// A waiting row: channel, key, hash, contact.
type Waiting = (Channel, String, String, String);

/// A stretch of waiting rows that becomes one batch.
struct Stretch<'a> {
    first: &'a Waiting,
    last: &'a Waiting,
    rows: usize,
}

impl Stretch<'_> {
    fn full(&self) -> bool {
        self.rows >= self.first.0.shape().most()
    }
}

/// Writes the exact body of a batch from its notice, where the channel has one body for all
/// ([`crate::contact::Shape::Together`]).
pub type Compose<'a> = &'a (dyn Fn(Channel, &Notice) -> String + Send + Sync);

/// Puts every row that is due into a batch; returns how many batches were made.
///
/// A batch of a channel that has one body for all holds one message; any other may hold several.
pub async fn assemble(db: &Db, now: Wall, compose: Compose<'_>) -> Result<u64> {
    let (mut made, mut tries) = (0, 0);
    'chunk: loop {
        let mut tx = db.write().await?;
        let due: Vec<Waiting> =
            sqlx::query_as(AssertSqlSafe(due_sql())).bind(now.seconds()).fetch_all(&mut *tx).await?;
        let more = due.len() == CHUNK;
        let mut stretches = stretches(&due);
        if more && stretches.len() > 1 && stretches.last().is_some_and(|s| !s.full()) {
            stretches.pop(); // its other rows stand behind the limit: the next round sees them all
        }
        let bodies = bodies(db, &mut tx, &stretches, compose).await?;
        let mut taken = 0;
        for (stretch, body) in stretches.iter().zip(bodies) {
            let Some(body) = body else { continue };
            match assign(&mut tx, stretch, &body, now).await? {
                rows if rows > stretch.first.0.shape().most() as u64 => {
                    // Rows came in between. Nothing is kept of this chunk; look again.
                    tries += 1;
                    ensure!(tries < 20, "rows come into the queue faster than they are put into batches");
                    continue 'chunk;
                }
                rows => taken += u64::from(rows > 0),
            }
        }
        tx.commit().await?;
        tries = 0;
        made += taken;
        if !more || taken == 0 {
            return Ok(made);
        }
    }
}

/// Rows beside each other that fit into one batch.
fn stretches(due: &[Waiting]) -> Vec<Stretch<'_>> {
    let mut found: Vec<Stretch<'_>> = Vec::new();
    for row in due {
        let one_message = row.0.shape().is_together();
        let fits = found.last().is_some_and(|s| {
            !s.full() && s.first.0 == row.0 && s.first.1 == row.1 && (!one_message || s.first.2 == row.2)
        });
        match found.last_mut().filter(|_| fits) {
            Some(stretch) => (stretch.last, stretch.rows) = (row, stretch.rows + 1),
            None => found.push(Stretch { first: row, last: row, rows: 1 }),
        }
    }
    found
}

/// The exact body of each batch that has one for all; empty where rows have their messages. `None`: the message is
/// missing.
async fn bodies(
    db: &Db,
    tx: &mut AnyConnection,
    stretches: &[Stretch<'_>],
    compose: Compose<'_>,
) -> Result<Vec<Option<String>>> {
    let together = |s: &&Stretch<'_>| s.first.0.shape().is_together();
    let mut hashes: Vec<String> = stretches.iter().filter(together).map(|s| s.first.2.clone()).collect();
    hashes.dedup();
    let notices = notices(db, tx, &hashes).await?;
    let body = |s: &Stretch<'_>| {
        if !together(&s) {
            return Some(String::new());
        }
        let notice = notices.get(&s.first.2);
        if notice.is_none() {
            tracing::error!(hash = s.first.2, "a queued message is missing");
        }
        notice.map(|notice| compose(s.first.0, notice))
    };
    Ok(stretches.iter().map(body).collect())
}

/// One batch of a stretch; none when another worker took all of it. Returns how many rows it has.
async fn assign(tx: &mut AnyConnection, stretch: &Stretch<'_>, body: &str, now: Wall) -> Result<u64> {
    let id = uuid::Uuid::now_v7().to_string();
    let (channel, key, hash, contact) = stretch.first;
    let query = sqlx::query(ASSIGN).bind(&id).bind(now.seconds()).bind(channel.id()).bind(key).bind(hash).bind(contact);
    let rows = query.bind(&stretch.last.2).bind(&stretch.last.3).execute(&mut *tx).await?.rows_affected();
    if rows > 0 {
        let retry_key = uuid::Uuid::new_v4().to_string();
        let query = sqlx::query(INSERT).bind(&id).bind(channel.id()).bind(key).bind(body).bind(retry_key);
        query.bind(rows as i64).bind(now.seconds()).execute(tx).await.context("a batch could not be stored")?;
    }
    Ok(rows)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![due_sql(), ASSIGN.to_owned(), INSERT.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(channel: Channel, key: &str, hash: &str, n: usize) -> Vec<Waiting> {
        (0..n).map(|i| (channel, key.into(), hash.into(), format!("c{i:05}"))).collect()
    }

    #[test]
    fn where_one_body_is_for_all_a_batch_has_one_message() {
        let (line, push) = (Channel::Line, Channel::WebPush);
        let due = [
            rows(line, "k", "h1", 1203),
            rows(line, "k", "h2", 3),
            rows(push, "k", "h1", 150),
            rows(push, "k", "h2", 150),
            rows(push, "l", "h2", 1),
        ]
        .concat();
        let found: Vec<(&str, &str, usize)> =
            stretches(&due).iter().map(|s| (s.first.1.as_str(), s.first.2.as_str(), s.rows)).collect();
        assert_eq!(
            found,
            [
                ("k", "h1", 500),
                ("k", "h1", 500),
                ("k", "h1", 203),
                ("k", "h2", 3),
                ("k", "h1", 200),
                ("k", "h2", 100),
                ("l", "h2", 1)
            ]
        );
    }
}
