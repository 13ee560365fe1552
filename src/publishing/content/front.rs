//! A Markdown file's front matter in, checked values out: title, summary, review, people, topics, windows.

use super::allow::allows;
use super::day::{Day, Until};
use super::marks::{Changes, Claim, Mark, Medical, NoReview, ReviewedText, SOON_DAYS, Signature, not_theirs};
use super::marks::{Review, Reviewers};
use super::parts::Parts;
use super::person::{Person, Profession, profession_of, unknown_profession};
use super::source::Source;
use super::triage::Triage;
use super::windows::windows;
use super::{Topic, Version};
use crate::calendar::{Date, plus_days};
use crate::diag::form::{Form, Placed, meant};
use crate::diag::{Diagnostics, Place};
use crate::markdown::{check_value, title};
use serde::{Deserialize, Serialize};

/// Characters of a summary that a push shows.
const LONGEST_SUMMARY: usize = 60;

/// What front matter may name, and the day it is read for.
#[derive(Debug, Clone, Copy)]
pub(super) struct World<'a> {
    /// Authors and reviewers.
    pub people: &'a [Person],
    /// Topics.
    pub topics: &'a [Topic],
    /// Segment ids.
    pub segments: &'a [String],
    /// Languages of the site.
    pub languages: &'a [String],
    /// What stands in the gaps of texts.
    pub triage: &'a Triage,
    /// All dates move by this.
    pub shift_days: i32,
    /// It is the sample city, whose reviewers are made up.
    pub sample_city: bool,
    /// For what has run out.
    pub day: &'a Day,
}

impl<'a> World<'a> {
    /// Who can have reviewed what.
    pub(super) fn reviewers(&self) -> Reviewers<'a> {
        Reviewers { people: self.people, shift_days: self.shift_days, sample_city: self.sample_city }
    }
}

/// One language of a content before its body is rendered.
#[derive(Debug)]
pub(super) struct Draft {
    /// The version, its body still empty.
    pub version: Version,
    /// The body's Markdown.
    pub markdown: String,
    /// The body's first line in the file.
    pub body_line: u32,
    /// What the review recorded, for the pictures, which are known when the body is rendered.
    pub reviewed: Option<Reviewed>,
}

/// A review's record beside the text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Reviewed {
    /// Of the text alone.
    pub text: ReviewedText,
    /// The marks of the pictures.
    pub pictures: Vec<String>,
    /// Whom to ask, and how to record it.
    pub hint: String,
}

/// Title, summary, review of one language.
pub(super) fn version(
    form: &Form<'_>,
    source: &Source,
    parts: &Parts,
    world: &World<'_>,
    problems: &mut Diagnostics,
) -> Draft {
    let written = form.needed("title", problems).map(|t| checked(t, form.file(), problems).value).unwrap_or_default();
    let (title_text, title_html) = title(&written, &source.language);
    let summary_written = form.needed("summary", problems).map(|s| checked(s, form.file(), problems));
    // What is wrong in `for` is told where the content is read.
    let windows = windows(form, &mut Diagnostics::new());
    let now = Medical {
        title: &written,
        summary: summary_written.as_ref().map_or("", |s| s.value.as_str()),
        windows: &windows,
        body: &parts.body,
        shift_days: world.shift_days,
    };
    let (review, reviewed, claim) = match review(form, source, world, &now, parts.body_line, problems) {
        Some(Found::Review(review, reviewed)) => (Some(review), reviewed, None),
        Some(Found::Claim(claim)) => (None, None, Some(claim)),
        None => (None, None, None),
    };
    let summary = summary_written.as_ref().map(|s| (title(&s.value, &source.language).0, s.at));
    if let Some((text, at)) = &summary {
        let length = text.chars().count();
        if length > LONGEST_SUMMARY {
            problems.error(
                form.file(),
                *at,
                format!("`summary` が{length}文字あります（{LONGEST_SUMMARY}文字まで）"),
                format!("通知に出る文です。あと{}文字、短くしてください", length - LONGEST_SUMMARY),
            );
        }
    }
    let version = Version {
        language: source.language.clone(),
        file: source.file.clone(),
        title: title_text,
        title_html,
        summary: summary.map(|(text, _)| text).unwrap_or_default(),
        review,
        claim,
        body_line: parts.body_line,
        allow: allows(form, problems),
        ..Version::default()
    };
    Draft { version, markdown: parts.body.clone(), body_line: parts.body_line, reviewed }
}

