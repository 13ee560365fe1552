//! `otayori danger`: the data of the danger box in; a model, figures, or the record of a review out.

mod figures;

use super::{Root, say};
use crate::calendar::{Date, ToSpan, plus_days};
use crate::config::Config;
use crate::content::marks::{Signature, signed};
use crate::content::{Library, Triage};
use crate::danger::{self, Data, Detector, Model, Thresholds, city, review};
use crate::diag::Diagnostics;
use crate::engine::{date_or_today, ground};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// 危険のしるし（content/danger/）を、学習させ、確かめ、監修を記録します。
///
/// ことば・規則・例の文を変えたら、`train` でモデルを作りなおし、`check` で確かめてください。市の content/danger/
/// がなければ、プログラムに付いているものを使います。
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// ことば・規則・例の文から、モデル（content/danger/model.bin）を作ります。同じものからは、同じモデルができます
    Train(Train),
    /// 危ない文をどれだけ見つけ、ふつうの文でどれだけ知らせてしまうかを、学習に使わなかった文で数えます
    Check(Check),
    /// 監修したことを、content/danger/review.yaml に記録します
    Review(Review),
    /// プログラムに付いていることば・規則・例の文を、市の content/danger/ に写します（直すため）
    Copy(Copy),
}

#[derive(Debug, clap::Args)]
struct Train {
    #[command(flatten)]
    root: Root,
}

#[derive(Debug, clap::Args)]
struct Copy {
    #[command(flatten)]
    root: Root,
}

#[derive(Debug, clap::Args)]
struct Check {
    #[command(flatten)]
    root: Root,
    /// 例の文のかわりに、このファイルの文で確かめます。id、ことば（ja、easy、en、zh、vi、pt）、danger か
    /// calm、種類、（everyday か odd、）文を、タブで区切って
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// 見つけられなかった文、知らせてしまったふつうの文も、すべて示します
    #[arg(long)]
    list: bool,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Review {
    #[command(flatten)]
    root: Root,
    /// 監修した人の id か名前（content/people.yaml）
    #[arg(long, value_name = "ID")]
    by: String,
    /// 監修した日（例 2026-11-21）。なければ今日
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// 何か月後まで
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(i32).range(1..=24))]
    months: i32,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Train(args) => train(&args),
        Command::Check(args) => check(&args),
        Command::Review(args) => record(&args),
        Command::Copy(args) => copy(&args),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Everything that is wrong with the files, as one error.
fn refused(problems: Diagnostics) -> anyhow::Error {
    let lines: Vec<String> = problems.sorted().iter().map(ToString::to_string).collect();
    anyhow::anyhow!("危険のしるしに直すところがあります\n{}", lines.join("\n"))
}

fn data(root: &Root) -> Result<Data> {
    let mut problems = Diagnostics::new();
    city::data_of(&root.root, &mut problems).ok_or_else(|| refused(problems))
}

fn train(args: &Train) -> Result<()> {
    let folder = city::folder(&args.root.root);
    if !folder.is_dir() {
        bail!(
            "{} がありません。プログラムに付いているものを使っています。市で直すときは、先に `otayori danger copy` \
             で写してください",
            folder.display()
        );
    }
    let data = data(&args.root)?;
    let bytes = danger::train(&data, &Thresholds::default()).bytes();
    let path = folder.join("model.bin");
    ground::write(&path, &bytes)?;
    say(&format!(
        "{} を作りました（例の文 {}、ことば {}、{} KiB）。`otayori danger check` で確かめてください\n",
        path.display(),
        data.examples.len(),
        words(&data),
        bytes.len() / 1024
    ))
}

fn words(data: &Data) -> usize {
    data.concepts.iter().flat_map(|c| c.terms.values()).map(Vec::len).sum()
}

