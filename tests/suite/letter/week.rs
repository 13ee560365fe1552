//! The week's run: due, made up, late, taken over.

use super::{City, bulletin, library, tuesday};
use crate::support::databases;
use otayori::calendar::{date, plus_days};
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::letter;
use otayori::runs::{newest, take};
use otayori::schedule::{Due, Rebuild, Schedule, due, site_changes};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn due_made_up_within_its_day_never_at_night() {
    let config = super::config(std::path::Path::new("/nowhere"));
    let week = letter::week_of(tuesday(), &config);
    for (day, hour, minute, expected) in [
        (24, 7, 29, Due::NotYet),
        (24, 7, 30, Due::Now),
        (24, 12, 0, Due::Now),
        (24, 20, 59, Due::Now),
        (24, 21, 0, Due::Late),
        (25, 0, 1, Due::Late),
        (25, 9, 0, Due::Late),
        (30, 23, 59, Due::Late),
    ] {
        let now = date(2026, 11, day).at(hour, minute, 0, 0).to_zoned(config.zone.clone()).unwrap();
        assert_eq!(due(week, &now, &config), expected, "{now}");
    }
    // The zone is the city's: 07:30 in Tokyo is 22:30 UTC of the day before.
    let utc = date(2026, 11, 23).at(22, 30, 0, 0).to_zoned(otayori::calendar::TimeZone::UTC).unwrap();
    assert_eq!(utc.timestamp().as_second(), letter::send_at(tuesday(), &config).seconds());
}

#[test]
fn the_site_changes_by_itself() {
    let mut soon = bulletin("soon", "all", date(2026, 11, 25));
    soon.until = Some(date(2026, 11, 27));
    let mut library = library(vec![super::article("a", &[])], vec![soon], vec![]);
    super::main_of(std::sync::Arc::make_mut(library.articles.get_mut("a").unwrap())).review.as_mut().unwrap().next =
        date(2026, 11, 30);
    for (since, today, expected) in [
        (23, 24, false),
        (24, 25, true),
        (25, 26, false),
        (26, 27, false),
        (27, 28, true),
        (23, 30, true),
        (28, 30, false),
    ] {
        assert_eq!(site_changes(&library, date(2026, 11, since), date(2026, 11, today)), expected, "{since} {today}");
    }
    assert!(site_changes(&library, date(2026, 11, 30), date(2026, 12, 1)));
}

#[tokio::test]
async fn a_run_is_done_once_and_taken_over() {
    let hour = letter::send_at(tuesday(), &super::config(std::path::Path::new("/nowhere")));
    for test in databases().await {
        let db = &test.db;
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let db = db.clone();
            set.spawn(async move { take(&db, "letters", hour, Wall::at(1000), 60).await.unwrap().is_some() });
        }
        assert_eq!(set.join_all().await.into_iter().filter(|won| *won).count(), 1, "{}", test.name());
        assert!(take(db, "letters", hour, Wall::at(1059), 60).await.unwrap().is_none());
        let heir = take(db, "letters", hour, Wall::at(1060), 60).await.unwrap().unwrap();
        assert!(heir.renew(db, Wall::at(1200)).await.unwrap());
        assert!(take(db, "letters", hour, Wall::at(1150), 60).await.unwrap().is_none());
        assert!(heir.finish(db, "done", Wall::at(1160)).await.unwrap());
        assert!(take(db, "letters", hour, Wall::at(9999), 60).await.unwrap().is_none());
        assert_eq!(newest(db, "letters").await.unwrap(), Some(hour.seconds()));
    }
}

