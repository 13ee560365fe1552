//! Whatever holds letters is named by every command that speaks of sending, and nothing says that they go on while
//! something holds them.

use super::{DAY, number, refused};
use crate::support::{TestDb, databases, otayori_command};
use otayori::calendar::date;
use otayori::db::Db;
use otayori::demo::standin;
use otayori::engine::new;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The small city as a sample, at ten on its letters' day: three households on LINE, whose API is a stand-in.
struct Place<'a> {
    dir: tempfile::TempDir,
    test: &'a TestDb,
    line: standin::Line,
    secret: bool,
}

impl<'a> Place<'a> {
    async fn new(test: &'a TestDb) -> Self {
        let dir = tempfile::tempdir().unwrap();
        new::create(&dir.path().join("city"), date(2026, 11, 24)).unwrap();
        let place = Self { dir, test, line: standin::Line::start().await.unwrap(), secret: true };
        let yaml = place.city().join("otayori.yaml");
        fs::write(&yaml, fs::read_to_string(&yaml).unwrap() + "sample_date: 2026-11-24\n").unwrap();
        let file = place.dir.path().join("a.csv");
        let rows = (1..=3).map(|n| format!("{n},pregnancy,2027-03-16,,,all,ja,no,U{n:032x}\n")).collect::<String>();
        fs::write(
            &file,
            format!("household,kind,due_on,birth_on,preterm_due_on,area,language,first_child,line\n{rows}"),
        )
        .unwrap();
        place.good(&["households", "import", "--date", DAY, &file.display().to_string()]).await;
        place
    }
    fn city(&self) -> PathBuf {
        self.dir.path().join("city")
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = otayori_command(&self.city(), arguments);
        command
            .env("DATABASE_URL", &self.test.url)
            .env("OTAYORI_LINE_API_BASE", self.line.base())
            .env("OTAYORI_NOW", "2026-11-24T10:00");
        command.env("OTAYORI_LINE_CHANNEL_TOKEN", standin::Line::TOKEN).env_remove("OTAYORI_LINE_CHANNEL_SECRET");
        if self.secret {
            command.env("OTAYORI_LINE_CHANNEL_SECRET", standin::Line::SECRET);
        }
        command
    }
    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
    /// Both of what it said, of a command that ends well.
    async fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }
    async fn ledger(&self) -> Db {
        Db::connect(&format!("sqlite:{}", self.city().join("data/ledger.db").display()), 1).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_ledger_is_named_by_every_command() {
    for test in databases().await {
        let place = Place::new(&test).await;
        let id: String =
            sqlx::query_scalar("SELECT id FROM households LIMIT 1").fetch_one(test.db.pool()).await.unwrap();
        let ledger = place.ledger().await;
        sqlx::query("DELETE FROM ledger_id").execute(ledger.pool()).await.unwrap();
        let week = "--mark-sent 2026-W48";
        for command in [&["plan", "--date", DAY][..], &["explain", &id, "--date", DAY], &["outbox"]] {
            let said = place.good(command).await;
            assert!(
                said.contains("おたよりが止まっています") && said.contains("「送付の記録」") && said.contains(week),
                "{} {command:?}: {said}",
                test.name()
            );
        }
        // The clock is right, and nothing goes on for that.
        for command in [&["clock"][..], &["clock", "confirm"], &["send", "--date", DAY, "--yes"]] {
            let output = place.run(command).await;
            let said = refused(&output);
            let all = String::from_utf8_lossy(&output.stdout).into_owned() + &said;
            assert!(
                said.contains("「送付の記録」") && said.contains(week) && !all.contains("再開します。"),
                "{} {command:?}: {all}",
                test.name()
            );
        }
        // What somebody missed is on record as missed; marked as sent it is not, and its run finds that it was sent.
        sqlx::raw_sql(
            "DELETE FROM runs; INSERT INTO runs (job, due_at, lease_owner, lease_until, finished_at, \
            outcome) VALUES ('letters', 1795473000, 'x', 1, 1, 'late')",
        )
        .execute(test.db.pool())
        .await
        .unwrap();
        let due = otayori::letter::send_at(
            date(2026, 11, 24),
            &otayori::config::Config::load_with(&place.city(), &|_| None).unwrap(),
        )
        .seconds();
        sqlx::query("UPDATE runs SET due_at = $1").bind(due).execute(test.db.pool()).await.unwrap();
        let said = place.good(&["send", "--mark-sent", "2026-W48"]).await;
        assert!(said.contains("おたよりを再開します") && !said.contains("止まっています"), "{said}");
        assert_eq!(number(&test, "SELECT COUNT(*) FROM runs WHERE outcome = 'marked'").await, 1, "{}", test.name());
        let said = place.good(&["send", "--date", DAY, "--yes"]).await;
        assert!(
            said.contains("もう送ってあります（0、届いたかわからないもの 3）") && !said.contains("送った 0"),
            "{said}"
        );
        assert_eq!(place.line.requests(), 0);
        let said = place.good(&["clock"]).await;
        assert!(!said.contains("止まっています"), "{said}");
    }
}

/// Letters that nobody could open wait: they are told everywhere, and go when the secret is there.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_secret_line_waits() {
    for test in databases().await {
        let mut place = Place::new(&test).await;
        place.secret = false;
        let said = refused(&place.run(&["send", "--date", DAY, "--yes"]).await);
        assert!(
            said.contains("LINE のチャネルシークレットがありません")
                && said.contains("OTAYORI_LINE_CHANNEL_SECRET を書いて")
                && !said.contains("受け付けません"),
            "{said}"
        );
        assert_eq!(
            (place.line.requests(), number(&test, "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL").await),
            (0, 3),
            "{}",
            test.name()
        );
        assert_eq!(
            number(&test, "SELECT COUNT(*) FROM upkeep WHERE name = 'line:barred'").await,
            0,
            "LINE has refused nothing"
        );
        let said = place.good(&["plan", "--date", DAY]).await;
        assert!(said.contains("おたよりが止まっています") && said.contains("OTAYORI_LINE_CHANNEL_SECRET"), "{said}");
        // The clock holds nothing, and Web Push goes.
        assert!(place.good(&["clock", "confirm"]).await.contains("OTAYORI_LINE_CHANNEL_SECRET"));
        place.secret = true;
        place.good(&["send", "--date", DAY, "--yes"]).await;
        assert_eq!(place.line.users().len(), 3, "{}", test.name());
    }
}

