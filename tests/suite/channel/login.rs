//! LINE Login over HTTP: from everybody's link to the household's own letter; and every way in which it must not.

use super::raw;
use crate::letter::tuesday;
use crate::support::{TestDb, databases, links_of};
use otayori::channel::Carriers;
use otayori::channel::http::{Answer, Client};
use otayori::clock::Clock;
use otayori::config::Config;
use otayori::contact;
use otayori::demo::standin::Line as StandIn;
use otayori::household::{self, NewSubject, Registration};
use otayori::letter;
use otayori::schedule::Sender;
use otayori::segment::SubjectKind;
use otayori::site::{Published, Theme};
use otayori::vault::Vault;
use otayori::web::{App, Shared, router};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const USER: &str = "U4af4980629abcdef4af4980629abcdef";
const OTHER: &str = "U5af4980629abcdef4af4980629abcdef";

/// A running service whose city has a LINE Login channel (or not), an hour after the letters' hour.
pub(super) struct Service {
    pub app: Shared,
    pub line: StandIn,
    pub base: String,
    _keys: tempfile::TempDir,
}

impl Service {
    pub async fn start(test: &TestDb, login: bool) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let line = StandIn::start().await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let env = |name: &str| match name {
            "OTAYORI_PUBLIC_URL" => Some(base.clone()),
            "OTAYORI_LINE_API_BASE" | "OTAYORI_LINE_LOGIN_BASE" | "OTAYORI_LINE_LINK_BASE" => {
                Some(line.base().to_owned())
            }
            "OTAYORI_LINE_CHANNEL_TOKEN" => Some(StandIn::TOKEN.to_owned()),
            "OTAYORI_LINE_CHANNEL_SECRET" => Some(StandIn::SECRET.to_owned()),
            "OTAYORI_LINE_LOGIN_CHANNEL_ID" if login => Some(StandIn::LOGIN_ID.to_owned()),
            "OTAYORI_LINE_LOGIN_CHANNEL_SECRET" if login => Some(StandIn::LOGIN_SECRET.to_owned()),
            "OTAYORI_KEY_FILE" => Some(keys.path().join("master.key").display().to_string()),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", keys.path().join("keys.db").display())),
            _ => None,
        };
        let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap();
        let vault = Vault::open(&config.services, &test.db).await.unwrap();
        let theme = Theme::load(&config).unwrap();
        let now =
            otayori::calendar::Timestamp::from_second(letter::send_at(tuesday(), &config).seconds() + 3600).unwrap();
        let app = App::new(
            Arc::new(config),
            test.db.clone(),
            vault,
            Clock::Fixed(now),
            Published::new(crate::letter::city(), theme),
        );
        let served = router(app.clone());
        tokio::spawn(async move { axum::serve(listener, served).await });
        line.set_webhook(&format!("{base}/line/webhook"));
        line.set_login_callback(&format!("{base}/line/login/callback"));
        line.set_phone(Some(USER));
        Self { app, line, base, _keys: keys }
    }

    /// A household with a child, tied to a LINE user.
    pub async fn household(&self, user: &str, month: i8) -> String {
        let subjects = vec![NewSubject {
            kind: SubjectKind::Child,
            stage_on: otayori::calendar::date(2025, month, 20),
            due_on: None,
        }];
        let registration = Registration {
            subjects,
            area: String::new(),
            language: "ja".into(),
            first_child: None,
            code: String::new(),
            consent_version: "x".into(),
        };
        let (db, vault, now) = (&self.app.db, &self.app.vault, self.app.now());
        let id = household::create(db, vault, &registration, "", now).await.unwrap().0;
        let nonce = contact::line_nonce(db, &id, now).await.unwrap();
        household::attach_line(db, vault, &nonce, user, now).await.unwrap().unwrap();
        id
    }

    /// Sends the week's letters over HTTP to the stand-in.
    pub async fn send(&self) {
        let (config, db, vault) = (self.app.config.clone(), self.app.db.clone(), self.app.vault.clone());
        let carriers = Carriers::open(&config, &db, &vault, otayori::clock::machine_seconds).await.unwrap();
        let clock = otayori::clock::Clock::set(self.app.now());
        let sent = Sender { config, db, vault, carriers, patience: Duration::from_secs(20), clock, drop_gone: false }
            .send(&crate::letter::city(), tuesday())
            .await
            .unwrap();
        assert_eq!((sent.pending, sent.refused), (0, 0));
    }

    pub fn phone(&self) -> Phone {
        Phone { client: Client::new().unwrap(), own: self.base.clone(), cookies: BTreeMap::new() }
    }

    pub async fn sessions(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM person_sessions").fetch_one(self.app.db.pool()).await.unwrap()
    }
}

