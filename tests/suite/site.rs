//! The site as a whole: built twice the same, nothing broken in it, and a failed build leaves the published one alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use otayori::calendar::{Date, date};
use otayori::cli::build::{Loaded, load, publish};
use otayori::cli::new;
use otayori::cli::preview::Workshop;
use otayori::content::{LetterItem, LetterView};
use otayori::site::{self, Edition, PhoneView};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const DAY: Date = date(2026, 11, 21);

/// The sample city in this repository.
fn sample() -> Loaded {
    match load(Path::new(env!("CARGO_MANIFEST_DIR")), Some(DAY)) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{}", problems.sorted().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// A new small site.
fn small(dir: &Path) -> Loaded {
    new::create(dir, DAY).unwrap();
    load(dir, Some(DAY)).unwrap()
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(dir: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(dir, "", &mut found);
    found
}

fn built(loaded: &Loaded) -> (tempfile::TempDir, PathBuf, BTreeMap<String, Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("public");
    publish(loaded, &out, false).unwrap();
    let all = files(&out);
    (dir, out, all)
}

/// The sample city with its flyers and handouts: whole, and built again the same to the byte.
#[test]
fn the_sample_city() {
    let loaded = sample();
    let (_a, out, first) = built(&loaded);
    pages_are_valid_html(&out);
    files_beside_the_pages(&first);
    every_link_resolves(&first);
    nothing_inline_nothing_foreign(&loaded, &first);
    let (_b, _, second) = built(&loaded);
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{name} differs");
    }
}

/// The W3C's checker (vnu, the Nu Html Checker) finds nothing, warnings included.
fn pages_are_valid_html(out: &Path) {
    let jar = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/web/node_modules/vnu-jar/build/dist/vnu.jar");
    assert!(Path::new(jar).exists(), "{jar} is missing (./test installs it)");
    let told = std::process::Command::new("java").args(["-Xss8m", "-jar", jar, "--skip-non-html", "--format", "gnu"]).arg(out).output().expect("java (./test installs it)");
    assert!(told.status.success() && told.stderr.is_empty(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// Sitemap, feed, manifest, worker and robots.txt fit the pages.
fn files_beside_the_pages(all: &BTreeMap<String, Vec<u8>>) {
    for name in ["sitemap.xml", "feed.xml"] {
        well_formed(std::str::from_utf8(&all[name]).unwrap());
    }
    let sitemap = String::from_utf8(all["sitemap.xml"].clone()).unwrap();
    let pages = all.iter().filter(|(n, b)| n.ends_with(".html") && !String::from_utf8_lossy(b).replace('"', "").contains("content=noindex")).count();
    assert_eq!(sitemap.matches("<loc>").count(), pages);
    let manifest: serde_json::Value = serde_json::from_slice(&all["manifest.webmanifest"]).unwrap();
    for icon in manifest["icons"].as_array().unwrap() {
        let (file, mark) = icon["src"].as_str().unwrap().trim_start_matches('/').split_once("?v=").unwrap();
        assert!(all.contains_key(file) && mark.len() == 10, "{icon}");
    }
    for way in manifest["shortcuts"].as_array().unwrap() {
        let path = way["url"].as_str().unwrap();
        assert!(["/ask", "/me"].contains(&path) || all.contains_key(&format!("{}index.html", &path[1..])), "{way}");
    }
    let worker = String::from_utf8(all["sw.js"].clone()).unwrap();
    for always in ["\"/night/\"", "\"/night/easy/\"", "\"/night/en/\"", "\"/contacts/\"", "web_push === 8030"] {
        assert!(worker.contains(always), "{always}");
    }
    // The pages that always work are kept with all that they are made of.
    for page in ["index.html", "contacts/index.html", "night/index.html", "night/easy/index.html"] {
        let html = String::from_utf8_lossy(&all[page]).replace('"', "");
        let parts: Vec<&str> = html.split("/static/").skip(1).map(|rest| rest.split([' ', '>']).next().unwrap()).filter(|part| !part.contains(".png")).collect();
        assert!(parts.len() > 4 && parts.iter().any(|part| part.starts_with("style.css?v=")), "{page}: {parts:?}");
        for part in parts {
            assert!(worker.contains(&format!("\"/static/{part}\"")), "{page} needs {part}");
        }
    }
    let robots = String::from_utf8(all["robots.txt"].clone()).unwrap();
    for closed in ["/letters/", "/me$", "/me/", "/me?", "/q/", "/desk/"] {
        assert!(robots.contains(&format!("Disallow: {closed}\n")), "{closed}");
    }
    assert!(String::from_utf8_lossy(&all["404.html"]).contains("noindex"));
}

/// Links of every page lead to a page, a file or a route of the service, and to an anchor that is there.
fn every_link_resolves(all: &BTreeMap<String, Vec<u8>>) {
    const SERVED: [&str; 5] = ["/ask", "/register", "/me", "/flyers/", "/desk"];
    let ids: BTreeMap<&String, BTreeSet<String>> =
        all.iter().filter(|(n, _)| n.ends_with(".html")).map(|(n, b)| (n, attributes(&String::from_utf8_lossy(b), "id").into_iter().collect())).collect();
    let (mut broken, mut links) = (Vec::new(), 0);
    for (name, bytes) in all.iter().filter(|(n, _)| n.ends_with(".html")) {
        let html = String::from_utf8_lossy(bytes);
        for href in attributes(&html, "href").into_iter().chain(attributes(&html, "src")) {
            links += 1;
            let (path, anchor) = href.split_once('#').map_or((href.as_str(), None), |(p, a)| (p, Some(a)));
            let path = path.split('?').next().unwrap();
            if path.contains(':') || SERVED.iter().any(|s| path.starts_with(s)) {
                continue;
            }
            let file = match path {
                "" => name.clone(),
                p if p.ends_with('/') => format!("{}index.html", p.trim_start_matches('/')),
                p => p.trim_start_matches('/').to_owned(),
            };
            let there = all.contains_key(&file) && anchor.is_none_or(|a| ids.get(&file).is_some_and(|ids| ids.contains(a)));
            if !there {
                broken.push(format!("{name}: {href}"));
            }
        }
        let mut seen = BTreeSet::new();
        broken.extend(attributes(&html, "id").into_iter().filter(|id| !seen.insert(id.clone())).map(|id| format!("{name}: id {id} twice")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(links > 3000, "only {links} links were seen");
}

/// A strict Content-Security-Policy holds: nothing inline, nothing foreign.
fn nothing_inline_nothing_foreign(loaded: &Loaded, all: &BTreeMap<String, Vec<u8>>) {
    let mut pages: Vec<(String, String)> = all.iter().filter(|(n, _)| n.ends_with(".html")).map(|(n, b)| (n.clone(), String::from_utf8_lossy(b).into_owned())).collect();
    pages.push(("letter".into(), site::letter_page(&loaded.theme, &letter()).unwrap()));
    for (name, html) in pages {
        assert!(!html.contains("<style") && attributes(&html, "style").is_empty(), "{name}: style");
        for script in html.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            // Data is not run: no policy forbids it. It must be what it says.
            if tag.contains("application/ld+json") {
                let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(data["@type"], "MedicalWebPage", "{name}");
                continue;
            }
            assert!(tag.contains("src=") && rest.starts_with("</script>"), "{name}: inline script");
        }
        for on in ["onclick", "onload", "onerror", "onsubmit", "onchange"] {
            assert!(attributes(&html, on).is_empty(), "{name}: {on}");
        }
        for src in attributes(&html, "src") {
            assert!(src.starts_with('/') && !src.starts_with("//"), "{name}: {src}");
        }
        for set in attributes(&html, "srcset") {
            assert!(set.split(',').all(|s| s.trim().starts_with("/images/")), "{name}: {set}");
        }
        for link in html.split("<link").skip(1).map(|l| l.split('>').next().unwrap()).filter(|l| !l.contains("canonical") && !l.contains("alternate")) {
            assert!(attributes(&format!("<link{link}>"), "href").iter().all(|h| h.starts_with('/')), "{name}: {link}");
        }
    }
}

#[test]
fn a_failed_build_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = small(dir.path());
    let out = dir.path().join("public");
    publish(&loaded, &out, false).unwrap();
    let before = files(&out);
    // A template that names what does not exist fails while pages are being written.
    fs::write(dir.path().join("themes/default/templates/person.html"), "{{ nobody }}").unwrap();
    let broken = load(dir.path(), Some(DAY)).unwrap();
    assert!(publish(&broken, &out, false).is_err());
    assert_eq!(files(&out), before);
    // A mistake in an article stops before anything is written.
    fs::write(dir.path().join("content/articles/hajimete.md"), "---\ntitel: x\n---\n").unwrap();
    assert!(load(dir.path(), Some(DAY)).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".public")).count(), 0);
}

#[test]
fn what_is_not_published_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let bulletin = |name: &str, dates: &str| {
        fs::write(dir.path().join(format!("content/bulletins/{name}.md")), format!("---\ntitle: 見本\nsummary: 見本です。\n{dates}\n---\n本文です。\n")).unwrap()
    };
    bulletin("early", "publish: 2026-11-22");
    bulletin("late", "publish: 2026-11-01\nuntil: 2026-11-20");
    bulletin("draft", "publish: 2026-11-01\ndraft: true");
    bulletin("now", "publish: 2026-11-21\nuntil: 2026-11-21");
    let loaded = load(dir.path(), Some(DAY)).unwrap();
    let (_dir, _, all) = built(&loaded);
    for (slug, there) in [("early", false), ("late", false), ("draft", false), ("now", true)] {
        assert_eq!(all.contains_key(&format!("bulletins/{slug}/index.html")), there, "{slug}");
    }
    let drafts = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY).with_drafts();
    assert!(drafts.address_of("/bulletins/draft/").is_some());
}

#[test]
fn a_review_that_has_run_out_is_said_on_the_page() {
    let loaded = sample();
    let page = |today| {
        let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, today);
        edition.render(&edition.address_of("/articles/tsuwari/").unwrap()).unwrap()
    };
    assert!(!page(DAY).contains("いま、内容を確かめています"));
    assert!(page(date(2028, 12, 1)).contains("いま、内容を確かめています"));
}

