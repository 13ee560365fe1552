//! The queue itself: claims, leases, settling.

use super::{City, tuesday};
use crate::support::databases;
use otayori::calendar::date;
use otayori::clock::Wall;
use otayori::letter;
use otayori::outbox::{self, Begun, End, Leave, RowOutcome, To};
use std::collections::BTreeSet;

fn notice(key: &str) -> otayori::outbox::Notice {
    crate::channel::notice(key)
}

/// A notice for each of `n` households on LINE.
async fn queued(city: &City, n: usize) -> Vec<String> {
    let ids = city.alike(n).await;
    for id in &ids {
        assert_eq!(
            outbox::enqueue(&city.test.db, To::Household(id), &notice("letter:2026-W48"), Wall::at(100)).await.unwrap(),
            1
        );
        assert_eq!(
            outbox::enqueue(&city.test.db, To::Household(id), &notice("letter:2026-W48"), Wall::at(100)).await.unwrap(),
            0,
            "twice happens once"
        );
    }
    ids
}

#[tokio::test]
async fn six_claimers_claim_every_batch_once() {
    for test in databases().await {
        let city = City::on(test).await;
        let id = city.household("ja", &[], &[("line", "Uone")]).await;
        for n in 0..300 {
            outbox::enqueue(&city.test.db, To::Household(&id), &notice(&format!("answer:{n}")), Wall::at(100))
                .await
                .unwrap();
        }
        // Putting rows into batches six times at once also happens once.
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let db = city.test.db.clone();
            set.spawn(async move { outbox::assemble(&db, Wall::at(100), &|_, n| n.title.clone()).await.unwrap() });
        }
        assert_eq!(set.join_all().await.iter().sum::<u64>(), 300, "{}", city.test.name());
        assert_eq!(city.number("SELECT CAST(SUM(recipients) AS BIGINT) FROM batches").await, 300);
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let db = city.test.db.clone();
            set.spawn(async move {
                let (mut mine, mut idle) = (Vec::new(), 0);
                while idle < 3 {
                    match outbox::claim(&db, Wall::at(100), Wall::at(160), &Leave::Nothing).await.unwrap() {
                        Some(batch) => mine.push(batch.id),
                        None => idle += 1,
                    }
                }
                mine
            });
        }
        let claimed = set.join_all().await.concat();
        assert_eq!((claimed.len(), claimed.iter().collect::<BTreeSet<_>>().len()), (300, 300), "{}", city.test.name());
    }
}

#[tokio::test]
async fn only_the_newest_claim_settles() {
    for test in databases().await {
        let city = City::on(test).await;
        queued(&city, 3).await;
        let db = &city.test.db;
        assert_eq!(outbox::assemble(db, Wall::at(99), &|_, n| n.title.clone()).await.unwrap(), 0, "not due yet");
        assert_eq!(outbox::assemble(db, Wall::at(100), &|_, n| n.title.clone()).await.unwrap(), 1);
        assert_eq!(
            outbox::claim(db, Wall::at(100), Wall::at(115), &Leave::Letters).await.unwrap(),
            None,
            "letters wait at night"
        );
        let first = outbox::claim(db, Wall::at(100), Wall::at(115), &Leave::Nothing).await.unwrap().unwrap();
        assert_eq!((first.recipients, first.attempt, first.first_request_at), (3, 1, None));
        assert_eq!(
            outbox::claim(db, Wall::at(114), Wall::at(130), &Leave::Nothing).await.unwrap(),
            None,
            "its lease holds"
        );
        assert!(outbox::renew(db, &first, Wall::at(120)).await.unwrap());
        assert_eq!(
            outbox::claim(db, Wall::at(119), Wall::at(130), &Leave::Nothing).await.unwrap(),
            None,
            "it was renewed"
        );
        let Begun::Send { rows, .. } = outbox::begin(db, &first, super::tuesday(), Wall::at(101)).await.unwrap() else {
            panic!()
        };
        assert_eq!(rows.len(), 3);
        let second = outbox::claim(db, Wall::at(120), Wall::at(135), &Leave::Nothing).await.unwrap().unwrap();
        assert_eq!(
            (second.id.as_str(), second.retry_key.as_str(), second.body.as_str()),
            (first.id.as_str(), first.retry_key.as_str(), first.body.as_str())
        );
        assert_eq!(second.first_request_at, Some(101), "in doubt");
        assert!(!outbox::renew(db, &first, Wall::at(200)).await.unwrap());
        assert_eq!(outbox::settle_batch(db, &first, End::Sent, Wall::at(121)).await.unwrap(), None);
        assert!(
            !outbox::settle_rows(
                db,
                &first,
                &[(rows[0].contact_id.clone(), RowOutcome::End(End::Sent))],
                Wall::at(121),
                Wall::at(140)
            )
            .await
            .unwrap()
        );
        assert!(!outbox::later(db, &first, Wall::at(500)).await.unwrap());
        assert_eq!(outbox::begin(db, &first, super::tuesday(), Wall::at(121)).await.unwrap(), Begun::Lost);
        assert_eq!(outbox::settle_batch(db, &second, End::Sent, Wall::at(122)).await.unwrap(), Some(3));
        assert_eq!(outbox::claim(db, Wall::at(10_000), Wall::at(10_015), &Leave::Nothing).await.unwrap(), None);
        assert_eq!(outbox::waiting(db, "letter:2026-W48").await.unwrap(), outbox::Waiting::default());
    }
}

