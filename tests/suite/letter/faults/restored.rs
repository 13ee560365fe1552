//! A database that was restored: what may have gone out since its copy does not go again.

use super::{DAY, KEY, at, schedule};
use crate::letter::{City, Next, subscription, tuesday};
use crate::support::databases;
use otayori::calendar::{date, plus_days};
use otayori::channel::Outcome;
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::contact::Channel;
use otayori::erasure;
use otayori::household;
use otayori::letter;
use otayori::outbox::{self, Which};
use otayori::runs;
use otayori::schedule::Sender;
use otayori::watch;
use std::time::Duration;

/// 03:30 backup, 07:30 letters, 10:00 restored by the book. The ledger stands beside the key store and was not
/// restored: nobody gets it twice.
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
        let sent = city.sender().send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!(sent.sent, 5, "a refused request is on the ledger and holds nobody back: {}", city.test.name());
        // The file alone has it all: after a crash somebody copies it without the log beside it.
        if let Some(file) = city.config.services.key_store_url.strip_prefix("sqlite:") {
            let copied = tempfile::tempdir().unwrap();
            std::fs::copy(file.replace("keys.db", "ledger.db"), copied.path().join("ledger.db")).unwrap();
            let ledger = otayori::db::Db::connect(&format!("sqlite:{}", copied.path().join("ledger.db").display()), 1)
                .await
                .unwrap();
            let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM ledger").fetch_one(ledger.pool()).await.unwrap();
            let ids: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM ledger_id").fetch_one(ledger.pool()).await.unwrap();
            assert_eq!((rows, ids), (5, 1));
        }
        as_in_the_night(&city).await;
        // Somebody registers after the restore.
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Unew")]).await;
        let restored = schedule(&city, at + 3 * 3600);
        restored.tick().await.unwrap();
        restored.dispatch().await.unwrap();
        city.memory.everybody_once(6);
        // The ledger knows that they were accepted: nothing is in doubt.
        assert_eq!(
            city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'").await,
            0,
            "{}",
            city.test.name()
        );
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await, 6);
        let sent = city.sender_at(at + 3 * 3600).send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.already, sent.undecided), (0, 6, 0));
        // The week after goes to all.
        let next = Sender { clock: Clock::set(at + 7 * DAY), ..city.sender() };
        assert_eq!(next.send(&crate::letter::city(), plus_days(tuesday(), 7)).await.unwrap().sent, 6);
    }
}

/// What the night's backup had: households, and nothing of this week.
async fn as_in_the_night(city: &City) {
    for sql in [
        "DELETE FROM outbox",
        "DELETE FROM batches",
        "UPDATE letters SET last_key = '', hash = NULL, sent = '', slots = ''",
    ] {
        city.run(sql, &[]).await;
    }
}

