//! What was read of a site folder, kept from one reading to the next, in memory or in a file: only what changed is read
//! again.
//!
//! A file is as it was if its stamp is ([`Stamp`]); its body is as it was if, besides, its links find what they found
//! ([`Looked`]).

use super::day::Days;
use super::front::Reviewed;
use super::kinds::Content;
use super::{Article, Bulletin, Library, Page, Version};
use crate::diag::Diagnostic;
use crate::markdown::{FarAnchor, Kind};
use crate::stamp::{Digest, Stamp, keep, moment, read_kept};
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The files of a folder as they were read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Shelf {
    /// Of all that every file is read with: the program, the settings, the lists. With another one nothing is kept.
    pub(super) world: Digest,
    /// Of every name that could be linked when the bodies were last looked at.
    pub(super) names: Digest,
    pub(super) articles: Row<Article>,
    pub(super) bulletins: Row<Bulletin>,
    pub(super) pages: Row<Page>,
    /// What was assembled last.
    #[serde(skip)]
    pub(super) last: Library,
    /// Something is not as it is in the file of this shelf.
    #[serde(skip)]
    pub(super) changed: bool,
    /// Where it is kept; nowhere for a single reading.
    #[serde(skip)]
    pub(super) file: Option<PathBuf>,
}

/// The files of one kind by their path below the root.
pub(super) type Row<T> = BTreeMap<String, Kept<T>>;

/// A file as it was read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept<T> {
    pub slug: String,
    pub language: String,
    pub stamp: Stamp,
    /// It was written before it was read: the stamp can be trusted.
    pub settled: bool,
    /// It has gaps, which were filled before it was read.
    pub gaps: bool,
    /// Of its text.
    pub digest: Digest,
    /// On which days reading it finds these problems.
    pub days: Days,
    /// Without front matter there is nothing.
    pub front: Option<Front<T>>,
    /// Of the front matter.
    pub problems: Vec<Diagnostic>,
    /// None: to be rendered.
    pub inside: Option<Inside>,
    /// Not as it was in the last library.
    #[serde(skip)]
    pub touched: bool,
}

/// What the front matter says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Front<T> {
    /// If the file is of the main language; without versions.
    pub content: Option<T>,
    /// Its body is there if it was rendered in this process.
    #[serde(with = "shared")]
    pub version: Arc<Version>,
    pub body_line: u32,
    /// What its review recorded beside the text.
    pub reviewed: Option<Reviewed>,
    /// The Markdown, if it was read just now.
    #[serde(skip)]
    pub markdown: Option<String>,
}

/// A version is on the shelf and in the library at once.
mod shared {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(value, serializer)
    }
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

/// What rendering the body found, beside the body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Inside {
    pub looked: Looked,
    /// Of what was found at those places.
    pub answers: Digest,
    pub far: Vec<FarAnchor>,
    pub problems: Vec<Diagnostic>,
}

/// Where a body's links looked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Looked {
    pub names: Vec<(Kind, String)>,
    /// All names, for 「…のことですか」.
    pub all: bool,
    /// Paths below `content/`.
    pub pictures: Vec<String>,
}

/// Changes with what is kept.
const FORMAT: &[u8] = b"otayori shelf 4\n";

impl Shelf {
    /// That of the site folder `root` as it was saved (`data/cache/shelf`); empty if there is none, or one that cannot
    /// be read.
    pub fn of(root: &Path) -> Self {
        let file = root.join("data").join("cache").join("shelf");
        Self { file: Some(file.clone()), ..read_kept(&file, FORMAT).unwrap_or_default() }
    }

    /// The moment by the clock of the file system, so that what was written this very moment is known; long ago where
    /// nothing can be written.
    pub(super) fn moment(&self) -> SystemTime {
        self.file.as_ref().and_then(|f| moment(f.parent()?).ok()).unwrap_or(UNIX_EPOCH)
    }

    /// Writes what is kept, if it is not what was opened.
    pub fn save(&mut self) -> Result<()> {
        let Some(file) = self.file.clone().filter(|_| self.changed) else { return Ok(()) };
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
        keep(&file, FORMAT, self)?;
        self.changed = false;
        Ok(())
    }
}

impl<T: Content> Kept<T> {
    pub(super) fn is_draft(&self) -> bool {
        self.front.as_ref().and_then(|f| f.content.as_ref()).is_some_and(Content::draft)
    }
}
