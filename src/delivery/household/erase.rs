//! A household in, nothing left of it here; and whose letters were all stopped so long ago that it goes by itself.

use crate::db::Db;
use crate::vault::Erased;
use anyhow::Result;
use sqlx::AnyConnection;

/// The tables whose rows go.
pub const PERSONAL: [&str; 2] = ["subjects", "households"];

/// Households that stopped all letters before $1.
const STOPPED: &str = "SELECT id FROM households WHERE stopped_at < $1 ORDER BY id";
/// Still so. $1 household, $2 before.
const HOLD_STOPPED: &str = "UPDATE households SET updated_at = updated_at WHERE id = $1 AND stopped_at < $2";
/// In the order that foreign keys ask for. $1 household.
const ERASE: [&str; 2] = ["DELETE FROM subjects WHERE household_id = $1", "DELETE FROM households WHERE id = $1"];

/// Households that stopped all letters before an instant, Unix seconds.
pub async fn stopped(db: &Db, before: i64) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(STOPPED).bind(before).fetch_all(db.pool()).await?)
}

/// Holds a household that had stopped before an instant until the transaction ends; `false`: it has begun again.
pub async fn hold_stopped(tx: &mut AnyConnection, household: &str, before: i64) -> Result<bool> {
    Ok(sqlx::query(HOLD_STOPPED).bind(household).bind(before).execute(tx).await?.rows_affected() > 0)
}

/// Erases the household's subjects and itself; of one person of it nothing is here.
pub async fn erase(tx: &mut AnyConnection, whom: &Erased) -> Result<()> {
    if let Some(household) = &whom.household {
        for sql in ERASE {
            sqlx::query(sql).bind(household).execute(&mut *tx).await?;
        }
    }
    Ok(())
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    [STOPPED, HOLD_STOPPED, ERASE[0], ERASE[1]].map(str::to_owned).into()
}
