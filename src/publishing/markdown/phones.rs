//! HTML of ours in, the same with its telephone numbers as `tel:` links out.

/// Numbers of three figures that are dialled as they stand, where they are plainly a number to ring (119番, 110へ).
const SHORT: [&str; 3] = ["119", "110", "189"];

/// Links every telephone number in the text of `html`, outside links and code.
pub(super) fn linked(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 64);
    let mut inside = 0usize;
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (text, tag) = rest.split_at(open);
        push_text(&mut out, text, inside == 0);
        let Some(end) = tag.find('>') else {
            rest = tag;
            break;
        };
        let (tag, after) = tag.split_at(end + 1);
        let name = tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap_or("");
        if ["a", "code", "pre"].contains(&name) {
            inside = if tag.starts_with("</") { inside.saturating_sub(1) } else { inside + 1 };
        }
        out.push_str(tag);
        rest = after;
    }
    push_text(&mut out, rest, inside == 0);
    out
}

fn push_text(out: &mut String, text: &str, link: bool) {
    let mut rest = text;
    while link && !rest.is_empty() {
        let Some((start, end, dial)) = number(rest) else { break };
        out.push_str(&rest[..start]);
        out.push_str(&format!("<a href=\"tel:{dial}\">{}</a>", &rest[start..end]));
        rest = &rest[end..];
    }
    out.push_str(rest);
}

/// ASCII of a figure or sign in either width.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => crate::text::narrow(c),
        '＃' => '#',
        '‐' | '－' | '−' | '–' | '‑' | 'ー' => '-',
        other => other,
    }
}

/// The first telephone number: where it stands and what is dialled.
fn number(text: &str) -> Option<(usize, usize, String)> {
    let letters: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, narrow(c))).collect();
    let part_of_word =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '#' | '-' | '.' | '/' | '&' | ';' | '+' | '_');
    let mut n = 0;
    while n < letters.len() {
        let first = letters[n].1;
        let begins = (first.is_ascii_digit() || first == '#') && (n == 0 || !part_of_word(letters[n - 1].1));
        if !begins {
            n += 1;
            continue;
        }
        let mut end = n + 1;
        while end < letters.len() && (letters[end].1.is_ascii_digit() || letters[end].1 == '-') {
            end += 1;
        }
        while letters[end - 1].1 == '-' {
            end -= 1;
        }
        let written: String = letters[n..end].iter().map(|(_, c)| c).collect();
        let next = letters.get(end).map(|(_, c)| *c);
        if is_number(&written, next) {
            let to = letters.get(end).map_or(text.len(), |(at, _)| *at);
            return Some((letters[n].0, to, written.replace('-', "").replace('#', "%23")));
        }
        n = end.max(n + 1);
    }
    None
}

/// Is it something to dial, and not a date, a weight or a year? `next`: the character behind it.
fn is_number(written: &str, next: Option<char>) -> bool {
    let figures = written.chars().filter(char::is_ascii_digit).count();
    if next.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return false;
    }
    if let Some(short) = written.strip_prefix('#') {
        return figures == 4 && !short.contains('-') && short.starts_with(['7', '8', '9']);
    }
    if SHORT.contains(&written) {
        return next.is_some_and(|c| matches!(c, '番' | 'へ'));
    }
    let parts: Vec<&str> = written.split('-').collect();
    let shape = match parts.as_slice() {
        [_] => figures >= 10,
        [area, local, last] => {
            (2..=5).contains(&area.len()) && (1..=4).contains(&local.len()) && (3..=4).contains(&last.len())
        }
        _ => false,
    };
    written.starts_with('0') && (9..=11).contains(&figures) && shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_a_number() {
        for (text, expected) in [
            ("0000-00-4567へ", "<a href=\"tel:0000004567\">0000-00-4567</a>へ"),
            ("夜は#7119か＃８０００", "夜は<a href=\"tel:%237119\">#7119</a>か<a href=\"tel:%238000\">＃８０００</a>"),
            ("０１２０−２７９−３３８です", "<a href=\"tel:0120279338\">０１２０−２７９−３３８</a>です"),
            ("09012345678", "<a href=\"tel:09012345678\">09012345678</a>"),
            ("119番へ。119へ", "<a href=\"tel:119\">119</a>番へ。<a href=\"tel:119\">119</a>へ"),
            (
                "<a href=\"tel:%237119\">#7119</a>、<code>0120-279-338</code>",
                "<a href=\"tel:%237119\">#7119</a>、<code>0120-279-338</code>",
            ),
        ] {
            assert_eq!(linked(text), expected);
        }
        for text in [
            "2026-12-08",
            "体重は119に",
            "3,110g",
            "血圧110/70",
            "110-70",
            "12-1",
            "&#8000;",
            "第0章 0-1-2",
            "https://a.jp/0120-279-338",
            "<p>1週2日</p>",
        ] {
            assert_eq!(linked(text), text);
        }
    }

    proptest! {
        /// Only links are added: without them the text is what it was.
        #[test]
        fn adds_nothing_but_links(text in "([0-9０-９#＃ー－–-]|[あ番へ、<>]|<b>|</b>|<a \
            href=\"x\">|</a>|0120-279-338){0,30}") {
            let out = linked(&text);
            let mut bare = out.clone();
            while let Some(at) = bare.find("<a href=\"tel:") {
                let end = at + bare[at..].find('>').unwrap();
                let close = end + bare[end..].find("</a>").unwrap();
                bare = format!("{}{}{}", &bare[..at], &bare[end + 1..close], &bare[close + 4..]);
            }
            prop_assert_eq!(bare, text);
        }
    }
}
