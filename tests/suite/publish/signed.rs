//! The table of limits and the danger data: people of the sample review neither outside of it, and what waits for a review stands in one list.

use super::places::Around;
use crate::support::TestApp;
use otayori::calendar::date;
use otayori::cli::check::{Format, overdue_list};
use otayori::content::triage::FILE;
use otayori::danger::review;
use std::fs;
use std::path::Path;

const DAY: &str = "2026-11-24";
const NOBODYS: &str = "見本の架空の人";

fn city() -> Around {
    let around = Around::new();
    let (done, said) = around.run(&["danger", "copy"]);
    assert!(done, "{said}");
    let people = "- {id: yanagi-daisuke, name: 柳 大輔, profession: 小児科医}\n- {id: marked, name: 見本 花, profession: 助産師, sample: true}\n- {id: honda, name: 本田 実, profession: 小児科医}\n";
    let path = around.city().join("content/people.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + people).unwrap();
    around
}

/// State and reviewer of the two rows.
fn rows(root: &Path, day: &str) -> Vec<(String, String, String)> {
    let list = overdue_list(root, Format::Json, Some(day.parse().unwrap())).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let of = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let mut rows: Vec<_> = list.iter().filter(|r| r["name"] == "triage" || r["name"] == "danger").map(|r| (of(r, "name"), of(r, "state"), of(r, "reviewer"))).collect();
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
    assert!(list.contains("サイトや相談で、そのまま使っているもの（2件）") && list.contains("otayori danger review --by"), "{list}");
    // Nobody made up is written down …
    let before = around.everything();
    for by in ["yanagi-daisuke", "marked", "（監修する人の名前）"] {
        for command in [&["review", "triage", "--by", by, "--on", DAY][..], &["danger", "review", "--by", by, "--on", DAY]] {
            let (done, said) = around.run(command);
            assert!(!done && said.contains(NOBODYS), "{command:?}: {said}");
            assert_eq!(around.everything(), before, "{command:?}");
        }
    }
    // … a person is, and it holds for a year.
    assert!(around.run(&["review", "triage", "--by", "honda", "--on", "2026-11-20"]).0 && around.run(&["danger", "review", "--by", "honda", "--on", "2026-11-20"]).0);
    assert_eq!(rows(&root, DAY), []);
    assert_eq!(rows(&root, "2027-10-20"), both("soon", "honda"));
    assert_eq!(rows(&root, "2027-11-20"), both("overdue", "honda"));
    // The same record under a name of the sample, as it is when the sample's files are copied, counts for nothing, and neither does one of nobody.
    let files = [FILE, review::FILE].map(|file| root.join(file));
    let real = files.each_ref().map(|file| fs::read_to_string(file).unwrap());
    for (by, state) in [("yanagi-daisuke", "sample"), ("marked", "sample")] {
        for (file, text) in files.iter().zip(&real) {
            assert!(text.contains("by: honda,"), "{text}");
            fs::write(file, text.replace("by: honda,", &format!("by: {by},"))).unwrap();
        }
        assert_eq!(rows(&root, DAY), both(state, by));
        let (done, said) = around.run(&["check", "--date", DAY]);
        assert!(done && said.contains("受診の目安の表の監修は、見本の架空の人のものです。監修と数えません"), "{by}: {said}");
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
    let city = otayori::config::Config { site: otayori::config::Site { sample_date: None, ..config.site.clone() }, ..(**config).clone() };
    let real = |by: &str| otayori::content::sample::is_reviewer(&city, library, by);
    assert!(!real("yanagi-daisuke") && !real("nobody") && otayori::content::sample::is_reviewer(config, library, "yanagi-daisuke"));
    let data = &otayori::danger::detector().data;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("content/danger")).unwrap();
    let review = Review { by: "yanagi-daisuke".into(), on: date(2026, 11, 1), next: date(2027, 10, 31), body: review::mark(data) };
    fs::write(dir.path().join(review::FILE), review::written(&review)).unwrap();
    let state = |real: &dyn Fn(&str) -> bool| review::state(dir.path(), data, date(2026, 11, 24), real, &mut otayori::diag::Diagnostics::new());
    assert_eq!(state(&real), State::Nobodys(review.clone()));
    assert!(state(&real).said().unwrap().contains(NOBODYS));
    assert_eq!(state(&|_| true), State::Holds(review));
}
