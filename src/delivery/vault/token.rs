//! Random ids and tokens.

use super::seal::random;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// A new row's id: a UUIDv7, so that neighbours in time are neighbours on disk. Never put into a link that leaves the
/// installation.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A secret of 192 random bits for a link or a cookie, base64url (32 characters).
///
/// # Panics
/// When the operating system has no randomness, in which case nothing can be kept secret.
pub fn token() -> String {
    let bytes: [u8; 24] = random().expect("the operating system's random source");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What the database keeps of a token: SHA-256 in base64url.
pub fn token_hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}
