//! Words of the glossary: explained below their first use and nowhere that a reader is in a hurry or in grief, found by
//! their synonyms.

use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{Body, Library, LoadOptions, load};
use std::path::Path;

const GLOSSARY: &str = "- \
    {term: 経口補水液, reading: けいこうほすいえき, meaning: '塩分と糖分の{飲|の}みもの。', synonyms: [OS-1]}\n- \
    {term: 悪露, reading: おろ, meaning: 産後の出血。}\n- {term: 発疹, reading: ほっしん, meaning: ぶつぶつ。}\n- \
    {term: 健診, meaning: a, explain: false}\n";

/// The body of an article with this title and text.
fn body(title: &str, markdown: &str) -> Body {
    let dir = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("content/glossary.yaml", GLOSSARY);
    put("content/people.yaml", "- {id: a, name: A, profession: midwife}\n");
    put("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n");
    put(
        "content/articles/a.md",
        &format!("---\ntitle: {title}\nsummary: あ\ntopics: [からだ]\nauthors: [a]\nsources: [x]\n---\n{markdown}"),
    );
    put("content/articles/a.en.md", &format!("---\ntitle: A\nsummary: a\n---\n{markdown}"));
    let mut config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &|_| None).unwrap();
    config.root = dir.path().to_owned();
    let (library, problems) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    assert!(!problems.has_errors(), "{:?}", problems.sorted());
    assert!(!library.articles["a"].versions["en"].body.html.contains("gloss"));
    library.articles["a"].versions["ja"].body.clone()
}

#[test]
fn the_first_use_is_explained_below_its_block() {
    let body =
        body("水分", "熱のときは**経口補水液**を。経口補水液は薬局に。\n\n{悪露|おろ}と、歯科健診。\n\n経口補水液。\n");
    let term = |n: u32, word: &str| format!("<a class=\"term\" href=\"#w{n}\" aria-describedby=\"w{n}\">{word}</a>");
    assert_eq!(
        body.html,
        format!(
            "<p>熱のときは<strong>{}</strong>を。経口補水液は薬局に。</p>\n\
             <div class=\"gloss\" role=\"note\"><dl><div id=\"w1\"><dt><dfn>経口補水液</dfn><span>（けいこうほすいえ\
             き）</span></dt><dd>塩分と糖分の<ruby>飲<rp>（</rp><rt>の</rt><rp>）</rp></ruby>みもの。\
             </dd></div></dl></div>\n\
             <p>{}と、歯科健診。</p>\n\
             <div class=\"gloss\" role=\"note\"><dl><div id=\"w2\"><dt><dfn>悪露</dfn><span>（おろ）\
             </span></dt><dd>産後の出血。</dd></div></dl></div>\n\
             <p>経口補水液。</p>",
            term(1, "経口補水液"),
            term(2, "<ruby>悪露<rp>（</rp><rt>おろ</rt><rp>）</rp></ruby>")
        )
    );
    // What is read aloud, searched and quoted in letters is the author's text.
    assert!(!body.text.contains("塩分") && !body.lead_html.contains("gloss") && !body.lead_html.contains("term"));
}

#[test]
fn not_where_a_reader_is_in_a_hurry() {
    let silent = body(
        "水分",
        "> [!まとめ]\n> - 発疹\n\n## 発疹のとき\n\n[発疹](article:a)は[^1]、`発疹`。\n\n> [!119]\n> - 発疹が広がる\n\n\
         - [ ] 発疹の写真\n\n|発疹|\n|---|\n|a|\n\n[^1]: 発疹の注。\n",
    );
    for html in [&silent.html, &silent.gist_html, &silent.footnotes_html] {
        assert!(!html.contains("class=\"term\""), "{html}");
    }
    // What the title is about, the text explains itself.
    assert!(!body("発疹が出たとき", "発疹です。").html.contains("gloss"));
    // Below a box, not in it; in a list below the list.
    let html = body("水分", "> [!今日]\n> 発疹\n").html.clone();
    assert!(
        html.ends_with(
            "</section>\n<div class=\"gloss\" role=\"note\"><dl><div id=\"w1\"><dt><dfn>発疹</dfn><span>（ほ\
            っしん）</span></dt><dd>ぶつぶつ。</dd></div></dl></div>"
        ),
        "{html}"
    );
    assert_eq!(body("水分", "- 発疹\n- 悪露\n").html.matches("<div class=\"gloss\"").count(), 1);
    // A part of a longer word is another word, across ruby, too.
    assert!(!body("水分", "薬{疹|しん}、{血性|けっせい}悪露、{悪露|おろ}性、悪露{量|りょう}").html.contains("gloss"));
}

fn sample() -> Library {
    let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &|_| None).unwrap();
    let (library, problems) = load(&config, &LoadOptions::on(&config, date(2026, 11, 21)));
    assert!(!problems.has_errors(), "{:?}", problems.sorted());
    library
}

/// Who has lost a child is not told what a miscarriage is.
#[test]
fn loss_is_not_explained_to_those_who_live_it() {
    let library = sample();
    assert!(library.glossary.terms().iter().any(|t| t.term == "流産"));
    let mut explained = 0;
    for article in library.articles.values() {
        let html = &article.versions["ja"].body.html;
        explained += html.matches("<dfn>").count();
        if article.topics.iter().any(|t| t == "loss") {
            assert!(!html.contains("<dfn>流産") && !html.contains("<dfn>死産"), "{}", article.slug);
        }
    }
    assert!(explained > 30, "{explained}");
}

#[test]
fn synonyms_find_each_other() {
    let config = Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &|_| None).unwrap();
    let library = sample();
    let documents: Vec<otayori::search::Document> = library
        .articles
        .values()
        .map(|a| &a.versions["ja"])
        .map(|v| otayori::search::Document {
            path: v.file.clone(),
            title: v.title.clone(),
            summary: v.summary.clone(),
            text: v.body.text.clone(),
        })
        .collect();
    let index = otayori::search::Index::new(&documents);
    let synonyms = otayori::search::Words { synonyms: library.glossary.synonyms(), first: Vec::new() };
    for (query, file) in [
        ("悪阻", "tsuwari.md"),
        ("つわり", "tsuwari.md"),
        ("ワクチン", "yobosesshu-hajime.md"),
        ("ひきつけ", "netsu-keiren.md"),
        ("解熱剤", "netsu.md"),
        ("保育園", "hoiku.md"),
        ("ようすい", "yoteibi-sugi.md"),
    ] {
        let found: Vec<&str> = index.find(query, &synonyms).into_iter().map(|n| documents[n].path.as_str()).collect();
        assert!(found.iter().any(|f| f.ends_with(file)), "{query}: {found:?}");
    }
    assert!(index.find("予防接種", &synonyms).len() > index.find("予防接種", &otayori::search::Words::default()).len());
    // The page's own search is given them.
    let theme = otayori::site::Theme::load(&config).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
    let out = tempfile::tempdir().unwrap();
    crate::support::build_site(&config, &library, &theme, date(2026, 11, 21), out.path());
    let meta = std::fs::read_to_string(out.path().join("search/ja/meta.json")).unwrap();
    assert!(meta.contains("[\"つわり\",\"悪阻\"]"), "{meta}");
}
