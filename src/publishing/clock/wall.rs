//! An instant of the wall clock as a type of its own, so that no day that is being sent is ever taken for now.

/// What the clock on the wall shows: leases, first requests, the ages of retry keys, and records are of it, whatever
/// day's letters are sent.
///
/// Only a clock makes one. The day that is sent is a [`Date`](crate::calendar::Date), its hour a `letter::SendHour`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(i64);

impl Wall {
    /// Of a clock's reading, or of what the database kept of one, in Unix seconds.
    pub const fn at(unix_seconds: i64) -> Self {
        Self(unix_seconds)
    }
    /// In Unix seconds, as the database keeps it.
    pub const fn seconds(self) -> i64 {
        self.0
    }
    /// So many seconds later.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
    /// Seconds that have passed since `earlier`; negative when that lies ahead.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
