//! Front matter's `aliases` in, the names that a content had before out; two contents with one address are a mistake.

use super::{Alias, Library};
use crate::diag::Diagnostics;
use crate::diag::form::Form;
use std::collections::BTreeMap;

/// `aliases: [old-slug]`
pub(super) fn read(form: &Form<'_>, problems: &mut Diagnostics) -> Vec<Alias> {
    let mut found: Vec<Alias> = Vec::new();
    for word in form.texts("aliases", problems) {
        let good = !word.value.is_empty()
            && word.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !good {
            let hint = "前のファイルの名前から .md を除いたもの（英小文字、数字、- だけ）を書いてください。例: \
                aliases: [tsuwari-2025]";
            problems.error(form.file(), word.at, format!("前の名前 `{}` は使えません", word.value), hint);
        } else if found.iter().any(|a| a.slug == word.value) {
            problems.error(
                form.file(),
                word.at,
                format!("前の名前 `{}` が2回あります", word.value),
                "1つを消してください",
            );
        } else {
            found.push(Alias { slug: word.value, at: word.at });
        }
    }
    found
}

/// An old address leads to one page, and never hides one that is there.
pub(super) fn check(library: &Library, problems: &mut Diagnostics) {
    let articles: Vec<_> =
        library.articles.values().map(|a| (a.slug.as_str(), a.file.as_str(), a.aliases.as_slice())).collect();
    let bulletins: Vec<_> =
        library.bulletins.values().map(|b| (b.slug.as_str(), b.file.as_str(), b.aliases.as_slice())).collect();
    check_kind(&articles, problems);
    check_kind(&bulletins, problems);
}

fn check_kind(contents: &[(&str, &str, &[Alias])], problems: &mut Diagnostics) {
    if contents.iter().all(|(.., aliases)| aliases.is_empty()) {
        return;
    }
    let files: BTreeMap<&str, &str> = contents.iter().map(|(slug, file, _)| (*slug, *file)).collect();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (slug, file, aliases) in contents {
        for alias in *aliases {
            let name = alias.slug.as_str();
            if name == *slug {
                problems.error(
                    file,
                    alias.at,
                    format!("`{name}` は、いまの名前です"),
                    "aliases には、前の名前だけを書いてください",
                );
            } else if let Some(other) = files.get(name) {
                problems.error(
                    file,
                    alias.at,
                    format!("`{name}` という名前の {other} があります"),
                    "そのページが開けなくなるので、この名前を aliases から消してください",
                );
            } else if let Some(other) = seen.insert(name, file) {
                problems.error(
                    file,
                    alias.at,
                    format!("前の名前 `{name}` は、{other} の aliases にもあります"),
                    "どちらか1つだけに書いてください",
                );
            }
        }
    }
}

impl Library {
    /// The slug of the article that was once `/articles/<old>/`.
    pub fn article_once(&self, old: &str) -> Option<&str> {
        // Nearly every address is a present one.
        if self.articles.contains_key(old) {
            return None;
        }
        self.articles.values().find(|a| !a.draft && a.aliases.iter().any(|x| x.slug == old)).map(|a| a.slug.as_str())
    }
    /// The slug of the bulletin that was once `/bulletins/<old>/`.
    pub fn bulletin_once(&self, old: &str) -> Option<&str> {
        if self.bulletins.contains_key(old) {
            return None;
        }
        self.bulletins.values().find(|b| !b.draft && b.aliases.iter().any(|x| x.slug == old)).map(|b| b.slug.as_str())
    }
}
