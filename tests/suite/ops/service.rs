//! A running `serve`, and what the operator does beside it.

use super::{DAY, city, number, refused};
use crate::support::databases;
use otayori::channel::http::Client;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Five wrong passwords lock a login: that is logged, with the login and without an address, and the operator opens it.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_login_is_logged_and_opened() {
    for test in &databases().await {
        let city = city(test, 3).await;
        let add =
            "printf 'a long password\n' | \"$0\" staff add --login saeki --name 佐伯 --role editor --password-stdin";
        let mut shell = std::process::Command::new("sh");
        let otayori = city.otayori(&[]);
        shell.args(["-c", add]).arg(otayori.get_program()).current_dir(otayori.get_current_dir().unwrap());
        shell.envs(otayori.get_envs().filter_map(|(name, value)| Some((name, value?))));
        assert!(shell.output().unwrap().status.success());

        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut serve = city
            .otayori(&["serve", "--listen", &address])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (told, lines) = std::sync::mpsc::channel();
        let errors = serve.stderr.take().unwrap();
        std::thread::spawn(move || {
            BufReader::new(errors).lines().map_while(Result::ok).for_each(|line| drop(told.send(line)))
        });
        let began = Instant::now();
        while Client::new()
            .unwrap()
            .send(hyper::Request::get(format!("http://{address}/healthz")).body(Default::default()).unwrap())
            .await
            .is_err()
        {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", lines.try_iter().collect::<Vec<_>>());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let sign_in = async |password: &str, from: &str| {
            let form = format!("login=saeki&password={password}");
            let headers = [("content-type", "application/x-www-form-urlencoded"), ("x-forwarded-for", from)];
            crate::channel::raw(&format!("http://{address}/desk/sign-in"), &headers, form).await.status.as_u16()
        };
        for n in 0..5 {
            assert_eq!(sign_in("wrong", &format!("192.0.2.{n}")).await, 422);
        }
        assert_eq!(sign_in("a+long+password", "192.0.2.77").await, 429);
        assert_eq!(sign_in("a+long+password", "192.0.2.78").await, 429);
        let opened = city.output(&["staff", "unlock", "saeki"]).await;
        assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
        assert_eq!(sign_in("a+long+password", "192.0.2.79").await, 303, "{}", test.name());
        refused(&city.output(&["staff", "unlock", "nobody"]).await);
        serve.kill().unwrap();
        serve.wait().unwrap();
        let log: Vec<String> = lines.iter().collect();
        let locked: Vec<&String> = log.iter().filter(|l| l.contains("a login is locked")).collect();
        assert!(locked.len() == 1 && locked[0].contains("saeki"), "{log:#?}");
        assert!(
            !log.iter().any(|l| l.contains("192.0.2.") || l.contains('\u{1b}')),
            "no address, no colours: {log:#?}"
        );
    }
}

/// As the household's own button: the key is destroyed, the rows are gone. Nobody is asked without a terminal, so
/// nothing is removed without --yes.
#[tokio::test(flavor = "multi_thread")]
async fn a_household_is_removed_on_request() {
    for test in &databases().await {
        let city = city(test, 10).await;
        let households = city.run(&["households", "list", "--json"]).await;
        let id = households[3]["id"].as_str().unwrap().to_owned();
        assert!(refused(&city.output(&["households", "remove", &id]).await).contains("--yes"));
        assert!(
            refused(&city.output(&["households", "remove", "nobody", "--yes"]).await)
                .contains("世帯 nobody はありません")
        );
        assert_eq!(number(test, "SELECT COUNT(*) FROM households").await, 10);
        let removed = city.output(&["households", "remove", &id, "--yes"]).await;
        assert!(removed.status.success(), "{}", String::from_utf8_lossy(&removed.stderr));
        assert_eq!(number(test, "SELECT COUNT(*) FROM households").await, 9);
        assert_eq!(number(test, "SELECT COUNT(DISTINCT household_id) FROM contacts").await, 9);
        let keys = otayori::db::Db::connect(&format!("sqlite:{}", city.file("keys.db").display()), 1).await.unwrap();
        for (sql, n) in [
            ("SELECT COUNT(*) FROM data_keys WHERE owner = $1 AND wrapped <> ''", 0),
            ("SELECT COUNT(*) FROM destroyed_keys WHERE owner = $1", 1),
        ] {
            assert_eq!(
                sqlx::query_scalar::<_, i64>(sql).bind(&id).fetch_one(keys.pool()).await.unwrap(),
                n,
                "{}",
                test.name()
            );
        }
        keys.close().await;
        assert_eq!(city.run(&["plan", "--date", DAY, "--json"]).await["households"], 9);
    }
}

/// What the operator sees of a wrong token: one error, a failure, and everybody served once it is right. (On both
/// databases: `letter::sending`.)
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_said_once_and_mended() {
    let test = crate::support::sqlite().await;
    let city = city(&test, 12).await;
    let mut command = city.otayori(&["send", "--date", DAY]);
    command.env("OTAYORI_LINE_CHANNEL_TOKEN", "wrong").stderr(Stdio::piped());
    let said = refused(&tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap());
    assert_eq!(said.matches("LINE のトークンが正しくありません").count(), 1, "{said}");
    const BARRED: &str = "SELECT COUNT(*) FROM upkeep WHERE name = 'line:barred'";
    assert_eq!(number(&test, BARRED).await, 1, "for whoever looks at the health");
    // None is another thing than a wrong one.
    let mut command = city.otayori(&["send", "--date", DAY]);
    command.env_remove("OTAYORI_LINE_CHANNEL_TOKEN").stderr(Stdio::piped());
    let said = refused(&tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap());
    assert!(
        said.contains("LINE のチャネルアクセストークンがありません")
            && !said.contains("受け付けません")
            && !said.contains("正しくありません"),
        "{said}"
    );
    assert_eq!(number(&test, "SELECT COUNT(*) FROM outbox WHERE settled_at IS NOT NULL").await, 0);
    let sent = city.run(&["send", "--date", DAY, "--json"]).await;
    assert!(sent["sent"].as_u64().unwrap() > 5 && sent["refused"] == 0, "{sent}");
    assert_eq!(number(&test, BARRED).await, 0);
}
