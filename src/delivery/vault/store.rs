//! The key store: wrapped data keys in a database of their own, and what is left of those that were destroyed.

use super::installation::{self, Installation};
use super::ledger;
use super::seal::{DataKey, derived, random, wrapping};
use crate::config::Services;
use crate::db::{self, Db};
use anyhow::{Context, Result, bail};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::Arc;

const INSERT: &str = "INSERT INTO data_keys (owner, wrapped) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET wrapped \
    = $2 WHERE data_keys.wrapped = ''";
const FIND: &str = "SELECT wrapped FROM data_keys WHERE owner = $1 AND wrapped <> ''";
/// The row stays, empty: where rows only come and none goes, SQLite never moves one to another page, and no shadow of a
/// key is left.
const DESTROY: &str = "UPDATE data_keys SET wrapped = '' WHERE owner = $1";
const REMEMBER: &str = "INSERT INTO destroyed_keys (owner) VALUES ($1) ON CONFLICT (owner) DO NOTHING";
const DESTROYED: &str = "SELECT COUNT(*) FROM destroyed_keys WHERE owner = $1";
const COUNT: &str = "SELECT COUNT(*) FROM data_keys WHERE wrapped <> ''";
/// Owners that one statement looks up.
const AT_ONCE: usize = 500;

/// The version of the key behind `lookup` columns; two versions live beside each other during a rotation.
const LOOKUP_VERSION: i64 = 1;

