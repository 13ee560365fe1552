//! What a browser sends as its PushSubscription in, a checked subscription out.
//!
//! An endpoint comes from outside and we shall POST to it: only https, only push services that are known, no address of our own network.

use crate::config::is_loopback;
use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// Push services of today's browsers: Chrome and Edge on Android, Firefox, Safari, Edge on Windows.
const HOSTS: [&str; 3] = ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"];
/// … and those whose names have a part in front that changes.
const DOMAINS: [&str; 3] = [".push.apple.com", ".notify.windows.com", ".push.services.mozilla.com"];
/// Longest body: real ones have 300 to 700 bytes.
pub const LONGEST: usize = 8 * 1024;

/// A checked subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where messages go.
    pub endpoint: String,
    /// `{"endpoint":…,"keys":{"p256dh":…,"auth":…}}`, nothing else: this is sealed and stored.
    pub json: String,
}

/// Why a subscription is refused; for the operator and the script, not for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No PushSubscription JSON.
    #[error("not a PushSubscription")]
    Form,
    /// Not https, with a user or a port, or not a known push service.
    #[error("endpoint is not a known push service")]
    Endpoint,
    /// `p256dh` is no point on P-256, or `auth` has not 16 bytes.
    #[error("keys are not valid")]
    Keys,
}

/// As `PushSubscription.toJSON()` gives it; `expirationTime` and what else there is are ignored.
#[derive(Deserialize, Serialize)]
struct Wire {
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize, Serialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// Reads and checks it. `allow_loopback` opens http to this machine, for tests and the demo only.
    pub fn parse(body: &[u8], allow_loopback: bool) -> Result<Self, PushError> {
        if body.len() > LONGEST {
            return Err(PushError::Form);
        }
        let wire: Wire = serde_json::from_slice(body).map_err(|_| PushError::Form)?;
        check_endpoint(&wire.endpoint, allow_loopback)?;
        let (p256dh, auth) = (decode(&wire.keys.p256dh)?, decode(&wire.keys.auth)?);
        let point = p256dh.len() == 65 && p256dh.first() == Some(&4) && ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &p256dh)).is_ok();
        if !point || auth.len() != 16 {
            return Err(PushError::Keys);
        }
        let wire = Wire { endpoint: wire.endpoint, keys: Keys { p256dh: BASE64_URL_SAFE_NO_PAD.encode(p256dh), auth: BASE64_URL_SAFE_NO_PAD.encode(auth) } };
        let json = serde_json::to_string(&wire).map_err(|_| PushError::Form)?;
        Ok(Self { endpoint: wire.endpoint, json })
    }
}

fn check_endpoint(endpoint: &str, allow_loopback: bool) -> Result<(), PushError> {
    let url = url::Url::parse(endpoint).map_err(|_| PushError::Endpoint)?;
    let plain = url.username().is_empty() && url.password().is_none();
    if plain && allow_loopback && is_loopback(endpoint) && matches!(url.scheme(), "http" | "https") {
        return Ok(());
    }
    // A host by name only: no address can be one of our own network.
    let Some(url::Host::Domain(host)) = url.host() else { return Err(PushError::Endpoint) };
    let known = HOSTS.contains(&host) || DOMAINS.iter().any(|d| host.ends_with(d));
    if plain && url.scheme() == "https" && url.port().is_none() && known { Ok(()) } else { Err(PushError::Endpoint) }
}

