//! LINE: every outcome, the retry key, and everything that the stand-in refuses.

use super::{impatient, notice, raw};
use otayori::channel::Remaining;
use otayori::channel::line::{Line, Open, messages};
use otayori::channel::{Outcome, back_off};
use otayori::demo::standin::{Fault, Line as StandIn};
use std::time::Duration;

const KEY: &str = "123e4567-e89b-12d3-a456-426614174000";

fn users(from: usize, count: usize) -> Vec<String> {
    (from..from + count).map(|n| format!("U{n:032x}")).collect()
}

fn letter() -> String {
    messages(&notice("letter:2026-W48"), "はるかぜ市", Open::Postback)
}

fn line(stand_in: &StandIn) -> Line {
    Line::new(impatient(), stand_in.base(), StandIn::TOKEN).unwrap()
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
        Outcome::RefusedTogether { reason } => reason,
        Outcome::Sent | Outcome::Gone | Outcome::Retry { .. } | Outcome::NotTaken { .. } | Outcome::Barred { .. } => {
            panic!("{outcome:?}")
        }
    }
}

#[tokio::test]
async fn a_batch_reaches_everybody_once() {
    let stand_in = StandIn::start().await.unwrap();
    let line = line(&stand_in);
    let to = users(0, 500);
    assert_eq!(line.multicast(KEY, &to, &letter(), 1).await, Outcome::Sent);
    // The same key again (409 with the accepted request's id) is the same success, and nobody gets it twice.
    assert_eq!(line.multicast(KEY, &to, &letter(), 2).await, Outcome::Sent);
    assert_eq!((stand_in.requests(), stand_in.batches().len(), stand_in.users().len()), (2, 1, 500));
    let talk = stand_in.talk(&to[499]);
    assert_eq!(talk.len(), 1);
    assert_eq!(serde_json::json!([talk[0]]).to_string(), letter());
}

#[tokio::test]
async fn a_service_that_dies_after_accepting_is_asked_again_with_the_same_key() {
    let stand_in = StandIn::start().await.unwrap();
    let line = line(&stand_in);
    let to = users(0, 3);
    stand_in.fail(Fault::AcceptThenDie, 1);
    assert_eq!(line.multicast(KEY, &to, &letter(), 1).await, retry(5));
    assert_eq!(line.multicast(KEY, &to, &letter(), 2).await, Outcome::Sent);
    assert_eq!((stand_in.requests(), stand_in.batches().len(), stand_in.talk(&to[0]).len()), (2, 1, 1));
}

#[tokio::test]
async fn each_answer_has_one_outcome() {
    let stand_in = StandIn::start().await.unwrap();
    let line = line(&stand_in);
    let to = users(0, 2);
    for (fault, attempt, outcome) in [
        (Fault::ServerError, 1, retry(5)),
        (Fault::Status(503), 4, retry(40)),
        (Fault::TooMany { retry_after: 17 }, 1, not_taken(17)),
        (Fault::UnavailableUntil { after: 60 }, 1, retry(60)),
        (Fault::Status(429), 2, not_taken(10)),
        (Fault::Hang, 1, retry(5)),
    ] {
        stand_in.fail(fault, 1);
        assert_eq!(line.multicast(KEY, &to, &letter(), attempt).await, outcome, "{fault:?}");
    }
    for (code, attempt, after) in [(401, 1, 5), (403, 3, 20)] {
        stand_in.fail(Fault::Status(code), 1);
        let barred = Outcome::Barred { after: Duration::from_secs(after) };
        assert_eq!(
            line.multicast(KEY, &to, &letter(), attempt).await,
            barred,
            "{code}: the account's trouble, not the recipients'"
        );
    }
    for code in [400, 404, 410, 413] {
        stand_in.fail(Fault::Status(code), 1);
        let outcome = line.multicast(KEY, &to, &letter(), 1).await;
        assert_eq!(
            matches!(outcome, Outcome::RefusedTogether { .. }),
            code == 400,
            "one of two may be at fault: {outcome:?}"
        );
        let said = reason(outcome);
        assert!(said.starts_with(&code.to_string()) && said.contains("told to fail"), "{said}");
    }
    stand_in.fail(Fault::Status(400), 1);
    assert!(
        matches!(line.multicast(KEY, &to[..1], &letter(), 1).await, Outcome::Refused { .. }),
        "nobody else could be at fault"
    );
    stand_in.fail(Fault::Status(409), 1);
    assert_eq!(
        line.multicast(KEY, &to, &letter(), 2).await,
        Outcome::Sent,
        "a key that is known was accepted, whatever else the answer says"
    );
    assert!(stand_in.users().is_empty());
    assert_eq!(line.multicast(KEY, &to, &letter(), 1).await, Outcome::Sent);
    // Without a connection from before, whose end might be seen only after the request has gone.
    let line = self::line(&stand_in);
    drop(stand_in);
    assert_eq!(
        line.multicast(KEY, &to, &letter(), 3).await,
        Outcome::NotTaken { after: back_off(3) },
        "nobody listens: it never left"
    );
}

