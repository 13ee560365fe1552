//! Services that refuse, clocks that jump, weeks that were held, databases that were restored: nobody twice, nobody dropped, nobody forgotten.

use super::{City, Next, subscription, tuesday};
use crate::support::{databases, sqlite};
use otayori::calendar::{Wall, date, plus_days};
use otayori::channel::{Outcome, standin};
use otayori::letter;
use otayori::outbox;
use otayori::schedule::{Channels, Clock, Rebuild, Schedule, Sender, confirm};
use otayori::watch::{self, Stand};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "letter:2026-W48";
const DAY: i64 = 86_400;

fn at(city: &City) -> i64 {
    letter::send_at(tuesday(), &city.config).seconds()
}

fn schedule(city: &City, now: i64) -> Arc<Schedule> {
    let (content, rebuild): (_, Rebuild) = (Arc::new(super::city()), Arc::new(|_| Box::pin(async { Ok(()) })));
    Schedule::new(city.config.clone(), city.test.db.clone(), city.vault.clone(), city.memory.clone(), Clock::set(now), Arc::new(move || Ok(content.clone())), rebuild)
}

/// A sender of real HTTP to a stand-in of LINE.
async fn over_line(city: &City, line: &standin::Line) -> Sender {
    let mut config = (*city.config).clone();
    config.services.line_api_base = line.base().to_owned();
    config.services.line_channel_token = Some(standin::Line::TOKEN.into());
    let config = Arc::new(config);
    let deliver = Arc::new(Channels::open(&config, &city.test.db, &city.vault).await.unwrap());
    Sender { config, deliver, patience: Duration::from_millis(1500), ..city.sender() }
}

/// A missed week, sent days later beside a worker: the sender's leases are of the wall's clock, so neither takes the other's batches for lost.
#[tokio::test]
async fn a_missed_week_beside_a_worker_loses_nobody() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(700).await;
        let now = at(&city) + 3 * DAY;
        let worker = city.sender().dispatcher(Clock::set(now));
        let sender = Sender { clock: Clock::set(now), ..city.sender() };
        let library = super::city();
        let (sent, ()) = tokio::join!(sender.send(&library, tuesday()), async {
            for _ in 0..60 {
                worker.dispatch().await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        sent.unwrap();
        city.memory.everybody_once(700);
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await, 700, "{}", city.test.name());
        // Everything on record is of the wall's clock, not of the day that was sent.
        assert!(city.number("SELECT MIN(created_at) FROM outbox").await >= now && city.number("SELECT MIN(first_request_at) FROM batches").await >= now);
        assert!(city.number("SELECT MIN(settled_at) FROM outbox").await >= now);
    }
}

/// 429 for a day, nobody listening, a wrong token: nothing was accepted, so a stop takes out one household and the others get their letter.
#[tokio::test]
async fn known_refusals_leave_no_doubt() {
    let wait = Duration::from_secs(5);
    for (n, test) in databases().await.into_iter().enumerate() {
        let city = City::on(test).await;
        let ids = city.alike(6).await;
        let at = at(&city);
        letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        for hours in 0..30 {
            city.memory.next(Next::Answer(if hours % 2 == n as i64 { Outcome::NotTaken { after: wait } } else { Outcome::Barred { after: wait } }));
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
        letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        for (n, outcome) in [Outcome::Retry { after: wait }, Outcome::NotTaken { after: wait }, Outcome::Barred { after: wait }].into_iter().enumerate() {
            city.memory.next(Next::Answer(outcome));
            city.sender().dispatcher(Clock::set(at + 60 * n as i64)).dispatch().await.unwrap();
        }
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&ids[1]]).await;
        let all = city.sender().dispatcher(Clock::set(at + 3600)).dispatch().await.unwrap();
        assert_eq!((all[KEY].uncertain, all[KEY].sent), (3, 0), "{}", city.test.name());
    }
}

/// LINE says 429 "monthly limit" although the quota has room; the city raises the limit, and the same command sends at once.
#[tokio::test]
async fn the_same_command_sends_what_waited() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(5).await;
        let line = standin::Line::start().await.unwrap();
        let sender = over_line(&city, &line).await;
        line.fail(standin::Fault::TooMany { retry_after: 86_400 }, 1);
        let first = sender.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((first.sent, first.refused, first.uncertain, first.retry + first.pending), (0, 0, 0, 5), "{}", city.test.name());
        let second = sender.send(&super::city(), tuesday()).await.unwrap();
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
        let sent = over_line(&city, &line).await.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.refused, sent.retry, sent.pending, sent.uncertain), (298, 2, 0, 0, 0), "{}", city.test.name());
        assert_eq!(line.users().len(), 298);
        assert!(line.users().iter().all(|u| line.talk(u).len() == 1), "nobody twice");
        assert!(line.requests() <= 40, "{} requests: halves, not one each", line.requests());
        assert_eq!(city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL").await, 0);
        assert_eq!(city.number("SELECT COUNT(DISTINCT retry_key) FROM batches").await, city.number("SELECT COUNT(*) FROM batches").await, "each half has its own key");
    }
}

