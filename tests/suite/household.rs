//! Registration and the household's own page over HTTP, and what the database holds after them, on both databases.

use crate::support::{TestDb, databases};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use otayori::calendar::{date, plus_days};
use otayori::config::Config;
use otayori::content::{Flyer, Library, Place};
use otayori::db::Db;
use otayori::household::generate::{Spec, Target, generate};
use otayori::household::{self, import};
use otayori::site::Theme;
use otayori::vault::Vault;
use otayori::web::{App, Clock, Published, Shared, router};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;

const VAPID: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const SUBSCRIPTION: &str = r#"{"endpoint":"https://fcm.googleapis.com/fcm/send/abc","expirationTime":null,"keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}"#;
const LINE_USER: &str = "U0123456789abcdef0123456789abcdef";

/// The service on 2026-11-21, 12:00, with one flyer.
struct Service {
    app: Shared,
    db: Db,
    vault: Vault,
    now: i64,
    _keys: tempfile::TempDir,
}

impl Service {
    async fn start(test: &TestDb) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let folder = keys.path().display().to_string();
        let environment = |name: &str| match name {
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{folder}/keys.db")),
            "OTAYORI_KEY_FILE" => Some(format!("{folder}/master.key")),
            "OTAYORI_LINE_LINK_BASE" => Some("http://127.0.0.1:9".into()),
            _ => None,
        };
        let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &environment).unwrap();
        config.public = keys.path().join("public");
        let vault = Vault::open(&config.services, &test.db).await.unwrap();
        let theme = Theme::load(&config).unwrap();
        let at = date(2026, 11, 21).at(12, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp();
        let flyer = Flyer {
            id: "poster".into(),
            file: String::new(),
            title: String::new(),
            summary: String::new(),
            template: String::new(),
            sizes: Vec::new(),
            language: "ja".into(),
            code: "haru".into(),
            places: vec![Place { code: "clinic".into(), name: "産院".into() }],
            fields: BTreeMap::new(),
            markdown: String::new(),
            body_line: 1,
            draft: false,
        };
        let library = Library { flyers: BTreeMap::from([("poster".into(), flyer)]), ..Library::default() };
        let app = App::new(Arc::new(config), test.db.clone(), vault.clone(), Clock::Fixed(at), Published { library, theme });
        app.set_vapid_public_key(VAPID.into());
        Self { app, db: test.db.clone(), vault, now: at.as_second(), _keys: keys }
    }
    fn browser(&self) -> Browser {
        Browser { router: router(self.app.clone()), cookies: BTreeMap::new() }
    }
    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }
    /// The only household there is.
    async fn only(&self) -> household::Household {
        let all = household::list(&self.db).await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        household::load(&self.db, &all[0].id).await.unwrap().unwrap()
    }
}

/// A browser without script: cookies, and forms with their hidden fields.
struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

struct Page {
    status: StatusCode,
    location: String,
    text: String,
}

impl Page {
    fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text} is missing ({}):\n{}", self.status, self.text);
        self
    }
    fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text} is there:\n{}", self.text);
        self
    }
    fn status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
    fn leads_to(&self, location: &str) -> &Self {
        assert_eq!((self.status.as_u16(), self.location.as_str()), (303, location), "{}", self.text);
        self
    }
    /// `name=value` of the page's hidden fields.
    fn hidden(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for part in self.text.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = part.split_once('"').unwrap();
            let value = rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
            found.push((name.to_owned(), value.to_owned()));
        }
        found
    }
}

impl Browser {
    async fn ask(&mut self, method: Method, path: &str, kind: &str, body: String) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let request =
            Request::builder().method(method).uri(path).header(header::COOKIE, cookies.join("; ")).header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin");
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            assert!(text.contains("HttpOnly") || text.contains("Max-Age=0"), "{text}");
            let (name, value) = text.split_once(';').unwrap().0.split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let location = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status, location, text }
    }
    async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, "text/plain", String::new()).await
    }
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, "application/x-www-form-urlencoded", body).await
    }
    /// Fills in the page's form: its hidden fields and these.
    async fn answer(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden();
        let all: Vec<(&str, &str)> = hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(fields.iter().copied()).collect();
        self.post("/register", &all).await
    }
    async fn json(&mut self, path: &str, body: &str) -> Page {
        self.ask(Method::POST, path, "application/json", body.to_owned()).await
    }
    /// Registers with these dates and no more than needed.
    async fn register(&mut self, dates: &[(&str, &str)], channel: &str) -> Page {
        let page = self.get("/register").await;
        let page = self.answer(&page, &[("consent", "2026-10-01")]).await;
        let page = self.answer(&page, dates).await;
        let page = self.answer(&page, &[("area", "south")]).await;
        let mut page = self.answer(&page, &[("language", "ja")]).await;
        if page.text.contains("はじめてのお子さんですか") {
            page = self.answer(&page, &[("first", "yes")]).await;
        }
        self.answer(&page, &[("channel", channel)]).await
    }
}

