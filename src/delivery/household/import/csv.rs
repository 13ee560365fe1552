//! The text of a CSV in, its cells with their places out (RFC 4180).

use crate::diag::Place;

/// A value with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) at: Place,
}

/// Records of RFC 4180: quotes, doubled quotes, line breaks in quotes; blanks around values and empty lines do not
/// count.
pub(super) fn records(text: &str) -> Vec<Vec<Cell>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut at = Place { line: 1, column: 1 };
    let mut began = at;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_cell = !quoted && (c == ',' || c == '\n');
        if c == '"' {
            if quoted && chars.peek() == Some(&'"') {
                chars.next();
                at.column += 1;
                cell.push('"');
            } else if quoted || cell.trim().is_empty() {
                quoted = !quoted;
            } else {
                cell.push(c);
            }
        } else if !ends_cell {
            cell.push(c);
        }
        at = if c == '\n' {
            Place { line: at.line + 1, column: 1 }
        } else {
            Place { line: at.line, column: at.column + 1 }
        };
        if ends_cell {
            record.push(Cell { text: cell.trim().to_owned(), at: began });
            cell.clear();
            began = at;
            if c == '\n' {
                records.push(std::mem::take(&mut record));
            }
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(Cell { text: cell.trim().to_owned(), at: began });
        records.push(record);
    }
    records.retain(|r| r.iter().any(|c| !c.text.is_empty()));
    records
}
