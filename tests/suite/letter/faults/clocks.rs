//! Clocks that are ahead, back or were off: nothing goes by one that nobody believes.

use super::{DAY, KEY, at, schedule};
use crate::letter::{City, Next, tuesday};
use crate::support::databases;
use otayori::calendar::{date, plus_days};
use otayori::channel::Outcome;
use otayori::clock::Clock;
use otayori::clock::Stand;
use otayori::clock::Wall;
use otayori::letter;
use otayori::outbox;
use otayori::runs;
use otayori::schedule::{Sender, confirm, foresee};
use otayori::watch;
use std::sync::Arc;
use std::time::Duration;

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
        city.run(
            "UPDATE households SET stopped_at = CAST($2 AS BIGINT) WHERE id = $1",
            &[&ids[0], &(now - 10 * DAY).to_string()],
        )
        .await;
        let ahead = schedule(&city, now + 26 * 7 * DAY + 60);
        ahead.tick().await.unwrap();
        ahead.dispatch().await.unwrap();
        assert_eq!(
            (city.number("SELECT COUNT(*) FROM households").await, city.memory.requests()),
            (3, 1),
            "{}",
            city.test.name()
        );
        assert!(city.vault.key(&ids[0]).await.unwrap().is_some(), "its key is there");
        let far = Sender { clock: Clock::set(now + 26 * 7 * DAY), ..city.sender() };
        assert!(
            far.send(&crate::letter::city(), tuesday())
                .await
                .unwrap_err()
                .to_string()
                .contains("otayori clock confirm")
        );
        assert_eq!(
            city.number("SELECT COUNT(*) FROM runs WHERE job = 'letters'").await,
            1,
            "no week was put on record as missed"
        );
        // Put right: the next week goes by itself.
        let next = schedule(&city, now + 7 * DAY + 10);
        next.tick().await.unwrap();
        next.dispatch().await.unwrap();
        assert_eq!(
            city.memory.got().values().filter(|n| **n == 2).count(),
            2,
            "the two that go on: {}",
            city.test.name()
        );
        // Set back by a day.
        let back = schedule(&city, now + 6 * DAY);
        assert!(matches!(watch::look(&city.test.db, Wall::at(now + 6 * DAY)).await.unwrap(), Stand::Back { .. }));
        back.tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox").await, 5, "nothing new");
    }
}

/// A clock less than a week ahead is believed, and puts the week on record as missed. Put right, the week goes at its
/// time, with a confirmation or without.
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
            assert_eq!(
                city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await,
                1,
                "{}",
                city.test.name()
            );
            if confirms {
                confirm(&city.test.db, &city.config, Clock::set(saturday + 60)).await.unwrap();
            } else {
                schedule(&city, saturday + 60).tick().await.unwrap();
                // Nobody looks at the clock until it has come by itself to where it was.
                schedule(&city, next).tick().await.unwrap();
            }
            assert_eq!(
                city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await,
                0,
                "{}",
                city.test.name()
            );
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
        assert_eq!(
            watch::look(&city.test.db, Wall::at(at(&city))).await.unwrap(),
            Stand::Right,
            "an empty database passes"
        );
        city.alike(2).await;
        let now = at(&city);
        schedule(&city, now).tick().await.unwrap();
        schedule(&city, now + 1).dispatch().await.unwrap();
        let later = now + 14 * DAY;
        let off = schedule(&city, later);
        off.tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox").await, 2, "{}", city.test.name());
        let stand = watch::look(&city.test.db, Wall::at(later)).await.unwrap();
        let said = stand.message(Wall::at(later), &city.config.zone);
        assert!(
            ["2026-12-08 07:30", "2026-11-24 07:30", "`otayori clock confirm`"].iter().all(|part| said.contains(part)),
            "{said}"
        );
        let done = confirm(&city.test.db, &city.config, Clock::set(later)).await.unwrap();
        assert_eq!((done.stand, done.ahead), (stand, 0));
        off.tick().await.unwrap();
        off.dispatch().await.unwrap();
        assert!(city.memory.got().values().all(|n| *n == 2), "{}", city.test.name());
    }
}

