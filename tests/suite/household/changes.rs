//! What a household does on its own page: stops at once, changes, is quiet, erases everything.

use super::*;

#[tokio::test]
async fn stops_for_a_loss_at_once_and_asks_nothing() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        browser
            .get("/me")
            .await
            .status(200)
            .has("出産予定日")
            .has("妊娠の分を止める")
            .has("1歳7か月のお子さんの分を止める");
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        let stopped = service.only().await;
        assert_eq!(
            (stopped.subject("a").unwrap().stopped_at, stopped.subject("b").unwrap().stopped_at, stopped.stopped_at),
            (Some(service.now), None, None)
        );
        let page = browser.get("/me/stopped").await;
        page.has("href=\"/loss/\"")
            .has("1歳7か月のお子さんの分のおたよりは、これまでどおりマイページに載ります")
            .has("まちがえて押したとき")
            .lacks("再開")
            .lacks("理由");
        browser.get("/me").await.lacks("出産予定日").lacks("2027年3月16日").has("2025年4月10日");
        // Pressed again, or an old page opened: nothing happens twice, and the way leads back.
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'stop_subject'").await, 1);
        for path in ["/me/subjects/a", "/me/subjects/a/born", "/me/subjects/z"] {
            browser
                .get(path)
                .await
                .status(410)
                .has("いまの登録には<wbr>ありません")
                .has("href=\"/me\">マイページを開く")
                .has("href=\"/loss/\"");
        }
        browser
            .post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "20")])
            .await
            .status(410);
        browser.post("/me/subjects/a", &[("due-y", "2027"), ("due-m", "3"), ("due-d", "20")]).await.status(410);
        browser.post("/me/subjects/z/stop", &[]).await.status(410);
        // Another browser of the household is not asked whether it was a mistake.
        let link = contact::one_time_link(&service.db, &stopped.id, "", service.now).await.unwrap();
        let mut other = service.browser();
        other.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
        other.get("/me/stopped").await.lacks("まちがえて押したとき");
        other.post("/me/undo", &[]).await.leads_to("/me");
        assert!(!service.only().await.subject("a").unwrap().active());
        browser.post("/me/undo", &[]).await.leads_to("/me");
        assert!(service.only().await.subject("a").unwrap().active());
        browser.get("/me/stopped").await.lacks("まちがえて押したとき");
        // Of twins, the other one's letters go on; the word for all of it is there too.
        for _ in 0..2 {
            browser.post("/me/stop", &[]).await.leads_to("/me/stopped");
        }
        assert_eq!(service.only().await.stopped_at, Some(service.now));
        browser.get("/me/stopped").await.has("登録は2027年2月19日まで残ります");
        browser
            .get("/me")
            .await
            .has("おたよりは、すべて止まっています。2027年2月19日を過ぎると、登録も質問も消えます")
            .has("また受け取る");
        for _ in 0..2 {
            browser.post("/me/start", &[("slot", "a"), ("slot", "b")]).await.leads_to("/me#rest");
        }
        assert_eq!(service.only().await.stopped_at, None);
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action IN ('stop', 'start')").await, 2);
    }
}

