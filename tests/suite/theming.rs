//! A second, small theme: colours, mark, words and one template of its own, all else of the theme that it extends.

use crate::incremental::{City, tree};
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::Shelf;
use otayori::flyer::Engine;
use otayori::site::{Address, Edition, Theme};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

fn built(city: &City) -> BTreeMap<String, String> {
    city.build("public", &mut Shelf::default(), false).unwrap();
    tree(&city.root().join("public")).into_iter().map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

#[test]
fn a_theme_changes_what_it_has_and_keeps_the_rest() {
    let city = City::with_theme("default");
    let before = built(&city);
    let after = built(&City::with_theme("minato"));
    let boat = "M4 30h40l-6 12H10zM22 6h4v22h-4z";
    for (name, page) in after.iter().filter(|(name, page)| name.ends_with(".html") && page.contains("<nav")) {
        assert!(page.contains(boat) && page.contains("/static/own.css?v="), "{name} has the town's mark and colours");
        assert!(page.contains("#e9f1ee") && page.contains("#0f1a17") && !page.contains("#f2f0e4"), "{name}: {}", &page[..600]);
    }
    assert!(after["people/index.html"].contains("港町の母子保健係が、たしかめています。") && after["people/index.html"].contains("書いている人・監修している人"));
    assert!(after["index.html"].contains("みなとの知らせ") && after["index.html"].contains("読みもの"), "one word changes, the others stay");
    assert!(!after["easy/index.html"].contains("みなとの知らせ"), "a word of one language is not another's");
    assert!(after["manifest.webmanifest"].contains("#e9f1ee") && after["sw.js"].contains("/static/own.css?v="));
    assert_eq!(after["static/style.css"], before["static/style.css"]);
    assert_ne!(after["static/icon.svg"], before["static/icon.svg"]);
    let mut names: Vec<&String> = after.keys().filter(|name| !before.contains_key(*name)).collect();
    names.retain(|name| !name.starts_with("search/"));
    assert_eq!(names, ["static/own.css"]);
}

#[test]
fn every_address_of_a_static_file_tells_its_bytes() {
    let city = City::with_theme("minato");
    let address = |city: &City| Theme::load(&Config::load(city.root()).unwrap()).unwrap().assets().address("own.css").unwrap();
    let (files, first) = (built(&city), address(&city));
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        for asset in page.split("/static/").skip(1).map(|rest| rest.split(['"', ' ', '>', '\\', ',']).next().unwrap()) {
            let (file, mark) = asset.split_once("?v=").unwrap_or_else(|| panic!("{name}: /static/{asset} has no mark"));
            assert!(files.contains_key(&format!("static/{file}")) && mark.len() == 10, "{name}: {asset}");
        }
    }
    fs::write(city.root().join("themes/minato/static/own.css"), ":root{--paper:#fff}").unwrap();
    let theme = Theme::load(&Config::load(city.root()).unwrap()).unwrap();
    let query = |address: &str| address.split_once('?').unwrap().1.to_owned();
    assert_ne!(address(&city), first);
    assert!(theme.assets().lasts("/static/own.css", Some(&query(&address(&city)))));
    assert!(!theme.assets().lasts("/static/own.css", Some(&query(&first))) && !theme.assets().lasts("/static/own.css", None));
}

#[test]
fn rules_of_all_themes_are_joined_the_eldest_first() {
    let city = City::with_theme("minato");
    fs::write(city.root().join("themes/default/static/own.css"), "/* prefecture */").unwrap();
    let own = built(&city).remove("static/own.css").unwrap();
    assert!(own.starts_with("/* prefecture */\n/* 港町の色 */"), "{own}");
}

#[test]
fn flyers_fall_back_too() {
    let city = City::with_theme("minato");
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default");
    for part in ["flyers", "fonts"] {
        crate::incremental::copy(&source.join(part), &city.root().join("themes/default").join(part));
    }
    let engine = Engine::of(&Config::load(city.root()).unwrap()).unwrap();
    let names: Vec<&str> = engine.templates().iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"board") && names.contains(&"poster"), "{names:?}");
    assert_eq!(names.iter().filter(|n| **n == "poster").count(), 1);
    assert_eq!(engine.compile("board", &serde_json::json!({})).unwrap().pages().len(), 1);
}

/// HTML, style, script and drawings of a first visit; pictures come when they are scrolled to.
#[test]
fn an_article_is_light_on_the_first_visit() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = otayori::cli::build::load(root, Some(date(2026, 11, 24))).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, loaded.today);
    let mut heaviest = (0, String::new());
    for (slug, article) in &loaded.library.articles {
        for language in article.versions.keys() {
            let page = edition.render(&Address::Article(slug.to_string(), language.to_string())).unwrap();
            let eager: Vec<&str> = page.split("<img").skip(1).filter(|img| !img.split('>').next().unwrap().contains("loading=\"lazy\"")).collect();
            assert!(eager.is_empty(), "{slug}: a picture is loaded before it is seen");
            let parts: BTreeSet<&str> = page.split("/static/").skip(1).map(|rest| rest.split('?').next().unwrap()).filter(|name| *name != "icon-180.png").collect();
            assert!(parts.contains("style.css") && !parts.contains("desk.css"), "{slug}: {parts:?}");
            let weight = page.len() + parts.iter().map(|name| loaded.theme.assets().bytes(name).unwrap().len()).sum::<usize>();
            heaviest = heaviest.max((weight, format!("{slug} {language}: {parts:?}")));
        }
    }
    assert!(heaviest.0 > 20_000 && heaviest.0 < 60_000, "{heaviest:?}");
    println!("heaviest first visit: {heaviest:?}");
}

/// Whatever only the desk's sheet knows, only templates that load it use.
#[test]
fn a_page_loads_the_sheets_that_know_its_classes() {
    let theme = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default");
    let classes = |name: &str| -> BTreeSet<String> {
        let css = fs::read_to_string(theme.join("static").join(name)).unwrap();
        let word = |rest: &str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap().to_owned();
        css.split('.').skip(1).map(word).filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic())).collect()
    };
    let frame = classes("style.css");
    let desk: BTreeSet<String> = classes("desk.css").difference(&frame).cloned().collect();
    assert!(desk.contains("sift") && desk.contains("heat"), "{desk:?}");
    for (name, bytes) in tree(&theme.join("templates")) {
        let page = String::from_utf8(bytes).unwrap();
        if name.starts_with("desk") || name.starts_with("preview/") {
            let loads = page.contains("desk.css") || page.contains("{% extends \"desk.html\" %}") || !page.contains("{% extends");
            assert!(loads || name == "desk-role.html", "{name} does not load the desk's sheet");
            if name != "desk-role.html" {
                continue;
            }
        }
        for class in page.split("class=\"").skip(1).flat_map(|rest| rest.split('"').next().unwrap().split(|c: char| !c.is_ascii_alphanumeric() && c != '-')) {
            assert!(!desk.contains(class), "{name} uses .{class}, which is only in desk.css");
        }
    }
}
