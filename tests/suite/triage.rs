//! The table of limits: its words in the gaps of texts, every sentence held against it, its review, and what a city
//! without one has.

use crate::support::otayori;
use otayori::calendar::{Date, date};
use otayori::cli::check::{Format, report};
use otayori::config::Config;
use otayori::content::triage::{DEFAULT, FILE};
use otayori::content::{LoadOptions, ReviewedText, Shelf, Triage, load};
use otayori::engine::new;
use std::path::Path;

const TODAY: Date = date(2026, 11, 21);

/// A city with these files, and the repository's settings, theme and table.
fn city(files: &[(&str, String)]) -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = std::fs::read_to_string(repository.join("otayori.yaml")).unwrap();
    let settings: String =
        settings.lines().filter(|l| !l.starts_with("sample_date")).map(|l| format!("{l}\n")).collect();
    let people = "- {id: yanagi-daisuke, name: 本物 大輔, profession: paediatrician}\n- \
        {id: a, name: 名取 恵, profession: paediatrician}\n";
    let base = [
        ("otayori.yaml", settings),
        ("content/people.yaml", people.to_owned()),
        ("content/topics.yaml", "- {id: body, title: からだ, summary: 体}\n".to_owned()),
        (FILE, DEFAULT.to_owned()),
        (
            "content/contacts.yaml",
            "- {id: a, number: \"119\", title: a, when: a, hours: a, kind: danger, checked: 2026-11-02}\n".to_owned(),
        ),
        ("content/pages/about.md", "---\ntitle: 題\nsummary: あ\n---\n文。\n".to_owned()),
        ("segments/everyone.yaml", include_str!("../../src/engine/new/site/everyone.yaml").to_owned()),
    ];
    for (path, text) in base.iter().chain(files) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink(repository.join("themes"), dir.path().join("themes")).unwrap();
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    (dir, config)
}

fn child(body: &str) -> String {
    article("for: [{child_months: 0-36}]\nask: paediatrician\n", body)
}

fn pregnant(body: &str) -> String {
    article("for: [{pregnancy_weeks: 5-41}]\nask: obstetrician\n", body)
}

fn article(extra: &str, body: &str) -> String {
    format!("---\ntitle: 題\nsummary: あ\ntopics: [からだ]\nauthors: [a]\nsources: [x]\n{extra}---\n{body}\n")
}

/// What `check` says of the table and of what differs from it: `file:line:column phrase`.
fn differing(files: &[(&str, String)]) -> Vec<String> {
    let (dir, _) = city(files);
    let (json, _) = report(dir.path(), Format::Json, Some(TODAY)).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let of_table = all.iter().filter(|p| p["message"].as_str().unwrap().contains("受診の目安が、表"));
    of_table
        .map(|p| {
            format!(
                "{}:{}:{} {}",
                p["file"].as_str().unwrap(),
                p["line"],
                p["column"],
                p["message"].as_str().unwrap().split(['「', '」']).nth(1).unwrap()
            )
        })
        .collect()
}