fn copy(args: &Copy) -> Result<()> {
    let folder = city::folder(&args.root.root);
    if folder.exists() {
        bail!("{} は、もうあります。そのまま直せます", folder.display());
    }
    // Whole or not at all: half of the data would be taken for the city's own.
    let beside = folder.with_file_name(format!(".danger.{}.new", std::process::id()));
    let _ = std::fs::remove_dir_all(&beside);
    std::fs::create_dir_all(&beside).with_context(|| format!("{} を作れません", beside.display()))?;
    let texts = danger::own().into_iter().map(|(name, text)| (name, text.into_bytes()));
    let model = [
        ("model.bin".to_owned(), danger::OWN_MODEL.to_vec()),
        ("README.md".to_owned(), danger::OWN_README.as_bytes().to_vec()),
    ];
    let written = texts
        .chain(model)
        .try_for_each(|(name, bytes)| std::fs::write(beside.join(name), bytes))
        .and_then(|()| std::fs::rename(&beside, &folder));
    if let Err(e) = written {
        let _ = std::fs::remove_dir_all(&beside);
        return Err(e).with_context(|| format!("{} に書けません。何も変えていません", folder.display()));
    }
    say(&format!("{} に写しました。README.md から読んでください\n", folder.display()))
}

/// The model of a site, if it is of these data.
fn model(root: &Root, data: &Data) -> (Option<Model>, bool) {
    let folder = city::folder(&root.root);
    let bytes = if folder.is_dir() {
        std::fs::read(folder.join("model.bin")).unwrap_or_default()
    } else {
        danger::OWN_MODEL.to_vec()
    };
    let model = Model::read(&bytes);
    let old = model.as_ref().is_none_or(|m| m.digest != data.digest);
    (model, old)
}

fn check(args: &Check) -> Result<()> {
    let data = data(&args.root)?;
    let (model, old) = model(&args.root, &data);
    let accidents = danger::accidents(&data);
    let seen = match &args.file {
        None => danger::crossed(&data, &Thresholds::default()),
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("{} を読めません", file.display()))?;
            let examples = danger::read_measured(&file.display().to_string(), &text).map_err(|problems| {
                let lines: Vec<String> = problems
                    .iter()
                    .map(|p| format!("{}:{} {}\n  hint: {}", p.file, p.line, p.message, p.hint))
                    .collect();
                anyhow::anyhow!("{}", lines.join("\n"))
            })?;
            let model = model.context("モデルがありません。`otayori danger train` で作ってください")?;
            danger::measured(&Detector { data, model, thresholds: limits_of(&args.root.root)? }, &examples)
        }
    };
    say(&if args.json {
        figures::json(&seen, old, &accidents)?
    } else {
        figures::human(&seen, old, &accidents, args.list)
    })
}

fn record(args: &Review) -> Result<()> {
    let folder = city::folder(&args.root.root);
    if !folder.is_dir() {
        bail!("{} がありません。監修するものを、先に `otayori danger copy` で写してください", folder.display());
    }
    let config = args.root.config()?;
    let today = date_or_today(None, &config);
    let on = args.on.unwrap_or(today);
    if on > today {
        bail!("監修した日（{on}）が、まだ来ていません");
    }
    let data = data(&args.root)?;
    if model(&args.root, &data).1 {
        bail!(
            "モデルが、ことばや例の文より古いままです。`otayori danger train` と `otayori danger check` のあとで、\
             監修を記録してください"
        );
    }
    let (library, _) = crate::content::load(&config, &crate::content::LoadOptions::on(&config, today));
    let person = super::named::reviewer(&config, &library, &args.by)?;
    let next = plus_days(on.saturating_add(args.months.months()), -1);
    let review =
        review::Review { by: person.id.clone(), on, next, body: review::mark(&data), signed: Some(signed(person)) };
    let path = args.root.root.join(review::FILE);
    ground::write(&path, review::written(&review).as_bytes())?;
    say(&format!(
        "{} に記録しました。監修 {}（{}）、{on}、次は {} まで\n",
        review::FILE,
        person.name,
        person.profession.title(),
        review.next
    ))
}

