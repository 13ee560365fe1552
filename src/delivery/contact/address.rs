//! An address of a person in, a sealed contact out. The same address is one contact, whoever registers it last.

use super::{Channel, Member, person};
use crate::db::Db;
use crate::mailbox::EmailAddress;
use crate::vault::{Vault, new_id, token_hash};
use anyhow::{Context, Result};
use sqlx::{AnyConnection, AssertSqlSafe};

/// What seals an address; [`crate::vault::DataKey::open`] wants the same.
pub const CONTEXT: &str = "contacts.address";
/// Rows that one statement takes.
pub(super) const AT_ONCE: usize = 500;

/// The same address for the same person again: it lives again if it was gone.
const RENEW: &str = "UPDATE contacts SET address = $2, gone_at = NULL, session = $3 WHERE lookup = $1";
/// The same address for another person: the old one's contact ends with its history, so that neither sees what the
/// other was sent.
const MOVE: &str =
    "UPDATE contacts SET gone_at = $2, address = '', session = '', lookup = 'moved:' || id WHERE lookup = $1";
const INSERT: &str =
    "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, created_at, session)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// Whose address it is now.
const HOLDER: &str = "SELECT id, person_id FROM contacts WHERE lookup = $1";
/// Whose it is, unless the person took it away: then it opens nothing any more.
const OF_LOOKUP: &str =
    "SELECT person_id, household_id FROM contacts WHERE lookup = $1 AND address <> '' AND household_id IS NOT NULL";
/// As [`OF_LOOKUP`], by the contact's id.
const OF_CONTACT: &str =
    "SELECT person_id, household_id FROM contacts WHERE id = $1 AND address <> '' AND household_id IS NOT NULL";
/// The same on one channel alone. $1 contact, $2 channel.
const OF_CONTACT_ON: &str = "SELECT person_id, household_id FROM contacts WHERE id = $1 AND channel = $2 AND address \
    <> '' AND household_id IS NOT NULL";
/// The newest LINE user of a household, sealed, and whose key opens it. $1 household, $2 channel.
const LINE_USER: &str = "SELECT address, (SELECT key_owner FROM persons p WHERE p.id = person_id) FROM contacts WHERE \
    household_id = $1 AND channel = $2 AND gone_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1";
/// Gone, at the service's word; the address stays for the case that the person comes back.
const LINE_GONE: &str = "UPDATE contacts SET gone_at = $2 WHERE lookup = $1 AND gone_at IS NULL";
/// Back again, unless the household itself took the address away.
const LINE_BACK: &str = "UPDATE contacts SET gone_at = NULL WHERE lookup = $1 AND address <> ''";
/// Gone, at the household's word: the address itself is erased, the row stays for what was sent to it.
const REMOVE: &str = "UPDATE contacts SET gone_at = $3, address = '', session = '' WHERE household_id = $1 AND id = $2 \
    AND gone_at IS NULL";
/// The same, also of one that was gone by then.
const TAKE_AWAY: &str = "UPDATE contacts SET gone_at = $3, address = '', session = '' WHERE household_id = $1 AND id = \
    $2 AND address <> ''";
/// What a household took away, and when.
const TAKEN_AWAY: &str =
    "SELECT id, gone_at FROM contacts WHERE household_id = $1 AND gone_at IS NOT NULL AND address = ''";
/// The addresses that a device gave end with its session, and so does the one that its browser names: their rows stay
/// for what was sent to them. $1 hash, $2 now, $3 look-up of the browser's own address, or '', $4 channel.
const TAKE_ALONG: &str = "UPDATE contacts SET gone_at = COALESCE(gone_at, $2), address = '', session = '' WHERE \
    channel = $4 AND address <> ''
   AND person_id = (SELECT person_id FROM person_sessions WHERE token_hash = $1) AND (session = $1 OR lookup = $3) \
   RETURNING household_id";
/// All devices of a person leave, and take their addresses along. $1 person, $2 now, $3 channel.
const TAKE_ALL_ALONG: &str = "UPDATE contacts SET gone_at = COALESCE(gone_at, $2), address = '', session = '' WHERE \
    person_id = $1 AND channel = $3 AND address <> ''";
/// `lookup` and its key's version for an address. A push subscription is looked up by its endpoint, a LINE user by the
/// id.
pub fn lookup(vault: &Vault, channel: Channel, address: &str) -> Result<(String, i64)> {
    Ok(match channel {
        Channel::Line => looked_up(vault, channel, address),
        // Whatever the case of its domain.
        Channel::Email => looked_up(vault, channel, &address.parse::<EmailAddress>()?.plain()),
        Channel::WebPush => {
            let json: serde_json::Value = serde_json::from_str(address).context("a push address is not JSON")?;
            let endpoint = json.get("endpoint").and_then(|e| e.as_str()).context("a push address has no endpoint")?;
            looked_up(vault, channel, endpoint)
        }
    })
}

