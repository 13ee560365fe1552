//! Kept events in, done ones out: until none is due. Stop it anywhere; another process takes over when the lease runs
//! out.

use super::respond::{Around, respond};
use super::{Line, inbox};
use crate::channel::back_off;
use anyhow::Result;

/// An event that failed for so long, in seconds, is given up and reported.
const PATIENCE: i64 = 86_400;

/// Works off what is due, one event after the other; one that fails does not keep the next from its answer. Returns how
/// many are done.
///
/// `now` is asked for each event (Unix seconds); `around.now` is not looked at.
pub async fn work_off(line: &Line, around: Around<'_>, now: &(dyn Fn() -> i64 + Send + Sync)) -> Result<u64> {
    let mut done = 0;
    while let Some(open) = inbox::take(around.db, around.vault, now()).await? {
        let (id, around) = (&open.event.id, Around { now: now(), ..around });
        match respond(line, around, &open).await {
            Ok(()) => {}
            Err(e) if around.now - open.received_at < PATIENCE => {
                tracing::error!(
                    event = id,
                    attempt = open.attempt,
                    error = format!("{e:#}"),
                    "a LINE event is tried again"
                );
                inbox::later(around.db, &open, now() + i64::try_from(back_off(open.attempt).as_secs())?).await?;
                continue;
            }
            Err(e) => tracing::error!(event = id, error = format!("{e:#}"), "a LINE event is given up"),
        }
        done += u64::from(inbox::done(around.db, &open, now()).await?);
    }
    Ok(done)
}
