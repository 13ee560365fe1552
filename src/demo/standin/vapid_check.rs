//! An `Authorization` header in, valid or not out, as a push service judges it (RFC 8292, 4).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

/// The sender's public key (base64url), or why the token does not hold. `origin` is the service's own, `now` in Unix
/// seconds.
pub(super) fn check(header: &str, origin: &str, now: i64) -> Result<String, &'static str> {
    let fields = header.strip_prefix("vapid ").ok_or("the scheme is not vapid")?;
    let field = |name: &str| fields.split(',').find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('='));
    let (token, key) = (field("t").ok_or("no t")?, field("k").ok_or("no k")?);
    let (signed, signature) = token.rsplit_once('.').ok_or("t is not a JWT")?;
    let (head, claims) = signed.split_once('.').ok_or("t is not a JWT")?;
    if json(head)?["alg"] != "ES256" {
        return Err("alg is not ES256");
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key)?)
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| "the signature is wrong")?;
    let claims = json(claims)?;
    if claims["aud"] != origin {
        return Err("aud is another origin");
    }
    let expires = claims["exp"].as_i64().ok_or("no exp")?;
    if expires <= now {
        return Err("the token has expired");
    }
    if expires > now + 86_400 {
        return Err("exp is more than 24 hours away");
    }
    let contact = claims["sub"].as_str().unwrap_or_default();
    if !contact.starts_with("mailto:") && !contact.starts_with("https://") {
        return Err("sub is neither mailto: nor https:");
    }
    Ok(key.to_owned())
}

fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| "not base64url")
}
fn json(text: &str) -> Result<Value, &'static str> {
    serde_json::from_slice(&decode(text)?).map_err(|_| "not JSON")
}
