//! A person with a browser, without the browser: pages and filled-in forms over real HTTP, with cookies, as a phone
//! sends them.

use crate::channel::http::Client;
use anyhow::{Context, Result, bail, ensure};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use hyper::{Method, Request};
use std::collections::BTreeMap;

/// Somebody at the service's pages.
pub struct Visitor {
    client: Client,
    base: String,
    cookies: BTreeMap<String, String>,
    /// The page that is open.
    pub page: String,
    /// Its path.
    pub path: String,
}

impl Visitor {
    /// Somebody new at `base` (`http://127.0.0.1:8080`).
    pub fn new(base: &str) -> Result<Self> {
        Ok(Self {
            client: Client::new()?,
            base: base.to_owned(),
            cookies: BTreeMap::new(),
            page: String::new(),
            path: String::new(),
        })
    }

    /// Opens a page, following redirects.
    pub async fn open(&mut self, path: &str) -> Result<()> {
        self.exchange(Method::GET, path, String::new()).await
    }

    /// Fills in the form of the open page whose action begins with `action`, and sends it. Its hidden fields go along.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> Result<()> {
        let form = forms(&self.page)
            .into_iter()
            .find(|f| f.action.starts_with(action))
            .with_context(|| format!("{} にフォーム {action} がありません", self.path))?;
        let mut body = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &form.hidden {
            body.append_pair(name, value);
        }
        for (name, value) in fields {
            body.append_pair(name, value);
        }
        self.exchange(Method::POST, &form.action, body.finish()).await
    }

    /// The first link of the open page that begins with `prefix`.
    pub fn link(&self, prefix: &str) -> Result<String> {
        let hrefs = attributes(&self.page, "a", "href");
        hrefs
            .into_iter()
            .find(|h| h.starts_with(prefix))
            .with_context(|| format!("{} に {prefix} へのリンクがありません", self.path))
    }

    /// The value of the first radio button or check box of this name on the open page.
    pub fn first_choice(&self, name: &str) -> Option<String> {
        let inputs = self.page.split("<input").skip(1).map(|i| i.split('>').next().unwrap_or_default());
        inputs.filter(|i| attribute(i, "name").as_deref() == Some(name)).find_map(|i| attribute(i, "value"))
    }

    async fn exchange(&mut self, method: Method, path: &str, body: String) -> Result<()> {
        let (mut method, mut path, mut body) = (method, path.to_owned(), body);
        for _ in 0..5 {
            let cookies = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
            let mut request = Request::builder()
                .method(method.clone())
                .uri(format!("{}{}", self.base, path.split('#').next().unwrap_or_default()))
                .header(COOKIE, cookies);
            if method == Method::POST {
                request =
                    request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").header("origin", &self.base);
            }
            let answer = self.client.send(request.body(Full::new(Bytes::from(std::mem::take(&mut body))))?).await?;
            for cookie in answer.headers.get_all(SET_COOKIE).iter().filter_map(|c| c.to_str().ok()) {
                if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            if answer.status.is_redirection() {
                let to = answer.headers.get(LOCATION).and_then(|l| l.to_str().ok()).context("行き先のない転送です")?;
                path = to.strip_prefix(&self.base).unwrap_or(to).to_owned();
                method = Method::GET;
                continue;
            }
            ensure!(answer.status.is_success(), "{path}: {}", answer.status);
            self.page = String::from_utf8(answer.body.to_vec()).context("ページが UTF-8 ではありません")?;
            self.path = path;
            return Ok(());
        }
        bail!("転送が続きます: {path}")
    }
}

struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

/// The forms of a page of ours with their hidden fields.
fn forms(page: &str) -> Vec<Form> {
    page.split("<form")
        .skip(1)
        .map(|rest| {
            let form = rest.split("</form").next().unwrap_or_default();
            let action = attribute(form.split('>').next().unwrap_or_default(), "action").unwrap_or_default();
            let hidden = form
                .split("<input")
                .skip(1)
                .map(|i| i.split('>').next().unwrap_or_default())
                .filter(|i| attribute(i, "type").as_deref() == Some("hidden"));
            let hidden = hidden
                .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())));
            Form { hidden: hidden.collect(), action }
        })
        .collect()
}

fn attributes(page: &str, element: &str, name: &str) -> Vec<String> {
    page.split(&format!("<{element} "))
        .skip(1)
        .filter_map(|rest| attribute(rest.split('>').next().unwrap_or_default(), name))
        .collect()
}

/// The value of an attribute of a tag, with or without quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag
        .match_indices(name)
        .find(|(at, _)| {
            tag[..*at].chars().next_back().is_none_or(char::is_whitespace) && tag[at + name.len()..].starts_with('=')
        })?
        .0;
    let value = &tag[at + name.len() + 1..];
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value.split_whitespace().next().unwrap_or_default(),
    };
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&#39;", "'")
            .replace("&#x2F;", "/")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_forms_and_links() {
        let page = r#"<a class=row href=/q/1>x</a><form method="post" action="/ask"><input type="hidden" name="from" value="a&amp;b"><input type=text name=t></form>"#;
        let found = forms(page);
        assert_eq!(
            (found[0].action.as_str(), found[0].hidden.clone()),
            ("/ask", vec![("from".to_owned(), "a&b".to_owned())])
        );
        assert_eq!(attributes(page, "a", "href"), ["/q/1"]);
    }
}
