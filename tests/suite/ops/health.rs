//! `/healthz`: `ok` on its first line only when nothing waits for somebody who looks, 503 when the site cannot work.

use crate::support::{TestDb, databases};
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use otayori::calendar::date;
use otayori::clock::Clock;
use otayori::clock::Wall;
use otayori::config::Config;
use otayori::contact;
use otayori::engine::{Engine, read};
use otayori::household::{self, NewSubject, Registration};
use otayori::segment::SubjectKind;
use otayori::site::Published;
use otayori::watch;
use otayori::web::router;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;

/// At ten on a letters' day, which go at half past seven.
async fn engine(test: &TestDb, folder: &Path, token: Option<&str>) -> Engine {
    engine_with(test, folder, &[("OTAYORI_LINE_CHANNEL_TOKEN", token), ("OTAYORI_LINE_CHANNEL_SECRET", Some("secret"))])
        .await
}

async fn engine_with(test: &TestDb, folder: &Path, more: &[(&str, Option<&str>)]) -> Engine {
    let file = |name: &str| folder.join(name).display().to_string();
    let env = |name: &str| match name {
        "DATABASE_URL" => Some(test.url.clone()),
        "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", file("keys.db"))),
        "OTAYORI_KEY_FILE" => Some(file("master.key")),
        "OTAYORI_LINE_API_BASE" => Some("http://127.0.0.1:1".into()),
        _ => more.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.map(str::to_owned)),
    };
    let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
    let day = date(2026, 11, 24);
    let ten = day.at(10, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp();
    let loaded = read(config, day).unwrap_or_else(|p| panic!("{:#?}", p.sorted()));
    Engine::open(Arc::new(loaded.config), Published::new(loaded.library, loaded.theme), Clock::Fixed(ten))
        .await
        .unwrap()
}