/// A push service that takes our signature from nobody: everybody waits, nobody is refused, it is told; then all have it.
#[tokio::test]
async fn a_push_service_that_refuses_us_holds_everybody() {
    for code in [401, 403] {
        for test in databases().await {
            let city = City::on(test).await;
            let push = standin::Push::start().await.unwrap();
            for n in 0..30 {
                city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &push.subscription(&n.to_string()))]).await;
            }
            let deliver = Arc::new(Channels::open(&city.config, &city.test.db, &city.vault).await.unwrap());
            let sender = Sender { deliver, patience: Duration::from_millis(1500), ..city.sender() };
            push.fail(standin::Fault::Status(code), 1000);
            let sent = sender.send(&super::city(), tuesday()).await.unwrap();
            assert_eq!((sent.sent, sent.refused, sent.gone, sent.retry + sent.pending, sent.trouble.len()), (0, 0, 0, 30, 1), "{code} {}", city.test.name());
            assert!(sent.trouble[0].contains("署名を受け付けません"));
            push.recover();
            let sent = sender.send(&super::city(), tuesday()).await.unwrap();
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
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription(&n.to_string()))]).await;
        }
        let sender = Sender { patience: Duration::from_millis(1500), ..city.sender() };
        (0..60).for_each(|_| city.memory.next(Next::Answer(Outcome::Gone)));
        let sent = sender.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.gone, sent.sent, sent.retry, sent.trouble.len()), (0, 0, 60, 1), "{}", city.test.name());
        assert!(sent.trouble[0].contains("60 件のうち 60 件"), "{:?}", sent.trouble);
        assert_eq!(city.number("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await, 0);
        // The service is well again: three are really gone.
        city.memory.recover();
        (0..3).for_each(|_| city.memory.next(Next::Answer(Outcome::Gone)));
        let sent = sender.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.gone, sent.sent, sent.retry, sent.trouble.len()), (3, 57, 0, 0), "{}", city.test.name());
        city.memory.everybody_once(57);
        // The week after they are all gone indeed, and somebody who has looked says so.
        let next = plus_days(tuesday(), 7);
        let later = Sender { clock: city.clock(next), drop_gone: true, ..sender };
        (0..57).for_each(|_| city.memory.next(Next::Answer(Outcome::Gone)));
        let sent = later.send(&super::city(), next).await.unwrap();
        assert_eq!((sent.gone, sent.retry), (57, 0), "{}", city.test.name());
    }
}

#[tokio::test]
async fn a_week_that_has_not_begun_is_not_sent() {
    let city = City::on(sqlite().await).await;
    city.alike(2).await;
    let said = city.sender().send(&super::city(), plus_days(tuesday(), 7)).await.unwrap_err().to_string();
    assert!(["2026-W49", "まだ始まっていません", "otayori send --date 2026-11-24"].iter().all(|part| said.contains(part)), "{said}");
    assert_eq!((city.number("SELECT COUNT(*) FROM outbox").await, city.memory.requests()), (0, 0));
    // On its first day it has, before its hour.
    let early = Sender { clock: Clock::set(at(&city) + 7 * DAY - 3600), ..city.sender() };
    assert_eq!(early.send(&super::city(), plus_days(tuesday(), 7)).await.unwrap().sent, 2);
}

