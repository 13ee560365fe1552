//! What may come back by chance after a stop: letters of before, their titles, the home page, the numbers; and when all
//! has ended with the last one.

use super::*;
use otayori::household::stop_token;

const WEEK: &str = "2026-W47";

/// Stores a letter of that week with an article on the pregnancy, one on the child, one on both, and two bulletins; its
/// path.
async fn letter(service: &Service, hash: &str, language: &str) -> String {
    let item = |subject: &str, stage: &str, title: &str| {
        let kind = if subject.is_empty() { "bulletin" } else { "article" };
        serde_json::json!({
            "kind": kind, "id": title, "stage": stage, "subject": subject, "title_html": title, "title": title,
            "summary": "", "lead_html": "<p>本文</p>", "link": "/articles/x/",
            "byline": "", "minutes": 2, "on": "", "ask": "midwife",
        })
    };
    let items = if language == "en" {
        vec![item("pregnancy", "23 weeks", "Feeling the baby move")]
    } else {
        vec![
            item("pregnancy", "23週", "胎動のこと"),
            item("child", "1歳7か月", "いやいやのこと"),
            item("pregnancy", "23週と1歳7か月", "冬の予防接種"),
            item("", "", "はじめての両親学級"),
            item("", "", "図書館の休み"),
        ]
    };
    let mut hashes = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let own = format!("{hash}-{n}");
        sqlx::query("INSERT INTO letter_items (hash, body) VALUES ($1, $2)")
            .bind(&own)
            .bind(item.to_string())
            .execute(service.db.pool())
            .await
            .unwrap();
        hashes.push(own);
    }
    let notice = serde_json::json!({ "key": format!("letter:{WEEK}"), "title": "", "body": "", "url": "", "ask_url": "",
        "language": language, "ttl": 1, "low_urgency": false });
    let body = serde_json::json!({ "notice": notice, "week": WEEK, "date": "2026-11-17", "items": hashes }).to_string();
    let sql = "INSERT INTO messages (hash, key, language, body, created_at) VALUES ($1, $2, $3, $4, 1)";
    sqlx::query(sql)
        .bind(hash)
        .bind(format!("letter:{WEEK}"))
        .bind(language)
        .bind(body)
        .execute(service.db.pool())
        .await
        .unwrap();
    format!("/letters/{WEEK}/{hash}/")
}

/// The built pages that stand in for each other.
fn built(service: &Service) {
    let public = &service.app.config.public;
    for (file, text) in [
        ("index.html", "いま、何週ですか"),
        ("quiet/index.html", "読みたいものだけ"),
        ("contacts/index.html", "妊娠中のわたしから"),
        ("contacts/en/index.html", "pregnancy first"),
        ("night/index.html", "泣きやまない"),
        ("quiet/night/index.html", "夜でも電話できる"),
        ("weeks/24/index.html", "24週のころ"),
        ("quiet/weeks/24/index.html", "出していません"),
        ("bulletins/index.html", "両親学級"),
        ("quiet/bulletins/index.html", "図書館"),
        ("topics/body/index.html", "つわり"),
        ("quiet/topics/body/index.html", "からだだけ"),
        ("feed.xml", "<feed>妊娠"),
        ("quiet/feed.xml", "<feed>静か"),
        ("articles/tsuwari/index.html", "つわりの記事"),
        ("quiet/contacts/index.html", "からだと気持ちから"),
        ("quiet/contacts/en/index.html", "body first"),
    ] {
        std::fs::create_dir_all(public.join(file).parent().unwrap()).unwrap();
        std::fs::write(public.join(file), text).unwrap();
    }
}

