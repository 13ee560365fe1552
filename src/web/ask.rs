//! `/ask`: a question is written, checked on a page, and sent once.

use super::address::Address;
use super::forms::{Pairs, value};
use super::{Error, Result, Shared, SignedIn, quiet, taps, when};
use crate::aid::List;
use crate::calendar::{Date, months_old};
use crate::consult::{self, Category, Found, LONGEST_QUESTION, Matter, NewQuestion, Source, Subject};
use crate::content::Profession;
use crate::crowd::{self, What};
use crate::danger::{self, Stage};
use crate::vault;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// `?from=article:<slug>` or `letter`.
#[derive(Deserialize)]
pub(super) struct Begun {
    #[serde(default)]
    from: String,
}

/// What was typed and tapped; the pages after the first carry it in hidden fields, never in an address.
#[derive(Debug, Default, Serialize)]
pub(super) struct Typed {
    from: String,
    /// `pregnancy`, `child`, `self`, or of a household `child-b`.
    who: String,
    text: String,
    consent: String,
    taps: Vec<String>,
    /// Back from the confirmation page to the form.
    #[serde(skip)]
    edit: bool,
    #[serde(skip)]
    ticket: String,
}

impl From<Pairs> for Typed {
    fn from(pairs: Pairs) -> Self {
        let one = |name: &str| value(&pairs, name).to_owned();
        Self {
            from: one("from"),
            who: one("who"),
            text: one("text"),
            consent: one("consent"),
            taps: pairs.iter().filter(|(name, _)| name == taps::FIELD).map(|(_, tap)| tap.clone()).collect(),
            edit: !one("edit").is_empty(),
            ticket: one("ticket"),
        }
    }
}

/// One row of だれのことですか.
#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    title: String,
    hint: String,
    #[serde(skip)]
    category: Category,
    #[serde(skip)]
    stage: Stage,
    #[serde(skip)]
    matter: Matter,
    #[serde(skip)]
    slot: String,
    /// What can be tapped for it.
    #[serde(skip)]
    lists: Vec<List>,
    /// The same by their names, with spaces.
    taps: String,
}

impl Choice {
    /// With what is on record of it.
    fn of(mut self, subjects: &[Subject], today: Date) -> Self {
        self.stage = consult::stage_for(self.category, &self.slot, subjects, today);
        self
    }
}

/// `GET /ask`
pub(super) async fn form(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Query(Begun { from }): Query<Begun>,
) -> Result<Response> {
    let spared = spared(&app, &signed_in, &jar, &from).await?;
    let typed = Typed { from, ..Typed::default() };
    let choices = choices(&app, &signed_in, spared).await?;
    form_page(&app, &choices, typed, &[])
}

/// `POST /ask`: the confirmation page, or the form again.
pub(super) async fn check(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let typed = Typed::from(pairs);
    let spared = spared(&app, &signed_in, &jar, &typed.from).await?;
    let choices = choices(&app, &signed_in, spared).await?;
    if typed.edit {
        return form_page(&app, &choices, typed, &[]);
    }
    let errors = errors(&choices, &typed);
    if !errors.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form_page(&app, &choices, typed, &errors)?).into_response());
    }
    let Some(choice) = choices.iter().find(|c| c.value == typed.who) else { return Err(Error::NotFound) };
    let text = consult::checked_text(&typed.text, LONGEST_QUESTION).map_err(Error::BadRequest)?;
    let published = app.published();
    let source = Source::of(&typed.from, &published.library);
    let now = app.zoned();
    let tapped = taps::tapped(&choice.lists, &typed.taps);
    let found = Found::in_text(&text, choice.stage).and_tapped(
        &tapped.unwrap_or_default(),
        taps::lines(&choice.lists, &typed.taps),
        taps::of_pregnancy(&choice.lists, &typed.taps),
    );
    let helps = choice.matter.help(&found, source.loss || choice.title == AFTER_A_LOSS);
    // She may have taken the first choice: what she has lost is not named.
    let gone = choice.category == Category::Pregnancy && choice.matter.lost(&found);
    let context = json!({
        "typed": Typed { text: text.clone(), ..typed },
        "about": if gone { "わたしのこと" } else { &choice.title },
        "text_html": danger::escaped(&text),
        "choice": choice,
        "source": source.title,
        "profession": source.profession(choice.category).title(),
        "care": consult::care_for(found, choice.matter, &published.library.contacts, &now),
        "helps": helps,
        "ticket": consult::issue(&app.vault, "question", &vault::token()),
        "due": when::until(&consult::desk_hours(&app.config.site.desk)?.due(&now)),
        "guest": signed_in.household.is_none(),
        "section": "ask",
    });
    app.page("ask-confirm.html", app.config.main_language(), &context)
}

