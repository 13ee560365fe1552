//! The household's own page: what came, what is registered, how to rest, stop, take out and erase it.

pub(super) mod change;
pub(super) mod enter;
mod flash;
pub(super) mod stop;

use super::forms;
use super::register::first_letter;
use super::{Error, Result, Shared, SignedIn, quiet, when};
use crate::calendar::{Date, LetterWeek, months_old, plus_days, spoken};
use crate::consult::{self, Stands};
use crate::contact::Channel;
use crate::erasure;
use crate::household::{self, Household, Subject};
use crate::letter;
use crate::segment::SubjectKind;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Serialize;
use serde_json::{Value, json};

/// A subject as the page names it.
#[derive(Debug, Serialize)]
pub(super) struct SubjectLine {
    slot: String,
    kind: SubjectKind,
    /// 出産予定日, お子さん（2人目）
    title: String,
    /// 2027年3月16日
    day: String,
    /// 23週4日, 1歳7か月
    stage: String,
    /// 妊娠の分, 1歳7か月のお子さんの分
    share: String,
    due: String,
    /// （1人目） where there are twins.
    nth: String,
    /// What becomes of the letters from today on, when the due date has passed.
    past_due: String,
}

/// The subjects that are not stopped. A stopped one is not shown again: nobody needs to read its date.
pub(super) fn subject_lines(household: &Household, today: Date) -> Vec<SubjectLine> {
    // Where all letters were stopped nobody knows why: its pregnancies are not shown, either.
    let mut lines = lines(household, today);
    lines.retain(|l| household.stopped_at.is_none() || l.kind != SubjectKind::Pregnancy);
    lines
}

/// Whose letters can come again, where all were stopped: the children, and the others apart, which come back by their
/// own word alone: pregnancies, and the last one, whose own stop ended all.
fn again(household: &Household, today: Date) -> Value {
    let all = lines_of(household.could_come_back().collect(), today);
    let own = |l: &SubjectLine| household.subject(&l.slot).is_some_and(|s| !s.active());
    let (children, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|l| l.kind == SubjectKind::Child && !own(l));
    json!({ "children": children, "others": others })
}

/// Every subject that was not stopped for itself.
fn lines(household: &Household, today: Date) -> Vec<SubjectLine> {
    lines_of(household.subjects.iter().filter(|s| s.active()).collect(), today)
}

fn lines_of(active: Vec<&Subject>, today: Date) -> Vec<SubjectLine> {
    let mut lines: Vec<SubjectLine> = Vec::with_capacity(active.len());
    for s in &active {
        let same: Vec<&&Subject> = active.iter().filter(|o| o.kind == s.kind && o.stage_on == s.stage_on).collect();
        let nth = same.iter().position(|o| o.slot == s.slot).unwrap_or(0) + 1;
        let of_several = if same.len() > 1 { format!("（{nth}人目）") } else { String::new() };
        let stage = s.stage(today);
        let (title, share) = match s.kind {
            SubjectKind::Pregnancy => (format!("出産予定日{of_several}"), format!("妊娠の分{of_several}")),
            SubjectKind::Child if stage.is_empty() => {
                (format!("お子さん{of_several}"), format!("お子さんの分{of_several}"))
            }
            SubjectKind::Child => (format!("お子さん{of_several}"), format!("{stage}のお子さんの分{of_several}")),
        };
        let due = s.due_on.map_or_else(String::new, spoken::long);
        let past_due =
            if s.kind == SubjectKind::Pregnancy { forms::past_due(s.stage_on, today) } else { String::new() };
        lines.push(SubjectLine {
            past_due,
            slot: s.slot.clone(),
            kind: s.kind,
            title,
            day: spoken::long(s.stage_on),
            stage,
            share,
            due,
            nth: of_several,
        });
    }
    // Pregnancies first, then children as they were registered.
    lines.sort_by_key(|l| l.kind);
    lines
}

/// The signed-in household, whole.
pub(super) async fn own(app: &Shared, signed_in: &SignedIn) -> Result<Household> {
    household::load(&app.db, signed_in.household()?).await?.ok_or(Error::NotFound)
}

