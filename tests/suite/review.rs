//! Reviews: recorded in the file, kept through small edits, asked for again when the text changes, told to whoever
//! should do them.

use crate::support::build_site;
use crate::support::otayori;
use otayori::calendar::date;
use otayori::cli::check::{Format, overdue_list, report};
use otayori::config::Config;
use otayori::content::{Library, LoadOptions, ReviewedText, Shelf, load};
use otayori::review::{Due, due};
use otayori::site::Theme;
use std::path::{Path, PathBuf};

const BODY: &str = "> [!まとめ]\n> - 水分を\n\n熱が38.5℃以上で、ぐったりしているときは、夜でも電話してください。\n";

/// A city with the repository's settings and theme and these files.
fn city(files: &[(&str, String)]) -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = std::fs::read_to_string(repository.join("otayori.yaml")).unwrap();
    let settings: String =
        settings.lines().filter(|l| !l.starts_with("sample_date")).map(|l| format!("{l}\n")).collect();
    let people = "- {id: saeki, name: 佐伯みのり, profession: midwife}\n- \
        {id: natori, name: 名取 恵, profession: paediatrician}\n"
        .to_owned();
    let topics = "- {id: body, title: からだ, summary: 体}\n".to_owned();
    // What no city does without.
    let contacts =
        "- {id: a, number: \"119\", title: a, when: a, hours: a, kind: danger, checked: 2026-11-02}\n".to_owned();
    let about = "---\ntitle: 題\nsummary: あ\n---\n本文です。\n".to_owned();
    let everyone = include_str!("../../src/engine/new/site/everyone.yaml").to_owned();
    let lists =
        [("content/contacts.yaml", contacts), ("content/pages/about.md", about), ("segments/everyone.yaml", everyone)];
    for (path, text) in [("otayori.yaml", settings), ("content/people.yaml", people), ("content/topics.yaml", topics)]
        .iter()
        .chain(&lists)
        .chain(files)
    {
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
        "---\r\ntitle: 熱があるとき # 題\r\nsummary: 水分を\r\nfor:\r\n  - child_months: 3-36\r\ntopics: [からだ]\r\n# \
         書いた人\r\nauthors: [saeki]\r\nsources: [日本小児科学会, 'WHO https://example.org/a?b=1&c=2。']\r\n\
         {review}---\r\n{}",
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
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (done, said) = run(&["review", "netsu", "--by", "natori", "--on", "2026-10-01", "--next", "6か月"]);
    assert!(done, "{said}");
    assert_eq!(
        said,
        "content/articles/netsu.md　熱があるとき　監修 名取 恵（小児科医）、2026-10-01、次は 2027-03-31 まで\n"
    );
    let written = std::fs::read_to_string(&file).unwrap();
    let line = written.lines().find(|l| l.starts_with("review:")).unwrap();
    let mark = line.split("body: ").nth(1).unwrap().trim_end_matches('}');
    assert_eq!(
        written,
        article(&format!("review: {{by: natori, on: 2026-10-01, next: 2027-03-31, body: {mark}}}\r\n")),
        "nothing else has changed"
    );
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));

    // A small edit keeps it.
    std::fs::write(
        &file,
        written
            .replace("ぐったりしているときは、", "**ぐったり**して\r\nいるときは、")
            .replace("夜でも", "{夜|よる}でも"),
    )
    .unwrap();
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));

    // Another number does not.
    std::fs::write(&file, written.replace("38.5", "39.5")).unwrap();
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!(text_of(&library), ReviewedText::Changed);
    assert_eq!(
        said,
        "warning: content/articles/netsu.md:15:1 監修のあとで、文が変わっています。おたよりでは送りません。変わった所: \
         15行目\n  hint: 監修者（名取 恵さん）に見てもらい、`otayori review netsu --by natori` で記録してください\n"
    );
    assert!(!library.articles["netsu"].versions["ja"].review.as_ref().unwrap().holds_on(date(2026, 11, 21)));
    let waiting = due(&library, "ja", date(2026, 11, 21));
    assert_eq!((waiting[0].state, waiting[0].reviewer_name.as_deref()), (Due::Changed, Some("名取 恵（小児科医）")));
    let built = page(&config, &library);
    assert!(built.contains("前の監修（2026年10月1日）のあとで書き直した"));
    let link = "https://example.org/a?b=1&amp;c=2";
    assert!(built.contains(&format!(">WHO <a href=\"{link}\" rel=\"external noopener\">{link}</a>。</li>")), "{built}");

    let (done, said) =
        run(&["review", "content/articles/netsu.md", "--by", "名取恵", "--on", "2026-11-20", "--next", "2027-11-19"]);
    assert!(done, "{said}");
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));
    assert!(!page(&config, &library).contains("書き直した"));

    for (arguments, word) in [
        (&["review", "netu", "--by", "natori"][..], "「netsu」のことですか"),
        (&["review", "netsu", "--by", "natorii"], "「natori」のことですか"),
        (&["review", "netsu", "--by", "natorii"], "\n  saeki   佐伯みのり（助産師）\n  natori  名取 恵（小児科医）"),
        (
            &["review", "netsu"],
            "だれの監修かを、--by に書いてください。監修できる人（content/people.yaml）:\n  saeki   \
             佐伯みのり（助産師）　← この記事を書いた人\n  natori  名取 恵（小児科医）\n例: otayori review netsu --by \
             natori",
        ),
        (&["review", "--by", "natori"], "どの記事かを書いてください。例: otayori review netsu --by saeki"),
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
fn a_review_without_a_mark_is_none() {
    let (dir, config) =
        city(&[("content/articles/netsu.md", article("review: {by: natori, on: 2026-10-01, next: 2027-09-30}\r\n"))]);
    let (library, said) = read(&config, "2026-11-21");
    assert!(library.articles["netsu"].versions["ja"].review.is_none());
    assert!(
        said.starts_with(
            "warning: content/articles/netsu.md:10:9 文の印（body）のない監修は、監修と数えません。\
            おたよりでは送らず、監修の印も出しません\n  hint: 手で書いた"
        ),
        "{said}"
    );
    let page = page(&config, &library);
    assert!(!page.contains("名取") && !page.contains("小児科医") && page.contains("監修"), "{page}");
    // Nothing gives it a mark but a review that somebody records by name.
    let output = otayori(dir.path(), &["review", "--adopt"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("印を足しました: 0件") && told.contains("content/articles/netsu.md"), "{told}");
    assert!(read(&config, "2026-11-21").0.articles["netsu"].versions["ja"].review.is_none());
    let list = overdue_list(dir.path(), Format::Json, Some(date(2026, 12, 5))).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    assert_eq!(
        (list[0]["state"].as_str(), list[0]["reviewer"].as_str(), list[0]["next"].as_str()),
        (Some("unmarked"), Some("natori"), None)
    );
    let list = overdue_list(dir.path(), Format::Human, Some(date(2026, 12, 5))).unwrap();
    assert!(
        list.contains("いま、おたよりで送っていないもの（1件）\n  文の印のない監修（数えません）　名取 恵（小児科医）"),
        "{list}"
    );
    assert!(otayori(dir.path(), &["review", "netsu", "--by", "natori", "--on", "2026-10-01"]).status.success());
    let (library, said) = read(&config, "2026-11-21");
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));
}

