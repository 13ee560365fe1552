//! A form's fields in, the answers as they were typed out; they travel from page to page in hidden fields, never in an
//! address.

use super::registration::MOST_CHILDREN;
use super::step::Step;
use crate::calendar::Date;
use std::collections::BTreeMap;

/// Answers as typed, by field name. Unknown names and overlong values are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft(BTreeMap<String, String>);

/// Longest value kept; LINE's link tokens are the longest.
const LONGEST: usize = 300;

/// A date's three fields as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// 年
    pub year: String,
    /// 月
    pub month: String,
    /// 日
    pub day: String,
}

impl Typed {
    /// Nothing was typed.
    pub fn is_empty(&self) -> bool {
        [&self.year, &self.month, &self.day].iter().all(|v| v.trim().is_empty())
    }
}

impl Draft {
    /// From a form's pairs; of a repeated name the last one counts.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().filter(|(name, value)| owner(name).is_some() && value.len() <= LONGEST).collect())
    }
    /// The value of a field; empty if it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }
    /// The date whose fields begin with `name`.
    pub fn date(&self, name: &str) -> Typed {
        let part = |p: &str| self.get(&format!("{name}-{p}")).to_owned();
        Typed { year: part("y"), month: part("m"), day: part("d") }
    }
    /// Fills the date whose fields begin with `name`.
    pub fn type_date(&mut self, name: &str, day: Date) {
        self.set(&format!("{name}-y"), day.year().to_string());
        self.set(&format!("{name}-m"), day.month().to_string());
        self.set(&format!("{name}-d"), day.day().to_string());
    }
    /// A ticked box.
    pub fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
    /// How many children the page asks for: as many as were added, and all that were filled in.
    pub fn children(&self) -> usize {
        let asked = self.get("children").parse().unwrap_or(1);
        let filled = (1..=MOST_CHILDREN).rev().find(|n| !self.date(&format!("c{n}")).is_empty()).unwrap_or(1);
        asked.clamp(1, MOST_CHILDREN).max(filled)
    }
    /// What the page of `step` must carry along: everything that it does not ask itself.
    pub fn hidden(&self, step: Step) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .filter(|(name, value)| owner(name) != Some(Some(step)) && !value.is_empty())
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect()
    }
}

/// The page that asks a field; `Some(None)` is carried along by all pages, `None` is no field of ours.
fn owner(name: &str) -> Option<Option<Step>> {
    let dated = |prefix: &str| {
        ["y", "m", "d"].iter().any(|p| name.strip_prefix(prefix).and_then(|r| r.strip_prefix('-')) == Some(*p))
    };
    match name {
        "consent" => return Some(Some(Step::Consent)),
        "due-twins" | "children" => return Some(Some(Step::Dates)),
        "area" => return Some(Some(Step::Area)),
        "language" => return Some(Some(Step::Language)),
        "first" => return Some(Some(Step::First)),
        "channel" => return Some(Some(Step::Channel)),
        "code" | "line" | "once" | "thread" => return Some(None),
        _ => {}
    }
    if dated("due") || dated("lmp") || dated("born") || dated("until") {
        return Some(Some(Step::Dates));
    }
    for n in 1..=MOST_CHILDREN {
        if dated(&format!("c{n}")) || name == format!("c{n}-early") {
            return Some(Some(Step::Dates));
        }
        if dated(&format!("c{n}-due")) {
            return Some(Some(Step::Early));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draft(pairs: &[(&str, &str)]) -> Draft {
        Draft::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn carries_what_other_pages_asked() {
        let d = draft(&[
            ("due-y", "令和9"),
            ("c1-y", "2025"),
            ("c1-due-y", "2025"),
            ("area", "south"),
            ("line", "t"),
            ("evil", "x"),
            ("c7-y", "1"),
            ("goto", "dates"),
        ]);
        assert_eq!(d.hidden(Step::Dates), [("area", "south"), ("c1-due-y", "2025"), ("line", "t")]);
        assert_eq!(d.hidden(Step::Area), [("c1-due-y", "2025"), ("c1-y", "2025"), ("due-y", "令和9"), ("line", "t")]);
        assert_eq!(d.children(), 1);
        assert_eq!(draft(&[("children", "99")]).children(), 6);
        assert_eq!(draft(&[("c3-d", "1")]).children(), 3);
    }

    proptest! {
        #[test]
        fn never_panics(pairs in proptest::collection::vec(("[a-z0-9-]{0,9}", ".{0,20}"), 0..40)) {
            let d = Draft::from_pairs(pairs);
            let _ = (d.children(), d.hidden(Step::Channel), d.date("due"));
        }
    }
}
