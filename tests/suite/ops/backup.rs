//! A backup of a running installation, restored elsewhere, sends to everybody; three places that are never one; what is
//! old goes.

use super::{DAY, refused};
use crate::killed::City;
use crate::support::{databases, otayori_command};
use otayori::calendar::date;
use otayori::db::Db;
use otayori::engine::new;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The only copy at a place.
fn copy_at(place: &Path) -> PathBuf {
    let all: Vec<_> = fs::read_dir(place).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

/// A PostgreSQL database of its own: `pg_dump` takes a whole one. Its address and its name.
async fn database(name: &str) -> Option<String> {
    let base = std::env::var("OTAYORI_TEST_POSTGRES").ok().filter(|base| base != "none")?;
    let name = format!("{name}_{}", std::process::id());
    let admin = Db::connect(&base, 1).await.unwrap();
    for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(admin.pool()).await.unwrap();
    }
    admin.close().await;
    Some(format!("{}/{name}", base.rsplit_once('/').unwrap().0))
}

async fn drop_database(url: &str) {
    let (base, name) = (std::env::var("OTAYORI_TEST_POSTGRES").unwrap(), url.rsplit('/').next().unwrap());
    let admin = Db::connect(&base, 1).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        .execute(admin.pool())
        .await
        .unwrap();
    admin.close().await;
}

fn places(city: &City) -> [String; 3] {
    ["disk/data", "other/keys", "safe/secrets"].map(|name| city.file(name).display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_is_restored_and_sends() {
    let (saved, restored) = (database("saved").await, database("restored").await);
    for (from, to) in
        [(None, None)].into_iter().chain(saved.clone().zip(restored.clone()).map(|(a, b)| (Some(a), Some(b))))
    {
        let postgres = from.is_some();
        let city = City::new(from.clone()).await;
        city.run(&["households", "generate", "--count", "40", "--seed", "7", "--line", "100", "--date", DAY]).await;
        // Somebody keeps the write-ahead log open, as a running `serve` does.
        let open =
            Db::open(&from.unwrap_or_else(|| format!("sqlite:{}", city.file("otayori.db").display()))).await.unwrap();
        sqlx::query("UPDATE households SET area = 'north'").execute(open.pool()).await.unwrap();
        let [data, keys, secrets] = places(&city);
        let done = city.output(&["backup", "--data", &data, "--keys", &keys, "--secrets", &secrets]).await;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let [data, keys, secrets] = [data, keys, secrets].map(|place| copy_at(Path::new(&place)));
        for folder in [&data, &keys, &secrets] {
            only_ours(folder, 0o700);
            assert!(said.contains(&folder.display().to_string()), "{said}");
        }
        let kept = data.join(if postgres { "otayori.dump" } else { "otayori.db" });
        for file in [&kept, &keys.join("keys.db"), &secrets.join("master.key")] {
            only_ours(file, 0o600);
        }
        // The content and the settings are in it; no secret and no key is.
        for name in ["otayori.yaml", "content/articles/tsuwari.md", "segments", "themes/default/templates/base.html"] {
            assert!(data.join("site").join(name).exists(), "{name}");
        }
        assert!(!data.join("site/data").exists() && !data.join("site/otayori.env").exists());
        open.close().await;

        let other = City::new(to.clone()).await;
        match &to {
            None => drop(fs::copy(&kept, other.file("otayori.db")).unwrap()),
            Some(url) => {
                let done = Command::new("pg_restore").arg(format!("--dbname={url}")).arg(&kept).output().unwrap();
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            }
        }
        fs::copy(keys.join("keys.db"), other.file("keys.db")).unwrap();
        fs::copy(secrets.join("master.key"), other.file("master.key")).unwrap();
        let planned = other.run(&["plan", "--date", DAY, "--json"]).await;
        // Nobody can tell what was sent since the backup, because the ledger is not in it: somebody has to say so.
        assert!(!keys.join("ledger.db").exists());
        let held = refused(&other.output(&["send", "--date", DAY]).await);
        assert!(held.contains("--mark-sent") && held.contains("--nothing-sent-since"), "{held}");
        assert!(other.output(&["send", "--nothing-sent-since", "--yes"]).await.status.success());
        let sent = other.run(&["send", "--date", DAY, "--json"]).await;
        assert_eq!((&sent["sent"], &sent["gone"]), (&planned["line"]["recipients"], &0.into()));
        assert!(sent["sent"].as_i64().unwrap() > 20, "{sent}");
        assert_eq!(other.line.users().len() as u64, sent["sent"].as_u64().unwrap());
    }
    for url in [saved, restored].into_iter().flatten() {
        drop_database(&url).await;
    }
}

/// A `pg_dump` that fails, or is not there, is a failure; nothing that looks like a copy is left.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_dump_is_a_failure() {
    use std::os::unix::fs::PermissionsExt as _;
    for test in databases().await.into_iter().filter(|t| !t.db.is_sqlite()) {
        let city = super::city(&test, 3).await;
        let [data, keys, _] = places(&city);
        let tools = city.file("tools");
        fs::create_dir(&tools).unwrap();
        let backup = async |expected: &str| {
            let mut command = city.otayori(&["backup", "--data", &data, "--keys", &keys]);
            command.env("PATH", &tools).stderr(std::process::Stdio::piped());
            let said = refused(&tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap());
            assert!(said.contains("データの控えを取れませんでした") && said.contains(expected), "{said}");
            assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
        };
        backup("pg_dump を動かせません").await;
        for (script, expected) in [("echo no space left >&2; exit 1", "no space left"), ("exit 0", "は空です")] {
            fs::write(tools.join("pg_dump"), format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(tools.join("pg_dump"), fs::Permissions::from_mode(0o755)).unwrap();
            backup(expected).await;
        }
    }
}

/// A small city with a database, and `backup` in it.
fn small() -> (tempfile::TempDir, PathBuf, impl Fn(&[&Path]) -> Output) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    assert!(
        otayori_command(&root, &["households", "generate", "--count", "3", "--seed", "1", "--date", DAY])
            .output()
            .unwrap()
            .status
            .success()
    );
    let at = root.clone();
    let backup = move |places: &[&Path]| {
        let mut command = otayori_command(&at, &["backup"]);
        for (name, place) in ["--data", "--keys", "--secrets"].iter().zip(places) {
            command.arg(name).arg(place);
        }
        command.output().unwrap()
    };
    (dir, root, backup)
}

#[test]
fn three_places_are_never_one() {
    let (dir, root, backup) = small();
    let place = |name: &str| dir.path().join(name);
    fs::create_dir(place("a")).unwrap();
    std::os::unix::fs::symlink(place("a"), place("link")).unwrap();
    for places in [
        vec![place("a"), place("a")],
        vec![place("a"), place("a/keys")],
        vec![place("a/data"), place("a")],
        vec![place("a"), place("link")],
        vec![place("a"), place("link/x")],
        vec![place("a"), place("b"), place("b")],
        vec![place("a"), place("b"), place("b/../a/x")],
    ] {
        let said = refused(&backup(&places.iter().map(PathBuf::as_path).collect::<Vec<_>>()));
        assert!(said.contains("の控えが、同じ所（") && said.contains("何も写していません"), "{places:?}: {said}");
    }
    assert!(refused(&backup(&[&root.join("backup"), &place("b")])).contains("サイトのフォルダの中にあります"));
    let copies = |name: &str| {
        fs::read_dir(place(name))
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("20"))
            .count()
    };
    assert!(copies("a") == 0 && !place("b").exists(), "nothing is made before all is good");
    // Folders are made; on one disk it is said.
    let done = backup(&[&place("x/y/data"), &place("z/keys")]);
    assert!(done.status.success());
    let (said, warned) =
        (String::from_utf8_lossy(&done.stdout).into_owned(), String::from_utf8_lossy(&done.stderr).into_owned());
    assert!(
        warned.contains("データと鍵の置き場の控えが、同じディスクにあります")
            && said.contains("鍵のファイルと otayori.env は写していません"),
        "{said}{warned}"
    );
}

