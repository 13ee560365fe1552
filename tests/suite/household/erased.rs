//! After 「すべて消す」 nothing is left on the disk: SQLite's live files are copied and searched byte by byte.

use super::*;
use crate::support::sqlite;
use otayori::calendar::Date;
use otayori::db::file_of;
use otayori::household::{NewSubject, Registration};
use otayori::segment::SubjectKind;
use std::time::Duration;

/// The live files of a SQLite address, as somebody who takes the machine finds them: the database, its log, its index.
fn live(url: &str) -> Vec<(String, Vec<u8>)> {
    let file = file_of(url).unwrap().display().to_string();
    ["", "-wal", "-shm"]
        .iter()
        .filter_map(|end| Some((format!("{file}{end}"), std::fs::read(format!("{file}{end}")).ok()?)))
        .collect()
}

fn found<'a>(files: &'a [(String, Vec<u8>)], text: &str) -> Vec<&'a str> {
    files
        .iter()
        .filter(|(_, bytes)| bytes.windows(text.len()).any(|w| w == text.as_bytes()))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// A household expecting on `due`, with a LINE user, a device, a thread and a session; what must not be found of it
/// afterwards. `due` lies in another century: the day on which the test runs stands in the file, with the migrations.
async fn somebody(service: &Service, due: Date, n: u32) -> (String, Vec<String>) {
    let registration = Registration {
        subjects: vec![NewSubject { kind: SubjectKind::Pregnancy, stage_on: due, due_on: None }],
        area: "bay".into(),
        language: "ja".into(),
        first_child: Some(true),
        code: String::new(),
        consent_version: "2026-10-01".into(),
    };
    let (id, session) = household::create(&service.db, &service.vault, &registration, "", service.now).await.unwrap();
    let nonce = contact::line_nonce(&service.db, &id, service.now).await.unwrap();
    household::attach_line(&service.db, &service.vault, &nonce, &format!("U{n:032x}"), service.now)
        .await
        .unwrap()
        .unwrap();
    let mut browser = service.browser();
    browser.cookies.insert("household".into(), session.clone());
    let form = [("who", "pregnancy-a"), ("text", "胎動が少なくて、消えたいです"), ("consent", "yes"), ("from", "")];
    let confirm = browser.post("/ask", &form).await;
    let ticket = confirm
        .status(200)
        .text
        .split("name=\"ticket\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        browser.post("/ask/send", &[&form[..], &[("ticket", &ticket)]].concat()).await.status,
        StatusCode::SEE_OTHER
    );
    service.begin_letters().await;
    (id, vec![due.to_string(), otayori::vault::token_hash(&session)])
}

async fn texts(db: &Db, sql: &'static str, id: &str) -> Vec<String> {
    sqlx::query_scalar(sql).bind(id).fetch_all(db.pool()).await.unwrap()
}

/// Thirty households whose letters have grown from week to week, so that SQLite has moved them about; every other one
/// goes.
#[tokio::test(flavor = "multi_thread")]
async fn copied_files_open_nothing() {
    let test = sqlite().await;
    let service = Service::start(&test).await;
    let keys_url = service.app.config.services.key_store_url.clone();
    let mut all = Vec::new();
    for n in 0..30 {
        all.push(somebody(&service, plus_days(date(2126, 12, 1), n * 7), n as u32).await);
    }
    for (week, (id, _)) in (0..40).flat_map(|week| all.iter().map(move |h| (week, h))) {
        let grown = "UPDATE letters SET sent = sent || $2, why = $3 WHERE household_id = $1";
        let why = format!("[\"why-{id}\",\"{}\"]", "妊娠週に入る".repeat((week * 7 + id.len()) % 13));
        sqlx::query(grown)
            .bind(id)
            .bind("abcdef".repeat(1 + week % 5))
            .bind(why)
            .execute(service.db.pool())
            .await
            .unwrap();
    }
    let keys = Db::connect(&keys_url, 1).await.unwrap();
    let mut secret = Vec::new();
    for (id, plain) in all.iter().step_by(2) {
        let mut of = plain.clone();
        of.push(format!("why-{id}"));
        of.extend(texts(&keys, "SELECT wrapped FROM data_keys WHERE owner = $1", id).await);
        of.extend(texts(&service.db, "SELECT address FROM contacts WHERE household_id = $1", id).await);
        of.extend(texts(&service.db, "SELECT lookup FROM contacts WHERE household_id = $1", id).await);
        of.extend(texts(&service.db, "SELECT token FROM consultations WHERE household_id = $1", id).await);
        of.extend(
            texts(
                &service.db,
                "SELECT e.body FROM consultation_entries e JOIN consultations c ON c.id = \
            e.consultation_id WHERE c.household_id = $1",
                id,
            )
            .await,
        );
        assert!(of.len() >= 10, "{of:?}");
        secret.push((id.clone(), of));
    }
    keys.close().await;
    let before: Vec<_> = [live(&test.url), live(&keys_url)].concat();
    for text in secret.iter().flat_map(|(_, of)| of) {
        assert!(!found(&before, text).is_empty(), "{text} is not where it is looked for");
    }

    let (last, rest) = secret.split_last().unwrap();
    for (id, _) in rest {
        erasure::household(&service.db, &service.vault, id, service.now).await.unwrap();
    }
    // The last one by its own button.
    let mut browser = service.browser();
    browser.cookies.insert("household".into(), household::sign_in(&service.db, &last.0, service.now).await.unwrap());
    browser.post("/me/delete", &[]).await.status(200).has("消しました");

    let after: Vec<_> = [live(&test.url), live(&keys_url)].concat();
    for (id, of) in &secret {
        for text in of {
            assert_eq!(found(&after, text), Vec::<&str>::new(), "{id}: {text}");
        }
        assert!(service.vault.key(id).await.unwrap().is_none());
    }
    // The others are whole.
    for (id, plain) in all.iter().skip(1).step_by(2) {
        assert!(service.vault.key(id).await.unwrap().is_some());
        assert!(!found(&after, &plain[0]).is_empty(), "{id}");
    }
    assert_eq!(service.count("SELECT COUNT(*) FROM upkeep WHERE name = 'unswept'").await, 0);
}

