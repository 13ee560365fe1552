//! A line of a block, and which of its letters are plain text.

/// A line of a block as the author wrote it, without what stands before its text (`> `, `- `).
pub(super) struct Line<'a> {
    /// Byte offset in the prepared text.
    pub(super) start: usize,
    /// As written, with its stand-ins.
    pub(super) source: &'a str,
    /// The same, as long, with only what is plain text.
    pub(super) mask: &'a str,
    /// It is in a `>` block; `Some(true)`: the first line of one.
    pub(super) quote: Option<bool>,
    /// The heading of a box that is drawn.
    pub(super) drawn: bool,
    /// Nothing stands before it but the marks of quotations and lists.
    pub(super) whole: bool,
    /// It comes after a line break that is none on the page.
    pub(super) soft: bool,
}
