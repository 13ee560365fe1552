//! The pages in Debian's Chromium: register, receive, ask, answer, as a person with a phone would.

use crate::support::{TestApp, links_of};
use fantoccini::{Client, ClientBuilder, Locator};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A headless Chromium of a given size, with a new profile, gone when dropped.
struct Browser {
    client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    async fn start(width: u32, height: u32) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("chromedriver (./test installs it)");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port: u16 = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split(" on port ").nth(1).and_then(|rest| rest.trim_end_matches('.').parse().ok()).filter(|port| *port > 0))
            .expect("chromedriver names its port");
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &format!("--window-size={width},{height}"),
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let capabilities = serde_json::json!({ "goog:chromeOptions": { "args": args, "binary": "/usr/bin/chromium" } });
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a session of chromedriver");
        Self { client, driver, _profile: profile }
    }

    async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }
    /// Types into the field with this id.
    async fn fill(&self, id: &str, text: &str) {
        let field = self.client.find(Locator::Id(id)).await.unwrap_or_else(|e| panic!("no field #{id}: {e}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    /// Clicks what the CSS selector finds first.
    async fn click(&self, css: &str) {
        let found = match self.client.find(Locator::Css(css)).await {
            Ok(found) => found,
            Err(e) => panic!("nothing matches {css} on {}: {e}\n{}", self.client.current_url().await.unwrap(), self.text().await),
        };
        self.client.execute("arguments[0].scrollIntoView({block:'center',behavior:'instant'})", vec![serde_json::to_value(&found).unwrap()]).await.unwrap();
        found.click().await.unwrap();
    }
    /// Ticks the check box or radio with this name and value (clicks its row, as a thumb would).
    async fn pick(&self, name: &str, value: &str) {
        self.click(&format!("label:has(input[name='{name}'][value='{value}'])")).await;
    }
    /// The page's visible text. A page that is being left has none for a moment.
    async fn text(&self) -> String {
        for _ in 0..100 {
            let shown = self.client.execute("return document.readyState === 'complete' ? document.body.innerText : null", vec![]).await;
            if let Ok(serde_json::Value::String(text)) = shown {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{} does not finish loading", self.path().await)
    }
    async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }
    /// Nothing may be wider than the screen.
    async fn assert_fits(&self) {
        let wide = self.client.execute("return document.documentElement.scrollWidth > document.documentElement.clientWidth", vec![]).await.unwrap();
        assert_eq!(wide, serde_json::Value::Bool(false), "{} is wider than the screen", self.path().await);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

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
    phone.click("label:has(#consent)").await;
    phone.click("main form .go button.btn").await;

    // A date that cannot be: the page says what is wrong and keeps what was typed.
    for (part, text) in [("y", "令和９"), ("m", "3"), ("d", "36")] {
        phone.fill(&format!("due-{part}"), text).await;
    }
    phone.click("main form .go button.btn").await;
    let wrong = phone.text().await;
    assert!(wrong.contains("3月に36日はありません"), "{wrong}");
    assert!(phone.client.title().await.unwrap().starts_with("エラー"));
    phone.fill("due-d", "１６").await;
    phone.click("main form .go button.btn").await;

    // Area, language, first child, channel, in the order in which they come; the last page shows all of it before it registers.
    let mut seen = String::new();
    for _ in 0..8 {
        if phone.path().await != "/register" {
            break;
        }
        phone.assert_fits().await;
        seen = phone.text().await;
        if let Ok(row) = phone.client.find(Locator::Css("main form label.pick")).await {
            phone.client.execute("arguments[0].scrollIntoView({block:'center',behavior:'instant'})", vec![serde_json::to_value(&row).unwrap()]).await.unwrap();
            row.click().await.unwrap();
        }
        phone.click("main form .go button.btn").await;
    }
    assert!(seen.contains("2027年3月16日"), "the last page before registering shows the due date: {seen}");
    let done = phone.text().await;
    assert!(done.contains("登録できました") || app.line.talk(&user).len() > 1, "{done}");

    // The week's letters go; the letter says nothing outside its page.
    let sent = app.send("2026-11-24").await;
    assert_eq!((sent.sent, sent.refused, sent.retry, sent.pending), (1, 0, 0, 0), "{sent:?}");
    let talk = app.line.talk(&user);
    let said = serde_json::to_string(talk.last().unwrap()).unwrap();
    for word in ["妊娠", "24週", "予定日", "出産"] {
        assert!(!said.contains(word), "LINE was told `{word}`: {said}");
    }
    let letter = links_of(&talk).into_iter().rev().find(|l| l.contains("/letters/")).expect("the letter's link");
    phone.go(&letter).await;
    phone.assert_fits().await;
    let text = phone.text().await;
    assert!(text.contains("24週") && text.contains("続きを読む"), "{text}");

    // From the letter to the question; danger signs show 119 before and after sending.
    phone.click("main a[href^='/ask']").await;
    phone.click("main form fieldset label.pick").await;
    phone.fill("text", "昨日の夜から、おなかが何度か張ります。今朝、下着に少し出血がありました。").await;
    phone.pick("consent", "yes").await;
    phone.click("main form .go button.btn").await;
    let confirm = phone.text().await;
    assert!(confirm.contains("119") && confirm.contains("これは診断・治療・処方ではありません"), "{confirm}");
    phone.assert_fits().await;
    phone.click("form[action='/ask/send'] button.btn").await;
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
    desk.click("form[action='/desk/sign-in'] button").await;
    assert!(desk.text().await.contains("急ぎ"), "{}", desk.text().await);
    desk.click("a[href^='/desk/q/']").await;
    desk.assert_fits().await;
    desk.fill("ans", "もう産院に電話されたと思います。\n\n- 横になって、上の子はだれかに頼んでください").await;
    desk.click("form.write button.btn").await;
    desk.client.wait().for_element(Locator::Css(".talk .theirs")).await.unwrap_or_else(|e| panic!("the answer does not stand in the thread: {e}"));
    app.dispatch().await;

    // The household is told that there is an answer, not which.
    let told = serde_json::to_string(app.line.talk(&user).last().unwrap()).unwrap();
    assert!(told.contains("お返事") && !told.contains("産院") && !told.contains("出血"), "{told}");
    phone.go(thread.as_str()).await;
    let answered = phone.text().await;
    assert!(answered.contains("上の子はだれかに頼んで") && answered.contains("佐伯みのり"), "{answered}");
    phone.assert_fits().await;

    // Nothing of the question stands in the database in plain text.
    let file = std::fs::read(app.engine.app.config.public.parent().unwrap().join("otayori.db")).unwrap();
    assert!(!file.windows("下着に少し".len()).any(|w| w == "下着に少し".as_bytes()));
}

/// Every kind of public page on a small phone: nothing is wider than the screen, and it reads without script.
#[tokio::test(flavor = "multi_thread")]
async fn public_pages_fit_a_small_phone() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(360, 740).await;
    for path in [
        "/",
        "/weeks/24/",
        "/months/3/",
        "/articles/tsuwari/",
        "/articles/tsuwari/en/",
        "/articles/tsuwari/easy/",
        "/night/",
        "/contacts/",
        "/bulletins/",
        "/people/",
        "/privacy/",
        "/loss/",
        "/en/",
        "/easy/",
        "/register",
        "/ask",
        "/nowhere",
    ] {
        phone.go(&format!("{}{path}", app.url)).await;
        phone.assert_fits().await;
        let scripts = phone.client.execute("return [...document.scripts].filter(s => !s.src).length + document.querySelectorAll('[style]').length", vec![]).await.unwrap();
        assert_eq!(scripts, 0, "{path} has inline script or style");
        assert!(!phone.text().await.trim().is_empty(), "{path} is empty");
    }
}

/// What becomes true shortly after a webhook has been answered.
async fn eventually<T>(mut find: impl FnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = find() {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it did not come true within ten seconds");
}
