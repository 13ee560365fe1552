//! A listener in, exchanges out; who sends slowly is not waited for, and what is under way at the end is ended first.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tower::ServiceExt as _;

/// How long a client is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until a request's head is there; an idle connection is closed after it.
    pub head: Duration,
    /// Until its body is there, from the head on.
    pub body: Duration,
    /// At the end: until what is under way is answered.
    pub farewell: Duration,
}

impl Default for Patience {
    /// A form of the largest size at eight kilobytes a second, the slowest of mobile networks.
    fn default() -> Self {
        Self { head: Duration::from_secs(20), body: Duration::from_secs(30), farewell: Duration::from_secs(5) }
    }
}

/// A head with all its lines, or a piece of a body.
const BUFFER: usize = 64 * 1024;

/// Serves until `end` comes.
pub async fn serve(listener: TcpListener, router: Router, patience: Patience, end: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let (ending, _) = watch::channel(false);
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                while connections.try_join_next().is_some() {}
                connections.spawn(exchange(stream, ConnectInfo(peer), router.clone(), patience, ending.subscribe()));
            }
            Err(e) => {
                // No file is left to open, perhaps: others end and free one.
                tracing::warn!(error = %e, "a connection could not be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    drop(listener);
    ending.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(patience.farewell, all).await;
}

/// All requests of one connection.
async fn exchange(
    stream: TcpStream,
    peer: ConnectInfo<std::net::SocketAddr>,
    router: Router,
    patience: Patience,
    mut ending: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request =
            request.map(|body| Body::new(Timed { body, until: Box::pin(tokio::time::sleep(patience.body)) }));
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(BUFFER);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => return,
        _ = ending.wait_for(|ended| *ended) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// A body that must be there in time.
struct Timed {
    body: Incoming,
    until: Pin<Box<Sleep>>,
}

impl HttpBody for Timed {
    type Data = hyper::body::Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|f| f.map_err(Into::into))),
            Poll::Pending if self.until.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Some(Err("the body did not come in time".into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
