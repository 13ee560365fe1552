//! `otayori flyer pack`: a site folder in, a ZIP for the printer for each flyer out.

use super::tell;
use crate::cli::{Root, date_or_today};
use crate::content::{LoadOptions, load};
use crate::flyer::{self, Engine};
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `otayori flyer pack`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// このチラシだけ（content/flyers/ のファイル名）
    #[arg(long, value_name = "ID")]
    flyer: Option<String>,
    /// 書き出す所（省くと ROOT/print）
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command; mistakes in content go to standard error and end it with 1.
pub fn run(args: Args) -> Result<ExitCode> {
    let config = args.root.config()?;
    let (library, problems) = load(&config, &LoadOptions::on(&config, date_or_today(None, &config)));
    if tell(problems, false) {
        eprintln!("作りませんでした。前の ZIP は、そのままです。");
        return Ok(ExitCode::FAILURE);
    }
    let engine = Engine::of(&config)?;
    let packed = match flyer::pack(&config, &library, &engine, args.flyer.as_deref(), &|_, _| {}) {
        Ok(packed) => packed,
        Err(found) => {
            tell(found, true);
            return Ok(ExitCode::FAILURE);
        }
    };
    let out = args.out.unwrap_or_else(|| config.root.join("print"));
    std::fs::create_dir_all(&out).with_context(|| format!("フォルダ {} を作れません", out.display()))?;
    for flyer in &packed {
        let path = out.join(&flyer.name);
        let new = path.with_extension("zip.new");
        std::fs::write(&new, &flyer.bytes).with_context(|| format!("{} に書けません", new.display()))?;
        std::fs::rename(&new, &path).with_context(|| format!("{} に置けません", path.display()))?;
        println!("{}（{}部、{} KB）", path.display(), flyer.copies, flyer.bytes.len().div_ceil(1024));
        for remark in &flyer.remarks {
            eprintln!("注意: {}: {remark}", flyer.id);
        }
    }
    if crate::config::is_loopback(&config.site.public_url) {
        eprintln!("注意: この機械だけのアドレスです。刷る前に、otayori.yaml の public_url（または OTAYORI_PUBLIC_URL）を市のアドレスにしてください");
    }
    Ok(ExitCode::SUCCESS)
}
