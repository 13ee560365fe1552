//! `fits:` of an emergency contact in, for which dangers it is rung, and how early, out. Also its words in other
//! languages.

use super::ids::place_of;
use crate::danger::Danger;
use crate::diag::form::{Form, Placed, meant, text_of};
use crate::diag::yaml::{Node, Value};
use crate::diag::{Diagnostics, Place};
use serde::Serialize;
use std::collections::BTreeMap;

/// Beside the kinds of danger: somebody to talk to after a loss.
const GRIEF: &str = "grief";
/// The latest place that a contact can have.
const LAST: u8 = 9;

/// For which dangers a contact is rung: 1 before 2; of two with the same number the one that stands first in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fits {
    kinds: BTreeMap<Danger, u8>,
    grief: Option<u8>,
}

impl Fits {
    /// Kinds with their places.
    pub fn new(kinds: impl IntoIterator<Item = (Danger, u8)>, grief: Option<u8>) -> Self {
        Self { kinds: kinds.into_iter().collect(), grief }
    }
    /// How early for this danger; `None`: not at all.
    pub fn of(&self, danger: Danger) -> Option<u8> {
        self.kinds.get(&danger).copied()
    }
    /// How early for somebody who mourns.
    pub fn grief(&self) -> Option<u8> {
        self.grief
    }
    /// All dangers that it is rung for.
    pub fn kinds(&self) -> impl Iterator<Item = Danger> {
        self.kinds.keys().copied()
    }

    fn put(&mut self, file: &str, kind: &Placed<String>, rank: u8, problems: &mut Diagnostics) {
        match Danger::ALL.into_iter().find(|d| d.id() == kind.value) {
            Some(danger) => drop(self.kinds.insert(danger, rank)),
            None if kind.value == GRIEF => self.grief = Some(rank),
            None => {
                let known = || Danger::ALL.iter().map(|d| d.id()).chain([GRIEF]);
                let hint = meant(&kind.value, known())
                    .unwrap_or_else(|| format!("使えるもの: {}", known().collect::<Vec<_>>().join("、")));
                problems.error(file, kind.at, format!("`fits:` に `{}` という種類はありません", kind.value), hint);
            }
        }
    }
}

/// `fits: [suicide, harm_child]`, or with places `fits: {suicide: 1, harm_child: 2}`; `None` where the key is missing.
pub(super) fn fits(form: &Form<'_>, problems: &mut Diagnostics) -> Option<Fits> {
    let entry = form.entry("fits")?;
    let mut fits = Fits::default();
    match &entry.node.value {
        Value::List(items) => {
            for item in items {
                match text_of(item) {
                    Some(kind) => fits.put(form.file(), &kind, 1, problems),
                    None => problems.error(
                        form.file(),
                        item.at,
                        "`fits` の項目が種類の名前ではありません",
                        "例: fits: [suicide, harm_child]",
                    ),
                }
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let rank =
                    text_of(&entry.node).and_then(|t| t.value.parse::<u8>().ok()).filter(|n| (1..=LAST).contains(n));
                if rank.is_none() {
                    problems.error(
                        form.file(),
                        entry.node.at,
                        format!("`{}` の順番は、1から{LAST}の数です", entry.key),
                        "先に案内する連絡先ほど、小さい数にします",
                    );
                }
                fits.put(
                    form.file(),
                    &Placed { value: entry.key.clone(), at: entry.at },
                    rank.unwrap_or(LAST),
                    problems,
                );
            }
        }
        Value::Scalar { .. } => {
            problems.error(
                form.file(),
                entry.node.at,
                "`fits` は、1つでもリストで書きます",
                "例: fits: [suicide]（順番をつけるときは fits: {suicide: 1}）",
            );
        }
    }
    Some(fits)
}

/// What a contact says of itself in another language; what is empty is said in the main language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContactWords {
    /// Name.
    pub title: String,
    /// When to use it.
    pub when: String,
    /// Hours, as shown.
    pub hours: String,
    /// Languages.
    pub languages: String,
    /// Cost.
    pub cost: String,
    /// Text or relay access.
    pub text: String,
}