/// `GET /me`.
pub(super) async fn page(State(app): State<Shared>, signed_in: SignedIn, jar: CookieJar) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let today = app.today();
    let (jar, told) = flash::take(&app, jar, &household);
    let (letters, recent) = letters(&app, &household).await?;
    let push_lost = household::push_lost(&app.db, &household.id).await?;
    let mut channels: Vec<&str> = Channel::ALL
        .into_iter()
        .filter(|c| household.contacts.iter().any(|h| h.channel == *c))
        .map(Channel::title)
        .collect();
    if push_lost && !channels.contains(&Channel::WebPush.title()) {
        channels.push("端末の通知（いまは届きません）");
    }
    let paused = household.paused_until.filter(|day| *day > today).map_or_else(String::new, spoken::short);
    let page = app.page(
        "me.html",
        app.config.main_language(),
        &json!({
            "section": "me",
            "told": told,
            "letters": letters,
            "recent": recent,
            "erased": erased(&app, &household),
            "no_channel": household.contacts.is_empty(),
            "push_lost": push_lost,
            "questions": questions(&app, signed_in.person()?).await?,
            "first": first_letter(&app),
            "subjects": subject_lines(&household, today),
            "area": forms::area_title(&app.config, &household.area),
            "language": forms::language_title(&household.language),
            "first_child": forms::first_title(household.first_child),
            "channels": if channels.is_empty() { "マイページで読む".to_owned() } else { channels.join("、") },
            // After a loss the page does not speak of first children.
            "lost": household.stopped_at.is_some() || household.subjects.iter().any(|s| !s.active()),
            "paused": paused,
            "stopped": household.stopped_at.is_some(),
            "again": again(&household, today),
            "error": "",
            "until": until_field(&household::Draft::default(), &[], today),
        }),
    )?;
    Ok((jar, page).into_response())
}

/// 2027年2月19日: until when a household that has stopped all letters is kept; empty for others.
pub(super) fn erased(app: &Shared, household: &Household) -> String {
    household.stopped_at.map_or_else(String::new, |at| spoken::long(last_day(app, at)))
}

/// Until when a household is kept that has stopped all letters at this instant.
pub(super) fn last_day(app: &Shared, stopped_at: i64) -> Date {
    let keep = i32::try_from(app.config.site.keep_days).unwrap_or_default();
    plus_days(when::zoned(app, stopped_at).date(), keep)
}

/// The day until which letters rest.
pub(super) fn until_field(draft: &household::Draft, problems: &[household::Problem], today: Date) -> forms::DateField {
    forms::date_field(
        draft,
        problems,
        "until",
        "休みの終わる日",
        format!("この日から、また届きます。{}", forms::example(plus_days(today, 60))),
    )
}

/// A page of something that is registered no more (a link that was kept, or went back in the browser).
pub(super) fn gone(app: &Shared, household: &Household) -> Result<Response> {
    let page =
        app.page("me-gone.html", app.config.main_language(), &json!({ "section": "me", "care": household.quiet() }))?;
    Ok((StatusCode::GONE, page).into_response())
}

/// A letter as the list shows it.
#[derive(Serialize)]
struct LetterLine {
    iso: String,
    day: String,
    href: String,
    title: String,
    more: String,
}

/// So many letters are named by what is in them, older ones by their day.
const NAMED: usize = 3;

