//! What a browser says about itself (PushSubscription JSON) in, a checked endpoint with its keys out.
//!
//! An endpoint comes from outside and is then requested by us, so it must be a push service that we know (server-side request forgery).

use crate::config::is_loopback;
use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use url::{Host, Url};

/// Push services of the browsers in use, by exact host.
const SERVICES: [&str; 3] = [
    "fcm.googleapis.com",                // Chrome, Edge on Android, Samsung Internet, Opera
    "jmt17.google.com",                  // Chrome on some channels, the same service
    "updates.push.services.mozilla.com", // Firefox
];

/// Push services that hand out a host below one of these.
const SERVICES_BELOW: [&str; 2] = [
    ".push.apple.com",     // Safari: web.push.apple.com
    ".notify.windows.com", // Edge on Windows: wns2-….notify.windows.com
];

/// Browsers write base64url without padding; some libraries add it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

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

#[derive(Deserialize)]
struct Json {
    endpoint: String,
    keys: Keys,
}
#[derive(Deserialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// Reads what `PushSubscription.toJSON()` gives and checks the endpoint and the key.
    /// The error is a Japanese sentence without anything of the subscription in it.
    pub fn parse(json: &str, allow_loopback: bool) -> Result<Self, String> {
        let Json { endpoint, keys } = serde_json::from_str(json).map_err(|_| "購読情報の形が正しくありません".to_owned())?;
        let endpoint = known_endpoint(&endpoint, allow_loopback)?;
        let public_key: [u8; 65] = decode(&keys.p256dh).ok_or("購読情報の公開鍵（p256dh）は 65 バイトでなければなりません")?;
        let auth: [u8; 16] = decode(&keys.auth).ok_or("購読情報の認証値（auth）は 16 バイトでなければなりません")?;
        ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &public_key)).map_err(|_| "購読情報の公開鍵（p256dh）が P-256 の点ではありません".to_owned())?;
        Ok(Self { endpoint, public_key, auth })
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64URL.decode(text).ok()?.try_into().ok()
}

/// May we send requests to this address? https to a known push service; loopback only where tests and the demo allow it.
pub fn check_endpoint(url: &str, allow_loopback: bool) -> Result<(), String> {
    known_endpoint(url, allow_loopback).map(drop)
}

fn known_endpoint(text: &str, allow_loopback: bool) -> Result<Url, String> {
    if text.len() > 2048 {
        return Err("通知サービスの URL が長すぎます".into());
    }
    let url = Url::parse(text).map_err(|_| "通知サービスの URL が正しくありません".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("通知サービスの URL に利用者名は使えません".into());
    }
    if allow_loopback && matches!(url.scheme(), "http" | "https") && is_loopback(text) {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err("通知サービスの URL は https でなければなりません".into());
    }
    if url.port().is_some() {
        return Err("通知サービスの URL にポート番号は使えません".into());
    }
    match url.host() {
        Some(Host::Domain(host)) if is_known(host) => Ok(url),
        Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) | None => Err("この通知サービスは知らないため、使えません".into()),
    }
}

fn is_known(host: &str) -> bool {
    SERVICES.contains(&host) || SERVICES_BELOW.iter().any(|below| host.strip_suffix(below).is_some_and(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of RFC 8291, appendix A.
    const KEYS: &str = r#""keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}"#;

    #[test]
    fn known_push_services_only() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://fcm.googleapis.com:443/wp/abc",
            "https://web.push.apple.com/QAbc",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
            "https://wns2-by3p.notify.windows.com/w/?token=BQ",
        ] {
            assert_eq!(check_endpoint(good, false), Ok(()), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com.example.jp/x",
            "https://evil.example/fcm.googleapis.com",
            "https://xpush.apple.com/x",
            "https://.push.apple.com/x",
            "https://someone@fcm.googleapis.com/x",
            "https://fcm.googleapis.com@10.0.0.1/x",
            "https://10.0.0.1/x",
            "https://[fd00::1]/x",
            "https://169.254.169.254/latest",
            "https://127.0.0.1/x",
            "http://127.0.0.1:9000/x",
            "https://localhost/x",
            "ftp://fcm.googleapis.com/x",
            "javascript:alert(1)",
            "",
        ] {
            assert!(check_endpoint(bad, false).is_err(), "{bad}");
        }
        for loopback in ["http://127.0.0.1:9000/push/x", "http://localhost:9000/push/x", "http://[::1]:9000/push/x"] {
            assert_eq!(check_endpoint(loopback, true), Ok(()), "{loopback}");
        }
        assert!(check_endpoint("http://192.168.1.5/push", true).is_err());
        assert!(check_endpoint("http://localhost.example.jp/push", true).is_err());
    }

    #[test]
    fn reads_what_browsers_send() {
        let json = format!(r#"{{"endpoint":"https://web.push.apple.com/Q","expirationTime":null,{KEYS}}}"#);
        let subscription = Subscription::parse(&json, false).unwrap();
        assert_eq!(subscription.public_key[0], 4);
        assert_eq!(format!("{subscription:?}"), "Subscription at web.push.apple.com");
        assert!(Subscription::parse(&json.replace("BCVxsr7N", "BCVxsr7M"), false).unwrap_err().contains("P-256"));
        assert!(Subscription::parse(&json.replace("BTBZMq", "BTBZ"), false).unwrap_err().contains("auth"));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".*", json in r#"\{"endpoint":"https://[a-z.:/@\[\]]{0,30}","keys":\{"p256dh":"[A-Za-z0-9_=-]{0,90}","auth":"[A-Za-z0-9_-]{0,30}"\}\}"#) {
            let _ = Subscription::parse(&text, true);
            let _ = Subscription::parse(&json, true);
            let _ = check_endpoint(&text, false);
        }
    }
}