/// Is a review of the data by a reviewer of this city, and of nobody else than who signed it?
pub fn is_real(config: &Config, library: &Library, review: &review::Review) -> bool {
    let signature = Signature { on: review.on, body: &review.body, signed: review.signed.as_deref() };
    crate::content::sample::is_reviewed(config, library, &review.by, &signature)
}

/// From when something counts in this city: the limits of its triage table.
pub fn limits(triage: &Triage) -> Thresholds {
    let own = Thresholds::default();
    let value = |id: &str, without: f64| triage.value(id).unwrap_or(without);
    let count = |id: &str, without: u32| value(id, f64::from(without)).round().max(0.0) as u32;
    Thresholds {
        young_months: count("infant_fever_months", own.young_months),
        fever: value("infant_fever_c", own.fever),
        term_weeks: count("preterm_weeks", own.term_weeks),
        dry_hours: count("no_urine_hours", own.dry_hours),
        pressure: (count("bp_systolic", own.pressure.0), count("bp_diastolic", own.pressure.1)),
    }
}

/// The limits of a site, whose table can be read.
fn limits_of(root: &std::path::Path) -> Result<Thresholds> {
    let mut problems = Diagnostics::new();
    let triage = Triage::of_site(root, &mut problems);
    if problems.counts().0 > 0 { Err(refused(problems)) } else { Ok(limits(&triage)) }
}

/// The site's own detector for this process; every problem is printed, if there is one.
pub fn in_place(root: &std::path::Path) -> Result<()> {
    city::put_in_place(root, limits_of(root)?).map_err(refused)
}

/// As [`in_place`], for a process that serves: where a site is published, the program's own data find the signs while
/// the city's have mistakes, and it is said (`false`). Where none is, there is nothing to serve yet.
pub fn in_place_or_own(config: &Config) -> Result<bool> {
    match in_place(&config.root) {
        Err(e) if config.public.join("index.html").is_file() => {
            crate::engine::log_lines(
                "危険のしるし（content/danger/、content/triage.yaml）に直すところがあるので、\
                 プログラムに付いているものを使います",
                &format!("{e:#}"),
            );
            Ok(false)
        }
        done => done.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The program's table has the program's limits, and a city's own table moves the detector's.
    #[test]
    fn a_citys_limits_reach_the_detector() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(limits_of(root.path()).expect("the program's table"), Thresholds::default());
        let own = crate::content::triage::DEFAULT
            .replace("{id: infant_fever_months, value: 3,", "{id: infant_fever_months, value: 6,")
            .replace("{id: infant_fever_c, value: 38.0,", "{id: infant_fever_c, value: 37.5,")
            .replace("{id: bp_systolic, value: 140,", "{id: bp_systolic, value: 135,")
            .replace("{id: no_urine_hours, value: 8,", "{id: no_urine_hours, value: 6,")
            .replace("{id: preterm_weeks, value: 37,", "{id: preterm_weeks, value: 36,");
        std::fs::create_dir_all(root.path().join("content")).expect("a folder");
        std::fs::write(root.path().join(crate::content::triage::FILE), own).expect("a file");
        let limits = limits_of(root.path()).expect("the city's table");
        assert_eq!(
            limits,
            Thresholds { young_months: 6, fever: 37.5, term_weeks: 36, dry_hours: 6, pressure: (135, 90) }
        );
        let mut problems = Diagnostics::new();
        let detector = city::of_site(root.path(), limits, &mut problems).expect("the program's data");
        let warns = |d: &Detector, text: &str| {
            d.signs(text, &danger::About::default()).iter().any(|s| s.danger == danger::Danger::InfantFever)
        };
        assert!(warns(&detector, "生後4か月です。37.6度あります"));
        assert!(!warns(danger::detector(), "生後4か月です。37.6度あります"));
    }
}
