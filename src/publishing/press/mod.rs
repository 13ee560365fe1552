//! What a build makes in, the published folder out: whole or as it was, and only what differs is written.
//!
//! The output is made of units (a page, a flyer, the search index of a language). A unit whose key is that of the last
//! build, and whose files stand as they were made, is kept without making it. A small site, and a large one of which
//! much is new, is put in place as a whole by one renaming; of a large site of which little is new the changed files
//! are renamed into place one by one, by a journal that the next build ends if this one is killed in these
//! milliseconds.

mod ledger;
mod place;
mod staging;

pub use place::{MARK, check as check_place, mark as mark_place, resolved};
pub use staging::Staging;

use crate::stamp::{Digest, Stamp};
use anyhow::{Context as _, Result};
pub use ledger::Doubled;
use ledger::{Journal, Ledger, Made, New, Unit};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// With so many files or fewer, every build is put in place as a whole.
const SMALL: usize = 2_000;
/// Of a larger site at most this part is exchanged file by file.
const LITTLE: usize = 8;

/// A build on its way into an output folder. Dropped without [`Press::commit`], the folder is as it was.
#[derive(Debug)]
pub struct Press {
    out: PathBuf,
    staging: Staging,
    /// Where the ledger is kept, if anything can be.
    file: Option<PathBuf>,
    old: Ledger,
    /// Units of `old` whose files do not all stand as they were made.
    broken: HashSet<String>,
    new: Mutex<HashMap<String, New>>,
    /// Units that were made twice.
    twice: Mutex<BTreeSet<String>>,
    /// Files that stand in the staging folder.
    fresh: Mutex<BTreeSet<String>>,
    /// With so many files or fewer the whole folder is exchanged. `None`: never.
    small: Option<usize>,
    /// What nobody knows of goes.
    clean: bool,
    /// Two builds into one folder wait for each other.
    _lock: Option<fs::File>,
}

impl Press {
    /// For the folder `out`, which may be a link to it; what is known of earlier builds is kept in `cache`. A change
    /// that a killed build left in the middle is ended first. A folder with anything in it that this program did not
    /// put there is an error ([`check_place`]), and nothing is touched.
    pub fn open(out: &Path, cache: &Path) -> Result<Self> {
        let named = std::path::absolute(out).with_context(|| format!("出力先 {} がわかりません", out.display()))?;
        let out = resolved(&named)?;
        let kept = |out: &Path| cache.join(format!("public-{}", Digest::of(out.to_string_lossy().as_bytes()).hex()));
        let file = kept(&out);
        if kept(&named) != file && !file.exists() {
            // A version that knew folders by their names, not by where they are.
            ["", "journal", "next"]
                .iter()
                .for_each(|end| drop(fs::rename(kept(&named).with_extension(end), file.with_extension(end))));
        }
        // Where nothing can be kept, every build is a first one.
        let lock = fs::create_dir_all(cache).and_then(|()| fs::File::create(file.with_extension("lock"))).ok();
        if let Some(lock) = &lock {
            let _ = lock.lock();
        }
        let file = lock.is_some().then_some(file);
        if let Some(file) = &file {
            recover(&out, file)?;
        }
        let old = file.as_deref().map(Ledger::open).unwrap_or_default();
        place::check_with(&out, &old)?;
        let staging = Staging::beside(&out)?;
        let units: Vec<(&String, &Unit)> = old.units.iter().collect();
        let broken = units
            .par_iter()
            .filter(|(_, unit)| !unit.files.iter().all(|f| f.intact(&out)))
            .map(|(name, _)| (*name).clone())
            .collect();
        Ok(Self {
            out,
            staging,
            file,
            old,
            broken,
            new: Mutex::default(),
            twice: Mutex::default(),
            fresh: Mutex::default(),
            small: Some(SMALL),
            clean: false,
            _lock: lock,
        })
    }

    /// Exchanges files one by one, however small the site and however many are new.
    pub fn exchanging(self) -> Self {
        Self { small: None, ..self }
    }

    /// Files that this program did not make go, too: somebody has looked at them.
    pub fn cleaning(self) -> Self {
        Self { clean: true, ..self }
    }

