//! A household in, its pregnancies and children with their stages out: who a question can be about.

use super::{Category, Consultation};
use crate::calendar::{Date, GestationalAge, days_between, months_old, spoken};
use crate::danger::Stage;
use crate::db::Db;
use crate::segment::SubjectKind;
use anyhow::{Context, Result};

/// [`Subject`]s of a household in the order of registration, stopped ones too.
/// With `all_stopped_at`: the household has stopped all of its letters.
const SUBJECTS: &str = "SELECT s.slot, s.kind, s.stage_on, s.due_on, s.stopped_at, h.stopped_at AS all_stopped_at FROM subjects s JOIN households h ON h.id = s.household_id \
    WHERE s.household_id = $1 ORDER BY s.slot";

/// A pregnancy or a child of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its letter inside the household.
    pub slot: String,
    /// Pregnancy or child.
    pub kind: SubjectKind,
    /// Due date or birth date.
    pub stage_on: Date,
    /// A preterm child's due date.
    pub due_on: Option<Date>,
    /// Its letters have been stopped, or a pregnancy's with all of the household's; why is not kept, so nothing speaks of it any more.
    pub stopped: bool,
}

impl Subject {
    /// What a question about it is about.
    pub fn category(&self) -> Category {
        match self.kind {
            SubjectKind::Pregnancy => Category::Pregnancy,
            SubjectKind::Child => Category::Child,
        }
    }
    /// 24週0日, 生後12日, 5か月, 1歳7か月; empty before the first day of the last period and before birth.
    pub fn stage(&self, today: Date) -> String {
        stage(self.kind, self.stage_on, today)
    }
    /// Corrected months (修正月齢) up to three years, or `None`.
    pub fn corrected(&self, today: Date) -> Option<i32> {
        self.due_on.filter(|_| months_old(self.stage_on, today) < 36).map(|due| months_old(due, today))
    }
}

/// How families and midwives say it.
pub(super) fn stage(kind: SubjectKind, on: Date, today: Date) -> String {
    match kind {
        SubjectKind::Pregnancy => spoken::weeks(on, today),
        SubjectKind::Child => spoken::age(on, today),
    }
}

crate::db::row! {
/// A row of [`SUBJECTS`].
struct Row {
    slot: String,
    kind: String,
    stage_on: String,
    due_on: Option<String>,
    stopped_at: Option<i64>,
    all_stopped_at: Option<i64>,
}
}

/// The household's subjects; leave out the stopped ones where somebody chooses.
pub async fn subjects(db: &Db, household_id: &str) -> Result<Vec<Subject>> {
    let rows: Vec<Row> = sqlx::query_as(SUBJECTS).bind(household_id).fetch_all(db.pool()).await?;
    let date = |text: &str| text.parse::<Date>().context("subjects に読めない日付があります");
    rows.into_iter()
        .map(|row| {
            let kind = SubjectKind::from_id(&row.kind).context("subjects.kind")?;
            Ok(Subject {
                kind,
                stage_on: date(&row.stage_on)?,
                due_on: row.due_on.as_deref().map(date).transpose()?,
                stopped: row.stopped_at.is_some() || (row.all_stopped_at.is_some() && kind == SubjectKind::Pregnancy),
                slot: row.slot,
            })
        })
        .collect()
}

/// What a thread is about by now, for its title, its record and what can be tapped in it: of a pregnancy or a child that was stopped nothing speaks any
/// more, and after a birth it is the body's. A guest's thread that was joined to a household may name no subject; it is about a pregnancy only where
/// one goes on.
pub fn about(category: Category, slot: &str, subjects: &[Subject]) -> Category {
    let of_it = |s: &&Subject| s.category() == category;
    let goes_on = match (category, subjects.iter().find(|s| s.slot == slot)) {
        (_, Some(subject)) => !subject.stopped && of_it(&subject),
        (Category::Child, None) => subjects.iter().any(|s| !s.stopped && of_it(&s)) || !subjects.iter().any(|s| of_it(&s)),
        (_, None) => subjects.iter().any(|s| !s.stopped && of_it(&s)),
    };
    match category {
        Category::Pregnancy if !goes_on => Category::Body,
        Category::Child if !goes_on => Category::Own,
        other => other,
    }
}

/// What a question is about as far as it tells what its words mean ([`crate::danger::About`]): of whom it is, and how far or how old on a day.
/// Without subjects (a guest) what was chosen is all that is known.
pub fn stage_for(category: Category, slot: &str, subjects: &[Subject], on: Date) -> Stage {
    let live = |of: Category| {
        let mut all = subjects.iter().filter(move |s| !s.stopped && s.category() == of);
        let chosen = all.clone().find(|s| s.slot == slot);
        let only = all.next().filter(|_| all.next().is_none());
        chosen.or(only)
    };
    let days = |from: Date| u32::try_from(days_between(from, on)).ok();
    match if subjects.is_empty() { category } else { about(category, slot, subjects) } {
        Category::Pregnancy => Stage::Pregnancy(live(Category::Pregnancy).and_then(|s| GestationalAge::on(s.stage_on, on)).and_then(|age| u32::try_from(age.week()).ok())),
        Category::Child => Stage::Child(live(Category::Child).and_then(|s| days(s.stage_on))),
        Category::Body => subjects.iter().filter(|s| s.kind == SubjectKind::Child).filter_map(|s| days(s.stage_on)).min().map_or(Stage::Unknown, Stage::After),
        Category::Own => Stage::Unknown,
    }
}

/// The same of a thread that is stored.
pub async fn stage_of(db: &Db, consultation: &Consultation, on: Date) -> Result<Stage> {
    let subjects = match &consultation.household_id {
        Some(household) => subjects(db, household).await?,
        None => Vec::new(),
    };
    Ok(stage_for(consultation.category(), &consultation.subject_slot, &subjects, on))
}
