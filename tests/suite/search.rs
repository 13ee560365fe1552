//! What people type at 3 a.m.: the page that helps is among the first three, and whoever is in danger sees whom to
//! ring.

use crate::support::build_site;
use anyhow::Context as _;
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use otayori::danger::Danger;
use otayori::search::Reader;
use otayori::site::Theme;
use otayori::site::urgent::{fitting, urgent};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

/// `query, language, slug` each; the slug must be among the first three.
pub fn queries() -> Vec<(String, String, String)> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/search.tsv")).unwrap();
    let rows: Vec<(String, String, String)> = text
        .lines()
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [query, language, slug] = columns.as_slice() else { panic!("{line}") };
            ((*query).to_owned(), (*language).to_owned(), (*slug).to_owned())
        })
        .collect();
    assert!(rows.len() > 80);
    rows
}

/// Queries with the dangers that their words name.
pub fn dangers() -> Vec<(String, BTreeSet<Danger>)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/search-danger.tsv"))
        .unwrap();
    let kinds = |words: &str| words.split(' ').filter(|k| !k.is_empty()).map(|k| Danger::from_id(k).unwrap()).collect();
    text.lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(query, words)| (query.to_owned(), kinds(words)))
        .collect()
}

/// Does a path of the site lead to this article?
pub fn leads_to(path: &str, slug: &str) -> bool {
    path.split('/').any(|part| part == slug)
}

