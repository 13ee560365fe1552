//! The file behind a SQLite address: made for its owner only, copied whole, and when it cannot be written, why.

use super::Db;
use anyhow::{Context as _, Result, anyhow, bail};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file of a SQLite address; `None` for PostgreSQL.
pub fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

/// Is there a database? PostgreSQL is asked when it is opened, SQLite has a file.
pub fn is_there(url: &str) -> bool {
    file_of(url).is_none_or(|file| file.exists())
}

/// A database's address as it may be printed: without a password.
pub fn shown(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Fails only for addresses that cannot have a password.
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        Ok(_) | Err(_) => file_of(url).map_or_else(|| url.to_owned(), |file| file.display().to_string()),
    }
}

/// As sqlx takes it; a file that is not there is made.
pub(super) fn address(url: &str) -> String {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    if path.contains('?') { format!("sqlite://{path}") } else { format!("sqlite://{path}?mode=rwc") }
}

/// Makes the folder (0700) and the file (0600) where there is none; an error when they cannot be written. SQLite gives
/// the files beside it (`-wal`, `-shm`) the same mode.
pub(super) fn prepare(file: &Path) -> Result<()> {
    let folder = folder_of(file);
    if !folder.exists() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|e| not_written(&folder, e))?;
    }
    match touch(file) {
        Ok(()) => {
            warn_when_open(file);
            Ok(())
        }
        Err(e) => Err(if file.exists() { not_written(file, e) } else { not_written(&folder, e) }),
    }
}

/// Opens the file for writing, and makes it if there is none. Nothing in it changes.
fn touch(file: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// SQLite could not write: is it a right of the folder, in which it keeps files beside the database?
pub(super) fn why_not(file: &Path) -> Option<anyhow::Error> {
    let folder = folder_of(file);
    let probe = folder.join(format!(".otayori-{}", std::process::id()));
    let tried = fs::OpenOptions::new().write(true).create_new(true).open(&probe);
    match tried {
        Ok(_) => {
            let _ = fs::remove_file(&probe);
            None
        }
        Err(e) => Some(not_written(&folder, e)),
    }
}

/// Files that were there, and which they were.
#[derive(Debug, Clone, Default)]
pub struct Standing(Vec<(PathBuf, (u64, u64))>);

impl Standing {
    /// Those of these files that are there now.
    pub fn of(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(files.into_iter().filter_map(|file| Some((file.clone(), which(&file)?))).collect())
    }
    /// Is one of them not there any more, or another? Whoever has it open goes on with what nobody else sees.
    pub fn moved(&self) -> bool {
        self.0.iter().any(|(file, was)| which(file) != Some(*was))
    }
}

/// Device and number of a file.
#[cfg(unix)]
fn which(file: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(file).ok().map(|m| (m.dev(), m.ino()))
}
#[cfg(not(unix))]
fn which(file: &Path) -> Option<(u64, u64)> {
    file.exists().then_some((0, 0))
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().filter(|f| !f.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn not_written(path: &Path, e: std::io::Error) -> anyhow::Error {
    match e.kind() {
        ErrorKind::PermissionDenied => cannot_write(path, "書けません"),
        _ => anyhow!(e).context(format!("{} に書けません", path.display())),
    }
}

/// The error for a path that the rights of this process do not suffice for, with its owner, who we are, and what to do.
/// `what`: 書けません.
pub fn cannot_write(path: &Path, what: &str) -> anyhow::Error {
    // What is not there yet is made in the nearest folder that is.
    let there = path.ancestors().find(|p| !p.as_os_str().is_empty() && p.exists()).unwrap_or(Path::new("."));
    let kind = if there.is_dir() { "フォルダ" } else { "ファイル" };
    let me = user(own_uid());
    anyhow!(
        "{kind} {} に{what}（持ち主 {}、いまの利用者 {me}）: `chown -R {me} {}` か、持ち主の利用者で動かしてください",
        there.display(),
        user(owner(there)),
        if there.is_dir() { there.to_path_buf() } else { folder_of(there) }.display()
    )
}

/// Says so when others than the owner may read the file or look into its folder of data.
fn warn_when_open(file: &Path) {
    if only_ours(file) == Some(false) {
        tracing::warn!("{} を、ほかの利用者も読めます: `chmod 600 {0}`", file.display());
    }
    let folder = folder_of(file);
    if folder.file_name().is_some_and(|name| name == "data") && only_ours(&folder) == Some(false) {
        tracing::warn!("フォルダ {} を、ほかの利用者も見られます: `chmod 700 {0}`", folder.display());
    }
}

/// May nobody but the owner read or write it? `None` where that cannot be known.
#[cfg(unix)]
pub fn only_ours(path: &Path) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).ok().map(|m| m.permissions().mode() & 0o077 == 0)
}
/// May nobody but the owner read or write it? `None` where that cannot be known.
#[cfg(not(unix))]
pub fn only_ours(_: &Path) -> Option<bool> {
    None
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|m| m.uid())
}
#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}

/// Linux shows a process as a folder of its user.
fn own_uid() -> Option<u32> {
    owner(Path::new("/proc/self"))
}

/// The name behind a user's number, or the number.
fn user(uid: Option<u32>) -> String {
    let Some(uid) = uid else { return "不明".into() };
    let names = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut lines = names.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines
        .find(|l| l.get(2).is_some_and(|n| n.parse() == Ok(uid)))
        .and_then(|l| l.first().map(|name| (*name).to_owned()))
        .unwrap_or_else(|| uid.to_string())
}

impl Db {
    /// Copies the whole SQLite database, with what stands in the write-ahead log, into a new file (0600) while others
    /// go on writing.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        if file.exists() {
            bail!("{} は、もうあります", file.display());
        }
        let path = file.to_str().context("控えの場所の名前が、文字として読めません")?;
        // An empty file is as good as none to VACUUM INTO, and this one only its owner reads.
        prepare(file)?;
        let copied = async {
            sqlx::query("VACUUM INTO $1")
                .bind(path)
                .execute(self.pool())
                .await
                .with_context(|| format!("{path} に写せません"))?;
            let copy = Self::connect(&format!("sqlite:{path}"), 1).await?;
            let said: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(copy.pool()).await?;
            copy.close().await;
            if said != "ok" {
                bail!("{path} に写したものが壊れています（{said}）");
            }
            fs::File::open(file)?.sync_all()?;
            Ok(())
        };
        let done = copied.await;
        if done.is_err() {
            let _ = fs::remove_file(file);
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_their_password() {
        assert!(!shown("postgres://otayori:secret@db/otayori").contains("secret"));
        assert_eq!(shown("postgres://otayori@db/otayori"), "postgres://otayori@db/otayori");
        assert_eq!(shown("sqlite:data/otayori.db"), "data/otayori.db");
        assert_eq!(file_of("sqlite:///srv/x.db?mode=rwc"), Some(PathBuf::from("/srv/x.db")));
        assert_eq!(file_of("postgres://db/x"), None);
    }
}