/// Somebody who reads the old state holds up the log, not the erasure; as soon as the reading ends the log is empty.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_only_delays_it() {
    let test = sqlite().await;
    let service = Service::start(&test).await;
    let (id, plain) = somebody(&service, date(2127, 3, 16), 1).await;
    let other = Db::connect(&test.url, 1).await.unwrap();
    let mut reading = other.pool().begin().await.unwrap();
    let _: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM subjects").fetch_one(&mut *reading).await.unwrap();
    erasure::household(&service.db, &service.vault, &id, service.now).await.unwrap();
    assert!(!found(&live(&test.url), &plain[0]).is_empty(), "nobody has read the old state");
    reading.rollback().await.unwrap();
    for _ in 0..1200 {
        if found(&live(&test.url), &plain[0]).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the log still holds the date");
}

/// What an older program left in the file goes when the newer one opens it, once.
#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_rebuilt_once_at_the_upgrade() {
    let test = sqlite().await;
    let leave = async |what: &str| {
        let careless = sqlx::AnyPool::connect(&test.url).await.unwrap();
        let insert = format!("INSERT INTO visits (code, day, opened) VALUES ('{what}', '2026-01-01', 1)");
        for sql in ["PRAGMA secure_delete=OFF", &insert, "DELETE FROM visits", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&careless).await.unwrap();
        }
        careless.close().await;
    };
    sqlx::raw_sql("DELETE FROM upkeep").execute(test.db.pool()).await.unwrap();
    leave("shadow-of-yesterday").await;
    assert!(!found(&live(&test.url), "shadow-of-yesterday").is_empty());
    let db = Db::open(&test.url).await.unwrap();
    db.close().await;
    test.db.close().await;
    assert_eq!(found(&live(&test.url), "shadow-of-yesterday"), Vec::<&str>::new());
    // Recorded: it is not done at every start.
    leave("shadow-of-today").await;
    Db::open(&test.url).await.unwrap().close().await;
    assert!(!found(&live(&test.url), "shadow-of-today").is_empty());
}

/// PostgreSQL clears its dead rows away at once, not when its own round comes.
#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_vacuumed() {
    for test in databases().await.into_iter().filter(|t| !t.db.is_sqlite()) {
        let service = Service::start(&test).await;
        let (id, _) = somebody(&service, date(2127, 3, 16), 1).await;
        erasure::household(&service.db, &service.vault, &id, service.now).await.unwrap();
        let vacuumed = "SELECT CAST(COALESCE(SUM(vacuum_count), 0) AS BIGINT) FROM pg_stat_user_tables WHERE relname \
            IN ('subjects', 'households', 'letters') AND schemaname = current_schema()";
        for n in 0.. {
            if service.count(vacuumed).await >= 3 {
                break;
            }
            assert!(n < 600, "PostgreSQL was not vacuumed");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Something fails in the middle: those that were erased before it leave the disk all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_went_before_a_failure_leaves_the_disk() {
    let test = sqlite().await;
    let service = Service::start(&test).await;
    let (first, plain) = somebody(&service, date(2127, 3, 16), 1).await;
    let (second, _) = somebody(&service, date(2127, 4, 16), 2).await;
    household::stop_all(&service.db, &first, 1).await.unwrap();
    household::stop_all(&service.db, &second, 1).await.unwrap();
    let refuse = format!(
        "CREATE TRIGGER refuse BEFORE DELETE ON households WHEN OLD.id = '{second}' BEGIN SELECT RAISE(ABORT, \
         'refused'); END"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(refuse)).execute(service.db.pool()).await.unwrap();
    sqlx::raw_sql("UPDATE consultation_entries SET created_at = 1").execute(service.db.pool()).await.unwrap();
    assert_eq!(erasure::due(&service.db, 10).await.unwrap(), [first.clone(), second.clone()]);
    assert!(erasure::all_due(&service.db, &service.vault, 10, service.now).await.is_err());
    assert!(
        household::load(&service.db, &first).await.unwrap().is_none()
            && household::load(&service.db, &second).await.unwrap().is_some()
    );
    assert_eq!(service.count("SELECT COUNT(*) FROM upkeep WHERE name IN ('unswept', 'sweeping')").await, 0);
    assert_eq!(found(&live(&test.url), &plain[0]), Vec::<&str>::new());
}
