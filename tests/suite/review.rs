//! Reviews: recorded in the file, kept through small edits, asked for again when the text changes, told to whoever should do them.

use crate::support::build_site;
use crate::support::otayori;
use otayori::calendar::date;
use otayori::cli::check::{Format, overdue_list, report};
use otayori::config::Config;
use otayori::content::review::{Due, due};
use otayori::content::{Library, LoadOptions, ReviewedText, load};
use otayori::site::Theme;
use std::path::{Path, PathBuf};

const BODY: &str = "> [!まとめ]\n> - 水分を\n\n熱が38.5℃以上で、ぐったりしているときは、夜でも電話してください。\n";

/// A city with the repository's settings and theme and these files.
fn city(files: &[(&str, String)]) -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = std::fs::read_to_string(repository.join("otayori.yaml")).unwrap();
    let settings: String = settings.lines().filter(|l| !l.starts_with("sample_date")).map(|l| format!("{l}\n")).collect();
    let people = "- {id: saeki, name: 佐伯みのり, profession: midwife}\n- {id: natori, name: 名取 恵, profession: paediatrician}\n".to_owned();
    let topics = "- {id: body, title: からだ, summary: 体}\n".to_owned();
    for (path, text) in [("otayori.yaml", settings), ("content/people.yaml", people), ("content/topics.yaml", topics)].iter().chain(files) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink(repository.join("themes"), dir.path().join("themes")).unwrap();
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    (dir, config)
}

fn article(review: &str) -> String {
    format!(
        "---\r\ntitle: 熱があるとき # 題\r\nsummary: 水分を\r\nfor:\r\n  - child_months: 3-36\r\ntopics: [からだ]\r\n# 書いた人\r\nauthors: [saeki]\r\nsources: [日本小児科学会]\r\n{review}---\r\n{}",
        BODY.replace('\n', "\r\n")
    )
}

fn read(config: &Config, today: &str) -> (Library, String) {
    let (library, problems) = load(config, &LoadOptions { shift_days: 0, today: today.parse().unwrap() });
    let said = problems.sorted().iter().map(|p| format!("{p}\n")).collect();
    (library, said)
}

fn text_of(library: &Library) -> ReviewedText {
    library.articles["netsu"].versions["ja"].review.as_ref().unwrap().text
}

#[test]
fn a_review_is_recorded_kept_and_asked_for_again() {
    let (dir, config) = city(&[("content/articles/netsu.md", article(""))]);
    let file: PathBuf = dir.path().join("content/articles/netsu.md");
    let run = |arguments: &[&str]| {
        let output = otayori(dir.path(), arguments);
        (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (done, said) = run(&["review", "netsu", "--by", "natori", "--on", "2026-10-01", "--next", "6か月"]);
    assert!(done, "{said}");
    assert_eq!(said, "content/articles/netsu.md　熱があるとき　監修 名取 恵（小児科医）、2026-10-01、次は 2027-03-31 まで\n");
    let written = std::fs::read_to_string(&file).unwrap();
    let line = written.lines().find(|l| l.starts_with("review:")).unwrap();
    let mark = line.split("body: ").nth(1).unwrap().trim_end_matches('}');
    assert_eq!(written, article(&format!("review: {{by: natori, on: 2026-10-01, next: 2027-03-31, body: {mark}}}\r\n")), "nothing else has changed");
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));

    // A small edit keeps it.
    std::fs::write(&file, written.replace("ぐったりしているときは、", "**ぐったり**して\r\nいるときは、").replace("夜でも", "{夜|よる}でも")).unwrap();
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));

    // Another number does not.
    std::fs::write(&file, written.replace("38.5", "39.5")).unwrap();
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!(text_of(&library), ReviewedText::Changed);
    assert_eq!(
        said,
        "warning: content/articles/netsu.md:10:62 監修のあとで、文が変わっています。おたよりでは送りません\n  hint: 監修者（名取 恵さん）に見てもらい、`otayori review netsu --by natori` で記録してください\n"
    );
    assert!(!library.articles["netsu"].versions["ja"].review.as_ref().unwrap().holds_on(date(2026, 11, 21)));
    let waiting = due(&library, "ja", date(2026, 11, 21));
    assert_eq!((waiting[0].state, waiting[0].reviewer_name.as_deref()), (Due::Changed, Some("名取 恵（小児科医）")));
    assert!(page(&config, &library).contains("前の監修（2026年10月1日）のあとで書き直した"));

    let (done, said) = run(&["review", "content/articles/netsu.md", "--by", "名取恵", "--on", "2026-11-20", "--next", "2027-11-19"]);
    assert!(done, "{said}");
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));
    assert!(!page(&config, &library).contains("書き直した"));

    for (arguments, word) in [
        (&["review", "netu", "--by", "natori"][..], "「netsu」のことですか"),
        (&["review", "netsu", "--by", "natorii"], "「natori」のことですか"),
        (&["review", "netsu.en", "--by", "natori"], "ことばは ja があります"),
        (&["review", "netsu", "--by", "natori", "--on", "2999-01-01"], "まだ来ていません"),
        (&["review", "netsu", "--by", "natori", "--next", "いつか"], "日付ではありません"),
    ] {
        let before = std::fs::read(&file).unwrap();
        let (done, said) = run(arguments);
        assert!(!done && said.contains(word), "{said}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
    let (_, said) = run(&["review", "netsu", "--by", "saeki"]);
    assert!(said.contains("書いた人と監修した人が同じです"), "{said}");
}

/// The built page of the article.
fn page(config: &Config, library: &Library) -> String {
    let theme = Theme::load(config).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
    let out = tempfile::tempdir().unwrap();
    build_site(config, library, &theme, date(2026, 11, 21), out.path());
    std::fs::read_to_string(out.path().join("articles/netsu/index.html")).unwrap()
}

#[test]
fn reviews_without_a_mark_go_on_with_a_hint() {
    let (dir, config) = city(&[("content/articles/netsu.md", article("review: {by: natori, on: 2026-10-01, next: 2027-09-30}\r\n"))]);
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Unrecorded, ""));
    assert!(library.articles["netsu"].versions["ja"].review.as_ref().unwrap().holds_on(date(2026, 11, 21)));
    let (text, failed) = report(dir.path(), Format::Human, Some(date(2026, 11, 21))).unwrap();
    assert!(!failed && text.contains("監修が 1件あります。文が変わっても気づけません"), "{text}");
    assert!(otayori(dir.path(), &["review", "--adopt"]).status.success());
    let (library, _) = read(&config, "2026-11-21");
    let review = library.articles["netsu"].versions["ja"].review.as_ref().unwrap();
    assert_eq!((review.text, review.on, review.next), (ReviewedText::Same, date(2026, 10, 1), date(2027, 9, 30)));
    let (text, _) = report(dir.path(), Format::Human, Some(date(2026, 11, 21))).unwrap();
    assert!(!text.contains("文の印"), "{text}");
}