/// People and machines read who stands behind an article: names, professions, interests, dates.
#[test]
fn an_article_says_who_stands_behind_it() {
    let mut loaded = sample();
    let page = |loaded: &Loaded, path: &str| {
        let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
        edition.render(&edition.address_of(path).unwrap()).unwrap()
    };
    let data = |html: &str| -> serde_json::Value {
        let script = html.split_once("<script type=\"application/ld+json\">").or_else(|| html.split_once("<script type=application/ld+json>")).unwrap().1;
        serde_json::from_str(script.split_once("</script>").unwrap().0).unwrap()
    };
    let html = page(&loaded, "/articles/tsuwari/");
    let review = loaded.library.articles["tsuwari"].versions["ja"].review.clone().unwrap();
    for shown in ["利益相反：ありません", "最終監修日", "次回監修予定", "佐伯みのり", "高瀬 航", "（産婦人科医）", "妊娠5〜16週のころ", "読むのに", "写真・絵："]
    {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(html.contains(&format!("datetime=\"{}\"", review.next)) || html.contains(&format!("datetime={}", review.next)));
    let read = data(&html);
    assert_eq!((&read["@type"], &read["inLanguage"], &read["lastReviewed"]), (&"MedicalWebPage".into(), &"ja".into(), &review.on.to_string().into()));
    assert_eq!((&read["reviewedBy"]["name"], &read["reviewedBy"]["jobTitle"]), (&"高瀬 航".into(), &"産婦人科医".into()));
    assert_eq!((&read["author"]["name"], &read["author"]["affiliation"]["name"]), (&"佐伯みのり".into(), &"はるかぜ市 こども未来課 母子保健係".into()));
    assert_eq!((&read["medicalAudience"]["name"], &read["aspect"]), (&"妊娠5〜16週のころ".into(), &serde_json::json!(["からだ", "食べる"])));
    assert_eq!(read["publisher"]["name"], "はるかぜ市");
    assert!(read["citation"].as_array().unwrap().len() == 2 && read["url"].as_str().unwrap().ends_with("/articles/tsuwari/"));
    assert_eq!(data(&page(&loaded, "/articles/tsuwari/easy/"))["inLanguage"], "ja");
    assert!(page(&loaded, "/articles/tsuwari/en/").contains("Conflicts of interest: none"));

    // A text that was rewritten since is nobody's reviewed text; and no title ends the script.
    let article = std::sync::Arc::make_mut(loaded.library.articles.get_mut("tsuwari").unwrap());
    let version = std::sync::Arc::make_mut(article.versions.get_mut("ja").unwrap());
    version.review.as_mut().unwrap().text = otayori::content::ReviewedText::Changed;
    version.title = "</script><b>&".into();
    let html = page(&loaded, "/articles/tsuwari/");
    let read = data(&html);
    assert_eq!(read["name"], "</script><b>&");
    assert!(read.get("reviewedBy").is_none() && read.get("lastReviewed").is_none());
    assert!(html.contains("いま、監修を待っています") && !html.contains("監修しました") && !html.contains("class=\"stamp\""));
}

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
    for (section, dial) in page.split("<h2 id=").skip(1).zip(["%238000", "%238000", "119", "0000004567", "0120279338"]) {
        let at = |words: &str| section.find(words).unwrap_or_else(|| panic!("{words}\n{section}"));
        assert!(at(&format!("href=\"tel:{dial}\"")) < at("<ol>") && at("class=\"ring\"") < at("<ol>"), "{dial}\n{section}");
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

/// In a hurry one says who it is about and what has happened, and there is one number to ring; in every language that the page claims.
#[test]
fn the_urgent_page_begins_with_who_and_what() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    for (path, what) in [("/contacts/", "動きが少ない"), ("/contacts/easy/", "<ruby>動"), ("/contacts/en/", "The baby moves less")] {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        let main = &page[page.find("<main").unwrap()..];
        let main = &main[..main.find("</main>").unwrap()];
        let at = |words: &str| main.find(words).unwrap_or_else(|| panic!("{path} {words}\n{main}"));
        assert!(at("href=\"tel:119\"") < at("href=\"#who-pregnancy\"") && at("href=\"#who-feelings\"") < at("id=\"who-pregnancy\""), "{path}");
        assert!(at("id=\"who-feelings\"") < at("id=\"none\"") && at("id=\"none\"") < at("id=\"all\""), "{path}: what to do without #7119 or #8000");
        let pregnancy = &main[at("id=\"who-pregnancy\"")..at("id=\"who-after\"")];
        assert!(pregnancy.contains(what) && pregnancy.matches("class=\"btn\" href=\"tel:0000004567\"").count() == 1, "{path}\n{pregnancy}");
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
            assert!(!first.contains("0000-00-1234") && !first.contains("#8008") && list.matches("（").count() >= list.matches("<li>").count(), "{path}\n{list}");
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
            !page.contains("このページは、日本語だけ") && !page.contains("noindex") && page.contains("tel:0000004567") && page.matches("<section class=\"prose\"").count() == 5,
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
    for path in ["/loss/", "/articles/ryuzan-care/", "/articles/shizan-care/", "/articles/kodomo-wakare/", "/articles/ryuzan-care/en/"] {
        let page = edition.render(&edition.address_of(path).unwrap()).unwrap();
        assert!(page.contains("href=\"/me#rest\""), "{path}");
    }
}

/// Words of every danger and tap are there in every language of the theme, not taken from Japanese.
#[test]
fn first_lines_are_in_every_language() {
    use otayori::aid::{List, Note};
    use otayori::danger::{Danger, TAPPED, detector};
    let keys =
        List::ALL.into_iter().flat_map(|l| l.taps().iter().map(|t| format!("tap_{}", t.id)).chain([format!("taps_{}", l.id()), format!("aid_who_{}", l.id())]).collect::<Vec<_>>());
    let keys: Vec<String> = keys.chain([Note::OwnClinic, Note::OwnDoctor, Note::Nobody].map(|n| n.key().to_owned())).collect();
    let theme = sample().theme;
    for language in ["ja", "easy", "en"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("themes/default/i18n/{language}.yaml"));
        let words: BTreeMap<String, String> = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for key in &keys {
            assert!(words.get(key).is_some_and(|w| !w.is_empty()), "{language} {key}");
        }
        // First lines are those that clinicians review, and no page has others.
        let lines: BTreeMap<&str, &str> = detector().data.steps.in_language(language).collect();
        for id in Danger::ALL.into_iter().map(Danger::id).chain(TAPPED) {
            let key = format!("first_{id}");
            assert!(!words.contains_key(&key) && theme.words(language).get(&key).map(String::as_str) == lines.get(id).copied() && lines[id].len() > 6, "{language} {key}");
        }
    }
}

/// What the privacy page promises is what the program does.
#[test]
fn the_privacy_page_names_the_days() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = edition.render(&edition.address_of("/privacy/").unwrap()).unwrap();
    let keep = loaded.config.site.keep_days;
    assert_eq!(page.matches(&format!("から{keep}日")).count(), 4);
    // Each sentence that names a figure names the program's own.
    use otayori::{audit, channel::line::inbox, cli::backup};
    for said in [
        format!("「すべて止める」を押した日から{keep}日"),
        format!("最後のやりとりから{keep}日"),
        format!("消えた日から{keep}日"),
        format!("そのあと{}日は、だれのものか読めない形のしるしだけ", inbox::WHO_KEPT / 86_400),
        format!("{}年（中身は含みません）", audit::YEARS),
        format!("鍵の控えも{}日で捨てる", backup::KEEP_KEYS),
        format!("データの控えを捨てるまで（{}日）", backup::KEEP_DATA),
        format!("{}版", otayori::calendar::spoken::long(loaded.config.site.consent.version.parse().unwrap())),
        "登録とやりとりを消します。市が法律や決まりで残す記録は、期間が終わるまで別に保管します。記録の有無は、ここではお答えしていません。".into(),
    ] {
        assert!(page.contains(&said), "{said}: {page}");
    }
    assert!(page.contains(&format!("地区（{}つから）", loaded.config.site.areas.len())));
    // What the program does not do is not promised, here and where people agree.
    let consent = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates/register-consent.html")).unwrap();
    let asked = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates/ask.html")).unwrap();
    for promised in ["2段階", "二段階", "変えられない", "写真", "音声", "5年", "月に1回確かめ", "電話でのお返事"] {
        for text in [&page, &consent, &asked] {
            assert!(!text.contains(promised), "{promised}");
        }
    }
}

