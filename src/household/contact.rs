//! An address of a person in, a sealed contact out. The same address is one contact, whoever registers it last.

use super::{Member, link, person};
use crate::audit;
use crate::contact::Channel;
use crate::db::Db;
use crate::mailbox::EmailAddress;
use crate::outbox::subscription::Subscription;
use crate::vault::{Vault, new_id, token_hash};
use anyhow::{Context, Result};
use sqlx::{Any, Transaction};

/// What seals an address; [`crate::vault::DataKey::open`] wants the same.
pub(super) const CONTEXT: &str = "contacts.address";

/// The same address for the same person again: it lives again if it was gone.
const RENEW: &str = "UPDATE contacts SET address = $2, gone_at = NULL, session = $3 WHERE lookup = $1";
/// The same address for another person: the old one's contact ends with its history, so that neither sees what the
/// other was sent.
const TAKE_AWAY: &str =
    "UPDATE contacts SET gone_at = $2, address = '', session = '', lookup = 'moved:' || id WHERE lookup = $1";
const INSERT: &str =
    "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, created_at, session)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// Whose address it is now.
const OWNER: &str = "SELECT person_id FROM contacts WHERE lookup = $1";
/// Whose it is, unless the person took it away: then it opens nothing any more.
const TIED: &str =
    "SELECT person_id, household_id FROM contacts WHERE lookup = $1 AND address <> '' AND household_id IS NOT NULL";
/// The newest LINE user of a household, sealed, and whose key opens it. $1 household, $2 channel.
const LINE_USER: &str = "SELECT address, (SELECT key_owner FROM persons p WHERE p.id = person_id) FROM contacts WHERE \
    household_id = $1 AND channel = $2 AND gone_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1";
/// What still waited for the address's last owner must not reach its next one.
const DROP_WAITING: &str = "DELETE FROM outbox WHERE settled_at IS NULL AND batch_id IS NULL AND contact_id IN (SELECT \
    id FROM contacts WHERE lookup = $1)";
/// Gone, at the service's word; the address stays for the case that the person comes back.
const GONE: &str = "UPDATE contacts SET gone_at = $2 WHERE lookup = $1 AND gone_at IS NULL";
/// Back again, unless the household itself took the address away.
const BACK: &str = "UPDATE contacts SET gone_at = NULL WHERE lookup = $1 AND address <> ''";
/// As [`TIED`], by the contact's id.
const OF_CONTACT: &str =
    "SELECT person_id, household_id FROM contacts WHERE id = $1 AND address <> '' AND household_id IS NOT NULL";
/// Gone, at the household's word: the address itself is erased, the row stays for what was sent to it.
const REMOVE: &str = "UPDATE contacts SET gone_at = $3, address = '', session = '' WHERE household_id = $1 AND id = $2 \
    AND gone_at IS NULL";

/// `lookup` and its key's version for an address. A push subscription is looked up by its endpoint, a LINE user by the
/// id.
pub(super) fn lookup(vault: &Vault, channel: Channel, address: &str) -> Result<(String, i64)> {
    Ok(match channel {
        Channel::Line => looked_up(vault, channel, address),
        // Whatever the case of its domain.
        Channel::Email => looked_up(vault, channel, &address.parse::<EmailAddress>()?.plain()),
        Channel::WebPush => {
            let json: serde_json::Value = serde_json::from_str(address).context("a push address is not JSON")?;
            push_lookup(vault, json.get("endpoint").and_then(|e| e.as_str()).context("a push address has no endpoint")?)
        }
    })
}

/// As [`lookup`], of a push subscription's endpoint.
pub(super) fn push_lookup(vault: &Vault, endpoint: &str) -> (String, i64) {
    looked_up(vault, Channel::WebPush, endpoint)
}

fn looked_up(vault: &Vault, channel: Channel, what: &str) -> (String, i64) {
    vault.lookup("contacts", &format!("{}:{what}", channel.id()))
}

