//! Keys, key store or ledger that are not there before a request.

use super::{KEY, at};
use crate::letter::{City, subscription, tuesday};
use crate::support::databases;
use otayori::calendar::date;
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::letter;
use otayori::schedule::Sender;
use std::time::Duration;

/// Neither the ledger's disk nor the key store answers: nothing was sent, so a stop takes out one household and the
/// others get their letter.
#[tokio::test]
async fn trouble_before_the_first_request_leaves_no_doubt() {
    let triggers = [
        "CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        "DROP TRIGGER full",
    ];
    let tables = ["ALTER TABLE data_keys RENAME TO hidden", "ALTER TABLE hidden RENAME TO data_keys"];
    for (store, [breaks, mends]) in [("ledger.db", triggers), ("keys.db", tables)] {
        for test in databases().await {
            let city = City::on(test).await;
            let ids = city.alike(6).await;
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("web_push", &subscription("p"))]).await;
            let at = at(&city);
            letter::enqueue(&city.test.db, &crate::letter::city(), &city.config, tuesday(), Wall::at(at))
                .await
                .unwrap();
            let store = otayori::db::Db::connect(&city.config.services.key_store_url.replace("keys.db", store), 1)
                .await
                .unwrap();
            sqlx::query(breaks).execute(store.pool()).await.unwrap();
            for hours in 0..3 {
                assert!(city.sender().dispatcher(Clock::set(at + hours * 3600)).dispatch().await.is_err(), "{breaks}");
            }
            assert_eq!(city.memory.requests(), 0);
            assert_eq!(
                city.number(
                    "SELECT COUNT(*) FROM batches WHERE settled_at IS NULL AND lease_owner IS NULL AND \
                first_request_at IS NULL"
                )
                .await,
                2,
                "{breaks}"
            );
            city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&ids[3]]).await;
            sqlx::query(mends).execute(store.pool()).await.unwrap();
            let all = city.sender().dispatcher(Clock::set(at + 4 * 3600)).dispatch().await.unwrap();
            assert_eq!(
                (all[KEY].sent, all[KEY].stopped, all[KEY].uncertain),
                (6, 1, 0),
                "{breaks} {}",
                city.test.name()
            );
            city.memory.everybody_once(6);
        }
    }
}

/// A household whose key is missing from the store (an older copy of it): the others get their letters, and the call
/// fails, so that somebody looks.
#[tokio::test]
async fn a_missing_key_is_trouble() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = city.alike(3).await;
        let keys = otayori::db::Db::connect(&city.config.services.key_store_url, 1).await.unwrap();
        sqlx::query("DELETE FROM data_keys WHERE owner = $1").bind(&ids[1]).execute(keys.pool()).await.unwrap();
        let sent = Sender { patience: Duration::from_millis(500), ..city.sender() }
            .send(&crate::letter::city(), tuesday())
            .await
            .unwrap();
        assert_eq!((sent.sent, sent.retry + sent.pending), (2, 1), "{}", city.test.name());
        assert!(
            sent.trouble.iter().any(|t| t.contains("鍵の置き場に鍵のない世帯があります（1 件）")),
            "{:?}",
            sent.trouble
        );
    }
}
