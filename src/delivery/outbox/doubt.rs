//! Rows of which nobody knows whether they arrived in; what somebody decides of them out: once more, or left as they
//! are.

use super::counts::what;
use crate::calendar::Date;
use crate::clock::Wall;
use crate::db::{self, Db};
use crate::vault::{Asked, Vault};
use anyhow::Result;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::{BTreeMap, HashSet};

/// A note that there are such rows: they are counted only where it stands, because counting reads the whole outbox.
const NOTE: &str = "in doubt";
const COUNT: &str = "SELECT key, COUNT(*) FROM outbox WHERE outcome = 'uncertain' GROUP BY key ORDER BY key";
/// Each such row, and what speaks against another try: the contact is gone, the letters are stopped, a newer week's has
/// come. $1 key, $2 a pattern of keys or '', $3 today.
const ROWS: &str = "SELECT o.contact_id, o.key, c.lookup, CAST(CASE WHEN c.gone_at IS NOT NULL THEN 1
    WHEN o.key LIKE 'letter:%' AND (h.stopped_at IS NOT NULL OR h.paused_until > $3
      OR EXISTS (SELECT 1 FROM outbox n WHERE n.contact_id = o.contact_id AND n.key > o.key AND n.key LIKE \
      'letter:%')) THEN 1
    ELSE 0 END AS BIGINT)
  FROM outbox o JOIN contacts c ON c.id = o.contact_id LEFT JOIN households h ON h.id = c.household_id
 WHERE o.outcome = 'uncertain' AND (o.key = $1 OR o.key LIKE $2) ORDER BY o.key, o.contact_id";
/// What is decided to be left. $1 key, $2 a pattern of keys or ''.
const LEAVE: &str = "UPDATE outbox SET outcome = 'left' WHERE outcome = 'uncertain' AND (key = $1 OR key LIKE $2)";

/// $1 key, $2 contact.
const LEAVE_ROW: &str =
    "UPDATE outbox SET outcome = 'left' WHERE outcome = 'uncertain' AND key = $1 AND contact_id = $2";

/// Which rows are meant: those of a week (`2026-W48`), or of another kind of message (`answer`, `welcome`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    key: String,
    pattern: String,
}

impl Which {
    /// As [`super::Count::what`] names them.
    pub fn named(what: &str) -> Self {
        match what {
            "answer" => Self { key: String::new(), pattern: "answer:%".into() },
            "welcome" => Self { key: "welcome".into(), pattern: String::new() },
            week => Self { key: format!("letter:{week}"), pattern: String::new() },
        }
    }
}

/// Rows in doubt, before somebody decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InDoubt {
    /// Those that may be sent once more: contact and look-up, by key.
    again: BTreeMap<String, Vec<(String, String)>>,
    /// Those that may not: their contact is gone, their letters are stopped, or a newer week's has come.
    pub over: u64,
    /// Their keys and contacts.
    over_rows: Vec<(String, String)>,
}

impl InDoubt {
    /// How many may be sent once more.
    pub fn again(&self) -> u64 {
        self.again.values().map(|rows| rows.len() as u64).sum()
    }
}

/// In the transaction that leaves rows in doubt.
pub(super) async fn note(tx: &mut AnyConnection) -> Result<()> {
    db::note(tx, NOTE, true).await
}

/// How many rows of which week or kind are in doubt, and undecided.
pub async fn in_doubt(db: &Db) -> Result<BTreeMap<String, u64>> {
    if !db.noted(NOTE).await? {
        return Ok(BTreeMap::new());
    }
    let mut of = BTreeMap::new();
    let rows: Vec<(String, i64)> = sqlx::query_as(COUNT).fetch_all(db.pool()).await?;
    for (key, n) in rows {
        *of.entry(what(&key).to_owned()).or_default() += n as u64;
    }
    Ok(of)
}

