//! The key store: wrapped data keys in a database of their own, the master key in a file.

use super::{DataKey, random};
use crate::config::Services;
use crate::db::Db;
use anyhow::{Context, Result, bail};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Data keys by owner (a household's or a guest consultation's id), wrapped by the master key.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS data_keys (owner TEXT NOT NULL PRIMARY KEY, wrapped TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO data_keys (owner, wrapped) VALUES ($1, $2)";
const FIND: &str = "SELECT wrapped FROM data_keys WHERE owner = $1";
const DESTROY: &str = "DELETE FROM data_keys WHERE owner = $1";

/// The version of the key behind `lookup` columns; two versions live beside each other during a rotation.
const LOOKUP_VERSION: i64 = 1;

/// Hands out data keys and keyed look-ups. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    keys: Db,
    master: DataKey,
    lookup: hmac::Key,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Opens the key store and reads the master key; both are made on first use (the key's file readable by its owner only).
    pub async fn open(services: &Services) -> Result<Self> {
        let keys = Db::connect(&services.key_store_url, 4).await.context("鍵の保管庫を開けません")?;
        sqlx::query(CREATE).execute(keys.pool()).await?;
        let bytes = master_key(&services.key_file)?;
        let derived = |info: &'static [u8]| -> Result<[u8; 32]> {
            let mut key = [0; 32];
            Salt::new(HKDF_SHA256, &[]).extract(&bytes).expand(&[info], Length).and_then(|okm| okm.fill(&mut key)).map_err(|_| anyhow::anyhow!("鍵を導けません"))?;
            Ok(key)
        };
        let inner = Inner { keys, master: DataKey::new(&derived(b"otayori wrap 1")?)?, lookup: hmac::Key::new(hmac::HMAC_SHA256, &derived(b"otayori lookup 1")?) };
        Ok(Self(Arc::new(inner)))
    }

    /// Makes the data key of a new owner.
    pub async fn create_key(&self, owner: &str) -> Result<DataKey> {
        self.create_keys(&[owner.to_owned()]).await?.remove(owner).context("鍵がありません")
    }

    /// Makes data keys for many owners in one transaction.
    pub async fn create_keys(&self, owners: &[String]) -> Result<HashMap<String, DataKey>> {
        let mut made = HashMap::with_capacity(owners.len());
        let mut tx = self.0.keys.write().await?;
        for owner in owners {
            let bytes: [u8; 32] = random()?;
            sqlx::query(INSERT).bind(owner).bind(self.0.master.seal_bytes(owner, &bytes)?).execute(&mut *tx).await?;
            made.insert(owner.clone(), DataKey::new(&bytes)?);
        }
        tx.commit().await?;
        Ok(made)
    }

    /// The data key of `owner`; `None` when it was destroyed, which is what erased means.
    pub async fn key(&self, owner: &str) -> Result<Option<DataKey>> {
        let wrapped: Option<String> = sqlx::query_scalar(FIND).bind(owner).fetch_optional(self.0.keys.pool()).await?;
        wrapped.map(|w| self.unwrap_key(owner, &w)).transpose()
    }

    /// The data keys of many owners; those destroyed are missing.
    pub async fn keys(&self, owners: &[String]) -> Result<HashMap<String, DataKey>> {
        let mut found = HashMap::with_capacity(owners.len());
        for some in owners.chunks(500) {
            let sql = format!("SELECT owner, wrapped FROM data_keys WHERE owner IN {}", self.0.keys.values(1, some.len(), 1));
            let mut query = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(sql));
            for owner in some {
                query = query.bind(owner);
            }
            for (owner, wrapped) in query.fetch_all(self.0.keys.pool()).await? {
                let key = self.unwrap_key(&owner, &wrapped)?;
                found.insert(owner, key);
            }
        }
        Ok(found)
    }

    fn unwrap_key(&self, owner: &str, wrapped: &str) -> Result<DataKey> {
        DataKey::new(&self.0.master.open_bytes(owner, wrapped).context("鍵の保管庫と OTAYORI_KEY_FILE が合いません")?)
    }

    /// Destroys the key: nothing that it sealed can be read again, in backups neither.
    pub async fn destroy(&self, owner: &str) -> Result<()> {
        sqlx::query(DESTROY).bind(owner).execute(self.0.keys.pool()).await?;
        Ok(())
    }

    /// A secret of the installation itself (not of a household), sealed by the master key.
    pub fn house_key(&self) -> &DataKey {
        &self.0.master
    }

    /// What a `lookup` column holds for `text`, and the key's version. `purpose` (`contacts`) keeps equal texts of two columns apart.
    pub fn lookup(&self, purpose: &str, text: &str) -> (String, i64) {
        let tag = hmac::sign(&self.0.lookup, format!("{purpose}\0{text}").as_bytes());
        (BASE64_URL_SAFE_NO_PAD.encode(tag), LOOKUP_VERSION)
    }
}

struct Length;
impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

/// Reads the master key (base64 of 32 bytes), or makes it.
fn master_key(file: &Path) -> Result<[u8; 32]> {
    if let Ok(text) = std::fs::read_to_string(file) {
        let bytes = BASE64_STANDARD.decode(text.trim()).with_context(|| format!("鍵ファイル {} は base64 ではありません", file.display()))?;
        let Ok(key) = bytes.try_into() else { bail!("鍵ファイル {} は 32 バイトではありません", file.display()) };
        return Ok(key);
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let key: [u8; 32] = random()?;
    write_secret(file, &BASE64_STANDARD.encode(key)).with_context(|| format!("鍵ファイル {} を作れません", file.display()))?;
    Ok(key)
}

/// Writes a new file that only its owner reads; fails if there is one already.
fn write_secret(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut handle = options.open(file)?;
    handle.write_all(text.as_bytes())?;
    handle.sync_all()
}
