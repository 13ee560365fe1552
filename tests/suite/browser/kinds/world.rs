//! A city in which every kind of page has something to show: households, a letter in each language, questions, staff,
//! the demo, the preview.

use super::table::{Kind, Server, Who};
use crate::support::TestApp;
use otayori::calendar::{Date, Timestamp, date};
use otayori::consult::{self, Category, NewAnswer, NewQuestion, Source, Which};
use otayori::contact::{self, Member};
use otayori::content::Profession;
use otayori::demo::pages::{Account, Demo, Figure, Flyer, Sample, Start};
use otayori::household;
use otayori::letter;
use otayori::outbox::{self, Notice};
use otayori::preview::{Audience, PreviewState};
use otayori::segment::SubjectKind;
use otayori::site::{Address, Edition};
use otayori::staff::{self, NewAccount, Role};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use tower_http::services::ServeDir;

const PASSWORD: &str = "correct horse battery staple";
const OLD: &str = "tsuwari-2025";

/// A page with everything that must not be.
const WRONG: &str = r##"<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>わるい見本</title><script src="http://127.0.0.2:9/foreign.js"></script></head>
<body><main><h1>わるい見本</h1><p style="color:#bbb">うすい字</p><p style="width:40em">はみ出す箱</p><center>古い書き方</center><img src="http://127.0.0.2:9/foreign.png">
<button>押しても何も起きない</button><script>document.querySelector("main").insertAdjacentHTML("beforeend", "<a href='/later/'>あとから</a>")</script></main></body></html>"##;

