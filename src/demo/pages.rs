//! The demo's own pages: a start page that leads to everything, and how a letter looks on a phone. Only `otayori demo`
//! opens them.

use super::standin::{Line, MailServer};
use crate::calendar::{Date, LetterWeek};
use crate::channel::line::press;
use crate::contact;
use crate::outbox::Notice;
use crate::site::{PhoneReply, PhoneView};
use crate::web::{Error, Result, Shared, headers, own_names, same_origin};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What the start page shows.
#[derive(Debug, Clone, Serialize)]
pub struct Start {
    /// What was made and sent.
    pub summary: Vec<Figure>,
    /// Flyers with a picture.
    pub flyers: Vec<Flyer>,
    /// Some made-up households.
    pub households: Vec<Sample>,
    /// Sign-ins of the desk.
    pub accounts: Vec<Account>,
    /// Path of the sample's question, from the household's side.
    pub question: Option<String>,
    /// `2026-W48`.
    pub week: String,
    /// A flyer's code.
    pub code: String,
}

/// A line of the summary.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// ページ
    pub label: String,
    /// 412
    pub value: String,
}

/// A flyer of the start page.
#[derive(Debug, Clone, Serialize)]
pub struct Flyer {
    /// Its title.
    pub name: String,
    /// Path of its picture.
    pub png: String,
    /// Path of its PDF.
    pub pdf: String,
}

/// A household of the start page.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// 妊娠24週と1歳7か月
    pub what: String,
    /// Path of its letter.
    pub letter: String,
    /// Path of its picture of LINE; empty if it is not on LINE.
    pub line: String,
    /// Path of its picture of a push; empty if it has none.
    pub push: String,
    /// Path of its newest e-mail; empty if it has none.
    pub mail: String,
    /// Path that signs in as this household.
    pub enter: String,
}

/// A sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// 助産師（お返事を書く）
    pub what: String,
    /// Login.
    pub login: String,
    /// Password, new at each start.
    pub password: String,
}

/// What the demo's pages need.
#[derive(Debug)]
pub struct Demo {
    /// The start page.
    pub start: Start,
    /// By household id: what was told to it.
    pub notices: BTreeMap<String, Notice>,
    /// The day of the letters.
    pub day: Date,
    /// The stand-in of LINE that they went to.
    pub line: Arc<Line>,
    /// The stand-in of a mail server.
    pub mail: Arc<MailServer>,
}

#[derive(Clone)]
struct Pages {
    app: Shared,
    demo: Arc<Demo>,
}

/// The service with the demo's pages beside it.
pub fn router(app: Shared, demo: Demo) -> Router {
    let sheet = app
        .published()
        .theme
        .assets()
        .address("demo.css")
        .map_or(String::new(), |address| format!("<link rel=\"stylesheet\" href=\"{address}\">"));
    let strip: Arc<str> = format!("{sheet}{STRIP}").into();
    let pages = Pages { app: app.clone(), demo: Arc::new(demo) };
    let own = Router::new()
        .route("/demo/", get(start))
        .route("/demo/phone/{household}", get(phone))
        .route("/demo/phone/{household}/open", post(open))
        .route("/demo/mail/{household}", get(mail))
        .route("/demo/enter/{household}", get(enter))
        .layer(from_fn_with_state(app.clone(), same_origin))
        .layer(from_fn_with_state(app.clone(), headers))
        .with_state(pages);
    crate::web::router(app).merge(own).layer(from_fn_with_state(strip, with_way_back)).layer(from_fn(own_names))
}

/// The way back to the start page, on every page but that one. Only what is sent carries it: `public/` keeps its bytes.
const STRIP: &str =
    "<nav aria-label=\"見本の市\"><a class=\"demo-strip\" href=\"/demo/\">見本の市です。入口へ戻る</a></nav>";

