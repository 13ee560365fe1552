//! A week of pregnancy, a month or a year of age: the seats on the wire, and which articles belong to them.

use crate::content::{Article, Library};
use crate::segment::{Unit, Window};
use std::cmp::Reverse;

/// First and last week on the wire: from the usual first visit to the day before post-term.
const WEEKS: std::ops::RangeInclusive<i32> = 4..=41;

/// A seat on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Completed weeks of pregnancy, 4–41.
    Week(i32),
    /// Months old, 0–11.
    Month(i32),
    /// Years old, 1–6.
    Year(i32),
}

impl Stage {
    /// All seats, in the order of life.
    pub fn all() -> impl Iterator<Item = Self> {
        WEEKS.map(Self::Week).chain((0..12).map(Self::Month)).chain((1..=6).map(Self::Year))
    }
    /// Its number as on the wire.
    pub fn number(self) -> i32 {
        match self {
            Self::Week(n) | Self::Month(n) | Self::Year(n) => n,
        }
    }
    /// `weeks`, `months`, `years`: the first part of its address and of its words' keys.
    pub fn group(self) -> &'static str {
        match self {
            Self::Week(_) => "weeks",
            Self::Month(_) => "months",
            Self::Year(_) => "years",
        }
    }
    /// Its page.
    pub fn path(self) -> String {
        format!("/{}/{}/", self.group(), self.number())
    }
    /// Every fourth week (妊娠月数), every third month, every year carries a pole of the wire.
    pub fn pole(self) -> bool {
        match self {
            Self::Week(n) => n % 4 == 0,
            Self::Month(n) => n % 3 == 0,
            Self::Year(_) => true,
        }
    }
    /// The seat before and after on the same wire; no birth is taken for granted after week 41.
    pub fn neighbours(self) -> (Option<Self>, Option<Self>) {
        let all: Vec<Self> = Self::all().filter(|s| s.group() == self.group()).collect();
        let here = all.iter().position(|s| *s == self);
        let at = |n: Option<usize>| n.and_then(|n| all.get(n)).copied();
        (at(here.and_then(|n| n.checked_sub(1))), at(here.map(|n| n + 1)))
    }
    /// How far apart two stages are, in weeks of pregnancy or in months of age; `None` between pregnancy and childhood.
    pub fn distance(self, other: Self) -> Option<i32> {
        match (self, other) {
            (Self::Week(a), Self::Week(b)) => Some((a - b).abs()),
            _ => Some((self.months()?.0 - other.months()?.0).abs()),
        }
    }
    /// The months old that it covers; none for a week of pregnancy.
    fn months(self) -> Option<(i32, i32)> {
        match self {
            Self::Week(_) => None,
            Self::Month(n) => Some((n, n)),
            Self::Year(n) => Some((12 * n, 12 * n + 11)),
        }
    }
    /// Does the window touch the stage?
    pub fn touches(self, window: &Window) -> bool {
        match (self.months(), months_of(window)) {
            (None, None) => matches!(self, Self::Week(n) if (window.from..=window.to).contains(&n)),
            (Some((from, to)), Some((first, last))) => first <= to && from <= last,
            _ => false,
        }
    }
    /// The articles of the stage, the fittest first: essential ones, then those with the narrowest window, then by
    /// address.
    pub fn articles(self, library: &Library, drafts: bool) -> Vec<&Article> {
        let width = |a: &Article| a.windows.iter().filter(|w| self.touches(w)).map(Window::width_days).min();
        let mut found: Vec<_> = library
            .articles
            .values()
            .map(AsRef::as_ref)
            .filter(|a| drafts || !a.draft)
            .filter_map(|a| width(a).map(|w| (Reverse(a.essential), w, &a.slug, a)))
            .collect();
        found.sort_by(|x, y| (x.0, x.1, x.2).cmp(&(y.0, y.1, y.2)));
        found.into_iter().map(|(.., a)| a).collect()
    }
    /// The first stage that the window touches: where an article's way back leads.
    pub fn first_of(window: &Window) -> Option<Self> {
        Self::all().find(|s| s.touches(window))
    }
}

/// The months old that a window covers, first and last; `None` if it counts weeks of pregnancy.
/// Days and weeks are turned into months of 30.4 days; corrected months are shown with the months of the same number.
fn months_of(window: &Window) -> Option<(i32, i32)> {
    let month_of_day = |days: i32| (f64::from(days) / 30.44) as i32;
    let Window { from, to, .. } = *window;
    match window.unit {
        Unit::PregnancyWeeks => None,
        Unit::ChildDays => Some((month_of_day(from), month_of_day(to))),
        Unit::ChildWeeks => Some((month_of_day(from * 7), month_of_day(to * 7 + 6))),
        Unit::ChildMonths | Unit::CorrectedMonths => Some((from, to)),
        Unit::ChildYears => Some((from * 12, to * 12 + 11)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(unit: Unit, from: i32, to: i32) -> Window {
        Window { unit, from, to }
    }

    #[test]
    fn touches_what_overlaps() {
        for (stage, w, holds) in [
            (Stage::Week(5), window(Unit::PregnancyWeeks, 5, 16), true),
            (Stage::Week(4), window(Unit::PregnancyWeeks, 5, 16), false),
            (Stage::Month(5), window(Unit::PregnancyWeeks, 5, 16), false),
            (Stage::Month(0), window(Unit::ChildDays, 0, 27), true),
            (Stage::Month(1), window(Unit::ChildDays, 0, 27), false),
            (Stage::Month(1), window(Unit::ChildDays, 28, 60), true),
            (Stage::Month(6), window(Unit::ChildMonths, 4, 6), true),
            (Stage::Year(1), window(Unit::ChildMonths, 11, 12), true),
            (Stage::Year(2), window(Unit::ChildMonths, 12, 23), false),
            (Stage::Month(11), window(Unit::ChildYears, 0, 1), true),
            (Stage::Year(6), window(Unit::ChildYears, 3, 6), true),
            (Stage::Week(0), window(Unit::ChildWeeks, 0, 3), false),
        ] {
            assert_eq!(stage.touches(&w), holds, "{stage:?} {w}");
        }
    }

    #[test]
    fn neighbours_follow_life() {
        assert_eq!(Stage::Week(4).neighbours(), (None, Some(Stage::Week(5))));
        assert_eq!(Stage::Week(41).neighbours(), (Some(Stage::Week(40)), None));
        assert_eq!(Stage::Year(6).neighbours(), (Some(Stage::Year(5)), None));
    }

    #[test]
    fn a_way_back_exists() {
        assert_eq!(Stage::first_of(&window(Unit::PregnancyWeeks, 5, 16)), Some(Stage::Week(5)));
        assert_eq!(Stage::first_of(&window(Unit::PregnancyWeeks, 2, 16)), Some(Stage::Week(4)));
        assert_eq!(Stage::first_of(&window(Unit::ChildYears, 3, 5)), Some(Stage::Year(3)));
    }
}
