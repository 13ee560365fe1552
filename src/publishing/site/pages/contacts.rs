//! The emergency contacts in, the rows of the home page, the contacts page and the night page's dock out.

use crate::aid::{self, List, Whose};
use crate::content::{ContactWords, EmergencyContact, Opening};
use crate::danger::Danger;
use crate::site::{Address, Edition};
use serde::Serialize;
use serde_json::{Value, json};

/// Groups of the contacts page, the nearest danger first.
const KINDS: [&str; 7] = ["danger", "child", "general", "mind", "violence", "city", "relay"];
/// The same where somebody is to be spared.
const SPARED: [&str; 7] = ["danger", "mind", "general", "violence", "city", "child", "relay"];
/// On the home page, one of each kind: the ambulance, the two telephone advisers, and one for the reader's own worst
/// hour.
const FIRST: [&str; 4] = ["danger", "child", "general", "mind"];

/// A contact as pages show it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::site) struct Line {
    id: String,
    pub number: String,
    /// For `tel:`; empty if there is nothing to dial.
    pub dial: String,
    pub title: String,
    when: Said,
    hours: Said,
    /// Hours in a few words, from the hours for the programme.
    pub short: String,
    languages: Said,
    cost: Said,
    text: Said,
    url: String,
    kind: String,
    checked: String,
}

/// Words in the page's language, or in the main one where nobody has translated them.
#[derive(Debug, Clone, Serialize)]
struct Said {
    text: String,
    foreign: bool,
}

fn line(edition: &Edition<'_>, contact: &EmergencyContact, language: &str) -> Line {
    let main = language == edition.config.main_language();
    // Any language that a contact has no words in is read in English.
    let own = if main { None } else { contact.words.get(language).or_else(|| contact.words.get("en")) };
    let said = |of: fn(&ContactWords) -> &String, here: &String| match own.map(of).filter(|t| !t.is_empty()) {
        Some(text) => Said { text: text.clone(), foreign: false },
        None => Said { text: here.clone(), foreign: !main },
    };
    let hours_said = match said(|w| &w.hours, &contact.hours) {
        Said { foreign: true, .. } => Said { text: hours(edition, &contact.open, language), foreign: false },
        said => said,
    };
    Line {
        id: contact.id.clone(),
        number: contact.number.clone(),
        dial: contact.dial(),
        title: said(|w| &w.title, &contact.title).text,
        when: said(|w| &w.when, &contact.when),
        hours: hours_said,
        short: hours(edition, &contact.open, language),
        languages: said(|w| &w.languages, &contact.languages),
        cost: said(|w| &w.cost, &contact.cost),
        text: said(|w| &w.text, &contact.text),
        url: contact.url.clone(),
        kind: contact.kind.clone(),
        checked: contact.checked.to_string(),
    }
}

/// A number as the situations show it.
#[derive(Debug, Serialize)]
pub(super) struct Rung {
    number: String,
    dial: String,
    title: String,
    hours: String,
}

/// What has happened, with the same number to ring.
#[derive(Debug, Serialize)]
struct Situation {
    rows: Vec<Happened>,
    button: Option<Rung>,
    own_clinic: bool,
    notes: Vec<&'static str>,
    others: Vec<Rung>,
}

/// Keys of what it is called, and of the first line.
#[derive(Debug, Serialize)]
struct Happened {
    what: Vec<String>,
    first: String,
}

fn rung(edition: &Edition<'_>, contact: &EmergencyContact, language: &str) -> Rung {
    let Line { number, dial, title, short, .. } = line(edition, contact, language);
    Rung { number, dial, title, hours: short }
}

/// The contact behind a link, and whether her own clinic goes before it.
pub(super) fn behind(edition: &Edition<'_>, link: &str, language: &str) -> Option<(Rung, bool)> {
    let plain =
        |dial: &str| dial.replace("%23", "#").chars().filter(|c| c.is_ascii_digit() || *c == '#').collect::<String>();
    let contact = edition.library.contacts.iter().find(|c| !c.number.is_empty() && plain(&c.dial()) == plain(link))?;
    Some((rung(edition, contact, language), aid::is_clinic(contact)))
}

/// Who it is about, what has happened, the one number: for any hour, as the page is built once.
/// Where somebody is to be spared, what asks for a child that lives stands with the children.
fn situations(edition: &Edition<'_>, list: List, spared: bool, language: &str) -> Vec<Situation> {
    let contacts = &edition.library.contacts;
    let whose = match list {
        List::Pregnancy | List::After => Whose::Mother,
        List::Baby | List::Child => Whose::Child,
        List::Feelings => Whose::Unknown,
    };
    let rung = |c: &EmergencyContact| rung(edition, c, language);
    let mut found: Vec<Situation> = Vec::new();
    let harm = |tap: &&aid::Tap| spared && tap.danger == Danger::HarmChild;
    let theirs = List::Feelings.taps().iter().filter(|tap| list == List::Child && harm(tap));
    for tap in list.taps().iter().filter(|tap| !harm(tap)).chain(theirs) {
        let whose = if tap.danger == Danger::HarmChild { Whose::Unknown } else { whose };
        let mut whom = aid::whom(&[tap.danger], whose, contacts, None);
        // The page does not know the hour: who is always there goes first.
        whom.others.sort_by_key(|c| !aid::always_open(c));
        let (what, first) = (format!("tap_{}", tap.id), tap.first_line());
        let number = whom.button.map_or("", |c| c.number.as_str());
        let same = found.iter_mut().find(|s| s.button.as_ref().map_or("", |b| b.number.as_str()) == number);
        match same {
            Some(situation) => match situation.rows.iter_mut().find(|r| r.first == first) {
                Some(row) => row.what.push(what),
                None => situation.rows.push(Happened { what: vec![what], first }),
            },
            None => found.push(Situation {
                rows: vec![Happened { what: vec![what], first }],
                button: whom.button.map(rung),
                own_clinic: whom.own_clinic,
                notes: whom
                    .notes
                    .into_iter()
                    .map(|n| if list == List::Pregnancy { n } else { n.without_a_handbook() }.key())
                    .collect(),
                others: whom.others.into_iter().filter(|c| !c.number.is_empty()).take(2).map(rung).collect(),
            }),
        }
    }
    found.sort_by_key(|s| s.button.as_ref().is_none_or(|b| b.number != "119"));
    found
}

