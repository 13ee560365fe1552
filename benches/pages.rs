//! How quickly the pages of the sample city come up on a middling phone with a slow line: Lighthouse 12, performance,
//! the median of three.
//!
//! `cargo bench --bench pages`; `./test` has installed what it needs (node, Chromium, `tests/web/node_modules`).

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]

#[path = "../tests/suite/support.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod support;

use anyhow::{Context as _, Result, ensure};
use otayori::calendar::date;
use otayori::letter;
use otayori::segment::SubjectKind::{Child, Pregnancy};
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use support::TestApp;

/// The aim, of 100.
const AIM: u32 = 95;
const ROUNDS: usize = 3;

/// What Lighthouse says of a page; times in milliseconds.
#[derive(Deserialize)]
struct Told {
    name: String,
    scores: Vec<u32>,
    score: u32,
    first: u32,
    largest: u32,
    blocked: u32,
    shift: f64,
    bytes: u32,
    /// What cost points.
    cost: Vec<String>,
}

fn main() -> Result<()> {
    // `cargo test --benches` runs this too: then one page once is enough.
    let quick = !std::env::args().any(|a| a == "--bench");
    let runtime = tokio::runtime::Runtime::new()?;
    let app = runtime.block_on(TestApp::on("2026-11-24"));
    let letters = runtime.block_on(letters(&app))?;
    let paths = [
        "/",
        "/en/",
        "/easy/",
        "/articles/tsuwari/",
        "/articles/tsuwari/en/",
        "/articles/tsuwari/easy/",
        "/night/",
        "/night/en/",
        "/night/easy/",
        "/search/",
        "/search/en/",
        "/search/easy/",
    ];
    let mut pages: Vec<String> = paths.map(str::to_owned).into_iter().chain(letters).collect();
    if quick {
        pages.truncate(1);
    }
    let rounds = if quick { 1 } else { ROUNDS };
    println!(
        "{:<34} {:>6} {:>14} {:>9} {:>9} {:>8} {:>6} {:>8}",
        "page", "median", "runs", "first ms", "largest", "blocked", "shift", "bytes"
    );
    let told = measure(&app.url, &pages, rounds)?;
    let below: Vec<&str> = told.iter().filter(|t| t.score < AIM).map(|t| t.name.as_str()).collect();
    if below.is_empty() {
        println!("all at {AIM} or more");
    } else {
        println!("below {AIM}: {}", below.join(", "));
    }
    Ok(())
}

/// This week's letter in each language, to a pregnancy with an older child.
async fn letters(app: &TestApp) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for (language, line) in [("ja", "a"), ("en", "b"), ("easy", "c")] {
        let subjects = [(Pregnancy, date(2027, 3, 16)), (Child, date(2025, 4, 20))];
        ids.push(app.household(language, &subjects, Some(&format!("U{}", line.repeat(32)))).await);
    }
    app.send("2026-11-24").await;
    let mut paths = Vec::new();
    for id in ids {
        let letter = letter::received(&app.engine.app.db, &id).await?.pop().context("no letter was sent")?;
        paths.push(format!("/letters/{}/{}/", letter.week, letter.hash));
    }
    Ok(paths)
}

/// Has the pages opened, and prints a line for each as it comes.
fn measure(base: &str, pages: &[String], rounds: usize) -> Result<Vec<Told>> {
    let pages: Vec<_> = pages.iter().map(|path| json!({ "name": path, "url": format!("{base}{path}") })).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web/performance.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node (./test installs it)")?;
    serde_json::to_writer(node.stdin.take().context("no input")?, &json!({ "rounds": rounds, "pages": pages }))?;
    let mut told = Vec::new();
    for line in BufReader::new(node.stdout.take().context("no output")?).lines() {
        let page: Told = serde_json::from_str(&line?)?;
        let name: String = page.name.chars().take(33).collect();
        println!(
            "{name:<34} {:>6} {:>14} {:>9} {:>9} {:>8} {:>6.3} {:>8}",
            page.score,
            format!("{:?}", page.scores),
            page.first,
            page.largest,
            page.blocked,
            page.shift,
            page.bytes
        );
        if page.score < AIM {
            page.cost.iter().for_each(|what| println!("    {what}"));
        }
        told.push(page);
    }
    ensure!(node.wait()?.success(), "tests/web/performance.mjs failed (./test installs what it needs)");
    ensure!(told.len() == pages.len(), "not every page was measured");
    Ok(told)
}
