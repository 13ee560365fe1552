//! Settings in, the database and its keys out: opened together, checked to belong together, and left whole at the end of a command.

use super::existing;
use crate::config::Config;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

/// Database and keys.
pub(super) struct Stores {
    pub db: Db,
    pub vault: Vault,
}

impl Stores {
    /// Opens both. Both are made on first use; keys of another database are an error, and nothing is touched.
    pub async fn open(config: &Config) -> Result<Self> {
        let db = Db::open(&config.services.database_url).await?;
        let vault = Vault::open(&config.services, &db).await?;
        Ok(Self { db, vault })
    }

    /// SQLite's write-ahead logs go into the files, so that a copy of the files is whole.
    pub async fn close(&self) {
        self.vault.close().await;
        self.db.close().await;
    }
}

/// Does something with database and keys, and closes them whatever came of it.
pub(super) async fn with_stores<T>(config: &Config, work: impl AsyncFnOnce(Stores) -> Result<T>) -> Result<T> {
    let Stores { db, vault } = Stores::open(config).await?;
    let done = work(Stores { db: db.clone(), vault: vault.clone() }).await;
    Stores { db, vault }.close().await;
    done
}

/// The database for reading, with the key store that belongs to it. Nothing is made.
pub(super) async fn with_existing<T>(config: &Config, work: impl AsyncFnOnce(&Db) -> Result<T>) -> Result<T> {
    let db = existing(config).await?;
    let done = async {
        Vault::check(&config.services, &db).await?;
        work(&db).await
    };
    let done = done.await;
    db.close().await;
    done
}
