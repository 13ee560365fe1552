//! Signed events in, kept until their work is done; due ones out, each to one worker at a time: a crash loses none, a
//! redelivery happens once.

use super::webhook::{Event, Kind};
use crate::calendar::{TimeZone, Timestamp};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;
use sqlx::AssertSqlSafe;

/// Who works on an event gives a sign of life within so many seconds: two requests to LINE and a few statements.
pub const LEASE_SECONDS: i64 = 60;
/// Ids are known for so long: LINE redelivers for at most some days.
const KEPT: i64 = 30 * 86_400;
/// Who it was is known for so long after the work: an older event may still be redelivered.
pub const WHO_KEPT: i64 = 3 * 86_400;
/// An event that cannot be opened is looked at again after so many seconds.
const UNREADABLE: i64 = 3600;
const CONTEXT: &str = "line_events.sealed";

/// One row an event; the second insert of an id changes nothing. $1 id, $2 now, $3 kind, $4 who, $5 LINE's instant, $6
/// sealed.
const STORE: &str = "INSERT INTO line_events (id, received_at, kind, who, happened_at, sealed, due_at) VALUES ($1, $2, \
    $3, $4, $5, $6, $2) ON CONFLICT (id) DO NOTHING";
/// One more of a day. $1 day, $2 what.
const COUNT: &str = "INSERT INTO line_counts (day, what, number) VALUES ($1, $2, 1)
  ON CONFLICT (day, what) DO UPDATE SET number = line_counts.number + 1";
/// $1 now, $2 id, $3 token. What it held is erased.
const DONE: &str = "UPDATE line_events SET done_at = $1, sealed = '', lease_owner = NULL WHERE id = $2 AND lease_owner \
    = $3 AND done_at IS NULL";
/// $1 due, $2 id, $3 token.
const LATER: &str =
    "UPDATE line_events SET due_at = $1, lease_owner = NULL WHERE id = $2 AND lease_owner = $3 AND done_at IS NULL";
/// Has the same person followed or blocked the account after this event? $1 who, $2 LINE's instant.
const NEWER: &str = "SELECT COUNT(*) FROM line_events WHERE who = $1 AND who <> '' AND happened_at > $2";
const ANY_DUE: &str = "SELECT COUNT(*) FROM line_events WHERE done_at IS NULL AND due_at <= $1";
const FORGET: &str = "DELETE FROM line_events WHERE received_at < $1";
const FORGET_WHO: &str = "UPDATE line_events SET who = '' WHERE who <> '' AND done_at < $1";

/// The claim moves `due_at` to the end of the lease; the predicate stands outside as well. $1 token, $2 end of the
/// lease, $3 now.
fn take_sql(db: &Db) -> String {
    format!(
        "UPDATE line_events SET lease_owner = $1, due_at = $2, attempt = attempt + 1
          WHERE id = (SELECT id FROM line_events WHERE done_at IS NULL AND due_at <= $3 ORDER BY due_at, happened_at, \
          id LIMIT 1{}) AND done_at IS NULL AND due_at <= $3
        RETURNING id, received_at, who, happened_at, sealed, attempt, lease_owner",
        db.skip_locked()
    )
}

crate::db::row! {
struct Taken {
    id: String,
    received_at: i64,
    who: String,
    happened_at: i64,
    sealed: String,
    attempt: i64,
    lease_owner: String,
}
}

/// An event that this worker holds until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// What happened.
    pub event: Event,
    /// When it came here first, Unix seconds.
    pub received_at: i64,
    /// How often it was taken, this time included.
    pub attempt: u32,
    who: String,
    happened_at: i64,
    token: String,
}

