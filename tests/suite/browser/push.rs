//! Web Push in a real browser: subscribed by a press of the button, encrypted by us, decrypted and shown by Firefox.

use super::eventually;
use super::firefox::Firefox;
use super::push_service::PushService;
use crate::support::TestApp;

/// What the worker shows now, oldest first.
const SHOWN: &str = "const worker = await navigator.serviceWorker.ready; const shown = await worker.getNotifications();
    return shown.map((n) => ({ title: n.title, body: n.body, lang: n.lang, tag: n.tag, navigate: n.data.navigate }))";

/// What stands in for the desktop's notifications: keeps what it is to show, so that the test can press it.
const DESKTOP: &str = "window.kept = [];
    const desktop = {
      QueryInterface: ChromeUtils.generateQI(['nsIAlertsService', 'nsIAlertsDoNotDisturb']),
      showAlert(alert, listener) \
      { window.kept.push({ alert, listener }); listener?.observe(null, 'alertshow', alert.cookie); },
      showPersistentNotification(data, alert, listener) { this.showAlert(alert, listener); },
      closeAlert() {}, teardown() {}, pbmTeardown() {}, getHistory() { return []; },
    };
    const registrar = Components.manager.QueryInterface(Ci.nsIComponentRegistrar);
    registrar.registerFactory(Services.uuid.generateUUID(), '', '@mozilla.org/alerts-service;1', \
    { createInstance: (iid) => desktop.QueryInterface(iid) });
    return true";
/// A press on the only notification.
const PRESS: &str = "const [{ alert, listener }] = window.kept; listener.observe(null, 'alertclickcallback', \
    alert.cookie); return [alert.title, alert.text]";