#[test]
fn the_page_that_helps_is_among_the_first_three() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::load_with(root, &|_| None).unwrap();
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 24) });
    let out = tempfile::tempdir().unwrap();
    build_site(&config, &library, &Theme::load(&config).unwrap(), date(2026, 11, 24), out.path());
    let mut wrong = Vec::new();
    for (query, language, slug) in queries() {
        let folder = out.path().join("search").join(&language);
        let mut reader = Reader::new(|name: &str| std::fs::read(folder.join(name)).with_context(|| name.to_owned()));
        let (_, hits) = reader.find(&query, 0, 3).unwrap();
        if !hits.iter().any(|hit| leads_to(&hit.path, &slug)) {
            wrong.push(format!(
                "{query} ({language}): {slug} is not in {:?}",
                hits.iter().map(|h| &h.path).collect::<Vec<_>>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What a phone loads to know the words of danger.
    for language in &config.site.languages {
        let bytes = std::fs::read(out.path().join("search").join(language).join("danger.json")).unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&bytes).unwrap();
        let size = packed.finish().unwrap().len();
        assert!((1_000..30_000).contains(&size), "{language}: {size} bytes");
    }
}

/// Who has lost a child, or can no more, or wants no more letters, finds the page for it first.
#[test]
fn whoever_grieves_finds_the_page_first() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::load_with(root, &|_| None).unwrap();
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 24) });
    let out = tempfile::tempdir().unwrap();
    build_site(&config, &library, &Theme::load(&config).unwrap(), date(2026, 11, 24), out.path());
    let mut wrong = Vec::new();
    for (language, query, path) in [
        ("ja", "赤ちゃん 亡くなった", "/loss/"),
        ("ja", "赤ちゃんが亡くなった", "/loss/"),
        ("ja", "心拍が止まった", "/loss/"),
        ("ja", "おたよりを止める", "/stop"),
        ("ja", "お便り 止めたい", "/stop"),
        ("ja", "通知を解除したい", "/stop"),
        ("ja", "眠れない", "/articles/watashi-tsurai/"),
        ("ja", "あかちゃんがなくなった", "/loss/"),
        ("ja", "赤ちゃんが亡くなりました", "/loss/"),
        ("ja", "赤ちゃん なくなった", "/loss/"),
        ("ja", "赤ちゃんを亡くしました", "/loss/"),
        ("ja", "赤ちゃん 死んでしまった", "/loss/"),
        ("ja", "赤ちゃんが死にました", "/loss/"),
        ("ja", "おなかの子が亡くなった", "/loss/"),
        ("ja", "お腹の赤ちゃん 死亡", "/loss/"),
        ("ja", "双子の一人がなくなった", "/loss/"),
        ("ja", "切迫流産", "/articles/shukketsu-shoki/"),
        ("ja", "子宮外妊娠", "/articles/ryuzan-care/"),
        ("ja", "流産 母乳が出る", "/articles/ryuzan-care/"),
        ("ja", "死産 お乳が張る", "/articles/shizan-care/"),
        ("ja", "母乳が出る", "/articles/sango-karada/"),
        ("ja", "お乳が張る", "/articles/sango-karada/"),
        ("ja", "さみしい", "/articles/watashi-tsurai/"),
        ("ja", "寂しい", "/articles/watashi-tsurai/"),
        ("ja", "お葬式", "/loss/"),
        ("ja", "赤ちゃんの火葬", "/loss/"),
        ("ja", "天使ママ", "/loss/"),
        ("ja", "水子", "/loss/"),
        ("ja", "死産届", "/articles/shizan-care/"),
        ("ja", "母乳を止める", "/articles/sango-karada/"),
        ("ja", "死産 母乳を止めたい", "/articles/shizan-care/"),
        ("ja", "死にたい", "/articles/watashi-tsurai/"),
        ("ja", "ママもそっちに行く", "/articles/watashi-tsurai/"),
        ("ja", "流産した", "/articles/ryuzan-care/"),
        ("ja", "死産", "/articles/shizan-care/"),
        ("ja", "つらい", "/articles/watashi-tsurai/"),
        ("ja", "息子を亡くした", "/articles/kodomo-wakare/"),
        ("easy", "あかちゃん なくなった", "/loss/easy/"),
        ("easy", "おたよりを とめる", "/stop?lang=easy"),
        ("easy", "ねむれない", "/night/easy/"),
        ("easy", "つらい", "/night/easy/"),
        ("en", "my baby died", "/loss/en/"),
        ("en", "stillbirth", "/loss/en/"),
        ("easy", "あかちゃんが なくなりました", "/loss/easy/"),
        ("easy", "さみしい", "/night/easy/"),
        ("en", "lonely", "/night/en/"),
        ("en", "ectopic pregnancy", "/articles/ryuzan-care/en/"),
        ("en", "miscarriage", "/articles/ryuzan-care/en/"),
        ("en", "stop the letters", "/stop?lang=en"),
        ("en", "unsubscribe", "/stop?lang=en"),
        ("en", "I can't sleep", "/night/en/"),
        ("en", "overwhelmed", "/night/en/"),
    ] {
        let folder = out.path().join("search").join(language);
        let mut reader = Reader::new(|name: &str| std::fs::read(folder.join(name)).with_context(|| name.to_owned()));
        let (_, hits) = reader.find(query, 0, 3).unwrap();
        let paths: Vec<&str> = hits.iter().map(|h| h.path.as_str()).collect();
        if paths.first() != Some(&path) {
            wrong.push(format!("{language} {query}: {paths:?}"));
        }
        // Beside it nothing of children who are well.
        let grieves = ["流産", "死産", "亡く", "なくな", "心拍", "死", "子宮外", "葬", "天使", "水子"]
            .iter()
            .any(|word| query.contains(word))
            && !["切迫流産", "死にたい"].contains(&query);
        let quiet = |path: &str| {
            [
                "/loss/",
                "ryuzan-care",
                "shizan-care",
                "kodomo-wakare",
                "wakare-kazoku",
                "wakare-nakama",
                "shukketsu-shoki",
                "sango-karada",
            ]
            .iter()
            .any(|p| path.contains(p))
        };
        if grieves && language == "ja" && !paths.iter().all(|p| quiet(p)) {
            wrong.push(format!("{language} {query}: {paths:?} beside it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Words of less, and of what moves no more, are no words of a loss.
    for query in [
        "赤ちゃん おしっこが少なくなった",
        "赤ちゃんが動かなくなった",
        "おなかの子 動きが少なくなった",
        "子どもがごはんを食べなくなった",
        "赤ちゃん 突然死",
    ] {
        let folder = out.path().join("search").join("ja");
        let mut reader = Reader::new(|name: &str| std::fs::read(folder.join(name)).with_context(|| name.to_owned()));
        let (_, hits) = reader.find(query, 0, 3).unwrap();
        assert!(
            !hits.iter().any(|h| h.path == "/loss/" || h.path.contains("wakare")),
            "{query}: {:?}",
            hits.iter().map(|h| &h.path).collect::<Vec<_>>()
        );
    }
}

#[test]
fn words_of_danger_name_it_and_whom_to_ring() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::load_with(root, &|_| None).unwrap();
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 24) });
    for (query, expected) in dangers() {
        let found = urgent(&query);
        if expected.is_empty() {
            assert!(found.is_empty(), "{query}: {found:?}");
        } else {
            assert!(expected.is_subset(&found), "{query}: {found:?}, not {expected:?}");
        }
    }
    let first = |danger: Danger| fitting(&library.contacts, danger).first().map(|c| c.id.as_str());
    for (danger, id) in [
        (Danger::Suicide, "inochi-sos"),
        (Danger::Vital, "ambulance"),
        (Danger::Overdose, "ambulance"),
        (Danger::Violence, "police"),
        (Danger::ChildAbuseSeen, "jiso-189"),
        (Danger::FetalMovement, "harukaze-sanfujinka"),
        (Danger::InfantFever, "kodomo-8000"),
        (Danger::HarmChild, "jiso-189"),
    ] {
        assert_eq!(first(danger), Some(id), "{danger:?}");
    }
    // Nobody is left without a number.
    assert!(Danger::ALL.into_iter().all(|danger| first(danger).is_some()));
}

#[test]
fn a_page_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    otayori::engine::new::create(dir.path(), date(2026, 11, 24)).unwrap();
    std::fs::write(
        dir.path().join("content/search.yaml"),
        "- {page: hajimetee, words: [熱]}\n- {page: about, words: ['|', 市]}\n- {page: about}\n",
    )
    .unwrap();
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    let (_, problems) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 24) });
    let said: Vec<String> = problems
        .sorted()
        .iter()
        .filter(|p| p.file == "content/search.yaml")
        .map(|p| format!("{}:{} {}｜{}", p.line, p.column, p.message, p.hint))
        .collect();
    assert_eq!(
        said,
        [
            "1:10 ページ `hajimetee` はありません｜「hajimete」のことですか",
            "2:25 ことばがありません｜「A|B + C」の形で、探すことばを書いてください",
            "3:3 `words` がありません｜探すことばを、words: [ことば, …] に書いてください",
            "3:10 `about` が2回あります｜1つにまとめてください",
        ]
    );
}