fn looked_up(vault: &Vault, channel: Channel, what: &str) -> (String, i64) {
    vault.lookup("contacts", &format!("{}:{what}", channel.id()))
}

/// An address as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// By which the same address is found.
    pub lookup: String,
    /// Of the look-up's key.
    pub version: i64,
    /// Under the key of the person.
    pub address: String,
    /// Hash of the session of the device that gave it, or empty.
    pub session: String,
    /// Whose letters come to it; `None`: nobody's.
    pub household: Option<String>,
}

impl Sealed {
    /// `None` when the person or its key is gone.
    pub async fn of(db: &Db, vault: &Vault, person: &str, channel: Channel, address: &str) -> Result<Option<Self>> {
        let Some((owner, household)) = person::key_owner(db, person).await? else { return Ok(None) };
        let Some(key) = vault.key(&owner).await? else { return Ok(None) };
        let (lookup, version) = lookup(vault, channel, address)?;
        Ok(Some(Self { lookup, version, address: key.seal(CONTEXT, address)?, session: String::new(), household }))
    }
    /// That it came from the device with this session's token: when the device leaves, the address ends.
    pub fn given_by(self, token: &str) -> Self {
        Self { session: token_hash(token), ..self }
    }
}

/// Makes the address the person's, whosever it was. Another person's contact that ended by it comes out: what waits for
/// that one must not be sent.
pub async fn attach(
    tx: &mut AnyConnection,
    person: &str,
    channel: Channel,
    new: &Sealed,
    now: i64,
) -> Result<Option<String>> {
    let Sealed { lookup, version, address, session, household } = new;
    let holder: Option<(String, String)> = sqlx::query_as(HOLDER).bind(lookup).fetch_optional(&mut *tx).await?;
    let ended = match holder {
        Some((_, holder)) if holder == person => {
            sqlx::query(RENEW).bind(lookup).bind(address).bind(session).execute(tx).await?;
            return Ok(None);
        }
        Some((ended, _)) => {
            sqlx::query(MOVE).bind(lookup).bind(now).execute(&mut *tx).await?;
            Some(ended)
        }
        None => None,
    };
    let query = sqlx::query(INSERT).bind(new_id()).bind(person).bind(household).bind(channel.id()).bind(address);
    query.bind(lookup).bind(version).bind(now).bind(session).execute(tx).await?;
    Ok(ended)
}

/// A contact of a household's first member, to be stored with many others.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// Its id.
    pub id: String,
    /// The household, and so its first member.
    pub household: String,
    /// How.
    pub channel: Channel,
    /// Sealed under the household's key, in [`CONTEXT`].
    pub address: String,
    /// As [`lookup`] gives it.
    pub lookup: (String, i64),
}

/// Stores contacts of many households.
pub async fn insert_many(db: &Db, tx: &mut AnyConnection, contacts: &[NewContact], now: i64) -> Result<()> {
    for some in contacts.chunks(100) {
        let mut query = sqlx::query(AssertSqlSafe(insert_many_sql(db, some.len())));
        for NewContact { id, household, channel, address, lookup: (lookup, version) } in some {
            query = query.bind(id).bind(household).bind(household).bind(channel.id()).bind(address);
            query = query.bind(lookup).bind(version).bind(now);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

fn insert_many_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, created_at) \
         VALUES {}",
        db.values(rows, 8, 1)
    )
}

/// Whose an address is, by its look-up; nobody's whose address was taken away.
pub async fn of_lookup(connection: &mut AnyConnection, lookup: &str) -> Result<Option<Member>> {
    Ok(sqlx::query_as(OF_LOOKUP).bind(lookup).fetch_optional(connection).await?)
}

/// Whose a contact is, unless the address was taken away or is another's now.
pub async fn owner(db: &Db, contact: &str) -> Result<Option<Member>> {
    Ok(sqlx::query_as(OF_CONTACT).bind(contact).fetch_optional(db.pool()).await?)
}

/// As [`owner`], of a contact on this channel.
pub async fn owner_on(connection: &mut AnyConnection, contact: &str, channel: Channel) -> Result<Option<Member>> {
    Ok(sqlx::query_as(OF_CONTACT_ON).bind(contact).bind(channel.id()).fetch_optional(connection).await?)
}

/// Whom a LINE user is in which household, also one who has blocked the account; not one whose address was taken away.
pub async fn by_line_user(db: &Db, vault: &Vault, line_user_id: &str) -> Result<Option<Member>> {
    let (lookup, _) = lookup(vault, Channel::Line, line_user_id)?;
    of_lookup(&mut *db.pool().acquire().await?, &lookup).await
}

