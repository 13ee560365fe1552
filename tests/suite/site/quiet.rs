//! After a stop or a loss: nothing counts weeks, and a quiet line leads to care.

use super::*;

/// The home of a household that has stopped letters leads to no week, and nobody finds it by chance.
#[test]
fn the_quiet_home_counts_no_weeks() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = |path: &str| edition.render(&edition.address_of(path).unwrap()).unwrap();
    let quiet = page("/quiet/");
    assert!(
        quiet.contains("noindex")
            && !quiet.contains("/weeks/")
            && quiet.contains("/months/3/")
            && quiet.contains("/years/2/")
    );
    let main = &quiet[quiet.find("<main").unwrap()..];
    assert!(
        main.find("href=\"/loss/\"").unwrap() < main.find("<details").unwrap(),
        "care stands before anything that is folded"
    );
    // It is a calm home: nothing of births and courses, nothing of why.
    for word in ["両親学級", "止め", "妊娠中", "href=\"/night/\"><"] {
        assert!(!main.split("id=\"topics-h\"").next().unwrap().contains(word), "{word}");
    }
    assert!(
        !main.contains("両親学級")
            && !main.contains("1歳6か月児健診")
            && main.replace("<wbr>", "").contains("おたよりの一時停止"),
        "{main}"
    );
    // Everybody's home has a quiet way there on its first screen.
    let home = page("/");
    let main = &home[home.find("<main").unwrap()..];
    assert!(main.find("href=\"/loss/\"").unwrap() < main.find("/weeks/4/").unwrap());
}

/// What the quiet home shows says nothing of bellies and births: not in the tab's title, not in the city's news,
/// whatever the city writes.
#[test]
fn the_quiet_home_says_nothing_of_births() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    for (name, title) in [("a", "マタニティのつどい"), ("b", "離乳食の講習"), ("c", "図書館の休み")]
    {
        let text = format!(
            "---\ntitle: {title}\nsummary: 見本です。\nsegments: [everyone]\npublish: 2026-11-20\n---\n本文です。\n"
        );
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
    assert!(
        edition.render(&edition.address_of("/quiet/").unwrap()).unwrap().replace("<wbr>", "").contains("図書館の休み"),
        "other news stands there"
    );
}

/// Where bleeding and miscarriage are spoken of, one quiet line leads on for those who have lost a child; elsewhere and
/// in the texts for them none does.
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
        let found =
            link.is_some_and(|link| main(path).matches(&format!("<p class=\"act\"><a href=\"{link}\">")).count() == 1);
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
    assert!(
        main("/loss/").contains("「おたよりを止めてください」とだけ") && main("/loss/").contains("tel:0000-00-1234")
    );
}

/// Whom to ring does not begin with a pregnancy where letters were stopped, in every language; nobody finds that page
/// by chance, and nothing is missing in it.
#[test]
fn the_quiet_numbers_begin_with_her() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = |path: &str| edition.render(&edition.address_of(path).unwrap()).unwrap();
    for language in ["", "easy/", "en/"] {
        let (everybody, quiet) = (page(&format!("/contacts/{language}")), page(&format!("/quiet/contacts/{language}")));
        let at = |html: &str, id: &str| html.find(&format!("id=\"who-{id}\"")).unwrap();
        assert!(at(&everybody, "pregnancy") < at(&everybody, "after") && !everybody.contains("noindex"));
        assert!(
            quiet.contains("noindex")
                && !quiet.contains("rel=\"canonical\"")
                && quiet.contains(&format!("href=\"/quiet/{language}\"")),
            "{quiet}"
        );
        let order = ["after", "feelings", "baby", "child", "pregnancy"].map(|id| at(&quiet, id));
        assert!(
            order.is_sorted() && quiet.contains("href=\"#who-after\"") && !quiet.contains("href=\"#who-pregnancy\""),
            "{language}"
        );
        for html in [&everybody, &quiet] {
            assert_eq!(html.matches("id=\"clinic\"").count(), 1, "{language}");
        }
        assert_eq!(everybody.matches("href=\"tel:").count(), quiet.matches("href=\"tel:").count());
        // A child's line stands below a fold.
        let open = quiet
            .split("<details")
            .enumerate()
            .map(|(n, part)| if n == 0 { part } else { part.split_once("</details>").unwrap().1 });
        for below in ["8000\"", "id=\"who-pregnancy\""] {
            assert!(open.clone().all(|part| !part.contains(below)), "{language} {below}");
        }
        // Nor is she asked for a child first: those words stand with the children.
        let asked = &quiet[..quiet.find("id=\"all\"").unwrap()];
        let hand = ["手が出そう", "ちそう", "hurt my child"].iter().find_map(|words| asked.find(words)).unwrap();
        assert!(
            asked.find("id=\"who-child\"").unwrap() < hand && hand < asked.find("id=\"who-pregnancy\"").unwrap(),
            "{language}"
        );
        assert!(
            open.clone().any(|part| part.contains("id=\"who-feelings\"")) && quiet.matches("tel:%238000").count() > 1,
            "{language}"
        );
    }
    assert!(page("/quiet/").contains("href=\"/quiet/contacts/\""));
    assert!(!edition.addresses().iter().any(|a| a.path(edition.config) == "/quiet/contacts/" && !edition.unlisted(a)));
}