/// With a mistake in a file the last good state stays, and the mistake is told with its place.
#[test]
fn the_preview_keeps_the_last_good_page() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let workshop = Workshop::open(dir.path(), Some(DAY), std::sync::Arc::new(|_, _, _| Ok(None)));
    assert!(!workshop.news().has_errors());
    let article = dir.path().join("content/articles/hajimete.md");
    let good = fs::read_to_string(&article).unwrap();
    fs::write(&article, good.replace("title:", "titel:")).unwrap();
    workshop.reload();
    let news = workshop.news();
    assert!(news.has_errors() && news.problems.iter().any(|p| p.file == "content/articles/hajimete.md" && p.line > 0), "{news:?}");
    assert_eq!(workshop.good().unwrap().loaded.library.articles["hajimete"].versions["ja"].title, "記事の見本です");
    fs::write(&article, good.replace("記事の見本です", "直しました")).unwrap();
    workshop.reload();
    assert!(!workshop.news().has_errors() && workshop.news().version > news.version);
    assert_eq!(workshop.good().unwrap().loaded.library.articles["hajimete"].versions["ja"].title, "直しました");
}

fn time(hour: i8, minute: i8) -> otayori::calendar::Time {
    DAY.at(hour, minute, 0, 0).time()
}

fn letter() -> LetterView {
    let item = |kind: &str, stage: &str, subject: &str| LetterItem {
        kind: kind.into(),
        id: "tsuwari".into(),
        stage: stage.into(),
        subject: subject.into(),
        title_html: "健診は、<wbr>2週間に1回に".into(),
        title: "健診は、2週間に1回に".into(),
        summary: "summary".into(),
        lead_html: "<p>受診票は、7枚目からです。</p>".into(),
        link: "/articles/tsuwari/".into(),
        byline: "助産師 佐伯みのり".into(),
        minutes: 4,
        on: if kind == "bulletin" { "2026-12-08".into() } else { String::new() },
        ask: "midwife".into(),
    };
    LetterView {
        week: "2026-W48".into(),
        date: "2026-11-24".into(),
        language: "ja".into(),
        items: vec![item("article", "24週", "pregnancy"), item("article", "1歳7か月", "child"), item("bulletin", "", "")],
    }
}

