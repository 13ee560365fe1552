//! `otayori demo`: the whole sample city on this machine, until Ctrl-C.

use super::{Root, log};
use crate::calendar::Date;
use crate::demo::Options;
use anyhow::Result;
use std::process::ExitCode;

/// Arguments of `demo`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// まとめを出したら終わる
    #[arg(long)]
    once: bool,
    /// この日のつもりで動かす（例 2026-11-24。省くと今日）
    #[arg(long, value_name = "D")]
    date: Option<Date>,
    /// 開くポート。次の3つのポートで、LINE と通知サービスとメールサーバーの代わりが動きます
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Runs the demo, what it tells on standard output.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let options = Options { root: args.root.root, once: args.once, date: args.date, port: args.port };
    crate::demo::run(&options, &|line| super::say(&(line + "\n")))?;
    Ok(ExitCode::SUCCESS)
}
