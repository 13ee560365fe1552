//! Pages that change one thing each: a date, a birth, the family, area, language, first child, the channel.

use super::{SubjectLine, flash, gone, own, subject_lines};
use crate::calendar::{plus_days, spoken};
use crate::contact::{self, Channel};
use crate::household::{self, Draft, Fact, Household, MOST_CHILDREN, Problem, Subject};
use crate::segment::SubjectKind;
use crate::vault;
use crate::web::forms::{self, Pairs, date_field, value};
use crate::web::register::to_line;
use crate::web::{Error, Result, Shared, SignedIn};
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde_json::json;

/// The active subject of a slot; one that was stopped has no page any more.
fn active<'a>(household: &'a Household, slot: &str) -> Option<&'a Subject> {
    household.subject(slot).filter(|s| s.active())
}

fn line(app: &Shared, household: &Household, slot: &str) -> Result<SubjectLine> {
    subject_lines(household, app.today()).into_iter().find(|l| l.slot == slot).ok_or(Error::NotFound)
}

/// `GET /me/subjects/<slot>`: its dates.
pub(in crate::web) async fn dates(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(slot): Path<String>,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let Some(subject) = active(&household, &slot) else { return gone(&app, &household) };
    let mut draft = Draft::default();
    match subject.kind {
        SubjectKind::Pregnancy => draft.type_date("due", subject.stage_on),
        SubjectKind::Child => draft.type_date("c1", subject.stage_on),
    }
    if let Some(due) = subject.due_on {
        draft.set("c1-early", "yes");
        draft.type_date("c1-due", due);
    }
    dates_page(&app, &household, &slot, &draft, &[])
}

fn dates_page(
    app: &Shared,
    household: &Household,
    slot: &str,
    draft: &Draft,
    problems: &[Problem],
) -> Result<Response> {
    let context = json!({
        "section": "me",
        "errors": forms::summary(problems),
        "subject": line(app, household, slot)?,
        "due": date_field(draft, problems, "due", "出産予定日", "健診で変わったら、新しい予定日を入れてください。"),
        "birth": date_field(draft, problems, "c1", "誕生日", ""),
        "early": draft.ticked("c1-early"),
        "early_due": date_field(draft, problems, "c1-due", "もとの出産予定日", "早く生まれたお子さんだけ。\
            母子健康手帳にあります。"),
    });
    Ok(forms::with_problems(app.page("me-dates.html", app.config.main_language(), &context)?, problems))
}

/// `POST /me/subjects/<slot>`.
pub(in crate::web) async fn set_dates(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Path(slot): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let Some(subject) = active(&household, &slot) else { return gone(&app, &household) };
    let draft = Draft::from_pairs(pairs);
    match household::subject_changed(&draft, subject, app.today()) {
        Ok(changed) => {
            household::change_subject(&app.db, &household.id, &slot, changed, app.now()).await?;
            Ok(changed_to(&app, jar, format!("dates.{slot}")))
        }
        Err(problems) => dates_page(&app, &household, &slot, &draft, &problems),
    }
}

/// `GET /me/subjects/<slot>/born`: 生まれました.
pub(in crate::web) async fn before_born(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(slot): Path<String>,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    match active(&household, &slot) {
        None => return gone(&app, &household),
        Some(subject) if subject.kind != SubjectKind::Pregnancy => return Ok(Redirect::to("/me#facts").into_response()),
        Some(_) => {}
    }
    born_page(&app, &household, &slot, &Draft::default(), &[])
}

/// Other pregnancies with the same due date: twins.
fn twins<'a>(household: &'a Household, subject: &Subject) -> Vec<&'a Subject> {
    household
        .subjects
        .iter()
        .filter(|s| s.active() && s.kind == subject.kind && s.stage_on == subject.stage_on && s.slot != subject.slot)
        .collect()
}

fn born_page(app: &Shared, household: &Household, slot: &str, draft: &Draft, problems: &[Problem]) -> Result<Response> {
    let Some(subject) = active(household, slot) else { return gone(app, household) };
    let context = json!({
        "section": "me",
        "errors": forms::summary(problems),
        "subject": line(app, household, slot)?,
        "twins": !twins(household, subject).is_empty(),
        "born": date_field(draft, problems, "born", "生まれた日", format!("{}早く生まれたときの修正月齢は、\
            出産予定日から計算します。", forms::example(app.today()))),
    });
    Ok(forms::with_problems(app.page("me-born.html", app.config.main_language(), &context)?, problems))
}

