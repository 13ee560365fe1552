//! The links of an e-mail: one that signs in once, and one that stops mail to one address.
//!
//! Both are sealed and not stored: an e-mail that is made again after a failure has links that do the same.

use super::Member;
use super::contact::{self, remove_contact};
use super::link::{Way, insert_used};
use super::token::{opened, sealed};
use crate::contact::Channel;
use crate::db::Db;
use crate::vault::{Vault, token_hash};
use anyhow::Result;
use sqlx::{Any, Transaction};

const OPENS: &str = "contacts.mail.open";
const STOPS: &str = "contacts.mail.stop";
/// A link of an e-mail is good for so long after its message was put into the queue: mail is read late.
pub(super) const LINK_SECONDS: i64 = 14 * 86_400;

/// Whom a link lets in, while the message is young, its address still the household's, and the link unused. $1 contact,
/// $2 outbox key, $3 channel, $4 the oldest, $5 the mark of its use.
const OF_LINK: &str = "SELECT c.person_id, c.household_id FROM outbox o JOIN contacts c ON c.id = o.contact_id
  WHERE c.id = $1 AND o.key = $2 AND c.channel = $3 AND c.address <> '' AND c.household_id IS NOT NULL AND \
  o.created_at > $4
    AND NOT EXISTS (SELECT 1 FROM person_links l WHERE l.token_hash = $5)";

/// The token of a message's link, for `/me/enter/<token>`.
pub fn mail_link(vault: &Vault, contact: &str, key: &str) -> Result<String> {
    sealed(vault, OPENS, &format!("{contact} {key}"))
}

/// The token that stops mail to a contact, for `/stop/mail/<token>`.
pub fn mail_stop_token(vault: &Vault, contact: &str) -> Result<String> {
    sealed(vault, STOPS, contact)
}

/// What a token of an e-mail's link says.
struct Link {
    contact: String,
    key: String,
}

impl Link {
    fn read(vault: &Vault, token: &str) -> Option<Self> {
        let text = opened(vault, OPENS, token)?;
        let (contact, key) = text.split_once(' ')?;
        Some(Self { contact: contact.to_owned(), key: key.to_owned() })
    }
    /// All tokens of a message and contact are used together.
    fn mark(&self) -> String {
        token_hash(&format!("mail {} {}", self.contact, self.key))
    }
    /// Of a letter its week.
    fn way(&self, Member { person_id, household_id }: Member) -> Way {
        Way { person_id, household_id, week: self.key.strip_prefix("letter:").unwrap_or_default().to_owned() }
    }
}

/// Where an e-mail's link leads, without using it; `None` when it was used, is too old or none of ours.
pub(super) async fn way(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<Way>> {
    let Some(link) = Link::read(vault, token) else { return Ok(None) };
    let query = sqlx::query_as(OF_LINK)
        .bind(&link.contact)
        .bind(&link.key)
        .bind(Channel::Email.id())
        .bind(now - LINK_SECONDS)
        .bind(link.mark());
    let member: Option<Member> = query.fetch_optional(db.pool()).await?;
    Ok(member.map(|member| link.way(member)))
}

/// Uses an e-mail's link, once.
pub(super) async fn take(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<Way>> {
    let Some(link) = Link::read(vault, token) else { return Ok(None) };
    let mut tx = db.write().await?;
    let query = sqlx::query_as(OF_LINK)
        .bind(&link.contact)
        .bind(&link.key)
        .bind(Channel::Email.id())
        .bind(now - LINK_SECONDS)
        .bind(link.mark());
    let Some(member) = query.fetch_optional(&mut *tx).await? else { return Ok(None) };
    let way = link.way(member);
    if !use_once(&mut tx, &link, &way, now).await? {
        return Ok(None);
    }
    tx.commit().await?;
    Ok(Some(way))
}

async fn use_once(tx: &mut Transaction<'static, Any>, link: &Link, way: &Way, now: i64) -> Result<bool> {
    insert_used(tx, &link.mark(), way, now + LINK_SECONDS, now).await
}

/// The household that the token stops mail to one address of, while it has that address. Changes nothing.
pub async fn stops_mail(db: &Db, vault: &Vault, token: &str) -> Result<Option<String>> {
    match opened(vault, STOPS, token) {
        Some(contact) => Ok(contact::owner(db, &contact).await?.map(|member| member.household_id)),
        None => Ok(None),
    }
}

/// Stops mail to the address of the token, and to no other: the address is erased, the household's letters go on by
/// whatever else they come. Twice is once. `false`: the token is none of ours.
pub async fn stop_mail(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<bool> {
    let Some(contact) = opened(vault, STOPS, token) else { return Ok(false) };
    if let Some(member) = contact::owner(db, &contact).await? {
        remove_contact(db, &member.household_id, &contact, now).await?;
    }
    Ok(true)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![OF_LINK.to_owned()]
}
