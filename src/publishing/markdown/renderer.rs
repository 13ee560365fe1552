//! What is known while a text is written: what has been written so far, its anchors, notes, explained words.

use super::context::{Context, FarAnchor};
use super::marks;
use super::rendered::Heading;
use super::tree::{Element, note_name};
use super::write::Writer;
use crate::diag::{Diagnostics, Place};
use std::collections::{BTreeMap, BTreeSet};

/// What is known while a text is written.
pub(super) struct Renderer<'a, 'p> {
    pub context: &'a Context<'a>,
    pub prepared: &'a str,
    pub ruler: marks::Ruler<'a>,
    pub problems: &'p mut Diagnostics,
    pub out: Writer,
    pub gist: Option<String>,
    pub headings: Vec<Heading>,
    pub images: Vec<String>,
    /// All anchors so far.
    pub ids: BTreeSet<String>,
    /// Links to anchors of this text, with their places.
    pub anchors: Vec<(String, Place)>,
    /// Links to headings of other contents.
    pub far: Vec<FarAnchor>,
    /// Names of notes with a text.
    pub defined: BTreeSet<String>,
    /// Names of notes in the order in which they are first used, with how often.
    pub used: Vec<(String, u32)>,
    pub boxes: u32,
    pub tables: BTreeMap<String, u32>,
    /// An h2 has been written: boxes below it are h3.
    pub has_section: bool,
    /// Only a quotation: no anchors, no notes.
    pub quoted: bool,
    pub gloss: Gloss,
}

impl<'a, 'p> Renderer<'a, 'p> {
    pub fn new(
        context: &'a Context<'a>,
        prepared: &'a str,
        problems: &'p mut Diagnostics,
        notes: &[Element<'_>],
    ) -> Self {
        // Anchors that the site's pages use themselves.
        let ids = ["main", "src", "who", "rel", "g"].map(str::to_owned).into_iter().collect();
        let defined = notes.iter().filter_map(note_name).collect();
        Self {
            context,
            prepared,
            ruler: marks::Ruler::new(prepared, context.first_line),
            problems,
            out: Writer::default(),
            gist: None,
            headings: Vec::new(),
            images: Vec::new(),
            ids,
            anchors: Vec::new(),
            far: Vec::new(),
            defined,
            used: Vec::new(),
            boxes: 0,
            tables: BTreeMap::new(),
            has_section: false,
            quoted: false,
            gloss: Gloss::new(context),
        }
    }
    pub fn place(&self, offset: usize) -> Place {
        self.ruler.place(offset)
    }
    pub fn error(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        let at = self.place(offset);
        self.problems.error(self.context.file, at, message, hint);
    }
    pub fn warning(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        let at = self.place(offset);
        self.problems.warning(self.context.file, at, message, hint);
    }
    pub fn text(&mut self, text: &str) {
        self.out.text(text, self.context.language);
    }
    /// Links to anchors are checked when all headings are known.
    pub fn check_anchors(&mut self) {
        for (anchor, at) in std::mem::take(&mut self.anchors) {
            if !self.ids.contains(&anchor) {
                let known: Vec<&str> = self.headings.iter().map(|h| h.id.as_str()).collect();
                let hint = crate::diag::form::meant(&anchor, known.iter().copied())
                    .unwrap_or_else(|| format!("この文にある見出し: {}", known.join("、")));
                self.problems.error(
                    self.context.file,
                    at,
                    format!("この文に `#{anchor}` という見出しはありません"),
                    hint,
                );
            }
        }
    }
}

/// Which words have been explained, and which wait for the end of their block.
#[derive(Debug, Default)]
pub(super) struct Gloss {
    /// By number in the glossary.
    pub done: Vec<bool>,
    /// Numbers of the glossary with the anchor's number.
    pub waiting: Vec<(usize, u32)>,
    pub count: u32,
    /// How many places deep in which nothing is explained: headings, links, boxes for 119, the summary, notes.
    pub silent: u32,
}

impl Gloss {
    /// A word that stands in the title is what the text is about: it explains it itself.
    pub fn new(context: &Context<'_>) -> Self {
        let Some(glossary) = context.glossary else { return Self::default() };
        let known = |topics: &[String]| topics.iter().any(|t| context.topics.contains(t));
        let done = glossary
            .terms()
            .iter()
            .map(|t| !t.explain || context.title.contains(&t.term) || known(&t.not_in))
            .collect();
        Self { done, ..Self::default() }
    }
}