/// After a stop nothing opens with weeks: neither the home page nor the letters of before.
#[tokio::test]
async fn home_is_quiet_after_a_stop() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let public = &service.app.config.public;
        std::fs::create_dir_all(public.join("quiet")).unwrap();
        std::fs::write(public.join("index.html"), "いま、何週ですか").unwrap();
        std::fs::write(public.join("quiet/index.html"), "読みたいものだけ").unwrap();
        let mut browser = service.browser();
        browser.get("/").await.status(200).has("いま、何週ですか");
        browser.register(&BOTH, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let sent = "INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at, settled_at, outcome) \
            SELECT id, 'letter:2026-W47', 'web_push', 'h', 1, 1, 1, 'sent' FROM contacts";
        sqlx::query(sent).execute(service.db.pool()).await.unwrap();
        browser.get("/").await.has("いま、何週ですか");
        browser.get("/me").await.lacks("前に届いたおたより");
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        browser.get("/").await.has("読みたいものだけ").lacks("何週");
        browser.get("/me").await.has("<details><summary>前に届いたおたより</summary>").lacks("/weeks/");
        // Somebody else's browser is not concerned, and no copy is kept for the next reader of this one.
        service.browser().get("/").await.has("いま、何週ですか");
        let request =
            Request::builder().uri("/").header(header::COOKIE, format!("household={}", browser.cookies["household"]));
        let request =
            request.header(header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT").body(Body::empty()).unwrap();
        let response = browser.router.clone().oneshot(request).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()[header::CACHE_CONTROL].to_str().unwrap()),
            (200, "no-store")
        );
        assert_eq!(response.headers()[header::VARY], "cookie");
        // Taken back, or pregnant again: as before.
        browser.post("/me/undo", &[]).await.leads_to("/me");
        browser.get("/").await.has("いま、何週ですか");
        browser.post("/me/subjects/a/stop", &[]).await;
        browser.post("/me/family", &[("due-y", "2027"), ("due-m", "7"), ("due-d", "1")]).await.leads_to("/me#facts");
        browser.get("/").await.has("いま、何週ですか");
        browser.post("/me/stop", &[]).await;
        browser.get("/").await.has("読みたいものだけ");
    }
}

#[tokio::test]
async fn changes_what_it_has_said() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.get("/me").await.leads_to("/me/enter");
        browser.get("/me/enter").await.has("マイページの<wbr>開き方");
        browser.register(&[("due-y", "2026"), ("due-m", "12"), ("due-d", "16"), ("due-twins", "yes")], "none").await;
        for (path, value) in [("/me/area", "bay"), ("/me/language", "en"), ("/me/first", "no")] {
            browser.get(path).await.status(200);
            browser.post(path, &[("value", value)]).await.leads_to("/me#facts");
            browser.post(path, &[("value", "nonsense")]).await.status(400);
        }
        browser.get("/me/subjects/a").await.has("value=\"2026\"").has("value=\"12\"");
        browser
            .post("/me/subjects/a", &[("due-y", "2026"), ("due-m", "2"), ("due-d", "30")])
            .await
            .status(422)
            .has("2月に30日はありません");
        browser
            .post("/me/subjects/a", &[("due-y", "2026"), ("due-m", "12"), ("due-d", "20")])
            .await
            .leads_to("/me#facts");
        browser
            .post("/me/subjects/b", &[("due-y", "2026"), ("due-m", "12"), ("due-d", "20")])
            .await
            .leads_to("/me#facts");
        // Born early, both on one day.
        browser.get("/me/subjects/a/born").await.has("ふたごのもう1人も");
        browser
            .post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "22")])
            .await
            .status(422)
            .has("まだ来ていない日付です");
        browser
            .post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "20"), ("both", "yes")])
            .await
            .leads_to("/me#facts");
        browser.get("/me").await.has("生後1日").has("お子さん（2人目）");
        browser
            .post("/me/family", &[("c1-y", "2022"), ("c1-m", "5"), ("c1-d", "5"), ("c1-early", "yes")])
            .await
            .status(422)
            .has("母子健康手帳にある出産予定日を入れてください");
        browser.post("/me/family", &[("c1-y", "2022"), ("c1-m", "5"), ("c1-d", "5")]).await.leads_to("/me#facts");
        let household = service.only().await;
        assert_eq!(
            (household.area.as_str(), household.language.as_str(), household.first_child),
            ("bay", "en", Some(false))
        );
        let subjects: Vec<_> =
            household.subjects.iter().map(|s| (s.slot.as_str(), s.kind.id(), s.stage_on, s.due_on)).collect();
        let (born, due) = (date(2026, 11, 20), Some(date(2026, 12, 20)));
        assert_eq!(
            subjects,
            [("a", "child", born, due), ("b", "child", born, due), ("c", "child", date(2022, 5, 5), None)]
        );
        // Pauses.
        browser.post("/me/pause", &[("weeks", "4")]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, Some(date(2026, 12, 19)));
        browser.get("/me").await.has("12月19日（土）まで、休んでいます");
        browser.post("/me/resume", &[]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, None);
        browser
            .post("/me/pause", &[("until-y", "2026"), ("until-m", "11"), ("until-d", "21")])
            .await
            .status(422)
            .has("もう過ぎた日付です");
        browser
            .post("/me/pause", &[("until-y", "令和9"), ("until-m", "1"), ("until-d", "10")])
            .await
            .leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, Some(date(2027, 1, 10)));
    }
}

