//! Services that refuse, or answer nothing: who is refused, who waits, and who may have got it.

use super::{KEY, at, over_line};
use crate::letter::{City, Next, subscription, tuesday};
use crate::support::databases;
use otayori::calendar::{date, plus_days};
use otayori::channel::{Carriers, Outcome};
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::demo::standin;
use otayori::letter;
use otayori::schedule::Sender;
use std::time::Duration;

/// 429 for a day, nobody listening, a wrong token: nothing was accepted, so a stop takes out one household and the
/// others get their letter.
#[tokio::test]
async fn known_refusals_leave_no_doubt() {
    let wait = Duration::from_secs(5);
    for (n, test) in databases().await.into_iter().enumerate() {
        let city = City::on(test).await;
        let ids = city.alike(6).await;
        let at = at(&city);
        letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        for hours in 0..30 {
            city.memory.next(Next::Answer(if hours % 2 == n as i64 {
                Outcome::NotTaken { after: wait }
            } else {
                Outcome::Barred { after: wait }
            }));
            let all = city.sender().dispatcher(Clock::set(at + hours * 3600)).dispatch().await.unwrap();
            assert_eq!(all[KEY], otayori::schedule::Tally::default(), "{hours}");
        }
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&ids[3]]).await;
        let all = city.sender().dispatcher(Clock::set(at + 31 * 3600)).dispatch().await.unwrap();
        assert_eq!((all[KEY].sent, all[KEY].stopped, all[KEY].uncertain), (5, 1, 0), "{}", city.test.name());
        city.memory.everybody_once(5);
    }
}

/// Doubt that an earlier request left is not cleared by a 429.
#[tokio::test]
async fn a_429_after_a_doubt_leaves_the_doubt() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(3).await;
        let (at, wait) = (at(&city), Duration::from_secs(5));
        letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        for (n, outcome) in
            [Outcome::Retry { after: wait }, Outcome::NotTaken { after: wait }, Outcome::Barred { after: wait }]
                .into_iter()
                .enumerate()
        {
            city.memory.next(Next::Answer(outcome));
            city.sender().dispatcher(Clock::set(at + 60 * n as i64)).dispatch().await.unwrap();
        }
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&ids[1]]).await;
        let all = city.sender().dispatcher(Clock::set(at + 3600)).dispatch().await.unwrap();
        assert_eq!((all[KEY].uncertain, all[KEY].sent), (3, 0), "{}", city.test.name());
    }
}

/// LINE says 429 "monthly limit" although the quota has room; the city raises the limit, and the same command sends at
/// once.
#[tokio::test]
async fn the_same_command_sends_what_waited() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(5).await;
        let line = standin::Line::start().await.unwrap();
        let sender = over_line(&city, &line).await;
        line.fail(standin::Fault::TooMany { retry_after: 86_400 }, 1);
        let first = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!(
            (first.sent, first.refused, first.uncertain, first.retry + first.pending),
            (0, 0, 0, 5),
            "{}",
            city.test.name()
        );
        let second = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!((second.sent, second.retry, second.pending), (5, 0, 0), "{}", city.test.name());
        assert!(line.users().iter().all(|u| line.talk(u).len() == 1));
    }
}

