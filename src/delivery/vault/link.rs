//! What a link is to know in, a token out that only this installation can read, and back: nothing of it is stored.

use super::Vault;
use anyhow::Result;

/// The longest that is looked at; ours have some 150 letters.
const LONGEST: usize = 240;

impl Vault {
    /// Seals `text` for a link: each time another token, all of them good. Tokens of one `purpose` are none of another.
    pub fn seal_link(&self, purpose: &str, text: &str) -> Result<String> {
        Ok(self.installation_key().seal(purpose, text)?.trim_end_matches('=').replace('+', "-").replace('/', "_"))
    }

    /// What a token of ours says.
    pub fn open_link(&self, purpose: &str, token: &str) -> Option<String> {
        if token.len() > LONGEST || !token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return None;
        }
        let mut sealed = token.replace('-', "+").replace('_', "/");
        while !sealed.len().is_multiple_of(4) {
            sealed.push('=');
        }
        self.installation_key().open(purpose, &sealed).ok()
    }
}
