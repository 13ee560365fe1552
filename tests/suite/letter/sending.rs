//! From the queue to the phones: nobody twice, nobody missed, nobody who stopped.

use super::{City, Next, subscription, tuesday};
use crate::support::databases;
use otayori::calendar::date;
use otayori::channel::Outcome;
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::config::Config;
use otayori::contact::Channel;
use otayori::demo::standin;
use otayori::household::{self, NewSubject};
use otayori::letter;
use otayori::schedule::{LEASE_SECONDS, Sender, refuse_made_up};
use otayori::segment::SubjectKind;
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "letter:2026-W48";

/// Killed between the service's yes and the settling, again and again: LINE's retry key sees to it that nobody gets it
/// twice.
#[tokio::test]
async fn killed_in_the_middle() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(7).await;
        for n in 0..5 {
            city.household("ja", &[("child", date(2025, 4, 20 + n))], &[("line", &format!("Uother{n}"))]).await;
        }
        let library = super::city();
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        let mut now = at;
        for times in 1..=2 {
            city.memory.next(Next::AcceptAndHang);
            let dispatcher = city.sender().dispatcher(Clock::set(now));
            let killed = tokio::spawn(async move { dispatcher.dispatch().await });
            city.memory.hangs(times).await;
            killed.abort();
            assert!(killed.await.unwrap_err().is_cancelled());
            now += LEASE_SECONDS + 2;
        }
        city.sender().dispatcher(Clock::set(now)).dispatch().await.unwrap();
        city.memory.everybody_once(12);
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await, 12);
        assert_eq!(
            city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL").await,
            0,
            "{}",
            city.test.name()
        );
    }
}

/// The same through `send`: a second call of the same day goes on where the first was killed, and waits for its lease.
#[tokio::test]
async fn send_goes_on_where_it_was_killed() {
    let city = City::on(crate::support::sqlite().await).await;
    city.alike(3).await;
    let library = Arc::new(super::city());
    city.memory.next(Next::AcceptAndHang);
    let (sender, own) = (city.sender(), library.clone());
    let killed = tokio::spawn(async move { sender.send(&own, tuesday()).await });
    city.memory.hangs(1).await;
    killed.abort();
    let _ = killed.await;
    let sent = Sender { patience: Duration::from_secs(30), ..city.sender() }.send(&library, tuesday()).await.unwrap();
    assert_eq!((sent.sent, sent.retry, sent.pending), (3, 0, 0));
    city.memory.everybody_once(3);
}

/// A service that is down all the time: `send` ends when patience is over, says what waits, and the next one goes on.
#[tokio::test]
async fn patience_ends() {
    let city = City::on(crate::support::sqlite().await).await;
    city.alike(3).await;
    city.household("ja", &[("child", date(2025, 4, 20))], &[("web_push", &subscription("p"))]).await;
    for _ in 0..100 {
        city.memory.next(Next::Answer(Outcome::Retry { after: Duration::from_secs(1) }));
    }
    let library = super::city();
    let impatient = Sender { patience: Duration::from_secs(2), ..city.sender() };
    let sent = impatient.send(&library, tuesday()).await.unwrap();
    assert_eq!((sent.sent, sent.refused, sent.retry, sent.pending), (0, 0, 4, 0));
    city.memory.recover();
    let sent = city.sender().send(&library, tuesday()).await.unwrap();
    assert_eq!((sent.sent, sent.retry, sent.pending), (4, 0, 0));
    city.memory.everybody_once(4);
}

#[tokio::test]
async fn stopped_between_planning_and_sending() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(6).await;
        let both = city
            .household(
                "ja",
                &[("pregnancy", date(2027, 3, 16)), ("child", date(2025, 4, 20))],
                &[("line", "Uboth"), ("web_push", &subscription("both"))],
            )
            .await;
        let library = super::city();
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&ids[0]]).await;
        city.run("UPDATE households SET paused_until = '2026-11-25' WHERE id = $1", &[&ids[1]]).await;
        city.run("UPDATE households SET paused_until = '2026-11-24' WHERE id = $1", &[&ids[2]]).await;
        city.run("UPDATE subjects SET stopped_at = 1 WHERE household_id = $1", &[&ids[3]]).await;
        city.run("UPDATE subjects SET stopped_at = 1 WHERE household_id = $1 AND slot = 'a'", &[&both]).await;
        city.run(
            "DELETE FROM outbox WHERE contact_id IN (SELECT id FROM contacts WHERE household_id = $1)",
            &[&ids[4]],
        )
        .await;
        let all = city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!((all[KEY].sent, all[KEY].stopped), (2, 5), "{}", city.test.name());
        city.memory.everybody_once(2);
        let plan = letter::plan(&city.test.db, &library, &city.config, tuesday()).await.unwrap();
        assert_eq!(
            (plan.of(Channel::Line).recipients, plan.of(Channel::WebPush).requests),
            (2 + 1, 0),
            "a deleted row of a household that goes on would be sent by another `send`"
        );
    }
}

