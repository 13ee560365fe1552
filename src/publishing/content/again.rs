//! A file that was read before in, the Markdown of its body as it is now out.

use super::parts;
use super::source::{Source, read};
use super::triage::Triage;
use crate::diag::Diagnostics;
use crate::stamp::Digest;
use std::path::Path;

/// The body of a file as it is now.
pub(super) fn markdown_of(
    root: &Path,
    file: &str,
    language: &str,
    triage: &Triage,
    shift_days: i32,
) -> Option<(String, Digest)> {
    let mut unheard = Diagnostics::new();
    let text = read(root, &root.join(file), shift_days, &mut unheard)?;
    let (text, _) = triage.filled(&text, language);
    let digest = Digest::of(&text);
    let source = Source { file: file.to_owned(), slug: String::new(), language: String::new(), text };
    parts::split(&source, &mut unheard).map(|parts| (parts.body, digest))
}
