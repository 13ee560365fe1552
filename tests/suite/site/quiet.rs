//! After a stop or a loss: nothing counts weeks, and a quiet line leads to care.

use super::*;

/// The home of a household that has stopped letters leads to no week, and nobody finds it by chance.
#[test]
fn the_quiet_home_counts_no_weeks() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = |path: &str| edition.render(&edition.address_of(path).unwrap()).unwrap();
    let quiet = page("/quiet/");
    assert!(quiet.contains("noindex") && !quiet.contains("/weeks/") && quiet.contains("/months/3/") && quiet.contains("/years/2/"));
    let main = &quiet[quiet.find("<main").unwrap()..];
    assert!(main.find("href=\"/loss/\"").unwrap() < main.find("<details").unwrap(), "care stands before anything that is folded");
    // It is a calm home: nothing of births and courses, nothing of why.
    for word in ["両親学級", "止め", "妊娠中", "href=\"/night/\"><"] {
        assert!(!main.split("id=\"topics-h\"").next().unwrap().contains(word), "{word}");
    }
    assert!(!main.contains("両親学級") && !main.contains("1歳6か月児健診") && main.replace("<wbr>", "").contains("おたよりの一時停止"), "{main}");
    // Everybody's home has a quiet way there on its first screen.
    let home = page("/");
    let main = &home[home.find("<main").unwrap()..];
    assert!(main.find("href=\"/loss/\"").unwrap() < main.find("/weeks/4/").unwrap());
}

/// What the quiet home shows says nothing of bellies and births: not in the tab's title, not in the city's news, whatever the city writes.
#[test]
fn the_quiet_home_says_nothing_of_births() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    for (name, title) in [("a", "マタニティのつどい"), ("b", "離乳食の講習"), ("c", "図書館の休み")] {
        let text = format!("---\ntitle: {title}\nsummary: 見本です。\nsegments: [everyone]\npublish: 2026-11-20\n---\n本文です。\n");
        fs::write(dir.path().join(format!("content/bulletins/{name}.md")), text).unwrap();
    }
    for loaded in [sample(), load(dir.path(), Some(DAY)).unwrap()] {
        let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
        let quiet = edition.render(&edition.address_of("/quiet/").unwrap()).unwrap();
        let title = &quiet[quiet.find("<title>").unwrap()..quiet.find("</title>").unwrap()];
        let main = &quiet[quiet.find("<main").unwrap()..quiet.find("</main>").unwrap()];
        let shown = main.split("<details").next().unwrap().to_owned() + main.split_once("</details>").unwrap().1;
        for word in ["妊娠", "つわり", "離乳", "マタニティ", "週"] {
            assert!(!title.contains(word), "{word}: {title}");
        }
        for word in ["妊娠", "妊婦", "つわり", "離乳", "マタニティ"] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
        // Who is recognised no more stays in the quiet one, and is not asked for a week.
        assert!(!quiet.contains("href=\"/\"") && quiet.contains("href=\"/quiet/\""), "{quiet}");
    }
    let loaded = load(dir.path(), Some(DAY)).unwrap();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    assert!(edition.render(&edition.address_of("/quiet/").unwrap()).unwrap().replace("<wbr>", "").contains("図書館の休み"), "other news stands there");
}

