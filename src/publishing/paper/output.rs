//! Finished files in, the same files in the output folder out: all of a flyer or none, never a half-written one.

use crate::stamp::MADE;
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A hidden folder beside the outputs; what is not committed is removed with it.
pub struct Staging {
    folder: PathBuf,
    target: PathBuf,
    /// Where the names are kept of what a command made here, which no build knows of.
    made: Option<(PathBuf, Mutex<BTreeSet<String>>)>,
}

impl Staging {
    /// For files that will stand in `target`.
    pub fn new(target: &Path) -> Result<Self> {
        let folder = target.join(format!(".making-{}", std::process::id()));
        // Leftovers of a killed process with the same number.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
        Ok(Self { folder, target: target.to_owned(), made: None })
    }

    /// Leaves the names of its files beside `target` ([`MADE`]), so that a later build does not take them for
    /// somebody's.
    pub fn remembered(mut self) -> Self {
        self.made = self.target.parent().map(|out| {
            let file = out.join(MADE);
            let names = std::fs::read_to_string(&file).unwrap_or_default().lines().map(str::to_owned).collect();
            (file, Mutex::new(names))
        });
        self
    }

    /// One line a file, once, in their order.
    fn remember(&self, name: &str) -> Result<()> {
        let (Some((file, names)), Some(folder)) = (&self.made, self.target.file_name()) else { return Ok(()) };
        let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.insert(format!("{}/{name}", folder.to_string_lossy())) {
            let text: String = names.iter().map(|name| format!("{name}\n")).collect();
            let beside = self.folder.join(MADE);
            std::fs::write(&beside, text)
                .and_then(|()| std::fs::rename(&beside, file))
                .with_context(|| format!("{} に書けません", file.display()))?;
        }
        Ok(())
    }

    /// Keeps a file until it is committed.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("{} に書けません", path.display()))
    }

    /// Moves a file into place. The same bytes as before: the old file stays, with its time.
    pub fn commit(&self, name: &str) -> Result<()> {
        let (new, old) = (self.folder.join(name), self.target.join(name));
        self.remember(name)?;
        let same = std::fs::metadata(&old).is_ok_and(|o| std::fs::metadata(&new).is_ok_and(|n| n.len() == o.len()))
            && std::fs::read(&old).is_ok_and(|o| std::fs::read(&new).is_ok_and(|n| n == o));
        if same {
            return Ok(());
        }
        std::fs::rename(&new, &old).with_context(|| format!("{} に置けません", old.display()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
