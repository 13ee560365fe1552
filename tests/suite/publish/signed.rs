//! The table of limits and the danger data: people of the sample review neither outside of it, and what waits for a
//! review stands in one list.

use super::places::Around;
use crate::support::TestApp;
use otayori::calendar::date;
use otayori::cli::check::{Format, overdue_list};
use otayori::config::Config;
use otayori::content::triage::FILE;
use otayori::content::{Library, LoadOptions, load};
use otayori::danger::review;
use otayori::review::Due;
use std::fs;
use std::path::Path;

const DAY: &str = "2026-11-24";
const NOBODYS: &str = "見本の架空の人";

fn city() -> Around {
    let around = Around::new();
    let (done, said) = around.run(&["danger", "copy"]);
    assert!(done, "{said}");
    let people = "- {id: yanagi-daisuke, name: 柳 大輔, profession: 小児科医}\n- \
        {id: marked, name: 見本 花, profession: 助産師, sample: true}\n- \
        {id: honda, name: 本田 実, profession: 小児科医}\n";
    let path = around.city().join("content/people.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + people).unwrap();
    around
}

/// State and reviewer of the two rows.
fn rows(root: &Path, day: &str) -> Vec<(String, String, String)> {
    let list = overdue_list(root, Format::Json, Some(day.parse().unwrap())).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let of = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let mut rows: Vec<_> = list
        .iter()
        .filter(|r| r["name"] == "triage" || r["name"] == "danger")
        .map(|r| (of(r, "name"), of(r, "state"), of(r, "reviewer")))
        .collect();
    rows.sort();
    rows
}

fn both(state: &str, reviewer: &str) -> Vec<(String, String, String)> {
    ["danger", "triage"].map(|name| (name.to_owned(), state.to_owned(), reviewer.to_owned())).into()
}

#[test]
fn people_of_the_sample_review_neither_table_nor_danger_data() {
    let around = city();
    let root = around.city();
    assert_eq!(rows(&root, DAY), both("missing", "-"));
    let list = overdue_list(&root, Format::Human, Some(date(2026, 11, 24))).unwrap();
    assert!(
        list.contains("サイトや相談で、そのまま使っているもの（2件）") && list.contains("otayori danger review --by"),
        "{list}"
    );
    // Nobody made up is written down …
    let before = around.everything();
    for by in ["yanagi-daisuke", "marked", "（監修する人の名前）"] {
        for command in
            [&["review", "triage", "--by", by, "--on", DAY][..], &["danger", "review", "--by", by, "--on", DAY]]
        {
            let (done, said) = around.run(command);
            assert!(!done && said.contains(NOBODYS), "{command:?}: {said}");
            assert_eq!(around.everything(), before, "{command:?}");
        }
    }
    // … a person is, and it holds for a year.
    assert!(
        around.run(&["review", "triage", "--by", "honda", "--on", "2026-11-20"]).0
            && around.run(&["danger", "review", "--by", "honda", "--on", "2026-11-20"]).0
    );
    assert_eq!(rows(&root, DAY), []);
    // Written for a day that has not come, as by a slip of the year.
    let (_, said) = around.run(&["check", "--date", "2026-11-19"]);
    assert!(
        said.contains("受診の目安の表の監修日（2026-11-20）が、まだ来ていません")
            && said.contains("危険のしるしの監修日（2026-11-20）が、まだ来ていません"),
        "{said}"
    );
    assert_eq!(rows(&root, "2027-10-20"), both("soon", "honda"));
    assert_eq!(rows(&root, "2027-11-20"), both("overdue", "honda"));
    // The same record under a name of the sample, as it is when the sample's files are copied, counts for nothing, and
    // neither does one of nobody.
    let files = [FILE, review::FILE].map(|file| root.join(file));
    let real = files.each_ref().map(|file| fs::read_to_string(file).unwrap());
    for (by, state) in [("yanagi-daisuke", "sample"), ("marked", "sample")] {
        for (file, text) in files.iter().zip(&real) {
            assert!(text.contains("by: honda,"), "{text}");
            fs::write(file, text.replace("by: honda,", &format!("by: {by},"))).unwrap();
        }
        assert_eq!(rows(&root, DAY), both(state, by));
        let (done, said) = around.run(&["check", "--date", DAY]);
        assert!(
            done && said.contains("受診の目安の表の監修は、見本の架空の人のものです。監修と数えません"),
            "{by}: {said}"
        );
        assert!(said.contains(&format!("危険のしるしの監修（{by}）は、見本の架空の人か")), "{by}: {said}");
    }
    fs::write(&files[1], real[1].replace("by: honda,", "by: nobody,")).unwrap();
    let list = overdue_list(&root, Format::Human, Some(date(2026, 11, 24))).unwrap();
    assert!(list.contains("content/people.yaml にいない人（nobody）の監修（数えません）"), "{list}");
    // Typed without a mark of what was reviewed.
    for (file, text) in files.iter().zip(&real) {
        let at = text.find(", body: ").unwrap();
        let end = text[at..].find('}').unwrap() + at;
        fs::write(file, format!("{}{}", &text[..at], &text[end..])).unwrap();
    }
    assert_eq!(rows(&root, DAY).iter().map(|r| r.1.as_str()).collect::<Vec<_>>(), ["changed", "unmarked"]);
}

/// The sentence of the desk and of `check`: the same record holds in the sample city and is nobody's elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_the_sample_is_nobodys_elsewhere() {
    use otayori::danger::review::{Review, State};
    let app = TestApp::on(DAY).await;
    let library = &app.engine.app.published().library;
    let config = &app.engine.app.config;
    let city = otayori::config::Config {
        site: otayori::config::Site { sample_date: None, ..config.site.clone() },
        ..(**config).clone()
    };
    let real = |r: &Review| otayori::cli::danger::is_real(&city, library, r);
    let data = &otayori::danger::detector().data;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("content/danger")).unwrap();
    let review = Review {
        by: "yanagi-daisuke".into(),
        on: date(2026, 11, 1),
        next: date(2027, 10, 31),
        body: review::mark(data),
        signed: None,
    };
    let nobody = Review { by: "nobody".into(), ..review.clone() };
    assert!(
        !real(&review)
            && !real(&nobody)
            && otayori::cli::danger::is_real(config, library, &review)
            && !otayori::cli::danger::is_real(config, library, &nobody)
    );
    fs::write(dir.path().join(review::FILE), review::written(&review)).unwrap();
    let state = |real: &dyn Fn(&Review) -> bool| {
        review::state(dir.path(), data, date(2026, 11, 24), real, &mut otayori::diag::Diagnostics::new())
    };
    assert_eq!(state(&real), State::Nobodys(review.clone()));
    assert!(state(&real).message().unwrap().contains(NOBODYS));
    assert_eq!(state(&|_| true), State::Holds(review));
}

