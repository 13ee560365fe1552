//! A version's body: rendered when the folder is read, or, where the file is as it was for an earlier build, when
//! somebody asks for it.

use super::Heading;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

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

type Later = Box<dyn Fn() -> Rendered + Send + Sync>;

/// Dereferences to [`Rendered`]; the first access may read the file. Copies share it.
#[derive(Clone, Default)]
pub struct Body(Arc<Cell>);

#[derive(Default)]
struct Cell {
    rendered: OnceLock<Rendered>,
    later: Option<Later>,
}

impl Body {
    /// To be rendered when it is first asked for.
    pub(super) fn later(render: impl Fn() -> Rendered + Send + Sync + 'static) -> Self {
        Self(Arc::new(Cell { rendered: OnceLock::new(), later: Some(Box::new(render)) }))
    }
    /// Is it rendered, or will it be?
    pub(super) fn is_there(&self) -> bool {
        self.0.later.is_some() || self.0.rendered.get().is_some()
    }
}

impl From<Rendered> for Body {
    fn from(rendered: Rendered) -> Self {
        Self(Arc::new(Cell { rendered: OnceLock::from(rendered), later: None }))
    }
}

impl Deref for Body {
    type Target = Rendered;
    fn deref(&self) -> &Rendered {
        self.0.rendered.get_or_init(|| self.0.later.as_ref().map(|render| render()).unwrap_or_default())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Body").field(&self.0.rendered.get()).finish()
    }
}
