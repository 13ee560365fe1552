//! The registration: one question a page, answers carried in hidden fields of POSTed forms, checked again at every
//! step.

use super::address::Address;
use super::forms::{self, Pairs, date_field, value};
use super::session::session_cookie;
use super::{Error, Result, Shared, SignedIn, quiet};
use crate::calendar::{Date, plus_days, spoken};
use crate::consult;
use crate::contact::{self, Channel, Member};
use crate::crowd::{Sender, What};
use crate::household::{self, Draft, MOST_CHILDREN, NO_CHANNEL, Problem, Rules, Step};
use crate::letter;
use crate::segment::SubjectKind;
use crate::vault::token;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What may stand behind `/register?`: nothing personal. LINE adds its link token, which is good once and for ten
/// minutes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    code: String,
    line: String,
}

/// `GET /register`: the consent, before anything is asked.
pub(super) async fn begin(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let mut draft = Draft::default();
    if household::known_code(&app.published().library, &arrival.code) {
        draft.set("code", arrival.code);
    }
    if !arrival.line.is_empty() && arrival.line.len() <= 300 {
        draft.set("line", arrival.line);
        draft.set("channel", Channel::Line.id());
    }
    draft.set("once", token());
    page(&app, &Shown { known: signed_in.household.is_some(), ..Shown::new(Step::Consent, &[]) }, &draft)
}

/// `POST /register`: one page's answers; from a guest's thread (`step=begin`) the first page, which carries the thread
/// along.
pub(super) async fn answer(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Address(address): Address,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let known = signed_in.household.is_some();
    let begins = value(&pairs, "step") == "begin";
    let step = Step::from_id(value(&pairs, "step")).unwrap_or(Step::Consent);
    // 直す on the last page leads back to it as soon as all is in order again.
    let (goto, add) = (Step::from_id(value(&pairs, "goto")), !value(&pairs, "add").is_empty());
    let returning = value(&pairs, "return") == "check" || (step == Step::Channel && goto.is_some());
    let shown = |step, problems| Shown { known, returning, ..Shown::new(step, problems) };
    let mut draft = Draft::from_pairs(pairs);
    if begins {
        draft.set("once", token());
        return page(&app, &shown(Step::Consent, &[]), &draft);
    }
    if add {
        let more = (draft.children() + 1).min(MOST_CHILDREN);
        draft.set("children", more.to_string());
        return page(&app, &shown(Step::Dates, &[]), &draft);
    }
    if let Some(goto) = goto {
        return page(&app, &shown(goto, &[]), &draft);
    }
    let on_offer = forms::channels(&app);
    let rules = Rules { site: &app.config.site, today: app.today(), channels: &on_offer };
    if step != Step::Channel {
        for earlier in Step::ALL.into_iter().filter(|s| *s <= step && s.applies(&draft)) {
            let problems = household::check_step(earlier, &draft, rules);
            if !problems.is_empty() {
                return page(&app, &shown(earlier, &problems), &draft);
            }
        }
        let dated = matches!(step, Step::Dates | Step::Early);
        if dated {
            household::write_out(&mut draft, rules.today);
        }
        let open = |s: &Step| {
            *s > step
                && s.applies(&draft)
                && (!returning || *s == Step::Channel || !household::check_step(*s, &draft, rules).is_empty())
        };
        let next = Step::ALL.into_iter().find(open).unwrap_or(Step::Channel);
        return page(&app, &Shown { dated, ..shown(next, &[]) }, &draft);
    }
    let mut registration = match household::register(&draft, rules) {
        Ok(registration) => registration,
        Err((step, problems)) => return page(&app, &shown(step, &problems), &draft),
    };
    if !household::known_code(&app.published().library, &registration.code) {
        registration.code.clear();
    }
    let verdict = app.crowd(What::Register, Sender::Address(address.as_deref())).await?;
    if !app.turn(&verdict).await {
        let full = "いま、たくさんの登録がいちどに届いています。書いたことは残っています。1分ほど待って、\
            もう一度押してください"
            .to_owned();
        let problem = Problem { field: "channel".into(), summary: full.clone(), message: full };
        return Ok(
            (StatusCode::TOO_MANY_REQUESTS, page(&app, &shown(Step::Channel, &[problem]), &draft)?).into_response()
        );
    }
    let once = draft.get("once");
    // Back in the browser and once more: the new answers count, as long as no letter was chosen by the first ones.
    if let Some(known) = contact::registered_by(&app.db, once, app.now()).await?
        && !letter::has_begun(&app.db, &known).await?
    {
        household::correct(&app.db, &known, &registration, app.now()).await?;
    }
    let (id, session) = household::create(&app.db, &app.vault, &registration, once, app.now()).await?;
    let jar = quiet::unmarked(&app, jar.add(session_cookie(&app, "household", session, contact::SESSION_DAYS)));
    let member = Member { person_id: id.clone(), household_id: id.clone() };
    if let Err(e) = consult::join(&app.db, &app.vault, draft.get("thread"), &member, app.now()).await {
        // The registration stands; the question can be joined from its own page.
        tracing::error!(error = format!("{e:#}"), "a guest's thread was not joined to its new household");
    }
    let (channel, link_token) = (draft.get("channel"), draft.get("line"));
    if channel.parse() == Ok(Channel::Line) && !link_token.is_empty() {
        return Ok((jar, to_line(&app, &id, link_token).await?).into_response());
    }
    Ok((jar, Redirect::to(&format!("/register/done?to={channel}"))).into_response())
}