/// What is in doubt is told by every command that speaks of it, and goes once more, or stays, when somebody has said
/// so.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_doubt_is_decided_by_a_person() {
    for test in databases().await {
        let place = Place::new(&test).await;
        place.good(&["send", "--date", DAY, "--yes"]).await;
        let doubt = async || {
            sqlx::raw_sql(
                "UPDATE outbox SET outcome = 'uncertain'; INSERT INTO upkeep (name) VALUES ('in doubt') ON \
                CONFLICT DO NOTHING",
            )
            .execute(test.db.pool())
            .await
            .unwrap();
        };
        doubt().await;
        let said = refused(&place.run(&["send", "--date", DAY, "--yes"]).await);
        assert!(
            said.contains("宛先が 3 件")
                && said.contains("otayori outbox resend 2026-W48")
                && said.contains("otayori outbox leave 2026-W48"),
            "{said}"
        );
        let said = place.good(&["outbox", "--uncertain"]).await;
        assert!(
            said.contains("届いたかわからない（送り直していません）　3件") && said.contains("outbox resend 2026-W48"),
            "{said}"
        );
        let household: String =
            sqlx::query_scalar("SELECT MIN(household_id) FROM contacts").fetch_one(test.db.pool()).await.unwrap();
        let said = place.good(&["explain", &household, "--date", DAY]).await;
        assert!(said.contains("LINE：送ったかどうか、わからない"), "{said}");
        // Nobody can be asked here.
        for word in ["resend", "leave"] {
            let said = refused(&place.run(&["outbox", word, "2026-W48"]).await);
            assert!(
                said.contains("2026-W48 のおたよりのうち") && said.contains("3 件") && said.contains("--yes"),
                "{said}"
            );
        }
        assert!(
            refused(&place.run(&["outbox", "resend", "2026-W47", "--yes"]).await)
                .contains("2026-W47 のおたよりに、届いたかどうかわからないものは、ありません")
        );
        assert_eq!(
            (place.line.requests(), number(&test, "SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'").await),
            (1, 3),
            "{}",
            test.name()
        );
        assert!(
            place.good(&["outbox", "resend", "2026-W48", "--yes"]).await.contains("3 件を、もう一度送る列に入れました")
        );
        place.good(&["send", "--date", DAY, "--yes"]).await;
        assert!(place.line.users().iter().all(|user| place.line.talk(user).len() == 2), "{}", test.name());
        doubt().await;
        assert!(place.good(&["outbox", "leave", "2026-W48", "--yes"]).await.contains("3 件を、このままにしました"));
        let said = place.good(&["send", "--date", DAY, "--yes"]).await;
        assert!(
            said.contains("もう送ってあります")
                && place.line.users().iter().all(|user| place.line.talk(user).len() == 2),
            "{said}"
        );
    }
}