/// The contradictions that the sample's texts had, and others of their kind.
#[test]
fn a_sentence_that_says_something_else_is_told_where_it_stands() {
    let child_bodies: [(&str, &[&str]); 47] = [
        // Grunting and retractions are 119.
        (
            "> [!今日] 夜中でも、電話して救急外来へ\n> - 肩を上下させる\n> - のどの下、あばらの間がへこむ\n> - \
             息を吐くたびに、うなる声がする",
            &["11:5 夜でも", "12:5 夜でも", "13:5 夜でも"],
        ),
        ("肩で息をする、うなるときは、夜中でも受診します。", &["10:1 夜でも"]),
        ("> [!119] すぐに119番へ\n> - 肩で息をする、うなる", &[]),
        // No urine: eight hours, at night too.
        ("> [!今日] 夜でも、今日のうちに電話\n> - 飲まない、半日おしっこが出ない", &["11:5 半日"]),
        ("> [!今日] 夜でも、電話\n> - おしっこが12時間出ない", &["11:5 12時間"]),
        ("> [!今日] 今日のうちに電話\n> - おしっこが8時間出ない", &["11:5 今日"]),
        ("> [!今日] 夜でも、電話\n> - おしっこが８時間出ません", &[]),
        // A fever before three months.
        ("> [!今日] 今日のうちに小児科へ電話\n> - 生後3か月になるまでの38℃以上の熱", &["11:5 今日"]),
        ("> [!今日] 夜でも、受診\n> - 生後2か月になる前の38℃以上の熱", &["11:5 2か月になる前"]),
        ("> [!今日] 夜でも、受診\n> - 生後3ヶ月未満で、38.5度以上の熱", &["11:5 38.5度以上"]),
        ("> [!健診] 診療時間に\n> 新生児の38℃以上の熱。", &["11:3 健診"]),
        ("> [!健診] 診療時間に\n> 3〜5か月の子の38℃以上は、元気でも次の診療時間に。", &[]),
        // Siblings of theirs.
        ("けいれんが10分続いたら、119番です。", &["10:1 10分続"]),
        ("> [!今日] 今日のうちに電話\n> - 緑色のものを吐く", &["11:5 今日"]),
        ("> [!119] すぐに119番へ\n> - うんちが白っぽい", &["11:5 119"]),
        ("> [!今日] 今日のうちに受診\n> - 頭を打ったあと、2回以上吐いた", &["11:5 今日"]),
        ("> [!今日] 今日のうちに電話\n> - 赤ちゃんをゆさぶった", &["11:5 今日"]),
        ("うんちに血が混じるときは、その日に受診します。", &["10:1 今日"]),
        ("おしっこは8時間おきでも、心配ありません。息を見てください。", &[]),
        // What can wait in somebody's words; and 「います」 is no 「いま」.
        ("8時間以上おしっこが出ないときは、あくる朝、小児科を受診します。", &["10:1 健診"]),
        ("うんちに血が混じっていたら、翌日の診療時間に小児科へ。", &["10:1 健診"]),
        ("うんちに血が混じっていたら、明日まで待たないで、夜でも受診します。", &[]),
        ("> [!今日] 今日のうちに電話\n> - 緑色のものを吐いています", &["11:5 今日"]),
        ("うなるような息をしている子もいます。", &[]),
        ("> [!119] すぐに119番へ\n> - けいれんが十五分続いています", &["11:5 十五分続"]),
        // Ranges, a day and more, short forms; how it usually goes is no limit.
        ("> [!今日] 夜でも、電話\n> - おしっこが10〜12時間出ない", &["11:5 10〜12時間"]),
        ("> [!今日] 夜でも、電話\n> - おしっこが24時間以上出ない", &["11:5 24時間"]),
        ("> [!今日] 夜でも、電話\n> - おしっこが12h出ない", &["11:5 12h"]),
        ("けいれんは、たいてい2〜3分で自然に止まります。", &[]),
        ("> [!今日] 夜でも、受診\n> - 生後100日より前の38℃以上の熱", &["11:5 100日より前"]),
        ("> [!今日] 夜でも、受診\n> - 生後八週未満の38℃以上の熱", &["11:5 八週未満"]),
        // Degrees in kanji, days and weeks, other forms of a verb, the sentence after, a row of a table.
        ("> [!今日] 夜でも、受診\n> - 生後3か月になる前の、三十八度五分以上の熱", &["11:5 三十八度"]),
        ("おむつが12時間ぬれないときは、夜でも電話してください。", &["10:1 12時間"]),
        ("おしっこが一日出なければ、夜でも電話してください。", &["10:1 一日出ない"]),
        ("8時間おしっこが出なければ、夜でも電話してください。", &[]),
        ("けいれんが始まったら、まず時計を見ます。十分たっても止まらなければ、119番です。", &["10:21 十分たって"]),
        ("けいれんが始まったら、まず時計を見ます。5分たっても止まらなければ、119番です。", &[]),
        ("> [!健診] 次の健診や診療時間に\n> - うんちの色が、便色カードの1〜3番に近い", &["11:5 健診"]),
        ("熱が一週間続いたら、次の健診で話してください。", &["10:1 一週間続"]),
        ("死にたいと思ったら、来週、保健師に話してください。", &["10:1 健診"]),
        ("| ようす | どうする |\n| --- | --- |\n| けいれんが10分続く | 119番 |", &["12:3 10分続"]),
        // What usually happens, what is over, what is right.
        ("熱性けいれんの多くは、2〜3分で止まります。", &[]),
        ("姉は、子どものころ15分続くけいれんを一度起こし、いまは元気に働いています。", &[]),
        ("昼間、2時間おしっこが出ないようになったら、ためられるようになってきた合図です。", &[]),
        ("| 血圧 | めやす |\n| --- | --- |\n| 血圧 118/72 | ふつうの範囲 |", &[]),
        ("血圧が118/72なら、ふつうの範囲です。", &[]),
        ("けいれんのあとは、15分ほど眠ります。いまのうちに、ようすを書いておきます。", &[]),
    ];
    let pregnant_bodies: [(&str, &[&str]); 24] = [
        ("> [!今日] すぐ産院へ電話\n> - 36週より前の張りや破水", &["11:5 36週より前"]),
        ("胎動が少ないときは、その日に電話します。", &["10:1 今日"]),
        (
            "> [!今日] 今日のうちに産院へ電話\n> - 赤い出血\n> - 破水した\n> - 片方のふくらはぎだけが腫れて痛い",
            &["11:5 今日", "12:5 今日", "13:5 今日"],
        ),
        ("> [!今日] すぐ産院へ\n> - 38.5℃以上の熱", &["11:5 38.5°c"]),
        ("> [!今日] 今日のうちに電話\n> - 家で測った血圧が、上が150以上", &["11:5 150"]),
        ("> [!今日] 今日のうちに電話\n> - 血圧が160/110以上", &["11:5 今日"]),
        ("> [!今日] 今日のうちに電話\n> - 血圧が140/90以上", &[]),
        ("> [!今日] 夜でも、産院へ電話\n> - 1時間にナプキン2枚", &["11:5 2枚"]),
        ("> [!今日] 夜でも、産院へ電話\n> - 大量の出血", &["11:5 夜でも"]),
        ("初めてのお産では5分おきになったら電話します。", &["10:1 5分おき"]),
        ("> [!今日] 今日のうちに話す\n> - 死にたい、消えたい", &["11:5 今日"]),
        ("初めてのお産では、間隔が七、八分になってから電話します。", &["10:1 七、八分"]),
        ("破水したら、朝になってから産院へ電話します。", &["10:1 健診"]),
        ("> [!今日] すぐ産院へ電話\n> - 三十五週に入る前の張りや破水", &["11:5 三十五週になる前"]),
        ("> [!今日] 今日のうちに電話\n> - 家で測った血圧が、上の血圧が145以上", &["11:5 145"]),
        ("血圧は、上が120、下が80より低いのがふつうです。", &[]),
        ("誘発は、43週になる前に相談します。", &["10:1 43週になる前"]),
        ("予定日を過ぎたら、43週までに誘発を考えます。", &["10:1 43週までに"]),
        ("つわりで吐いてばかりの日。16時間おしっこが出なければ、その日のうちに産院へ。", &["10:14 16時間"]),
        ("> [!今日] 今日のうちに電話\n> - 生理のような赤い血が出た", &["11:5 今日"]),
        ("| お産 | 電話 |\n| --- | --- |\n| 初めてのお産 | 5分おきになったら |", &["12:3 5分おき"]),
        ("破水かなと思ったら、明日、産院に電話します。", &["10:1 健診"]),
        ("血圧が180/120以上なら、夜でも電話します。", &["10:1 120", "10:1 180"]),
        (
            "> [!119] すぐに119番へ\n> - 大量の出血、けいれん\n\n> [!今日] 朝を待たずに産院へ電話\n> - 赤い出血。\
             胎動が少ない",
            &[],
        ),
    ];
    // One article each, in one city.
    let bodies = child_bodies
        .iter()
        .map(|(body, expected)| (child(body), body, *expected))
        .chain(pregnant_bodies.iter().map(|(body, expected)| (pregnant(body), body, *expected)));
    let all: Vec<(String, String, &str, &[&str])> = bodies
        .enumerate()
        .map(|(n, (text, body, expected))| (format!("content/articles/t{n}.md"), text, *body, expected))
        .collect();
    let files: Vec<(&str, String)> = all.iter().map(|(path, text, ..)| (path.as_str(), text.clone())).collect();
    let found = differing(&files);
    for (path, _, body, expected) in all {
        let here: Vec<&str> = found.iter().filter_map(|f| f.strip_prefix(&format!("{path}:"))).collect();
        assert_eq!(here, expected, "{body}");
    }
}

