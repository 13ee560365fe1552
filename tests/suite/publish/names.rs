//! Names that are the program's own are no page's, and two contents never share an address.

use super::places::Around;
use otayori::content::RESERVED;
use otayori::press::Press;
use otayori::stamp::Digest;
use std::fs;

const PAGE: &str = "---\ntitle: 題\nsummary: あ\n---\n本文です。\n";

#[test]
fn a_page_with_a_name_of_the_programs_own_is_refused() {
    let around = Around::new();
    let pages = around.city().join("content/pages");
    for name in RESERVED.iter().map(|(name, _)| *name).chain(["en", "easy"]) {
        let file = pages.join(format!("{name}.md"));
        fs::write(&file, PAGE).unwrap();
        let (done, said) = around.run(&["check", "--date", "2026-11-24"]);
        assert!(
            !done && said.contains(&format!("content/pages/{name}.md:1:1 ページの名前 `{name}` は使えません")),
            "{name}: {said}"
        );
        fs::remove_file(&file).unwrap();
    }
    let before = around.everything();
    fs::write(pages.join("articles.md"), PAGE).unwrap();
    assert!(!around.run(&["build"]).0);
    fs::remove_file(pages.join("articles.md")).unwrap();
    assert_eq!(around.everything(), before);
    // What only begins like one is a page like others, for readers without a connection and for search engines, too.
    for name in ["media", "asking", "mealtime"] {
        fs::write(pages.join(format!("{name}.md")), PAGE).unwrap();
    }
    let (done, said) = around.run(&["build"]);
    assert!(done, "{said}");
    let robots = fs::read_to_string(around.city().join("public/robots.txt")).unwrap();
    for line in ["Disallow: /me$", "Disallow: /me/", "Disallow: /me?", "Disallow: /ask$", "Disallow: /letters/"] {
        assert!(robots.lines().any(|l| l == line), "{robots}");
    }
    assert!(!robots.lines().any(|l| l == "Disallow: /me" || l == "Disallow: /ask"), "{robots}");
}

/// Whatever a build of the sample puts into its folder is reserved, or somebody's page.
#[tokio::test]
async fn whatever_is_built_is_reserved() {
    let app = crate::support::TestApp::on("2026-11-24").await;
    let (config, published) = (&app.engine.app.config, app.engine.app.published());
    let mut seen = 0;
    for entry in fs::read_dir(&config.public).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let first = name.split('.').next().unwrap_or_default();
        let known = RESERVED.iter().any(|(own, _)| *own == first)
            || published.library.pages.contains_key(&name)
            || config.site.languages.contains(&name);
        // Files, whose names have a dot, are no page's: an address ends with `/`.
        assert!(known || config.public.join(&name).is_file(), "{name}: add it to content::RESERVED");
        seen += 1;
    }
    assert!(seen > 15);
}

#[test]
fn an_article_and_a_bulletin_do_not_share_a_handout() {
    let around = Around::new();
    let bulletin = around.city().join("content/bulletins/otayori-hajimemashita.md");
    fs::copy(&bulletin, bulletin.with_file_name("hajimete.md")).unwrap();
    let (done, said) = around.run(&["build"]);
    assert!(
        !done
            && said.contains(
                "content/bulletins/hajimete.md:1:1 配付用の PDF（handouts/hajimete）が、\
        content/articles/hajimete.md:1 のものと重なります"
            ),
        "{said}"
    );
    let settings = around.city().join("otayori.yaml");
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + "handouts: false\n").unwrap();
    let (done, said) = around.run(&["build"]);
    assert!(done, "{said}");
}

#[test]
fn an_id_does_not_lead_out_of_its_folder() {
    let around = Around::new();
    let people = around.city().join("content/people.yaml");
    let text = fs::read_to_string(&people).unwrap();
    for id in ["../../escaped", "a/b", "index.html", "..", "'a b'"] {
        fs::write(&people, format!("{text}- id: {id}\n  name: 名前\n  profession: 助産師\n")).unwrap();
        let (done, said) = around.run(&["build"]);
        assert!(!done && said.contains("は使えません"), "{id}: {said}");
    }
    assert!(!around.at("escaped").exists());
}

/// Behind all checks: a press takes nothing twice.
#[test]
fn two_units_never_write_one_path() {
    let dir = tempfile::tempdir().unwrap();
    let (out, cache, none) = (dir.path().join("public"), dir.path().join("cache"), Digest::default());
    let file = |text: &str| [("a/index.html".to_owned(), text.as_bytes().to_vec())];
    let build = |units: &[(&str, &str)]| {
        let press = Press::open(&out, &cache).unwrap();
        units.iter().for_each(|(unit, text)| press.put(unit, Digest::of(text), Digest::of(text), file(text)).unwrap());
        press.commit().map_err(|e| e.to_string())
    };
    build(&[("page", "1")]).unwrap();
    for units in [&[("page", "1"), ("other", "2")][..], &[("a/index.html", "2"), ("a/index.html", "3")]] {
        let said = build(units).unwrap_err();
        assert!(said.contains("a/index.html"), "{said}");
        assert_eq!(fs::read_to_string(out.join("a/index.html")).unwrap(), "1");
    }
    // One that is kept, and one that is new.
    let press = Press::open(&out, &cache).unwrap();
    assert!(press.keeps("page", none, Digest::of("1")));
    press.put("other", none, none, file("2")).unwrap();
    let said = press.commit().unwrap_err().to_string();
    assert!(said.contains("other") && said.contains("page"), "{said}");
}
