//! A folder of text files in, their text with one kind of line end and moved dates out; what is no text is reported.

use super::markdown::shift_dates;
use crate::diag::form::meant;
use crate::diag::text::text_of;
use crate::diag::{Diagnostics, Place, shown};
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

/// Reads one file; `None` if it is not there or is not text.
pub(super) fn read(root: &Path, path: &Path, shift_days: i32, problems: &mut Diagnostics) -> Option<String> {
    let file = shown(root, path);
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            problems.error(&file, Place::default(), format!("読めません（{error}）"), "ファイルの場所と権限を確かめてください");
            return None;
        }
    };
    match text_of(&bytes) {
        Ok(text) => Some(if shift_days == 0 { text } else { shift_dates(&text, shift_days) }),
        Err(at) => {
            problems.error(&file, at, "文字コードが UTF-8 ではありません", "「名前を付けて保存」で、文字コードに UTF-8 を選んでください");
            None
        }
    }
}

/// All files of `content/<folder>` or `segments` that end in `extension`, by name. A missing folder is an empty one.
pub(super) fn read_folder(root: &Path, folder: &Path, extension: &str, languages: &[String], shift_days: i32, problems: &mut Diagnostics) -> Vec<Source> {
    let mut paths: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|e| e.path()).collect(),
        Err(_) => return Vec::new(),
    };
    paths.sort();
    let read: Vec<(Option<Source>, Diagnostics)> = paths
        .par_iter()
        .map(|path| {
            let mut problems = Diagnostics::new();
            let source = read_source(root, path, extension, languages, shift_days, &mut problems);
            (source, problems)
        })
        .collect();
    let mut sources = Vec::with_capacity(read.len());
    for (source, found) in read {
        problems.extend(found);
        sources.extend(source);
    }
    sources
}

fn read_source(root: &Path, path: &Path, extension: &str, languages: &[String], shift_days: i32, problems: &mut Diagnostics) -> Option<Source> {
    let file = shown(root, path);
    let name = path.file_name()?.to_string_lossy().into_owned();
    // A flyer's proof round stands beside it (`flyer::round`).
    if name.starts_with('.') || name.ends_with('~') || name.ends_with(".proof.yaml") {
        return None;
    }
    let Some(stem) = name.strip_suffix(&format!(".{extension}")).filter(|_| path.is_file()) else {
        problems.warning(&file, Place::default(), format!("読まないファイルです（ここに置くのは .{extension} だけ）"), "名前を直すか、ほかの場所に移してください");
        return None;
    };
    let main = languages.first().map_or("ja", String::as_str);
    let (slug, language) = stem.split_once('.').unwrap_or((stem, main));
    let good = !slug.is_empty() && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        problems.error(&file, Place::default(), format!("ファイルの名前 `{slug}` は使えません"), "英小文字、数字、- だけにしてください（アドレスになります）");
        return None;
    }
    if stem.contains('.') && (language == main || !languages.iter().any(|l| l == language)) {
        let hint = if language == main {
            format!("「{slug}.{extension}」のことですか（はじめのことばは、名前に付けません）")
        } else {
            meant(language, languages.iter().map(String::as_str)).unwrap_or_else(|| format!("otayori.yaml の languages にあるもの: {}", languages.join("、")))
        };
        problems.error(&file, Place::default(), format!("ファイルの名前のことば `{language}` がわかりません"), hint);
        return None;
    }
    let text = read(root, path, shift_days, problems)?;
    Some(Source { file, slug: slug.to_owned(), language: language.to_owned(), text })
}
