//! Letters that were stopped begin again for those who are chosen and for nobody else: a pregnancy comes back by its
//! own word alone.

use super::*;
use otayori::household::{Share, stop_token};

/// Slot, and whether its letters go.
async fn go(service: &Service) -> Vec<(String, bool)> {
    let household = service.only().await;
    household.subjects.iter().map(|s| (s.slot.clone(), s.active() && household.stopped_at.is_none())).collect()
}

fn going(slots: &[(&str, bool)]) -> Vec<(String, bool)> {
    slots.iter().map(|(slot, go)| ((*slot).to_owned(), *go)).collect()
}

#[tokio::test]
async fn only_what_is_chosen_comes_back() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        // Everything was stopped, for whatever reason: the child stands there marked, the rest folded and without a
        // mark.
        browser.post("/me/stop", &[]).await.leads_to("/me/stopped");
        let page = browser.get("/me").await;
        page.has("name=\"slot\" value=\"b\" checked")
            .has("<summary>ほかの分</summary>")
            .has("name=\"slot\" value=\"a\">")
            .lacks("出産予定日")
            .lacks("2027年3月16日");
        // Nothing chosen: nothing begins, and it is said.
        browser.post("/me/start", &[]).await.leads_to("/me#facts");
        browser.get("/me").await.has("どの分にもしるしがなかったので、止まったままです");
        browser.post("/me/start", &[("slot", "z")]).await.leads_to("/me#facts");
        assert_eq!(go(&service).await, going(&[("a", false), ("b", false)]), "{}", test.name());
        // The child's letters come again, the pregnancy's do not: now, and however often it is pressed.
        for _ in 0..2 {
            browser.post("/me/start", &[("slot", "b")]).await.leads_to("/me#rest");
        }
        assert_eq!(go(&service).await, going(&[("a", false), ("b", true)]), "{}", test.name());
        assert_eq!(service.only().await.subject("a").unwrap().stopped_at, Some(service.now), "since the stop");
        browser.get("/me").await.lacks("出産予定日").lacks("妊娠の分").has("1歳7か月のお子さんの分を止める");
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'start'").await, 1);
        // Nor is it offered any more when all was stopped once more.
        browser.post("/me/stop", &[]).await;
        browser.get("/me").await.has("また受け取る").lacks("妊娠の分").lacks("ほかの分");
        browser.post("/me/start", &[("slot", "a"), ("slot", "b")]).await.leads_to("/me#rest");
        assert_eq!(go(&service).await, going(&[("a", false), ("b", true)]), "{}", test.name());
    }
}

/// A pregnancy that was stopped for itself stays so; one that was stopped with everything comes back when it is named.
#[tokio::test]
async fn a_pregnancy_comes_back_by_its_own_word() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        browser.post("/me/stop", &[]).await;
        browser.post("/me/start", &[("slot", "a")]).await.leads_to("/me#rest");
        assert_eq!(go(&service).await, going(&[("a", true), ("b", false)]), "{}", test.name());

        // Alone it is folded, and has no mark.
        browser.post("/me/stop", &[]).await;
        browser
            .get("/me")
            .await
            .has("<summary>また受け取る</summary>")
            .has("name=\"slot\" value=\"a\">")
            .lacks("checked");
        // Stopped for itself, then everything: no word of all letters brings it back, on the page or by a programme.
        let id = service.only().await.id;
        household::stop_subject(&service.db, &id, "a", service.now).await.unwrap();
        browser.get("/me").await.lacks("妊娠の分").lacks("また受け取る");
        // Nobody is left to choose: nothing begins, for nobody would get a letter, and the day of erasing stands.
        assert!(!household::start_again(&service.db, &id, Share::All, service.now).await.unwrap(), "{}", test.name());
        browser.post("/me/start", &[]).await.leads_to("/me#facts");
        assert!(service.only().await.stopped_at.is_some());
    }
}

/// A page that is still open after a decision takes nothing back: stopped for a loss, then all, then again for the
/// child.
#[tokio::test]
async fn an_older_page_brings_no_pregnancy_back() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        browser.get("/me/stopped").await.has("元に戻す");
        browser.post("/me/stop", &[]).await;
        browser.get("/me/stopped").await.lacks("元に戻す");
        browser.post("/me/start", &[("slot", "b")]).await.leads_to("/me#rest");
        browser.post("/me/undo", &[]).await;
        assert_eq!(go(&service).await, going(&[("a", false), ("b", true)]), "{}", test.name());
    }
}