/// The sample city's texts as somebody takes them over: no sample any more, its people changed by `people`, its
/// articles by `article`.
fn taken_over(people: impl Fn(&str) -> String, article: impl Fn(&str) -> String) -> (tempfile::TempDir, Config) {
    let (dir, sample) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    copy(&sample.join("content"), &dir.path().join("content"));
    copy(&sample.join("segments"), &dir.path().join("segments"));
    std::os::unix::fs::symlink(sample.join("themes"), dir.path().join("themes")).unwrap();
    let settings = fs::read_to_string(sample.join("otayori.yaml")).unwrap();
    let settings: String =
        settings.lines().filter(|l| !l.starts_with("sample_date")).map(|l| format!("{l}\n")).collect();
    fs::write(dir.path().join("otayori.yaml"), settings).unwrap();
    let edit =
        |path: &Path, edit: &dyn Fn(&str) -> String| fs::write(path, edit(&fs::read_to_string(path).unwrap())).unwrap();
    edit(&dir.path().join("content/people.yaml"), &people);
    for folder in ["articles", "pages"] {
        for entry in fs::read_dir(dir.path().join("content").join(folder)).unwrap() {
            edit(&entry.unwrap().path(), &article);
        }
    }
    edit(&dir.path().join(FILE), &article);
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    (dir, config)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, to).map(|_| ()).unwrap() }
    }
}