/// Copies of the key store go after seven days, the others after as many as are asked for; what is not a copy of ours
/// stays.
#[test]
fn what_is_old_goes() {
    let (dir, root, _) = small();
    let place = |name: &str| dir.path().join(name);
    let now = jiff_now();
    let taken = |days: i64| {
        (now.clone() - std::time::Duration::from_secs((days * 86_400) as u64 + 600))
            .strftime("%Y-%m-%dT%H%M%S")
            .to_string()
    };
    for name in ["data", "keys", "secrets"] {
        for days in [1, 6, 7, 8, 20, 21, 40] {
            let folder = place(name).join(taken(days));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(".otayori-backup"), "").unwrap();
        }
        // Of somebody else: no mark, another name.
        fs::create_dir(place(name).join(taken(50))).unwrap();
        fs::create_dir(place(name).join("album")).unwrap();
        fs::write(place(name).join("album/.otayori-backup"), "").unwrap();
        // A half that a crash left, and one that another process may be making.
        fs::create_dir(place(name).join(taken(2) + ".part")).unwrap();
        fs::create_dir(place(name).join(taken(0) + ".part")).unwrap();
    }
    let mut command = otayori_command(&root, &["backup", "--keep", "21"]);
    for name in ["data", "keys", "secrets"] {
        command.arg(format!("--{name}")).arg(place(name));
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let left = |name: &str, days: &[i64]| {
        let expected = days.iter().map(|d| taken(*d)).chain([taken(50), "album".into(), taken(0) + ".part"]);
        for folder in expected {
            assert!(place(name).join(&folder).exists(), "{name}: {folder} is gone");
        }
        assert_eq!(fs::read_dir(place(name)).unwrap().count(), days.len() + 4, "{name}");
    };
    left("data", &[1, 6, 7, 8, 20]);
    left("keys", &[1, 6]);
    left("secrets", &[1, 6, 7, 8, 20]);
}