/// A clock that may be wrong is confirmed by a person, who is told what follows: nobody can be asked here, and then
/// nothing changes without `--yes`.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_is_confirmed_by_a_person() {
    for test in databases().await {
        let place = Place::new(&test).await;
        let due = |day| {
            otayori::letter::send_at(day, &otayori::config::Config::load_with(&place.city(), &|_| None).unwrap())
                .seconds()
        };
        let sql = format!(
            "INSERT INTO runs (job, due_at, lease_owner, lease_until, finished_at, outcome) VALUES ('letters', {}, \
             'x', 1, 1, 'done')",
            due(date(2026, 11, 3))
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(test.db.pool()).await.unwrap();
        sqlx::query("UPDATE clock SET seen_at = $1")
            .bind(due(date(2026, 11, 3)))
            .execute(test.db.pool())
            .await
            .unwrap();
        sqlx::query("UPDATE households SET stopped_at = 1 WHERE id = (SELECT MIN(id) FROM households)")
            .execute(test.db.pool())
            .await
            .unwrap();
        let said = refused(&place.run(&["clock", "confirm"]).await);
        for part in [
            "2026-11-24 10:00",
            "2026-11-03 07:30",
            "2026-W48（11月24日（火） から）を、すぐ送ります",
            "2026-W46（",
            "2026-W47（",
            "1 世帯",
            "--yes を付けてください",
            "何も変えていません",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(
            number(&test, "SELECT COUNT(*) FROM clock WHERE confirmed_at IS NOT NULL").await,
            0,
            "{}",
            test.name()
        );
        assert_eq!(place.run(&["clock"]).await.status.code(), Some(1));
        let said = place.good(&["clock", "confirm", "--yes"]).await;
        for part in [
            "再開します",
            "2026-11-25 10:00 まで待っています",
            "送られなかった週：2026-W46（",
            "もう一度 `otayori clock confirm`",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        for command in [&["clock"][..], &["plan", "--date", DAY]] {
            let said = place.good(command).await;
            assert!(
                said.contains("2026-11-25 10:00 まで待っています") && said.contains("送られなかった週：2026-W46（"),
                "{command:?} {said}"
            );
        }
        // A clock that is believed is not asked about.
        assert!(place.good(&["clock", "confirm"]).await.contains("時計のせいで止めているものはありません"));
    }
}

/// Where standard output is full or closed, the letters go all the same, what became of them is said elsewhere, and the
/// exit status is of the work.
#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_cannot_be_written_stops_nothing() {
    for test in databases().await {
        let place = Place::new(&test).await;
        for (again, doubt) in [(false, false), (true, false), (true, true)] {
            if doubt {
                sqlx::raw_sql("UPDATE outbox SET outcome = 'uncertain'").execute(test.db.pool()).await.unwrap();
            }
            let mut command = place.command(&["send", "--date", DAY, "--yes"]);
            command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
            let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(i32::from(doubt)), "{said}");
            assert!(
                said.contains("標準出力に書けませんでした")
                    && said.contains(if again { "もう送ってあります" } else { "送った 3" }),
                "{said}"
            );
            assert_eq!(said.contains("otayori outbox resend"), doubt, "what comes after it is said, too: {said}");
            assert_eq!(place.line.users().len(), 3, "{}", test.name());
        }
    }
}

/// `plan` in a new city says all that holds letters: before there is a database, and before anybody is on LINE.
#[test]
fn a_new_city_hears_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let city = dir.path().join("city");
    new::create(&city, date(2026, 11, 24)).unwrap();
    let plan = || {
        let output = otayori_command(&city, &["plan", "--date", DAY])
            .env_remove("OTAYORI_LINE_CHANNEL_TOKEN")
            .env_remove("OTAYORI_LINE_CHANNEL_SECRET")
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let told = |said: &str| {
        for part in [
            "ひな型のまま",
            "「救急車・消防」の `checked:",
            "OTAYORI_LINE_CHANNEL_TOKEN と OTAYORI_LINE_CHANNEL_SECRET を書いて",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    };
    let (code, said) = plan();
    assert!(code == Some(1) && said.contains("データベースが、まだありません"), "{said}");
    told(&said);
    assert!(!city.join("data/otayori.db").exists(), "nothing is made by looking");
    assert!(otayori_command(&city, &["keys"]).output().unwrap().status.success());
    let (code, said) = plan();
    assert_eq!(code, Some(0), "{said}");
    told(&said);
    // What the guide writes in their place is none.
    fs::write(city.join("otayori.env"), "OTAYORI_LINE_CHANNEL_SECRET=...\nOTAYORI_LINE_CHANNEL_TOKEN=xxx\n").unwrap();
    let said = plan().1;
    assert!(
        said.contains("チャネルアクセストークンが、説明書の例のままです")
            && said.contains("チャネルシークレットが、説明書の例のままです"),
        "{said}"
    );
    let checked = otayori_command(&city, &["check", "--date", DAY]).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
    assert!(said.contains("warning: otayori.env:2:1 OTAYORI_LINE_CHANNEL_TOKEN が、説明書の例のままです"), "{said}");
}