    /// Where rooms write that make files of their own; [`Press::adopt`] takes them over.
    pub fn path(&self) -> &Path {
        self.staging.path()
    }

    /// Is there such a unit with this gate? Then it is kept.
    pub fn keeps_gate(&self, unit: &str, gate: Digest) -> bool {
        self.keep(unit, None, |old| old.gate == gate)
    }

    /// Is there such a unit with this key? Then it is kept, and known by this gate from now on.
    pub fn keeps(&self, unit: &str, gate: Digest, key: Digest) -> bool {
        self.keep(unit, Some(gate), |old| old.key == key)
    }

    fn keep(&self, unit: &str, gate: Option<Digest>, same: impl FnOnce(&Unit) -> bool) -> bool {
        let kept = self.old.units.get(unit).is_some_and(|old| !self.broken.contains(unit) && same(old));
        if kept {
            self.enter(unit, New::Kept(gate));
        }
        kept
    }

    /// Looks at a unit of this build.
    fn unit<T>(&self, unit: &str, look: impl FnOnce(&Unit) -> T) -> Option<T> {
        match self.new.lock().unwrap_or_else(PoisonError::into_inner).get(unit)? {
            New::Made(made) => Some(look(made)),
            New::Kept(_) => self.old.units.get(unit).map(look),
        }
    }

    /// The key of a unit of this build.
    pub fn key(&self, unit: &str) -> Option<Digest> {
        self.unit(unit, |u| u.key)
    }

    /// What the maker of a unit noted the last time, if the unit stands whole.
    pub fn memo(&self, unit: &str) -> Option<&[u8]> {
        self.old.units.get(unit).filter(|_| !self.broken.contains(unit)).map(|u| u.memo.as_slice())
    }