#[test]
fn other_languages_pages_and_flyers_are_held_against_it_too() {
    let version = |body: &str| format!("---\ntitle: t\nsummary: s\n---\n{body}\n");
    let page = "---\ntitle: 夜\nsummary: あ\n---\n> [!今日] 夜でも\n> - 息を吐くたびに、うなる\n";
    let flyer = "---\ntitle: 題\nsummary: あ\n---\n> [!今日] 夜でも\n> - 生後3か月までの39℃以上の熱\n";
    let found = differing(&[
        ("content/articles/t.md", child("文。")),
        (
            "content/articles/t.en.md",
            version(
                "> [!今日] Call now, even at night\n> - No wet nappy for half a day\n> - Under two months with a fever \
                 of 38°C",
            ),
        ),
        (
            "content/articles/t.easy.md",
            version("> [!今日] よるでも びょういんへ\n> - 12{時間|じかん}、おしっこが{出|で}ません"),
        ),
        ("content/pages/p.md", page.to_owned()),
        ("content/flyers/f.md", flyer.to_owned()),
    ]);
    let expected = [
        "content/articles/t.easy.md:6:5 12時間",
        "content/articles/t.en.md:6:5 halfaday",
        "content/articles/t.en.md:7:5 twomonths",
        "content/flyers/f.md:6:5 39°c",
        "content/pages/p.md:6:5 夜でも",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_reason_silences_and_one_too_many_is_told() {
    let allow = |body: &str| article("ask: paediatrician\nallow: [{rule: triage, reason: 大人の話}]\n", body);
    assert!(differing(&[("content/articles/t.md", allow("おしっこが半日出ない。"))]).is_empty());
    let (dir, _) = city(&[("content/articles/t.md", allow("おしっこが8時間出ない。"))]);
    assert!(
        report(dir.path(), Format::Human, Some(TODAY))
            .unwrap()
            .0
            .contains("`allow` の triage は、いまの文では要りません")
    );
}

/// The sample's own texts agree with its table, in every language.
#[test]
fn the_sample_says_one_thing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (text, _) = report(root, Format::Human, Some(TODAY)).unwrap();
    assert!(!text.contains("受診の目安"), "{text}");
    assert!(
        load(&Config::load(root).unwrap(), &LoadOptions { shift_days: 0, today: TODAY })
            .0
            .triage
            .review()
            .is_some_and(|r| r.text == ReviewedText::Same)
    );
}

/// A table with every limit moved, in figures and in words, as a city's doctors might move it.
fn moved(table: &str) -> String {
    let line = |line: &str| {
        let Some((before, behind)) = line.split_once("value: ").filter(|(before, _)| before.contains("{id: ")) else {
            return line.to_owned();
        };
        let (value, rest) = behind.split_once(',').unwrap();
        let (unit, say) = rest.split_once("say:").unwrap();
        // By 0.3 degrees, or by one.
        let (_, tenths) = value.split_once('.').unzip();
        let next = tenths.map_or_else(
            || (value.parse::<u32>().unwrap() + 1).to_string(),
            |_| format!("{:.1}", value.parse::<f64>().unwrap() + 0.3),
        );
        let whole = value.split('.').next().unwrap();
        let mut say = say.replace(whole, &next);
        for (from, to) in [
            ("three ", "four "),
            ("five ", "six "),
            ("eight ", "nine "),
            ("one pad", "two pads"),
            ("twice", "three times"),
        ] {
            say = say.replace(from, to);
        }
        format!("{before}value: {next},{unit}say:{say}")
    };
    table.lines().map(|l| line(l) + "\n").collect()
}

/// A limit that is moved moves in every text: none of the sample's says one in digits of its own.
#[test]
fn the_sample_takes_its_figures_from_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = moved(DEFAULT);
    assert!(
        table.contains("value: 38.3, unit: celsius, say: {ja: 38.3℃")
            && table.contains("value: 9, unit: hours, say: {ja: 9時間"),
        "{table}"
    );
    let dir = tempfile::tempdir().unwrap();
    for part in ["content", "segments", "themes", "otayori.yaml"] {
        let copied = std::process::Command::new("cp").arg("-r").arg(root.join(part)).arg(dir.path()).status().unwrap();
        assert!(copied.success());
    }
    std::fs::write(dir.path().join(FILE), table).unwrap();
    let (json, _) = report(dir.path(), Format::Json, Some(TODAY)).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let own = all.iter().filter(|p| p["message"].as_str().unwrap().contains("受診の目安が、表"));
    let own: Vec<String> = own
        .map(|p| format!("{}:{} {}", p["file"].as_str().unwrap(), p["line"], p["message"].as_str().unwrap()))
        .collect();
    // (What is no fever of teething is no limit.)
    assert!(own.iter().all(|o| o.starts_with("content/articles/ha-haete.md")) && own.len() <= 1, "{}", own.join("\n"));
}

