//! Which contact a week's letter was asked to be sent to, kept where no backup goes; out, what the database does not
//! know of.
//!
//! A database that was restored on letter day has forgotten what went out after its backup. The ledger has not: it
//! stands beside the key store (in the key store's database on PostgreSQL, in `ledger.db` beside its file on SQLite)
//! and is never part of `otayori backup`. A row is written before a contact's request, in groups no larger than what is
//! in flight together; it names the batch and the claim, which a restored database does not know. When the request was
//! accepted and the database has settled it, the row says so, and it says so when nothing of it was taken: only what
//! was under way is in doubt.

use super::installation::{self, Installation};
use super::seal::wrapping;
use super::store::Vault;
use crate::config::Services;
use crate::db::{self, Db};
use anyhow::Result;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, HashMap};

/// One row a week and contact, of its newest request; and the ledger's own id, which the database knows.
const CREATE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS ledger (key TEXT NOT NULL, contact TEXT NOT NULL, batch TEXT NOT NULL, attempt BIGINT \
     NOT NULL, PRIMARY KEY (key, contact))",
    "CREATE TABLE IF NOT EXISTS ledger_id (one BIGINT NOT NULL PRIMARY KEY, id TEXT NOT NULL)",
];
const FIND_ID: &str = "SELECT id FROM ledger_id WHERE one = 1";
const ANY: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM ledger LIMIT 1) one";
const KEEP_ID: &str = "INSERT INTO ledger_id (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
/// What the database knows of its ledger.
const KNOWN: &str = "SELECT sealed FROM installation_keys WHERE name = 'ledger'";
const KNOW: &str = "INSERT INTO installation_keys (name, sealed, created_at) VALUES ('ledger', $1, $2) ON CONFLICT \
    (name) DO UPDATE SET sealed = $1";
const CONTEXT: &str = "installation_keys.ledger";
/// Weeks whose rows are thrown away. Keys of weeks are in the order of time. $1 the first that is kept.
const FORGET: &str = "DELETE FROM ledger WHERE key LIKE 'letter:%' AND key < $1";
/// Instead of a claim's number, which it is above: accepted, and settled in the database.
const ACCEPTED: i64 = i64::MAX;
/// Instead of a claim's number, which it is below: certainly nothing was taken, or somebody has said that it is to be
/// sent once more.
const NOT_TAKEN: i64 = 0;
/// Contacts that one statement takes.
const AT_ONCE: usize = 500;

/// A request that the ledger has on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The batch that it was of.
    pub batch: String,
    /// Which claim of it.
    pub attempt: i64,
}

impl Asked {
    /// Was it accepted, and settled in the database of that moment?
    pub fn accepted(&self) -> bool {
        self.attempt == ACCEPTED
    }
    /// Is it as if nothing had been asked?
    pub fn not_taken(&self) -> bool {
        self.attempt == NOT_TAKEN
    }
}

/// What is written of a contact's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is about to be made.
    Asked,
    /// It was accepted, and that is settled in the database.
    Accepted,
    /// Certainly nothing of it was taken.
    NotTaken,
}

/// The ledger's database: the key store's own on PostgreSQL, a file beside it on SQLite.
pub(super) async fn open(key_store_url: &str, keys: &Db) -> Result<Db> {
    let ledger = match db::file_of(key_store_url) {
        Some(_) => {
            Db::connect(&place(key_store_url), 4).await.map_err(|e| e.context("送付の記録（ledger.db）を開けません"))?
        }
        None => keys.clone(),
    };
    for sql in CREATE.into_iter().chain(super::stops::CREATE) {
        sqlx::query(sql).execute(ledger.pool()).await?;
    }
    Ok(ledger)
}

/// The ledger's database, where there is one; makes nothing.
pub(super) async fn look(key_store_url: &str, keys: &Db) -> Result<Option<Db>> {
    let url = place(key_store_url);
    if !db::is_there(&url) {
        return Ok(None);
    }
    let ledger = if db::file_of(key_store_url).is_some() {
        Db::connect(&url, 1).await.map_err(|e| e.context("送付の記録（ledger.db）を開けません"))?
    } else {
        keys.clone()
    };
    Ok(ledger.has_table("ledger").await?.then_some(ledger))
}

