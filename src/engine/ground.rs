//! Where a command is told to write in, an error out before anything is written if that holds, or lies in, what people
//! wrote.

use crate::press::{check_place, mark_place, resolved};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What people write, below a site's folder: nothing is built into it.
const WRITTEN: [&str; 3] = ["content", "segments", "themes"];
/// What makes a folder a site's.
const SETTINGS: &str = "otayori.yaml";
/// What nobody could write again.
const DATA: &str = "data";

/// A folder to write in for the site at `root`: an error if it holds the site (or another one), or lies in its texts.
/// Where it really is.
pub fn outside(root: &Path, out: &Path) -> Result<PathBuf> {
    let place = resolved(out)?;
    let around = place.ancestors().filter(|folder| folder.join(SETTINGS).is_file());
    for site in around.map(Path::to_owned).chain([resolved(root)?]) {
        let shown = out.display();
        if site.starts_with(&place) {
            bail!(
                "出力先 {shown} には書きません。サイトのもと（{}）が入っているフォルダです。\
                 ほかのフォルダを指定してください（例 {}）",
                site.display(),
                site.join("public").display()
            );
        }
        for name in WRITTEN {
            let written = resolved(&site.join(name))?;
            if place.starts_with(&written) || written.starts_with(&place) {
                bail!(
                    "出力先 {shown} には書きません。人が書いたもの（{}）の中か、それが入っているフォルダです。\
                     ほかのフォルダを指定してください",
                    written.display()
                );
            }
        }
        if resolved(&site.join(DATA))?.starts_with(&place) {
            bail!(
                "出力先 {shown} には書きません。登録と鍵（{}）が入っているフォルダです。ほかのフォルダを指定してくださ\
                 い",
                site.join(DATA).display()
            );
        }
    }
    Ok(place)
}

/// As [`outside`], for a folder that is this program's as a whole: it is not there yet, empty, or has the mark, which
/// it has from now on.
pub fn own(root: &Path, out: &Path) -> Result<PathBuf> {
    let place = outside(root, out)?;
    check_place(&place)?;
    fs::create_dir_all(&place).with_context(|| format!("フォルダ {} を作れません", place.display()))?;
    mark_place(&place)?;
    Ok(place)
}

/// A file whole or as it was: written beside it, put on the disk, then in its place, with the rights of the one before.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_all(&[(path.to_owned(), bytes.to_vec())])
}

/// Several files, all of them or none: what can fail is done before the first takes its place.
pub fn write_all(files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    let beside = |path: &Path| {
        path.with_file_name(format!(
            ".{}.{}.new",
            path.file_name().unwrap_or_default().to_string_lossy(),
            std::process::id()
        ))
    };
    let prepare = |path: &Path, bytes: &[u8]| -> std::io::Result<()> {
        let mut file = fs::File::create(beside(path))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Ok(data) = fs::metadata(path) {
            if data.is_dir() {
                return Err(std::io::Error::other("フォルダがあります"));
            }
            fs::set_permissions(beside(path), data.permissions())?;
        }
        Ok(())
    };
    let done = files
        .iter()
        .try_for_each(|(path, bytes)| prepare(path, bytes).with_context(|| format!("{} に書けません", path.display())));
    let done = done.and_then(|()| {
        files.iter().try_for_each(|(path, _)| {
            fs::rename(beside(path), path).with_context(|| format!("{} に書けません", path.display()))
        })
    });
    if done.is_err() {
        files.iter().for_each(|(path, _)| drop(fs::remove_file(beside(path))));
    }
    done
}

/// A single file that a command is told to write, for the site at `root`: an error if it lies in what people wrote, or
/// if another kind of file stands there (`begins` is how the bytes of ours begin).
pub fn file(root: &Path, file: &Path, begins: &[u8], bytes: &[u8]) -> Result<()> {
    let place = resolved(file)?;
    let around = place.ancestors().skip(1).filter(|folder| folder.join(SETTINGS).is_file());
    for site in around.map(Path::to_owned).chain([resolved(root)?]) {
        for name in WRITTEN {
            if place.starts_with(resolved(&site.join(name))?) {
                bail!(
                    "{} には書きません。人が書いたもの（{name}/）の中です。ほかの場所を指定してください",
                    file.display()
                );
            }
        }
    }
    replaceable(&place, begins)?;
    write(&place, bytes)
}

