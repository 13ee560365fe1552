//! Letters from planning to the phone: the choice, the queue, dispatch, the week's run.

mod choice;
mod faults;
mod figures;
mod growth;
mod one_message;
mod queue;
mod quota;
mod sending;
mod week;

use crate::support::TestDb;
use otayori::calendar::{Date, date};
use otayori::channel::{
    Asked, Carrier, Carriers, Delivery, Each, Multicast, Outcome, Remaining, Single, Together, Way,
};
use otayori::clock::Clock;
use otayori::config::Config;
use otayori::contact::Channel;
use otayori::content::{Article, Bulletin, Library, Review, ReviewedText, Version};
use otayori::demo::standin;
use otayori::letter;
use otayori::outbox::Notice;
use otayori::schedule::Sender;
use otayori::segment::{Rule, Segment, Unit, Window};
use otayori::vault::{Vault, new_id};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The Tuesday of the sample's letter week.
pub fn tuesday() -> Date {
    date(2026, 11, 24)
}

/// The sample city's settings, with its databases and keys in a folder of the test.
pub fn config(folder: &Path) -> Config {
    let data = folder.join("data");
    let env = move |name: &str| match name {
        "OTAYORI_KEY_FILE" => Some(data.join("master.key").display().to_string()),
        "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", data.join("keys.db").display())),
        "OTAYORI_LINE_API_BASE" => Some("http://127.0.0.1:1".into()),
        "OTAYORI_ALLOW_LOOPBACK_PUSH" => Some("1".into()),
        _ => None,
    };
    Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap()
}

/// The main version, to be changed.
pub fn main_of(article: &mut otayori::content::Article) -> &mut otayori::content::Version {
    std::sync::Arc::make_mut(article.versions.get_mut("ja").unwrap())
}

pub fn version(language: &str, title: &str, review: Option<(Date, Date)>) -> Version {
    Version {
        language: language.into(),
        file: String::new(),
        title: title.into(),
        title_html: title.into(),
        summary: format!("{title}の要約"),
        review: review.map(|(on, next)| Review {
            by: "takase-wataru".into(),
            on,
            next,
            text: ReviewedText::Same,
            whole: false,
            changes: Default::default(),
        }),
        minutes: 3,
        body: otayori::markdown::Rendered { lead_html: format!("<p>{title}</p>"), ..Default::default() }.into(),
        ..Version::default()
    }
}

/// An article with a review that holds through 2026 and 2027.
pub fn article(slug: &str, windows: &[Window]) -> Article {
    let review = Some((date(2026, 1, 1), date(2027, 12, 31)));
    Article {
        slug: slug.into(),
        file: String::new(),
        versions: BTreeMap::from([("ja".to_owned(), version("ja", slug, review).into())]),
        windows: windows.to_vec(),
        segments: Vec::new(),
        topics: Vec::new(),
        authors: Vec::new(),
        ask: None,
        sources: Vec::new(),
        aliases: Vec::new(),
        essential: false,
        draft: false,
    }
}

pub fn bulletin(slug: &str, segment: &str, publish: Date) -> Bulletin {
    Bulletin {
        slug: slug.into(),
        file: String::new(),
        versions: BTreeMap::from([("ja".to_owned(), version("ja", slug, None).into())]),
        segments: vec![segment.into()],
        publish,
        until: None,
        on: None,
        pin: false,
        urgent: false,
        topics: Vec::new(),
        sources: Vec::new(),
        aliases: Vec::new(),
        draft: false,
    }
}

pub fn weeks(from: i32, to: i32) -> Window {
    Window { unit: Unit::PregnancyWeeks, from, to }
}
pub fn months(from: i32, to: i32) -> Window {
    Window { unit: Unit::ChildMonths, from, to }
}