/// Registers a browser's subscription for a person; again replaces. `session` is the token by which the browser is
/// recognised: when it leaves, its subscription ends. `false` when the person is not there any more.
pub async fn attach_push(
    db: &Db,
    vault: &Vault,
    person: &str,
    session: &str,
    subscription: &Subscription,
    now: i64,
) -> Result<bool> {
    let Some(sealed) = Sealed::of(db, vault, person, Channel::WebPush, &subscription.json()).await? else {
        return Ok(false);
    };
    let mut tx = db.write().await?;
    attach(&mut tx, person, Channel::WebPush, &Sealed { session: token_hash(session), ..sealed }, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ties the LINE user to the person of the nonce from LINE's `accountLink` event: who that is, or `None` when the nonce
/// was used for somebody else, is older than ten minutes or unknown.
///
/// The nonce is used and the contact made in one transaction, and the same event again finds them tied: it may be done
/// twice.
pub async fn attach_line(db: &Db, vault: &Vault, nonce: &str, line_user_id: &str, now: i64) -> Result<Option<Member>> {
    let Some(member) = link::of_line_nonce(db, nonce, now).await? else { return Ok(None) };
    let Some(sealed) = Sealed::of(db, vault, &member.person_id, Channel::Line, line_user_id).await? else {
        return Ok(None);
    };
    let mut tx = db.write().await?;
    if link::use_line_nonce(&mut tx, nonce, now).await? {
        attach(&mut tx, &member.person_id, Channel::Line, &sealed, now).await?;
        tx.commit().await?;
        return Ok(Some(member));
    }
    let tied: Option<Member> = sqlx::query_as(TIED).bind(&sealed.lookup).fetch_optional(&mut *tx).await?;
    Ok(tied.filter(|owner| *owner == member))
}

/// An address as it is stored.
pub(super) struct Sealed {
    pub lookup: String,
    pub version: i64,
    pub address: String,
    /// Of the device that gave it, or empty.
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
}

/// Makes the address the person's, whosever it was.
pub(super) async fn attach(
    tx: &mut Transaction<'static, Any>,
    person: &str,
    channel: Channel,
    new: &Sealed,
    now: i64,
) -> Result<()> {
    let Sealed { lookup, version, address: sealed, session, household } = new;
    let owner: Option<String> = sqlx::query_scalar(OWNER).bind(lookup).fetch_optional(&mut **tx).await?;
    match owner {
        Some(owner) if owner == person => {
            sqlx::query(RENEW).bind(lookup).bind(sealed).bind(session).execute(&mut **tx).await?;
        }
        another => {
            if another.is_some() {
                sqlx::query(DROP_WAITING).bind(lookup).execute(&mut **tx).await?;
                sqlx::query(TAKE_AWAY).bind(lookup).bind(now).execute(&mut **tx).await?;
            }
            let query = sqlx::query(INSERT)
                .bind(new_id())
                .bind(person)
                .bind(household)
                .bind(channel.id())
                .bind(sealed)
                .bind(lookup)
                .bind(version);
            query.bind(now).bind(session).execute(&mut **tx).await?;
        }
    }
    audit::record(&mut **tx, "household", "add_contact", household.as_deref().unwrap_or(person), now).await
}

/// Whose a contact is, unless the address was taken away or is another's now.
pub(super) async fn owner(db: &Db, contact: &str) -> Result<Option<Member>> {
    Ok(sqlx::query_as(OF_CONTACT).bind(contact).fetch_optional(db.pool()).await?)
}

/// Whom a LINE user is in which household, also one who has blocked the account; not one whose address was taken away.
pub async fn by_line_user(db: &Db, vault: &Vault, line_user_id: &str) -> Result<Option<Member>> {
    let (lookup, _) = lookup(vault, Channel::Line, line_user_id)?;
    Ok(sqlx::query_as(TIED).bind(lookup).fetch_optional(db.pool()).await?)
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
    Ok(sqlx::query(GONE).bind(lookup).bind(now).execute(db.pool()).await?.rows_affected() > 0)
}

/// The LINE user has come back (`follow` with `isUnblocked`). `true` if the user's address is there; one that the
/// household removed stays removed.
pub async fn line_back(db: &Db, vault: &Vault, line_user_id: &str) -> Result<bool> {
    let (lookup, _) = lookup(vault, Channel::Line, line_user_id)?;
    Ok(sqlx::query(BACK).bind(lookup).execute(db.pool()).await?.rows_affected() > 0)
}

/// Removes one of the household's channels; its address is erased at once.
pub async fn remove_contact(db: &Db, household: &str, contact: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(REMOVE).bind(household).bind(contact).bind(now).execute(&mut *tx).await?;
    audit::record(&mut *tx, "household", "remove_contact", household, now).await?;
    tx.commit().await?;
    Ok(())
}
