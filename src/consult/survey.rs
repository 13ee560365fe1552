//! What an asker thought of an answer in, one more in the numbers of the day out.

use super::state::Event;
use super::step::{Attempt, Outcome, Step, step};
use super::thread::Consultation;
use crate::calendar::Date;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::Result;

/// One more on this day.
const COUNT: &str = "INSERT INTO consultation_surveys (day, answer, given) VALUES ($1, $2, 1) ON CONFLICT (day, \
    answer) DO UPDATE SET given = consultation_surveys.given + 1";

/// What a household thought of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survey {
    /// 役に立った
    Helped,
    /// 少し
    Somewhat,
    /// 知りたいことと違った
    NotWhatIAsked,
}

impl Survey {
    /// All, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Helped, Self::Somewhat, Self::NotWhatIAsked];
    /// As in the database.
    pub fn id(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::Somewhat => "somewhat",
            Self::NotWhatIAsked => "not_what_i_asked",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.id() == id)
    }
    /// In Japanese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Helped => "役に立った",
            Self::Somewhat => "少し",
            Self::NotWhatIAsked => "知りたいことと違った",
        }
    }
}

/// Counts what was said of an answer: once, and only as a number of the day. Saying it again changes nothing. `seen`:
/// the version on the page.
pub async fn survey(
    db: &Db,
    vault: &Vault,
    consultation: &Consultation,
    seen: i64,
    said: Survey,
    today: Date,
) -> Result<Outcome> {
    let attempt = Attempt {
        id: &consultation.id,
        event: Event::Surveyed,
        by: consultation.asker(),
        staff_id: None,
        seen: Some(seen),
        entry_id: None,
    };
    match step(db, vault, &attempt).await? {
        Step::Taken(mut taken) => {
            sqlx::query(COUNT).bind(today.to_string()).bind(said.id()).execute(&mut *taken.tx).await?;
            taken.tx.commit().await?;
            Ok(Outcome::Done)
        }
        Step::Not(outcome) => Ok(outcome),
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![COUNT.to_owned()]
}
