//! A library in, every name in it that is the program's own, or that two contents would write to one place, out as a
//! mistake.

use super::Library;
use crate::diag::{Diagnostics, Place};

/// First names of addresses that the program answers or builds itself, and what is there. Tests compare it with
/// `web::routes` and with what a build makes: whatever is missing in here fails them.
pub const RESERVED: [(&str, &str); 30] = [
    ("404", "ないページの案内"),
    ("api", "JSON で読む所"),
    ("articles", "記事"),
    ("ask", "質問のページ"),
    ("bulletins", "お知らせ"),
    ("contacts", "急ぐときの連絡先"),
    ("demo", "見本の入口"),
    ("desk", "相談デスク"),
    ("flyers", "チラシの PDF"),
    ("handouts", "配付用の PDF"),
    ("healthz", "動いているかを確かめる所"),
    ("images", "写真"),
    ("letters", "おたより"),
    ("line", "LINE の受け口"),
    ("me", "登録した方のページ"),
    ("months", "月齢のページ"),
    ("people", "書いた人と監修した人"),
    ("preview", "下見"),
    ("push", "プッシュ通知の受け口"),
    ("q", "質問とお返事"),
    ("quiet", "おたよりを止めた方のはじめのページ"),
    ("r", "チラシのコード"),
    ("register", "登録"),
    ("said", "「わかった」の受け口"),
    ("search", "さがす"),
    ("static", "見た目のファイル"),
    ("stop", "おたよりを止める入口"),
    ("topics", "話題のページ"),
    ("weeks", "週数のページ"),
    ("years", "年齢のページ"),
];

/// The place of a file's name.
const NAME: Place = Place { line: 1, column: 1 };

/// Tells of them.
pub(super) fn check(library: &Library, languages: &[String], handouts: bool, problems: &mut Diagnostics) {
    // `/<language>/` is a home page, and would stand in a route's place.
    for language in languages {
        if let Some((_, what)) = RESERVED.iter().find(|(name, _)| name == language) {
            let message = format!(
                "ことば `{language}` は使えません。アドレス /{language}/ は、このプログラムのものです（{what}）"
            );
            problems.error(
                "otayori.yaml",
                Place::default(),
                message,
                "languages の名前と、themes の i18n のファイルの名前を変えてください（例 ja、easy、en）",
            );
        }
    }
    for page in library.pages.values() {
        let own = RESERVED.iter().find(|(name, _)| *name == page.slug).map(|(_, what)| (*what).to_owned());
        let own = own.or_else(|| {
            languages
                .contains(&page.slug)
                .then(|| format!("ことば `{}` のはじめのページ。otayori.yaml の languages", page.slug))
        });
        if let Some(what) = own {
            let message = format!(
                "ページの名前 `{}` は使えません。アドレス /{}/ は、このプログラムのものです（{what}）",
                page.slug, page.slug
            );
            for version in page.versions.values() {
                problems.error(
                    &version.file,
                    NAME,
                    message.clone(),
                    "ファイルの名前を変えてください（例 about-articles.md。アドレスになります）",
                );
            }
        }
    }
    // Both would be printed as `handouts/<slug>.pdf`.
    for article in library.articles.values().filter(|a| handouts && !a.draft) {
        let Some(bulletin) = library.bulletins.get(&article.slug).filter(|b| !b.draft) else { continue };
        for language in bulletin.versions.keys().filter(|l| article.versions.contains_key(*l)) {
            let (file, other) = (&bulletin.versions[language].file, &article.versions[language].file);
            problems.error(
                file,
                NAME,
                format!("配付用の PDF（handouts/{}）が、{other}:1 のものと重なります", article.slug),
                "お知らせのファイルの名前を変えて、前の名前を aliases に書いてください",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::ids::is_id;

    #[test]
    fn every_name_stands_once_and_in_order() {
        assert!(RESERVED.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_language_is_no_route() {
        let said = |languages: &[&str]| {
            let mut problems = Diagnostics::new();
            check(
                &Library::default(),
                &languages.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>(),
                false,
                &mut problems,
            );
            problems.sorted().into_iter().map(|d| d.to_string()).collect::<Vec<_>>()
        };
        assert!(said(&["ja", "easy", "en", "pt-br"]).is_empty());
        for (name, _) in RESERVED {
            let said = said(&["ja", name]);
            assert!(said.len() == 1 && said[0].contains(&format!("ことば `{name}` は使えません")), "{said:?}");
        }
    }

    #[test]
    fn ids_stay_in_their_folder() {
        assert!(["saeki-minori", "kodomo_8000", "佐伯", "A1"].iter().all(|id| is_id(id)));
        assert!(["../x", "a/2", "index.html", "..", "a b", "a?b", "a#b"].iter().all(|id| !is_id(id)));
    }
}
