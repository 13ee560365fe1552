//! A household in, its own record as JSON out.

use super::read;
use crate::audit;
use crate::contact;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;
use serde_json::{Value, json};

/// What is kept of the household itself, for its own download; letters, questions and answers are their rooms' to add.
/// `None` when it is gone.
pub async fn record(db: &Db, vault: &Vault, id: &str) -> Result<Option<Value>> {
    let Some(household) = read::load(db, id).await? else { return Ok(None) };
    // A member of staff is named towards the household as staff only.
    let log: Vec<Value> = audit::of(db, id)
        .await?
        .into_iter()
        .map(|line| json!({ "who": line.actor.split(':').next(), "what": line.action, "at": line.at }))
        .collect();
    Ok(Some(json!({
        "consent": { "version": household.consent_version, "at": household.consent_at },
        "created_at": household.created_at,
        "area": household.area,
        "language": household.language,
        "first_child": household.first_child,
        "code": household.code,
        "paused_until": household.paused_until,
        "stopped_at": household.stopped_at,
        "subjects": household.subjects.iter().map(|s| json!({
            "kind": s.kind, "date": s.stage_on, "due_date": s.due_on, "stopped_at": s.stopped_at,
        })).collect::<Vec<_>>(),
        "contacts": contact::records(db, vault, id).await?,
        "unconfirmed": contact::pending_records(db, vault, id).await?,
        "log": log,
    })))
}
