//! A disk that is not there, an empty database, a copy of nothing: no new city is begun in the place of one that was,
//! and no copy of it thrown away.

use super::{number, refused};
use crate::support::{databases, otayori_command};
use otayori::calendar::date;
use otayori::engine::new;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Place {
    dir: tempfile::TempDir,
    /// `DATABASE_URL`, unless it is the default.
    url: Option<String>,
}

impl Place {
    fn new(url: Option<String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        new::create(&dir.path().join("city"), date(2026, 11, 24)).unwrap();
        Self { dir, url }
    }
    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = otayori_command(&self.at("city"), arguments);
        command.envs(self.url.iter().map(|url| ("DATABASE_URL", url)));
        command
    }
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
    fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
    /// Three households.
    fn import(&self) {
        let file = self.at("a.csv");
        let rows = (1..=3).map(|n| format!("{n},pregnancy,2027-03-16,,,all,ja,no,U{n:032x}\n")).collect::<String>();
        fs::write(
            &file,
            format!("household,kind,due_on,birth_on,preterm_due_on,area,language,first_child,line\n{rows}"),
        )
        .unwrap();
        self.good(&["households", "import", "--date", "2026-11-24", &file.display().to_string()]);
    }
    fn files(&self, folder: &str) -> Vec<String> {
        let mut all: Vec<String> = fs::read_dir(self.at(folder))
            .into_iter()
            .flatten()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        all.sort();
        all
    }
}

/// `serve` may not begin: it ends by itself, with what it says.
fn does_not_serve(place: &Place, word: &str) {
    let file = place.at("a.csv").display().to_string();
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["worker"],
        &["keys"],
        &["households", "import", "--date", "2026-11-24", &file],
    ] {
        let said = refused(&place.run(arguments));
        assert!(said.contains(word) && said.contains("何も書いていません"), "{arguments:?} {word}: {said}");
    }
}

/// Commands that only read say the same, and none says how to make another; a build leaves nothing in the place.
fn is_told_by_all(place: &Place) {
    let (data, keys) = (place.at("bk/data").display().to_string(), place.at("bk/keys").display().to_string());
    let read: [&[&str]; 10] = [
        &["plan", "--date", "2026-11-24"],
        &["explain", "x", "--date", "2026-11-24"],
        &["clock"],
        &["clock", "confirm"],
        &["outbox"],
        &["households", "list"],
        &["staff", "list"],
        &["flyer", "report"],
        &["send", "--date", "2026-11-24", "--yes"],
        &["backup", "--data", &data, "--keys", &keys],
    ];
    for arguments in read {
        let said = refused(&place.run(arguments));
        assert!(
            said.contains("前にそこを使っています")
                && said.contains("控えから戻します")
                && !said.contains("households generate"),
            "{arguments:?}: {said}"
        );
    }
    assert!(!place.at("bk").exists());
}

/// The disk with `data/` is not mounted, or only the ledger or the key store came back: nothing is made. What says so
/// is taken away on purpose only.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_place_that_was_used_is_no_new_city() {
    let place = Place::new(None);
    place.good(&["build", "--date", "2026-11-24"]);
    place.import();
    assert!(fs::read_to_string(place.at("city/.otayori-data")).unwrap().ends_with("data/otayori.db\n"));
    fs::rename(place.at("city/data"), place.at("disk")).unwrap();
    does_not_serve(&place, "前にそこを使っています");
    fs::create_dir(place.at("city/data")).unwrap();
    does_not_serve(&place, "前にそこを使っています");
    is_told_by_all(&place);
    for arguments in
        [&["build"][..], &["coverage"], &["review", "hajimete", "--sheet"], &["preview"], &["check", "--links"]]
    {
        let said = refused(&place.run(arguments));
        assert!(said.contains("前にそこを使っています"), "{arguments:?}: {said}");
    }
    assert_eq!(place.files("city/data"), Vec::<String>::new());
    // A site of an earlier version, which left no trace: it was built, and `data/` is empty.
    fs::remove_file(place.at("city/.otayori-data")).unwrap();
    does_not_serve(&place, "は空ですが、サイト（");
    // The ledger alone, the key store alone.
    for (files, word) in
        [(&["ledger.db"][..], "送付の記録があります"), (&["keys.db", "master.key"], "3 件の鍵があります")]
    {
        for file in files {
            fs::copy(place.at("disk").join(file), place.at("city/data").join(file)).unwrap();
        }
        does_not_serve(&place, word);
        files.iter().for_each(|file| fs::remove_file(place.at("city/data").join(file)).unwrap());
        // SQLite's own, beside what was looked at.
        place.files("city/data").iter().for_each(|file| fs::remove_file(place.at("city/data").join(file)).unwrap());
    }
    // Back, and everything goes on.
    fs::remove_dir(place.at("city/data")).unwrap();
    fs::rename(place.at("disk"), place.at("city/data")).unwrap();
    assert_eq!(place.good(&["households", "list"]).lines().count(), 3);
    place.good(&["keys"]);
    // Begun anew on purpose.
    fs::rename(place.at("city/data"), place.at("old")).unwrap();
    fs::remove_file(place.at("city/.otayori-data")).unwrap();
    place.good(&["build", "--date", "2026-11-24"]);
    place.good(&["keys"]);
}