/// Where the ledger of a key store is.
fn place(key_store_url: &str) -> String {
    match db::file_of(key_store_url) {
        Some(file) => format!("sqlite:{}", file.with_file_name("ledger.db").display()),
        None => key_store_url.to_owned(),
    }
}

/// Is anything in a ledger, or does one stand alone where its key store is gone? Makes nothing.
pub(super) async fn is_of_before(key_store_url: &str) -> Result<bool> {
    let url = place(key_store_url);
    if !db::is_there(&url) {
        return Ok(false);
    }
    // A store is made before its ledger.
    if !db::is_there(key_store_url) {
        return Ok(true);
    }
    let ledger = Db::connect(&url, 1).await.map_err(|e| e.context("送付の記録（ledger.db）を開けません"))?;
    let any =
        ledger.has_table("ledger").await? && sqlx::query_scalar::<_, i64>(ANY).fetch_one(ledger.pool()).await? > 0;
    ledger.close().await;
    Ok(any)
}

impl Vault {
    /// Does the database's own ledger stand beside the key store? A new database takes the ledger that it finds, or a
    /// new one. `false`: it knows of one that is not there, so nobody can tell what was sent since the backup.
    pub async fn has_ledger(&self, db: &Db) -> Result<bool> {
        let known: Option<String> = sqlx::query_scalar(KNOWN).fetch_optional(db.pool()).await?;
        let id: Option<String> = sqlx::query_scalar(FIND_ID).fetch_optional(self.ledger().pool()).await?;
        match (known, id) {
            (Some(known), id) => Ok(self
                .installation_key()
                .open(CONTEXT, &known)
                .ok()
                .is_some_and(|known| id.as_deref() == Some(known.as_str()))),
            (None, _) => {
                self.take_ledger(db).await?;
                Ok(true)
            }
        }
    }

    /// As [`Vault::has_ledger`], for who only reads: makes and writes nothing.
    pub async fn ledger_stands(services: &Services, db: &Db) -> Result<bool> {
        let known: Option<String> = sqlx::query_scalar(KNOWN).fetch_optional(db.pool()).await?;
        let Installation { store, master, .. } = installation::look(services, db).await?;
        if let Some(store) = store {
            store.close().await;
        }
        let (Some(known), Some(master)) = (known, master) else { return Ok(true) };
        let url = place(&services.key_store_url);
        if !db::is_there(&url) {
            return Ok(false);
        }
        let ledger = Db::connect(&url, 1).await.map_err(|e| e.context("送付の記録（ledger.db）を開けません"))?;
        let id: Option<String> = if ledger.has_table("ledger_id").await? {
            sqlx::query_scalar(FIND_ID).fetch_optional(ledger.pool()).await?
        } else {
            None
        };
        ledger.close().await;
        Ok(wrapping(&master)?.open(CONTEXT, &known).ok().is_some_and(|known| id == Some(known)))
    }

    /// The ledger that is there is the database's from now on: somebody has said what was sent, or that nothing was.
    pub async fn take_ledger(&self, db: &Db) -> Result<()> {
        sqlx::query(KEEP_ID).bind(super::new_id()).execute(self.ledger().pool()).await?;
        self.ledger().into_file().await;
        let id: String = sqlx::query_scalar(FIND_ID).fetch_one(self.ledger().pool()).await?;
        let made_at = uuid::Uuid::parse_str(&id).ok().and_then(|u| u.get_timestamp()).map_or(0, |t| t.to_unix().0);
        sqlx::query(KNOW)
            .bind(self.installation_key().seal(CONTEXT, &id)?)
            .bind(i64::try_from(made_at)?)
            .execute(db.pool())
            .await?;
        Ok(())
    }

