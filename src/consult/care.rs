//! Signs of danger, the contacts and the time in; what the red box shows (whom to ring now) out. Pure.

use super::Category;
use crate::calendar::{Zoned, is_open};
use crate::content::EmergencyContact;
use crate::danger::{Danger, dangers, grieves, signs};
use serde::Serialize;
use std::collections::BTreeSet;

/// How many numbers the box shows: somebody in need reads no lists.
const MOST: usize = 5;

/// What a thread is about, as far as it decides whom to ring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What is in danger.
    pub dangers: BTreeSet<Danger>,
    /// Somebody writes of a child that was lost.
    pub grief: bool,
    /// Signs of what a doctor is for, as written, each once, at most four. Other words are not said back to who wrote them.
    words: Vec<String>,
}

impl Found {
    /// What is found in texts.
    pub fn in_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        for text in texts {
            found.grief |= grieves(text);
            for sign in signs(text) {
                found.dangers.insert(sign.danger);
                let word = sign.word.replace(['\n', '\r'], "");
                if sign.danger.medical() && sign.danger != Danger::Overdose && found.words.len() < 4 && !found.words.contains(&word) {
                    found.words.push(word);
                }
            }
        }
        found
    }
}

/// What the box shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Care {
    /// Signs as written.
    pub words: Vec<String>,
    /// Anything is in danger; else it is grief alone.
    pub danger: bool,
    /// Too much medicine.
    pub overdose: bool,
    /// Bleeding, breath, consciousness, injuries …
    pub body: bool,
    /// A child was shaken.
    pub shaken: bool,
    /// Not wanting to live.
    pub mind: bool,
    /// Voices, being watched.
    pub psychosis: bool,
    /// Violence of others.
    pub violence: bool,
    /// The fear of one's own hand.
    pub hand: bool,
    /// The ambulance's button comes first.
    pub ambulance_first: bool,
    /// The first of `calls` is somebody who listens: worth the button.
    pub listens: bool,
    /// The ambulance.
    pub ambulance: Option<Call>,
    /// Other contacts that are open now and fit, the best first.
    pub calls: Vec<Call>,
    /// Ways for those who cannot speak or hear.
    pub relays: Vec<Call>,
}

/// A number to ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Whom.
    pub title: String,
    /// As shown.
    pub number: String,
    /// Behind `tel:`; empty if there is nothing to dial.
    pub dial: String,
    /// Hours as shown.
    pub hours: String,
    /// When to use it.
    pub when: String,
}

impl From<&EmergencyContact> for Call {
    fn from(c: &EmergencyContact) -> Self {
        Self { title: c.title.clone(), number: c.number.clone(), dial: c.dial(), hours: c.hours.clone(), when: c.when.clone() }
    }
}

/// The box for these texts, or `None` when no sign was found in them.
pub fn care<'a>(texts: impl IntoIterator<Item = &'a str>, category: Category, contacts: &[EmergencyContact], now: &Zoned) -> Option<Care> {
    care_for(Found::in_texts(texts), category, contacts, now)
}

/// The box for what was found, or `None` for nothing.
pub fn care_for(Found { dangers: present, grief, words }: Found, category: Category, contacts: &[EmergencyContact], now: &Zoned) -> Option<Care> {
    if present.is_empty() && !grief {
        return None;
    }
    let is = |danger| present.contains(&danger);
    let mind = is(Danger::Suicide);
    let fitting = |c: &EmergencyContact| if present.is_empty() { fit_grief(c) } else { present.iter().filter_map(|d| fit(c, *d, category)).min() };
    let mut fitting: Vec<_> = contacts.iter().filter(|c| open_now(c, now) && !is_ambulance(c)).filter_map(|c| fitting(c).map(|n| (n, c))).collect();
    // Who does not want to live needs somebody who listens before anything else.
    fitting.sort_by_key(|(n, c)| (*n, mind && c.kind != "mind"));
    let ambulance_first = present.iter().any(|d| d.medical());
    Some(Care {
        words,
        danger: !present.is_empty(),
        overdose: is(Danger::Overdose),
        body: [Danger::Vital, Danger::Bleeding, Danger::Injury, Danger::OtherSick].into_iter().any(is),
        shaken: is(Danger::Shaken),
        mind,
        psychosis: is(Danger::Psychosis),
        violence: is(Danger::Violence),
        hand: is(Danger::HarmChild),
        ambulance_first,
        listens: mind && fitting.first().is_some_and(|(_, c)| c.kind == "mind"),
        ambulance: contacts.iter().find(|c| is_ambulance(c)).map(Call::from),
        calls: fitting.into_iter().take(MOST).map(|(_, c)| Call::from(c)).collect(),
        relays: contacts.iter().filter(|c| c.kind == "relay").map(Call::from).collect(),
    })
}

/// Is somebody there now?
pub fn open_now(contact: &EmergencyContact, now: &Zoned) -> bool {
    contact.open.iter().any(|o| is_open(&o.days, o.from, o.to, now))
}

fn is_ambulance(contact: &EmergencyContact) -> bool {
    contact.number == "119"
}

