//! Many new households at once, for made-up and for imported ones.

use super::registration::{NewSubject, Registration, first_child_id};
use crate::calendar::Date;
use crate::contact::{self, Channel, NewContact};
use crate::db::Db;
use crate::vault::Vault;
use anyhow::{Context as _, Result};
use sqlx::AssertSqlSafe;

/// The rows of many new households, for `generate` and `import`.
pub(super) struct Bulk {
    /// Id, and what is known.
    pub households: Vec<(String, Registration)>,
    /// When it was made up; `None` for real ones.
    pub generated_at: Option<i64>,
    /// `(household, channel, plain address)`.
    pub contacts: Vec<(String, Channel, String)>,
    /// Ids are derived from this where they must be the same every time; otherwise random.
    pub id: Box<dyn FnMut() -> String + Send>,
}

/// Rows a statement: more is no faster.
const ROWS: usize = 100;

/// Stores many households in one transaction: all or none.
pub(super) async fn insert_bulk(
    db: &Db,
    vault: &Vault,
    mut bulk: Bulk,
    now: i64,
    on_progress: &mut (dyn FnMut(u64) + Send),
) -> Result<()> {
    let ids: Vec<String> = bulk.households.iter().map(|(id, _)| id.clone()).collect();
    // A run that broke off after this line has left keys; they are used again.
    let mut keys = vault.keys(&ids).await?;
    let missing: Vec<String> = ids.iter().filter(|id| !keys.contains_key(*id)).cloned().collect();
    keys.extend(vault.create_keys(&missing).await?);
    let mut tx = db.write().await?;
    for some in bulk.households.chunks(ROWS) {
        let mut query = sqlx::query(AssertSqlSafe(households_sql(db, some.len())));
        for (id, r) in some {
            query = query
                .bind(id)
                .bind(&r.language)
                .bind(&r.area)
                .bind(first_child_id(r.first_child))
                .bind(&r.code)
                .bind(&r.consent_version);
            query = query.bind(now).bind(bulk.generated_at).bind(now).bind(now);
        }
        query.execute(&mut *tx).await?;
        let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
        contact::first_members(db, &mut tx, &ids, now).await?;
        on_progress(some.len() as u64);
    }
    let subjects: Vec<(&str, usize, NewSubject)> = bulk
        .households
        .iter()
        .flat_map(|(id, r)| r.subjects.iter().enumerate().map(move |(n, s)| (id.as_str(), n, *s)))
        .collect();
    for some in subjects.chunks(ROWS) {
        let mut query = sqlx::query(AssertSqlSafe(subjects_sql(db, some.len())));
        for (household, n, s) in some {
            let slot = char::from_u32('a' as u32 + *n as u32)
                .filter(char::is_ascii_lowercase)
                .context("too many subjects in one household")?;
            query = query
                .bind((bulk.id)())
                .bind(*household)
                .bind(slot.to_string())
                .bind(s.kind.id())
                .bind(s.stage_on.to_string());
            query = query.bind(s.due_on.map(|d: Date| d.to_string())).bind(now);
        }
        query.execute(&mut *tx).await?;
    }
    let mut contacts = Vec::with_capacity(bulk.contacts.len());
    for (household, channel, address) in bulk.contacts {
        let key = keys.get(&household).context("a household has no key")?;
        let (lookup, sealed) = (contact::lookup(vault, channel, &address)?, key.seal(contact::CONTEXT, &address)?);
        contacts.push(NewContact { id: (bulk.id)(), household, channel, address: sealed, lookup });
    }
    contact::insert_many(db, &mut tx, &contacts, now).await?;
    tx.commit().await?;
    Ok(())
}

fn households_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, generated_at, \
         created_at, updated_at) VALUES {}",
        db.values(rows, 10, 1)
    )
}

fn subjects_sql(db: &Db, rows: usize) -> String {
    format!(
        "INSERT INTO subjects (id, household_id, slot, kind, stage_on, due_on, created_at) VALUES {}",
        db.values(rows, 7, 1)
    )
}

pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    vec![households_sql(db, 2), subjects_sql(db, 2)]
}
