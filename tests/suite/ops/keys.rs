//! Keys that are missing, mistyped or another's: said, and nothing is touched.

use super::{DAY, city, number, refused};
use crate::killed::City;
use crate::support::databases;
use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

const FOREIGN: &str = "error: この鍵の置き場は、このデータベースのものではありません";
/// Every command that opens the database.
const COMMANDS: [&[&str]; 8] = [
    &["send", "--date", DAY, "--json"],
    &["plan", "--date", DAY],
    &["serve", "--listen", "127.0.0.1:0"],
    &["worker"],
    &["keys"],
    &["backup", "--data", "/nonexistent/a", "--keys", "/nonexistent/b"],
    &["households", "generate", "--count", "5", "--seed", "8"],
    &["explain", "nobody", "--date", DAY],
];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_store_stops_every_command_and_drops_nobody() {
    for test in &databases().await {
        let city = city(test, 30).await;
        fs::rename(city.file("keys.db"), city.file("keys.away")).unwrap();
        for arguments in COMMANDS {
            let said = refused(&city.output(arguments).await);
            assert!(
                said.contains(FOREIGN) && said.contains("keys.db：ファイルがありません）。\n  何も書いていません"),
                "{} {arguments:?}: {said}",
                test.name()
            );
            assert!(!city.file("keys.db").exists(), "{arguments:?} made a new key store");
        }
        assert_eq!(number(test, "SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await, 0);
        assert_eq!(number(test, "SELECT COUNT(*) FROM outbox").await, 0);

        // A store of another installation, under its right name or by a mistyped address.
        let other = City::new(None).await;
        other.run(&["keys"]).await;
        fs::copy(other.file("keys.db"), city.file("keys.db")).unwrap();
        for arguments in COMMANDS {
            let said = refused(&city.output(arguments).await);
            assert!(
                said.contains(FOREIGN) && said.contains("OTAYORI_KEY_STORE_URL"),
                "{} {arguments:?}: {said}",
                test.name()
            );
        }
        // And one without an id, in which there is nothing at all.
        fs::write(city.file("keys.db"), "").unwrap();
        assert!(refused(&city.output(COMMANDS[0]).await).contains(FOREIGN));
        assert_eq!(number(test, "SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await, 0);

        fs::rename(city.file("keys.away"), city.file("keys.db")).unwrap();
        let sent = city.run(COMMANDS[0]).await;
        assert!(sent["sent"].as_u64().unwrap() > 20 && sent["gone"] == 0, "{sent}");
        let again = city.output(&["send", "--date", DAY]).await;
        assert_eq!(
            String::from_utf8_lossy(&again.stdout),
            format!("2026-W48 のおたよりは、もう送ってあります（{}）\n", sent["sent"])
        );
        assert!(again.status.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_file_is_asked_for_and_not_made_anew() {
    for test in &databases().await {
        let city = city(test, 5).await;
        let file = city.file("master.key");
        fs::rename(&file, city.file("safe")).unwrap();
        for arguments in COMMANDS {
            let said = refused(&city.output(arguments).await);
            assert!(
                said.contains(&format!("error: 鍵のファイルがありません。控えから戻してください: {}", file.display())),
                "{} {arguments:?}: {said}",
                test.name()
            );
            assert!(!file.exists(), "{arguments:?} made a new key");
        }
        // Also where only the key store is left, and where only the database is.
        fs::rename(city.file("keys.db"), city.file("keys.away")).unwrap();
        assert!(refused(&city.output(&["keys"]).await).contains("鍵のファイルがありません"));
        let only_keys = City::new(None).await;
        fs::copy(city.file("keys.away"), only_keys.file("keys.db")).unwrap();
        assert!(refused(&only_keys.output(&["keys"]).await).contains("は空ですが、鍵の置き場（"));
        assert!(!only_keys.file("master.key").exists());

        // Another one's key file is not ours.
        let other = City::new(None).await;
        other.run(&["keys"]).await;
        fs::copy(other.file("master.key"), &file).unwrap();
        fs::rename(city.file("keys.away"), city.file("keys.db")).unwrap();
        let said = refused(&city.output(&["send", "--date", DAY]).await);
        assert!(
            said.contains("は、このデータベースのものではありません") && said.contains("OTAYORI_KEY_FILE"),
            "{said}"
        );
        fs::rename(city.file("safe"), &file).unwrap();
        assert!(city.run(&["send", "--date", DAY, "--json"]).await["sent"].as_u64().unwrap() > 0);
    }
}

/// A wrong address or a lost file is not the beginning of a new city: an empty database beside a store with keys is
/// refused, and nothing is made.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_beside_a_store_with_keys_is_refused() {
    let all = databases().await;
    let city = City::new(None).await;
    let households = ["households", "generate", "--count", "5", "--seed", "7", "--date", DAY];
    // A store that was made and holds nobody's key is taken: there is nothing to lose.
    city.run(&["keys"]).await;
    fs::remove_file(city.file("otayori.db")).unwrap();
    city.run(&households).await;
    let mistyped = format!("sqlite:{}", city.file("otayroi.db").display());
    for url in all.iter().map(|t| t.url.clone()).chain([mistyped]) {
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["worker"], &["keys"], &households] {
            let mut command = city.otayori(arguments);
            command.env("DATABASE_URL", &url).stderr(Stdio::piped());
            let said = refused(&tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap());
            assert!(
                said.contains("は空ですが、鍵の置き場（")
                    && said.contains("もう 5 件の鍵があります。何も書いていません"),
                "{arguments:?}: {said}"
            );
        }
    }
    assert!(!city.file("otayroi.db").exists());
    for test in &all {
        assert_eq!(
            number(test, "SELECT COUNT(*) FROM households").await
                + number(test, "SELECT COUNT(*) FROM installation_keys").await,
            0,
            "{}",
            test.name()
        );
    }
    // When all of them are erased, their keys are, too.
    for h in city.run(&["households", "list", "--json"]).await.as_array().unwrap() {
        assert!(city.output(&["households", "remove", h["id"].as_str().unwrap(), "--yes"]).await.status.success());
    }
    fs::remove_file(city.file("otayori.db")).unwrap();
    city.run(&households).await;
}

/// A new PostgreSQL beside the SQLite file of before: it stops and says how to move.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_postgresql_beside_an_old_sqlite_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    otayori::engine::new::create(&root, otayori::calendar::date(2026, 11, 24)).unwrap();
    assert!(
        crate::support::otayori(&root, &["households", "generate", "--count", "6", "--seed", "7", "--date", DAY])
            .status
            .success()
    );
    for test in databases().await.into_iter().filter(|t| !t.db.is_sqlite()) {
        // As the guide says: in the file beside the settings.
        fs::write(root.join("otayori.env"), format!("DATABASE_URL={}\n", test.url)).unwrap();
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["worker"], &["staff", "list"], &["keys"]] {
            let said = refused(&crate::support::otayori(&root, arguments));
            assert!(
                said.contains("に 6 世帯あります。何も書いていません") && said.contains("data/otayori.db"),
                "{arguments:?}: {said}"
            );
        }
        assert_eq!(number(&test, "SELECT COUNT(*) FROM installation_keys").await, 0);
    }
}

/// The service and every command read the same file, wherever they are run; the environment wins; others must not read
/// it.
#[test]
fn settings_stand_in_one_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    otayori::engine::new::create(&root, otayori::calendar::date(2026, 11, 24)).unwrap();
    let file = root.join("otayori.env");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(root.join(".gitignore")).unwrap().lines().any(|l| l == "/otayori.env"));
    let run = |arguments: &[&str]| {
        let output = crate::support::otayori(&root, arguments);
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.status.success(),
        )
    };
    fs::write(
        &file,
        "DATABASE_URL=sqlite:elsewhere/a.db\nOTAYORI_KEY_STORE_URL='sqlite:keys/k.db'\n\
        OTAYORI_KEY_FILE=safe/master.key\n",
    )
    .unwrap();
    let (said, warned, done) = run(&["keys"]);
    assert!(
        done && said.contains("elsewhere/a.db") && said.contains("keys/k.db") && warned.is_empty(),
        "{said}{warned}"
    );
    for made in ["elsewhere/a.db", "keys/k.db", "safe/master.key"] {
        assert!(root.join(made).exists(), "{made}");
    }
    assert!(!root.join("data").exists());
    // The environment wins.
    let mut other = crate::support::otayori_command(&root, &["keys"]);
    other
        .env("DATABASE_URL", format!("sqlite:{}", root.join("b.db").display()))
        .env("OTAYORI_KEY_STORE_URL", format!("sqlite:{}", root.join("kb.db").display()));
    assert!(other.output().unwrap().status.success());
    assert!(root.join("b.db").exists() && root.join("kb.db").exists());
    // Others can read it: told by every command.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in [&["keys"][..], &["check"], &["staff", "list"]] {
        let (_, warned, _) = run(arguments);
        assert!(
            warned.contains("には秘密が入りますが、ほかの利用者も読めます: `chmod 600 "),
            "{arguments:?}: {warned}"
        );
    }
    // A name that is mistyped stops everything, and the value is not repeated.
    fs::write(&file, "OTAYORI_LINE_CHANEL_SECRET=s3cret\n").unwrap();
    let (_, said, done) = run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        !done
            && said.contains("otayori.env:1:1")
            && said.contains("「OTAYORI_LINE_CHANNEL_SECRET」のことですか")
            && !said.contains("s3cret"),
        "{said}"
    );
}