/// The clock jumps half a year ahead and comes back: nothing is sent, nothing erased, and the weeks go on.
#[tokio::test]
async fn a_clock_that_jumps_sends_and_erases_nothing() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(3).await;
        let now = at(&city);
        schedule(&city, now + 60).tick().await.unwrap();
        schedule(&city, now + 61).dispatch().await.unwrap();
        city.memory.everybody_once(3);
        city.run("UPDATE households SET stopped_at = CAST($2 AS BIGINT) WHERE id = $1", &[&ids[0], &(now - 10 * DAY).to_string()]).await;
        let ahead = schedule(&city, now + 26 * 7 * DAY + 60);
        ahead.tick().await.unwrap();
        ahead.dispatch().await.unwrap();
        assert_eq!((city.number("SELECT COUNT(*) FROM households").await, city.memory.requests()), (3, 1), "{}", city.test.name());
        assert!(city.vault.key(&ids[0]).await.unwrap().is_some(), "its key is there");
        let far = Sender { clock: Clock::set(now + 26 * 7 * DAY), ..city.sender() };
        assert!(far.send(&super::city(), tuesday()).await.unwrap_err().to_string().contains("otayori clock confirm"));
        assert_eq!(city.number("SELECT COUNT(*) FROM runs").await, 1, "no week was put on record as missed");
        // Put right: the next week goes by itself.
        let next = schedule(&city, now + 7 * DAY + 10);
        next.tick().await.unwrap();
        next.dispatch().await.unwrap();
        assert_eq!(city.memory.got().values().filter(|n| **n == 2).count(), 2, "the two that go on: {}", city.test.name());
        // Set back by a day.
        let back = schedule(&city, now + 6 * DAY);
        assert!(matches!(watch::look(&city.test.db, Wall::at(now + 6 * DAY)).await.unwrap(), Stand::Back { .. }));
        back.tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox").await, 5, "nothing new");
    }
}

/// A clock less than a week ahead is believed, and puts the week on record as missed. Put right, the week goes at its time, with a confirmation or without.
#[tokio::test]
async fn a_week_that_was_missed_ahead_of_time_goes_at_its_time() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let now = at(&city);
        schedule(&city, now).tick().await.unwrap();
        schedule(&city, now + 1).dispatch().await.unwrap();
        for (week, confirms) in [(1_i64, true), (2, false)] {
            let (saturday, next) = (now + (week * 7 - 3) * DAY, now + week * 7 * DAY);
            schedule(&city, saturday).tick().await.unwrap();
            // Four days ahead: it is Wednesday, and nothing ran on Tuesday.
            schedule(&city, saturday + 4 * DAY).tick().await.unwrap();
            assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await, 1, "{}", city.test.name());
            if confirms {
                confirm(&city.test.db, &city.config, Clock::set(saturday + 60)).await.unwrap();
            } else {
                schedule(&city, saturday + 60).tick().await.unwrap();
                // Nobody looks at the clock until it has come by itself to where it was.
                schedule(&city, next).tick().await.unwrap();
            }
            assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await, 0, "{}", city.test.name());
            if confirms {
                schedule(&city, next).tick().await.unwrap();
                schedule(&city, next + 1).dispatch().await.unwrap();
                city.memory.got().values().for_each(|n| assert_eq!(*n, 1 + week as u32, "{}", city.test.name()));
            }
        }
        // Later than its day it is told as missed, as it was: it is on record again, and the log says what sends it.
        schedule(&city, now + 15 * DAY + 7200).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await, 1, "{}", city.test.name());
    }
}

/// Off for two weeks: held until somebody has typed what is told.
#[tokio::test]
async fn after_two_weeks_off_somebody_confirms() {
    for test in databases().await {
        let city = City::on(test).await;
        assert_eq!(watch::look(&city.test.db, Wall::at(at(&city))).await.unwrap(), Stand::Right, "an empty database passes");
        city.alike(2).await;
        let now = at(&city);
        schedule(&city, now).tick().await.unwrap();
        schedule(&city, now + 1).dispatch().await.unwrap();
        let later = now + 14 * DAY;
        let off = schedule(&city, later);
        off.tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox").await, 2, "{}", city.test.name());
        let stand = watch::look(&city.test.db, Wall::at(later)).await.unwrap();
        let said = stand.told(Wall::at(later), &city.config.zone);
        assert!(["2026-12-08 07:30", "2026-11-24 07:30", "`otayori clock confirm`"].iter().all(|part| said.contains(part)), "{said}");
        let done = confirm(&city.test.db, &city.config, Clock::set(later)).await.unwrap();
        assert_eq!((done.stand, done.ahead), (stand, 0));
        off.tick().await.unwrap();
        off.dispatch().await.unwrap();
        assert!(city.memory.got().values().all(|n| *n == 2), "{}", city.test.name());
    }
}

