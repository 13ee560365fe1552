//! The links of an e-mail: one that signs in once, and one that stops mail to one address.
//!
//! Both are sealed and not stored: an e-mail that is made again after a failure has links that do the same.

use super::contact::remove_contact;
use crate::contact::{self, Channel, Member, Way};
use crate::db::Db;
use crate::outbox;
use crate::vault::{Vault, token_hash};
use anyhow::Result;
use sqlx::AnyConnection;

const OPENS: &str = "contacts.mail.open";
const STOPS: &str = "contacts.mail.stop";
/// A link of an e-mail is good for so long after its message was put into the queue: mail is read late.
pub(super) const LINK_SECONDS: i64 = 14 * 86_400;

/// The token of a message's link, for `/me/enter/<token>`.
pub fn mail_link(vault: &Vault, contact: &str, key: &str) -> Result<String> {
    vault.seal_link(OPENS, &format!("{contact} {key}"))
}

/// The token that stops mail to a contact, for `/stop/mail/<token>`.
pub fn mail_stop_token(vault: &Vault, contact: &str) -> Result<String> {
    vault.seal_link(STOPS, contact)
}

/// What a token of an e-mail's link says.
struct Link {
    contact: String,
    key: String,
}

impl Link {
    fn read(vault: &Vault, token: &str) -> Option<Self> {
        let text = vault.open_link(OPENS, token)?;
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
    let member = member(&mut *db.pool().acquire().await?, &link, now).await?;
    Ok(if contact::is_used(db, &link.mark()).await? { None } else { member.map(|member| link.way(member)) })
}

/// Uses an e-mail's link, once.
pub(super) async fn take(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<Option<Way>> {
    let Some(link) = Link::read(vault, token) else { return Ok(None) };
    let mut tx = db.write().await?;
    let Some(member) = member(&mut tx, &link, now).await? else { return Ok(None) };
    let way = link.way(member);
    if !contact::insert_used(&mut tx, &link.mark(), &way, now + LINK_SECONDS, now).await? {
        return Ok(None);
    }
    tx.commit().await?;
    Ok(Some(way))
}

/// Whom a link lets in, while its message is young and its address still the household's.
async fn member(connection: &mut AnyConnection, link: &Link, now: i64) -> Result<Option<Member>> {
    match outbox::put_at(connection, &link.contact, &link.key).await? {
        Some(at) if at > now - LINK_SECONDS => contact::owner_on(connection, &link.contact, Channel::Email).await,
        Some(_) | None => Ok(None),
    }
}

/// The household that the token stops mail to one address of, while it has that address. Changes nothing.
pub async fn stops_mail(db: &Db, vault: &Vault, token: &str) -> Result<Option<String>> {
    match vault.open_link(STOPS, token) {
        Some(contact) => Ok(contact::owner(db, &contact).await?.map(|member| member.household_id)),
        None => Ok(None),
    }
}

/// Stops mail to the address of the token, and to no other: the address is erased, the household's letters go on by
/// whatever else they come. Twice is once. `false`: the token is none of ours.
pub async fn stop_mail(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<bool> {
    let Some(contact) = vault.open_link(STOPS, token) else { return Ok(false) };
    if let Some(member) = contact::owner(db, &contact).await? {
        remove_contact(db, &member.household_id, &contact, now).await?;
    }
    Ok(true)
}