#[test]
fn gaps_hold_the_tables_words() {
    let body = "生後{しきい値:infant_fever_months}になる前の{しきい値:infant_fever_c}、**{triage:no_urine_hours}**。\
        [どこ](article:nai)\n\n{しきい値:no_urin_hours}";
    let (dir, config) = city(&[
        ("content/articles/t.md", child(body).replace("title: 題", "title: 熱、{しきい値:infant_fever_c}")),
        ("content/articles/t.en.md", "---\ntitle: t\nsummary: s\n---\n**{triage:no_urine_hours}**\n".to_owned()),
    ]);
    // From another process the bodies are rendered when they are asked for.
    let mut shelf = Shelf::of(dir.path());
    let options = LoadOptions { shift_days: 0, today: TODAY };
    let (_, problems) = shelf.load(&config, &options);
    shelf.save().unwrap();
    for mut shelf in [Shelf::default(), Shelf::of(dir.path())] {
        let (library, _) = shelf.load(&config, &options);
        assert!(library.moved().is_empty());
        let versions = &library.articles["t"].versions;
        assert!(
            versions["ja"].body.html.contains("生後3か月になる前の38℃、<strong>8時間</strong>。"),
            "{}",
            versions["ja"].body.html
        );
        assert_eq!(
            (versions["ja"].title.as_str(), versions["en"].body.html.as_str()),
            ("熱、38℃", "<p><strong>eight hours</strong></p>")
        );
        assert!(library.moved().is_empty());
    }
    let said: Vec<String> =
        problems.sorted().iter().map(|p| format!("{}:{} {}｜{}", p.line, p.column, p.message, p.hint)).collect();
    // The column of the link is that of the file, not of the filled text.
    let column = body.chars().take_while(|c| *c != '[').count() + 1;
    assert_eq!(column, 84);
    assert!(said.iter().any(|s| s.starts_with(&format!("10:{column} 記事 `nai` がありません"))), "{said:?}");
    assert!(
        said.contains(&"12:1 しきい値 `no_urin_hours` はありません｜「no_urine_hours」のことですか".to_owned()),
        "{said:?}"
    );
}