/// People who are made up for the sample review nothing elsewhere: with their mark, or copied without it.
#[test]
fn a_person_of_the_sample_reviews_nothing_in_a_city() {
    let (dir, config) = city(&[("content/articles/netsu.md", article(""))]);
    assert!(otayori(dir.path(), &["review", "netsu", "--by", "natori", "--on", "2026-10-01"]).status.success());
    assert_eq!(read(&config, "2026-11-21").1, "");
    let people = dir.path().join("content/people.yaml");
    let real = std::fs::read_to_string(&people).unwrap();
    let marked = real.replace("profession: paediatrician}", "profession: paediatrician, sample: true}");
    let shipped = real.replace("id: natori, name: 名取 恵", "id: natori-megumi, name: 名取恵");
    let article_file = dir.path().join("content/articles/netsu.md");
    let text = std::fs::read_to_string(&article_file).unwrap();
    for (people_text, by) in [(marked, "natori"), (shipped, "natori-megumi")] {
        std::fs::write(&people, people_text).unwrap();
        std::fs::write(&article_file, text.replace("by: natori,", &format!("by: {by},"))).unwrap();
        let (library, said) = read(&config, "2026-11-21");
        assert!(
            library.articles["netsu"].versions["ja"].review.is_none()
                && said.contains("見本の架空の人の監修です。監修と数えません"),
            "{by}: {said}"
        );
        let list = overdue_list(dir.path(), Format::Human, Some(date(2026, 12, 5))).unwrap();
        assert!(list.contains("見本の架空の人の監修（数えません）"), "{list}");
        let output = otayori(dir.path(), &["review", "netsu", "--by", by]);
        assert!(
            !output.status.success() && String::from_utf8(output.stderr).unwrap().contains("見本の架空の人"),
            "{by}"
        );
        let (text, failed) = report(dir.path(), Format::Human, Some(date(2026, 11, 21))).unwrap();
        assert!(!failed && text.contains("content/people.yaml:2:1 名取"), "{text}");
    }
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
    crate::support::sign(dir.path());
    for (today, told, holds, banner) in [
        ("2026-10-31", "", true, false),
        ("2026-11-01", "あと60日", true, false),
        ("2026-12-31", "あと0日", true, false),
        ("2027-01-01", "過ぎています", false, true),
    ] {
        let (library, said) = read(&config, today);
        let said: String = said.lines().filter(|l| l.contains("netsu.md")).collect();
        assert!(
            if told.is_empty() { said.is_empty() } else { said.contains(told) && said.contains("netsu.md:10:") },
            "{today} {said}"
        );
        assert_eq!(
            library.articles["netsu"].versions["ja"].review.as_ref().unwrap().holds_on(today.parse().unwrap()),
            holds
        );
        let theme = Theme::load(&config).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
        let out = tempfile::tempdir().unwrap();
        build_site(&config, &library, &theme, today.parse().unwrap(), out.path());
        let page = std::fs::read_to_string(out.path().join("articles/netsu/index.html")).unwrap();
        assert_eq!(page.contains("監修の期限（2026年12月31日）を過ぎています"), banner, "{today}");
    }
    let list = overdue_list(dir.path(), Format::Json, Some(date(2026, 12, 5))).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let rows: Vec<[&str; 3]> = list
        .iter()
        .map(|d| [d["name"].as_str().unwrap(), d["state"].as_str().unwrap(), d["reviewer"].as_str().unwrap_or("-")])
        .collect();
    assert_eq!(
        rows,
        [
            ["b", "overdue", "saeki"],
            ["a", "missing", "-"],
            ["b.en", "missing", "saeki"],
            ["danger", "missing", "-"],
            ["netsu", "soon", "natori"]
        ]
    );
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

    サイトや相談で、そのまま使っているもの（1件）
      まだ監修がない　監修者が決まっていません　「危険のしるし」
        content/danger/review.yaml

    まもなく期限が来るもの（1件）
      2026-12-31 まで（あと26日）　名取 恵（小児科医）　「熱があるとき」
        content/articles/netsu.md

    人ごと: 佐伯みのり（助産師） 2件、決まっていない 2件、名取 恵（小児科医） 1件
    監修が済んだら: otayori review b --by saeki
    危険のしるしは: otayori danger review --by 監修した人の id
    ");
}

