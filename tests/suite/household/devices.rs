//! Devices: recognised as long as they are used, taken along when they leave, never another household's without a word,
//! and the stop for whoever cannot get in any more.

use super::*;
use otayori::calendar::Timestamp;
use otayori::household::{Share, stop_by_token, stop_token, undo_by_token};

/// The service as it is so many days later, with the same people.
fn later(service: &Service, days: i64) -> Browser {
    let app = &service.app;
    let at = Timestamp::from_second(service.now + days * 86_400).unwrap();
    let published = Published::new(Library::default(), Theme::load(&app.config).unwrap());
    let app = App::new(app.config.clone(), service.db.clone(), service.vault.clone(), Clock::Fixed(at), published);
    Browser { router: router(app), cookies: BTreeMap::new() }
}

fn subscription(name: &str) -> String {
    SUBSCRIPTION.replace("send/abc", &format!("send/{name}"))
}

/// Used now and then for years, a device stays recognised; left alone for a year it does not. What others may keep sets
/// no cookie.
#[tokio::test]
async fn a_session_in_use_does_not_end() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "none").await;
        let cookie = browser.cookies["household"].clone();
        let expires = || service.count("SELECT expires_at FROM person_sessions");
        let first = expires().await;
        let set = |page: &Page| page.cookies.iter().any(|c| c.starts_with("household="));
        assert!(!set(&browser.get("/me").await) && expires().await == first, "on the first day there is nothing to do");
        for day in (300..1800).step_by(300) {
            let mut then = later(&service, day);
            then.cookies.insert("household".into(), cookie.clone());
            for open in ["/", "/api/v1/articles"] {
                assert!(!set(&then.get(open).await), "{open}");
            }
            let page = then.get("/me").await;
            assert!(
                set(page.status(200))
                    && page.cookies.iter().any(|c| c.contains("Max-Age=31536000") && c.contains("HttpOnly")),
                "{:?}",
                page.cookies
            );
            assert_eq!(expires().await, first + day * 86_400, "{}", test.name());
            assert!(!set(&then.get("/me").await), "once a day");
        }
        // Leaving is leaving, also on a day on which the session would be lengthened.
        let mut then = later(&service, 1600);
        then.cookies.insert("household".into(), cookie.clone());
        let page = then.post("/me/leave", &[]).await;
        assert!(
            page.cookies.iter().filter(|c| c.starts_with("household=")).all(|c| c.contains("Max-Age=0")),
            "{:?}",
            page.cookies
        );
        assert_eq!(service.count("SELECT COUNT(*) FROM person_sessions").await, 0);
        // Left alone.
        let mut lost = service.browser();
        lost.register(&DUE, "none").await;
        let mut then = later(&service, 366);
        then.cookies = lost.cookies.clone();
        then.get("/me").await.leads_to("/me/enter");
    }
}