/// A review is of what people read: a gap for the same words asks for no new one, another limit does.
#[test]
fn a_limit_that_changes_asks_for_the_review_of_every_text_that_says_it() {
    let (dir, config) = city(&[("content/articles/t.md", child("おしっこが8時間出ないときは、夜でも電話。"))]);
    let run = |arguments: &[&str]| {
        let output = otayori(dir.path(), arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["review", "t", "--by", "a", "--on", "2026-11-01"]);
    let text = || {
        load(&config, &LoadOptions { shift_days: 0, today: TODAY }).0.articles["t"].versions["ja"]
            .review
            .as_ref()
            .unwrap()
            .text
    };
    assert_eq!(text(), ReviewedText::Same);
    let edit = |path: &str, from: &str, to: &str| {
        let path = dir.path().join(path);
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{before}");
        std::fs::write(path, before.replace(from, to)).unwrap();
    };
    edit("content/articles/t.md", "8時間", "{しきい値:no_urine_hours}");
    assert_eq!(text(), ReviewedText::Same);
    // … and recorded with the gap in it, it holds.
    run(&["review", "t", "--by", "a", "--on", "2026-11-02"]);
    assert_eq!(text(), ReviewedText::Same);
    edit(
        FILE,
        "{id: no_urine_hours, value: 8, unit: hours, say: {ja: 8時間",
        "{id: no_urine_hours, value: 6, unit: hours, say: {ja: 6時間",
    );
    assert_eq!(text(), ReviewedText::Changed);
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: TODAY });
    assert!(library.articles["t"].versions["ja"].body.html.contains("6時間"));
    assert_eq!(
        (library.triage.value("no_urine_hours"), Triage::built_in().value("no_urine_hours")),
        (Some(6.0), Some(8.0))
    );
}

