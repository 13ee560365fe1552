//! A clock that somebody has looked at in, the work that a wrong one left ahead of it brought back out.

use super::{Clock, runs};
use crate::config::Config;
use crate::db::Db;
use crate::{letter, outbox, watch};
use anyhow::Result;

/// What was brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// How the clock stood before.
    pub stand: watch::Stand,
    /// Households whose last letter was of a week that has not begun: they get letters again from this week on.
    pub ahead: u64,
}

/// Lets the week's letters and the erasing go on by this clock. Leases and waits of a clock that was ahead end now, and whoever got a letter of a
/// week that has not begun is not left without letters until then.
pub async fn confirm(db: &Db, config: &Config, clock: Clock) -> Result<Confirmed> {
    let now = clock.now();
    let stand = watch::confirm(db, now).await?;
    outbox::bring_back(db, now).await?;
    runs::bring_back(db, now).await?;
    let week = letter::week_of(clock.zoned(&config.zone).date(), config);
    Ok(Confirmed { stand, ahead: letter::bring_back(db, week, now).await? })
}
