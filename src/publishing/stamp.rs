//! A file or a text in, what tells whether it is still the same out: its stamp (size and times), its digest.

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::fs::{File, Metadata};
use std::hash::Hasher as _;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Beside the folders that a command fills without a build's ledger: which files it made, one a line.
pub const MADE: &str = ".otayori-flyers";

/// 128 bits of SipHash-1-3: differs where what went in differs. The same on every machine; not meant against people who
/// want two texts to collide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(u128);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Digester::default().part(bytes).end()
    }
    /// As hexadecimal, for the names of files.
    pub fn hex(self) -> String {
        format!("{:032x}", self.0)
    }
    /// Of what a value is as JSON.
    pub fn of_json(value: &impl Serialize) -> Self {
        let mut digester = Digester::default();
        // Writing into a digester cannot fail; a value that is no JSON is like no other by its message.
        if let Err(e) = serde_json::to_writer(&mut digester, value) {
            digester = digester.part(e.to_string());
        }
        digester.end()
    }
}

/// Takes parts one after the other; where a part ends counts too.
///
/// ```
/// use otayori_publishing::stamp::Digester;
///
/// let of = |parts: &[&str]| parts.iter().fold(Digester::default(), |d, p| d.part(p)).end();
/// assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
/// assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Digester(SipHasher13);

impl Digester {
    /// With these bytes.
    pub fn part(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.write(bytes);
        self.0.write_u64(bytes.len() as u64);
        self
    }
    /// With a number.
    pub fn number(mut self, number: u64) -> Self {
        self.0.write_u64(number);
        self
    }
    /// With what was digested before.
    pub fn digest(mut self, digest: Digest) -> Self {
        self.0.write_u128(digest.0);
        self
    }
    /// With several digests.
    pub fn digests(self, digests: impl IntoIterator<Item = Digest>) -> Self {
        digests.into_iter().fold(self, Self::digest)
    }
    /// Of all of it.
    pub fn end(&self) -> Digest {
        Digest(self.0.finish128().as_u128())
    }
}

impl io::Write for Digester {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Size and times of a file: as long as they are the same, so is the file, unless it was written at the very moment
/// (see [`Stamp::settled`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    length: u64,
    /// Nanoseconds after 1970.
    modified: i128,
    /// Of the last change of the file's entry: a copy that keeps the time of its original has a new one. 0 where the
    /// system has none.
    changed: i128,
}

/// A file system's clock may stand still for so long.
const GRAIN: Duration = Duration::from_millis(50);

impl Stamp {
    /// Of a file; `None` if there is none.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().filter(Metadata::is_file).map(|m| Self::from(&m))
    }
    /// The same file was written before `moment` (by the file system's clock) and so can have no other text with this
    /// stamp.
    pub fn settled(&self, moment: SystemTime) -> bool {
        nanoseconds(moment).is_some_and(|now| self.modified.max(self.changed) + (GRAIN.as_nanos() as i128) < now)
    }
    /// Size and time only: for files that are moved after they were written.
    pub fn written(&self) -> (u64, i128) {
        (self.length, self.modified)
    }
}

impl From<&Metadata> for Stamp {
    fn from(data: &Metadata) -> Self {
        Self {
            length: data.len(),
            modified: data.modified().ok().and_then(nanoseconds).unwrap_or_default(),
            changed: changed(data),
        }
    }
}

#[cfg(unix)]
fn changed(data: &Metadata) -> i128 {
    use std::os::unix::fs::MetadataExt as _;
    i128::from(data.ctime()) * 1_000_000_000 + i128::from(data.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> i128 {
    0
}

fn nanoseconds(time: SystemTime) -> Option<i128> {
    time.duration_since(UNIX_EPOCH).ok().map(|d| d.as_nanos() as i128)
}

/// The moment by the clock of the file system on which `folder` is: that of a file just written there.
pub fn moment(folder: &Path) -> io::Result<SystemTime> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".moment-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    let moment = std::fs::metadata(&probe).and_then(|m| m.modified());
    std::fs::remove_file(&probe)?;
    moment
}

/// Keeps a value in a file for the next process, behind `format`, which changes with what is kept. Only a whole file
/// gets the name.
pub fn keep(file: &Path, format: &[u8], value: &impl Serialize) -> Result<()> {
    let part = file.with_extension(format!("part-{}", std::process::id()));
    let write = || {
        let mut out = BufWriter::new(File::create(&part)?);
        out.write_all(format)?;
        postcard::to_io(value, &mut out)?.flush()?;
        Ok(std::fs::rename(&part, file)?)
    };
    write()
        .inspect_err(|_: &anyhow::Error| drop(std::fs::remove_file(&part)))
        .with_context(|| format!("{} に書けません", file.display()))
}

/// What [`keep`] kept, if it can be read.
pub fn read_kept<T: DeserializeOwned>(file: &Path, format: &[u8]) -> Option<T> {
    let bytes = std::fs::read(file).ok()?;
    postcard::from_bytes(bytes.strip_prefix(format)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_ends() {
        assert_eq!(Digest::of("ab"), Digest::of("ab"));
        assert_ne!(Digest::of("ab"), Digester::default().part("a").part("b").end());
        assert_ne!(Digester::default().part("a").part("b").end(), Digester::default().part("").part("ab").end());
        assert_ne!(Digest::of_json(&["a", "b"]), Digest::of_json(&["ab"]));
    }

    #[test]
    fn what_is_kept_comes_back_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("kept");
        let value = vec!["つわり".to_owned(), String::new()];
        keep(&file, b"1\n", &value).unwrap();
        assert_eq!(read_kept::<Vec<String>>(&file, b"1\n"), Some(value));
        assert_eq!(read_kept::<Vec<String>>(&file, b"2\n"), None, "of another format");
        std::fs::write(&file, &std::fs::read(&file).unwrap()[..6]).unwrap();
        assert_eq!(read_kept::<Vec<String>>(&file, b"1\n"), None, "cut off");
        assert!(keep(&dir.path().join("nowhere/kept"), b"1\n", &1).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing half-written is left");
    }

    #[test]
    fn a_file_written_this_moment_is_not_settled() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let now = moment(dir.path()).unwrap();
        let stamp = Stamp::of(&file).unwrap();
        assert!(!stamp.settled(now));
        assert!(stamp.settled(now + Duration::from_secs(1)));
        std::fs::write(&file, "12").unwrap();
        assert_ne!(Stamp::of(&file), Some(stamp));
        assert_eq!(Stamp::of(dir.path()), None);
    }
}