#[test]
fn a_letter_is_addressed_to_its_stages() {
    let theme = sample().theme;
    let html = site::letter_page(&theme, &letter()).unwrap();
    for part in
        ["<span class=\"nb\">24週と、</span><wbr><span class=\"nb\">1歳7か月の</span>ご家庭へ", "続きを読む（4分）", "12/8", "noindex", "合わせて8分", "朝晩が冷えてきました"]
    {
        assert!(html.contains(part), "{part}\n{html}");
    }
    // Only news: the city writes to everybody, and no belly or child is spoken of.
    let news = LetterView { items: letter().items.split_off(2), ..letter() };
    let html = site::letter_page(&theme, &news).unwrap();
    assert!(html.contains("はるかぜ市のご家庭へ") && !html.contains("おなかの子"));
    let view = PhoneView::letter("はるかぜ市 おたより", date(2026, 11, 24), time(7, 30), "今週のおたよりです", "読みもの1つ。", "/letters/x/", "/ask");
    let phone = theme.render("phone.html", "ja", &serde_json::json!({ "view": view })).unwrap();
    assert!(phone.contains("11月24日（火）7:30") && phone.contains("11月24日 火曜日") && phone.contains("今週のおたよりです"));
    for language in ["en", "easy"] {
        site::letter_page(&theme, &LetterView { language: language.into(), ..letter() }).unwrap();
    }
}