/// `POST /me/subjects/<slot>/born`: from now on letters for a newborn.
pub(in crate::web) async fn born(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Path(slot): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let Some(subject) = active(&household, &slot) else { return gone(&app, &household) };
    if subject.kind != SubjectKind::Pregnancy {
        return born_again(&app, jar, &household, subject, pairs).await;
    }
    let both = !value(&pairs, "both").is_empty();
    let draft = Draft::from_pairs(pairs);
    match household::born_on(&draft, subject.stage_on, app.today()) {
        Ok(child) => {
            let mut slots = vec![subject.slot.as_str()];
            if both {
                slots.extend(twins(&household, subject).into_iter().map(|s| s.slot.as_str()));
            }
            household::born(&app.db, &household.id, &slots, child, app.now()).await?;
            Ok(changed_to(&app, jar, format!("born.{slot}")))
        }
        Err(problems) => born_page(&app, &household, &slot, &draft, &problems),
    }
}

/// The birth was told, and then another day by going back in the browser: the newer one counts. A due date that was
/// kept stays.
async fn born_again(
    app: &Shared,
    jar: CookieJar,
    household: &Household,
    subject: &Subject,
    pairs: Pairs,
) -> Result<Response> {
    let told = Draft::from_pairs(pairs).date("born");
    let mut draft = Draft::default();
    for (part, typed) in [("y", &told.year), ("m", &told.month), ("d", &told.day)] {
        draft.set(&format!("c1-{part}"), typed.as_str());
    }
    if let Some(due) = subject.due_on {
        draft.set("c1-early", "yes");
        draft.type_date("c1-due", due);
    }
    match household::subject_changed(&draft, subject, app.today()) {
        Ok(changed) => {
            household::change_subject(&app.db, &household.id, &subject.slot, changed, app.now()).await?;
            Ok(changed_to(app, jar, format!("dates.{}", subject.slot)))
        }
        Err(problems) => dates_page(app, household, &subject.slot, &draft, &problems),
    }
}

/// `GET /me/family`: add a pregnancy or children.
pub(in crate::web) async fn before_family(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    family_page(&app, &own(&app, &signed_in).await?, &Draft::default(), &vault::token(), &[])
}

fn family_page(
    app: &Shared,
    household: &Household,
    draft: &Draft,
    once: &str,
    problems: &[Problem],
) -> Result<Response> {
    let example = |days| forms::example(plus_days(app.today(), days));
    let context = json!({
        "section": "me",
        "errors": forms::summary(problems),
        "once": once,
        "stopped": household.stopped_at.is_some(),
        "sure": forms::error_of(problems, "sure"),
        "due": date_field(draft, problems, "due", "出産予定日", format!("{}なければ空けたままで。", example(112))),
        "twins": draft.ticked("due-twins"),
        "lmp": date_field(draft, problems, "lmp", "最後の生理が始まった日", example(-49)),
        "lmp_open": !draft.date("lmp").is_empty(),
        "birth": date_field(draft, problems, "c1", "お子さんの誕生日", format!("学校に上がる前のお子さん。\
            いなければ空けたままで。{}", example(-200))),
        "early": draft.ticked("c1-early"),
        "early_due": date_field(draft, problems, "c1-due", "もとの出産予定日", "早く生まれたお子さんだけ。\
            母子健康手帳にあります。"),
    });
    Ok(forms::with_problems(app.page("me-family.html", app.config.main_language(), &context)?, problems))
}

/// `POST /me/family`: adds nobody twice, however often it is sent; of the same day is only who is said to be a twin.
pub(in crate::web) async fn family(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let (once, twins) = (value(&pairs, "once").to_owned(), value(&pairs, "sure") == "yes");
    let draft = Draft::from_pairs(pairs);
    let subjects = match household::subjects_added(&draft, household.subjects.len(), app.today()) {
        Ok(subjects) => subjects,
        Err(problems) => return family_page(&app, &household, &draft, &once, &problems),
    };
    let problems = household::known_already(&subjects, &household);
    if !problems.is_empty() && !twins && !contact::sent_before(&app.db, &once).await? {
        return family_page(&app, &household, &draft, &once, &problems);
    }
    household::add_subjects(
        &app.db,
        &household.id,
        &subjects[..subjects.len().min(MOST_CHILDREN + 2)],
        &once,
        app.now(),
    )
    .await?;
    Ok(changed_to(&app, jar, "family".to_owned()))
}

