//! Growth has an end: rows and texts of letters go after half a year, counted before; what must stay unique stays.

use super::{City, article, bulletin, library, months, tuesday};
use crate::support::{databases, sqlite};
use otayori::calendar::{Date, LetterWeek, plus_days};
use otayori::clock::Wall;
use otayori::content::Library;
use otayori::household::generate::{Spec, Target, generate};
use otayori::letter;
use otayori::segment::{Rule, Unit, Window};
use std::sync::Arc;

/// Articles for every month of a child, and this week's bulletin for everybody: there is a letter for each household
/// each week.
fn week_of_a_city(day: Date) -> Library {
    let articles = (0..72).map(|m| article(&format!("month-{m:02}"), &[months(m, m + 1)])).collect();
    let everyone = Rule::Any(vec![
        Rule::Window(super::weeks(0, 45)),
        Rule::Window(Window { unit: Unit::ChildYears, from: 0, to: 9 }),
    ]);
    let babies = Rule::Window(Window { unit: Unit::ChildYears, from: 0, to: 1 });
    let news = bulletin(&format!("news-{day}"), "everyone", day);
    library(articles, vec![news], vec![("everyone", everyone), ("babies", babies)])
}

async fn week(city: &City, day: Date) -> u64 {
    let library = Arc::new(week_of_a_city(day));
    let at = letter::send_at(day, &city.config).seconds();
    // The clock of this week is right, whatever the one before was.
    otayori::watch::confirm(&city.test.db, Wall::at(at)).await.unwrap();
    let sent = city.sender_at(at).send(&library, day).await.unwrap();
    letter::tally(&city.test.db, &library, &city.config, day, Wall::at(at)).await.unwrap();
    letter::prune(&city.test.db, &city.config, day, Wall::at(at)).await.unwrap();
    sent.sent
}

async fn households(city: &City, households: usize) {
    let spec = Spec {
        target: Target::Households(households),
        seed: 7,
        date: tuesday(),
        now: 1_790_000_000,
        site: &city.config.site,
        line_percent: 100,
        push: None,
    };
    generate(&city.test.db, &city.vault, spec, &mut |_| {}).await.unwrap();
}

/// Pages of the file that hold something, in bytes, with the log written back.
async fn bytes(city: &City) -> i64 {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(city.test.db.pool()).await.unwrap();
    let sql = "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)";
    sqlx::query_scalar(sql).fetch_one(city.test.db.pool()).await.unwrap()
}

/// 2,000 households and sixty weeks: from the day on which the first letters go, the file is as large as it was. All
/// that grows is what must be remembered for ever: which item a subject has had, a few characters a week.
#[tokio::test]
async fn sixty_weeks_stay_level_on_disk() {
    let city = City::on(sqlite().await).await;
    households(&city, 2000).await;
    let (mut full, mut last) = (0, 0);
    for n in 0..60 {
        let sent = week(&city, plus_days(tuesday(), 7 * n)).await;
        assert!(sent > 1_500, "{sent} letters in week {n}");
        // Letters of the weeks that are kept, the one that has just become too old, and those that are being counted.
        if n == letter::KEPT_WEEKS + 1 {
            full = bytes(&city).await;
        }
        last = bytes(&city).await;
    }
    let sent: i64 = city.number("SELECT CAST(SUM(LENGTH(sent)) AS BIGINT) FROM letters").await;
    // Rows that grow move to other pages and leave room behind: twice of what they hold, and no more.
    let remembered = 2 * sent;
    assert!(
        last - full < remembered + full / 50,
        "{full} bytes when the first letters went, {last} at the end, {sent} of it in letters.sent"
    );
    let weeks: i64 = city.number("SELECT COUNT(DISTINCT key) FROM outbox").await;
    assert_eq!(weeks, i64::from(letter::KEPT_WEEKS) + 1, "those of half a year, and this week's");
    assert_eq!(city.number("SELECT COUNT(DISTINCT key) FROM batches").await, weeks);
    assert_eq!(city.number("SELECT COUNT(DISTINCT key) FROM messages WHERE key LIKE 'letter:%'").await, weeks);
    assert_eq!(
        city.number("SELECT COUNT(*) FROM letter_items WHERE body LIKE '%news-2026-11-24%'").await,
        0,
        "the first week's bulletin"
    );
}