const DUE: [(&str, &str); 3] = [("due-y", "令和９"), ("due-m", "３"), ("due-d", "１６")];
const BOTH: [(&str, &str); 6] = [("due-y", "2027"), ("due-m", "3"), ("due-d", "16"), ("c1-y", "2025"), ("c1-m", "4"), ("c1-d", "10")];

#[tokio::test]
async fn registers_page_by_page() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        // From the flyer's QR code.
        let arrived = browser.get("/r/haru-clinic").await;
        arrived.leads_to("/register?code=haru-clinic");
        browser.get("/r/haru-clinic").await;
        browser.get("/r/nobody-knows").await.leads_to("/register");
        let page = browser.get("/register?code=haru-clinic").await;
        page.status(200).has("お名前、住所、電話番号");
        // Consent first.
        browser.answer(&page, &[]).await.status(422).has("<title>エラー：登録 1　市からのお約束").has("role=\"alert\"").has("読んだしるしがついていません");
        let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
        page.status(200).has("予定日と、<wbr>お子さんの誕生日");
        // Nothing at all, and then a wrong date: it stays as typed.
        browser.answer(&page, &[]).await.status(422).has("出産予定日か、お子さんの誕生日のどちらかを入れてください");
        let wrong = browser.answer(&page, &[("due-y", "令和9"), ("due-m", "3"), ("due-d", "36")]).await;
        wrong.status(422).has("<title>エラー：").has("<a href=\"#due-d\">出産予定日：3月に36日はありません</a>").has("3月に36日はありません。1から31までの数を入れてください。");
        wrong.has("value=\"令和9\"").has("value=\"36\"").has("aria-invalid=\"true\" aria-describedby=\"due-e\"");
        // A second child is added, what was typed stays.
        let page = browser.answer(&wrong, &[("due-y", "令和９"), ("due-m", "３"), ("due-d", "１６"), ("c1-y", "2025"), ("add", "1")]).await;
        page.status(200).has("2人目のお子さんの誕生日").has("value=\"2025\"").has("value=\"令和９\"");
        let dates = [
            ("c1-y", "2025"),
            ("c1-m", "4"),
            ("c1-d", "10"),
            ("c1-early", "yes"),
            ("c2-y", "R4"),
            ("c2-m", "1"),
            ("c2-d", "2"),
            ("due-y", "令和９"),
            ("due-m", "３"),
            ("due-d", "１６"),
        ];
        let page = browser.answer(&page, &dates).await;
        page.status(200).has("2025年4月10日生まれ（1歳7か月）のお子さんの、もとの出産予定日");
        browser.answer(&page, &[("c1-due-y", "2025"), ("c1-due-m", "4"), ("c1-due-d", "20")]).await.status(422).has("誕生日から3週間より近い日付です");
        let page = browser.answer(&page, &[("c1-due-y", "2025"), ("c1-due-m", "5"), ("c1-due-d", "20")]).await;
        // What was understood is said on the next page, and how many pages there are is known now.
        page.has("この日付で合っていますか").has("2027年3月16日").has("令和9年・いま23週4日").has("2022年1月2日").has("登録　4／6　お住まいの地区");
        let page = browser.answer(page.has("お住まいの<wbr>地区"), &[("area", "south")]).await;
        let page = browser.answer(page.lacks("この日付で").has("やさしい日本語"), &[("language", "easy")]).await;
        // Three births: not the first child, so it is not asked.
        let check = browser.answer(page.has("どこで<wbr>受け取りますか"), &[("goto", "area")]).await;
        let check = browser.answer(check.has("value=\"south\" checked"), &[("area", "hill")]).await;
        check.has("これで登録します").has("丘の上").has("2027年3月16日").has("いま23週4日").has("2025年5月20日").has("2022年1月2日").has("やさしい日本語");
        browser.answer(&check, &[("channel", "pigeon")]).await.status(422).has("受け取り方が選ばれていません");
        browser.answer(&check, &[("channel", "push")]).await.leads_to("/register/done?to=push");
        // The same form again: no second household.
        browser.answer(&check, &[("channel", "push")]).await.leads_to("/register/done?to=push");
        let done = browser.get("/register/done?to=push").await;
        done.status(200).has("11月24日（火）の朝7時30分").has("data-key=\"BCVxsr7N").has("/static/push.js?v=");
        let household = service.only().await;
        assert_eq!((household.area.as_str(), household.language.as_str(), household.code.as_str(), household.first_child), ("hill", "easy", "haru-clinic", Some(false)));
        assert_eq!((household.consent_version.as_str(), household.consent_at), ("2026-10-01", service.now));
        let subjects: Vec<_> = household.subjects.iter().map(|s| (s.slot.as_str(), s.kind.id(), s.stage_on, s.due_on)).collect();
        assert_eq!(subjects, [("a", "pregnancy", date(2027, 3, 16), None), ("b", "child", date(2025, 4, 10), Some(date(2025, 5, 20))), ("c", "child", date(2022, 1, 2), None)]);
        assert_eq!(service.count("SELECT COUNT(*) FROM letters WHERE last_key = '' AND sent = ''").await, 1);
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE actor = 'household' AND action = 'register'").await, 1);
        let visits: (String, i64) = sqlx::query_as("SELECT day, opened FROM visits WHERE code = 'haru-clinic'").fetch_one(service.db.pool()).await.unwrap();
        assert_eq!(visits, ("2026-11-21".into(), 2));
        assert_eq!(service.count("SELECT COUNT(*) FROM visits").await, 1);
    }
}