/// A crash in the middle of the push letters, then the night's copy: only what was in flight is in doubt. It is told,
/// and stays so until somebody decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_in_doubt_only_what_was_in_flight() {
    for test in databases().await {
        let city = City::on(test).await;
        for n in 0..230 {
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription(&n.to_string()))])
                .await;
        }
        let (at, library) = (at(&city), crate::letter::city());
        // Two batches, sixteen in flight of each: all that is under way is accepted, and not answered when the process
        // dies. However the fourteen before fall to the batches, of 200 and of 30, sixteen are left of each.
        city.memory.silent_after(14);
        let sender = city.sender();
        let killed = tokio::spawn(async move { sender.send(&crate::letter::city(), tuesday()).await.map(|_| ()) });
        while city.memory.silent() < 32 {
            assert!(!killed.is_finished(), "{}", city.test.name());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        killed.abort();
        killed.await.unwrap_err();
        city.memory.recover();
        assert_eq!(
            (city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await),
            (46, 14),
            "{}",
            city.test.name()
        );
        as_in_the_night(&city).await;
        // The plan counts who is still sent to.
        let plan = letter::plan_by(&city.test.db, Some(&city.vault), &library, &city.config, tuesday()).await.unwrap();
        assert_eq!(
            (plan.of(Channel::WebPush).requests, plan.held_back.contacts, plan.held_back.households, plan.letters),
            (184, 46, 46, 230),
            "{}",
            city.test.name()
        );
        let sent = city.sender_at(at + 3600).send(&library, tuesday()).await.unwrap();
        let plan = letter::plan_by(&city.test.db, Some(&city.vault), &library, &city.config, tuesday()).await.unwrap();
        assert_eq!(
            (plan.of(Channel::WebPush).requests, plan.held_back),
            (230, letter::HeldBack::default()),
            "all has its row again"
        );
        assert_eq!(
            (sent.sent, sent.already, sent.uncertain, sent.undecided),
            (184, 14, 32, 32),
            "{}",
            city.test.name()
        );
        city.memory.everybody_once(230);
        assert_eq!(
            outbox::in_doubt(&city.test.db).await.unwrap(),
            std::collections::BTreeMap::from([("2026-W48".to_owned(), 32)])
        );
        // Why a household got nothing, perhaps.
        let of = |outcome: &'static str| {
            format!(
                "SELECT MIN(c.household_id) FROM outbox o JOIN contacts c ON c.id = o.contact_id WHERE o.outcome = \
                 '{outcome}'"
            )
        };
        for outcome in ["sent", "uncertain"] {
            let id: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(of(outcome))).fetch_one(city.test.db.pool()).await.unwrap();
            let told = letter::explain(&city.test.db, &library, &city.config, &id, tuesday()).await.unwrap().unwrap();
            assert_eq!(
                told.delivery.iter().map(|d| d.outcome.as_str()).collect::<Vec<_>>(),
                [outcome],
                "{}",
                city.test.name()
            );
            // A week later, too.
            city.run("UPDATE letters SET last_key = 'letter:2026-W49' WHERE household_id = $1", &[&id]).await;
            let told = letter::explain(&city.test.db, &library, &city.config, &id, tuesday()).await.unwrap().unwrap();
            let said = if outcome == "sent" {
                "この週に送った（"
            } else {
                "この週に送ったかどうか、わからない（"
            };
            assert!(!told.items.is_empty() && told.items.iter().all(|i| i.because.starts_with(said)), "{told:?}");
        }
        // Nothing changes by itself; the note is found again where it is missing.
        city.run("DELETE FROM upkeep WHERE name = 'in doubt'", &[]).await;
        let again = schedule(&city, at + 7200);
        again.tick().await.unwrap();
        again.dispatch().await.unwrap();
        assert_eq!(
            (city.memory.requests(), outbox::in_doubt(&city.test.db).await.unwrap().len()),
            (230, 1),
            "{}",
            city.test.name()
        );
        // Once more: one of them has stopped since, one is gone.
        let stopped = "UPDATE households SET stopped_at = 1 WHERE id = (SELECT MIN(c.household_id) FROM outbox o JOIN \
            contacts c ON c.id = o.contact_id WHERE o.outcome = 'uncertain')";
        let gone =
            "UPDATE contacts SET gone_at = 1 WHERE id = (SELECT MIN(o.contact_id) FROM outbox o JOIN contacts c ON \
             c.id = o.contact_id JOIN households h ON h.id = c.household_id
          WHERE o.outcome = 'uncertain' AND h.stopped_at IS NULL)";
        for sql in [stopped, gone] {
            assert_eq!(city.run(sql, &[]).await, 1);
        }
        let (db, which) = (&city.test.db, Which::named("2026-W48"));
        let rows = outbox::doubtful(db, &which, tuesday()).await.unwrap();
        assert_eq!((rows.again(), rows.over), (30, 2), "{}", city.test.name());
        assert_eq!(outbox::doubtful(db, &Which::named("2026-W47"), tuesday()).await.unwrap().again(), 0);
        assert_eq!(outbox::once_more(db, &city.vault, &rows, Wall::at(at + 7200)).await.unwrap(), 30);
        let sent = city.sender_at(at + 7300).send(&library, tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.undecided), (30, 0), "{}", city.test.name());
        assert_eq!(city.memory.got().values().filter(|n| **n == 2).count(), 30);
        assert!(outbox::in_doubt(db).await.unwrap().is_empty());
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'left'").await, 2);
        // Restored once more, it is not forgotten who got it.
        as_in_the_night(&city).await;
        let sent = city.sender_at(at + 7400).send(&library, tuesday()).await.unwrap();
        assert_eq!((sent.sent, city.memory.requests()), (0, 260), "{}", city.test.name());
    }
}

