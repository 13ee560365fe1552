//! A note left for other processes and for later, by its name; whether it is there, out. The table `upkeep`.

use super::Db;
use anyhow::Result;
use sqlx::AnyConnection;

/// For a database without migrations (the key store).
pub const UPKEEP: &str = "CREATE TABLE IF NOT EXISTS upkeep (name TEXT NOT NULL PRIMARY KEY)";
const IS: &str = "SELECT COUNT(*) FROM upkeep WHERE name = $1";
const LEAVE: &str = "INSERT INTO upkeep (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
const TAKE: &str = "DELETE FROM upkeep WHERE name = $1";
/// Written over itself: is there room on the disk, and a right to write?
const PROBE: &str = "INSERT INTO upkeep (name) VALUES ('probe') ON CONFLICT (name) DO UPDATE SET name = excluded.name";

/// Leaves a note, or takes it away, in the transaction of what it tells of.
pub async fn note(tx: &mut AnyConnection, name: &str, is: bool) -> Result<()> {
    sqlx::query(if is { LEAVE } else { TAKE }).bind(name.to_owned()).execute(tx).await?;
    Ok(())
}

impl Db {
    /// Leaves a note, or takes it away.
    pub async fn note(&self, name: &str, is: bool) -> Result<()> {
        note(&mut *self.pool().acquire().await?, name, is).await
    }

    /// Is there a note of this name?
    pub async fn noted(&self, name: &str) -> Result<bool> {
        Ok(sqlx::query_scalar::<_, i64>(IS).bind(name.to_owned()).fetch_one(self.pool()).await? > 0)
    }

    /// An error when nothing can be written: a full disk, a right that is missing.
    pub async fn probe(&self) -> Result<()> {
        sqlx::query(PROBE).execute(self.pool()).await?;
        Ok(())
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [IS, LEAVE, TAKE, PROBE].map(str::to_owned).into()
}