/// Born after the letter was planned: the letter of a pregnancy that is over is not sent, on any channel, whenever the
/// channel came. A child's date that was put right, and a due date, stop nothing.
#[tokio::test]
async fn born_between_planning_and_sending() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(4).await;
        let both = city
            .household(
                "ja",
                &[("child", date(2025, 4, 20)), ("pregnancy", date(2027, 3, 16))],
                &[("web_push", &subscription("both"))],
            )
            .await;
        let child = city.household("ja", &[("child", date(2025, 4, 20))], &[("line", "Uchild")]).await;
        let library = super::city();
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        let db = &city.test.db;
        let born = |day| NewSubject { kind: SubjectKind::Child, stage_on: date(2026, 11, day), due_on: None };
        household::born(db, &ids[0], &["a"], born(23), at).await.unwrap();
        household::born(db, &both, &["b"], born(20), at).await.unwrap();
        household::change_subject(db, &child, "a", NewSubject { stage_on: date(2025, 4, 21), ..born(1) }, at)
            .await
            .unwrap();
        let due = NewSubject { kind: SubjectKind::Pregnancy, stage_on: date(2027, 3, 20), due_on: None };
        household::change_subject(db, &ids[1], "a", due, at).await.unwrap();
        // Told of the birth first, a device added afterwards: the week's letter is still the old one.
        let key = city.vault.key(&ids[0]).await.unwrap().unwrap();
        let device = key.seal("contacts.address", &subscription("late")).unwrap();
        city.run(
            "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, created_at) \
             VALUES ('late', $1, $1, 'web_push', $2, 'late', 1, 1)",
            &[&ids[0], &device],
        )
        .await;
        letter::enqueue(db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        let all = city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!((all[KEY].sent, all[KEY].stopped), (4, 3), "{}", city.test.name());
        city.memory.everybody_once(4);
        assert!(!city.memory.got().contains_key(&format!("U{:032x}", 0)) && city.memory.got().contains_key("Uchild"));
        // The week after, the newborn's letter goes.
        let next = otayori::calendar::plus_days(tuesday(), 7);
        letter::enqueue(db, &library, &city.config, next, Wall::at(at + 7 * 86_400)).await.unwrap();
        let all = city.sender().dispatcher(Clock::set(at + 7 * 86_400)).dispatch().await.unwrap();
        assert_eq!((all["letter:2026-W49"].sent, all["letter:2026-W49"].stopped), (7, 0), "{}", city.test.name());
    }
}

/// Whether the first request arrived is not known, and now somebody in it has stopped: it is neither repeated nor made
/// anew.
#[tokio::test]
async fn stopped_while_in_doubt() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(3).await;
        let push = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
        let library = super::city();
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        city.memory.next(Next::Answer(Outcome::Retry { after: Duration::from_secs(5) }));
        city.memory.next(Next::Answer(Outcome::Retry { after: Duration::from_secs(5) }));
        city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!(
            otayori::outbox::waiting(&city.test.db, KEY).await.unwrap(),
            otayori::outbox::Waiting { retry: 4, pending: 0 }
        );
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1 OR id = $2", &[&ids[1], &push]).await;
        let all = city.sender().dispatcher(Clock::set(at + 10)).dispatch().await.unwrap();
        assert_eq!((all[KEY].uncertain, all[KEY].stopped, all[KEY].sent), (3, 1, 0), "{}", city.test.name());
        assert!(city.memory.got().is_empty());
    }
}

#[tokio::test]
async fn every_outcome_is_settled() {
    for test in databases().await {
        let city = City::on(test).await;
        for n in 0..4 {
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription(&n.to_string()))])
                .await;
        }
        let no_key = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Unokey")]).await;
        city.alike(2).await;
        city.vault.destroy(&no_key).await.unwrap();
        let library = super::city();
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        for outcome in
            [Outcome::Gone, Outcome::Refused { reason: "too long".into() }, Outcome::Retry { after: Duration::ZERO }]
        {
            city.memory.next(Next::Answer(outcome));
        }
        // Web Push first, so that the three answers meet its rows.
        city.run("UPDATE outbox SET due_at = due_at + 5 WHERE channel = $1", &["line"]).await;
        let first = city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!((first[KEY].sent, first[KEY].gone, first[KEY].refused), (1, 1, 1));
        assert_eq!(
            otayori::outbox::waiting(&city.test.db, KEY).await.unwrap(),
            otayori::outbox::Waiting { retry: 1, pending: 3 }
        );
        let second = city.sender().dispatcher(Clock::set(at + 6)).dispatch().await.unwrap();
        assert_eq!(
            (second[KEY].sent, second[KEY].gone),
            (3, 1),
            "the household without a key counts as gone, the rest of its batch is sent: {}",
            city.test.name()
        );
        assert_eq!(city.number("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await, 2);
    }
}

