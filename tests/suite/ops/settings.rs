//! Mistakes in the settings stop `check` and `serve`, and what `new` left to be written is told.

use crate::support::otayori;
use otayori::calendar::date;
use otayori::engine::new;
use std::fs;

#[test]
fn mistakes_stop_check_and_serve() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("city");
    new::create(&root, date(2026, 11, 21)).unwrap();
    let file = root.join("otayori.yaml");
    let good = fs::read_to_string(&file).unwrap();
    for (from, to, line, message) in [
        ("days: weekdays", "days: everyday", 19, "`everyday` という日の決めかたはありません"),
        ("theme: default", "theme: nai", 8, "テーマ `nai` がありません"),
        ("languages: [ja, easy, en]", "languages: [ja, fr]", 10, "ことば `fr` の画面の文がありません"),
        (
            "- {id: all, title: 市内全域}",
            "- {id: all, title: 市内全域}\n  - {id: all, title: 島}",
            13,
            "地区の id `all` が2つあります",
        ),
        ("from: 12-29", "from: 12-32", 21, "`12-32` という日はありません"),
        ("mailto:otayori@example.jp", "boshi@x", 26, "プッシュ通知の連絡先 `boshi@x` が正しくありません"),
        (
            "web_push:",
            "email: {from: nobody, smtp: smtp.city.minato.lg.jp}\nweb_push:",
            25,
            "差出人のメールアドレス `nobody` が正しくありません",
        ),
        (
            "web_push:",
            "email: {from: o@city.minato.lg.jp, smtp: smtp.city.minato.lg.jp, tls: none}\nweb_push:",
            25,
            "暗号化しない接続は、この機械の中の",
        ),
        (
            "web_push:",
            "email: {from: o@city.minato.lg.jp, smtp: \"smtp://x\", port: 25}\nweb_push:",
            25,
            "メールサーバーの名前 `smtp://x` が正しくありません",
        ),
        (
            "web_push:",
            "email: {from: o@city.minato.lg.jp, smtp: smtp.city.minato.lg.jp, ca: nai.pem}\nweb_push:",
            25,
            "認証局の証明書 `nai.pem` を読めません",
        ),
        ("at: \"07:30\"", "at: \"02:00\"", 15, "おたよりを送る時刻 02:00 は夜です"),
        ("time_zone: Asia/Tokyo", "time_zone: Asia/Toky", 9, "時間帯 `Asia/Toky` がわかりません"),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let checked = otayori(&root, &["check", "--format", "json"]);
        let problems: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
        let errors: Vec<&serde_json::Value> =
            problems.as_array().unwrap().iter().filter(|p| p["severity"] == "error").collect();
        assert_eq!((checked.status.code(), errors.len()), (Some(1), 1), "{to}: {problems:#}");
        assert_eq!(
            (&errors[0]["file"], &errors[0]["line"]),
            (&"otayori.yaml".into(), &line.into()),
            "{to}: {problems:#}"
        );
        assert!(
            errors[0]["column"].as_u64().unwrap() > 1 && errors[0]["message"].as_str().unwrap().starts_with(message),
            "{to}: {problems:#}"
        );
        let served = otayori(&root, &["serve", "--listen", "127.0.0.1:0"]);
        let said = String::from_utf8_lossy(&served.stderr).into_owned();
        assert!(served.status.code() == Some(1) && said.contains(message), "{to}: {said}");
        assert!(!root.join("data").exists(), "{to}");
    }
    // As Windows saves it: with a mark at the start it is read, in Shift_JIS the place is said.
    fs::write(&file, format!("\u{FEFF}{}", good.replace('\n', "\r\n"))).unwrap();
    assert!(otayori(&root, &["check"]).status.success());
    fs::write(&file, b"title: x\ncity: \x82\xcd\x82\xe9\n").unwrap();
    let said = String::from_utf8_lossy(&otayori(&root, &["check"]).stdout).into_owned();
    assert!(said.starts_with("error: otayori.yaml:2:7 文字コードが UTF-8 ではありません"), "{said}");

    // What is still to be written is a warning: the site builds.
    fs::write(&file, &good).unwrap();
    let checked = otayori(&root, &["check"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        checked.status.success() && said.contains("warning: otayori.yaml:3:7 「○○市」が、ひな型のままです"),
        "{said}"
    );
    assert!(
        said.contains(
            "content/pages/privacy.md:5:1 「（市の個人情報の担当と相談して、書いてください。）」が、ひな型のままです"
        ),
        "{said}"
    );
}