#[test]
fn pictures_come_in_widths() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let images = dir.path().join("content/images");
    fs::create_dir_all(&images).unwrap();
    image::RgbImage::from_fn(1000, 500, |x, y| image::Rgb([x as u8, y as u8, 90])).save(images.join("a.png")).unwrap();
    let article = dir.path().join("content/articles/hajimete.md");
    let text = fs::read_to_string(&article).unwrap() + "\n![青い\"板\"](images/a.png)\n";
    fs::write(&article, text).unwrap();
    let (_dir, _, all) = built(&load(dir.path(), Some(DAY)).unwrap());
    let names: Vec<&String> = all.keys().filter(|n| n.starts_with("images/")).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|n| all[*n].starts_with(b"RIFF")));
    let html = String::from_utf8_lossy(&all["articles/hajimete/index.html"]).into_owned();
    let set = attributes(&html, "srcset").pop().unwrap();
    assert_eq!(set.matches(" 480w").count() + set.matches(" 960w").count() + set.matches(" 1000w").count(), 3, "{set}");
    assert!(attributes(&html, "width").contains(&"1000".to_owned()) && attributes(&html, "height").contains(&"500".to_owned()));
}

/// A telephone held upright writes a picture that lies, and says so in its Exif data.
#[test]
fn photographs_stand_as_they_were_taken() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let images = dir.path().join("content/images");
    fs::create_dir_all(&images).unwrap();
    // Blue on the left: turned clockwise by a quarter, blue is at the top.
    let mut jpeg = Vec::new();
    let picture = image::RgbImage::from_fn(80, 40, |x, _| if x < 40 { image::Rgb([0, 0, 255]) } else { image::Rgb([255, 255, 0]) });
    picture.write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg).unwrap();
    // Exif, big-endian, one entry: tag 0x0112 (orientation), a short, 6.
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let segment = [b"\xff\xe1".as_slice(), &(exif.len() as u16 + 2).to_be_bytes(), exif].concat();
    jpeg.splice(2..2, segment);
    fs::write(images.join("photo.jpg"), jpeg).unwrap();
    let article = dir.path().join("content/articles/hajimete.md");
    let text = fs::read_to_string(&article).unwrap() + "\n![空](images/photo.jpg)\n";
    fs::write(&article, text).unwrap();
    let (_dir, _, all) = built(&load(dir.path(), Some(DAY)).unwrap());
    let html = String::from_utf8_lossy(&all["articles/hajimete/index.html"]).into_owned();
    assert!(attributes(&html, "width").contains(&"40".to_owned()) && attributes(&html, "height").contains(&"80".to_owned()), "{html}");
    let webp = image::load_from_memory(all.iter().find(|(n, _)| n.contains("photo-")).unwrap().1).unwrap().to_rgb8();
    assert_eq!(webp.dimensions(), (40, 80));
    let [top, bottom] = [webp.get_pixel(20, 10).0, webp.get_pixel(20, 70).0];
    assert!(top[2] > 180 && top[0] < 90 && bottom[0] > 180 && bottom[2] < 90, "{top:?} {bottom:?}");
}

