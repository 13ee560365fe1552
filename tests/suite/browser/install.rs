//! On the home screen: Chromium itself says whether the site can be put there.

use super::chromium::Browser;
use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_site_can_be_put_on_the_home_screen() {
    let app = TestApp::on("2026-11-24").await;
    let phone = Browser::start(390, 844).await;
    phone.go(&format!("{}/articles/tsuwari/", app.url)).await;
    let missing = phone.ask("Page.getInstallabilityErrors", json!({})).await;
    assert_eq!(missing["installabilityErrors"], json!([]));
    let read = phone.ask("Page.getAppManifest", json!({})).await;
    assert_eq!(read["errors"], json!([]), "the manifest has no mistakes");
    let manifest: serde_json::Value = serde_json::from_str(read["data"].as_str().unwrap()).unwrap();
    // Each drawing is as large as it says; a mask cuts up to a tenth from each side.
    for icon in manifest["icons"].as_array().unwrap() {
        let side = "const [src, done] = arguments, img = new Image(); img.onload = () => \
            done(`${img.naturalWidth}x${img.naturalHeight}`); img.onerror = () => done('none'); img.src = src";
        let found = phone.client.execute_async(side, vec![icon["src"].clone()]).await.unwrap();
        assert_eq!(found, icon["sizes"], "{icon}");
    }
    for purpose in ["any", "maskable"] {
        assert!(
            manifest["icons"].as_array().unwrap().iter().any(|i| i["purpose"] == purpose && i["sizes"] == "512x512"),
            "{manifest}"
        );
    }
    // What stands on the home screen and in its menu tells nobody of a pregnancy.
    let said = format!("{} {} {}", manifest["name"], manifest["short_name"], manifest["shortcuts"]);
    assert!(["妊娠", "赤ちゃん", "育児", "母子"].iter().all(|word| !said.contains(word)), "{said}");
    for way in manifest["shortcuts"].as_array().unwrap() {
        phone.go(&format!("{}{}", app.url, way["url"].as_str().unwrap())).await;
        assert!(!phone.client.title().await.unwrap().contains("見つかりません"), "{way}");
    }
    // iOS takes the name from the page.
    phone.go(&app.url).await;
    let name = "return document.querySelector('meta[name=apple-mobile-web-app-title]').content";
    assert_eq!(phone.client.execute(name, vec![]).await.unwrap(), manifest["short_name"]);
}
