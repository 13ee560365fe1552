//! What a text is when it has been rendered.

use serde::Serialize;

/// A heading of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// 2 or 3.
    pub level: u8,
    /// Its anchor.
    pub id: String,
    /// As HTML without links.
    pub html: String,
}

/// A rendered body and the Markdown that it was rendered from.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// The summary box (まず、これだけ), a whole `<section class="sheet gist">`; empty if there is none.
    pub gist_html: String,
    /// Everything after the summary box, as HTML.
    pub html: String,
    /// Up to two paragraphs before the first heading, as HTML: what the letter quotes.
    pub lead_html: String,
    /// Each heading, in order.
    pub headings: Vec<Heading>,
    /// Footnotes as `<li id="f1">` items without their `<ol class="fn">`, shown with the sources; empty if there are
    /// none.
    pub footnotes_html: String,
    /// The body as plain text, for lengths and search.
    pub text: String,
    /// Minutes to read at 650 Japanese characters (1,300 letters) a minute, at least 1.
    pub minutes: u32,
    /// Pictures used: path below `content/`.
    pub images: Vec<String>,
    /// The Markdown as written (for flyers' handouts and hashes).
    pub markdown: String,
}