/// `POST /ask/send`: stored once, however often it is pressed.
///
/// Where more comes from one source, or from everywhere, than people write, each waits a little; what shows danger
/// never does. All of it is stored.
pub(super) async fn send(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Address(address): Address,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let typed = Typed::from(pairs);
    let expired = || {
        Error::BadRequest("このページは古くなっています。お手数ですが、質問のページからもう一度お願いします。".into())
    };
    let token = consult::redeem(&app.vault, "question", &typed.ticket).ok_or_else(expired)?;
    let spared = spared(&app, &signed_in, &jar, &typed.from).await?;
    let choices = choices(&app, &signed_in, spared).await?;
    let errors = errors(&choices, &typed);
    let Some(choice) = choices.iter().find(|c| c.value == typed.who).filter(|_| errors.is_empty()) else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form_page(&app, &choices, typed, &errors)?).into_response());
    };
    let text = consult::checked_text(&typed.text, LONGEST_QUESTION).map_err(Error::BadRequest)?;
    let from = crowd::Sender::of(signed_in.household.as_deref(), address.as_deref());
    let verdict = app.crowd(What::Ask, from).await?;
    let tapped = taps::tapped(&choice.lists, &typed.taps);
    let in_danger =
        tapped.as_ref().is_some_and(|t| !t.is_empty()) || !danger::dangers(&text, &choice.stage.into()).is_empty();
    if !in_danger && !app.turn(&verdict).await {
        let full = "いま、たくさんの質問がいちどに届いています。文は残っています。1分ほど待って、\
            もう一度「内容を確かめる」から送ってください";
        let problem = Problem { field: "text", message: full.into() };
        return Ok((StatusCode::TOO_MANY_REQUESTS, form_page(&app, &choices, typed, &[problem])?).into_response());
    }
    let published = app.published();
    let asker = signed_in.member();
    let question = NewQuestion {
        token: &token,
        asker: asker.as_ref(),
        category: choice.category,
        stage: choice.stage,
        subject_slot: &choice.slot,
        source: &Source::of(&typed.from, &published.library),
        language: app.config.main_language(),
        text: &text,
        tapped: tapped.as_ref(),
        consent_version: &app.config.site.consent.version,
        crowd: verdict.crowd(),
    };
    let desk = consult::desk_hours(&app.config.site.desk)?;
    consult::ask(&app.db, &app.vault, &desk, &question, &app.zoned()).await?;
    Ok(Redirect::to(&format!("/q/{token}")).into_response())
}

