//! Markdown in, a tree of it and its HTML out: boxes, ruby, dates, checked links, notes, headings with anchors.

mod answer;
mod blocks;
mod boxes;
mod gloss;
mod glossary;
mod inline;
mod links;
mod marks;
mod phones;
mod rendered;
mod sentences;
mod slips;
mod tree;
mod write;

pub use answer::{answer_html, answer_problems};
pub use glossary::{Glossary, Term, glued};
pub use links::{Kind, Target, Targets, resolve};
pub use marks::{restore, shift_dates};
pub use rendered::{Heading, Rendered};
pub use sentences::{Boxed, NOTE, Sentence, Within, is_kanji, sentences};
pub use write::{Token, date_readings, date_text, in_counter, is_wide, title, tokens};

use crate::diag::{Diagnostics, Place};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tree::{Element, Piece};
use write::Writer;

/// Japanese characters that a person reads in a minute; of an alphabet it is twice as many letters.
const CHARACTERS_A_MINUTE: usize = 650;

/// Where a text stands and what is around it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Path below the root, for diagnostics.
    pub file: &'a str,
    /// The line of the file on which the text begins.
    pub first_line: u32,
    /// Its language.
    pub language: &'a str,
    /// The language that every content has.
    pub main_language: &'a str,
    /// What may be linked.
    pub targets: &'a dyn Targets,
    /// `content/`, where pictures are; `None`: no pictures.
    pub content_dir: Option<&'a Path>,
    /// Put before every anchor, for texts that share a page.
    pub id_prefix: &'a str,
    /// The text is a draft itself: it may link to drafts.
    pub draft: bool,
    /// Not from the content folder: links only to http(s), tel and own contents.
    pub untrusted: bool,
    /// Words to explain at their first use; `None`: nothing is explained.
    pub glossary: Option<&'a Glossary>,
    /// The title above the text: its words are what the text explains itself.
    pub title: &'a str,
    /// Which pictures it is known of whose they are; `None`: nobody asks.
    pub credited: Option<&'a dyn Credited>,
    /// Its topics, by id.
    pub topics: &'a [String],
}

impl<'a> Context<'a> {
    /// Of a text with nothing around it: no pictures, no words to explain, no draft.
    pub fn bare(file: &'a str, language: &'a str, main_language: &'a str, targets: &'a dyn Targets) -> Self {
        Self {
            file,
            first_line: 1,
            language,
            main_language,
            targets,
            content_dir: None,
            id_prefix: "",
            draft: false,
            untrusted: false,
            glossary: None,
            title: "",
            credited: None,
            topics: &[],
        }
    }
}

/// Which pictures it is known of whose they are.
pub trait Credited: Sync {
    /// Is it known of this one (its path below `content/`)?
    fn has(&self, picture: &str) -> bool;
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("file", &self.file).field("language", &self.language).finish_non_exhaustive()
    }
}

/// A link to a heading of another content: whether the heading is there is known when all contents are rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarAnchor {
    /// What is linked.
    pub kind: Kind,
    /// Which one.
    pub slug: String,
    /// The heading's anchor.
    pub anchor: String,
    /// Where the link stands.
    pub at: Place,
}

/// Renders `markdown`; what is wrong with it is reported, and it is rendered all the same.
pub fn render(markdown: &str, context: &Context<'_>, problems: &mut Diagnostics) -> (Rendered, Vec<FarAnchor>) {
    let (prepared, slips) = marks::prepare(markdown);
    let ruler = marks::Ruler::new(&prepared, context.first_line);
    for slip in slips {
        problems.error(context.file, ruler.place(slip.offset), slip.message, slip.hint);
    }
    let mut pieces = tree::tree(&prepared);
    let mut notes = Vec::new();
    tree::take_footnotes(&mut pieces, &mut notes);

    let lead_html = lead(&pieces, &prepared, context);
    let mut renderer = Renderer::new(context, &prepared, problems, &notes);
    renderer.text_blocks(&pieces);
    let footnotes_html = renderer.silently(|r| r.footnotes(&notes));
    renderer.check_anchors();
    if !context.untrusted {
        renderer.slips(&pieces, &notes);
    }

    let Renderer { out, gist, headings, images, far, .. } = renderer;
    let text = out.plain.trim().to_owned();
    let minutes = minutes(&text);
    let html = out.html.trim().to_owned();
    let body = Rendered {
        gist_html: gist.unwrap_or_default(),
        html,
        lead_html,
        headings,
        footnotes_html,
        text,
        minutes,
        images,
        markdown: String::new(),
    };
    (body, far)
}