/// A browser without script, which keeps the service's cookies.
pub(super) struct Phone {
    client: Client,
    own: String,
    pub cookies: BTreeMap<String, String>,
}

impl Phone {
    pub async fn get(&mut self, url: &str) -> Answer {
        self.ask(hyper::Request::get(url), url, "").await
    }

    /// Sends a form of the service's.
    pub async fn post(&mut self, url: &str, form: &str) -> Answer {
        self.ask(hyper::Request::post(url).header("content-type", "application/x-www-form-urlencoded"), url, form).await
    }

    async fn ask(&mut self, request: hyper::http::request::Builder, url: &str, body: &str) -> Answer {
        let own = url.starts_with(&self.own);
        let cookies = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let request = if own { request.header("cookie", cookies) } else { request };
        let answer =
            self.client.send(request.body(http_body_util::Full::from(body.to_owned())).unwrap()).await.unwrap();
        for cookie in answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() || cookie.contains("Max-Age=0") {
                self.cookies.remove(name)
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned())
            };
        }
        answer
    }

    /// Follows redirects to the page at the end; its address and text.
    pub async fn open(&mut self, url: &str) -> (String, String) {
        let mut at = url.to_owned();
        for _ in 0..8 {
            let answer = self.get(&at).await;
            let Some(to) = location(&answer) else { return (at, String::from_utf8_lossy(&answer.body).into_owned()) };
            at = if to.starts_with('/') { format!("{}{to}", self.own) } else { to };
        }
        panic!("redirects go on: {at}")
    }
}

