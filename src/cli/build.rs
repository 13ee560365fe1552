//! `otayori build`: the site's folder in, `public/` out; a failed build leaves `public/` as it was.

mod prints;

pub use prints::{Flyers, Prints};

use crate::calendar::Date;
use crate::config::Config;
use crate::content::{Library, Shelf};
use crate::diag::{Diagnostics, hint_of_io};
use crate::press::{Doubled, Press};
use crate::site::{BuildReport, Edition, Theme};
use anyhow::{Context as _, Result};
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
    /// public/ の中の、otayori が作ったのではないもの（手で置いたもの、作った記録のないもの）も消す
    #[arg(long)]
    pub clean_unknown: bool,
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
    load_with(root, date, &mut Shelf::default())
}

/// As [`load`], with what was read before.
pub fn load_with(root: &Path, date: Option<Date>, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    load_for(root, None, date, shelf)
}

/// As [`load_with`], for a site that stands at `out`.
fn load_for(root: &Path, out: Option<&Path>, date: Option<Date>, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    let mut config = Config::load(root)?;
    out.into_iter().for_each(|out| config.public = out.to_owned());
    let today = super::date_or_today(date, &config);
    super::engine::read_with(config, today, shelf)
}

/// Prints problems for a person, the summary last.
pub fn print_problems(problems: Diagnostics) {
    let (errors, warnings) = problems.counts();
    for problem in problems.sorted() {
        err!("{problem}");
    }
    if errors + warnings > 0 {
        err!("エラー {errors}件、注意 {warnings}件");
    }
}

/// Runs `otayori build`.
pub fn run(args: Args) -> Result<ExitCode> {
    if let Err(e) = super::danger::in_place(&args.root) {
        err!("{e:#}\n作りませんでした。前のサイトは、そのままです。");
        return Ok(ExitCode::FAILURE);
    }
    // Mistakes in the settings are told below.
    if let Ok(config) = Config::load(&args.root) {
        super::trace::refuse_missing(&config)?;
    }
    let mut shelf = Shelf::of(&args.root);
    let out = args.out.clone().unwrap_or_else(|| args.root.join("public"));
    // What stands in the output folder is looked at while the content is read; where there is no site, nothing is
    // touched.
    let open = || {
        super::ground::outside(&args.root, &out)
            .and_then(|place| Press::open(&place, &super::ground::data(&args.root)?.join("cache")))
    };
    let open = || open().map(|press| if args.clean_unknown { press.cleaning() } else { press });
    let press = || args.root.join("otayori.yaml").is_file().then(open);
    let (loaded, press) = rayon::join(|| load_for(&args.root, args.out.as_deref(), args.date, &mut shelf), press);
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(problems) => {
            print_problems(problems);
            err!("作りませんでした。前のサイトは、そのままです。");
            return Ok(ExitCode::FAILURE);
        }
    };
    print_problems(loaded.problems.clone());
    let report = std::thread::scope(|scope| {
        // Without it the next build is slower, and no worse.
        scope.spawn(|| drop(shelf.save()));
        publish_on(press.context("no site")??, &loaded, !args.json, &|said| err!("{said}"))
    });
    let report = report.map_err(|e| {
        let hint = if e.chain().any(|cause| cause.is::<std::io::Error>()) || format!("{e:#}").contains("os error") {
            format!("\n  hint: {}", hint_of_io(&e))
        } else {
            String::new()
        };
        anyhow::anyhow!("{e:#}{hint}\n作りませんでした。{} は、前のままです。", out.display())
    })?;
    if args.json {
        out!("{}", serde_json::to_string(&report)?);
    } else {
        err!(
            "{} に {}ページ、チラシ {}枚、画像 {}枚を作りました（{:.1}秒）",
            out.display(),
            report.pages,
            report.flyers,
            report.images,
            report.seconds
        );
    }
    // The process ends here: giving back every text one by one takes longer than a small build.
    std::mem::forget((loaded, shelf));
    Ok(ExitCode::SUCCESS)
}

/// Builds pages, flyers and handouts and puts them in place as a whole; what is as the last build made it is not made
/// again.
pub fn publish(loaded: &Loaded, out: &Path, bars: bool) -> Result<BuildReport> {
    let root = &loaded.config.root;
    publish_on(
        Press::open(&super::ground::outside(root, out)?, &super::ground::data(root)?.join("cache"))?,
        loaded,
        bars,
        &|said| tracing::warn!("{said}"),
    )
}

fn publish_on(press: Press, loaded: &Loaded, bars: bool, say: &dyn Fn(&str)) -> Result<BuildReport> {
    let Loaded { config, library, theme, today, .. } = loaded;
    let bar = Bar::new(bars);
    let prints = Prints::new(config, library, &press, &bar);

    let start = Instant::now();
    let flyers = prints.flyers()?.pdfs;
    let handouts_start = Instant::now();
    let flyer_time = handouts_start.duration_since(start);
    let handouts = if config.site.handouts { prints.handouts()? } else { BTreeMap::new() };
    let handout_time = handouts_start.elapsed();

    let edition = Edition::new(config, library, theme, *today).with_handouts(handouts);
    let mut report = edition.build(&press, &|phase, done, of| bar.step(phase, done, of))?;
    report.flyers = flyers;
    for (name, time) in [("flyers", flyer_time), ("handouts", handout_time)] {
        report.seconds += time.as_secs_f64();
        report.phases.insert(name.to_owned(), time.as_secs_f64());
    }
    bar.finish();
    let start = Instant::now();
    let unknown = press.commit().map_err(|e| with_sources(e, &Edition::new(config, library, theme, *today)))?;
    unknown_told(&unknown).into_iter().for_each(|said| say(&said));
    report.phase("commit", start);
    Ok(report)
}

/// So many files that nobody knows are named.
const NAMED: usize = 5;

/// Without a record of earlier builds nobody can tell their pages from what was put there by hand: everything stays,
/// and somebody has to look.
fn unknown_told(unknown: &[String]) -> Option<String> {
    let named = unknown.iter().take(NAMED).cloned().collect::<Vec<_>>().join("、");
    let more = if unknown.len() > NAMED { " など" } else { "" };
    (!unknown.is_empty()).then(|| {
        format!(
            "注意: 前に作ったものの記録（data/cache/）がないので、今回作らなかった \
             {}件のファイルを残しました（{named}{more}）。手で置いたものか、もうない記事のページで、\
             公開されたままです。\n  \
             どれも要らなければ、`otayori build --clean-unknown` で消えます",
            unknown.len()
        )
    })
}

/// Two pages at one address are told by the files that ask for them.
fn with_sources(e: anyhow::Error, edition: &Edition<'_>) -> anyhow::Error {
    let Some(doubled) = e.downcast_ref::<Doubled>() else { return e };
    let sources: Vec<String> = edition
        .addresses()
        .iter()
        .filter(|a| doubled.units.contains(&a.file(edition)))
        .map(|a| edition.source(a))
        .collect();
    if sources.is_empty() {
        e
    } else {
        anyhow::anyhow!("同じ所（{}）に、2つのものを作ることになります: {}", doubled.path, sources.join(" と "))
    }
}

/// A progress bar on a terminal; nothing elsewhere.
#[derive(Debug)]
pub struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    /// Shown if wanted and if somebody can see it.
    pub fn new(wanted: bool) -> Self {
        let style = indicatif::ProgressStyle::with_template("{msg:8} {bar:40} {pos}/{len}")
            .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
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