    /// A file of the last build, if its unit stands whole.
    pub fn last(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.out.join(path)).ok()
    }

    /// How many files a unit has that end so.
    pub fn count(&self, unit: &str, end: &str) -> usize {
        self.unit(unit, |u| u.files.iter().filter(|f| f.path.ends_with(end)).count()).unwrap_or(0)
    }

    /// A unit's files, by their paths below the output folder.
    pub fn put(
        &self,
        unit: &str,
        gate: Digest,
        key: Digest,
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<()> {
        self.put_with(unit, gate, key, files.into_iter().map(|(path, bytes)| (path, Some(bytes))), Vec::new())
    }

    /// As [`Press::put`], with what the maker wants to know the next time; a file without bytes is as the last build
    /// made it.
    pub fn put_with(
        &self,
        unit: &str,
        gate: Digest,
        key: Digest,
        files: impl IntoIterator<Item = (String, Option<Vec<u8>>)>,
        memo: Vec<u8>,
    ) -> Result<()> {
        let whole = !self.broken.contains(unit);
        let old: HashMap<&str, &Made> = self
            .old
            .units
            .get(unit)
            .map(|u| u.files.iter().map(|f| (f.path.as_str(), f)).collect())
            .unwrap_or_default();
        let files: Vec<(String, Option<Vec<u8>>)> = files.into_iter().collect();
        let made = files.into_par_iter().map(|(path, bytes)| match (old.get(path.as_str()).copied(), bytes) {
            (old, Some(bytes)) => self.write(old, whole, path, &bytes),
            (Some(same), None) if whole => Ok(same.clone()),
            (_, None) => anyhow::bail!("{path} は、前に作ったままではありません"),
        });
        let files: Vec<Made> = made.collect::<Result<_>>()?;
        self.enter(unit, New::Made(Unit { gate, key, files, memo }));
        Ok(())
    }

    /// A file that is as it was is not written. `whole`: it is known to stand as it was made.
    fn write(&self, old: Option<&Made>, whole: bool, path: String, bytes: &[u8]) -> Result<Made> {
        let digest = Digest::of(bytes);
        if let Some(same) = old.filter(|f| f.digest == digest && (whole || f.intact(&self.out))) {
            return Ok(same.clone());
        }
        let to = self.path().join(&path);
        let written = write(&to, bytes).with_context(|| format!("{} に書けません", to.display()))?.written();
        Ok(self.fresh(Made { path, written, digest }))
    }

    /// Takes over files that a room wrote into [`Press::path`].
    pub fn adopt(&self, unit: &str, key: Digest, paths: impl IntoIterator<Item = String>) -> Result<()> {
        let adopted = |path: String| {
            let file = self.path().join(&path);
            let bytes = fs::read(&file).with_context(|| format!("{} を読めません", file.display()))?;
            let digest = Digest::of(&bytes);
            let old =
                self.old.units.get(unit).and_then(|u| u.files.iter().find(|f| f.path == path && f.digest == digest));
            if let Some(same) = old.filter(|f| f.intact(&self.out)) {
                fs::remove_file(&file)?;
                return Ok(same.clone());
            }
            let written = Stamp::of(&file).unwrap_or_default().written();
            Ok(self.fresh(Made { path, written, digest }))
        };
        let files = paths.into_iter().map(adopted).collect::<Result<_>>()?;
        self.enter(unit, New::Made(Unit { gate: Digest::default(), key, files, memo: Vec::new() }));
        Ok(())
    }

    fn fresh(&self, made: Made) -> Made {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(made.path.clone());
        made
    }

    fn enter(&self, unit: &str, made: New) {
        let before = self.new.lock().unwrap_or_else(PoisonError::into_inner).insert(unit.to_owned(), made);
        if before.is_some() {
            self.twice.lock().unwrap_or_else(PoisonError::into_inner).insert(unit.to_owned());
        }
    }

    /// Puts what was made and what was kept in place. What earlier builds made goes; what somebody put into the folder
    /// by hand stays. Where nothing is known of earlier builds, everything stays that this one does not make, and is
    /// returned: their pages are among it, if there were any.
    pub fn commit(self) -> Result<Vec<String>> {
        self.finish(usize::MAX)
    }

    /// As [`Press::commit`], but ends in the middle, after `moves` of the files that are exchanged one by one: what a
    /// killed process leaves.
    pub fn stop_after(self, moves: usize) -> Result<()> {
        self.finish(moves).map(drop)
    }

    fn finish(self, most: usize) -> Result<Vec<String>> {
        let Self { out, staging, file, old, new, twice, fresh, small, clean, _lock: lock, .. } = self;
        if let Some(unit) = twice.into_inner().unwrap_or_else(PoisonError::into_inner).pop_first() {
            return Err(Doubled { path: unit.clone(), units: [unit.clone(), unit] }.into());
        }
        // What stands there is not known.
        let unknown = old.units.values().all(|u| u.files.is_empty());
        let (ledger, changes) = old.after(new.into_inner().unwrap_or_else(PoisonError::into_inner));
        if let Some(doubled) = ledger.doubled() {
            return Err(doubled.into());
        }
        let fresh = fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
        let moves: Vec<String> = fresh.iter().filter(|path| changes.made.contains(*path)).cloned().collect();
        let mut removes = changes.gone;
        // A build that was killed after the exchange leaves its ledger: its files are not somebody's.
        let killed = file.as_ref().map(|file| Ledger::open(&file.with_extension("next"))).unwrap_or_default();
        let known: HashSet<&str> =
            [&killed, &ledger].into_iter().flat_map(Ledger::paths).chain(removes.iter().map(String::as_str)).collect();
        let mut foreign = place::foreign(&out, &known)?;
        if clean {
            removes.append(&mut foreign);
        }
        let after = ledger.units.values().map(|u| u.files.len()).sum::<usize>();
        let little = (moves.len() + removes.len()) * LITTLE <= after;
        let exchange = small.is_none_or(|small| after > small && little) && out.is_dir();
        if let Some(file) = file.as_ref().filter(|_| exchange) {
            // The journal is the word that the change has begun: what it needs stands before it.
            ledger.save(&file.with_extension("next"))?;
            let journal = Journal { staging: staging.path().to_owned(), moves, removes };
            ledger::write(&file.with_extension("journal"), &journal)?;
            if most < journal.moves.len() {
                journal
                    .moves
                    .iter()
                    .take(most)
                    .try_for_each(|path| fs::rename(staging.path().join(path), out.join(path)))?;
                staging.leave();
                return Ok(Vec::new());
            }
            end(&journal, &out, file)?;
            place::mark(&out)?;
        } else {
            let next = file.as_ref().map(|file| file.with_extension("next"));
            if let Some(next) = &next {
                ledger.save(next)?;
            }
            for path in &foreign {
                link(&out.join(path), &staging.path().join(path))?;
            }
            // The mark of before, so that it keeps its time.
            if out.join(place::MARK).is_file() {
                link(&out.join(place::MARK), &staging.path().join(place::MARK))?;
            }
            place::mark(staging.path())?;
            let files = ledger.units.values().flat_map(|u| &u.files).map(|f| f.path.as_str());
            let kept: Vec<&str> = files.filter(|path| !fresh.contains(*path)).collect();
            kept.par_iter().try_for_each(|path| link(&out.join(path), &staging.path().join(path)))?;
            // Then files with the same bytes keep their times.
            staging.commit(unknown)?;
            if let Some(file) = file {
                save_as_found(ledger, &out, &file, unknown)?;
                next.into_iter().for_each(|next| drop(fs::remove_file(next)));
            }
        }
        drop(lock);
        Ok(if unknown { foreign } else { Vec::new() })
    }
}

