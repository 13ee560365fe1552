//! A day in, what may not be kept any longer erased: guests' threads, households that stopped, old lines of the log,
//! ids of LINE's old events, letters of half a year ago.

use super::{Job, Lease, Waits, Work};
use crate::calendar::{Date, plus_days};
use crate::schedule::Schedule;
use crate::{audit, channel, consult, contact, crowd, erasure, feedback, letter, outbox};
use anyhow::{Context as _, Result};
use std::sync::PoisonError;

/// The ledger keeps the weeks of so many days: a letter is over after seven, whatever database is restored, so this is
/// for weeks that somebody sends by hand after restoring an old copy.
const LEDGER_DAYS: i32 = 400;

pub(super) struct Erasing;

impl Job for Erasing {
    fn name(&self) -> &'static str {
        "erasing"
    }
    fn waits(&self) -> Waits {
        Waits::ADay
    }
    fn lease(&self) -> Lease {
        Lease::One
    }
    /// Once a day, and when the process begins.
    fn due<'a>(&'a self, schedule: &'a Schedule) -> Work<'a, bool> {
        Box::pin(async move {
            Ok(*schedule.kept_house.lock().unwrap_or_else(PoisonError::into_inner) != Some(schedule.today()))
        })
    }
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a> {
        Box::pin(schedule.keep_house())
    }
}

impl Schedule {
    /// Several processes may do it one after the other: what is erased is erased once.
    async fn keep_house(&self) -> Result<()> {
        let (now, today) = (self.clock.now().seconds(), self.today());
        channel::line::inbox::forget_old(&self.db, now).await?;
        let expired = outbox::expire(&self.db, self.clock.now()).await?;
        if expired > 0 {
            tracing::warn!(rows = expired, "letters that had waited for a week, or until the next, are over");
        }
        outbox::look_for_doubt(&self.db).await?;
        crowd::forget(&self.db, &self.clock.zoned(&self.config.zone)).await.context("yesterday's counts by source")?;
        let midnight = self.clock.zoned(&self.config.zone).start_of_day()?.timestamp().as_second();
        consult::forget_crowds(&self.db, midnight).await.context("yesterday's groups by source")?;
        let oldest = letter::week_of(plus_days(today, -LEDGER_DAYS), &self.config);
        self.vault.forget_before(&letter::key_of(oldest)).await.context("the ledger's old weeks")?;
        let before = now - self.config.site.keep_days * 86_400;
        let unconfirmed =
            contact::forget_unconfirmed(&self.db, now).await.context("addresses that nobody confirmed")?;
        if unconfirmed > 0 {
            tracing::info!(unconfirmed, "e-mail addresses that nobody confirmed within a day");
        }
        let threads =
            consult::forget_guests(&self.db, &self.vault, before, now).await.context("guests' old threads")?;
        audit::forget(self.db.pool(), now).await?;
        feedback::forget_tries(&self.db, now).await?;
        contact::forget_sessions(&self.db, now).await?;
        audit::forget_erased_watches(self.db.pool(), before).await?;
        let households =
            erasure::all_due(&self.db, &self.vault, before, now).await.context("households that stopped")?;
        if threads + households > 0 {
            tracing::info!(threads, households, "erased after the time for which they are kept");
        }
        self.let_letters_go(today).await.context("letters that are over")?;
        *self.kept_house.lock().unwrap_or_else(PoisonError::into_inner) = Some(today);
        Ok(())
    }

    /// Weeks that are over are counted for the reports; of half a year ago the rows and texts go.
    async fn let_letters_go(&self, today: Date) -> Result<()> {
        let library = self.library.clone();
        // Segments as they are written now; of texts with mistakes what could be read.
        let library = tokio::task::spawn_blocking(move || library().unwrap_or_else(|some| some)).await?;
        letter::tally(&self.db, &library, &self.config, today, self.clock.now()).await?;
        let weeks = letter::prune(&self.db, &self.config, today, self.clock.now()).await?;
        if weeks > 0 {
            tracing::info!(weeks, "letters of half a year ago are gone; their counts stay");
        }
        Ok(())
    }
}
