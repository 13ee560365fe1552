//! A second, small theme: colours, mark, words and one template of its own, all else of the theme that it extends.

use crate::incremental::{City, tree};
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::Shelf;
use otayori::paper::Engine;
use otayori::site::{Address, Edition, Theme};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

fn built(city: &City) -> BTreeMap<String, String> {
    city.build("public", &mut Shelf::default(), false).unwrap();
    tree(&city.root().join("public"))
        .into_iter()
        .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}

#[test]
fn a_theme_changes_what_it_has_and_keeps_the_rest() {
    let city = City::with_theme("default");
    let before = built(&city);
    let after = built(&City::with_theme("minato"));
    let boat = "M4 30h40l-6 12H10zM22 6h4v22h-4z";
    for (name, page) in after.iter().filter(|(name, page)| name.ends_with(".html") && page.contains("<nav")) {
        assert!(page.contains(boat) && page.contains("/static/own.css?v="), "{name} has the town's mark and colours");
        assert!(
            page.contains("#e9f1ee") && page.contains("#0f1a17") && !page.contains("#f2f0e4"),
            "{name}: {}",
            &page[..600]
        );
    }
    assert!(
        after["people/index.html"].contains("港町の母子保健係が、たしかめています。")
            && after["people/index.html"].contains("書いている人・監修している人")
    );
    assert!(
        after["index.html"].contains("みなとの知らせ") && after["index.html"].contains("読みもの"),
        "one word changes, the others stay"
    );
    assert!(!after["easy/index.html"].contains("みなとの知らせ"), "a word of one language is not another's");
    assert!(after["manifest.webmanifest"].contains("#e9f1ee") && after["sw.js"].contains("/static/own.css?v="));
    assert_eq!(after["static/style.css"], before["static/style.css"]);
    for mark in ["static/icon.svg", "static/icon-180.png", "static/icon-192.png", "static/icon-512.png"] {
        assert!(after[mark] != before[mark], "{mark}");
    }
    let mut names: Vec<&String> = after.keys().filter(|name| !before.contains_key(*name)).collect();
    names.retain(|name| !name.starts_with("search/"));
    assert_eq!(names, ["static/own.css"]);
}