/// Somebody confirms a clock that is half a year ahead: what follows is told before, nobody is erased for a day, and a
/// second confirmation, by the right clock, takes it back. By a clock that is right, what is due is erased when the day
/// is over.
#[tokio::test]
async fn a_wrong_confirmation_is_taken_back() {
    for test in databases().await {
        let city = City::on(test).await;
        let mut ids = city.alike(2).await;
        // Half a year later there is a letter for them, too.
        for user in ["Uone", "Uother"] {
            ids.push(city.household("ja", &[("child", date(2026, 5, 1))], &[("line", user)]).await);
        }
        let now = at(&city);
        schedule(&city, now).tick().await.unwrap();
        schedule(&city, now + 1).dispatch().await.unwrap();
        for (id, days) in [(&ids[0], 10), (&ids[1], 88)] {
            city.run(
                "UPDATE households SET stopped_at = CAST($2 AS BIGINT) WHERE id = $1",
                &[id, &(now - days * DAY).to_string()],
            )
            .await;
        }
        let ahead = now + 26 * 7 * DAY + 3600;
        let told = foresee(&city.test.db, &city.config, Clock::set(ahead), true).await.unwrap();
        assert_eq!((told.households, told.guests, told.missed.len()), (2, 0, 7), "{told:?}");
        let said = told.message(&city.config);
        for part in [
            "2027-05-25 08:30",
            "いちばん新しい記録は 2026-11-24 07:30",
            "2027-W21（5月25日（火） から）を、すぐ送ります",
            "90日を過ぎた 2 世帯",
            "2027-05-26 08:30 から",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(confirm(&city.test.db, &city.config, Clock::set(ahead)).await.unwrap().stand.holds());
        let wrong = schedule(&city, ahead + 60);
        wrong.tick().await.unwrap();
        wrong.dispatch().await.unwrap();
        assert_eq!(
            (
                city.memory.got().values().filter(|n| **n == 2).count(),
                city.number("SELECT COUNT(*) FROM households").await
            ),
            (2, 4),
            "{}",
            city.test.name()
        );
        // The day has not passed by that clock when it is put right: nothing goes, nothing is erased, and it is asked
        // again.
        let right = schedule(&city, now + 3600);
        right.tick().await.unwrap();
        assert!(watch::look(&city.test.db, Wall::at(now + 3600)).await.unwrap().holds());
        let done = confirm(&city.test.db, &city.config, Clock::set(now + 3600)).await.unwrap();
        assert_eq!(
            (done.ahead, watch::erasing_waits(&city.test.db, Wall::at(now + 3600)).await.unwrap()),
            (2, Some(Wall::at(now + 3600 + DAY))),
            "{}",
            city.test.name()
        );
        right.tick().await.unwrap();
        schedule(&city, now + 3599 + DAY).tick().await.unwrap();
        for id in &ids {
            assert!(city.vault.key(id).await.unwrap().is_some(), "{}", city.test.name());
        }
        // Three days later what is due by the right clock goes, and nothing else.
        schedule(&city, now + 3 * DAY).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM households").await, 3, "{}", city.test.name());
        assert!(city.vault.key(&ids[0]).await.unwrap().is_some() && city.vault.key(&ids[1]).await.unwrap().is_none());
        // A clock that is believed is not confirmed: nothing waits for it.
        confirm(&city.test.db, &city.config, Clock::set(now + 3 * DAY)).await.unwrap();
        assert_eq!(watch::erasing_waits(&city.test.db, Wall::at(now + 3 * DAY)).await.unwrap(), None);
        // And the next week goes to those who go on.
        let next = schedule(&city, now + 7 * DAY);
        next.tick().await.unwrap();
        next.dispatch().await.unwrap();
        assert_eq!(city.memory.got().values().filter(|n| **n == 3).count(), 2, "{}", city.test.name());
    }
}

/// Off for two weeks and a bit: all the weeks that nobody sent are named, one by one, until letters go again.
#[tokio::test]
async fn every_week_that_was_missed_is_named() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(2).await;
        let now = at(&city);
        let missed = async |at: i64| {
            let weeks = runs::missed(&city.test.db, &city.config, &Clock::set(at).zoned(&city.config.zone), true)
                .await
                .unwrap();
            weeks.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(missed(now).await, Vec::<String>::new(), "a city that has never sent");
        schedule(&city, now).tick().await.unwrap();
        schedule(&city, now + 1).dispatch().await.unwrap();
        assert_eq!(missed(now + 6 * DAY).await, Vec::<String>::new());
        let later = now + 15 * DAY;
        assert_eq!(
            missed(later).await,
            ["2026-W49", "2026-W50"],
            "{}: while the clock is not believed, too",
            city.test.name()
        );
        schedule(&city, later).tick().await.unwrap();
        let told = foresee(&city.test.db, &city.config, Clock::set(later), true).await.unwrap().message(&city.config);
        assert!(
            told.contains("2026-W49（12月1日（火） から。送るなら `otayori send --date 2026-12-01`）、2026-W50"),
            "{told}"
        );
        confirm(&city.test.db, &city.config, Clock::set(later)).await.unwrap();
        schedule(&city, later).tick().await.unwrap();
        for at in [later, now + 21 * DAY - 3600] {
            assert_eq!(missed(at).await, ["2026-W49", "2026-W50"], "{}", city.test.name());
        }
        // One of them by hand: the older is no question any more.
        city.sender_at(later).send(&crate::letter::city(), plus_days(tuesday(), 14)).await.unwrap();
        assert_eq!(missed(later).await, Vec::<String>::new(), "{}", city.test.name());
    }
}

