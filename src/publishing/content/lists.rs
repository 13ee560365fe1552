//! `people.yaml`, `topics.yaml`, `contacts.yaml` in, their entries out.

use super::fits::{self, ContactWords};
use super::ids::{place_of, unique_id};
use super::person::{profession_of, unknown_profession};
use super::{EmergencyContact, Opening, Person, Profession, Topic};
use crate::calendar::{Date, ToSpan};
use crate::diag::Diagnostics;
use crate::diag::form::{Form, Placed, meant, text_of};
use crate::diag::yaml::{self, Node, Top, Value};
use std::collections::BTreeMap;

/// Kinds of emergency contacts.
const KINDS: [&str; 7] = ["danger", "child", "mind", "violence", "relay", "city", "general"];
/// Days of an opening.
const DAYS: [&str; 11] = ["all", "weekdays", "weekends", "holidays", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// A number that nobody has dialled for this long may be wrong.
const CHECK_MONTHS: i32 = 6;

/// The maps of a file that is a list of maps.
pub(super) fn items(file: &str, text: &str, problems: &mut Diagnostics) -> Vec<Node> {
    match yaml::parse(file, text, 1, Top::List, problems).map(|n| n.value) {
        Some(Value::List(nodes)) => nodes,
        Some(Value::Map(_) | Value::Scalar { .. }) | None => Vec::new(),
    }
}

fn optional(form: &Form<'_>, key: &str, problems: &mut Diagnostics) -> String {
    form.text(key, problems).map(|t| t.value).unwrap_or_default()
}

fn required(form: &Form<'_>, key: &str, problems: &mut Diagnostics) -> String {
    form.needed(key, problems).map(|t| t.value).unwrap_or_default()
}

/// Authors and reviewers.
pub(super) fn people(file: &str, text: &str, problems: &mut Diagnostics) -> Vec<Person> {
    let mut seen = Vec::new();
    let mut people = Vec::new();
    for node in &items(file, text, problems) {
        let Some(form) = Form::new(
            file,
            node,
            &["id", "name", "kana", "profession", "licence", "affiliation", "bio", "conflicts", "formerly", "sample"],
            problems,
        ) else {
            continue;
        };
        let id = unique_id(&form, &mut seen, problems);
        let word = form.needed("profession", problems);
        let profession = word.and_then(|word| {
            let found = profession_of(&word.value);
            if found.is_none() {
                unknown_profession(file, &word, problems);
            }
            found
        });
        let person = Person {
            id: id.clone().unwrap_or_default(),
            name: required(&form, "name", problems),
            kana: optional(&form, "kana", problems),
            // With an unknown profession the file has an error; the person stays known, so that articles do not all
            // complain.
            profession: profession.unwrap_or(Profession::Counsellor),
            licence: optional(&form, "licence", problems),
            affiliation: optional(&form, "affiliation", problems),
            bio: optional(&form, "bio", problems),
            conflicts: optional(&form, "conflicts", problems),
            formerly: form.texts("formerly", problems).into_iter().map(|t| t.value).collect(),
            sample: form.flag("sample", problems).unwrap_or(false),
        };
        people.extend(id.map(|_| person));
    }
    people
}

/// Topics.
pub(super) fn topics(file: &str, text: &str, problems: &mut Diagnostics) -> Vec<Topic> {
    let mut seen = Vec::new();
    let mut topics = Vec::new();
    for node in &items(file, text, problems) {
        let Some(form) = Form::new(file, node, &["id", "title", "summary"], problems) else { continue };
        let id = unique_id(&form, &mut seen, problems);
        let title = required(&form, "title", problems);
        let summary = optional(&form, "summary", problems);
        topics.extend(id.map(|id| Topic { id, title, summary }));
    }
    topics
}

/// Emergency contacts; one that nobody has checked for six months is a warning.
pub(super) fn contacts(
    file: &str,
    text: &str,
    shift_days: i32,
    today: Date,
    problems: &mut Diagnostics,
) -> Vec<EmergencyContact> {
    const KEYS: [&str; 15] = [
        "id",
        "number",
        "title",
        "easy",
        "en",
        "when",
        "hours",
        "open",
        "languages",
        "cost",
        "text",
        "url",
        "kind",
        "fits",
        "checked",
    ];
    let mut seen = Vec::new();
    let mut contacts = Vec::new();
    for node in &items(file, text, problems) {
        let Some(form) = Form::new(file, node, &KEYS, problems) else { continue };
        let id = unique_id(&form, &mut seen, problems);
        let checked = form.needed("checked", problems).and_then(|_| form.date("checked", shift_days, problems));
        if let Some(checked) = checked.as_ref().filter(|c| c.value.saturating_add(CHECK_MONTHS.months()) < today) {
            problems.warning(
                file,
                checked.at,
                format!("確かめてから6か月を過ぎています（{}）", checked.value),
                "かけてみて、番号と時間を確かめ、`checked` を今日の日付にしてください",
            );
        }
        if let Some(checked) = checked.as_ref().filter(|c| c.value > today) {
            problems.warning(
                file,
                checked.at,
                format!("確かめた日（{}）が、まだ来ていません", checked.value),
                "かけて確かめた日を書いてください。先の日では、番号が古くなったことに気づけません",
            );
        }
        let kind = required(&form, "kind", problems);
        if !kind.is_empty() && !KINDS.contains(&kind.as_str()) {
            let hint = meant(&kind, KINDS).unwrap_or_else(|| format!("使えるもの: {}", KINDS.join("、")));
            problems.error(file, place_of(&form, "kind"), format!("種類 `{kind}` はありません"), hint);
        }
        let url = optional(&form, "url", problems);
        if url.is_empty() && !form.has("number") {
            problems.error(file, form.at, "`number` も `url` もありません", "どちらか1つは要ります");
        }
        if !url.is_empty() && !url::Url::parse(&url).is_ok_and(|u| matches!(u.scheme(), "http" | "https")) {
            problems.error(
                file,
                place_of(&form, "url"),
                format!("`{url}` を URL として読めません"),
                "https:// から書いてください",
            );
        }
        fits::unfitted(&form, &kind, node, problems);
        let words: BTreeMap<String, ContactWords> =
            ["easy", "en"].into_iter().map(|l| (l.to_owned(), fits::words(&form, l, problems))).collect();
        let title_in = |language: &str| words.get(language).map_or_else(String::new, |w| w.title.clone());
        let contact = EmergencyContact {
            id: id.clone().unwrap_or_default(),
            number: optional(&form, "number", problems),
            title: required(&form, "title", problems),
            easy: title_in("easy"),
            en: title_in("en"),
            words,
            when: required(&form, "when", problems),
            hours: required(&form, "hours", problems),
            open: form.list("open", problems).iter().filter_map(|node| opening(file, node, problems)).collect(),
            languages: optional(&form, "languages", problems),
            cost: optional(&form, "cost", problems),
            text: optional(&form, "text", problems),
            url,
            fits: fits::fits(&form, problems),
            kind,
            checked: checked.map_or(today, |c| c.value),
        };
        contacts.extend(id.map(|_| contact));
    }
    contacts
}

/// `{days: all, from: "19:30", to: "22:30"}`; an end that is not after the start is on the next day.
fn opening(file: &str, node: &Node, problems: &mut Diagnostics) -> Option<Opening> {
    let form = Form::new(file, node, &["days", "from", "to"], problems)?;
    let days = match form.entry("days").map(|e| &e.node) {
        Some(Node { value: Value::List(list), .. }) => list.iter().filter_map(text_of).collect(),
        Some(node) => text_of(node).into_iter().collect(),
        None => vec![Placed { value: "all".to_owned(), at: form.at }],
    };
    for day in &days {
        if !DAYS.contains(&day.value.as_str()) {
            let hint = meant(&day.value, DAYS).unwrap_or_else(|| format!("使えるもの: {}", DAYS.join("、")));
            problems.error(file, day.at, format!("曜日 `{}` がわかりません", day.value), hint);
        }
    }
    let time = |key: &str, problems: &mut Diagnostics| {
        let text = form.needed(key, problems)?;
        let minutes = minutes_of(&text.value);
        if minutes.is_none() {
            problems.error(
                file,
                text.at,
                format!("時刻 `{}` がわかりません", text.value),
                "例: \"19:30\"（\" \" で囲んでください）",
            );
        }
        minutes
    };
    let (from, to) = (time("from", problems), time("to", problems));
    let (from, to) = (from?, to?);
    Some(Opening {
        days: days.into_iter().map(|d| d.value).collect(),
        from,
        to: if to > from { to } else { to + 24 * 60 },
    })
}

/// `19:30` as minutes after midnight; up to `24:00`.
fn minutes_of(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |s: &str| {
        (!s.is_empty() && s.len() <= 2 && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse::<u32>().ok())
            .flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|_| minutes.len() == 2)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}