/// What a service did not take is not in doubt after a restore, whatever the ledger says was asked; what it may have
/// taken is.
#[tokio::test]
async fn what_was_not_taken_is_not_in_doubt() {
    for (outcome, doubt) in [
        (Outcome::NotTaken { after: Duration::from_secs(5) }, 0),
        (Outcome::Barred { after: Duration::from_secs(5) }, 0),
        (Outcome::Retry { after: Duration::from_secs(5) }, 4),
    ] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(3).await;
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
            (0..2).for_each(|_| city.memory.next(Next::Answer(outcome.clone())));
            let at = at(&city);
            letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(at))
                .await
                .unwrap();
            city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
            assert_eq!((city.memory.requests(), city.memory.got().len()), (2, 0), "{outcome:?} {}", city.test.name());
            city.memory.recover();
            as_in_the_night(&city).await;
            let sent = city.sender_at(at + 3600).send(&crate::letter::city(), tuesday()).await.unwrap();
            assert_eq!((sent.sent, sent.undecided), (4 - doubt, doubt), "{outcome:?} {}", city.test.name());
        }
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
        assert_eq!(city.sender().send(&crate::letter::city(), tuesday()).await.unwrap().sent, 5);
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
            assert_eq!(
                city.number("SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL").await,
                0,
                "{} {begun}",
                city.test.name()
            );
            assert_eq!(
                city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND channel = 'web_push'").await,
                1,
                "{} {begun}",
                city.test.name()
            );
            if n == 0 {
                city.memory.everybody_once(5);
                assert_eq!(
                    city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await,
                    5,
                    "{}",
                    city.test.name()
                );
                // The batches as they were first: discarding has taken the rows of LINE out of theirs.
                city.run(
                    "UPDATE outbox SET batch_id = (SELECT id FROM batches WHERE batches.channel = outbox.channel)",
                    &[],
                )
                .await;
            } else {
                // LINE was asked by the retry key that the batch has always had, and is sure.
                assert_eq!(
                    city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND channel = 'line'").await,
                    4,
                    "{}",
                    city.test.name()
                );
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
        let said = sender.send(&crate::letter::city(), tuesday()).await.unwrap_err().to_string();
        assert!(said.contains("--mark-sent") && said.contains("--nothing-sent-since"), "{said}");
        assert_eq!(
            (city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox").await),
            (0, 0),
            "{}",
            city.test.name()
        );
        let week = letter::week_of(tuesday(), &city.config);
        assert!(said.contains(&format!("--mark-sent {week}`")), "the week itself is named: {said}");
        assert_eq!(sender.mark_sent(&crate::letter::city(), &[week]).await.unwrap(), 3);
        // Now everything is known again, and there is nothing to mark.
        let said = sender.mark_sent(&crate::letter::city(), &[week]).await.unwrap_err().to_string();
        assert!(said.contains("送付の記録があるので") && sender.nothing_sent_since().await.is_err(), "{said}");
        restored.tick().await.unwrap();
        restored.dispatch().await.unwrap();
        assert_eq!(
            (city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'left'").await),
            (0, 3),
            "{}",
            city.test.name()
        );
        assert!(outbox::in_doubt(&city.test.db).await.unwrap().is_empty(), "somebody has decided");
        let plan = letter::plan(&city.test.db, &crate::letter::city(), &city.config, tuesday()).await.unwrap();
        assert_eq!(plan.letters, 3);
        let next = Sender { clock: Clock::set(now + 7 * DAY), ..city.sender() };
        assert_eq!(
            next.send(&crate::letter::city(), plus_days(tuesday(), 7)).await.unwrap().sent,
            3,
            "the next week goes"
        );
    }
}

async fn lose_the_ledger(city: &City) {
    let ledger =
        otayori::db::Db::connect(&city.config.services.key_store_url.replace("keys.db", "ledger.db"), 1).await.unwrap();
    for sql in ["DELETE FROM ledger_id", "DELETE FROM ledger"] {
        sqlx::query(sql).execute(ledger.pool()).await.unwrap();
    }
}

/// A copy of a week and a half ago was restored on a letter day, before its hour or after it, and the ledger is lost:
/// every week whose hour has come since is asked about, one of them alone lets nothing go, and another one is an error
/// that names them.
#[tokio::test]
async fn every_week_since_the_copy_is_answered_for() {
    let week = |back: i32| plus_days(tuesday(), -7 * back);
    for (after, come) in [(-3600, false), (3600, true)] {
        for test in databases().await {
            let city = City::on(test).await;
            city.alike(3).await;
            let (now, library) = (at(&city) + after, crate::letter::city());
            let at_week = |back: i32| letter::send_at(week(back), &city.config).seconds();
            city.run("UPDATE households SET created_at = CAST($1 AS BIGINT)", &[&at_week(5).to_string()]).await;
            // As in the copy: the week before the two is sent.
            let copied = schedule(&city, at_week(2));
            copied.tick().await.unwrap();
            copied.dispatch().await.unwrap();
            assert_eq!(
                (city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'").await),
                (1, 3)
            );
            lose_the_ledger(&city).await;
            let said = city.sender_at(now).send(&library, tuesday()).await.unwrap_err().to_string();
            assert!(said.contains("otayori clock confirm"), "the clock first: {said}");
            watch::confirm(&city.test.db, Wall::at(now)).await.unwrap();
            let (sender, restored) = (city.sender_at(now), schedule(&city, now));
            let nothing_went = async || {
                restored.tick().await.unwrap();
                restored.dispatch().await.unwrap();
                assert_eq!(
                    (city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox").await),
                    (1, 3),
                    "{come} {}",
                    city.test.name()
                );
            };
            nothing_went().await;
            let said = sender.send(&library, tuesday()).await.unwrap_err().to_string();
            let all = if come { "--mark-sent 2026-W47,2026-W48`" } else { "--mark-sent 2026-W47`" };
            assert!(said.contains(all) && said.contains("2026-W47（11月17日（火） から）"), "{come}: {said}");
            let of =
                |weeks: &[i32]| weeks.iter().map(|back| letter::week_of(week(*back), &city.config)).collect::<Vec<_>>();
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
            assert_eq!(
                sender.mark_sent(&library, &of(if come { &[1, 0] } else { &[1] })).await.unwrap(),
                if come { 6 } else { 3 },
                "{}",
                city.test.name()
            );
            let later = schedule(&city, at(&city) + 7200);
            later.tick().await.unwrap();
            later.dispatch().await.unwrap();
            assert_eq!(
                city.memory.requests(),
                if come { 1 } else { 2 },
                "{come} {}: what may have gone does not go again, what is still to come goes",
                city.test.name()
            );
            let next = city.sender_at(at(&city) + 7 * DAY).send(&library, plus_days(tuesday(), 7)).await.unwrap();
            assert_eq!(next.sent, 3);
        }
    }
}

/// The copy was made while the week's letters were under way, or by hand before their hour: the week is in question
/// though a run of it is on record.
#[tokio::test]
async fn a_copy_made_in_the_middle_of_a_run_leaves_its_week_in_question() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let (now, library) = (at(&city), crate::letter::city());
        schedule(&city, now).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'done'").await, 1);
        lose_the_ledger(&city).await;
        let sender = city.sender_at(now + 7200);
        let question = sender.in_question().await.unwrap();
        assert_eq!(
            (question.must, question.may),
            (vec![letter::week_of(tuesday(), &city.config)], None),
            "{}",
            city.test.name()
        );
        assert_eq!(sender.mark_sent(&library, &[letter::week_of(tuesday(), &city.config)]).await.unwrap(), 3);
        schedule(&city, now + 7200).dispatch().await.unwrap();
        assert_eq!(
            (city.memory.requests(), city.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'left'").await),
            (0, 3)
        );
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
        assert!(
            question.message().contains("--nothing-sent-since")
                && question.message().contains(&format!("--mark-sent {week}`")),
            "{}",
            question.message()
        );
        assert_eq!(sender.mark_sent(&crate::letter::city(), &[week]).await.unwrap(), 3);
        schedule(&city, at(&city)).tick().await.unwrap();
        schedule(&city, at(&city)).dispatch().await.unwrap();
        assert_eq!(city.memory.requests(), 0);
    }
}

/// While its ledger was there, a `serve` put weeks on record as missed. That says nothing of what was sent by hand
/// after the copy: without the ledger they are in question, and nobody calls them missed.
#[tokio::test]
async fn a_week_that_is_on_record_as_missed_is_in_question() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let (now, library) = (at(&city), crate::letter::city());
        city.run("UPDATE households SET created_at = CAST($1 AS BIGINT)", &[&(now - 42 * DAY).to_string()]).await;
        // As in the copy: the week before the three is sent.
        let copied = schedule(&city, now - 21 * DAY);
        copied.tick().await.unwrap();
        copied.dispatch().await.unwrap();
        assert_eq!(city.memory.requests(), 1);
        // Restored with the ledger, before the hour of the letter day; the ledger is lost after that.
        watch::confirm(&city.test.db, Wall::at(now - 3600)).await.unwrap();
        schedule(&city, now - 3600).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await, 2, "{}", city.test.name());
        lose_the_ledger(&city).await;
        let (sender, zoned) = (city.sender_at(now + 60), Clock::set(now + 60).zoned(&city.config.zone));
        let weeks: Vec<_> = [14, 7, 0].map(|days| letter::week_of(plus_days(tuesday(), -days), &city.config)).into();
        let question = sender.in_question().await.unwrap();
        assert_eq!((&question.must, question.may), (&weeks, None), "{}", city.test.name());
        assert!(runs::missed(&city.test.db, &city.config, &zoned, false).await.unwrap().is_empty());
        assert_eq!(runs::missed(&city.test.db, &city.config, &zoned, true).await.unwrap(), weeks[..2]);
        let said = sender.mark_sent(&library, &weeks[2..]).await.unwrap_err().to_string();
        assert!(said.contains("2026-W46、2026-W47 も、送ったかもしれません"), "{said}");
        sender.mark_sent(&library, &weeks).await.unwrap();
        let later = schedule(&city, now + 120);
        later.tick().await.unwrap();
        later.dispatch().await.unwrap();
        assert_eq!(city.memory.requests(), 1, "{}", city.test.name());
        assert!(
            runs::missed(&city.test.db, &city.config, &zoned, true).await.unwrap().is_empty(),
            "somebody has answered for them"
        );
    }
}

