//! `otayori build`: the site's folder in, `public/` out; a failed build leaves `public/` as it was.

use crate::calendar::Date;
use crate::config::Config;
use crate::content::{Library, Shelf};
use crate::diag::{Diagnostics, hint_of_io};
use crate::flyer::{self, Engine};
use crate::press::Press;
use crate::site::{BuildReport, Edition, Theme};
use crate::stamp::{Digest, Digester, Stamp};
use anyhow::{Context as _, Result};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
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
    load_with(root, date, &mut Shelf::default())
}

/// As [`load`], with what was read before.
pub fn load_with(root: &Path, date: Option<Date>, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    let config = Config::load(root)?;
    let today = super::date_or_today(date, &config);
    super::engine::read_with(config, today, shelf)
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
    let mut shelf = Shelf::of(&args.root);
    let out = args.out.clone().unwrap_or_else(|| args.root.join("public"));
    // What stands in the output folder is looked at while the content is read; where there is no site, nothing is touched.
    let press = || args.root.join("otayori.yaml").is_file().then(|| Press::open(&out, &args.root.join("data").join("cache")));
    let (loaded, press) = rayon::join(|| load_with(&args.root, args.date, &mut shelf), press);
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(problems) => {
            print_problems(problems);
            eprintln!("作りませんでした。前のサイトは、そのままです。");
            return Ok(ExitCode::FAILURE);
        }
    };
    print_problems(loaded.problems.clone());
    let report = std::thread::scope(|scope| {
        // Without it the next build is slower, and no worse.
        scope.spawn(|| drop(shelf.save()));
        publish_on(press.context("no site")??, &loaded, !args.json)
    });
    let report = report.map_err(|e| {
        let hint = if e.chain().any(|cause| cause.is::<std::io::Error>()) { format!("\n  hint: {}", hint_of_io(&e)) } else { String::new() };
        anyhow::anyhow!("{e:#}{hint}\n作りませんでした。{} は、前のままです。", out.display())
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        eprintln!("{} に {}ページ、チラシ {}枚、画像 {}枚を作りました（{:.1}秒）", out.display(), report.pages, report.flyers, report.images, report.seconds);
    }
    // The process ends here: giving back every text one by one takes longer than a small build.
    std::mem::forget((loaded, shelf));
    Ok(ExitCode::SUCCESS)
}

/// Builds pages, flyers and handouts and puts them in place as a whole; what is as the last build made it is not made again.
pub fn publish(loaded: &Loaded, out: &Path, bars: bool) -> Result<BuildReport> {
    publish_on(Press::open(out, &loaded.config.root.join("data").join("cache"))?, loaded, bars)
}

fn publish_on(press: Press, loaded: &Loaded, bars: bool) -> Result<BuildReport> {
    let Loaded { config, library, theme, today, .. } = loaded;
    let bar = Bar::new(bars);
    let engine = OnceCell::new();
    let prints = Prints { config, library, press: &press, engine: &engine, bar: &bar };

    let start = Instant::now();
    let flyers = prints.flyers()?;
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
    press.commit()?;
    report.phase("commit", start);
    Ok(report)
}

/// Flyers and handouts on a press.
struct Prints<'a> {
    config: &'a Config,
    library: &'a Library,
    press: &'a Press,
    /// Fonts and templates are read when something is to be printed.
    engine: &'a OnceCell<Arc<Engine>>,
    bar: &'a Bar,
}

impl Prints<'_> {
    fn engine(&self) -> Result<&Engine> {
        if self.engine.get().is_none() {
            let _ = self.engine.set(Engine::of(self.config)?);
        }
        self.engine.get().map(Arc::as_ref).context("no engine")
    }

    /// Of all that every print is made with.
    fn world(&self) -> Result<Digest> {
        let program = std::env::current_exe().ok().and_then(|exe| Stamp::of(&exe));
        let settings = std::fs::read(self.config.root.join("otayori.yaml")).unwrap_or_default();
        let themes = self.config.themes.folders();
        let files: Vec<_> = themes.flat_map(|(_, theme)| ["flyers", "fonts"].map(|part| digests(&theme.join(part)))).flatten().collect();
        Ok(Digester::default().digest(Digest::of_json(&(program, files, &self.library.people))).part(settings).end())
    }

    /// How many PDFs.
    fn flyers(&self) -> Result<usize> {
        let mut sources = digests(&self.config.root.join("content").join("flyers"));
        // The records of proof rounds are not printed.
        sources.retain(|(path, _)| path.extension().is_some_and(|e| e == "md"));
        let key = Digester::default().digest(self.world()?).digest(Digest::of_json(&(sources, self.config.shift_days))).end();
        const UNIT: &str = "flyers";
        if !self.press.keeps(UNIT, Digest::default(), key) {
            let step = |done: usize, of: usize| self.bar.step("チラシ", done as u64, of as u64);
            let made = flyer::build(self.config, self.library, self.engine()?, self.press.path(), None, &step);
            made.map_err(|problems| super::engine::told(problems, "チラシを作れません"))?;
            self.press.adopt(UNIT, key, files_in(&self.press.path().join(UNIT))?.into_iter().map(|name| format!("{UNIT}/{name}")))?;
        }
        Ok(self.press.count(UNIT, ".pdf"))
    }

    /// Slug to address of the handouts.
    fn handouts(&self) -> Result<BTreeMap<String, String>> {
        let world = self.world()?;
        let handouts = flyer::handouts(self.config, self.library);
        let (unit, path) = (|name: &str| format!("handout/{name}"), |name: &str| format!("handouts/{name}.pdf"));
        let keyed: Vec<(String, Digest)> = handouts.into_iter().map(|(name, digest)| (name, Digester::default().digest(world).digest(digest).end())).collect();
        let stale: BTreeMap<&str, Digest> =
            keyed.iter().filter(|(name, key)| !self.press.keeps(&unit(name), Digest::default(), *key)).map(|(name, key)| (name.as_str(), *key)).collect();
        if !stale.is_empty() {
            let step = |done: usize, of: usize| self.bar.step("配付用", done as u64, of as u64);
            let wanted = |name: &str| stale.contains_key(name);
            let made = flyer::build_handouts_of(self.config, self.library, self.engine()?, self.press.path(), &wanted, &step);
            made.map_err(|problems| super::engine::told(problems, "チラシを作れません"))?;
        }
        for (name, key) in &stale {
            self.press.adopt(&unit(name), *key, [path(name)])?;
        }
        Ok(keyed.into_iter().map(|(name, _)| (name.clone(), format!("/{}", path(&name)))).collect())
    }
}

/// Larger files, which are fonts, are known by their stamps.
const TEXT: u64 = 1 << 20;

/// Names and digests of all files below a folder, sorted.
fn digests(folder: &Path) -> Vec<(PathBuf, Digest)> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            found.extend(digests(&path));
        } else if path.is_file() {
            let large = path.metadata().is_ok_and(|m| m.len() > TEXT);
            let digest = if large { Digest::of_json(&Stamp::of(&path)) } else { Digest::of(std::fs::read(&path).unwrap_or_default()) };
            found.push((path, digest));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Names of the files of a folder; none if it is not there.
fn files_in(folder: &Path) -> Result<Vec<String>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let names = entries.filter(|e| e.as_ref().map_or(true, |e| e.path().is_file())).map(|e| Ok(e?.file_name().to_string_lossy().into_owned()));
    names.collect()
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