#[tokio::test]
async fn every_step_is_checked_again() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        // Straight to the end with nothing: the first page asks.
        browser.post("/register", &[("step", "channel"), ("channel", "none")]).await.status(422).has("読んだしるしがついていません");
        let page = browser.post("/register", &[("step", "channel"), ("channel", "none"), ("consent", "2026-10-01"), ("language", "ja")]).await;
        page.status(422).has("日付が1つも入っていません");
        let mut fields = vec![("step", "channel"), ("channel", "none"), ("consent", "2026-10-01"), ("language", "fr")];
        fields.extend(DUE);
        browser.post("/register", &fields).await.status(422).has("ことばが選ばれていません");
        fields.extend([("language", "en"), ("area", "atlantis")]);
        browser.post("/register", &fields).await.status(422).has("この地区はありません");
        for (name, y, m, d, text) in [
            ("due", "2028", "3", "16", "今日から43週より先の日付です"),
            ("due", "2026", "10", "1", "今日から3週間より前の日付です"),
            ("due", "9", "12", "16", "令和9年のことなら「2027」と入れてください"),
            ("due", "24", "3", "16", "西暦は4けたで、「2024」のように入れてください"),
            ("lmp", "2026", "11", "30", "これからの日付です"),
            ("lmp", "2025", "3", "1", "今日から43週より前の日付です"),
            ("c1", "2027", "1", "1", "まだ来ていない日付です"),
            ("c1", "2020", "4", "1", "小学校に上がる年齢の日付です"),
            ("c1", "2025", "2", "29", "2025年の2月に29日はありません"),
        ] {
            let (y_name, m_name, d_name) = (format!("{name}-y"), format!("{name}-m"), format!("{name}-d"));
            let page = browser.post("/register", &[("step", "dates"), ("consent", "2026-10-01"), (&y_name, y), (&m_name, m), (&d_name, d)]).await;
            page.status(422).has(text);
        }
        assert_eq!(service.count("SELECT COUNT(*) FROM households").await, 0);
        // A form from another site is refused.
        let request = Request::builder().method("POST").uri("/register").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
        assert_eq!(browser.router.clone().oneshot(request).await.unwrap().status(), StatusCode::BAD_REQUEST);
        // The last period becomes the due date; twins are two subjects.
        let last_period = plus_days(date(2027, 3, 16), -280);
        let (y, m, d) = (last_period.year().to_string(), last_period.month().to_string(), last_period.day().to_string());
        browser.register(&[("lmp-y", &y), ("lmp-m", &m), ("lmp-d", &d), ("due-twins", "yes")], "none").await.leads_to("/register/done?to=none");
        let household = service.only().await;
        assert_eq!(household.subjects.iter().map(|s| (s.slot.as_str(), s.stage_on)).collect::<Vec<_>>(), [("a", date(2027, 3, 16)), ("b", date(2027, 3, 16))]);
        assert_eq!(household.first_child, Some(true));
    }
}

#[tokio::test]
async fn stops_for_a_loss_at_once_and_asks_nothing() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "none").await;
        browser.get("/me").await.status(200).has("出産予定日").has("妊娠の分を止める").has("1歳7か月のお子さんの分を止める");
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        let stopped = service.only().await;
        assert_eq!((stopped.subject("a").unwrap().stopped_at, stopped.subject("b").unwrap().stopped_at, stopped.stopped_at), (Some(service.now), None, None));
        let page = browser.get("/me/stopped").await;
        page.has("href=\"/loss/\"").has("1歳7か月のお子さんの分のおたよりは、これまでどおりマイページに載ります").has("まちがえて押したとき").lacks("再開").lacks("理由");
        browser.get("/me").await.lacks("出産予定日").lacks("2027年3月16日").has("2025年4月10日");
        // Pressed again, or an old page opened: nothing happens twice, and the way leads back.
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'stop_subject'").await, 1);
        for path in ["/me/subjects/a", "/me/subjects/a/born", "/me/subjects/z"] {
            browser.get(path).await.status(410).has("いまの登録には<wbr>ありません").has("href=\"/me\">マイページを開く").has("href=\"/loss/\"");
        }
        browser.post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "20")]).await.status(410);
        browser.post("/me/subjects/a", &[("due-y", "2027"), ("due-m", "3"), ("due-d", "20")]).await.status(410);
        browser.post("/me/subjects/z/stop", &[]).await.status(410);
        // Another browser of the household is not asked whether it was a mistake.
        let link = household::one_time_link(&service.db, &stopped.id, service.now).await.unwrap();
        let mut other = service.browser();
        other.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
        other.get("/me/stopped").await.lacks("まちがえて押したとき");
        other.post("/me/undo", &[]).await.leads_to("/me");
        assert!(!service.only().await.subject("a").unwrap().active());
        browser.post("/me/undo", &[]).await.leads_to("/me");
        assert!(service.only().await.subject("a").unwrap().active());
        browser.get("/me/stopped").await.lacks("まちがえて押したとき");
        // Of twins, the other one's letters go on; the word for all of it is there too.
        for _ in 0..2 {
            browser.post("/me/stop", &[]).await.leads_to("/me/stopped");
        }
        assert_eq!(service.only().await.stopped_at, Some(service.now));
        browser.get("/me/stopped").await.has("登録は2027年2月19日まで残ります");
        browser.get("/me").await.has("おたよりは、すべて止まっています。2027年2月19日を過ぎると、登録も質問も消えます").has("また受け取る");
        for _ in 0..2 {
            browser.post("/me/start", &[]).await.leads_to("/me#rest");
        }
        assert_eq!(service.only().await.stopped_at, None);
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action IN ('stop', 'start')").await, 2);
    }
}

