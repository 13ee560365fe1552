//! One state of the content and the templates that show it: what a serving process holds out.

use super::Theme;
use crate::content::Library;
use std::sync::Arc;

/// What is published, as one whole: exchanged when another state takes its place, never changed.
///
/// Letters go by what is *written* (`schedule::Written`), pages, forms and codes by this: an article that was saved and
/// not built yet is in the next letter, and on no page.
#[derive(Debug, Clone)]
pub struct Published {
    /// Articles, bulletins, contacts, segments.
    pub library: Arc<Library>,
    /// Templates and words.
    pub theme: Arc<Theme>,
}

impl Published {
    /// Puts the two together.
    pub fn new(library: Library, theme: Theme) -> Self {
        Self { library: Arc::new(library), theme: Arc::new(theme) }
    }
}
