//! A body's HTML in, its sections out: what the night page lays under the thumb.

use crate::text::escape;
use serde::Serialize;

/// A part of a body from one `<h2>` to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Anchor of the heading; empty if it has none.
    pub id: String,
    /// The heading's HTML.
    pub heading_html: String,
    /// The heading's text.
    pub heading: String,
    /// What follows; a first paragraph that is all bold is marked `class="never"`.
    pub html: String,
}

/// What stands before the first `<h2>`, and the sections.
pub fn sections(html: &str) -> (String, Vec<Section>) {
    let mut parts = html.split("<h2");
    let before = parts.next().unwrap_or_default().to_owned();
    let sections = parts.filter_map(section).collect();
    (before, sections)
}

fn section(part: &str) -> Option<Section> {
    let (attributes, rest) = part.split_once('>')?;
    let (heading_html, body) = rest.split_once("</h2>")?;
    let id = attributes
        .split_once("id=\"")
        .and_then(|(_, v)| v.split_once('"'))
        .map_or(String::new(), |(id, _)| id.to_owned());
    // The same box stands in several sections: each is named together with its section.
    let html = never(body.trim_start()).replace("aria-labelledby=\"", &format!("aria-labelledby=\"{id} "));
    Some(Section { id, heading_html: heading_html.to_owned(), heading: plain(heading_html), html })
}

/// What is said first (the paragraph below the heading), and what follows it.
pub fn after_the_first_words(html: &str) -> (&str, &str) {
    const END: &str = "</p>";
    if html.starts_with("<p") { html.split_at(html.find(END).map_or(0, |at| at + END.len())) } else { ("", html) }
}

/// The first number that the section itself names, as it is linked: not those in its boxes.
pub fn first_number(html: &str) -> Option<&str> {
    let mut outside = html
        .split("<section")
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once("</section>").map_or("", |(_, after)| after) });
    outside.find_map(|part| part.split_once("href=\"tel:")?.1.split_once('"').map(|(dial, _)| dial))
}

/// What an author writes where the numbers of the maternity clinics belong.
pub const CLINICS: &str = "{産院の番号}";

/// Puts the clinics' numbers, `(number, dial, title)`, in the place of [`CLINICS`]; `own` where the city's list has
/// none.
pub fn with_clinics(html: &str, clinics: &[(&str, &str, &str)], own: &str) -> String {
    let one = |(number, dial, title): &(&str, &str, &str)| {
        let link = format!("<a href=\"tel:{}\">{}</a>", escape(dial), escape(number));
        format!("{}　{link}", escape(title))
    };
    let said: Vec<String> = clinics.iter().map(one).collect();
    html.replace(
        CLINICS,
        &if said.is_empty() { escape(own) } else { format!("{}<br>{}", escape(own), said.join("<br>")) },
    )
}

/// The same where nobody shall be led to a maternity handbook: a button for her own clinic's number, which is hidden
/// until her device has one, then `card`.
pub fn with_own_clinic(html: &str, button: &str, clinics: &[(&str, &str, &str)], card: &str) -> String {
    let own = format!("<a class=\"btn\" data-own-clinic hidden>{}</a>{CLINICS}", escape(button));
    with_clinics(&html.replace(CLINICS, &own), clinics, card)
}

/// Marks a leading paragraph that consists of one bold sentence.
fn never(body: &str) -> String {
    const BOLD: &str = "<p><strong>";
    let marked = body.strip_prefix(BOLD).and_then(|b| {
        let (bold, rest) = b.split_once("</strong></p>")?;
        (!bold.contains("</strong>")).then(|| format!("<p class=\"never\"><strong>{bold}</strong></p>{rest}"))
    });
    marked.unwrap_or_else(|| body.to_owned())
}

/// Text without tags, readings left out.
fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(before);
        let Some((tag, after)) = behind.split_once('>') else { return out };
        rest = match tag {
            "rt" | "rp" => after.split_once(&format!("</{tag}>")).map_or("", |(_, r)| r),
            _ => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cut_at_headings() {
        let (before, sections) = sections(
            "<p>a</p>\n<h2 id=\"s1\"><ruby>熱<rp>（</rp><rt>ねつ</rt><rp>）</rp></ruby>が<wbr>ある</h2>\n\
             <p><strong>いま</strong></p>\n<ol></ol><h2 id=\"s2\">b</h2><p><strong>x</strong> y</p>",
        );
        assert_eq!(before, "<p>a</p>\n");
        assert_eq!((sections[0].id.as_str(), sections[0].heading.as_str()), ("s1", "熱がある"));
        assert!(sections[0].html.starts_with("<p class=\"never\"><strong>いま</strong></p>"));
        assert_eq!(sections[1].html, "<p><strong>x</strong> y</p>");
    }

    #[test]
    fn the_own_clinic_first_then_the_citys() {
        let section = "<p class=\"never\">いま</p><section><a href=\"tel:119\">119</a></section><p><a \
            href=\"tel:%238000\">#8000</a></p>";
        assert_eq!(
            (first_number(section), after_the_first_words(section).0),
            (Some("%238000"), "<p class=\"never\">いま</p>")
        );
        assert_eq!((first_number("<p>ない</p>"), after_the_first_words("<ol></ol>")), (None, ("", "<ol></ol>")));
        assert_eq!(with_clinics("<p>{産院の番号}</p>", &[], "かかっている産院"), "<p>かかっている産院</p>");
        let city = [("0000-00-4567", "0000004567", "産婦人科 <夜>")];
        assert_eq!(
            with_clinics("<p>{産院の番号}</p>", &city, "かかっている産院"),
            "<p>かかっている産院<br>産婦人科 &lt;夜&gt;　<a href=\"tel:0000004567\">0000-00-4567</a></p>"
        );
        assert_eq!(with_clinics("<p>a</p>", &city, "x"), "<p>a</p>");
        let own = with_own_clinic("<p>{産院の番号}</p>", "産院に電話する", &city, "番号は、診察券に");
        assert!(
            own.starts_with(
                "<p><a class=\"btn\" data-own-clinic hidden>産院に電話する</a>番号は、診察券に<br>産婦人科 &lt;夜&gt;"
            ),
            "{own}"
        );
    }

    proptest! {
        #[test]
        fn never_panics(html in "(<h2|</h2>|<rt>|id=\"|>|<|あ|<p><strong>|</strong></p>){0,20}") {
            sections(&html);
        }
    }
}
