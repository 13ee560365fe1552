//! Signs of danger, the contacts and the time in; what the red box says and whom it rings out. Pure.

use super::quote::whole;
use super::{Category, bounded};
use crate::aid::{self, Note, Whom, Whose};
use crate::calendar::Zoned;
use crate::content::EmergencyContact;
use crate::danger::{About, Danger, Stage, dangers_by_words, grieves, signs};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// So many of a person's own words are said back.
const MOST_WORDS: usize = 3;

/// What a thread is about, as far as it decides whom to ring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What is in danger.
    pub dangers: BTreeSet<Danger>,
    /// Somebody writes of a child that was lost.
    pub grief: bool,
    /// What was written of what a doctor is for, in whole words, each once. Other words are not said back to who wrote them.
    words: Vec<String>,
    /// First lines that fit better than the danger's own.
    lines: BTreeMap<Danger, String>,
}

impl Found {
    /// What is found in a text of this matter.
    pub fn in_text(text: &str, stage: Stage) -> Self {
        Self::in_thread([(text, true)], stage)
    }

    /// What is found in the texts of a thread, in their order; those that are no longer looked at (`false`) still tell what later ones mean.
    pub fn in_thread<'a>(texts: impl IntoIterator<Item = (&'a str, bool)>, stage: Stage) -> Self {
        let mut found = Self::default();
        let mut about = About::from(stage);
        for (text, counts) in texts {
            let text = bounded(text);
            let signs = if counts { signs(text, &about) } else { Vec::new() };
            found.grief |= counts && grieves(text);
            about.earlier.push(text.to_owned());
            for sign in signs {
                found.dangers.insert(sign.danger);
                let said_back = |words: &str| !words.is_empty() && dangers_by_words(words).iter().all(|d| d.medical() && *d != Danger::Overdose);
                if sign.danger.medical() && sign.danger != Danger::Overdose {
                    // Of a clause that tells of violence or despair, too, the medical word alone, if that does not.
                    let clause = whole(text, &sign.at);
                    if said_back(&clause) {
                        found.quote(clause);
                    } else if said_back(&sign.word) {
                        found.quote(sign.word);
                    }
                }
            }
        }
        found
    }

    /// The same with what was tapped, and the first lines that fit it; of what was written of, the danger's own line stays.
    pub fn and_tapped(mut self, tapped: &BTreeSet<Danger>, lines: BTreeMap<Danger, String>) -> Self {
        self.lines = lines.into_iter().filter(|(danger, _)| !self.dangers.contains(danger)).collect();
        self.dangers.extend(tapped);
        self
    }

    fn quote(&mut self, words: String) {
        if self.words.len() < MOST_WORDS && !self.words.iter().any(|w| w.contains(&words)) {
            self.words.retain(|w| !words.contains(w.as_str()));
            self.words.push(words);
        }
    }
}

/// What the box shows: one line, one button, then the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Care {
    /// Anything is in danger; else it is grief alone.
    pub danger: bool,
    /// Key of the first line's words; empty for grief.
    pub first: String,
    /// First lines of the other dangers, each once.
    pub also: Vec<String>,
    /// As it was written, in whole words.
    pub words: Vec<String>,
    /// Thanks come before the first line: it does not thank by itself, and somebody dared to write.
    pub thanks: bool,
    /// Violence: whoever reads along must not find the page.
    pub violence: bool,
    /// The one number.
    pub button: Option<Call>,
    /// Her own clinic's number comes before it, if she keeps it on her device.
    pub own_clinic: bool,
    /// Keys of the words below the button.
    pub notes: Vec<&'static str>,
    /// The ambulance, where it is not the button.
    pub ambulance: Option<Call>,
    /// Other contacts that are open now and fit, the best first.
    pub calls: Vec<Call>,
    /// Ways for those who cannot speak or hear.
    pub relays: Vec<Call>,
}

/// A contact to ring, or to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// As in the file.
    pub id: String,
    /// Whom.
    pub title: String,
    /// As shown.
    pub number: String,
    /// Behind `tel:`; empty if there is nothing to dial.
    pub dial: String,
    /// Where there is nothing to dial.
    pub url: String,
    /// Hours as shown.
    pub hours: String,
    /// When to use it.
    pub when: String,
}

impl From<&EmergencyContact> for Call {
    fn from(c: &EmergencyContact) -> Self {
        Self { id: c.id.clone(), title: c.title.clone(), number: c.number.clone(), dial: c.dial(), url: c.url.clone(), hours: c.hours.clone(), when: c.when.clone() }
    }
}

/// The box for a text of which no more is known, or `None` when no sign was found in it.
pub fn care(text: &str, category: Category, contacts: &[EmergencyContact], now: &Zoned) -> Option<Care> {
    care_for(Found::in_text(text, Stage::Unknown), category, contacts, now)
}