/// The pages of this device are the quiet ones, or those of everybody.
async fn is_spared(browser: &mut Browser, spared: bool) {
    for (path, own, everybody) in [
        ("/", "読みたいものだけ", "いま、何週ですか"),
        ("/contacts/", "からだと気持ちから", "妊娠中のわたしから"),
        ("/contacts/en/", "body first", "pregnancy first"),
        ("/night/", "夜でも電話できる", "泣きやまない"),
        ("/weeks/24/", "出していません", "24週のころ"),
        ("/weeks/%32%34/", "出していません", "24週のころ"),
        ("/weeks/24/index.html", "出していません", "24週のころ"),
        ("/bulletins/", "図書館", "両親学級"),
        ("/bulletins/?x=1", "図書館", "両親学級"),
        ("/topics/body/", "からだだけ", "つわり"),
        ("/feed.xml", "静か", "妊娠"),
    ] {
        let (has, lacks) = if spared { (own, everybody) } else { (everybody, own) };
        let page = browser.get(path).await;
        page.status(200).has(has).lacks(lacks);
        assert_eq!(
            page.cache == "no-store",
            spared || browser.cookies.contains_key("household"),
            "{path}: a copy would be the wrong one after a stop or an undo"
        );
        assert_ne!(page.cache, "", "{path}");
    }
    // Her own choice opens a week, and a text is always itself.
    browser.get("/weeks/24/?whole=yes").await.status(200).has("24週のころ");
    browser.get("/articles/tsuwari/").await.status(200).has("つわりの記事");
}

#[tokio::test]
async fn a_letter_of_before_shows_nothing_that_was_stopped() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let (path, english) = (letter(&service, "h1", "ja").await, letter(&service, "h2", "en").await);
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        service.begin_letters().await;
        sqlx::query("UPDATE letters SET last_key = 'letter:2026-W47', hash = 'h1'")
            .execute(service.db.pool())
            .await
            .unwrap();
        browser
            .get(&path)
            .await
            .status(200)
            .has("胎動のこと")
            .has("いやいやのこと")
            .has("23週")
            .has("両親学級")
            .lacks("出していない分");
        browser.get("/me").await.has("胎動のこと");

        // The pregnancy's letters are stopped: on the page of before the child's stay, and what is everybody's.
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        let page = browser.get(&path).await;
        page.status(200)
            .has("いやいやのこと")
            .has("冬の予防接種")
            .has("図書館の休み")
            .has("1歳7か月")
            .has("2つ選びました")
            .has("出していない分があります")
            .has("href=\"/loss/\"");
        page.lacks("胎動").lacks("23週").lacks("両親学級").lacks("おなかの子");
        browser.get("/me").await.lacks("胎動").lacks("冬の予防接種").has(&path);
        browser.get(&format!("/letters/{WEEK}/")).await.leads_to(&path);
        // What was only of the pregnancy is not shown, in the letter's language; by her own choice it is.
        let page = browser.get(&english).await;
        page.status(200)
            .has("<html lang=\"en\"")
            .has("A letter from before you stopped")
            .has("href=\"/loss/en/\"")
            .lacks("baby")
            .lacks("23 weeks");
        browser.get(&format!("{english}?whole=yes")).await.status(200).has("Feeling the baby move");
        browser.get(&format!("{path}?whole=yes")).await.status(200).has("胎動のこと").lacks("出していない分");

        // All is stopped: nothing of it; taken back, as before.
        browser.post("/me/stop", &[]).await;
        browser
            .get(&path)
            .await
            .status(200)
            .has("止める前のおたよりです")
            .has("href=\"/loss/\"")
            .has("href=\"/quiet/\"")
            .lacks("いやいや")
            .lacks("週")
            .lacks("href=\"/\"");
        browser.post("/me/start", &[("slot", "b")]).await;
        browser.get(&path).await.has("いやいやのこと").lacks("胎動");
        // Somebody else's browser is not concerned.
        service.browser().get(&path).await.has("胎動のこと");
    }
}