/// A numeric keypad has no 令和.
#[tokio::test]
async fn a_bare_year_is_understood_and_said_back() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        let page = browser.get("/register").await;
        page.has("登録　1　市からのお約束").lacks("お約束すること");
        let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
        page.has("登録　2　予定日と誕生日").has("例　2027年3月13日。年は、令和の「9」だけでもかまいません。").has("inputmode=\"numeric\"").lacks("平成");
        // Two children of two bare years are two births, and so it is not asked whether this is the first.
        let dates =
            [("due-y", "９"), ("due-m", "3"), ("due-d", "16"), ("c1-y", "4"), ("c1-m", "1"), ("c1-d", "2"), ("children", "2"), ("c2-y", "25"), ("c2-m", "4"), ("c2-d", "10")];
        let page = browser.answer(&page, &dates).await;
        page.has("登録　3／5　お住まいの地区")
            .has("2027年3月16日")
            .has("令和9年・いま23週4日")
            .has("2022年1月2日")
            .has("令和4年・4歳10か月")
            .has("2025年4月10日")
            .has("令和7年・1歳7か月");
        // Back on the dates' page stands what was understood.
        browser.answer(&page, &[("goto", "dates")]).await.has("value=\"2027\"").has("value=\"2022\"");
        let page = browser.answer(&page, &[("area", "")]).await;
        let page = browser.answer(&page, &[("language", "ja")]).await;
        // Nothing is chosen for a visit that did not come from LINE.
        page.has("登録　5／5　受け取り方").lacks("checked");
        browser.answer(&page, &[]).await.status(422).has("受け取り方が選ばれていません");
        browser.answer(&page, &[("channel", "none")]).await.leads_to("/register/done?to=none");
        let subjects: Vec<_> = service.only().await.subjects.iter().map(|s| s.stage_on).collect();
        assert_eq!(subjects, [date(2027, 3, 16), date(2022, 1, 2), date(2025, 4, 10)]);
        // Without a channel nothing arrives, and the page does not say that it will.
        browser.get("/me").await.has("最初のおたよりは、11月24日（火）の朝7時30分に、このページに載ります。お知らせは届きません。").lacks("に届きます。</p>");
        // On /me as well, and what was changed is said once.
        browser.post("/me/subjects/a", &[("due-y", "9"), ("due-m", "3"), ("due-d", "20")]).await.leads_to("/me#facts");
        browser.get("/me").await.has("変えました。出産予定日は、2027年3月20日（令和9年・いま23週0日）です。");
        browser.get("/me").await.lacks("変えました");
        browser.post("/me/area", &[("value", "bay")]).await.leads_to("/me#facts");
        assert!(!browser.cookies["told"].contains("bay"), "the cookie names the fact, not its value");
        browser.get("/me").await.has("変えました。地区は「港」です。");
        browser.post("/me/subjects/a/born", &[("born-y", "8"), ("born-m", "11"), ("born-d", "20")]).await.leads_to("/me#facts");
        browser.get("/me").await.has("お子さんの誕生日は、2026年11月20日（令和8年・生後1日）です。");
        browser.post("/me/pause", &[("until-y", "9"), ("until-m", "1"), ("until-d", "10")]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, Some(date(2027, 1, 10)));
    }
}

/// A due date that has passed is accepted for three weeks, and it is said what happens from today on.
#[tokio::test]
async fn a_due_date_that_has_passed() {
    let service_db = crate::support::sqlite().await;
    let service = Service::start(&service_db).await;
    let mut browser = service.browser();
    let page = browser.get("/register").await;
    let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
    let page = browser.answer(&page, &[("due-y", "8"), ("due-m", "11"), ("due-d", "11")]).await;
    page.has("令和8年・いま41週3日").has("予定日を10日過ぎています。今日からも11月24日（火）までは、いまの週のおたよりを送ります。");
    browser.register(&[("due-y", "2026"), ("due-m", "11"), ("due-d", "1")], "none").await.leads_to("/register/done?to=none");
    browser.get("/me").await.has("予定日を2週間以上過ぎています。今日からは、妊娠の読みものは送らず、市からのお知らせだけを送ります。").has("生まれました");
}