/// Wrong letters went out half a year ahead before anybody noticed: they are counted, and after a confirmation the households get letters again.
#[tokio::test]
async fn whoever_had_a_letter_of_a_later_week_is_counted_and_brought_back() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let (now, later) = (at(&city), plus_days(tuesday(), 26 * 7));
        let far = Sender { clock: city.clock(later), ..city.sender() };
        far.send(&super::city(), later).await.unwrap();
        let week = letter::week_of(tuesday(), &city.config);
        let ahead = letter::ahead(&city.test.db, week, Wall::at(now)).await.unwrap();
        assert_eq!((ahead.households, ahead.latest, ahead.sent_before_now), (3, letter::key_of(letter::week_of(later, &city.config)), false), "{}", city.test.name());
        let done = confirm(&city.test.db, &city.config, Clock::set(now)).await.unwrap();
        assert_eq!(done.ahead, 3);
        assert_eq!(city.sender().send(&super::city(), tuesday()).await.unwrap().sent, 3, "{}", city.test.name());
        assert_eq!(letter::ahead(&city.test.db, week, Wall::at(now)).await.unwrap().households, 0);
    }
}

/// Three weeks held (the plan used up, a wrong token): only the newest goes, the older ones end, and do not count against the quota.
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
                    (0..40).for_each(|_| city.memory.next(Next::Answer(Outcome::Barred { after: Duration::from_secs(60) })));
                }
                let sent = sender.send(&super::city(), day).await.unwrap();
                assert_eq!(sent.sent, if barred { 0 } else { 1 }, "{}", city.test.name());
                city.memory.recover();
            }
            let day = plus_days(tuesday(), 21);
            city.memory.quota(Some(3));
            let last = Sender { clock: city.clock(day), ..city.sender() };
            let sent = last.send(&super::city(), day).await.unwrap();
            assert_eq!((sent.sent, sent.line_short), (4, None), "three on LINE fit, the old ones do not count: {}", city.test.name());
            let got = city.memory.got();
            assert!(got.iter().filter(|(to, _)| to.starts_with('U')).all(|(_, n)| *n == 1), "one letter at once: {got:?}");
            let ended = if barred { 4 } else { 3 };
            assert_eq!(serde_json::to_value(&sent).unwrap()["expired"], ended, "the week before, told by `send --json`: {}", city.test.name());
            let expired = if barred { 12 } else { 9 };
            assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'expired'").await, expired);
            assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL").await, 0);
            last.dispatcher(Clock::set(at(&city) + 21 * DAY + 60)).dispatch().await.unwrap();
            assert_eq!(city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL").await, 0, "{}", city.test.name());
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
        letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(now)).await.unwrap();
        assert_eq!(outbox::expire(&city.test.db, Wall::at(now + 7 * DAY - 1)).await.unwrap(), 0);
        assert_eq!(outbox::expire(&city.test.db, Wall::at(now + 7 * DAY)).await.unwrap(), 2, "{}", city.test.name());
    }
}

/// 03:30 backup, 07:30 letters, 10:00 restored by the book. The ledger stands beside the key store and was not restored: nobody gets it twice.
#[tokio::test]
async fn restored_on_letter_day_with_the_ledger() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(4).await;
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
        // Two of them are tried before the backup, and refused for now.
        city.memory.next(Next::Answer(Outcome::NotTaken { after: Duration::from_secs(5) }));
        city.memory.next(Next::Answer(Outcome::NotTaken { after: Duration::from_secs(5) }));
        let at = at(&city);
        let sent = city.sender().send(&super::city(), tuesday()).await.unwrap();
        assert_eq!(sent.sent, 5, "a refused request is on the ledger and holds nobody back: {}", city.test.name());
        // What the night's backup had: households, and nothing of this week.
        for sql in ["DELETE FROM outbox", "DELETE FROM batches", "UPDATE letters SET last_key = '', hash = NULL, sent = '', slots = ''"] {
            city.run(sql, &[]).await;
        }
        // Somebody registers after the restore.
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Unew")]).await;
        let restored = schedule(&city, at + 3 * 3600);
        restored.tick().await.unwrap();
        restored.dispatch().await.unwrap();
        city.memory.everybody_once(6);
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'").await, 5, "{}", city.test.name());
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await, 1);
        // The week after goes to all.
        let next = Sender { clock: Clock::set(at + 7 * DAY), ..city.sender() };
        assert_eq!(next.send(&super::city(), plus_days(tuesday(), 7)).await.unwrap().sent, 6);
    }
}