/// Where bleeding and miscarriage are spoken of, one quiet line leads on for those who have lost a child; elsewhere and in the texts for them none does.
#[test]
fn a_quiet_line_leads_on_from_bleeding() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let main = |path: &str| {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        page[page.find("<main").unwrap()..page.find("</main>").unwrap()].to_owned()
    };
    for (path, link) in [
        ("/articles/shukketsu-shoki/", Some("/loss/")),
        ("/articles/shussei-mae-kensa/", Some("/loss/")),
        ("/night/", Some("/loss/")),
        ("/night/en/", Some("/loss/en/")),
        ("/night/easy/", Some("/loss/easy/")),
        ("/articles/tsuwari/", None),
        ("/articles/ryuzan-care/", None),
    ] {
        let found = link.is_some_and(|link| main(path).matches(&format!("<p class=\"act\"><a href=\"{link}\">")).count() == 1);
        assert_eq!(found, link.is_some(), "{path}");
        assert!(link.is_some() || !main(path).contains("お別れを経験された方へ"), "{path}");
    }
    let theme = &loaded.theme;
    let mut bleeding = letter();
    assert!(!site::letter_page(theme, &bleeding).unwrap().contains("お別れを経験された方へ"));
    bleeding.items[0].lead_html = "<p>少しの出血は、よくあります。</p>".into();
    assert!(site::letter_page(theme, &bleeding).unwrap().contains("href=\"/loss/\""));
    bleeding.language = "en".into();
    bleeding.items[0].lead_html = "<p>A miscarriage is nobody's fault.</p>".into();
    assert!(site::letter_page(theme, &bleeding).unwrap().contains("href=\"/loss/en/\">After a loss"));
    // On the page itself: whom to ring where nothing can be opened.
    assert!(main("/loss/").contains("「おたよりを止めてください」とだけ") && main("/loss/").contains("tel:0000-00-1234"));
}

/// Whom to ring does not begin with a pregnancy where letters were stopped, in every language; nobody finds that page by chance, and nothing is missing in it.
#[test]
fn the_quiet_numbers_begin_with_her() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = |path: &str| edition.render(&edition.address_of(path).unwrap()).unwrap();
    for language in ["", "easy/", "en/"] {
        let (everybody, quiet) = (page(&format!("/contacts/{language}")), page(&format!("/quiet/contacts/{language}")));
        let at = |html: &str, id: &str| html.find(&format!("id=\"who-{id}\"")).unwrap();
        assert!(at(&everybody, "pregnancy") < at(&everybody, "after") && !everybody.contains("noindex"));
        assert!(quiet.contains("noindex") && !quiet.contains("rel=\"canonical\"") && quiet.contains("href=\"/quiet/\""), "{quiet}");
        let order = ["after", "feelings", "baby", "child", "pregnancy"].map(|id| at(&quiet, id));
        assert!(order.is_sorted() && quiet.find("href=\"#who-after\"").unwrap() < quiet.find("href=\"#who-pregnancy\"").unwrap(), "{language}");
        for html in [&everybody, &quiet] {
            assert_eq!(html.matches("id=\"clinic\"").count(), 1, "{language}");
        }
        assert_eq!(everybody.matches("href=\"tel:").count(), quiet.matches("href=\"tel:").count());
    }
    assert!(page("/quiet/").contains("href=\"/quiet/contacts/\""));
    assert!(!edition.addresses().iter().any(|a| a.path(&edition) == "/quiet/contacts/" && !edition.unlisted(a)));
}

/// At night somebody answers: her own clinic's number from her device, the city's, two lines with their hours; what comes after stands last.
#[test]
fn the_page_of_loss_has_numbers_for_the_night() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let ja = ("/loss/", "夜でも", "24時間", "診察券", "悲しみ方に");
    let easy = ("/loss/easy/", "でも、<ruby>産院", "24<ruby>時間", "診察券（しんさつけん）", "<ruby>順番");
    for (path, begins, hours, card, after) in [ja, easy, ("/loss/en/", "even at night", "day and night", "patient card", "in which to grieve")] {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        let night = &page[page.find(begins).unwrap()..];
        let night = &night[..night.find("</section>").unwrap()];
        for part in ["data-own-clinic hidden", "href=\"tel:0000004567\"", "href=\"tel:0120061338\"", "href=\"tel:0120279338\"", hours, card] {
            assert!(night.contains(part), "{path} {part}: {night}");
        }
        assert!(!night.contains("母子健康手帳") && !page.contains("{産院の番号}") && page.contains("aid.js"), "{night}");
        let last = page.rfind("/articles/tsugi-no-ninshin/").unwrap();
        for before in ["/articles/ryuzan-care/", "/articles/wakare-nakama/", after] {
            assert!(page.rfind(before).unwrap() < last, "{path} {before}");
        }
        assert_eq!(page.matches("/articles/tsugi-no-ninshin/").count(), 1, "{path}");
        assert!(page.contains("href=\"/ask?from=page:loss\"") && page.contains("#who-after\""), "{path}");
    }
}
