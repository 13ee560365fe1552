//! The folder that a library was read from, and which of its files changed since.

use super::marks::picture_mark;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where a library was read.
#[derive(Debug, Default)]
pub struct Folder {
    root: PathBuf,
    /// Files that were no longer the same when their bodies were asked for.
    moved: Mutex<BTreeSet<String>>,
    /// Of pictures that reviews recorded, as they are now: each is read once.
    pictures: Mutex<BTreeMap<String, String>>,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), moved: Mutex::default(), pictures: Mutex::default() }
    }

    /// The site's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file is no longer what it was when the folder was read.
    pub(super) fn has_moved(&self, file: &str) {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned());
    }

    /// Files that changed between reading the folder and asking for their bodies.
    pub(super) fn moved(&self) -> Vec<String> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How many pictures were read for their marks.
    #[cfg(test)]
    pub(super) fn pictures_read(&self) -> usize {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The mark of a picture's bytes, for reviews. It is asked for only when a body is rendered, and so not for files
    /// that are as they were.
    pub(super) fn picture_mark(&self, path: &str) -> String {
        if let Some(known) = self.pictures.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let mark = picture_mark(&std::fs::read(self.root.join("content").join(path)).unwrap_or_default());
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), mark.clone());
        mark
    }
}
