//! Headings: their level, their anchor, their place in the list of contents.

use super::rendered::Heading;
use super::renderer::Renderer;
use super::tree::{Element, Piece, plain};
use crate::text::escape;
use pulldown_cmark::HeadingLevel;

impl Renderer<'_, '_> {
    pub(super) fn heading(&mut self, element: &Element<'_>, level: HeadingLevel) {
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