/// The backup was taken while the batches were under way: claimed, and (LINE) not noted as begun, or begun.
#[tokio::test]
async fn restored_from_a_backup_taken_while_batches_were_under_way() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(4).await;
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
        let at = at(&city);
        assert_eq!(city.sender().send(&super::city(), tuesday()).await.unwrap().sent, 5);
        for (n, begun) in [
            "UPDATE batches SET settled_at = NULL, lease_owner = 'gone', first_request_at = NULL",
            "UPDATE batches SET settled_at = NULL, lease_owner = 'gone', first_request_at = created_at",
        ]
        .into_iter()
        .enumerate()
        {
            city.run("UPDATE outbox SET settled_at = NULL, outcome = NULL", &[]).await;
            city.run(begun, &[]).await;
            let restored = schedule(&city, at + 3600 * (n as i64 + 1));
            restored.tick().await.unwrap();
            restored.dispatch().await.unwrap();
            assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL").await, 0, "{} {begun}", city.test.name());
            assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain' AND channel = 'web_push'").await, 1, "{} {begun}", city.test.name());
            if n == 0 {
                city.memory.everybody_once(5);
                assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'").await, 5, "{}", city.test.name());
                // The batches as they were first: discarding has taken the rows of LINE out of theirs.
                city.run("UPDATE outbox SET batch_id = (SELECT id FROM batches WHERE batches.channel = outbox.channel)", &[]).await;
            } else {
                // LINE was asked by the retry key that the batch has always had, and is sure.
                assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND channel = 'line'").await, 4, "{}", city.test.name());
            }
        }
    }
}

/// Rows of weeks that nobody sends any more leave the ledger; younger ones stay.
#[tokio::test]
async fn the_ledger_forgets_weeks_of_more_than_a_year_ago() {
    for test in databases().await {
        let city = City::on(test).await;
        let who = ["one".to_owned()];
        for key in ["letter:2025-W41", "letter:2025-W42", KEY] {
            city.vault.ask(key, &who, "b", 1).await.unwrap();
        }
        schedule(&city, at(&city)).tick().await.unwrap();
        for (key, kept) in [("letter:2025-W41", 0), ("letter:2025-W42", 1), (KEY, 1)] {
            assert_eq!(city.vault.asked(key, &who).await.unwrap().len(), kept, "{key} {}", city.test.name());
        }
    }
}