#[test]
fn every_address_of_a_static_file_tells_its_bytes() {
    let city = City::with_theme("minato");
    let address =
        |city: &City| Theme::load(&Config::load(city.root()).unwrap()).unwrap().assets().address("own.css").unwrap();
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
    assert!(
        !theme.assets().lasts("/static/own.css", Some(&query(&first)))
            && !theme.assets().lasts("/static/own.css", None)
    );
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

/// A city with the second theme, its texts and all that prints.
fn port() -> City {
    let city = City::with_theme("minato");
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default");
    for part in ["flyers", "fonts"] {
        crate::incremental::copy(&source.join(part), &city.root().join("themes/default").join(part));
    }
    city
}

/// The town's boat and its colours on a flyer, by two small files: for the screen and in the printer's inks.
#[test]
fn a_theme_has_its_own_mark_and_colours_on_flyers() {
    const FLYER: &str = "---\ntitle: 毎週のおたより\nsummary: 登録は1分です。\ntemplate: handout\nsizes: [a5]\ncode: \
        x\n---\n読んで、聞けます。\n\n## 登録\n\n1. **読みとる** カメラを向けます。\n";
    let made = |theme: &str| {
        let city = port();
        let settings = fs::read_to_string(city.root().join("otayori.yaml")).unwrap();
        fs::write(city.root().join("otayori.yaml"), settings.replace("theme: minato", &format!("theme: {theme}")))
            .unwrap();
        fs::create_dir_all(city.root().join("content/flyers")).unwrap();
        fs::write(city.root().join("content/flyers/x.md"), FLYER).unwrap();
        let config = Config::load(city.root()).unwrap();
        let (library, _) = otayori::content::load(
            &config,
            &otayori::content::LoadOptions { shift_days: 0, today: date(2026, 11, 24) },
        );
        let made = otayori::flyer::make(&config, &library, &Engine::of(&config).unwrap(), "x")
            .unwrap_or_else(|p| panic!("{:?}", p.sorted()));
        let file = |end: &str| made.files.iter().find(|(name, _)| name.ends_with(end)).unwrap().1.clone();
        (image::load_from_memory(&file("x-a5.png")).unwrap().into_rgb8(), file("print.pdf"))
    };
    let (ours, theirs) = (made("minato"), made("default"));
    let many = |picture: &image::RgbImage, colour: [u8; 3]| picture.pixels().filter(|p| p.0 == colour).count();
    let (green, blue, throat, sky) = ([0x0b, 0x4a, 0x3c], [0x00, 0x31, 0x6a], [0xb3, 0x50, 0x2c], [0xdf, 0xec, 0xe7]);
    assert!(
        many(&ours.0, green) > 2000 && many(&ours.0, sky) > 100_000 && many(&ours.0, blue) + many(&ours.0, throat) == 0,
        "the boat, and nothing of the swallow"
    );
    assert!(many(&theirs.0, blue) > 500 && many(&theirs.0, throat) > 20 && many(&theirs.0, green) == 0);
    assert_ne!(ours.1, theirs.1);
}

/// The icons of the home screen are made of the theme's own mark; `check` tells of those that are another theme's.
#[test]
fn home_screen_icons_are_made_of_the_mark() {
    let city = port();
    let icons = city.root().join("themes/minato/static");
    let kept: BTreeMap<String, Vec<u8>> = tree(&icons).into_iter().filter(|(name, _)| name.ends_with(".png")).collect();
    assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), ["icon-180.png", "icon-192.png", "icon-512.png"]);
    let told = || {
        otayori::cli::check::report(city.root(), otayori::cli::check::Format::Human, Some(date(2026, 11, 24)))
            .unwrap()
            .0
    };
    assert!(!told().contains("ホーム画面のしるし"), "{}", told());
    for name in kept.keys() {
        fs::remove_file(icons.join(name)).unwrap();
    }
    let said = told();
    assert!(
        said.contains(
            "warning: themes/minato/static/icon-192.png icon.svg はテーマ minato のものですが、\
        ホーム画面のしるし icon-192.png は default のものです"
        ),
        "{said}"
    );
    let output = crate::support::otayori(city.root(), &["theme", "icons"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (name, bytes) in &kept {
        let made = image::load_from_memory(&fs::read(icons.join(name)).unwrap()).unwrap().into_rgb8();
        assert_eq!(made, image::load_from_memory(bytes).unwrap().into_rgb8(), "{name}");
        let side = made.width();
        assert_eq!(
            (format!("icon-{side}.png"), made.get_pixel(1, 1).0, made.get_pixel(side / 2, side * 7 / 10).0),
            (name.clone(), [0xe9, 0xf1, 0xee], [0x0b, 0x4a, 0x3c])
        );
    }
    fs::copy(icons.join("icon-180.png"), icons.join("icon-512.png")).unwrap();
    assert!(told().contains("themes/minato/static/icon-512.png ホーム画面のしるしが 512×512 画素ではありません"));
}

/// HTML, style, script and drawings of a first visit; pictures come when they are scrolled to.
#[test]
fn an_article_is_light_on_the_first_visit() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = otayori::engine::load(root, Some(date(2026, 11, 24))).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, loaded.today);
    let mut heaviest = (0, String::new());
    for (slug, article) in &loaded.library.articles {
        for language in article.versions.keys() {
            let page = edition.render(&Address::Article(slug.to_string(), language.to_string())).unwrap();
            let eager: Vec<&str> = page
                .split("<img")
                .skip(1)
                .filter(|img| !img.split('>').next().unwrap().contains("loading=\"lazy\""))
                .collect();
            assert!(eager.is_empty(), "{slug}: a picture is loaded before it is seen");
            let parts: BTreeSet<&str> = page
                .split("/static/")
                .skip(1)
                .map(|rest| rest.split('?').next().unwrap())
                .filter(|name| *name != "icon-180.png")
                .collect();
            // Six requests with the page itself: the frame, what is read, what is for paper, the script that keeps it,
            // the mark.
            assert_eq!(
                parts,
                BTreeSet::from(["style.css", "read.css", "print.css", "offline.js", "icon.svg"]),
                "{slug}"
            );
            let weight =
                page.len() + parts.iter().map(|name| loaded.theme.assets().bytes(name).unwrap().len()).sum::<usize>();
            heaviest = heaviest.max((weight, format!("{slug} {language}: {parts:?}")));
        }
    }
    assert!(heaviest.0 > 20_000 && heaviest.0 < 60_000, "{heaviest:?}");
    println!("heaviest first visit: {heaviest:?}");
}

