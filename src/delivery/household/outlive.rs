//! What households have said in, put on record beside the ledger; after a restore, said once more.
//!
//! A backup is of yesterday. Who has stopped since (after a loss, perhaps) would get letters again, and a device that
//! was taken away would get them as well. So what the log tells of stops is copied each minute to where no backup goes,
//! and when a process begins it is compared with the database.

use crate::audit;
use crate::contact;
use crate::db::Db;
use crate::vault::{Stop, Vault};
use anyhow::Result;
use std::collections::BTreeSet;

/// What the log calls stops …
const STOPS: [&str; 4] = ["stop", "stop_subject", "remove_contact", "leave_everywhere"];
/// … and beginnings: of letters, and of an address.
const BEGINS: [&str; 3] = ["undo_stop", "start", "add_subjects"];
const ADDS: [&str; 1] = ["add_contact"];
/// Lines of several machines do not come in the order of their ids: those of so many seconds are read again. Twice is
/// once.
const OVERLAP: i64 = 300;
/// The stops of one household have a second of their own each, the newest the latest: a beginning may be some seconds
/// before one that it ends.
const SECONDS: i64 = 30;

/// Before a contact's id: its address was taken away.
const CONTACT: &str = "c:";

/// What is stopped now. $1 household.
const STOPPED: &str = "SELECT household_id AS household, slot AS what, stopped_at AS at FROM subjects WHERE \
    household_id = $1 AND stopped_at IS NOT NULL
  UNION ALL SELECT id, '*', stopped_at FROM households WHERE id = $1 AND stopped_at IS NOT NULL";

/// Stopped since that second, unless it is already. $1 household, $2 slot, or `*`, $3 at.
const STOP_SUBJECT: &str =
    "UPDATE subjects SET stopped_at = $3 WHERE household_id = $1 AND slot = $2 AND stopped_at IS NULL";
const STOP_ALL: &str =
    "UPDATE households SET stopped_at = $3, updated_at = $3 WHERE id = $1 AND stopped_at IS NULL AND $2 = '*'";
/// Puts on record what was stopped, and what began again, since it was last asked. Doing it twice happens once.
pub async fn keep_stops(db: &Db, vault: &Vault) -> Result<()> {
    let (seen, newest) = (vault.stops_seen().await?, audit::newest_line(db).await?.unwrap_or_default());
    if newest <= seen {
        return Ok(());
    }
    // At the beginning nothing is on record that could end.
    let kinds = if seen.is_empty() { STOPS.to_vec() } else { [&STOPS[..], &BEGINS, &ADDS].concat() };
    let mut after = audit::earlier(&seen, OVERLAP);
    loop {
        let lines = audit::since(db, &after, &kinds).await?;
        // What no line tells of is not looked at again.
        let Some(last) = lines.last() else { return vault.keep_stops(&[], &[], &newest).await };
        after.clone_from(&last.id);
        let households: BTreeSet<&str> = lines.iter().map(|l| l.target.as_str()).collect();
        let (mut stopped, mut begun) = (Vec::new(), Vec::new());
        for household in households {
            let now = stopped_now(db, household).await?;
            for old in
                vault.stops_of(household).await?.into_iter().filter(|old| !now.iter().any(|s| s.what == old.what))
            {
                if let Some(at) = began(db, household, &old).await? {
                    begun.push(Stop { at, ..old });
                }
            }
            stopped.extend(now);
        }
        vault.keep_stops(&stopped, &begun, &after).await?;
    }
}

/// What a household has stopped and taken away.
async fn stopped_now(db: &Db, household: &str) -> Result<Vec<Stop>> {
    let mut stops: Vec<Stop> = sqlx::query_as(STOPPED).bind(household).fetch_all(db.pool()).await?;
    for (contact, at) in contact::taken_away(db, household).await? {
        stops.push(Stop { household: household.to_owned(), what: format!("{CONTACT}{contact}"), at });
    }
    Ok(stops)
}

/// When, after it was stopped, it began again by the household's own word; `None`: the database does not know of the
/// stop.
async fn began(db: &Db, household: &str, stop: &Stop) -> Result<Option<i64>> {
    let kinds = if stop.what.starts_with(CONTACT) { &ADDS[..] } else { &BEGINS };
    let at = audit::newest(db, household, kinds).await?.map(|at| at + SECONDS);
    Ok(at.filter(|at| *at >= stop.at))
}

/// What is on record and the database does not know is stopped in it, since the same second. Returns how many
/// households.
pub async fn bring_stops_back(db: &Db, vault: &Vault) -> Result<u64> {
    keep_stops(db, vault).await?;
    let (mut after, mut changed) = (String::new(), 0);
    loop {
        let stops = vault.stops_after(&after).await?;
        let Some(last) = stops.last() else { return Ok(changed) };
        after.clone_from(&last.household);
        for of_one in stops.chunk_by(|a, b| a.household == b.household) {
            changed += u64::from(bring_back(db, of_one).await?);
        }
    }
}

async fn bring_back(db: &Db, stops: &[Stop]) -> Result<bool> {
    let Some(Stop { household, .. }) = stops.first() else { return Ok(false) };
    let known = stopped_now(db, household).await?;
    let mut missing = Vec::new();
    for stop in stops.iter().filter(|stop| !known.iter().any(|k| k.what == stop.what)) {
        if began(db, household, stop).await?.is_none() {
            missing.push(stop);
        }
    }
    if missing.is_empty() {
        return Ok(false);
    }
    let (mut tx, mut rows) = (db.write().await?, 0);
    for stop in missing {
        if let Some(contact) = stop.what.strip_prefix(CONTACT) {
            rows += contact::take_away(&mut tx, household, contact, stop.at).await?;
            continue;
        }
        let (sql, what) = if stop.what == "*" { (STOP_ALL, "*") } else { (STOP_SUBJECT, stop.what.as_str()) };
        rows += sqlx::query(sql).bind(household).bind(what).bind(stop.at).execute(&mut *tx).await?.rows_affected();
    }
    if rows > 0 {
        audit::record(&mut *tx, "system", "stop", household, stops.iter().map(|s| s.at).max().unwrap_or_default())
            .await?;
    }
    tx.commit().await?;
    Ok(rows > 0)
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [STOPPED, STOP_SUBJECT, STOP_ALL].map(str::to_owned).into()
}