/// Ruby and dates in braces are as in a body: `{2026-12-32}` would be printed as it stands.
fn checked(text: Placed<String>, file: &str, problems: &mut Diagnostics) -> Placed<String> {
    check_value(&text.value, file, text.at, problems);
    text
}

/// What the front matter says of a review.
enum Found {
    Review(Review, Option<Reviewed>),
    Claim(Claim),
}

/// Why a review that is written down is none, told; `None` if it may be one.
fn doubt(
    form: &Form<'_>,
    source: &Source,
    by: &Placed<String>,
    on: Date,
    at: Place,
    world: &World<'_>,
    problems: &mut Diagnostics,
) -> Option<NoReview> {
    let file = form.file();
    let person = world.people.iter().find(|p| p.id == by.value)?;
    let text = |key: &str| form.text(key, &mut Diagnostics::new()).map(|t| t.value);
    let (body, signed) = (text("body"), text("signed"));
    let signature = Signature { on, body: body.as_deref().unwrap_or_default(), signed: signed.as_deref() };
    match Some(person).filter(|_| !world.sample_city).and_then(|person| not_theirs(person, &signature)) {
        Some(NoReview::Renamed) => {
            let message = format!(
                "この監修は、いまの「{}」（{}）ではない名前の人が記録したものです。監修と数えません。\
                 おたよりでは送らず、監修の印も出しません",
                person.name, person.id
            );
            let hint = format!(
                "名前が変わった同じ人なら、content/people.yaml のその人に `formerly: [前の名前]` を足してください。\
                 別の人なら、{}",
                ask_again(source, &by.value, world)
            );
            problems.warning(file, by.at, message, hint);
            return Some(NoReview::Renamed);
        }
        Some(_) => {
            let message = "見本の架空の人の監修です。監修と数えません。おたよりでは送らず、監修の印も出しません";
            let hint = format!(
                "content/people.yaml に本当の監修者を書き、その方に見てもらって {} \
                 で記録してください（名前を書きかえただけでは、その方の監修になりません）",
                command(source, "監修者", world)
            );
            problems.warning(file, by.at, message, hint);
            return Some(NoReview::Sample);
        }
        None => {}
    }
    if body.is_none() {
        let message = "文の印（body）のない監修は、監修と数えません。おたよりでは送らず、監修の印も出しません";
        problems.warning(
            file,
            at,
            message,
            format!(
                "手で書いた review や、見本から写した review は、監修になりません。{}",
                ask_again(source, &by.value, world)
            ),
        );
        return Some(NoReview::Unmarked);
    }
    None
}

