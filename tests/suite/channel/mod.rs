//! The channels against the bundled stand-ins, over real HTTP.

mod email;
mod keys;
mod line;
mod login;
mod press;
mod web_push;
mod webhook;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use otayori::channel::http::{Answer, Client};
use otayori::outbox::Notice;
use std::time::Duration;

/// A letter's notice.
pub fn notice(key: &str) -> Notice {
    Notice {
        key: key.into(),
        title: "今週のおたよりです".into(),
        body: "読みもの2つ、市からのお知らせ3つ。5分で読めます。".into(),
        url: "https://otayori.example.jp/letters/2026-W48/abc/".into(),
        ask_url: "https://otayori.example.jp/ask?from=letter".into(),
        language: "ja".into(),
        ttl: 604_800,
        low_urgency: false,
    }
}

/// A client that gives up soon, so that services which hang are found out in a test's time.
pub fn impatient() -> Client {
    Client::new().unwrap().with_time_out(Duration::from_millis(400))
}

/// A request by hand: what our own code would never send.
pub async fn raw(url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let request = headers.iter().fold(Request::post(url), |request, (name, value)| request.header(*name, *value));
    Client::new().unwrap().send(request.body(Full::from(body.into())).unwrap()).await.unwrap()
}

/// What a channel says of itself and what the queue goes by are the same.
#[tokio::test]
async fn a_channel_takes_messages_as_its_shape_says() {
    use otayori::channel::{Carriers, Way};
    use otayori::contact::{Channel, Shape};
    let city = crate::letter::City::on(crate::support::sqlite().await).await;
    let carriers =
        Carriers::open(&city.config, &city.test.db, &city.vault, otayori::clock::machine_seconds).await.unwrap();
    for channel in Channel::ALL {
        match (channel.shape(), carriers.way(channel)) {
            (Shape::Together { .. }, Way::Together(_)) | (Shape::Each { .. }, Way::Each(_)) => {}
            (Shape::Together { .. }, Way::Each(_)) | (Shape::Each { .. }, Way::Together(_)) => panic!("{channel}"),
        }
    }
}