/// Hands out data keys and keyed look-ups. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    keys: Db,
    /// See [`super::ledger`].
    ledger: Db,
    master: DataKey,
    lookup: hmac::Key,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Opens the key store of this database and reads the master key. Both are made where nothing is there yet: no key
    /// in the store, nothing sealed in the database. Otherwise a missing key file, a missing store or another
    /// database's is an error, and nothing is touched.
    pub async fn open(services: &Services, db: &Db) -> Result<Self> {
        let (keys, master) = installation::open(services, db).await?;
        let ledger = ledger::open(&services.key_store_url, &keys).await?;
        let vault = Self::of(keys, ledger, &master)?;
        vault.has_ledger(db).await?;
        Ok(vault)
    }

    /// As [`Vault::open`], for who only reads; `None` where a part is not there yet. Makes and writes nothing.
    pub async fn look(services: &Services, db: &Db) -> Result<Option<Self>> {
        let Installation { store, master, .. } = installation::look(services, db).await?;
        let (Some(keys), Some(master)) = (store, master) else { return Ok(None) };
        match ledger::look(&services.key_store_url, &keys).await? {
            Some(ledger) => Ok(Some(Self::of(keys, ledger, &master)?)),
            None => {
                keys.close().await;
                Ok(None)
            }
        }
    }

    /// An error when [`Vault::open`] would be one. Writes nothing.
    pub async fn check(services: &Services, db: &Db) -> Result<()> {
        let Installation { store, .. } = installation::look(services, db).await?;
        if let Some(store) = store {
            store.close().await;
        }
        Ok(())
    }

    /// How many keys there are in the store, if there is one. Makes nothing.
    pub async fn keys_in(services: &Services) -> Result<i64> {
        if !db::is_there(&services.key_store_url) {
            return Ok(0);
        }
        let store = Db::connect(&services.key_store_url, 1).await.map_err(|e| e.context("鍵の置き場を開けません"))?;
        let keys = if store.has_table("data_keys").await? {
            sqlx::query_scalar(COUNT).fetch_one(store.pool()).await?
        } else {
            0
        };
        store.close().await;
        Ok(keys)
    }

    /// Is there a ledger beside the store that a database has known? Makes nothing.
    pub async fn has_ledger_of_before(services: &Services) -> Result<bool> {
        ledger::is_of_before(&services.key_store_url).await
    }

    fn of(keys: Db, ledger: Db, master: &[u8; 32]) -> Result<Self> {
        let lookup = hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"otayori lookup 1")?);
        Ok(Self(Arc::new(Inner { keys, ledger, master: wrapping(master)?, lookup })))
    }

    /// Ends the connections to the key store; its file is whole then.
    pub async fn close(&self) {
        if self.0.ledger.is_sqlite() {
            self.0.ledger.close().await;
        }
        self.0.keys.close().await;
    }

    pub(super) fn ledger(&self) -> &Db {
        &self.0.ledger
    }

    /// Copies the key store (SQLite) into a new file.
    pub async fn copy_to(&self, file: &std::path::Path) -> Result<()> {
        self.0.keys.copy_to(file).await
    }

    /// Makes the data key of a new owner.
    pub async fn create_key(&self, owner: &str) -> Result<DataKey> {
        self.create_keys(&[owner.to_owned()]).await?.remove(owner).context("鍵がありません")
    }

    /// Makes data keys for many owners in one transaction.
    pub async fn create_keys(&self, owners: &[String]) -> Result<HashMap<String, DataKey>> {
        let mut made = HashMap::with_capacity(owners.len());
        let mut tx = self.0.keys.write().await?;
        for some in owners.chunks(AT_ONCE) {
            let sql = format!("DELETE FROM destroyed_keys WHERE owner IN {}", self.0.keys.values(1, some.len(), 1));
            some.iter()
                .fold(sqlx::query(AssertSqlSafe(sql)), |query, owner| query.bind(owner))
                .execute(&mut *tx)
                .await?;
        }
        for owner in owners {
            let bytes: [u8; 32] = random()?;
            if sqlx::query(INSERT)
                .bind(owner)
                .bind(self.0.master.seal_bytes(owner, &bytes)?)
                .execute(&mut *tx)
                .await?
                .rows_affected()
                == 0
            {
                bail!("{owner} には、もう鍵があります");
            }
            made.insert(owner.clone(), DataKey::new(&bytes)?);
        }
        tx.commit().await?;
        Ok(made)
    }

    /// The data key of `owner`; `None` when it was destroyed, which is what erased means. A key that is missing without
    /// having been destroyed is an error: a store that was restored from an older backup, perhaps.
    pub async fn key(&self, owner: &str) -> Result<Option<DataKey>> {
        let wrapped: Option<String> = sqlx::query_scalar(FIND).bind(owner).fetch_optional(self.0.keys.pool()).await?;
        if let Some(wrapped) = wrapped {
            return self.unwrap_key(owner, &wrapped).map(Some);
        }
        if sqlx::query_scalar::<_, i64>(DESTROYED).bind(owner).fetch_one(self.0.keys.pool()).await? == 0 {
            bail!(
                "鍵の置き場に {owner} の鍵がなく、消した記録もありません。古い控えから戻したのなら、\
                 新しい控えを探してください"
            );
        }
        Ok(None)
    }

    /// The data keys of many owners; those that are not there are missing.
    pub async fn keys(&self, owners: &[String]) -> Result<HashMap<String, DataKey>> {
        self.wrapped(owners)
            .await?
            .into_iter()
            .map(|(owner, wrapped)| Ok((owner.clone(), self.unwrap_key(&owner, &wrapped)?)))
            .collect()
    }

    /// How the store stands to each of these owners.
    pub async fn held(&self, owners: &[String]) -> Result<HashMap<String, Held>> {
        let mut held: HashMap<String, Held> = owners.iter().map(|owner| (owner.clone(), Held::Missing)).collect();
        for owner in self.listed("SELECT owner FROM destroyed_keys", owners).await? {
            held.insert(owner, Held::Destroyed);
        }
        for (owner, wrapped) in self.wrapped(owners).await? {
            let found = self.unwrap_key(&owner, &wrapped).map_or(Held::Missing, Held::Key);
            held.insert(owner, found);
        }
        Ok(held)
    }

    async fn wrapped(&self, owners: &[String]) -> Result<Vec<(String, String)>> {
        let mut found = Vec::with_capacity(owners.len());
        for some in owners.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT owner, wrapped FROM data_keys WHERE wrapped <> '' AND owner IN {}",
                self.0.keys.values(1, some.len(), 1)
            );
            let query = some.iter().fold(sqlx::query_as(AssertSqlSafe(sql)), |query, owner| query.bind(owner));
            found.extend(query.fetch_all(self.0.keys.pool()).await?);
        }
        Ok(found)
    }

    async fn listed(&self, select: &'static str, owners: &[String]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for some in owners.chunks(AT_ONCE) {
            let sql = format!("{select} WHERE owner IN {}", self.0.keys.values(1, some.len(), 1));
            let query = some.iter().fold(sqlx::query_scalar(AssertSqlSafe(sql)), |query, owner| query.bind(owner));
            found.extend(query.fetch_all(self.0.keys.pool()).await?);
        }
        Ok(found)
    }

    fn unwrap_key(&self, owner: &str, wrapped: &str) -> Result<DataKey> {
        DataKey::new(&self.0.master.open_bytes(owner, wrapped).context("鍵の置き場と鍵のファイルが合いません")?)
    }

    /// Destroys the key: nothing that it sealed can be read again, in backups neither. That it was destroyed is
    /// remembered. [`Vault::sweep`] takes it off the disk, too.
    pub async fn destroy(&self, owner: &str) -> Result<()> {
        let mut tx = self.0.keys.write().await?;
        sqlx::query(DESTROY).bind(owner).execute(&mut *tx).await?;
        sqlx::query(REMEMBER).bind(owner).execute(&mut *tx).await?;
        tx.commit().await?;
        self.forget_stops(owner).await
    }

    /// After keys were destroyed: the store's write-ahead log holds none of them any more.
    pub async fn sweep(&self) {
        self.0.keys.sweep(&["data_keys"]).await;
    }

    /// A secret of the installation itself (not of a household), sealed by the master key.
    pub fn installation_key(&self) -> &DataKey {
        &self.0.master
    }

    /// What a `lookup` column holds for `text`, and the key's version. `purpose` (`contacts`) keeps equal texts of two
    /// columns apart.
    pub fn lookup(&self, purpose: &str, text: &str) -> (String, i64) {
        let tag = hmac::sign(&self.0.lookup, format!("{purpose}\0{text}").as_bytes());
        (BASE64_URL_SAFE_NO_PAD.encode(tag), LOOKUP_VERSION)
    }
}

/// How the key store stands to an owner.
#[derive(Debug, Clone)]
pub enum Held {
    /// Its key.
    Key(DataKey),
    /// This very key was destroyed: what it sealed is erased.
    Destroyed,
    /// Not there, and nobody destroyed it; or it cannot be opened. Nothing may be given up because of that.
    Missing,
}