#[tokio::test]
async fn five_hundred_recipients_a_request() {
    for test in databases().await {
        let city = City::on(test).await;
        let id = city.household("ja", &[], &[]).await;
        let key = city.vault.key(&id).await.unwrap().unwrap();
        for n in 0..1201 {
            let sealed = key.seal("contacts.address", &format!("U{n}")).unwrap();
            city.run(
                "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, \
                 created_at) VALUES ($1, $2, $2, 'line', $3, $1, 1, 1)",
                &[&format!("c{n:05}"), &id, &sealed],
            )
            .await;
        }
        assert_eq!(
            outbox::enqueue(&city.test.db, To::Household(&id), &notice("urgent:1"), Wall::at(100)).await.unwrap(),
            1201
        );
        assert_eq!(outbox::assemble(&city.test.db, Wall::at(100), &|_, n| n.title.clone()).await.unwrap(), 3);
        let sizes: Vec<i64> = sqlx::query_scalar("SELECT recipients FROM batches ORDER BY recipients")
            .fetch_all(city.test.db.pool())
            .await
            .unwrap();
        assert_eq!(sizes, [201, 500, 500]);
    }
}

#[tokio::test]
async fn a_retry_key_is_forgotten_after_a_day() {
    for test in databases().await {
        let city = City::on(test).await;
        queued(&city, 2).await;
        let db = &city.test.db;
        outbox::assemble(db, Wall::at(100), &|_, n| n.title.clone()).await.unwrap();
        let first = outbox::claim(db, Wall::at(100), Wall::at(115), &Leave::Nothing).await.unwrap().unwrap();
        outbox::begin(db, &first, super::tuesday(), Wall::at(100)).await.unwrap();
        let day = 24 * 3600;
        let second =
            outbox::claim(db, Wall::at(99 + day), Wall::at(115 + day), &Leave::Nothing).await.unwrap().unwrap();
        assert!(matches!(
            outbox::begin(db, &second, super::tuesday(), Wall::at(99 + day)).await.unwrap(),
            Begun::Send { .. }
        ));
        assert!(outbox::later(db, &second, Wall::at(100 + day)).await.unwrap());
        let third =
            outbox::claim(db, Wall::at(100 + day), Wall::at(115 + day), &Leave::Nothing).await.unwrap().unwrap();
        assert_eq!(
            outbox::begin(db, &third, super::tuesday(), Wall::at(100 + day)).await.unwrap(),
            Begun::Uncertain { rows: 2 }
        );
    }
}

#[test]
fn an_answer_is_told_although_letters_are_stopped() {
    assert!(
        outbox::heeds_stops("letter:2026-W48")
            && outbox::heeds_stops("reminder:1:2026-11-24")
            && outbox::heeds_stops("urgent:1")
    );
    assert!(!outbox::heeds_stops("answer:1") && !outbox::heeds_stops("welcome"));
}

/// A row and a batch of a channel that a newer program has: nothing is sent as something else, it is told, and the
/// others go.
#[tokio::test]
async fn what_goes_by_a_channel_of_a_newer_program_is_told_and_left() {
    for test in databases().await {
        let city = City::on(test).await;
        let db = &city.test.db;
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Uone"), ("pager", "1234"), ("aaa", "0")])
            .await;
        let sent = city.sender().send(&super::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.refused, sent.gone, sent.pending), (1, 0, 0, 2), "{}", city.test.name());
        let trouble = "送る列に、「pager」という受け取り方を、この版の otayori は知りません（新しい版で書かれたデータ\
            ベースかもしれません）。\
            その分は、送らずに置いてあります。新しい版の otayori を動かしてください";
        assert!(sent.trouble.len() == 2 && sent.trouble.contains(&trouble.to_owned()), "{:?}", sent.trouble);
        // One that a newer program has put into a batch is claimed by nobody here.
        city.run(
            "INSERT INTO batches (id, channel, key, body, retry_key, recipients, due_at, created_at) VALUES ('b', \
            'pager', 'answer:1', '', 'r', 0, 1, 1)",
            &[],
        )
        .await;
        let far = Wall::at(letter::send_at(tuesday(), &city.config).seconds() + 10);
        assert_eq!(outbox::claim(db, far, far.plus(15), &Leave::Nothing).await.unwrap(), None);
        let waiting: Vec<(String, String)> =
            sqlx::query_as("SELECT channel, COALESCE(outcome, 'waiting') FROM outbox ORDER BY channel")
                .fetch_all(db.pool())
                .await
                .unwrap();
        let expected = [("aaa", "waiting"), ("line", "sent"), ("pager", "waiting")]
            .map(|(channel, outcome)| (channel.to_owned(), outcome.to_owned()));
        assert_eq!(waiting, expected, "{}", city.test.name());
        assert_eq!(city.memory.got().into_keys().collect::<Vec<_>>(), ["Uone"]);
        let unknown: Vec<String> = outbox::unknown_channels(db).await.unwrap().into_iter().map(|u| u.0).collect();
        assert_eq!(unknown, ["aaa", "pager"]);
        // The pages go on without it.
        let id: String = sqlx::query_scalar("SELECT id FROM households").fetch_one(db.pool()).await.unwrap();
        assert_eq!(otayori::household::load(db, &id).await.unwrap().unwrap().contacts.len(), 1);
    }
}
