//! `otayori flyer report`: a site folder in, how many came from each place out: a table, CSV, JSON, or a chart.

use crate::calendar::Date;
use crate::cli::{Root, say};
use crate::engine::{block_on, date_or_today, ground, stores::existing, written};
use crate::masking::figure;
use crate::report::arrivals::{Arrivals, Counts, Span, arrivals};
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `otayori flyer report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// この日を含む週まで（省くと今日）
    #[arg(long, value_name = "D")]
    date: Option<Date>,
    /// 何週ぶん
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=520))]
    weeks: u16,
    /// 表計算のための CSV で出す
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// JSON で出す
    #[arg(long)]
    json: bool,
    /// 棒グラフ（SVG）も、このファイルに書く
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let config = args.root.config()?;
    let until = date_or_today(args.date, &config);
    let library = written(&config, until)?;
    let span = Span {
        until,
        weeks: usize::from(args.weeks),
        zone: config.zone.clone(),
        made_up: config.site.sample_date.is_some(),
    };
    let found = block_on(async { arrivals(&existing(&config).await?, &library, &span).await })?;
    if let Some(path) = &args.svg {
        ground::file(&config.root, path, b"<svg", found.svg().as_bytes())?;
    }
    say(&if args.json {
        serde_json::to_string_pretty(&found)? + "\n"
    } else if args.csv {
        found.csv()
    } else {
        table(&found)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// For the terminal: a place a line, the weeks below it.
fn table(found: &Arrivals) -> String {
    let mut out = String::new();
    let mut line = |name: &str, counts: &Counts| {
        out.push_str(&format!("{name}: 開かれた {}　登録 {}\n", counts.opened_total, figure(counts.registered_total)));
        for (n, week) in
            found.weeks.iter().enumerate().filter(|(n, _)| counts.opened[*n] > 0 || counts.registered[*n] != Some(0))
        {
            out.push_str(&format!(
                "    {week}〜  開かれた {:>5}　登録 {:>5}\n",
                counts.opened[n],
                figure(counts.registered[n])
            ));
        }
    };
    for place in &found.places {
        let name = if place.flyer.is_empty() {
            format!("{}（{}）", place.code, place.name)
        } else {
            format!("{} {}（/r/{}）", place.flyer, place.name, place.code)
        };
        line(&name, &place.counts);
    }
    line("すべて", &found.total);
    out + "「非表示」は、5世帯に満たない数と、それを引き算で知らせてしまう数です。\n"
}
