//! Web Push: every outcome, and everything that the stand-in refuses.

use super::{impatient, notice, raw};
use otayori::channel::http::Client;
use otayori::channel::vapid::Key;
use otayori::channel::web_push::{WebPush, topic};
use otayori::channel::{Outcome, back_off, ece};
use otayori::demo::standin::{Fault, Push, push_subscription};
use otayori::outbox::subscription::Subscription;
use std::time::Duration;

const CONTACT: &str = "mailto:boshi@harukaze.example.jp";

fn wall() -> i64 {
    otayori::clock::Clock::System.now().seconds()
}

fn sender(wall: fn() -> i64) -> WebPush {
    WebPush::new(impatient(), Key::generate().unwrap(), CONTACT, wall, true)
}

fn retry(seconds: u64) -> Outcome {
    Outcome::Retry { after: Duration::from_secs(seconds) }
}

fn not_taken(seconds: u64) -> Outcome {
    Outcome::NotTaken { after: Duration::from_secs(seconds) }
}

fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::Refused { reason } => reason,
        Outcome::Sent
        | Outcome::Gone
        | Outcome::Retry { .. }
        | Outcome::NotTaken { .. }
        | Outcome::Barred { .. }
        | Outcome::RefusedTogether { .. } => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn a_browser_reads_what_was_sent_and_a_repeat_replaces_it() {
    let push = Push::start().await.unwrap();
    let sender = sender(wall);
    let mut letter = notice("letter:2026-W48");
    assert_eq!(sender.send(&push.subscription("a"), &letter, 1).await, Outcome::Sent);
    letter.title = "おたよりを直しました".into();
    assert_eq!(sender.send(&push.subscription("a"), &letter, 1).await, Outcome::Sent);
    let mut bulletin = notice("urgent:1");
    bulletin.low_urgency = true;
    bulletin.ttl = 3600;
    bulletin.language = "easy".into();
    assert_eq!(sender.send(&push.subscription("a"), &bulletin, 1).await, Outcome::Sent);

    assert_eq!((push.accepted(), push.requests()), (3, 3));
    let received = push.received("a");
    assert_eq!(received.len(), 2);
    let of = |key: &str| received.iter().find(|r| r.topic == topic(key)).unwrap();
    let expected = serde_json::json!({"web_push": 8030, "notification": {
        "title": "おたよりを直しました", "body": letter.body, "navigate": letter.url, "lang": "ja",
        "tag": topic("letter:2026-W48"),
    }});
    assert_eq!(of("letter:2026-W48").payload, expected);
    assert_eq!((of("letter:2026-W48").ttl, of("letter:2026-W48").urgency.as_str()), (604_800, "normal"));
    assert_eq!((of("urgent:1").ttl, of("urgent:1").urgency.as_str()), (3600, "low"));
    assert_eq!(of("urgent:1").payload["notification"]["lang"], "ja");
    assert!(received.iter().all(|r| (r.bytes - 86 - 16) % 128 == 0));
}

#[tokio::test]
async fn each_answer_has_one_outcome() {
    let push = Push::start().await.unwrap();
    let (sender, notice) = (sender(wall), notice("welcome"));
    let here = push.subscription("a");
    assert_eq!(sender.send(&push.subscription("gone-a"), &notice, 1).await, Outcome::Gone);
    assert_eq!(
        sender.send(&here.replace("/push/a.", "/push/b."), &notice, 1).await,
        Outcome::Gone,
        "an endpoint that was never handed out is 404"
    );
    for (fault, attempt, outcome) in [
        (Fault::ServerError, 1, retry(5)),
        (Fault::ServerError, 3, retry(20)),
        (Fault::ServerError, 99, retry(900)),
        (Fault::Status(503), 2, retry(10)),
        (Fault::TooMany { retry_after: 37 }, 1, not_taken(37)),
        (Fault::UnavailableUntil { after: 90 }, 1, retry(90)),
        (Fault::Status(429), 2, not_taken(10)),
        (Fault::Status(401), 1, Outcome::Barred { after: back_off(1) }),
        (Fault::Status(403), 3, Outcome::Barred { after: back_off(3) }),
        (Fault::Status(200), 1, Outcome::Sent),
        (Fault::Status(202), 1, Outcome::Sent),
        (Fault::Status(204), 1, Outcome::Sent),
        (Fault::Status(404), 1, Outcome::Gone),
        (Fault::Status(410), 1, Outcome::Gone),
        (Fault::Hang, 2, retry(10)),
        (Fault::AcceptThenDie, 1, retry(5)),
    ] {
        push.fail(fault, 1);
        assert_eq!(sender.send(&here, &notice, attempt).await, outcome, "{fault:?}");
    }
    for code in [301, 400, 413, 418] {
        push.fail(Fault::Status(code), 1);
        let said = reason(sender.send(&here, &notice, 1).await);
        assert!(said.starts_with(&code.to_string()) && said.contains("told to fail"), "{said}");
    }
    // What was accepted before the service died is replaced by the second try, because both have the same topic.
    assert_eq!(sender.send(&here, &notice, 2).await, Outcome::Sent);
    assert_eq!((push.accepted(), push.received("a").len()), (2, 1));
    drop(push);
    let sender = self::sender(wall);
    assert_eq!(
        sender.send(&here, &notice, 4).await,
        Outcome::NotTaken { after: back_off(4) },
        "nobody listens there any more"
    );
}

