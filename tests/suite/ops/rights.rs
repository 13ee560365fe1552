//! Rights of files and folders, and versions of tables.

use super::{DAY, refused};
use crate::support::databases;
use otayori::calendar::date;
use otayori::engine::new;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn otayori(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otayori"));
    command.args(arguments).current_dir(root);
    for name in ["DATABASE_URL", "OTAYORI_KEY_STORE_URL", "OTAYORI_KEY_FILE", "OTAYORI_PUBLIC_URL"] {
        command.env_remove(name);
    }
    command
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_made_is_the_owners_alone_and_wider_rights_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    let first = otayori(&root, &["keys"]).output().unwrap();
    let said = String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(first.status.success() && !said.contains("ほかの利用者"), "{said}");
    assert!(String::from_utf8_lossy(&first.stdout).contains("（いま作りました）"));
    let data = root.join("data");
    assert_eq!(mode(&data), 0o700);
    for file in ["otayori.db", "keys.db", "ledger.db", "master.key"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    assert_eq!(fs::read_dir(&data).unwrap().count(), 4, "nothing else is left there");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    for file in ["otayori.db", "keys.db", "master.key"] {
        fs::set_permissions(data.join(file), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let again = otayori(&root, &["keys"]).env("NO_COLOR", "1").output().unwrap();
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success());
    for told in [
        "フォルダ ./data を、ほかの利用者も見られます: `chmod 700 ./data`",
        "./data/otayori.db を、",
        "./data/keys.db を、",
        "鍵のファイル ./data/master.key を、ほかの利用者も読めます: `chmod 600",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

/// Root may write everywhere, so the command runs as nobody when the tests run as root.
#[test]
fn a_folder_that_cannot_be_written_is_said_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("city");
    new::create(&root, date(2026, 11, 24)).unwrap();
    // Nobody may read root's secrets: that is said, too, but is not what this is about.
    fs::remove_file(root.join("otayori.env")).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let program = if is_root {
        // The target folder may lie where nobody cannot look.
        let copy = dir.path().join("otayori");
        fs::copy(env!("CARGO_BIN_EXE_otayori"), &copy).unwrap();
        copy
    } else {
        env!("CARGO_BIN_EXE_otayori").into()
    };
    let run = |arguments: &[&str]| {
        let plain = otayori(&root, arguments);
        let mut command = Command::new(&program);
        command.args(plain.get_args()).current_dir(&root);
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        let began = Instant::now();
        let said = refused(&command.output().unwrap());
        assert!(began.elapsed() < Duration::from_secs(10), "{said}");
        said
    };
    let data = root.join("data");
    let close = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    // No data folder yet, and none can be made.
    close(&root, 0o555);
    let said = run(&["households", "generate", "--count", "3", "--seed", "1"]);
    assert!(
        said.contains("error: フォルダ ")
            && said.contains(" に書けません（持ち主 ")
            && said.contains("いまの利用者 ")
            && said.contains(": `chown -R "),
        "{said}"
    );
    close(&root, 0o755);
    // A data folder of somebody else.
    fs::create_dir(&data).unwrap();
    close(&data, 0o555);
    let said = run(&["staff", "list"]);
    assert!(said.contains("error: フォルダ ./data に書けません（持ち主 "), "{said}");
    // And a database in it that was made by somebody else.
    close(&data, 0o700);
    assert!(otayori(&root, &["keys"]).status().unwrap().success());
    close(&data, 0o755);
    close(&data.join("otayori.db"), 0o444);
    let said = run(&["send", "--date", DAY]);
    assert!(said.contains("error: ファイル ./data/otayori.db に書けません（持ち主 "), "{said}");
    close(&data.join("otayori.db"), 0o666);
    close(&data.join("keys.db"), 0o666);
    close(&data, 0o777);
    if is_root {
        let said = run(&["send", "--date", DAY]);
        assert!(
            said.contains("error: ファイル ./data/master.key にある鍵を読めません（持ち主 root、いまの利用者 nobody）"),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_newer_than_the_program_says_so() {
    for test in &databases().await {
        let city = super::city(test, 3).await;
        sqlx::query("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1")
            .execute(test.db.pool())
            .await
            .unwrap();
        for arguments in [
            &["plan", "--date", DAY][..],
            &["send", "--date", DAY],
            &["serve", "--listen", "127.0.0.1:0"],
            &["staff", "list"],
        ] {
            let said = refused(&city.output(arguments).await);
            assert!(
                said.contains("error: このプログラムのほうが古いので") && said.contains("9999"),
                "{} {arguments:?}: {said}",
                test.name()
            );
        }
    }
}
