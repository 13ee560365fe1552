//! What a text rests on in, the same as HTML out: an address in it is a link, its text the address itself, so that
//! paper shows it, too.

use crate::text::escape;

/// Each source as HTML.
pub(super) fn linked(sources: &[String]) -> Vec<String> {
    sources.iter().map(|source| html(source)).collect()
}

fn html(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 64);
    let mut rest = source;
    while let Some((at, address)) = next(rest) {
        out.push_str(&escape(&rest[..at]));
        let shown = escape(address);
        out.push_str(&format!("<a href=\"{shown}\" rel=\"external noopener\">{shown}</a>"));
        rest = &rest[at + address.len()..];
    }
    out.push_str(&escape(rest));
    out
}

/// The first address of the web: where it begins, and all of it. Other schemes are none.
fn next(text: &str) -> Option<(usize, &str)> {
    let mut from = 0;
    loop {
        let at = from + ["https://", "http://"].iter().filter_map(|scheme| text[from..].find(scheme)).min()?;
        let found = &text[at..];
        let end = found
            .find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^'))
            .unwrap_or(found.len());
        // What ends a sentence ends the address; a bracket does if it was opened before.
        let mut address = found[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
        while address.ends_with(')') && address.matches(')').count() > address.matches('(').count() {
            address = address[..address.len() - 1].trim_end_matches(['.', ',', ';', ':']);
        }
        if url::Url::parse(address).is_ok_and(|url| url.has_host()) {
            return Some((at, address));
        }
        from = at + "http".len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let link = |address: &str| format!("<a href=\"{address}\" rel=\"external noopener\">{address}</a>");
        for (source, expected) in [
            (
                "日本小児科学会「発熱」https://example.jp/a?b=1&c=2。",
                format!("日本小児科学会「発熱」{}。", link("https://example.jp/a?b=1&amp;c=2")),
            ),
            ("WHO (https://example.org/x_(y)), 2023.", format!("WHO ({}), 2023.", link("https://example.org/x_(y)"))),
            ("http://例え.jp/ https://a.example", format!("http://例え.jp/ {}", link("https://a.example"))),
            (
                "javascript:alert(1) <b>本</b> data:text/html,x",
                "javascript:alert(1) &lt;b&gt;本&lt;/b&gt; data:text/html,x".into(),
            ),
            ("https://a.example/\"onclick=x", format!("{}&quot;onclick=x", link("https://a.example/"))),
        ] {
            assert_eq!(html(source), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_gets_out_of_its_place(source in "\\PC{0,40}|(https?://)?[a-z.:/()<>\"'&?#=あ ]{0,40}") {
            let html = html(&source);
            let bare = html.replace("</a>", "");
            let bare: String = bare.split("<a href=\"").map(|part| part.split_once("\" rel=\"external \
                noopener\">").map_or(part, |(_, text)| text)).collect();
            prop_assert!(!bare.contains(['<', '>']), "{}", html);
            prop_assert_eq!(bare, escape(&source));
        }
    }
}
