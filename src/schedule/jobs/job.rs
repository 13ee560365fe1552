//! What a job is: a name, a rule that says when it is due, what holds it, whose it is while it is done.

use crate::schedule::Schedule;
use anyhow::Result;
use std::future::Future;
use std::pin::Pin;

/// A worker that gives no sign of life for so long, in seconds, is followed by another one.
pub(in crate::schedule) const LEASE_SECONDS: i64 = 60;

/// What is worked on.
pub(in crate::schedule) type Work<'a, T = ()> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Something that is done by itself. Doing it twice happens once: a lease spares work, it does not make things right.
pub(in crate::schedule) trait Job: Send + Sync {
    /// Its name in `runs`, and in what the operator is told.
    fn name(&self) -> &'static str;
    /// What it waits for.
    fn waits(&self) -> Waits;
    /// Whose it is while it is done.
    fn lease(&self) -> Lease;
    /// Is there something to do now?
    fn due<'a>(&'a self, schedule: &'a Schedule) -> Work<'a, bool>;
    /// Does what is due.
    fn work<'a>(&'a self, schedule: &'a Schedule) -> Work<'a>;
}

/// What a job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schedule) enum Waits {
    /// For nothing: it is done whatever the clock shows.
    No,
    /// What it does cannot be undone: for a clock that is believed, and for a day after somebody has said that it is
    /// right.
    ADay,
    /// For a clock that is believed, and for the ledger of what was sent.
    Ledger,
}

/// Who else may be at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schedule) enum Lease {
    /// Everybody: it concerns this process alone (its pages, what it has read).
    EachProcess,
    /// One process at a time; a row of `runs` that is given back.
    One,
    /// It takes a row of `runs` itself, for each instant at which it is due, which stays as what became of it.
    EachInstant,
}