/// A device that leaves takes its subscription along, by its session (script or not) or by what its browser names.
/// Others go on.
#[tokio::test]
async fn a_device_that_leaves_gets_nothing_any_more() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut hers = service.browser();
        hers.register(&DUE, "web_push").await;
        hers.json("/push/subscriptions", &subscription("hers")).await.status(201);
        let id = service.only().await.id;
        let mut his = service.browser();
        let another = async |browser: &mut Browser| {
            let link = contact::one_time_link(&service.db, &id, "", service.now).await.unwrap();
            browser.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
        };
        another(&mut his).await;
        his.json("/push/subscriptions", &subscription("his")).await.status(201);
        let live = || service.count("SELECT COUNT(*) FROM contacts WHERE gone_at IS NULL AND address <> ''");
        assert_eq!(live().await, 2);
        hers.post("/me/leave", &[]).await.leads_to("/me/enter");
        assert_eq!(live().await, 1);
        assert_eq!(
            service
                .count("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL AND address = '' AND session = ''")
                .await,
            1,
            "{}",
            test.name()
        );
        his.get("/me").await.status(200);
        // Back, and subscribed again: the same contact lives again.
        another(&mut hers).await;
        hers.json("/push/subscriptions", &subscription("hers")).await.status(201);
        assert_eq!(live().await, 2);
        // A device that was signed in anew: its browser names the subscription of before. Somebody else's cannot be
        // named away.
        hers.cookies.clear();
        another(&mut hers).await;
        let mut stranger = service.browser();
        stranger.register(&DUE, "none").await;
        stranger
            .post("/me/leave", &[("endpoint", "https://fcm.googleapis.com/fcm/send/his")])
            .await
            .leads_to("/me/enter");
        assert_eq!(live().await, 2);
        hers.post("/me/leave", &[("endpoint", "https://fcm.googleapis.com/fcm/send/hers")]).await.leads_to("/me/enter");
        assert_eq!(live().await, 1);
        // All of them, for a lost phone; LINE goes on.
        another(&mut hers).await;
        hers.json("/push/subscriptions", &subscription("hers")).await.status(201);
        let nonce = contact::line_nonce(&service.db, &id, service.now).await.unwrap();
        household::attach_line(&service.db, &service.vault, &nonce, LINE_USER, service.now).await.unwrap();
        hers.get("/me").await.has("出た端末には、おたよりの通知も届かなくなります");
        hers.post("/me/leave-everywhere", &[]).await.leads_to("/me/enter");
        assert_eq!(
            (
                live().await,
                service.count("SELECT COUNT(*) FROM contacts WHERE channel = 'line' AND gone_at IS NULL").await
            ),
            (1, 1)
        );
        his.get("/me").await.leads_to("/me/enter");
    }
}

/// Links and codes of another household ask before they send the one away that is here, and take its subscription
/// along.
#[tokio::test]
async fn another_household_goes_only_when_it_is_said() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut first = service.browser();
        first.register(&DUE, "none").await;
        let new = service.only().await.id;
        let mut browser = service.browser();
        browser.register(&DUE, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let before = browser.cookies["household"].clone();
        let here = async |token: &str| {
            contact::session(&service.db, token, service.now).await.unwrap().map(|s| s.household_id)
        };
        let link = contact::one_time_link(&service.db, &new, "", service.now).await.unwrap();
        let at = format!("/me/enter/{link}");
        browser.get(&at).await.status(200).has("別の登録が").has("切りかえて開く").has("href=\"/me\">いまの登録のまま");
        browser.post(&at, &[]).await.status(200).has("切りかえて開く");
        assert_eq!(browser.cookies["household"], before);
        browser.post(&at, &[("switch", "yes")]).await.leads_to("/me");
        assert_eq!((here(&browser.cookies["household"]).await, here(&before).await), (Some(new.clone()), None));
        assert_eq!(service.count("SELECT COUNT(*) FROM contacts WHERE gone_at IS NULL").await, 0, "{}", test.name());
        // In its own browser the link leads straight on, and begins no second session.
        let link = contact::one_time_link(&service.db, &new, "2026-W47", service.now).await.unwrap();
        let sessions = service.count("SELECT COUNT(*) FROM person_sessions").await;
        browser.get(&format!("/me/enter/{link}")).await.leads_to("/letters/2026-W47/");
        browser.get(&format!("/me/enter/{link}")).await.status(410);
        assert_eq!(service.count("SELECT COUNT(*) FROM person_sessions").await, sessions);
        // The code that carries a registration into LINE's browser.
        let mut other = service.browser();
        other.register(&DUE, "none").await;
        let before = other.cookies["household"].clone();
        let code = contact::pairing_code(&service.db, &new, service.now).await.unwrap();
        other
            .post("/register/pair", &[("line", "TOKEN"), ("pairing", &code)])
            .await
            .status(200)
            .has("別の登録が")
            .has("切りかえてつなぐ");
        assert_eq!(other.cookies["household"], before);
        let page = other.post("/register/pair", &[("line", "TOKEN"), ("pairing", &code), ("switch", "yes")]).await;
        assert!(page.location.contains("linkToken=TOKEN"), "{}", page.location);
        assert_eq!((here(&other.cookies["household"]).await, here(&before).await), (Some(new), None));
        // The same household's code asks nothing.
        let code = contact::pairing_code(&service.db, &here(&other.cookies["household"]).await.unwrap(), service.now)
            .await
            .unwrap();
        assert!(
            other
                .post("/register/pair", &[("line", "TOKEN"), ("pairing", &code)])
                .await
                .location
                .contains("linkToken=TOKEN")
        );
    }
}