/// By setting, photographs are offered as AVIF as well; a drawing that would be no smaller is not.
#[test]
fn photographs_are_smaller_as_avif() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let images = dir.path().join("content/images");
    fs::create_dir_all(&images).unwrap();
    // Soft light on round things, as in a room, and a picture of one colour.
    let light = |x: u32, y: u32, size: f32| (128.0 + 90.0 * (x as f32 / size).sin() * (y as f32 / (size * 0.7) + x as f32 / 60.0).cos()) as u8;
    image::RgbImage::from_fn(240, 180, |x, y| image::Rgb([light(x, y, 19.0), light(y, x, 31.0), light(x + y, y, 47.0)])).save(images.join("photo.png")).unwrap();
    image::RgbImage::from_pixel(16, 16, image::Rgb([250, 248, 240])).save(images.join("flat.png")).unwrap();
    let article = dir.path().join("content/articles/hajimete.md");
    let text = fs::read_to_string(&article).unwrap() + "\n![夕方の部屋](images/photo.png)\n\n![白い紙](images/flat.png)\n";
    fs::write(&article, text).unwrap();
    let with = |line: &str| {
        let settings = fs::read_to_string(dir.path().join("otayori.yaml")).unwrap();
        fs::write(dir.path().join("otayori.yaml"), settings + line).unwrap();
        let (_dir, _, all) = built(&load(dir.path(), Some(DAY)).unwrap());
        (String::from_utf8_lossy(&all["articles/hajimete/index.html"]).into_owned(), all)
    };
    let (html, all) = with("");
    assert!(!html.contains("<picture") && !all.keys().any(|n| n.ends_with(".avif")), "nobody asked for it");
    let (html, all) = with("\navif: true\n");
    assert!(all.iter().filter(|(n, _)| n.ends_with(".avif")).all(|(n, bytes)| n.contains("photo-") && bytes[4..12] == *b"ftypavif"));
    assert_eq!(html.matches("<picture").count(), 1, "{html}");
    let size = |end: &str| all.iter().filter(|(n, _)| n.contains("photo-") && n.ends_with(end)).map(|(_, b)| b.len()).sum::<usize>();
    assert!(size(".avif") > 0 && size(".avif") < size(".webp"));
    let source = html.split("<source").nth(1).unwrap().split('>').next().unwrap();
    assert!(source.contains("image/avif") && source.contains(".avif 240w"), "{source}");
}