fn read(config: &Config) -> (Library, String) {
    let (library, problems) = load(config, &LoadOptions::on(config, DAY.parse().unwrap()));
    (library, problems.sorted().iter().map(|p| format!("{p}\n")).collect())
}

/// Files with a review that counts, and how many have one that does not.
fn counted(library: &Library) -> (Vec<String>, usize) {
    let versions = library
        .articles
        .values()
        .flat_map(|a| a.versions.values())
        .chain(library.pages.values().flat_map(|p| p.versions.values()));
    let versions: Vec<_> = versions.collect();
    let mut real: Vec<String> = versions.iter().filter(|v| v.review.is_some()).map(|v| v.file.clone()).collect();
    real.extend(library.triage.review().map(|_| FILE.to_owned()));
    (real, versions.iter().filter(|v| v.claim.is_some()).count())
}

/// Names, ids, dates: whatever is changed about the people of the sample, what they never read stays unread.
#[test]
fn nobody_becomes_the_reviewer_of_the_sample_by_a_change_of_names() {
    let real = |people: &str| {
        people
            .replace("  sample: true\n", "")
            .replace("高瀬 航", "本田 実")
            .replace("緒方 玲", "森 直")
            .replace("名取 恵", "林 純")
            .replace("柳 大輔", "原 光")
    };
    let all = |people: &str| {
        real(people).replace("佐伯みのり", "岡 春").replace("真木あや", "西 夏").replace("日野 薫", "東 秋")
    };
    let renamed =
        |text: &str| reviewers().iter().fold(text.to_owned(), |text, id| text.replace(id, &format!("dr-{}", &id[..4])));
    type Edit<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let cases: [(&str, Edit<'_>, Edit<'_>); 4] = [
        ("names", Box::new(all), Box::new(str::to_owned)),
        ("names and ids", Box::new(move |p| renamed(&all(p))), Box::new(move |t| renamed(t))),
        (
            "former names",
            Box::new(move |p| all(p).replace("  name: 本田 実\n", "  name: 本田 実\n  formerly: [高瀬 航]\n")),
            Box::new(str::to_owned),
        ),
        ("nothing but the mark", Box::new(|p| p.replace("  sample: true\n", "")), Box::new(str::to_owned)),
    ];
    for (what, people, article) in cases {
        let (_dir, config) = taken_over(people, article);
        let (library, said) = read(&config);
        let (real, claims) = counted(&library);
        assert!(real.is_empty() && claims > 90 && library.triage.claim().is_some(), "{what}: {claims} {real:?}");
        assert!(said.contains("見本の架空の人の監修です。監修と数えません"), "{what}: {said}");
        let due = otayori::cli::check::overdue::all(&config, &library, DAY.parse().unwrap());
        assert_eq!(due.iter().filter(|d| d.state == Due::Sample).count(), claims + 1, "{what}");
        // What was copied along is told before anything is sent.
        let unready = otayori::content::sample::unready(&config, &library)
            .sorted()
            .iter()
            .map(ToString::to_string)
            .collect::<String>();
        assert!(
            unready.contains("「はるかぜ市」は、見本の市のものです")
                && unready.contains("「0000-00-」は、見本の市のものです"),
            "{what}: {unready}"
        );
    }
}

