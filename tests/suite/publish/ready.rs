//! Nothing is sent to anybody while a city is still the template or the sample.

use super::places::Around;
use otayori::calendar::date;
use otayori::demo::standin;
use std::fs;
use std::process::Command;

const DAY: &str = "2026-11-24";

/// `send` of a city with households, with a stand-in of LINE: did it end well, and what was said.
fn send(around: &Around, line: &standin::Line, more: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otayori"));
    command.current_dir(around.city()).args(["send", "--date", DAY, "--yes"]);
    command
        .env("OTAYORI_LINE_API_BASE", line.base())
        .env("OTAYORI_LINE_CHANNEL_SECRET", standin::Line::SECRET)
        .env("OTAYORI_LINE_CHANNEL_TOKEN", standin::Line::TOKEN);
    command.envs(more.iter().copied());
    let output = command.output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

fn change(around: &Around, file: &str, change: impl Fn(&str) -> String) {
    let path = around.city().join(file);
    fs::write(&path, change(&fs::read_to_string(&path).unwrap())).unwrap();
}

/// A small city whose texts are all its own.
fn own(around: &Around) {
    change(around, "content/articles/hajimete.md", |t| {
        t.replace("（よりどころにした指針や資料の名前）", "みなと市の手引き")
            .replace("最初の見出しの前の1、2段落は、おたよりに引用されます。", "水分をとって、休みましょう。")
    });
    change(around, "content/contacts.yaml", |t| t.replace("2026-11-02", "2026-11-20"));
    change(around, "content/pages/about.md", |t| t.replace("○○市", "みなと市"));
    change(around, "content/pages/privacy.md", |t| {
        t.replace("（市の個人情報の担当と相談して、書いてください。）", "みなと市が扱います。")
            .replace("（日数は otayori.yaml の keep_days、otayori backup の --keep と同じにします。）", "")
    });
    change(around, "content/people.yaml", |t| {
        t.replace("（書く人の名前）", "山田 花子")
            .replace("（監修する人の名前）", "鈴木 一郎")
            .replace("（所属）", "みなと市")
            .replace("（自己紹介を2、3文で）", "市の助産師です。")
    });
    change(around, "otayori.yaml", |t| {
        t.replace("○○市", "みなと市")
            .replace("○○課 ○○係", "母子保健係")
            .replace("000-000-0000", "0466-12-3456")
            .replace("otayori@example.jp", "boshi@city.minato.example")
    });
}

/// What a city does before its first letter, one step after the other; until the last one nothing goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_city_sends_when_everything_is_its_own() {
    let (around, line) = (Around::new(), standin::Line::start().await.unwrap());
    let (done, said) = around.run(&["build", "--date", DAY]);
    assert!(done && said.contains("見本の日付です"), "a new site builds, with warnings: {said}");
    assert!(around.run(&["households", "generate", "--count", "40", "--seed", "1", "--date", DAY, "--line", "100"]).0);
    let refused = |word: &str| {
        let (done, said) = send(&around, &line, &[]);
        assert!(
            !done && said.contains("何も送っていません\nまだおたよりを送れません") && said.contains(word),
            "{word}: {said}"
        );
        assert_eq!(line.requests(), 0);
        // `plan` says so, too, and goes on reading.
        let (done, said) = around.run(&["plan", "--date", DAY]);
        assert!(
            done && said.contains("おたよりが止まっています")
                && said.contains("まだおたよりを送れません")
                && said.contains("2026-W48 のおたより"),
            "{said}"
        );
    };
    refused("content/articles/hajimete.md:11:5 「（よりどころにした指針や資料の名前）」が、ひな型のままです");
    change(&around, "content/articles/hajimete.md", |t| {
        t.replace("（よりどころにした指針や資料の名前）", "みなと市の手引き")
            .replace("最初の見出しの前の1、2段落は、おたよりに引用されます。", "水分をとって、休みましょう。")
    });
    refused("content/contacts.yaml:4:1 「救急車・消防」の `checked: 2026-11-02` は、見本の日付です");
    change(&around, "content/contacts.yaml", |t| t.replace("2026-11-02", "2026-11-20"));
    refused("content/pages/about.md:5:8 「○○市」");
    change(&around, "content/pages/about.md", |t| t.replace("○○市", "みなと市"));
    change(&around, "content/pages/privacy.md", |t| {
        t.replace("（市の個人情報の担当と相談して、書いてください。）", "みなと市が扱います。")
            .replace("（日数は otayori.yaml の keep_days、otayori backup の --keep と同じにします。）", "")
    });
    refused("content/people.yaml:");
    change(&around, "content/people.yaml", |t| {
        t.replace("（書く人の名前）", "山田 花子")
            .replace("（監修する人の名前）", "鈴木 一郎")
            .replace("（所属）", "みなと市")
            .replace("（自己紹介を2、3文で）", "市の助産師です。")
    });
    refused("otayori.yaml:3:7 「○○市」");
    change(&around, "otayori.yaml", |t| t.replace("○○市", "みなと市").replace("○○課 ○○係", "母子保健係"));
    refused("otayori.yaml:5:6 「000-000-0000」は、見本の市のものです");
    change(&around, "otayori.yaml", |t| {
        t.replace("000-000-0000", "0466-12-3456").replace("otayori@example.jp", "boshi@city.minato.example")
    });
    // A draft may be as unwritten as it likes.
    fs::write(
        around.city().join("content/articles/next.md"),
        "---\ntitle: （仮の題）\nsummary: あ\ndraft: true\n---\n本文\n",
    )
    .unwrap();
    let (done, said) = send(&around, &line, &[]);
    assert!(done && line.requests() > 0, "{said}");
    assert!(!said.contains("送れません"), "{said}");

    // Sample people, pasted in later, stop the next week.
    let people = include_str!("../../../content/people.yaml");
    change(&around, "content/people.yaml", |t| {
        format!("{t}{}", &people[people.find("- id: takase-wataru").unwrap()..people.find("- id: ogata-rei").unwrap()])
    });
    let before = line.requests();
    let (done, said) = send(&around, &line, &[]);
    assert!(
        !done && said.contains("高瀬 航（takase-wataru）は、見本の架空の人です") && line.requests() == before,
        "{said}"
    );
    change(&around, "content/people.yaml", |t| t.replace("  sample: true\n", ""));
    assert!(!send(&around, &line, &[]).0, "the mark taken out, they are the same people");
}