pub struct World {
    pub app: TestApp,
    names: BTreeMap<&'static str, String>,
    sessions: HashMap<&'static str, String>,
    servers: HashMap<&'static str, String>,
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        let app = TestApp::with_login_and_mail("2026-11-24").await;
        let mut world = Self {
            app,
            names: BTreeMap::new(),
            sessions: HashMap::new(),
            servers: HashMap::new(),
            _folder: tempfile::tempdir().unwrap(),
        };
        world.name_contents();
        world.households().await;
        world.staff().await;
        world.questions().await;
        world.serve().await;
        world
    }

    /// The whole address of a kind's page.
    pub fn url(&self, kind: &Kind) -> String {
        let base = match kind.server {
            Server::City => &self.app.url,
            Server::Host => &self.servers["host"],
            Server::Demo => &self.servers["demo"],
            Server::Preview => &self.servers["preview"],
        };
        format!("{base}{}", self.filled(kind.path))
    }

    /// The address of the page with everything that must not be.
    pub fn wrong(&self) -> String {
        format!("{}/wrong/", self.servers["host"])
    }

    /// Puts what the world knows in place of `{name}`.
    pub fn filled(&self, text: &str) -> String {
        let filled =
            self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        assert!(!filled.contains('{'), "{filled}: nothing is called so");
        filled
    }

    /// The session cookie of who opens the page.
    pub fn cookie(&self, who: Who) -> Option<(&'static str, &str)> {
        let (cookie, name) = match who {
            Who::Nobody => return None,
            Who::Mother => ("household", "mother"),
            Who::New => ("household", "new"),
            Who::Quiet => ("household", "quiet"),
            Who::Leaving => ("household", "leaving"),
            Who::Midwife => ("staff", "midwife"),
            Who::CityStaff => ("staff", "city"),
        };
        Some((cookie, &self.sessions[name]))
    }

    /// Articles, topics and people to be shown: the article is the one with the longest page.
    fn name_contents(&mut self) {
        let app = &self.app.engine.app;
        let published = app.published();
        let library = &published.library;
        let page = |slug: &str| {
            std::fs::metadata(app.config.public.join(format!("articles/{slug}/index.html"))).map_or(0, |m| m.len())
        };
        let heaviest = library.articles.keys().max_by_key(|slug| page(slug)).unwrap();
        let topic = library.topics.iter().find(|t| t.id != "loss").unwrap();
        let shown = |b: &otayori::content::Bulletin| !b.draft && b.shown_on(app.today());
        let (bulletin, text) =
            library.bulletins.iter().find(|(_, b)| shown(b)).map(|(slug, b)| (slug, &b.versions["ja"])).unwrap();
        let person = &library.people[0];
        self.names.extend([
            ("heaviest", heaviest.to_string()),
            ("topic", topic.id.clone()),
            ("topic_title", topic.title.clone()),
            ("bulletin", bulletin.to_string()),
            ("bulletin_title", text.title.clone()),
            ("person", person.id.clone()),
            ("person_name", person.name.clone()),
            ("flyer", library.flyers.values().find(|f| !f.draft).unwrap().id.clone()),
            ("consent", app.config.site.consent.version.clone()),
            ("moved", OLD.to_owned()),
        ]);
    }

    async fn household(
        &mut self,
        name: &'static str,
        language: &str,
        subjects: &[(SubjectKind, Date)],
        line_user: Option<&str>,
    ) -> String {
        let id = self.app.household(language, subjects, line_user).await;
        let app = &self.app.engine.app;
        let session = household::sign_in(&app.db, &id, app.now()).await.unwrap();
        self.sessions.insert(name, session);
        id
    }

    async fn households(&mut self) {
        use SubjectKind::{Child, Pregnancy};
        let user = |letter: char| format!("U{}", letter.to_string().repeat(32));
        let (due, birth) = (date(2027, 3, 16), date(2025, 4, 20));
        let mother = self.household("mother", "ja", &[(Pregnancy, due), (Child, birth)], Some(&user('a'))).await;
        let english = self.household("english", "en", &[(Pregnancy, due)], Some(&user('b'))).await;
        let easy = self.household("easy", "easy", &[(Pregnancy, due)], Some(&user('c'))).await;
        let sent = self.app.send("2026-11-24").await;
        assert_eq!((sent.sent, sent.refused, sent.pending), (3, 0, 0), "{sent:?}");
        self.household("new", "ja", &[(Child, birth)], None).await;
        let quiet = self.household("quiet", "ja", &[(Pregnancy, due)], None).await;
        self.household("leaving", "ja", &[(Pregnancy, due)], None).await;

        let app = &self.app.engine.app;
        let slot = household::load(&app.db, &quiet).await.unwrap().unwrap().subjects[0].slot.clone();
        household::stop_subject(&app.db, &quiet, &slot, app.now()).await.unwrap();
        let own = household::load(&app.db, &mother).await.unwrap().unwrap();
        let slot_of = |kind| own.subjects.iter().find(|s| s.kind == kind).unwrap().slot.clone();
        self.names.extend([("stopped", slot), ("pregnancy", slot_of(Pregnancy)), ("child", slot_of(Child))]);
        for (name, id) in [("letter", &mother), ("letter_en", &english), ("letter_easy", &easy)] {
            let letter = letter::received(&app.db, id).await.unwrap().pop().unwrap();
            self.names.extend([(name, letter.hash), ("week", letter.week)]);
        }
        for (name, id, week) in
            [("link", &mother, ""), ("letter_link", &mother, "2026-W48"), ("other_link", &english, "")]
        {
            self.names.insert(name, contact::one_time_link(&app.db, id, week, app.now()).await.unwrap());
        }
        let on_line = household::load(&app.db, &easy).await.unwrap().unwrap().contacts.remove(0).id;
        self.names.insert("stop", household::stop_token(&app.vault, &on_line).unwrap());
        self.names.insert("mail_stop", household::mail_stop_token(&app.vault, &on_line).unwrap());
        contact::ask_email(&app.db, &app.vault, &easy, &"a..b@docomo.ne.jp".parse().unwrap(), app.now()).await.unwrap();
        let asked = contact::pending_emails(&app.db, &app.vault, &easy, app.now()).await.unwrap().remove(0);
        self.names.insert("confirm", contact::confirm_token(&app.vault, &asked.id).unwrap());
        self.names.insert("household", mother);
    }

    async fn staff(&mut self) {
        let app = &self.app.engine.app;
        for (name, login, shown, role, profession) in [
            ("midwife", "saeki", "佐伯みのり", Role::Clinician, Some(Profession::Midwife)),
            ("city", "shi", "こども未来課", Role::CityStaff, None),
        ] {
            let account = NewAccount { login: login.into(), name: shown.into(), role, profession };
            staff::add(&app.db, &account, PASSWORD, app.now()).await.unwrap();
            let staff::SignIn::In { token, .. } =
                staff::sign_in(&app.db, &app.vault, login, PASSWORD, None, app.now()).await.unwrap()
            else {
                panic!("{login} cannot sign in")
            };
            self.sessions.insert(name, token);
        }
    }

    async fn questions(&mut self) {
        let app = &self.app.engine.app;
        let desk = consult::desk_hours(&app.config.site.desk).unwrap();
        let published = app.published();
        let earlier = Timestamp::from_second(app.now() - 3600).unwrap().to_zoned(app.config.zone.clone());
        for (name, household, text) in [
            (
                "answered",
                Some(self.names["household"].as_str()),
                "立ち上がるとくらっとします。抱っこが怖くなりました。",
            ),
            ("danger", None, "昨日の夜から、おなかが何度か張ります。今朝、下着に少し出血がありました。"),
        ] {
            let asker = household.map(|id| Member { person_id: id.into(), household_id: id.into() });
            let question = NewQuestion {
                token: name,
                asker: asker.as_ref(),
                category: Category::Pregnancy,
                stage: otayori::danger::Stage::Unknown,
                subject_slot: if household.is_some() { &self.names["pregnancy"] } else { "" },
                source: &Source::of("article:tsuwari", &published.library),
                language: "ja",
                text,
                tapped: None,
                consent_version: &app.config.site.consent.version,
                crowd: "",
            };
            consult::ask(&app.db, &app.vault, &desk, &question, &earlier).await.unwrap();
        }
        let midwife = staff::session(&app.db, &self.sessions["midwife"], app.now()).await.unwrap().unwrap();
        let answered = consult::by_token(&app.db, "answered").await.unwrap().unwrap();
        let danger = consult::by_token(&app.db, "danger").await.unwrap().unwrap();
        let notice = Notice {
            key: "answer:e1".into(),
            title: "お返事が届いています。".into(),
            body: "マイページで読めます。".into(),
            url: app.config.url("/me/answers"),
            ask_url: app.config.url("/ask"),
            language: "ja".into(),
            ttl: 86_400,
            low_urgency: false,
        };
        let text = "怖かったですね。\n\n- 立つ前に、足首を10回動かす\n- 抱っこは座ってから\n\n> [!今日] \
            今日のうちに産院へ電話\n> - 気を失った。転んでおなかを打った\n\nあわせて読む：[つわり](article:tsuwari)";
        let answer = NewAnswer {
            entry_id: "e1",
            seen: answered.version,
            draft: "",
            staff_id: &midwife.id,
            text,
            notice: &notice,
        };
        assert_eq!(
            consult::answer(&app.db, &app.vault, &answered, &answer, app.now() - 600).await.unwrap(),
            consult::Outcome::Done
        );
        let waiting = consult::waiting::page(&app.db, &app.vault, &Which::Waiting, None, 0).await.unwrap().rows;
        assert_eq!(
            waiting.iter().map(|w| &w.id).collect::<Vec<_>>(),
            [&danger.id],
            "only the question in danger waits"
        );
        self.names.extend([
            ("answered", "answered".into()),
            ("danger", "danger".into()),
            ("answered_id", answered.id),
            ("danger_id", danger.id),
        ]);
    }

    async fn serve(&mut self) {
        let app = self.app.engine.app.clone();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));

        // A host that knows nothing but files; an article that has moved.
        let published = app.published();
        let edition = Edition::new(&app.config, &published.library, &published.theme, app.today());
        let path = format!("/articles/{OLD}/");
        let moved = edition
            .render(&Address::Moved(path.clone(), Box::new(Address::Article("tsuwari".into(), "ja".into()))))
            .unwrap();
        let page = axum::routing::get(move || async { axum::response::Html(moved) });
        let wrong = axum::routing::get(|| async {
            (
                [("content-security-policy", "default-src 'self' 'unsafe-inline'; img-src *")],
                axum::response::Html(WRONG),
            )
        });
        let host = axum::Router::new()
            .route(&path, page)
            .route("/wrong/", wrong)
            .fallback_service(ServeDir::new(&app.config.public));

        // The flyers are not built here; a picture stands for one.
        let picture = app.config.public.join("flyers");
        std::fs::create_dir_all(&picture).unwrap();
        std::fs::copy(root.join("themes/default/static/icon-512.png"), picture.join("touroku-a4.png")).unwrap();
        let demo = otayori::demo::pages::router(app.clone(), self.demo().await);

        let audience = Audience {
            households: 120,
            registered: 1360,
            groups: vec![("妊娠5〜8週".into(), 80), ("妊娠9〜16週".into(), 40)],
            channels: vec![("LINE".into(), 90), ("この端末の通知".into(), 30)],
            languages: vec![("日本語".into(), 110), ("English".into(), 10)],
            others: 12,
            instead: vec!["はじめての健診".into()],
            had_before: 4,
            stopped: 3,
        };
        let workshop = PreviewState::open(root, Some(app.today()), Arc::new(move |_, _, _| Ok(Some(audience.clone()))));
        let preview = otayori::preview::pages(workshop);

        for (name, router) in [("host", host), ("demo", demo), ("preview", preview)] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            self.servers.insert(name, format!("http://{}", listener.local_addr().unwrap()));
            tokio::spawn(async move {
                axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>()).await
            });
        }
    }

    async fn demo(&self) -> Demo {
        let app = &self.app.engine.app;
        let (week, letter, household) = (&self.names["week"], &self.names["letter"], &self.names["household"]);
        let start = Start {
            summary: vec![Figure { label: "ページ".into(), value: "412".into() }],
            flyers: vec![Flyer {
                name: "登録のチラシ（A4）".into(),
                png: "/flyers/touroku-a4.png".into(),
                pdf: "/flyers/touroku-a4.screen.pdf".into(),
            }],
            households: vec![Sample {
                what: "妊娠24週0日と1歳7か月".into(),
                letter: format!("/letters/{week}/{letter}/"),
                line: format!("/demo/phone/{household}"),
                push: String::new(),
                mail: String::new(),
                enter: format!("/demo/enter/{household}"),
            }],
            accounts: vec![Account {
                what: "助産師（お返事を書く）".into(),
                login: "saeki".into(),
                password: PASSWORD.into(),
            }],
            question: Some("/q/answered".into()),
            week: week.clone(),
            code: "a4".into(),
        };
        Demo {
            start,
            notices: outbox::notices_of(&app.db, &format!("letter:{week}")).await.unwrap(),
            day: app.today(),
            line: self.app.line.clone(),
            mail: Arc::new(otayori::demo::standin::MailServer::start().await.unwrap()),
        }
    }
}
