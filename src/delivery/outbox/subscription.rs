//! What a browser says about itself (PushSubscription JSON) in, a checked endpoint with its keys out. Asked at
//! registration and again before sending.
//!
//! An endpoint comes from outside and is then requested by us, so it must be a push service that we know (server-side
//! request forgery).

use crate::config::is_loopback;
use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use url::{Host, Url};

/// Push services of today's browsers, by exact host: Chrome, Edge on Android, Samsung Internet, Opera; Chrome on some
/// channels; Firefox.
const SERVICES: [&str; 3] = ["fcm.googleapis.com", "jmt17.google.com", "updates.push.services.mozilla.com"];
/// … and those that hand out a host below one of these: Safari, Edge on Windows, Firefox.
const SERVICES_BELOW: [&str; 3] = [".push.apple.com", ".notify.windows.com", ".push.services.mozilla.com"];
/// Longest JSON: real ones have 300 to 700 bytes.
pub const LONGEST: usize = 8 * 1024;

/// A browser's address on its push service, with the keys that only the browser can open.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where the message goes: a capability, so as secret as an address.
    pub endpoint: Url,
    /// The browser's P-256 point, uncompressed (`p256dh`).
    pub public_key: [u8; 65],
    /// The authentication secret (`auth`).
    pub auth: [u8; 16],
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subscription at {}", self.endpoint.host_str().unwrap_or("?"))
    }
}

/// Why a subscription is refused; has nothing of the subscription in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No PushSubscription JSON, or too long.
    #[error("購読情報の形が正しくありません")]
    Form,
    /// Not https, with a user or a port, or not a known push service.
    #[error("知らない通知サービスの URL です（https の、知っている通知サービスだけを使えます）")]
    Endpoint,
    /// `p256dh` is no point on P-256, or `auth` has not 16 bytes.
    #[error("購読情報の鍵が正しくありません（p256dh は P-256 の点、auth は 16 バイト）")]
    Keys,
}

/// As `PushSubscription.toJSON()` gives it; `expirationTime` and what else there is are ignored.
#[derive(Deserialize, Serialize)]
struct Json<'a> {
    #[serde(borrow)]
    endpoint: Cow<'a, str>,
    keys: Keys<'a>,
}
#[derive(Deserialize, Serialize)]
struct Keys<'a> {
    #[serde(borrow)]
    p256dh: Cow<'a, str>,
    #[serde(borrow)]
    auth: Cow<'a, str>,
}

impl Subscription {
    /// Reads and checks it. `allow_loopback` opens this machine, also by http, for tests and the demo only.
    pub fn parse(json: impl AsRef<[u8]>, allow_loopback: bool) -> Result<Self, PushError> {
        let json = json.as_ref();
        if json.len() > LONGEST {
            return Err(PushError::Form);
        }
        let Json { endpoint, keys } = serde_json::from_slice(json).map_err(|_| PushError::Form)?;
        let endpoint = known_endpoint(&endpoint, allow_loopback).ok_or(PushError::Endpoint)?;
        let public_key: [u8; 65] = decode(&keys.p256dh)?;
        let auth: [u8; 16] = decode(&keys.auth)?;
        // The first byte says that the point is uncompressed; the other forms of 65 bytes are not Web Push's.
        if public_key[0] != 4 || ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &public_key)).is_err() {
            return Err(PushError::Keys);
        }
        Ok(Self { endpoint, public_key, auth })
    }

    /// `{"endpoint":…,"keys":{"p256dh":…,"auth":…}}` and nothing else: what is sealed and stored.
    pub fn json(&self) -> String {
        let keys = Keys {
            p256dh: BASE64_URL_SAFE_NO_PAD.encode(self.public_key).into(),
            auth: BASE64_URL_SAFE_NO_PAD.encode(self.auth).into(),
        };
        // Three strings always become JSON.
        serde_json::to_string(&Json { endpoint: self.endpoint.as_str().into(), keys }).unwrap_or_default()
    }
}

/// base64url as browsers give it; some libraries write the other alphabet or padding.
fn decode<const N: usize>(text: &str) -> Result<[u8; N], PushError> {
    let text = text.trim_end_matches('=');
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .or_else(|_| BASE64_STANDARD_NO_PAD.decode(text))
        .map_err(|_| PushError::Keys)?;
    bytes.try_into().map_err(|_| PushError::Keys)
}

/// May we send requests to this address? https to a known push service; this machine only where tests and the demo
/// allow it.
pub fn check_endpoint(url: &str, allow_loopback: bool) -> Result<(), String> {
    known_endpoint(url, allow_loopback).map(drop).ok_or_else(|| PushError::Endpoint.to_string())
}

fn known_endpoint(text: &str, allow_loopback: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    if allow_loopback && matches!(url.scheme(), "http" | "https") && is_loopback(text) {
        return Some(url);
    }
    // A host by name only: no address can be one of our own network.
    let known = matches!(url.host(), Some(Host::Domain(host)) if is_known(host));
    (known && url.scheme() == "https" && url.port().is_none()).then_some(url)
}

