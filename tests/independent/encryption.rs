//! Our encryption and tokens against programs that others wrote: `web-push` (and `ece` below it, on OpenSSL), both
//! ways.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use http_body_util::Full;
use hyper::Request;
use otayori::channel::ece as ours;
use otayori::channel::http::{Answer, Client};
use otayori::demo::standin::Push;
use otayori::outbox::subscription::Subscription;
use web_push::{ContentEncoding, SubscriptionInfo, VapidSignatureBuilder, WebPushMessageBuilder};

/// A request by hand: what our own code would never send.
async fn raw(url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let request = headers.iter().fold(Request::post(url), |request, (name, value)| request.header(*name, *value));
    Client::new().unwrap().send(request.body(Full::from(body)).unwrap()).await.unwrap()
}

/// A private key of P-256 (RFC 8291, appendix A, and one of our own).
const PRIVATE: [&str; 2] =
    ["q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "IQ9Ur0ykXoHS9gzfYX0aBjy9lvdrjx_PFUXmie9YRcY"];

/// A browser whose key pair OpenSSL made.
fn browser() -> (ece::EcKeyComponents, [u8; 16], Subscription) {
    let (pair, auth) = ece::generate_keypair_and_auth_secret().unwrap();
    let key = pair.raw_components().unwrap();
    let json = serde_json::json!({ "endpoint": "https://web.push.apple.com/x",
        "keys": { "p256dh": B64.encode(key.public_key()), "auth": B64.encode(auth) } });
    (key, auth, Subscription::parse(json.to_string(), false).unwrap())
}

#[test]
fn theirs_opens_what_ours_sealed() {
    for length in [0, 1, 41, 126, 127, 128, 300, ours::LONGEST_PLAIN] {
        let (key, auth, subscription) = browser();
        let plain = vec![b'x'; length];
        assert_eq!(
            ece::decrypt(&key, &auth, &ours::seal(&subscription, &plain).unwrap()).unwrap(),
            plain,
            "{length} bytes"
        );
    }
}

#[test]
fn ours_opens_what_theirs_sealed() {
    for length in [1, 41, 300, 3052] {
        let (key, auth, subscription) = browser();
        // Their library leaves out the zeros before a number: one key in 256 is shorter.
        let number = [vec![0; 32 - key.private_key().len()], key.private_key().to_vec()].concat();
        let private =
            aws_lc_rs::agreement::PrivateKey::from_private_key(&aws_lc_rs::agreement::ECDH_P256, &number).unwrap();
        let info = SubscriptionInfo::new(
            "https://web.push.apple.com/x".to_owned(),
            B64.encode(subscription.public_key),
            B64.encode(auth),
        );
        let plain = vec![b'y'; length];
        let mut message = WebPushMessageBuilder::new(&info);
        message.set_payload(ContentEncoding::Aes128Gcm, &plain);
        let sealed = message.build().unwrap().payload.unwrap().content;
        assert_eq!(ours::open(&private, &auth, &sealed).unwrap(), plain, "{length} bytes");
        // The same structure: salt, record size, length of the key id, an uncompressed point.
        let own = ours::seal(&subscription, &plain).unwrap();
        assert_eq!(own[16..22], sealed[16..22]);
    }
}

#[tokio::test]
async fn the_stand_in_judges_a_token_of_theirs() {
    let push = Push::start().await.unwrap();
    let info: SubscriptionInfo = serde_json::from_str(&push.subscription("a")).unwrap();
    let mut tokens = VapidSignatureBuilder::from_base64(PRIVATE[1], &info).unwrap();
    tokens.add_claim("sub", "mailto:x@example.jp");
    let signature = tokens.build().unwrap();
    let header = format!("vapid t={}, k={}", signature.auth_t, B64.encode(&signature.auth_k));
    let mut message = WebPushMessageBuilder::new(&info);
    message.set_payload(ContentEncoding::Aes128Gcm, b"{}");
    let body = message.build().unwrap().payload.unwrap().content;
    let all = [("authorization", header.as_str()), ("ttl", "60"), ("content-encoding", "aes128gcm")];
    // The signature is right (it is judged first); the crate drops the port from `aud`, which a service on a port must
    // not accept.
    assert_eq!(
        raw(&info.endpoint, &all, body.clone()).await.words(&[]),
        "403 Forbidden: invalid VAPID token: aud is another origin"
    );

    let mut tokens = VapidSignatureBuilder::from_base64(PRIVATE[0], &info).unwrap();
    tokens.add_claim("sub", "mailto:x@example.jp");
    tokens.add_claim("aud", push.base());
    let signature = tokens.build().unwrap();
    let header = format!("vapid t={}, k={}", signature.auth_t, B64.encode(&signature.auth_k));
    let all = [("authorization", header.as_str()), ("ttl", "60"), ("content-encoding", "aes128gcm")];
    assert_eq!(raw(&info.endpoint, &all, body).await.status, 201);
    assert_eq!(push.received("a")[0].payload, serde_json::json!({}));
}