/// At night somebody answers: her own clinic's number from her device, the city's, two lines with their hours; what
/// comes after stands last.
#[test]
fn the_page_of_loss_has_numbers_for_the_night() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let ja = ("/loss/", "夜でも", "24時間", "診察券", "悲しみ方に");
    let easy = ("/loss/easy/", "でも、<ruby>産院", "24<ruby>時間", "診察券（しんさつけん）", "<ruby>順番");
    for (path, begins, hours, card, after) in
        [ja, easy, ("/loss/en/", "even at night", "day and night", "patient card", "in which to grieve")]
    {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        let night = &page[page.find(begins).unwrap()..];
        let night = &night[..night.find("</section>").unwrap()];
        for part in [
            "data-own-clinic hidden",
            "href=\"tel:0000004567\"",
            "href=\"tel:0120061338\"",
            "href=\"tel:0120279338\"",
            hours,
            card,
        ] {
            assert!(night.contains(part), "{path} {part}: {night}");
        }
        assert!(
            !night.contains("母子健康手帳") && !page.contains("{産院の番号}") && page.contains("aid.js"),
            "{night}"
        );
        let last = page.rfind("/articles/tsugi-no-ninshin/").unwrap();
        for before in ["/articles/ryuzan-care/", "/articles/wakare-nakama/", after] {
            assert!(page.rfind(before).unwrap() < last, "{path} {before}");
        }
        assert_eq!(page.matches("/articles/tsugi-no-ninshin/").count(), 1, "{path}");
        assert!(page.contains("href=\"/ask?from=page:loss\"") && page.contains("#who-after\""), "{path}");
    }
}

/// The night page after a stop: her body and her despair, numbers first, care on the first screen, in every language;
/// and everybody's has a quiet way there, too.
#[test]
fn the_quiet_night_is_hers() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = |path: &str| edition.render(&edition.address_of(path).unwrap()).unwrap();
    for (language, words) in [
        ("", ["赤ちゃん", "子どもを", "妊娠", "おなか", "抱い", "#8000"]),
        ("easy/", ["あかちゃん", "子こどもを", "妊娠", "おなか", "抱い", "#8000"]),
        ("en/", ["baby", "the child", "regnan", "belly", "nappy", "#8000"]),
    ] {
        let (quiet, everybody) = (page(&format!("/quiet/night/{language}")), page(&format!("/night/{language}")));
        let main = &quiet[quiet.find("<main").unwrap()..];
        for word in words {
            assert!(!main.contains(word), "{language} {word}: {main}");
        }
        assert!(
            quiet.contains("noindex") && quiet.contains("data-spared") && !quiet.contains("rel=\"canonical\""),
            "{language}"
        );
        let sections: Vec<&str> = main.split("<section class=\"prose\"").skip(1).collect();
        assert!(
            main.find(&format!("href=\"/loss/{language}\"")).unwrap() < main.find("<section").unwrap(),
            "care comes first"
        );
        assert_eq!(sections.len(), 4, "blood, fever and pain, breasts, despair");
        // Who has a child at home as well finds the whole page by her own choice.
        assert!(
            main.find("href=\"?whole=yes\"").unwrap() < main.find("<section").unwrap()
                && !everybody.contains("whole=yes"),
            "{language}"
        );
        for (section, number) in
            sections.iter().zip(["tel:0000004567", "tel:0000004567", "tel:0000004567", "tel:0120279338"])
        {
            let ring = section.find("class=\"ring\"").unwrap();
            assert!(
                section[ring..].find(number).unwrap() < section[ring..].find("</div>").unwrap()
                    && ring < section.find("<ol").unwrap_or(section.len()),
                "{number}: {section}"
            );
            assert_eq!(section.contains("data-own-clinic"), number == "tel:0000004567");
        }
        let dock = &quiet[quiet.find("class=\"bar dock\"").unwrap()..];
        assert!(
            dock.contains("href=\"tel:119\"")
                && dock.contains("href=\"tel:0120279338\"")
                && quiet.contains("/ask?from=page:loss"),
            "{dock}"
        );
        // Everybody's: one quiet line before the first section.
        let main = &everybody[everybody.find("<main").unwrap()..];
        assert!(
            main.find(&format!("href=\"/loss/{language}\"")).unwrap() < main.find("<section").unwrap()
                && !everybody.contains("data-spared"),
            "{language}"
        );
        assert!(main.contains("8000"));
    }
    assert!(
        !edition.addresses().iter().any(|a| a.path(edition.config).starts_with("/quiet/") && !edition.unlisted(a)),
        "nobody finds them by chance"
    );
}

