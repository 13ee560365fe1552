//! An id for something that a form will make, handed out with the form: sent twice, it is made once. Ids are ours or
//! refused.

use crate::vault::Vault;

/// `id` with proof that we made it for `purpose`, for a hidden field.
pub fn issue(vault: &Vault, purpose: &str, id: &str) -> String {
    format!("{id}.{}", proof(vault, purpose, id))
}

/// The id of a ticket that [`issue`] made for the same purpose.
pub fn redeem(vault: &Vault, purpose: &str, ticket: &str) -> Option<String> {
    let (id, given) = ticket.split_once('.')?;
    let proof = proof(vault, purpose, id);
    aws_lc_rs::constant_time::verify_slices_are_equal(proof.as_bytes(), given.as_bytes()).is_ok().then(|| id.to_owned())
}

fn proof(vault: &Vault, purpose: &str, id: &str) -> String {
    vault.lookup(&format!("ticket.{purpose}"), id).0
}
