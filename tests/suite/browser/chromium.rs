//! Debian's Chromium by chromedriver: what a person with a phone does, a line each.

use fantoccini::{Client, ClientBuilder, Locator};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// A headless Chromium of a given size, with a new profile, gone when dropped.
pub struct Browser {
    pub client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub async fn start(width: u32, height: u32) -> Self {
        Self::with(width, height, &[]).await
    }
    /// In the dark colours that a phone shows at night.
    pub async fn in_the_dark(width: u32, height: u32) -> Self {
        let this = Self::with(width, height, &["--force-dark-mode"]).await;
        let dark =
            this.client.execute("return matchMedia('(prefers-color-scheme: dark)').matches", vec![]).await.unwrap();
        assert_eq!(dark, serde_json::Value::Bool(true), "Chromium does not take the dark colours");
        this
    }
    async fn with(width: u32, height: u32, more: &[&str]) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver");
        // Of a group of its own: Chromium, which it starts, is ended with it.
        let driver = driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn();
        let mut driver = driver.expect("chromedriver (./test installs it)");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port: u16 = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split(" on port ")
                    .nth(1)
                    .and_then(|rest| rest.trim_end_matches('.').parse().ok())
                    .filter(|port| *port > 0)
            })
            .expect("chromedriver names its port");
        let (size, folder) =
            (format!("--window-size={width},{height}"), format!("--user-data-dir={}", profile.path().display()));
        let mut args = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &size,
            &folder,
        ];
        args.extend(more);
        let capabilities = serde_json::json!({ "goog:chromeOptions": { "args": args, "binary": "/usr/bin/chromium" } });
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a session of chromedriver");
        Self { client, driver, _profile: profile }
    }

    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }
    /// Types into the field with this id.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.client.find(Locator::Id(id)).await.unwrap_or_else(|e| panic!("no field #{id}: {e}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    /// Clicks what the CSS selector finds first.
    pub async fn click(&self, css: &str) {
        let found = match self.client.find(Locator::Css(css)).await {
            Ok(found) => found,
            Err(e) => panic!(
                "nothing matches {css} on {}: {e}\n{}",
                self.client.current_url().await.unwrap(),
                self.text().await
            ),
        };
        self.client
            .execute(
                "arguments[0].scrollIntoView({block:'center',behavior:'instant'})",
                vec![serde_json::to_value(&found).unwrap()],
            )
            .await
            .unwrap();
        found.click().await.unwrap();
    }
    /// Clicks what leads to another page, and waits until that page is there (the old one may still answer for a
    /// moment).
    pub async fn leave(&self, css: &str) {
        self.client.execute("document.documentElement.dataset.old = ''", vec![]).await.unwrap();
        self.click(css).await;
        for _ in 0..200 {
            let there = self
                .client
                .execute(
                    "return document.readyState === 'complete' && !('old' in document.documentElement.dataset)",
                    vec![],
                )
                .await;
            if let Ok(serde_json::Value::Bool(true)) = there {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{css} on {} leads nowhere", self.path().await)
    }
    /// Ticks the check box or radio with this name and value (clicks its row, as a thumb would).
    pub async fn pick(&self, name: &str, value: &str) {
        self.click(&format!("label:has(input[name='{name}'][value='{value}'])")).await;
    }
    /// The page's visible text. A page that is being left has none for a moment.
    pub async fn text(&self) -> String {
        for _ in 0..100 {
            let shown = self
                .client
                .execute("return document.readyState === 'complete' ? document.body.innerText : null", vec![])
                .await;
            if let Ok(serde_json::Value::String(text)) = shown {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{} does not finish loading", self.path().await)
    }
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }
    /// Nothing may be wider than the screen.
    pub async fn assert_fits(&self) {
        let wide = self
            .client
            .execute("return document.documentElement.scrollWidth > document.documentElement.clientWidth", vec![])
            .await
            .unwrap();
        assert_eq!(wide, serde_json::Value::Bool(false), "{} is wider than the screen", self.path().await);
    }
    /// axe-core finds nothing: WCAG 2.2 A and AA, and its best practices.
    pub async fn assert_accessible(&self) {
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/web/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).unwrap_or_else(|e| panic!("{axe}: {e} (./test installs it)"));
        self.client.execute(&axe, vec![]).await.unwrap();
        // The whole page at once: what the bar at the foot covers for a moment can be scrolled out from under it.
        let (width, height) = self.client.get_window_size().await.unwrap();
        let whole = self
            .client
            .execute("return document.documentElement.scrollHeight + 300", vec![])
            .await
            .unwrap()
            .as_u64()
            .unwrap();
        self.client.set_window_size(width as u32, whole as u32).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, \
            { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })
              .then((found) => done(found.violations.map((v) => `${v.id}: ${v.help}\\n` + v.nodes.map((n) => `  \
              ${n.html}\\n  ${n.failureSummary}`).join('\\n')).join('\\n')),
                    (e) => done('axe: ' + e))";
        let found = self.client.execute_async(run, vec![]).await.unwrap();
        self.client.set_window_size(width as u32, height as u32).await.unwrap();
        assert_eq!(
            found,
            serde_json::Value::String(String::new()),
            "{}:\n{}",
            self.path().await,
            found.as_str().unwrap_or_default()
        );
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = Command::new("sh").args(["-c", &format!("kill -KILL -{}", self.driver.id())]).status();
        let _ = self.driver.wait();
    }
}
