//! The registration, page by page: checked again at every step, bare years understood, on one device or carried to
//! another.

use super::*;

#[tokio::test]
async fn registers_page_by_page() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        // From the flyer's QR code.
        let arrived = browser.get("/r/haru-clinic").await;
        arrived.leads_to("/register?code=haru-clinic");
        browser.get("/r/haru-clinic").await;
        browser.get("/r/nobody-knows").await.leads_to("/register");
        let page = browser.get("/register?code=haru-clinic").await;
        page.status(200).has("お名前、住所、電話番号");
        // Consent first.
        browser
            .answer(&page, &[])
            .await
            .status(422)
            .has("<title>エラー：登録 1　市からのお約束")
            .has("role=\"alert\"")
            .has("読んだしるしがついていません");
        let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
        page.status(200).has("予定日と、<wbr>お子さんの誕生日");
        // Nothing at all, and then a wrong date: it stays as typed.
        browser.answer(&page, &[]).await.status(422).has("出産予定日か、お子さんの誕生日のどちらかを入れてください");
        let wrong = browser.answer(&page, &[("due-y", "令和9"), ("due-m", "3"), ("due-d", "36")]).await;
        wrong
            .status(422)
            .has("<title>エラー：")
            .has("<a href=\"#due-d\">出産予定日：3月に36日はありません</a>")
            .has("3月に36日はありません。1から31までの数を入れてください。");
        wrong.has("value=\"令和9\"").has("value=\"36\"").has("aria-invalid=\"true\" aria-describedby=\"due-e\"");
        // A second child is added, what was typed stays.
        let page = browser
            .answer(&wrong, &[("due-y", "令和９"), ("due-m", "３"), ("due-d", "１６"), ("c1-y", "2025"), ("add", "1")])
            .await;
        page.status(200).has("2人目のお子さんの誕生日").has("value=\"2025\"").has("value=\"令和９\"");
        let dates = [
            ("c1-y", "2025"),
            ("c1-m", "4"),
            ("c1-d", "10"),
            ("c1-early", "yes"),
            ("c2-y", "R4"),
            ("c2-m", "1"),
            ("c2-d", "2"),
            ("due-y", "令和９"),
            ("due-m", "３"),
            ("due-d", "１６"),
        ];
        let page = browser.answer(&page, &dates).await;
        page.status(200).has("2025年4月10日生まれ（1歳7か月）のお子さんの、もとの出産予定日");
        browser
            .answer(&page, &[("c1-due-y", "2025"), ("c1-due-m", "4"), ("c1-due-d", "20")])
            .await
            .status(422)
            .has("誕生日から3週間より近い日付です");
        let page = browser.answer(&page, &[("c1-due-y", "2025"), ("c1-due-m", "5"), ("c1-due-d", "20")]).await;
        // What was understood is said on the next page, and how many pages there are is known now.
        page.has("この日付で合っていますか")
            .has("2027年3月16日")
            .has("令和9年・いま23週4日")
            .has("2022年1月2日")
            .has("登録　4／6　お住まいの地区");
        let page = browser.answer(page.has("お住まいの<wbr>地区"), &[("area", "south")]).await;
        let page = browser.answer(page.lacks("この日付で").has("やさしい日本語"), &[("language", "easy")]).await;
        // Three births: not the first child, so it is not asked.
        let check = browser.answer(page.has("どこで<wbr>受け取りますか"), &[("goto", "area")]).await;
        let check = browser.answer(check.has("value=\"south\" checked"), &[("area", "hill")]).await;
        check
            .has("これで登録します")
            .has("丘の上")
            .has("2027年3月16日")
            .has("いま23週4日")
            .has("2025年5月20日")
            .has("2022年1月2日")
            .has("やさしい日本語");
        browser.answer(&check, &[("channel", "pigeon")]).await.status(422).has("受け取り方が選ばれていません");
        browser.answer(&check, &[("channel", "web_push")]).await.leads_to("/register/done?to=web_push");
        // The same form again: no second household.
        browser.answer(&check, &[("channel", "web_push")]).await.leads_to("/register/done?to=web_push");
        let done = browser.get("/register/done?to=web_push").await;
        done.status(200).has("11月24日（火）の朝7時30分").has("data-key=\"BCVxsr7N").has("/static/push.js?v=");
        let household = service.only().await;
        assert_eq!(
            (household.area.as_str(), household.language.as_str(), household.code.as_str(), household.first_child),
            ("hill", "easy", "haru-clinic", Some(false))
        );
        assert_eq!((household.consent_version.as_str(), household.consent_at), ("2026-10-01", service.now));
        let subjects: Vec<_> =
            household.subjects.iter().map(|s| (s.slot.as_str(), s.kind.id(), s.stage_on, s.due_on)).collect();
        assert_eq!(
            subjects,
            [
                ("a", "pregnancy", date(2027, 3, 16), None),
                ("b", "child", date(2025, 4, 10), Some(date(2025, 5, 20))),
                ("c", "child", date(2022, 1, 2), None)
            ]
        );
        assert_eq!(
            service.count("SELECT COUNT(*) FROM audit WHERE actor = 'household' AND action = 'register'").await,
            1
        );
        let visits: (String, i64) = sqlx::query_as("SELECT day, opened FROM visits WHERE code = 'haru-clinic'")
            .fetch_one(service.db.pool())
            .await
            .unwrap();
        assert_eq!(visits, ("2026-11-21".into(), 2));
        assert_eq!(service.count("SELECT COUNT(*) FROM visits").await, 1);
    }
}

