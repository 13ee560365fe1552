//! What the commands say and leave alone, as processes of their own.

use crate::support::otayori;
use otayori::calendar::date;
use otayori::engine::new;
use std::process::Output;

fn said(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// `plan` and `explain` only read: where there is no database they make none and say how to get one.
#[test]
fn plan_makes_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    for arguments in [
        &["plan", "--date", "2026-11-24"][..],
        &["plan", "--date", "2026-11-24", "--json"],
        &["explain", "h1", "--date", "2026-11-24"],
    ] {
        let output = otayori(&root, arguments);
        let (stdout, stderr) = said(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(1), ""), "{stderr}");
        // (What else keeps letters from going stands before it.)
        assert!(stderr.contains("error: 登録した世帯のデータベースが、まだありません（"), "{stderr}");
        for way in
            ["otayori households import 世帯.csv", "otayori households generate --count 500 --seed 1", "otayori demo"]
        {
            assert!(stderr.contains(way), "{stderr}");
        }
        assert!(!root.join("data").exists(), "{arguments:?} made data/");
    }

    assert!(
        otayori(&root, &["households", "generate", "--count", "20", "--seed", "1", "--date", "2026-11-24"])
            .status
            .success()
    );
    let before = std::fs::read(root.join("data/otayori.db")).unwrap();
    let (plan, stderr) = said(&otayori(&root, &["plan", "--date", "2026-11-24"]));
    assert!(plan.starts_with("2026-W48 のおたより\n  世帯 20："), "{plan}{stderr}");
    let households: serde_json::Value =
        serde_json::from_slice(&otayori(&root, &["households", "list", "--json"]).stdout).unwrap();
    let id = households[0]["id"].as_str().unwrap();
    let (explained, stderr) = said(&otayori(&root, &["explain", id, "--date", "2026-11-24"]));
    assert!(explained.starts_with(&format!("世帯 {id}　2026-W48 のおたより\n")), "{explained}{stderr}");
    assert_eq!(std::fs::read(root.join("data/otayori.db")).unwrap(), before, "reading changed the database");
    // Somebody rang up: all letters stop at once, and nobody is stopped by a slip.
    assert!(!otayori(&root, &["households", "stop", "nobody"]).status.success());
    assert!(said(&otayori(&root, &["households", "stop", id])).0.contains("すべて止めました"));
    let households: serde_json::Value =
        serde_json::from_slice(&otayori(&root, &["households", "list", "--json"]).stdout).unwrap();
    assert_eq!(
        households
            .as_array()
            .unwrap()
            .iter()
            .filter(|h| !h["stopped_at"].is_null())
            .map(|h| h["id"].as_str().unwrap())
            .collect::<Vec<_>>(),
        [id]
    );
}

/// A database of an older program is not planned with, and reading does not change it.
#[tokio::test]
async fn plan_does_not_renew_tables() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    let url = format!("sqlite:{}", root.join("data/otayori.db").display());
    let db = otayori::db::Db::open(&url).await.unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version > 1").execute(db.pool()).await.unwrap();
    db.pool().close().await;
    let (stdout, stderr) = said(&otayori(&root, &["plan", "--date", "2026-11-24"]));
    assert!(
        stdout.is_empty() && stderr.contains("データベースの表が、このプログラムの版と違います（1、ここでは "),
        "{stderr}"
    );
    let db = otayori::db::Db::connect(&url, 1).await.unwrap();
    let versions: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(db.pool()).await.unwrap();
    assert_eq!(versions, 1);
}

/// Both databases: an empty one is none, one of this version is opened as it is.
#[tokio::test]
async fn what_is_there_is_opened_as_it_is() {
    for database in crate::support::databases().await {
        assert!(otayori::db::Db::existing(&database.url).await.unwrap().is_some(), "{}", database.name());
        sqlx::query("DROP TABLE _sqlx_migrations").execute(database.db.pool()).await.unwrap();
        assert!(otayori::db::Db::existing(&database.url).await.unwrap().is_none(), "{}", database.name());
    }
}
