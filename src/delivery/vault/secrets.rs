//! A secret of the installation itself, by its name: sealed by the master key in the database, the same for every
//! process. The table `installation_keys`, where the database's knowledge of its key store and ledger stands as well.

use super::store::Vault;
use crate::db::Db;
use anyhow::Result;

const KEEP: &str =
    "INSERT INTO installation_keys (name, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
const FIND: &str = "SELECT sealed FROM installation_keys WHERE name = $1";
const CONTEXT: &str = "installation_keys.sealed";

impl Vault {
    /// Keeps a secret under a name that has none yet; who was first is kept. Unix seconds.
    pub async fn keep_secret(&self, db: &Db, name: &'static str, secret: &str, now: i64) -> Result<()> {
        let sealed = self.installation_key().seal(CONTEXT, secret)?;
        let mut tx = db.write().await?;
        sqlx::query(KEEP).bind(name).bind(sealed).bind(now).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The secret of a name; `None` if there is none yet. An error where another master key has sealed it.
    pub async fn secret(&self, db: &Db, name: &'static str) -> Result<Option<String>> {
        let sealed: Option<String> = sqlx::query_scalar(FIND).bind(name).fetch_optional(db.pool()).await?;
        sealed.map(|sealed| self.installation_key().open(CONTEXT, &sealed)).transpose()
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [KEEP, FIND].map(str::to_owned).into()
}