#[tokio::test]
async fn what_line_would_refuse_is_refused_with_its_words() {
    let stand_in = StandIn::start().await.unwrap();
    let good = line(&stand_in);
    let said = async |line: &Line, key: &str, to: &[String], text: &str| reason(line.multicast(key, to, text, 1).await);
    let wrong = Line::new(impatient(), stand_in.base(), "wrong").unwrap();
    assert_eq!(
        wrong.multicast(KEY, &users(0, 1), &letter(), 1).await,
        Outcome::Barred { after: Duration::from_secs(5) }
    );
    assert!(said(&good, "not-a-uuid", &users(0, 1), &letter()).await.contains("retry key is invalid"));
    assert!(said(&good, KEY, &users(0, 501), &letter()).await.contains("501"), "not even asked");
    assert!(said(&good, KEY, &[], &letter()).await.contains('0'));
    assert_eq!(stand_in.requests(), 2);

    let mut twice = users(0, 3);
    twice[2] = twice[0].clone();
    let words = said(&good, KEY, &twice, &letter()).await;
    assert!(words.contains("to[2]: May not be duplicated") && !words.contains(&twice[0]), "{words}");
    assert!(said(&good, KEY, &["somebody".into()], &letter()).await.contains("to[0]: The value is not a user ID"));
    assert!(said(&good, KEY, &users(0, 1), "[]").await.contains("messages: Size must be between 1 and 5"));
    let six = format!("[{}]", [r#"{"type":"text","text":"x"}"#; 6].join(","));
    assert!(said(&good, KEY, &users(0, 1), &six).await.contains("between 1 and 5"));
    let long = format!(r#"[{{"type":"text","text":"{}"}}]"#, "長".repeat(5001));
    assert!(said(&good, KEY, &users(0, 1), &long).await.contains("messages[0]/text: Length is too long"));
    // The message is at fault: nobody is looked for among the recipients.
    assert!(matches!(good.multicast(KEY, &users(0, 3), &long, 1).await, Outcome::Refused { .. }));
    assert!(matches!(good.multicast(KEY, &twice, &letter(), 1).await, Outcome::RefusedTogether { .. }));
    assert!(stand_in.users().is_empty());

    let url = format!("{}/v2/bot/message/multicast", stand_in.base());
    let body = serde_json::json!({ "to": users(0, 501), "messages": [{ "type": "text", "text": "x" }] }).to_string();
    let bearer = format!("Bearer {}", StandIn::TOKEN);
    assert_eq!(raw(&url, &[("authorization", &bearer)], body).await.status, 400);
    assert_eq!(raw(&url, &[("authorization", &bearer)], "{").await.status, 400);
    assert_eq!(raw(&url, &[], "{}").await.status, 401);
}

#[tokio::test]
async fn the_quota_is_told() {
    let stand_in = StandIn::start().await.unwrap();
    let line = line(&stand_in);
    assert_eq!(line.remaining().await.unwrap(), Remaining::Unlimited);
    stand_in.set_quota(Some(5));
    assert_eq!(line.remaining().await.unwrap(), Remaining::Messages(5));
    assert_eq!(line.multicast(KEY, &users(0, 4), &letter(), 1).await, Outcome::Sent);
    assert_eq!(line.remaining().await.unwrap(), Remaining::Messages(1));
    assert_eq!(line.multicast("123e4567-e89b-12d3-a456-426614174001", &users(0, 2), &letter(), 1).await, not_taken(5));
}

#[tokio::test]
async fn link_tokens_and_replies() {
    let stand_in = StandIn::start().await.unwrap();
    let line = line(&stand_in);
    let user = users(7, 1).remove(0);
    assert!(!line.link_token(&user).await.unwrap().is_empty());
    assert!(line.link_token("../../message/quota").await.is_err());
    assert!(reason(line.reply("never-issued", &letter(), 1).await).contains("Invalid reply token"));
    let line = self::line(&stand_in);
    drop(stand_in);
    assert_eq!(line.reply("t", &letter(), 2).await, not_taken(10));
}