async fn with_way_back(State(strip): State<Arc<str>>, request: Request, next: Next) -> Response {
    let start = request.uri().path() == "/demo/";
    let whole = request.method() == Method::GET && !start;
    let response = next.run(request).await;
    let html = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    let plain =
        !response.headers().contains_key(header::CONTENT_ENCODING) && response.status() != StatusCode::PARTIAL_CONTENT;
    if !(whole && html && plain) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST_PAGE).await else { return Error::NotFound.into_response() };
    let Ok(page) = std::str::from_utf8(&bytes) else { return Response::from_parts(parts, Body::from(bytes)) };
    parts.headers.remove(header::CONTENT_LENGTH);
    // A copy without the strip that a browser kept from elsewhere is not this page.
    for name in [header::ETAG, header::LAST_MODIFIED, header::ACCEPT_RANGES] {
        parts.headers.remove(name);
    }
    parts.headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    Response::from_parts(parts, Body::from(crate::site::at_top_of_body(page, &strip)))
}

/// Pages of ours are a hundredth of this.
const LARGEST_PAGE: usize = 16 << 20;

async fn start(State(Pages { app, demo }): State<Pages>) -> Result<Response> {
    app.page("demo.html", app.config.main_language(), &demo.start)
}

async fn phone(State(Pages { app, demo }): State<Pages>, Path(household): Path<String>) -> Result<Response> {
    let notice = demo.notices.get(&household).ok_or(Error::NotFound)?;
    let week = LetterWeek::of(demo.day, app.config.letter_day);
    let told = crate::letter::line_notice(&app.config, week, &notice.language);
    let mut view = PhoneView::letter(
        &app.config.site.line.account,
        demo.day,
        app.config.letter_time,
        &told.title,
        &told.body,
        &notice.url,
        &told.ask_url,
    );
    if let Some(user) = contact::line_user(&app.db, &app.vault, &household).await? {
        view.hint = press(&notice.language).to_owned();
        view.press = format!("/demo/phone/{household}/open");
        view.reply = demo.line.talk(&user).last().and_then(reply);
    }
    app.page("phone.html", &notice.language, &serde_json::json!({ "view": view }))
}

/// Presses ひらく on this household's phone: LINE's stand-in tells the webhook, which answers in the talk.
async fn open(State(Pages { app, demo }): State<Pages>, Path(household): Path<String>) -> Result<Redirect> {
    let notice = demo.notices.get(&household).ok_or(Error::NotFound)?;
    let user = contact::line_user(&app.db, &app.vault, &household).await?.ok_or(Error::NotFound)?;
    let before = demo.line.talk(&user).len();
    demo.line.event(&user, &format!("postback:{}", notice.key)).await?;
    for _ in 0..LOOKS {
        if demo.line.talk(&user).len() > before {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(Redirect::to(&format!("/demo/phone/{household}#reply")))
}

/// The webhook answers at once and works afterwards: the talk is looked at so often, so long apart.
const LOOKS: usize = 100;
const LOOK: Duration = Duration::from_millis(50);

/// A message with a link of its own, as the phone shows it; a letter has none.
fn reply(message: &serde_json::Value) -> Option<PhoneReply> {
    let button = message["contents"]["footer"]["contents"].get(0)?;
    let url = button["action"]["uri"].as_str().filter(|uri| uri.contains("/me/enter/"))?;
    let lines = message["contents"]["body"]["contents"].as_array()?;
    let text = lines.iter().skip(1).filter_map(|l| l["text"].as_str()).collect::<Vec<_>>().join("\n");
    Some(PhoneReply { text, label: button["action"]["label"].as_str()?.to_owned(), url: url.to_owned() })
}

/// The newest e-mail to this household, as it came.
async fn mail(State(Pages { demo, .. }): State<Pages>, Path(household): Path<String>) -> Result<Html<String>> {
    let newest = demo.mail.mails().into_iter().rev().find(|mail| mail.to.split('@').next() == Some(household.as_str()));
    Ok(Html(newest.ok_or(Error::NotFound)?.html))
}

/// Opens a made-up household's own page by the same one-time link that LINE's menu gives.
async fn enter(State(Pages { app, demo }): State<Pages>, Path(household): Path<String>) -> Result<Redirect> {
    if !demo.notices.contains_key(&household) {
        return Err(Error::NotFound);
    }
    let token = contact::one_time_link(&app.db, &household, "", app.now()).await?;
    Ok(Redirect::to(&format!("/me/enter/{token}")))
}