/// The notification's own way back asks as well whose letters it is.
#[tokio::test]
async fn a_notification_brings_back_only_what_is_named() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let token = stop_token(&service.vault, &service.only().await.contacts[0].id).unwrap();
        let at = service.now.to_string();
        let of_page = |page: &Page| page.hidden().into_iter().find(|(name, _)| name == "at").unwrap().1;
        let mut lost = service.browser();
        lost.post("/stop", &[("token", &token)]).await.has("お子さんの分を、元に戻す").has("妊娠の分も、元に戻す");
        // An older page that names nobody brings back the children at most.
        lost.post("/stop/undo", &[("token", &token), ("at", &at)])
            .await
            .status(200)
            .has("お子さんの分のおたよりが、また届きます。ほかは、止まったままです");
        assert_eq!(go(&service).await, going(&[("a", false), ("b", true)]), "{}", test.name());
        let page = lost.post("/stop", &[("token", &token)]).await;
        page.has("お子さんの分を、元に戻す").lacks("妊娠");
        lost.post("/stop/undo", &[("token", &token), ("at", &of_page(&page)), ("share", "all")]).await.status(200);
        assert_eq!(go(&service).await, going(&[("a", false), ("b", true)]), "{}", test.name());

        // A pregnancy alone: by its own word, never by the children's.
        let mut alone = service.browser();
        alone.register(&DUE, "web_push").await;
        alone.json("/push/subscriptions", &SUBSCRIPTION.replace("/abc", "/def")).await.status(201);
        let contact: String = sqlx::query_scalar("SELECT id FROM contacts WHERE household_id <> $1")
            .bind(service_first(&service).await)
            .fetch_one(service.db.pool())
            .await
            .unwrap();
        let token = stop_token(&service.vault, &contact).unwrap();
        lost.post("/stop", &[("token", &token)]).await.has("妊娠の分を、元に戻す").lacks("お子さんの分");
        lost.post("/stop/undo", &[("token", &token), ("at", &at), ("share", "children")]).await.status(410);
        assert_eq!(
            service.count("SELECT COUNT(*) FROM households WHERE stopped_at IS NOT NULL").await,
            1,
            "{}",
            test.name()
        );
        lost.post("/stop/undo", &[("token", &token), ("at", &at), ("share", "all")])
            .await
            .status(200)
            .has("止める前と同じになりました");
        assert_eq!(
            service.count("SELECT COUNT(*) FROM households WHERE stopped_at IS NOT NULL").await,
            0,
            "{}",
            test.name()
        );
    }
}

async fn service_first(service: &Service) -> String {
    sqlx::query_scalar("SELECT household_id FROM subjects WHERE slot = 'b'").fetch_one(service.db.pool()).await.unwrap()
}

/// In the household's language from the first page to the last; who is not recognised is told whom to ring, and what to
/// say.
#[tokio::test]
async fn the_way_to_stop_is_in_the_households_language() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let household = service.only().await;
        let token = stop_token(&service.vault, &household.contacts[0].id).unwrap();
        let at = service.now.to_string();
        for (language, ask, stopped, undo, undone) in [
            (
                "en",
                "Stop the letters",
                "From now on no letter or notice comes",
                "Bring back the pregnancy",
                "All is as it was before you stopped",
            ),
            ("easy", "理由", "もう", "元", "前"),
            (
                "ja",
                "理由はうかがいません",
                "いまから、どの端末にも、LINEにも、メールでも届きません",
                "妊娠の分を、元に戻す",
                "止める前と同じになりました",
            ),
        ] {
            household::set_fact(&service.db, &household.id, &household::Fact::Language(language.into()), service.now)
                .await
                .unwrap();
            let html = if language == "en" { "<html lang=\"en\"" } else { "<html lang=\"ja\"" };
            let mut lost = service.browser();
            lost.get(&format!("/stop?lang={language}"))
                .await
                .status(200)
                .has(html)
                .has(ask)
                .has("tel:0000-00-1234")
                .has(&format!("name=\"lang\" value=\"{language}\""));
            // The page's language is a guess, the household's is known.
            lost.post("/stop", &[("lang", "ja"), ("token", &token)]).await.status(200).has(html).has(stopped).has(undo);
            lost.post("/stop/undo", &[("token", &token), ("at", &at), ("share", "all")])
                .await
                .status(200)
                .has(html)
                .has(undone);
            lost.post("/stop", &[("lang", language), ("token", "x")])
                .await
                .status(410)
                .has(html)
                .has("tel:0000-00-1234");
        }
        // Nothing is said that may not be true, and nobody has to say a due date aloud.
        let page = service.browser().get("/stop?lang=xx").await;
        page.status(200)
            .has("<html lang=\"ja\"")
            .has("「おたよりを止めてください」とだけ、お伝えください")
            .has("だいたいでかまいません")
            .lacks("予定日")
            .lacks("誕生日")
            .lacks("もう外れて");
        service
            .browser()
            .post("/stop", &[("token", "")])
            .await
            .status(410)
            .has("何も変わっていません")
            .lacks("予定日")
            .lacks("もう外れて")
            .has("いちばん下から止められます");
        browser.get("/me/subjects/a").await.status(200).has("action=\"/me/subjects/a/stop\"").has("妊娠の分を止める");
    }
}