#[tokio::test]
async fn devices_and_line_are_sealed_contacts() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.json("/push/subscriptions", SUBSCRIPTION).await.leads_to("/me/enter");
        // From the LINE greeting: on to LINE with a nonce.
        let page = browser.get("/register?line=TOKEN%2B1").await;
        let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
        let page = browser.answer(&page, &DUE).await;
        let page = browser.answer(&page, &[("area", "")]).await;
        let page = browser.answer(&page, &[("language", "ja")]).await;
        let page = browser.answer(&page, &[("first", "")]).await;
        let page = browser.answer(page.has("value=\"line\" checked"), &[("channel", "line")]).await;
        let (before, nonce) = page.location.split_once("&nonce=").unwrap();
        assert_eq!(before, "http://127.0.0.1:9/dialog/bot/accountLink?linkToken=TOKEN%2B1");
        let household = service.only().await;
        let (db, vault, now) = (&service.db, &service.vault, service.now);
        assert_eq!(household::attach_line(db, vault, "wrong", LINE_USER, now).await.unwrap(), None);
        assert_eq!(
            household::attach_line(db, vault, nonce, LINE_USER, now).await.unwrap().map(|m| m.household_id).as_ref(),
            Some(&household.id)
        );
        let again = household::attach_line(db, vault, nonce, LINE_USER, now).await.unwrap().map(|m| m.household_id);
        assert_eq!(
            (again.as_ref(), service.only().await.contacts.len()),
            (Some(&household.id), 1),
            "the same event again changes nothing"
        );
        let another = LINE_USER.replace('0', "f");
        assert_eq!(
            household::attach_line(db, vault, nonce, &another, now).await.unwrap(),
            None,
            "a nonce is good once"
        );
        assert_eq!(contact::by_line_user(db, vault, &another).await.unwrap(), None);
        let late = contact::line_nonce(db, &household.id, now).await.unwrap();
        assert_eq!(
            household::attach_line(db, vault, &late, LINE_USER, now + 601).await.unwrap(),
            None,
            "a nonce is good for ten minutes"
        );
        assert_eq!(
            contact::by_line_user(db, vault, LINE_USER).await.unwrap().map(|m| m.household_id).as_ref(),
            Some(&household.id)
        );
        // Blocked, and back.
        assert!(
            contact::line_gone(db, vault, LINE_USER, now).await.unwrap()
                && !contact::line_gone(db, vault, LINE_USER, now).await.unwrap()
        );
        assert_eq!(service.only().await.contacts.len(), 0);
        assert!(contact::line_back(db, vault, LINE_USER).await.unwrap());
        // The device, twice: one contact.
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        for bad in [
            SUBSCRIPTION.replace("fcm.googleapis.com", "10.0.0.1"),
            SUBSCRIPTION.replace("https", "http"),
            "{}".into(),
            "x".repeat(9000),
        ] {
            browser.json("/push/subscriptions", &bad).await.status(400);
        }
        let channels: Vec<&str> = service.only().await.contacts.iter().map(|c| c.channel.id()).collect();
        assert_eq!(channels, ["line", "web_push"]);
        let sealed: Vec<(String, String)> =
            sqlx::query_as("SELECT channel, address FROM contacts").fetch_all(db.pool()).await.unwrap();
        let key = vault.key(&household.id).await.unwrap().unwrap();
        for (channel, address) in sealed {
            assert!(!address.contains(LINE_USER) && !address.contains("googleapis"));
            let plain = key.open("contacts.address", &address).unwrap();
            assert!(
                if channel == "line" { plain == LINE_USER } else { plain.starts_with(r#"{"endpoint":"https://fcm."#) },
                "{plain}"
            );
        }
        // The same device for another household: it belongs there now, and the old contact ends with its history.
        let mut other = service.browser();
        other.register(&DUE, "web_push").await;
        other.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        assert_eq!(household::load(db, &household.id).await.unwrap().unwrap().contacts.len(), 1);
        assert_eq!(
            service
                .count(
                    "SELECT COUNT(*) FROM contacts WHERE lookup LIKE 'moved:%' AND address = '' AND gone_at IS NOT NULL"
                )
                .await,
            1
        );
        // Taken off: the address is erased.
        let line = &household::load(db, &household.id).await.unwrap().unwrap().contacts[0].id;
        browser.post("/me/channel/remove", &[("contact", line)]).await.leads_to("/me/channel");
        assert_eq!(
            service
                .count("SELECT COUNT(*) FROM contacts WHERE channel = 'line' AND address = '' AND gone_at IS NOT NULL")
                .await,
            1
        );
        assert!(!contact::line_back(db, vault, LINE_USER).await.unwrap());
        assert_eq!(contact::by_line_user(db, vault, LINE_USER).await.unwrap(), None, "it opens nothing any more");
        assert_eq!(
            household::attach_line(db, vault, nonce, LINE_USER, now).await.unwrap(),
            None,
            "nor does the old nonce bring it back"
        );
    }
}

