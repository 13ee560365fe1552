//! A request in, status, headers and a short body out: one shared client with time-outs, and what `Retry-After` means.

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, DATE, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::Arc;
use std::time::Duration;

/// A whole exchange takes no longer than this.
const TIME_OUT: Duration = Duration::from_secs(10);
/// Of an answer no more than this is read (a service's error message is some hundred bytes).
const LONGEST_BODY: usize = 64 * 1024;
/// A service cannot make us wait longer than a day, nor ask again at once.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(86_400));

/// HTTP/1 and HTTP/2 over TLS with Mozilla's roots; plain HTTP to this machine only. Follows no redirects. Cheap to
/// clone: all clones share connections.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    time_out: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, at most 64 KiB.
    pub body: Bytes,
}

impl Client {
    /// A client with the usual time-out of 10 s. Belongs to the runtime that first sends with it.
    pub fn new() -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(5)));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .context("TLS を用意できません")?
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(60))
            .build(connector);
        Ok(Self { pool, time_out: TIME_OUT })
    }

    /// The same connections with another time-out, for tests of services that hang.
    #[must_use]
    pub fn with_time_out(self, time_out: Duration) -> Self {
        Self { time_out, ..self }
    }

    /// Sends `request`; an error means that there was no whole answer: it may or may not have been accepted, unless
    /// [`never_left`] says so.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let uri = request.uri();
        if uri.scheme_str() != Some("https") && !crate::config::is_loopback(&uri.to_string()) {
            bail!("https ではない相手には送りません");
        }
        let exchange = async {
            let (parts, body) = self.pool.request(request).await?.into_parts();
            let body = Limited::new(body, LONGEST_BODY).collect().await.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        tokio::time::timeout(self.time_out, exchange).await.context("時間内に返事がありません")?
    }

    /// Status and headers of an address that anybody may ask, plain HTTP too: nothing of ours goes with it, and the
    /// body is not read.
    pub async fn look(&self, method: Method, address: &str) -> Result<(StatusCode, HeaderMap)> {
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(USER_AGENT, "otayori (check --links)")
            .header(ACCEPT, "*/*");
        let request = request.body(Full::default()).context("アドレスの書き方が正しくありません")?;
        let asked = tokio::time::timeout(self.time_out, self.pool.request(request))
            .await
            .context("時間内に返事がありません")?;
        let (parts, _) = asked.context("つながりません")?.into_parts();
        Ok((parts.status, parts.headers))
    }
}

/// Did the request certainly not reach the service? There was no connection: it was refused, or did not come about in
/// time.
pub fn never_left(error: &anyhow::Error) -> bool {
    error.chain().any(|e| {
        e.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

impl Answer {
    /// How long the service asks to wait: seconds, or an HTTP date, which is counted from the answer's own `Date` (so
    /// no clock of ours is asked). `None` if it does not say or says it out of form. RFC 9110, 10.2.3.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }

    /// Status and the service's words for the operator; `secrets` (addresses, tokens) are taken out, and it is cut
    /// after 300 characters.
    pub fn words(&self, secrets: &[&str]) -> String {
        let mut text: String = String::from_utf8_lossy(&self.body).split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in secrets.iter().filter(|s| !s.is_empty()) {
            text = text.replace(secret, "…");
        }
        let text: String = text.chars().take(300).collect();
        if text.is_empty() { self.status.to_string() } else { format!("{}: {text}", self.status) }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let after = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = httpdate::parse_http_date(text).ok()?;
            let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
            then.duration_since(date).unwrap_or_default()
        }
    };
    Some(after.clamp(WAITS.0, WAITS.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wait(retry: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry.parse().ok()?);
        if let Some(date) = date {
            headers.insert(DATE, date.parse().ok()?);
        }
        retry_after(&headers).map(|d| d.as_secs())
    }

    #[test]
    fn retry_after_in_seconds_and_as_a_date() {
        assert_eq!(wait("120", None), Some(120));
        assert_eq!(wait(" 7 ", None), Some(7));
        assert_eq!(wait("0", None), Some(1));
        assert_eq!(wait("99999999", None), Some(86_400));
        assert_eq!(wait("-5", None), None);
        assert_eq!(wait("soon", None), None);
        let date = Some("Sat, 21 Nov 2026 07:30:00 GMT");
        assert_eq!(wait("Sat, 21 Nov 2026 07:31:30 GMT", date), Some(90));
        assert_eq!(wait("Saturday, 21-Nov-26 07:31:30 GMT", date), Some(90));
        assert_eq!(wait("Sat, 21 Nov 2026 07:00:00 GMT", date), Some(1));
        assert_eq!(wait("Sat, 21 Nov 2026 07:31:30 GMT", None), None);
    }

    #[test]
    fn words_name_nobody() {
        let answer = Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: Bytes::from("bad  endpoint /push/abc\n<b>"),
        };
        assert_eq!(answer.words(&["/push/abc", ""]), "400 Bad Request: bad endpoint … <b>");
    }

    proptest! {
        #[test]
        fn never_panics(retry in "[ -~]{0,40}", date in "[ -~]{0,40}") {
            let _ = wait(&retry, Some(&date));
        }
    }
}
