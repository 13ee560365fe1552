//! A city of 100,000 households through sixty weeks: is the database level once half a year of letters is kept?
//!
//! `cargo bench --bench growth`; `-- --households N --weeks N` for others, `--postgres URL` for a database of
//! PostgreSQL that is empty. Each week the letters of that week go to a stand-in of LINE over HTTP, the weeks before are
//! counted, and what is half a year old goes. Ratios in one run: bytes of the last week by those of the first one in
//! which something went; CPU time of the last four weeks by that of four weeks in the beginning.

use anyhow::{Result, ensure};
use otayori::calendar::{Date, Wall, date, plus_days};
use otayori::channel::{Carriers, standin};
use otayori::config::Config;
use otayori::content::{Article, Bulletin, Library, Review, ReviewedText, Version};
use otayori::db::Db;
use otayori::household::generate::{Spec, Target, generate};
use otayori::letter;
use otayori::schedule::{self, Clock, Sender};
use otayori::segment::{Rule, Segment, Unit, Window};
use otayori::vault::Vault;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The first letter day.
const BEGIN: Date = date(2026, 11, 24);
/// Bytes at the end by bytes when the first letters went; more is growth without an end.
const LEVEL: f64 = 1.10;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|at| args.get(at + 1));
    // `cargo test --benches` runs this, too: once through with little is enough.
    let (households, weeks) = if args.iter().any(|a| a == "--bench") { (100_000, 60) } else { (50, 3) };
    let households = value("--households").map_or(Ok(households), |n| n.parse())?;
    let weeks = value("--weeks").map_or(Ok(weeks), |n| n.parse())?;
    tokio::runtime::Runtime::new()?.block_on(run(households, weeks, value("--postgres").map(String::as_str)))
}

async fn run(households: usize, weeks: i32, postgres: Option<&str>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = config(folder.path(), postgres, "http://127.0.0.1:1")?;
    let db = Db::open(&config.services.database_url).await?;
    let vault = Vault::open(&config.services, &db).await?;
    let site = &config.site;
    let spec = Spec {
        target: Target::Households(households),
        seed: 7,
        date: BEGIN,
        now: 1_790_000_000,
        site,
        line_percent: 100,
        push: None,
    };
    let made = generate(&db, &vault, spec, &mut |_| {}).await?;
    println!("{} households, {} subjects, {weeks} weeks", made.households, made.pregnancies + made.children);
    let mut seen: Vec<(i64, f64)> = Vec::new();
    for n in 0..weeks {
        let (day, clock, cpu) = (plus_days(BEGIN, 7 * n), Instant::now(), processor()?);
        let sent = week(&db, &vault, folder.path(), postgres, day).await?;
        ensure!(sent * 2 > households as u64, "{sent} letters in week {n}");
        let (bytes, cpu) = (bytes(&db, folder.path()).await?, processor()? - cpu);
        println!(
            "{day}: {sent} letters, {:.1} s, {cpu:.1} s of CPU, {:.1} MiB",
            clock.elapsed().as_secs_f64(),
            bytes as f64 / f64::from(1 << 20)
        );
        seen.push((bytes, cpu));
    }
    // The week in which something has gone for the first time.
    let full = usize::try_from(letter::KEPT_WEEKS + 1)?;
    if seen.len() < full + 8 {
        return Ok(());
    }
    let cpu = |weeks: &[(i64, f64)]| weeks.iter().map(|(_, cpu)| cpu).sum::<f64>();
    let bytes = seen[seen.len() - 1].0 as f64 / seen[full].0 as f64;
    println!("bytes at the end by those of {} weeks: {bytes:.3} (aim: {LEVEL})", full + 1);
    println!(
        "CPU of the last four weeks by that of weeks {} to {}: {:.2}",
        full + 1,
        full + 4,
        cpu(&seen[seen.len() - 4..]) / cpu(&seen[full..full + 4])
    );
    ensure!(bytes < LEVEL, "the database grows without an end");
    Ok(())
}

/// One week through the real path; how many letters were accepted.
async fn week(db: &Db, vault: &Vault, folder: &Path, postgres: Option<&str>, day: Date) -> Result<u64> {
    let line = standin::Line::start().await?;
    let config = Arc::new(config(folder, postgres, line.base())?);
    let at = Wall::at(letter::send_at(day, &config).seconds());
    // A week has passed, and the clock is right.
    otayori::watch::confirm(db, at).await?;
    let sender = Sender {
        carriers: Carriers::open(&config, db, vault, schedule::wall).await?,
        config: config.clone(),
        db: db.clone(),
        vault: vault.clone(),
        patience: Duration::from_secs(600),
        clock: Clock::set(at.seconds()),
        drop_gone: false,
    };
    let library = library(day);
    let sent = sender.send(&library, day).await?;
    letter::tally(db, &library, &config, day, at).await?;
    letter::prune(db, &config, day, at).await?;
    Ok(sent.sent)
}