#[tokio::test]
async fn a_link_opens_the_page_once() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "none").await;
        let id = service.only().await.id;
        let link = contact::one_time_link(&service.db, &id, "", service.now).await.unwrap();
        let mut phone = service.browser();
        // A preview that only reads it does not use it up.
        phone.get(&format!("/me/enter/{link}")).await.status(200).has("この端末でマイページが開きます");
        phone.get("/me").await.leads_to("/me/enter");
        phone.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
        phone.get("/me").await.status(200);
        service.browser().post(&format!("/me/enter/{link}"), &[]).await.status(410).has("このリンクは<wbr>使えません");
        assert_eq!(household::sign_in_by_link(&service.db, &service.vault, &link, service.now).await.unwrap(), None);
        let old = contact::one_time_link(&service.db, &id, "", service.now - 1801).await.unwrap();
        assert_eq!(household::sign_in_by_link(&service.db, &service.vault, &old, service.now).await.unwrap(), None);
        phone.post("/me/leave", &[]).await.leads_to("/me/enter");
        phone.get("/me").await.leads_to("/me/enter");
        browser.get("/me").await.status(200);
        browser.post("/me/leave-everywhere", &[]).await.leads_to("/me/enter");
        assert_eq!(service.count("SELECT COUNT(*) FROM person_sessions").await, 0);
    }
}