/// How well a contact fits a danger (0 best); `None` if not at all. What a contact says of itself (`when`) is read for the same signs.
fn fit(contact: &EmergencyContact, danger: Danger, category: Category) -> Option<u8> {
    let read = dangers(&contact.when);
    let says = read.contains(&danger);
    let doctor = read.iter().any(|d| d.medical());
    let pregnancy = contact.when.contains("妊娠中");
    let listens = read.contains(&Danger::Suicide);
    match (danger, contact.kind.as_str()) {
        (_, "relay") => None,
        (Danger::Overdose, "mind") => listens.then_some(0),
        (Danger::Overdose, "city" | "general") => contact.when.contains("救急車").then_some(1),
        (Danger::Vital | Danger::Bleeding | Danger::Injury | Danger::OtherSick, "child") => (!matches!(category, Category::Pregnancy | Category::Body)).then_some(0),
        (Danger::Shaken, "child") => Some(0),
        (Danger::Shaken, "violence") => read.contains(&Danger::HarmChild).then_some(2),
        (Danger::Shaken, "mind") => listens.then_some(3),
        (Danger::Shaken, "city" | "general") => contact.when.contains("救急車").then_some(1),
        (Danger::Vital | Danger::Bleeding | Danger::Injury | Danger::OtherSick, "city" | "general") if doctor && pregnancy => (category != Category::Child).then_some(0),
        (Danger::Vital | Danger::Bleeding | Danger::Injury | Danger::OtherSick, "city" | "general") => (doctor || contact.when.contains("救急車")).then_some(1),
        (Danger::Suicide, "mind") => Some(if says { 0 } else { 2 }),
        (Danger::Violence, "danger") => Some(0),
        (Danger::Violence, "violence") => Some(1),
        (Danger::HarmChild, "violence") => says.then_some(0),
        (Danger::HarmChild, "mind") => listens.then_some(1),
        (Danger::Psychosis, "city" | "general") => ((doctor && pregnancy) || contact.when.contains("救急車")).then_some(0),
        (Danger::Psychosis, "mind") => listens.then_some(1),
        (Danger::Suicide | Danger::Violence | Danger::HarmChild, "city" | "general") => says.then_some(2),
        _ => None,
    }
}

/// Somebody to talk to after a loss.
fn fit_grief(contact: &EmergencyContact) -> Option<u8> {
    match contact.kind.as_str() {
        "city" | "general" if contact.when.contains("お別れ") => Some(0),
        "mind" if dangers(&contact.when).contains(&Danger::Suicide) => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{TimeZone, date};
    use crate::content::Opening;

    fn contact(number: &str, kind: &str, when: &str, days: &str, hours: (u32, u32)) -> EmergencyContact {
        EmergencyContact {
            id: number.into(),
            number: number.into(),
            title: number.into(),
            easy: String::new(),
            en: String::new(),
            when: when.into(),
            hours: String::new(),
            open: vec![Opening { days: vec![days.into()], from: hours.0, to: hours.1 }],
            languages: String::new(),
            cost: String::new(),
            text: String::new(),
            url: String::new(),
            kind: kind.into(),
            checked: date(2026, 11, 1),
        }
    }

    fn city() -> Vec<EmergencyContact> {
        vec![
            contact("119", "danger", "意識がない", "all", (0, 1440)),
            contact("110", "danger", "いま暴力を受けている", "all", (0, 1440)),
            contact("#8000", "child", "子どもの具合が悪いとき", "all", (1140, 1920)),
            contact("#7119", "general", "大人でも子どもでも、救急車を呼ぶか迷うとき", "all", (0, 1440)),
            contact("4567", "city", "妊娠中・産後の出血、破水", "all", (0, 1440)),
            contact("1234", "city", "子育ての相談", "weekdays", (510, 1035)),
            contact("0120-279-338", "mind", "つらい、消えたい", "all", (0, 1440)),
            contact("0120-99-7777", "mind", "18歳までの人", "all", (960, 1260)),
            contact("189", "violence", "手が出そう", "all", (0, 1440)),
            contact("", "relay", "話せないとき", "all", (0, 1440)),
        ]
    }

    #[test]
    fn whom_to_ring() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let at = |hour| date(2026, 11, 24).at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap();
        for (text, category, hour, numbers) in [
            ("出血しました", Category::Pregnancy, 3, "4567 #7119"),
            ("けいれんした", Category::Child, 3, "#8000 #7119"),
            ("けいれんした", Category::Child, 12, "#7119"),
            ("出血が続く", Category::Own, 12, "4567 #7119"),
            ("流産のあと、出血が続く", Category::Body, 23, "4567 #7119"),
            ("出血が続く", Category::Own, 23, "#8000 4567 #7119"),
            ("消えたい", Category::Own, 3, "0120-279-338"),
            ("消えたい", Category::Own, 17, "0120-279-338 0120-99-7777"),
            ("殴られた", Category::Child, 3, "110 189"),
            ("揺さぶりそう", Category::Child, 3, "189 0120-279-338"),
            ("消えたい。夫に殴られた", Category::Own, 3, "0120-279-338 110 189"),
            ("死にたい。薬をたくさん飲みました", Category::Own, 3, "0120-279-338 #7119"),
            ("揺さぶってしまいました", Category::Child, 20, "#8000 #7119 189 0120-279-338"),
            ("産後、声が聞こえます", Category::Own, 3, "#7119 4567 0120-279-338"),
            ("先月、流産しました", Category::Body, 3, "0120-279-338"),
        ] {
            let care = care([text], category, &city(), &at(hour)).unwrap();
            let found: Vec<_> = care.calls.iter().map(|c| c.number.as_str()).collect();
            assert_eq!(found.join(" "), numbers, "{text} {hour}");
            assert_eq!((care.ambulance.unwrap().dial, care.relays.len()), ("119".into(), 1));
        }
        assert_eq!(care(["離乳食について"], Category::Child, &city(), &at(12)), None);
    }
}