/// On to LINE's page that ties the LINE user to the household (account link):
/// <https://developers.line.biz/en/docs/messaging-api/linking-accounts/>.
pub(super) async fn to_line(app: &Shared, person: &str, link_token: &str) -> Result<Redirect> {
    let nonce = contact::line_nonce(&app.db, person, app.now()).await?;
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("linkToken", link_token)
        .append_pair("nonce", &nonce)
        .finish();
    Ok(Redirect::to(&format!("{}/dialog/bot/accountLink?{query}", app.config.services.line_link_base)))
}

/// `POST /register/pair`: a registration made in another browser goes on in LINE's.
pub(super) async fn pair(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let link_token = value(&pairs, "line");
    if link_token.is_empty() || link_token.len() > 300 {
        return Err(Error::BadRequest("LINEのトークから、もう一度開いてください。".into()));
    }
    let typed = value(&pairs, "pairing");
    let another = contact::member_of_code(&app.db, typed, app.now())
        .await?
        .is_some_and(|m| signed_in.is_another(&m.household_id));
    if another && value(&pairs, "switch") != "yes" {
        let context = json!({ "line": link_token, "typed": typed, "another": true, "error": "" });
        return app.page("register-pair.html", app.config.main_language(), &context);
    }
    let Some((session, member)) = household::pair(&app.db, typed, app.now()).await? else {
        let context = json!({ "line": link_token, "typed": typed, "another": false, "error": "この番号は使えません。\
            30分がたったか、写しちがいかもしれません。" });
        return Ok((
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            app.page("register-pair.html", app.config.main_language(), &context)?,
        )
            .into_response());
    };
    if another {
        household::leave(&app.db, &app.vault, &signed_in.token, "", app.now()).await?;
    }
    let jar = jar.add(session_cookie(&app, "household", session, contact::SESSION_DAYS));
    Ok((jar, to_line(&app, &member.person_id, link_token).await?).into_response())
}

/// What came behind `/register/done?`: which channel was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    to: String,
}

/// `GET /register/done`: when the first letter comes, and what is still to do for it.
pub(super) async fn done(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Query(Chosen { to }): Query<Chosen>,
) -> Result<Response> {
    let id = signed_in.household()?;
    let household = household::load(&app.db, id).await?.ok_or(Error::NotFound)?;
    let to: Option<Channel> = to.parse().ok().filter(|channel| forms::channels(&app).contains(channel));
    let line_linked = household.contacts.iter().any(|c| c.channel == Channel::Line);
    let pairing = if to == Some(Channel::Line) && !line_linked {
        contact::pairing_code(&app.db, signed_in.person()?, app.now()).await?
    } else {
        String::new()
    };
    let first = first_letter(&app);
    app.page(
        "done.html",
        app.config.main_language(),
        &json!({
            "to": to.map_or(NO_CHANNEL, Channel::id),
            "first": first,
            "asked": !consult::of_person(&app.db, &app.vault, signed_in.person()?).await?.is_empty(),
            "line_linked": line_linked,
            "line_url": app.config.site.line.add_friend_url,
            "pairing": pairing,
            "vapid": app.vapid_public_key().unwrap_or_default(),
        }),
    )
}

