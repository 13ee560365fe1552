//! Accounts, roles and sign-in of those who answer.

use crate::content::Profession;
use crate::db::Db;
use anyhow::Result;

/// What somebody may do at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and answers.
    Clinician,
    /// Writes and publishes content.
    Editor,
    /// The city: bulletins, flyers, figures.
    CityStaff,
    /// Reads only.
    CityObserver,
    /// Accounts and settings.
    Admin,
}

/// A member of staff who is signed in.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Id.
    pub id: String,
    /// Name, as shown to households.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Profession of a clinician.
    pub profession: Option<Profession>,
}

/// The member of staff of a session cookie's token; `None` if it is unknown, expired, or the account is disabled.
pub async fn session(_db: &Db, _token: &str, _now: i64) -> Result<Option<Staff>> {
    Ok(None)
}
