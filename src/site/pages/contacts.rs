//! The emergency contacts in, the rows of the home page, the contacts page and the night page's dock out.

use crate::content::{EmergencyContact, Opening};
use crate::site::Edition;
use serde::Serialize;
use serde_json::{Value, json};

/// Groups of the contacts page, the nearest danger first.
const KINDS: [&str; 7] = ["danger", "child", "mind", "violence", "city", "relay", "general"];
/// On the home page, one of each kind: the ambulance, the two telephone advisers, and one for the reader's own worst hour.
const FIRST: [&str; 4] = ["danger", "child", "general", "mind"];

/// A contact as pages show it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::site) struct Line {
    id: String,
    pub number: String,
    /// For `tel:`; empty if there is nothing to dial.
    pub dial: String,
    pub title: String,
    when: String,
    hours: String,
    /// Hours in a few words, from the hours for the programme.
    pub short: String,
    languages: String,
    cost: String,
    text: String,
    url: String,
    kind: String,
    checked: String,
    /// `when` and the rest are in the main language.
    foreign: bool,
}

fn line(edition: &Edition<'_>, contact: &EmergencyContact, language: &str) -> Line {
    let main = edition.config.main_language();
    let title = match language {
        "easy" => &contact.easy,
        _ if language == main => &contact.title,
        _ => &contact.en,
    };
    Line {
        id: contact.id.clone(),
        number: contact.number.clone(),
        dial: contact.dial(),
        title: if title.is_empty() { contact.title.clone() } else { title.clone() },
        when: contact.when.clone(),
        hours: if language == main { contact.hours.clone() } else { hours(edition, &contact.open, language) },
        short: hours(edition, &contact.open, language),
        languages: contact.languages.clone(),
        cost: contact.cost.clone(),
        text: contact.text.clone(),
        url: contact.url.clone(),
        kind: contact.kind.clone(),
        checked: contact.checked.to_string(),
        foreign: language != main,
    }
}

/// The four numbers of the home page.
pub(super) fn first_lines(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    FIRST.iter().filter_map(|kind| edition.library.contacts.iter().find(|c| c.kind == *kind && !c.number.is_empty())).map(|c| line(edition, c, language)).collect()
}

/// All, in the file's order.
pub(in crate::site) fn all(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    edition.library.contacts.iter().map(|c| line(edition, c, language)).collect()
}

/// For people who cannot speak or hear on the telephone.
pub(super) fn relay(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    edition.library.contacts.iter().filter(|c| c.kind == "relay").map(|c| line(edition, c, language)).collect()
}

/// The night page's two buttons: the ambulance, and the advice for sick children.
pub(super) fn night_calls(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    let first = |kind: &str| edition.library.contacts.iter().find(|c| c.kind == kind && !c.number.is_empty());
    ["danger", "child"].into_iter().filter_map(first).map(|c| line(edition, c, language)).collect()
}

/// Maternity clinics of the city that answer the telephone at any hour; by what they say of themselves, as for the danger box of a question.
pub(super) fn clinics(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    let always = |c: &EmergencyContact| c.open.iter().any(|o| o.days.iter().any(|d| d == "all") && (o.from, o.to) == (0, 1440));
    edition.library.contacts.iter().filter(|c| c.kind == "city" && !c.number.is_empty() && c.when.contains("妊娠中") && always(c)).map(|c| line(edition, c, language)).collect()
}

pub(super) fn page(edition: &Edition<'_>, language: &str) -> Value {
    let groups: Vec<Value> = KINDS
        .iter()
        .filter_map(|kind| {
            let lines: Vec<Line> = edition.library.contacts.iter().filter(|c| c.kind == *kind).map(|c| line(edition, c, language)).collect();
            (!lines.is_empty()).then(|| json!({ "kind": kind, "title": edition.say::<&str>(language, &format!("kind_{kind}"), &[]), "lines": lines }))
        })
        .collect();
    let languages = super::article::versions(edition, edition.config.site.languages.iter(), language, crate::site::Address::Contacts);
    json!({ "section": "contacts", "groups": groups, "languages": languages, "checked": edition.library.contacts.iter().map(|c| c.checked).min() })
}

/// Opening hours from the hours for the programme: 毎日 19:00〜8:00, `Every day 19:00–8:00`.
fn hours(edition: &Edition<'_>, open: &[Opening], language: &str) -> String {
    let dash = edition.say::<&str>(language, "range", &[]);
    let clock = |minute: u32| format!("{}:{:02}", minute / 60 % 24, minute % 60);
    let mut all: Vec<(Vec<String>, u32, u32)> = open.iter().map(|o| (o.days.clone(), o.from, o.to)).collect();
    // An evening and the early morning after it are written as one.
    if let [(a, evening, 1440), (b, 0, morning)] = all.as_slice()
        && a == b
        && a.iter().any(|d| d == "all")
        && morning < evening
    {
        all = vec![(a.clone(), *evening, *morning)];
    }
    let one = |(days, from, to): &(Vec<String>, u32, u32)| {
        let always = (*from, *to) == (0, 1440);
        let days: Vec<String> = days.iter().map(|d| edition.say::<&str>(language, &format!("open_{d}"), &[])).collect();
        let time = if always { edition.say::<&str>(language, "open_day_and_night", &[]) } else { format!("{}{dash}{}", clock(*from), clock(*to)) };
        if always && days.len() == 1 && open.len() == 1 { time } else { format!("{} {time}", days.join(", ")) }
    };
    all.iter().map(one).collect::<Vec<_>>().join(" / ")
}