/// `review: {by, on, next, body}`; run out, soon due and a text that has changed since are warnings. `now` is the text
/// as it stands.
fn review(
    front: &Form<'_>,
    source: &Source,
    world: &World<'_>,
    now: &Medical<'_>,
    body_line: u32,
    problems: &mut Diagnostics,
) -> Option<Found> {
    let entry = front.entry("review")?;
    let form = Form::new(front.file(), &entry.node, &["by", "on", "next", "body", "signed"], problems)?;
    let file = form.file();
    let by = form.needed("by", problems).filter(|by| person(&form, by, world, "監修者", problems).is_some());
    let needed = |key: &str, problems: &mut Diagnostics| {
        form.needed(key, problems)?;
        form.date(key, world.shift_days, problems)
    };
    let (on, next) = (needed("on", problems), needed("next", problems));
    let (on, next) = (on?, next?);
    if next.value < on.value {
        problems.error(
            file,
            next.at,
            format!("次の監修日（{}）が、監修日（{}）より前です", next.value, on.value),
            "`next` には、見直す予定の日を書いてください",
        );
        return None;
    }
    if let Some(why) =
        by.as_ref().and_then(|by| doubt(&form, source, by, on.value, front.place("review"), world, problems))
    {
        let by = by?.value;
        return Some(Found::Claim(Claim { by, on: on.value, next: next.value, why }));
    }
    if !world.day.is_after(plus_days(on.value, -1)) {
        problems.warning(
            file,
            on.at,
            format!("監修日（{}）が、まだ来ていません", on.value),
            "その日まで、おたよりでは送りません",
        );
    }
    match world.day.until(next.value, SOON_DAYS) {
        Until::Over => problems.warning(
            file,
            next.at,
            format!("監修の期限（{}）が過ぎています。おたよりでは送りません", next.value),
            "監修者に見直してもらい、`on` と `next` を新しくしてください",
        ),
        Until::Near(left) => problems.warning(
            file,
            next.at,
            format!("監修の期限（{}）まで、あと{left}日です", next.value),
            "監修者に見直しを頼んでください",
        ),
        Until::Far => {}
    }
    let by = by?.value;
    let (mut review, mut reviewed) = (
        Review {
            by,
            on: on.value,
            next: next.value,
            text: ReviewedText::Same,
            whole: false,
            changes: Changes::default(),
        },
        None,
    );
    if let Some(recorded) = form.text("body", problems) {
        let hint = ask_again(source, &review.by, world);
        match Mark::parse(&recorded.value) {
            Some(mark) => {
                (review.whole, review.text) = (mark.is_whole(), ReviewedText::Same);
                if let Some(changes) = mark.changes(now) {
                    let told = changes.places(body_line);
                    let told = if told.is_empty() { told } else { format!("。変わった所: {told}") };
                    let at = place(front, &changes, body_line).unwrap_or(recorded.at);
                    problems.warning(
                        file,
                        at,
                        format!("監修のあとで、文が変わっています。おたよりでは送りません{told}"),
                        &hint,
                    );
                    (review.text, review.changes) = (ReviewedText::Changed, changes);
                }
                reviewed = Some(Reviewed { text: review.text, pictures: mark.pictures().to_vec(), hint })
                    .filter(|_| mark.is_whole());
            }
            None => {
                let written = format!("`body: {}` は、監修した本文の印ではありません", recorded.value);
                problems.error(
                    file,
                    recorded.at,
                    written,
                    format!("手では書きません。監修のあとに {} が書きます", command(source, &review.by, world)),
                );
                review.text = ReviewedText::Changed;
            }
        }
    }
    Some(Found::Review(review, reviewed))
}

/// Where the first change stands.
fn place(front: &Form<'_>, changes: &Changes, body_line: u32) -> Option<Place> {
    let keys = [(changes.title, "title"), (changes.summary, "summary"), (changes.windows, "for")];
    let head = keys.iter().find(|(changed, key)| *changed && front.has(key)).map(|(_, key)| front.place(key));
    head.or_else(|| {
        changes.lines.first().filter(|l| l.from > 0).map(|l| Place { line: l.from + body_line - 1, column: 1 })
    })
}

/// How the review is recorded.
fn command(source: &Source, by: &str, world: &World<'_>) -> String {
    let main = world.languages.first().is_none_or(|l| *l == source.language);
    let name = if main { source.slug.clone() } else { format!("{}.{}", source.slug, source.language) };
    format!("`otayori review {name} --by {by}`")
}

/// Whom to ask, and how to record it.
fn ask_again(source: &Source, by: &str, world: &World<'_>) -> String {
    let reviewer = world.people.iter().find(|p| p.id == by).map_or(by, |p| p.name.as_str());
    format!("監修者（{reviewer}さん）に見てもらい、{} で記録してください", command(source, by, world))
}

fn person(
    form: &Form<'_>,
    id: &Placed<String>,
    world: &World<'_>,
    what: &str,
    problems: &mut Diagnostics,
) -> Option<String> {
    if world.people.iter().any(|p| p.id == id.value) {
        return Some(id.value.clone());
    }
    let by_name = world
        .people
        .iter()
        .find(|p| same_name(&p.name, &id.value))
        .map(|p| format!("「{}」のことですか（id で書きます）", p.id));
    let hint = by_name
        .or_else(|| meant(&id.value, world.people.iter().map(|p| p.id.as_str())))
        .unwrap_or_else(|| "content/people.yaml に足してください".into());
    problems.error(form.file(), id.at, format!("{what} `{}` が content/people.yaml にありません", id.value), hint);
    None
}

fn same_name(a: &str, b: &str) -> bool {
    let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    letters(a) == letters(b)
}

