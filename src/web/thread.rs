//! `/q/<token>`: the thread behind a link, where it goes on; `/me/answers`: a person's threads.

use super::address::Address;
use super::forms::{Pairs, value};
use super::{Error, Result, Shared, SignedIn, ask, taps, when};
use crate::aid::List;
use crate::calendar::spoken;
use crate::consult::{
    self, Author, Category, Change, Consultation, Entry, Kind, LONGEST_QUESTION, Matter, Milestone, Outcome, Source,
    Stands, Survey, SurveyBox,
};
use crate::content::Library;
use crate::crowd::{self, What};
use crate::danger::{self, About, Stage};
use crate::markdown::answer_html;
use crate::vault;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What was said of an answer.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    answer: String,
    /// The version of the thread that was on the page.
    #[serde(default)]
    version: String,
}

/// `?since=`: the version of the thread that was on the page before: what came since is said.
#[derive(Deserialize)]
pub(super) struct Since {
    #[serde(default)]
    since: String,
}

/// The version of a form's page; what brings none has seen nothing.
fn version(field: &str) -> i64 {
    field.parse().unwrap_or(-1)
}

/// An entry as pages show it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// `mine`, `theirs` or `sys`.
    pub class: &'static str,
    /// 助産師 佐伯みのり
    pub who: String,
    /// When.
    pub at: when::Moment,
    /// The text as HTML.
    pub html: String,
}

/// The thread, if this reader may see it: that of somebody who is recognised only on her own devices.
enum Found {
    Thread(Box<Consultation>),
    /// Led to the way in.
    NotYours(Response),
}

async fn find(app: &Shared, signed_in: &SignedIn, token: &str) -> Result<Found> {
    let consultation = consult::by_token(&app.db, token).await?.ok_or(Error::NotFound)?;
    Ok(if consultation.is_open_to(signed_in.person.as_deref()) {
        Found::Thread(Box::new(consultation))
    } else {
        Found::NotYours(Redirect::to("/me/enter").into_response())
    })
}

/// `GET /q/<token>`
pub(super) async fn thread(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(token): Path<String>,
    Query(since): Query<Since>,
) -> Result<Response> {
    match find(&app, &signed_in, &token).await? {
        Found::Thread(consultation) => {
            let news = match since.since.parse() {
                Ok(since) => consult::news_for_asker(&app.db, &consultation.id, since).await?,
                Err(_) => Vec::new(),
            };
            page(&app, &signed_in, &consultation, Typed { token: &token, news, stored: true, ..Typed::default() }).await
        }
        Found::NotYours(way_in) => Ok(way_in),
    }
}