/// The four numbers of the home page.
pub(super) fn first_lines(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    FIRST
        .iter()
        .filter_map(|kind| edition.library.contacts.iter().find(|c| c.kind == *kind && !c.number.is_empty()))
        .map(|c| line(edition, c, language))
        .collect()
}

/// The same where somebody is to be spared: who listens comes before a child's line.
pub(super) fn spared_lines(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    let mut lines = first_lines(edition, language);
    lines.sort_by_key(|line| SPARED.iter().position(|kind| *kind == line.kind));
    lines
}

/// All, in the file's order.
pub(in crate::site) fn all(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    edition.library.contacts.iter().map(|c| line(edition, c, language)).collect()
}

/// For people who cannot speak or hear on the telephone.
pub(super) fn relay(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    edition.library.contacts.iter().filter(|c| c.kind == "relay").map(|c| line(edition, c, language)).collect()
}

/// The night page's two buttons: the ambulance, and the advice for sick children or, after a loss, who listens.
pub(super) fn night_calls(edition: &Edition<'_>, spared: bool, language: &str) -> Vec<Line> {
    let first = |kind: &str| edition.library.contacts.iter().find(|c| c.kind == kind && !c.number.is_empty());
    ["danger", if spared { "mind" } else { "child" }]
        .into_iter()
        .filter_map(first)
        .map(|c| line(edition, c, language))
        .collect()
}

/// Maternity clinics of the city that answer the telephone at any hour, by their `fits:`.
pub(super) fn clinics(edition: &Edition<'_>, language: &str) -> Vec<Line> {
    edition
        .library
        .contacts
        .iter()
        .filter(|c| !c.number.is_empty() && aid::is_clinic(c) && aid::always_open(c))
        .map(|c| line(edition, c, language))
        .collect()
}

pub(super) fn page(edition: &Edition<'_>, language: &str) -> Value {
    whole(edition, language, &List::ALL, &KINDS, Address::Contacts)
}

/// The same for whom it shall not begin with a pregnancy: her own body and her feelings first.
const QUIET: [List; 5] = [List::After, List::Feelings, List::Baby, List::Child, List::Pregnancy];
/// So many of them stand openly.
const QUIET_OPEN: usize = 2;

pub(super) fn quiet(edition: &Edition<'_>, language: &str) -> Value {
    let mut page = whole(edition, language, &QUIET, &SPARED, Address::QuietContacts);
    page["spared"] = true.into();
    // What is of children, and of a pregnancy that goes on, stands below a fold.
    for (n, who) in page["who"].as_array_mut().into_iter().flatten().skip(QUIET_OPEN).enumerate() {
        who["fold"] = if n == 0 { "begins" } else { "goes on" }.into();
    }
    page["robots"] = "noindex".into();
    page["paths"] = json!(edition.theme.quiet_paths(language));
    page
}

fn whole(
    edition: &Edition<'_>,
    language: &str,
    lists: &[List],
    kinds: &[&str],
    address: fn(String) -> Address,
) -> Value {
    let groups: Vec<Value> = kinds
        .iter()
        .filter_map(|kind| {
            let lines: Vec<Line> = edition
                .library
                .contacts
                .iter()
                .filter(|c| c.kind == *kind)
                .map(|c| line(edition, c, language))
                .collect();
            (!lines.is_empty()).then(|| {
                json!({ "kind": kind, "title": edition.say::<&str>(language,
                &format!("kind_{kind}"), &[]), "lines": lines })
            })
        })
        .collect();
    let languages = super::article::versions(edition, edition.config.site.languages.iter(), language, address);
    let life = line_of(edition, Danger::Vital, language);
    // Where her own clinic's number can be written down: beside what is rung for first.
    let clinic = lists.iter().find(|l| matches!(l, List::Pregnancy | List::After));
    let who: Vec<Value> = lists
        .iter()
        .map(|list| {
            json!({
                "id": list.id(), "title": format!("aid_who_{}", list.id()), "situations": situations(edition, *list,
                    kinds == SPARED, language), "clinic": Some(list) == clinic, "fold": "",
            })
        })
        .collect();
    let here = Address::Contacts(language.to_owned()).path(edition.config);
    let checked = edition.library.contacts.iter().map(|c| c.checked).min();
    json!({ "section": "contacts", "life": life, "who": who, "groups": groups, "languages": languages,
        "checked": checked, "here": here })
}

/// The number for a danger that anybody may be in.
fn line_of(edition: &Edition<'_>, danger: Danger, language: &str) -> Option<Line> {
    aid::whom(&[danger], Whose::Unknown, &edition.library.contacts, None).button.map(|c| line(edition, c, language))
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
        let time = if always {
            edition.say::<&str>(language, "open_day_and_night", &[])
        } else {
            format!("{}{dash}{}", clock(*from), clock(*to))
        };
        if always && days.len() == 1 && open.len() == 1 { time } else { format!("{} {time}", days.join(", ")) }
    };
    all.iter().map(one).collect::<Vec<_>>().join(" / ")
}