#[tokio::test(flavor = "multi_thread")]
async fn firefox_subscribes_and_shows_the_letter() {
    let (service, app) = (PushService::start().await, TestApp::on("2026-11-24").await);
    let mut phone = Firefox::start(&service.websocket).await;

    // Registered without a channel first; the last page offers this device.
    phone.go(&format!("{}/register", app.url)).await;
    phone.click("label:has(#consent)").await;
    phone.leave("main form .go button.btn").await;
    for (part, text) in [("y", "2027"), ("m", "3"), ("d", "16")] {
        phone.fill(&format!("due-{part}"), text).await;
    }
    phone.leave("main form .go button.btn").await;
    while !phone.run("return document.querySelector('input[name=channel]') !== null").await.as_bool().unwrap() {
        phone.leave("main form .go button.btn").await;
    }
    phone.click("label:has(input[name=channel][value=web_push])").await;
    phone.leave("main form .go button.btn").await;
    assert!(phone.run("return location.pathname").await == "/register/done", "{}", phone.text().await);

    // One press: permission, worker, subscription, contact.
    phone.wait("the button is there", "return !document.getElementById('push-on').hidden").await;
    phone.click("#push-on").await;
    phone.wait("subscribed", "return !document.querySelector('[data-push=done]').hidden").await;
    assert_eq!(
        service.keys(),
        [app.engine.app.vapid_public_key().unwrap()],
        "the page subscribes with the city's own key"
    );
    // Pressing again, or loading the page again, makes no second contact.
    let again = "const worker = await navigator.serviceWorker.ready; const s = await \
        worker.pushManager.getSubscription();
        const r = await fetch('/push/subscriptions', \
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(s) }); return r.status";
    assert_eq!(phone.run(again).await, 201);
    let contacts: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM contacts").fetch_one(app.engine.app.db.pool()).await.unwrap();
    assert_eq!(contacts, 1);

    assert_eq!(phone.run_in_browser(DESKTOP).await, true);

    // The week's letter goes to the real browser, which decrypts it and shows it.
    let sent = app.send("2026-11-24").await;
    assert_eq!((sent.sent, sent.gone, sent.refused, sent.retry, sent.pending), (1, 0, 0, 0, 0), "{sent:?}");
    eventually(|| (service.codes() == [100]).then_some(())).await;
    phone.wait("shown", "return (await (await navigator.serviceWorker.ready).getNotifications()).length === 1").await;
    let shown = phone.run(SHOWN).await;
    let letter = shown[0]["navigate"].as_str().unwrap().to_owned();
    assert!(letter.starts_with(&format!("{}/letters/", app.url)), "{shown}");
    assert!(shown[0]["title"].as_str().is_some_and(|t| t.contains("おたより")) && shown[0]["lang"] == "ja", "{shown}");
    for word in ["妊娠", "週です", "予定日"] {
        assert!(!shown.to_string().contains(word), "the notification says `{word}`: {shown}");
    }
    let (headers, length) = service.received().remove(0);
    assert_eq!(headers["content-encoding"], "aes128gcm");
    assert_eq!(headers["topic"], shown[0]["tag"].as_str().unwrap());
    assert!(headers["authorization"].to_str().unwrap().starts_with("vapid t="));
    // RFC 8188: a header of 86 bytes, the text with its delimiter padded to a multiple of 128, and a tag of 16 bytes.
    assert_eq!((length - 86 - 16) % 128, 0, "{length}");

    // Pressed, it opens the letter in a tab of its own.
    assert_eq!(phone.run_in_browser(PRESS).await, serde_json::json!([shown[0]["title"], shown[0]["body"]]));
    phone.other_tab().await;
    // What came behind # stands in the address no more, and the page knows the way to stop.
    let (plain, _) = letter.split_once("#stop=").unwrap();
    phone
        .wait(
            "the letter is open",
            &format!("return location.href === {plain:?} && document.readyState === 'complete'"),
        )
        .await;
    assert!(phone.text().await.contains("24週"), "{}", phone.text().await);
    let app_db = &app.engine.app.db;
    let stopped = async || {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM households WHERE stopped_at IS NOT NULL")
            .fetch_one(app_db.pool())
            .await
            .unwrap()
    };
    // Without a session, as where the browser is recognised no more.
    sqlx::query("UPDATE person_sessions SET expires_at = expires_at - 400 * 86400")
        .execute(app_db.pool())
        .await
        .unwrap();
    phone.leave("[data-stop] a[data-stop-link]").await;
    assert_eq!(phone.run("return location.pathname + location.hash").await, "/stop");
    phone.leave("main form[action='/stop'] .btn").await;
    assert!(phone.text().await.contains("止めました") && stopped().await == 1, "{}", phone.text().await);
    phone.click("main details summary").await;
    phone.leave("main form[action='/stop/undo'] .btn").await;
    assert!(phone.text().await.contains("元に戻しました") && stopped().await == 0, "{}", phone.text().await);
    sqlx::query("UPDATE person_sessions SET expires_at = expires_at + 400 * 86400")
        .execute(app_db.pool())
        .await
        .unwrap();

    // A subscription that the browser gave up is gone, and its address with it.
    service.forget();
    let sent = app.send("2026-12-01").await;
    assert_eq!((sent.sent, sent.gone), (0, 1), "{sent:?}");
    let left: Vec<(Option<String>, Option<i64>)> =
        sqlx::query_as("SELECT address, gone_at FROM contacts").fetch_all(app.engine.app.db.pool()).await.unwrap();
    assert!(left.iter().all(|(_, gone)| gone.is_some()), "{left:?}");

    // Everything erased: the traces of reading on the device go, too.
    phone.go(&format!("{}/articles/tsuwari/", app.url)).await;
    phone.wait("what is read is kept", "return (await caches.match(location.href)) !== undefined").await;
    phone
        .run("localStorage.setItem('otayori.clinic', '0312345678'); sessionStorage.setItem('stop', 'x'); return true")
        .await;
    phone.go(&format!("{}/me/delete", app.url)).await;
    if phone.run("return document.querySelector('main form input[type=checkbox]') !== null").await == true {
        phone.click("main form label:has(input[type=checkbox])").await;
    }
    phone.leave("main form .btn").await;
    assert!(phone.text().await.contains("消しました"), "{}", phone.text().await);
    phone
        .wait(
            "the browser has no subscription",
            "return (await (await navigator.serviceWorker.ready).pushManager.getSubscription()) === null",
        )
        .await;
    assert_eq!(
        phone.run("return [localStorage.getItem('otayori.clinic'), sessionStorage.getItem('stop')]").await,
        serde_json::json!([null, null])
    );
    // (What every page has, style and drawings, is no trace; the home page and the numbers are fetched anew, as
    // everybody sees them.)
    phone
        .wait(
            "what was read is gone",
            "const kept = (await (await caches.open('read')).keys()).map((k) => new URL(k.url).pathname);
        return kept.every((path) => path === '/' || path === '/contacts/' || path.startsWith('/static/'))",
        )
        .await;
    phone.wait("the numbers are there all the same", "return (await caches.match('/contacts/')) !== undefined").await;
}
