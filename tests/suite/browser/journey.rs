//! From LINE's greeting to an answer, through every page on the way.

use super::chromium::Browser;
use super::eventually;
use crate::support::{TestApp, links_of};
use fantoccini::Locator;

/// From LINE's greeting to an answer, on a phone: register, receive, read, ask, be answered, read the answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_household_registers_receives_asks_and_is_answered() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    let user = format!("U{}", "5".repeat(32));

    // The account is added as a friend; its greeting leads to the registration.
    app.line.event(&user, "follow").await.unwrap();
    let greeting = eventually(|| links_of(&app.line.talk(&user)).into_iter().find(|l| l.contains("/register"))).await;
    phone.go(&greeting).await;
    phone.assert_fits().await;
    phone.assert_accessible().await;
    phone.click("label:has(#consent)").await;
    phone.leave("main form .go button.btn").await;

    // A date that cannot be: the page says what is wrong and keeps what was typed.
    for (part, text) in [("y", "令和９"), ("m", "3"), ("d", "36")] {
        phone.fill(&format!("due-{part}"), text).await;
    }
    phone.leave("main form .go button.btn").await;
    let wrong = phone.text().await;
    assert!(wrong.contains("3月に36日はありません"), "{wrong}");
    assert!(phone.client.title().await.unwrap().starts_with("エラー"));
    phone.fill("due-d", "１６").await;
    phone.leave("main form .go button.btn").await;

    // Area, language, first child, channel, in the order in which they come; the last page shows all of it before it
    // registers.
    let mut seen = String::new();
    for _ in 0..8 {
        if phone.path().await != "/register" {
            break;
        }
        phone.assert_fits().await;
        phone.assert_accessible().await;
        seen = phone.text().await;
        if let Ok(row) = phone.client.find(Locator::Css("main form label.pick")).await {
            phone
                .client
                .execute(
                    "arguments[0].scrollIntoView({block:'center',behavior:'instant'})",
                    vec![serde_json::to_value(&row).unwrap()],
                )
                .await
                .unwrap();
            row.click().await.unwrap();
        }
        phone.leave("main form .go button.btn").await;
    }
    assert!(seen.contains("2027年3月16日"), "the last page before registering shows the due date: {seen}");
    let done = phone.text().await;
    if !done.contains("登録できました") {
        // LINE's page says so before the webhook has been worked off.
        eventually(|| (app.line.talk(&user).len() > 1).then_some(())).await;
    }

    // The week's letters go; the letter says nothing outside its page.
    let sent = app.send("2026-11-24").await;
    assert_eq!((sent.sent, sent.refused, sent.retry, sent.pending), (1, 0, 0, 0), "{sent:?}");
    let talk = app.line.talk(&user);
    let said = serde_json::to_string(talk.last().unwrap()).unwrap();
    for word in ["妊娠", "24週", "予定日", "出産"] {
        assert!(!said.contains(word), "LINE was told `{word}`: {said}");
    }
    assert!(links_of(&talk).iter().all(|l| !l.contains("/letters/")), "a link on LINE tells nothing: {talk:?}");
    // The button is pressed: LINE tells us who it was, and the answer holds a link that works once.
    let told = talk.len();
    app.line.event(&user, "postback:letter:2026-W48").await.unwrap();
    let answer = eventually(|| app.line.talk(&user).get(told).cloned()).await;
    let letter = links_of(&[answer]).into_iter().find(|l| l.contains("/me/enter/")).expect("the letter's link");
    phone.go(&letter).await;
    phone.assert_fits().await;
    phone.assert_accessible().await;
    let text = phone.text().await;
    assert!(text.contains("24週") && text.contains("続きを読む"), "{text}");

    // From the letter to the question; danger signs show 119 before and after sending.
    phone.leave("main a[href^='/ask']").await;
    phone.click("main form fieldset label.pick").await;
    phone.fill("text", "昨日の夜から、おなかが何度か張ります。今朝、下着に少し出血がありました。").await;
    phone.pick("consent", "yes").await;
    phone.leave("main form .go button.btn").await;
    let confirm = phone.text().await;
    assert!(confirm.contains("119") && confirm.contains("これは診断・治療・処方ではありません"), "{confirm}");
    phone.assert_fits().await;
    phone.assert_accessible().await;
    phone.leave("form[action='/ask/send'] button.btn").await;
    assert!(phone.path().await.starts_with("/q/"), "{}", phone.path().await);
    let thread = phone.client.current_url().await.unwrap();
    assert!(phone.text().await.contains("119"));

    // A midwife answers at the desk, on a larger screen.
    let password = "correct horse battery staple";
    let account = otayori::staff::NewAccount {
        login: "saeki".into(),
        name: "佐伯みのり".into(),
        role: otayori::staff::Role::Clinician,
        profession: Some(otayori::content::Profession::Midwife),
    };
    otayori::staff::add(&app.engine.app.db, &account, password, app.engine.app.now()).await.unwrap();
    let desk = Browser::start(1280, 900).await;
    desk.go(&format!("{}/desk", app.url)).await;
    desk.fill("login", "saeki").await;
    desk.fill("password", password).await;
    desk.leave("form[action='/desk/sign-in'] button").await;
    assert!(desk.text().await.contains("急ぎ"), "{}", desk.text().await);
    // It is for the obstetrician; what is urgent is shown to everybody.
    desk.leave(".others a").await;
    desk.assert_fits().await;
    desk.assert_accessible().await;
    desk.leave("a[href^='/desk/q/']").await;
    desk.assert_fits().await;
    desk.assert_accessible().await;
    desk.fill("ans", "もう産院に電話されたと思います。\n\n- 横になって、上の子はだれかに頼んでください").await;
    // A look at it first; going back from there is no dead page.
    desk.leave("form.write button[formaction*='/preview']").await;
    assert!(desk.text().await.contains("この方に見える形"), "{}", desk.text().await);
    desk.assert_fits().await;
    desk.assert_accessible().await;
    desk.client.back().await.unwrap();
    desk.client.forward().await.unwrap();
    assert!(desk.text().await.contains("横になって"), "{}", desk.text().await);
    // An unanswered question is not closed by one tap.
    desk.leave("a[href*='/close']").await;
    desk.assert_fits().await;
    desk.assert_accessible().await;
    desk.leave("main .go a").await;
    // Enter in the search for an article sends nothing.
    desk.fill("look", "貧血\u{e007}").await;
    desk.client
        .wait()
        .for_element(Locator::Css(".hits button"))
        .await
        .unwrap_or_else(|e| panic!("no articles were found: {e}"));
    desk.assert_accessible().await;
    desk.leave(".hits button").await;
    assert!(desk.text().await.contains("リンクを、文の終わりに入れました"), "{}", desk.text().await);
    desk.click("form.write button.send").await;
    desk.client
        .wait()
        .for_element(Locator::Css(".talk .theirs"))
        .await
        .unwrap_or_else(|e| panic!("the answer does not stand in the thread: {e}"));
    app.dispatch().await;

    desk.assert_accessible().await;

    // The household is told that there is an answer, not which.
    let told = serde_json::to_string(app.line.talk(&user).last().unwrap()).unwrap();
    assert!(told.contains("お返事") && !told.contains("産院") && !told.contains("出血"), "{told}");
    phone.go(thread.as_str()).await;
    let answered = phone.text().await;
    assert!(answered.contains("上の子はだれかに頼んで") && answered.contains("佐伯みのり"), "{answered}");
    phone.assert_fits().await;
    phone.assert_accessible().await;

    // Nothing of the question stands in the database in plain text.
    let file = std::fs::read(app.engine.app.config.public.parent().unwrap().join("otayori.db")).unwrap();
    assert!(!file.windows("下着に少し".len()).any(|w| w == "下着に少し".as_bytes()));
}
