//! A laid-out document in, what no printer should get out: missing glyphs, text that runs over, too many pages.

use serde::Deserialize;
use std::collections::BTreeSet;
use typst::foundations::{Label, Selector};
use typst::introspection::{Introspector as _, MetadataElem};
use typst::layout::{Frame, FrameItem};
use typst::utils::PicoStr;
use typst_layout::PagedDocument;

/// What is wrong with a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Characters that no font has.
    pub missing: BTreeSet<char>,
    /// Boxes whose text is larger than they are.
    pub overflows: Vec<Overflow>,
    /// Its pages.
    pub pages: usize,
}

/// Text that does not fit, as a template reports it by `metadata((what: .., need: .., have: ..)) <overflow>`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Overflow {
    /// `title`, `body`, a field's name, or `section:<line>`.
    pub what: String,
    /// Millimetres that the text takes.
    pub need: f64,
    /// Millimetres that there are.
    pub have: f64,
}

impl Faults {
    /// Looks at every glyph and every report of a template.
    pub fn of(document: &PagedDocument) -> Self {
        let mut faults = Self { pages: document.pages().len(), ..Self::default() };
        for page in document.pages() {
            glyphs(&page.frame, &mut faults.missing);
        }
        if let Some(label) = Label::new(PicoStr::intern("overflow")) {
            for found in document.introspector().query(&Selector::Label(label)) {
                let report = found.to_packed::<MetadataElem>().and_then(|m| serde_json::to_value(&m.value).ok());
                if let Some(overflow) = report.and_then(|r| serde_json::from_value(r).ok()) {
                    faults.overflows.push(overflow);
                }
            }
        }
        faults
    }
}

fn glyphs(frame: &Frame, missing: &mut BTreeSet<char>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => glyphs(&group.frame, missing),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|g| g.id == 0) {
                    missing.extend(text.text.get(glyph.range()).into_iter().flat_map(str::chars).filter(|c| !c.is_whitespace()));
                }
            }
            _ => {}
        }
    }
}