/// Somebody's name over the licence or the life of a person of the sample: told with its place, and nobody's review.
#[test]
fn a_name_over_the_samples_life_is_nobody() {
    let own = |licence: &str, bio: &str| {
        format!(
            "- id: honda\n  name: 本田 実\n  profession: 産婦人科医\n  licence: {licence}\n  affiliation: みなと市\n  \
             bio: {bio}\n- {{id: rin, name: 林 純, profession: 小児科医}}\n"
        )
    };
    let life = "町の産婦人科で、健診とお産を担当しています。みなとの生まれです。";
    for (text, at) in [
        (
            own("医師免許・産婦人科専門医（見本のため番号はありません）", "みなとの生まれです。"),
            Some("content/people.yaml:4:3 本田 実（honda）の免許が、見本のまま（番号がない）です"),
        ),
        (
            own("医師免許（第123456号）", life),
            Some("content/people.yaml:6:3 本田 実（honda）の紹介文が、見本の架空の人のものです"),
        ),
        (own("医師免許（第123456号）", "みなとの生まれです。"), None),
    ] {
        let (dir, config) =
            taken_over(|_| text.clone(), |t| reviewers().iter().fold(t.to_owned(), |t, id| t.replace(id, "honda")));
        let netsu = dir.path().join("content/articles/netsu.md");
        fs::write(&netsu, fs::read_to_string(&netsu).unwrap().replace("はるかぜ市", "みなと市")).unwrap();
        let recorded = crate::support::otayori(dir.path(), &["review", "netsu", "--by", "honda", "--on", "2026-11-20"]);
        assert_eq!(recorded.status.success(), at.is_none(), "{}", String::from_utf8_lossy(&recorded.stderr));
        let said = otayori::cli::check::report(dir.path(), Format::Human, Some(date(2026, 11, 24))).unwrap().0;
        match at {
            Some(at) => assert!(
                said.contains(&format!("warning: {at}")) && said.contains("この人の監修は、監修と数えません"),
                "{said}"
            ),
            None => assert!(!said.contains("content/people.yaml:"), "{said}"),
        }
        let unready = otayori::content::sample::unready(&config, &read(&config).0)
            .sorted()
            .iter()
            .any(|p| p.file == "content/people.yaml");
        assert_eq!(unready, at.is_some());
    }
}

fn reviewers() -> [&'static str; 7] {
    ["takase-wataru", "ogata-rei", "natori-megumi", "yanagi-daisuke", "saeki-minori", "maki-aya", "hino-kaoru"]
}