/// The site's own folder for what nobody else may read: made so, and made so again where a build has made it for
/// everybody.
pub fn data(root: &Path) -> Result<PathBuf> {
    let folder = root.join(DATA);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
    Ok(folder)
}

/// Takes others' rights from `data/`, where databases and keys stand in it.
pub fn close_data(root: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = root.join(DATA);
        let open = fs::metadata(&folder).is_ok_and(|data| data.is_dir() && data.permissions().mode() & 0o077 != 0);
        // A link leads to a folder that has its own rights.
        if open
            && !folder.is_symlink()
            && let Err(error) = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))
        {
            tracing::warn!(%error, "{} を、ほかの利用者が読めます（chmod 700）", folder.display());
        }
    }
}

/// An error if another kind of file stands where one is to be written: `begins` is how the bytes of ours begin.
pub fn replaceable(file: &Path, begins: &[u8]) -> Result<()> {
    if !file.exists()
        || (file.is_file() && fs::read(file).is_ok_and(|bytes| bytes.starts_with(begins) || bytes.is_empty()))
    {
        return Ok(());
    }
    bail!(
        "{} は、otayori が作ったものではないようなので、書きかえません。ほかの名前か、ほかのフォルダを指定してください",
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over_what_people_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let city = dir.path().join("city");
        crate::engine::new::create(&city, crate::calendar::date(2026, 11, 21)).unwrap();
        fs::create_dir_all(city.join("data/cache")).unwrap();
        fs::create_dir_all(dir.path().join("elsewhere")).unwrap();
        for good in ["city/public", "city/print", "elsewhere", "new/deep", "city/data/demo/public"] {
            assert!(outside(&city, &dir.path().join(good)).is_ok(), "{good}");
        }
        for bad in [
            "",
            "city",
            "city/content",
            "city/content/new",
            "city/segments/x",
            "city/themes",
            "city/data",
            "city/public/..",
            "city/public/../content/articles",
            "elsewhere/..",
        ] {
            let said = outside(&city, &dir.path().join(bad)).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(said.contains("には書きません"), "{bad}: {said}");
            // Another site's command knows these places too, where they lie in the site.
            assert!(
                !bad.starts_with("city") || outside(&dir.path().join("elsewhere"), &dir.path().join(bad)).is_err(),
                "{bad}"
            );
        }
        assert!(outside(&city, Path::new("/")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_hide_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let city = dir.path().join("city");
        crate::engine::new::create(&city, crate::calendar::date(2026, 11, 21)).unwrap();
        fs::rename(city.join("content"), dir.path().join("texts")).unwrap();
        std::os::unix::fs::symlink("../texts", city.join("content")).unwrap();
        std::os::unix::fs::symlink("city/content", dir.path().join("short")).unwrap();
        for bad in ["texts", "texts/articles", "short", "short/x", "city/content/pages"] {
            assert!(outside(&city, &dir.path().join(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn several_files_are_written_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "1").unwrap();
        fs::create_dir(at("folder")).unwrap();
        for bad in ["folder", "away/b"] {
            assert!(
                write_all(&[(at("a"), b"2".to_vec()), (at("new"), b"2".to_vec()), (at(bad), b"2".to_vec())]).is_err(),
                "{bad}"
            );
            assert_eq!(
                (fs::read_to_string(at("a")).unwrap(), at("new").exists(), fs::read_dir(dir.path()).unwrap().count()),
                ("1".to_owned(), false, 2),
                "{bad}"
            );
        }
        #[cfg(unix)]
        fs::set_permissions(at("a"), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
        write_all(&[(at("a"), b"2".to_vec()), (at("new"), b"3".to_vec())]).unwrap();
        assert_eq!(
            (fs::read_to_string(at("a")).unwrap(), fs::read_to_string(at("new")).unwrap()),
            ("2".to_owned(), "3".to_owned())
        );
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(at("a")).unwrap().permissions()) & 0o777,
            0o640
        );
    }

    #[test]
    fn another_kind_of_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        assert!(
            replaceable(&dir.path().join("none"), b"%PDF").is_ok()
                && replaceable(&at("a.pdf", "%PDF-1.7"), b"%PDF").is_ok()
        );
        assert!(replaceable(&at("a.md", "---\n"), b"%PDF").is_err() && replaceable(dir.path(), b"%PDF").is_err());
    }
}
