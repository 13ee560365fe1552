//! Plans before and after sending, snapshots, reasons, and every SQL text on both databases.

use super::{City, bulletin, city, subscription, tuesday};
use crate::support::databases;
use otayori::calendar::{date, plus_days};
use otayori::clock::Wall;
use otayori::contact::Channel;
use otayori::letter::{self, Report};
use otayori::schedule::Sender;
use sqlx::{Executor as _, SqlSafeStr as _};

fn sums(report: &Report) {
    assert_eq!(report.households, report.letters + report.stopped + report.nothing_fits);
    assert_eq!(report.messages.iter().map(|m| m.households).sum::<u64>(), report.letters);
}

/// Five households of every kind: two alike on LINE, one with both channels, one without a contact, one past
/// everything, one stopped.
async fn families(city: &City) -> Vec<String> {
    let mut ids = city.alike(2).await;
    ids.push(
        city.household("en", &[("child", date(2025, 4, 20))], &[("line", "Uboth"), ("web_push", &subscription("one"))])
            .await,
    );
    ids.push(city.household("ja", &[("child", date(2026, 8, 20)), ("pregnancy", date(2027, 5, 1))], &[]).await);
    ids.push(city.household("ja", &[("child", date(2010, 1, 1))], &[("line", "Uold")]).await);
    ids.push(city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Ustopped")]).await);
    city.run("UPDATE households SET area = 'north' WHERE id = $1", &[&ids[4]]).await;
    city.run("UPDATE households SET stopped_at = 5 WHERE id = $1", &[&ids[5]]).await;
    ids
}

#[tokio::test]
async fn a_plan_is_what_is_sent() {
    for test in databases().await {
        let city = City::on(test).await;
        let ids = families(&city).await;
        let library = super::city();
        let plan = async || letter::plan(&city.test.db, &library, &city.config, tuesday()).await.unwrap();
        let before = plan().await;
        sums(&before);
        assert_eq!(
            (before.week.as_str(), before.households, before.letters, before.stopped, before.nothing_fits),
            ("2026-W48", 6, 4, 1, 1)
        );
        assert_eq!(
            (
                before.of(Channel::Line).recipients,
                before.of(Channel::Line).requests,
                before.of(Channel::WebPush).requests
            ),
            (3, 2, 1)
        );
        assert_eq!(
            before.segments.iter().map(|s| (s.id.as_str(), s.households)).collect::<Vec<_>>(),
            [("everyone", 4), ("late", 0), ("south", 4)]
        );
        assert_eq!(
            serde_json::to_string(&before.messages[0].items).unwrap(),
            r#"[{"kind":"article","id":"week-23","subject":"pregnancy"},{"kind":"bulletin","id":"south"},{"kind":"bulletin","id":"closed"}]"#
        );
        assert_eq!(
            city.number("SELECT COUNT(*) FROM outbox").await
                + city.number("SELECT COUNT(*) FROM messages").await
                + city.number("SELECT COUNT(*) FROM article_numbers").await,
            0
        );

        let explained =
            letter::explain(&city.test.db, &library, &city.config, &ids[0], tuesday()).await.unwrap().unwrap();
        let sent = city.sender().send(&library, tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.gone, sent.refused, sent.retry, sent.pending), (4, 0, 0, 0, 0));
        assert_eq!(city.memory.got().len(), 4);

        // What was sent, not what would be now: another day of the week, another library, a new contact gone.
        assert_eq!(serde_json::to_string(&plan().await).unwrap(), serde_json::to_string(&before).unwrap());
        let mut changed = super::city();
        changed.articles.clear();
        changed.bulletins.insert("more".into(), bulletin("more", "everyone", date(2026, 11, 20)).into());
        let later = letter::plan(&city.test.db, &changed, &city.config, plus_days(tuesday(), 3)).await.unwrap();
        assert_eq!(later.messages, before.messages);
        let told = letter::explain(&city.test.db, &changed, &city.config, &ids[0], tuesday()).await.unwrap().unwrap();
        assert_eq!(
            told.delivery.iter().map(|d| (d.channel.as_str(), d.outcome.as_str())).collect::<Vec<_>>(),
            [("line", "sent")]
        );
        assert_eq!(told, letter::Explanation { delivery: told.delivery.clone(), ..explained });

        let again = city.sender().send(&library, tuesday()).await.unwrap();
        assert_eq!((again.sent, again.pending, city.memory.requests()), (0, 0, 3));
        // The next week: other letters; the old plan still shows what was sent to those who have contacts.
        let week_after = plus_days(tuesday(), 7);
        let next = Sender { clock: city.clock(week_after), ..city.sender() }.send(&library, week_after).await.unwrap();
        assert_eq!((next.week.as_str(), next.sent), ("2026-W49", 4));
        let old = plan().await;
        sums(&old);
        assert_eq!((old.letters, &old.channels), (3, &before.channels), "{}", city.test.name());
    }
}

