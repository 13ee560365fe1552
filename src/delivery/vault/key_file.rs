//! The master key's file: base64 of 32 bytes, readable by its owner only.

use super::seal::random;
use crate::db::{cannot_write, only_ours};
use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// The key in `file`; `None` when there is no such file.
pub(super) fn read(file: &Path) -> Result<Option<[u8; 32]>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => return Err(cannot_write(file, "ある鍵を読めません")),
        Err(e) => return Err(e).with_context(|| format!("鍵のファイル {} を読めません", file.display())),
    };
    if only_ours(file) == Some(false) {
        tracing::warn!("鍵のファイル {} を、ほかの利用者も読めます: `chmod 600 {0}`", file.display());
    }
    let bytes = BASE64_STANDARD
        .decode(text.trim())
        .with_context(|| format!("鍵のファイル {} は base64 ではありません", file.display()))?;
    let Ok(key) = bytes.try_into() else {
        bail!("鍵のファイル {} は 32 バイトではありません", file.display())
    };
    Ok(Some(key))
}

/// Makes a new key in `file`. Whoever makes one at the same moment gets the same: a file is whole as soon as it has its
/// name.
pub(super) fn make(file: &Path) -> Result<[u8; 32]> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|e| not_made(folder, e))?;
    }
    let key: [u8; 32] = random()?;
    let unnamed = folder.join(format!(".{}.key", super::token()));
    let named = write_secret(&unnamed, &BASE64_STANDARD.encode(key)).and_then(|()| fs::hard_link(&unnamed, file));
    let _ = fs::remove_file(&unnamed);
    match named {
        Ok(()) => Ok(key),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            read(file)?.with_context(|| format!("鍵のファイル {} を読めません", file.display()))
        }
        Err(e) => Err(not_made(folder, e)),
    }
}

fn not_made(folder: &Path, e: std::io::Error) -> anyhow::Error {
    match e.kind() {
        ErrorKind::PermissionDenied => cannot_write(folder, "書けません"),
        _ => anyhow::Error::new(e).context(format!("鍵のファイルを {} に作れません", folder.display())),
    }
}

/// Writes a new file that only its owner reads; fails if there is one already.
fn write_secret(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut handle = options.open(file)?;
    handle.write_all(text.as_bytes())?;
    handle.sync_all()
}