#[tokio::test]
async fn every_step_is_checked_again() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        // Straight to the end with nothing: the first page asks.
        browser
            .post("/register", &[("step", "channel"), ("channel", "none")])
            .await
            .status(422)
            .has("読んだしるしがついていません");
        let page = browser
            .post(
                "/register",
                &[("step", "channel"), ("channel", "none"), ("consent", "2026-10-01"), ("language", "ja")],
            )
            .await;
        page.status(422).has("日付が1つも入っていません");
        let mut fields = vec![("step", "channel"), ("channel", "none"), ("consent", "2026-10-01"), ("language", "fr")];
        fields.extend(DUE);
        browser.post("/register", &fields).await.status(422).has("ことばが選ばれていません");
        fields.extend([("language", "en"), ("area", "atlantis")]);
        browser.post("/register", &fields).await.status(422).has("この地区はありません");
        for (name, y, m, d, text) in [
            ("due", "2028", "3", "16", "今日から43週より先の日付です"),
            ("due", "2026", "10", "1", "今日から3週間より前の日付です"),
            ("due", "9", "12", "16", "令和9年のことなら「2027」と入れてください"),
            ("due", "24", "3", "16", "西暦は4けたで、「2024」のように入れてください"),
            ("lmp", "2026", "11", "30", "これからの日付です"),
            ("lmp", "2025", "3", "1", "今日から43週より前の日付です"),
            ("c1", "2027", "1", "1", "まだ来ていない日付です"),
            ("c1", "2020", "4", "1", "小学校に上がる年齢の日付です"),
            ("c1", "2025", "2", "29", "2025年の2月に29日はありません"),
        ] {
            let (y_name, m_name, d_name) = (format!("{name}-y"), format!("{name}-m"), format!("{name}-d"));
            let page = browser
                .post(
                    "/register",
                    &[("step", "dates"), ("consent", "2026-10-01"), (&y_name, y), (&m_name, m), (&d_name, d)],
                )
                .await;
            page.status(422).has(text);
        }
        assert_eq!(service.count("SELECT COUNT(*) FROM households").await, 0);
        // A form from another site is refused.
        let request = Request::builder()
            .method("POST")
            .uri("/register")
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        assert_eq!(browser.router.clone().oneshot(request).await.unwrap().status(), StatusCode::BAD_REQUEST);
        // The last period becomes the due date; twins are two subjects.
        let last_period = plus_days(date(2027, 3, 16), -280);
        let (y, m, d) =
            (last_period.year().to_string(), last_period.month().to_string(), last_period.day().to_string());
        browser
            .register(&[("lmp-y", &y), ("lmp-m", &m), ("lmp-d", &d), ("due-twins", "yes")], "none")
            .await
            .leads_to("/register/done?to=none");
        let household = service.only().await;
        assert_eq!(
            household.subjects.iter().map(|s| (s.slot.as_str(), s.stage_on)).collect::<Vec<_>>(),
            [("a", date(2027, 3, 16)), ("b", date(2027, 3, 16))]
        );
        assert_eq!(household.first_child, Some(true));
    }
}

