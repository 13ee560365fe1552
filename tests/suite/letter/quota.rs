//! LINE's monthly quota: a run that does not fit is not begun, the operator is told, and everything else goes on.

use super::{City, Next, subscription, tuesday};
use crate::support::{databases, sqlite};
use otayori::calendar::date;
use otayori::channel::Outcome;
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::contact::Channel;
use otayori::demo::standin;
use otayori::letter;
use otayori::outbox;
use otayori::runs;
use otayori::schedule::{Rebuild, Schedule, Short};
use std::sync::Arc;
use std::time::{Duration, Instant};

const KEY: &str = "letter:2026-W48";

/// Over real HTTP: nobody on LINE gets anything, web push goes, `send` says what is missing and does not wait for it;
/// later everybody has it once.
#[tokio::test]
async fn a_run_that_does_not_fit_is_not_begun() {
    for test in databases().await {
        let city = City::on(test).await;
        let (line, push) = (standin::Line::start().await.unwrap(), standin::Push::start().await.unwrap());
        for n in 0..5 {
            let (user, browser) = (format!("U{n:032x}"), push.subscription(&format!("browser-{n}")));
            // Five letters that differ: in single requests four of them would fit.
            city.household(
                "ja",
                &[("child", date(2025, 4 + n, 20))],
                &[("line", user.as_str()), ("web_push", browser.as_str())],
            )
            .await;
        }
        let asker = city.household("ja", &[], &[("line", "U000000000000000000000000000000aa")]).await;
        let sender = city.sender_over(&line).await;
        line.set_quota(Some(4));
        let begun = Instant::now();
        let sent = sender.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.pending, sent.retry, sent.refused), (5, 5, 0, 0), "{}", city.test.name());
        let [short] = sent.short[..] else { panic!("{:?}", sent.short) };
        assert_eq!(short, Short { channel: Channel::Line, needed: 5, remaining: 4 });
        let said = short.to_string();
        assert!(
            ["あと 4 通", "5 通要ります", "1 通足りません", "LINE Official Account Manager"]
                .iter()
                .all(|part| said.contains(part)),
            "{said}"
        );
        assert_eq!((line.requests(), line.users().len(), push.accepted()), (0, 0, 5), "not one request");
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not wait for what cannot go");

        // An answer to a question is not held back with them.
        let at = letter::send_at(tuesday(), &city.config).seconds();
        outbox::enqueue(
            &city.test.db,
            otayori::outbox::To::Person(&asker),
            &crate::channel::notice("answer:1"),
            Wall::at(at),
        )
        .await
        .unwrap();
        sender.dispatcher(Clock::set(at + 60)).dispatch().await.unwrap();
        assert_eq!((line.users().len(), line.requests()), (1, 1));

        // Exactly enough is enough; the answer has used one of the new limit.
        line.set_quota(Some(6));
        let sent = sender.send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.pending, sent.short.len()), (5, 0, 0), "{}", city.test.name());
        assert_eq!((line.users().len(), push.accepted()), (6, 5));
        assert!(line.users().iter().all(|user| line.talk(user).len() == 1), "nobody twice");
    }
}

