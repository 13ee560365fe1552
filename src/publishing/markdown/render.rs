//! Markdown in, its body as HTML out, with every link, box, date and slip that is wrong.

use super::context::{Context, FarAnchor};
use super::rendered::Rendered;
use super::renderer::Renderer;
use super::tree::{Element, Piece, take_footnotes, tree};
use super::write::is_wide;
use super::{inline, marks};
use crate::diag::Diagnostics;

/// Japanese characters that a person reads in a minute; of an alphabet it is twice as many letters.
const CHARACTERS_A_MINUTE: usize = 650;

/// Renders `markdown`; what is wrong with it is reported, and it is rendered all the same.
pub fn render(markdown: &str, context: &Context<'_>, problems: &mut Diagnostics) -> (Rendered, Vec<FarAnchor>) {
    let (prepared, slips) = marks::prepare(markdown);
    let ruler = marks::Ruler::new(&prepared, context.first_line);
    for slip in slips {
        problems.error(context.file, ruler.place(slip.offset), slip.message, slip.hint);
    }
    let mut pieces = tree(&prepared);
    let mut notes = Vec::new();
    take_footnotes(&mut pieces, &mut notes);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::{Glossary, Term};
    use proptest::prelude::*;
    use std::path::Path;

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
