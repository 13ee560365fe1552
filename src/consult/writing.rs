//! What was written in, sealed entries of a thread out: each with the version of the thread that it came with.

use super::state::Kind;
use super::thread::{BODY, Milestone};
use crate::vault::{DataKey, new_id};
use anyhow::Result;
use sqlx::{Any, Transaction};

/// One entry; nothing happens when its form was sent before.
const ENTRY: &str = "INSERT INTO consultation_entries (id, consultation_id, author, staff_id, body, created_at, \
    version, event) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (id) DO NOTHING";

/// A thread that is being written to.
pub(super) struct Writing<'a> {
    pub(super) id: &'a str,
    pub(super) key: &'a DataKey,
    /// Who writes, at the desk.
    pub(super) staff_id: Option<&'a str>,
    /// Unix seconds.
    pub(super) at: i64,
    /// The version of the thread that this makes, or that stays.
    pub(super) version: i64,
    /// What happens to the thread by it; `None`: nothing that others go by.
    pub(super) event: Option<Kind>,
}

/// What the desk keeps in a thread for itself: never on the asker's page nor in the household's record of its
/// questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// Which dangers were found, or called.
    Mark,
    /// What was tapped before the words were sent.
    Tap,
    /// For colleagues.
    Memo,
    /// An answer that is being written: its writer's alone.
    Draft,
}

impl Note {
    /// As in the column `author`.
    pub(super) fn author(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Tap => "tap",
            Self::Memo => "memo",
            Self::Draft => "draft",
        }
    }
}

impl Writing<'_> {
    pub(super) async fn asker(&self, tx: &mut Transaction<'static, Any>, entry_id: &str, text: &str) -> Result<()> {
        self.entry(tx, entry_id, "asker", text).await
    }
    pub(super) async fn staff(&self, tx: &mut Transaction<'static, Any>, entry_id: &str, text: &str) -> Result<()> {
        self.entry(tx, entry_id, "staff", text).await
    }
    /// Something that the conversation tells both sides.
    pub(super) async fn milestone(&self, tx: &mut Transaction<'static, Any>, milestone: Milestone) -> Result<()> {
        self.entry(tx, &new_id(), "system", &milestone.text()).await
    }
    pub(super) async fn note(&self, tx: &mut Transaction<'static, Any>, note: Note, text: &str) -> Result<()> {
        self.note_as(tx, &new_id(), note, text).await
    }
    /// A note with an id from a form's ticket.
    pub(super) async fn note_as(
        &self,
        tx: &mut Transaction<'static, Any>,
        entry_id: &str,
        note: Note,
        text: &str,
    ) -> Result<()> {
        self.entry(tx, entry_id, note.author(), text).await
    }
    async fn entry(&self, tx: &mut Transaction<'static, Any>, id: &str, author: &str, text: &str) -> Result<()> {
        let sealed = self.key.seal(BODY, text)?;
        let insert =
            sqlx::query(ENTRY).bind(id).bind(self.id).bind(author).bind(self.staff_id).bind(sealed).bind(self.at);
        insert.bind(self.version).bind(self.event.map_or("", Kind::id)).execute(&mut **tx).await?;
        Ok(())
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![ENTRY.to_owned()]
}
