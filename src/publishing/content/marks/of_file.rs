//! A file's text in, its mark as it stands out.

use super::mark::{Mark, Medical};
use crate::content::parts::parts;
use crate::content::windows::windows;
use crate::diag::Diagnostics;
use crate::diag::form::Form;

/// The mark of a file's text as it stands, with those of its pictures ([`super::picture_mark`]); `None` without
/// readable front matter.
pub fn mark_of(text: &str, pictures: Vec<String>) -> Option<String> {
    let parts = parts(text)?;
    let value = |key: &str| parts.node.entry(key).and_then(|e| e.node.scalar()).unwrap_or_default();
    let mut unheard = Diagnostics::new();
    let windows =
        Form::open("", &parts.node, &mut unheard).map(|form| windows(&form, &mut unheard)).unwrap_or_default();
    let medical = Medical {
        title: value("title"),
        summary: value("summary"),
        windows: &windows,
        body: &parts.body,
        shift_days: 0,
    };
    Some(Mark::of(&medical, pictures).to_string())
}
