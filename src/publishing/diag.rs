//! An author's mistake in, a line that says what, where and what to do out. Problems are collected, never thrown one by
//! one.

pub mod form;
pub mod slips;
pub mod text;
pub mod yaml;

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How bad it is: an error stops a build, a warning does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Stops `build`, and `check` exits with 1.
    Error,
    /// Printed, nothing stops.
    Warning,
}

/// One problem in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Path relative to the site's root, with `/`.
    pub file: String,
    /// From 1; 0 when the whole file is meant.
    pub line: u32,
    /// In characters from 1; 0 when the whole line is meant.
    pub column: u32,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in Japanese for the author.
    pub message: String,
    /// What to do; empty if the message says it.
    pub hint: String,
}

/// A place in a file: line and column from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// From 1; 0 is the whole file.
    pub line: u32,
    /// In characters from 1; 0 is the whole line.
    pub column: u32,
}

/// Collects the problems of one run. Cheap to pass down; sorted when it is read.
#[derive(Debug, Default, Clone)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds an error.
    pub fn error(&mut self, file: &str, at: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Severity::Error, file, at, message.into(), hint.into());
    }
    /// Adds a warning.
    pub fn warning(&mut self, file: &str, at: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Severity::Warning, file, at, message.into(), hint.into());
    }
    fn push(&mut self, severity: Severity, file: &str, at: Place, message: String, hint: String) {
        self.0.push(Diagnostic { file: file.into(), line: at.line, column: at.column, severity, message, hint });
    }
    /// Takes over what another room collected.
    pub fn extend(&mut self, other: Diagnostics) {
        self.0.extend(other.0);
    }
    /// All of them, in the order in which they were found.
    pub fn into_found(self) -> Vec<Diagnostic> {
        self.0
    }
    /// All of them as errors: for where a warning is not enough.
    pub fn as_errors(mut self) -> Self {
        self.0.iter_mut().for_each(|d| d.severity = Severity::Error);
        self
    }
    /// Keeps only some of them.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.0.retain(keep);
    }
    /// All of them by file, line, column.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
    /// The problems in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }
    /// Is there one that stops a build?
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }
    /// How many errors and warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.0.iter().filter(|d| d.severity == Severity::Error).count();
        (errors, self.0.len() - errors)
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(found: Vec<Diagnostic>) -> Self {
        Self(found)
    }
}

impl std::fmt::Display for Diagnostic {
    /// `error: segments/4months.yaml:7:9 message` and, below, `  hint: …`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column.max(1))?;
        }
        write!(f, " {}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n  hint: {}", self.hint)?;
        }
        Ok(())
    }
}

/// The known word nearest to `word`, when it is near enough to be what was meant (at most a third of the letters
/// differ).
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = word.chars().count();
    // Of two that are equally near, the one that begins alike: people mistype the middle.
    let best = known.into_iter().map(|k| (edits(word, k), k.chars().next() != word.chars().next(), k)).min()?;
    (best.0 * 3 <= letters.max(3)).then_some(best.2)
}

/// Letters to add, drop, change or swap with their neighbour (optimal string alignment distance).
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = rows[i][j] + usize::from(x != y);
            let mut least = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// What to do about a file that could not be written.
pub fn hint_of_io(error: &anyhow::Error) -> &'static str {
    use std::io::ErrorKind;
    // Some libraries hand on the words of an error only.
    let said = format!("{error:#}");
    let in_words = || {
        ["(os error 28)", "No space left", "disk is full"]
            .iter()
            .any(|word| said.contains(word))
            .then_some(ErrorKind::StorageFull)
    };
    match error.chain().find_map(|e| e.downcast_ref::<std::io::Error>()).map(std::io::Error::kind).or_else(in_words) {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) => {
            "ディスクに空きがありません。`df -h` で確かめ、要らないファイルを消してから、もう一度動かしてください"
        }
        Some(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            "ここに書きこむ権限がありません。フォルダの持ち主と権限を確かめてください"
        }
        _ => "書きこむ権限と、空き容量を確かめてください",
    }
}

/// `path` below `root` as the author knows it, with `/`.
pub fn shown(root: &Path, path: &Path) -> String {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).to_path_buf();
    below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        let keys = ["title", "summary", "topics", "authors"];
        assert_eq!(did_you_mean("titel", keys), Some("title"));
        assert_eq!(did_you_mean("sumary", keys), Some("summary"));
        assert_eq!(did_you_mean("colour", keys), None);
        assert_eq!(did_you_mean("食べ", ["食べる", "こころ"]), Some("食べる"));
    }

    #[test]
    fn a_full_disk_is_told_from_a_missing_right() {
        let hint = |kind: std::io::ErrorKind| {
            hint_of_io(&anyhow::Error::from(std::io::Error::from(kind)).context("a.html に書けません"))
        };
        assert!(hint(std::io::ErrorKind::StorageFull).starts_with("ディスクに空きがありません"));
        assert!(hint(std::io::ErrorKind::PermissionDenied).starts_with("ここに書きこむ権限がありません"));
        assert!(
            hint_of_io(&anyhow::anyhow!("a.png: No space left on device (os error 28)"))
                .starts_with("ディスクに空きがありません")
        );
        assert_eq!(hint_of_io(&anyhow::anyhow!("?")), "書きこむ権限と、空き容量を確かめてください");
    }

    #[test]
    fn reads_as_one_line_and_a_hint() {
        let mut all = Diagnostics::new();
        all.error(
            "segments/4months.yaml",
            Place { line: 7, column: 9 },
            "window is 3 days, letters go weekly",
            "widen it",
        );
        let all = all.sorted();
        assert_eq!(
            all[0].to_string(),
            "error: segments/4months.yaml:7:9 window is 3 days, letters go weekly\n  hint: widen it"
        );
    }
}