/// What may not be kept any longer is erased by itself, once a day and when a process begins: key and rows.
#[tokio::test]
async fn the_house_is_kept() {
    for test in databases().await {
        let city = City::on(test).await;
        let noon = |day: i32| {
            plus_days(tuesday(), day)
                .at(12, 0, 0, 0)
                .to_zoned(city.config.zone.clone())
                .unwrap()
                .timestamp()
                .as_second()
        };
        assert_eq!(city.config.site.keep_days, 90);
        // A guest's thread with its newest entry on `day`; a household that stopped on `day`.
        let guest = async |id: &str, day: i32| {
            let key = city.vault.create_key(id).await.unwrap();
            let sql = "INSERT INTO consultations (id, token_hash, token, key_owner, category, subject_slot, \
                profession, source, language, asked_at, due_at, consent_version, created_at) \
                VALUES ($1, $1, 'x', $1, 'self', '', 'midwife', '', 'ja', 1, 1, '1', 1)";
            city.run(sql, &[id]).await;
            let sealed = key.seal("consultation_entries.body", "眠れません").unwrap();
            let sql = "INSERT INTO consultation_entries (id, consultation_id, author, body, created_at) VALUES ($1, \
                $1, 'asker', $2, CAST($3 AS BIGINT))";
            city.run(sql, &[id, &sealed, &noon(day).to_string()]).await;
        };
        let stopped = async |day: i32| {
            let id = city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", &format!("U{day}"))]).await;
            city.run(
                "UPDATE households SET stopped_at = CAST($2 AS BIGINT) WHERE id = $1",
                &[&id, &noon(day).to_string()],
            )
            .await;
            id
        };
        otayori::watch::beat(&city.test.db, otayori::clock::Wall::at(noon(-2))).await.unwrap();
        guest("old", -91).await;
        guest("new", -89).await;
        let (old, new, asks) = (stopped(-91).await, stopped(-89).await, stopped(-91).await);
        let going_on = city.alike(1).await;
        // Stopped long ago, and asked something since.
        guest("asked", -10).await;
        city.run("UPDATE consultations SET household_id = $1 WHERE id = 'asked'", &[&asks]).await;
        // Two that are watched over, a guest's and a household's: the desk is told.
        guest("watched", -92).await;
        city.run("UPDATE consultations SET household_id = $1 WHERE id = 'watched'", &[&old]).await;
        city.run(
            "UPDATE consultations SET alarm = 'watched', watched_at = 1, danger_at = 1 WHERE id IN ('old', 'watched')",
            &[],
        )
        .await;
        let schedule = |day: i32, hour: i8| {
            let at = plus_days(tuesday(), day)
                .at(hour, 0, 0, 0)
                .to_zoned(city.config.zone.clone())
                .unwrap()
                .timestamp()
                .as_second();
            let content = Arc::new(super::city());
            let rebuild: Rebuild = Arc::new(|_| Box::pin(async { Ok(()) }));
            Schedule::new(
                city.config.clone(),
                city.test.db.clone(),
                city.vault.clone(),
                city.memory.carriers(),
                Clock::set(at),
                Arc::new(move || Ok(content.clone())),
                rebuild,
            )
        };
        // Twice at once, and again: once.
        let (one, other) = (schedule(0, 12), schedule(0, 12));
        let (a, b) = tokio::join!(one.tick(), other.tick());
        a.and(b).unwrap();
        one.tick().await.unwrap();
        let left = async |sql: &'static str| -> Vec<String> {
            sqlx::query_scalar(sql).fetch_all(city.test.db.pool()).await.unwrap()
        };
        assert_eq!(left("SELECT id FROM consultations ORDER BY id").await, ["asked", "new"], "{}", city.test.name());
        assert_eq!(left("SELECT id FROM consultation_entries ORDER BY id").await, ["asked", "new"]);
        let mut kept = [new.clone(), asks.clone(), going_on[0].clone()];
        kept.sort();
        assert_eq!(left("SELECT id FROM households ORDER BY id").await, kept);
        for (owner, there) in [("old", false), ("new", true), (&old, false), (&new, true)] {
            assert_eq!(city.vault.key(owner).await.unwrap().is_some(), there, "{owner}");
        }
        assert_eq!(city.number("SELECT COUNT(*) FROM audit WHERE actor = 'system' AND action = 'erase'").await, 2);
        assert_eq!(city.number("SELECT COUNT(*) FROM erased_watches").await, 2);
        // Two days later the others' time has come, but not of the one that asked.
        schedule(2, 9).tick().await.unwrap();
        assert_eq!(left("SELECT id FROM consultations ORDER BY id").await, ["asked"]);
        assert_eq!(city.number("SELECT COUNT(*) FROM households").await, 2);
    }
}

#[tokio::test]
async fn the_week_runs_by_itself() {
    for test in databases().await {
        let city = City::on(test).await;
        city.alike(3).await;
        let built = Arc::new(AtomicU32::new(0));
        let count = built.clone();
        let rebuild: Rebuild = Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(()) })
        });
        let content = Arc::new(super::city());
        let schedule = |day: i32, hour: i8| {
            let at = plus_days(tuesday(), day)
                .at(hour, 0, 0, 0)
                .to_zoned(city.config.zone.clone())
                .unwrap()
                .timestamp()
                .as_second();
            let (content, rebuild) = (content.clone(), rebuild.clone());
            Schedule::new(
                city.config.clone(),
                city.test.db.clone(),
                city.vault.clone(),
                city.memory.carriers(),
                Clock::set(at),
                Arc::new(move || Ok(content.clone())),
                rebuild,
            )
        };
        schedule(0, 7).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE job = 'letters'").await, 0, "half an hour before");
        // Made up at noon; five processes at once do it once.
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let own = schedule(0, 12);
            set.spawn(async move { own.tick().await.unwrap() });
        }
        set.join_all().await;
        assert_eq!(
            (
                city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'done'").await,
                city.number("SELECT COUNT(*) FROM outbox").await
            ),
            (1, 3)
        );
        schedule(0, 23).dispatch().await.unwrap();
        assert_eq!(city.memory.requests(), 0, "letters wait at night");
        schedule(1, 7).dispatch().await.unwrap();
        city.memory.everybody_once(3);
        // Down for two weeks and a half: nothing happens until somebody has looked at the clock. Nothing is sent then,
        // and the weeks are on record.
        schedule(18, 9).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE job = 'letters'").await, 1, "{}", city.test.name());
        let noon =
            plus_days(tuesday(), 18).at(8, 0, 0, 0).to_zoned(city.config.zone.clone()).unwrap().timestamp().as_second();
        otayori::schedule::confirm(&city.test.db, &city.config, Clock::set(noon)).await.unwrap();
        schedule(18, 9).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE outcome = 'late'").await, 2);
        assert_eq!((city.number("SELECT COUNT(*) FROM outbox").await, city.memory.requests()), (3, 1));
        schedule(18, 9).tick().await.unwrap();
        assert_eq!(city.number("SELECT COUNT(*) FROM runs WHERE job = 'letters'").await, 3, "{}", city.test.name());
    }
}