/// The ledger was lost with the machine: the letters wait until somebody says what was sent.
#[tokio::test]
async fn restored_without_the_ledger() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        lose_the_ledger(&city).await;
        city.run("UPDATE households SET created_at = CAST($1 AS BIGINT)", &[&at(&city).to_string()]).await;
        let now = at(&city);
        let restored = schedule(&city, now + 3600);
        restored.tick().await.unwrap();
        restored.dispatch().await.unwrap();
        let sender = Sender { clock: Clock::set(now + 3600), ..city.sender() };
        let said = sender.send(&super::city(), tuesday()).await.unwrap_err().to_string();
        assert!(said.contains("--mark-sent") && said.contains("--nothing-sent-since"), "{said}");
        assert_eq!((city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox").await), (0, 0), "{}", city.test.name());
        let week = letter::week_of(tuesday(), &city.config);
        assert!(said.contains(&format!("--mark-sent {week}`")), "the week itself is named: {said}");
        assert_eq!(sender.mark_sent(&super::city(), &[week]).await.unwrap(), 3);
        // Now everything is known again, and there is nothing to mark.
        let said = sender.mark_sent(&super::city(), &[week]).await.unwrap_err().to_string();
        assert!(said.contains("送付の記録があるので") && sender.nothing_sent_since().await.is_err(), "{said}");
        restored.tick().await.unwrap();
        restored.dispatch().await.unwrap();
        assert_eq!((city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'").await), (0, 3), "{}", city.test.name());
        let plan = letter::plan(&city.test.db, &super::city(), &city.config, tuesday()).await.unwrap();
        assert_eq!(plan.letters, 3);
        let next = Sender { clock: Clock::set(now + 7 * DAY), ..city.sender() };
        assert_eq!(next.send(&super::city(), plus_days(tuesday(), 7)).await.unwrap().sent, 3, "the next week goes");
    }
}

async fn lose_the_ledger(city: &City) {
    let ledger = otayori::db::Db::connect(&city.config.services.key_store_url.replace("keys.db", "ledger.db"), 1).await.unwrap();
    for sql in ["DELETE FROM ledger_id", "DELETE FROM ledger"] {
        sqlx::query(sql).execute(ledger.pool()).await.unwrap();
    }
}

/// A copy of a week and a half ago was restored on a letter day, before its hour or after it, and the ledger is lost: every week whose hour has come
/// since is asked about, one of them alone lets nothing go, and another one is an error that names them.
#[tokio::test]
async fn every_week_since_the_copy_is_answered_for() {
    let week = |back: i32| plus_days(tuesday(), -7 * back);
    for (after, come) in [(-3600, false), (3600, true)] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(3).await;
            let (now, library) = (at(&city) + after, super::city());
            let at_week = |back: i32| letter::send_at(week(back), &city.config).seconds();
            city.run("UPDATE households SET created_at = CAST($1 AS BIGINT)", &[&at_week(5).to_string()]).await;
            // As in the copy: the week before the two is sent.
            let copied = schedule(&city, at_week(2));
            copied.tick().await.unwrap();
            copied.dispatch().await.unwrap();
            assert_eq!((city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await), (1, 3));
            lose_the_ledger(&city).await;
            let said = city.sender_at(now).send(&library, tuesday()).await.unwrap_err().to_string();
            assert!(said.contains("otayori clock confirm"), "the clock first: {said}");
            watch::confirm(&city.test.db, Wall::at(now)).await.unwrap();
            let (sender, restored) = (city.sender_at(now), schedule(&city, now));
            let nothing_went = async || {
                restored.tick().await.unwrap();
                restored.dispatch().await.unwrap();
                assert_eq!((city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox").await), (1, 3), "{come} {}", city.test.name());
            };
            nothing_went().await;
            let said = sender.send(&library, tuesday()).await.unwrap_err().to_string();
            let all = if come { "--mark-sent 2026-W47,2026-W48`" } else { "--mark-sent 2026-W47`" };
            assert!(said.contains(all) && said.contains("2026-W47（11月17日（火） から）"), "{come}: {said}");
            let of = |weeks: &[i32]| weeks.iter().map(|back| letter::week_of(week(*back), &city.config)).collect::<Vec<_>>();
            for (wrong, named) in [
                (&[0][..], "2026-W47 も、送ったかもしれません"),
                (&[2, 1, 0], "2026-W46 は、送ったかどうかわからない週ではありません"),
                (&[3], "2026-W45 は"),
                (&[-1, 1, 0], "2026-W49 は"),
            ] {
                let said = sender.mark_sent(&library, &of(wrong)).await.unwrap_err().to_string();
                assert!(said.contains(named) && said.contains(all), "{wrong:?} {come}: {said}");
                nothing_went().await;
            }
            if come {
                let said = sender.mark_sent(&library, &of(&[1])).await.unwrap_err().to_string();
                assert!(said.contains("2026-W48 も、送ったかもしれません"), "{said}");
                nothing_went().await;
            }
            assert_eq!(sender.mark_sent(&library, &of(if come { &[1, 0] } else { &[1] })).await.unwrap(), if come { 6 } else { 3 }, "{}", city.test.name());
            let later = schedule(&city, at(&city) + 7200);
            later.tick().await.unwrap();
            later.dispatch().await.unwrap();
            assert_eq!(city.memory.requests(), if come { 1 } else { 2 }, "{come} {}: what may have gone does not go again, what is still to come goes", city.test.name());
            let next = city.sender_at(at(&city) + 7 * DAY).send(&library, plus_days(tuesday(), 7)).await.unwrap();
            assert_eq!(next.sent, 3);
        }
    }
}

/// The copy was made while the week's letters were under way, or by hand before their hour: the week is in question though a run of it is on record.
#[tokio::test]
async fn a_copy_made_in_the_middle_of_a_run_leaves_its_week_in_question() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let (now, library) = (at(&city), super::city());
        schedule(&city, now).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'done'").await, 1);
        lose_the_ledger(&city).await;
        let sender = city.sender_at(now + 7200);
        let question = sender.in_question().await.unwrap();
        assert_eq!((question.must, question.may), (vec![letter::week_of(tuesday(), &city.config)], None), "{}", city.test.name());
        assert_eq!(sender.mark_sent(&library, &[letter::week_of(tuesday(), &city.config)]).await.unwrap(), 3);
        schedule(&city, now + 7200).dispatch().await.unwrap();
        assert_eq!((city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'").await), (0, 3));
        // Everything of the week settled in the copy: nothing is in question, and nothing of it goes again.
        lose_the_ledger(&city).await;
        let question = sender.in_question().await.unwrap();
        assert_eq!((question.must, question.may), (Vec::new(), None), "{}", city.test.name());
    }
    // On the day, before the hour: it may have been sent by hand, so it may be marked, and need not be.
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let now = at(&city) - 3600;
        city.run("UPDATE households SET created_at = CAST($1 AS BIGINT)", &[&(now - 60).to_string()]).await;
        lose_the_ledger(&city).await;
        let (sender, week) = (city.sender_at(now), letter::week_of(tuesday(), &city.config));
        let question = sender.in_question().await.unwrap();
        assert_eq!((&question.must, question.may), (&Vec::new(), Some(week)), "{}", city.test.name());
        assert!(question.told().contains("--nothing-sent-since") && question.told().contains(&format!("--mark-sent {week}`")), "{}", question.told());
        assert_eq!(sender.mark_sent(&super::city(), &[week]).await.unwrap(), 3);
        schedule(&city, at(&city)).tick().await.unwrap();
        schedule(&city, at(&city)).dispatch().await.unwrap();
        assert_eq!(city.memory.requests(), 0);
    }
}

/// Putting a million rows into batches takes longer than anybody's patience with a service: patience does not run meanwhile.
#[tokio::test]
async fn patience_is_not_used_up_by_putting_rows_into_batches() {
    let city = City::on(sqlite().await).await;
    city.alike(3).await;
    // Another writer holds the database for as long as assembling would take.
    let (db, held) = (city.test.db.clone(), Arc::new(tokio::sync::Notify::new()));
    let sender = Sender { patience: Duration::from_millis(300), ..city.sender() };
    let library = super::city();
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
    assert!(tokio::time::timeout(Duration::from_secs(2), held.notified()).await.is_err(), "it has patience while rows are put into batches");
    dispatcher.assembling.store(false, std::sync::atomic::Ordering::Relaxed);
    tokio::time::timeout(Duration::from_secs(20), held.notified()).await.expect("and loses it when nothing is settled");
    waiting.await.unwrap();
}

/// Neither the ledger's disk nor the key store answers: nothing was sent, so a stop takes out one household and the others get their letter.
#[tokio::test]
async fn trouble_before_the_first_request_leaves_no_doubt() {
    let triggers = ["CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'disk full'); END", "DROP TRIGGER full"];
    let tables = ["ALTER TABLE data_keys RENAME TO hidden", "ALTER TABLE hidden RENAME TO data_keys"];
    for (store, [breaks, mends]) in [("ledger.db", triggers), ("keys.db", tables)] {
        for test in databases().await {
            let city = City::on(test).await;
            let ids = city.alike(6).await;
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
            let at = at(&city);
            letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
            let store = otayori::db::Db::connect(&city.config.services.key_store_url.replace("keys.db", store), 1).await.unwrap();
            sqlx::query(breaks).execute(store.pool()).await.unwrap();
            for hours in 0..3 {
                assert!(city.sender().dispatcher(Clock::set(at + hours * 3600)).dispatch().await.is_err(), "{breaks}");
            }
            assert_eq!(city.memory.requests(), 0);
            assert_eq!(city.number("SELECT COUNT(*) FROM batches WHERE settled_at IS NULL AND lease_owner IS NULL AND first_request_at IS NULL").await, 2, "{breaks}");
            city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&ids[3]]).await;
            sqlx::query(mends).execute(store.pool()).await.unwrap();
            let all = city.sender().dispatcher(Clock::set(at + 4 * 3600)).dispatch().await.unwrap();
            assert_eq!((all[KEY].sent, all[KEY].stopped, all[KEY].uncertain), (6, 1, 0), "{breaks} {}", city.test.name());
            city.memory.everybody_once(6);
        }
    }
}

