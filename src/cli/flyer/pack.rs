//! `otayori flyer pack`: a site folder in, a ZIP for the printer for each flyer out.

use super::progress::{bar, tell, unopened};
use crate::cli::Root;
use crate::content::{LoadOptions, load};
use crate::engine::{date_or_today, ground};
use crate::flyer::{self, Packed};
use crate::paper::Engine;
use anyhow::{Context as _, Result};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How a ZIP begins.
const ZIP: &[u8] = b"PK";

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
        err!("作りませんでした。前の ZIP は、そのままです。");
        return Ok(ExitCode::FAILURE);
    }
    let engine = Engine::of(&config)?;
    let out = ground::outside(&config.root, &args.out.unwrap_or_else(|| config.root.join("print")))?;
    std::fs::create_dir_all(&out).with_context(|| format!("フォルダ {} を作れません", out.display()))?;
    let bar = bar()?;
    let progress = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let mut take = |flyer: Packed| {
        let path = put(&out, &flyer)?;
        bar.suspend(|| {
            out!("{}（{}部、{} KB）", path.display(), flyer.copies, flyer.bytes.len().div_ceil(1024));
            flyer.remarks.iter().for_each(|remark| err!("注意: {}: {remark}", flyer.id));
            Ok(())
        })
    };
    let packed = flyer::pack(&config, &library, &engine, args.flyer.as_deref(), &progress, &mut take);
    bar.finish_and_clear();
    if let Err(found) = packed {
        tell(found, true);
        err!("まちがいのあるチラシの ZIP は作りませんでした。前の ZIP は、そのままです。");
        return Ok(ExitCode::FAILURE);
    }
    unopened(&config);
    Ok(ExitCode::SUCCESS)
}

/// Whole or not at all: a printer never gets half a ZIP.
fn put(folder: &Path, flyer: &Packed) -> Result<PathBuf> {
    let path = folder.join(&flyer.name);
    ground::replaceable(&path, ZIP)?;
    let new = folder.join(format!(".{}.{}.new", flyer.name, std::process::id()));
    let write = || {
        let mut file = std::fs::File::create(&new)?;
        file.write_all(&flyer.bytes)?;
        // On the disk before it has its name.
        file.sync_all()?;
        std::fs::rename(&new, &path)
    };
    write()
        .inspect_err(|_| drop(std::fs::remove_file(&new)))
        .with_context(|| format!("{} に書けません", path.display()))?;
    Ok(path)
}
