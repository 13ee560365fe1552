//! A household in, by what it is reached out: its contacts, its channels, its addresses opened for its own download.

use super::Channel;
use super::address::{AT_ONCE, CONTEXT};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// Live contacts without their addresses, oldest first.
const LIVE: &str =
    "SELECT id, channel, created_at FROM contacts WHERE household_id = $1 AND gone_at IS NULL ORDER BY created_at, id";
const CHANNELS: &str =
    "SELECT DISTINCT channel FROM contacts WHERE household_id = $1 AND gone_at IS NULL ORDER BY channel";
/// Which channels households have.
const CHANNELS_OF_ALL: &str = "SELECT DISTINCT household_id, channel FROM contacts WHERE gone_at IS NULL AND \
    household_id IS NOT NULL ORDER BY household_id, channel";
/// Contacts of the household on a channel that ended without its doing, with none registered since. $1 household, $2
/// channel.
const GONE_SINCE: &str = "SELECT c.id FROM contacts c WHERE c.household_id = $1 AND c.channel = $2 AND c.gone_at IS \
    NOT NULL AND c.address <> ''
  AND NOT EXISTS (SELECT 1 FROM contacts n WHERE n.household_id = c.household_id AND n.channel = $2 AND n.gone_at IS \
  NULL AND n.created_at >= c.gone_at)";
/// Addresses of a household, sealed.
const RECORDS: &str = "SELECT channel, address, created_at, gone_at, (SELECT key_owner FROM persons p WHERE p.id = \
    person_id) FROM contacts WHERE household_id = $1 ORDER BY created_at, id";

/// One address of a household, without the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// How.
    pub channel: Channel,
    /// Unix seconds.
    pub created_at: i64,
}

/// The live contacts of a household, oldest first.
pub async fn live(db: &Db, household: &str) -> Result<Vec<Contact>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(LIVE).bind(household).fetch_all(db.pool()).await?;
    let contact = |(id, channel, created_at): (String, String, i64)| {
        Some(Contact { id, channel: Channel::known(&channel)?, created_at })
    };
    Ok(rows.into_iter().filter_map(contact).collect())
}

/// On which channels a household is reached, as in the database: also one that this program does not know.
pub async fn channels(db: &Db, household: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(CHANNELS).bind(household).fetch_all(db.pool()).await?)
}

/// On which channels all households are reached, by household, each once.
pub async fn channels_of_all(db: &Db) -> Result<HashMap<String, Vec<Channel>>> {
    let mut channels: HashMap<String, Vec<Channel>> = HashMap::new();
    for (household, channel) in sqlx::query_as::<_, (String, String)>(CHANNELS_OF_ALL).fetch_all(db.pool()).await? {
        channels.entry(household).or_default().extend(Channel::known(&channel));
    }
    Ok(channels)
}

/// Contacts of a household on a channel that ended without its doing, where it has registered none on it since.
pub async fn gone_since_the_last(db: &Db, household: &str, channel: Channel) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(GONE_SINCE).bind(household).bind(channel.id()).fetch_all(db.pool()).await?)
}

/// An address as it is handed to whoever gave it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AddressRecord {
    /// How, as in the database.
    pub channel: String,
    /// In plain; `None` where it was taken away, or its key is gone.
    pub address: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds, or null.
    pub gone_at: Option<i64>,
}

/// All addresses of a household, opened, for its own download.
pub async fn records(db: &Db, vault: &Vault, household: &str) -> Result<Vec<AddressRecord>> {
    let rows: Vec<(String, String, i64, Option<i64>, String)> =
        sqlx::query_as(RECORDS).bind(household).fetch_all(db.pool()).await?;
    let mut records = Vec::with_capacity(rows.len());
    for (channel, sealed, created_at, gone_at, owner) in rows {
        let address = match vault.key(&owner).await? {
            Some(key) if !sealed.is_empty() => Some(key.open(CONTEXT, &sealed)?),
            Some(_) | None => None,
        };
        records.push(AddressRecord { channel, address, created_at, gone_at });
    }
    Ok(records)
}

crate::db::row! {
/// A live address, sealed.
#[derive(Debug, Clone)]
pub struct SealedAddress {
    /// Whose letters come to it.
    pub household_id: String,
    /// Whose key opens it.
    pub key_owner: String,
    /// In [`super::CONTEXT`].
    pub address: String,
}
}

/// The live addresses of some households on a channel.
pub async fn sealed_on(db: &Db, households: &[String], channel: Channel) -> Result<Vec<SealedAddress>> {
    let mut found = Vec::new();
    for some in households.chunks(AT_ONCE) {
        let query = sqlx::query_as(AssertSqlSafe(sealed_on_sql(db, some.len()))).bind(channel.id());
        found.extend(some.iter().fold(query, |query, id| query.bind(id)).fetch_all(db.pool()).await?);
    }
    Ok(found)
}

fn sealed_on_sql(db: &Db, households: usize) -> String {
    format!(
        "SELECT c.household_id, p.key_owner, c.address FROM contacts c JOIN persons p ON p.id = c.person_id
          WHERE c.gone_at IS NULL AND c.channel = {} AND c.household_id IN {}",
        db.mark(1),
        db.values(1, households, 2)
    )
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [LIVE, CHANNELS, CHANNELS_OF_ALL, GONE_SINCE, RECORDS].map(str::to_owned).into();
    all.push(sealed_on_sql(db, 3));
    all
}
