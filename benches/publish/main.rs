//! Building a site of 1,000 and of 10,000 Japanese articles, beside Hugo (where it is installed) and beside copying the
//! output, in one run.
//!
//! `cargo bench --bench publish` (`-- 1000` for one size only). Rounds alternate; the best of each counts, because what
//! disturbs a machine only ever makes a round slower. CPU time is of both kinds, user and system, of the process and of
//! its threads.

mod corpus;

use anyhow::{Context as _, Result, ensure};
use otayori::preview::PreviewState;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wait4::Wait4 as _;

const ROUNDS: usize = 3;
/// The aim: a full build of 10,000 in half of Hugo's time …
const OF_HUGO: f64 = 0.5;
/// … and at most so much memory, in MiB.
const MEMORY: f64 = 400.0;
/// An edit's second build, as a part of a full one.
const AGAIN: f64 = 0.05;
/// An edit in the preview: the page and its list, in milliseconds.
const PREVIEW: f64 = 100.0;

fn main() -> Result<()> {
    // `cargo test --benches` runs this too: then once through with few articles is enough.
    let quick = !std::env::args().any(|a| a == "--bench");
    let asked: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let sizes = if quick {
        vec![60]
    } else if asked.is_empty() {
        vec![1_000, 10_000]
    } else {
        asked
    };
    let rounds = if quick { 1 } else { ROUNDS };
    let hugo = Command::new("hugo")
        .arg("version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success());
    if !hugo {
        println!("hugo is not installed (Debian: apt-get install hugo): no ratio to it");
    }
    for articles in sizes {
        size(articles, rounds, hugo)?;
    }
    Ok(())
}

/// What a command took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
    /// MiB at the peak.
    memory: f64,
}

impl Cost {
    fn best(self, other: Option<Self>) -> Self {
        other.map_or(self, |o| Self {
            wall: self.wall.min(o.wall),
            cpu: self.cpu.min(o.cpu),
            memory: self.memory.max(o.memory),
        })
    }
}

fn run(command: &mut Command) -> Result<Cost> {
    let start = Instant::now();
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().with_context(|| format!("{command:?}"))?;
    let told = child.stderr.take().map(std::io::read_to_string).transpose()?.unwrap_or_default();
    let used = child.wait4()?;
    ensure!(used.status.success(), "{command:?} failed\n{told}");
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Cost { wall: start.elapsed().as_secs_f64(), cpu, memory: used.rusage.maxrss as f64 / 1_048_576.0 })
}

