//! `/stop` of whoever is recognised: a button that stops at once, without script, with the choice of what, and the way
//! back.

use super::*;

/// What a page offers to press: names and values.
fn buttons(page: &str) -> Vec<String> {
    page.split("<button")
        .skip(1)
        .filter_map(|b| b.split_once("name=\"slot\" value=\"")?.1.split('"').next().map(str::to_owned))
        .collect()
}

async fn stands(service: &Service) -> (bool, Vec<bool>) {
    let household = service.only().await;
    (household.stopped_at.is_some(), household.subjects.iter().map(household::Subject::active).collect())
}

#[tokio::test]
async fn whoever_is_recognised_stops_at_once() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut stranger = service.browser();
        // Who is not recognised is told what can be done, and no button pretends.
        let page = stranger.get("/stop").await;
        page.status(200)
            .has("tel:0000-00-1234")
            .has("JavaScript を切っている")
            .has("href=\"/loss/\"")
            .lacks("name=\"slot\"");
        stranger.post("/stop", &[("slot", "all")]).await.status(410).has("止められませんでした");

        // A pregnancy alone: one button.
        let mut browser = service.browser();
        browser.register(&DUE, "none").await;
        let page = browser.get("/stop").await;
        page.status(200).has("理由はうかがいません").has("href=\"/loss/\"");
        assert_eq!(buttons(&page.text), ["all"], "{}", test.name());
        let page = browser.post("/stop", &[("slot", "all")]).await;
        page.status(200)
            .has("止めました")
            .has("data-quiet")
            .has("href=\"/loss/\"")
            .has("登録は2027年2月19日まで残り")
            .has("妊娠の分を、元に戻す")
            .lacks("週");
        assert!(stands(&service).await.0, "{}", test.name());
        // Twice is once, and the way back stays.
        let page = browser.post("/stop", &[("slot", "all")]).await;
        page.status(200).has("妊娠の分を、元に戻す");
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'stop'").await, 1);
        browser.get("/stop").await.status(200).has("止めました").lacks("name=\"slot\"").lacks("/stop/undo");
        // Another browser of nobody takes nothing back; this one does, once.
        let at = page.hidden().into_iter().find(|(name, _)| name == "at").unwrap().1;
        let back = [("token", ""), ("at", at.as_str()), ("share", "all")];
        stranger.post("/stop/undo", &back).await.status(410);
        browser.post("/stop/undo", &[("token", ""), ("at", "1"), ("share", "all")]).await.status(410);
        browser.post("/stop/undo", &back).await.status(200).has("元に戻しました");
        assert_eq!(stands(&service).await, (false, vec![true]), "{}", test.name());
        browser.post("/stop/undo", &back).await.status(410);
    }
}

#[tokio::test]
async fn of_several_she_chooses_what() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        let page = browser.get("/stop").await;
        page.has("妊娠の分を止める").has("すべて止める");
        assert_eq!(buttons(&page.text), ["a", "all"]);
        // The pregnancy alone: the child's go on, and it is said so.
        let page = browser.post("/stop", &[("slot", "a")]).await;
        page.status(200)
            .has("選んだ分のおたより")
            .has("ほかの分は、これまでどおり")
            .has("元に戻す")
            .lacks("登録は2027年")
            .lacks("週")
            .lacks("どの端末にも");
        assert_eq!(stands(&service).await, (false, vec![false, true]), "{}", test.name());
        let at = page.hidden().into_iter().find(|(name, _)| name == "at").unwrap().1;
        browser
            .post("/stop/undo", &[("token", ""), ("at", at.as_str()), ("share", "all")])
            .await
            .status(200)
            .has("元に戻しました");
        assert_eq!(stands(&service).await, (false, vec![true, true]), "{}", test.name());
        // Everything, and the child alone comes back.
        let page = browser.post("/stop", &[("slot", "all")]).await;
        page.status(200).has("お子さんの分を、元に戻す").has("妊娠の分も、元に戻す");
        let at = page.hidden().into_iter().find(|(name, _)| name == "at").unwrap().1;
        browser
            .post("/stop/undo", &[("token", ""), ("at", at.as_str()), ("share", "children")])
            .await
            .status(200)
            .has("お子さんの分のおたよりが、また届きます");
        assert_eq!(stands(&service).await, (false, vec![false, true]), "{}", test.name());
        // One after the other: the last one ends all, and comes back by its own word.
        let page = browser.post("/stop", &[("slot", "all")]).await;
        page.status(200).has("登録は2027年2月19日まで残り");
        browser.post("/stop", &[("slot", "z")]).await.status(410);
    }
}

/// In the household's language, whatever link led there.
#[tokio::test]
async fn in_her_language() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        sqlx::query("UPDATE households SET language = 'en'").execute(service.db.pool()).await.unwrap();
        browser.get("/stop").await.has("<html lang=\"en\"").has("name=\"slot\" value=\"a\"").has("Stop everything");
        browser
            .post("/stop", &[("slot", "a")])
            .await
            .has("<html lang=\"en\"")
            .has("The rest goes on as before")
            .has("Undo")
            .has("href=\"/loss/en/\"");
        // On her own page the way to rest and to care stands before everything else.
        sqlx::query("UPDATE subjects SET stopped_at = NULL").execute(service.db.pool()).await.unwrap();
        let me = browser.get("/me").await.text;
        assert!(
            me.find("href=\"#rest\"").unwrap() < me.find("届いたおたより").unwrap()
                && me.find("お別れを経験された方へ").unwrap() < me.find("届いたおたより").unwrap(),
            "{me}"
        );
        browser.post("/me/subjects/a/stop", &[]).await;
        browser.get("/me").await.has("からだと気持ちの相談先").lacks("お別れを経験された方へ");
    }
}