/// A batch arrived and its worker was killed before the answer; repeated, it is refused. It is not halved under new keys: nobody gets it twice.
#[tokio::test]
async fn a_refusal_after_a_doubt_leaves_the_doubt() {
    for outcome in [Outcome::RefusedTogether { reason: "400".into() }, Outcome::Refused { reason: "400".into() }, Outcome::Gone] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(6).await;
            let at = at(&city);
            letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
            city.memory.next(Next::AcceptAndHang);
            let killed = city.sender().dispatcher(Clock::set(at));
            tokio::select! {
                _ = killed.dispatch() => panic!("it hangs"),
                () = async { while city.memory.got().len() < 6 { tokio::time::sleep(Duration::from_millis(20)).await } } => {}
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

/// A clock that was ahead stamped a first request in the future: how old its retry key is nobody knows, so it is not repeated.
#[tokio::test]
async fn a_first_request_of_a_clock_that_was_ahead_is_not_repeated() {
    for ahead in [3600, 3 * DAY] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(3).await;
            let at = at(&city);
            letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
            city.memory.next(Next::Answer(Outcome::Retry { after: Duration::from_secs(5) }));
            city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
            city.run("UPDATE batches SET first_request_at = first_request_at + CAST($1 AS BIGINT)", &[&ahead.to_string()]).await;
            outbox::bring_back(&city.test.db, Wall::at(at + 60)).await.unwrap();
            let all = city.sender().dispatcher(Clock::set(at + 60)).dispatch().await.unwrap();
            assert_eq!((all[KEY].uncertain, all[KEY].sent, city.memory.requests()), (3, 0, 1), "{ahead} {}", city.test.name());
        }
    }
}

