//! A backup of a running installation, restored elsewhere, sends to everybody.

use super::{DAY, city, number, refused};
use crate::killed::City;
use crate::support::databases;
use std::fs;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_is_restored_and_sends() {
    for test in &databases().await {
        let city = city(test, 40).await;
        // The test's own connections keep the write-ahead log open, as a running `serve` does.
        let waiting = number(test, "SELECT COUNT(*) FROM contacts").await;
        sqlx::query("UPDATE households SET area = 'north'").execute(test.db.pool()).await.unwrap();
        let saved = city.file("saved");
        let place = saved.display().to_string();
        let done = city.output(&["backup", &place]).await;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        for file in ["key-store/keys.db", "key-file/master.key"] {
            assert!(said.contains(&saved.join(file).display().to_string()), "{said}");
            only_ours(&saved.join(file), 0o600);
        }
        only_ours(&saved, 0o700);
        assert!(refused(&city.output(&["backup", &place]).await).contains("もう控えがあります"));

        let restored = if test.db.is_sqlite() {
            only_ours(&saved.join("database/otayori.db"), 0o600);
            let restored = City::new(None).await;
            fs::copy(saved.join("database/otayori.db"), restored.file("otayori.db")).unwrap();
            restored
        } else {
            // The main database is PostgreSQL's own business: what to run is said, without a password.
            assert!(said.contains(&format!("pg_dump --format=custom --file={}", saved.join("database/otayori.dump").display())), "{said}");
            City::new(Some(test.url.clone())).await
        };
        for (from, to) in [("key-store/keys.db", "keys.db"), ("key-file/master.key", "master.key")] {
            fs::copy(saved.join(from), restored.file(to)).unwrap();
        }
        let planned = restored.run(&["plan", "--date", DAY, "--json"]).await;
        // Nobody can tell what was sent since the backup, because the ledger is not in it: somebody has to say so.
        assert!(!saved.join("key-store/ledger.db").exists() && said.contains("ledger"), "{said}");
        let held = refused(&restored.output(&["send", "--date", DAY]).await);
        assert!(held.contains("--mark-sent") && held.contains("--nothing-sent-since"), "{held}");
        assert!(restored.output(&["send", "--nothing-sent-since"]).await.status.success());
        let sent = restored.run(&["send", "--date", DAY, "--json"]).await;
        assert_eq!((&sent["sent"], &sent["gone"]), (&planned["line"]["recipients"], &0.into()), "{}", test.name());
        assert!(sent["sent"].as_i64().unwrap() > waiting / 2, "{sent}");
        assert_eq!(restored.line.users().len() as u64, sent["sent"].as_u64().unwrap());
    }
}

/// When a command has ended, its files are whole: copying them is enough.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_in_the_write_ahead_log() {
    let city = City::new(None).await;
    city.run(&["households", "generate", "--count", "20", "--seed", "7", "--line", "100", "--date", DAY]).await;
    for log in ["otayori.db-wal", "keys.db-wal", "ledger.db-wal"] {
        assert_eq!(fs::metadata(city.file(log)).map_or(0, |m| m.len()), 0, "{log}");
    }
    let copied = City::new(None).await;
    for file in ["otayori.db", "keys.db", "ledger.db", "master.key"] {
        fs::copy(city.file(file), copied.file(file)).unwrap();
    }
    assert!(copied.run(&["send", "--date", DAY, "--json"]).await["sent"].as_u64().unwrap() > 10);
}

fn only_ours(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
}