/// Before key stores had ids: the store is taken when it opens a household's key, and only then.
#[tokio::test(flavor = "multi_thread")]
async fn an_installation_from_before_ids_goes_on() {
    for test in &databases().await {
        let city = city(test, 5).await;
        let keys = otayori::db::Db::connect(&format!("sqlite:{}", city.file("keys.db").display()), 1).await.unwrap();
        for sql in ["DROP TABLE key_store", "DROP TABLE destroyed_keys"] {
            sqlx::query(sql).execute(keys.pool()).await.unwrap();
        }
        keys.close().await;
        sqlx::query("DELETE FROM installation_keys WHERE name = 'key_store'").execute(test.db.pool()).await.unwrap();
        fs::rename(city.file("keys.db"), city.file("keys.away")).unwrap();
        assert!(refused(&city.output(&["send", "--date", DAY]).await).contains(FOREIGN));
        fs::rename(city.file("keys.away"), city.file("keys.db")).unwrap();
        assert!(city.run(&["send", "--date", DAY, "--json"]).await["sent"].as_u64().unwrap() > 0);
        assert_eq!(number(test, "SELECT COUNT(*) FROM installation_keys WHERE name = 'key_store'").await, 1);
    }
}

/// Processes that begin at the same moment agree on one key file and one key store.
#[tokio::test(flavor = "multi_thread")]
async fn processes_that_begin_together_agree() {
    for test in &databases().await {
        let city = City::new(Some(test.url.clone())).await;
        let begun: Vec<_> = (0..4)
            .map(|_| city.otayori(&["keys"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
            .collect();
        let done: Vec<_> = begun.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let push_keys: BTreeSet<String> = done
            .iter()
            .map(|output| {
                assert!(output.status.success(), "{}: {}", test.name(), String::from_utf8_lossy(&output.stderr));
                String::from_utf8_lossy(&output.stdout).lines().next().unwrap().to_owned()
            })
            .collect();
        assert_eq!(push_keys.len(), 1, "{push_keys:?}");
        let left: Vec<_> = fs::read_dir(city.file("."))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .filter(|n| n.to_string_lossy().starts_with('.'))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        city.run(&["households", "generate", "--count", "5", "--seed", "7", "--line", "100", "--date", DAY]).await;
        assert!(city.run(COMMANDS[0]).await["sent"].as_u64().unwrap() > 0);
    }
}

/// The key store may be a database of its own on PostgreSQL, so that several machines see the same one.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_store_on_postgresql() {
    let all = databases().await;
    let Some(keys) = all.iter().find(|t| t.name() == "PostgreSQL") else {
        return eprintln!("skipped: OTAYORI_TEST_POSTGRES=none");
    };
    let city = City::new(None).await;
    let run = async |arguments: &[&str]| {
        let mut command = city.otayori(arguments);
        command.env("OTAYORI_KEY_STORE_URL", &keys.url).stderr(Stdio::piped());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    for arguments in [
        &["households", "generate", "--count", "9", "--seed", "7", "--line", "100", "--date", DAY][..],
        &["send", "--date", DAY],
    ] {
        let done = run(arguments).await;
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(number(keys, "SELECT COUNT(*) FROM data_keys WHERE wrapped <> ''").await, 9);
    // By the usual address there is no store at all.
    assert!(refused(&city.output(&["send", "--date", DAY]).await).contains(FOREIGN));
    sqlx::query("UPDATE key_store SET id = 'another'").execute(keys.db.pool()).await.unwrap();
    assert!(refused(&run(&["plan", "--date", DAY]).await).contains(FOREIGN));
}
