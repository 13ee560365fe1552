//! `otayori build`: the site's folder in, `public/` out; a failed build leaves `public/` as it was.

use crate::calendar::Date;
use crate::config::Config;
use crate::content::Library;
use crate::diag::Diagnostics;
use crate::flyer::{self, Engine};
use crate::site::{BuildReport, Edition, Staging, Theme};
use anyhow::Result;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `otayori build`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// サイトのフォルダ（otayori.yaml のある所）
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// 出力先（指定がなければ、サイトのフォルダの public）
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// 結果を JSON で標準出力に出す
    #[arg(long)]
    pub json: bool,
    /// この日のサイトを作る（例 2026-11-24。指定がなければ今日）
    #[arg(long, value_name = "D")]
    pub date: Option<Date>,
}

/// What a site's folder holds, without errors.
#[derive(Debug)]
pub struct Loaded {
    /// Settings.
    pub config: Config,
    /// What people wrote.
    pub library: Library,
    /// Templates and words.
    pub theme: Theme,
    /// The day of the edition.
    pub today: Date,
    /// Warnings.
    pub problems: Diagnostics,
}

/// Reads settings, content and theme. With errors in any of them: all problems.
pub fn load(root: &Path, date: Option<Date>) -> Result<Loaded, Diagnostics> {
    let config = Config::load(root)?;
    let today = super::date_or_today(date, &config);
    super::engine::read(config, today)
}

/// Prints problems for a person, the summary last.
pub fn print_problems(problems: Diagnostics) {
    let (errors, warnings) = problems.counts();
    for problem in problems.sorted() {
        eprintln!("{problem}");
    }
    if errors + warnings > 0 {
        eprintln!("エラー {errors}件、注意 {warnings}件");
    }
}

/// Runs `otayori build`.
pub fn run(args: Args) -> Result<ExitCode> {
    let loaded = match load(&args.root, args.date) {
        Ok(loaded) => loaded,
        Err(problems) => {
            print_problems(problems);
            eprintln!("作りませんでした。前のサイトは、そのままです。");
            return Ok(ExitCode::FAILURE);
        }
    };
    print_problems(loaded.problems.clone());
    let out = args.out.clone().unwrap_or_else(|| loaded.config.root.join("public"));
    let report = publish(&loaded, &out, !args.json)?;
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        eprintln!("{} に {}ページ、チラシ {}枚、画像 {}枚を作りました（{:.1}秒）", out.display(), report.pages, report.flyers, report.images, report.seconds);
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds pages, flyers and handouts into a folder beside `out` and puts it in place as a whole.
pub fn publish(loaded: &Loaded, out: &Path, bars: bool) -> Result<BuildReport> {
    let Loaded { config, library, theme, today, .. } = loaded;
    let staging = Staging::beside(out)?;
    let bar = Bar::new(bars);
    let engine = Engine::of(config)?;
    let failed = |problems| super::engine::told(problems, "チラシを作れません");

    let start = Instant::now();
    let flyers = flyer::build(config, library, &engine, staging.path(), None, &|done, of| bar.step("チラシ", done as u64, of as u64)).map_err(failed)?;
    let handouts_start = Instant::now();
    let flyer_time = handouts_start.duration_since(start);
    if config.site.handouts {
        flyer::build_handouts(config, library, &engine, staging.path(), None, &|done, of| bar.step("配付用", done as u64, of as u64)).map_err(failed)?;
    }
    let handout_time = handouts_start.elapsed();

    let edition = Edition::new(config, library, theme, *today).with_handouts(handouts(staging.path())?);
    let mut report = edition.build(staging.path(), &|phase, done, of| bar.step(phase, done, of))?;
    report.flyers = flyers.pdfs;
    for (name, time) in [("flyers", flyer_time), ("handouts", handout_time)] {
        report.seconds += time.as_secs_f64();
        report.phases.insert(name.to_owned(), time.as_secs_f64());
    }
    bar.finish();
    staging.commit()?;
    Ok(report)
}

/// Slug to address of the handouts that were made in `out`.
fn handouts(out: &Path) -> Result<BTreeMap<String, String>> {
    let Ok(entries) = std::fs::read_dir(out.join("handouts")) else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(slug) = name.strip_suffix(".pdf") {
            found.insert(slug.to_owned(), format!("/handouts/{name}"));
        }
    }
    Ok(found)
}

/// A progress bar on a terminal; nothing elsewhere.
#[derive(Debug)]
pub struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    /// Shown if wanted and if somebody can see it.
    pub fn new(wanted: bool) -> Self {
        let style = indicatif::ProgressStyle::with_template("{msg:8} {bar:40} {pos}/{len}").unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
        Self((wanted && std::io::stderr().is_terminal()).then(|| indicatif::ProgressBar::new(0).with_style(style)))
    }
    /// One step of a phase is done.
    pub fn step(&self, phase: &str, done: u64, of: u64) {
        if let Some(bar) = &self.0 {
            bar.set_message(phase.to_owned());
            bar.set_length(of);
            bar.set_position(done);
        }
    }
    /// All done.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