/// Who stops by a notification on a device that is not recognised, erases all, or leaves, is asked for no week there
/// afterwards; what is kept says no more than that.
#[tokio::test]
async fn a_device_stays_quiet_without_being_recognised() {
    for test in databases().await {
        let service = Service::start(&test).await;
        built(&service);
        let path = letter(&service, "h1", "ja").await;
        let mut browser = service.browser();
        is_spared(&mut browser, false).await;
        browser.register(&DUE, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let token = stop_token(&service.vault, &service.only().await.contacts[0].id).unwrap();
        is_spared(&mut browser, false).await;
        let mut lost = service.browser();
        let page = lost.post("/stop", &[("token", &token)]).await;
        let at = page.hidden().into_iter().find(|(name, _)| name == "at").unwrap().1;
        assert_eq!(lost.cookies, BTreeMap::from([("quiet".to_owned(), "2026-11-21".to_owned())]), "{}", test.name());
        is_spared(&mut lost, true).await;
        // From there she can still stop: the token is taken out of the address as on every letter.
        lost.get(&path).await.has("止める前のおたよりです").lacks("胎動").has("/static/stop.js").has("data-stop-link");
        // A letter of a week after the stop is of what goes on, and stays open.
        let later = letter(&service, "h2", "ja").await;
        let newer = "UPDATE messages SET body = REPLACE(body, '2026-11-17', '2026-11-24') WHERE hash = 'h2'";
        sqlx::query(newer).execute(service.db.pool()).await.unwrap();
        lost.get(&later).await.status(200).has("いやいやのこと").lacks("止める前");
        is_spared(&mut browser, true).await;
        lost.post("/stop/undo", &[("token", &token), ("at", &at), ("share", "all")]).await.status(200);
        is_spared(&mut lost, false).await;
        lost.get(&path).await.has("胎動のこと");

        // A device that leaves stays as it was; where the household is recognised it decides.
        browser.post("/me/leave", &[]).await;
        is_spared(&mut browser, false).await;
        let id = service.only().await.id;
        let link = contact::one_time_link(&service.db, &id, "", service.now).await.unwrap();
        browser.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
        browser.post("/me/subjects/a/stop", &[]).await;
        is_spared(&mut browser, true).await;
        // … and stays so when session and household have ended by their time, however she stopped, until she begins
        // again.
        let mut later = service.browser();
        later.cookies = browser.cookies.clone();
        later.cookies.remove("household");
        is_spared(&mut later, true).await;
        browser.post("/me/undo", &[]).await;
        assert!(!browser.cookies.contains_key("quiet"), "{}", test.name());
        browser.post("/me/stop", &[]).await;
        assert!(browser.cookies.contains_key("quiet"), "{}", test.name());
        browser.post("/me/start", &[("slot", "a")]).await;
        assert!(!browser.cookies.contains_key("quiet"), "{}", test.name());
        browser.post("/stop", &[("slot", "all")]).await.status(200);
        assert!(browser.cookies.contains_key("quiet"), "{}", test.name());
        browser.post("/me/leave-everywhere", &[]).await;
        is_spared(&mut browser, true).await;
        let link = contact::one_time_link(&service.db, &id, "", service.now).await.unwrap();
        browser.post(&format!("/me/enter/{link}"), &[]).await;
        browser.post("/me/start", &[("slot", "a")]).await.leads_to("/me#rest");
        is_spared(&mut browser, false).await;

        // Erased: the next tap asks for no week; a new registration begins anew.
        browser.post("/me/delete", &[]).await.has("消しました");
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["quiet"]);
        is_spared(&mut browser, true).await;
        browser.get(&path).await.has("止める前のおたよりです");
        browser.register(&DUE, "none").await;
        is_spared(&mut browser, false).await;
        browser.get("/contacts/xx/").await.status(404);
    }
}