/// The letters, the newest first, and how many of them stand open: after a loss nobody shall meet those of earlier
/// weeks, or their titles, by chance.
async fn letters(app: &Shared, household: &Household) -> Result<(Vec<LetterLine>, usize)> {
    let received = letter::received(&app.db, &household.id).await?;
    let stopped = household.newest_stop().map(|at| when::zoned(app, at).date());
    let mut lines = Vec::with_capacity(received.len());
    let mut recent = 0;
    for letter in received {
        let Some(first) = LetterWeek::named(&letter.week, app.config.letter_day).map(LetterWeek::first) else {
            continue;
        };
        let open = lines.len() < NAMED && stopped.is_none_or(|day| first > day);
        recent += usize::from(open);
        let items = if open {
            crate::letter::view(&app.db, &letter.hash).await?.map(|v| v.items).unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut titles = items.into_iter().map(|i| i.title);
        let title = titles.next().unwrap_or_else(|| format!("{}のおたより", spoken::short(first)));
        let more = match (titles.next(), titles.count()) {
            (None, _) => String::new(),
            (Some(second), 0) => second,
            (Some(second), rest) => format!("{second}　ほか{rest}つ"),
        };
        let href = format!("/letters/{}/{}/", letter.week, letter.hash);
        lines.push(LetterLine {
            iso: first.to_string(),
            day: format!("{}/{}", first.month(), first.day()),
            href,
            title,
            more,
        });
    }
    Ok((lines, recent))
}

/// Questions of the person and their answers, as the consult room lists them: `{href, title, answered, by}`.
async fn questions(app: &Shared, person: &str) -> Result<Vec<Value>> {
    let threads = consult::of_person(&app.db, &app.vault, person).await?;
    let line = |t: consult::ThreadSummary| {
        let answered = t.stands.answered_at();
        let by = match (answered, t.stands) {
            (Some(at), _) => when::moment(&when::zoned(app, at)).said,
            (None, Stands::Waits { due_at }) => format!("{}までにお答えします", when::until(&when::zoned(app, due_at))),
            (None, Stands::Answered { .. } | Stands::Over { .. }) => "終わりました".to_owned(),
        };
        let asked = spoken::short(when::zoned(app, t.created_at).date());
        json!({ "href": format!("/q/{}", t.token), "title": format!("{asked}　{}", t.title),
            "answered": answered.is_some(), "by": by })
    };
    Ok(threads.into_iter().map(line).collect())
}

/// `GET /me/record.json`: everything that is kept of the household, and of the person's own questions.
pub(super) async fn record(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    let id = signed_in.household()?;
    let mut record = household::record(&app.db, &app.vault, id).await?.ok_or(Error::NotFound)?;
    record["letters"] = json!(letter::received(&app.db, id).await?);
    record["consultations"] = json!(consult::record(&app.db, &app.vault, signed_in.person()?).await?);
    let text = serde_json::to_string_pretty(&record).map_err(anyhow::Error::from)?;
    let disposition = format!("attachment; filename=\"otayori-{}.json\"", app.today());
    Ok((
        [
            (header::CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        text,
    )
        .into_response())
}

/// `GET /me/delete`: what is erased, and the button. Whom to ring stands before it once more, as it fits who is
/// registered and whatever was written: the page tells nobody who holds the device whether something is watched over.
pub(super) async fn before_delete(State(app): State<Shared>, signed_in: SignedIn) -> Result<Response> {
    let household = own(&app, &signed_in).await?;
    let today = app.today();
    let live = |s: &&Subject| s.active() && (household.stopped_at.is_none() || s.kind == SubjectKind::Child);
    let mother = household
        .subjects
        .iter()
        .filter(live)
        .any(|s| s.kind == SubjectKind::Pregnancy || months_old(s.stage_on, today) < 12);
    let child = household.subjects.iter().filter(live).any(|s| s.kind == SubjectKind::Child);
    let (first, more) = consult::calls_now(
        &app.published().library.contacts,
        &app.zoned(),
        consult::Home { mother, child, quiet: household.quiet() },
    );
    app.page("me-delete.html", app.config.main_language(), &json!({ "section": "me", "calls": first, "more": more }))
}

/// `POST /me/delete`: erases at once, to the end even if the browser does not wait for it.
pub(super) async fn delete(State(app): State<Shared>, signed_in: SignedIn, jar: CookieJar) -> Result<Response> {
    let (own, id) = (app.clone(), signed_in.household()?.to_owned());
    let erased = tokio::spawn(async move { erasure::household(&own.db, &own.vault, &id, own.now()).await });
    erased.await.map_err(anyhow::Error::from)??;
    // Whoever it was: nothing on this device asks for a week from now on.
    let jar = quiet::marked(&app, enter::without_cookie(&app, jar));
    let paths = app.published().theme.quiet_paths(app.config.main_language());
    let loss = app.published().library.pages.contains_key("loss");
    Ok((jar, app.page("me-deleted.html", app.config.main_language(), &json!({ "paths": paths, "loss": loss }))?)
        .into_response())
}
