//! LINE's webhook: only what LINE signed acts, each event once, and nothing that a person wrote is kept.

use super::raw;
use crate::support::{TestDb, databases};
use otayori::calendar::{TimeZone, date};
use otayori::channel::Carriers;
use otayori::channel::line::inbox;
use otayori::channel::line::respond::{Around, respond};
use otayori::channel::line::webhook::{Event, Kind, is_user_id};
use otayori::channel::line::work::work_off;
use otayori::channel::signature;
use otayori::clock::Clock;
use otayori::config::Config;
use otayori::contact;
use otayori::content::{EmergencyContact, Library};
use otayori::db::Db;
use otayori::demo::standin::Line as StandIn;
use otayori::household::{self, NewSubject, Registration};
use otayori::schedule::{Rebuild, Schedule};
use otayori::segment::SubjectKind;
use otayori::site::{Published, Theme};
use otayori::vault::Vault;
use otayori::web::{App, Shared, router};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const USER: &str = "U4af4980629abcdef4af4980629abcdef";
const WRITTEN: &str = "保存されてはいけない文";

/// A running service with a LINE account on the stand-in.
struct Service {
    app: Shared,
    line: StandIn,
    url: String,
    _keys: tempfile::TempDir,
}

impl Service {
    async fn start(db: Db) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let line = StandIn::start().await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let env = |name: &str| match name {
            "OTAYORI_PUBLIC_URL" => Some(base.clone()),
            "OTAYORI_LINE_API_BASE" | "OTAYORI_LINE_LINK_BASE" => Some(line.base().to_owned()),
            "OTAYORI_LINE_CHANNEL_SECRET" => Some(StandIn::SECRET.to_owned()),
            "OTAYORI_LINE_CHANNEL_TOKEN" => Some(StandIn::TOKEN.to_owned()),
            "OTAYORI_KEY_FILE" => Some(keys.path().join("master.key").display().to_string()),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", keys.path().join("keys.db").display())),
            _ => None,
        };
        let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
        let vault = Vault::open(&config.services, &db).await.unwrap();
        let theme = Theme::load(&config).unwrap();
        let library = Library { contacts: contacts(), ..Library::default() };
        let app = App::new(
            Arc::new(config),
            db,
            vault,
            Clock::Fixed(otayori::calendar::Timestamp::from_second(1_795_000_000).unwrap()),
            Published::new(library, theme),
        );
        let served = router(app.clone());
        tokio::spawn(async move { axum::serve(listener, served).await });
        let url = format!("{base}/line/webhook");
        line.set_webhook(&url);
        Self { app, line, url, _keys: keys }
    }

    /// The talk once it has `count` messages; the webhook answers before it works.
    async fn talk(&self, count: usize) -> Vec<Value> {
        for _ in 0..500 {
            if self.line.talk(USER).len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let talk = self.line.talk(USER);
        assert_eq!(talk.len(), count, "{talk:#?}");
        talk
    }

    async fn events(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM line_events").fetch_one(self.app.db.pool()).await.unwrap()
    }

    async fn undone(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM line_events WHERE done_at IS NULL")
            .fetch_one(self.app.db.pool())
            .await
            .unwrap()
    }

    fn around(&self, now: i64) -> Around<'_> {
        Around { config: &self.app.config, db: &self.app.db, vault: &self.app.vault, contacts: &[], now }
    }

    async fn household(&self) -> String {
        let subjects = vec![NewSubject { kind: SubjectKind::Pregnancy, stage_on: date(2027, 3, 1), due_on: None }];
        let registration = Registration {
            subjects,
            area: String::new(),
            language: "en".into(),
            first_child: None,
            code: String::new(),
            consent_version: "x".into(),
        };
        household::create(&self.app.db, &self.app.vault, &registration, "", self.app.now()).await.unwrap().0
    }

    async fn live_contacts(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM contacts WHERE gone_at IS NULL")
            .fetch_one(self.app.db.pool())
            .await
            .unwrap()
    }
}

fn contacts() -> Vec<EmergencyContact> {
    [
        ("ambulance", "119"),
        ("police", "110"),
        ("kodomo-8000", "#8000"),
        ("kyukyu-7119", "#7119"),
        ("yorisoi", "0120-279-338"),
    ]
    .map(|(id, number)| EmergencyContact {
        id: id.into(),
        number: number.into(),
        title: format!("{id}の窓口"),
        easy: id.into(),
        en: id.into(),
        words: std::collections::BTreeMap::new(),
        when: String::new(),
        hours: String::new(),
        open: Vec::new(),
        languages: String::new(),
        cost: String::new(),
        text: String::new(),
        url: String::new(),
        kind: "danger".into(),
        fits: None,
        checked: date(2026, 11, 1),
    })
    .into()
}