/// Whom a question may be about: the household's subjects, her own body, how she feels; for guests all matters.
/// `spared`: she comes from a page for those who have lost somebody, or nobody shall speak of bellies on her device.
async fn choices(app: &Shared, signed_in: &SignedIn, spared: Spared) -> Result<Vec<Choice>> {
    let today = app.today();
    let Some(household) = &signed_in.household else {
        let guest = |c: Category| {
            choice(Matter::of_guest(c), String::new(), guest_title(c, spared).to_owned(), String::new(), lists_of(c))
                .of(&[], today)
        };
        return Ok(in_order(Category::ALL.into_iter().map(guest).collect(), spared));
    };
    let subjects = consult::subjects(&app.db, household).await?;
    let matter = |category| Matter::of_household(category, &subjects);
    let open: Vec<&Subject> = subjects.iter().filter(|s| !s.stopped).collect();
    let mut choices: Vec<Choice> = Vec::new();
    for (n, subject) in open.iter().enumerate() {
        let stage = subject.stage(today);
        // Twins look alike: say which, in the order of registration.
        let alike = |s: &&&Subject| s.kind == subject.kind && s.stage(today) == stage;
        let which = if open.iter().filter(alike).count() > 1 {
            format!("（{}人目）", open[..n].iter().filter(alike).count() + 1)
        } else {
            String::new()
        };
        let category = subject.category();
        let lists =
            vec![if category == Category::Pregnancy { List::Pregnancy } else { by_age(subject.stage_on, today) }];
        choices.push(match category {
            Category::Pregnancy if spared != Spared::No => {
                choice(matter(category), subject.slot.clone(), format!("{PREGNANCY_NOW}{which}"), String::new(), lists)
            }
            Category::Pregnancy if stage.is_empty() => {
                choice(matter(category), subject.slot.clone(), category.title().to_owned(), stage, lists)
            }
            Category::Pregnancy => choice(
                matter(category),
                subject.slot.clone(),
                format!("{}{which}", category.title()),
                format!("{stage}。"),
                lists,
            ),
            Category::Child | Category::Body | Category::Own => {
                choice(matter(category), subject.slot.clone(), format!("{stage}の子{which}"), String::new(), lists)
            }
        });
    }
    // Before a stop as well as after it: after a birth or a loss there is still a body to ask about.
    let pregnant = open.iter().any(|s| s.category() == Category::Pregnancy);
    let body = if pregnant || spared == Spared::Loss { AFTER_A_LOSS } else { Category::Body.title() };
    choices.push(choice(
        matter(Category::Body),
        String::new(),
        body.to_owned(),
        String::new(),
        lists_of(Category::Body),
    ));
    choices.push(choice(
        matter(Category::Own),
        String::new(),
        Category::Own.title().to_owned(),
        String::new(),
        lists_of(Category::Own),
    ));
    Ok(in_order(choices.into_iter().map(|c| c.of(&subjects, today)).collect(), spared))
}

/// As she may name her body before a stop.
const AFTER_A_LOSS: &str = "わたしのからだのこと（お別れのあと）";
/// A pregnancy where nothing speaks of a belly.
const PREGNANCY_NOW: &str = "いまの妊娠のこと";

/// Where somebody is to be spared, her own body and feelings come first, and a pregnancy last.
fn in_order(mut choices: Vec<Choice>, spared: Spared) -> Vec<Choice> {
    if spared != Spared::No {
        choices.sort_by_key(|c| match c.category {
            Category::Body => 0,
            Category::Own => 1,
            Category::Child => 2,
            Category::Pregnancy => 3,
        });
    }
    choices
}

/// Is nobody to speak of bellies where a question begins?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spared {
    No,
    /// The device was quiet, for whatever reason.
    Device,
    /// It begins with a page of loss.
    Loss,
}

/// Of a household that is recognised its subjects tell.
async fn spared(app: &Shared, signed_in: &SignedIn, jar: &CookieJar, from: &str) -> Result<Spared> {
    Ok(if Source::of(from, &app.published().library).loss {
        Spared::Loss
    } else if signed_in.household.is_none() && quiet::is(app, signed_in, jar).await? {
        Spared::Device
    } else {
        Spared::No
    })
}

/// What can be tapped for a matter of which nothing more is known.
pub(super) fn lists_of(category: Category) -> Vec<List> {
    match category {
        Category::Pregnancy => vec![List::Pregnancy],
        Category::Child => vec![List::Baby, List::Child],
        Category::Body => vec![List::After],
        Category::Own => Vec::new(),
    }
}

/// A baby's first three months have dangers of their own.
pub(super) fn by_age(born: Date, today: Date) -> List {
    if months_old(born, today) < 3 { List::Baby } else { List::Child }
}

fn choice(matter: Matter, slot: String, title: String, stage: String, lists: Vec<List>) -> Choice {
    let category = matter.category;
    let value = if slot.is_empty() { category.id().to_owned() } else { format!("{}-{slot}", category.id()) };
    let answers = match category {
        Category::Pregnancy | Category::Body => [Profession::Midwife, Profession::Obstetrician],
        Category::Child => [Profession::Paediatrician, Profession::Midwife],
        Category::Own => [Profession::Counsellor, Profession::Midwife],
    };
    let hint = format!("{stage}{}か{}が答えます", answers[0].title(), answers[1].title());
    let taps = lists.iter().map(|l| l.id()).collect::<Vec<_>>().join(" ");
    Choice { value, title, hint, category, stage: Stage::Unknown, matter, slot, lists, taps }
}

