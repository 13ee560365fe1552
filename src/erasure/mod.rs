//! A household, or one person of it, in; nothing left of them out, in any room.
//!
//! First the keys, so that what they sealed can be read nowhere any more, in older copies neither; then every row, each
//! by the room that owns its table, in one transaction; then what the files still hold of both. The rooms share no more
//! than [`Erased`]: the ids of whoever goes. `tests/suite/household/every_table.rs` walks all tables.

use crate::db::{Db, unswept};
use crate::vault::{Erased, Vault};
use crate::{audit, consult, contact, household, letter, outbox};
use anyhow::Result;
use sqlx::AnyConnection;

/// Erases a household with everybody of it. Doing it twice is fine. The desk is told which dangers threads had that
/// were watched over.
pub async fn household(db: &Db, vault: &Vault, id: &str, now: i64) -> Result<()> {
    let whom = contact::everybody(db, id).await?;
    at_once(db, vault, &whom, id, now).await
}

/// Erases one person of a household: addresses, devices, questions with their answers. The household's letters go on
/// for the others; the last one takes the household along. `false`: there is no such person.
///
/// Whoever joined a household later has a key of its own, which is destroyed. The first member's is the household's: it
/// stays for the others, so an older copy can still open what the first member gave.
pub async fn person(db: &Db, vault: &Vault, id: &str, now: i64) -> Result<bool> {
    let Some(whom) = contact::one_person(db, id).await? else { return Ok(false) };
    at_once(db, vault, &whom, id, now).await?;
    Ok(true)
}

async fn at_once(db: &Db, vault: &Vault, whom: &Erased, target: &str, now: i64) -> Result<()> {
    let watched = consult::kinds_under_watch(db, vault, whom).await?;
    destroy(vault, whom).await?;
    let mut tx = db.write().await?;
    rows(&mut tx, whom, &watched, now).await?;
    audit::record(&mut *tx, "household", "erase", target, now).await?;
    tx.commit().await?;
    sweep(db, vault).await;
    Ok(())
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
        let whom = contact::everybody(db, &id).await?;
        let watched = consult::kinds_under_watch(db, vault, &whom).await?;
        let mut tx = db.write().await?;
        // It may have begun again at this very moment.
        if !household::hold_stopped(&mut tx, &id, before).await? {
            continue;
        }
        destroy(vault, &whom).await?;
        rows(&mut tx, &whom, &watched, now).await?;
        audit::record(&mut *tx, "system", "erase", &id, now).await?;
        tx.commit().await?;
        *erased += 1;
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
