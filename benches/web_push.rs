//! Messages a second on one core: a whole Web Push request of ours (encrypted, signed, headers) beside the crate
//! `web-push`, in one run, with the ceiling measured in the same run: one key pair and one agreement on P-256, which
//! nobody can leave out (RFC 8291).
//!
//! `cargo bench -p otayori-independent --bench web_push`. What is alike: the payload, the browsers, the signing key,
//! the contact in the token, one thread. What is not, and is said in the output: ours pads to 128-byte steps (so it
//! encrypts more), and keeps a token for twelve hours, which the crate allows but does not do by itself. So like stands
//! beside like: both signing each message, both with one token for all. Rounds alternate, the best of each counts: what
//! disturbs a machine only ever makes a round slower. Figures of another machine say nothing; ratios do.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use otayori::channel::http::Client;
use otayori::channel::vapid::Key;
use otayori::channel::web_push::{WebPush, payload, topic};
use otayori::demo::standin::push_subscription;
use otayori::outbox::Notice;
use otayori::outbox::subscription::Subscription;
use std::hint::black_box;
use std::time::{Duration, Instant};
use web_push::{
    ContentEncoding, SubscriptionInfo, Urgency, VapidSignature, VapidSignatureBuilder, WebPushMessage,
    WebPushMessageBuilder,
};

const BROWSERS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);
const CONTACT: &str = "mailto:boshi@harukaze.example.jp";
/// Both sign with it; the tests of `web-push` use it.
const PRIVATE: &str = "IQ9Ur0ykXoHS9gzfYX0aBjy9lvdrjx_PFUXmie9YRcY";
const NOW: i64 = 1_795_000_000;

/// Messages a second and core as they were measured before this was built, on one machine: what the ratios below are
/// held against.
const NOTED_LIMIT: f64 = 24_200.0;
const NOTED_OURS: f64 = 21_300.0;
const NOTED_CRATE_CACHED: f64 = 7_560.0;
const NOTED_CRATE_SIGNING: f64 = 2_760.0;

/// Something that is done for one browser.
type Work<'a> = Box<dyn FnMut(&str) -> anyhow::Result<()> + 'a>;

fn main() -> anyhow::Result<()> {
    // `cargo test --benches` runs this too: then once through is enough.
    let quick = !std::env::args().any(|a| a == "--bench");
    let (rounds, round) = if quick { (1, Duration::from_millis(20)) } else { (ROUNDS, ROUND) };
    let notice = notice();
    let texts: Vec<String> =
        (0..BROWSERS).map(|n| push_subscription("http://127.0.0.1:9", &format!("bench-{n}"))).collect();

    let key = Key::from_private(&BASE64_URL_SAFE_NO_PAD.decode(PRIVATE)?)?;
    let ours = WebPush::new(Client::new()?, key.clone(), CONTACT, || NOW, true);
    let token = sign(&serde_json::from_str(&texts[0])?)?;
    anyhow::ensure!(key.public() == BASE64_URL_SAFE_NO_PAD.encode(&token.auth_k), "both must sign with the same key");
    let cached = || VapidSignature { auth_t: token.auth_t.clone(), auth_k: token.auth_k.clone() };

    let our_message = |text: &str| {
        let to = Subscription::parse(text, true)?;
        black_box(ours.request(&to, &notice)?);
        anyhow::Ok(to)
    };
    let mut all: [Work<'_>; 5] = [
        Box::new(agreement),
        Box::new(|text| our_message(text).map(drop)),
        Box::new(|text| {
            let to = our_message(text)?;
            black_box(key.authorization(&to.endpoint.origin().ascii_serialization(), CONTACT, NOW + 46_800)?);
            Ok(())
        }),
        Box::new(|text| crate_message(text, &notice, |_| Ok(cached())).map(drop)),
        Box::new(|text| crate_message(text, &notice, sign).map(drop)),
    ];
    let mut best = [0f64; 5];
    for _ in 0..rounds {
        for (work, best) in all.iter_mut().zip(&mut best) {
            *best = best.max(rate(&texts, round, work)?);
        }
    }
    drop(all);

    let [limit, ours_cached, ours_signing, crate_cached, crate_signing] = best;
    let to = Subscription::parse(&texts[0], true)?;
    let our_bytes = http_body_util::BodyExt::collect(ours.request(&to, &notice)?.into_body());
    let our_bytes = tokio::runtime::Builder::new_current_thread().build()?.block_on(our_bytes)?.to_bytes().len();
    let their_bytes = crate_message(&texts[0], &notice, |_| Ok(cached()))?.payload.map_or(0, |p| p.content.len());
    println!(
        "payload {} bytes (sealed: otayori {our_bytes}, padded; web-push {their_bytes}), {BROWSERS} browsers, one \
         core, best of {rounds} rounds",
        payload(&notice).len()
    );
    println!("limit: one P-256 key and agreement      {limit:>8.0} /s");
    println!(
        "otayori, one token for all messages     {ours_cached:>8.0} /s   {}",
        of("of the limit", ours_cached / limit, NOTED_OURS / NOTED_LIMIT)
    );
    println!("otayori, signing each message           {ours_signing:>8.0} /s");
    println!(
        "web-push, one token for all messages    {crate_cached:>8.0} /s   {}",
        of("otayori is", ours_cached / crate_cached, NOTED_OURS / NOTED_CRATE_CACHED)
    );
    println!(
        "web-push, signing each (its README)     {crate_signing:>8.0} /s   {}",
        of("otayori is", ours_cached / crate_signing, NOTED_OURS / NOTED_CRATE_SIGNING)
    );
    println!(
        "like with like: one token {:.2} times, signing each {:.2} times as fast as web-push",
        ours_cached / crate_cached,
        ours_signing / crate_signing
    );
    Ok(())
}