#[expect(clippy::disallowed_methods, reason = "copies are named by the machine's clock")]
fn jiff_now() -> otayori::calendar::Zoned {
    otayori::calendar::Timestamp::now().to_zoned(otayori::calendar::TimeZone::get("Asia/Tokyo").unwrap())
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

/// Places that are refused are not made either.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_backup_makes_no_folder() {
    let city = City::new(None).await;
    city.run(&["households", "generate", "--count", "3", "--seed", "7", "--date", DAY]).await;
    let at = |name: &str| city.file(name).display().to_string();
    let said = refused(&city.output(&["backup", "--data", &at("new/x"), "--keys", &at("new/x/k")]).await);
    assert!(said.contains("同じ所") && !city.file("new").exists(), "{said}");
    assert!(city.output(&["backup", "--data", &at("new/x"), "--keys", &at("new/k")]).await.status.success());
}

/// Key store and ledger on PostgreSQL, restored from copies of before the letters: with the ledger, as the guide takes
/// it over, nobody gets a second letter; without it nothing goes until the week is answered for.
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_on_postgresql_outlives_a_restore() {
    let (Some(data), Some(keys)) = (database("kept_data").await, database("kept_keys").await) else {
        return eprintln!("skipped: OTAYORI_TEST_POSTGRES=none");
    };
    let city = City::new(Some(data.clone())).await;
    let run = async |arguments: &[&str]| {
        let mut command = city.otayori(arguments);
        command.env("OTAYORI_KEY_STORE_URL", &keys).stderr(std::process::Stdio::piped());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let good = async |arguments: &[&str]| {
        let output = run(arguments).await;
        assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let shell = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    good(&["households", "generate", "--count", "20", "--seed", "7", "--line", "100", "--date", DAY]).await;
    let [to_data, to_keys, _] = places(&city);
    good(&["backup", "--data", &to_data, "--keys", &to_keys]).await;
    let (dump, keys_dump) =
        (copy_at(Path::new(&to_data)).join("otayori.dump"), copy_at(Path::new(&to_keys)).join("keys.dump"));
    let list = shell("pg_restore", &["--list", keys_dump.to_str().unwrap()]);
    assert!(list.contains("TABLE DATA public data_keys") && !list.contains("ledger"), "{list}");
    let sent: serde_json::Value = serde_json::from_str(&good(&["send", "--date", DAY, "--json"]).await).unwrap();
    let people = sent["sent"].as_u64().unwrap();
    assert!(people > 10, "{sent}");
    let once = || city.line.users().iter().all(|user| city.line.talk(user).len() == 1);
    let ledger = city.file("ledger.dump").display().to_string();
    shell("pg_dump", &["--format=custom", "--table=ledger*", &format!("--dbname={keys}"), &format!("--file={ledger}")]);
    for with_ledger in [true, false] {
        assert_eq!(
            (database("kept_data").await.unwrap(), database("kept_keys").await.unwrap()),
            (data.clone(), keys.clone()),
            "emptied"
        );
        shell("pg_restore", &[&format!("--dbname={data}"), dump.to_str().unwrap()]);
        shell("pg_restore", &[&format!("--dbname={keys}"), keys_dump.to_str().unwrap()]);
        if with_ledger {
            shell("pg_restore", &[&format!("--dbname={keys}"), &ledger]);
        } else {
            let said = refused(&run(&["send", "--date", DAY]).await);
            assert!(said.contains("送付の記録") && said.contains("--mark-sent 2026-W48`"), "{said}");
            let said = refused(&run(&["send", "--mark-sent", "2026-W47"]).await);
            assert!(said.contains("2026-W47 は、送ったかどうかわからない週ではありません"), "{said}");
            let said = refused(&run(&["send", "--nothing-sent-since"]).await);
            assert!(said.contains("--yes を付けてください"), "{said}");
            good(&["send", "--mark-sent", "2026-W48"]).await;
        }
        let again: serde_json::Value =
            serde_json::from_str(&String::from_utf8_lossy(&run(&["send", "--date", DAY, "--json"]).await.stdout))
                .unwrap();
        assert_eq!(again["sent"], 0, "{with_ledger}: {again}");
        assert!(once(), "{with_ledger}: nobody twice");
        // The ledger knows what was accepted; without it somebody has said that it is to be left so.
        let counts: serde_json::Value = serde_json::from_str(&good(&["outbox", "--json"]).await).unwrap();
        let outcome = if with_ledger { "sent" } else { "left" };
        assert_eq!(
            counts,
            serde_json::json!([{ "what": "2026-W48", "channel": "line", "outcome": outcome, "rows": people }]),
            "{with_ledger}"
        );
        let told = good(&["outbox", "--uncertain"]).await;
        let expected = if with_ledger {
            "ありません\n".into()
        } else {
            format!("2026-W48　LINE　届いたかわからない（このままにすると決めました）　{people}件\n")
        };
        assert_eq!(told, expected);
    }
    for url in [data, keys] {
        drop_database(&url).await;
    }
}
