//! A folder of text files in, their text with one kind of line end and moved dates out; what is no text is reported.

use crate::diag::form::meant;
use crate::diag::text::text_of;
use crate::diag::{Diagnostics, Place, shown};
use crate::markdown::shift_dates;
use crate::stamp::Stamp;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A file as it was read.
#[derive(Debug)]
pub(super) struct Source {
    /// Path below the root.
    pub file: String,
    /// The name up to the first dot.
    pub slug: String,
    /// The language in the name (`slug.en.md`); the main one if there is none.
    pub language: String,
    /// The text, with `\n` at line ends, without a byte order mark, its `{2026-12-08}` moved.
    pub text: String,
}

/// Some eighty thousand Japanese characters: a book, not an article. What is larger came here by mistake, and could
/// cost minutes.
const LONGEST: usize = 256 * 1024;

/// Reads one file; `None` if it is not there or is not text.
pub(super) fn read(root: &Path, path: &Path, shift_days: i32, problems: &mut Diagnostics) -> Option<String> {
    let file = shown(root, path);
    // A pipe would be waited for without end.
    let found = std::fs::metadata(path).and_then(|data| {
        if data.is_file() {
            std::fs::read(path)
        } else {
            Err(std::io::Error::other("ふつうのファイルではありません"))
        }
    });
    let bytes = match found {
        Ok(bytes) => bytes,
        // A link that leads nowhere was meant for something.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => return None,
        Err(error) => {
            problems.error(
                &file,
                Place::default(),
                format!("読めません（{error}）"),
                "ファイルの場所と権限を確かめてください",
            );
            return None;
        }
    };
    if bytes.len() > LONGEST {
        problems.error(
            &file,
            Place::default(),
            format!("大きすぎます（{}KB。{}KBまで）", bytes.len() / 1024, LONGEST / 1024),
            "2つ以上のファイルに分けてください",
        );
        return None;
    }
    match text_of(&bytes) {
        Ok(text) => Some(if shift_days == 0 { text } else { shift_dates(&text, shift_days) }),
        Err(at) => {
            problems.error(
                &file,
                at,
                "文字コードが UTF-8 ではありません",
                "「名前を付けて保存」で、文字コードに UTF-8 を選んでください",
            );
            None
        }
    }
}

/// A file of a folder by its name alone.
#[derive(Debug)]
pub(super) struct Named {
    /// Where it is.
    pub path: PathBuf,
    /// Path below the root.
    pub file: String,
    /// The name up to the first dot.
    pub slug: String,
    /// The language in the name.
    pub language: String,
    /// Of the file.
    pub stamp: Stamp,
}

/// All files of `content/<folder>` or `segments` that end in `extension`, by name. A missing folder is an empty one;
/// one that cannot be read is a mistake.
pub(super) fn names(
    root: &Path,
    folder: &Path,
    extension: &str,
    languages: &[String],
    problems: &mut Diagnostics,
) -> Vec<Named> {
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect());
    let mut paths: Vec<PathBuf> = match entries {
        Ok(paths) => paths,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !folder.is_symlink() => return Vec::new(),
        Err(error) => {
            problems.error(
                &shown(root, folder),
                Place::default(),
                format!("フォルダの中を読めません（{error}）"),
                "フォルダの場所と権限を確かめてください",
            );
            return Vec::new();
        }
    };
    // By their bytes: a path compares itself part by part, which takes ten times as long.
    paths.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    gathered(
        paths.into_par_iter().map(|path| {
            let mut problems = Diagnostics::new();
            (named(root, path, extension, languages, &mut problems), problems)
        }),
        problems,
    )
}

/// Reads what [`names`] found; what is no text, or gone by now, is left out.
pub(super) fn read_folder(
    root: &Path,
    folder: &Path,
    extension: &str,
    languages: &[String],
    shift_days: i32,
    problems: &mut Diagnostics,
) -> Vec<Source> {
    let names = names(root, folder, extension, languages, problems);
    gathered(
        names.into_par_iter().map(|named| {
            let mut problems = Diagnostics::new();
            let text = read(root, &named.path, shift_days, &mut problems);
            (text.map(|text| Source { file: named.file, slug: named.slug, language: named.language, text }), problems)
        }),
        problems,
    )
}

/// What is there of each, in order, with the problems of all.
fn gathered<T: Send>(
    found: impl ParallelIterator<Item = (Option<T>, Diagnostics)>,
    problems: &mut Diagnostics,
) -> Vec<T> {
    let found: Vec<(Option<T>, Diagnostics)> = found.collect();
    found
        .into_iter()
        .filter_map(|(thing, more)| {
            problems.extend(more);
            thing
        })
        .collect()
}

fn named(
    root: &Path,
    path: PathBuf,
    extension: &str,
    languages: &[String],
    problems: &mut Diagnostics,
) -> Option<Named> {
    let file = shown(root, &path);
    let name = path.file_name()?.to_string_lossy().into_owned();
    // A flyer's proof round stands beside it (`flyer::proof_record`).
    if name.starts_with('.') || name.ends_with('~') || name.ends_with(".proof.yaml") {
        return None;
    }
    let (stem, stamp) = (name.strip_suffix(&format!(".{extension}")), Stamp::of(&path));
    if stem.is_some() && stamp.is_none() {
        problems.error(
            &file,
            Place::default(),
            "ふつうのファイルではないので、読めません（フォルダか、行き先のないリンクなどです）",
            "ファイルに直すか、ほかの場所に移してください",
        );
        return None;
    }
    let (Some(stem), Some(stamp)) = (stem, stamp) else {
        problems.warning(
            &file,
            Place::default(),
            format!("読まないファイルです（ここに置くのは .{extension} だけ）"),
            "名前を直すか、ほかの場所に移してください",
        );
        return None;
    };
    let main = languages.first().map_or("ja", String::as_str);
    let (slug, language) = stem.split_once('.').unwrap_or((stem, main));
    let good = slug.starts_with(|c: char| c.is_ascii_alphanumeric())
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        problems.error(
            &file,
            Place::default(),
            format!("ファイルの名前 `{slug}` は使えません"),
            "英小文字、数字、- だけにしてください（アドレスになります）",
        );
        return None;
    }
    if stem.contains('.') && (language == main || !languages.iter().any(|l| l == language)) {
        let hint = if language == main {
            format!("「{slug}.{extension}」のことですか（はじめのことばは、名前に付けません）")
        } else {
            meant(language, languages.iter().map(String::as_str))
                .unwrap_or_else(|| format!("otayori.yaml の languages にあるもの: {}", languages.join("、")))
        };
        problems.error(&file, Place::default(), format!("ファイルの名前のことば `{language}` がわかりません"), hint);
        return None;
    }
    let (slug, language) = (slug.to_owned(), language.to_owned());
    Some(Named { path, file, slug, language, stamp })
}