/// A copy of before a loss is restored: who has stopped since then is stopped again, from the same second, before a
/// letter goes; so is the device that was taken away. Who had begun again goes on, and a stop that was taken back stays
/// taken back.
#[tokio::test]
async fn who_has_stopped_since_the_copy_is_stopped_again() {
    for test in databases().await {
        let city = City::on(test).await;
        let child = |n: i16| [("child", date(2025, 4, 20 + n as i8))];
        let all = city.household("ja", &child(0), &[("line", "Uall")]).await;
        let one = city
            .household("ja", &[("pregnancy", date(2027, 3, 16)), ("child", date(2025, 4, 20))], &[("line", "Uone")])
            .await;
        let device = city.household("ja", &child(1), &[("line", "Udevice")]).await;
        let back = city.household("ja", &child(2), &[("line", "Uback")]).await;
        let (db, vault, at) = (&city.test.db, &city.vault, at(&city));
        schedule(&city, at - 7200).tick().await.unwrap();
        // As it is in the copy.
        let contact: (String, String) = sqlx::query_as("SELECT id, address FROM contacts WHERE household_id = $1")
            .bind(&device)
            .fetch_one(db.pool())
            .await
            .unwrap();

        let stopped = at - 3600;
        household::stop_all(db, &all, stopped).await.unwrap();
        household::stop_subject(db, &one, "a", stopped).await.unwrap();
        household::remove_contact(db, &device, &contact.0, stopped).await.unwrap();
        household::stop_all(db, &back, stopped).await.unwrap();
        schedule(&city, stopped + 60).tick().await.unwrap();
        household::start_again(db, &back, household::Share::All, stopped + 120).await.unwrap();
        schedule(&city, stopped + 180).tick().await.unwrap();
        assert!(vault.stops_of(&back).await.unwrap().is_empty(), "{}: it goes again", city.test.name());

        // The copy: nothing of it has happened, the log does not know of it either.
        for sql in
            ["UPDATE households SET stopped_at = NULL", "UPDATE subjects SET stopped_at = NULL", "DELETE FROM audit"]
        {
            city.run(sql, &[]).await;
        }
        city.run("UPDATE contacts SET address = $1, gone_at = NULL WHERE id = $2", &[&contact.1, &contact.0]).await;
        let restored = schedule(&city, at);
        restored.tick().await.unwrap();
        restored.dispatch().await.unwrap();
        let state = async |id: &str| {
            let household = household::load(db, id).await.unwrap().unwrap();
            (
                household.stopped_at,
                household.subjects.iter().map(|s| s.stopped_at).collect::<Vec<_>>(),
                household.contacts.len(),
            )
        };
        assert_eq!(state(&all).await, (Some(stopped), vec![None], 1), "{}", city.test.name());
        assert_eq!(state(&one).await, (None, vec![Some(stopped), None], 1), "{}", city.test.name());
        assert_eq!(state(&device).await, (None, vec![None], 0), "{}", city.test.name());
        assert_eq!(state(&back).await, (None, vec![None], 1), "{}", city.test.name());
        let left = "SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL AND address = ''";
        assert_eq!(city.number(left).await, 1, "{}", city.test.name());
        city.memory.everybody_once(2);

        // What is said afterwards counts: she begins again, and no later start of the program brings the old stop back.
        household::start_again(db, &all, household::Share::All, at + 60).await.unwrap();
        for _ in 0..2 {
            schedule(&city, at + 120).tick().await.unwrap();
            assert_eq!(state(&all).await.0, None, "{}", city.test.name());
        }
        // Erased is erased here, too.
        erasure::household(db, vault, &one, at + 180).await.unwrap();
        assert!(vault.stops_of(&one).await.unwrap().is_empty());
    }
}
