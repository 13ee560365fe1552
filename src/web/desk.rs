//! `/desk`: who waits, the thread, the answer. Reading and writing are rights of the routes; here they only decide what
//! is shown.

pub(super) mod act;
mod list;
mod view;
pub(super) mod wanted;

use super::{Error, Result, Shared, SignedIn};
use crate::consult::{self, Change, Consultation, Entry, Which};
use crate::content::Profession;
use crate::markdown::{answer_html, answer_problems};
use crate::outbox::{self, Notice};
use crate::staff::Staff;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use list::page;
use serde::Deserialize;
use serde_json::Value;
use view::thread;

/// How long the notice of an answer is worth delivering.
const NOTICE_TTL: u32 = 7 * 24 * 3600;

const NOT_SENT: &str = "まだ送っていません";

/// Which list, and of which profession.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Filter {
    /// An id, or `all`; empty: the own profession.
    #[serde(default)]
    profession: String,
    /// `done`: answered and closed ones.
    #[serde(default)]
    show: String,
    /// What was done just now, to be said once.
    #[serde(default)]
    did: String,
    /// The thread that was closed just now.
    #[serde(default)]
    closed: String,
    /// The page of the list, from 1.
    #[serde(default)]
    page: String,
    /// The crowd that is listed.
    #[serde(default)]
    crowd: String,
    /// The version of the thread that was on the page before: what came since is said.
    #[serde(default)]
    since: String,
}

impl Filter {
    /// The profession whose threads are listed: as chosen, else the own.
    fn of(&self, staff: &Staff) -> Option<Profession> {
        if self.profession.is_empty() { staff.profession } else { Profession::from_id(&self.profession) }
    }
    fn which(&self) -> Which {
        match (self.show.as_str(), self.crowd.as_str()) {
            ("done", _) => Which::Done,
            (_, "") => Which::Waiting,
            (_, crowd) => Which::Crowd(crowd.to_owned()),
        }
    }
    /// The page of the list, from 0; what is no number is the first.
    fn page(&self) -> usize {
        self.page.parse::<usize>().unwrap_or(1).saturating_sub(1)
    }
    /// What leads back to the same place in the list.
    fn place(&self) -> String {
        let mut more = url::form_urlencoded::Serializer::new(String::new());
        if self.show == "done" {
            more.append_pair("show", "done");
        }
        for (name, value) in [("page", &self.page), ("crowd", &self.crowd)] {
            if !value.is_empty() {
                more.append_pair(name, value);
            }
        }
        let more = more.finish();
        if more.is_empty() { more } else { format!("&{more}") }
    }
    /// `?profession=…`, with the own one written out, for links and forms.
    fn query(&self, staff: &Staff) -> String {
        format!("?profession={}{}", self.of(staff).map_or("all", Profession::id), self.place())
    }
    /// The same without its page, for the links to the pages.
    fn list(&self, staff: &Staff) -> String {
        Self { page: String::new(), ..self.clone() }.query(staff)
    }
    fn path(&self, path: &str, more: &str) -> String {
        let profession = Profession::from_id(&self.profession)
            .map_or(if self.profession.is_empty() { "" } else { "all" }, Profession::id);
        format!("{path}?profession={profession}{}{more}", self.place())
    }
    fn to_thread(&self, id: &str, did: &str, anchor: &str) -> String {
        let more = if did.is_empty() { String::new() } else { format!("&did={did}") };
        format!("{}#{anchor}", self.path(&format!("/desk/q/{id}"), &more))
    }
    /// The same, with what came since that version.
    fn to_news(&self, id: &str, did: &str, since: i64) -> String {
        format!("{}#talk", self.path(&format!("/desk/q/{id}"), &format!("&did={did}&since={since}")))
    }
    fn to_list(&self, closed: &str) -> String {
        self.path("/desk", &format!("&closed={closed}"))
    }
    /// The same filter on the list of those who wait.
    fn waiting(&self) -> Self {
        Self { show: String::new(), ..self.clone() }
    }
}

/// What stands in the box of the answer, and around it.
#[derive(Default)]
struct Writing {
    text: String,
    /// Which draft of the writer's the text goes on from.
    draft: String,
    /// What is looked for among the articles.
    find: String,
    preview: Option<String>,
    /// What was asked for and is not done: 「まだ送っていません」.
    undone: Option<&'static str>,
    problem: Option<String>,
    /// What others did since the version that the writer saw, and that version.
    news: Vec<Change>,
    since: Option<i64>,
    /// Other words that the writer has kept in another window meanwhile.
    other: Option<String>,
    /// What was done just now.
    did: String,
}

impl Writing {
    /// From the draft as it is stored.
    async fn stored(app: &Shared, staff: &Staff, thread: &Consultation) -> Result<Self> {
        let draft = consult::draft(&app.db, &app.vault, thread, &staff.id).await?.unwrap_or_default();
        Ok(Self { text: draft.text, draft: draft.id, find: draft.find, ..Self::default() })
    }
    /// With what came since a version.
    fn with_news(self, since: i64, news: Vec<Change>) -> Self {
        Self { news, since: Some(since), ..self }
    }
}

/// The version of the thread that a form's page showed. What brings none has seen nothing.
fn seen(version: &str) -> i64 {
    version.parse().unwrap_or(-1)
}

/// `GET /desk`
pub(super) async fn list(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    page(&app, signed_in.staff()?, &filter, None).await
}

/// `GET /desk/q/<id>`
pub(super) async fn read(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let mut writing = Writing { did: filter.did.clone(), ..Writing::stored(&app, staff, &opened.0).await? };
    if filter.did == "preview" && !writing.text.trim().is_empty() {
        let published = app.published();
        let library = &*published.library;
        let wrong = answer_problems(&writing.text, library);
        writing.problem = (!wrong.is_empty()).then(|| wrong.join("。"));
        writing.undone = writing.problem.is_some().then_some(NOT_SENT);
        writing.preview = Some(answer_html(&writing.text, library));
    }
    if let Ok(since) = filter.since.parse() {
        let news = consult::news_at_desk(&app.db, &id, since, &staff.id).await?;
        writing = writing.with_news(since, news);
    }
    let thread = thread(&app, staff, &opened, writing).await?;
    page(&app, staff, &filter, Some(thread)).await
}

/// `GET /desk/pulse`: the counts, for the page that refreshes itself.
pub(super) async fn pulse(State(app): State<Shared>) -> Result<Json<Value>> {
    Ok(Json(list::pulse(&app).await?))
}

async fn open(app: &Shared, staff: &Staff, id: &str) -> Result<(Consultation, Vec<Entry>)> {
    consult::read(&app.db, &app.vault, id, &staff.id, app.now()).await?.ok_or(Error::NotFound)
}

/// "There is an answer", without content and without a link that would show one: `/me/answers` asks who it is first.
fn notice(app: &Shared, consultation: &Consultation, entry_id: &str) -> Notice {
    Notice {
        key: outbox::answer_key(entry_id),
        title: "お返事が届いています。".into(),
        body: "マイページで読めます。".into(),
        url: app.config.url("/me/answers"),
        ask_url: app.config.url("/ask"),
        language: consultation.language.clone(),
        ttl: NOTICE_TTL,
        low_urgency: false,
    }
}