/// What went is counted: by day, channel, segment, language and outcome; each household once under no segment, and in
/// each of its segments.
#[tokio::test]
async fn what_goes_was_counted() {
    for test in databases().await {
        let city = City::on(test).await;
        let baby = city.household("ja", &[("child", plus_days(tuesday(), -100))], &[("line", "Ubaby")]).await;
        city.household("en", &[("child", plus_days(tuesday(), -900))], &[("line", "Uolder")]).await;
        let stopped = city.household("ja", &[("child", plus_days(tuesday(), -901))], &[("line", "Ustopped")]).await;
        // What must stay unique for ever, whatever its age.
        city.run(
            "INSERT INTO outbox (contact_id, key, channel, hash, due_at, created_at, settled_at, outcome) SELECT id, \
             'welcome', channel, 'w', 1, 1, 1, 'sent' FROM contacts",
            &[],
        )
        .await;
        week(&city, tuesday()).await;
        city.run("UPDATE households SET stopped_at = 1 WHERE id = $1", &[&stopped]).await;
        let first = LetterWeek::of(tuesday(), city.config.letter_day);
        let counts = async || -> Vec<(String, String, String, String, i64)> {
            sqlx::query_as(
                "SELECT day, channel || ' ' || language, segment, outcome, number FROM letter_counts WHERE \
                key = $1 ORDER BY segment, language, outcome",
            )
            .bind(letter::key_of(first))
            .fetch_all(city.test.db.pool())
            .await
            .unwrap()
        };
        for n in 1..3 {
            week(&city, plus_days(tuesday(), 7 * n)).await;
            assert!(counts().await.is_empty(), "{}: some of it may still be on its way in week {n}", city.test.name());
        }
        week(&city, plus_days(tuesday(), 21)).await;
        let row = |language: &str, segment: &str, number: i64| {
            ("2026-11-24".to_owned(), format!("line {language}"), segment.to_owned(), "sent".to_owned(), number)
        };
        let expected = [
            row("en", "", 1),
            row("ja", "", 2),
            row("ja", "babies", 1),
            row("en", "everyone", 1),
            row("ja", "everyone", 2),
        ];
        assert_eq!(counts().await, expected, "{}", city.test.name());

        // Half a year later the rows and texts are gone, the counts and what was had stay, and the letter says that it
        // was.
        let hash: String = sqlx::query_scalar("SELECT hash FROM messages WHERE key = $1 ORDER BY hash LIMIT 1")
            .bind(letter::key_of(first))
            .fetch_one(city.test.db.pool())
            .await
            .unwrap();
        assert!(
            letter::view(&city.test.db, &hash).await.unwrap().is_some()
                && !letter::is_gone(&city.test.db, first).await.unwrap()
        );
        city.run("UPDATE households SET stopped_at = 1", &[]).await;
        let later = plus_days(tuesday(), 7 * (letter::KEPT_WEEKS + 1));
        for _ in 0..2 {
            letter::prune(&city.test.db, &city.config, later, Wall::at(2_000_000_000)).await.unwrap();
            assert_eq!(counts().await, expected, "{}", city.test.name());
            assert!(
                letter::view(&city.test.db, &hash).await.unwrap().is_none()
                    && letter::is_gone(&city.test.db, first).await.unwrap()
            );
        }
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE key = 'welcome'").await, 3);
        assert_eq!(city.number("SELECT COUNT(*) FROM outbox WHERE key = 'letter:2026-W48'").await, 0);
        assert_eq!(city.number("SELECT COUNT(*) FROM batches WHERE key = 'letter:2026-W48'").await, 0);
        assert!(
            city.number("SELECT COUNT(*) FROM outbox WHERE key > 'letter:2026-W48' AND key LIKE 'letter:%'").await > 0,
            "newer weeks stay"
        );
        let history: (String, Option<String>) =
            sqlx::query_as("SELECT sent, hash FROM letters WHERE household_id = $1")
                .bind(&stopped)
                .fetch_one(city.test.db.pool())
                .await
                .unwrap();
        assert!(
            !history.0.is_empty() && history.1.is_none(),
            "what it has had is remembered, the text is not kept: {history:?}"
        );
        let newest: (String, Option<String>) =
            sqlx::query_as("SELECT last_key, hash FROM letters WHERE household_id = $1")
                .bind(&baby)
                .fetch_one(city.test.db.pool())
                .await
                .unwrap();
        assert!(newest.0 > letter::key_of(first) && newest.1.is_some(), "{newest:?}");
    }
}
