//! An instant in, guests' threads in which nothing was written since erased: key and rows; and what was left of where
//! questions came from.

use super::state::{Alarm, By, Event};
use super::step::{Attempt, Step, Taken, step};
use super::{erase, watch};
use crate::audit;
use crate::db::{Db, unswept};
use crate::vault::{Vault, token};
use anyhow::Result;

/// Guests' threads in which nothing was written since $1.
const OLD: &str = "SELECT c.id FROM consultations c WHERE c.household_id IS NULL AND c.created_at < $1
   AND NOT EXISTS (SELECT 1 FROM consultation_entries e WHERE e.consultation_id = c.id AND e.created_at >= $1) ORDER \
   BY c.id";
/// Did somebody write meanwhile? $1 id, $2 since.
const WRITTEN: &str = "SELECT COUNT(*) FROM consultation_entries WHERE consultation_id = $1 AND created_at >= $2";

/// Groups that are still the beginning of a source's hash, of questions before $1.
const HASHED: &str = "SELECT DISTINCT crowd FROM consultations WHERE crowd <> '' AND crowd <> 'all' AND crowd NOT LIKE \
    'past-%' AND created_at < $1";
/// $1 group, $2 another name, $3 before.
const RENAME: &str = "UPDATE consultations SET crowd = $2 WHERE crowd = $1 AND created_at < $3";

/// The day of these questions is over: their groups stay together at the desk under a name by chance, from which
/// nothing leads back to where they came from. Unix seconds. Returns how many groups.
pub async fn forget_crowds(db: &Db, before: i64) -> Result<usize> {
    let groups: Vec<String> = sqlx::query_scalar(HASHED).bind(before).fetch_all(db.pool()).await?;
    for group in &groups {
        let chance: String = token().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        sqlx::query(RENAME).bind(group).bind(format!("past-{chance}")).bind(before).execute(db.pool()).await?;
    }
    Ok(groups.len())
}

/// How many guests' threads [`forget_guests`] would erase.
pub async fn guests_before(db: &Db, before: i64) -> Result<u64> {
    Ok(sqlx::query_scalar::<_, String>(OLD).bind(before).fetch_all(db.pool()).await?.len() as u64)
}

/// Erases guests' threads in which nothing was written since `before`: first the key, so that older backups hold
/// nothing readable either. Stop it anywhere and do it again. Returns how many. `before` and `now` in Unix seconds.
pub async fn forget_guests(db: &Db, vault: &Vault, before: i64, now: i64) -> Result<u64> {
    let mut erased = 0;
    let all = forget_each(db, vault, (before, now), &mut erased).await;
    // Those that went before something failed leave the disk, too.
    if erased > 0 {
        vault.sweep().await;
        db.sweep(&erase::PERSONAL).await;
    }
    all.map(|()| erased)
}

async fn forget_each(db: &Db, vault: &Vault, (before, now): (i64, i64), erased: &mut u64) -> Result<()> {
    for id in sqlx::query_scalar::<_, String>(OLD).bind(before).fetch_all(db.pool()).await? {
        let attempt =
            Attempt { id: &id, event: Event::Forgotten, by: By::System, staff_id: None, seen: None, entry_id: None };
        let Step::Taken(taken) = step(db, vault, &attempt).await? else { continue };
        let Taken { mut tx, state, .. } = *taken;
        if sqlx::query_scalar::<_, i64>(WRITTEN).bind(&id).bind(before).fetch_one(&mut *tx).await? > 0 {
            continue;
        }
        if state.alarm != Alarm::Silent {
            let kinds = watch::kinds_of_guest(&mut tx, vault, &id).await?;
            audit::watch_erased(&mut *tx, &kinds, now).await?;
        }
        vault.destroy(&id).await?;
        unswept(&mut tx).await?;
        erase::thread(&mut tx, &id).await?;
        audit::record(&mut *tx, "system", "erase", &id, now).await?;
        tx.commit().await?;
        *erased += 1;
    }
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [OLD, WRITTEN, HASHED, RENAME].map(str::to_owned).into()
}
