//! Paragraphs, headings, lists, tables, boxes and notes, written out.

use super::boxes::{Mark, call_button, marked};
use super::inline::is_figure;
use super::marks;
use super::renderer::Renderer;
use super::tree::{Element, Piece, is_block, note_name, plain};
use super::write::Writer;
use crate::diag::form::meant;
use crate::text::escape;
use pulldown_cmark::{CodeBlockKind, Tag};

impl Renderer<'_, '_> {
    /// Writes blocks one below the other.
    pub(super) fn blocks(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            self.block(piece);
        }
    }

    /// The blocks of a whole text, each with the explanations of its words below it.
    pub(super) fn text_blocks(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            self.block(piece);
            self.explanations();
        }
    }

    pub(super) fn block(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Element(element) if is_block(&element.tag) => self.block_element(element),
            Piece::Rule(_) => {
                self.out.block();
                self.out.raw("<hr>\n");
            }
            inline => self.inline(inline),
        }
    }

    pub(super) fn block_element(&mut self, element: &Element<'_>) {
        self.out.block();
        match &element.tag {
            Tag::Paragraph if is_figure(element) => self.figure(element),
            Tag::Paragraph => {
                self.out.raw("<p>");
                self.inlines(&element.children);
                self.out.raw("</p>\n");
            }
            Tag::Heading { level, .. } => self.silently(|r| r.heading(element, *level)),
            Tag::BlockQuote(_) => self.quote(element),
            Tag::List(start) => self.list(element, *start),
            Tag::Item => self.item(element),
            Tag::Table(alignments) => self.table(element, alignments),
            Tag::CodeBlock(kind) => self.code(element, kind),
            Tag::HtmlBlock => self.html_block(element),
            // Not switched on, or only inside those above: their content is written all the same.
            _ => self.blocks(&element.children),
        }
        self.out.block();
    }

    fn figure(&mut self, paragraph: &Element<'_>) {
        if let [Piece::Element(element)] = paragraph.children.as_slice()
            && let Tag::Image { dest_url, title, .. } = &element.tag
        {
            let image = self.image(element, dest_url, "");
            self.out.raw("<figure>");
            self.out.raw(&image);
            if !title.is_empty() {
                self.out.raw("<figcaption>");
                self.text(title);
                self.out.raw("</figcaption>");
            }
            self.out.raw("</figure>\n");
        }
    }

    fn quote(&mut self, element: &Element<'_>) {
        let Some((word, heading, range)) = marked(element) else {
            self.out.raw("<blockquote>\n");
            self.blocks(&element.children);
            return self.out.raw("</blockquote>\n");
        };
        let mark = Mark::from_word(word).unwrap_or_else(|| {
            let words = || Mark::ALL.iter().map(|(w, _)| *w);
            let meant = super::slips::known(word)
                .map(|w| format!("「> [!{w}] {heading}」のことですか（半角で書きます）"))
                .or_else(|| meant(word, words()));
            let hint = meant.unwrap_or_else(|| {
                format!("使える囲み: {}", words().map(|w| format!("[!{w}]")).collect::<Vec<_>>().join(" "))
            });
            self.error(range.start, format!("囲み `[!{word}]` はありません"), hint);
            Mark::Checkup
        });
        let heading = heading.to_owned();
        // Whoever reads these is in a hurry.
        if matches!(mark, Mark::Now | Mark::Gist) {
            self.silently(|r| r.boxed(element, mark, &heading))
        } else {
            self.boxed(element, mark, &heading)
        }
    }

    /// A box: the rest of the marked line is its heading, what follows its content.
    fn boxed(&mut self, element: &Element<'_>, mark: Mark, heading: &str) {
        let Some(Piece::Element(first)) = element.children.first() else { return };
        let line_end = first
            .children
            .iter()
            .position(|p| matches!(p, Piece::SoftBreak | Piece::HardBreak))
            .unwrap_or(first.children.len());
        let (head, rest) = first.children.split_at(line_end);
        let rest = rest.get(1..).unwrap_or(&[]);

        let outer = std::mem::take(&mut self.out);
        if heading.is_empty() && head.len() <= 1 {
            let (prepared, _) = marks::prepare(mark.heading(self.context.language));
            self.text(&prepared);
        } else {
            self.text(heading);
            self.silently(|r| r.inlines(head.get(1..).unwrap_or(&[])));
        }
        let head = std::mem::take(&mut self.out);
        if !rest.is_empty() {
            self.out.raw("<p>");
            self.inlines(rest);
            self.out.raw("</p>\n");
        }
        self.blocks(element.children.get(1..).unwrap_or(&[]));
        let content = std::mem::replace(&mut self.out, outer);
        if content.plain.trim().is_empty() {
            self.error(element.range.start, "囲みの中に文がありません", "次の行から `> ` で始めて書いてください");
        }
        self.out.plain.push_str(&format!("{}\n{}\n", head.plain.trim(), content.plain.trim()));

        if mark == Mark::Gist {
            if self.gist.is_some() {
                self.error(element.range.start, "[!まとめ] が2つあります", "まとめは、本文の最初に1つだけです");
            } else if !self.out.html.trim().is_empty() {
                self.warning(
                    element.range.start,
                    "[!まとめ] が本文の途中にあります。最初に表示します",
                    "本文の最初に移してください",
                );
            }
            let id = format!("{}g", self.context.id_prefix);
            let html = format!(
                "<section class=\"{}\" aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>{}</section>",
                mark.class(),
                head.html,
                content.html.trim()
            );
            return self.gist = Some(html);
        }
        self.boxes += 1;
        let id = format!("{}c{}", self.context.id_prefix, self.boxes);
        let level = if self.has_section || self.context.untrusted { 3 } else { 2 };
        let button = if mark == Mark::Now { call_button(self.context.language) } else { String::new() };
        self.out.raw(&format!(
            "<section class=\"{}\" aria-labelledby=\"{id}\"><h{level} \
             id=\"{id}\">{}{}</h{level}><div>{}{button}</div></section>\n",
            mark.class(),
            mark.icon(),
            head.html,
            content.html.trim()
        ));
    }

    fn list(&mut self, element: &Element<'_>, start: Option<u64>) {
        let tasks = element.children.iter().any(|p| matches!(p, Piece::Element(item) if task(item).is_some()));
        let (open, close) = match start {
            None if tasks => ("<ul class=\"tasks\">".to_owned(), "</ul>"),
            None => ("<ul>".to_owned(), "</ul>"),
            Some(1) => ("<ol>".to_owned(), "</ol>"),
            Some(n) => (format!("<ol start=\"{n}\">"), "</ol>"),
        };
        self.out.raw(&open);
        self.out.raw("\n");
        self.blocks(&element.children);
        self.out.raw(close);
        self.out.raw("\n");
    }

    /// An item; one to tick off is a real check box with its words as the label (nothing is stored).
    fn item(&mut self, element: &Element<'_>) {
        self.out.raw("<li>");
        if let Some(done) = task(element) {
            let checked = if done { " checked" } else { "" };
            let blocks = |p: &Piece<'_>| matches!(p, Piece::Element(e) if is_block(&e.tag));
            let inline_end = element.children.iter().position(blocks).unwrap_or(element.children.len());
            let (label, rest) = element.children.split_at(inline_end);
            if label.len() > 1 {
                self.out.raw(&format!("<label><input type=\"checkbox\"{checked}> "));
                self.silently(|r| r.inlines(label));
                self.out.raw("</label>");
                self.blocks(rest);
            } else {
                let words = escape(plain(&element.children, self.context.language).trim());
                self.out.raw(&format!("<input type=\"checkbox\"{checked} aria-label=\"{words}\"> "));
                self.blocks(&element.children);
            }
        } else {
            self.blocks(&element.children);
        }
        while self.out.html.ends_with('\n') {
            self.out.html.pop();
        }
        self.out.raw("</li>\n");
    }

    fn code(&mut self, element: &Element<'_>, kind: &CodeBlockKind<'_>) {
        if *kind == CodeBlockKind::Indented && !self.context.untrusted {
            self.warning(
                element.range.start,
                "行の初めの空白4つのため、プログラムの表示になっています",
                "ふつうの文なら、行の初めの空白を消してください",
            );
        }
        self.out.raw("<pre tabindex=\"0\"><code>");
        for piece in &element.children {
            if let Piece::Text(text, _) = piece {
                self.out.verbatim(text);
            }
        }
        self.out.raw("</code></pre>\n");
    }

    fn html_block(&mut self, element: &Element<'_>) {
        let html: String = element
            .children
            .iter()
            .filter_map(
                |p| if let Piece::Html(html, _) | Piece::Text(html, _) = p { Some(html.as_str()) } else { None },
            )
            .collect();
        let before = self.out.html.len();
        self.out.raw("<p>");
        let inside = self.out.html.len();
        self.html(html.trim_end(), &element.range);
        if self.out.html.len() == inside {
            self.out.html.truncate(before);
        } else {
            self.out.raw("</p>\n");
        }
    }

    /// The notes as list items, in the order in which the text uses them.
    pub(super) fn footnotes(&mut self, notes: &[Element<'_>]) -> String {
        let outer = std::mem::take(&mut self.out);
        let mut html = String::new();
        let mut n = 0;
        // A note may use another one: `used` grows while this runs.
        while let Some((name, times)) = self.used.get(n).cloned() {
            n += 1;
            let Some(note) = notes.iter().find(|note| note_name(note).as_deref() == Some(name.as_str())) else {
                continue;
            };
            self.out = Writer::default();
            match note.children.as_slice() {
                [Piece::Element(Element { tag: Tag::Paragraph, children, .. })] => self.inlines(children),
                several => self.blocks(several),
            }
            let prefix = self.context.id_prefix;
            let back = (1..=times).map(|time| {
                let again = if time == 1 { String::new() } else { format!("-{time}") };
                let label = if self.context.language == "en" {
                    format!("Back to note {n} in the text")
                } else {
                    format!("注{n}の本文へ戻る")
                };
                format!("<a href=\"#{prefix}r{n}{again}\" aria-label=\"{label}\">↩</a>")
            });
            html.push_str(&format!(
                "<li id=\"{prefix}f{n}\">{}{}</li>\n",
                self.out.html.trim(),
                back.collect::<Vec<_>>().join(" ")
            ));
        }
        self.out = outer;
        for note in notes {
            let name = note_name(note).unwrap_or_default();
            if !self.used.iter().any(|(used, _)| *used == name) {
                self.warning(
                    note.range.start,
                    format!("注 `[^{name}]` は本文で使われていません"),
                    format!("本文に `[^{name}]` を入れるか、注を消してください"),
                );
            }
        }
        html
    }
}

/// Is the item one to tick off, and is it ticked?
fn task(item: &Element<'_>) -> Option<bool> {
    match item.children.first() {
        Some(Piece::Task(done)) => Some(*done),
        Some(Piece::Element(Element { tag: Tag::Paragraph, children, .. })) => match children.first() {
            Some(Piece::Task(done)) => Some(*done),
            _ => None,
        },
        _ => None,
    }
}
