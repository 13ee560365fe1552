//! A code of a flyer in, one more visit on its day out. No reader is recorded.

use crate::calendar::Date;
use crate::content::{Flyer, Library};
use crate::db::Db;
use anyhow::Result;

const VISITED: &str = "INSERT INTO visits (code, day, opened) VALUES ($1, $2, 1) ON CONFLICT (code, day) DO UPDATE SET opened = visits.opened + 1";

/// Counts an opening of `/r/<code>`.
pub async fn visited(db: &Db, code: &str, day: Date) -> Result<()> {
    sqlx::query(VISITED).bind(code).bind(day.to_string()).execute(db.pool()).await?;
    Ok(())
}

/// The flyer whose code it is, or a flyer's and one of its places (`poster-clinic`).
pub fn flyer_of<'a>(library: &'a Library, code: &str) -> Option<&'a Flyer> {
    library.flyers.values().find(|flyer| {
        let rest = code.strip_prefix(flyer.code.as_str()).filter(|_| !flyer.code.is_empty());
        rest.is_some_and(|rest| rest.is_empty() || flyer.places.iter().any(|p| rest.strip_prefix('-') == Some(p.code.as_str())))
    })
}

/// Is it a code of ours? Only such codes are kept: the address is open to everybody.
pub fn known_code(library: &Library, code: &str) -> bool {
    flyer_of(library, code).is_some()
}
