//! `otayori flyer`: a site folder in, its flyers (and, when asked, its handouts) below `public/` out; `pack` and
//! `report` have files of their own.

mod pack;
mod progress;
mod report;

use crate::calendar::Date;
use crate::cli::Root;
use crate::content::{LoadOptions, load};
use crate::engine::date_or_today;
use crate::flyer;
use crate::paper::Engine;
use anyhow::Result;
use progress::{bar, tell, unopened};
use std::path::PathBuf;
use std::process::ExitCode;

/// チラシの PDF（画面用と印刷用）、画像、二次元コードを作ります。
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    more: Option<More>,
    #[command(flatten)]
    root: Root,
    /// このチラシだけ（content/flyers/ のファイル名。--handouts では記事の名前）
    #[arg(long, value_name = "ID")]
    only: Option<String>,
    /// 書き出す所（省くと ROOT/public）。この下の flyers/ と handouts/ に入ります
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// チラシのかわりに、記事とお知らせを配付用の A4 にします
    #[arg(long)]
    handouts: bool,
    /// この日として読む。例: 2026-11-21。なければ今日
    #[arg(long)]
    date: Option<Date>,
}

#[derive(Debug, clap::Subcommand)]
enum More {
    /// 印刷所へ渡す ZIP を作ります（印刷用と画面用の PDF、二次元コード、注文書）
    Pack(pack::Args),
    /// 置いた場所ごとに、コードが開かれた数と登録の数を、週ごとに数えます
    Report(report::Args),
}

/// Runs the command; mistakes in content go to standard error and end it with 1.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.more {
        Some(More::Pack(args)) => return pack::run(args),
        Some(More::Report(args)) => return report::run(args),
        None => {}
    }
    let config = args.root.config()?;
    let today = date_or_today(args.date, &config);
    let (library, problems) = load(&config, &LoadOptions::on(&config, today));
    if tell(problems.clone(), args.handouts) {
        err!("作りませんでした。前の PDF は、そのままです。");
        return Ok(ExitCode::FAILURE);
    }
    let engine = Engine::of(&config)?;
    let out = crate::engine::ground::own(&config.root, &args.out.unwrap_or_else(|| config.public.clone()))?;
    let bar = bar()?;
    let progress = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let only = args.only.as_deref();
    let made = if args.handouts {
        flyer::build_handouts(&config, &library, &engine, &out, only, &progress)
    } else {
        flyer::build(&config, &library, &engine, &out, only, &progress)
    };
    bar.finish_and_clear();
    let report = match made {
        Ok(report) => report,
        Err(found) => {
            tell(found, true);
            return Ok(ExitCode::FAILURE);
        }
    };
    out!("{} 種類、PDF {}（ファイル {}）: {}", report.flyers, report.pdfs, report.files, out.display());
    out!("コードが開く所: {}", config.url(if args.handouts { "/articles/…" } else { "/r/…" }));
    unopened(&config);
    Ok(ExitCode::SUCCESS)
}
