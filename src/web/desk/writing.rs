//! What stands in the box of an answer, and the thread that it answers.

use crate::consult::{self, Change, Consultation, Entry};
use crate::staff::Staff;
use crate::web::app::Shared;
use crate::web::error::{Error, Result};

pub(super) const NOT_SENT: &str = "まだ送っていません";

/// What stands in the box of the answer, and around it.
#[derive(Default)]
pub(super) struct Writing {
    pub(super) text: String,
    /// Which draft of the writer's the text goes on from.
    pub(super) draft: String,
    /// What is looked for among the articles.
    pub(super) find: String,
    pub(super) preview: Option<String>,
    /// What was asked for and is not done: 「まだ送っていません」.
    pub(super) undone: Option<&'static str>,
    pub(super) problem: Option<String>,
    /// What others did since the version that the writer saw, and that version.
    pub(super) news: Vec<Change>,
    pub(super) since: Option<i64>,
    /// Other words that the writer has kept in another window meanwhile.
    pub(super) other: Option<String>,
    /// What was done just now.
    pub(super) did: String,
}

impl Writing {
    /// From the draft as it is stored.
    pub(super) async fn stored(app: &Shared, staff: &Staff, thread: &Consultation) -> Result<Self> {
        let draft = consult::draft(&app.db, &app.vault, thread, &staff.id).await?.unwrap_or_default();
        Ok(Self { text: draft.text, draft: draft.id, find: draft.find, ..Self::default() })
    }
    /// With what came since a version.
    pub(super) fn with_news(self, since: i64, news: Vec<Change>) -> Self {
        Self { news, since: Some(since), ..self }
    }
}

/// The version of the thread that a form's page showed. What brings none has seen nothing.
pub(super) fn seen(version: &str) -> i64 {
    version.parse().unwrap_or(-1)
}

pub(super) async fn open(app: &Shared, staff: &Staff, id: &str) -> Result<(Consultation, Vec<Entry>)> {
    consult::read(&app.db, &app.vault, id, &staff.id, app.now()).await?.ok_or(Error::NotFound)
}
