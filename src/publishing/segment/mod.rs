//! A YAML rule in, a pure predicate over a subject and its household out.

pub mod parse;

use crate::calendar::{Date, GestationalAge, corrected_months, days_between, months_old};
use serde::{Deserialize, Serialize};

/// A named rule: who gets what.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The file's name.
    pub id: String,
    /// Path below the root.
    pub file: String,
    /// As staff see it.
    pub title: String,
    /// The rule.
    pub rule: Rule,
}

/// What a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Completed weeks of pregnancy.
    PregnancyWeeks,
    /// Days since birth; the day of birth is 0.
    ChildDays,
    /// Completed weeks since birth.
    ChildWeeks,
    /// Months old as families say (満月齢).
    ChildMonths,
    /// Completed years.
    ChildYears,
    /// Months counted from the due date (修正月齢); only children whose due date is known.
    CorrectedMonths,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 6] = [
        Self::PregnancyWeeks,
        Self::ChildDays,
        Self::ChildWeeks,
        Self::ChildMonths,
        Self::ChildYears,
        Self::CorrectedMonths,
    ];
    /// The key in YAML.
    pub fn key(self) -> &'static str {
        match self {
            Self::PregnancyWeeks => "pregnancy_weeks",
            Self::ChildDays => "child_days",
            Self::ChildWeeks => "child_weeks",
            Self::ChildMonths => "child_months",
            Self::ChildYears => "child_years",
            Self::CorrectedMonths => "corrected_months",
        }
    }
    /// From the key in YAML.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.key() == key)
    }
    /// The largest number that makes sense: 45 weeks, 6 years and a half.
    pub fn highest(self) -> i32 {
        match self {
            Self::PregnancyWeeks => 45,
            Self::ChildDays => 2600,
            Self::ChildWeeks => 370,
            Self::ChildMonths => 84,
            Self::ChildYears => 7,
            Self::CorrectedMonths => 84,
        }
    }
}

/// A window of age, both ends included, in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// What is counted.
    pub unit: Unit,
    /// First number inside.
    pub from: i32,
    /// Last number inside.
    pub to: i32,
}

impl Window {
    /// Is the subject inside on `today`? Both ends are inside.
    ///
    /// ```
    /// use otayori_publishing::calendar::date;
    /// use otayori_publishing::segment::{SubjectFacts, SubjectKind, Unit, Window};
    ///
    /// let born = SubjectFacts { kind: SubjectKind::Child, stage_on: date(2026, 11, 1), due_on: None, twin: false };
    /// let first_month = Window { unit: Unit::ChildMonths, from: 0, to: 0 };
    /// assert!(first_month.holds(&born, date(2026, 11, 30)));
    /// assert!(!first_month.holds(&born, date(2026, 12, 1)));
    /// // Weeks of pregnancy are none of a child's.
    /// assert!(!Window { unit: Unit::PregnancyWeeks, from: 0, to: 45 }.holds(&born, date(2026, 11, 30)));
    /// ```
    pub fn holds(&self, subject: &SubjectFacts, today: Date) -> bool {
        subject.age(self.unit, today).is_some_and(|n| (self.from..=self.to).contains(&n))
    }
    /// About how many days it is wide: narrower windows are chosen first.
    pub fn width_days(&self) -> i32 {
        let each = match self.unit {
            Unit::PregnancyWeeks | Unit::ChildWeeks => 7,
            Unit::ChildDays => 1,
            Unit::ChildMonths | Unit::CorrectedMonths => 30,
            Unit::ChildYears => 365,
        };
        (self.to - self.from + 1) * each
    }
    /// As authors say it: 妊娠5〜8週.
    pub fn title(&self) -> String {
        let span = if self.from == self.to { self.from.to_string() } else { format!("{}〜{}", self.from, self.to) };
        match self.unit {
            Unit::PregnancyWeeks => format!("妊娠{span}週"),
            Unit::ChildDays => format!("生後{span}日"),
            Unit::ChildWeeks => format!("生後{span}週"),
            Unit::ChildMonths => format!("{span}か月"),
            Unit::ChildYears => format!("{span}歳"),
            Unit::CorrectedMonths => format!("修正{span}か月"),
        }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}-{}", self.unit.key(), self.from, self.to)
    }
}