#[tokio::test]
async fn refused_before_anything_is_sent() {
    let push = Push::start().await.unwrap();
    let strict = WebPush::new(Client::new().unwrap(), Key::generate().unwrap(), CONTACT, wall, false);
    assert!(reason(strict.send(&push.subscription("a"), &notice("x"), 1).await).contains("https"));
    assert!(reason(sender(wall).send("{}", &notice("x"), 1).await).contains("購読情報"));
    let mut long = notice("x");
    long.body = "長".repeat(1400);
    assert!(reason(sender(wall).send(&push.subscription("a"), &long, 1).await).contains("長すぎます"));
    assert_eq!(push.requests(), 0);
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused() {
    let push = Push::start().await.unwrap();
    let refused = |wall: fn() -> i64| {
        let there = push.subscription("a");
        async move { sender(wall).send(&there, &notice("x"), 1).await }
    };
    // A wrong clock of ours is the city's trouble: nobody is refused for it.
    let barred = Outcome::Barred { after: back_off(1) };
    assert_eq!(refused(|| 1_000).await, barred);
    assert_eq!(refused(|| wall() + 86_400).await, barred);

    let key = Key::generate().unwrap();
    let to = Subscription::parse(push.subscription("a"), true).unwrap();
    let body = ece::seal(&to, b"{}").unwrap();
    let token = |origin: &str| key.authorization(origin, CONTACT, wall() + 3600).unwrap();
    let right = token(push.base());
    let send = async |authorization: &str| {
        raw(
            to.endpoint.as_str(),
            &[("authorization", authorization), ("ttl", "1"), ("content-encoding", "aes128gcm")],
            body.clone(),
        )
        .await
    };
    assert!(send(&token("http://127.0.0.1")).await.words(&[]).contains("403 Forbidden: invalid VAPID token: aud"));
    let until = |exp: i64| key.authorization(push.base(), CONTACT, exp).unwrap();
    assert!(send(&until(wall() - 60)).await.words(&[]).contains("has expired"));
    assert!(send(&until(wall() + 90_000)).await.words(&[]).contains("more than 24 hours"));
    let signed = right.split(", k=").next().unwrap();
    assert!(
        send(&format!("{signed}, k={}", Key::generate().unwrap().public()))
            .await
            .words(&[])
            .contains("signature is wrong")
    );
    assert_eq!(send("vapid t=a.b.c, k=d").await.status, 403);
    assert_eq!(send("Bearer x").await.status, 403);
    assert_eq!(send(&right).await.status, 201);
    assert!(
        matches!(sender(wall).send(&push.subscription("a"), &notice("x"), 1).await, Outcome::Barred { .. }),
        "the browser subscribed to another key"
    );
}

#[tokio::test]
async fn the_stand_in_refuses_what_is_out_of_form() {
    let push = Push::start().await.unwrap();
    let key = Key::generate().unwrap();
    let to = Subscription::parse(push.subscription("a"), true).unwrap();
    let token = key.authorization(push.base(), CONTACT, wall() + 3600).unwrap();
    let body = ece::seal(&to, b"{}").unwrap();
    let all = [
        ("authorization", token.as_str()),
        ("ttl", "60"),
        ("content-encoding", "aes128gcm"),
        ("topic", "abc"),
        ("urgency", "normal"),
    ];
    let with = |name: &str, value: &'static str| all.map(|(n, v)| if n == name { (n, value) } else { (n, v) });
    let url = to.endpoint.as_str();
    assert_eq!(raw(url, &all, body.clone()).await.status, 201);
    assert_eq!(raw(url, &all[..1], body.clone()).await.words(&[]), "400 Bad Request: TTL is missing or not a number");
    assert_eq!(raw(url, &with("topic", "123456789012345678901234567890123"), body.clone()).await.status, 400);
    assert_eq!(raw(url, &with("topic", "a b"), body.clone()).await.status, 400);
    assert_eq!(raw(url, &with("urgency", "now"), body.clone()).await.status, 400);
    assert_eq!(raw(url, &with("content-encoding", "aesgcm"), body.clone()).await.status, 400);
    assert_eq!(raw(url, &all[1..], body.clone()).await.status, 401);
    assert_eq!(raw(url, &all, vec![0; 4097]).await.status, 413);
    let foreign = Subscription::parse(push_subscription(push.base(), "b"), true).unwrap();
    assert!(raw(url, &all, ece::seal(&foreign, b"{}").unwrap()).await.words(&[]).contains("could not open"));
    assert_eq!(push.accepted(), 1);
}
