//! `keys`: what is missing is made; the push key's public half, where the keys are, and what to back up come out.

use super::{Root, log};
use crate::channel::vapid::Key;
use crate::clock::Clock;
use crate::db::shown;
use crate::engine::block_on;
use crate::engine::stores::{Stores, with_stores};
use anyhow::{Context, Result};
use std::process::ExitCode;

/// Arguments of `keys`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
}

/// Makes what is missing and prints where everything is. Nothing secret is printed.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let services = &config.services;
    let new = !services.key_file.exists();
    block_on(with_stores(&config, async |Stores { db, vault }| {
        let key = Key::load(&db, &vault, Clock::System.now().seconds()).await?;
        let file = std::path::absolute(&services.key_file).context("鍵ファイルの場所がわかりません")?;
        out!("通知の公開鍵（VAPID）  {}", key.public());
        out!("鍵のファイル           {}{}", file.display(), if new { "（いま作りました）" } else { "" });
        out!("家庭ごとの鍵の置き場   {}", shown(&services.key_store_url));
        out!("");
        out!("控えを取るもの（otayori backup で取れます。3つは別々の所に）");
        out!(
            "  1. 鍵ファイル: データとは別の、鍵のかかる所に1つ。なくすと、連絡先も質問も、だれにも読めなくなります。"
        );
        out!(
            "  2. 家庭ごとの鍵の置き場: 毎日。7日より前の控えは捨ててください。捨てることで、\
             消した世帯の控えも読めなくなります。"
        );
        out!(
            "  3. データベース（{}）: 毎日。通知の署名の鍵は、鍵ファイルで閉じてこの中にあります。",
            shown(&services.database_url)
        );
        out!("     署名の鍵が変わると、通知で受け取っている家庭は登録し直しになります。");
        Ok(ExitCode::SUCCESS)
    }))
}
