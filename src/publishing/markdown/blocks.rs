//! Paragraphs, headings, lists, tables, boxes and notes, written out.

use super::boxes::{Mark, call_button, marked};
use super::inline::is_figure;
use super::rendered::Heading;
use super::renderer::Renderer;
use super::tree::{Element, Piece, is_block, note_name, plain};
use super::write::Writer;
use super::{marks, write};
use crate::diag::form::meant;
use crate::text::escape;
use pulldown_cmark::{Alignment, CodeBlockKind, HeadingLevel, Tag};

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

    fn heading(&mut self, element: &Element<'_>, level: HeadingLevel) {
        let at = element.range.start;
        let source = self.prepared.get(element.range.clone()).unwrap_or("");
        if !source.trim_start().starts_with('#') {
            self.warning(
                at,
                "すぐ下の線（--- か ===）のため、見出しになっています",
                "線のつもりなら、上に空の行を入れてください。見出しなら `## ` で始めてください",
            );
        } else if level == HeadingLevel::H1 {
            self.error(at, "見出し1（#）は使いません。題（title）が見出し1です", "`## ` にしてください");
        } else if !matches!(level, HeadingLevel::H2 | HeadingLevel::H3) {
            self.error(at, "見出しは ## と ### だけです", "`### ` にするか、太字にしてください");
        }
        let level = if matches!(level, HeadingLevel::H1 | HeadingLevel::H2) { 2 } else { 3 };
        if level == 3 && !self.has_section {
            self.warning(at, "### の前に ## がありません", "はじめの見出しは `## ` にしてください");
        }
        self.has_section = true;
        let (explicit, cut) = explicit_id(&element.children);
        let text = plain(&element.children, self.context.language);
        let text = text.get(..text.len().saturating_sub(cut)).unwrap_or(&text).trim().to_owned();
        if text.is_empty() {
            return self.error(at, "見出しに文がありません", "`## ` のあとに書いてください");
        }
        let id = match explicit {
            Some(id) => {
                let id = format!("{}{id}", self.context.id_prefix);
                if !self.ids.insert(id.clone()) {
                    self.error(at, format!("`{{#{id}}}` は、もう使われています"), "別の名前にしてください");
                }
                id
            }
            None => self.anchor(&text),
        };
        let outer = std::mem::take(&mut self.out);
        self.out.phrases(&text);
        let last = element.children.len().saturating_sub(1);
        for (i, piece) in element.children.iter().enumerate() {
            match piece {
                Piece::Text(t, range) if i == last && cut > 0 => {
                    let kept = t.rfind("{#").map_or(t.as_str(), |n| &t[..n]).trim_end();
                    self.inline(&Piece::Text(kept.to_owned(), range.clone()));
                }
                other => self.inline(other),
            }
        }
        let written = std::mem::replace(&mut self.out, outer);
        self.out.raw(&format!("<h{level} id=\"{}\">{}</h{level}>\n", escape(&id), written.html));
        self.out.plain.push_str(&text);
        self.headings.push(Heading { level, id, html: without_links(&written.html) });
    }

    /// A new anchor made of `text`.
    fn anchor(&mut self, text: &str) -> String {
        let mut slug: String = String::new();
        for c in text.chars() {
            if c.is_alphanumeric() {
                slug.extend(c.to_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug: String = slug.chars().take(40).collect();
        let slug = slug.trim_end_matches('-');
        let machine =
            slug.len() > 1 && slug.starts_with(['c', 'f', 'r', 'w']) && slug[1..].bytes().all(|b| b.is_ascii_digit());
        let slug = if slug.is_empty() || machine { format!("s-{slug}") } else { slug.to_owned() };
        let base = format!("{}{}", self.context.id_prefix, slug.trim_end_matches('-'));
        let mut id = base.clone();
        let mut n = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{base}-{n}");
            n += 1;
        }
        id
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

    fn table(&mut self, element: &Element<'_>, alignments: &[Alignment]) {
        let label = match (self.context.language, self.headings.last()) {
            ("en", Some(heading)) => format!("Table: {}", text_of(&heading.html)),
            ("en", None) => "Table".to_owned(),
            (_, Some(heading)) => format!("表：{}", text_of(&heading.html)),
            (_, None) => "表".to_owned(),
        };
        let times = self.tables.entry(label.clone()).or_insert(0);
        *times += 1;
        let label = if *times == 1 { label } else { format!("{label}（{times}）") };
        self.out.raw(&format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table>"));
        let mut body = false;
        for piece in &element.children {
            let Piece::Element(row) = piece else { continue };
            let head = row.tag == Tag::TableHead;
            self.surplus(row, alignments.len());
            if !head && !body {
                self.out.raw("<tbody>\n");
                body = true;
            }
            self.out.raw(if head { "<thead><tr>" } else { "<tr>" });
            for (column, cell) in row.children.iter().enumerate() {
                let Piece::Element(cell) = cell else { continue };
                self.out.block();
                let class = match alignments.get(column) {
                    Some(Alignment::Right) => " class=\"n\"",
                    Some(Alignment::Center) => " class=\"mid\"",
                    Some(Alignment::Left | Alignment::None) | None => "",
                };
                // An empty cell in the corner heads nothing.
                let (open, close) = if head && !cell.children.is_empty() {
                    (format!("<th scope=\"col\"{class}>"), "</th>")
                } else {
                    (format!("<td{class}>"), "</td>")
                };
                self.out.raw(&open);
                if head {
                    self.silently(|r| r.inlines(&cell.children))
                } else {
                    self.inlines(&cell.children)
                }
                self.out.raw(close);
            }
            self.out.raw(if head { "</tr></thead>" } else { "</tr>\n" });
        }
        if body {
            self.out.raw("</tbody>");
        }
        self.out.raw("</table></div>\n");
    }

    /// Cells beyond the last heading would vanish without a word.
    fn surplus(&mut self, row: &Element<'_>, columns: usize) {
        let line = self.prepared.get(row.range.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        if let Some((at, lost)) = cell_after(line, columns)
            && !self.context.untrusted
        {
            let lost: String =
                write::plain(&lost.replace("\\|", "|"), self.context.language).chars().take(20).collect();
            self.error(
                row.range.start + at,
                format!("表の見出しは{columns}列です。この行はそれより多く、「{lost}」から後は表示されません"),
                "見出しの行と、その下の `|---|` の行にも列を足すか、余分な `|` を消してください。文字の縦棒は `\\|` \
                 と書きます",
            );
        }
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

/// `{#id}` at a heading's end, with the bytes it takes of the plain text.
fn explicit_id(children: &[Piece<'_>]) -> (Option<String>, usize) {
    let Some(Piece::Text(text, _)) = children.last() else { return (None, 0) };
    let trimmed = text.trim_end();
    let Some(start) = trimmed.rfind("{#") else { return (None, 0) };
    let Some(id) = trimmed[start + 2..].strip_suffix('}') else { return (None, 0) };
    let good = !id.is_empty() && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if good { (Some(id.to_owned()), text.len() - start) } else { (None, 0) }
}

/// The text after the first `columns` cells of a table's row and where it begins, if there is any.
fn cell_after(line: &str, columns: usize) -> Option<(usize, &str)> {
    let start = line.len() - line.trim_start().len();
    let start = start + usize::from(line[start..].starts_with('|'));
    let bars = line[start..].char_indices().filter(|(at, c)| *c == '|' && !line[..start + at].ends_with('\\'));
    let (at, _) = bars.take(columns).nth(columns.checked_sub(1)?)?;
    let rest = &line[start + at + 1..];
    let text = rest.trim().trim_matches('|').trim();
    (!text.is_empty()).then(|| (start + at + 1 + rest.find(text).unwrap_or(0), text))
}

/// The HTML without its `<a>` tags, for tables of contents.
fn without_links(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find('>').map_or(rest.len(), |n| n + 1);
        let tag = &rest[..end];
        // A note's mark goes with all that is in it.
        if tag == "<sup>" {
            rest = rest.split_once("</sup>").map_or("", |(_, after)| after);
            continue;
        }
        if !(tag == "</a>" || tag.starts_with("<a ")) {
            out.push_str(tag);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// HTML without tags and readings, still escaped: for `aria-label`.
fn text_of(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = if rest.starts_with("<rp>") { rest.split_once("</rp>").map_or("", |(_, after)| after) } else { rest };
        rest = if rest.starts_with("<rt>") { rest.split_once("</rt>").map_or("", |(_, after)| after) } else { rest };
        if rest.starts_with('<') && !rest.starts_with("<rp>") {
            rest = rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    out.push_str(rest);
    out
}
