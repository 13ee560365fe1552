//! A page's HTML in, the same with less white space and no comments out, in one pass.
//!
//! `minify-html` took a third of the CPU time of a build; it is the tests' independent check now
//! (`tests/suite/squeeze.rs`).

/// Elements at whose edges white space is not shown.
const BLOCKS: [&str; 62] = [
    "address",
    "article",
    "aside",
    "base",
    "blockquote",
    "body",
    "caption",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "link",
    "main",
    "meta",
    "nav",
    "noscript",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "script",
    "search",
    "section",
    "select",
    "style",
    "summary",
    "table",
    "tbody",
    "td",
    "template",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "track",
    "ul",
    "source",
    "!doctype",
    "datalist",
];
/// Elements whose text stands as it is written.
const RAW: [&str; 4] = ["pre", "script", "style", "textarea"];

/// Less white space, no comments; nothing that is shown changes.
pub fn squeeze(html: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(html.len());
    let mut rest = html;
    // White space at the beginning is not shown either.
    let mut after_block = true;
    // A space that is shown if what follows is shown in the same line.
    let mut space = false;
    while !rest.is_empty() {
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        for word in text.split_inclusive(is_space) {
            let bare = word.trim_end_matches(is_space);
            if !bare.is_empty() {
                if space && !after_block {
                    out.push(b' ');
                }
                out.extend_from_slice(bare.as_bytes());
                (space, after_block) = (false, false);
            }
            space |= bare.len() < word.len();
        }
        rest = &rest[text.len()..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = end_of_tag(rest) else {
            if space && !after_block {
                out.push(b' ');
            }
            out.extend_from_slice(rest.as_bytes());
            break;
        };
        let (tag, after) = rest.split_at(end);
        let name = name(tag);
        let block = is_one_of(&BLOCKS, name);
        if space && !after_block && !block {
            out.push(b' ');
        }
        (space, after_block) = (false, block);
        push_tag(tag, &mut out);
        rest = after;
        if !tag.starts_with("</") && is_one_of(&RAW, name) {
            let close = raw_end(rest, name);
            out.extend_from_slice(&rest.as_bytes()[..close]);
            rest = &rest[close..];
        }
    }
    out
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{c}')
}

/// The name of a tag, as it is written.
fn name(tag: &str) -> &str {
    let tag = tag.trim_start_matches(['<', '/']);
    &tag[..tag.find(|c: char| is_space(c) || matches!(c, '>' | '/')).unwrap_or(tag.len())]
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Behind the `>` of the tag that begins here; quotes may hold one.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// One space between attributes, none before the end.
fn push_tag(tag: &str, out: &mut Vec<u8>) {
    let mut quote = None;
    let mut space = false;
    for byte in tag.bytes() {
        if quote.is_none() && is_space(char::from(byte)) {
            space = true;
            continue;
        }
        if space && byte != b'>' {
            out.push(b' ');
        }
        space = false;
        match quote {
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(open) if open == byte => quote = None,
            _ => {}
        }
        out.push(byte);
    }
}

/// Where the closing tag of a raw element begins.
fn raw_end(text: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let begins = from + at;
        if text.as_bytes()[begins + 2..].len() >= name.len()
            && text.as_bytes()[begins + 2..begins + 2 + name.len()].eq_ignore_ascii_case(name.as_bytes())
        {
            return begins;
        }
        from = begins + 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn squeezed(html: &str) -> String {
        String::from_utf8(squeeze(html)).unwrap()
    }

    #[test]
    fn white_space_that_is_not_shown_goes() {
        for (html, expected) in [
            ("<p>\n  あ  い\n</p>\n\n<p>う</p>\n", "<p>あ い</p><p>う</p>"),
            ("<p>one <b>two</b> three</p>", "<p>one <b>two</b> three</p>"),
            (
                "<ul>\n<li> <a href=\"x\"\n  class=\"y\" > z </a>\n</li>\n</ul>",
                "<ul><li><a href=\"x\" class=\"y\"> z </a></li></ul>",
            ),
            ("a<!-- gone -->b", "ab"),
            ("<pre>\n a\n  b </pre> c", "<pre>\n a\n  b </pre>c"),
            ("<script>\nif (a  <  b) {}\n</script>", "<script>\nif (a  <  b) {}\n</script>"),
            ("<a title='a  >  b'>x</a>  <a>y</a>", "<a title='a  >  b'>x</a> <a>y</a>"),
            ("<input>\n<label>a</label>", "<input> <label>a</label>"),
            ("a < b", "a < b"),
            ("<p", "<p"),
        ] {
            assert_eq!(squeezed(html), expected, "{html}");
        }
    }

    proptest! {
        #[test]
        fn squeezed_once_is_squeezed(html in "(<p>|</p>|<b>|</b>|<pre>|</pre>|<!--|-->|<a href=\"|\">|'| |\n\
            |あ|<|>|x){0,30}") {
            let once = squeezed(&html);
            prop_assert_eq!(squeezed(&once), once);
        }
    }
}