/// LINE does not take the token: the letters wait, for days if need be, and go once the token is right. A 400 stays a
/// refusal.
#[tokio::test]
async fn a_wrong_token_holds_the_letters_and_refuses_nobody() {
    for test in databases().await {
        let city = City::on(test).await;
        let line = standin::Line::start().await.unwrap();
        let users: Vec<String> = (0..3).map(|n| format!("U{n:032x}")).collect();
        for user in &users {
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", user.as_str())]).await;
        }
        let with_token = async |token: &str| Sender {
            patience: Duration::from_millis(1500),
            ..city.sender_with(&line, token).await
        };
        let library = super::city();
        let (wrong, none, right) =
            (with_token("wrong").await, with_token("").await, with_token(standin::Line::TOKEN).await);
        for sender in [&wrong, &none] {
            let sent = sender.send(&library, tuesday()).await.unwrap();
            assert_eq!(
                (sent.sent, sent.gone, sent.refused, sent.retry + sent.pending),
                (0, 0, 0, 3),
                "{}",
                city.test.name()
            );
        }
        // Two days later it is wrong still; LINE's memory of retry keys is over, but nothing was ever accepted.
        let at = letter::send_at(tuesday(), &city.config).seconds() + 2 * 86_400;
        wrong.dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE settled_at IS NOT NULL").await, 0);
        let all = right.dispatcher(Clock::set(at + 3600)).dispatch().await.unwrap();
        assert_eq!((all[KEY].sent, all[KEY].uncertain, all[KEY].refused), (3, 0, 0), "{}", city.test.name());
        assert_eq!(line.users(), users);

        // An answer that was lost before the token went wrong stays in doubt: it is not begun anew.
        let late = city
            .household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "U99999999999999999999999999999999")])
            .await;
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        line.fail(standin::Fault::AcceptThenDie, 1);
        right.dispatcher(Clock::set(at)).dispatch().await.unwrap();
        wrong.dispatcher(Clock::set(at + 60)).dispatch().await.unwrap();
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&late]).await;
        let all = right.dispatcher(Clock::set(at + 3600)).dispatch().await.unwrap();
        assert_eq!((all[KEY].sent, all[KEY].uncertain), (0, 1), "{}", city.test.name());
    }
}