/// Markdown as an author writes it, made ready for CommonMark: readings, dates and emphasis beside Japanese brackets
/// survive the parser and come out of [`tokens`].
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

fn minutes(text: &str) -> u32 {
    let halves: usize = text.chars().filter(|c| !c.is_whitespace()).map(|c| if is_wide(c) { 2 } else { 1 }).sum();
    halves.div_ceil(2 * CHARACTERS_A_MINUTE).max(1) as u32
}

/// Up to two paragraphs before the first heading, outside boxes: what a letter quotes. Without notes' marks and
/// anchors.
fn lead(pieces: &[Piece<'_>], prepared: &str, context: &Context<'_>) -> String {
    let mut unheard = Diagnostics::new();
    let mut renderer = Renderer::new(context, prepared, &mut unheard, &[]);
    renderer.quoted = true;
    let before = pieces
        .iter()
        .take_while(|p| !matches!(p, Piece::Element(Element { tag: pulldown_cmark::Tag::Heading { .. }, .. })));
    let paragraphs = before
        .filter(|p| matches!(p, Piece::Element(e) if e.tag == pulldown_cmark::Tag::Paragraph && !inline::is_figure(e)));
    for piece in paragraphs.take(2) {
        renderer.block(piece);
    }
    renderer.out.html.trim().to_owned()
}

/// What is known while a text is written.
struct Renderer<'a, 'p> {
    context: &'a Context<'a>,
    prepared: &'a str,
    ruler: marks::Ruler<'a>,
    problems: &'p mut Diagnostics,
    out: Writer,
    gist: Option<String>,
    headings: Vec<Heading>,
    images: Vec<String>,
    /// All anchors so far.
    ids: BTreeSet<String>,
    /// Links to anchors of this text, with their places.
    anchors: Vec<(String, Place)>,
    /// Links to headings of other contents.
    far: Vec<FarAnchor>,
    /// Names of notes with a text.
    defined: BTreeSet<String>,
    /// Names of notes in the order in which they are first used, with how often.
    used: Vec<(String, u32)>,
    boxes: u32,
    tables: BTreeMap<String, u32>,
    /// An h2 has been written: boxes below it are h3.
    has_section: bool,
    /// Only a quotation: no anchors, no notes.
    quoted: bool,
    gloss: gloss::Gloss,
}

impl<'a, 'p> Renderer<'a, 'p> {
    fn new(context: &'a Context<'a>, prepared: &'a str, problems: &'p mut Diagnostics, notes: &[Element<'_>]) -> Self {
        // Anchors that the site's pages use themselves.
        let ids = ["main", "src", "who", "rel", "g"].map(str::to_owned).into_iter().collect();
        let defined = notes.iter().filter_map(blocks::note_name).collect();
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
            gloss: gloss::Gloss::new(context),
        }
    }
    fn place(&self, offset: usize) -> Place {
        self.ruler.place(offset)
    }
    fn error(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        let at = self.place(offset);
        self.problems.error(self.context.file, at, message, hint);
    }
    fn warning(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        let at = self.place(offset);
        self.problems.warning(self.context.file, at, message, hint);
    }
    fn text(&mut self, text: &str) {
        self.out.text(text, self.context.language);
    }
    /// Links to anchors are checked when all headings are known.
    fn check_anchors(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rendered(markdown: &str, untrusted: bool) -> (Rendered, Diagnostics) {
        let dir = Path::new("/nowhere");
        let word = |term: &str| Term {
            term: term.into(),
            reading: "よみ".into(),
            meaning: "<意味>".into(),
            meaning_html: "意味".into(),
            synonyms: vec![],
            plain: None,
            explain: true,
            not_in: vec![],
        };
        let glossary = Glossary::new(vec![word("漢字"), word("字"), word("かな"), word("太字")]);
        let context = Context {
            content_dir: (!untrusted).then_some(dir),
            untrusted,
            glossary: Some(&glossary),
            title: "字題",
            ..Context::bare("x.md", "ja", "ja", &())
        };
        let mut problems = Diagnostics::new();
        (render(markdown, &context, &mut problems).0, problems)
    }

    /// Tags that this room writes and closes.
    const CLOSED: [&str; 35] = [
        "dl",
        "dt",
        "dd",
        "dfn",
        "span",
        "p",
        "h2",
        "h3",
        "ul",
        "ol",
        "li",
        "section",
        "div",
        "svg",
        "a",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "sup",
        "ruby",
        "rp",
        "rt",
        "time",
        "label",
        "figure",
        "figcaption",
    ];
    /// Tags that need no end.
    const VOID: [&str; 7] = ["br", "hr", "img", "input", "wbr", "path", "circle"];

    /// Every `<` begins a tag of ours, every tag is closed in order, nothing runs.
    fn assert_well_formed(html: &str) {
        let mut open = Vec::new();
        for part in html.split('<').skip(1) {
            let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("an open tag in {html}"));
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
            assert!(CLOSED.contains(&name) || VOID.contains(&name), "<{tag}> in {html}");
            assert!(!tag.contains("href=\"javascript") && !tag.contains(" on"), "{html}");
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{html}");
            } else if !VOID.contains(&name) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?} in {html}");
        assert!(!html.contains(['\u{E000}', '\u{E001}', '\u{E002}']), "{html}");
    }

    fn assert_good(markdown: &str) {
        for untrusted in [false, true] {
            let (body, problems) = rendered(markdown, untrusted);
            for html in [&body.html, &body.gist_html, &body.lead_html, &body.footnotes_html] {
                assert_well_formed(html);
            }
            body.headings.iter().for_each(|h| assert_well_formed(&h.html));
            let lines = markdown.split(['\n', '\r']).count() as u32;
            problems.iter().for_each(|p| assert!(p.line >= 1 && p.line <= lines, "{p}"));
        }
    }

    /// Marks, halves of marks, and what comes between them.
    fn scraps() -> impl Strategy<Value = String> {
        const SCRAPS: &str = "** * _ ~~ ~ ` 「 」 字 かな a | } \
            { > - 1. [!119] [!何] [^1] [x]( ![x]( article:a) javascript:x) tel:#7119) #a) images/x.png) \
            {漢字|かな} {2026-12-08} {2026-13-08} {#id} <b> <script> </p> <!-- --> &lt; &#x1F600; \\ \" \
            <https://a.jp/\"> \u{E000} \u{E001}";
        const LINES: [&str; 17] = [
            "\n",
            "\n\n",
            "> ",
            "- ",
            "1. ",
            "- [ ] ",
            "    ",
            "# ",
            "## ",
            "### ",
            "---\n",
            "===\n",
            "```\n",
            "\n|a|b|\n|---|--:|\n|",
            "[!まとめ]\n",
            "\n[^1]: ",
            "<div>\n",
        ];
        let all: Vec<String> = SCRAPS
            .split(' ')
            .map(str::to_owned)
            .chain(LINES.map(str::to_owned))
            .chain([" ".to_owned(), "\t".to_owned(), "\r\n".to_owned()])
            .collect();
        prop::collection::vec(prop::sample::select(all), 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn any_text_is_well_formed(text in "\\PC{0,80}") {
            assert_good(&text);
        }
        #[test]
        fn any_markdown_is_well_formed(text in scraps()) {
            assert_good(&text);
        }
        /// Emphasis on any quotation between any two Japanese letters is emphasis.
        #[test]
        fn bold_is_bold(before in "[ぁ-ん一-龠、。]{0,3}", open in "[「『（“]?", inner in "[ぁ-ん一-龠0-9]{1,6}[%℃）\
            !]?", close in "[」』）”。]?", after in "[ぁ-ん一-龠]{0,3}") {
            // The glossary of these tests explains one word.
            prop_assume!([&before, &inner, &after].iter().all(|text| !text.contains("かな")));
            let (body, _) = rendered(&format!("{before}**{open}{inner}{close}**{after}"), false);
            prop_assert_eq!(body.html, format!("<p>{before}<strong>{open}{inner}{close}</strong>{after}</p>"));
        }
    }
}
