//! A text that is not rendered here, made ready for the parser and checked.

use super::{marks, slips};
use crate::diag::{Diagnostics, Place};

/// Markdown as an author writes it, made ready for CommonMark: readings, dates and emphasis beside Japanese brackets
/// survive the parser and come out of [`super::tokens`].
pub fn prepare(markdown: &str) -> String {
    marks::prepare(markdown).0
}

/// Reports what is wrong in the braces of a text that is not rendered here (a flyer's), whose first line is
/// `first_line` of `file`.
pub fn check_braces(markdown: &str, file: &str, first_line: u32, problems: &mut Diagnostics) {
    let (prepared, slips) = marks::prepare(markdown);
    let ruler = marks::Ruler::new(&prepared, first_line);
    for slip in slips.into_iter().chain(slips::slashed(&prepared)) {
        problems.error(file, ruler.place(slip.offset), slip.message, slip.hint);
    }
}

/// Reports what is wrong in the braces of a title or summary that stands at `at`.
pub fn check_value(text: &str, file: &str, at: Place, problems: &mut Diagnostics) {
    let (prepared, slips) = marks::prepare(text);
    for slip in slips.into_iter().chain(slips::slashed(&prepared)) {
        problems.error(file, at, slip.message, slip.hint);
    }
}