#[tokio::test]
async fn erases_everything() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let id = service.only().await.id;
        let key = service.vault.key(&id).await.unwrap().unwrap();
        let (token, question) = (
            key.seal("consultations.token", "t").unwrap(),
            key.seal("consultation_entries.body", "眠れません").unwrap(),
        );
        for (sql, sealed) in [
            (
                "INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at, settled_at, outcome) SELECT id, \
                'letter:2026-W47', 'web_push', $1, 1, 1, 1, 'sent' FROM contacts",
                "h",
            ),
            (
                "INSERT INTO consultations (id, token_hash, token, key_owner, household_id, person_id, category, \
                 subject_slot, profession, source, language, asked_at, due_at, consent_version, created_at)
                  SELECT 'c', '', $1, id, id, id, 'self', '', 'midwife', '', 'ja', 1, 1, 'v', 1 FROM households",
                &token,
            ),
            (
                "INSERT INTO consultation_entries (id, consultation_id, author, body, created_at) VALUES ('e', 'c', \
                'asker', $1, 1)",
                &question,
            ),
        ] {
            sqlx::query(sql).bind(sealed).execute(service.db.pool()).await.unwrap();
        }
        let hash = otayori::vault::token_hash("t");
        sqlx::query("UPDATE consultations SET token_hash = $1").bind(hash).execute(service.db.pool()).await.unwrap();
        browser
            .get("/me")
            .await
            .has("href=\"/letters/2026-W47/h/\"")
            .has("11月17日（火）のおたより")
            .has("href=\"/q/t\"");
        let record = browser.get("/me/record.json").await;
        let record: serde_json::Value = serde_json::from_str(&record.status(200).text).unwrap();
        assert_eq!(
            (record["subjects"][0]["date"].as_str(), record["contacts"][0]["channel"].as_str()),
            (Some("2027-03-16"), Some("web_push"))
        );
        assert!(record["contacts"][0]["address"].as_str().unwrap().contains("fcm.googleapis.com"));
        assert_eq!(record["letters"][0]["week"], "2026-W47");
        assert_eq!(record["consultations"][0]["entries"][0]["text"], "眠れません");
        browser.get("/me/delete").await.has("元には戻せません");
        browser.post("/me/delete", &[]).await.status(200).has("消しました");
        for table in [
            "SELECT COUNT(*) FROM households",
            "SELECT COUNT(*) FROM subjects",
            "SELECT COUNT(*) FROM contacts",
            "SELECT COUNT(*) FROM letters",
            "SELECT COUNT(*) FROM outbox",
            "SELECT COUNT(*) FROM consultations",
            "SELECT COUNT(*) FROM consultation_entries",
            "SELECT COUNT(*) FROM person_sessions",
            "SELECT COUNT(*) FROM person_links",
        ] {
            assert_eq!(service.count(table).await, 0, "{table}");
        }
        assert!(service.vault.key(&id).await.unwrap().is_none(), "the key is destroyed");
        assert_eq!(
            browser.cookies,
            BTreeMap::from([("quiet".to_owned(), "2026-11-21".to_owned())]),
            "nothing but that no page asks for a week"
        );
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'erase'").await, 1);
        // What the household itself did is gone with it.
        assert_eq!(
            service.count("SELECT COUNT(*) FROM audit WHERE actor = 'household' AND action <> 'erase'").await,
            0
        );
        erasure::household(&service.db, &service.vault, &id, service.now).await.unwrap();
    }
}

/// Back in the browser after the last page, and another answer: the same household with the newer answers, as long as
/// no letter was chosen by the first.
#[tokio::test]
async fn what_was_corrected_by_going_back_is_corrected() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        let fields = |year: &'static str, month: &'static str| {
            vec![
                ("step", "channel"),
                ("channel", "none"),
                ("consent", "2026-10-01"),
                ("language", "ja"),
                ("once", "a-form-of-its-own"),
                ("due-y", year),
                ("due-m", month),
                ("due-d", "16"),
            ]
        };
        browser.post("/register", &fields("2027", "6")).await.leads_to("/register/done?to=none");
        browser.post("/register", &fields("2027", "3")).await.leads_to("/register/done?to=none");
        let household = service.only().await;
        let subjects: Vec<_> = household.subjects.iter().map(|s| (s.slot.as_str(), s.stage_on)).collect();
        assert_eq!(subjects, [("a", date(2027, 3, 16))], "{}", test.name());
        // A child more, and another area.
        let more =
            [fields("2027", "3"), vec![("c1-y", "2025"), ("c1-m", "4"), ("c1-d", "10"), ("area", "bay")]].concat();
        browser.post("/register", &more).await.leads_to("/register/done?to=none");
        let household = service.only().await;
        assert_eq!((household.subjects.len(), household.area.as_str()), (2, "bay"));
        // Once a letter was chosen, or something was stopped, the form of before changes nothing.
        service.begin_letters().await;
        sqlx::query("UPDATE letters SET last_key = 'letter:2026-W48'").execute(service.db.pool()).await.unwrap();
        browser.post("/register", &fields("2027", "6")).await.leads_to("/register/done?to=none");
        assert_eq!(service.only().await.subjects.len(), 2);
        sqlx::query("UPDATE letters SET last_key = ''").execute(service.db.pool()).await.unwrap();
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        browser.post("/register", &fields("2027", "6")).await;
        assert!(
            service.only().await.subjects.iter().any(|s| !s.active()),
            "a stop is never undone by a form: {}",
            test.name()
        );
        // A birth that was told, and the day put right by going back.
        let mut other = service.browser();
        let id = {
            other.register(&[("due-y", "2026"), ("due-m", "11"), ("due-d", "16")], "none").await;
            household::list(&service.db).await.unwrap().into_iter().map(|h| h.id).max().unwrap()
        };
        other
            .post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "12")])
            .await
            .leads_to("/me#facts");
        other
            .post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "13")])
            .await
            .leads_to("/me#facts");
        let born = household::load(&service.db, &id).await.unwrap().unwrap();
        assert_eq!(
            (born.subjects[0].kind.id(), born.subjects[0].stage_on),
            ("child", date(2026, 11, 13)),
            "{}",
            test.name()
        );
        other.post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "12"), ("born-d", "31")]).await.status(422);
    }
}