/// 11月24日（火）の朝7時30分
pub(super) fn first_letter(app: &Shared) -> String {
    let config = &app.config;
    let day = spoken::next_letter(app.zoned().datetime(), config.letter_day, config.letter_time);
    format!("{}の{}", spoken::short(day), spoken::time(config.letter_time))
}

/// A row of the check.
#[derive(Serialize)]
struct Answered {
    title: String,
    text: String,
    stage: String,
    /// What will happen, where that is not plain.
    note: String,
    goto: &'static str,
}

impl Answered {
    /// Is it about a date that was typed?
    fn dated(&self) -> bool {
        matches!(self.goto, "dates" | "early")
    }
}

/// Which page is shown, and how.
struct Shown<'a> {
    step: Step,
    problems: &'a [Problem],
    /// A household is signed in on this device.
    known: bool,
    /// Came from the last page, and goes back there.
    returning: bool,
    /// Dates were typed on the page before: what was understood is said.
    dated: bool,
}

impl<'a> Shown<'a> {
    fn new(step: Step, problems: &'a [Problem]) -> Self {
        Self { step, problems, known: false, returning: false, dated: false }
    }
}

/// Which page of how many it is. How many there will be is known when the dates are.
fn place(step: Step, draft: &Draft) -> (usize, Option<usize>) {
    let asked: Vec<Step> = Step::ALL.into_iter().filter(|s| s.applies(draft)).collect();
    let part = asked.iter().filter(|s| **s <= step).count();
    (part, (step > Step::Dates).then_some(asked.len()))
}

fn page(app: &Shared, shown: &Shown<'_>, draft: &Draft) -> Result<Response> {
    let (config, today) = (&app.config, app.today());
    let &Shown { step, problems, known, returning, dated } = shown;
    let part_title = match step {
        Step::Consent => "市からのお約束",
        Step::Dates | Step::Early => "予定日と誕生日",
        Step::Area => "お住まいの地区",
        Step::Language => "ことば",
        Step::First => "はじめての子か",
        Step::Channel => "受け取り方",
    };
    let (part, parts) = place(step, draft);
    let answers = if step == Step::Channel || dated { answers(app, draft) } else { Vec::new() };
    let context = json!({
        "step": step.id(),
        "part": part,
        "parts": parts,
        "part_title": part_title,
        "back": if step == Step::Consent { "" } else { step.before(draft).id() },
        "hidden": draft.hidden(step),
        "errors": forms::summary(problems),
        "error": forms::error_of(problems, step_field(step)),
        "known": known,
        "returning": returning && step != Step::Channel,
        "line": draft.get("line"),
        "consent": { "version": config.site.consent.version,
            "agreed": draft.get("consent") == config.site.consent.version,
            "day": consent_day(&config.site.consent.version) },
        "due": date_field(draft, problems, "due", "出産予定日", forms::example(plus_days(today, 112))),
        "twins": draft.ticked("due-twins"),
        "lmp": date_field(draft, problems, "lmp", "最後の生理が始まった日", forms::example(plus_days(today, -49))),
        "lmp_open": !draft.date("lmp").is_empty(),
        "count": draft.children(),
        "most": MOST_CHILDREN,
        "children": children(draft, problems, today),
        "early": early(app, draft, problems),
        "choices": match step {
            Step::Area => forms::areas(config, draft.get("area")),
            Step::Language => forms::languages(config, draft.get("language")),
            Step::First => forms::first_child(draft.get("first")),
            Step::Channel => forms::channel_choices(app, draft.get("channel")),
            Step::Consent | Step::Dates | Step::Early => Vec::new(),
        },
        "understood": answers.iter().filter(|a| dated && step != Step::Channel && a.dated()).collect::<Vec<_>>(),
        "answers": if step == Step::Channel { answers.as_slice() } else { &[] },
    });
    let response = app.page(&format!("register-{}.html", step.id()), config.main_language(), &context)?;
    Ok(forms::with_problems(response, problems))
}