/// A numeric keypad has no 令和.
#[tokio::test]
async fn a_bare_year_is_understood_and_said_back() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        let page = browser.get("/register").await;
        page.has("登録　1　市からのお約束").lacks("お約束すること");
        let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
        page.has("登録　2　予定日と誕生日")
            .has("例　2027年3月13日。年は、令和の「9」だけでもかまいません。")
            .has("inputmode=\"numeric\"")
            .lacks("平成");
        // Two children of two bare years are two births, and so it is not asked whether this is the first.
        let dates = [
            ("due-y", "９"),
            ("due-m", "3"),
            ("due-d", "16"),
            ("c1-y", "4"),
            ("c1-m", "1"),
            ("c1-d", "2"),
            ("children", "2"),
            ("c2-y", "25"),
            ("c2-m", "4"),
            ("c2-d", "10"),
        ];
        let page = browser.answer(&page, &dates).await;
        page.has("登録　3／5　お住まいの地区")
            .has("2027年3月16日")
            .has("令和9年・いま23週4日")
            .has("2022年1月2日")
            .has("令和4年・4歳10か月")
            .has("2025年4月10日")
            .has("令和7年・1歳7か月");
        // Back on the dates' page stands what was understood.
        browser.answer(&page, &[("goto", "dates")]).await.has("value=\"2027\"").has("value=\"2022\"");
        let page = browser.answer(&page, &[("area", "")]).await;
        let page = browser.answer(&page, &[("language", "ja")]).await;
        // Nothing is chosen for a visit that did not come from LINE.
        page.has("登録　5／5　受け取り方").lacks("checked");
        browser.answer(&page, &[]).await.status(422).has("受け取り方が選ばれていません");
        browser.answer(&page, &[("channel", "none")]).await.leads_to("/register/done?to=none");
        let subjects: Vec<_> = service.only().await.subjects.iter().map(|s| s.stage_on).collect();
        assert_eq!(subjects, [date(2027, 3, 16), date(2022, 1, 2), date(2025, 4, 10)]);
        // Without a channel nothing arrives, and the page does not say that it will.
        browser
            .get("/me")
            .await
            .has("最初のおたよりは、11月24日（火）の朝7時30分に、このページに載ります。お知らせは届きません。")
            .lacks("に届きます。</p>");
        // On /me as well, and what was changed is said once.
        browser.post("/me/subjects/a", &[("due-y", "9"), ("due-m", "3"), ("due-d", "20")]).await.leads_to("/me#facts");
        browser.get("/me").await.has("変えました。出産予定日は、2027年3月20日（令和9年・いま23週0日）です。");
        browser.get("/me").await.lacks("変えました");
        browser.post("/me/area", &[("value", "bay")]).await.leads_to("/me#facts");
        assert!(!browser.cookies["told"].contains("bay"), "the cookie names the fact, not its value");
        browser.get("/me").await.has("変えました。地区は「港」です。");
        browser
            .post("/me/subjects/a/born", &[("born-y", "8"), ("born-m", "11"), ("born-d", "20")])
            .await
            .leads_to("/me#facts");
        browser.get("/me").await.has("お子さんの誕生日は、2026年11月20日（令和8年・生後1日）です。");
        browser.post("/me/pause", &[("until-y", "9"), ("until-m", "1"), ("until-d", "10")]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, Some(date(2027, 1, 10)));
    }
}

