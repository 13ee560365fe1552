//! The name of a site's theme in, the themes that it is made of out: itself first, then the one that it extends, and so
//! on.

use crate::diag::form::{Form, Placed, meant};
use crate::diag::text::text_of;
use crate::diag::yaml::{self, Top};
use crate::diag::{Diagnostics, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a theme says of itself.
const FILE: &str = "theme.yaml";
const KEYS: [&str; 3] = ["extends", "color", "color_dark"];

/// A theme and those that it extends. A file that a theme lacks is the next one's.
#[derive(Debug, Clone)]
pub struct Themes {
    folders: Vec<(String, PathBuf)>,
    /// What browsers and home screens colour around the pages, by day.
    pub color: String,
    /// The same at night.
    pub color_dark: String,
}

/// `theme.yaml`.
#[derive(Debug, Default)]
struct Choice {
    extends: Option<Placed<String>>,
    color: Option<String>,
    color_dark: Option<String>,
}

impl Themes {
    /// Reads `themes/<name>/theme.yaml` and those of all themes above. What is wrong in them is reported.
    pub(super) fn read(root: &Path, name: &str, problems: &mut Diagnostics) -> Self {
        let (mut folders, mut color, mut color_dark) = (Vec::new(), None, None);
        let mut next = Some(name.to_owned());
        while let Some(name) = next.take() {
            let folder = root.join("themes").join(&name);
            let said = read_choice(&folder, &format!("themes/{name}/{FILE}"), problems);
            folders.push((name, folder));
            color = color.or(said.color);
            color_dark = color_dark.or(said.color_dark);
            next = said.extends.and_then(|parent| above(root, &folders, parent, problems));
        }
        Self {
            folders,
            color: color.unwrap_or_else(|| "#f2f0e4".into()),
            color_dark: color_dark.unwrap_or_else(|| "#12161c".into()),
        }
    }

    /// Names and folders, the theme's own first.
    pub fn folders(&self) -> impl DoubleEndedIterator<Item = (&str, &Path)> {
        self.folders.iter().map(|(name, folder)| (name.as_str(), folder.as_path()))
    }

    /// All files below `part` of any of the themes (`static`): name below it, and the nearest theme's file.
    pub fn files(&self, part: &str) -> BTreeMap<String, PathBuf> {
        let mut found = BTreeMap::new();
        for (_, folder) in self.folders().rev() {
            collect(&folder.join(part), "", &mut found);
        }
        found
    }
}

/// All files below a folder of one theme.
pub fn files_below(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found);
    found
}

fn collect(folder: &Path, below: &str, found: &mut BTreeMap<String, PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (format!("{below}{}", entry.file_name().to_string_lossy()), entry.path());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else {
            found.insert(name, path);
        }
    }
}

fn read_choice(folder: &Path, file: &str, problems: &mut Diagnostics) -> Choice {
    let Ok(bytes) = std::fs::read(folder.join(FILE)) else { return Choice::default() };
    let text = match text_of(&bytes) {
        Ok(text) => text,
        Err(at) => {
            problems.error(
                file,
                at,
                "文字コードが UTF-8 ではありません",
                "「名前を付けて保存」で、文字コードに UTF-8 を選んでください",
            );
            return Choice::default();
        }
    };
    if text.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#')) {
        return Choice::default();
    }
    let Some(tree) = yaml::parse(file, &text, 1, Top::Map, problems) else { return Choice::default() };
    let Some(form) = Form::new(file, &tree, &KEYS, problems) else { return Choice::default() };
    let mut color = |key: &str| {
        let color = form.text(key, problems)?;
        let good = color
            .value
            .strip_prefix('#')
            .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if !good {
            problems.error(
                file,
                color.at,
                format!("色 `{}` が読めません", color.value),
                "# と6けたの16進数を、引用符で囲んで書いてください。例: \"#f2f0e4\"",
            );
        }
        good.then_some(color.value)
    };
    let (color, color_dark) = (color("color"), color("color_dark"));
    Choice { extends: form.text("extends", problems), color, color_dark }
}