/// Keeps the events of one call of the webhook, all or none; those that are known already stay as they are, and events
/// that nothing is done about are not kept. Only after this may LINE be answered 200: it does not send them again.
///
/// Who begins to follow, blocks and comes back is counted by the day of LINE's own instant in `zone`, once however
/// often LINE delivers it.
pub async fn store(db: &Db, vault: &Vault, events: &[Event], zone: &TimeZone, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    for event in events.iter().filter(|e| e.kind != Kind::Other) {
        let sealed = vault.installation_key().seal(CONTEXT, &serde_json::to_string(event)?)?;
        let turns = matches!(event.kind, Kind::Follow | Kind::Unfollow);
        let who = event
            .user
            .as_deref()
            .filter(|_| turns)
            .map_or_else(String::new, |user| vault.lookup("line_events", user).0);
        let query = sqlx::query(STORE)
            .bind(&event.id)
            .bind(now)
            .bind(event.kind.id())
            .bind(who)
            .bind(event.timestamp)
            .bind(sealed);
        let new = query.execute(&mut *tx).await?.rows_affected() == 1;
        let what = match event.kind {
            Kind::Follow if event.unblocked => "unblock",
            Kind::Follow => "follow",
            Kind::Unfollow => "block",
            Kind::AccountLink { .. } | Kind::Postback { .. } | Kind::Stop | Kind::Message | Kind::Other => continue,
        };
        if new {
            let at = Timestamp::from_millisecond(event.timestamp).or_else(|_| Timestamp::from_second(now))?;
            sqlx::query(COUNT).bind(at.to_zoned(zone.clone()).date().to_string()).bind(what).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Takes the event that has been due longest, new or left by a worker that has not been heard of; `None`: nothing is
/// due.
pub async fn take(db: &Db, vault: &Vault, now: i64) -> Result<Option<Open>> {
    loop {
        let query = sqlx::query_as::<_, Taken>(AssertSqlSafe(take_sql(db)))
            .bind(crate::vault::token())
            .bind(now + LEASE_SECONDS)
            .bind(now);
        let Some(taken) = query.fetch_optional(db.pool()).await? else { return Ok(None) };
        match read(vault, &taken.sealed) {
            Ok(event) => {
                let attempt = u32::try_from(taken.attempt).unwrap_or(u32::MAX);
                return Ok(Some(Open {
                    event,
                    received_at: taken.received_at,
                    attempt,
                    who: taken.who,
                    happened_at: taken.happened_at,
                    token: taken.lease_owner,
                }));
            }
            Err(e) => {
                // Another master key, for instance. It must not stand in the way of the others.
                tracing::error!(event = taken.id, error = format!("{e:#}"), "a kept LINE event cannot be read");
                sqlx::query(LATER)
                    .bind(now + UNREADABLE)
                    .bind(&taken.id)
                    .bind(&taken.lease_owner)
                    .execute(db.pool())
                    .await?;
            }
        }
    }
}

fn read(vault: &Vault, sealed: &str) -> Result<Event> {
    Ok(serde_json::from_str(&vault.installation_key().open(CONTEXT, sealed)?)?)
}

/// Is there something to do?
pub async fn any_due(db: &Db, now: i64) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(ANY_DUE).bind(now).fetch_one(db.pool()).await? > 0)
}

/// Has the person turned to or away from the account once more since? Then this event says nothing any more, in
/// whatever order they arrive.
pub async fn is_outdated(db: &Db, open: &Open) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(NEWER).bind(&open.who).bind(open.happened_at).fetch_one(db.pool()).await? > 0)
}

/// Its work is done: what it held is erased. `false` when another worker holds it.
pub async fn done(db: &Db, open: &Open, now: i64) -> Result<bool> {
    Ok(sqlx::query(DONE).bind(now).bind(&open.event.id).bind(&open.token).execute(db.pool()).await?.rows_affected()
        == 1)
}

/// Gives it back, to be tried again at `due_at`. `false` when another worker holds it.
pub async fn later(db: &Db, open: &Open, due_at: i64) -> Result<bool> {
    Ok(sqlx::query(LATER).bind(due_at).bind(&open.event.id).bind(&open.token).execute(db.pool()).await?.rows_affected()
        == 1)
}

/// Forgets ids of more than thirty days ago, and after three days whose they were.
pub async fn forget_old(db: &Db, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(FORGET).bind(now - KEPT).execute(&mut *tx).await?;
    sqlx::query(FORGET_WHO).bind(now - WHO_KEPT).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// For the test that prepares every text.
pub fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> =
        [STORE, COUNT, DONE, LATER, NEWER, ANY_DUE, FORGET, FORGET_WHO].map(str::to_owned).into();
    all.push(take_sql(db));
    all
}