/// A due date that has passed is accepted for three weeks, and it is said what happens from today on.
#[tokio::test]
async fn a_due_date_that_has_passed() {
    let service_db = crate::support::sqlite().await;
    let service = Service::start(&service_db).await;
    let mut browser = service.browser();
    let page = browser.get("/register").await;
    let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
    let page = browser.answer(&page, &[("due-y", "8"), ("due-m", "11"), ("due-d", "11")]).await;
    page.has("令和8年・いま41週3日")
        .has("予定日を10日過ぎています。今日からも11月24日（火）までは、いまの週のおたよりを送ります。");
    browser
        .register(&[("due-y", "2026"), ("due-m", "11"), ("due-d", "1")], "none")
        .await
        .leads_to("/register/done?to=none");
    browser
        .get("/me")
        .await
        .has("予定日を2週間以上過ぎています。今日からは、妊娠の読みものは送らず、市からのお知らせだけを送ります。")
        .has("生まれました");
}

#[tokio::test]
async fn a_number_carries_the_registration_into_lines_browser() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "line").await.leads_to("/register/done?to=line");
        let done = browser.get("/register/done?to=line").await;
        let code = done.text.split("<strong class=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut line = service.browser();
        line.get("/register?line=T").await.has("もう登録した方");
        line.post("/register/pair", &[("line", "T"), ("pairing", "2222-2222-2222")])
            .await
            .status(422)
            .has("この番号は使えません");
        let page =
            line.post("/register/pair", &[("line", "T"), ("pairing", &code.to_lowercase().replace('-', " "))]).await;
        assert!(
            page.location.starts_with("http://127.0.0.1:9/dialog/bot/accountLink?linkToken=T&nonce="),
            "{}",
            page.location
        );
        line.get("/me").await.status(200);
        line.post("/register/pair", &[("line", "T"), ("pairing", &code)]).await.status(422);
        // Known already: one tap.
        browser.get("/register?line=T2").await.has("いまの登録にLINEをつなぐ");
        let page = browser.post("/me/line", &[("line", "T2")]).await;
        assert!(page.location.contains("linkToken=T2&nonce="), "{}", page.location);
        service.only().await;
    }
}

/// Back in the browser after the birth was told on /me, or a child was added there: the form's old answers take nothing
/// of it back.
#[tokio::test]
async fn going_back_takes_no_change_back() {
    for test in databases().await {
        let service = Service::start(&test).await;
        for change in ["birth", "child", "area"] {
            for id in household::list(&service.db).await.unwrap() {
                erasure::household(&service.db, &service.vault, &id.id, service.now).await.unwrap();
            }
            let mut browser = service.browser();
            let page = browser.get("/register").await;
            let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
            let page = browser.answer(&page, &DUE).await;
            let page = browser.answer(&page, &[("area", "south")]).await;
            let page = browser.answer(&page, &[("language", "ja")]).await;
            let last = browser.answer(&page, &[("first", "yes")]).await;
            browser.answer(&last, &[("channel", "none")]).await.leads_to("/register/done?to=none");
            // Nothing was changed yet: the newer answers count.
            browser.answer(&last, &[("channel", "none"), ("area", "hill")]).await.leads_to("/register/done?to=none");
            let (path, form): (&str, &[(&str, &str)]) = match change {
                "birth" => ("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "20")]),
                "child" => ("/me/family", &[("c1-y", "2025"), ("c1-m", "4"), ("c1-d", "10")]),
                _ => ("/me/area", &[("value", "hill")]),
            };
            browser.post(path, form).await.leads_to("/me#facts");
            let changed = service.only().await;
            browser.answer(&last, &[("channel", "none"), ("area", "north")]).await.leads_to("/register/done?to=none");
            let after = service.only().await;
            assert_eq!((after.subjects, after.area), (changed.subjects, changed.area), "{change} {}", test.name());
        }
    }
}