/// The sample city's settings, with its data in a folder of the bench.
fn config(folder: &Path, postgres: Option<&str>, line: &str) -> Result<Config> {
    let file = |name: &str| folder.join(name).display().to_string();
    let database = postgres.map_or_else(|| format!("sqlite:{}", file("otayori.db")), str::to_owned);
    let env = |name: &str| match name {
        "DATABASE_URL" => Some(database.clone()),
        "OTAYORI_KEY_FILE" => Some(file("master.key")),
        "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", file("keys.db"))),
        "OTAYORI_LINE_API_BASE" => Some(line.to_owned()),
        "OTAYORI_LINE_CHANNEL_TOKEN" => Some(standin::Line::TOKEN.to_owned()),
        "OTAYORI_LINE_CHANNEL_SECRET" => Some(standin::Line::SECRET.to_owned()),
        _ => None,
    };
    Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env)
        .map_err(|problems| anyhow::anyhow!("{}", problems.iter().map(ToString::to_string).collect::<String>()))
}

/// An article for every week of pregnancy and month of a child, and this week's bulletin for everybody.
fn library(day: Date) -> Library {
    let window = |unit, from, to| Window { unit, from, to };
    let mut articles: Vec<Article> =
        (4..45).map(|w| article(&format!("week-{w:02}"), window(Unit::PregnancyWeeks, w, w + 1))).collect();
    articles.extend((0..100).map(|m| article(&format!("month-{m:02}"), window(Unit::ChildMonths, m, m + 1))));
    let everyone = Rule::Any(vec![
        Rule::Window(window(Unit::PregnancyWeeks, 0, 45)),
        Rule::Window(window(Unit::ChildYears, 0, 9)),
    ]);
    let segment = Segment { id: "everyone".into(), file: String::new(), title: "everyone".into(), rule: everyone };
    let news = Bulletin {
        slug: format!("news-{day}"),
        file: String::new(),
        versions: versions(&format!("news-{day}"), None),
        segments: vec!["everyone".into()],
        publish: day,
        until: None,
        on: None,
        pin: false,
        urgent: false,
        topics: Vec::new(),
        sources: Vec::new(),
        aliases: Vec::new(),
        draft: false,
    };
    Library {
        articles: articles.into_iter().map(|a| (a.slug.clone(), a.into())).collect(),
        bulletins: BTreeMap::from([(news.slug.clone(), news.into())]),
        segments: BTreeMap::from([("everyone".to_owned(), segment)]),
        ..Library::default()
    }
}

fn article(slug: &str, window: Window) -> Article {
    let review = Review {
        by: "takase-wataru".into(),
        on: date(2026, 1, 1),
        next: date(2030, 12, 31),
        text: ReviewedText::Same,
        whole: false,
        changes: Default::default(),
    };
    Article {
        slug: slug.into(),
        file: String::new(),
        versions: versions(slug, Some(review)),
        windows: vec![window],
        segments: Vec::new(),
        topics: Vec::new(),
        authors: Vec::new(),
        ask: None,
        sources: Vec::new(),
        aliases: Vec::new(),
        essential: false,
        draft: false,
    }
}

fn versions(title: &str, review: Option<Review>) -> BTreeMap<String, Arc<Version>> {
    let lead = format!("<p>{}</p>", "はじめの一文です。読むのに3分かかります。".repeat(12));
    let version = Version {
        language: "ja".into(),
        title: title.into(),
        title_html: title.into(),
        summary: format!("{title}の要約。気になることがあれば、いつでも聞いてください。"),
        review,
        minutes: 3,
        body: otayori::content::Rendered { lead_html: lead, ..Default::default() }.into(),
        ..Version::default()
    };
    BTreeMap::from([("ja".to_owned(), version.into())])
}

/// What the database has on disk, its log written back.
async fn bytes(db: &Db, folder: &Path) -> Result<i64> {
    if db.is_sqlite() {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(db.pool()).await?;
        return Ok(i64::try_from(std::fs::metadata(folder.join("otayori.db"))?.len())?);
    }
    // What an autovacuum would do by and by.
    sqlx::query("VACUUM").execute(db.pool()).await?;
    Ok(sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(db.pool()).await?)
}

/// CPU seconds of this process, the kernel's among them.
fn processor() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything: user and system time are the 12th and 13th, in hundredths.
    let behind = text.rsplit_once(')').map_or("", |(_, behind)| behind);
    behind.split_whitespace().skip(11).take(2).map(|ticks| Ok(ticks.parse::<f64>()? / 100.0)).sum()
}
