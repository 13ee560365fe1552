//! The head comments of a theme's templates in, what each can do out: its sizes, what it needs, which keys it reads,
//! how many pages it may have.

use crate::config::Themes;
use crate::paper::Engine;

/// What a template says of itself in `// @key value` lines at its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// File name without `.typ`.
    pub name: String,
    /// `@sizes a4 a5`: the sizes that it lays out.
    pub sizes: Vec<String>,
    /// `@needs lead steps points`: what the text must have.
    pub needs: Vec<String>,
    /// `@pages 1`: more is an overflow; without it any number.
    pub pages: Option<usize>,
    /// `@keys call badge`: the keys of the front matter that it reads; without it any.
    pub keys: Option<Vec<String>>,
}

/// All templates of a theme (files without `@sizes` are helpers).
pub fn all(engine: &Engine) -> Vec<Template> {
    engine.templates().iter().filter_map(|(name, text)| parse(name, text)).collect()
}

/// The same without fonts, read from the themes' folders; a file that cannot be read is told by whoever sets type with
/// it.
pub fn of_themes(themes: &Themes) -> Vec<Template> {
    let heads = themes
        .files("flyers")
        .into_iter()
        .filter_map(|(name, path)| Some((name.strip_suffix(".typ")?.to_owned(), std::fs::read_to_string(path).ok()?)));
    heads.filter_map(|(name, text)| parse(&name, &text)).collect()
}

fn parse(name: &str, text: &str) -> Option<Template> {
    let mut template =
        Template { name: name.to_owned(), sizes: Vec::new(), needs: Vec::new(), pages: None, keys: None };
    let words = |line: &str| line.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
    for line in text.lines().take_while(|l| l.starts_with("//") || l.is_empty()) {
        let Some((key, value)) = line.trim_start_matches('/').trim().strip_prefix('@').and_then(|l| l.split_once(' '))
        else {
            continue;
        };
        match key {
            "sizes" => template.sizes = words(value),
            "needs" => template.needs = words(value),
            "keys" => template.keys.get_or_insert_default().extend(words(value)),
            "pages" => template.pages = value.trim().parse().ok(),
            _ => {}
        }
    }
    (!template.sizes.is_empty()).then_some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let text = "// A poster.\n// @sizes a3 a4\n// @needs lead steps\n// @pages 1\n// @keys call badge\n// @keys \
            stage\n#import \"lib.typ\": *\n// @sizes b5\n";
        let template = parse("poster", text).unwrap();
        assert_eq!(
            (template.sizes, template.needs, template.pages),
            (vec!["a3".into(), "a4".into()], vec!["lead".into(), "steps".into()], Some(1))
        );
        assert_eq!(template.keys, Some(vec!["call".into(), "badge".into(), "stage".into()]));
        assert_eq!(parse("lib", "// Helpers.\n"), None);
    }
}