/// The schedule plans page by page while it sends: the run is measured when it is whole, and held runs are asked for
/// again only after a while.
#[tokio::test]
async fn the_schedule_measures_the_whole_run() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        city.household("ja", &[("child", date(2025, 4, 20))], &[("web_push", &subscription("p"))]).await;
        let (content, at) = (Arc::new(super::city()), letter::send_at(tuesday(), &city.config).seconds());
        let rebuild: Rebuild = Arc::new(|_| Box::pin(async { Ok(()) }));
        let schedule = |seconds: i64| {
            let content = content.clone();
            let library = Arc::new(move || Ok(content.clone()));
            Schedule::new(
                city.config.clone(),
                city.test.db.clone(),
                city.vault.clone(),
                city.memory.carriers(),
                Clock::set(at + seconds),
                library,
                rebuild.clone(),
            )
        };
        // Half of the run is in the queue, and its planner works on: LINE waits and is not asked, web push goes.
        let run = runs::take(&city.test.db, "letters", letter::send_at(tuesday(), &city.config), Wall::at(at), 60)
            .await
            .unwrap()
            .unwrap();
        letter::enqueue(&city.test.db, &content, &city.config, tuesday(), Wall::at(at)).await.unwrap();
        schedule(5).dispatch().await.unwrap();
        assert_eq!((city.memory.got().len(), city.memory.asked()), (1, 0), "{}", city.test.name());
        assert!(run.finish(&city.test.db, "done", Wall::at(at + 10)).await.unwrap());
        city.memory.quota(Some(2));
        let running = schedule(20);
        for _ in 0..3 {
            running.dispatch().await.unwrap();
        }
        assert_eq!((city.memory.got().len(), city.memory.asked()), (1, 1), "asked once, held");
        city.memory.quota(Some(3));
        running.dispatch().await.unwrap();
        assert_eq!(city.memory.got().len(), 1, "not asked again within ten minutes");
        schedule(700).dispatch().await.unwrap();
        city.memory.everybody_once(4);
    }
}

/// A batch that has begun is in doubt: it is repeated with its key although the quota is used up, because LINE may have
/// counted it already.
#[tokio::test]
async fn a_batch_in_doubt_is_not_held() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let at = letter::send_at(tuesday(), &city.config).seconds();
        letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        city.memory.quota(Some(3));
        city.memory.next(Next::Answer(Outcome::Retry { after: Duration::from_secs(5) }));
        city.sender().dispatcher(Clock::set(at)).dispatch().await.unwrap();
        assert_eq!(city.memory.got().len(), 0);
        city.memory.quota(Some(0));
        let all = city.sender().dispatcher(Clock::set(at + 10)).dispatch().await.unwrap();
        assert_eq!(all[KEY].sent, 3, "{}", city.test.name());
        city.memory.everybody_once(3);
    }
}

/// A service that does not answer the question for the quota keeps no letter back: its own limit holds.
#[tokio::test]
async fn no_answer_about_the_quota_holds_nothing() {
    let city = City::on(sqlite().await).await;
    city.alike(2).await;
    let line = standin::Line::start().await.unwrap();
    line.hide_quota();
    let sent = city.sender_over(&line).await.send(&super::city(), tuesday()).await.unwrap();
    assert_eq!((sent.sent, sent.short.len(), line.users().len()), (2, 0, 2));
}

/// LINE takes nothing for a minute (429, a wrong token): what waits for its next try makes nobody ask for the quota
/// every two seconds.
#[tokio::test]
async fn letters_that_wait_for_their_next_try_do_not_ask_for_the_quota() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let (at, after) = (letter::send_at(tuesday(), &city.config).seconds(), Duration::from_secs(60));
        letter::enqueue(&city.test.db, &super::city(), &city.config, tuesday(), Wall::at(at)).await.unwrap();
        city.memory.quota(Some(3));
        for (n, outcome) in [Outcome::NotTaken { after }, Outcome::Barred { after }].into_iter().enumerate() {
            let begun = at + 60 * n as i64;
            city.memory.next(Next::Answer(outcome));
            for seconds in [0, 2, 4, 30, 59] {
                city.sender().dispatcher(Clock::set(begun + seconds)).dispatch().await.unwrap();
                assert_eq!(
                    (city.memory.asked(), city.memory.requests()),
                    (n as u32 + 1, n as u32 + 1),
                    "{seconds} {}",
                    city.test.name()
                );
            }
            // They count all the same when somebody asks.
            assert_eq!(
                outbox::letters_to_begin(&city.test.db, Channel::Line, Wall::at(begun + 59)).await.unwrap(),
                (3, 0),
                "{}",
                city.test.name()
            );
        }
        city.sender().dispatcher(Clock::set(at + 120)).dispatch().await.unwrap();
        assert_eq!(city.memory.asked(), 3);
        city.memory.everybody_once(3);
    }
}
