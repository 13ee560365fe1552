//! All households of a language share a message on LINE, with LINE Login and without: few requests, one link or button
//! for all, and everybody's own letter behind it.

use super::{City, subscription, tuesday};
use crate::support::databases;
use otayori::calendar::{date, plus_days};
use otayori::channel::{Carriers, Way};
use otayori::config::Config;
use otayori::contact::Channel;
use otayori::letter;
use otayori::schedule::Sender;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The city's settings with a LINE Login channel.
fn with_login(city: &City) -> Config {
    let mut config = (*city.config).clone();
    config.services.line_login = Some(("1653000000".into(), "secret".into()));
    config
}

/// LINE bodies that went out, each once.
fn bodies(city: &City) -> BTreeSet<String> {
    city.memory.0.lock().unwrap().keys.values().map(|(_, body)| body.clone()).collect()
}

#[tokio::test]
async fn one_message_a_language() {
    for test in databases().await {
        let city = City::on(test).await;
        let mut ids = Vec::new();
        for n in 0..6 {
            ids.push(city.household("ja", &[("child", date(2025, 1 + n, 20))], &[("line", &format!("Uja{n}"))]).await);
        }
        ids.push(
            city.household(
                "en",
                &[("child", date(2025, 3, 20))],
                &[("line", "Uen0"), ("web_push", &subscription("en"))],
            )
            .await,
        );
        ids.push(city.household("en", &[("child", date(2025, 4, 20))], &[("line", "Uen1")]).await);
        // A language that the site does not have (any more) gets the main one.
        ids.push(city.household("pt", &[("child", date(2025, 5, 20))], &[("line", "Upt")]).await);
        let (config, library) = (Arc::new(with_login(&city)), super::city());
        let db = &city.test.db;
        let plan = async |config: &Config| letter::plan(db, &library, config, tuesday()).await.unwrap();
        let before = plan(&config).await;
        assert_eq!(
            serde_json::to_string(&plan(&city.config).await).unwrap(),
            serde_json::to_string(&before).unwrap(),
            "with the login or without"
        );
        assert_eq!(
            (
                before.of(Channel::Line).requests,
                before.of(Channel::Line).recipients,
                before.of(Channel::WebPush).requests,
                before.messages.len()
            ),
            (2, 9, 1, 8)
        );

        let sender = Sender { config: config.clone(), ..city.sender() };
        let sent = sender.send(&library, tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.pending), (10, 0), "{}", city.test.name());
        city.memory.everybody_once(10);
        assert_eq!(city.memory.requests(), 3, "two on LINE, one push");
        assert_eq!(
            serde_json::to_string(&plan(&config).await).unwrap(),
            serde_json::to_string(&before).unwrap(),
            "plan prints what was sent"
        );
        assert_eq!(
            plan(&city.config).await.of(Channel::Line),
            before.of(Channel::Line),
            "what was sent is counted as it was sent, also without the login"
        );

        // The link is everybody's; no hash is in it. A push carries its own letter's.
        let said = bodies(&city);
        assert_eq!(said.len(), 2);
        let hashes: Vec<&str> = before.messages.iter().map(|m| m.hash.as_str()).collect();
        assert!(
            said.iter().all(|body| body.contains("/letters/2026-W48/\"") && hashes.iter().all(|h| !body.contains(h))),
            "{said:?}"
        );
        let told = city
            .number("SELECT COUNT(*) FROM outbox o JOIN letters l ON l.hash = o.hash WHERE o.channel = 'web_push'")
            .await;
        assert!(told >= 1, "the push is told of its letter");

        // Behind it each household has its own letter, now and in weeks to come.
        let own = |id: String| async move { letter::of_week(db, &id, "2026-W48").await.unwrap() };
        let mut different = BTreeSet::new();
        for id in &ids {
            let hash = own(id.clone()).await.unwrap();
            assert!(letter::view(db, &hash).await.unwrap().is_some(), "a letter's page, not the message");
            assert_eq!(letter::received(db, id).await.unwrap()[0].hash, hash);
            different.insert(hash);
        }
        assert_eq!(different.len(), 8);
        let first = own(ids[0].clone()).await;
        let next = plus_days(tuesday(), 7);
        Sender { clock: city.clock(next), ..sender.clone() }.send(&library, next).await.unwrap();
        assert_eq!(own(ids[0].clone()).await, first, "{}", city.test.name());
        let old = letter::explain(db, &library, &config, &ids[0], tuesday()).await.unwrap().unwrap();
        assert_eq!((old.hash, old.items.is_empty()), (first, false));
        assert_eq!(letter::of_week(db, &ids[0], "2026-W47").await.unwrap(), None);
        assert_eq!(letter::of_week(db, "nobody", "2026-W48").await.unwrap(), None);
        // The message itself is no letter's page.
        let shared: Vec<String> = sqlx::query_scalar("SELECT hash FROM messages WHERE key = 'line:2026-W48'")
            .fetch_all(db.pool())
            .await
            .unwrap();
        assert_eq!(shared.len(), config.site.languages.len());
        for hash in shared {
            assert_eq!(letter::view(db, &hash).await.unwrap(), None);
        }
    }
}

