//! The setting in, the hours in which the desk answers out.

use crate::calendar::DeskHours;
use crate::config::Desk;
use anyhow::{Result, anyhow};

/// The desk's hours of `otayori.yaml`.
pub fn desk_hours(desk: &Desk) -> Result<DeskHours> {
    let closed = desk.closed.iter().map(|c| (c.from.as_str(), c.to.as_str()));
    DeskHours::new(&desk.days, &desk.closes, closed)
        .and_then(|hours| match &desk.opens {
            Some(opens) => hours.opening(opens),
            None => Ok(hours.clone().opening("09:00").unwrap_or(hours)),
        })
        .map_err(|part| {
            anyhow!(
                "otayori.yaml の desk: の `{part}` が読めません（days: weekdays か \
            all、opens: \"09:00\"、closes: \"17:00\"、closed: 12-29 の形）"
            )
        })
}
