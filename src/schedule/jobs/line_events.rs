//! Events of LINE that a process left undone, worked off. Each has its own lease (`line_events`); this one keeps two
//! processes from looking at once.

use super::{Job, Lease, Waits, Work};
use crate::channel::line::inbox;
use crate::channel::line::respond::Around;
use crate::channel::line::work::work_off;
use crate::schedule::Schedule;

pub(super) struct LineEvents;

impl Job for LineEvents {
    fn name(&self) -> &'static str {
        "line events"
    }
    fn waits(&self) -> Waits {
        // A stop may be among them.
        Waits::No
    }
    fn lease(&self) -> Lease {
        Lease::One
    }
    fn due<'a>(&'a self, schedule: &'a Schedule) -> Work<'a, bool> {
        Box::pin(async move {
            Ok(schedule.line.is_some() && inbox::any_due(&schedule.db, schedule.clock.now().seconds()).await?)
        })
    }
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a> {
        Box::pin(async move {
            let Some(line) = &schedule.line else { return Ok(()) };
            let library = (schedule.library)().unwrap_or_else(|some| some);
            let now = schedule.clock.now().seconds();
            let around = Around {
                config: &schedule.config,
                db: &schedule.db,
                vault: &schedule.vault,
                contacts: &library.contacts,
                now,
            };
            let done = work_off(line, around, &|| schedule.clock.now().seconds()).await?;
            if done > 0 {
                tracing::info!(done, "LINE events that were left undone");
            }
            Ok(())
        })
    }
}
