//! Accounts, roles and sign-in of those who answer: a login and a password in, a session out.

mod account;
mod password;
mod role;
mod sign_in;

pub use account::{Account, Named, NewAccount, add, disable, enable, list, named, set_password};
pub use role::Role;
pub use sign_in::{SESSION_SECONDS, SignIn, session, sign_in, sign_out, unlock};

use crate::content::Profession;

/// The SQL texts of accounts, for the test that prepares them.
pub fn sql_texts(db: &crate::db::Db) -> Vec<String> {
    account::sql_texts(db)
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

impl Staff {
    /// 助産師, 市の閲覧, …: what stands beside the name.
    pub fn title(&self) -> &'static str {
        self.profession.map_or(self.role.title(), Profession::title)
    }
}