pub fn library(articles: Vec<Article>, bulletins: Vec<Bulletin>, segments: Vec<(&str, Rule)>) -> Library {
    Library {
        articles: articles.into_iter().map(|a| (a.slug.clone(), a.into())).collect(),
        bulletins: bulletins.into_iter().map(|b| (b.slug.clone(), b.into())).collect(),
        segments: segments
            .into_iter()
            .map(|(id, rule)| (id.to_owned(), Segment { id: id.into(), file: String::new(), title: id.into(), rule }))
            .collect(),
        ..Library::default()
    }
}

/// Articles for every week and month, three bulletins.
pub fn city() -> Library {
    let mut articles: Vec<Article> = (0..42).map(|w| article(&format!("week-{w:02}"), &[weeks(w, w + 1)])).collect();
    articles.extend((0..72).map(|m| article(&format!("month-{m:02}"), &[months(m, m + 1)])));
    let everyone =
        Rule::Any(vec![Rule::Window(weeks(0, 45)), Rule::Window(Window { unit: Unit::ChildYears, from: 0, to: 6 })]);
    let segments = vec![
        ("everyone", everyone),
        ("late", Rule::Window(weeks(28, 41))),
        ("south", Rule::Area(vec!["south".into()])),
    ];
    library(
        articles,
        vec![
            bulletin("closed", "everyone", date(2026, 11, 1)),
            bulletin("class", "late", date(2026, 11, 2)),
            bulletin("south", "south", date(2026, 11, 3)),
        ],
        segments,
    )
}

/// A database with its vault, settings and a sender through a stand-in in memory.
pub struct City {
    pub test: TestDb,
    pub config: Arc<Config>,
    pub vault: Vault,
    pub memory: Arc<Memory>,
    _folder: tempfile::TempDir,
}

impl City {
    pub async fn on(test: TestDb) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Arc::new(config(folder.path()));
        let vault = Vault::open(&config.services, &test.db).await.unwrap();
        Self { test, config, vault, memory: Arc::default(), _folder: folder }
    }
    /// A wall's clock that shows the hour of a day's letters.
    pub fn clock(&self, day: Date) -> Clock {
        Clock::set(letter::send_at(day, &self.config).seconds())
    }
    pub fn sender(&self) -> Sender {
        Sender {
            config: self.config.clone(),
            db: self.test.db.clone(),
            vault: self.vault.clone(),
            carriers: self.memory.carriers(),
            patience: Duration::from_secs(20),
            clock: self.clock(tuesday()),
            drop_gone: false,
        }
    }
    /// The same over real HTTP to a stand-in of LINE.
    pub async fn sender_over(&self, line: &standin::Line) -> Sender {
        self.sender_with(line, standin::Line::TOKEN).await
    }
    /// The same with this channel access token, or none.
    pub async fn sender_with(&self, line: &standin::Line, token: &str) -> Sender {
        let mut config = (*self.config).clone();
        config.services.line_api_base = line.base().to_owned();
        config.services.line_channel_token = (!token.is_empty()).then(|| token.into());
        config.services.line_channel_secret = Some(standin::Line::SECRET.into());
        let config = Arc::new(config);
        let carriers =
            Carriers::open(&config, &self.test.db, &self.vault, otayori::clock::machine_seconds).await.unwrap();
        Sender { config, carriers, ..self.sender() }
    }
    /// The same with a wall's clock that shows this instant.
    pub fn sender_at(&self, now: i64) -> Sender {
        Sender { clock: Clock::set(now), ..self.sender() }
    }
    pub async fn run(&self, sql: &'static str, bind: &[&str]) -> u64 {
        let mut query = sqlx::query(sql);
        for b in bind {
            query = query.bind(*b);
        }
        query.execute(self.test.db.pool()).await.unwrap().rows_affected()
    }
    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.test.db.pool()).await.unwrap()
    }
    /// A household with subjects `(kind, stage_on)` and contacts; its id.
    pub async fn household(&self, language: &str, subjects: &[(&str, Date)], contacts: &[(&str, &str)]) -> String {
        let id = new_id();
        let key = self.vault.create_key(&id).await.unwrap();
        self.run(
            "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, created_at, \
             updated_at, generated_at) VALUES ($1, $2, 'south', 'yes', '', '1', 1, 1, 1, 1)",
            &[&id, language],
        )
        .await;
        self.run("INSERT INTO persons (id, household_id, key_owner, created_at) VALUES ($1, $1, $1, 1)", &[&id]).await;
        for (n, (kind, on)) in subjects.iter().enumerate() {
            let slot = char::from(b'a' + n as u8).to_string();
            self.run(
                "INSERT INTO subjects (id, household_id, slot, kind, stage_on, created_at) VALUES ($1, $2, $3, \
                $4, $5, 1)",
                &[&new_id(), &id, &slot, kind, &on.to_string()],
            )
            .await;
        }
        for (channel, address) in contacts {
            let sealed = key.seal("contacts.address", address).unwrap();
            self.run(
                "INSERT INTO contacts (id, person_id, household_id, channel, address, lookup, lookup_version, \
                 created_at) VALUES ($1, $2, $2, $3, $4, $5, 1, 1)",
                &[&new_id(), &id, channel, &sealed, &new_id()],
            )
            .await;
        }
        id
    }
    /// `n` households of 24 weeks on LINE: they share one letter.
    pub async fn alike(&self, n: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for i in 0..n {
            ids.push(
                self.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("line", &format!("U{i:032x}"))]).await,
            );
        }
        ids
    }
}

