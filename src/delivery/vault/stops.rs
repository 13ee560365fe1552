//! Who has stopped what, kept where no backup goes: a database that was restored has forgotten it, and nobody may get a
//! letter again who has said no.
//!
//! Beside the ledger, and of ids alone: a household's and, behind it, a subject's slot, `*` for all letters, or `c:`
//! and the contact that was taken away.

use super::store::Vault;
use anyhow::Result;

/// Added to a ledger of before when it is opened.
pub(super) const CREATE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS ledger_stops (household TEXT NOT NULL, what TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY \
     KEY (household, what))",
    "CREATE TABLE IF NOT EXISTS ledger_seen (one BIGINT NOT NULL PRIMARY KEY, line TEXT NOT NULL)",
];
const SEEN: &str = "SELECT line FROM ledger_seen WHERE one = 1";
/// It never goes back. $1 line.
const SEE: &str = "INSERT INTO ledger_seen (one, line) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET line = $1 WHERE \
    ledger_seen.line < $1";
/// $1 household, $2 what, $3 at.
const KEEP: &str = "INSERT INTO ledger_stops (household, what, at) VALUES ($1, $2, $3) ON CONFLICT (household, what) \
    DO UPDATE SET at = $3 WHERE ledger_stops.at < $3";
/// $1 household, $2 what, $3 began again at.
const BEGUN: &str = "DELETE FROM ledger_stops WHERE household = $1 AND what = $2 AND at <= $3";
/// $1 household.
const FORGET: &str = "DELETE FROM ledger_stops WHERE household = $1";
/// $1 after this household.
const PAGE: &str = "SELECT household, what, at FROM ledger_stops WHERE household IN
   (SELECT DISTINCT household FROM ledger_stops WHERE household > $1 ORDER BY household LIMIT 500) ORDER BY household, \
   what";
const OF: &str = "SELECT household, what, at FROM ledger_stops WHERE household = $1 ORDER BY what";

crate::db::row! {
/// Something that a household has stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Its id.
    pub household: String,
    /// A subject's slot, `*`, or `c:` and a contact's id.
    pub what: String,
    /// Unix seconds.
    pub at: i64,
}
}

impl Vault {
    /// Up to which line of the log stops are on record; empty at the beginning.
    pub async fn stops_seen(&self) -> Result<String> {
        Ok(sqlx::query_scalar(SEEN).fetch_optional(self.ledger().pool()).await?.unwrap_or_default())
    }

    /// Puts on record what is stopped, and takes off what has begun again at that instant or before; all that the log
    /// says up to `line`.
    pub async fn keep_stops(&self, stopped: &[Stop], begun: &[Stop], line: &str) -> Result<()> {
        let mut tx = self.ledger().write().await?;
        for (sql, stops) in [(KEEP, stopped), (BEGUN, begun)] {
            for stop in stops {
                sqlx::query(sql).bind(&stop.household).bind(&stop.what).bind(stop.at).execute(&mut *tx).await?;
            }
        }
        sqlx::query(SEE).bind(line).execute(&mut *tx).await?;
        tx.commit().await?;
        self.ledger_into_file().await;
        Ok(())
    }

    /// The stops of the next households after one, household by household; none at the end.
    pub async fn stops_after(&self, household: &str) -> Result<Vec<Stop>> {
        Ok(sqlx::query_as(PAGE).bind(household).fetch_all(self.ledger().pool()).await?)
    }

    /// What a household has on record.
    pub async fn stops_of(&self, household: &str) -> Result<Vec<Stop>> {
        Ok(sqlx::query_as(OF).bind(household).fetch_all(self.ledger().pool()).await?)
    }

    /// A household that is erased has nothing on record.
    pub(super) async fn forget_stops(&self, household: &str) -> Result<()> {
        sqlx::query(FORGET).bind(household).execute(self.ledger().pool()).await?;
        Ok(())
    }
}