/// After a stop nothing opens with weeks: neither the home page nor the letters of before.
#[tokio::test]
async fn home_is_quiet_after_a_stop() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let public = &service.app.config.public;
        std::fs::create_dir_all(public.join("quiet")).unwrap();
        std::fs::write(public.join("index.html"), "いま、何週ですか").unwrap();
        std::fs::write(public.join("quiet/index.html"), "読みたいものだけ").unwrap();
        let mut browser = service.browser();
        browser.get("/").await.status(200).has("いま、何週ですか");
        browser.register(&BOTH, "push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let sent = "INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at, settled_at, outcome) SELECT id, 'letter:2026-W47', 'web_push', 'h', 1, 1, 1, 'sent' FROM contacts";
        sqlx::query(sent).execute(service.db.pool()).await.unwrap();
        browser.get("/").await.has("いま、何週ですか");
        browser.get("/me").await.lacks("前に届いたおたより");
        browser.post("/me/subjects/a/stop", &[]).await.leads_to("/me/stopped");
        browser.get("/").await.has("読みたいものだけ").lacks("何週");
        browser.get("/me").await.has("<details><summary>前に届いたおたより</summary>").lacks("/weeks/");
        // Somebody else's browser is not concerned, and no copy is kept for the next reader of this one.
        service.browser().get("/").await.has("いま、何週ですか");
        let request = Request::builder().uri("/").header(header::COOKIE, format!("household={}", browser.cookies["household"]));
        let request = request.header(header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT").body(Body::empty()).unwrap();
        let response = browser.router.clone().oneshot(request).await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()[header::CACHE_CONTROL].to_str().unwrap()), (200, "no-store"));
        assert_eq!(response.headers()[header::VARY], "cookie");
        // Taken back, or pregnant again: as before.
        browser.post("/me/undo", &[]).await.leads_to("/me");
        browser.get("/").await.has("いま、何週ですか");
        browser.post("/me/subjects/a/stop", &[]).await;
        browser.post("/me/family", &[("due-y", "2027"), ("due-m", "7"), ("due-d", "1")]).await.leads_to("/me#facts");
        browser.get("/").await.has("いま、何週ですか");
        browser.post("/me/stop", &[]).await;
        browser.get("/").await.has("読みたいものだけ");
    }
}

#[tokio::test]
async fn changes_what_it_has_said() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.get("/me").await.leads_to("/me/enter");
        browser.get("/me/enter").await.has("マイページの<wbr>開き方");
        browser.register(&[("due-y", "2026"), ("due-m", "12"), ("due-d", "16"), ("due-twins", "yes")], "none").await;
        for (path, value) in [("/me/area", "bay"), ("/me/language", "en"), ("/me/first", "no")] {
            browser.get(path).await.status(200);
            browser.post(path, &[("value", value)]).await.leads_to("/me#facts");
            browser.post(path, &[("value", "nonsense")]).await.status(400);
        }
        browser.get("/me/subjects/a").await.has("value=\"2026\"").has("value=\"12\"");
        browser.post("/me/subjects/a", &[("due-y", "2026"), ("due-m", "2"), ("due-d", "30")]).await.status(422).has("2月に30日はありません");
        browser.post("/me/subjects/a", &[("due-y", "2026"), ("due-m", "12"), ("due-d", "20")]).await.leads_to("/me#facts");
        browser.post("/me/subjects/b", &[("due-y", "2026"), ("due-m", "12"), ("due-d", "20")]).await.leads_to("/me#facts");
        // Born early, both on one day.
        browser.get("/me/subjects/a/born").await.has("ふたごのもう1人も");
        browser.post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "22")]).await.status(422).has("まだ来ていない日付です");
        browser.post("/me/subjects/a/born", &[("born-y", "2026"), ("born-m", "11"), ("born-d", "20"), ("both", "yes")]).await.leads_to("/me#facts");
        browser.get("/me").await.has("生後1日").has("お子さん（2人目）");
        browser.post("/me/family", &[("c1-y", "2022"), ("c1-m", "5"), ("c1-d", "5"), ("c1-early", "yes")]).await.status(422).has("母子健康手帳にある出産予定日を入れてください");
        browser.post("/me/family", &[("c1-y", "2022"), ("c1-m", "5"), ("c1-d", "5")]).await.leads_to("/me#facts");
        let household = service.only().await;
        assert_eq!((household.area.as_str(), household.language.as_str(), household.first_child), ("bay", "en", Some(false)));
        let subjects: Vec<_> = household.subjects.iter().map(|s| (s.slot.as_str(), s.kind.id(), s.stage_on, s.due_on)).collect();
        let (born, due) = (date(2026, 11, 20), Some(date(2026, 12, 20)));
        assert_eq!(subjects, [("a", "child", born, due), ("b", "child", born, due), ("c", "child", date(2022, 5, 5), None)]);
        // Pauses.
        browser.post("/me/pause", &[("weeks", "4")]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, Some(date(2026, 12, 19)));
        browser.get("/me").await.has("12月19日（土）まで、休んでいます");
        browser.post("/me/resume", &[]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, None);
        browser.post("/me/pause", &[("until-y", "2026"), ("until-m", "11"), ("until-d", "21")]).await.status(422).has("もう過ぎた日付です");
        browser.post("/me/pause", &[("until-y", "令和9"), ("until-m", "1"), ("until-d", "10")]).await.leads_to("/me#rest");
        assert_eq!(service.only().await.paused_until, Some(date(2027, 1, 10)));
    }
}