/// The LINE user whom the household's letters go to, if there is one.
pub async fn line_user(db: &Db, vault: &Vault, household: &str) -> Result<Option<String>> {
    let sealed: Option<(String, String)> =
        sqlx::query_as(LINE_USER).bind(household).bind(Channel::Line.id()).fetch_optional(db.pool()).await?;
    let Some((sealed, owner)) = sealed else { return Ok(None) };
    vault.key(&owner).await?.map(|key| key.open(CONTEXT, &sealed)).transpose()
}

/// The LINE user has blocked the account (`unfollow`). `true` if this is news.
pub async fn line_gone(db: &Db, vault: &Vault, line_user_id: &str, now: i64) -> Result<bool> {
    let (lookup, _) = lookup(vault, Channel::Line, line_user_id)?;
    Ok(sqlx::query(LINE_GONE).bind(lookup).bind(now).execute(db.pool()).await?.rows_affected() > 0)
}

/// The LINE user has come back (`follow` with `isUnblocked`). `true` if the user's address is there; one that the
/// household removed stays removed.
pub async fn line_back(db: &Db, vault: &Vault, line_user_id: &str) -> Result<bool> {
    let (lookup, _) = lookup(vault, Channel::Line, line_user_id)?;
    Ok(sqlx::query(LINE_BACK).bind(lookup).execute(db.pool()).await?.rows_affected() > 0)
}

/// A service said that these addresses are not there any more. They stay for the case that they come back.
pub async fn gone(db: &Db, tx: &mut AnyConnection, contacts: &[&str], now: i64) -> Result<()> {
    for some in contacts.chunks(AT_ONCE) {
        let query = sqlx::query(AssertSqlSafe(gone_sql(db, some.len()))).bind(now);
        some.iter().fold(query, |query, contact| query.bind((*contact).to_owned())).execute(&mut *tx).await?;
    }
    Ok(())
}

fn gone_sql(db: &Db, contacts: usize) -> String {
    format!(
        "UPDATE contacts SET gone_at = {} WHERE gone_at IS NULL AND id IN {}",
        db.mark(1),
        db.values(1, contacts, 2)
    )
}

/// Removes one of a household's live contacts; its address is erased at once.
pub async fn remove(tx: &mut AnyConnection, household: &str, contact: &str, now: i64) -> Result<()> {
    sqlx::query(REMOVE).bind(household).bind(contact).bind(now).execute(tx).await?;
    Ok(())
}

/// As [`remove`], since that second, of one that may be gone by then; returns how many rows.
pub async fn take_away(tx: &mut AnyConnection, household: &str, contact: &str, at: i64) -> Result<u64> {
    Ok(sqlx::query(TAKE_AWAY).bind(household).bind(contact).bind(at).execute(tx).await?.rows_affected())
}

/// Contacts whose addresses a household took away, and when.
pub async fn taken_away(db: &Db, household: &str) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(TAKEN_AWAY).bind(household).fetch_all(db.pool()).await?)
}

/// A device leaves: the subscription that it gave ends, and the one of `endpoint`, its browser's own, where the browser
/// told it. A line for each: whose letters came to it.
pub async fn take_along(
    tx: &mut AnyConnection,
    vault: &Vault,
    token: &str,
    endpoint: &str,
    now: i64,
) -> Result<Vec<Option<String>>> {
    let channel = Channel::WebPush;
    let lookup = if endpoint.is_empty() { String::new() } else { looked_up(vault, channel, endpoint).0 };
    let query = sqlx::query_scalar(TAKE_ALONG).bind(token_hash(token)).bind(now).bind(lookup).bind(channel.id());
    Ok(query.fetch_all(tx).await?)
}

/// All devices of a person leave: their subscriptions end.
pub async fn take_all_along(tx: &mut AnyConnection, person: &str, now: i64) -> Result<()> {
    sqlx::query(TAKE_ALL_ALONG).bind(person).bind(now).bind(Channel::WebPush.id()).execute(tx).await?;
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [
        RENEW,
        MOVE,
        INSERT,
        HOLDER,
        OF_LOOKUP,
        OF_CONTACT,
        OF_CONTACT_ON,
        LINE_USER,
        LINE_GONE,
        LINE_BACK,
        REMOVE,
        TAKE_AWAY,
        TAKEN_AWAY,
        TAKE_ALONG,
        TAKE_ALL_ALONG,
    ]
    .map(str::to_owned)
    .into();
    all.extend([insert_many_sql(db, 3), gone_sql(db, 3)]);
    all
}