/// One id among many is of another provider: only that one is refused, and everybody else has the letter once.
#[tokio::test]
async fn one_bad_id_is_found_by_halves() {
    for (n, test) in databases().await.into_iter().enumerate() {
        let city = City::on(test).await;
        let line = standin::Line::start().await.unwrap();
        for i in 0..300 {
            // `X` is no user id: LINE answers 400 to whatever request holds it.
            let user = if i == [0, 150][n % 2] || i == 299 { format!("X{i:032x}") } else { format!("U{i:032x}") };
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", &user)]).await;
        }
        let sent = over_line(&city, &line).await.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!(
            (sent.sent, sent.refused, sent.retry, sent.pending, sent.uncertain),
            (298, 2, 0, 0, 0),
            "{}",
            city.test.name()
        );
        assert_eq!(line.users().len(), 298);
        assert!(line.users().iter().all(|u| line.talk(u).len() == 1), "nobody twice");
        assert!(line.requests() <= 40, "{} requests: halves, not one each", line.requests());
        assert_eq!(city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL").await, 0);
        assert_eq!(
            city.number("SELECT COUNT(DISTINCT retry_key) FROM batches").await,
            city.number("SELECT COUNT(*) FROM batches").await,
            "each half has its own key"
        );
    }
}

/// A push service that takes our signature from nobody: everybody waits, nobody is refused, it is told; then all have
/// it.
#[tokio::test]
async fn a_push_service_that_refuses_us_holds_everybody() {
    for code in [401, 403] {
        for test in databases().await {
            let city = City::on(test).await;
            let push = standin::Push::start().await.unwrap();
            for n in 0..30 {
                city.household(
                    "ja",
                    &[("pregnancy", date(2027, 3, 16))],
                    &[("web_push", &push.subscription(&n.to_string()))],
                )
                .await;
            }
            let carriers = Carriers::open(&city.config, &city.test.db, &city.vault, otayori::clock::machine_seconds)
                .await
                .unwrap();
            let sender = Sender { carriers, patience: Duration::from_millis(1500), ..city.sender() };
            push.fail(standin::Fault::Status(code), 1000);
            let sent = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
            assert_eq!(
                (sent.sent, sent.refused, sent.gone, sent.retry + sent.pending, sent.trouble.len()),
                (0, 0, 0, 30, 1),
                "{code} {}",
                city.test.name()
            );
            assert!(sent.trouble[0].contains("署名（サインイン）を受け付けません"));
            push.recover();
            let sent = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
            assert_eq!((sent.sent, sent.retry, sent.pending, sent.trouble.len()), (30, 0, 0, 0));
            assert_eq!(push.browsers().len(), 30);
        }
    }
}

/// A push service that says "gone" of everybody is not believed; few among many are.
#[tokio::test]
async fn a_push_service_that_knows_nobody_is_held() {
    for test in databases().await {
        let city = City::on(test).await;
        for n in 0..60 {
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription(&n.to_string()))])
                .await;
        }
        let sender = Sender { patience: Duration::from_millis(1500), ..city.sender() };
        (0..60).for_each(|_| city.memory.next(Next::Answer(Outcome::Gone)));
        let sent = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!((sent.gone, sent.sent, sent.retry, sent.trouble.len()), (0, 0, 60, 1), "{}", city.test.name());
        assert!(sent.trouble[0].contains("60 件のうち 60 件"), "{:?}", sent.trouble);
        assert_eq!(city.number("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await, 0);
        // The service is well again: three are really gone.
        city.memory.recover();
        (0..3).for_each(|_| city.memory.next(Next::Answer(Outcome::Gone)));
        let sent = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!((sent.gone, sent.sent, sent.retry, sent.trouble.len()), (3, 57, 0, 0), "{}", city.test.name());
        city.memory.everybody_once(57);
        // The week after they are all gone indeed, and somebody who has looked says so.
        let next = plus_days(tuesday(), 7);
        let later = Sender { clock: city.clock(next), drop_gone: true, ..sender };
        (0..57).for_each(|_| city.memory.next(Next::Answer(Outcome::Gone)));
        let sent = later.send(&crate::letter::city(), next).await.unwrap();
        assert_eq!((sent.gone, sent.retry), (57, 0), "{}", city.test.name());
    }
}

/// A batch arrived and its worker was killed before the answer; repeated, it is refused. It is not halved under new
/// keys: nobody gets it twice.
#[tokio::test]
async fn a_refusal_after_a_doubt_leaves_the_doubt() {
    for outcome in
        [Outcome::RefusedTogether { reason: "400".into() }, Outcome::Refused { reason: "400".into() }, Outcome::Gone]
    {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(6).await;
            let at = at(&city);
            letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(at))
                .await
                .unwrap();
            city.memory.next(Next::AcceptAndHang);
            let killed = city.sender().dispatcher(Clock::set(at));
            tokio::select! {
                _ = killed.dispatch() => panic!("it hangs"),
                () = async { while city.memory.got().len() < 6 { tokio::time::sleep(Duration::from_millis(20))
                    .await } } => {}
            }
            city.memory.next(Next::Answer(outcome.clone()));
            let mut uncertain = 0;
            for n in 1..4 {
                let all = city.sender().dispatcher(Clock::set(at + 60 * n)).dispatch().await.unwrap();
                uncertain += all.get(KEY).map_or(0, |tally| tally.uncertain);
            }
            assert_eq!(uncertain, 6, "{outcome:?} {}", city.test.name());
            city.memory.everybody_once(6);
            assert_eq!(city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL").await, 0);
        }
    }
}