/// PostgreSQL, or a file, that was emptied: known by its address.
#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_database_is_known_by_its_address() {
    for test in databases().await {
        let place = Place::new(Some(test.url.clone()));
        place.import();
        assert_eq!(number(&test, "SELECT COUNT(*) FROM households").await, 3);
        place.good(&["keys"]);
        // Keys and ledger are gone with it.
        fs::remove_dir_all(place.at("city/data")).unwrap();
        if test.db.is_sqlite() {
            test.db.close().await;
            fs::remove_file(test.url.trim_start_matches("sqlite:")).unwrap();
        } else {
            for table in [
                "person_sessions",
                "outbox",
                "contacts",
                "subjects",
                "letters",
                "households",
                "installation_keys",
                "consultations",
            ] {
                sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP TABLE {table} CASCADE")))
                    .execute(test.db.pool())
                    .await
                    .unwrap();
            }
        }
        does_not_serve(&place, "前にそこを使っています");
        is_told_by_all(&place);
        assert!(!place.at("city/data/master.key").exists(), "{}", test.name());
    }
}

/// A first start is as easy as ever: in a new folder, built or not, each command that needs a database makes it.
#[test]
fn a_first_start_asks_nothing() {
    for first in [&["keys"][..], &["households", "generate", "--count", "3", "--seed", "1", "--date", "2026-11-24"]] {
        for build in [true, false] {
            let place = Place::new(None);
            if build {
                place.good(&["build", "--date", "2026-11-24"]);
            }
            place.good(first);
            place.good(&["keys"]);
            let mode = |path: &str| {
                std::os::unix::fs::PermissionsExt::mode(&fs::metadata(place.at(path)).unwrap().permissions()) & 0o777
            };
            assert_eq!((mode("city/data"), mode("city/data/otayori.db")), (0o700, 0o600), "{first:?} {build}");
        }
    }
}