/// `for` and the pictures are the reviewer's matter, too; where they changed is told.
#[test]
fn the_weeks_and_the_pictures_are_reviewed_too() {
    let with_picture = |review: &str| article(review).replace("熱が38.5", "![体温計](images/t.png)\r\n\r\n熱が38.5");
    let english =
        "---\ntitle: Fever\nsummary: Water\nreview: {by: natori, on: 2026-10-01, next: 2027-09-30}\n---\nText.\n"
            .to_owned();
    let credits = "- {file: t.png, source: 市, licence: 市のもの}\n".to_owned();
    let (dir, config) = city(&[
        ("content/articles/netsu.md", with_picture("")),
        ("content/articles/netsu.en.md", english),
        ("content/images/credits.yaml", credits),
        ("content/images/t.png", String::new()),
    ]);
    let (file, picture) = (dir.path().join("content/articles/netsu.md"), dir.path().join("content/images/t.png"));
    let dot = |shade: u8| image::RgbImage::from_pixel(4, 4, image::Rgb([shade; 3])).save(&picture).unwrap();
    dot(1);
    let first = std::fs::read(&picture).unwrap();
    assert!(
        otayori(dir.path(), &["review", "netsu", "netsu.en", "--by", "natori", "--on", "2026-10-01"]).status.success()
    );
    let mut shelf = Shelf::of(dir.path());
    let mut read = || {
        let (library, problems) = shelf.load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
        let said: String =
            problems.sorted().iter().map(|p| format!("{p}\n")).filter(|p| p.contains("変わっています")).collect();
        (library, said)
    };
    assert_eq!(read().1, "");
    dot(2);
    let (library, said) = read();
    assert_eq!(text_of(&library), ReviewedText::Changed);
    assert!(
        said.contains(
            "warning: content/articles/netsu.md:15:8 監修のあとで、写真（images/t.png）が変わっています。\
            おたよりでは送りません\n  hint: 監修者（名取 恵さん）"
        ),
        "{said}"
    );
    // With its old bytes it is the reviewed one again; other times are no change.
    std::fs::write(&picture, first).unwrap();
    let (library, said) = read();
    assert_eq!((text_of(&library), said.as_str()), (ReviewedText::Same, ""));

    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("child_months: 3-36", "child_months: 0-36")).unwrap();
    let (library, said) = read();
    assert!(
        said.contains(
            "warning: content/articles/netsu.md:5:3 監修のあとで、文が変わっています。\
        おたよりでは送りません。変わった所: for（届ける時期）\n"
        ),
        "{said}"
    );
    assert!(
        said.contains(
            "netsu.en.md もとの版の `for`（届ける時期）が、監修のあとで変わっています（content/articles/netsu.md）"
        ),
        "the translation goes out in the same weeks: {said}"
    );
    let review = |language: &str| library.articles["netsu"].versions[language].review.clone().unwrap();
    assert!(
        review("ja").changes.windows && review("en").holds_on(date(2026, 11, 21)),
        "its own text is the reviewed one"
    );
    // Several places: the first, and how many more.
    std::fs::write(&file, text.replace("水分を", "水を").replace("38.5", "39.0")).unwrap();
    let (_, said) = read();
    assert!(
        said.contains("netsu.md:3:10 ") && said.contains("変わった所: summary、13行目ほか1か所")
            || said.contains("変わった所: summary、12〜13行目ほか1か所"),
        "{said}"
    );
}

