//! What is around a text, and what comes in with it: what it may link, explain and show.

use super::glossary::Glossary;
use crate::diag::Place;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where a text stands and what is around it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Path below the root, for diagnostics.
    pub file: &'a str,
    /// The line of the file on which the text begins.
    pub first_line: u32,
    /// Its language.
    pub language: &'a str,
    /// The language that every content has.
    pub main_language: &'a str,
    /// What may be linked.
    pub targets: &'a dyn Targets,
    /// `content/`, where pictures are; `None`: no pictures.
    pub content_dir: Option<&'a Path>,
    /// Put before every anchor, for texts that share a page.
    pub id_prefix: &'a str,
    /// The text is a draft itself: it may link to drafts.
    pub draft: bool,
    /// Not from the content folder: links only to http(s), tel and own contents.
    pub untrusted: bool,
    /// Words to explain at their first use; `None`: nothing is explained.
    pub glossary: Option<&'a Glossary>,
    /// The title above the text: its words are what the text explains itself.
    pub title: &'a str,
    /// Which pictures it is known of whose they are; `None`: nobody asks.
    pub credited: Option<&'a dyn Credited>,
    /// Its topics, by id.
    pub topics: &'a [String],
}

impl<'a> Context<'a> {
    /// Of a text with nothing around it: no pictures, no words to explain, no draft.
    pub fn bare(file: &'a str, language: &'a str, main_language: &'a str, targets: &'a dyn Targets) -> Self {
        Self {
            file,
            first_line: 1,
            language,
            main_language,
            targets,
            content_dir: None,
            id_prefix: "",
            draft: false,
            untrusted: false,
            glossary: None,
            title: "",
            credited: None,
            topics: &[],
        }
    }
}

/// Which pictures it is known of whose they are.
pub trait Credited: Sync {
    /// Is it known of this one (its path below `content/`)?
    fn has(&self, picture: &str) -> bool;
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("file", &self.file).field("language", &self.language).finish_non_exhaustive()
    }
}

/// A link to a heading of another content: whether the heading is there is known when all contents are rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarAnchor {
    /// What is linked.
    pub kind: Kind,
    /// Which one.
    pub slug: String,
    /// The heading's anchor.
    pub anchor: String,
    /// Where the link stands.
    pub at: Place,
}

/// What a link between contents may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// `article:`
    Article,
    /// `bulletin:`
    Bulletin,
    /// `page:`
    Page,
}

impl Kind {
    pub(super) fn of(scheme: &str) -> Option<Self> {
        match scheme {
            "article" => Some(Self::Article),
            "bulletin" => Some(Self::Bulletin),
            "page" => Some(Self::Page),
            _ => None,
        }
    }
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Article => "記事",
            Self::Bulletin => "お知らせ",
            Self::Page => "ページ",
        }
    }
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Article => "/articles/",
            Self::Bulletin => "/bulletins/",
            Self::Page => "/",
        }
    }
}

/// What exists, for the check of links.
pub trait Targets: Sync {
    /// The languages of a content; `None` if it does not exist.
    fn languages(&self, kind: Kind, slug: &str) -> Option<Vec<&str>>;
    /// All slugs of a kind, for 「…のことですか」.
    fn slugs(&self, kind: Kind) -> Vec<&str>;
    /// A draft is not on the site.
    fn is_draft(&self, kind: Kind, slug: &str) -> bool;
    /// Told of every picture that a text shows, by its path below `content/`.
    fn picture(&self, _path: &str) {}
}

/// A library without anything in it.
#[cfg(test)]
impl Targets for () {
    fn languages(&self, _kind: Kind, _slug: &str) -> Option<Vec<&str>> {
        None
    }
    fn slugs(&self, _kind: Kind) -> Vec<&str> {
        Vec::new()
    }
    fn is_draft(&self, _kind: Kind, _slug: &str) -> bool {
        false
    }
}