/// A doctor's own record is theirs: with a title, with another spacing, under a name that they had; not a successor's
/// with the same id.
#[test]
fn a_review_is_of_who_signed_it() {
    let (dir, config) = taken_over(
        |_| {
            "- {id: takase-wataru, name: 本田 実, profession: 産婦人科医}\n- \
             {id: rin, name: 林 純, profession: 小児科医}\n"
                .to_owned()
        },
        |text| {
            ["saeki-minori", "maki-aya", "hino-kaoru", "ogata-rei", "natori-megumi", "yanagi-daisuke"]
                .iter()
                .fold(text.to_owned(), |t, id| t.replace(id, "rin"))
        },
    );
    let netsu = dir.path().join("content/articles/netsu.md");
    let own = fs::read_to_string(&netsu).unwrap();
    fs::write(&netsu, own.replace("はるかぜ市", "みなと市").replace("0000-00-2345", "0466-12-3456")).unwrap();
    for command in [
        ["review", "netsu", "--by", "takase-wataru", "--on", "2026-11-20"],
        ["review", "triage", "--by", "takase-wataru", "--on", "2026-11-20"],
    ] {
        let output = crate::support::otayori(dir.path(), &command);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let recorded = ["content/articles/netsu.md".to_owned(), FILE.to_owned()];
    let people = |text: &str| {
        fs::write(
            dir.path().join("content/people.yaml"),
            format!("{text}\n- {{id: rin, name: 林 純, profession: 小児科医}}\n"),
        )
        .unwrap();
        let (library, said) = read(&config);
        (counted(&library).0, library.triage.claim().map(|c| c.why), said)
    };
    for own in [
        "name: 本田　実",
        "name: 本田 実 先生",
        "name: 鈴木 実, formerly: [本田 実]",
        "name: 本田 実, licence: 医師免許, bio: 新しく",
    ] {
        let (counted, ..) = people(&format!("- {{id: takase-wataru, {own}, profession: 産婦人科医}}"));
        assert_eq!(counted, recorded, "{own}");
    }
    for others in ["name: 鈴木 実", "name: 山田 花子, formerly: [山本 花子]"] {
        let (counted, why, said) = people(&format!("- {{id: takase-wataru, {others}, profession: 産婦人科医}}"));
        assert!(counted.is_empty() && why == Some(otayori::content::marks::NoReview::Renamed), "{others}: {counted:?}");
        assert!(
            said.contains("ではない名前の人が記録したものです") && said.contains("`formerly: [前の名前]`"),
            "{said}"
        );
    }
    let (counted, why, _) = people("- {id: takase-wataru, name: 本田 実, profession: 産婦人科医, sample: true}");
    assert!(counted.is_empty() && why == Some(otayori::content::marks::NoReview::Sample));
}

/// A record made for somebody made up says so itself, and everything shipped is known as the sample's.
#[test]
fn the_samples_records_are_known() {
    let (dir, _) = taken_over(str::to_owned, str::to_owned);
    let settings = dir.path().join("otayori.yaml");
    let real = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{real}sample_date: 2026-11-21\n")).unwrap();
    let people = dir.path().join("content/people.yaml");
    fs::write(
        &people,
        format!(
            "{}- {{id: mihon, name: 見本 花, profession: 小児科医, sample: true}}\n",
            fs::read_to_string(&people).unwrap()
        ),
    )
    .unwrap();
    let output = crate::support::otayori(dir.path(), &["review", "netsu", "--by", "mihon"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(&settings, real).unwrap();
    fs::write(
        &people,
        fs::read_to_string(&people).unwrap().replace(", sample: true", "").replace("  sample: true\n", ""),
    )
    .unwrap();
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    assert_eq!(counted(&read(&config).0).0, Vec::<String>::new());
}

/// `--adopt` lets those of before sign, and nobody else's.
#[test]
fn records_of_before_are_signed_by_adopting_them() {
    let (dir, config) = taken_over(
        |_| {
            "- {id: honda, name: 本田 実, profession: 産婦人科医}\n- \
             {id: takase-wataru, name: 林 純, profession: 小児科医}\n"
                .to_owned()
        },
        |text| {
            ["saeki-minori", "maki-aya", "hino-kaoru", "ogata-rei", "natori-megumi", "yanagi-daisuke"]
                .iter()
                .fold(text.to_owned(), |t, id| t.replace(id, "takase-wataru"))
        },
    );
    let netsu = dir.path().join("content/articles/netsu.md");
    let text = fs::read_to_string(&netsu).unwrap();
    let line = text.lines().find(|l| l.starts_with("review: ")).unwrap();
    let body = line.split_once("body: ").unwrap().1.trim_end_matches('}');
    fs::write(
        &netsu,
        text.replace(line, &format!("review: {{by: honda, on: 2026-11-19, next: 2027-11-18, body: {body}}}")),
    )
    .unwrap();
    assert_eq!(counted(&read(&config).0).0, ["content/articles/netsu.md"]);
    let output = crate::support::otayori(dir.path(), &["review", "--adopt"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("印を足しました: 1件"), "{said}");
    let signed = fs::read_to_string(&netsu).unwrap();
    assert!(signed.contains("on: 2026-11-19, next: 2027-11-18") && signed.contains(", signed: p1-"), "{signed}");
    let people = dir.path().join("content/people.yaml");
    fs::write(&people, fs::read_to_string(&people).unwrap().replace("本田 実", "山田 花子")).unwrap();
    assert_eq!(counted(&read(&config).0).0, Vec::<String>::new(), "signed by 本田 実");
}