/// 60 days before the end it is told, on the last day it still holds, the day after the page has its banner.
#[test]
fn a_review_ends() {
    let (dir, config) = city(&[
        ("content/articles/netsu.md", article("review: {by: natori, on: 2026-01-01, next: 2026-12-31}\r\n")),
        ("content/articles/a.md", article("")),
        ("content/articles/b.md", article("review: {by: saeki, on: 2026-01-01, next: 2026-11-30}\r\n")),
        ("content/articles/b.en.md", "---\ntitle: B\nsummary: b\n---\nText.\n".into()),
        ("content/articles/c.md", article("review: {by: saeki, on: 2026-01-01, next: 2027-11-30}\r\n")),
    ]);
    for (today, told, holds, banner) in
        [("2026-10-31", "", true, false), ("2026-11-01", "あと60日", true, false), ("2026-12-31", "あと0日", true, false), ("2027-01-01", "過ぎています", false, true)]
    {
        let (library, said) = read(&config, today);
        let said: String = said.lines().filter(|l| l.contains("netsu.md")).collect();
        assert!(if told.is_empty() { said.is_empty() } else { said.contains(told) && said.contains("netsu.md:10:") }, "{today} {said}");
        assert_eq!(library.articles["netsu"].versions["ja"].review.as_ref().unwrap().holds_on(today.parse().unwrap()), holds);
        let theme = Theme::load(&config).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
        let out = tempfile::tempdir().unwrap();
        build_site(&config, &library, &theme, today.parse().unwrap(), out.path());
        let page = std::fs::read_to_string(out.path().join("articles/netsu/index.html")).unwrap();
        assert_eq!(page.contains("監修の期限（2026年12月31日）を過ぎています"), banner, "{today}");
    }
    let list = overdue_list(dir.path(), Format::Json, Some(date(2026, 12, 5))).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let rows: Vec<[&str; 3]> = list.iter().map(|d| [d["name"].as_str().unwrap(), d["state"].as_str().unwrap(), d["reviewer"].as_str().unwrap_or("-")]).collect();
    assert_eq!(rows, [["b", "overdue", "saeki"], ["a", "missing", "-"], ["b.en", "missing", "saeki"], ["netsu", "soon", "natori"]]);
    let list = overdue_list(dir.path(), Format::Human, Some(date(2026, 12, 5))).unwrap();
    insta::assert_snapshot!(list, @r"
    2026-12-05 の時点で、監修を頼むもの

    いま、おたよりで送っていないもの（3件）
      2026-11-30 に期限（5日前）　佐伯みのり（助産師）　「熱があるとき」
        content/articles/b.md
      まだ監修がない　監修者が決まっていません　「熱があるとき」
        content/articles/a.md
      まだ監修がない　佐伯みのり（助産師）　「B」
        content/articles/b.en.md

    まもなく期限が来るもの（1件）
      2026-12-31 まで（あと26日）　名取 恵（小児科医）　「熱があるとき」
        content/articles/netsu.md

    人ごと: 佐伯みのり（助産師） 2件、名取 恵（小児科医） 1件、決まっていない 1件
    監修が済んだら: otayori review b --by saeki

    文の印（review の body）がない監修が 3件あります。文が変わっても気づけません。次の監修から otayori review で記録するか、いまの文のままでよければ otayori review --adopt で足せます
    ");
}