#[test]
fn its_review_is_recorded_warned_of_and_switches_nothing_off() {
    let (dir, config) = city(&[("content/articles/t.md", child("文。"))]);
    let file = dir.path().join(FILE);
    let said = |day: Date| {
        let (text, failed) = report(dir.path(), Format::Human, Some(day)).unwrap();
        assert!(!failed, "{text}");
        text.lines()
            .find(|l| l.contains("受診の目安の表"))
            .map(|l| l.split_once(' ').unwrap().1.split_once(' ').unwrap().1.to_owned())
    };
    // The sample's own review is nobody's here, though its reviewer's id is a doctor's.
    assert!(said(TODAY).unwrap().contains("見本の架空の人のもの"));
    // One of this city's own, by hand: with nobody's signature.
    let own = DEFAULT.replace("by: yanagi-daisuke, on: 2026-11-12", "by: a, on: 2026-11-13");
    let (before, behind) = own.split_once(", signed: ").unwrap();
    let own = format!("{before}{}", &behind[behind.find('}').unwrap()..]);
    std::fs::write(&file, &own).unwrap();
    assert_eq!(said(TODAY), None);
    assert_eq!(
        said(date(2027, 11, 12)).unwrap(),
        "受診の目安の表の監修の期限（2027-11-11）が過ぎています。数字は、このまま使われます"
    );
    assert_eq!(
        said(date(2027, 10, 12)).unwrap(),
        "受診の目安の表の監修の期限（2027-11-11）まで、あと30日です。数字は、このまま使われます"
    );
    // A comment is no change, a number or a word is.
    std::fs::write(&file, own.replace("  # ---- 子ども\n", "  # 子どものこと\n")).unwrap();
    assert_eq!(said(TODAY), None);
    for (from, to) in [
        ("value: 8, ", "value: 7, "),
        ("do: 夜でも\n    for: child", "do: 今日\n    for: child"),
        ("おしっこ|尿", "おしっこ"),
    ] {
        std::fs::write(&file, own.replacen(from, to, 1)).unwrap();
        assert_eq!(
            said(TODAY).unwrap(),
            "受診の目安の表が、監修のあとで変わっています。数字は、このまま使われます",
            "{from}"
        );
    }
    // Recorded anew, only the review's line is another.
    let output = otayori(dir.path(), &["review", "triage", "--by", "a", "--on", "2026-11-20", "--next", "6か月"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "content/triage.yaml　受診の目安の表　監修 名取 恵（小児科医）、2026-11-20、次は 2027-05-19 まで\n"
    );
    let (before, after) = (own.replacen("おしっこ|尿", "おしっこ", 1), std::fs::read_to_string(&file).unwrap());
    let other: Vec<(&str, &str)> = before.lines().zip(after.lines()).filter(|(a, b)| a != b).collect();
    assert!(
        matches!(other.as_slice(),
            [(_, new)] if new.starts_with("review: {by: a, on: 2026-11-20, next: 2027-05-19, body: t1-")),
        "{other:?}"
    );
    assert_eq!(said(TODAY), None);
    // Nobody has reviewed it: it is used all the same.
    std::fs::write(&file, Triage::for_a_new_city()).unwrap();
    assert_eq!(
        said(TODAY).unwrap(),
        "受診の目安の表に、内容の印（body）のある監修（review）がありません。数字は、このまま使われます"
    );
    assert_eq!(
        load(&config, &LoadOptions { shift_days: 0, today: TODAY }).0.triage.value("infant_fever_c"),
        Some(38.0)
    );
    std::fs::remove_file(&file).unwrap();
    assert_eq!(said(TODAY).unwrap(), "受診の目安の表（content/triage.yaml）がありません。プログラムの中の表を使います");
    assert_eq!(
        load(&config, &LoadOptions { shift_days: 0, today: TODAY }).0.triage.value("infant_fever_c"),
        Some(38.0)
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let table = "concepts:\n  - id: x\n    about: 熱\n    do: 夜\n    figures:\n      - \
        {id: a, value: 八, unit: hour, say: {ja: 'あ\"'}}\n      - {id: a, value: 1, unit: hours, say: 8時間}\n    words: [熱]\n";
    let (_dir, config) = city(&[(FILE, table.to_owned())]);
    let (_, problems) = load(&config, &LoadOptions { shift_days: 0, today: TODAY });
    let said: Vec<String> = problems
        .sorted()
        .iter()
        .filter(|p| p.file == FILE)
        .map(|p| format!("{}:{} {}", p.line, p.column, p.message))
        .collect();
    let expected = [
        "2:5 出典（sources）がありません",
        "4:9 `do` の `夜` がわかりません",
        "6:24 `八` は数ではありません",
        "6:33 `unit` の `hour` がわかりません",
        "6:49 言い方 `あ\"` は、文に入れられません",
        "7:14 `a` が2回あります",
        "7:45 `say` は、ことばごとに書きます",
        "8:12 `words` は、ことばごとに書きます",
    ];
    assert_eq!(said, expected);
}

/// What the program counts on is in the table, and in a new city's.
#[test]
fn a_new_city_has_a_table_and_the_program_its_limits() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), TODAY).unwrap();
    let config = Config::load_with(dir.path(), &|_| None).unwrap();
    let (library, problems) = load(&config, &LoadOptions { shift_days: 0, today: TODAY });
    assert!(!problems.has_errors() && library.triage.is_own() && library.triage.review().is_none());
    for (id, value) in [
        ("infant_fever_months", 3.0),
        ("infant_fever_c", 38.0),
        ("mother_fever_c", 38.0),
        ("no_urine_hours", 8.0),
        ("preterm_weeks", 37.0),
        ("post_term_watch_weeks", 41.0),
        ("post_term_weeks", 42.0),
        ("labour_first_minutes", 10.0),
        ("labour_again_minutes", 15.0),
        ("pads_per_hour", 1.0),
        ("seizure_minutes", 5.0),
        ("bp_systolic", 140.0),
        ("bp_diastolic", 90.0),
        ("bp_severe_systolic", 160.0),
        ("bp_severe_diastolic", 110.0),
        ("head_injury_vomits", 2.0),
        ("fever_days", 3.0),
    ] {
        assert_eq!((library.triage.value(id), Triage::default().value(id)), (Some(value), Some(value)), "{id}");
    }
    assert_eq!(Triage::built_in().value("nai"), None);
    for concept in Triage::built_in().concepts() {
        assert!(!concept.sources.is_empty(), "{}", concept.id);
        for figure in &concept.figures {
            assert!(["ja", "easy", "en"].iter().all(|l| figure.say.contains_key(*l)), "{}", figure.id);
        }
    }
}