/// `en: Ambulance`, or `en: {title: Ambulance, when: …}`.
pub(super) fn words(form: &Form<'_>, language: &str, problems: &mut Diagnostics) -> ContactWords {
    const KEYS: [&str; 6] = ["title", "when", "hours", "languages", "cost", "text"];
    let Some(entry) = form.entry(language) else { return ContactWords::default() };
    let Value::Map(_) = &entry.node.value else {
        return ContactWords {
            title: form.text(language, problems).map(|t| t.value).unwrap_or_default(),
            ..ContactWords::default()
        };
    };
    let Some(own) = Form::new(form.file(), &entry.node, &KEYS, problems) else { return ContactWords::default() };
    let mut said = |key: &str| own.text(key, problems).map(|t| t.value).unwrap_or_default();
    ContactWords {
        title: said("title"),
        when: said("when"),
        hours: said("hours"),
        languages: said("languages"),
        cost: said("cost"),
        text: said("text"),
    }
}

/// A city's own window without `fits` is never named when somebody is in danger: only the city knows what it is for.
pub(super) fn unfitted(form: &Form<'_>, kind: &str, node: &Node, problems: &mut Diagnostics) {
    if kind == "city" && form.has("number") && !form.has("fits") {
        let at = if form.has("kind") { place_of(form, "kind") } else { Place { ..node.at } };
        problems.warning(
            form.file(),
            at,
            "市の窓口に `fits:` がないので、危ないときの案内に出ません",
            "産院なら fits: [bleeding, haemorrhage, clot, preeclampsia, fetal_movement, waters_preterm, waters_term, \
             mother_fever]、どの危険にもあてはまらない窓口なら fits: []",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use crate::content::EmergencyContact;
    use crate::content::lists;

    fn read(fields: &str) -> (Vec<EmergencyContact>, Vec<String>) {
        let mut problems = Diagnostics::new();
        let text = format!(
            "- id: a\n  number: \"1234\"\n  title: a\n  when: a\n  hours: a\n  kind: city\n  checked: 2026-11-01\n\
             {fields}"
        );
        let contacts = lists::contacts("c.yaml", &text, 0, date(2026, 11, 24), &mut problems);
        (contacts, problems.iter().map(|p| p.to_string()).collect())
    }

    #[test]
    fn says_for_what_it_is_rung() {
        let (contacts, problems) = read("  fits: {bleeding: 1, other_sick: 3, grief: 2}\n");
        let fits = contacts[0].fits.as_ref().unwrap();
        assert_eq!(
            (fits.of(Danger::Bleeding), fits.of(Danger::OtherSick), fits.of(Danger::Vital), fits.grief()),
            (Some(1), Some(3), None, Some(2))
        );
        assert!(problems.is_empty(), "{problems:?}");
        let (contacts, problems) = read("  fits: []\n");
        assert!(
            contacts[0].fits.as_ref().is_some_and(|f| f.kinds().next().is_none()) && problems.is_empty(),
            "{problems:?}"
        );
    }

    /// Every mistake has its line and column.
    #[test]
    fn mistakes_are_told_with_their_place() {
        for (fields, place, says) in [
            ("  fits: [bleeding, bleding]\n", "c.yaml:8:20", "bleding"),
            ("  fits: {suicid: 1}\n", "c.yaml:8:10", "suicid"),
            ("  fits: {suicide: 0}\n", "c.yaml:8:19", "1から9"),
            ("  fits: bleeding\n", "c.yaml:8:9", "リスト"),
            ("  fits: [mind]\n", "c.yaml:8:10", "mind"),
            ("", "c.yaml:6:9", "fits:"),
        ] {
            let (_, problems) = read(fields);
            assert!(
                problems.len() == 1 && problems[0].contains(place) && problems[0].contains(says),
                "{fields} {problems:?}"
            );
        }
    }

    #[test]
    fn words_of_other_languages() {
        let (contacts, problems) = read("  fits: []\n  easy: かな\n  en: {title: Clinic, when: Bleeding}\n");
        assert!(problems.is_empty(), "{problems:?}");
        let (easy, en) = (&contacts[0].words["easy"], &contacts[0].words["en"]);
        assert_eq!(
            (easy.title.as_str(), easy.when.as_str(), en.title.as_str(), en.when.as_str(), en.cost.as_str()),
            ("かな", "", "Clinic", "Bleeding", "")
        );
        assert_eq!((contacts[0].easy.as_str(), contacts[0].en.as_str()), ("かな", "Clinic"));
        let (_, problems) = read("  fits: []\n  en: {titel: Clinic}\n");
        assert!(problems.len() == 1 && problems[0].contains("c.yaml:9:8"), "{problems:?}");
    }
}