/// A draft for a doctor: the file is named, the mark stands on every page, and nothing is written into the article.
#[test]
fn a_draft_is_handed_to_a_reviewer() {
    let long = format!(
        "{}\r\n## この{{薬|くすり}}で必ず治ります\r\n\r\n{}",
        article("draft: true\r\n"),
        "水分を、ひと口ずつ飲みます。\r\n\r\n".repeat(60)
    );
    let (dir, _) = city(&[("content/articles/netsu.md", long.clone())]);
    let done = otayori(
        dir.path(),
        &["review", "netsu", "--sheet", "--by", "natori", "--until", "2999-12-05", "--from", "保健センター 山田"],
    );
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let pdf = dir.path().join("data/sheets/netsu-review.pdf");
    assert!(said.starts_with(&format!("{}　「熱があるとき」\n", pdf.display())) && pdf.is_file(), "{said}");
    assert_eq!(std::fs::read_to_string(dir.path().join("content/articles/netsu.md")).unwrap(), long);
    let text = std::process::Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 2, "{text}");
    for page in &pages {
        assert!(page.contains("監修前の原稿") && page.contains("content/articles/netsu.md"), "{page}");
    }
    for words in [
        "名取 恵（小児科医）",
        "保健センター 山田",
        "2999年12月5日まで",
        "3〜36か月",
        "日本小児科学会",
        "効果や安全を約束する言い方です",
        "監修者（署名）",
        "日付",
        "17行",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let late = otayori(dir.path(), &["review", "netsu", "--sheet", "--until", "2020-01-01"]);
    assert!(!late.status.success() && String::from_utf8_lossy(&late.stderr).contains("もう過ぎています"));
}

/// What was begun in the map and not written yet is nobody's reviewed text.
#[test]
fn a_draft_with_its_placeholders_is_not_recorded() {
    let begun = article("").replace("title: 熱があるとき", "title: \"熱があるとき（仮の題）\"");
    let (dir, _) = city(&[("content/articles/netsu.md", begun.clone())]);
    let done = otayori(dir.path(), &["review", "netsu", "--by", "natori"]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        !done.status.success() && said.contains("content/articles/netsu.md:2:") && said.contains("（仮の題）"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(dir.path().join("content/articles/netsu.md")).unwrap(), begun);
    let bare = article("").replace("authors: [", "authors: [] #");
    std::fs::write(dir.path().join("content/articles/netsu.md"), bare).unwrap();
    let said = String::from_utf8(otayori(dir.path(), &["review", "netsu", "--by", "natori"]).stdout).unwrap();
    assert!(said.contains("書いた人（authors）がありません"), "{said}");
}

#[test]
fn readability_of_one_article_or_folder() {
    let (dir, _) = city(&[
        ("content/articles/netsu.md", article("")),
        ("content/articles/b.md", article("")),
        ("content/articles/b.easy.md", "---\ntitle: B\nsummary: b\n---\n{熱|ねつ}。\n".into()),
    ]);
    let rows = |arguments: &[&str]| -> Vec<String> {
        let done = otayori(dir.path(), &[&["check", "--readability", "--format", "json"], arguments].concat());
        let list: Vec<serde_json::Value> = serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|e| panic!("{e} {}", String::from_utf8_lossy(&done.stderr)));
        let mut files: Vec<String> = list
            .iter()
            .map(|g| g["file"].as_str().unwrap().trim_start_matches("content/articles/").to_owned())
            .collect();
        files.sort();
        files.dedup();
        files
    };
    assert_eq!(rows(&["netsu"]), ["netsu.md"]);
    assert_eq!(rows(&["b"]), ["b.easy.md", "b.md"], "all its languages");
    assert_eq!(rows(&["b.easy"]), ["b.easy.md"]);
    assert_eq!(rows(&["content/articles/netsu.md", "b.easy.md"]), ["b.easy.md", "netsu.md"]);
    assert_eq!(rows(&["content/articles/"]).len(), 3);
    let wrong = otayori(dir.path(), &["check", "--readability", "netu"]);
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("「netsu」のことですか"));
}