    /// What is on record of these contacts under `key`, by their look-ups (`contacts.lookup`).
    pub async fn asked(&self, key: &str, lookups: &[String]) -> Result<HashMap<String, Asked>> {
        let of: HashMap<String, &String> = lookups.iter().map(|lookup| (self.keyed(lookup), lookup)).collect();
        let (ledger, keyed) = (self.ledger(), of.keys().collect::<Vec<_>>());
        let mut found = HashMap::new();
        for some in keyed.chunks(AT_ONCE) {
            let query = some
                .iter()
                .fold(sqlx::query_as(AssertSqlSafe(asked_sql(ledger, some.len()))).bind(key), |query, contact| {
                    query.bind(*contact)
                });
            let rows: Vec<(String, String, i64)> = query.fetch_all(ledger.pool()).await?;
            found.extend(rows.into_iter().filter_map(|(contact, batch, attempt)| {
                Some(((*of.get(&contact)?).clone(), Asked { batch, attempt }))
            }));
        }
        Ok(found)
    }

    /// Writes that these contacts are about to be asked for: on the disk when this returns. One statement for a group.
    pub async fn ask(&self, key: &str, lookups: &[String], batch: &str, attempt: i64) -> Result<()> {
        self.write(key, batch, lookups.iter().map(|lookup| (lookup, attempt)).collect()).await?;
        self.ledger_into_file().await;
        Ok(())
    }

    /// Writes what is known of requests of this claim of a batch: on the disk when this returns, in the log beside the
    /// file. One statement for a group.
    pub async fn mark(&self, key: &str, batch: &str, claim: i64, marks: &BTreeMap<String, Mark>) -> Result<()> {
        let attempt = |mark: Mark| match mark {
            Mark::Asked => claim,
            Mark::Accepted => ACCEPTED,
            Mark::NotTaken => NOT_TAKEN,
        };
        self.write(key, batch, marks.iter().map(|(lookup, mark)| (lookup, attempt(*mark))).collect()).await
    }

    /// Somebody has said that these contacts are to be asked for once more.
    pub async fn release(&self, key: &str, lookups: &[String]) -> Result<()> {
        self.write(key, "", lookups.iter().map(|lookup| (lookup, NOT_TAKEN)).collect()).await?;
        self.ledger_into_file().await;
        Ok(())
    }

    /// Brings what is in the log into `ledger.db`: after a crash somebody may carry that on alone.
    pub async fn ledger_into_file(&self) {
        self.ledger().into_file().await;
    }

    async fn write(&self, key: &str, batch: &str, rows: Vec<(&String, i64)>) -> Result<()> {
        let ledger = self.ledger();
        let mut tx = ledger.write().await?;
        for some in rows.chunks(AT_ONCE) {
            let mut query = sqlx::query(AssertSqlSafe(ask_sql(ledger, some.len())));
            for (lookup, attempt) in some {
                query = query.bind(key).bind(self.keyed(lookup)).bind(batch).bind(attempt);
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Throws away the rows of weeks before that of `key`; returns how many.
    pub async fn forget_before(&self, key: &str) -> Result<u64> {
        Ok(sqlx::query(FORGET).bind(key).execute(self.ledger().pool()).await?.rows_affected())
    }

    /// Keyed once more: the ledger's entries do not fit the database's without the master key.
    fn keyed(&self, lookup: &str) -> String {
        self.lookup("ledger", lookup).0
    }
}

fn asked_sql(ledger: &Db, contacts: usize) -> String {
    format!(
        "SELECT contact, batch, attempt FROM ledger WHERE key = {} AND contact IN {}",
        ledger.mark(1),
        ledger.values(1, contacts, 2)
    )
}

fn ask_sql(ledger: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO ledger (key, contact, batch, attempt) VALUES {} ON CONFLICT (key, contact) DO UPDATE SET batch = \
         excluded.batch, attempt = excluded.attempt",
        ledger.values(rows, 4, 1)
    )
}

/// Every SQL text of this file that the database runs, for the test that prepares them all.
pub(super) fn sql_texts() -> Vec<String> {
    [KNOWN, KNOW].map(str::to_owned).into()
}
