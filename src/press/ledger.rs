//! What a build made in, a small file out by which the next build knows what it need not make again.

use crate::stamp::{Digest, Stamp};
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Changes with what is kept.
const FORMAT: &[u8] = b"otayori ledger 2\n";

/// The units of the output folder by their names.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub units: BTreeMap<String, Unit>,
}

/// Files that are made together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Unit {
    /// Of what is quickly known; the same gate means the same key.
    pub gate: Digest,
    /// Of all that the files are made from.
    pub key: Digest,
    pub files: Vec<Made>,
    /// What the unit's maker wants to know the next time.
    pub memo: Vec<u8>,
}

/// A file in the output folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Made {
    /// Below the output folder, with `/`.
    pub path: String,
    /// Its length and time, if it stands there as it was made.
    pub written: (u64, i128),
    /// Of its bytes.
    pub digest: Digest,
}

impl Made {
    /// Does it stand in `out` as it was made?
    pub fn intact(&self, out: &Path) -> bool {
        Stamp::of(&out.join(&self.path)).is_some_and(|s| s.written() == self.written)
    }
}

/// A change of the output folder in the middle: all that is needed to end it, beside the ledger of what the folder will hold.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Where the new files are.
    pub staging: std::path::PathBuf,
    /// Below `staging` and below the output folder.
    pub moves: Vec<String>,
    /// Below the output folder.
    pub removes: Vec<String>,
}

impl Ledger {
    /// As it was saved; empty if there is none, or one that cannot be read.
    pub fn open(file: &Path) -> Self {
        read(file).unwrap_or_default()
    }
    /// The paths of all files.
    pub fn paths(&self) -> HashSet<&str> {
        self.units.values().flat_map(|u| &u.files).map(|f| f.path.as_str()).collect()
    }
    /// Writes it whole.
    pub fn save(&self, file: &Path) -> Result<()> {
        write(file, self)
    }
}

/// A kept value, if there is one that can be read.
pub(super) fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> Option<T> {
    let bytes = std::fs::read(file).ok()?;
    postcard::from_bytes(bytes.strip_prefix(FORMAT)?).ok()
}

/// Keeps a value; only a whole file gets the name.
pub(super) fn write<T: Serialize>(file: &Path, value: &T) -> Result<()> {
    let bytes = postcard::to_extend(value, FORMAT.to_vec())?;
    let part = file.with_extension(format!("part-{}", std::process::id()));
    std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, file)).with_context(|| format!("{} に書けません", file.display()))
}
