//! The name of an output folder in, the folder itself out; one that holds anything which this program did not put there
//! is refused.

use super::ledger::Ledger;
use crate::stamp::MADE;
use anyhow::{Context as _, Result, bail};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Stands in every folder that this program fills: what is in it may be exchanged.
pub const MARK: &str = ".otayori-public";
const MARK_TEXT: &str = "このフォルダは otayori が作りました。作り直すたびに、otayori \
    が作ったファイルが入れかわります。\n\
    このファイルがないフォルダには、otayori は書きません（まちがえて、ほかのものを消さないためです）。\n";
/// What may stand in a folder that is empty otherwise: it keeps the folder in git, or belongs to the web server, and is
/// carried over.
const CARRIED: [&str; 7] = [".gitkeep", ".gitignore", ".keep", ".nojekyll", ".htaccess", ".well-known", MARK];
/// Folders that have all of these were filled by a version of this program that left no mark.
const BEFORE_THE_MARK: [&str; 6] =
    ["index.html", "sw.js", "manifest.webmanifest", "quiet/index.html", "weeks/24/index.html", "search/index.html"];
/// Links that lead to links.
const MOST_LINKS: usize = 16;

/// Where a folder is that may be named by links, or not be there yet: what is written goes there, and the links stay.
pub fn resolved(folder: &Path) -> Result<PathBuf> {
    let mut path =
        std::path::absolute(folder).with_context(|| format!("出力先 {} がわかりません", folder.display()))?;
    for _ in 0..MOST_LINKS {
        if let Ok(there) = fs::canonicalize(&path) {
            return Ok(there);
        }
        // A link to a folder that is still to be made.
        let Ok(to) = fs::read_link(&path) else {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(path) };
            return Ok(resolved(parent)?.join(name));
        };
        path = path.parent().unwrap_or(Path::new("/")).join(to);
    }
    bail!("出力先 {} のリンクが、ぐるぐる回っています", folder.display())
}

/// An error unless the folder is not there yet, is empty, or was filled by this program.
pub fn check(folder: &Path) -> Result<()> {
    check_with(folder, &Ledger::default())
}

/// As [`check`]; a folder in which most of what the ledger names stands is known, too.
pub(super) fn check_with(folder: &Path, ledger: &Ledger) -> Result<()> {
    let shown = folder.display();
    if folder.parent().is_none() {
        bail!("出力先 {shown} には書きません（この機械全体のフォルダです）");
    }
    if !folder.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        bail!("出力先 {shown} は、フォルダではありません");
    }
    let mut others = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("出力先 {shown} の中を見られません"))? {
        let name = entry
            .with_context(|| format!("出力先 {shown} の中を見られません"))?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if name == MARK {
            return Ok(());
        }
        if !CARRIED.contains(&name.as_str()) {
            others.push(name);
        }
    }
    if others.is_empty() || BEFORE_THE_MARK.iter().all(|file| folder.join(file).is_file()) || stands(folder, ledger) {
        return Ok(());
    }
    others.sort();
    let example =
        format!("{}{}", others[0], if others.len() > 1 { format!(" など{}件", others.len()) } else { String::new() });
    bail!(
        "出力先 {shown} には、otayori が作ったのではないもの（{example}）が入っているので、書きません。\
         何も変えていません。\n  \
         まだないフォルダか、空のフォルダを指定してください。otayori が作ったフォルダだとわかっているときは、その中に \
         {MARK} という名前の空のファイルを置くと、次から書きます（いま中にあるものは残り、いっしょに公開されます）"
    )
}

/// Most of the files that the ledger names are there.
fn stands(folder: &Path, ledger: &Ledger) -> bool {
    let (mut there, mut all) = (0usize, 0usize);
    for file in ledger.units.values().flat_map(|u| &u.files) {
        all += 1;
        there += usize::from(folder.join(&file.path).is_file());
    }
    there * 2 > all
}

/// Leaves the mark.
pub fn mark(folder: &Path) -> Result<()> {
    let file = folder.join(MARK);
    if file.exists() {
        Ok(())
    } else {
        fs::write(&file, MARK_TEXT).with_context(|| format!("{} に書けません", file.display()))
    }
}

/// The files of a folder that neither ledger names, nor `otayori flyer` made: somebody put them there by hand. Names
/// that begin with a dot are carried over anyway. An error when not all of them can be seen: what is not seen would be
/// lost.
pub(super) fn foreign(folder: &Path, known: &HashSet<&str>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        let made = fs::read_to_string(folder.join(MADE)).unwrap_or_default();
        let known: HashSet<&str> = known.iter().copied().chain(made.lines()).collect();
        look(folder, "", &known, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn look(folder: &Path, below: &str, known: &HashSet<&str>, found: &mut Vec<String>) -> Result<()> {
    let unseen = || {
        format!(
            "出力先の中（{}）を見られません。手で置いたファイルをなくさないよう、作りませんでした。\
             権限を確かめてください",
            folder.display()
        )
    };
    for entry in fs::read_dir(folder).with_context(unseen)? {
        let entry = entry.with_context(unseen)?;
        // A name that is no text cannot be written down; it is somebody's.
        let name = entry.file_name().into_string().map_err(|name| {
            anyhow::anyhow!(
                "出力先に、文字として読めない名前のファイル（{}）があります。別の名前にするか、よけてください",
                name.display()
            )
        })?;
        let path = format!("{below}{name}");
        if below.is_empty() && name.starts_with('.') {
            continue;
        }
        if entry.file_type().with_context(unseen)?.is_dir() {
            look(&entry.path(), &format!("{path}/"), known, found)?;
        } else if !known.contains(path.as_str()) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(folder: &Path) -> String {
        check(folder).err().map(|e| format!("{e:#}")).unwrap_or_default()
    }

    #[test]
    fn only_what_is_empty_or_marked_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert_eq!(said(&at("new")), "");
        for (folder, name) in
            [("git", ".gitkeep"), ("marked", MARK), ("docs", "手紙.docx"), ("home", ".bashrc"), ("repo", ".git")]
        {
            fs::create_dir_all(at(folder)).unwrap();
            fs::write(at(folder).join(name), "").unwrap();
        }
        fs::write(at("marked").join("a.html"), "").unwrap();
        fs::write(at("file"), "").unwrap();
        assert_eq!((said(&at("git")), said(&at("marked"))), (String::new(), String::new()));
        for folder in ["docs", "home", "repo", "file"] {
            assert!(said(&at(folder)).contains("出力先"), "{folder}");
        }
        assert!(said(&at("docs")).contains("手紙.docx") && said(Path::new("/")).contains("この機械全体"));
        for name in BEFORE_THE_MARK {
            fs::create_dir_all(at("old").join(name).parent().unwrap()).unwrap();
            fs::write(at("old").join(name), "").unwrap();
        }
        assert_eq!(said(&at("old")), "");
        fs::remove_file(at("old/sw.js")).unwrap();
        assert!(said(&at("old")).contains("など5件"), "{}", said(&at("old")));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_folder() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir(real.join("www")).unwrap();
        for (to, link) in [("www", "a"), ("a", "b"), ("not/yet", "c"), ("round", "round")] {
            symlink(to, real.join(link)).unwrap();
        }
        assert_eq!(resolved(&real.join("b")).unwrap(), real.join("www"));
        assert_eq!(resolved(&real.join("a/x/y")).unwrap(), real.join("www/x/y"));
        assert_eq!(resolved(&real.join("c")).unwrap(), real.join("not/yet"));
        assert!(resolved(&real.join("round")).is_err());
    }
}
