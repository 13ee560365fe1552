//! Bundled stand-ins of LINE, of a push service and of a mail server on loopback, for the demo and the tests: real HTTP
//! and SMTP in, the refusals of the real ones out.

mod line;
mod line_login;
mod mail;
mod push;
mod vapid_check;

pub use line::{Delivered, Line};
pub use mail::{Mail, MailServer};
pub use push::{Push, Received, push_subscription};

use anyhow::{Context, Result};
use axum::Router;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

/// What a stand-in does with one of the next requests instead of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers 500 and accepts nothing.
    ServerError,
    /// Answers 429 with `Retry-After` in seconds.
    TooMany {
        /// Seconds.
        retry_after: u64,
    },
    /// Answers 503 with a `Retry-After` date, so many seconds after its `Date`.
    UnavailableUntil {
        /// Seconds.
        after: u64,
    },
    /// Any other status, with this as the body's message.
    Status(u16),
    /// Takes the request and never answers.
    Hang,
    /// Accepts the message and dies before answering: the connection is closed without a byte.
    AcceptThenDie,
}

/// What every message to a stand-in passes first: it is counted and may meet a fault.
#[derive(Debug, Default)]
struct Front(Mutex<(u64, VecDeque<Fault>)>);

impl Front {
    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Fault>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Messages so far, refused ones too.
    fn requests(&self) -> u64 {
        self.lock().0
    }
    /// The next `times` messages meet this fault.
    fn fail(&self, fault: Fault, times: usize) {
        self.lock().1.extend(std::iter::repeat_n(fault, times));
    }
    /// Faults that were told but have not happened are forgotten.
    fn recover(&self) {
        self.lock().1.clear();
    }
    /// The answer to one message: the fault's, or that of `work`; what was accepted may go unanswered.
    async fn answer(&self, work: impl FnOnce() -> Response) -> Response {
        let fault = {
            let mut front = self.lock();
            front.0 += 1;
            front.1.pop_front()
        };
        let told = match fault {
            Some(fault) => act(fault).await,
            None => None,
        };
        match told {
            Some(answer) => answer,
            None => {
                let answer = work();
                if fault.is_some() && answer.status().is_success() { die() } else { answer }
            }
        }
    }
}

/// Marks an answer that must not be sent: the connection is closed instead.
#[derive(Debug, Clone, Copy)]
struct Die;

/// A running server; stops when dropped, with all its connections.
#[derive(Debug)]
struct Server {
    base: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds to `port` on loopback (0: a free one).
async fn bind(port: u16) -> Result<(TcpListener, String)> {
    let listener =
        TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.context("代役のサーバーを開けません")?;
    let base = format!("http://{}", listener.local_addr()?);
    Ok((listener, base))
}

/// Serves like `axum::serve`, but can die in the middle of an exchange, which axum has no way to say.
fn serve(listener: TcpListener, base: String, router: Router) -> Server {
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            let router = router.clone();
            let service = service_fn(move |request| {
                let router = router.clone();
                async move {
                    let response: Response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                    if response.extensions().get::<Die>().is_some() {
                        Err(std::io::Error::other("died"))
                    } else {
                        Ok(response)
                    }
                }
            });
            connections.spawn(async move {
                drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await)
            });
        }
    });
    Server { base, task }
}

/// The answer of a fault; `None` for [`Fault::AcceptThenDie`], which works first.
async fn act(fault: Fault) -> Option<Response> {
    use axum::http::{StatusCode, header};
    use axum::response::IntoResponse as _;
    let message = |status: StatusCode| (status, axum::Json(serde_json::json!({ "message": "told to fail" })));
    Some(match fault {
        Fault::ServerError => message(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
        Fault::TooMany { retry_after } => {
            ([(header::RETRY_AFTER, retry_after.to_string())], message(StatusCode::TOO_MANY_REQUESTS)).into_response()
        }
        Fault::UnavailableUntil { after } => {
            let date =
                |seconds| httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(1_795_000_000 + seconds));
            ([(header::RETRY_AFTER, date(after)), (header::DATE, date(0))], message(StatusCode::SERVICE_UNAVAILABLE))
                .into_response()
        }
        Fault::Status(code) => message(StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST)).into_response(),
        Fault::Hang => std::future::pending().await,
        Fault::AcceptThenDie => return None,
    })
}

/// An answer that closes the connection instead.
fn die() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(Die);
    response
}

/// Unix seconds by the machine's clock: a stand-in plays another organisation, which has its own.
#[expect(
    clippy::disallowed_methods,
    reason = "plays another organisation's service, which judges tokens by its own clock"
)]
fn own_clock() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}