/// base64url as browsers give it; some libraries write the other alphabet or padding.
fn decode(text: &str) -> Result<Vec<u8>, PushError> {
    let text = text.trim_end_matches('=');
    BASE64_URL_SAFE_NO_PAD.decode(text).or_else(|_| BASE64_STANDARD_NO_PAD.decode(text)).map_err(|_| PushError::Keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From RFC 8291, appendix A.
    const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn parse(endpoint: &str, p256dh: &str, auth: &str, loopback: bool) -> Result<Subscription, PushError> {
        let body = serde_json::json!({ "endpoint": endpoint, "expirationTime": null, "keys": { "p256dh": p256dh, "auth": auth } });
        Subscription::parse(body.to_string().as_bytes(), loopback)
    }

    #[test]
    fn takes_the_browsers_services() {
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/abc",
            "https://api.push.apple.com/abc",
            "https://wns2-by3p.notify.windows.com/w/?token=abc",
            "https://wns2-by3p.notify.windows.com:443/w/",
        ] {
            let found = parse(endpoint, P256DH, AUTH, false).unwrap();
            assert_eq!(found.endpoint, endpoint);
            assert_eq!(found.json, format!(r#"{{"endpoint":"{endpoint}","keys":{{"p256dh":"{P256DH}","auth":"{AUTH}"}}}}"#));
        }
    }

    #[test]
    fn refuses_everything_else() {
        for endpoint in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilpush.apple.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://user@fcm.googleapis.com/x",
            "https://127.0.0.1/x",
            "https://10.0.0.1/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://2130706433/x",
            "https://localhost/x",
            "http://localhost:9/x",
            "file:///etc/passwd",
            "x",
            "",
        ] {
            assert_eq!(parse(endpoint, P256DH, AUTH, false), Err(PushError::Endpoint), "{endpoint}");
        }
        assert!(parse("http://127.0.0.1:9/x", P256DH, AUTH, true).is_ok());
        assert!(parse("http://localhost:9/x", P256DH, AUTH, true).is_ok());
        for endpoint in ["http://10.0.0.1:9/x", "http://example.com/x", "http://localhost.example.com/x", "ftp://localhost/x"] {
            assert_eq!(parse(endpoint, P256DH, AUTH, true), Err(PushError::Endpoint), "{endpoint}");
        }
    }

    #[test]
    fn keys_must_be_keys() {
        let fcm = "https://fcm.googleapis.com/x";
        let off_curve = BASE64_URL_SAFE_NO_PAD.encode([&[4u8][..], &[1u8; 64]].concat());
        let infinity = BASE64_URL_SAFE_NO_PAD.encode([0u8]);
        for (p256dh, auth) in [(off_curve.as_str(), AUTH), (infinity.as_str(), AUTH), ("", AUTH), (P256DH, ""), (P256DH, "AAAA"), ("%%", AUTH), (AUTH, P256DH)] {
            assert_eq!(parse(fcm, p256dh, auth, false), Err(PushError::Keys), "{p256dh} {auth}");
        }
        assert!(parse(fcm, &format!("{P256DH}="), &format!("{AUTH}=="), false).is_ok());
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..400), loopback: bool) {
            let _ = Subscription::parse(&body, loopback);
        }

        /// Whatever is let through is https at a known service and comes back the same from what is stored.
        #[test]
        fn only_known_services(scheme in "https?", host in "([a-z0-9.-]{0,12}|127.0.0.1|localhost|fcm.googleapis.com|[a-z.]{0,4}push.apple.com)", rest in "[:/@?#.a-z0-9]{0,12}") {
            let endpoint = format!("{scheme}://{host}{rest}");
            if let Ok(found) = parse(&endpoint, P256DH, AUTH, false) {
                let url = url::Url::parse(&found.endpoint).unwrap();
                let host = url.host_str().unwrap();
                prop_assert!(url.scheme() == "https" && (HOSTS.contains(&host) || DOMAINS.iter().any(|d| host.ends_with(d))));
                prop_assert_eq!(Subscription::parse(found.json.as_bytes(), false), Ok(found));
            }
        }

        #[test]
        fn points_of_any_bytes(x in proptest::collection::vec(any::<u8>(), 64)) {
            let p256dh = BASE64_URL_SAFE_NO_PAD.encode([&[4u8][..], &x].concat());
            prop_assert_eq!(parse("https://fcm.googleapis.com/x", &p256dh, AUTH, false), Err(PushError::Keys));
        }
    }
}
