//! Text in, text that is no markup out.

/// What stands for a character that would be markup.
pub fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        _ => None,
    }
}

/// Adds `text` to `out` with `& < > "` escaped.
pub fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match entity(c) {
            Some(entity) => out.push_str(entity),
            None => out.push(c),
        }
    }
}

/// `text` with `& < > "` escaped: for the text of an HTML or XML element, and for an attribute in double quotes
/// (nothing of ours stands in single ones; a test looks).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    fn restored(text: &str) -> String {
        text.replace("&quot;", "\"").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    }

    #[test]
    fn nothing_is_markup() {
        assert_eq!(escape("<b title=\"a&b\">it's</b>"), "&lt;b title=&quot;a&amp;b&quot;&gt;it's&lt;/b&gt;");
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_the_same_text(text in "\\PC{0,60}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"']));
            prop_assert_eq!(restored(&escaped), text);
        }
    }

    /// A template that put a value between single quotes would let `'` out of it.
    #[test]
    fn no_attribute_stands_in_single_quotes() {
        fn walk(folder: &Path, seen: &mut usize) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, seen);
                } else if path.extension().is_some_and(|e| e == "html") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for (n, line) in text.lines().enumerate() {
                        assert!(
                            !line
                                .split("='")
                                .skip(1)
                                .any(|rest| rest.split('\'').next().is_some_and(|value| value.contains("{{"))),
                            "{}:{}",
                            path.display(),
                            n + 1
                        );
                    }
                    *seen += 1;
                }
            }
        }
        let mut seen = 0;
        walk(&Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("themes"), &mut seen);
        assert!(seen > 50, "{seen}");
    }
}
