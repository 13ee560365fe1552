//! `otayori new DIR`: a folder's name in, a small site that builds out, with the default theme in it.

use crate::clock::Clock;
use crate::engine::new::create;
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `otayori new`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// 作るフォルダ（まだないか、空のもの）
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Runs `otayori new`.
pub fn run(args: Args) -> Result<ExitCode> {
    let today = Clock::System
        .zoned(&crate::calendar::TimeZone::get("Asia/Tokyo").context("時間帯 Asia/Tokyo がありません")?)
        .date();
    create(&args.dir, today)?;
    let dir = args.dir.display();
    err!(
        "{dir} に、小さなサイトを作りました。\n  otayori preview --root {dir}   書きながら見る\n  otayori check --root \
         {dir}     まちがいを探す\n  otayori build --root {dir}     {dir}/public に作る"
    );
    Ok(ExitCode::SUCCESS)
}