/// The next tap after everything was erased asks for no week; three numbers at most stand open before it.
#[tokio::test]
async fn erasing_asks_for_no_week() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        let page = browser.post("/me/delete", &[]).await;
        page.status(200).has("消しました").has("href=\"/quiet/\"").lacks("href=\"/\"").lacks("週");
        assert!(page.text.contains("data-forget"));
    }
}

/// Nothing is promised that was not allowed yet: without notifications the letter stands on the household's page.
#[tokio::test]
async fn no_notice_is_promised_before_it_is_allowed() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "web_push").await;
        let page = browser.get("/register/done?to=web_push").await;
        page.status(200)
            .has("この端末の通知を許可すると、最初のおたよりが")
            .has("許可しないときは、マイページに載ります")
            .lacks("最初のおたよりは、<strong>");
        browser
            .get("/register/done?to=line")
            .await
            .has("LINEをつなぐと、最初のおたよりが")
            .has("つなぐまでは、マイページに載ります");
        browser.get("/register/done?to=none").await.has("マイページに載ります").lacks("許可すると");
    }
}

/// The way in speaks the household's language where a link says whose it is, the one of the letter that led there, or
/// the one that is chosen.
#[tokio::test]
async fn the_way_in_is_in_each_language() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "none").await;
        let id = service.only().await.id;
        for (language, html, how, open) in [
            ("ja", "ja", "マイページの<wbr>開き方", "ボタンを押すと、この端末でマイページが開きます"),
            ("easy", "ja", "class=\"easy\"", "<rt>お</rt>"),
            ("en", "en", "How to open My page", "Press the button to open My page"),
        ] {
            let html = format!("<html lang=\"{html}\"");
            service
                .browser()
                .get(&format!("/me/enter?lang={language}"))
                .await
                .status(200)
                .has(&html)
                .has(how)
                .has("<nav class=\"langs\"");
            let way = if language == "ja" { "/me/enter".to_owned() } else { format!("/me/enter?lang={language}") };
            service.browser().get(&format!("/me?lang={language}")).await.leads_to(&way);
            household::set_fact(&service.db, &id, &household::Fact::Language(language.into()), service.now)
                .await
                .unwrap();
            let link = contact::one_time_link(&service.db, &id, "", service.now).await.unwrap();
            service
                .browser()
                .get(&format!("/me/enter/{link}"))
                .await
                .status(200)
                .has(&html)
                .has(open)
                .lacks("<nav class=\"langs\"");
            let letter = contact::one_time_link(&service.db, &id, "2026-W47", service.now).await.unwrap();
            service.browser().get(&format!("/me/enter/{letter}")).await.status(200).has(&html);
            let mut other = service.browser();
            other.register(&BOTH, "none").await;
            other.get(&format!("/me/enter/{link}")).await.status(200).has(&html).has("name=\"switch\"");
            other.post(&format!("/me/enter/{link}"), &[]).await.status(200).has(&html).has("name=\"switch\"");
            let mut phone = service.browser();
            phone.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
            service.browser().get(&format!("/me/enter/{link}")).await.status(410);
        }
        service.browser().get("/me/enter?lang=xx").await.status(200).has("<html lang=\"ja\"");
        service.browser().get("/me?lang=xx").await.leads_to("/me/enter");
    }
}
