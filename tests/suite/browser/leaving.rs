//! What stays behind in a browser: pages that come back by Back, words that were looked for, a page that is left in a
//! hurry; and what opens by a tap.

use super::chromium::Browser;
use crate::support::TestApp;
use otayori::calendar::date;
use otayori::contact;
use otayori::household;
use otayori::segment::SubjectKind::{Child, Pregnancy};

/// A phone on which a household with a pregnancy and a child is recognised.
async fn recognised(app: &TestApp) -> (Browser, String) {
    let id = app.household("ja", &[(Pregnancy, date(2027, 3, 16)), (Child, date(2025, 4, 20))], None).await;
    let link = contact::one_time_link(&app.engine.app.db, &id, "", app.engine.app.now()).await.unwrap();
    let phone = Browser::start(390, 844).await;
    phone.go(&format!("{}/me/enter/{link}", app.url)).await;
    phone.leave("main form .btn").await;
    (phone, id)
}

/// Waits until a script's answer is true.
async fn wait(phone: &Browser, what: &str, script: &str) {
    for _ in 0..200 {
        if let Ok(serde_json::Value::Bool(true)) = phone.client.execute(script, vec![]).await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{what}: {}", phone.text().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn back_shows_nothing_that_was_stopped() {
    let app = TestApp::on("2026-11-24").await;
    let (phone, id) = recognised(&app).await;
    phone.go(&format!("{}/", app.url)).await;
    assert!(phone.text().await.contains("いま、何週ですか"));
    phone.go(&format!("{}/me", app.url)).await;
    assert!(phone.text().await.contains("出産予定日"));
    phone.leave("form[action='/me/subjects/a/stop'] button").await;
    assert_eq!(phone.path().await, "/me/stopped");
    // Back to her own page, and to the home page before it: both are asked for anew.
    phone.client.back().await.unwrap();
    wait(
        &phone,
        "the page of before",
        "return location.pathname === '/me' && document.readyState === 'complete' && \
        !document.body.innerText.includes('出産予定日')",
    )
    .await;
    phone.client.back().await.unwrap();
    wait(
        &phone,
        "the home page of before",
        "return location.pathname === '/' && document.readyState === 'complete' && \
        !document.body.innerText.includes('何週')",
    )
    .await;
    phone.client.forward().await.unwrap();
    wait(&phone, "forward", "return location.pathname === '/me' && !document.body.innerText.includes('出産予定日')")
        .await;
    // A page that the browser kept whole, with its script, is asked for anew, too.
    household::stop_all(&app.engine.app.db, &id, app.engine.app.now()).await.unwrap();
    phone
        .client
        .execute(
            "const back = new Event('pageshow'); Object.defineProperty(back, 'persisted', \
        { value: true }); dispatchEvent(back)",
            vec![],
        )
        .await
        .unwrap();
    wait(
        &phone,
        "kept whole",
        "return document.readyState === 'complete' && document.body.innerText.includes('おたより\
        は、すべて止まっています')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_for_stands_in_no_address() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    let found = "return document.getElementById('found-list')?.children.length > 0";
    phone.go(&format!("{}/", app.url)).await;
    let field = "document.querySelector('form.find input')";
    for (words, kept) in [("離乳食", true), ("夫に殴られる", false)] {
        phone.go(&format!("{}/", app.url)).await;
        phone.client.execute(&format!("{field}.value = arguments[0]"), vec![words.into()]).await.unwrap();
        phone.leave("form.find button").await;
        wait(&phone, words, found).await;
        let address = phone.client.current_url().await.unwrap();
        assert_eq!((address.path(), address.query(), address.fragment()), ("/search/", None, None), "{words}");
        assert_eq!(
            phone
                .client
                .execute(
                    "return [sessionStorage.getItem('find'), document.title.includes(arguments[0])]",
                    vec![words.into()]
                )
                .await
                .unwrap(),
            serde_json::json!([null, false])
        );
        let told = "return [document.getElementById('found-h').textContent.includes(arguments[0]), \
            document.querySelector('#urgent a[data-leave]').checkVisibility()]";
        assert_eq!(
            phone.client.execute(told, vec![words.into()]).await.unwrap(),
            serde_json::json!([kept, !kept]),
            "{words}"
        );
        // Loaded anew, the tab knows the words; those of violence it has forgotten.
        phone.client.refresh().await.unwrap();
        wait(
            &phone,
            words,
            &format!(
                "return document.readyState === 'complete' && (document.getElementById('q').value \
            === '{words}') === {kept}"
            ),
        )
        .await;
    }
    // On the page itself, and by an older link.
    phone.fill("q", "発熱").await;
    phone.click("form.find button").await;
    wait(&phone, "typed", found).await;
    assert_eq!(phone.client.current_url().await.unwrap().query(), None);
    phone.go(&format!("{}/search/?q=%E6%AE%B4%E3%82%89%E3%82%8C%E3%81%9F", app.url)).await;
    wait(&phone, "an older link", found).await;
    assert_eq!(phone.client.current_url().await.unwrap().query(), None);
    // Leaving puts the home page in its place.
    phone.leave("#urgent a[data-leave]").await;
    assert_eq!(phone.path().await, "/");
    phone.client.back().await.unwrap();
    wait(
        &phone,
        "nothing behind",
        "return document.readyState === 'complete' && !document.body.innerText.includes('殴られ') && \
         !(document.getElementById('q')?.value.includes('殴'))",
    )
    .await;
}

/// Whoever leaves in a hurry finds nothing behind by going back: neither the words nor what was tapped.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_in_a_hurry_leaves_nothing() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    phone.go(&format!("{}/contacts/", app.url)).await;
    phone.go(&format!("{}/ask", app.url)).await;
    phone.pick("who", "self").await;
    phone.click("label[for='tap-home']").await;
    phone.fill("text", "夫に殴られました").await;
    phone.leave(".tap:has(#tap-home) a[data-leave]").await;
    assert_eq!(phone.path().await, "/");
    phone.client.back().await.unwrap();
    // The page was put in its place: behind it is the one before.
    wait(&phone, "behind the home page", "return location.pathname === '/contacts/'").await;
    // Written and checked: the box has the same way out, and Back shows an empty form or none.
    phone.go(&format!("{}/ask", app.url)).await;
    phone.pick("who", "self").await;
    phone.fill("text", "夫に殴られました").await;
    phone.pick("consent", "yes").await;
    phone.leave("main form .go button.btn").await;
    assert!(phone.text().await.contains("あなたは悪くありません"));
    phone.leave(".care a[data-leave]").await;
    assert_eq!(phone.path().await, "/");
    for _ in 0..2 {
        phone.client.back().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let left = phone
            .client
            .execute(
                "return document.body.innerText + [...document.querySelectorAll('textarea, \
            input')].map((f) => f.value).join()",
                vec![],
            )
            .await
            .unwrap();
        assert!(!left.to_string().contains("殴られました"), "{left}");
    }
}

/// Which lists are seen follows who it is about, by the sheet of style alone; feelings are folded until somebody asks
/// about herself.
#[tokio::test(flavor = "multi_thread")]
async fn taps_open_by_who_it_is_about() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    phone.go(&format!("{}/ask", app.url)).await;
    let seen = "return [...document.querySelectorAll('.tap > label')].filter((l) => \
        l.checkVisibility({ contentVisibilityAuto: true })).map((l) => l.htmlFor.slice(4)).join(' ')";
    let shown = async || phone.client.execute(seen, vec![]).await.unwrap().as_str().unwrap().to_owned();
    assert_eq!(shown().await, "none", "nobody is chosen yet");
    for (who, there, not) in [
        ("pregnancy", &["bleeding", "still", "fits"][..], &["more_blood", "baby_fever", "die"][..]),
        ("child", &["baby_fever", "limp"], &["bleeding", "die"]),
        ("body", &["more_blood", "leg"], &["bleeding", "still", "die"]),
        ("self", &["die", "hand", "home"], &["bleeding", "more_blood"]),
    ] {
        phone.pick("who", who).await;
        let shown = shown().await;
        let has = |tap: &&&str| shown.split(' ').any(|s| s == **tap);
        assert!(there.iter().all(|t| has(&t)) && !not.iter().any(|t| has(&t)), "{who}: {shown}");
        assert!(shown.ends_with("none"), "{shown}");
    }
    // A tap shows what to do at once, below it, and folded again it is gone.
    let done = "const box = document.querySelector('.tap:has(#tap-die) .do'); return box.checkVisibility() && \
        box.getBoundingClientRect().height > 100";
    phone.click("label[for='tap-die']").await;
    assert_eq!(phone.client.execute(done, vec![]).await.unwrap(), true);
    phone.click("label[for='tap-die']").await;
    assert_eq!(phone.client.execute(done, vec![]).await.unwrap(), false);
    // The number of what is tapped is seen, above the bar; and nobody has both a danger and none.
    phone.pick("who", "child").await;
    phone.click("label[for='tap-none']").await;
    for tap in ["baby_fever", "green", "dry"] {
        phone.click(&format!("label[for='tap-{tap}']")).await;
        let seen = format!(
            "const box = document.querySelector('.tap:has(#tap-{tap}) .do a.btn:not([hidden])').getBoundingClientRect();
             const under = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
             return Boolean(under && under.closest('.do a.btn')) && \
             !document.querySelector('label[for=tap-none]').checkVisibility()"
        );
        assert_eq!(phone.client.execute(&seen, vec![]).await.unwrap(), true, "{tap}");
        phone.click(&format!("label[for='tap-{tap}']")).await;
    }
    assert!(shown().await.ends_with("none"));
    phone.assert_fits().await;
}

/// In an emergency the ambulance's button stands on the first screen, and nothing lies over it.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_button_is_on_the_first_screen() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    for path in ["/contacts/", "/contacts/easy/", "/contacts/en/"] {
        phone.go(&format!("{}{path}", app.url)).await;
        let reached = "const box = document.querySelector('main a.btn.call').getBoundingClientRect();
            const under = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return box.top >= 0 && box.bottom <= innerHeight && box.height >= 44 && \
            under.closest('a')?.getAttribute('href') === 'tel:119'";
        assert_eq!(phone.client.execute(reached, vec![]).await.unwrap(), true, "{path}");
        // Who it is about stands below it on the same screen, to be pressed.
        let whose = "const links = [...document.querySelectorAll('.whose a')].map((a) => a.getBoundingClientRect()); \
            return links.length > 3 && links[0].top < innerHeight && links.every((b) => b.height >= 44)";
        assert_eq!(phone.client.execute(whose, vec![]).await.unwrap(), true, "{path}");
    }
}
