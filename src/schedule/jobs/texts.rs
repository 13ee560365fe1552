//! What is written now, read at each tick: a mistake is heard of when it is made and not at the week's hour; what is
//! missing before a letter goes.

use super::{Job, Lease, Waits, Work};
use crate::schedule::{Schedule, ready};
use std::sync::PoisonError;

pub(super) struct Texts;

impl Job for Texts {
    fn name(&self) -> &'static str {
        "texts"
    }
    fn waits(&self) -> Waits {
        Waits::No
    }
    fn lease(&self) -> Lease {
        Lease::EachProcess
    }
    fn due<'a>(&'a self, _: &'a Schedule) -> Work<'a, bool> {
        Box::pin(async { Ok(true) })
    }
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a> {
        Box::pin(async move {
            let library = schedule.library.clone();
            let read = tokio::task::spawn_blocking(move || library()).await?;
            // Mistakes are told by who reads.
            let Ok(library) = read else { return Ok(()) };
            let missing = ready::unready(&schedule.db, &schedule.config, &library).await?;
            if let Some(unready) = schedule.unready.get() {
                unready(missing.as_deref());
            }
            let mut before = schedule.missing.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(missing) = missing.as_ref().filter(|_| *before != missing) {
                tracing::error!("まだおたよりを送れません。毎週の配信の時刻までに直してください");
                missing.lines().for_each(|line| tracing::error!("{line}"));
            }
            *before = missing;
            Ok(())
        })
    }
}
