//! What becomes of a row.

use crate::clock::Wall;

/// What a row ends as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Accepted by the service.
    Sent,
    /// The address does not exist any more, or its key was destroyed; the contact is dropped.
    Gone,
    /// Will never be accepted.
    Refused,
    /// It cannot be known whether it arrived.
    Uncertain,
    /// It waited until it was not worth sending any more.
    Expired,
}

impl End {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Uncertain => "uncertain",
            Self::Expired => "expired",
        }
    }
}

/// What became of one row of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// It is over.
    End(End),
    /// Leaves the batch and is put into another one at this instant.
    Retry {
        /// When.
        due_at: Wall,
    },
}

/// $1 due, $2 batch, $3 contact.
pub(super) const RETRY_ROW: &str = "UPDATE outbox SET batch_id = NULL, due_at = $1, attempt = attempt + 1 WHERE \
    batch_id = $2 AND contact_id = $3 AND settled_at IS NULL";