/// The sheets of one kind of page, and all classes that it may show: its own, those of the templates that it extends or
/// includes and of the components that it uses.
struct Kind {
    sheets: BTreeSet<String>,
    classes: BTreeSet<String>,
}

/// What stands between two marks, at each place where the first one stands.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once(after)).map(|(inner, _)| inner).collect()
}

/// A template without what is computed in it.
fn plain(template: &str) -> String {
    let without = |text: &str, open: &str, close: &str| -> String {
        let mut parts = text.split(open);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| all + " " + part.split_once(close).map_or("", |(_, rest)| rest))
    };
    without(&without(template, "{%", "%}"), "{{", "}}")
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(str::to_owned)
}

fn classes_of_sheet(css: &str) -> BTreeSet<String> {
    let css = {
        let mut parts = css.split("/*");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| all + part.split_once("*/").map_or("", |(_, rest)| rest))
    };
    let selectors = css.split('{').filter_map(|before| before.rsplit(['}', ';']).next()).collect::<Vec<_>>().join(" ");
    selectors
        .split('.')
        .skip(1)
        .filter_map(|rest| words(rest).next().filter(|word| rest.starts_with(word.as_str())))
        .collect()
}

/// Every template that is a page of its own.
fn kinds(templates: &BTreeMap<String, String>) -> BTreeMap<String, Kind> {
    let mut components = BTreeMap::new();
    for text in templates.values() {
        for part in text.split("{% component ").skip(1) {
            components.insert(
                part.split('(').next().unwrap(),
                part.split("{% endcomponent").next().unwrap().split("{%- endcomponent").next().unwrap(),
            );
        }
    }
    let above = |name: &str| between(&templates[name], "{% extends \"", "\"").first().map(|s| (*s).to_owned());
    let parents: BTreeSet<String> = templates.keys().filter_map(|name| above(name)).collect();
    let of = |name: &str| {
        let chain: Vec<String> = std::iter::successors(Some(name.to_owned()), |name| above(name)).collect();
        let sheets = chain.iter().find_map(|name| {
            between(&templates[name], "{% block style %}", "{% endblock style %}")
                .first()
                .map(|block| between(block, "assets[\"", "\"]"))
        });
        let mut texts: Vec<&str> = chain.iter().map(|name| templates[name].as_str()).collect();
        let (mut at, mut seen, mut classes) = (0, BTreeSet::new(), BTreeSet::new());
        while at < texts.len() {
            let text = texts[at];
            at += 1;
            texts.extend(between(text, "{% include \"", "\"").into_iter().map(|name| templates[name].as_str()));
            for used in text
                .split(['{', '%'])
                .filter_map(|rest| rest.trim_start().strip_prefix('<'))
                .filter_map(|rest| rest.split([' ', '>', '/']).next())
            {
                if let Some(body) = components.get(used).filter(|_| seen.insert(used)) {
                    texts.push(body);
                }
            }
            classes.extend(between(&plain(text), "class=\"", "\"").into_iter().flat_map(words));
        }
        let sheets =
            ["style.css", "print.css"].into_iter().chain(sheets.unwrap_or_default()).map(str::to_owned).collect();
        Kind { sheets, classes }
    };
    let pages = templates
        .iter()
        .filter(|(name, text)| text.contains("{% extends") && (!parents.contains(*name) || *name == "desk.html"));
    pages.map(|(name, _)| (name.clone(), of(name))).collect()
}

