//! Debian's Firefox by Marionette (its own remote protocol: `length:[type,id,command,parameters]` over TCP).

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A headless Firefox with a new profile, gone when dropped.
pub struct Firefox {
    talk: BufReader<TcpStream>,
    asked: u64,
    process: Child,
    _profile: tempfile::TempDir,
}

impl Firefox {
    /// `push` is the WebSocket address of the push service that the browser is to use.
    pub async fn start(push: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let prefs = [
            ("marionette.port", json!(0)),
            ("dom.push.connection.enabled", json!(true)),
            ("dom.push.serverURL", json!(push)),
            ("dom.push.testing.allowInsecureServerURL", json!(true)),
            ("dom.push.loglevel", json!("off")),
            ("permissions.default.desktop-notification", json!(1)),
            // Nothing moves by itself: what is clicked stands where it was found, however tall the fonts of this
            // machine make the page.
            ("general.smoothScroll", json!(false)),
            ("ui.prefersReducedMotion", json!(1)),
            // Nothing of its own is fetched or asked.
            ("browser.shell.checkDefaultBrowser", json!(false)),
            ("browser.startup.homepage_override.mstone", json!("ignore")),
            ("datareporting.policy.dataSubmissionEnabled", json!(false)),
            ("toolkit.telemetry.reportingpolicy.firstRun", json!(false)),
            ("app.normandy.enabled", json!(false)),
            ("app.update.disabledForTesting", json!(true)),
            ("network.captive-portal-service.enabled", json!(false)),
            ("network.connectivity-service.enabled", json!(false)),
            ("services.settings.server", json!("http://127.0.0.1:9/")),
            ("browser.safebrowsing.malware.enabled", json!(false)),
            ("browser.safebrowsing.phishing.enabled", json!(false)),
            ("extensions.systemAddon.update.enabled", json!(false)),
        ];
        let lines: String = prefs.iter().map(|(name, value)| format!("user_pref(\"{name}\", {value});\n")).collect();
        std::fs::write(profile.path().join("user.js"), lines).unwrap();
        let mut firefox = Command::new("firefox-esr");
        firefox
            .args(["--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile"])
            .arg(profile.path())
            .arg("about:blank");
        // A profile and home of its own: as root, Firefox refuses a home that belongs to somebody else.
        firefox
            .env("HOME", profile.path())
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = firefox.spawn().expect("firefox-esr (./test installs it)");
        let port = port(profile.path()).await;
        let talk = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut this = Self { talk: BufReader::new(talk), asked: 0, process, _profile: profile };
        this.read().await; // its greeting
        this.ask("WebDriver:NewSession", json!({ "capabilities": { "alwaysMatch": {} } })).await;
        this.ask("WebDriver:SetTimeouts", json!({ "script": 30_000, "pageLoad": 60_000 })).await;
        this
    }

    /// One message of the protocol.
    async fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            match self.talk.read_u8().await.unwrap() {
                b':' => break,
                digit => length = length * 10 + usize::from(digit - b'0'),
            }
        }
        let mut body = vec![0; length];
        self.talk.read_exact(&mut body).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// A command and what came of it.
    async fn ask(&mut self, command: &str, parameters: Value) -> Value {
        self.attempt(command, parameters).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// A command and what came of it, or why nothing did.
    async fn attempt(&mut self, command: &str, parameters: Value) -> Result<Value, Value> {
        self.asked += 1;
        let text = json!([0, self.asked, command, parameters]).to_string();
        self.talk.get_mut().write_all(format!("{}:{text}", text.len()).as_bytes()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(90), self.read())
            .await
            .unwrap_or_else(|_| panic!("{command} is not answered"));
        assert_eq!(answer[1], self.asked, "{answer}");
        if answer[2].is_null() { Ok(answer[3].clone()) } else { Err(answer[2].clone()) }
    }

    pub async fn go(&mut self, url: &str) {
        self.ask("WebDriver:Navigate", json!({ "url": url })).await;
    }
    /// Runs a function body in the page; a promise is waited for.
    pub async fn run(&mut self, script: &str) -> Value {
        self.try_run(script).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }
    async fn try_run(&mut self, script: &str) -> Result<Value, Value> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done, (e) => \
             done('error: ' + e));"
        );
        let answer = self
            .attempt(
                "WebDriver:ExecuteAsyncScript",
                json!({ "script": wrapped, "args": [], "newSandbox": true, "sandbox": null }),
            )
            .await?;
        Ok(answer["value"].clone())
    }
    /// Runs a function body in the browser itself, where what the system shows can be seen.
    pub async fn run_in_browser(&mut self, script: &str) -> Value {
        self.ask("Marionette:SetContext", json!({ "value": "chrome" })).await;
        let value = self.run(script).await;
        self.ask("Marionette:SetContext", json!({ "value": "content" })).await;
        value
    }
    /// Goes to the tab that was opened beside the first.
    pub async fn other_tab(&mut self) {
        let first = self.ask("WebDriver:GetWindowHandle", json!({})).await["value"].clone();
        for _ in 0..200 {
            let tabs = self.ask("WebDriver:GetWindowHandles", json!({})).await;
            if let Some(other) = tabs.as_array().into_iter().flatten().find(|tab| **tab != first) {
                self.ask("WebDriver:SwitchToWindow", json!({ "handle": other })).await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no other tab was opened within ten seconds")
    }
    /// Clicks what the CSS selector finds first, as a person does (a press of one's own counts as a gesture).
    pub async fn click(&mut self, css: &str) {
        // In the middle of the window, where no bar of the page covers it; a page that is still being laid out is
        // waited for.
        self.run(&format!(
            "await document.fonts.ready; document.querySelector({css:?}).scrollIntoView({{ block: \
            'center', behavior: 'instant' }})"
        ))
        .await;
        let found = self.ask("WebDriver:FindElement", json!({ "using": "css selector", "value": css })).await;
        let id = found["value"].as_object().unwrap().values().next().unwrap().clone();
        self.ask("WebDriver:ElementClick", json!({ "id": id })).await;
    }
    /// Clicks what leads to another page, and waits until that page is there.
    pub async fn leave(&mut self, css: &str) {
        self.run("document.documentElement.dataset.old = ''").await;
        self.click(css).await;
        self.wait(css, "return document.readyState === 'complete' && !('old' in document.documentElement.dataset)")
            .await;
    }
    /// Writes into the field with this id.
    pub async fn fill(&mut self, id: &str, text: &str) {
        self.run(&format!("document.getElementById({id:?}).value = {text:?}")).await;
    }
    /// The page's visible text.
    pub async fn text(&mut self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }
    /// Waits until a script says true. Between two pages there is none to run it in.
    pub async fn wait(&mut self, what: &str, script: &str) {
        for _ in 0..200 {
            if self.try_run(script).await == Ok(Value::Bool(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: it did not come true within ten seconds\n{}", self.text().await)
    }
}

/// Firefox writes the port it chose into its profile.
async fn port(profile: &Path) -> u16 {
    for _ in 0..600 {
        if let Some(port) =
            std::fs::read_to_string(profile.join("MarionetteActivePort")).ok().and_then(|text| text.trim().parse().ok())
        {
            return port;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Firefox did not start within a minute")
}

impl Drop for Firefox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
