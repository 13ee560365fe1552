//! A household in, its pregnancies and children with their stages out: who a question can be about.

use super::category::Category;
use crate::calendar::{Date, months_old, spoken};
use crate::db::Db;
use crate::household;
use crate::segment::SubjectKind;
use anyhow::Result;

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

/// The household's subjects in the order of registration, stopped ones too; leave those out where somebody chooses.
pub async fn subjects(db: &Db, household_id: &str) -> Result<Vec<Subject>> {
    let subject = |(s, all_stopped_at): (household::Subject, Option<i64>)| Subject {
        stopped: s.stopped_at.is_some() || (all_stopped_at.is_some() && s.kind == SubjectKind::Pregnancy),
        slot: s.slot,
        kind: s.kind,
        stage_on: s.stage_on,
        due_on: s.due_on,
    };
    Ok(household::subjects(db, household_id).await?.into_iter().map(subject).collect())
}
