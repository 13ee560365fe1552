//! A LINE webhook's body and its `x-line-signature` in, genuine or not out.
//!
//! The header is base64(HMAC-SHA256(channel secret, raw body)):
//! <https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/>.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The signature that LINE puts on `body`.
pub fn sign(channel_secret: &str, body: &[u8]) -> String {
    BASE64_STANDARD.encode(hmac::sign(&key(channel_secret), body))
}

/// Is it LINE's? Compared in constant time; an empty secret signs nothing.
pub fn verify(channel_secret: &str, body: &[u8], signature: &str) -> bool {
    if channel_secret.is_empty() {
        return false;
    }
    let Ok(tag) = BASE64_STANDARD.decode(signature) else { return false };
    hmac::verify(&key(channel_secret), body, &tag).is_ok()
}

fn key(channel_secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, channel_secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_signature_that_another_program_made() {
        // printf '{"events":[]}' | openssl dgst -sha256 -hmac secret -binary | base64
        assert_eq!(sign("secret", br#"{"events":[]}"#), "pkK1lVPJPiJ+wPLziRD79xIxohl8AImYM8AEeM7IbzQ=");
    }

    proptest! {
        #[test]
        fn only_the_same_body_and_secret(body in proptest::collection::vec(any::<u8>(), 1..200), at in 0usize..200,
            header in ".*") {
            let signature = sign("secret", &body);
            prop_assert!(verify("secret", &body, &signature));
            prop_assert!(!verify("other", &body, &signature));
            prop_assert!(!verify("", &body, &sign("", &body)));
            prop_assert!(!verify("secret", &body, &header));
            let mut changed = body.clone();
            let at = at % changed.len();
            changed[at] ^= 1;
            prop_assert!(!verify("secret", &changed, &signature));
        }
    }
}
