//! A folder to write into that takes the place of the published one in a single step, or leaves no trace.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A temporary folder beside `out`. Dropped without [`Staging::commit`], it is removed and `out` is as it was.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    path: PathBuf,
}

impl Staging {
    /// An empty folder beside `out`. What an earlier process left behind (it was killed) is removed.
    pub fn beside(out: &Path) -> Result<Self> {
        let out = std::path::absolute(out).with_context(|| format!("出力先 {} がわかりません", out.display()))?;
        let (Some(parent), Some(name)) = (out.parent(), out.file_name()) else {
            anyhow::bail!("出力先 {} には書けません", out.display())
        };
        fs::create_dir_all(parent).with_context(|| format!("フォルダ {} を作れません", parent.display()))?;
        let prefix = format!(".{}.new-", name.to_string_lossy());
        remove_leftovers(parent, &prefix);
        let path = parent.join(format!("{prefix}{}", std::process::id()));
        remove(&path)?;
        fs::create_dir(&path).map_err(|e| {
            let hint = if e.kind() == std::io::ErrorKind::PermissionDenied {
                format!(
                    "\n  作り直したものを、1度に入れかえるため、{} の隣（{} の中）に書きます。\
                     そこに書く権利がありません。\n  \
                     公開するフォルダを1段深くして、その上のフォルダをこの利用者のものにしてください（例 \
                     /var/www/otayori を otayori の持ち物にして、public は /var/www/otayori/public へのリンクに）",
                    out.display(),
                    parent.display()
                )
            } else {
                String::new()
            };
            anyhow::Error::new(e).context(format!("フォルダ {} を作れません{hint}", path.display()))
        })?;
        Ok(Self { out, path })
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the place of `out`; entries of `out` whose names begin with a dot (`.gitkeep`, `.well-known`) are carried
    /// over. If `compare`, files with the same bytes as before keep their time, so that browsers' copies stay valid.
    pub fn commit(self, compare: bool) -> Result<()> {
        if self.out.is_dir() {
            carry_over(&self.out, &self.path)?;
            if compare {
                keep_times(&self.out, &self.path)?;
            }
        }
        // Named after the process, as the folder itself: nobody else's.
        let old =
            self.path.with_file_name(format!("{}.old", self.path.file_name().unwrap_or_default().to_string_lossy()));
        remove(&old)?;
        let had_old = self.out.exists();
        if had_old && fs::rename(&self.out, &old).is_err() {
            // A mount point cannot be renamed: exchange what is in it instead.
            return self.exchange_entries();
        }
        if let Err(e) = fs::rename(&self.path, &self.out) {
            if had_old {
                fs::rename(&old, &self.out).with_context(|| format!("{} を元に戻せません", self.out.display()))?;
            }
            return Err(e).with_context(|| format!("{} を入れかえられません", self.out.display()));
        }
        // The new site stands; a leftover is removed by the next build.
        let _ = fs::remove_dir_all(&old);
        Ok(())
    }

    /// Leaves the folder to a later process.
    pub(super) fn leave(self) {
        std::mem::forget(self);
    }

    fn exchange_entries(&self) -> Result<()> {
        for entry in fs::read_dir(&self.out)? {
            remove(&entry?.path())?;
        }
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let to = self.out.join(entry.file_name());
            if fs::rename(entry.path(), &to).is_err() {
                copy_all(&entry.path(), &to)?;
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn remove(path: &Path) -> Result<()> {
    let done = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match done {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).with_context(|| format!("{} を消せません", path.display()))
        }
        _ => Ok(()),
    }
}

/// Folders of processes that run no more (where the system tells; elsewhere they stay).
fn remove_leftovers(parent: &Path, prefix: &str) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix(prefix).map(|rest| rest.trim_end_matches(".old")) else { continue };
        if !Path::new("/proc").join(pid).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn carry_over(out: &Path, new: &Path) -> Result<()> {
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let to = new.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with('.') && !to.exists() {
            copy_all(&entry.path(), &to)?;
        }
    }
    Ok(())
}

/// Links stay links, whatever they lead to.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_symlink() || !from.is_dir() {
        if fs::hard_link(from, to).is_ok() {
            return Ok(());
        }
        fs::copy(from, to).with_context(|| format!("{} を写せません", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn keep_times(old: &Path, new: &Path) -> Result<()> {
    for entry in fs::read_dir(new)? {
        let entry = entry?;
        let (before, after) = (old.join(entry.file_name()), entry.path());
        if after.is_dir() {
            if before.is_dir() {
                keep_times(&before, &after)?;
            }
        } else if same_bytes(&before, &after) {
            let time = fs::metadata(&before)?.modified()?;
            fs::File::options().write(true).open(&after)?.set_modified(time)?;
        }
    }
    Ok(())
}

fn same_bytes(a: &Path, b: &Path) -> bool {
    let (Ok(x), Ok(y)) = (fs::metadata(a), fs::metadata(b)) else { return false };
    x.is_file() && x.len() == y.len() && matches!((fs::read(a), fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_leaves_out_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("public");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("a.html"), "old").unwrap();
        let staging = Staging::beside(&out).unwrap();
        fs::write(staging.path().join("a.html"), "new").unwrap();
        drop(staging);
        assert_eq!(fs::read_to_string(out.join("a.html")).unwrap(), "old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn committed_takes_the_place_and_keeps_times() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("public");
        fs::create_dir(&out).unwrap();
        for (name, text) in [("same", "1"), ("gone", "2"), (".gitkeep", ""), ("changed", "3")] {
            fs::write(out.join(name), text).unwrap();
        }
        let before = fs::metadata(out.join("same")).unwrap().modified().unwrap();
        let old = before - std::time::Duration::from_secs(1000);
        fs::File::options().write(true).open(out.join("same")).unwrap().set_modified(old).unwrap();
        let staging = Staging::beside(&out).unwrap();
        for (name, text) in [("same", "1"), ("changed", "4"), ("new", "5")] {
            fs::write(staging.path().join(name), text).unwrap();
        }
        staging.commit(true).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, [".gitkeep", "changed", "new", "same"]);
        assert_eq!(fs::metadata(out.join("same")).unwrap().modified().unwrap(), old);
        assert_eq!(fs::read_to_string(out.join("changed")).unwrap(), "4");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
