//! `plan`: what the letter week of a day sends, or has sent, in figures. Writes nothing.

use super::{Week, block_on, existing, log};
use crate::letter::{self, Report};
use anyhow::Result;
use std::process::ExitCode;

/// Arguments of `plan`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    week: Week,
}

/// Prints the plan.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let (config, library) = args.week.read()?;
    block_on(async move {
        let report = letter::plan(&existing(&config).await?, &library, &config, args.week.date).await?;
        args.week.print(&report, told)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The plan as a person reads it.
fn told(report: &Report) -> String {
    let mut lines = vec![
        format!("{} のおたより", report.week),
        format!("  世帯 {}：届く {}、止めている・休み {}、合うものがない {}", report.households, report.letters, report.stopped, report.nothing_fits),
        format!("  LINE {}人（リクエスト {}回）、プッシュ通知 {}件", report.line.recipients, report.line.requests, report.web_push.requests),
        format!("  おたよりの種類 {}", report.messages.len()),
    ];
    for message in report.messages.iter().take(10) {
        let items: Vec<&str> = message.items.iter().map(|i| i.id.as_str()).collect();
        lines.push(format!("    {:>6} 世帯  {}  {}", message.households, &message.hash.get(..10).unwrap_or_default(), items.join("、")));
    }
    lines.extend((report.messages.len() > 10).then(|| format!("    ほか {} 種類（--json で全部）", report.messages.len() - 10)));
    lines.push("  配信対象ごとの世帯数".into());
    lines.extend(report.segments.iter().map(|s| format!("    {:>6}  {}", s.households, s.id)));
    lines.join("\n") + "\n"
}