/// The guide's sample for nginx keeps what is a key, or tells a stage, out of its log: the addresses, what stands
/// behind `?`, and where a reader came from.
#[test]
fn the_sample_of_nginx_logs_no_secret_address() {
    let guide =
        fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/はじめての設置.md")).unwrap();
    let line = |begins: &str| {
        guide.lines().map(str::trim).find(|l| l.starts_with(begins)).unwrap_or_else(|| panic!("{begins}")).to_owned()
    };
    let (map, format) = (line("~^/("), line("log_format otayori"));
    let (kept_out, behind) = map.strip_prefix("~^/(").unwrap().split_once(')').unwrap();
    assert!(behind.starts_with("(/|$)") && behind.trim_end().ends_with(" 0;"), "{map}");
    let kept_out: Vec<&str> = kept_out.split('|').collect();
    for secret in [
        "/q/token",
        "/me/enter/token",
        "/letters/2026-W48/hash/",
        "/letters/2026-W48/",
        "/line/login/callback",
        "/register",
        "/stop",
        "/ask",
    ] {
        let first = secret.trim_start_matches('/').split('/').next().unwrap();
        assert!(kept_out.contains(&first), "{secret}");
    }
    for telling in ["$request ", "$request\"", "$request_uri", "$args", "$query_string", "$http_", "$arg_"] {
        assert!(!format.contains(telling), "{telling}: {format}");
    }
    assert!(format.contains("$uri") && line("access_log /").ends_with("otayori if=$otayori_logged;"));
    assert_eq!(guide.lines().filter(|l| l.trim().starts_with("access_log ")).count(), 2, "no other log");
}

