//! What the clock shows and what the database remembers in; whether it may be believed with what cannot be undone, out.
//!
//! A clock half a year ahead sends wrong letters and erases for ever whoever "stopped 90 days ago". So each process
//! leaves the instant that it sees, and what does not follow from it holds the week's letters and all erasing until
//! somebody has looked at the clock.

use crate::clock::{CLOCKS_DIFFER, Stand, Wall};
use crate::db::Db;
use anyhow::Result;

const SEEN: &str = "SELECT seen_at FROM clock WHERE one = 1";
/// $1 now. It never goes back.
const BEAT: &str = "INSERT INTO clock (one, seen_at) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET seen_at = CASE \
    WHEN clock.seen_at < $1 THEN $1 ELSE clock.seen_at END";
/// $1 now.
const CONFIRM: &str = "INSERT INTO clock (one, seen_at, confirmed_at) VALUES (1, $1, $1) ON CONFLICT (one) DO UPDATE \
    SET seen_at = $1, confirmed_at = $1";
const CONFIRMED: &str = "SELECT confirmed_at FROM clock WHERE one = 1";
/// $1 the newest on record, where no process has left an instant yet.
const PIN: &str = "INSERT INTO clock (one, seen_at) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
/// The newest instant of a database in which no process has left one yet: of runs, sendings and what people did.
/// Made-up households are of any day.
const NEWEST: &str = "SELECT MAX(at) FROM (
  SELECT MAX(finished_at) AS at FROM runs UNION ALL SELECT MAX(settled_at) FROM outbox UNION ALL SELECT \
  MAX(created_at) FROM outbox
  UNION ALL SELECT MAX(at) FROM audit UNION ALL SELECT MAX(created_at) FROM staff UNION ALL SELECT MAX(created_at) \
  FROM staff_sessions
  UNION ALL SELECT MAX(created_at) FROM person_sessions UNION ALL SELECT MAX(created_at) FROM consultations
  UNION ALL SELECT MAX(created_at) FROM consultation_entries UNION ALL SELECT MAX(received_at) FROM line_events
  UNION ALL SELECT MAX(created_at) FROM households WHERE generated_at IS NULL
  UNION ALL SELECT MAX(updated_at) FROM households WHERE generated_at IS NULL) newest";

/// Compares the clock with what is on record. Writes nothing.
pub async fn look(db: &Db, now: Wall) -> Result<Stand> {
    let seen: Option<i64> = sqlx::query_scalar(SEEN).fetch_optional(db.pool()).await?;
    let newest = match seen {
        Some(seen) => Some(seen),
        None => sqlx::query_scalar::<_, Option<i64>>(NEWEST).fetch_one(db.pool()).await?,
    };
    Ok(Stand::of(now, newest.map(Wall::at)))
}

/// As [`look`], and leaves the instant that is seen, where it may be believed; where it may not, the one on record, so
/// that what people do meanwhile by a wrong clock does not make it right.
pub async fn beat(db: &Db, now: Wall) -> Result<Stand> {
    let stand = look(db, now).await?;
    let (sql, at) = match stand {
        Stand::Right => (BEAT, now),
        Stand::Back { newest } | Stand::Ahead { newest } => (PIN, newest),
    };
    sqlx::query(sql).bind(at.seconds()).execute(db.pool()).await?;
    Ok(stand)
}

/// Somebody says that the clock is right: from now on it counts. Returns how it stood. Where it was believed already,
/// nothing was confirmed.
pub async fn confirm(db: &Db, now: Wall) -> Result<Stand> {
    let stand = look(db, now).await?;
    let sql = if stand.holds() { CONFIRM } else { BEAT };
    sqlx::query(sql).bind(now.seconds()).execute(db.pool()).await?;
    Ok(stand)
}

/// So long nothing is erased after a clock was confirmed, in seconds: whoever was wrong has a day to put it right.
const AFTER_CONFIRMING: i64 = 86_400;

/// Until when erasing waits because somebody has just confirmed a clock; `None`: it does not.
pub async fn erasing_waits(db: &Db, now: Wall) -> Result<Option<Wall>> {
    let confirmed: Option<Option<i64>> = sqlx::query_scalar(CONFIRMED).fetch_optional(db.pool()).await?;
    // One of a clock that was ahead holds everything, until somebody confirms the right one.
    let since =
        confirmed.flatten().map(Wall::at).filter(|at| (-CLOCKS_DIFFER..AFTER_CONFIRMING).contains(&now.since(*at)));
    Ok(since.map(|at| at.plus(AFTER_CONFIRMING)))
}

/// The note that stands while a channel's service takes nothing from the city's account (LINE: the token).
pub fn barred(channel: &str) -> String {
    format!("{channel}:barred")
}
/// $1 channel.
const USED: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM contacts WHERE channel = $1 AND gone_at IS NULL LIMIT 1) one";

/// Is somebody written to on this channel?
pub async fn is_used(db: &Db, channel: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(USED).bind(channel).fetch_one(db.pool()).await? > 0)
}

/// Did the channel's service refuse the city's account when it was asked last?
pub async fn refuses(db: &Db, channel: &str) -> Result<bool> {
    db.noted(&barred(channel)).await
}

/// What somebody has to look at, of what the database knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// How the clock stands.
    pub stand: Stand,
    /// Somebody has said that the clock is right, less than a day ago: what is erased for good waits until then.
    pub erasing_waits: Option<Wall>,
}

/// Looks at all of it.
pub async fn health(db: &Db, now: Wall) -> Result<Health> {
    Ok(Health { stand: look(db, now).await?, erasing_waits: erasing_waits(db, now).await? })
}

/// For the test that prepares every text.
pub fn sql_texts() -> Vec<String> {
    [SEEN, BEAT, CONFIRM, PIN, NEWEST, CONFIRMED, USED].map(str::to_owned).into()
}
