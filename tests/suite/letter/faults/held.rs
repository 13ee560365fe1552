//! Weeks that were held, missed, or have not begun: what still goes, and what ends.

use super::{DAY, KEY, at};
use crate::letter::{City, Next, subscription, tuesday};
use crate::support::{databases, sqlite};
use otayori::calendar::{date, plus_days};
use otayori::channel::Outcome;
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::letter;
use otayori::outbox;
use otayori::schedule::Sender;
use std::sync::Arc;
use std::time::Duration;

/// Three weeks held (the plan used up, a wrong token): only the newest goes, the older ones end, and do not count
/// against the quota.
#[tokio::test]
async fn of_weeks_that_were_held_only_the_newest_goes() {
    for barred in [false, true] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(3).await;
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
            if !barred {
                city.memory.quota(Some(0));
            }
            for n in 0..3 {
                let day = plus_days(tuesday(), 7 * n);
                let sender = Sender { clock: city.clock(day), patience: Duration::from_millis(500), ..city.sender() };
                if barred {
                    (0..40).for_each(|_| {
                        city.memory.next(Next::Answer(Outcome::Barred { after: Duration::from_secs(60) }))
                    });
                }
                let sent = sender.send(&crate::letter::city(), day).await.unwrap();
                assert_eq!(sent.sent, if barred { 0 } else { 1 }, "{}", city.test.name());
                city.memory.recover();
            }
            let day = plus_days(tuesday(), 21);
            city.memory.quota(Some(3));
            let last = Sender { clock: city.clock(day), ..city.sender() };
            let sent = last.send(&crate::letter::city(), day).await.unwrap();
            assert_eq!(
                (sent.sent, sent.short.clone()),
                (4, vec![]),
                "three on LINE fit, the old ones do not count: {}",
                city.test.name()
            );
            let got = city.memory.got();
            assert!(
                got.iter().filter(|(to, _)| to.starts_with('U')).all(|(_, n)| *n == 1),
                "one letter at once: {got:?}"
            );
            let ended = if barred { 4 } else { 3 };
            assert_eq!(
                serde_json::to_value(&sent).unwrap()["expired"],
                ended,
                "the week before, told by `send --json`: {}",
                city.test.name()
            );
            let expired = if barred { 12 } else { 9 };
            assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'expired'").await, expired);
            assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL").await, 0);
            last.dispatcher(Clock::set(at(&city) + 21 * DAY + 60)).dispatch().await.unwrap();
            assert_eq!(
                city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL").await,
                0,
                "{}",
                city.test.name()
            );
        }
    }
}

/// The last week before letters end for somebody is held: it is not sent a month later.
#[tokio::test]
async fn a_held_letter_ends_after_a_week_although_none_follows() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(2).await;
        let now = at(&city);
        letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(now)).await.unwrap();
        assert_eq!(outbox::expire(&city.test.db, Wall::at(now + 7 * DAY - 1)).await.unwrap(), 0);
        assert_eq!(outbox::expire(&city.test.db, Wall::at(now + 7 * DAY)).await.unwrap(), 2, "{}", city.test.name());
    }
}

#[tokio::test]
async fn a_week_that_has_not_begun_is_not_sent() {
    let city = City::on(sqlite().await).await;
    city.alike(2).await;
    let said = city.sender().send(&crate::letter::city(), plus_days(tuesday(), 7)).await.unwrap_err().to_string();
    assert!(
        ["2026-W49", "まだ始まっていません", "otayori send --date 2026-11-24"].iter().all(|part| said.contains(part)),
        "{said}"
    );
    assert_eq!((city.number("SELECT COUNT(*) FROM outbox").await, city.memory.requests()), (0, 0));
    // On its first day it has, before its hour.
    let early = Sender { clock: Clock::set(at(&city) + 7 * DAY - 3600), ..city.sender() };
    assert_eq!(early.send(&crate::letter::city(), plus_days(tuesday(), 7)).await.unwrap().sent, 2);
}

/// A missed week, sent days later beside a worker: the sender's leases are of the wall's clock, so neither takes the
/// other's batches for lost.
#[tokio::test]
async fn a_missed_week_beside_a_worker_loses_nobody() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(700).await;
        let now = at(&city) + 3 * DAY;
        let worker = city.sender().dispatcher(Clock::set(now));
        let sender = Sender { clock: Clock::set(now), ..city.sender() };
        let library = crate::letter::city();
        letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(now)).await.unwrap();
        // Another `send` at the same time: each says what it did itself.
        let other = sender.clone();
        let (sent, also, ()) = tokio::join!(sender.send(&library, tuesday()), other.send(&library, tuesday()), async {
            for _ in 0..60 {
                worker.dispatch().await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let (sent, also) = (sent.unwrap(), also.unwrap());
        for (own, other) in [(&sent, &also), (&also, &sent)] {
            assert!(
                own.sent + own.others + own.already == 700 && own.others + own.already >= other.sent,
                "{own:?} {other:?} {}",
                city.test.name()
            );
        }
        assert!(sent.sent + also.sent <= 700);
        city.memory.everybody_once(700);
        assert_eq!(
            city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await,
            700,
            "{}",
            city.test.name()
        );
        // Everything on record is of the wall's clock, not of the day that was sent.
        assert!(
            city.number("SELECT MIN(created_at) FROM outbox").await >= now
                && city.number("SELECT MIN(first_request_at) FROM batches").await >= now
        );
        assert!(city.number("SELECT MIN(settled_at) FROM outbox").await >= now);
    }
}

/// Putting a million rows into batches takes longer than anybody's patience with a service: patience does not run
/// meanwhile.
#[tokio::test]
async fn patience_is_not_used_up_by_putting_rows_into_batches() {
    let city = City::on(sqlite().await).await;
    city.alike(3).await;
    // Another writer holds the database for as long as assembling would take.
    let (db, held) = (city.test.db.clone(), Arc::new(tokio::sync::Notify::new()));
    let sender = Sender { patience: Duration::from_millis(300), ..city.sender() };
    let library = crate::letter::city();
    letter::enqueue(&db, &library, &city.config, tuesday(), Wall::at(at(&city))).await.unwrap();
    let dispatcher = sender.dispatcher(Clock::set(at(&city)));
    dispatcher.assembling.store(true, std::sync::atomic::Ordering::Relaxed);
    let waiting = tokio::spawn({
        let (sender, dispatcher, held) = (sender.clone(), dispatcher.clone(), held.clone());
        async move {
            sender.out_of_patience(KEY, &dispatcher).await.unwrap();
            held.notify_one();
        }
    });
    assert!(
        tokio::time::timeout(Duration::from_secs(2), held.notified()).await.is_err(),
        "it has patience while rows are put into batches"
    );
    dispatcher.assembling.store(false, std::sync::atomic::Ordering::Relaxed);
    tokio::time::timeout(Duration::from_secs(20), held.notified()).await.expect("and loses it when nothing is settled");
    waiting.await.unwrap();
}