/// A page loads the sheets of its room, all that it needs and none that it does not; no rule stands in a sheet for
/// nothing.
#[test]
fn a_page_loads_the_sheets_of_its_room() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let theme = root.join("themes/default");
    let templates: BTreeMap<String, String> =
        tree(&theme.join("templates")).into_iter().map(|(name, bytes)| (name, text(bytes))).collect();
    let files: BTreeMap<String, String> = tree(&theme.join("static"))
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?)))
        .collect();
    let sheets: BTreeMap<&str, BTreeSet<String>> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".css"))
        .map(|(name, css)| (name.as_str(), classes_of_sheet(css)))
        .collect();
    assert!(
        sheets["read.css"].contains("gist")
            && sheets["preview.css"].contains("heat")
            && !sheets["style.css"].contains("css"),
        "{sheets:?}"
    );
    // Classes that the program or a script writes, into whatever page.
    let sources = tree(&root.join("src"))
        .into_values()
        .map(text)
        .chain(files.iter().filter(|(name, _)| name.ends_with(".js")).map(|(_, js)| js.clone()));
    let written = |source: &String| {
        let in_markup = between(source, "class=\\\"", "\\\"").into_iter().flat_map(words).collect::<Vec<_>>();
        in_markup
            .into_iter()
            .chain(between(source, "className = \"", "\"").into_iter().flat_map(words))
            .collect::<Vec<_>>()
    };
    let mut written: BTreeSet<String> = sources.flat_map(|source| written(&source)).collect();
    // And what Markdown makes: boxes, words explained, notes.
    let loaded = otayori::engine::load(root, Some(date(2026, 11, 24))).unwrap_or_else(|p| panic!("{:?}", p.sorted()));
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, loaded.today);
    let article = edition.render(&Address::Article("tsuwari".into(), "ja".into())).unwrap();
    written.extend(between(&article, "class=\"", "\"").into_iter().flat_map(words));

    let kinds = kinds(&templates);
    assert!(kinds.len() > 40 && kinds["article.html"].classes.contains("stamp"), "{:?}", kinds.keys());
    for (name, kind) in &kinds {
        let known = |class: &String, of: &str| of != "print.css" && sheets[of].contains(class);
        for class in &kind.classes {
            let elsewhere: Vec<&&str> = sheets.keys().filter(|of| known(class, of)).collect();
            assert!(
                elsewhere.is_empty() || kind.sheets.iter().any(|of| known(class, of)),
                "{name} uses .{class} of {elsewhere:?} and loads {:?}",
                kind.sheets
            );
        }
        for sheet in &kind.sheets {
            let own = sheets[sheet.as_str()].iter().filter(|class| !sheets["style.css"].contains(*class));
            assert!(
                sheet == "print.css"
                    || sheet == "style.css"
                    || own.clone().any(|class| kind.classes.contains(class) || written.contains(class)),
                "{name} needs nothing of {sheet}"
            );
        }
    }
    for (sheet, classes) in &sheets {
        let used = |class: &&String| {
            written.contains(*class)
                || kinds.values().any(|kind| kind.sheets.contains(*sheet) && kind.classes.contains(*class))
        };
        let unused: Vec<&String> = classes.iter().filter(|class| !used(class)).collect();
        assert!(unused.is_empty(), "{sheet} has rules for what no page that loads it shows: {unused:?}");
    }
}
