//! A question to the owner of an e-mail address in, in the language of whoever asked out; the owner's yes in, a contact
//! out.

use super::contact;
use super::read;
use crate::audit;
use crate::contact::{Channel, Claimed, UNCONFIRMED};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

/// A question to the owner of an address, with what it is sent with.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id, for its link.
    pub id: String,
    /// The address, in plain.
    pub address: String,
    /// In which language.
    pub language: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The household is made up.
    pub generated: bool,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Question {} ({})", self.id, self.attempt)
    }
}

/// The next question that is to be sent; it is this worker's for five minutes.
pub async fn next_question(db: &Db, vault: &Vault, now: i64) -> Result<Option<Question>> {
    let Some(claimed) = crate::contact::claim_question(db, vault, now).await? else { return Ok(None) };
    let Claimed { id, household, address, attempt } = claimed;
    let reads = match household {
        Some(household) => read::reads(db, &household).await?,
        None => None,
    };
    let (language, generated) = reads.unwrap_or_default();
    Ok(Some(Question { id, address, language, attempt, generated }))
}

/// The owner says yes: the address is a contact of whoever asked from now on, whosever it was before. Twice is once, as
/// long as the page is open: `false` when the question is over, was answered or is unknown.
pub async fn confirm_email(db: &Db, vault: &Vault, token: &str, now: i64) -> Result<bool> {
    let Some(id) = crate::contact::question_of_token(vault, token) else { return Ok(false) };
    let mut tx = db.write().await?;
    let Some(open) = crate::contact::open_question(&mut tx, &id, now).await? else { return Ok(false) };
    let person = open.person_id.clone();
    contact::attach(&mut tx, &person, Channel::Email, &open.sealed(), now).await?;
    tx.commit().await?;
    Ok(true)
}

/// The person takes one back; it is erased at once. `false`: it is none of these.
pub async fn withdraw_email(db: &Db, person: &str, id: &str, now: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let withdrawn = crate::contact::withdraw_email(&mut tx, person, id).await?;
    if withdrawn {
        let household = crate::contact::household_of(&mut tx, person).await?;
        audit::record(&mut *tx, "household", "withdraw_email", &household, now).await?;
        tx.commit().await?;
        db.sweep(&UNCONFIRMED).await;
    }
    Ok(withdrawn)
}