/// The box for what was found, or `None` for nothing.
pub fn care_for(Found { dangers, grief, words, lines }: Found, category: Category, contacts: &[EmergencyContact], now: &Zoned) -> Option<Care> {
    if dangers.is_empty() && !grief {
        return None;
    }
    let relays = contacts.iter().filter(|c| c.kind == "relay").map(Call::from).collect();
    let dangers = aid::in_order(&dangers);
    let said = |danger: Danger| lines.get(&danger).cloned().unwrap_or_else(|| aid::first_line(danger));
    let Some(lead) = dangers.first().copied() else {
        let calls = aid::after_a_loss(contacts, Some(now)).into_iter().map(Call::from).collect();
        return Some(Care {
            danger: false,
            first: String::new(),
            also: Vec::new(),
            words,
            thanks: false,
            violence: false,
            button: None,
            own_clinic: false,
            notes: Vec::new(),
            ambulance: None,
            calls,
            relays,
        });
    };
    let Whom { button, own_clinic, notes, ambulance, others } = aid::whom(&dangers, whose(category), contacts, Some(now));
    let mut also = Vec::new();
    for line in dangers.iter().skip(1).map(|d| said(*d)) {
        if !also.contains(&line) {
            also.push(line);
        }
    }
    Some(Care {
        danger: true,
        first: said(lead),
        also,
        words,
        thanks: !aid::thanked(lead) && dangers.iter().any(|d| aid::thanked(*d)),
        violence: dangers.iter().any(|d| matches!(d, Danger::Violence | Danger::ChildAbuseSeen)),
        button: button.map(Call::from),
        own_clinic,
        notes: notes.into_iter().map(Note::key).collect(),
        ambulance: ambulance.map(Call::from),
        calls: others.into_iter().map(Call::from).collect(),
        relays,
    })
}

/// Whom everybody can ring now, whatever is the matter: the ambulance and the police first, then those who listen. The same for all.
pub fn calls_now(contacts: &[EmergencyContact], now: &Zoned) -> Vec<Call> {
    let rank = |c: &EmergencyContact| ["danger", "mind", "violence", "city", "general", "child"].iter().position(|kind| *kind == c.kind);
    let mut open: Vec<_> = contacts.iter().filter(|c| aid::open_now(c, Some(now)) && !c.dial().is_empty()).filter_map(|c| rank(c).map(|n| (n, c))).collect();
    open.sort_by_key(|(n, _)| *n);
    open.into_iter().map(|(_, c)| Call::from(c)).collect()
}