#[tokio::test]
async fn devices_and_line_are_sealed_contacts() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.json("/push/subscriptions", SUBSCRIPTION).await.leads_to("/me/enter");
        // From the LINE greeting: on to LINE with a nonce.
        let page = browser.get("/register?line=TOKEN%2B1").await;
        let page = browser.answer(&page, &[("consent", "2026-10-01")]).await;
        let page = browser.answer(&page, &DUE).await;
        let page = browser.answer(&page, &[("area", "")]).await;
        let page = browser.answer(&page, &[("language", "ja")]).await;
        let page = browser.answer(&page, &[("first", "")]).await;
        let page = browser.answer(page.has("value=\"line\" checked"), &[("channel", "line")]).await;
        let (before, nonce) = page.location.split_once("&nonce=").unwrap();
        assert_eq!(before, "http://127.0.0.1:9/dialog/bot/accountLink?linkToken=TOKEN%2B1");
        let household = service.only().await;
        let (db, vault, now) = (&service.db, &service.vault, service.now);
        assert_eq!(household::attach_line(db, vault, "wrong", LINE_USER, now).await.unwrap(), None);
        assert_eq!(household::attach_line(db, vault, nonce, LINE_USER, now).await.unwrap().as_ref(), Some(&household.id));
        let again = household::attach_line(db, vault, nonce, LINE_USER, now).await.unwrap();
        assert_eq!((again.as_ref(), service.only().await.contacts.len()), (Some(&household.id), 1), "the same event again changes nothing");
        let another = LINE_USER.replace('0', "f");
        assert_eq!(household::attach_line(db, vault, nonce, &another, now).await.unwrap(), None, "a nonce is good once");
        assert_eq!(household::by_line_user(db, vault, &another).await.unwrap(), None);
        let late = household::line_nonce(db, &household.id, now).await.unwrap();
        assert_eq!(household::attach_line(db, vault, &late, LINE_USER, now + 601).await.unwrap(), None, "a nonce is good for ten minutes");
        assert_eq!(household::by_line_user(db, vault, LINE_USER).await.unwrap().as_ref(), Some(&household.id));
        // Blocked, and back.
        assert!(household::line_gone(db, vault, LINE_USER, now).await.unwrap() && !household::line_gone(db, vault, LINE_USER, now).await.unwrap());
        assert_eq!(service.only().await.contacts.len(), 0);
        assert!(household::line_back(db, vault, LINE_USER).await.unwrap());
        // The device, twice: one contact.
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        for bad in [SUBSCRIPTION.replace("fcm.googleapis.com", "10.0.0.1"), SUBSCRIPTION.replace("https", "http"), "{}".into(), "x".repeat(9000)] {
            browser.json("/push/subscriptions", &bad).await.status(400);
        }
        let channels: Vec<&str> = service.only().await.contacts.iter().map(|c| c.channel.id()).collect();
        assert_eq!(channels, ["line", "web_push"]);
        let sealed: Vec<(String, String)> = sqlx::query_as("SELECT channel, address FROM contacts").fetch_all(db.pool()).await.unwrap();
        let key = vault.key(&household.id).await.unwrap().unwrap();
        for (channel, address) in sealed {
            assert!(!address.contains(LINE_USER) && !address.contains("googleapis"));
            let plain = key.open("contacts.address", &address).unwrap();
            assert!(if channel == "line" { plain == LINE_USER } else { plain.starts_with(r#"{"endpoint":"https://fcm."#) }, "{plain}");
        }
        // The same device for another household: it belongs there now, and the old contact ends with its history.
        let mut other = service.browser();
        other.register(&DUE, "push").await;
        other.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        assert_eq!(household::load(db, &household.id).await.unwrap().unwrap().contacts.len(), 1);
        assert_eq!(service.count("SELECT COUNT(*) FROM contacts WHERE lookup LIKE 'moved:%' AND address = '' AND gone_at IS NOT NULL").await, 1);
        // Taken off: the address is erased.
        let line = &household::load(db, &household.id).await.unwrap().unwrap().contacts[0].id;
        browser.post("/me/channel/remove", &[("contact", line)]).await.leads_to("/me/channel");
        assert_eq!(service.count("SELECT COUNT(*) FROM contacts WHERE channel = 'line' AND address = '' AND gone_at IS NOT NULL").await, 1);
        assert!(!household::line_back(db, vault, LINE_USER).await.unwrap());
        assert_eq!(household::by_line_user(db, vault, LINE_USER).await.unwrap(), None, "it opens nothing any more");
        assert_eq!(household::attach_line(db, vault, nonce, LINE_USER, now).await.unwrap(), None, "nor does the old nonce bring it back");
    }
}

#[tokio::test]
async fn a_number_carries_the_registration_into_lines_browser() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "line").await.leads_to("/register/done?to=line");
        let done = browser.get("/register/done?to=line").await;
        let code = done.text.split("<strong class=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut line = service.browser();
        line.get("/register?line=T").await.has("もう登録した方");
        line.post("/register/pair", &[("line", "T"), ("pairing", "2222-2222-2222")]).await.status(422).has("この番号は使えません");
        let page = line.post("/register/pair", &[("line", "T"), ("pairing", &code.to_lowercase().replace('-', " "))]).await;
        assert!(page.location.starts_with("http://127.0.0.1:9/dialog/bot/accountLink?linkToken=T&nonce="), "{}", page.location);
        line.get("/me").await.status(200);
        line.post("/register/pair", &[("line", "T"), ("pairing", &code)]).await.status(422);
        // Known already: one tap.
        browser.get("/register?line=T2").await.has("いまの登録にLINEをつなぐ");
        let page = browser.post("/me/line", &[("line", "T2")]).await;
        assert!(page.location.contains("linkToken=T2&nonce="), "{}", page.location);
        service.only().await;
    }
}