/// Values of an attribute, quoted or not.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in html.split('<').skip(1) {
        let mut rest = tag;
        while let Some(at) = rest.find(&format!("{name}=")) {
            let own = at > 0 && (rest.as_bytes()[at - 1].is_ascii_whitespace() || rest.as_bytes()[at - 1] == b'"');
            let value = &rest[at + name.len() + 1..];
            let end = match value.as_bytes().first() {
                Some(q @ (b'"' | b'\'')) => value[1..].find(*q as char).map_or(value.len(), |n| n + 1),
                _ => value.find([' ', '>', '\n']).unwrap_or(value.len()),
            };
            if own {
                found.push(value[..end].trim_matches(['"', '\'']).replace("&amp;", "&"));
            }
            rest = &value[end..];
        }
    }
    found
}

/// Elements close in order, ampersands are entities.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in xml.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        for entity in text.split('&').skip(1).chain(tag.split('&').skip(1)) {
            assert!(entity.split(';').next().is_some_and(|e| ["amp", "lt", "gt", "quot", "#39"].contains(&e)), "{entity}");
        }
        match tag.as_bytes() {
            [b'?', ..] | [.., b'/'] => {}
            [b'/', ..] => assert_eq!(open.pop(), Some(&tag[1..])),
            _ => open.push(tag.split_whitespace().next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