/// A city without that page: the numbers that begin with her stand there.
#[test]
fn without_a_page_for_it_the_quiet_night_has_the_numbers() {
    let mut loaded = sample();
    loaded.library.pages.remove("loss-night");
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let night = edition.render(&edition.address_of("/quiet/night/").unwrap()).unwrap();
    assert!(
        night.contains("id=\"who-after\"") && night.contains("data-spared") && !night.contains("{産院の番号}"),
        "{night}"
    );
    assert!(edition.render(&edition.address_of("/night/").unwrap()).unwrap().contains("泣きやまない"));
}

/// No list says anything of a pregnancy, what is of children is folded, and a week is closed; texts themselves stay as
/// they are.
#[test]
fn quiet_lists_say_nothing_of_a_pregnancy() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = |path: &str| edition.render(&edition.address_of(path).unwrap()).unwrap();
    let main = |html: &str| html[html.find("<main").unwrap()..html.find("</main>").unwrap()].to_owned();
    let open = |main: &str| {
        main.split("<details")
            .enumerate()
            .map(|(n, part)| if n == 0 { part } else { part.split_once("</details>").map_or("", |(_, rest)| rest) })
            .collect::<String>()
    };
    let mut paths: Vec<String> =
        edition.addresses().iter().map(|a| a.path(edition.config)).filter(|p| p.starts_with("/quiet/")).collect();
    paths.retain(|p| {
        !(p.contains("/contacts/")
            || p.contains("/night/")
            || p.starts_with("/quiet/bulletins/") && p != "/quiet/bulletins/")
    });
    assert!(
        [
            "/quiet/en/",
            "/quiet/weeks/24/",
            "/quiet/months/3/",
            "/quiet/topics/body/",
            "/quiet/articles/",
            "/quiet/bulletins/"
        ]
        .iter()
        .all(|p| paths.iter().any(|q| q == p)),
        "{paths:?}"
    );
    for path in paths {
        let html = page(&path);
        assert!(
            html.contains("noindex") && html.contains("data-spared") && !html.contains("rel=\"canonical\""),
            "{path}"
        );
        let head = &html[..html.find("</head>").unwrap()];
        // What is for those who have lost somebody has its own words.
        let of_loss = |row: &&str| {
            ["tsugi-no-ninshin", "wakare", "ryuzan", "shizan"]
                .iter()
                .any(|of| row.split("</li>").next().unwrap().contains(of))
        };
        let rows: String = main(&html)
            .split("<li>")
            .map(|row| if of_loss(&row) { row.split_once("</li>").map_or("", |(_, behind)| behind) } else { row })
            .collect();
        // What people say of themselves is no list.
        let rows = if path.starts_with("/quiet/people/") {
            rows.split_once("<h2").map_or("", |(_, lists)| lists).to_owned()
        } else {
            rows
        };
        for word in ["妊娠", "妊婦", "つわり", "両親学級", "マタニティ", "出産", "regnan", "orning sickness"]
        {
            assert!(!rows.contains(word) && !head.contains(word), "{path} {word}: {rows}");
        }
        let opened = open(&rows);
        let by_age = path.starts_with("/quiet/months/") || path.starts_with("/quiet/years/");
        assert!(
            by_age || (!opened.contains("赤ちゃん") && !opened.contains("離乳") && !opened.contains("baby")),
            "{path}: {opened}"
        );
        assert!(!rows.contains("href=\"/weeks/"), "{path}");
    }
    let week = page("/quiet/weeks/24/");
    assert!(
        !main(&week).contains("週")
            && !week[..week.find("</title>").unwrap()].contains("週")
            && week.contains("href=\"?whole=yes\"")
            && week.contains("href=\"/loss/\""),
        "{week}"
    );
    // What is there stays: the calm news openly, a child's below the fold.
    let news = main(&page("/quiet/bulletins/")).replace("<wbr>", "");
    assert!(
        open(&news).contains("おたよりの一時停止")
            && news.contains("1歳6か月児健診")
            && !open(&news).contains("1歳6か月児健診"),
        "{news}"
    );
    assert!(main(&page("/bulletins/")).replace("<wbr>", "").contains("両親学級"));
    assert!(main(&page("/quiet/months/3/")).contains("href=\"/articles/"));
    // One's own choice: the text is whole, other news beside it are calm.
    let chosen = page("/quiet/bulletins/ryoshin-gakkyu/").replace("<wbr>", "");
    assert!(chosen.contains("両親学級") && !chosen.contains("妊婦さん"), "{chosen}");
    let others = &chosen[chosen.find("id=\"o-h\"").unwrap()..];
    assert!(!others.contains("学級") && !others.contains("マタニティ"), "{others}");
    // Feeds are lists, too.
    let (_dir, out, _) = built(&loaded);
    for feed in ["feed.xml", "feed.json"] {
        let read = |name: String| std::fs::read_to_string(out.join(name)).unwrap();
        let (everybody, quiet) = (read(feed.to_owned()), read(format!("quiet/{feed}")));
        assert!(
            everybody.contains("両親学級")
                && !quiet.contains("両親学級")
                && !quiet.contains("つわり")
                && quiet.contains("一時停止"),
            "{feed}: {quiet}"
        );
    }
}