/// `POST /q/<token>`: goes on. In danger nothing stands between the question and the desk: it is stored, and the page
/// shows whom to ring.
pub(super) async fn follow_up(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Address(address): Address,
    Path(token): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let typed = value(&pairs, "text").to_owned();
    let taps: Vec<String> = pairs.iter().filter(|(name, _)| name == taps::FIELD).map(|(_, tap)| tap.clone()).collect();
    let consultation = match find(&app, &signed_in, &token).await? {
        Found::Thread(consultation) => consultation,
        Found::NotYours(way_in) => return Ok(way_in),
    };
    let seen = version(value(&pairs, "version"));
    let again = async |problem: &str| {
        let news = consult::news_for_asker(&app.db, &consultation.id, seen).await?;
        let typed = Typed { token: &token, text: &typed, taps: &taps, problem: Some(problem), news, stored: false };
        let page = page(&app, &signed_in, &consultation, typed).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let text = match consult::checked_text(&typed, LONGEST_QUESTION) {
        Ok(text) => text,
        Err(problem) => return again(&problem).await,
    };
    let Some(entry_id) =
        consult::redeem(&app.vault, &format!("follow_up.{}", consultation.id), value(&pairs, "ticket"))
    else {
        let problem = "ページが古くなっていました。文は残っています。もう一度「送る」を押してください";
        return again(problem).await;
    };
    let from = crowd::Sender::of(signed_in.household.as_deref(), address.as_deref());
    let verdict = app.crowd(What::More, from).await?;
    // Those of her body stand there after a loss was written.
    let (_, mut lists) = matter(&app, &consultation).await?;
    lists.push(List::After);
    let tapped = taps::tapped(&lists, &taps);
    let about = about(&app, &consultation).await?;
    let in_danger = tapped.as_ref().is_some_and(|t| !t.is_empty()) || !danger::dangers(&text, &about).is_empty();
    if !in_danger && !app.turn(&verdict).await {
        let problem = "いま、たくさんの書きこみがいちどに届いています。文は残っています。1分ほど待って、\
            もう一度「送る」を押してください";
        return again(problem).await;
    }
    let desk = consult::desk_hours(&app.config.site.desk)?;
    let now = app.zoned();
    let more = consult::More { entry_id: &entry_id, seen, text: &text, about: &about, tapped: tapped.as_ref() };
    match consult::follow_up(&app.db, &app.vault, &desk, &consultation, &more, &now).await? {
        Outcome::Done => {}
        // An asker's words are taken in every state.
        Outcome::Gone | Outcome::Refused(_) | Outcome::Overtaken(_) => return Err(Error::NotFound),
    }
    // What was answered while it was written is said; the words are there all the same.
    let overtaken = !consult::news_for_asker(&app.db, &consultation.id, seen).await?.is_empty();
    let to = if overtaken { format!("/q/{token}?since={seen}") } else { format!("/q/{token}") };
    Ok(Redirect::to(&to).into_response())
}

/// `POST /q/<token>/join`: a guest's thread becomes the thread of the household that is signed in on this device.
pub(super) async fn join(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(token): Path<String>,
) -> Result<Redirect> {
    let member = signed_in.member().ok_or(Error::NotFound)?;
    consult::join(&app.db, &app.vault, &token, &member, app.now()).await?;
    Ok(Redirect::to(&format!("/q/{token}")))
}

/// `POST /q/<token>/survey`
pub(super) async fn survey(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(token): Path<String>,
    Form(said): Form<Said>,
) -> Result<Response> {
    let consultation = match find(&app, &signed_in, &token).await? {
        Found::Thread(consultation) => consultation,
        Found::NotYours(way_in) => return Ok(way_in),
    };
    let (seen, said) = (version(&said.version), Survey::from_id(&said.answer).ok_or(Error::NotFound)?);
    match consult::survey(&app.db, &app.vault, &consultation, seen, said, app.today()).await? {
        Outcome::Done | Outcome::Refused(_) => Ok(Redirect::to(&format!("/q/{token}#survey")).into_response()),
        // The mark would be for an answer that is not read yet.
        Outcome::Overtaken(news) => {
            let page = page(&app, &signed_in, &consultation, Typed { token: &token, news, ..Typed::default() }).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Outcome::Gone => Err(Error::NotFound),
    }
}

/// `GET /me/answers`: where notices lead, after recognition.
pub(super) async fn answers(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    let threads = consult::of_person(&app.db, &app.vault, signed_in.person()?).await?;
    let rows: Vec<_> = threads
        .iter()
        .map(|t| {
            json!({
                "token": t.token,
                "title": t.title,
                "asked": spoken::short(when::zoned(&app, t.created_at).date()),
                "answered": t.stands.answered_at().map(|at| when::moment(&when::zoned(&app, at)).said),
                "due": due(&app, t.stands),
            })
        })
        .collect();
    app.page("thread-list.html", app.config.main_language(), &json!({ "threads": rows, "section": "me" }))
}

/// What the thread is about by now, and what can be tapped before going on.
async fn matter(app: &Shared, consultation: &Consultation) -> Result<(Matter, Vec<List>)> {
    let (matter, subjects) = consult::matter(&app.db, consultation).await?;
    let lists = match (matter.category, subjects.iter().find(|s| s.slot == consultation.subject_slot)) {
        (Category::Child, Some(s)) => vec![ask::by_age(s.stage_on, app.today())],
        (about, _) => ask::lists_of(about),
    };
    Ok((matter, lists))
}

/// Until when a thread is to be answered that waits.
fn due(app: &Shared, stands: Stands) -> Option<String> {
    match stands {
        Stands::Waits { due_at } => Some(when::until(&when::zoned(app, due_at))),
        Stands::Answered { .. } | Stands::Over { .. } => None,
    }
}

/// What the page shows beside the thread itself.
#[derive(Default)]
struct Typed<'a> {
    token: &'a str,
    text: &'a str,
    taps: &'a [String],
    problem: Option<&'a str>,
    /// What the desk did while something was written …
    news: Vec<Change>,
    /// … which is in the thread by now.
    stored: bool,
}

async fn page(
    app: &Shared,
    signed_in: &SignedIn,
    consultation: &Consultation,
    Typed { token, text, taps, problem, news, stored }: Typed<'_>,
) -> Result<Response> {
    let entries = consult::entries(&app.db, &app.vault, consultation).await?.ok_or(Error::NotFound)?;
    let published = app.published();
    let now = app.zoned();
    let found =
        consult::found_in(&app.db, &app.vault, consultation, began_at(app, consultation).await?, &entries).await?;
    let (matter, mut lists) = matter(app, consultation).await?;
    if lists.contains(&List::Pregnancy) && matter.lost(&found) {
        // What her body may have; of twins one may live on.
        if matter.twins { lists.insert(0, List::After) } else { lists = vec![List::After] }
    }
    let loss = Source::of(&consultation.source, &published.library).loss;
    let child = matter.may_have_a_child(loss || found.written.loss);
    let helps = matter.help(&found, loss);
    let care = consult::care_for(found, matter, &published.library.contacts, &now);
    // Who is in danger, by words or by a tap, or mourns is not asked for a mark.
    let tapped = consult::tapped(&app.db, &app.vault, consultation).await?.unwrap_or_default();
    // What was tapped only is not shown, and invites no notice that somebody else might see.
    let unseen = tapped.iter().any(|d| matches!(d, consult::Danger::Violence | consult::Danger::ChildAbuseSeen));
    let tapped = !tapped.is_empty();
    let asked = care.is_none() && !tapped;
    let survey = if asked { consultation.state.survey() } else { SurveyBox::Nothing };
    let came = |kind: Kind| news.iter().any(|c| c.kind == kind);
    let due = due(app, consultation.state.stands());
    let context = json!({
        "token": token,
        "guest": consultation.household_id.is_none(),
        "unseen": unseen,
        "signed_in": signed_in.household.is_some(),
        "entries": entries.iter().map(|e| shown(app, e, &published.library, None)).collect::<Vec<_>>(),
        "care": care,
        "helps": helps,
        "answered": consultation.state.stands().answered_at().is_some(),
        "fresh": due.is_some() && problem.is_none(),
        "due": due,
        "version": consultation.version,
        "news": if came(Kind::Answered) { "answered" } else if came(Kind::Closed) { "closed" } else { "" },
        "stored": stored,
        "ticket": consult::issue(&app.vault, &format!("follow_up.{}", consultation.id), &vault::new_id()),
        "lists": taps::shown(app, &lists, taps, child),
        "none": taps::none(taps),
        "own": consultation.category() == Category::Own,
        "reads": consult::desk_hours(&app.config.site.desk)?.next_opening(&now).map(|at| when::until(&at)),
        "text": text,
        "problem": problem,
        "survey": (survey == SurveyBox::Asks).then(|| Survey::ALL.map(|s| json!({ "id": s.id(), "title": s.title() }))),
        "surveyed": survey == SurveyBox::Thanks,
        "section": "ask",
    });
    app.page("thread.html", app.config.main_language(), &context)
}

/// What a thread is about, as on the day on which it began.
pub(super) async fn began_at(app: &Shared, consultation: &Consultation) -> Result<Stage> {
    let began = when::zoned(app, consultation.created_at).date();
    Ok(consult::stage_of(&app.db, consultation, began).await?)
}

/// The same with what was written in it.
async fn about(app: &Shared, consultation: &Consultation) -> Result<About> {
    let entries = consult::entries(&app.db, &app.vault, consultation).await?.unwrap_or_default();
    let earlier = entries.into_iter().filter(|e| e.author == Author::Asker).map(|e| e.text).collect();
    Ok(About { earlier, ..began_at(app, consultation).await?.into() })
}

/// An entry as a page shows it; at the desk (`mark`, with what is known of it) with signs of danger marked.
pub(super) fn shown(app: &Shared, entry: &Entry, library: &Library, mark: Option<&About>) -> Shown {
    let at = when::moment(&when::zoned(app, entry.created_at));
    let due = |due: i64| when::until(&when::zoned(app, due));
    match &entry.author {
        Author::Asker => {
            let html =
                mark.map_or_else(|| danger::escaped(&entry.text), |about| danger::marked_html(&entry.text, about));
            Shown {
                class: "mine", who: if mark.is_some() { "相談した方".into() } else { "あなた".into() }, at, html
            }
        }
        Author::Staff { name, profession } => {
            let who = profession.map_or_else(|| name.clone(), |p| format!("{} {name}", p.title()));
            Shown { class: "theirs", who, at, html: answer_html(&entry.text, library) }
        }
        Author::System(event) => {
            let html = match event {
                Milestone::Received(at) => format!("受け取りました。{}までにお答えします。", due(*at)),
                Milestone::DangerShown => "急ぐときの電話番号（119など）を表示しました。".into(),
                Milestone::Closed => "この相談は終わりました。続きがあれば、いつでも書けます。".into(),
                Milestone::Reopened(at) => format!("もう一度開きました。{}までにお答えします。", due(*at)),
            };
            Shown { class: "sys", who: String::new(), at, html }
        }
    }
}