/// Files that got their old times back have other stamps than when they were written.
fn save_as_found(mut ledger: Ledger, out: &Path, file: &Path, again: bool) -> Result<()> {
    if again {
        let files: Vec<&mut Made> = ledger.units.values_mut().flat_map(|u| &mut u.files).collect();
        files.into_par_iter().for_each(|f| f.written = Stamp::of(&out.join(&f.path)).unwrap_or_default().written());
    }
    ledger.save(file)
}

/// Ends what a killed build began; without its new files nothing is known of the output folder.
fn recover(out: &Path, file: &Path) -> Result<()> {
    let left = file.with_extension("journal");
    if !left.exists() {
        return Ok(());
    }
    match ledger::read::<Journal>(&left).filter(|j| j.staging.is_dir()) {
        Some(journal) => {
            end(&journal, out, file)?;
            let _ = fs::remove_dir_all(&journal.staging);
        }
        None => {
            let _ = fs::remove_file(file);
            fs::remove_file(&left).with_context(|| format!("{} を消せません", left.display()))?;
        }
    }
    Ok(())
}

/// Does what is left to do of a journal, and closes it.
fn end(journal: &Journal, out: &Path, file: &Path) -> Result<()> {
    play(journal, out)?;
    let next = file.with_extension("next");
    if next.exists() {
        fs::rename(&next, file).with_context(|| format!("{} に書けません", file.display()))?;
    }
    let left = file.with_extension("journal");
    fs::remove_file(&left).with_context(|| format!("{} を消せません", left.display()))
}

/// Renames and removes; what is done already is passed over.
fn play(journal: &Journal, out: &Path) -> Result<()> {
    for path in &journal.moves {
        let (from, to) = (journal.staging.join(path), out.join(path));
        match fs::rename(&from, &to) {
            Ok(()) => {}
            Err(_) if !from.exists() => {}
            Err(_) => {
                parents(&to)?;
                fs::rename(&from, &to).with_context(|| format!("{} に置けません", to.display()))?;
            }
        }
    }
    for path in &journal.removes {
        let file = out.join(path);
        let _ = fs::remove_file(&file);
        // Folders that are empty now go too.
        for folder in file.ancestors().skip(1).take_while(|f| *f != out) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(())
}

fn parents(path: &Path) -> Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<Stamp> {
    let mut file = match fs::File::create(path) {
        Ok(file) => file,
        Err(_) => {
            parents(path)?;
            fs::File::create(path)?
        }
    };
    file.write_all(bytes)?;
    Ok(Stamp::from(&file.metadata()?))
}

/// The same file at another place; a copy with its time where links cannot be made.
fn link(from: &Path, to: &Path) -> Result<()> {
    let made = match fs::hard_link(from, to) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            parents(to)?;
            fs::hard_link(from, to)
        }
        made => made,
    };
    if made.is_err() {
        let time = fs::metadata(from).and_then(|m| m.modified());
        fs::copy(from, to).with_context(|| format!("{} を写せません", from.display()))?;
        if let Ok(time) = time {
            fs::File::options().write(true).open(to)?.set_modified(time)?;
        }
    }
    Ok(())
}
