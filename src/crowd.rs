//! Where something comes from in; whether more came from there today than people send out. Only a keyed hash is kept,
//! for a day.
//!
//! Many people may stand behind one address (a hospital, a telephone company), so nobody is refused for the address:
//! what is beyond the limit has to wait a little (`web`), and questions beyond it stand below the others at the desk.

use crate::calendar::Zoned;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;
use std::net::{IpAddr, Ipv6Addr};

/// One more; how many there are now.
const COUNT: &str = "INSERT INTO source_counts (what, source, span, count) VALUES ($1, $2, $3, 1) \
    ON CONFLICT (what, source, span) DO UPDATE SET count = source_counts.count + 1 RETURNING count";
/// Spans sort by time, and an hour of a day behind the day itself. $1 today.
const FORGET: &str = "DELETE FROM source_counts WHERE span < $1";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A question.
    Ask,
    /// Something more in a thread.
    More,
    /// A registration.
    Register,
    /// A flyer's code that was opened.
    Visit,
    /// A question whether an e-mail address is theirs who gave it.
    Confirm,
}

impl What {
    fn id(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::More => "more",
            Self::Register => "register",
            Self::Visit => "visit",
            Self::Confirm => "confirm",
        }
    }
    /// How many times the limit of questions is this one's.
    fn times(self) -> i64 {
        match self {
            Self::Ask | Self::Register | Self::Confirm => 1,
            Self::More => 3,
            Self::Visit => 10,
        }
    }
}

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub enum Sender<'a> {
    /// A household that is signed in, and its address: counted alone, and not held up by what comes from everywhere;
    /// but whoever registers again and again is still one address.
    Household(&'a str, Option<&'a str>),
    /// An address; `None`: it is not told (then only all together are counted).
    Address(Option<&'a str>),
}

impl<'a> Sender<'a> {
    /// Who is signed in, if somebody is, at an address.
    pub fn of(household: Option<&'a str>, address: Option<&'a str>) -> Self {
        household.map_or(Self::Address(address), |id| Self::Household(id, address))
    }
}

/// So many times as much as from one household is free from all that are signed in at one address: a hospital has many.
const HOUSEHOLDS: i64 = 5;

/// How many are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Questions from one source on one day.
    pub source_per_day: i64,
    /// Questions from everywhere in one hour.
    pub all_per_hour: i64,
}

/// What comes of one more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As people send.
    Free,
    /// More than that. The group is the beginning of the source's hash of this day, or `all`.
    Crowd(String),
}

impl Verdict {
    /// The group, or nothing.
    pub fn crowd(&self) -> &str {
        match self {
            Self::Free => "",
            Self::Crowd(group) => group,
        }
    }
}

/// The group of what is beyond the limit of everywhere together.
pub const ALL: &str = "all";

/// Counts one more.
pub async fn count(
    db: &Db,
    vault: &Vault,
    what: What,
    from: Sender<'_>,
    limits: Limits,
    now: &Zoned,
) -> Result<Verdict> {
    let day = now.date().to_string();
    let sources = match from {
        Sender::Household(id, address) => [
            Some((format!("household {id}"), 1)),
            address.map(|a| (format!("households at {}", network(a)), HOUSEHOLDS)),
        ],
        Sender::Address(address) => [address.map(|a| (network(a), 1)), None],
    };
    for (source, of_it) in sources.into_iter().flatten() {
        let hash = vault.lookup("crowd.source", &format!("{day} {source}")).0;
        let n: i64 = sqlx::query_scalar(COUNT).bind(what.id()).bind(&hash).bind(&day).fetch_one(db.pool()).await?;
        if n > limits.source_per_day.saturating_mul(what.times()).saturating_mul(of_it) {
            return Ok(Verdict::Crowd(hash.chars().filter(char::is_ascii_alphanumeric).take(10).collect()));
        }
    }
    if matches!(from, Sender::Household(..)) {
        return Ok(Verdict::Free);
    }
    let hour = format!("{day}T{:02}", now.hour());
    let n: i64 = sqlx::query_scalar(COUNT).bind(what.id()).bind("").bind(hour).fetch_one(db.pool()).await?;
    Ok(if n > limits.all_per_hour.saturating_mul(what.times()) { Verdict::Crowd(ALL.into()) } else { Verdict::Free })
}

/// Erases the counts of days that are over.
pub async fn forget(db: &Db, now: &Zoned) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(now.date().to_string()).execute(db.pool()).await?.rows_affected())
}

/// An IPv6 address is one of the 2^64 that every connection has: its network counts.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|a| a.to_canonical()) {
        Ok(IpAddr::V6(v6)) => Ipv6Addr::from(u128::from(v6) >> 64 << 64).to_string(),
        Ok(v4) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// For the test that prepares every text.
pub fn sql_texts() -> Vec<String> {
    [COUNT, FORGET].map(str::to_owned).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_network_is_one_source() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("unix:"), "unix:");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            network(&text);
        }
    }
}
