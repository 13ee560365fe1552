//! Stops since the copy from which a database was restored, in the database again; then on record where no copy goes.

use super::{Job, Lease, Waits, Work};
use crate::household;
use crate::schedule::Schedule;
use std::sync::atomic::Ordering;

pub(super) struct Stops;

impl Job for Stops {
    fn name(&self) -> &'static str {
        "stops"
    }
    fn waits(&self) -> Waits {
        Waits::No
    }
    fn lease(&self) -> Lease {
        // Each process has to know that it was done before it sends.
        Lease::EachProcess
    }
    fn due<'a>(&'a self, _: &'a Schedule) -> Work<'a, bool> {
        Box::pin(async { Ok(true) })
    }
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a> {
        Box::pin(async move {
            if schedule.stops_back.load(Ordering::Relaxed) {
                return household::keep_stops(&schedule.db, &schedule.vault).await;
            }
            let households = household::bring_stops_back(&schedule.db, &schedule.vault).await?;
            if households > 0 {
                tracing::warn!(
                    households,
                    "stopped what was stopped after the copy from which the database was restored"
                );
            }
            schedule.stops_back.store(true, Ordering::Relaxed);
            Ok(())
        })
    }
}