/// A pregnancy or a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// Counted to the due date.
    Pregnancy,
    /// Counted from the birth date.
    Child,
}

impl SubjectKind {
    /// As in the database.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pregnancy => "pregnancy",
            Self::Child => "child",
        }
    }
    /// From the database.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Pregnancy, Self::Child].into_iter().find(|k| k.id() == id)
    }
}

/// What a rule may ask of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubjectFacts {
    /// Pregnancy or child.
    pub kind: SubjectKind,
    /// Due date of a pregnancy, birth date of a child.
    pub stage_on: Date,
    /// A child's due date, when it was born preterm and the household said so.
    pub due_on: Option<Date>,
    /// There is another active subject of the same kind and day in the household.
    pub twin: bool,
}

impl SubjectFacts {
    /// The subject's age on `today` in `unit`; `None` if the unit is not of its kind or the time has not begun.
    pub fn age(&self, unit: Unit, today: Date) -> Option<i32> {
        let days = days_between(self.stage_on, today);
        let born = self.kind == SubjectKind::Child && days >= 0;
        match unit {
            Unit::PregnancyWeeks if self.kind == SubjectKind::Pregnancy => {
                GestationalAge::on(self.stage_on, today).map(GestationalAge::week)
            }
            Unit::PregnancyWeeks => None,
            Unit::ChildDays => born.then_some(days),
            Unit::ChildWeeks => born.then_some(days / 7),
            Unit::ChildMonths => born.then(|| months_old(self.stage_on, today)),
            Unit::ChildYears => born.then(|| months_old(self.stage_on, today) / 12),
            Unit::CorrectedMonths => self.due_on.filter(|_| born).map(|due| corrected_months(due, today)),
        }
    }
    /// Born before 37w0d.
    pub fn preterm(&self) -> bool {
        self.kind == SubjectKind::Child && self.due_on.is_some_and(|due| days_between(self.stage_on, due) > 21)
    }
}

/// What a rule may ask of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdFacts {
    /// Area id; empty if not told.
    pub area: String,
    /// Language code.
    pub language: String,
    /// The first child? `None` if not told.
    pub first_child: Option<bool>,
}

/// A rule over one subject and its household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The subject's age is in the window.
    Window(Window),
    /// The household lives in one of these areas.
    Area(Vec<String>),
    /// The household reads one of these languages.
    Language(Vec<String>),
    /// First child or not; a household that did not say fits neither.
    FirstChild(bool),
    /// One of twins or more.
    Twins(bool),
    /// Born before 37w0d.
    Preterm(bool),
    /// One of them holds.
    Any(Vec<Rule>),
    /// All of them hold.
    All(Vec<Rule>),
    /// It does not hold.
    Not(Box<Rule>),
}

impl Rule {
    /// Does the rule hold for this subject on `today`?
    pub fn holds(&self, subject: &SubjectFacts, household: &HouseholdFacts, today: Date) -> bool {
        match self {
            Self::Window(window) => window.holds(subject, today),
            Self::Area(areas) => areas.contains(&household.area),
            Self::Language(languages) => languages.contains(&household.language),
            Self::FirstChild(wanted) => household.first_child == Some(*wanted),
            Self::Twins(wanted) => subject.twin == *wanted,
            Self::Preterm(wanted) => subject.preterm() == *wanted,
            Self::Any(rules) => rules.iter().any(|r| r.holds(subject, household, today)),
            Self::All(rules) => rules.iter().all(|r| r.holds(subject, household, today)),
            Self::Not(rule) => !rule.holds(subject, household, today),
        }
    }
}