/// The parent's name, if there is such a theme and it does not lead back.
fn above(
    root: &Path,
    below: &[(String, PathBuf)],
    parent: Placed<String>,
    problems: &mut Diagnostics,
) -> Option<String> {
    let file = format!("themes/{}/{FILE}", below.last().map_or("", |(name, _)| name));
    let Placed { value: name, at } = parent;
    if below.iter().any(|(known, _)| *known == name) {
        let ring: Vec<&str> =
            below.iter().map(|(n, _)| n.as_str()).skip_while(|n| *n != name).chain([name.as_str()]).collect();
        problems.error(
            &file,
            at,
            format!("テーマの元が、ひと回りしています（{}）", ring.join(" → ")),
            "いちばん元のテーマから extends: を消してください",
        );
        return None;
    }
    let known = names(&root.join("themes"), Path::is_dir);
    if !known.contains(&name) {
        let hint = meant(&name, known.iter().map(String::as_str))
            .unwrap_or_else(|| format!("themes/ にあるもの: {}", known.join("、")));
        problems.error(&file, at, format!("元にするテーマ `{name}` がありません"), hint);
        return None;
    }
    Some(name)
}

impl Themes {
    /// Where the theme's own files are named in diagnostics.
    pub fn place(&self, part: &str) -> (String, Place) {
        (format!("themes/{}/{part}", self.folders.first().map_or("", |(name, _)| name)), Place::default())
    }
}

/// Names in a folder, sorted.
pub(super) fn names(folder: &Path, keep: impl Fn(&Path) -> bool) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter(|e| keep(&e.path())).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn folder(themes: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in themes {
            fs::create_dir_all(root.path().join("themes").join(name).join("static")).unwrap();
            fs::write(root.path().join("themes").join(name).join(FILE), text).unwrap();
        }
        root
    }

    fn read(themes: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let (root, mut problems) = (folder(themes), Diagnostics::new());
        let read = Themes::read(root.path(), themes[0].0, &mut problems);
        (
            read.folders().map(|(name, _)| name.to_owned()).collect(),
            problems.sorted().iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn a_theme_stands_on_those_that_it_extends() {
        let (chain, said) =
            read(&[("a", "# 見本\nextends: b\ncolor: \"#123456\"\n"), ("b", "extends: c\n"), ("c", "")]);
        assert_eq!((chain, said), (vec!["a".into(), "b".into(), "c".into()], vec![]));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (themes, expected) in [
            (
                &[("a", "extends: b\n"), ("b", "\nextends: a\n")][..],
                "error: themes/b/theme.yaml:2:10 テーマの元が、ひと回りしています（a → b → a）\n  hint: \
                 いちばん元のテーマから extends: を消してください",
            ),
            (
                &[("a", "extends: a\n")],
                "error: themes/a/theme.yaml:1:10 テーマの元が、ひと回りしています（a → a）\n  hint: \
                 いちばん元のテーマから extends: を消してください",
            ),
            (
                &[("a", "extends: defalt\n"), ("default", "")],
                "error: themes/a/theme.yaml:1:10 元にするテーマ `defalt` がありません\n  hint: 「default」のことですか",
            ),
            (
                &[("a", "extends: ../x\n")],
                "error: themes/a/theme.yaml:1:10 元にするテーマ `../x` がありません\n  hint: themes/ にあるもの: a",
            ),
            (
                &[("a", "color: red\n")],
                "error: themes/a/theme.yaml:1:8 色 `red` が読めません\n  hint: # と6けたの16進数を、\
                 引用符で囲んで書いてください。例: \"#f2f0e4\"",
            ),
        ] {
            assert_eq!(read(themes).1, [expected]);
        }
        let (_, said) = read(&[("a", "\nextend: b\n"), ("b", "")]);
        assert!(
            said.len() == 1 && said[0].starts_with("error: themes/a/theme.yaml:2:1 ") && said[0].contains("extends"),
            "{said:?}"
        );
    }

    #[test]
    fn the_nearest_file_counts() {
        let root = folder(&[("a", "extends: b"), ("b", "")]);
        for (file, text) in [("a/static/x.css", "a"), ("b/static/x.css", "b"), ("b/static/deep/y.svg", "b")] {
            fs::create_dir_all(root.path().join("themes").join(file).parent().unwrap()).unwrap();
            fs::write(root.path().join("themes").join(file), text).unwrap();
        }
        let files = Themes::read(root.path(), "a", &mut Diagnostics::new()).files("static");
        let read: Vec<(String, String)> =
            files.into_iter().map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect();
        assert_eq!(read, [("deep/y.svg".into(), "b".into()), ("x.css".into(), "a".into())]);
    }

    proptest! {
        /// Whatever stands in the file: themes or diagnostics, no panic, no endless ring.
        #[test]
        fn any_file_is_read_or_told(text in "(extends|color|extend)?: ?[ab#\"0-9\n\
            \\[{-]{0,12}|\\PC{0,40}", other in "(extends: a\n)?") {
            let (chain, _) = read(&[("a", &text), ("b", &other)]);
            prop_assert!((1..=2).contains(&chain.len()));
        }
    }
}