/// An address that nobody else can open is told with its place, and no real household is sent it; made-up people may be
/// written to from this machine.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_opens_holds_letters_to_real_people() {
    let (around, line) = (Around::new(), standin::Line::start().await.unwrap());
    own(&around);
    let (done, said) = around.run(&["check", "--date", DAY]);
    assert!(
        done && said
            .contains("warning: otayori.yaml:7:13 公開先の URL（http://localhost:8080）は、この機械の中だけのものです"),
        "{said}"
    );
    let rows = (1..=3).map(|n| format!("{n},pregnancy,2027-03-16,,,all,ja,no,U{n:032x}\n")).collect::<String>();
    fs::write(
        around.at("a.csv"),
        format!("household,kind,due_on,birth_on,preterm_due_on,area,language,first_child,line\n{rows}"),
    )
    .unwrap();
    assert!(around.run(&["households", "import", "--date", DAY, "../a.csv"]).0);
    let url = |url: &'static str| [("OTAYORI_PUBLIC_URL", url)];
    let place = "error: 環境変数 OTAYORI_PUBLIC_URL 公開先の URL（";
    for (more, told) in [
        (&[][..], "error: otayori.yaml:7:13 公開先の URL（http://localhost:8080）は、この機械の中だけのものです"),
        (&url("http://127.0.0.1"), "http://127.0.0.1）は、この機械の中だけのものです"),
        (&url("https://[::1]"), "https://[::1]）は、この機械の中だけのものです"),
        (&url("http://otayori.city.minato.lg.jp"), "http://otayori.city.minato.lg.jp）は、https:// ではありません"),
        (
            &url("https://otayori.city.example.jp"),
            "https://otayori.city.example.jp）は、説明書の例の名前で、だれのものでもありません",
        ),
        (
            &url("https://otayori.city.minato.example"),
            "https://otayori.city.minato.example）は、説明書の例の名前で、だれのものでもありません",
        ),
    ] {
        let (done, said) = send(&around, &line, more);
        assert!(
            !done
                && said.contains("まだおたよりを送れません")
                && said.contains(told)
                && (more.is_empty() || said.contains(place)),
            "{said}"
        );
        assert_eq!(line.requests(), 0);
    }
    let (done, said) = around.run(&["plan", "--date", DAY]);
    assert!(done && said.contains("otayori.yaml:7:13 公開先の URL"), "{said}");
    let (done, said) = send(&around, &line, &url("https://otayori.city.minato.lg.jp"));
    assert!(done && line.users().len() == 3, "{said}");
}