fn size(articles: usize, rounds: usize, hugo: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (site, theirs) = (folder.path().join("otayori"), folder.path().join("hugo"));
    corpus::otayori(&site, articles, &Path::new(env!("CARGO_MANIFEST_DIR")).join("themes"))?;
    corpus::hugo(&theirs, articles)?;
    let (out, their_out, copied) = (site.join("public"), theirs.join("public"), folder.path().join("copy"));
    let build = || {
        let mut command =
            Command::new(std::env::var("OTAYORI_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_otayori").to_owned()));
        command.args(["build", "--json", "--date", "2026-11-24", "--root"]).arg(&site);
        command
    };
    let (mut ours, mut hugos, mut copy, mut again) = (None, None, None, None);
    for round in 0..rounds {
        // Every round is a first build: nothing of the one before is there.
        for old in [&out, &their_out, &copied, &site.join("data")] {
            let _ = std::fs::remove_dir_all(old);
        }
        ours = Some(run(&mut build())?.best(ours));
        if hugo {
            hugos = Some(run(Command::new("hugo").args(["--minify", "--quiet", "--source"]).arg(&theirs))?.best(hugos));
        }
        copy = Some(run(Command::new("cp").arg("-r").arg(&out).arg(&copied))?.best(copy));
        // One edit, and the build of a new process.
        let edited = site.join("content/articles/a00007.md");
        let text = std::fs::read_to_string(&edited)?;
        std::fs::write(&edited, format!("{text}\n{round}回目の直しです。\n"))?;
        // Nobody edits while the copy of half a gigabyte is still on its way to the disk.
        let _ = Command::new("sync").status();
        again = Some(run(&mut build())?.best(again));
    }
    let (ours, copy, again) = (ours.context("no round")?, copy.context("no round")?, again.context("no round")?);
    println!(
        "\n{articles} articles: otayori {} pages, {:.0} MB; hugo {} pages",
        pages(&out),
        size_of(&out) as f64 / 1e6,
        pages(&their_out)
    );
    let line = |what: &str, c: Cost| {
        println!("  {what:<28} {:>7.2} s wall {:>7.2} s CPU {:>6.0} MiB", c.wall, c.cpu, c.memory)
    };
    line("full build", ours);
    line("after one edit", again);
    line("copying the output", copy);
    println!("  CPU a page {:.3} ms", 1000.0 * ours.cpu / pages(&out).max(1) as f64);
    if let Some(hugo) = hugos {
        line("hugo --minify", hugo);
        println!(
            "  of hugo: wall {:.2}, CPU {:.2} (aim {OF_HUGO} at 10,000); memory {:.0} MiB (aim {MEMORY})",
            ours.wall / hugo.wall,
            ours.cpu / hugo.cpu,
            ours.memory
        );
    }
    println!("  of copying the output: wall {:.2}, CPU {:.2}", ours.wall / copy.wall, ours.cpu / copy.cpu);
    println!("  one edit in the preview, to the page and a list: {:.0} ms (aim {PREVIEW})", preview(&site, rounds)?);
    println!(
        "  one edit, of a full build: wall {:.3}, CPU {:.3} (aim {AGAIN})",
        again.wall / ours.wall,
        again.cpu / ours.cpu
    );
    Ok(())
}

/// From a saved file to its page and the list that shows it, rendered; in milliseconds, the best of some.
fn preview(site: &Path, rounds: usize) -> Result<f64> {
    let workshop = PreviewState::open(site, Some("2026-11-24".parse()?), Arc::new(|_, _, _| Ok(None)));
    let file = site.join("content/articles/a00007.md");
    let text = std::fs::read_to_string(&file)?;
    let mut best = f64::INFINITY;
    for round in 0..rounds {
        // No file is written this moment: a person's saving is seldom the second within fifty milliseconds.
        std::thread::sleep(Duration::from_millis(120));
        // One word: phrases of Japanese may be apart in the page.
        let title = format!("Edited{round}");
        let lines: Vec<String> = text
            .lines()
            .map(|l| if l.starts_with("title:") { format!("title: {title}") } else { l.to_owned() })
            .collect();
        std::fs::write(&file, lines.join("\n"))?;
        let start = Instant::now();
        workshop.reload();
        let good = workshop.good().context("the site has mistakes")?;
        let edition = good.edition(None);
        let article = edition.render(&edition.address_of("/articles/a00007/").context("no page")?)?;
        let topic = good.loaded.library.articles["a00007"].topics[0].clone();
        let parts = (1..).map_while(|part| {
            edition.address_of(&if part == 1 {
                format!("/topics/{topic}/")
            } else {
                format!("/topics/{topic}/{part}/")
            })
        });
        let found = parts
            .map(|address| edition.render(&address))
            .find(|html| html.as_ref().is_ok_and(|html| html.contains(&title)));
        let time = start.elapsed().as_secs_f64() * 1000.0;
        ensure!(article.contains(&title) && found.is_some(), "the preview shows an old title");
        best = best.min(time);
    }
    Ok(best)
}

/// HTML files below a folder.
fn pages(folder: &Path) -> usize {
    walk(folder).filter(|p| p.extension().is_some_and(|e| e == "html")).count()
}

fn size_of(folder: &Path) -> u64 {
    walk(folder).filter_map(|p| p.metadata().ok()).map(|m| m.len()).sum()
}

fn walk(folder: &Path) -> Box<dyn Iterator<Item = std::path::PathBuf>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    Box::new(entries.flat_map(|p| if p.is_dir() { walk(&p) } else { Box::new(std::iter::once(p)) }))
}
