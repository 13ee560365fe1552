//! What is too long is refused before anybody reads it, and who sends slowly is not waited for.

use crate::support::TestApp;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use otayori::consult::{self, Category};
use otayori::web::{Patience, router, serve};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

const DAY: &str = "2026-11-24";
const FORM: &str = "application/x-www-form-urlencoded";

async fn send(app: &TestApp, request: Request<Body>) -> (u16, String) {
    let answer = router(app.engine.app.clone()).oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, String::from_utf8_lossy(&answer.into_body().collect().await.unwrap().to_bytes()).into_owned())
}

async fn post(app: &TestApp, path: &str, body: String) -> (u16, String) {
    send(app, Request::post(path).header("content-type", FORM).body(Body::from(body)).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_as_long_as_their_page_needs() {
    let app = TestApp::on(DAY).await;
    // Whoever asks: what is too long reaches no handler, whatever its fields are called.
    for path in [
        "/register",
        "/register/pair",
        "/said/tsuwari",
        "/push/subscriptions",
        "/desk/sign-out",
        "/desk/q/x/close",
        "/desk/q/x/urgent",
        "/q/x/survey",
        "/q/x/join",
        "/me/enter/x",
        "/me/leave",
        "/me/family",
        "/me/subjects/a/born",
        "/me/area",
        "/me/channel/remove",
        "/me/line",
        "/me/pause",
        "/me/delete",
    ] {
        let (status, page) = post(&app, path, format!("text={}", "a".repeat(40 * 1024))).await;
        assert!(status == 413 && page.contains("長すぎて、受け取れませんでした"), "{path}: {status} {page}");
    }
    for path in [
        "/ask",
        "/ask/send",
        "/q/x",
        "/desk/sign-in",
        "/desk/q/x/answer",
        "/desk/q/x/draft",
        "/desk/q/x/preview",
        "/desk/q/x/find",
        "/desk/q/x/insert",
        "/desk/q/x/contacted",
    ] {
        assert_eq!(post(&app, path, format!("text={}", "a".repeat(300 * 1024))).await.0, 413, "{path}");
    }
    assert_eq!(post(&app, "/line/webhook", "a".repeat(2 << 20)).await.0, 413);
    // Who wrote too much is told so, and the words are in the page.
    let words = "ねむれない夜が続いています。".repeat(600);
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("who", "self"), ("text", &words), ("consent", "yes")])
        .finish();
    assert!(form.len() > 70_000, "{}", form.len());
    let (status, page) = post(&app, "/ask", form).await;
    assert!(status == 422 && page.contains("4000文字までで書いてください") && page.contains(&words), "{status}");
    // The registration with every field filled to the brim.
    let mut full = url::form_urlencoded::Serializer::new(String::new());
    full.append_pair("step", "dates");
    for child in 1..=6 {
        for part in ["y", "m", "d", "early", "due-y", "due-m", "due-d"] {
            full.append_pair(&format!("c{child}-{part}"), &"九".repeat(30));
        }
    }
    assert_eq!(post(&app, "/register", full.finish()).await.0, 422);
    // What the search of the JSON is asked for.
    for (letters, status) in [(200, 200), (201, 400)] {
        let q: String = url::form_urlencoded::byte_serialize("熱".repeat(letters).as_bytes()).collect();
        assert_eq!(
            send(&app, Request::get(format!("/api/v1/search?q={q}")).body(Body::empty()).unwrap()).await.0,
            status,
            "{letters}"
        );
    }
}

/// No more of a text is looked at than is ever stored, wherever it comes from.
#[tokio::test]
async fn only_the_beginning_of_a_text_is_read() {
    let zone = otayori::calendar::TimeZone::get("Asia/Tokyo").unwrap();
    let now = otayori::calendar::date(2026, 11, 24).at(3, 0, 0, 0).to_zoned(zone).unwrap();
    let care = |text: &str| consult::care(text, Category::Own, &[], &now);
    let calm = "あ".repeat(consult::LONGEST_ANSWER);
    assert!(care(&format!("消えたい。{calm}")).is_some());
    assert!(care(&format!("{calm}消えたい。")).is_none());
    assert_eq!(consult::bounded(&format!("{calm}x")), calm);
}

/// The service behind an impatient server.
async fn impatient(
    app: &TestApp,
    patience: Patience,
) -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = tokio::sync::oneshot::channel();
    let served = serve(listener, router(app.engine.app.clone()), patience, async { drop(ended.await) });
    (address, end, tokio::spawn(served))
}

/// All that comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_slowly_is_not_waited_for() {
    let app = TestApp::on(DAY).await;
    let patience =
        Patience { head: Duration::from_millis(700), body: Duration::from_millis(700), ..Patience::default() };
    let (address, end, served) = impatient(&app, patience).await;
    // Half a head, and then nothing.
    let mut head = TcpStream::connect(address).await.unwrap();
    head.write_all(b"POST /ask HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    // A body that comes byte by byte: what counts is the whole, not the pauses.
    let mut body = TcpStream::connect(address).await.unwrap();
    body.write_all(
        format!("POST /ask HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\ncontent-length: 20000\r\n\r\ntext=")
            .as_bytes(),
    )
    .await
    .unwrap();
    let (mut reading, mut writing) = body.into_split();
    let dripping = tokio::spawn(async move {
        while writing.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = vec![0; 4096];
    let n = reading.read(&mut answer).await.unwrap();
    assert!(
        String::from_utf8_lossy(&answer[..n]).starts_with("HTTP/1.1 408"),
        "{}",
        String::from_utf8_lossy(&answer[..n])
    );
    assert_eq!(rest(&mut head).await, "");
    dripping.abort();
    // Others are served meanwhile, by the address that they come from.
    let mut good = TcpStream::connect(address).await.unwrap();
    good.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut good).await.starts_with("HTTP/1.1 200"));
    end.send(()).unwrap();
    served.await.unwrap();
}

/// At the end idle connections are closed at once, and a request that is under way is answered.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_waits_for_what_is_under_way() {
    let app = TestApp::on(DAY).await;
    let (address, end, served) =
        impatient(&app, Patience { farewell: Duration::from_secs(60), ..Patience::default() }).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    let mut open = TcpStream::connect(address).await.unwrap();
    open.write_all(
        format!("POST /ask HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\ncontent-length: 7\r\n\r\nwho").as_bytes(),
    )
    .await
    .unwrap();
    // The server has it in hand when another connection that came later was answered.
    let mut later = TcpStream::connect(address).await.unwrap();
    later.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    rest(&mut later).await;
    end.send(()).unwrap();
    rest(&mut idle).await;
    // The listener is gone before idle connections are, and the server waits for the one that is under way.
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!served.is_finished());
    open.write_all(b"=self").await.unwrap();
    assert!(rest(&mut open).await.starts_with("HTTP/1.1 422"));
    served.await.unwrap();
}