/// The addresses behind a message's buttons.
fn links(message: &Value) -> Vec<String> {
    let buttons = message["contents"]["footer"]["contents"].as_array().unwrap();
    buttons.iter().filter_map(|b| b["action"]["uri"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn only_what_line_signed_acts() {
    for TestDb { db, .. } in &databases().await {
        let service = Service::start(db.clone()).await;
        let body = format!(
            r#"{{"destination":"U","events":[{{"type":"message","webhookEventId":"01X","replyToken":"t","source":{{"type":"user","userId":"{USER}"}},"message":{{"text":"{WRITTEN}"}}}}]}}"#
        );
        let right = signature::sign(StandIn::SECRET, body.as_bytes());
        for headers in [
            &[][..],
            &[("x-line-signature", "")],
            &[("x-line-signature", "AAAA")],
            &[("x-line-signature", &signature::sign("other", body.as_bytes()))],
        ] {
            assert_eq!(raw(&service.url, headers, body.clone()).await.status, 401);
        }
        assert_eq!(raw(&service.url, &[("x-line-signature", &right)], body.replace("01X", "01Y")).await.status, 401);
        for bad in ["", "{", "[]", r#"{"events":1}"#] {
            assert_eq!(
                raw(&service.url, &[("x-line-signature", &signature::sign(StandIn::SECRET, bad.as_bytes()))], bad)
                    .await
                    .status,
                400,
                "{bad}"
            );
        }
        let empty = r#"{"destination":"U","events":[]}"#;
        assert_eq!(
            raw(&service.url, &[("x-line-signature", &signature::sign(StandIn::SECRET, empty.as_bytes()))], empty)
                .await
                .status,
            200
        );
        let large = vec![b'x'; (1 << 20) + 1];
        assert_eq!(
            raw(&service.url, &[("x-line-signature", &signature::sign(StandIn::SECRET, &large))], large.clone())
                .await
                .status,
            413
        );
        assert_eq!(service.events().await, 0);
    }
}

#[tokio::test]
async fn whatever_is_sent_is_answered_with_the_secure_page_and_kept_nowhere() {
    for database in &databases().await {
        let service = Service::start(database.db.clone()).await;
        let kinds = ["text", "image", "video", "audio", "file", "location", "sticker", "hologram"];
        for (n, kind) in kinds.iter().enumerate() {
            let delivered = service.line.event(USER, &format!("message:{kind}")).await.unwrap();
            assert_eq!(delivered.status, 200);
            assert_eq!(service.line.redeliver(&delivered.event).await.unwrap().status, 200);
            let talk = service.talk(n + 1).await;
            assert_eq!(
                links(&talk[n]),
                [
                    service.app.config.url("/ask"),
                    "tel:119".into(),
                    "tel:%238000".into(),
                    "tel:%237119".into(),
                    "tel:0120279338".into()
                ],
                "{kind}"
            );
            assert!(talk[n]["altText"].as_str().unwrap().contains("119"));
        }
        service.line.event(USER, "videoPlayComplete").await.unwrap();
        service.talk(kinds.len()).await;
        assert_eq!(service.events().await, kinds.len() as i64, "{}", database.name());
        if let Some(file) = database.url.strip_prefix("sqlite:") {
            for file in [file.to_owned(), format!("{file}-wal")] {
                let bytes = std::fs::read(file).unwrap_or_default();
                assert!(
                    !String::from_utf8_lossy(&bytes).contains(WRITTEN)
                        && !String::from_utf8_lossy(&bytes).contains(USER)
                );
            }
        }
    }
}

#[tokio::test]
async fn from_new_friend_to_household_and_back() {
    for TestDb { db, .. } in &databases().await {
        let service = Service::start(db.clone()).await;
        let household = service.household().await;
        assert!(is_user_id(USER));

        service.line.event(USER, "follow").await.unwrap();
        let greeting = links(&service.talk(1).await[0]).remove(0);
        let token = greeting.strip_prefix(&service.app.config.url("/register?line=")).unwrap().to_owned();
        service.line.event(USER, "postback:letters").await.unwrap();
        assert!(links(&service.talk(2).await[1])[0].contains("/register?line="), "not known yet");

        // What the registration does at its end: a nonce of ours and the token go to LINE's page.
        let nonce = contact::line_nonce(&service.app.db, &household, service.app.now()).await.unwrap();
        let page = format!("{}/dialog/bot/accountLink?linkToken={token}&nonce={nonce}", service.line.base());
        assert_eq!(get(&page).await, 200);
        assert!(
            service.talk(3).await[2]["altText"].as_str().unwrap().contains("You are registered"),
            "in the household's language"
        );
        assert_eq!(get(&page).await, 400, "the token works once");
        assert_eq!(service.live_contacts().await, 1);
        assert_eq!(
            contact::by_line_user(&service.app.db, &service.app.vault, USER).await.unwrap().map(|m| m.household_id),
            Some(household.clone())
        );

        // The same nonce again ties nobody else, and the same user no more than before.
        let another = USER.replace('4', "5");
        service.line.event(&another, &format!("accountLink:{nonce}")).await.unwrap();
        service.line.event(USER, &format!("accountLink:{nonce}")).await.unwrap();
        assert!(service.talk(4).await[3]["altText"].as_str().unwrap().contains("You are registered"));
        for _ in 0..500 {
            if !service.line.talk(&another).is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(service.line.talk(&another)[0]["altText"].as_str().unwrap().contains("つなげませんでした"));
        assert_eq!(
            (
                service.live_contacts().await,
                contact::by_line_user(&service.app.db, &service.app.vault, &another).await.unwrap()
            ),
            (1, None)
        );

        let asked = service.line.event(USER, "postback:letters").await.unwrap();
        let link = links(&service.talk(5).await[4]).remove(0);
        let one_time = link.strip_prefix(&service.app.config.url("/me/enter/")).unwrap();
        service.line.redeliver(&asked.event).await.unwrap();
        assert!(
            household::sign_in_by_link(&service.app.db, &service.app.vault, one_time, service.app.now())
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            household::sign_in_by_link(&service.app.db, &service.app.vault, one_time, service.app.now())
                .await
                .unwrap()
                .is_none()
        );

        service.line.event(USER, "unfollow").await.unwrap();
        for _ in 0..500 {
            if service.live_contacts().await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(service.live_contacts().await, 0);
        service.line.event(USER, "follow").await.unwrap();
        assert!(service.talk(6).await[5]["altText"].as_str().unwrap().contains("Welcome back"));
        assert_eq!(service.live_contacts().await, 1);
    }
}

/// A process that was killed at any point between LINE's event and the end of the work: another one takes over, and it
/// happens once.
#[tokio::test]
async fn what_a_crash_leaves_undone_is_taken_over() {
    for database in &databases().await {
        let service = Service::start(database.db.clone()).await;
        let (db, vault, now) = (&service.app.db, &service.app.vault, service.app.now());
        let (household, line) = (service.household().await, service.app.line.as_ref().unwrap());
        let nonce = contact::line_nonce(db, &household, now).await.unwrap();
        // Killed right after the 200: the event is kept, and nothing else has happened.
        let event = |n: i64, kind: Kind, token: &str| Event {
            id: format!("01{n}"),
            user: Some(USER.into()),
            timestamp: n,
            reply_token: Some(token.into()),
            kind,
            unblocked: false,
        };
        let linked = event(1, Kind::AccountLink { ok: true, nonce: nonce.clone() }, &service.line.reply_token(USER));
        inbox::store(db, vault, std::slice::from_ref(&linked), &TimeZone::UTC, now).await.unwrap();
        assert_eq!((service.live_contacts().await, service.line.talk(USER).len()), (0, 0));
        let stored: (String, String) =
            sqlx::query_as("SELECT sealed, who FROM line_events").fetch_one(db.pool()).await.unwrap();
        assert!(!stored.0.contains(USER) && stored.1.is_empty(), "sealed");

        // Killed after the work and before it was marked: the next one does it again, and it has happened once.
        let first = inbox::take(db, vault, now).await.unwrap().unwrap();
        assert_eq!((first.event.clone(), first.attempt), (linked.clone(), 1));
        respond(line, service.around(now), &first).await.unwrap();
        assert_eq!((service.live_contacts().await, service.line.talk(USER).len()), (1, 1));
        assert_eq!(inbox::take(db, vault, now + inbox::LEASE_SECONDS - 1).await.unwrap(), None, "its lease holds");
        let later = now + inbox::LEASE_SECONDS;
        assert_eq!(work_off(line, service.around(later), &|| later).await.unwrap(), 1);
        assert!(!inbox::done(db, &first, later).await.unwrap(), "the first worker has lost it");
        assert_eq!((service.live_contacts().await, service.line.talk(USER).len()), (1, 1), "{}", database.name());
        assert!(service.line.talk(USER)[0]["altText"].as_str().unwrap().contains("You are registered"));
        assert_eq!(contact::by_line_user(db, vault, USER).await.unwrap().map(|m| m.household_id), Some(household));
        assert_eq!(service.undone().await, 0);
        inbox::store(db, vault, &[linked], &TimeZone::UTC, later).await.unwrap();
        assert_eq!(service.undone().await, 0, "a redelivery after the end changes nothing");
        let kept: String = sqlx::query_scalar("SELECT sealed FROM line_events").fetch_one(db.pool()).await.unwrap();
        assert_eq!(kept, "", "what it held is erased");
    }
}

/// A database that fails in the middle of the work: the event waits, and is done when the database is there again.
#[tokio::test]
async fn a_failed_write_is_done_later() {
    for database in &databases().await {
        let service = Service::start(database.db.clone()).await;
        let (db, now) = (&service.app.db, service.app.now());
        let household = service.household().await;
        let nonce = contact::line_nonce(db, &household, now).await.unwrap();
        let run = async |sql: &'static str| assert!(sqlx::query(sql).execute(db.pool()).await.is_ok());
        // the last write of the work: what came before it is undone with it
        run("ALTER TABLE audit RENAME TO audit_away").await;
        assert_eq!(service.line.event(USER, &format!("accountLink:{nonce}")).await.unwrap().status, 200);
        for _ in 0..500 {
            if sqlx::query_scalar::<_, i64>(
                "SELECT COUNT(*) FROM line_events WHERE attempt = 1 AND lease_owner IS NULL",
            )
            .fetch_one(db.pool())
            .await
            .unwrap()
                == 1
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(
            (service.undone().await, service.live_contacts().await, service.line.talk(USER).len()),
            (1, 0, 0),
            "{}",
            database.name()
        );
        run("ALTER TABLE audit_away RENAME TO audit").await;
        // The schedule of any process finds it.
        let library = Arc::new(Library { contacts: contacts(), ..Library::default() });
        let rebuild: Rebuild = Arc::new(|_| Box::pin(async { Ok(()) }));
        let carriers =
            Carriers::open(&service.app.config, db, &service.app.vault, otayori::clock::machine_seconds).await.unwrap();
        let schedule = Schedule::new(
            service.app.config.clone(),
            db.clone(),
            service.app.vault.clone(),
            carriers,
            otayori::clock::Clock::set(now + 6),
            Arc::new(move || Ok(library.clone())),
            rebuild,
        );
        schedule.tick().await.unwrap();
        assert_eq!(
            (service.undone().await, service.live_contacts().await, service.line.talk(USER).len()),
            (0, 1, 1),
            "{}",
            database.name()
        );
        schedule.tick().await.unwrap();
        assert_eq!(service.line.talk(USER).len(), 1);
    }
}

/// Where the events cannot even be kept LINE is told so, and delivers them again.
#[tokio::test]
async fn what_cannot_be_kept_is_not_answered_with_200() {
    for database in &databases().await {
        let service = Service::start(database.db.clone()).await;
        let run = async |sql: &'static str| assert!(sqlx::query(sql).execute(service.app.db.pool()).await.is_ok());
        run("ALTER TABLE line_events RENAME TO away").await;
        let failed = service.line.event(USER, "message:text").await.unwrap();
        assert_eq!(failed.status, 503);
        run("ALTER TABLE away RENAME TO line_events").await;
        assert_eq!(service.line.redeliver(&failed.event).await.unwrap().status, 200);
        service.talk(1).await;
    }
}

/// Blocked and come back, and the older event is delivered (or taken over) last: the newer one counts.
#[tokio::test]
async fn the_newer_of_follow_and_unfollow_counts() {
    for database in &databases().await {
        let service = Service::start(database.db.clone()).await;
        let (db, vault, now) = (&service.app.db, &service.app.vault, service.app.now());
        let (household, line) = (service.household().await, service.app.line.as_ref().unwrap());
        let nonce = contact::line_nonce(db, &household, now).await.unwrap();
        household::attach_line(db, vault, &nonce, USER, now).await.unwrap().unwrap();
        let event = |n: i64, kind: Kind| Event {
            id: format!("01{n}"),
            user: Some(USER.into()),
            timestamp: n,
            reply_token: None,
            kind,
            unblocked: false,
        };
        for events in
            [[event(2, Kind::Follow), event(1, Kind::Unfollow)], [event(3, Kind::Unfollow), event(4, Kind::Follow)]]
        {
            for one in events {
                inbox::store(db, vault, &[one], &TimeZone::UTC, now).await.unwrap();
                work_off(line, service.around(now), &|| now).await.unwrap();
            }
            assert_eq!(service.live_contacts().await, 1, "{}", database.name());
        }
        // Whose they were is forgotten after some days, the ids later.
        inbox::forget_old(db, now + 4 * 86_400).await.unwrap();
        assert_eq!(
            (
                service.events().await,
                sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM line_events WHERE who <> ''")
                    .fetch_one(db.pool())
                    .await
                    .unwrap()
            ),
            (4, 0)
        );
        inbox::forget_old(db, now + 31 * 86_400).await.unwrap();
        assert_eq!(service.events().await, 0);
    }
}

/// Six workers at once: each event is one worker's.
#[tokio::test]
async fn each_event_is_one_workers() {
    for database in &databases().await {
        let service = Service::start(database.db.clone()).await;
        let (db, vault) = (&service.app.db, &service.app.vault);
        let event = |n: i64| Event {
            id: format!("01{n:03}"),
            user: None,
            timestamp: n,
            reply_token: None,
            kind: Kind::Message,
            unblocked: false,
        };
        inbox::store(db, vault, &(0..60).map(event).collect::<Vec<_>>(), &TimeZone::UTC, 100).await.unwrap();
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (db, vault) = (db.clone(), vault.clone());
            set.spawn(async move {
                let (mut mine, mut idle) = (Vec::new(), 0);
                while idle < 3 {
                    match inbox::take(&db, &vault, 100).await.unwrap() {
                        Some(open) => mine.push(open.event.id),
                        None => idle += 1,
                    }
                }
                mine
            });
        }
        let taken = set.join_all().await.concat();
        assert_eq!(
            (taken.len(), taken.iter().collect::<std::collections::BTreeSet<_>>().len()),
            (60, 60),
            "{}",
            database.name()
        );
    }
}

/// A LINE user whose address the household took away opens nothing of it any more.
#[tokio::test]
async fn who_was_taken_away_gets_no_link() {
    for TestDb { db, .. } in &databases().await {
        let service = Service::start(db.clone()).await;
        let (household, now) = (service.household().await, service.app.now());
        let nonce = contact::line_nonce(db, &household, now).await.unwrap();
        household::attach_line(db, &service.app.vault, &nonce, USER, now).await.unwrap().unwrap();
        let contact = household::load(db, &household).await.unwrap().unwrap().contacts.remove(0);
        household::remove_contact(db, &household, &contact.id, now).await.unwrap();
        service.line.event(USER, "postback:letters").await.unwrap();
        assert!(links(&service.talk(1).await[0])[0].contains("/register"), "as for somebody whom we do not know");
    }
}

#[tokio::test]
async fn link_tokens_run_out() {
    let TestDb { db, .. } = &crate::support::sqlite().await;
    let service = Service::start(db.clone()).await;
    service.line.event(USER, "follow").await.unwrap();
    let token = links(&service.talk(1).await[0])[0].rsplit('=').next().unwrap().to_owned();
    service.line.expire_link_tokens();
    assert_eq!(
        get(&format!("{}/dialog/bot/accountLink?linkToken={token}&nonce=0123456789", service.line.base())).await,
        400
    );
    assert_eq!(
        get(&format!("{}/dialog/bot/accountLink?linkToken=unknown&nonce=0123456789", service.line.base())).await,
        400
    );
    assert_eq!(
        get(&format!("{}/dialog/bot/accountLink?linkToken={token}&nonce=short", service.line.base())).await,
        400
    );
}

async fn get(url: &str) -> u16 {
    let request = hyper::Request::get(url).body(http_body_util::Full::default()).unwrap();
    otayori::channel::http::Client::new().unwrap().send(request).await.unwrap().status.as_u16()
}