/// Addresses that are none, one database for both, and a PostgreSQL that cannot be opened: what is wrong is said in the
/// operator's words.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("city");
    new::create(&root, date(2026, 11, 21)).unwrap();
    let read = |data: &str, keys: Option<&str>| {
        let env = |name: &str| match name {
            "DATABASE_URL" => Some(data.to_owned()),
            "OTAYORI_KEY_STORE_URL" => keys.map(str::to_owned),
            _ => None,
        };
        otayori::config::Config::load_with(&root, &env)
            .err()
            .map(|p| p.sorted().iter().map(|p| format!("{p}\n")).collect::<String>())
            .unwrap_or_default()
    };
    for bad in ["mysql://x@y/z", "data/otayori.db", "postgres:x", "postgres://ab cd", "sqlite:", "postgresql"] {
        let said = read(bad, None);
        assert!(said.contains("DATABASE_URL が、データベースの場所として読めません"), "{bad}: {said}");
    }
    let same = "が、同じデータベースです";
    for (data, keys, is) in [
        ("postgres://a@db/otayori", "postgres://b:x@db:5432/otayori?sslmode=require", true),
        (
            "postgresql://a@DB/otayori?options=-c%20search_path%3Dx",
            "postgres://a@db/otayori?options=-c%20search_path%3Dy",
            true,
        ),
        ("postgres://a@localhost/otayori", "postgres://a@127.0.0.1/otayori", true),
        ("postgres://a@db/", "postgres://a@db/a", true),
        ("sqlite:/srv/x.db", "sqlite:/srv/x.db", true),
        ("postgres://a@db/otayori", "postgres://a@db/keys", false),
        ("postgres://a@db/otayori", "postgres://a@other/otayori", false),
        ("postgres://a@db/otayori", "postgres://a@db:5433/otayori", false),
        ("postgres://a@db/otayori", "sqlite:/srv/keys.db", false),
    ] {
        assert_eq!(read(data, Some(keys)).contains(same), is, "{data} {keys}");
    }
    // It is said where it was written.
    let said = String::from_utf8_lossy(
        &crate::support::otayori_command(&root, &["keys"])
            .env("DATABASE_URL", "mysql://x@y/z")
            .output()
            .unwrap()
            .stderr,
    )
    .into_owned();
    assert!(said.contains("error: 環境変数 DATABASE_URL DATABASE_URL が、") && !said.contains("otayori.env"), "{said}");
    std::fs::write(root.join("otayori.env"), "# 場所\nDATABASE_URL=mysql://x@y/z\n").unwrap();
    let said = String::from_utf8_lossy(&crate::support::otayori(&root, &["keys"]).stderr).into_owned();
    assert!(said.contains("error: otayori.env:2:1 DATABASE_URL が、") && !said.contains("環境変数"), "{said}");
    std::fs::write(root.join("otayori.env"), "").unwrap();
    let run = |url: &str| {
        let output = crate::support::otayori_command(&root, &["keys"]).env("DATABASE_URL", url).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = run(&format!("postgres://otayori:secret@127.0.0.1:{port}/otayori"));
    assert!(
        said.contains("そこで PostgreSQL が動いていません")
            && said.contains("otayori:***@")
            && !said.contains("secret"),
        "{said}"
    );
    if let Ok(base) = std::env::var("OTAYORI_TEST_POSTGRES")
        && base != "none"
    {
        let said = run(&format!("{}/otayori_is_not_here", base.rsplit_once('/').unwrap().0));
        assert!(said.contains("その名前のデータベースがありません"), "{said}");
    }
}

/// Whoever reads the first line only has seen enough: no command says that it fell over.
#[test]
fn nobody_reading_is_no_crash() {
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("city");
    new::create(&root, date(2026, 11, 21)).unwrap();
    assert!(
        otayori(&root, &["households", "generate", "--count", "30", "--seed", "1", "--date", "2026-11-24"])
            .status
            .success()
    );
    for arguments in [
        &["keys"][..],
        &["households", "list"],
        &["check"],
        &["plan", "--date", "2026-11-24"],
        &["outbox"],
        &["staff", "list"],
        &["build"],
        &["theme", "icons"],
    ] {
        let mut child = crate::support::otayori_command(&root, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked") && output.status.code() != Some(101), "{arguments:?}: {said}");
        // Neither where what goes wrong is not read.
        let mut child = crate::support::otayori_command(&root, arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        let read = crate::support::otayori(&root, arguments).status.code();
        assert_eq!(child.wait().unwrap().code(), read, "{arguments:?}");
    }
    // The work is done to its end, whoever reads: everything of a copy is there, and what is too old is gone.
    let (data, keys) = (folder.path().join("bk/data"), folder.path().join("bk/keys"));
    let old = data.join("2020-01-01T000000");
    let copies = |place: &std::path::Path| {
        std::fs::read_dir(place)
            .into_iter()
            .flatten()
            .filter(|e| !e.as_ref().unwrap().path().display().to_string().ends_with(".part"))
            .count()
    };
    for n in 1..=2 {
        std::fs::create_dir_all(&old).unwrap();
        std::fs::write(old.join(".otayori-backup"), "otayori backup: データ\nhouseholds: 30\n").unwrap();
        let mut command = crate::support::otayori_command(&root, &["backup"]);
        command.arg("--data").arg(&data).arg("--keys").arg(&keys).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!((copies(&data), copies(&keys), old.exists()), (n, n, false));
        // Copies are named by the second.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
}