pub(super) fn location(answer: &Answer) -> Option<String> {
    answer.headers.get("location").map(|l| l.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn everybodys_link_leads_to_the_own_letter() {
    for test in &databases().await {
        let service = Service::start(test, true).await;
        let (one, other) = (service.household(USER, 4).await, service.household(OTHER, 9).await);
        service.send().await;
        assert_eq!(service.line.requests(), 1, "different letters, one request");
        let link =
            |user: &str| links_of(&service.line.talk(user)).into_iter().find(|l| l.contains("/letters/")).unwrap();
        assert_eq!((link(USER), link(OTHER)), (format!("{}/letters/2026-W48/", service.base), link(USER)));

        let hash = async |id: &str| letter::of_week(&service.app.db, id, "2026-W48").await.unwrap().unwrap();
        let mut phone = service.phone();
        let (at, text) = phone.open(&link(USER)).await;
        assert_eq!(at, format!("{}/letters/2026-W48/{}/", service.base, hash(&one).await), "{}", test.name());
        let own = letter::view(&service.app.db, &hash(&one).await).await.unwrap().unwrap();
        assert!(text.contains(&own.items[0].title), "{text}");
        assert!(phone.cookies.contains_key("household") && !phone.cookies.contains_key("line_login"));
        // From then on the device is known, and LINE is not asked.
        assert_eq!((phone.open(&link(USER)).await.0, service.line.logins()), (at.clone(), 1));

        // The same link on another phone: that household's own letter.
        service.line.set_phone(Some(OTHER));
        let (elsewhere, _) = service.phone().open(&link(USER)).await;
        assert_eq!(elsewhere, format!("{}/letters/2026-W48/{}/", service.base, hash(&other).await));
        assert_ne!(elsewhere, at);
        // A week without a letter, and no week at all.
        assert!(phone.open(&format!("{}/letters/2026-W40/", service.base)).await.1.contains("おたよりは"));
        assert_eq!(phone.get(&format!("{}/letters/2026-W99/", service.base)).await.status, 404);
        // The button of the way in.
        let mut third = service.phone();
        assert!(third.open(&format!("{}/me", service.base)).await.1.contains("/line/login"));
        assert_eq!(third.open(&format!("{}/line/login", service.base)).await.0, format!("{}/me", service.base));
    }
}

#[tokio::test]
async fn nobody_gets_in_any_other_way() {
    for test in &databases().await {
        let service = Service::start(test, true).await;
        service.household(USER, 4).await;
        service.send().await;
        let before = service.sessions().await; // of the registration itself
        let link = format!("{}/letters/2026-W48/", service.base);
        let callback = format!("{}/line/login/callback", service.base);

        // The answer of somebody else's try, brought by another site: this browser has begun none.
        let mut victim = service.phone();
        let page = location(&victim.get(&link).await).unwrap();
        let answer = location(&victim.get(&page).await).unwrap();
        assert!(answer.starts_with(&callback), "{answer}");
        let mut other = service.phone();
        assert_eq!(other.get(&answer).await.status, 400);
        // …or has begun another one; and then that one is over as well.
        other.get(&link).await;
        assert_eq!((other.get(&answer).await.status.as_u16(), other.cookies.len()), (400, 0));
        // A changed state, no state, no code.
        for wrong in [
            answer.replace("state=", "state=x"),
            format!("{callback}?code=1"),
            callback.clone(),
            format!("{callback}?error=access_denied"),
        ] {
            let mut phone = service.phone();
            phone.get(&link).await;
            assert_eq!(phone.get(&wrong).await.status, 400, "{wrong}");
        }
        assert_eq!(
            (service.sessions().await, service.line.logins()),
            (before, 0),
            "the code was not even shown to LINE"
        );
        // The right browser, once.
        let cookies = victim.cookies.clone();
        assert_eq!(location(&victim.get(&answer).await).unwrap(), "/letters/2026-W48/");
        assert_eq!(service.sessions().await, before + 1);
        let mut again = service.phone();
        again.cookies = cookies;
        assert_eq!(again.get(&answer).await.status, 400, "LINE takes a code once");
        assert_eq!(service.sessions().await, before + 1, "{}", test.name());

        // The person says no; an unknown LINE user; one whom the household has taken away.
        service.line.set_phone(None);
        let (at, text) = service.phone().open(&link).await;
        assert!(
            at.starts_with(&callback) && text.contains("もう一度ためす") && text.contains("/line/login?week=2026-W48"),
            "{text}"
        );
        service.line.set_phone(Some(OTHER));
        assert!(service.phone().open(&link).await.1.contains("まだ登録が"));
        let id = contact::by_line_user(&service.app.db, &service.app.vault, USER).await.unwrap().unwrap().household_id;
        let contact = household::load(&service.app.db, &id).await.unwrap().unwrap().contacts.remove(0).id;
        household::remove_contact(&service.app.db, &id, &contact, service.app.now()).await.unwrap();
        service.line.set_phone(Some(USER));
        assert!(service.phone().open(&link).await.1.contains("まだ登録が"));
        assert_eq!(service.sessions().await, before + 1);
        // A week from outside becomes part of no address.
        let to =
            location(&service.phone().get(&format!("{}/line/login?week=//example.com", service.base)).await).unwrap();
        assert!(to.starts_with(service.line.base()) && !to.contains("example.com"));
    }
}

/// What the stand-in refuses as the real one does.
#[tokio::test]
async fn the_stand_in_judges_codes() {
    let test = crate::support::sqlite().await;
    let service = Service::start(&test, true).await;
    let token = format!("{}/oauth2/v2.1/token", service.line.base());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let code = async || {
        let mut phone = service.phone();
        let page = location(&phone.get(&format!("{}/line/login", service.base)).await).unwrap();
        let answer = location(&phone.get(&page).await).unwrap();
        url::Url::parse(&answer).unwrap().query_pairs().find(|(n, _)| n == "code").unwrap().1.into_owned()
    };
    let right = format!(
        "grant_type=authorization_code&redirect_uri={}/line/login/callback&client_id={}&client_secret={}",
        service.base,
        StandIn::LOGIN_ID,
        StandIn::LOGIN_SECRET
    );
    let stolen = format!("{right}&code={}&code_verifier={}", code().await, "A".repeat(43));
    assert!(
        raw(&token, &form, stolen).await.words(&[]).contains("code_verifier"),
        "a stolen code is worth nothing without the verifier"
    );
    assert!(raw(&token, &form, format!("{right}&code=never")).await.words(&[]).contains("invalid authorization code"));
    let elsewhere = right.replace("/line/login/callback", "/elsewhere");
    assert!(raw(&token, &form, format!("{elsewhere}&code={}", code().await)).await.words(&[]).contains("redirect_uri"));
    let guessed = right.replace(StandIn::LOGIN_SECRET, "guessed");
    assert!(raw(&token, &form, format!("{guessed}&code={}", code().await)).await.words(&[]).contains("invalid_client"));
    service.line.set_login_callback("https://other.example.jp/");
    let page = location(&service.phone().get(&format!("{}/line/login", service.base)).await).unwrap();
    assert_eq!(service.phone().get(&page).await.status, 400, "an address that is not registered");
    assert_eq!(service.line.logins(), 0);
}

/// Somebody who is recognised as another household is asked before LINE Login has this one in its place.
#[tokio::test]
async fn another_household_is_asked_first() {
    for test in &databases().await {
        let service = Service::start(test, true).await;
        let (one, other) = (service.household(USER, 4).await, service.household(OTHER, 9).await);
        service.send().await;
        let mut phone = service.phone();
        // The try began before somebody signed in as another household in the same browser.
        let page = location(&phone.get(&format!("{}/letters/2026-W48/", service.base)).await).unwrap();
        let session = household::sign_in(&service.app.db, &other, service.app.now()).await.unwrap();
        phone.cookies.insert("household".into(), session.clone());
        let (at, text) = phone.open(&page).await;
        assert!(at.starts_with(&format!("{}/me/enter/", service.base)) && text.contains("別の登録が"), "{at} {text}");
        assert_eq!(phone.cookies["household"], session, "nobody was sent away");
        let here = async |token: &str| {
            contact::session(&service.app.db, token, service.app.now()).await.unwrap().map(|s| s.household_id)
        };
        assert_eq!(location(&phone.post(&at, "switch=yes").await).unwrap(), "/letters/2026-W48/");
        assert_eq!(
            (here(&phone.cookies["household"]).await, here(&session).await),
            (Some(one), None),
            "{}",
            test.name()
        );
    }
}

/// A city without such a channel: no link is in the message, and the pages of the login are not there.
#[tokio::test]
async fn without_a_channel_there_is_no_login() {
    let test = crate::support::sqlite().await;
    let service = Service::start(&test, false).await;
    service.household(USER, 4).await;
    service.send().await;
    assert!(links_of(&service.line.talk(USER)).iter().all(|l| !l.contains("/letters/")));
    let mut phone = service.phone();
    assert_eq!(
        phone.open(&format!("{}/letters/2026-W48/", service.base)).await.0,
        format!("{}/me/enter", service.base)
    );
    assert_eq!(phone.open(&format!("{}/line/login", service.base)).await.0, format!("{}/me/enter", service.base));
    assert_eq!(phone.get(&format!("{}/line/login/callback?code=1&state=2", service.base)).await.status, 404);
}