async fn said(engine: &Engine) -> (u16, String) {
    let answer =
        router(engine.app.clone()).oneshot(Request::get("/healthz").body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    (status, String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_somebody_is_named() {
    for test in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(&test, folder.path(), Some("token")).await;
        let (app, now) = (&engine.app, engine.app.now());
        let run = async |sql: String| {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(test.db.pool()).await.unwrap();
        };
        let ok = (200, "ok\n".to_owned());
        assert_eq!(said(&engine).await, ok, "{}", test.name());
        // Somebody on LINE, and no token, or a wrong one.
        let subject = NewSubject { kind: SubjectKind::Pregnancy, stage_on: date(2027, 3, 16), due_on: None };
        let (area, consent_version) = (app.config.site.areas[0].id.clone(), app.config.site.consent.version.clone());
        let registration = Registration {
            subjects: vec![subject],
            area,
            language: "ja".into(),
            first_child: Some(false),
            code: String::new(),
            consent_version,
        };
        let (id, _) = household::create(&app.db, &app.vault, &registration, "", now).await.unwrap();
        let nonce = contact::line_nonce(&app.db, &id, now).await.unwrap();
        household::attach_line(&app.db, &app.vault, &nonce, "U4af4980629abcdef4af4980629abcdef", now)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(said(&engine).await, ok);
        test.db.note(&watch::barred("line"), true).await.unwrap();
        assert_eq!(
            said(&engine).await,
            (200, "attention\nline: the channel access token is refused, letters on LINE wait\n".into()),
            "{}",
            test.name()
        );
        let without = self::engine(&test, folder.path(), None).await;
        assert_eq!(
            said(&without).await,
            (200, "attention\nline: OTAYORI_LINE_CHANNEL_TOKEN is missing, letters on LINE wait\n".into())
        );
        test.db.note(&watch::barred("line"), false).await.unwrap();
        // Letters that nobody could open; with LINE Login they are opened by everybody's link.
        let login = [("OTAYORI_LINE_LOGIN_CHANNEL_ID", Some("1")), ("OTAYORI_LINE_LOGIN_CHANNEL_SECRET", Some("s"))];
        let token = [("OTAYORI_LINE_CHANNEL_TOKEN", Some("token"))];
        let without = engine_with(&test, folder.path(), &token).await;
        assert_eq!(
            said(&without).await,
            (200, "attention\nline: OTAYORI_LINE_CHANNEL_SECRET is missing, letters on LINE wait\n".into()),
            "{}",
            test.name()
        );
        assert_eq!(said(&engine_with(&test, folder.path(), &[&token[..], &login].concat()).await).await, ok);
        let login_example =
            [("OTAYORI_LINE_LOGIN_CHANNEL_ID", Some("...")), ("OTAYORI_LINE_LOGIN_CHANNEL_SECRET", Some("xxx"))];
        for (more, said_of) in [
            (&[][..], "OTAYORI_LINE_CHANNEL_TOKEN is missing, OTAYORI_LINE_CHANNEL_SECRET is missing"),
            (
                &[("OTAYORI_LINE_CHANNEL_TOKEN", Some("...")), ("OTAYORI_LINE_CHANNEL_SECRET", Some("changeme"))],
                "OTAYORI_LINE_CHANNEL_TOKEN is an example and no secret, OTAYORI_LINE_CHANNEL_SECRET is an example and \
                 no secret",
            ),
            (&[&token[..], &login_example].concat(), "OTAYORI_LINE_CHANNEL_SECRET is missing"),
        ] {
            assert_eq!(
                said(&engine_with(&test, folder.path(), more).await).await,
                (200, format!("attention\nline: {said_of}, letters on LINE wait\n")),
                "{}",
                test.name()
            );
        }
        // A week has been before, and nobody has begun this one's two hours after its time; or it is on record as
        // missed; or it was sent by hand.
        let week = otayori::letter::week_of(date(2026, 11, 24), &app.config);
        let due = |week: otayori::calendar::LetterWeek| otayori::letter::send_at(week.first(), &app.config).seconds();
        let on_record = |week, outcome: &str| {
            format!(
                "INSERT INTO runs (job, due_at, lease_owner, lease_until, finished_at, outcome) VALUES ('letters', {}, \
                 'x', 1, 1, '{outcome}')",
                due(week)
            )
        };
        let missed = (
            200,
            "attention\nmissed: the letters of 2026-W48 were not sent (`otayori send --date 2026-11-24`)\n".to_owned(),
        );
        run(on_record(week.previous(), "done")).await;
        assert_eq!(said(&engine).await, missed, "{}", test.name());
        // The week before it, too, and nobody has been there: both are named.
        run(format!("UPDATE runs SET due_at = {}", due(week.previous().previous()))).await;
        let both = "attention\nmissed: the letters of 2026-W47 were not sent (`otayori send --date 2026-11-17`)\n\
            missed: the letters of 2026-W48 were not sent (`otayori send --date 2026-11-24`)\n";
        assert_eq!(said(&engine).await, (200, both.to_owned()), "{}", test.name());
        run(format!("UPDATE runs SET due_at = {}", due(week.previous()))).await;
        for (outcome, is) in [("late", &missed), ("done", &ok), ("marked", &ok), ("first", &ok)] {
            run(format!("DELETE FROM runs WHERE due_at = {}", due(week))).await;
            run(on_record(week, outcome)).await;
            assert_eq!(said(&engine).await, *is, "{outcome}");
        }
        run(format!("UPDATE runs SET outcome = 'late' WHERE due_at = {}", due(week))).await;
        run("INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at) SELECT id, 'letter:2026-W48', \
            'line', 'x', 1, 1 FROM contacts"
            .into())
        .await;
        assert_eq!(said(&engine).await, ok, "sent by hand");
        // In doubt, until somebody decides.
        run("UPDATE outbox SET outcome = 'uncertain', settled_at = 1; INSERT INTO upkeep (name) VALUES ('in doubt')"
            .into())
        .await;
        assert_eq!(
            said(&engine).await,
            (
                200,
                "attention\nuncertain: nobody knows whether 1 messages of 2026-W48 arrived (`otayori outbox \
                --uncertain`)\n"
                    .into()
            ),
            "{}",
            test.name()
        );
        assert_eq!(otayori::outbox::leave(&test.db, &otayori::outbox::Which::named("2026-W48")).await.unwrap(), 1);
        assert_eq!(said(&engine).await, ok, "left so");
        // The clock.
        watch::confirm(&test.db, Wall::at(now + 30 * 86_400)).await.unwrap();
        assert_eq!(
            said(&engine).await,
            (200, "attention\nheld: letters and erasing wait for `otayori clock confirm`\n".into()),
            "{}",
            test.name()
        );
        watch::confirm(&test.db, Wall::at(now)).await.unwrap();
        assert_eq!(
            said(&engine).await,
            (
                200,
                "attention\nheld: erasing waits until 2026-11-25 10:00, a day after `otayori clock confirm`\n".into()
            )
        );
        run("UPDATE clock SET confirmed_at = confirmed_at - 86400".into()).await;
        assert_eq!(said(&engine).await, ok, "a day later");
        // The ledger.
        let ledger = otayori::db::Db::connect(&format!("sqlite:{}", folder.path().join("ledger.db").display()), 1)
            .await
            .unwrap();
        sqlx::query("DELETE FROM ledger_id").execute(ledger.pool()).await.unwrap();
        assert_eq!(
            said(&engine).await,
            (200, "attention\nheld: letters wait, the ledger is missing (`otayori send --mark-sent`)\n".into())
        );
        // The folder is moved away under the running service.
        sqlx::query("INSERT INTO ledger_id (one, id) VALUES (1, 'x')").execute(ledger.pool()).await.unwrap();
        ledger.close().await;
        let (keys, aside) = (folder.path().join("keys.db"), folder.path().join("aside"));
        std::fs::rename(&keys, &aside).unwrap();
        let moved = "data: a file was moved or exchanged under the running service; put it back, and restart\n";
        assert!(said(&engine).await.1.contains(moved), "{}", test.name());
        std::fs::copy(&aside, &keys).unwrap();
        assert!(said(&engine).await.1.contains(moved), "another file with its name");
        std::fs::rename(&aside, &keys).unwrap();
        assert!(!said(&engine).await.1.contains(moved));
        // Nothing can be written, as on a full disk.
        run(if test.db.is_sqlite() {
            "CREATE TRIGGER full BEFORE INSERT ON upkeep BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                .into()
        } else {
            "ALTER TABLE upkeep ADD CONSTRAINT no_room CHECK (name <> 'probe') NOT VALID".into()
        })
        .await;
        let full = self::engine(&test, folder.path(), Some("token")).await;
        assert_eq!(
            said(&full).await,
            (503, "database cannot be written (is the disk full?)\n".into()),
            "{}",
            test.name()
        );
        run("ALTER TABLE runs RENAME TO hidden".into()).await;
        assert_eq!(said(&full).await.0, 503);
    }
}