/// Who is in danger, by what the question is about.
pub fn whose(category: Category) -> Whose {
    match category {
        Category::Pregnancy | Category::Body => Whose::Mother,
        Category::Child => Whose::Child,
        Category::Own => Whose::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{TimeZone, date};
    use crate::content::{Fits, Opening};

    fn contact(number: &str, kind: &str, days: &str, hours: (u32, u32)) -> EmergencyContact {
        EmergencyContact {
            id: number.into(),
            number: number.into(),
            title: number.into(),
            easy: String::new(),
            en: String::new(),
            words: BTreeMap::new(),
            when: String::new(),
            hours: String::new(),
            open: vec![Opening { days: vec![days.into()], from: hours.0, to: hours.1 }],
            languages: String::new(),
            cost: String::new(),
            text: String::new(),
            url: String::new(),
            kind: kind.into(),
            fits: None,
            checked: date(2026, 11, 1),
        }
    }

    /// A city that has written no `fits:` but for its clinic.
    fn city() -> Vec<EmergencyContact> {
        use Danger::{Bleeding, FetalMovement, Haemorrhage, OtherSick, Psychosis};
        let mut all = vec![
            contact("119", "danger", "all", (0, 1440)),
            contact("110", "danger", "all", (0, 1440)),
            contact("#8000", "child", "all", (1140, 1920)),
            contact("#7119", "general", "all", (0, 1440)),
            contact("4567", "city", "all", (0, 1440)),
            contact("1234", "city", "weekdays", (510, 1035)),
            contact("0120-279-338", "mind", "all", (0, 1440)),
            contact("0120-99-7777", "mind", "all", (960, 1260)),
            contact("189", "violence", "all", (0, 1440)),
            contact("072-727-2499", "general", "all", (0, 1440)),
            contact("", "relay", "all", (0, 1440)),
        ];
        all[4].fits = Some(Fits::new([Bleeding, Haemorrhage, FetalMovement, OtherSick, Psychosis].map(|d| (d, 1)), None));
        all
    }

    fn at(hour: i8) -> Zoned {
        date(2026, 11, 24).at(hour, 0, 0, 0).to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap()
    }

    fn rung(dangers: &[Danger], category: Category, contacts: &[EmergencyContact], hour: i8) -> (String, String) {
        let found = Found { dangers: dangers.iter().copied().collect(), ..Found::default() };
        let care = care_for(found, category, contacts, &at(hour)).unwrap();
        assert_eq!(care.relays.len(), contacts.iter().filter(|c| c.kind == "relay").count());
        assert_eq!(care.ambulance.is_none(), care.button.as_ref().is_some_and(|b| b.number == "119"));
        let others: Vec<_> = care.calls.iter().map(|c| c.number.as_str()).collect();
        (care.button.map(|b| b.number).unwrap_or_default(), others.join(" "))
    }

    #[test]
    fn one_number_and_then_the_others() {
        use Category::{Body, Child, Own, Pregnancy};
        use Danger::*;
        for (dangers, category, hour, button, others) in [
            (&[Bleeding][..], Pregnancy, 3, "4567", "#7119"),
            (&[FetalMovement], Pregnancy, 3, "4567", "#7119"),
            (&[Haemorrhage], Body, 23, "4567", "#7119"),
            (&[WatersPreterm], Pregnancy, 3, "#7119", ""),
            (&[Vital], Child, 3, "119", "#8000 #7119"),
            (&[Vital], Child, 12, "119", "#7119"),
            (&[Vital], Pregnancy, 20, "119", "#7119"),
            (&[InfantFever], Child, 3, "#8000", "#7119"),
            (&[InfantFever], Child, 12, "#7119", ""),
            (&[InfantFever], Pregnancy, 3, "#8000", "#7119"),
            (&[OtherSick], Child, 20, "#8000", "#7119"),
            (&[OtherSick], Pregnancy, 20, "4567", "#7119"),
            (&[Ingestion], Child, 12, "072-727-2499", "#7119"),
            (&[Suicide], Own, 3, "0120-279-338", ""),
            (&[Suicide], Own, 17, "0120-279-338", "0120-99-7777"),
            (&[Violence], Child, 3, "110", "0120-279-338"),
            (&[HarmChild], Child, 3, "189", "0120-279-338"),
            (&[ChildAbuseSeen], Child, 3, "189", "110"),
            (&[Suicide, Violence], Own, 3, "0120-279-338", "110"),
            (&[Overdose, Suicide], Own, 3, "119", "#7119 0120-279-338"),
            (&[Suicide, Vital], Child, 3, "119", "#8000 #7119 0120-279-338"),
            (&[Suicide, Violence, Vital], Child, 17, "119", "#7119 0120-279-338 0120-99-7777 110"),
            (&[Shaken], Child, 20, "#8000", "#7119 189 0120-279-338"),
            (&[Psychosis], Own, 3, "4567", "#7119 0120-279-338"),
        ] {
            assert_eq!(rung(dangers, category, &city(), hour), (button.to_owned(), others.to_owned()), "{dangers:?} {hour}");
        }
    }

    /// Where #7119 or #8000 does not exist, or is closed.
    #[test]
    fn somebody_can_always_be_rung() {
        let without = |numbers: &[&str]| city().into_iter().filter(|c| !numbers.contains(&c.number.as_str())).collect::<Vec<_>>();
        let all = |dangers: &[Danger], category, contacts: &[EmergencyContact], hour| {
            let found = Found { dangers: dangers.iter().copied().collect(), ..Found::default() };
            let care = care_for(found, category, contacts, &at(hour)).unwrap();
            (care.button.unwrap().number, care.notes, care.own_clinic)
        };
        let child = &[Danger::InfantFever];
        assert_eq!(all(child, Category::Child, &city(), 12), ("#7119".into(), vec!["aid_own_doctor"], false));
        assert_eq!(all(child, Category::Child, &without(&["#8000"]), 3), ("#7119".into(), vec!["aid_own_doctor"], false));
        assert_eq!(all(child, Category::Child, &without(&["#7119"]), 12), ("119".into(), vec!["aid_own_doctor", "aid_nobody"], false));
        let mother = &[Danger::FetalMovement];
        assert_eq!(all(mother, Category::Pregnancy, &city(), 3), ("4567".into(), vec!["aid_own_clinic"], true));
        assert_eq!(all(mother, Category::Pregnancy, &without(&["4567", "#7119"]), 3), ("119".into(), vec!["aid_own_clinic", "aid_nobody"], true));
        for danger in Danger::ALL {
            let only = vec![contact("119", "danger", "all", (0, 1440))];
            assert_eq!(all(&[danger], Category::Own, &only, 3).0, "119", "{danger:?}");
        }
    }

    #[test]
    fn the_gravest_decides_and_words_are_whole() {
        let care = |text: &str| care(text, Category::Own, &city(), &at(3));
        let both = care("死にたい。夫に殴られた").unwrap();
        assert_eq!((both.first.as_str(), both.also.as_slice(), both.violence, both.thanks), ("first_suicide", &["first_violence".to_owned()][..], true, false));
        assert!(both.words.is_empty(), "{:?}", both.words);
        let poison = care("死にたい。薬をたくさん飲みました").unwrap();
        assert_eq!((poison.first.as_str(), poison.thanks, poison.words.len()), ("first_overdose", true, 0));
        assert_eq!(care("今朝、少し出血がありました。").unwrap().words, ["少し出血がありました"]);
        let grief = care("先月、流産しました").unwrap();
        assert!(!grief.danger && grief.button.is_none() && grief.calls.iter().map(|c| c.number.as_str()).eq(["0120-279-338"]));
        assert_eq!(care("離乳食について"), None);
    }
}