#[tokio::test]
async fn a_snapshot_does_not_change() {
    for test in databases().await {
        let city = City::on(test).await;
        let id = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Uone")]).await;
        let mut library = super::city();
        let plan = letter::plan(&city.test.db, &library, &city.config, tuesday()).await.unwrap();
        let hash = plan.messages[0].hash.clone();
        assert_eq!(letter::view(&city.test.db, &hash).await.unwrap(), None, "a plan stores nothing");
        city.sender().send(&library, tuesday()).await.unwrap();
        let view = letter::view(&city.test.db, &hash).await.unwrap().unwrap();
        assert_eq!((view.week.as_str(), view.date.as_str(), view.language.as_str()), ("2026-W48", "2026-11-24", "ja"));
        let first = &view.items[0];
        assert_eq!(
            (first.kind.as_str(), first.id.as_str(), first.stage.as_str(), first.link.as_str(), first.minutes),
            ("article", "week-23", "24週", "/articles/week-23/", 3)
        );
        // A later edit makes another letter for others, and leaves this one as it was.
        super::main_of(std::sync::Arc::make_mut(library.articles.get_mut("week-23").unwrap())).title =
            "直した題".into();
        city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", "Utwo")]).await;
        city.sender().send(&library, tuesday()).await.unwrap();
        assert_eq!(letter::view(&city.test.db, &hash).await.unwrap().unwrap(), view);
        assert_eq!(city.number("SELECT COUNT(*) FROM messages WHERE key LIKE 'letter:%'").await, 2);
        assert_eq!(letter::view(&city.test.db, "nothing").await.unwrap(), None);
        let explained = letter::explain(&city.test.db, &library, &city.config, &id, tuesday()).await.unwrap().unwrap();
        assert_eq!(explained.hash, Some(hash));
        assert_eq!(explained.items[0].because, "妊娠24週0日：pregnancy_weeks 23-24 に入る");
        assert_eq!(letter::explain(&city.test.db, &library, &city.config, "nobody", tuesday()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn every_text_prepares_on_both_databases() {
    for test in databases().await {
        let db = &test.db;
        let mut connection = db.pool().acquire().await.unwrap();
        for sql in [
            otayori::letter::sql_texts(db),
            otayori::outbox::sql_texts(db),
            otayori::contact::sql_texts(db),
            otayori::household::sql_texts(db),
            otayori::runs::sql_texts(),
            otayori::staff::sql_texts(db),
            otayori::vault::sql_texts(),
            otayori::audit::sql_texts(db),
            otayori::db::sql_texts(),
            otayori::watch::sql_texts(),
            otayori::consult::sql_texts(db),
            otayori::crowd::sql_texts(),
            otayori::channel::line::inbox::sql_texts(db),
        ]
        .concat()
        {
            if let Err(e) = connection.prepare(sqlx::AssertSqlSafe(sql.clone()).into_sql_str()).await {
                panic!("{}: {e}\n{sql}", test.name());
            }
        }
    }
}

/// Pages of two thousand: the second page begins where the first ended, and a household is in one of them.
#[tokio::test]
async fn pages_hold_everybody_once() {
    for test in databases().await {
        let city = City::on(test).await;
        let mut tx = city.test.db.write().await.unwrap();
        for n in 0..4100 {
            let id = format!("{n:08}");
            sqlx::query(
                "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, \
                 created_at, updated_at) VALUES ($1, 'ja', '', '', '', '', 1, 1, 1)",
            )
            .bind(&id)
            .execute(&mut *tx)
            .await
            .unwrap();
            sqlx::query(
                "INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ($1, $1, \
                'a', 'child', $2, 1)",
            )
            .bind(&id)
            .bind(plus_days(tuesday(), -(n % 2000)).to_string())
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let library = city_library();
        let before = letter::plan(&city.test.db, &library, &city.config, tuesday()).await.unwrap();
        sums(&before);
        assert_eq!((before.households, before.letters, before.of(Channel::Line).requests), (4100, 4100, 0));
        let done = letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(0)).await.unwrap();
        assert_eq!((done.letters, done.rows), (4100, 0));
        assert_eq!(letter::plan(&city.test.db, &library, &city.config, tuesday()).await.unwrap(), before);
        assert_eq!(
            letter::enqueue(&city.test.db, &library, &city.config, tuesday(), Wall::at(0)).await.unwrap().letters,
            0
        );
    }
}

fn city_library() -> otayori::content::Library {
    city()
}