/// The field of a page that has only one.
fn step_field(step: Step) -> &'static str {
    match step {
        Step::Consent => "consent",
        Step::Area => "area",
        Step::Language => "language",
        Step::First => "first",
        Step::Channel => "channel",
        Step::Dates | Step::Early => "",
    }
}

/// 2026年10月1日; the version itself where it is no day.
fn consent_day(version: &str) -> String {
    version.parse().map_or_else(|_| version.to_owned(), spoken::long)
}

#[derive(Serialize)]
struct Child {
    date: forms::DateField,
    name: String,
    early: bool,
}

fn children(draft: &Draft, problems: &[Problem], today: Date) -> Vec<Child> {
    let count = draft.children();
    let one = |n: usize| {
        let name = format!("c{n}");
        let legend = if count == 1 {
            "お子さんの誕生日".to_owned()
        } else {
            format!("{n}人目のお子さんの誕生日")
        };
        let hint = if n == 1 {
            format!("学校に上がる前のお子さん。いなければ空けたままで。{}", forms::example(plus_days(today, -200)))
        } else {
            String::new()
        };
        Child {
            date: date_field(draft, problems, &name, legend, hint),
            early: draft.ticked(&format!("{name}-early")),
            name,
        }
    };
    (1..=count).map(one).collect()
}

/// The children whose due date is asked.
fn early(app: &Shared, draft: &Draft, problems: &[Problem]) -> Vec<forms::DateField> {
    let one = |n: usize| {
        let birth = household::birth_typed(draft, n, app.today())?;
        if !draft.ticked(&format!("c{n}-early")) {
            return None;
        }
        let age = spoken::age(birth, app.today());
        let legend = format!("{}生まれ（{age}）のお子さんの、もとの出産予定日", spoken::long(birth));
        Some(date_field(
            draft,
            problems,
            &format!("c{n}-due"),
            legend,
            "母子健康手帳にある出産予定日です。年は、令和の数字だけでもかまいません。",
        ))
    };
    (1..=MOST_CHILDREN).filter_map(one).collect()
}

/// いま23週4日; empty when there is nothing to say.
fn now(stage: &str) -> String {
    if stage.is_empty() { String::new() } else { format!("いま{stage}") }
}

/// All answers once more.
fn answers(app: &Shared, draft: &Draft) -> Vec<Answered> {
    let today = app.today();
    let mut rows = Vec::new();
    let mut row = |title: &str, text: String, stage: String, goto| {
        rows.push(Answered { title: title.to_owned(), text, stage, note: String::new(), goto })
    };
    let subjects = household::subjects_given(draft, today).unwrap_or_default();
    let (mut last, mut overdue) = (None, None);
    for s in &subjects {
        let twin = last == Some((s.kind, s.stage_on));
        last = Some((s.kind, s.stage_on));
        let (title, stage) = match s.kind {
            SubjectKind::Pregnancy => (
                if twin { "出産予定日（ふたごのもう1人）" } else { "出産予定日" },
                now(&spoken::weeks(s.stage_on, today)),
            ),
            SubjectKind::Child => {
                (if twin { "お子さん（ふたごのもう1人）" } else { "お子さん" }, spoken::age(s.stage_on, today))
            }
        };
        if s.kind == SubjectKind::Pregnancy {
            overdue = Some(s.stage_on);
        }
        let (day, behind) =
            forms::spoken_day(s.stage_on, if twin && s.kind == SubjectKind::Pregnancy { "" } else { &stage });
        row(title, day, behind, "dates");
        if let Some(due) = s.due_on {
            let (day, behind) = forms::spoken_day(due, "");
            row("もとの出産予定日", day, behind, "early");
        }
    }
    row("お住まいの地区", forms::area_title(&app.config, draft.get("area")), String::new(), "area");
    row("ことば", forms::language_title(draft.get("language")), String::new(), "language");
    if Step::First.applies(draft) {
        let first = match draft.get("first") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        row("はじめての子か", forms::first_title(first).to_owned(), String::new(), "first");
    }
    if let (Some(due), Some(first)) = (overdue, rows.first_mut()) {
        first.note = forms::past_due(due, today);
    }
    rows
}