/// Wrong letters went out half a year ahead before anybody noticed: they are counted, and after a confirmation the
/// households get letters again.
#[tokio::test]
async fn whoever_had_a_letter_of_a_later_week_is_counted_and_brought_back() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let (now, later) = (at(&city), plus_days(tuesday(), 26 * 7));
        let far = Sender { clock: city.clock(later), ..city.sender() };
        far.send(&crate::letter::city(), later).await.unwrap();
        let week = letter::week_of(tuesday(), &city.config);
        let ahead = letter::ahead(&city.test.db, week, Wall::at(now)).await.unwrap();
        assert_eq!(
            (ahead.households, ahead.latest, ahead.sent_before_now),
            (3, letter::key_of(letter::week_of(later, &city.config)), false),
            "{}",
            city.test.name()
        );
        let done = confirm(&city.test.db, &city.config, Clock::set(now)).await.unwrap();
        assert_eq!(done.ahead, 3);
        assert_eq!(
            city.sender().send(&crate::letter::city(), tuesday()).await.unwrap().sent,
            3,
            "{}",
            city.test.name()
        );
        assert_eq!(letter::ahead(&city.test.db, week, Wall::at(now)).await.unwrap().households, 0);
    }
}

/// A clock that was ahead stamped a first request in the future: how old its retry key is nobody knows, so it is not
/// repeated.
#[tokio::test]
async fn a_first_request_of_a_clock_that_was_ahead_is_not_repeated() {
    for ahead in [3600, 3 * DAY] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(3).await;
            let at = at(&city);
            letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(at))
                .await
                .unwrap();
            city.memory.next(Next::Answer(Outcome::Retry { after: Duration::from_secs(5) }));
            city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
            city.run(
                "UPDATE batches SET first_request_at = first_request_at + CAST($1 AS BIGINT)",
                &[&ahead.to_string()],
            )
            .await;
            outbox::bring_back(&city.test.db, Wall::at(at + 60)).await.unwrap();
            let all = city.sender().dispatcher(Clock::set(at + 60)).dispatch().await.unwrap();
            assert_eq!(
                (all[KEY].uncertain, all[KEY].sent, city.memory.requests()),
                (3, 0, 1),
                "{ahead} {}",
                city.test.name()
            );
        }
    }
}