/// Authors' ids.
pub(super) fn authors(form: &Form<'_>, world: &World<'_>, problems: &mut Diagnostics) -> Vec<String> {
    form.texts("authors", problems).iter().filter_map(|id| person(form, id, world, "書いた人", problems)).collect()
}

/// Topic ids from titles or ids.
pub(super) fn topics(form: &Form<'_>, world: &World<'_>, problems: &mut Diagnostics) -> Vec<String> {
    let mut ids = Vec::new();
    for word in form.texts("topics", problems) {
        match world.topics.iter().find(|t| t.title == word.value || t.id == word.value) {
            Some(topic) => ids.push(topic.id.clone()),
            None => {
                let titles = || world.topics.iter().map(|t| t.title.as_str());
                let parts: Vec<&str> = word.value.split(['、', '，', '・']).map(str::trim).collect();
                let joined = (parts.len() > 1).then(|| format!("半角の , で区切ってください: [{}]", parts.join(", ")));
                let hint = joined.or_else(|| meant(&word.value, titles())).unwrap_or_else(|| {
                    format!("content/topics.yaml にあるもの: {}", titles().collect::<Vec<_>>().join("、"))
                });
                problems.error(
                    form.file(),
                    word.at,
                    format!("分野 `{}` が content/topics.yaml にありません", word.value),
                    hint,
                );
            }
        }
    }
    ids
}

/// Segment ids.
pub(super) fn segments(form: &Form<'_>, world: &World<'_>, problems: &mut Diagnostics) -> Vec<String> {
    let mut ids = Vec::new();
    for word in form.texts("segments", problems) {
        if world.segments.contains(&word.value) {
            ids.push(word.value);
        } else {
            let hint = meant(&word.value, world.segments.iter().map(String::as_str))
                .unwrap_or_else(|| format!("segments/{}.yaml を作るか、名前を確かめてください", word.value));
            problems.error(
                form.file(),
                word.at,
                format!("セグメント `{}` が segments/ にありません", word.value),
                hint,
            );
        }
    }
    ids
}

/// The profession that takes questions.
pub(super) fn ask(form: &Form<'_>, problems: &mut Diagnostics) -> Option<Profession> {
    let word = form.text("ask", problems)?;
    let found = profession_of(&word.value);
    if found.is_none() {
        unknown_profession(form.file(), &word, problems);
    }
    found
}

/// What a content rests on; an address that no browser would open is told.
pub(super) fn sources(form: &Form<'_>, problems: &mut Diagnostics) -> Vec<String> {
    let sources = form.texts("sources", problems);
    for source in &sources {
        if let Some((written, right)) = bad_scheme(&source.value) {
            problems.warning(
                form.file(),
                source.at,
                format!("出典のアドレス `{written}…` は開けません"),
                format!("`{right}…` のことですか（半角で）"),
            );
        }
    }
    sources.into_iter().map(|s| s.value).collect()
}

/// The beginning of an address as written and as it should be.
fn bad_scheme(text: &str) -> Option<(String, &'static str)> {
    text.match_indices("//").find_map(|(at, _)| {
        let before = text[..at].chars().next_back().filter(|c| matches!(c, ':' | '：'))?;
        let head = &text[..at - before.len_utf8()];
        let scheme: String = head
            .chars()
            .rev()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, 'ａ'..='ｚ'))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let good = before == ':' && matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
        let right = if scheme.eq_ignore_ascii_case("http") { "http://" } else { "https://" };
        (!good && !scheme.is_empty()).then(|| (format!("{scheme}{before}//"), right))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_that_nobody_can_open_are_told() {
        for (source, told) in [
            ("学会 https：//www.example.jp/", Some(("https：//", "https://"))),
            ("学会 htps://www.example.jp/", Some(("htps://", "https://"))),
            ("学会 http：//www.example.jp/", Some(("http：//", "http://"))),
            ("学会 https://www.example.jp/ と HTTP://example.jp/", None),
            ("2023//24年度、注：//", None),
        ] {
            assert_eq!(bad_scheme(source), told.map(|(written, right)| (written.to_owned(), right)), "{source}");
        }
    }

    proptest! {
        #[test]
        fn any_source_is_read(source in "\\PC{0,40}|[a-z：:/ ａ-ｚ]{0,40}") {
            let _ = bad_scheme(&source);
        }
    }
}
