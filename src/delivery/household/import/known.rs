//! Households that were read in, stored out; those that seem to be registered already are told.

use super::Imported;
use crate::contact::{self, Channel};
use crate::db::Db;
use crate::diag::{Diagnostics, Place};
use crate::household::Registration;
use crate::household::bulk::{Bulk, insert_bulk};
use crate::vault::{Vault, new_id};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Stores what [`super::read`] gave, in one transaction; `(key, id)` of each household comes out.
pub async fn store(db: &Db, vault: &Vault, imported: Vec<Imported>, now: i64) -> Result<Vec<(String, String)>> {
    let (mut households, mut contacts, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for one in imported {
        let id = new_id();
        if let Some(user) = one.line_user {
            contacts.push((id.clone(), Channel::Line, user));
        }
        ids.push((one.key, id.clone()));
        households.push((id, one.registration));
    }
    let bulk = Bulk { households, contacts, generated_at: None, id: Box::new(new_id) };
    insert_bulk(db, vault, bulk, now, &mut |_| {}).await?;
    Ok(ids)
}

/// Subjects of imported households, household by household.
const IMPORTED: &str =
    "SELECT s.household_id, h.area, s.kind, s.stage_on, COALESCE(s.due_on, '') FROM subjects s JOIN \
    households h ON h.id = s.household_id
  WHERE h.consent_version = 'import' ORDER BY s.household_id, s.slot";

/// A household without a name: its area and its subjects' dates, in order.
type Likeness = (String, Vec<(String, String, String)>);

/// LINE users of the file who are registered already are errors; households without a LINE user that look like imported
/// ones are warnings, because nothing else tells that a file is read for the second time.
pub async fn check_known(db: &Db, vault: &Vault, file: &str, imported: &[Imported]) -> Result<Diagnostics> {
    let mut problems = Diagnostics::new();
    let known = likenesses(db).await?;
    for one in imported {
        let at = Place { line: one.line, column: 0 };
        let Some(user) = &one.line_user else {
            if known.contains(&likeness(&one.registration)) {
                problems.warning(
                    file,
                    at,
                    "同じ地区・同じ日付の世帯を、前にも取りこんでいます",
                    "同じファイルを二度取りこむと、世帯が二重になります。二重なら `otayori households remove 世帯ID` \
                     で消せます",
                );
            }
            continue;
        };
        if contact::by_line_user(db, vault, user).await?.is_some() {
            problems.error(
                file,
                at,
                "この LINE のユーザーは、もう登録しています",
                "この世帯の行を消すか、`line` を空けてください",
            );
        }
    }
    Ok(problems)
}

async fn likenesses(db: &Db) -> Result<BTreeSet<Likeness>> {
    let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(IMPORTED).fetch_all(db.pool()).await?;
    let mut by_household: BTreeMap<String, Likeness> = BTreeMap::new();
    for (household, area, kind, stage_on, due_on) in rows {
        by_household.entry(household).or_insert_with(|| (area, Vec::new())).1.push((kind, stage_on, due_on));
    }
    Ok(by_household.into_values().map(|(area, subjects)| sorted(area, subjects)).collect())
}

fn likeness(r: &Registration) -> Likeness {
    let subjects = r.subjects.iter().map(|s| {
        (s.kind.id().to_owned(), s.stage_on.to_string(), s.due_on.map_or_else(String::new, |d| d.to_string()))
    });
    sorted(r.area.clone(), subjects.collect())
}

fn sorted(area: String, mut subjects: Vec<(String, String, String)>) -> Likeness {
    subjects.sort();
    (area, subjects)
}