#[tokio::test]
async fn a_link_opens_the_page_once() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&DUE, "none").await;
        let id = service.only().await.id;
        let link = household::one_time_link(&service.db, &id, service.now).await.unwrap();
        let mut phone = service.browser();
        // A preview that only reads it does not use it up.
        phone.get(&format!("/me/enter/{link}")).await.status(200).has("この端末でマイページが開きます");
        phone.get("/me").await.leads_to("/me/enter");
        phone.post(&format!("/me/enter/{link}"), &[]).await.leads_to("/me");
        phone.get("/me").await.status(200);
        service.browser().post(&format!("/me/enter/{link}"), &[]).await.status(410).has("このリンクは<wbr>使えません");
        assert_eq!(household::sign_in_by_link(&service.db, &link, service.now).await.unwrap(), None);
        let old = household::one_time_link(&service.db, &id, service.now - 1801).await.unwrap();
        assert_eq!(household::sign_in_by_link(&service.db, &old, service.now).await.unwrap(), None);
        phone.post("/me/leave", &[]).await.leads_to("/me/enter");
        phone.get("/me").await.leads_to("/me/enter");
        browser.get("/me").await.status(200);
        browser.post("/me/leave-everywhere", &[]).await.leads_to("/me/enter");
        assert_eq!(service.count("SELECT COUNT(*) FROM household_sessions").await, 0);
    }
}

#[tokio::test]
async fn erases_everything() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        browser.register(&BOTH, "push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        let id = service.only().await.id;
        let key = service.vault.key(&id).await.unwrap().unwrap();
        let (token, question) = (key.seal("consultations.token", "t").unwrap(), key.seal("consultation_entries.body", "眠れません").unwrap());
        for (sql, sealed) in [
            ("INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at, settled_at, outcome) SELECT id, 'letter:2026-W47', 'web_push', $1, 1, 1, 1, 'sent' FROM contacts", "h"),
            (
                "INSERT INTO consultations (id, token_hash, token, key_owner, household_id, category, subject_slot, profession, source, language, asked_at, due_at, consent_version, created_at)
                  SELECT 'c', '', $1, id, id, 'self', '', 'midwife', '', 'ja', 1, 1, 'v', 1 FROM households",
                &token,
            ),
            ("INSERT INTO consultation_entries (id, consultation_id, author, body, created_at) VALUES ('e', 'c', 'asker', $1, 1)", &question),
        ] {
            sqlx::query(sql).bind(sealed).execute(service.db.pool()).await.unwrap();
        }
        let hash = otayori::vault::token_hash("t");
        sqlx::query("UPDATE consultations SET token_hash = $1").bind(hash).execute(service.db.pool()).await.unwrap();
        browser.get("/me").await.has("href=\"/letters/2026-W47/h/\"").has("11月17日（火）のおたより").has("href=\"/q/t\"");
        let record = browser.get("/me/record.json").await;
        let record: serde_json::Value = serde_json::from_str(&record.status(200).text).unwrap();
        assert_eq!((record["subjects"][0]["date"].as_str(), record["contacts"][0]["channel"].as_str()), (Some("2027-03-16"), Some("web_push")));
        assert!(record["contacts"][0]["address"].as_str().unwrap().contains("fcm.googleapis.com"));
        assert_eq!(record["letters"][0]["week"], "2026-W47");
        assert_eq!(record["consultations"][0]["entries"][0]["text"], "眠れません");
        browser.get("/me/delete").await.has("元には戻せません");
        browser.post("/me/delete", &[]).await.status(200).has("消しました");
        for table in [
            "SELECT COUNT(*) FROM households",
            "SELECT COUNT(*) FROM subjects",
            "SELECT COUNT(*) FROM contacts",
            "SELECT COUNT(*) FROM letters",
            "SELECT COUNT(*) FROM outbox",
            "SELECT COUNT(*) FROM consultations",
            "SELECT COUNT(*) FROM consultation_entries",
            "SELECT COUNT(*) FROM household_sessions",
            "SELECT COUNT(*) FROM one_time_links",
        ] {
            assert_eq!(service.count(table).await, 0, "{table}");
        }
        assert!(service.vault.key(&id).await.unwrap().is_none(), "the key is destroyed");
        assert!(browser.cookies.is_empty());
        assert_eq!(service.count("SELECT COUNT(*) FROM audit WHERE action = 'erase'").await, 1);
        household::erase(&service.db, &service.vault, &id, service.now).await.unwrap();
    }
}

