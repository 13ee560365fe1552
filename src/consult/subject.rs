//! A household in, its pregnancies and children with their stages out: who a question can be about.

use super::Category;
use crate::calendar::{Date, months_old, spoken};
use crate::db::Db;
use crate::segment::SubjectKind;
use anyhow::{Context, Result};

/// [`Subject`]s of a household in the order of registration, stopped ones too.
/// With `all_stopped_at`: the household has stopped all of its letters.
const SUBJECTS: &str = "SELECT s.slot, s.kind, s.stage_on, s.due_on, s.stopped_at, h.stopped_at AS all_stopped_at FROM \
    subjects s JOIN households h ON h.id = s.household_id \
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
    /// Its letters have been stopped, or a pregnancy's with all of the household's; why is not kept, so nothing speaks
    /// of it any more.
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