/// One after another is the same as all at once: it is said, the registration ends when it would, and the last one's
/// letters can come again.
#[tokio::test]
async fn with_the_last_one_all_is_stopped() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        browser.get("/me/stopped").await.has("止めました").lacks("すべて止めました").lacks("まで残ります");
        browser.post("/me/subjects/b/stop", &[]).await.leads_to("/me/stopped");
        let household = service.only().await;
        assert_eq!(
            (household.stopped_at, household.subjects.iter().filter(|s| s.active()).count()),
            (household.subject("b").unwrap().stopped_at, 0),
            "{}",
            test.name()
        );
        let page = browser.get("/me/stopped").await;
        page.has("すべて止めました")
            .has("登録は2027年2月19日まで残ります")
            .has("また受け取る")
            .has("1歳7か月のお子さんの分")
            .has("元に戻す")
            .lacks("妊娠")
            .lacks("checked");
        browser
            .get("/me")
            .await
            .has("おたよりは、すべて止まっています。2027年2月19日を過ぎると")
            .has("また受け取る")
            .lacks("妊娠")
            .lacks("2025年4月10日");
        // What was stopped for itself is not in question any more, so nothing is asked about it, and only its own word
        // brings it back.
        let subjects = consult::subjects(&service.db, &household.id).await.unwrap();
        assert!(subjects.iter().all(|s| s.stopped), "{}", test.name());
        assert!(!household::start_again(&service.db, &household.id, household::Share::All, service.now).await.unwrap());
        assert!(
            !household::start_again(&service.db, &household.id, household::Share::Children, service.now).await.unwrap()
        );
        assert_eq!(service.only().await.stopped_at, household.stopped_at, "{}", test.name());
        browser.post("/me/start", &[("slot", "a")]).await.leads_to("/me#facts");
        browser.post("/me/start", &[("slot", "b")]).await.leads_to("/me#rest");
        let again = service.only().await;
        assert!(
            again.stopped_at.is_none() && again.subject("b").unwrap().active() && !again.subject("a").unwrap().active(),
            "{}",
            test.name()
        );

        // A mistaken tap on the last one is taken back as a whole; one tap more on the same old page changes nothing.
        browser.post("/me/subjects/b/stop", &[]).await;
        browser.post("/me/subjects/b/stop", &[]).await.leads_to("/me/stopped");
        browser.post("/me/undo", &[]).await.leads_to("/me");
        let undone = service.only().await;
        assert!(undone.stopped_at.is_none() && undone.subject("b").unwrap().active(), "{}", test.name());

        // Twins, at the same moment on two devices: one of the two is the last.
        let mut two = service.browser();
        let other = {
            two.register(&[("due-y", "2026"), ("due-m", "12"), ("due-d", "16"), ("due-twins", "yes")], "none").await;
            household::list(&service.db)
                .await
                .unwrap()
                .into_iter()
                .map(|h| h.id)
                .find(|id| *id != household.id)
                .unwrap()
        };
        let (a, b) = tokio::join!(
            household::stop_subject(&service.db, &other, "a", service.now),
            household::stop_subject(&service.db, &other, "b", service.now)
        );
        assert_ne!(a.unwrap().unwrap(), b.unwrap().unwrap());
        let both = household::load(&service.db, &other).await.unwrap().unwrap();
        assert_eq!((both.stopped_at.is_some(), both.could_come_back().count()), (true, 1), "{}", test.name());
    }
}

/// Whoever is added to a household that has stopped all gets letters; nobody else's begin again.
#[tokio::test]
async fn whoever_is_added_gets_letters_and_nobody_else() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        browser.get("/me/family").await.lacks("また始まります");
        browser.post("/me/stop", &[]).await;
        browser.get("/me").await.has("<summary>登録を足す</summary>");
        browser.get("/me/family").await.has("おたよりは、足した方の分だけ、また始まります");
        browser.post("/me/family", &[("due-y", "2027"), ("due-m", "7"), ("due-d", "1")]).await.leads_to("/me#facts");
        let household = service.only().await;
        let go: Vec<(&str, bool)> = household.subjects.iter().map(|s| (s.slot.as_str(), s.active())).collect();
        assert_eq!(
            (household.stopped_at, go),
            (None, vec![("a", false), ("b", false), ("c", true)]),
            "{}",
            test.name()
        );
        browser.get("/me").await.has("2027年7月1日").lacks("2027年3月16日").lacks("また受け取る");
    }
}
