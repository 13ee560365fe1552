//! What the schedule does: a job a file, and a line here. Each has a name, a rule that says when it is due, what holds
//! it, and its lease in `runs`.

mod erasing;
mod job;
mod letters;
mod line_events;
mod site;
mod stops;
mod texts;

pub use letters::{Due, ahead_message, due};
pub use site::site_changes;

pub(super) use job::{Job, LEASE_SECONDS, Lease, Waits, Work};

use super::{Held, Schedule};
use crate::clock::Wall;
use crate::runs;
use crate::watch;
use anyhow::{Context as _, Result};
use std::time::Duration;

/// Every job, in the order in which a tick does what is due.
pub(super) const JOBS: [&dyn Job; 6] =
    [&stops::Stops, &texts::Texts, &site::Site, &line_events::LineEvents, &erasing::Erasing, &letters::Letters];

impl Schedule {
    /// Does every job that is due and that nothing holds. What one of them cannot do keeps no other from being done, a
    /// stop that came by LINE least of all; the first trouble comes out.
    pub(super) async fn do_jobs(&self, held: &Held) -> Result<()> {
        let mut all = Ok(());
        for job in JOBS {
            let done = self.do_one(job, held).await;
            all = all.and(done.with_context(|| format!("job `{}`", job.name())));
        }
        all
    }

    async fn do_one(&self, job: &dyn Job, held: &Held) -> Result<()> {
        let now = self.clock.now();
        let waits = match job.waits() {
            Waits::No => false,
            Waits::ADay => held.clock.holds() || watch::erasing_waits(&self.db, now).await?.is_some(),
            Waits::Ledger => held.clock.holds() || held.without_ledger,
        };
        if waits || !job.due(self).await? {
            return Ok(());
        }
        match job.lease() {
            Lease::EachProcess | Lease::EachInstant => job.work(self).await,
            Lease::One => {
                let Some(run) = runs::hold(&self.db, job.name(), now, LEASE_SECONDS).await? else { return Ok(()) };
                let done = self.renewing(&run, job.work(self)).await;
                run.give_back(&self.db).await?;
                done.map(drop)
            }
        }
    }

    /// Works while the lease is renewed; `None`: another process has taken over, and the work was left where it was.
    pub(super) async fn renewing<T>(&self, run: &runs::Run, mut work: Work<'_, T>) -> Result<Option<T>> {
        loop {
            tokio::select! {
                done = &mut work => return done.map(Some),
                () = tokio::time::sleep(Duration::from_secs(LEASE_SECONDS as u64 / 3)) => {
                    if !run.renew(&self.db, self.lease_until()).await? {
                        tracing::warn!("another process has taken over");
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn lease_until(&self) -> Wall {
        self.clock.now().plus(LEASE_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A job whose file is not listed would never run; two of one name would share a lease.
    #[test]
    fn every_file_is_one_job() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schedule/jobs");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .filter(|e| {
                let name = e.as_ref().unwrap().file_name();
                name != "mod.rs" && name != "job.rs"
            })
            .count();
        let names: BTreeSet<&str> = JOBS.iter().map(|job| job.name()).collect();
        assert_eq!((files, names.len()), (JOBS.len(), JOBS.len()), "{names:?}");
    }

    /// What cannot be undone waits for a clock that is believed; what saves somebody never does.
    #[test]
    fn what_holds_each_job() {
        let of = |name: &str| JOBS.iter().find(|job| job.name() == name).unwrap_or_else(|| panic!("{name}")).waits();
        assert_eq!([of("letters"), of("erasing")], [Waits::Ledger, Waits::ADay]);
        assert_eq!([of("stops"), of("line events")], [Waits::No; 2]);
    }
}
