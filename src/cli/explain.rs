//! `explain`: why a household gets the letter that it gets.

use super::{Root, block_on, log, written};
use crate::calendar::Date;
use crate::db::Db;
use crate::letter::{self, Explanation};
use anyhow::{Context as _, Result};
use std::process::ExitCode;

/// Arguments of `explain`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// 世帯の ID（households list で見られます）
    household: String,
    /// この日を含む配信週について（例 2026-11-24）
    #[arg(long, value_name = "D")]
    date: Date,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
}

/// Prints the reasons.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let library = written(&config, args.date)?;
    block_on(async move {
        let db = Db::open(&config.services.database_url).await?;
        let found = letter::explain(&db, &library, &config, &args.household, args.date).await?;
        let explanation = found.with_context(|| format!("世帯 {} はありません", args.household))?;
        if args.json {
            println!("{}", serde_json::to_string(&explanation)?);
        } else {
            print!("{}", told(&explanation));
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The reasons as a person reads them.
fn told(e: &Explanation) -> String {
    let mut lines = vec![format!("世帯 {}　{} のおたより", e.household, e.week)];
    lines.extend(e.stop.as_ref().map(|stop| format!("  届きません：{stop}")));
    lines.push(match &e.hash {
        Some(hash) => format!("  /letters/{}/{hash}/", e.week),
        None => "  この週のおたよりはありません".into(),
    });
    for (heading, all) in [("入っているもの", &e.items), ("選ばなかったもの", &e.skipped)] {
        if !all.is_empty() {
            lines.push(format!("  {heading}"));
            lines.extend(all.iter().map(|b| format!("    {}　{}", b.id, b.because)));
        }
    }
    lines.join("\n") + "\n"
}