/// A key that is missing without having been destroyed: its household waits and keeps its contact, the others get their
/// letter.
#[tokio::test]
async fn a_missing_key_is_waited_for() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(4).await;
        let push = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
        let keys = otayori::db::Db::connect(&city.config.services.key_store_url, 1).await.unwrap();
        let kept: Vec<(String, String)> =
            sqlx::query_as("SELECT owner, wrapped FROM data_keys WHERE owner = $1 OR owner = $2")
                .bind(&ids[0])
                .bind(&push)
                .fetch_all(keys.pool())
                .await
                .unwrap();
        sqlx::query("DELETE FROM data_keys WHERE owner = $1 OR owner = $2")
            .bind(&ids[0])
            .bind(&push)
            .execute(keys.pool())
            .await
            .unwrap();
        city.vault.destroy(&ids[1]).await.unwrap();
        let library = super::city();
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        let first = city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!(
            (first[KEY].sent, first[KEY].gone, first[KEY].refused, first[KEY].uncertain),
            (2, 1, 0, 0),
            "{}",
            city.test.name()
        );
        assert_eq!(otayori::outbox::waiting(&city.test.db, KEY).await.unwrap().retry, 2);
        assert_eq!(
            city.number("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await,
            1,
            "only the one whose key was destroyed"
        );
        assert!(city.vault.key(&ids[0]).await.is_err(), "missing is not erased");
        assert!(city.vault.key(&ids[1]).await.unwrap().is_none());

        for (owner, wrapped) in &kept {
            sqlx::query("INSERT INTO data_keys (owner, wrapped) VALUES ($1, $2)")
                .bind(owner)
                .bind(wrapped)
                .execute(keys.pool())
                .await
                .unwrap();
        }
        let second = city.sender().dispatcher(Clock::set(at + 60)).dispatch().await.unwrap();
        assert_eq!((second[KEY].sent, second[KEY].gone), (2, 0), "{}", city.test.name());
        city.memory.everybody_once(4);

        // A key that never comes back is given up with its letter, after a week; the contact stays.
        let lost = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Ulost")]).await;
        sqlx::query("DELETE FROM data_keys WHERE owner = $1").bind(&lost).execute(keys.pool()).await.unwrap();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        let third = city.sender().dispatcher(Clock::set(at + 7 * 86_400)).dispatch().await.unwrap();
        assert_eq!((third[KEY].expired, third[KEY].refused, third[KEY].gone), (1, 0, 0));
        assert_eq!(city.number("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await, 1);
    }
}

/// Made-up people are never sent anything through a real service.
#[tokio::test]
async fn made_up_households_stay_at_home() {
    for test in databases().await {
        let city = City::on(test).await;
        let id = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Ureal")]).await;
        let with_base = |base: &str| {
            let mut config: Config = (*city.config).clone();
            config.services.line_api_base = base.into();
            config
        };
        let (real, own) = (with_base("https://api.line.me"), with_base("http://127.0.0.1:9"));
        let refused = async |config: &Config| refuse_made_up(&city.test.db, &city.vault, config).await.is_err();
        city.run("UPDATE households SET generated_at = NULL", &[]).await;
        assert!(!refused(&real).await, "nobody is made up");
        city.run("UPDATE households SET generated_at = 1 WHERE id = $1", &[&id]).await;
        assert!(refused(&real).await && !refused(&own).await);
        let push =
            city.household("ja", &[], &[("web_push", r#"{"endpoint":"https://push.example.com/x","keys":{}}"#)]).await;
        city.run("UPDATE households SET generated_at = NULL WHERE id = $1", &[&push]).await;
        assert!(!refused(&own).await);
        city.run("UPDATE households SET generated_at = 1 WHERE id = $1", &[&push]).await;
        assert!(refused(&own).await);
        // Also where nothing asked before: the row itself is refused.
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        let sender =
            Sender { config: Arc::new(real), carriers: city.memory.carriers_with_line(false), ..city.sender() };
        let all = sender.dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!((all[KEY].refused, city.memory.requests()), (1, 0));
    }
}

/// Real HTTP to the bundled stand-ins: LINE and a push service, with a 500 and a dead connection on the way.
#[tokio::test]
async fn over_http() {
    for test in databases().await {
        let city = City::on(test).await;
        let (line, push) = (standin::Line::start().await.unwrap(), standin::Push::start().await.unwrap());
        let users: Vec<String> = (0..5).map(|n| format!("U{n:032x}")).collect();
        for (n, user) in users.iter().enumerate() {
            let on = push.subscription(&format!("browser-{n}"));
            city.household(
                "ja",
                &[("pregnancy", date(2027, 3, 16))],
                &[("line", user.as_str()), ("web_push", on.as_str())],
            )
            .await;
        }
        let gone = push.subscription("gone-1");
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", gone.as_str())]).await;
        line.fail(standin::Fault::AcceptThenDie, 1);
        push.fail(standin::Fault::ServerError, 1);
        let sender = city.sender_over(&line).await;
        let sent = sender.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!(
            (sent.sent, sent.gone, sent.refused, sent.retry, sent.pending),
            (10, 1, 0, 0, 0),
            "{}",
            city.test.name()
        );
        assert_eq!(line.users(), users);
        assert!(users.iter().all(|u| line.talk(u).len() == 1), "nobody twice");
        assert_eq!((line.batches().len(), line.requests(), push.accepted(), push.browsers().len()), (1, 2, 5, 5));
        let shown = &push.received("browser-0")[0].payload;
        let (url, token) = shown["notification"]["navigate"].as_str().unwrap().split_once("#stop=").unwrap();
        let hash = url.trim_end_matches('/').rsplit('/').next().unwrap();
        assert!(letter::view(&city.test.db, hash).await.unwrap().is_some(), "the link leads to the letter: {url}");

        // Behind # each browser has what stops its own household's letters. The letters themselves know nothing of it:
        // they are one text.
        assert_eq!(
            (
                city.number("SELECT COUNT(DISTINCT hash) FROM outbox WHERE channel = 'web_push'").await,
                city.number("SELECT COUNT(*) FROM messages WHERE body LIKE '%stop=%'").await
            ),
            (1, 0)
        );
        let tokens: std::collections::BTreeSet<String> = (0..5)
            .map(|n| push.received(&format!("browser-{n}"))[0].payload["notification"]["navigate"].to_string())
            .collect();
        assert_eq!(tokens.len(), 5);
        let stopped = "SELECT COUNT(*) FROM households WHERE stopped_at IS NOT NULL";
        assert!(
            household::stop_by_token(&city.test.db, &city.vault, &token[1..], 100).await.unwrap().is_none()
                && city.number(stopped).await == 0
        );
        assert_eq!(
            (
                household::stop_by_token(&city.test.db, &city.vault, token, 100).await.unwrap().map(|s| s.at),
                city.number(stopped).await
            ),
            (Some(100), 1)
        );
    }
}
