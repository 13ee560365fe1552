//! `search.yaml` in, the pages that come first for what people type out.

use super::{Asked, Library};
use crate::diag::Diagnostics;
use crate::diag::form::{Form, meant};
use crate::search::phrase;

const FILE: &str = "content/search.yaml";
/// Pages of the server that can be looked for, as if they were fixed pages.
pub const SERVED: [&str; 1] = ["stop"];

/// Reads the file's text.
pub(super) fn asked(text: &str, problems: &mut Diagnostics) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for node in &super::lists::items(FILE, text, problems) {
        let Some(form) = Form::new(FILE, node, &["page", "words"], problems) else { continue };
        let Some(page) = form.needed("page", problems) else { continue };
        let mut words = Vec::new();
        for word in form.texts("words", problems) {
            match phrase(&word.value) {
                Some(phrase) => words.push(phrase),
                None => {
                    problems.error(FILE, word.at, "ことばがありません", "「A|B + C」の形で、探すことばを書いてください")
                }
            }
        }
        if words.is_empty() && !form.has("words") {
            problems.error(FILE, form.at, "`words` がありません", "探すことばを、words: [ことば, …] に書いてください");
        }
        if all.iter().any(|a| a.page == page.value) {
            problems.error(FILE, page.at, format!("`{}` が2回あります", page.value), "1つにまとめてください");
        }
        all.push(Asked { page: page.value, words, at: page.at });
    }
    all
}

/// Every page of the list is there.
pub(super) fn check(library: &Library, problems: &mut Diagnostics) {
    let known = || library.articles.keys().chain(library.pages.keys()).map(String::as_str).chain(SERVED);
    for asked in library.asked.iter().filter(|a| !known().any(|slug| slug == a.page)) {
        let hint = meant(&asked.page, known()).unwrap_or_else(|| {
            "content/articles か content/pages のファイルの名前（.md を除く）を書いてください".into()
        });
        problems.error(FILE, asked.at, format!("ページ `{}` はありません", asked.page), hint);
    }
}
