//! `/desk`: who waits, the thread, the answer. Reading and writing are rights of the routes; here they only decide what is shown.

pub(super) mod act;
mod list;
mod view;
pub(super) mod wanted;

use super::{Error, Result, Shared, SignedIn};
use crate::consult::{self, Author, Consultation, Entry, Which};
use crate::content::{Profession, answer_html, answer_problems};
use crate::outbox::Notice;
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
        let profession = Profession::from_id(&self.profession).map_or(if self.profession.is_empty() { "" } else { "all" }, Profession::id);
        format!("{path}?profession={profession}{}{more}", self.place())
    }
    fn to_thread(&self, id: &str, did: &str, anchor: &str) -> String {
        let more = if did.is_empty() { String::new() } else { format!("&did={did}") };
        format!("{}#{anchor}", self.path(&format!("/desk/q/{id}"), &more))
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
    /// What is looked for among the articles.
    find: String,
    preview: Option<String>,
    problem: Option<String>,
    /// What was done just now.
    did: String,
}

/// `GET /desk`
pub(super) async fn list(State(app): State<Shared>, signed_in: SignedIn, Query(filter): Query<Filter>) -> Result<Response> {
    page(&app, signed_in.staff()?, &filter, None).await
}

/// `GET /desk/q/<id>`
pub(super) async fn read(State(app): State<Shared>, signed_in: SignedIn, Path(id): Path<String>, Query(filter): Query<Filter>) -> Result<Response> {
    let staff = signed_in.staff()?;
    let opened = open(&app, staff, &id).await?;
    let draft = consult::draft(&app.db, &app.vault, &opened.0, &staff.id).await?.unwrap_or_default();
    let mut writing = Writing { did: filter.did.clone(), ..Writing::default() };
    if filter.did == "preview" && !draft.text.trim().is_empty() {
        let library = &app.published().library;
        let wrong = answer_problems(&draft.text, library);
        writing.problem = (!wrong.is_empty()).then(|| wrong.join("。"));
        writing.preview = Some(answer_html(&draft.text, library));
    }
    (writing.text, writing.find) = (draft.text, draft.find);
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

/// The newest entry on the page that a person wrote.
fn seen(entries: &[Entry]) -> &str {
    entries.iter().rev().find(|e| !matches!(e.author, Author::System(_))).map_or("", |e| e.id.as_str())
}

/// "There is an answer", without content and without a link that would show one: `/me/answers` asks who it is first.
fn notice(app: &Shared, consultation: &Consultation, entry_id: &str) -> Notice {
    Notice {
        key: format!("answer:{entry_id}"),
        title: "お返事が届いています。".into(),
        body: "マイページで読めます。".into(),
        url: app.config.url("/me/answers"),
        ask_url: app.config.url("/ask"),
        language: consultation.language.clone(),
        ttl: NOTICE_TTL,
        low_urgency: false,
    }
}