#[tokio::test]
async fn made_up_households_are_the_same_every_time() {
    let mut lists = Vec::new();
    for test in databases().await {
        let service = Service::start(&test).await;
        let site = &service.app.config.site;
        let target = Target::Subjects { pregnancies: 40, children: 300 };
        for already in [false, true] {
            let mut address = |n: u64| Ok(SUBSCRIPTION.replace("/abc", &format!("/{n}")));
            let spec = Spec { target, seed: 7, date: date(2026, 11, 21), now: service.now, site, line_percent: 60, push: Some(&mut address) };
            let made = generate(&service.db, &service.vault, spec, &mut |_| {}).await.unwrap();
            assert_eq!((made.pregnancies, made.children, made.already, made.line + made.web_push), (40, 300, already, made.households));
            assert!((50..70).contains(&(made.line * 100 / made.households)), "{made:?}");
        }
        let list = household::list(&service.db).await.unwrap();
        assert!(list.iter().all(|h| h.generated && h.channels.len() == 1 && !h.subjects.is_empty()));
        assert_eq!(service.count("SELECT COUNT(*) FROM letters").await, list.len() as i64);
        lists.push(list);
    }
    assert!(lists.windows(2).all(|two| two[0] == two[1]), "the same on both databases");
}

#[tokio::test]
async fn imports_all_or_nothing() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let (site, today) = (&service.app.config.site, service.app.today());
        let text = format!(
            "household,kind,due_on,birth_on,area,language,first_child,line\n1,pregnancy,2027-03-16,,south,ja,no,{LINE_USER}\n1,child,,2025/4/10,,,,\n2,child,,2022-01-02,,,,\n"
        );
        let (found, problems) = import::read("in.csv", &text, site, today);
        assert!(!problems.has_errors());
        let ids = import::store(&service.db, &service.vault, found.clone(), service.now).await.unwrap();
        assert_eq!(ids.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        // A LINE user who is there already is a mistake of the file; and whatever happens, a file is stored whole or not at all.
        let known = import::check_known(&service.db, &service.vault, "in.csv", &found).await.unwrap().sorted();
        assert_eq!(
            known.iter().map(|p| (p.line, p.message.as_str())).collect::<Vec<_>>(),
            [(2, "この LINE のユーザーは、もう登録しています"), (4, "同じ地区・同じ日付の世帯を、前にも取りこんでいます")]
        );
        assert!(known[1].severity == otayori::diag::Severity::Warning && known[1].hint.contains("households remove"), "{known:?}");
        assert!(import::store(&service.db, &service.vault, found, service.now).await.is_err());
        // A household that only looks alike in part is another one, and so is one that registered by itself.
        let other = "household,kind,due_on,birth_on,area\n8,child,,2022-01-02,south\n9,child,,2022-01-02,\n9,child,,2025-01-02,\n";
        let (found, problems) = import::read("in.csv", other, site, today);
        assert_eq!((problems.counts(), import::check_known(&service.db, &service.vault, "in.csv", &found).await.unwrap().counts()), ((0, 0), (0, 0)));
        // The same child twice in a household: twins, or a slip.
        let twice = "household,kind,due_on,birth_on\n7,child,,2022-01-02\n7,child,,2022/1/2\n";
        let (found, problems) = import::read("in.csv", twice, site, today);
        assert_eq!((found.len(), problems.counts()), (1, (0, 1)));
        assert_eq!(
            problems.sorted()[0].to_string(),
            "warning: in.csv:3:1 同じ世帯に、同じ誕生日（2022-01-02）の行がもうあります\n  hint: ふたごなら、このままで正しいです。同じ子を2度書いていたら、1行を消してください"
        );
        let list = household::list(&service.db).await.unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!((list[0].subjects.len(), list[0].channels.as_slice(), list[0].generated), (2, ["line".to_owned()].as_slice(), false));
        assert_eq!(household::by_line_user(&service.db, &service.vault, LINE_USER).await.unwrap().as_ref(), Some(&ids[0].1));
    }
}