/// A household whose key is missing from the store (an older copy of it): the others get their letters, and the call fails, so that somebody looks.
#[tokio::test]
async fn a_missing_key_is_trouble() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(3).await;
        let keys = otayori::db::Db::connect(&city.config.services.key_store_url, 1).await.unwrap();
        sqlx::query("DELETE FROM data_keys WHERE owner = $1").bind(&ids[1]).execute(keys.pool()).await.unwrap();
        let sent = Sender { patience: Duration::from_millis(500), ..city.sender() }.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.retry + sent.pending), (2, 1), "{}", city.test.name());
        assert!(sent.trouble.iter().any(|t| t.contains("鍵の置き場に鍵のない世帯があります（1 件）")), "{:?}", sent.trouble);
    }
}

/// The city changes the day of its letters on a letters' day: the present week's name is an earlier one then, which is no clock's fault, and nobody gets
/// a second letter by confirming it.
#[tokio::test]
async fn another_day_for_the_letters_is_no_clock_that_was_ahead() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let sent = schedule(&city, at(&city));
        sent.tick().await.unwrap();
        sent.dispatch().await.unwrap();
        city.memory.everybody_once(3);
        let mut config = (*city.config).clone();
        config.letter_day = otayori::calendar::Weekday::Thursday;
        let now = at(&city) + 3600;
        let week = letter::week_of(tuesday(), &config);
        assert!(week < letter::week_of(tuesday(), &city.config));
        let ahead = letter::ahead(&city.test.db, week, Wall::at(now)).await.unwrap();
        let told = otayori::schedule::ahead_told(&ahead);
        assert!(ahead.households == 3 && told.contains("時計のせいではありません") && !told.contains("clock confirm"), "{told}");
        let done = confirm(&city.test.db, &config, Clock::set(now)).await.unwrap();
        assert_eq!(done.ahead, 0, "{}", city.test.name());
        let config = Arc::new(config);
        for (days, sent) in [(0, 0), (2, 0), (9, 3)] {
            let sender = Sender { config: config.clone(), clock: Clock::set(at(&city) + days * DAY + 3600), ..city.sender() };
            let day = plus_days(tuesday(), i32::try_from(days).unwrap());
            assert_eq!(sender.send(&super::city(), day).await.unwrap().sent, sent, "{days} {}", city.test.name());
        }
    }
}

/// A city that was imported and has sent nothing knows when that was: a clock that jumps is seen, and what people do by it does not make it right.
#[tokio::test]
async fn an_import_is_on_record() {
    let ways: [(&str, &'static str); 4] = [
        ("registration", "UPDATE households SET created_at = CAST($1 AS BIGINT), updated_at = 1, generated_at = NULL"),
        ("change", "UPDATE households SET updated_at = CAST($1 AS BIGINT), generated_at = NULL"),
        ("session", "INSERT INTO household_sessions (token_hash, household_id, created_at, expires_at) SELECT 'x', id, CAST($1 AS BIGINT), 1 FROM households"),
        ("audit", "INSERT INTO audit (id, at, actor, action, target) VALUES ('x', CAST($1 AS BIGINT), 'system', 'x', '')"),
    ];
    for (what, sql) in ways {
        for test in databases().await {
            let city = City::on(test).await;
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "U1")]).await;
            let now = at(&city);
            assert_eq!(watch::look(&city.test.db, Wall::at(now + 200 * DAY)).await.unwrap(), Stand::Right, "made up, of any day");
            city.run(sql, &[&now.to_string()]).await;
            for jump in [26 * 7 * DAY, 14 * DAY, -2 * DAY] {
                assert!(watch::look(&city.test.db, Wall::at(now + jump)).await.unwrap().holds(), "{what} {jump} {}", city.test.name());
            }
            let ahead = Wall::at(now + 26 * 7 * DAY);
            assert!(watch::beat(&city.test.db, ahead).await.unwrap().holds());
            // Somebody registers by the wrong clock: it stays wrong.
            city.run("UPDATE households SET created_at = CAST($1 AS BIGINT), updated_at = CAST($1 AS BIGINT), generated_at = NULL", &[&ahead.seconds().to_string()]).await;
            assert!(watch::look(&city.test.db, ahead).await.unwrap().holds(), "{what} {}", city.test.name());
            let sender = city.sender_at(ahead.seconds());
            assert!(sender.send(&super::city(), tuesday()).await.unwrap_err().to_string().contains("otayori clock confirm"));
            assert_eq!(watch::beat(&city.test.db, Wall::at(now + 60)).await.unwrap(), Stand::Right);
        }
    }
}
