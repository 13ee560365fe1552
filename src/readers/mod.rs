//! Presses of the two buttons at an article's end and the desk's 「答える記事がない」 in, counts by article or topic and week out; nobody is known by them.

mod said;
mod wanted;

pub use said::{SaidOf, forget_tries, said_since, say};
pub use wanted::{WantedTopic, unwant, want, wanted_by, wanted_since};

use serde::Serialize;

/// Fewer are not told: somebody might be recognised.
const TOLD_FROM: i64 = 5;

/// A count as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// So many.
    Count(i64),
    /// Fewer than five, but not none.
    Few(#[serde(serialize_with = "few")] ()),
}

impl Told {
    /// Masks small numbers; none is no secret.
    pub fn of(count: i64) -> Self {
        if count == 0 || count >= TOLD_FROM { Self::Count(count) } else { Self::Few(()) }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(n) => write!(f, "{n}"),
            Self::Few(()) => write!(f, "{TOLD_FROM}未満"),
        }
    }
}

fn few<S: serde::Serializer>((): &(), to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str("<5")
}