/// `GET /me/area`, `/me/language`, `/me/first`.
pub(in crate::web) async fn fact(
    State(app): State<Shared>,
    signed_in: SignedIn,
    uri: axum::http::Uri,
) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let (title, choices) = match uri.path() {
        "/me/area" => ("お住まいの地区", forms::areas(&app.config, &household.area)),
        "/me/language" => ("読みやすいことば", forms::languages(&app.config, &household.language)),
        _ => {
            let chosen = match household.first_child {
                Some(true) => "yes",
                Some(false) => "no",
                None => "",
            };
            ("はじめてのお子さんですか", forms::first_child(chosen))
        }
    };
    let context = json!({ "section": "me", "title": title, "action": uri.path(), "choices": choices });
    app.page("me-fact.html", app.config.main_language(), &context)
}

/// `POST /me/area`, `/me/language`, `/me/first`.
pub(in crate::web) async fn set_fact(
    State(app): State<Shared>,
    signed_in: SignedIn,
    jar: CookieJar,
    uri: axum::http::Uri,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let (id, site, chosen) = (signed_in.household()?, &app.config.site, value(&pairs, "value"));
    let fact = match (uri.path(), chosen) {
        ("/me/area", area) if area.is_empty() || site.areas.iter().any(|a| a.id == area) => Fact::Area(area.to_owned()),
        ("/me/language", language) if site.languages.iter().any(|l| l == language) => {
            Fact::Language(language.to_owned())
        }
        ("/me/first", "yes") => Fact::FirstChild(Some(true)),
        ("/me/first", "no") => Fact::FirstChild(Some(false)),
        ("/me/first", "") => Fact::FirstChild(None),
        _ => return Err(Error::BadRequest("一覧にない答えでした。前のページへ戻って、選び直してください。".into())),
    };
    household::set_fact(&app.db, id, &fact, app.now()).await?;
    Ok(changed_to(&app, jar, uri.path().trim_start_matches("/me/").to_owned()))
}

/// Back to the facts, where it is said that `what` was changed.
fn changed_to(app: &Shared, jar: CookieJar, what: String) -> Response {
    (flash::remember(app, jar, what), Redirect::to("/me#facts")).into_response()
}

/// `GET /me/channel`: what letters come by, and what they could come by.
pub(in crate::web) async fn channel(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let on_offer = forms::channels(&app);
    let linked = household.contacts.iter().any(|c| c.channel == Channel::Line);
    let line = on_offer.contains(&Channel::Line) && !linked;
    let since = |at: i64| {
        crate::calendar::Timestamp::from_second(at)
            .map_or_else(|_| String::new(), |t| spoken::long(t.to_zoned(app.config.zone.clone()).date()))
    };
    let contacts: Vec<_> = household
        .contacts
        .iter()
        .map(|c| json!({ "id": c.id, "title": c.channel.title(), "since": since(c.created_at) }))
        .collect();
    let context = json!({
        "section": "me",
        "contacts": contacts,
        "push_lost": household::push_lost(&app.db, &household.id).await?,
        "line": line,
        "pending": contact::pending_emails(&app.db, &app.vault, signed_in.person()?,
            app.now()).await?.iter().map(|p| json!({ "id": p.id, "address": p.address })).collect::<Vec<_>>(),
        "line_url": app.config.site.line.add_friend_url,
        "pairing": if line { contact::pairing_code(&app.db, &household.id, app.now()).await? } else { String::new() },
        "vapid": app.vapid_public_key().unwrap_or_default(),
    });
    app.page("me-channel.html", app.config.main_language(), &context)
}

/// `POST /me/channel/remove`: a contact, or an address that waits for its owner.
pub(in crate::web) async fn remove_channel(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Form(pairs): Form<Pairs>,
) -> Result<Redirect> {
    let (household, contact) = (signed_in.household()?, value(&pairs, "contact"));
    if !household::withdraw_email(&app.db, signed_in.person()?, contact, app.now()).await? {
        household::remove_contact(&app.db, household, contact, app.now()).await?;
    }
    Ok(Redirect::to("/me/channel"))
}

/// `POST /me/line`: ties the LINE user of the link token to this household.
pub(in crate::web) async fn line_link(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Form(pairs): Form<Pairs>,
) -> Result<Redirect> {
    let token = value(&pairs, "line");
    if token.is_empty() || token.len() > 300 {
        return Err(Error::BadRequest("LINEのトークから、もう一度開いてください。".into()));
    }
    to_line(&app, signed_in.household()?, token).await
}
