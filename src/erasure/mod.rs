//! A household, or one person of it, in; nothing left of them out, in any room.
//!
//! In one transaction: first the keys, so that what they sealed can be read nowhere any more, in older copies neither;
//! then every row, each by the room that owns its table. Then what the files still hold of both. The rooms share no more
//! than [`Erased`]: the ids of whoever goes. `tests/suite/household/every_table.rs` walks all tables.

use crate::db::{Db, unswept};
use crate::vault::{Erased, Vault};
use crate::{audit, consult, contact, household, letter, outbox};
use anyhow::Result;
use sqlx::AnyConnection;

/// Who is to go.
#[derive(Clone, Copy)]
enum Whom<'a> {
    /// Everybody of it.
    Household(&'a str),
    Person(&'a str),
    /// A household, if it still has stopped all letters since before this instant, Unix seconds.
    Stopped(&'a str, i64),
}

/// An erasure fails where an address is added while it goes on; the next try finds that one, too, and after the keys
/// are gone nobody adds another.
const TRIES: usize = 3;

/// Erases a household with everybody of it. Doing it twice is fine. The desk is told which dangers threads had that
/// were watched over.
pub async fn household(db: &Db, vault: &Vault, id: &str, now: i64) -> Result<()> {
    at_once(db, vault, Whom::Household(id), now).await?;
    sweep(db, vault).await;
    Ok(())
}

/// Erases one person of a household: addresses, devices, questions with their answers. The household's letters go on
/// for the others; the last one takes the household along. `false`: there is no such person.
///
/// Whoever joined a household later has a key of its own, which is destroyed. The first member's is the household's: it
/// stays for the others, so an older copy can still open what the first member gave.
pub async fn person(db: &Db, vault: &Vault, id: &str, now: i64) -> Result<bool> {
    let there = at_once(db, vault, Whom::Person(id), now).await?;
    if there {
        sweep(db, vault).await;
    }
    Ok(there)
}

async fn at_once(db: &Db, vault: &Vault, whom: Whom<'_>, now: i64) -> Result<bool> {
    for _ in 1..TRIES {
        match once(db, vault, whom, now).await {
            Err(error) if hangs_on(&error) => {}
            done => return done,
        }
    }
    once(db, vault, whom, now).await
}

/// Something hangs on a row that was to go.
fn hangs_on(error: &anyhow::Error) -> bool {
    let database = error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    database.is_some_and(|error| error.is_foreign_key_violation())
}

/// Who it is, the keys and every row, in one transaction.
async fn once(db: &Db, vault: &Vault, whom: Whom<'_>, now: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let (by, target, erased) = match whom {
        Whom::Household(id) => ("household", id, Some(contact::everybody(&mut tx, id).await?)),
        Whom::Person(id) => ("household", id, contact::one_person(&mut tx, id).await?),
        // It may have begun again at this very moment.
        Whom::Stopped(id, before) => match household::hold_stopped(&mut tx, id, before).await? {
            true => ("system", id, Some(contact::everybody(&mut tx, id).await?)),
            false => ("system", id, None),
        },
    };
    let Some(erased) = erased else { return Ok(false) };
    let watched = consult::kinds_under_watch(&mut tx, vault, &erased).await?;
    destroy(vault, &erased).await?;
    rows(&mut tx, &erased, &watched, now).await?;
    audit::record(&mut *tx, by, "erase", target, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Households that stopped all letters before an instant (Unix seconds) and in whose questions nothing was written
/// since: their time is over.
pub async fn due(db: &Db, before: i64) -> Result<Vec<String>> {
    let mut stopped = household::stopped(db, before).await?;
    let written = consult::written_since(db, &stopped, before).await?;
    stopped.retain(|id| !written.contains(id));
    Ok(stopped)
}

/// Erases those that are [`due`]. Stop it anywhere and do it again. Returns how many. Unix seconds.
pub async fn all_due(db: &Db, vault: &Vault, before: i64, now: i64) -> Result<u64> {
    let mut erased = 0;
    let all = each_due(db, vault, (before, now), &mut erased).await;
    // Those that went before something failed leave the disk, too.
    if erased > 0 {
        sweep(db, vault).await;
    }
    all.map(|()| erased)
}

async fn each_due(db: &Db, vault: &Vault, (before, now): (i64, i64), erased: &mut u64) -> Result<()> {
    for id in due(db, before).await? {
        *erased += u64::from(at_once(db, vault, Whom::Stopped(&id, before), now).await?);
    }
    Ok(())
}

async fn destroy(vault: &Vault, whom: &Erased) -> Result<()> {
    for owner in &whom.keys {
        vault.destroy(owner).await?;
    }
    Ok(())
}

/// In the order that foreign keys ask for: what names others goes before them.
async fn rows(tx: &mut AnyConnection, whom: &Erased, watched: &str, now: i64) -> Result<()> {
    audit::erase(tx, whom).await?;
    unswept(tx).await?;
    outbox::erase(tx, whom).await?;
    let answers = consult::erase(tx, whom, watched, now).await?;
    outbox::erase_answers(tx, &answers).await?;
    letter::erase(tx, whom).await?;
    contact::erase(tx, whom).await?;
    household::erase(tx, whom).await
}

/// What was deleted leaves the disk.
async fn sweep(db: &Db, vault: &Vault) {
    vault.sweep().await;
    let tables: Vec<&'static str> = [
        &audit::PERSONAL[..],
        &outbox::PERSONAL,
        &consult::PERSONAL,
        &letter::PERSONAL,
        &contact::PERSONAL,
        &household::PERSONAL,
    ]
    .concat();
    db.sweep(&tables).await;
}
