//! `kill -9` in the middle of `otayori send`, then `send` again: nobody twice, nobody missed. Real processes, real
//! HTTP.

use otayori::calendar::{Span, date};
use otayori::demo::standin::{Fault, Line, Push};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A city whose program runs as processes of its own.
pub struct City {
    folder: tempfile::TempDir,
    pub line: Line,
    pub push: Push,
    database: String,
    began: std::time::Instant,
}

impl City {
    pub async fn new(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("otayori.db").display()));
        Self {
            folder,
            line: Line::start().await.unwrap(),
            push: Push::start().await.unwrap(),
            database,
            began: std::time::Instant::now(),
        }
    }

    /// The program with this city's environment; nothing else of ours is inherited.
    pub fn otayori(&self, arguments: &[&str]) -> Command {
        let file = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_otayori"));
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("DATABASE_URL", &self.database)
            .env("OTAYORI_KEY_STORE_URL", format!("sqlite:{}", file("keys.db").display()))
            .env("OTAYORI_KEY_FILE", file("master.key"))
            .env("OTAYORI_PUBLIC_URL", "http://localhost:8080")
            .env("OTAYORI_LINE_API_BASE", self.line.base())
            .env("OTAYORI_LINE_CHANNEL_TOKEN", Line::TOKEN)
            .env("OTAYORI_LINE_CHANNEL_SECRET", Line::SECRET)
            .env("OTAYORI_ALLOW_LOOPBACK_PUSH", "1")
            // The city's clock began at ten on the letters' day, whatever this machine's shows.
            .env(
                "OTAYORI_NOW",
                (date(2026, 11, 24).at(10, 0, 0, 0) + Span::new().seconds(self.began.elapsed().as_secs() as i64))
                    .to_string(),
            )
            .stderr(Stdio::inherit());
        command
    }

    /// A file of this city's data.
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// What a command of the program did and said.
    pub async fn output(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = self.otayori(arguments);
        command.stderr(Stdio::piped());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// What a command printed as JSON. It succeeds; `send` unless something was refused or waits.
    pub async fn run(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.output(arguments).await;
        let text = String::from_utf8(output.stdout).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(serde_json::Value::Null);
        let done = arguments[0] != "send" || ["refused", "retry", "pending"].iter().all(|n| json[n] == 0);
        assert_eq!(output.status.success(), done, "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        json
    }

    /// Everybody of the plan has the letter, nobody has it twice, and another call sends nothing.
    pub async fn everybody_has_one(&self, planned: &serde_json::Value) {
        let (recipients, requests) =
            (planned["line"]["recipients"].as_u64().unwrap(), planned["web_push"]["requests"].as_u64().unwrap());
        let users = self.line.users();
        assert_eq!(users.len() as u64, recipients, "somebody on LINE was missed");
        for user in &users {
            assert_eq!(self.letters_of(user), 1, "{user} got it more than once");
        }
        let browsers = self.push.browsers();
        assert_eq!(browsers.len() as u64, requests, "a browser was missed");
        for browser in &browsers {
            assert_eq!(self.push.received(browser).len(), 1, "{browser} shows it more than once");
        }
        assert_eq!(self.run(&["send", "--date", "2026-11-24", "--json"]).await["sent"], 0, "a last call sends nothing");
        let after = self.run(&["plan", "--date", "2026-11-24", "--json"]).await;
        assert_eq!(after, *planned, "plan prints what was sent");
    }

    fn letters_of(&self, user: &str) -> usize {
        self.line.talk(user).iter().filter(|m| m.to_string().contains("letter:2026-W48")).count()
    }
}

async fn nobody_twice_nobody_missed(database: Option<String>) {
    let city = City::new(database).await;
    let push = city.push.base().to_owned();
    city.run(&[
        "households",
        "generate",
        "--count",
        "120",
        "--seed",
        "7",
        "--line",
        "50",
        "--push-base",
        &push,
        "--date",
        "2026-11-24",
    ])
    .await;
    let planned = city.run(&["plan", "--date", "2026-11-24", "--json"]).await;
    let (recipients, requests) =
        (planned["line"]["recipients"].as_u64().unwrap(), planned["web_push"]["requests"].as_u64().unwrap());
    assert!(recipients > 20 && requests > 20, "{planned}");

    // Some requests are accepted, then the services keep silent: the process hangs in the middle, and is killed.
    for fault in [Fault::AcceptThenDie, Fault::Hang] {
        city.line.fail(fault, 3);
        city.push.fail(fault, 3);
        let mut child: Child =
            city.otayori(&["send", "--date", "2026-11-24", "--json"]).stdout(Stdio::null()).spawn().unwrap();
        let before = city.line.requests() + city.push.requests();
        while city.line.requests() + city.push.requests() < before + 12 && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
    }
    city.line.recover();
    city.push.recover();

    // `send` retries for 30 s; what a killed process held is free when its lease has run out.
    let mut sent = serde_json::Value::Null;
    for _ in 0..4 {
        sent = city.run(&["send", "--date", "2026-11-24", "--json"]).await;
        if sent["retry"] == 0 && sent["pending"] == 0 {
            break;
        }
    }
    assert_eq!((&sent["retry"], &sent["pending"], &sent["refused"]), (&0.into(), &0.into(), &0.into()), "{sent}");
    city.everybody_has_one(&planned).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_sqlite() {
    nobody_twice_nobody_missed(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_postgresql() {
    // The schema is migrated already by the support module; its address is what the processes use.
    for database in crate::support::databases().await {
        if database.name() == "PostgreSQL" {
            nobody_twice_nobody_missed(Some(database.url.clone())).await;
        }
    }
}