fn guest_title(category: Category, spared: Spared) -> &'static str {
    match category {
        Category::Pregnancy if spared != Spared::No => PREGNANCY_NOW,
        Category::Body if spared == Spared::Loss => AFTER_A_LOSS,
        Category::Body => "わたしのからだのこと（産後、お別れのあと）",
        Category::Pregnancy | Category::Own => category.title(),
        Category::Child => "子どものこと",
    }
}

/// A field's anchor and what to put right.
#[derive(Debug, Serialize)]
struct Problem {
    field: &'static str,
    message: String,
}

fn errors(choices: &[Choice], typed: &Typed) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |field, message: &str| problems.push(Problem { field, message: message.to_owned() });
    if !choices.iter().any(|c| c.value == typed.who) {
        add("who", "だれのことか、1つ選んでください");
    }
    let tapped = choices
        .iter()
        .find(|c| c.value == typed.who)
        .and_then(|c| taps::tapped(&c.lists, &typed.taps))
        .is_some_and(|t| !t.is_empty());
    if tapped && typed.text.trim().is_empty() {
        add(
            "text",
            "書けないときは、書かなくてかまいません。上の番号へ、いま電話してください。ここに残すときは、\
             「おねがいします」のひとことで送れます",
        );
    } else if let Err(message) = consult::checked_text(&typed.text, LONGEST_QUESTION) {
        add("text", &message);
    }
    if typed.consent != "yes" {
        add("consent", "「秘密は守ります」を読んで、しるしをつけてください");
    }
    problems
}

fn form_page(app: &Shared, choices: &[Choice], mut typed: Typed, errors: &[Problem]) -> Result<Response> {
    let published = app.published();
    let source = Source::of(&typed.from, &published.library);
    if typed.who.is_empty() {
        // What the article is about is chosen already, if there is exactly one such subject.
        let mut fitting = choices.iter().filter(|c| Some(c.category) == source.category);
        if let (Some(one), None) = (fitting.next(), fitting.next()) {
            typed.who.clone_from(&one.value);
        }
    }
    let chosen = choices.iter().find(|c| c.value == typed.who);
    let tapped = chosen.and_then(|c| taps::tapped(&c.lists, &typed.taps)).unwrap_or_default();
    let found = Found::in_text(&typed.text, chosen.map_or(Stage::Unknown, |c| c.stage)).and_tapped(
        &tapped,
        chosen.map(|c| taps::lines(&c.lists, &typed.taps)).unwrap_or_default(),
        chosen.is_some_and(|c| taps::of_pregnancy(&c.lists, &typed.taps)),
    );
    // Where nothing is chosen yet it is about oneself.
    let oneself = || choices.iter().find(|c| c.category == Category::Own);
    let matter = chosen.or_else(oneself).map_or(Matter::of_guest(Category::Own), |c| c.matter);
    let lists: Vec<List> = choices.iter().flat_map(|c| c.lists.iter().copied()).collect();
    let child = matter.may_have_a_child(source.loss || found.written.loss);
    let now = app.zoned();
    let desk = consult::desk_hours(&app.config.site.desk)?;
    let context = json!({
        "typed": typed,
        "choices": choices,
        "source": source.title,
        "errors": errors,
        "lists": taps::shown(app, &lists, &typed.taps, child),
        "none": taps::none(&typed.taps),
        "own": chosen.is_some_and(|c| c.category == Category::Own),
        "care": consult::care_for(found, matter, &published.library.contacts, &now),
        "due": when::until(&desk.due(&now)),
        "reads": desk.next_opening(&now).map(|at| when::until(&at)),
        "longest": LONGEST_QUESTION,
        "section": "ask",
    });
    app.page("ask.html", app.config.main_language(), &context)
}
