//! Where a command is told to write in, an error out before anything is written if that holds, or lies in, what people wrote.

use crate::press::{check_place, mark_place, resolved};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// What people write, below a site's folder: nothing is built into it.
const WRITTEN: [&str; 3] = ["content", "segments", "themes"];
/// What makes a folder a site's.
const SETTINGS: &str = "otayori.yaml";
/// What nobody could write again.
const DATA: &str = "data";

/// A folder to write in for the site at `root`: an error if it holds the site (or another one), or lies in its texts. Where it really is.
pub fn outside(root: &Path, out: &Path) -> Result<PathBuf> {
    let place = resolved(out)?;
    let around = place.ancestors().filter(|folder| folder.join(SETTINGS).is_file());
    for site in around.map(Path::to_owned).chain([resolved(root)?]) {
        let shown = out.display();
        if site.starts_with(&place) {
            bail!(
                "出力先 {shown} には書きません。サイトのもと（{}）が入っているフォルダです。ほかのフォルダを指定してください（例 {}）",
                site.display(),
                site.join("public").display()
            );
        }
        for name in WRITTEN {
            let written = resolved(&site.join(name))?;
            if place.starts_with(&written) || written.starts_with(&place) {
                bail!("出力先 {shown} には書きません。人が書いたもの（{}）の中か、それが入っているフォルダです。ほかのフォルダを指定してください", written.display());
            }
        }
        if resolved(&site.join(DATA))?.starts_with(&place) {
            bail!("出力先 {shown} には書きません。登録と鍵（{}）が入っているフォルダです。ほかのフォルダを指定してください", site.join(DATA).display());
        }
    }
    Ok(place)
}

/// As [`outside`], for a folder that is this program's as a whole: it is not there yet, empty, or has the mark, which it has from now on.
pub fn own(root: &Path, out: &Path) -> Result<PathBuf> {
    let place = outside(root, out)?;
    check_place(&place)?;
    fs::create_dir_all(&place).with_context(|| format!("フォルダ {} を作れません", place.display()))?;
    mark_place(&place)?;
    Ok(place)
}

/// An error if another kind of file stands where one is to be written: `begins` is how the bytes of ours begin.
pub fn replaceable(file: &Path, begins: &[u8]) -> Result<()> {
    if !file.exists() || (file.is_file() && fs::read(file).is_ok_and(|bytes| bytes.starts_with(begins) || bytes.is_empty())) {
        return Ok(());
    }
    bail!("{} は、otayori が作ったものではないようなので、書きかえません。ほかの名前か、ほかのフォルダを指定してください", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over_what_people_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let city = dir.path().join("city");
        crate::cli::new::create(&city, crate::calendar::date(2026, 11, 21)).unwrap();
        fs::create_dir_all(city.join("data/cache")).unwrap();
        fs::create_dir_all(dir.path().join("elsewhere")).unwrap();
        for good in ["city/public", "city/print", "elsewhere", "new/deep", "city/data/demo/public"] {
            assert!(outside(&city, &dir.path().join(good)).is_ok(), "{good}");
        }
        for bad in
            ["", "city", "city/content", "city/content/new", "city/segments/x", "city/themes", "city/data", "city/public/..", "city/public/../content/articles", "elsewhere/.."]
        {
            let said = outside(&city, &dir.path().join(bad)).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(said.contains("には書きません"), "{bad}: {said}");
            // Another site's command knows these places too, where they lie in the site.
            assert!(!bad.starts_with("city") || outside(&dir.path().join("elsewhere"), &dir.path().join(bad)).is_err(), "{bad}");
        }
        assert!(outside(&city, Path::new("/")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_hide_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let city = dir.path().join("city");
        crate::cli::new::create(&city, crate::calendar::date(2026, 11, 21)).unwrap();
        fs::rename(city.join("content"), dir.path().join("texts")).unwrap();
        std::os::unix::fs::symlink("../texts", city.join("content")).unwrap();
        std::os::unix::fs::symlink("city/content", dir.path().join("short")).unwrap();
        for bad in ["texts", "texts/articles", "short", "short/x", "city/content/pages"] {
            assert!(outside(&city, &dir.path().join(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_kind_of_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        assert!(replaceable(&dir.path().join("none"), b"%PDF").is_ok() && replaceable(&at("a.pdf", "%PDF-1.7"), b"%PDF").is_ok());
        assert!(replaceable(&at("a.md", "---\n"), b"%PDF").is_err() && replaceable(dir.path(), b"%PDF").is_err());
    }
}