/// Looks once more whether there are any: rows of earlier versions left no note, and what was decided or erased takes
/// none away.
pub async fn look_for_doubt(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    let any = !sqlx::query_as::<_, (String, i64)>(COUNT).fetch_all(&mut *tx).await?.is_empty();
    db::note(&mut tx, NOTE, any).await?;
    tx.commit().await?;
    Ok(())
}

/// What is in doubt of a week or kind. `today` tells who has paused.
pub async fn doubtful(db: &Db, which: &Which, today: Date) -> Result<InDoubt> {
    let rows: Vec<(String, String, String, i64)> =
        sqlx::query_as(ROWS).bind(&which.key).bind(&which.pattern).bind(today.to_string()).fetch_all(db.pool()).await?;
    let mut found = InDoubt::default();
    for (contact, key, lookup, over) in rows {
        if over == 1 {
            found.over += 1;
            found.over_rows.push((key, contact));
        } else {
            found.again.entry(key).or_default().push((contact, lookup));
        }
    }
    Ok(found)
}

/// Puts these rows into the queue once more, due now: somebody has said so. What may not be sent any more is left as it
/// is. The ledger is told first, so that it does not take them for sent before a restore. Returns how many wait now.
pub async fn once_more(db: &Db, vault: &Vault, rows: &InDoubt, now: Wall) -> Result<u64> {
    let mut waiting = 0;
    for (key, rows) in &rows.again {
        if key.starts_with("letter:") {
            let lookups: Vec<String> = rows.iter().map(|(_, lookup)| lookup.clone()).collect();
            vault.release(key, &lookups).await?;
        }
        let mut tx = db.write().await?;
        for some in rows.chunks(500) {
            let mut query =
                sqlx::query(AssertSqlSafe(again_sql(db, some.len()))).bind(now.seconds()).bind(now.seconds()).bind(key);
            for (contact, _) in some {
                query = query.bind(contact);
            }
            waiting += query.execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
    }
    // Those alone that were asked about: others may have come to be in doubt since.
    for (key, contact) in &rows.over_rows {
        sqlx::query(LEAVE_ROW).bind(key).bind(contact).execute(db.pool()).await?;
    }
    look_for_doubt(db).await?;
    Ok(waiting)
}

/// Leaves what is in doubt of a week or kind as it is; returns how many rows.
pub async fn leave(db: &Db, which: &Which) -> Result<u64> {
    let left = sqlx::query(LEAVE).bind(&which.key).bind(&which.pattern).execute(db.pool()).await?.rows_affected();
    look_for_doubt(db).await?;
    Ok(left)
}

fn again_sql(db: &Db, contacts: usize) -> String {
    let (due, made, key) = (db.mark(1), db.mark(2), db.mark(3));
    format!(
        "UPDATE outbox SET settled_at = NULL, outcome = NULL, batch_id = NULL, attempt = 0, due_at = {due}, created_at \
         = {made}
          WHERE key = {key} AND outcome = 'uncertain' AND contact_id IN {}",
        db.values(1, contacts, 4)
    )
}

/// Of contacts that nothing is settled of under `key`: those that the ledger has a request of and this database does
/// not, because it was restored since. They are not sent.
pub async fn held_back(db: &Db, vault: &Vault, key: &str, lookups: &[String]) -> Result<HashSet<String>> {
    let asked = vault.asked(key, lookups).await?;
    let mut batches: Vec<String> = asked.values().map(|a| a.batch.clone()).collect();
    batches.sort_unstable();
    batches.dedup();
    let known = super::attempts(db, &batches).await?;
    let held =
        |a: &Asked| !a.not_taken() && (a.accepted() || known.get(&a.batch).is_none_or(|attempt| a.attempt > *attempt));
    Ok(asked.into_iter().filter(|(_, a)| held(a)).map(|(lookup, _)| lookup).collect())
}

/// For the test that prepares every text.
pub(super) fn sql_texts(db: &Db) -> Vec<String> {
    let mut all: Vec<String> = [COUNT, ROWS, LEAVE, LEAVE_ROW].map(str::to_owned).into();
    all.push(again_sql(db, 3));
    all
}
