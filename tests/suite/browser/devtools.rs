//! What WebDriver has no words for: a command of Chromium's own protocol, sent through chromedriver.

use super::chromium::Browser;
use axum::http::Method;
use base64::Engine as _;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use url::{ParseError, Url};

#[derive(Debug)]
struct Ask {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Ask {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }
    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}

impl Browser {
    /// <https://chromedevtools.github.io/devtools-protocol/>
    pub async fn ask(&self, command: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(Ask { command, parameters }).await.unwrap_or_else(|e| panic!("{command}: {e}"))
    }
    /// The page as its own rules lay it out on paper, as a PDF, without colours behind the text (as people print).
    pub async fn print(&self) -> Vec<u8> {
        let printed = self.ask("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": false })).await;
        base64::prelude::BASE64_STANDARD.decode(printed["data"].as_str().unwrap()).unwrap()
    }
}