/// Two letters with 300 and 200 users: one request, without the login as well; and a user who comes later has the same
/// message.
#[tokio::test]
async fn five_hundred_of_different_letters_are_one_request() {
    for test in databases().await {
        let city = City::on(test).await;
        for (n, users) in [(0, 300), (1, 200)] {
            let id = city.household("ja", &[("child", date(2025, 4 + n, 20))], &[]).await;
            let key = city.vault.key(&id).await.unwrap().unwrap();
            for user in 0..users {
                let sealed = key.seal("contacts.address", &format!("U{n}-{user}")).unwrap();
                city.run(
                    "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, \
                     created_at) VALUES ($1, $2, $2, 'line', $3, $1, 1, 1)",
                    &[&format!("c{n}{user:05}"), &id, &sealed],
                )
                .await;
            }
        }
        let (sender, library) = (city.sender(), super::city());
        assert_eq!(
            letter::plan(&city.test.db, &library, &city.config, tuesday()).await.unwrap().of(Channel::Line).requests,
            1
        );
        assert_eq!(sender.send(&library, tuesday()).await.unwrap().sent, 500);
        assert_eq!(city.memory.requests(), 1, "{}", city.test.name());
        let late = city.household("ja", &[("child", date(2025, 4, 20))], &[("line", "Ulate")]).await;
        assert_eq!(sender.send(&library, tuesday()).await.unwrap().sent, 1);
        city.run("UPDATE contacts SET gone_at = 5 WHERE household_id = $1", &[&late]).await;
        let sealed = city.vault.key(&late).await.unwrap().unwrap().seal("contacts.address", "Uadded").unwrap();
        city.run(
            "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, created_at) \
             VALUES ('added', $1, $1, 'line', $2, 'added', 1, 1)",
            &[&late, &sealed],
        )
        .await;
        assert_eq!(sender.send(&library, tuesday()).await.unwrap().sent, 1);
        assert_eq!((bodies(&city).len(), city.memory.got().len()), (1, 502), "all of them the same message");
    }
}

/// A city that wants the matter in its messages has a message a letter, login or not.
#[tokio::test]
async fn not_where_the_matter_is_in_the_message() {
    let city = City::on(crate::support::sqlite().await).await;
    city.household("ja", &[("child", date(2025, 4, 20))], &[("line", "Uone")]).await;
    city.household("ja", &[("child", date(2025, 6, 20))], &[("line", "Utwo")]).await;
    let mut config = with_login(&city);
    assert_eq!(
        letter::plan(&city.test.db, &super::city(), &config, tuesday()).await.unwrap().of(Channel::Line).requests,
        1
    );
    config.site.line.discreet = false;
    assert_eq!(
        letter::plan(&city.test.db, &super::city(), &config, tuesday()).await.unwrap().of(Channel::Line).requests,
        2
    );
    let sender = Sender { config: Arc::new(config), ..city.sender() };
    sender.send(&super::city(), tuesday()).await.unwrap();
    assert_eq!(bodies(&city).len(), 2);
}

/// A letter that a version before this put into the queue as its own message: neither its link nor its hash gets to
/// LINE.
#[tokio::test]
async fn what_waits_from_before_tells_nothing_either() {
    for test in databases().await {
        let city = City::on(test).await;
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Uone")]).await;
        let db = &city.test.db;
        let at = otayori::clock::Wall::at(letter::send_at(tuesday(), &city.config).seconds());
        letter::enqueue(db, &super::city(), &city.config, tuesday(), at).await.unwrap();
        city.run("UPDATE outbox SET hash = letter, letter = ''", &[]).await;
        let hash: String = sqlx::query_scalar("SELECT hash FROM outbox").fetch_one(db.pool()).await.unwrap();
        assert!(letter::view(db, &hash).await.unwrap().is_some());
        let carriers = Carriers::open(&city.config, db, &city.vault, otayori::clock::machine_seconds).await.unwrap();
        let compose = move |channel: Channel, notice: &otayori::outbox::Notice| match carriers.way(channel) {
            Way::Together(line) => line.body(notice),
            Way::Each(_) => panic!("{channel}"),
        };
        assert_eq!(otayori::outbox::assemble(db, at, &compose).await.unwrap(), 1);
        let body: String = sqlx::query_scalar("SELECT body FROM batches").fetch_one(db.pool()).await.unwrap();
        assert!(
            body.contains("\"letter:2026-W48\"") && !body.contains(&hash) && !body.contains("/letters/"),
            "{}: {body}",
            city.test.name()
        );
    }
}
