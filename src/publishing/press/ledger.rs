//! What a build made in, a small file out by which the next build knows what it need not make again.

use crate::stamp::{Digest, Stamp, keep, read_kept};
use anyhow::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
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

/// A unit of a new build.
#[derive(Debug)]
pub(super) enum New {
    /// That of the last build; known by this gate from now on, if by another one.
    Kept(Option<Digest>),
    Made(Unit),
}

/// How the output folder differs from that of the last build.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The files of units that were made.
    pub made: HashSet<String>,
    /// Files that no unit has any more.
    pub gone: Vec<String>,
}

/// Two units that would write one file; twice the same one, if it was made twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("2つのものが、同じファイル {path} に書こうとしています（{} と {}）", units[0], units[1])]
pub struct Doubled {
    /// Below the output folder.
    pub path: String,
    /// Their names.
    pub units: [String; 2],
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

/// A change of the output folder in the middle: all that is needed to end it, beside the ledger of what the folder will
/// hold.
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
    /// A file that two units would write.
    pub fn doubled(&self) -> Option<Doubled> {
        let mut seen: HashMap<&str, &str> = HashMap::with_capacity(self.units.len());
        let all =
            self.units.iter().flat_map(|(name, unit)| unit.files.iter().map(move |f| (f.path.as_str(), name.as_str())));
        all.into_iter().find_map(|(path, unit)| {
            seen.insert(path, unit)
                .map(|other| Doubled { path: path.to_owned(), units: [other.to_owned(), unit.to_owned()] })
        })
    }
    /// The paths of all files.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.units.values().flat_map(|u| &u.files).map(|f| f.path.as_str())
    }
    /// What it is after a build of these units.
    pub fn after(mut self, new: HashMap<String, New>) -> (Self, Changes) {
        let mut changes = Changes::default();
        let left: Vec<String> = self.units.keys().filter(|name| !new.contains_key(*name)).cloned().collect();
        let mut before: Vec<Unit> = left.iter().filter_map(|name| self.units.remove(name)).collect();
        for (name, new) in new {
            match new {
                New::Made(made) => {
                    changes.made.extend(made.files.iter().map(|f| f.path.clone()));
                    before.extend(self.units.insert(name, made));
                }
                New::Kept(None) => {}
                New::Kept(Some(gate)) => self.units.get_mut(&name).into_iter().for_each(|kept| kept.gate = gate),
            }
        }
        changes.gone = before
            .into_iter()
            .flat_map(|u| u.files)
            .map(|f| f.path)
            .filter(|path| !changes.made.contains(path))
            .collect();
        (self, changes)
    }
    /// Writes it whole.
    pub fn save(&self, file: &Path) -> Result<()> {
        write(file, self)
    }
}

/// A kept value, if there is one that can be read.
pub(super) fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    read_kept(file, FORMAT)
}

/// Keeps a value.
pub(super) fn write<T: Serialize>(file: &Path, value: &T) -> Result<()> {
    keep(file, FORMAT, value)
}