/// The city changes the day of its letters on a letters' day: the present week's name is an earlier one then, which is
/// no clock's fault, and nobody gets a second letter by confirming it.
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
        let told = otayori::schedule::ahead_message(&ahead);
        assert!(
            ahead.households == 3 && told.contains("時計のせいではありません") && !told.contains("clock confirm"),
            "{told}"
        );
        let done = confirm(&city.test.db, &config, Clock::set(now)).await.unwrap();
        assert_eq!(done.ahead, 0, "{}", city.test.name());
        let config = Arc::new(config);
        for (days, sent) in [(0, 0), (2, 0), (9, 3)] {
            let sender =
                Sender { config: config.clone(), clock: Clock::set(at(&city) + days * DAY + 3600), ..city.sender() };
            let day = plus_days(tuesday(), i32::try_from(days).unwrap());
            assert_eq!(
                sender.send(&crate::letter::city(), day).await.unwrap().sent,
                sent,
                "{days} {}",
                city.test.name()
            );
        }
    }
}

/// A city that was imported and has sent nothing knows when that was: a clock that jumps is seen, and what people do by
/// it does not make it right.
#[tokio::test]
async fn an_import_is_on_record() {
    let ways: [(&str, &'static str); 4] = [
        ("registration", "UPDATE households SET created_at = CAST($1 AS BIGINT), updated_at = 1, generated_at = NULL"),
        ("change", "UPDATE households SET updated_at = CAST($1 AS BIGINT), generated_at = NULL"),
        (
            "session",
            "INSERT INTO person_sessions (token_hash, person_id, undo, created_at, expires_at) SELECT 'x', id, '', \
             CAST($1 AS BIGINT), 1 FROM households",
        ),
        (
            "audit",
            "INSERT INTO audit (id, at, actor, action, target) VALUES ('x', CAST($1 AS BIGINT), 'system', 'x', '')",
        ),
    ];
    for (what, sql) in ways {
        for test in databases().await {
            let city = City::on(test).await;
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "U1")]).await;
            let now = at(&city);
            assert_eq!(
                watch::look(&city.test.db, Wall::at(now + 200 * DAY)).await.unwrap(),
                Stand::Right,
                "made up, of any day"
            );
            city.run(sql, &[&now.to_string()]).await;
            for jump in [26 * 7 * DAY, 14 * DAY, -2 * DAY] {
                assert!(
                    watch::look(&city.test.db, Wall::at(now + jump)).await.unwrap().holds(),
                    "{what} {jump} {}",
                    city.test.name()
                );
            }
            let ahead = Wall::at(now + 26 * 7 * DAY);
            assert!(watch::beat(&city.test.db, ahead).await.unwrap().holds());
            // Somebody registers by the wrong clock: it stays wrong.
            city.run(
                "UPDATE households SET created_at = CAST($1 AS BIGINT), updated_at = CAST($1 AS BIGINT), \
                generated_at = NULL",
                &[&ahead.seconds().to_string()],
            )
            .await;
            assert!(watch::look(&city.test.db, ahead).await.unwrap().holds(), "{what} {}", city.test.name());
            let sender = city.sender_at(ahead.seconds());
            assert!(
                sender
                    .send(&crate::letter::city(), tuesday())
                    .await
                    .unwrap_err()
                    .to_string()
                    .contains("otayori clock confirm")
            );
            assert_eq!(watch::beat(&city.test.db, Wall::at(now + 60)).await.unwrap(), Stand::Right);
        }
    }
}

/// What one process at a time does is given back at once, and a lease that a clock ahead has left holds nobody up when
/// it is right again.
#[tokio::test]
async fn a_lease_of_a_clock_ahead_holds_nobody_up() {
    for test in databases().await {
        let now = Wall::at(1_795_000_000);
        let hold = async |at: Wall| otayori::runs::hold(&test.db, "test", at, 60).await.unwrap();
        let ahead = hold(now.plus(26 * 7 * DAY)).await.unwrap();
        let right = hold(now).await.expect("nobody is at it");
        assert!(hold(now.plus(30)).await.is_none(), "{}: one at a time", test.name());
        ahead.give_back(&test.db).await.unwrap();
        assert!(hold(now.plus(30)).await.is_none(), "who has lost it gives nothing back");
        right.give_back(&test.db).await.unwrap();
        assert!(hold(now.plus(30)).await.is_some());
        assert!(hold(now.plus(91)).await.is_some(), "killed: taken over when its lease has run out");
    }
}
