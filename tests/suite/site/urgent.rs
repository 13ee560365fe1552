//! Whom to ring, and the ways that stand on every page.

use super::*;

/// Pregnant at night: whom to ring, from the city's list, and on what the page rests.
#[test]
fn the_night_page_knows_pregnancy() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = edition.render(&edition.address_of("/night/").unwrap()).unwrap();
    for words in [
        "妊娠中の",
        "ナプキンからあふれるほどの出血",
        "水のようなものが流れた",
        "胎動がいつもより少ない",
        "かかっている産院",
        "tel:0000004567",
        "産婦人科診療ガイドライン",
        ">妊娠</a>",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert!(!page.contains("{産院の番号}"));
    // Below each heading, before what to do step by step, there is the number to ring.
    for (section, dial) in page.split("<h2 id=").skip(1).zip(["%238000", "%238000", "119", "0000004567", "0120279338"])
    {
        let at = |words: &str| section.find(words).unwrap_or_else(|| panic!("{words}\n{section}"));
        assert!(
            at(&format!("href=\"tel:{dial}\"")) < at("<ol>") && at("class=\"ring\"") < at("<ol>"),
            "{dial}\n{section}"
        );
    }
    // A text that says to ring leads to the clinic.
    let article = edition.render(&edition.address_of("/articles/taido-genshou/").unwrap()).unwrap();
    assert!(article.matches("href=\"/contacts/#who-pregnancy\"").count() == 2, "{article}");
    // Without a clinic in the list the own one is named.
    let mut library = loaded.library.clone();
    library.contacts.retain(|c| c.id != "harukaze-sanfujinka");
    let edition = Edition::new(&loaded.config, &library, &loaded.theme, DAY);
    let page = edition.render(&edition.address_of("/night/").unwrap()).unwrap();
    assert!(page.contains("母子健康手帳の表紙") && !page.contains("tel:0000004567"));
}

/// In a hurry one says who it is about and what has happened, and there is one number to ring; in every language that
/// the page claims.
#[test]
fn the_urgent_page_begins_with_who_and_what() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    for (path, what) in
        [("/contacts/", "動きが少ない"), ("/contacts/easy/", "<ruby>動"), ("/contacts/en/", "The baby moves less")]
    {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        let main = &page[page.find("<main").unwrap()..];
        let main = &main[..main.find("</main>").unwrap()];
        let at = |words: &str| main.find(words).unwrap_or_else(|| panic!("{path} {words}\n{main}"));
        assert!(
            at("href=\"tel:119\"") < at("href=\"#who-pregnancy\"")
                && at("href=\"#who-feelings\"") < at("id=\"who-pregnancy\""),
            "{path}"
        );
        assert!(
            at("id=\"who-feelings\"") < at("id=\"none\"") && at("id=\"none\"") < at("id=\"all\""),
            "{path}: what to do without #7119 or #8000"
        );
        let pregnancy = &main[at("id=\"who-pregnancy\"")..at("id=\"who-after\"")];
        assert!(
            pregnancy.contains(what) && pregnancy.matches("class=\"btn\" href=\"tel:0000004567\"").count() == 1,
            "{path}\n{pregnancy}"
        );
        let child = &main[at("id=\"who-child\"")..at("id=\"who-feelings\"")];
        assert!(child.contains("tel:0727272499") && child.contains("tel:%238000"), "{path}\n{child}");
        let feelings = &main[at("id=\"who-feelings\"")..at("id=\"none\"")];
        for number in ["tel:0120061338", "tel:189", "tel:110"] {
            assert!(feelings.contains(&format!("href=\"{number}\"")), "{path} {number}\n{feelings}");
        }
        assert!(!feelings.contains("tel:0120078310"), "{path}\n{feelings}");
        // Who is there by day only is no way out at night, and says its hours.
        for list in main.split("class=\"list else\"").skip(1) {
            let list = &list[..list.find("</ul>").unwrap()];
            let first = list.split("</li>").next().unwrap();
            assert!(
                !first.contains("0000-00-1234")
                    && !first.contains("#8008")
                    && list.matches("（").count() >= list.matches("<li>").count(),
                "{path}\n{list}"
            );
        }
        for there in ["talkme.jp", "tel:0120078310"] {
            at(there);
        }
        // What is said in another language is said in it.
        let foreign = main.matches(" lang=\"ja\"").count() - main.matches("hreflang=\"ja\" lang=\"ja\"").count();
        assert_eq!(foreign, 0, "{path}");
    }
    for path in ["/night/easy/", "/night/en/"] {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        assert!(
            !page.contains("このページは、日本語だけ")
                && !page.contains("noindex")
                && page.contains("tel:0000004567")
                && page.matches("<section class=\"prose\"").count() == 5,
            "{path}"
        );
    }
}

/// A household's own page is one tap away on a phone, from every page that the frame stands around.
#[test]
fn every_page_leads_to_ones_own() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    for path in [
        "/",
        "/en/",
        "/easy/",
        "/loss/",
        "/night/",
        "/contacts/",
        "/contacts/en/",
        "/articles/",
        "/articles/ryuzan-care/",
        "/bulletins/",
        "/weeks/24/",
        "/people/",
        "/search/",
        "/quiet/",
    ] {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        assert!(page.contains("class=\"look mine\" href=\"/me\""), "{path}");
    }
    // The texts on loss lead to the stop.
    for path in [
        "/loss/",
        "/articles/ryuzan-care/",
        "/articles/shizan-care/",
        "/articles/kodomo-wakare/",
        "/articles/ryuzan-care/en/",
    ] {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        assert!(page.contains("href=\"/me#rest\""), "{path}");
    }
}

/// Words of every danger and tap are there in every language of the theme, not taken from Japanese.
#[test]
fn first_lines_are_in_every_language() {
    use otayori::aid::{List, Note};
    use otayori::danger::{Danger, OTHERS, detector};
    let keys = List::ALL.into_iter().flat_map(|l| {
        l.taps()
            .iter()
            .map(|t| format!("tap_{}", t.id))
            .chain([format!("taps_{}", l.id()), format!("aid_who_{}", l.id())])
            .collect::<Vec<_>>()
    });
    let keys: Vec<String> =
        keys.chain([Note::OwnClinic, Note::OwnDoctor, Note::Nobody].map(|n| n.key().to_owned())).collect();
    let theme = sample().theme;
    for language in ["ja", "easy", "en"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("themes/default/i18n/{language}.yaml"));
        let words: BTreeMap<String, String> = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for key in &keys {
            assert!(words.get(key).is_some_and(|w| !w.is_empty()), "{language} {key}");
        }
        // First lines are those that clinicians review, and no page has others.
        let lines: BTreeMap<&str, &str> = detector().data.steps.in_language(language).collect();
        for id in Danger::ALL.into_iter().map(Danger::id).chain(OTHERS) {
            let key = format!("first_{id}");
            assert!(
                !words.contains_key(&key)
                    && theme.words(language).get(&key).map(String::as_str) == lines.get(id).copied()
                    && lines[id].len() > 6,
                "{language} {key}"
            );
        }
    }
}
