//! The desk in a browser: a new danger comes into view by itself, what is being written stays, and a sound is made on
//! request only.

use super::chromium::Browser;
use crate::support::TestApp;
use otayori::consult::{self, Category, NewQuestion, Source};
use otayori::content::Profession;
use otayori::staff::{self, NewAccount, Role};

#[tokio::test(flavor = "multi_thread")]
async fn the_list_refreshes_itself() {
    let app = TestApp::on("2026-11-24").await;
    let own = app.engine.app.clone();
    let password = "tsubame ga kaeru";
    let account = NewAccount {
        login: "saeki".into(),
        name: "佐伯みのり".into(),
        role: Role::Clinician,
        profession: Some(Profession::Midwife),
    };
    staff::add(&own.db, &account, password, own.now()).await.unwrap();
    let hours = consult::desk_hours(&own.config.site.desk).unwrap();
    let ask = async |token: &str, text: &str| {
        let question = NewQuestion {
            token,
            asker: None,
            category: Category::Pregnancy,
            stage: otayori::danger::Stage::Unknown,
            subject_slot: "",
            source: &Source::default(),
            language: "ja",
            text,
            tapped: None,
            consent_version: "x",
            crowd: "",
        };
        consult::ask(&own.db, &own.vault, &hours, &question, &own.zoned()).await.unwrap();
        consult::by_token(&own.db, token).await.unwrap().unwrap().id
    };
    let first = ask("first", "離乳食の始めかたを知りたいです").await;

    let desk = Browser::start(1280, 900).await;
    desk.go(&format!("{}/desk", app.url)).await;
    desk.fill("login", "saeki").await;
    desk.fill("password", password).await;
    desk.leave("form[action='/desk/sign-in'] button").await;
    desk.go(&format!("{}/desk/q/{first}", app.url)).await;
    assert!(!desk.client.title().await.unwrap().contains("急ぎ"));
    desk.fill("ans", "書きかけのお返事").await;
    let second = ask("second", "30週です。出血しています").await;
    // As when somebody comes back to the page; else it looks every quarter of a minute.
    desk.client.execute("document.dispatchEvent(new Event('visibilitychange'))", vec![]).await.unwrap();
    let there = format!(
        "return document.title.startsWith('（急ぎ1）') && document.querySelector('#que a[href*=\"{second}\"]') !== null"
    );
    let mut came = false;
    for _ in 0..200 {
        came = desk.client.execute(&there, vec![]).await.unwrap() == serde_json::Value::Bool(true);
        if came {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(came, "{} {}", desk.client.title().await.unwrap(), desk.text().await);
    let written = desk.client.execute("return document.getElementById('ans').value", vec![]).await.unwrap();
    assert_eq!(written, "書きかけのお返事");
    // The thread was opened once. That the list came anew is nobody's reading of it.
    let reads: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM audit WHERE action = 'read'").fetch_one(own.db.pool()).await.unwrap();
    assert_eq!(reads, 1);
    let marked = desk
        .client
        .execute("return document.querySelectorAll('#que .que a[aria-current]').length", vec![])
        .await
        .unwrap();
    assert_eq!(marked, 1);
    // The sound is asked for, and can be stopped.
    let pressed = "return document.getElementById('bell').getAttribute('aria-pressed')";
    assert_eq!(desk.client.execute(pressed, vec![]).await.unwrap(), "false");
    desk.click("#bell").await;
    assert_eq!(desk.client.execute(pressed, vec![]).await.unwrap(), "true");
    // It holds for the next page, until it is stopped.
    desk.go(&format!("{}/desk/q/{second}", app.url)).await;
    assert_eq!(desk.client.execute(pressed, vec![]).await.unwrap(), "true");
    desk.click("#bell").await;
    assert_eq!(desk.client.execute(pressed, vec![]).await.unwrap(), "false");
    desk.go(&format!("{}/desk", app.url)).await;
    assert_eq!(desk.client.execute(pressed, vec![]).await.unwrap(), "false");
    // The session ends: the list says so instead of looking calm.
    desk.client.delete_all_cookies().await.unwrap();
    desk.client.execute("document.dispatchEvent(new Event('visibilitychange'))", vec![]).await.unwrap();
    let told = "return document.getElementById('fresh').textContent.includes('サインイン')";
    let mut said = false;
    for _ in 0..200 {
        said = desk.client.execute(told, vec![]).await.unwrap() == serde_json::Value::Bool(true);
        if said {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(said, "{}", desk.text().await);
    if let Ok(f) = std::env::var("SHOT") {
        for (w, h) in [(1280, 1000), (390, 1400)] {
            desk.client.set_window_size(w, h).await.unwrap();
            std::fs::write(format!("{f}-{w}.png"), desk.client.screenshot().await.unwrap()).unwrap();
        }
    }
}