/// The token of a notification stops its household's letters, takes that stop back, and opens nothing.
#[tokio::test]
async fn a_token_stops_and_does_nothing_else() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let (db, vault, now) = (&service.db, &service.vault, service.now);
        let mut browser = service.browser();
        browser.register(&BOTH, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let household = service.only().await;
        let token = stop_token(vault, &household.contacts[0].id).unwrap();
        assert!(!token.contains(&household.contacts[0].id) && !token.contains(&household.id), "sealed");
        assert_ne!(token, stop_token(vault, &household.contacts[0].id).unwrap());
        household::pause(db, &household.id, date(2027, 1, 10), now).await.unwrap();

        // A browser that is recognised no more.
        let mut lost = service.browser();
        lost.get("/me").await.leads_to("/me/enter");
        lost.get("/stop").await.status(200).has("おたよりを止める").has("name=\"token\" value=\"\"");
        let page = lost.post("/stop", &[("token", &token)]).await;
        page.status(200)
            .has("止めました")
            .has("登録は2027年2月19日まで残り")
            .has("href=\"/loss/\"")
            .has("まちがえて押したとき")
            .lacks("2027年3月16日")
            .lacks("週");
        assert_eq!(service.only().await.stopped_at, Some(now));
        lost.post("/stop", &[("token", &token)]).await.status(200);
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'stop'").await, 1);
        assert_eq!(lost.cookies.keys().collect::<Vec<_>>(), ["quiet"], "it signs nobody in");
        for (path, form) in [(format!("/me/enter/{token}"), "switch"), (format!("/q/{token}"), "text")] {
            let status = lost.post(&path, &[(form, "yes")]).await.status;
            assert!(status == 410 || status == 404, "{path}: {status}");
        }
        // Taken back: the very stop, and the pause before it goes on.
        lost.post("/stop/undo", &[("token", &token), ("at", &(now - 1).to_string())]).await.status(410);
        lost.post("/stop/undo", &[("token", &token), ("at", "")]).await.status(410);
        assert_eq!(service.only().await.stopped_at, Some(now));
        lost.post("/stop/undo", &[("token", &token), ("at", &now.to_string()), ("share", "all")])
            .await
            .status(200)
            .has("元に戻しました");
        let again = service.only().await;
        assert_eq!((again.stopped_at, again.paused_until), (None, Some(date(2027, 1, 10))), "{}", test.name());
        // What is not ours, or was bent, stops nobody.
        let bent = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { "B" } else { "A" });
        for bad in [
            "",
            "x",
            &bent,
            &token[1..],
            &household.contacts[0].id,
            &vault.installation_key().seal("another", &household.contacts[0].id).unwrap(),
            &"あ".repeat(40),
            &"A".repeat(9000),
        ] {
            lost.post("/stop", &[("token", bad)]).await.status(410).has("止められませんでした");
            assert_eq!(
                (
                    stop_by_token(db, vault, bad, now).await.unwrap(),
                    undo_by_token(db, vault, bad, now, Share::All, now).await.unwrap()
                ),
                (None, false)
            );
        }
        // The browser is another household's now: the old token stops neither.
        let mut other = service.browser();
        other.register(&DUE, "web_push").await;
        other.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        lost.post("/stop", &[("token", &token)]).await.status(410);
        assert_eq!(service.count("SELECT COUNT(*) FROM households WHERE stopped_at IS NOT NULL").await, 0);
        // Erased: nothing is left to stop.
        let theirs =
            household::load(db, &household::list(db).await.unwrap().iter().find(|h| h.id != household.id).unwrap().id)
                .await
                .unwrap()
                .unwrap();
        let token = stop_token(vault, &theirs.contacts[0].id).unwrap();
        other.post("/me/delete", &[]).await.status(200);
        lost.post("/stop", &[("token", &token)]).await.status(410);
    }
}

