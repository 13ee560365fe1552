//! Messages a second on one core: a whole Web Push request of ours (encrypted, signed, headers) beside the crate `web-push`, in one run.
//!
//! `cargo bench --bench web_push`. Both seal the same payload for the same browsers. The crate is measured as its README has it (a token signed
//! for each message) and with one token for all messages, which it allows but does not do by itself. Rounds alternate, the best of each counts:
//! what disturbs a machine only ever makes a round slower.

use otayori::channel::http::Client;
use otayori::channel::standin::push_subscription;
use otayori::channel::vapid::Key;
use otayori::channel::web_push::{WebPush, payload, topic};
use otayori::outbox::Notice;
use otayori::outbox::subscription::Subscription;
use std::hint::black_box;
use std::time::{Duration, Instant};
use web_push::{ContentEncoding, SubscriptionInfo, Urgency, VapidSignature, VapidSignatureBuilder, WebPushMessageBuilder};

const BROWSERS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);
const CONTACT: &str = "mailto:boshi@harukaze.example.jp";
/// A signing key for the crate; the tests of `web-push` use it.
const PRIVATE: &str = "IQ9Ur0ykXoHS9gzfYX0aBjy9lvdrjx_PFUXmie9YRcY";

fn main() -> anyhow::Result<()> {
    // `cargo test --benches` runs this too: then once through is enough.
    let quick = !std::env::args().any(|a| a == "--bench");
    let (rounds, round) = if quick { (1, Duration::from_millis(20)) } else { (ROUNDS, ROUND) };
    let notice = notice();
    let texts: Vec<String> = (0..BROWSERS).map(|n| push_subscription("http://127.0.0.1:9", &format!("bench-{n}"))).collect();

    let ours = WebPush::new(Client::new()?, Key::generate()?, CONTACT, || 1_795_000_000, true);
    let mut our_message = |text: &str| -> anyhow::Result<()> {
        let to = Subscription::parse(text, true)?;
        black_box(ours.request(&to, &notice)?);
        Ok(())
    };
    let mut their_message = |text: &str| crate_message(text, &notice, sign);
    let token = sign(&serde_json::from_str(&texts[0])?)?;
    let mut their_cached = |text: &str| crate_message(text, &notice, |_| Ok(VapidSignature { auth_t: token.auth_t.clone(), auth_k: token.auth_k.clone() }));

    let mut best = [0f64; 3];
    for _ in 0..rounds {
        best[0] = best[0].max(rate(&texts, round, &mut our_message)?);
        best[1] = best[1].max(rate(&texts, round, &mut their_message)?);
        best[2] = best[2].max(rate(&texts, round, &mut their_cached)?);
    }
    let [ours, theirs, cached] = best;
    println!("payload {} bytes, {BROWSERS} browsers, one core, best of {rounds} rounds", payload(&notice).len());
    println!("otayori                                {ours:>8.0} messages/s");
    println!("web-push, signing each message         {theirs:>8.0} messages/s   ratio {:.2}", ours / theirs);
    println!("web-push, one token for all messages   {cached:>8.0} messages/s   ratio {:.2}", ours / cached);
    Ok(())
}

/// Messages a second over at least `round`.
fn rate(texts: &[String], round: Duration, message: &mut dyn FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut done = 0u32;
    while begun.elapsed() < round {
        for text in texts {
            message(text)?;
        }
        done += texts.len() as u32;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// What the crate does for one message, as far as a request that a client could send.
fn crate_message(text: &str, notice: &Notice, token: impl Fn(&SubscriptionInfo) -> anyhow::Result<VapidSignature>) -> anyhow::Result<()> {
    let info: SubscriptionInfo = serde_json::from_str(text)?;
    let plain = payload(notice);
    let mut message = WebPushMessageBuilder::new(&info);
    message.set_payload(ContentEncoding::Aes128Gcm, plain.as_bytes());
    message.set_ttl(notice.ttl);
    message.set_urgency(Urgency::Normal);
    message.set_topic(topic(&notice.key));
    message.set_vapid_signature(token(&info)?);
    black_box(message.build()?);
    Ok(())
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