/// To call a city the sample is no way round: the sample is for this machine.
#[tokio::test(flavor = "multi_thread")]
async fn the_sample_sends_on_this_machine_only() {
    let (around, line) = (Around::new(), standin::Line::start().await.unwrap());
    change(&around, "otayori.yaml", |t| format!("{t}sample_date: 2026-11-21\n"));
    assert!(around.run(&["households", "generate", "--count", "40", "--seed", "1", "--date", DAY, "--line", "100"]).0);
    let (done, said) = send(&around, &line, &[("OTAYORI_PUBLIC_URL", "https://otayori.example.jp")]);
    assert!(
        !done
            && said.contains("見本の市（sample_date がある）なのに、公開先がこの機械ではありません")
            && line.requests() == 0,
        "{said}"
    );
    let (done, said) = send(&around, &line, &[]);
    assert!(done && line.requests() > 0, "{said}");
}

/// The weekly run of `serve`: it holds, says why, and nothing is in the queue.
#[tokio::test]
async fn the_weekly_run_waits_until_the_city_is_ready() {
    use otayori::channel::Carriers;
    use otayori::clock::Clock;
    use otayori::schedule::{Rebuild, Schedule};
    use std::sync::Arc;
    for database in crate::support::databases().await {
        let around = Around::new();
        let mut config = otayori::config::Config::load_with(&around.city(), &|_| None).unwrap();
        config.services.key_store_url = format!("sqlite:{}", around.at("keys.db").display());
        config.services.key_file = around.at("master.key");
        let config = Arc::new(config);
        let vault = otayori::vault::Vault::open(&config.services, &database.db).await.unwrap();
        let (library, _) =
            otayori::content::load(&config, &otayori::content::LoadOptions::on(&config, date(2026, 11, 24)));
        let library = Arc::new(library);
        let carriers = Carriers::open(&config, &database.db, &vault, otayori::clock::machine_seconds).await.unwrap();
        // Tuesday, eight o'clock in the city.
        let clock = Clock::set(
            date(2026, 11, 24).at(8, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp().as_second(),
        );
        let rebuild: Rebuild = Arc::new(|_| Box::pin(async { Ok(()) }));
        let schedule = Schedule::new(
            config.clone(),
            database.db.clone(),
            vault,
            carriers,
            clock,
            Arc::new(move || Ok(library.clone())),
            rebuild,
        );
        let said = schedule.tick().await.map_err(|e| format!("{e:#}")).unwrap_err();
        assert!(
            said.contains("まだおたよりを送れません") && said.contains("ひな型のまま"),
            "{}: {said}",
            database.name()
        );
        let (rows, done): (i64, i64) =
            sqlx::query_as("SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM runs WHERE outcome = 'done')")
                .fetch_one(database.db.pool())
                .await
                .unwrap();
        assert_eq!((rows, done), (0, 0), "{}", database.name());
    }
}
