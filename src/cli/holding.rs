//! Settings and a database in, everything that keeps letters from going out: for the commands that speak of sending and
//! send nothing themselves.

use crate::clock::Clock;
use crate::config::Config;
use crate::contact::Channel;
use crate::content::Library;
use crate::db::Db;
use crate::engine::date_or_today;
use crate::engine::stores::{Stores, with_existing};
use crate::runs;
use crate::schedule::{Hold, hold_messages, missed_message};
use crate::vault::Vault;
use crate::watch;
use anyhow::Result;

/// What holds now, for who only reads; `library` is what is written now, where it was read already.
pub(super) async fn reading(config: &Config, db: &Db, library: Option<&Library>) -> Result<Vec<Hold>> {
    now(config, db, Vault::ledger_stands(&config.services, db).await?, library).await
}

/// What holds now, with the keys open.
pub(super) async fn writing(config: &Config, Stores { db, vault }: &Stores) -> Result<Vec<Hold>> {
    now(config, db, vault.has_ledger(db).await?, None).await
}

async fn now(config: &Config, db: &Db, has_ledger: bool, library: Option<&Library>) -> Result<Vec<Hold>> {
    let clock = Clock::of(config.services.now);
    if let Some(library) = library {
        return Hold::all(db, config, has_ledger, Ok(library), clock).await;
    }
    let written = crate::engine::written(config, date_or_today(None, config)).map_err(|e| format!("{e:#}"));
    Hold::all(db, config, has_ledger, written.as_ref().map_err(String::as_str), clock).await
}

/// What is to be known beside what holds: weeks that were not sent (nobody knows them while the ledger is missing), and
/// how long erasing waits.
pub(super) async fn also(config: &Config, db: &Db, holds: &[Hold]) -> Result<Vec<String>> {
    let clock = Clock::of(config.services.now);
    let has_ledger = !holds.iter().any(|hold| matches!(hold, Hold::Ledger(_)));
    let missed = runs::missed(db, config, &clock.zoned(&config.zone), has_ledger).await?;
    let waits =
        watch::erasing_waits(db, clock.now()).await?.map(|until| crate::clock::erasing_message(until, &config.zone));
    Ok(missed_message(&missed).into_iter().chain(waits).collect())
}

/// Says on standard error what holds; `true` when something does.
pub(super) fn print_holds(holds: &[Hold]) -> bool {
    if !holds.is_empty() {
        let mut of: Vec<&str> = holds.iter().filter_map(Hold::channel).map(Channel::title).collect();
        of.dedup();
        let whose =
            if holds.iter().any(Hold::is_of_all) { String::new() } else { format!("{} の", of.join("と、")) };
        // What a running `serve` has read before a mistake it sends.
        let which = if holds.iter().all(|h| matches!(h, Hold::Unread(_))) {
            "send は止まっています。動いたままの serve は、こわれる前に読めた文で、毎週の配信を続けます（止めるには \
             serve を止めます）"
        } else {
            "send も、serve の毎週の配信も"
        };
        err!("{whose}おたよりが止まっています（{which}）\n{}", hold_messages(holds));
    }
    !holds.is_empty()
}

/// As [`print_holds`], of the database of a command that only reads.
pub(super) fn print_holds_of(config: &Config, library: Option<&Library>) -> Result<bool> {
    crate::engine::block_on(with_existing(config, async |db| Ok(print_holds(&reading(config, db, library).await?))))
}