/// A stop that was made elsewhere, or more than a day ago, is nothing that an old notification takes back.
#[tokio::test]
async fn a_token_takes_back_only_its_own_stop() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let (db, vault, now) = (&service.db, &service.vault, service.now);
        let mut browser = service.browser();
        browser.register(&DUE, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let (own, other) = (
            stop_token(vault, &service.only().await.contacts[0].id).unwrap(),
            stop_token(vault, &service.only().await.contacts[0].id).unwrap(),
        );
        // She stopped on her page; the notification's page says so, and offers no way back.
        browser.post("/me/stop", &[]).await.leads_to("/me/stopped");
        let mut old = service.browser();
        old.post("/stop", &[("token", &own)])
            .await
            .status(200)
            .has("止めました")
            .lacks("まちがえて押したとき")
            .lacks("/stop/undo");
        old.post("/stop/undo", &[("token", &own), ("at", &now.to_string())]).await.status(410);
        assert_eq!(service.only().await.stopped_at, Some(now), "{}", test.name());
        // One notification's stop is not another's, and its own only for a day.
        household::start_again(db, &service.only().await.id, Share::All, now).await.unwrap();
        old.post("/stop", &[("token", &own)]).await.status(200).has("まちがえて押したとき");
        old.post("/stop", &[("token", &own)]).await.status(200).has("まちがえて押したとき");
        old.post("/stop", &[("token", &other)]).await.status(200).lacks("まちがえて押したとき");
        old.post("/stop/undo", &[("token", &other), ("at", &now.to_string())]).await.status(410);
        let mut then = later(&service, 1);
        then.post("/stop", &[("token", &own)]).await.status(200).has("止めました").lacks("まちがえて押したとき");
        then.post("/stop/undo", &[("token", &own), ("at", &now.to_string())]).await.status(410);
        assert_eq!(service.only().await.stopped_at, Some(now), "{}", test.name());
        old.post("/stop/undo", &[("token", &own), ("at", &now.to_string()), ("share", "all")])
            .await
            .status(200)
            .has("元に戻しました");
        assert_eq!(service.only().await.stopped_at, None);
    }
}

/// What is stopped, and for whom, stands in no cookie, and no address gives its page away.
#[tokio::test]
async fn a_stop_leaves_nothing_in_the_browser() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        let mut before = browser.cookies.clone();
        browser.post("/me/subjects/a/stop", &[]).await;
        // But that, and since when, this device is to be spared, which says neither what was stopped nor why.
        before.insert("quiet".into(), "2026-11-21".into());
        assert_eq!(browser.cookies, before);
        browser.get("/me/stopped").await.has("まちがえて押したとき");
        // A day later it is no mistake any more.
        let mut then = later(&service, 1);
        then.cookies = browser.cookies.clone();
        then.get("/me/stopped").await.lacks("まちがえて押したとき");
        then.post("/me/undo", &[]).await.leads_to("/me");
        assert!(!service.only().await.subject("a").unwrap().active(), "{}", test.name());
    }
}

/// Names that no file system and no database takes are simply not there.
#[tokio::test]
async fn what_cannot_be_a_name_is_not_there() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        let (long, wide) = ("a".repeat(256), "%E3%81%82".repeat(86));
        let deep = "/a".repeat(3000);
        for before in [
            "/",
            "/articles/",
            "/static/",
            "/api/v1/",
            "/api/v1/articles/",
            "/r/",
            "/q/",
            "/letters/2026-W48/",
            "/letters/",
            "/me/enter/",
            "/said/",
        ] {
            for part in [&long, &wide, "%00", "a%00b", &deep[1..], &"a".repeat(251), &"a".repeat(255)] {
                for behind in ["", "/"] {
                    let page = browser.get(&format!("{before}{part}{behind}")).await;
                    assert!(page.status.as_u16() < 500, "{}: {before}{part}{behind}: {}", test.name(), page.status);
                    if part.len() > 255 || part.contains("%00") {
                        page.status(404);
                    }
                }
            }
        }
        let page = browser.get("/me/enter").await;
        assert_eq!(page.referrer, "strict-origin");
    }
}
