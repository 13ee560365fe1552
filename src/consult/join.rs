//! A guest's thread and the household that the guest has become in, the household's thread out.
//!
//! Only whoever has the thread's link can ask for it. From then on the link alone opens it no more: it is the
//! household's, on its own devices.

use super::category::Category;
use super::state::{By, Event};
use super::step::{Attempt, Step, step};
use super::subject::{Subject, subjects};
use super::thread::{BODY, TOKEN, by_token};
use crate::audit;
use crate::contact::{self, Member};
use crate::db::Db;
use crate::household;
use crate::vault::Vault;
use anyhow::Result;

/// Takes the thread over. Whoever writes to it names its version, which is another from now on, so nothing is sealed
/// with the guest's key after this. $1 id, $2 household, $3 token sealed by the person's key, $4 subject, $5 person, $6
/// whose key that is, $7 the household's language.
const TAKE: &str = "UPDATE consultations SET household_id = $2, person_id = $5, key_owner = $6, token = $3, \
    subject_slot = $4, crowd = '', language = COALESCE($7, language) WHERE id = $1";
const ENTRIES: &str = "SELECT id, body FROM consultation_entries WHERE consultation_id = $1";
const RESEAL: &str = "UPDATE consultation_entries SET body = $2 WHERE id = $1";

/// Joins the guest's thread behind `token` to a person of a household; false when there is no such thread (any more),
/// or it is somebody's already.
///
/// Every entry is sealed anew with the person's key, and the guest's key is destroyed: erasing the person erases the
/// thread.
pub async fn join(db: &Db, vault: &Vault, token: &str, member: &Member, now: i64) -> Result<bool> {
    let Member { person_id, household_id } = member;
    if token.is_empty() {
        return Ok(false);
    }
    let Some(thread) = by_token(db, token).await? else { return Ok(false) };
    let Some((owner, _)) = contact::key_owner(db, person_id).await? else { return Ok(false) };
    let (Some(guest), Some(home)) = (vault.key(&thread.key_owner).await?, vault.key(&owner).await?) else {
        return Ok(false);
    };
    let language = household::language(db, household_id).await?;
    let slot = only_one(&subjects(db, household_id).await?, thread.category());
    let sealed = home.seal(TOKEN, token)?;
    let attempt =
        Attempt { id: &thread.id, event: Event::Joined, by: By::Asker, staff_id: None, seen: None, entry_id: None };
    let mut tx = match step(db, vault, &attempt).await? {
        Step::Taken(taken) => taken.tx,
        Step::Not(_) => return Ok(false),
    };
    sqlx::query(TAKE)
        .bind(&thread.id)
        .bind(household_id)
        .bind(sealed)
        .bind(slot)
        .bind(person_id)
        .bind(owner)
        .bind(language)
        .execute(&mut *tx)
        .await?;
    let entries: Vec<(String, String)> = sqlx::query_as(ENTRIES).bind(&thread.id).fetch_all(&mut *tx).await?;
    for (id, body) in entries {
        let resealed = home.seal(BODY, &guest.open(BODY, &body)?)?;
        sqlx::query(RESEAL).bind(id).bind(resealed).execute(&mut *tx).await?;
    }
    audit::record(&mut *tx, "household", "join_question", household_id, now).await?;
    tx.commit().await?;
    vault.destroy(&thread.key_owner).await?;
    vault.sweep().await;
    Ok(true)
}

/// The slot of the subject that a question of `category` can only be about; empty if there are none or several.
fn only_one(subjects: &[Subject], category: Category) -> String {
    let mut fitting = subjects.iter().filter(|s| !s.stopped && s.category() == category);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => one.slot.clone(),
        _ => String::new(),
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [TAKE, ENTRIES, RESEAL].map(str::to_owned).into()
}