/// A ratio beside the one that was noted.
fn of(what: &str, ratio: f64, noted: f64) -> String {
    format!("{what} {ratio:.2} (noted {noted:.2})")
}

/// Messages a second over at least `round`.
fn rate(texts: &[String], round: Duration, work: &mut Work<'_>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut done = 0u32;
    while begun.elapsed() < round {
        for text in texts {
            work(text)?;
        }
        done += texts.len() as u32;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// The part that no program can leave out: a fresh key pair and its agreement with the browser's key.
fn agreement(text: &str) -> anyhow::Result<()> {
    let to = Subscription::parse(text, true)?;
    let failed = || anyhow::anyhow!("agreement");
    let own = PrivateKey::generate(&ECDH_P256).map_err(|_| failed())?;
    black_box(own.compute_public_key().map_err(|_| failed())?);
    agree(&own, UnparsedPublicKey::new(&ECDH_P256, &to.public_key), failed(), |secret| {
        black_box(secret);
        Ok(())
    })
}

/// What the crate does for one message, as far as a request that a client could send.
fn crate_message(
    text: &str,
    notice: &Notice,
    token: impl Fn(&SubscriptionInfo) -> anyhow::Result<VapidSignature>,
) -> anyhow::Result<WebPushMessage> {
    let info: SubscriptionInfo = serde_json::from_str(text)?;
    let plain = payload(notice);
    let mut message = WebPushMessageBuilder::new(&info);
    message.set_payload(ContentEncoding::Aes128Gcm, plain.as_bytes());
    message.set_ttl(notice.ttl);
    message.set_urgency(Urgency::Normal);
    message.set_topic(topic(&notice.key));
    message.set_vapid_signature(token(&info)?);
    Ok(black_box(message.build()?))
}

fn sign(info: &SubscriptionInfo) -> anyhow::Result<VapidSignature> {
    let mut token = VapidSignatureBuilder::from_base64(PRIVATE, info)?;
    token.add_claim("sub", CONTACT);
    Ok(token.build()?)
}

fn notice() -> Notice {
    Notice {
        key: "letter:2026-W48".into(),
        title: "今週のおたよりです".into(),
        body: "読みもの2つ、市からのお知らせ3つ。5分で読めます。".into(),
        url: "https://otayori.example.jp/letters/2026-W48/3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/".into(),
        ask_url: "https://otayori.example.jp/ask?from=letter".into(),
        language: "ja".into(),
        ttl: 604_800,
        low_urgency: false,
    }
}
