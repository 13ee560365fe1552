//! What medical advertising may not say, pictures without a source: told with the rule's name, silenced only with a
//! reason.

use crate::support::build_site;
use otayori::calendar::date;
use otayori::cli::check::{Format, report};
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use otayori::site::Theme;
use std::path::Path;

const TODAY: otayori::calendar::Date = date(2026, 11, 21);

/// What `check` says of the articles of a city whose author works at a clinic.
fn check(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = std::fs::read_to_string(repository.join("otayori.yaml")).unwrap();
    let people = "- {id: a, name: 名取 恵, profession: paediatrician, affiliation: なとりこどもクリニック}\n- \
        {id: b, name: 柳 大輔, profession: paediatrician, affiliation: 南総合病院 小児科}\n";
    let base = [
        ("otayori.yaml", settings.as_str()),
        ("content/people.yaml", people),
        ("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n"),
        ("content/brands.yaml", "- {name: OS-1, instead: 経口補水液}\n"),
        // What no city does without.
        (
            "content/contacts.yaml",
            "- {id: a, number: \"119\", title: a, when: a, hours: a, kind: danger, checked: 2026-11-02}\n",
        ),
        ("content/pages/about.md", "---\ntitle: 題\nsummary: あ\n---\n本文です。\n"),
        ("segments/everyone.yaml", include_str!("../../src/engine/new/site/everyone.yaml")),
    ];
    for (path, text) in base.iter().chain(files) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink(repository.join("themes"), dir.path().join("themes")).unwrap();
    let (json, _) = report(dir.path(), Format::Json, Some(TODAY)).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    // This city has no table of limits of its own, no clinic, and nobody who has reviewed the signs of danger.
    let all = all.iter().filter(|p| {
        !["content/triage.yaml", "content/contacts.yaml", "content/danger/review.yaml"]
            .contains(&p["file"].as_str().unwrap())
    });
    let said = all
        .map(|p| {
            format!(
                "{}:{} {}｜{}",
                p["file"].as_str().unwrap(),
                p["line"],
                p["message"].as_str().unwrap(),
                p["hint"].as_str().unwrap()
            )
        })
        .collect();
    (dir, said)
}

fn article(extra: &str, body: &str) -> String {
    format!("---\ntitle: 題\nsummary: あ\ntopics: [からだ]\nauthors: [a]\nsources: [x]\n{extra}---\n{body}\n")
}

#[test]
fn each_rule_is_told_by_its_name() {
    let text = "はじめ。\n\nこの薬で、**{必|かなら}ず治り**ます。\nOS-1をどうぞ。\n\n- 体験談があります\n- \
        市内一の所です\n\nなとりこどもクリニックへ。";
    let (_dir, said) = check(&[
        ("content/articles/t.md", &article("", text)),
        ("content/bulletins/n.md", "---\ntitle: 今だけ割引\nsummary: あ\npublish: 2026-11-20\n---\n本文\n"),
    ]);
    let reason = |rule: &str| format!("。わけがあるときは、前書きに allow: [{{rule: {rule}, reason: わけ}}]");
    assert_eq!(
        said,
        [
            format!(
                "content/articles/t.md:10 効果や安全を約束する言い方です「必ず治」（cure：医療広告ガイドライン \
                 虚偽・誇大広告）｜「多くの人は…」「…ことがあります」のように、わかっていることを書いてください{}",
                reason("cure")
            ),
            format!(
                "content/articles/t.md:11 商品名があります「OS-1」（brand：商品名）｜「経口補水液」と書いてください{}",
                reason("brand")
            ),
            format!(
                "content/articles/t.md:13 効いたという体験の紹介です「体験談」（testimonial：医療広告ガイドライン \
                 体験談）｜体験ではなく、根拠と出典を書いてください{}",
                reason("testimonial")
            ),
            format!(
                "content/articles/t.md:14 ほかより優れているという言い方です「市内一」（best：医療広告ガイドライン \
                 比較優良広告）｜比べずに、何をするところかを書いてください{}",
                reason("best")
            ),
            format!(
                "content/articles/t.md:16 1つの医療機関にさそう言い方です「書いた人・監修した人の勤め先 \
                 なとりこどもクリニック」（inducement：医療広告ガイドライン 特定の医療機関への誘引）\
                 ｜選べる所をすべて並べるか、かかりつけ・市の一覧へ案内してください{}",
                reason("inducement")
            ),
            format!(
                "content/bulletins/n.md:1 1つの医療機関にさそう言い方です「今だけ」（inducement：医療広告ガイドライン \
                 特定の医療機関への誘引）｜選べる所をすべて並べるか、かかりつけ・市の一覧へ案内してください{}",
                reason("inducement")
            ),
        ]
    );
    // Two places to choose from lead to none; nor does the place of somebody who has nothing to do with the text.
    let (_dir, said) = check(&[
        ("content/articles/t.md", &article("", "なとりこどもクリニックか、南総合病院へ。")),
        ("content/articles/u.md", &article("", "南総合病院へ。")),
    ]);
    assert_eq!(said, [] as [String; 0]);
}

#[test]
fn only_a_reason_silences() {
    let allowed = "allow:\n  - {rule: brand, reason: 誤飲の多い商品として、名前を知らせるため}\n";
    let (_dir, said) = check(&[("content/articles/t.md", &article(allowed, "OS-1のこと。"))]);
    assert_eq!(said, [] as [String; 0]);
    let (_dir, said) = check(&[
        ("content/articles/t.md", &article("allow: [{rule: brand}]\n", "OS-1のこと。")),
        ("content/articles/u.md", &article("allow: [{rule: brnad, reason: a}]\n", "水のこと。")),
        ("content/articles/v.md", &article("allow: [{rule: cure, reason: a}]\n", "水のこと。")),
    ]);
    let said: Vec<&str> = said.iter().map(|s| s.split('｜').next().unwrap()).collect();
    assert_eq!(
        said,
        [
            "content/articles/t.md:7 `reason` がありません",
            "content/articles/t.md:9 商品名があります「OS-1」（brand：商品名）",
            "content/articles/u.md:7 決まり `brnad` はありません",
            "content/articles/v.md:7 `allow` の cure は、いまの文では要りません",
        ]
    );
}

#[test]
fn pictures_say_whose_they_are() {
    let text = article("", "![絵本](images/ehon.png)");
    let (dir, said) = check(&[
        ("content/articles/t.md", &text),
        ("content/images/credits.yaml", "- {file: ehon.pmg, source: 市, licence: x}\n- {file: a, url: b}\n"),
    ]);
    assert!(said.iter().any(|s| s.contains("credits.yaml:1 写真 `ehon.pmg` がありません")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("credits.yaml:2 `licence` がありません")), "{said:?}");
    std::fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("content/images/ehon.png"),
        dir.path().join("content/images/ehon.png"),
    )
    .unwrap();
    std::fs::write(
        dir.path().join("content/images/credits.yaml"),
        "- {file: ehon.png, source: 絵本の会, licence: CC BY 4.0, url: \"https://example.jp/e\"}\n",
    )
    .unwrap();
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    let (library, problems) = load(&config, &LoadOptions { shift_days: 0, today: TODAY });
    assert!(problems.sorted().is_empty());
    let theme = Theme::load(&config).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
    let out = tempfile::tempdir().unwrap();
    build_site(&config, &library, &theme, TODAY, out.path());
    let page = std::fs::read_to_string(out.path().join("articles/t/index.html")).unwrap();
    assert!(page.contains("絵本の会") && page.contains("CC BY 4.0") && page.contains("https://example.jp/e"), "{page}");
}
