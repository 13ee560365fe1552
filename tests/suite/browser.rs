//! The pages in Debian's Chromium: register, receive, ask, answer, as a person with a phone would.

use crate::support::TestApp;
use fantoccini::{Client, ClientBuilder, Locator};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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
            .find_map(|line| line.split(" on port ").nth(1).and_then(|rest| rest.trim_end_matches('.').parse().ok()))
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
        self.client.execute("arguments[0].scrollIntoView({block:'center'})", vec![serde_json::to_value(&found).unwrap()]).await.unwrap();
        found.click().await.unwrap();
    }
    /// Ticks the check box or radio with this name and value (clicks its row, as a thumb would).
    async fn pick(&self, name: &str, value: &str) {
        self.click(&format!("label:has(input[name='{name}'][value='{value}'])")).await;
    }
    /// The page's visible text.
    async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap()
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