/// A PushSubscription on loopback.
pub fn subscription(id: &str) -> String {
    serde_json::json!({ "endpoint": format!("http://127.0.0.1:1/push/{id}"), "keys": { "p256dh": "x", "auth": "x" } })
        .to_string()
}

/// What the stand-in does with the next request.
#[derive(Debug, Clone)]
pub enum Next {
    /// This, and nothing is accepted.
    Answer(Outcome),
    /// Accepts and never answers: whoever asked may be killed now.
    AcceptAndHang,
}

/// The services in memory: they keep retry keys as LINE does.
#[derive(Default)]
pub struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    next: VecDeque<Next>,
    /// Retry key → recipients and messages of its first request.
    keys: HashMap<String, (Vec<String>, String)>,
    accepted_keys: Vec<String>,
    got: BTreeMap<String, u32>,
    requests: u32,
    /// Push requests after so many are accepted, and not answered; how many were not.
    silent_after: Option<u32>,
    silent: u32,
    /// Requests that were accepted and are not answered.
    hanging: u32,
    /// Messages that LINE takes this month; none: without limit.
    quota: Option<u64>,
    asked: u32,
}

impl Memory {
    /// LINE takes so many messages this month.
    pub fn quota(&self, messages: Option<u64>) {
        self.0.lock().unwrap().quota = messages;
    }
    /// How often LINE was asked what is left.
    pub fn asked(&self) -> u32 {
        self.0.lock().unwrap().asked
    }
    pub fn next(&self, next: Next) {
        self.0.lock().unwrap().next.push_back(next);
    }
    /// Push requests after so many more are accepted, and never answered.
    pub fn silent_after(&self, requests: u32) {
        self.0.lock().unwrap().silent_after = Some(requests);
    }
    /// How many push requests were accepted and not answered.
    pub fn silent(&self) -> u32 {
        self.0.lock().unwrap().silent
    }
    /// Waits until so many requests were accepted and are not answered: whoever asked can be killed now, however slow
    /// the machine is.
    pub async fn hangs(&self, requests: u32) {
        while self.0.lock().unwrap().hanging < requests {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    /// Everything is accepted again.
    pub fn recover(&self) {
        let mut kept = self.0.lock().unwrap();
        kept.next.clear();
        kept.silent_after = None;
    }
    /// How often each person got something.
    pub fn got(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap().got.clone()
    }
    pub fn requests(&self) -> u32 {
        self.0.lock().unwrap().requests
    }
    pub fn everybody_once(&self, people: usize) {
        let got = self.got();
        assert_eq!(got.len(), people, "nobody missed");
        assert!(got.values().all(|n| *n == 1), "nobody twice: {got:?}");
    }
    fn request(&self, push: bool, accept: impl FnOnce(&mut Kept)) -> Option<Outcome> {
        let mut kept = self.0.lock().unwrap();
        kept.requests += 1;
        let silent = push && kept.silent_after == Some(0);
        if push && !silent {
            kept.silent_after = kept.silent_after.map(|n| n - 1);
        }
        if silent {
            kept.silent += 1;
        }
        match kept.next.pop_front().or_else(|| silent.then_some(Next::AcceptAndHang)) {
            Some(Next::Answer(outcome)) => Some(outcome),
            next => {
                accept(&mut kept);
                kept.hanging += u32::from(next.is_some());
                next.is_none().then_some(Outcome::Sent)
            }
        }
    }
}

/// LINE of it, and whether that is a stand-in.
struct MemoryLine(Arc<Memory>, bool);
/// Push services of it.
struct MemoryPush(Arc<Memory>);

impl Memory {
    /// The channels as dispatch sees them.
    pub fn carriers(self: &Arc<Self>) -> Carriers {
        self.carriers_with_line(true)
    }
    /// The same, where LINE's API is a stand-in on this machine, or none.
    pub fn carriers_with_line(self: &Arc<Self>, stand_in: bool) -> Carriers {
        Carriers::of_each(|channel| match channel {
            Channel::Line => Arc::new(MemoryLine(self.clone(), stand_in)),
            Channel::WebPush | Channel::Email => Arc::new(MemoryPush(self.clone())),
        })
    }
}

impl Carrier for MemoryLine {
    fn way(self: Arc<Self>) -> Way {
        Way::Together(self)
    }
    fn one_account(&self) -> bool {
        true
    }
    fn is_stand_in(&self, _: &str) -> bool {
        self.1
    }
    fn has_allowance(&self) -> bool {
        true
    }
    fn remaining(&self) -> Asked<'_> {
        let mut kept = self.0.0.lock().unwrap();
        kept.asked += 1;
        let used = kept.got.iter().filter(|(to, _)| to.starts_with('U')).count() as u64;
        let left = kept.quota.map_or(Remaining::Unlimited, |quota| Remaining::Messages(quota.saturating_sub(used)));
        Box::pin(async move { Ok(left) })
    }
}

impl Together for MemoryLine {
    fn body(&self, notice: &Notice) -> String {
        format!(r#"[{{"type":"text","text":"{} {}"}}]"#, notice.title, notice.url)
    }
    fn send<'a>(&'a self, request: Multicast<'a>) -> Delivery<'a> {
        let Multicast { retry_key, to, body, .. } = request;
        Box::pin(async move {
            assert!(!to.is_empty() && to.len() <= 500, "{} recipients", to.len());
            let outcome = self.0.request(false, |kept| {
                if !kept.accepted_keys.iter().any(|k| k == retry_key) {
                    kept.accepted_keys.push(retry_key.to_owned());
                    for user in to {
                        *kept.got.entry(user.clone()).or_default() += 1;
                    }
                }
            });
            let now = (to.to_vec(), body.to_owned());
            let first =
                self.0.0.lock().unwrap().keys.entry(retry_key.to_owned()).or_insert_with(|| now.clone()).clone();
            assert_eq!(first, now, "a retry key always comes with the same request");
            match outcome {
                Some(outcome) => outcome,
                None => std::future::pending().await,
            }
        })
    }
}

impl Carrier for MemoryPush {
    fn way(self: Arc<Self>) -> Way {
        Way::Each(self)
    }
    fn one_account(&self) -> bool {
        false
    }
    fn is_stand_in(&self, address: &str) -> bool {
        address.contains("http://127.0.0.1")
    }
}

impl Each for MemoryPush {
    fn service(&self, _: &str) -> String {
        "http://127.0.0.1:1".into()
    }
    fn send<'a>(&'a self, message: Single<'a>) -> Delivery<'a> {
        Box::pin(async move {
            match self.0.request(true, |kept| *kept.got.entry(message.to.to_owned()).or_default() += 1) {
                Some(outcome) => outcome,
                None => std::future::pending().await,
            }
        })
    }
}
