//! The places that copies go to in, an error where they are none of their own out: whoever finds one of them must not
//! be able to read anything.

use crate::config::Config;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that copies of one kind go to.
pub(super) struct Place {
    /// As it is told.
    pub what: &'static str,
    /// Where.
    pub dir: PathBuf,
    /// Days after which a copy is thrown away.
    pub keep: u32,
}

/// Makes a folder, and those above it, for its owner only.
pub(super) fn make(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))
}

/// Makes the folders. An error when two of them are one, or one lies in another or in the site's folder; a warning when
/// they are on one disk.
pub(super) fn check(config: &Config, places: &[Place]) -> Result<()> {
    let root = config.root.canonicalize().with_context(|| format!("{} が見つかりません", config.root.display()))?;
    let mut real: Vec<(&Place, PathBuf)> = Vec::new();
    // Nothing is made before all of them are good.
    for place in places {
        let dir = crate::press::resolved(&place.dir)?;
        if dir.starts_with(&root) {
            bail!(
                "{}の控えの場所 {} が、サイトのフォルダの中にあります。サイトと一緒になくなるので、\
                 別のディスクか機械を指定してください",
                place.what,
                dir.display()
            );
        }
        for (other, there) in &real {
            if dir.starts_with(there) || there.starts_with(&dir) {
                bail!(
                    "{}と{}の控えが、同じ所（{}）に入ります。そろうと、だれでも中を読めてしまいます。\
                     別々のディスクか機械を指定してください。何も写していません",
                    other.what,
                    place.what,
                    dir.display()
                );
            }
            if same_disk(there_is(&dir), there_is(there)) {
                tracing::warn!(
                    "{}と{}の控えが、同じディスクにあります。1つ盗まれると、両方そろいます: {} {}",
                    other.what,
                    place.what,
                    there.display(),
                    dir.display()
                );
            }
        }
        real.push((place, dir));
    }
    places.iter().try_for_each(|place| make(&place.dir))
}

/// The folder itself, or the one in which it will be made.
fn there_is(folder: &Path) -> &Path {
    folder.ancestors().find(|f| f.exists()).unwrap_or(folder)
}

#[cfg(unix)]
fn same_disk(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(one).ok().zip(fs::metadata(other).ok()).is_some_and(|(a, b)| a.dev() == b.dev())
}
#[cfg(not(unix))]
fn same_disk(_: &Path, _: &Path) -> bool {
    false
}
