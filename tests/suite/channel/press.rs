//! Buttons and words on LINE, by LINE's own word for who presses: a letter opened by a link that works once, a stop
//! without any page, and what is said to somebody who comes back.

use super::login::{Phone, Service, location};
use crate::support::{databases, links_of};
use otayori::calendar::TimeZone;
use otayori::channel::line::inbox;
use otayori::channel::line::respond::Around;
use otayori::channel::line::webhook::{Event, Kind};
use otayori::channel::line::work::work_off;
use otayori::contact;
use otayori::household::{self, Household};
use otayori::letter;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const USER: &str = "U4af4980629abcdef4af4980629abcdef";
const OTHER: &str = "U5af4980629abcdef4af4980629abcdef";

/// The talk once it has `count` messages; the webhook answers before it works.
async fn talk(service: &Service, user: &str, count: usize) -> Vec<Value> {
    for _ in 0..500 {
        if service.line.talk(user).len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let talk = service.line.talk(user);
    assert_eq!(talk.len(), count, "{talk:#?}");
    talk
}

/// The buttons of a message: their labels, and what they send or open.
fn buttons(message: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let of = |b: &Value| (text(&b["action"]["label"]), text(b["action"].get("data").unwrap_or(&b["action"]["uri"])));
    message["contents"]["footer"]["contents"].as_array().unwrap().iter().map(of).collect()
}

/// What is pressed, as LINE sends it, and the answer's first link.
async fn press(service: &Service, user: &str, data: &str) -> String {
    let before = service.line.talk(user).len();
    assert_eq!(service.line.event(user, &format!("postback:{data}")).await.unwrap().status, 200);
    buttons(&talk(service, user, before + 1).await[before])[0].1.clone()
}

async fn hash(service: &Service, id: &str) -> String {
    letter::of_week(&service.app.db, id, "2026-W48").await.unwrap().unwrap()
}

async fn loaded(service: &Service, id: &str) -> Household {
    household::load(&service.app.db, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_press_opens_the_own_letter_once() {
    for test in &databases().await {
        let service = Service::start(test, false).await;
        let (one, other) = (service.household(USER, 4).await, service.household(OTHER, 9).await);
        service.send().await;
        assert_eq!(service.line.requests(), 1, "different letters, one request");
        let (letter, same) = (service.line.talk(USER).remove(0), service.line.talk(OTHER).remove(0));
        assert_eq!(letter, same, "everybody's message");
        let hashes = [hash(&service, &one).await, hash(&service, &other).await];
        assert_ne!(hashes[0], hashes[1]);
        let text = letter.to_string();
        assert!(
            !text.contains("/letters/")
                && hashes.iter().all(|h| !text.contains(h))
                && text.contains("もう一度押してください"),
            "{text}"
        );
        let (label, data) = buttons(&letter).remove(0);
        assert_eq!((label.as_str(), data.as_str()), ("ひらく", "letter:2026-W48"));

        // Pressed: each gets a link of its own, which opens its own letter, once, and has that device recognised.
        let mut phones: Vec<Phone> = Vec::new();
        for (user, hash) in [(USER, &hashes[0]), (OTHER, &hashes[1])] {
            let link = press(&service, user, &data).await;
            assert!(
                link.starts_with(&format!("{}/me/enter/", service.base)) && !link.contains(hash.as_str()),
                "{link}"
            );
            let mut phone = service.phone();
            // A preview of the link does not use it up.
            assert!(service.phone().open(&link).await.1.contains("おたよりが開きます"));
            assert!(phone.open(&link).await.1.contains("おたよりが開きます"));
            let to = location(&phone.post(&link, "").await).unwrap();
            let (at, text) = phone.open(&format!("{}{to}", service.base)).await;
            assert_eq!(at, format!("{}/letters/2026-W48/{hash}/", service.base), "{}", test.name());
            assert!(text.contains(&letter::view(&service.app.db, hash).await.unwrap().unwrap().items[0].title));
            let mut again = service.phone();
            assert_eq!(
                (again.get(&link).await.status, again.post(&link, "").await.status),
                (410.try_into().unwrap(), 410.try_into().unwrap())
            );
            assert!(again.cookies.is_empty());
            phones.push(phone);
        }
        // From then on the link opens the letter at once, and is used up all the same.
        let link = press(&service, USER, &data).await;
        let sessions = service.sessions().await;
        assert_eq!(phones[0].open(&link).await.0, format!("{}/letters/2026-W48/{}/", service.base, hashes[0]));
        assert_eq!((service.sessions().await, service.phone().get(&link).await.status.as_u16()), (sessions, 410));
        // On a phone where another household is recognised it asks, and nobody is sent away without a word.
        let link = press(&service, USER, &data).await;
        let (at, text) = phones[1].open(&link).await;
        assert!(at == link && text.contains("別の登録が") && text.contains("いまの登録のまま"), "{text}");
        let before = phones[1].cookies.clone();
        assert!(
            String::from_utf8_lossy(&phones[1].post(&link, "").await.body).contains("別の登録が"),
            "not by the button's own page either"
        );
        assert_eq!(phones[1].cookies, before);
        assert_eq!(location(&phones[1].post(&link, "switch=yes").await).unwrap(), "/letters/2026-W48/");
        assert_ne!(phones[1].cookies, before);

        // A letter of before, of a week without one, and what is no week: its own page, and nothing breaks.
        for (data, to) in [
            ("letter:2026-W40", "/letters/2026-W40/"),
            ("letter:nonsense", "/me"),
            ("letter:../../desk", "/me"),
            ("letters", "/me"),
        ] {
            let link = press(&service, USER, data).await;
            assert_eq!(location(&service.phone().post(&link, "").await).unwrap(), to, "{data}");
        }
        assert!(
            press(&service, &USER.replace('4', "9"), &data).await.contains("/register"),
            "somebody whom we do not know"
        );
    }
}

/// The reply token has run out before the press was worked on: nothing comes, and the same button works when it is
/// pressed again, as it says itself.
#[tokio::test]
async fn a_press_that_was_worked_too_late_can_be_made_again() {
    for test in &databases().await {
        let service = Service::start(test, false).await;
        service.household(USER, 4).await;
        service.send().await;
        let (db, vault, now) = (&service.app.db, &service.app.vault, service.app.now());
        let action = buttons(&service.line.talk(USER)[0])[0].1.clone();
        let late = Event {
            id: "01LATE".into(),
            user: Some(USER.into()),
            timestamp: 1,
            reply_token: Some(service.line.reply_token(USER)),
            kind: Kind::Postback { action: action.clone() },
            unblocked: false,
        };
        inbox::store(db, vault, &[late], &TimeZone::UTC, now).await.unwrap();
        service.line.expire_reply_tokens();
        let around = Around { config: &service.app.config, db, vault, contacts: &[], now: now + 300 };
        assert_eq!(
            work_off(service.app.line.as_ref().unwrap(), around, &|| now + 300).await.unwrap(),
            1,
            "it is done with"
        );
        assert_eq!(service.line.talk(USER).len(), 1, "{}", test.name());
        let link = press(&service, USER, &action).await;
        assert_eq!(location(&service.phone().post(&link, "").await).unwrap(), "/letters/2026-W48/");
        assert_eq!(service.line.requests(), 1, "answers are no multicasts");
    }
}

/// A stop by a button, or by the words: by LINE's word for who it is. Nothing else can be done so, and it can be taken
/// back.
#[tokio::test]
async fn letters_are_stopped_on_line() {
    for test in &databases().await {
        let service = Service::start(test, false).await;
        let (one, other) = (service.household(USER, 4).await, service.household(OTHER, 9).await);
        service.line.event(USER, "postback:letters").await.unwrap();
        let way = talk(&service, USER, 1).await.remove(0);
        assert_eq!(buttons(&way)[1], ("おたよりを止める".into(), "stop".into()));
        let (mut count, now) = (1, service.app.now());
        for how in ["postback:stop", "says:おたよりを止める", "says: 「おたよりを止めて」。", "says:stop"]
        {
            service.line.event(USER, how).await.unwrap();
            count += 1;
            let said = talk(&service, USER, count).await.remove(count - 1);
            assert_eq!(
                (loaded(&service, &one).await.stopped_at, loaded(&service, &other).await.stopped_at),
                (Some(now), None),
                "{how}"
            );
            assert!(said.to_string().contains("もう届きません") && said.to_string().contains("90日"), "{said}");
            let undo = buttons(&said)[0].clone();
            assert_eq!(undo, ("元に戻す".into(), format!("start:{now}")));
            // Another instant's stop is not taken back, only this one's.
            assert!(press(&service, USER, &format!("start:{}", now - 1)).await.contains("/me/enter/"));
            assert!(loaded(&service, &one).await.stopped_at.is_some());
            press(&service, USER, &undo.1).await;
            assert_eq!(loaded(&service, &one).await.stopped_at, None);
            count += 2;
        }
        // Other words are answered as ever, and stop nothing.
        service.line.event(USER, "says:おたよりを止めるか迷っています").await.unwrap();
        assert!(links_of(&talk(&service, USER, count + 1).await[count..]).iter().any(|l| l.ends_with("/ask")));
        assert_eq!(loaded(&service, &one).await.stopped_at, None);
        // Somebody whom we do not know stops nobody.
        let stranger = USER.replace('4', "9");
        service.line.event(&stranger, "says:おたよりを止める").await.unwrap();
        assert!(buttons(&talk(&service, &stranger, 1).await[0])[0].1.contains("/register"));
        // Stopped, the letters do not come.
        service.line.event(USER, "postback:stop").await.unwrap();
        talk(&service, USER, count + 2).await;
        service.send().await;
        assert_eq!((service.line.talk(USER).len(), service.line.talk(OTHER).len()), (count + 2, 1), "{}", test.name());
    }
}

/// Where a pregnancy would come back with it, no button on LINE takes a stop back: the way leads to the page where
/// somebody chooses.
#[tokio::test]
async fn no_button_brings_a_pregnancy_back() {
    for test in &databases().await {
        let service = Service::start(test, false).await;
        let id = service.household(USER, 4).await;
        let now = service.app.now();
        let pregnancy = household::NewSubject {
            kind: otayori::segment::SubjectKind::Pregnancy,
            stage_on: otayori::calendar::date(2027, 3, 16),
            due_on: None,
        };
        household::add_subjects(&service.app.db, &id, &[pregnancy], "", now).await.unwrap();
        service.line.event(USER, "postback:stop").await.unwrap();
        let said = talk(&service, USER, 1).await.remove(0);
        let buttons = buttons(&said);
        assert!(
            buttons.iter().all(|(_, data)| !data.starts_with("start:"))
                && buttons.iter().any(|(_, data)| data == "letters"),
            "{said}"
        );
        // A button of an older message leads there, too.
        assert!(press(&service, USER, &format!("start:{now}")).await.contains("/me/enter/"));
        assert_eq!(loaded(&service, &id).await.stopped_at, Some(now), "{}", test.name());
    }
}

/// Blocked and come back: letters are promised only where they go.
#[tokio::test]
async fn nothing_is_promised_after_a_stop() {
    const PROMISE: &str = "次のおたよりから";
    for test in &databases().await {
        let service = Service::start(test, false).await;
        let id = service.household(USER, 4).await;
        let (db, now) = (&service.app.db, service.app.now());
        let mut said: Vec<String> = Vec::new();
        let mut back = async |what: &str| {
            service.line.event(USER, "unfollow").await.unwrap();
            service.line.event(USER, "follow").await.unwrap();
            said.push(what.to_owned());
            let message = talk(&service, USER, said.len()).await.remove(said.len() - 1);
            assert!(buttons(&message).iter().any(|(_, data)| data == "letters"), "{message}");
            message.to_string()
        };
        assert!(back("goes").await.contains(PROMISE));
        household::pause(db, &id, otayori::calendar::plus_days(service.app.today(), 30), now).await.unwrap();
        assert!(!back("rests").await.contains(PROMISE));
        household::resume(db, &id, now).await.unwrap();
        assert!(back("goes again").await.contains(PROMISE));
        household::stop_subject(db, &id, "a", now).await.unwrap();
        let after = back("after a loss").await;
        assert!(!after.contains(PROMISE) && !after.contains("おたより"), "{after}");
        household::undo_stop(db, &id, "a", now, now).await.unwrap();
        household::stop_all(db, &id, now).await.unwrap();
        assert!(!back("stopped").await.contains(PROMISE), "{}", test.name());
        // Tied anew while the letters rest.
        let nonce = contact::line_nonce(db, &id, now).await.unwrap();
        service.line.event(USER, &format!("accountLink:{nonce}")).await.unwrap();
        let tied = talk(&service, USER, 6).await.remove(5).to_string();
        assert!(tied.contains("LINEとつながりました") && !tied.contains(PROMISE), "{tied}");
        assert_eq!(BTreeSet::from_iter(service.line.users()), BTreeSet::from([USER.to_owned()]));
    }
}
