//! The table of limits (`content/triage.yaml`) and who reviewed it in, its text with that review out.

use super::record::{NotRecorded, Record, record};
use crate::calendar::Date;
use crate::content::marks::signed;
use crate::content::{Person, Triage};

/// The file's text with a new review by somebody; every other byte stays.
pub fn record_table(text: &str, by: &Person, on: Date, next: Date) -> Result<String, NotRecorded> {
    let new = Record {
        by: Some(by.id.clone()),
        on: Some(on),
        next: Some(next),
        body: Triage::mark_of(text),
        signed: Some(signed(by)),
    };
    // The file is written as front matter is, without the fences.
    let (bom, text) = text.strip_prefix('\u{FEFF}').map_or(("", text), |rest| ("\u{FEFF}", rest));
    let ends = text.ends_with('\n');
    let fenced = format!("---\n{text}{}---\n", if ends { "" } else { "\n" });
    let written = record(&fenced, &new)?;
    let inner = written.strip_prefix("---\n").and_then(|t| t.strip_suffix("---\n")).ok_or(NotRecorded::Unreadable)?;
    Ok(format!("{bom}{}", if ends { inner } else { inner.trim_end_matches('\n') }))
}