/// Going back and sending once more adds nobody twice; twins are those who are said to be.
#[tokio::test]
async fn nobody_is_added_twice() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "none").await;
        let slots = async || service.only().await.subjects.len();
        let born = [("c1-y", "2022"), ("c1-m", "5"), ("c1-d", "5")];
        let once = browser.get("/me/family").await.hidden().into_iter().find(|(name, _)| name == "once").unwrap().1;
        // The same page, kept by the browser: sent twice, it is once.
        for _ in 0..2 {
            browser.post("/me/family", &[&born[..], &[("once", &once)]].concat()).await.leads_to("/me#facts");
        }
        assert_eq!(slots().await, 2, "{}", test.name());
        // The page fetched anew, with the same words: it is asked whether they are twins.
        let again = browser.get("/me/family").await.hidden().into_iter().find(|(name, _)| name == "once").unwrap().1;
        let page = browser.post("/me/family", &[&born[..], &[("once", &again)]].concat()).await;
        page.status(422)
            .has("同じ誕生日のお子さんが、もう登録されています")
            .has("name=\"sure\"")
            .has("value=\"2022\"")
            .has(&format!("value=\"{again}\""));
        assert_eq!(slots().await, 2);
        for _ in 0..2 {
            browser
                .post("/me/family", &[&born[..], &[("once", &again), ("sure", "yes")]].concat())
                .await
                .leads_to("/me#facts");
        }
        assert_eq!(
            (slots().await, service.count("SELECT COUNT(*) FROM audit WHERE action = 'add_subjects'").await),
            (3, 2),
            "{}",
            test.name()
        );
        // A pregnancy of the same day is the one that is there already; after a loss another one may be.
        browser.post("/me/family", &DUE).await.status(422).has("同じ予定日の方が、もう登録されています");
        browser.post("/me/subjects/a/stop", &[]).await;
        browser.post("/me/family", &DUE).await.leads_to("/me#facts");
        assert_eq!(slots().await, 4, "{}", test.name());
    }
}

/// A push service said that the subscription is gone: the household sees it on its next visit, and what it had chosen.
#[tokio::test]
async fn ended_notifications_are_told_on_the_next_visit() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let told = "端末の通知が、届かなくなっています";
        browser.get("/me").await.lacks(told).has("端末の通知");
        let gone = "INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at, settled_at, outcome) \
            SELECT id, 'letter:2026-W47', 'web_push', 'h', 1, 1, 1, 'gone' FROM contacts";
        sqlx::query(gone).execute(service.db.pool()).await.unwrap();
        sqlx::query("UPDATE contacts SET gone_at = created_at + 1").execute(service.db.pool()).await.unwrap();
        browser.get("/me").await.has(told).has("端末の通知（いまは届きません）").has("href=\"/me/channel\"");
        browser.get("/me/channel").await.has("いま届いていません").lacks("マイページで読むことになっています");
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        browser.get("/me").await.lacks(told).lacks("いまは届きません");
        // Taken away by the household itself: nothing has ended that it does not know of.
        let contact: String = sqlx::query_scalar("SELECT id FROM contacts").fetch_one(service.db.pool()).await.unwrap();
        browser.post("/me/channel/remove", &[("contact", &contact)]).await;
        browser.get("/me").await.lacks(told);
        browser.get("/push/key").await.status(200).has(super::VAPID);
    }
}
