//! Articles in, handouts with the code of their page out.

use super::site::{PUBLIC_URL, Site, codes, engine, names, read, run, sample, shown, text};
use otayori::flyer;

#[test]
fn articles_become_handouts_with_the_code_of_their_page() {
    let article = "---\ntitle: つわりがつらいとき\nsummary: 水分を。\n---\n> [!まとめ]\n> - **水分**です。\n\n\
        {妊娠悪阻|にんしんおそ}という病気です[^1]。**「がまん」**はいりません。\n\n> [!119] すぐに119番へ\n> - \
        けいれんした\n\n| 妊娠前 | いま |\n|---:|---:|\n| 45kg | **{体重|たいじゅう}** |\n\n\
        ![コップの絵](/images/cup.png)\n\n{2026-12-08}の[健診](page:about)で。\n\n[^1]: ガイドラインより。\n";
    let site = Site::new(&[
        ("content/articles/tsuwari.md", article),
        ("content/articles/tofu.md", "---\ntitle: だめな字\nsummary: x\n---\n本文です。\n\n## 見出し𠮷\n"),
    ]);
    let (config, library) = read(site.root());
    let out = site.root().join("out");
    let report =
        flyer::build_handouts(&config, &library, &engine(), &out, Some("tsuwari"), &|_, _| {}).map_err(shown).unwrap();
    assert_eq!(report.pdfs, 1);
    let pdf = out.join("handouts/tsuwari.pdf");
    assert_eq!(codes(&pdf), [format!("{PUBLIC_URL}/articles/tsuwari/")]);
    let text = text(&pdf);
    for part in [
        "つわりがつらいとき",
        "妊娠悪阻という病気です",
        "「がまん」はいりません",
        "12月8日（火）の健診で",
        "すぐに119番へ",
        "45kg",
        "ガイドラインより",
        "otayori.city.harukaze.example.jp/articles/tsuwari",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("コップの絵"), "what describes a picture is not set where no picture is: {text}");
    assert!(!text.contains('{') && !text.contains("[!") && !text.contains("**"), "{text}");
    let wrong =
        flyer::build_handouts(&config, &library, &engine(), &out, Some("tofu"), &|_, _| {}).map_err(shown).unwrap_err();
    assert!(wrong[0].starts_with("error: content/articles/tofu.md:7:7 「𠮷」（U+20BB7）"), "{wrong:?}");
    assert!(!out.join("handouts/tofu.pdf").exists());
}

/// A tenth of the sample city's articles: all of them take half a minute here (`otayori flyer --handouts` makes them
/// all).
#[test]
fn handouts_of_the_sample_city() {
    let (config, mut library) = read(sample());
    let kept: Vec<String> = library.articles.keys().step_by(10).cloned().collect();
    library.articles.retain(|slug, _| kept.contains(slug));
    let out = tempfile::tempdir().unwrap();
    let report =
        flyer::build_handouts(&config, &library, &engine(), out.path(), None, &|_, _| {}).map_err(shown).unwrap();
    for name in names(&out.path().join("handouts")) {
        assert_eq!(codes(&out.path().join("handouts").join(&name)).len(), 1, "{name}");
    }
    assert_eq!(report.pdfs, names(&out.path().join("handouts")).len());
}

/// A code that the first look does not read (this one's points fall badly on the pixels) is looked at more closely;
/// what is covered stays unread (`pages::finished_pages_are_looked_at`).
#[test]
fn a_code_is_looked_at_more_closely_before_it_is_a_fault() {
    let (config, library) = read(sample());
    let pdf = flyer::article_handout(&config, &library, &engine(), "tsuwari", "easy").map_err(shown).unwrap().unwrap();
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    assert_eq!(codes(file.path()), [format!("{PUBLIC_URL}/articles/tsuwari/easy/")]);
}

/// An author who writes `###` without a `##` before it gets a sheet, and its headings go down step by step.
#[test]
fn headings_that_skip_a_level_are_laid_out() {
    let article = "---\ntitle: つわりがつらいとき\nsummary: 水分を。\n---\nはじめに。\n\n### 水分\n\nひと口ずつ。\n\n\
        #### 飲むもの\n\n水。\n\n## 受診\n\n#### 目安\n\n半日飲めないとき。\n";
    let site = Site::new(&[("content/articles/tsuwari.md", article)]);
    let (config, library) = read(site.root());
    let out = site.root().join("out");
    flyer::build_handouts(&config, &library, &engine(), &out, Some("tsuwari"), &|_, _| {}).map_err(shown).unwrap();
    let tags = run("pdfinfo", &["-struct", out.join("handouts/tsuwari.pdf").to_str().unwrap()]);
    let levels: Vec<&str> = tags
        .split_whitespace()
        .filter(|word| word.len() == 2 && word.starts_with('H') && word.ends_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(levels, ["H1", "H2", "H3", "H2", "H3"], "{tags}");
}
