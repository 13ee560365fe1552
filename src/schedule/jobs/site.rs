//! A day in, the site of that day out: built anew when a publish, until or review date has passed since the last look.

use super::{Job, Lease, Waits, Work};
use crate::calendar::{Date, plus_days};
use crate::content::Library;
use crate::schedule::Schedule;
use anyhow::Context as _;
use std::sync::PoisonError;

/// Has a day come, after `since` and up to `today`, on which something that the site shows changes by itself (publish,
/// until, review)?
pub fn site_changes(library: &Library, since: Date, today: Date) -> bool {
    let come = |day: Date| since < day && day <= today;
    let over = |last: Date| come(plus_days(last, 1));
    let bulletins =
        library.bulletins.values().filter(|b| !b.draft).any(|b| come(b.publish) || b.until.is_some_and(over));
    let reviews = || {
        library
            .articles
            .values()
            .filter(|a| !a.draft)
            .flat_map(|a| a.versions.values())
            .filter_map(|v| v.review.as_ref())
    };
    bulletins || reviews().any(|r| come(r.on) || over(r.next))
}

pub(super) struct Site;

impl Job for Site {
    fn name(&self) -> &'static str {
        "site"
    }
    fn waits(&self) -> Waits {
        Waits::No
    }
    fn lease(&self) -> Lease {
        // Each machine has a folder of its own.
        Lease::EachProcess
    }
    fn due<'a>(&'a self, schedule: &'a Schedule) -> Work<'a, bool> {
        Box::pin(async move { Ok(schedule.today() != *schedule.day.lock().unwrap_or_else(PoisonError::into_inner)) })
    }
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a> {
        Box::pin(async move {
            let (today, since) = (schedule.today(), *schedule.day.lock().unwrap_or_else(PoisonError::into_inner));
            // With mistakes nothing can be built: it is tried again when they are mended.
            let Ok(library) = (schedule.library)() else { return Ok(()) };
            // A clock that was ahead has published a day that is still to come.
            if today < since || site_changes(&library, since, today) {
                (schedule.rebuild)(today).await.context("サイトを作り直せませんでした")?;
            }
            *schedule.day.lock().unwrap_or_else(PoisonError::into_inner) = today;
            Ok(())
        })
    }
}
