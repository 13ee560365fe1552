//! An address that a household gives or takes away in, a contact out, and a line in the log.

use crate::audit;
use crate::contact::{self, Channel, Member, Sealed};
use crate::db::Db;
use crate::outbox;
use crate::outbox::subscription::Subscription;
use crate::vault::Vault;
use anyhow::Result;
use sqlx::AnyConnection;

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
    attach(&mut tx, person, Channel::WebPush, &sealed.given_by(session), now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ties the LINE user to the person of the nonce from LINE's `accountLink` event: who that is, or `None` when the nonce
/// was used for somebody else, is older than ten minutes or unknown.
///
/// The nonce is used and the contact made in one transaction, and the same event again finds them tied: it may be done
/// twice.
pub async fn attach_line(db: &Db, vault: &Vault, nonce: &str, line_user_id: &str, now: i64) -> Result<Option<Member>> {
    let Some(member) = contact::of_line_nonce(db, nonce, now).await? else { return Ok(None) };
    let Some(sealed) = Sealed::of(db, vault, &member.person_id, Channel::Line, line_user_id).await? else {
        return Ok(None);
    };
    let mut tx = db.write().await?;
    if contact::use_line_nonce(&mut tx, nonce, now).await? {
        attach(&mut tx, &member.person_id, Channel::Line, &sealed, now).await?;
        tx.commit().await?;
        return Ok(Some(member));
    }
    Ok(contact::of_lookup(&mut tx, &sealed.lookup).await?.filter(|owner| *owner == member))
}

/// Makes the address the person's, whosever it was: what still waited for its last owner must not reach its next one.
pub(super) async fn attach(
    tx: &mut AnyConnection,
    person: &str,
    channel: Channel,
    new: &Sealed,
    now: i64,
) -> Result<()> {
    if let Some(ended) = contact::attach(tx, person, channel, new, now).await? {
        outbox::drop_waiting(tx, &ended).await?;
    }
    audit::record(tx, "household", "add_contact", new.household.as_deref().unwrap_or(person), now).await
}

/// Removes one of the household's channels; its address is erased at once.
pub async fn remove_contact(db: &Db, household: &str, contact: &str, now: i64) -> Result<()> {
    let mut tx = db.write().await?;
    contact::remove(&mut tx, household, contact, now).await?;
    audit::record(&mut *tx, "household", "remove_contact", household, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Have device notifications of the household ended without its doing (the browser was reset, the device changed)?
pub async fn push_lost(db: &Db, id: &str) -> Result<bool> {
    let ended = contact::gone_since_the_last(db, id, Channel::WebPush).await?;
    outbox::any_gone(db, &ended).await
}
