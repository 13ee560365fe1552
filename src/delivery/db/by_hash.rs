//! Content hashes in, what is kept under them out: of every table with the columns `hash` and `body` (JSON).

use super::Db;
use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::HashMap;

/// Hashes that one statement looks up.
const AT_ONCE: usize = 500;

impl Db {
    /// What `table` keeps under these hashes, read as `T`; a hash that is not there is left out.
    pub async fn by_hash<T: DeserializeOwned>(
        &self,
        connection: &mut AnyConnection,
        table: &'static str,
        hashes: &[String],
    ) -> Result<HashMap<String, T>> {
        let mut found = HashMap::with_capacity(hashes.len());
        for some in hashes.chunks(AT_ONCE) {
            let mut query = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(self.by_hash_sql(table, some.len())));
            for hash in some {
                query = query.bind(hash);
            }
            for (hash, body) in query.fetch_all(&mut *connection).await? {
                let read = serde_json::from_str(&body).with_context(|| format!("{table} {hash}"))?;
                found.insert(hash, read);
            }
        }
        Ok(found)
    }

    /// Its text, for the tests that prepare every text.
    pub fn by_hash_sql(&self, table: &'static str, hashes: usize) -> String {
        format!("SELECT hash, body FROM {table} WHERE hash IN {}", self.values(1, hashes, 1))
    }
}
