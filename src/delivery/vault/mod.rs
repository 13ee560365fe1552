//! Personal data in, sealed text out: each household has its own data key, wrapped by the master key and kept apart
//! from the data.
//!
//! Destroying a household's key erases what older backups of the database still hold, because the key store is not part
//! of them.
//!
//! Circle of 3 files: the ledger is opened with the keys, and is asked through them.

mod erased;
mod installation;
mod key_file;
mod ledger;
mod link;
mod seal;
mod secrets;
mod stops;
mod store;
mod token;

pub use erased::Erased;
pub use ledger::{Asked, Mark};
pub use seal::DataKey;
pub use stops::Stop;
pub use store::{Held, Vault};
pub use token::{new_id, token, token_hash};

/// Every SQL text of this room that the database runs, for the test that prepares them all.
pub fn sql_texts() -> Vec<String> {
    [installation::sql_texts(), ledger::sql_texts(), secrets::sql_texts()].concat()
}