/// Copies of a city that fell to nobody, or to less than half: nothing old goes, day after day, until somebody says
/// that it is right.
#[test]
fn a_backup_of_a_city_that_lost_its_households_throws_nothing_away() {
    let place = Place::new(None);
    place.import();
    let [data, keys] = ["disk/data", "other/keys"].map(|p| place.at(p).display().to_string());
    let backup =
        |more: &[&str]| place.run(&[&["backup", "--data", &data, "--keys", &keys, "--keep", "1"], more].concat());
    assert!(backup(&[]).status.success());
    // Eight days pass: the copies are old by their names.
    let aged = |place: &Place, which: &str| {
        let name = &place.files(which)[0];
        fs::rename(place.at(which).join(name), place.at(which).join("2020-01-02T033000")).unwrap();
    };
    aged(&place, "disk/data");
    aged(&place, "other/keys");
    let all = place.good(&["households", "list"]);
    let ids: Vec<&str> = all.lines().filter_map(|l| l.split_whitespace().next()).filter(|id| id.len() > 30).collect();
    assert_eq!(ids.len(), 3, "{all}");
    ids.iter().for_each(|id| drop(place.good(&["households", "remove", id, "--yes"])));
    for _ in 0..2 {
        let output = backup(&[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("世帯が 0 になっています（前の控え 2020-01-02T033000 では 3 世帯）")
                && said.contains("--fewer"),
            "{said}"
        );
        for folder in ["disk/data", "other/keys"] {
            assert!(place.files(folder).contains(&"2020-01-02T033000".to_owned()), "{:?}", place.files(folder));
        }
        // A copy a second.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    assert!(place.files("disk/data").len() == 3, "the copies themselves are made");
    assert!(backup(&["--fewer"]).status.success());
    for folder in ["disk/data", "other/keys"] {
        assert!(!place.files(folder).contains(&"2020-01-02T033000".to_owned()), "{:?}", place.files(folder));
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(backup(&[]).status.success(), "the next one is as that one was");
    assert!(Path::new(&data).is_dir());
}

/// The texts are not there, a part of the installation is gone, or one place takes nothing: what can be copied is
/// copied, it is told, and nothing old goes.
#[test]
fn a_backup_with_something_missing_throws_nothing_away() {
    let place = Place::new(None);
    place.import();
    let [data, keys] = ["disk/data", "other/keys"].map(|p| place.at(p).display().to_string());
    let backup = |keys: &str, more: &[&str]| {
        place.run(&[&["backup", "--data", &data, "--keys", keys, "--keep", "1"], more].concat())
    };
    assert!(backup(&keys, &[]).status.success());
    for folder in ["disk/data", "other/keys"] {
        let name = &place.files(folder)[0];
        fs::rename(place.at(folder).join(name), place.at(folder).join("2020-01-02T033000")).unwrap();
    }
    let kept = |why: &str| {
        for folder in ["disk/data", "other/keys"] {
            assert!(
                place.files(folder).contains(&"2020-01-02T033000".to_owned()),
                "{why} {folder}: {:?}",
                place.files(folder)
            );
        }
        // A copy a second.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    };
    let (city, aside) = (place.at("city"), place.at("aside"));
    // The disk with `content/` is not mounted: its mount point is empty, or not there; or one folder of it is empty.
    for (what, empty) in [("content", true), ("content", false), ("content/articles", true), ("segments", false)] {
        fs::rename(city.join(what), &aside).unwrap();
        if empty {
            fs::create_dir(city.join(what)).unwrap();
        }
        let copies = place.files("disk/data").len();
        let said = refused(&backup(&keys, &[]));
        assert!(
            said.contains(&format!("{what} のファイルが 0"))
                && said.contains("2020-01-02T033000 では")
                && said.contains("--fewer"),
            "{what}: {said}"
        );
        assert_eq!(place.files("disk/data").len(), copies + 1, "the copy itself is made");
        kept(what);
        if empty {
            fs::remove_dir(city.join(what)).unwrap();
        }
        fs::rename(&aside, city.join(what)).unwrap();
    }
    // Parts without which nothing can be read at all.
    for (what, word) in [("otayori.yaml", "otayori.yaml"), ("data/keys.db", "鍵"), ("data/master.key", "鍵")] {
        fs::rename(city.join(what), &aside).unwrap();
        let said = refused(&backup(&keys, &[]));
        assert!(said.contains(word), "{what}: {said}");
        kept(what);
        // Nothing was made in its place.
        assert!(!city.join(what).exists(), "{what}");
        fs::rename(&aside, city.join(what)).unwrap();
    }
    // A place in which nobody can make a folder.
    let copies = place.files("disk/data").len();
    let said = refused(&backup("/proc", &[]));
    assert!(
        said.contains("鍵の置き場の控えを取れませんでした") && said.contains("/proc") && said.contains("hint:"),
        "{said}"
    );
    assert_eq!(place.files("disk/data").len(), copies + 1, "the other copy is made");
    kept("/proc");
    // All is there again: the old ones go.
    assert!(backup(&keys, &[]).status.success());
    for folder in ["disk/data", "other/keys"] {
        assert!(!place.files(folder).contains(&"2020-01-02T033000".to_owned()), "{:?}", place.files(folder));
    }
}