fn is_known(host: &str) -> bool {
    SERVICES.contains(&host)
        || SERVICES_BELOW.iter().any(|below| host.strip_suffix(below).is_some_and(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of RFC 8291, appendix A.
    const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const FCM: &str = "https://fcm.googleapis.com/x";

    fn parse(endpoint: &str, p256dh: &str, auth: &str, loopback: bool) -> Result<Subscription, PushError> {
        let body = serde_json::json!({ "endpoint": endpoint, "expirationTime": null, "keys": { "p256dh": p256dh,
            "auth": auth } });
        Subscription::parse(body.to_string(), loopback)
    }

    #[test]
    fn known_push_services_only() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://fcm.googleapis.com:443/wp/abc",
            "https://web.push.apple.com/QAbc",
            "https://api.push.apple.com/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
            "https://wns2-by3p.notify.windows.com/w/?token=BQ",
        ] {
            assert_eq!(check_endpoint(good, false), Ok(()), "{good}");
            let stored = format!(
                r#"{{"endpoint":"{}","keys":{{"p256dh":"{P256DH}","auth":"{AUTH}"}}}}"#,
                good.replace(":443", "")
            );
            assert_eq!(parse(good, P256DH, AUTH, false).unwrap().json(), stored);
        }
        for bad in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com.example.jp/x",
            "https://evil.example/fcm.googleapis.com",
            "https://evilpush.apple.com/x",
            "https://.push.apple.com/x",
            "https://someone@fcm.googleapis.com/x",
            "https://fcm.googleapis.com@10.0.0.1/x",
            "https://10.0.0.1/x",
            "https://2130706433/x",
            "https://[fd00::1]/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest",
            "https://127.0.0.1/x",
            "http://127.0.0.1:9000/x",
            "https://localhost/x",
            "ftp://fcm.googleapis.com/x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "x",
            "",
        ] {
            assert!(check_endpoint(bad, false).is_err(), "{bad}");
            assert_eq!(parse(bad, P256DH, AUTH, false), Err(PushError::Endpoint), "{bad}");
        }
        for loopback in ["http://127.0.0.1:9000/push/x", "http://localhost:9000/push/x", "http://[::1]:9000/push/x"] {
            assert_eq!(check_endpoint(loopback, true), Ok(()), "{loopback}");
        }
        for far in
            ["http://192.168.1.5/push", "http://localhost.example.jp/push", "http://example.com/x", "ftp://localhost/x"]
        {
            assert!(check_endpoint(far, true).is_err(), "{far}");
        }
    }

    #[test]
    fn keys_must_be_keys() {
        let off_curve = BASE64_URL_SAFE_NO_PAD.encode([&[4u8][..], &[1u8; 64]].concat());
        let hybrid = P256DH.replacen("BC", "Bi", 1);
        for (p256dh, auth) in [
            (off_curve.as_str(), AUTH),
            (&hybrid, AUTH),
            ("AA", AUTH),
            ("", AUTH),
            (P256DH, ""),
            (P256DH, "AAAA"),
            ("%%", AUTH),
            (AUTH, P256DH),
        ] {
            assert_eq!(parse(FCM, p256dh, auth, false), Err(PushError::Keys), "{p256dh} {auth}");
        }
        assert!(parse(FCM, &format!("{P256DH}="), &format!("{AUTH}=="), false).is_ok());
        assert_eq!(format!("{:?}", parse(FCM, P256DH, AUTH, false).unwrap()), "Subscription at fcm.googleapis.com");
        assert_eq!(Subscription::parse(vec![b' '; LONGEST + 1], false), Err(PushError::Form));
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..400), text in ".*", loopback: bool) {
            let _ = Subscription::parse(&body, loopback);
            let _ = Subscription::parse(&text, loopback);
            let _ = check_endpoint(&text, loopback);
        }

        /// Whatever is let through is https at a known service and comes back the same from what is stored.
        #[test]
        fn only_known_services(scheme in "https?",
            host in "([a-z0-9.-]{0,12}|127.0.0.1|localhost|fcm.googleapis.com|[a-z.]{0,4}push.apple.com)",
            rest in "[:/@?#.a-z0-9]{0,12}") {
            if let Ok(found) = parse(&format!("{scheme}://{host}{rest}"), P256DH, AUTH, false) {
                prop_assert!(found.endpoint.scheme() == "https" && is_known(found.endpoint.host_str().unwrap()));
                prop_assert_eq!(Subscription::parse(found.json(), false), Ok(found));
            }
        }

        #[test]
        fn points_of_any_bytes(x in proptest::collection::vec(any::<u8>(), 64)) {
            let p256dh = BASE64_URL_SAFE_NO_PAD.encode([&[4u8][..], &x].concat());
            prop_assert_eq!(parse(FCM, &p256dh, AUTH, false), Err(PushError::Keys));
        }
    }
}
