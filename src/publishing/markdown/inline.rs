//! What is in a paragraph, written out: text, emphasis, links, pictures, notes' marks.

use super::context::FarAnchor;
use super::links::{Target, resolve};
use super::marks;
use super::renderer::Renderer;
use super::tree::{self, Element, Piece};
use crate::text::escape;
use pulldown_cmark::{LinkType, Tag};
use std::ops::Range;

/// A paragraph that holds nothing but one picture.
pub(super) fn is_figure(paragraph: &Element<'_>) -> bool {
    matches!(paragraph.children.as_slice(), [Piece::Element(Element { tag: Tag::Image { .. }, .. })])
}

impl Renderer<'_, '_> {
    /// Writes what is in a paragraph, heading, cell.
    pub(super) fn inlines(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            self.inline(piece);
        }
    }

    pub(super) fn inline(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Element(element) => self.inline_element(element),
            Piece::Text(text, range) => {
                self.missing_note(text, range);
                self.explained(text);
            }
            Piece::Code(code) => {
                self.out.raw("<code>");
                self.out.verbatim(code);
                self.out.raw("</code>");
            }
            Piece::Html(html, range) => self.html(html, range),
            Piece::Note(name) => self.note(name),
            Piece::Task(_) | Piece::Rule(_) => {}
            // Whoever writes an answer breaks lines as in a letter.
            Piece::SoftBreak if !self.context.untrusted => self.out.soft_break(),
            Piece::SoftBreak | Piece::HardBreak => {
                self.out.raw("<br>");
                self.out.block();
            }
        }
    }

    fn inline_element(&mut self, element: &Element<'_>) {
        match &element.tag {
            Tag::Strong => self.wrapped("strong", element),
            Tag::Emphasis => self.wrapped("em", element),
            Tag::Strikethrough => self.wrapped("del", element),
            Tag::Link { dest_url, link_type, .. } => self.link(element, dest_url, *link_type),
            Tag::Image { dest_url, title, .. } => {
                let image = self.image(element, dest_url, title);
                self.out.raw(&image);
            }
            _ => self.block_element(element),
        }
    }

    fn wrapped(&mut self, name: &str, element: &Element<'_>) {
        self.out.raw(&format!("<{name}>"));
        self.inlines(&element.children);
        self.out.raw(&format!("</{name}>"));
    }

    fn link(&mut self, element: &Element<'_>, destination: &str, link_type: LinkType) {
        let destination = marks::restore(destination);
        let destination = if link_type == LinkType::Email { format!("mailto:{destination}") } else { destination };
        let href = match resolve(&destination, self.context) {
            Ok(Target::Address(address)) => address,
            Ok(Target::Far { address, kind, slug, anchor }) => {
                let at = self.place(element.range.start);
                self.far.push(FarAnchor { kind, slug, anchor, at });
                address
            }
            Ok(Target::Anchor(anchor)) => {
                let id = format!("{}{anchor}", self.context.id_prefix);
                let at = self.place(element.range.start);
                self.anchors.push((id.clone(), at));
                // A letter quotes a paragraph without the headings: there the link would lead nowhere.
                if self.quoted {
                    return self.inlines(&element.children);
                }
                format!("#{id}")
            }
            Err((message, hint)) => {
                self.error(element.range.start, message, hint);
                return self.inlines(&element.children);
            }
        };
        if tree::plain(&element.children, self.context.language).trim().is_empty() {
            self.error(element.range.start, "リンクの文がありません", "[ ] の中に、行き先がわかる文を書いてください");
        }
        self.out.raw(&format!("<a href=\"{}\">", escape(&href.replace(' ', "%20"))));
        self.silently(|r| r.inlines(&element.children));
        self.out.raw("</a>");
    }

    /// `<img>` with `data-image`, the path below `content/`, from which the site makes its responsive forms.
    pub(super) fn image(&mut self, element: &Element<'_>, destination: &str, title: &str) -> String {
        let alt = tree::plain(&element.children, self.context.language);
        let alt = alt.trim();
        let path = marks::restore(destination);
        let Some(content_dir) = self.context.content_dir else { return escape(alt) };
        let at = element.range.start;
        if alt.is_empty() {
            self.error(
                at,
                format!("写真 `{path}` に、見えない人のための説明がありません"),
                "![ここに、何が写っているか](images/…) の形で書いてください",
            );
        }
        let inside = path.starts_with("images/") && !path.split('/').any(|part| part == ".." || part.is_empty());
        if !inside {
            self.error(
                at,
                format!("写真 `{path}` は使えません"),
                "content/images/ に置いて、`images/名前.png` と書いてください",
            );
            return escape(alt);
        }
        self.context.targets.picture(&path);
        let file = content_dir.join(&path);
        if !file.is_file() {
            let names: Vec<String> = std::fs::read_dir(content_dir.join("images"))
                .map(|dir| dir.flatten().map(|e| format!("images/{}", e.file_name().to_string_lossy())).collect())
                .unwrap_or_default();
            let hint = crate::diag::form::meant(&path, names.iter().map(String::as_str))
                .unwrap_or_else(|| format!("content/{path} に置いてください"));
            self.error(at, format!("写真 `{path}` がありません"), hint);
            return escape(alt);
        }
        let (width, height) = match image::image_dimensions(&file) {
            Ok(size) => size,
            Err(_) => {
                self.error(at, format!("写真 `{path}` を読めません"), "PNG、JPEG、WebP のどれかにしてください");
                return escape(alt);
            }
        };
        if !self.images.contains(&path) {
            if self.context.credited.is_some_and(|c| !c.has(&path)) {
                let name = path.strip_prefix("images/").unwrap_or(&path);
                let hint = format!(
                    "content/images/credits.yaml に `- {{file: {name}, source: 作った人, licence: 使ってよい条件}}` \
                     を足してください"
                );
                self.warning(at, format!("写真 `{path}` の出典と、使ってよい条件がありません"), hint);
            }
            self.images.push(path.clone());
        }
        let caption =
            if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(&marks::restore(title))) };
        let path = escape(&path);
        format!(
            "<img src=\"/{path}\" alt=\"{}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" \
             data-image=\"{path}\"{caption}>",
            escape(alt)
        )
    }

    /// A note's mark: `<sup><a href="#f1" id="r1" aria-label="注1">1</a></sup>`.
    fn note(&mut self, name: &str) {
        if self.quoted || !self.defined.contains(name) {
            return;
        }
        let number = match self.used.iter().position(|(n, _)| n == name) {
            Some(number) => number + 1,
            None => {
                self.used.push((name.to_owned(), 0));
                self.used.len()
            }
        };
        let Some((_, times)) = self.used.get_mut(number - 1) else { return };
        *times += 1;
        let again = if *times == 1 { String::new() } else { format!("-{times}") };
        let prefix = self.context.id_prefix;
        let label = if self.context.language == "en" { "Note " } else { "注" };
        self.out.raw(&format!(
            "<sup><a href=\"#{prefix}f{number}\" id=\"{prefix}r{number}{again}\" \
            aria-label=\"{label}{number}\">{number}</a></sup>"
        ));
    }

    /// `[^3]` in the text is a mark whose note is missing: Markdown leaves it as it is.
    fn missing_note(&mut self, text: &str, range: &Range<usize>) {
        let Some((_, after)) = text.split_once("[^") else { return };
        let Some((name, _)) =
            after.split_once(']').filter(|(name, _)| name.len() <= 20 && !name.contains(char::is_whitespace))
        else {
            return;
        };
        let within = self.prepared.get(range.clone()).and_then(|source| source.find("[^")).unwrap_or(0);
        self.error(
            range.start + within,
            format!("注 `[^{name}]` の文がありません"),
            format!("ファイルの終わりに `[^{name}]: …` を足してください"),
        );
    }

    /// Raw HTML is shown as text; a comment is left out.
    pub(super) fn html(&mut self, html: &str, range: &Range<usize>) {
        let text = html.trim();
        if text.starts_with("<!--") && text.ends_with("-->") && text.len() >= 7 {
            return;
        }
        self.warning(
            range.start,
            "HTML は使えません。文字のまま表示します",
            "Markdown の書き方に直してください（太字は **…**、改行は行の終わりに空白2つ）",
        );
        self.out.verbatim(html);
    }
}
