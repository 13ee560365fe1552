//! `send`: a day's letters, as at the configured hour of that day. Do it again and nobody gets anything twice.

use super::{Root, block_on, log, written};
use crate::calendar::Date;
use crate::db::Db;
use crate::schedule::{Channels, Sender, refuse_made_up};
use crate::vault::Vault;
use anyhow::Result;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What could not be sent is tried again for so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of `send`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// この日を含む配信週のおたよりを、この日の配信時刻として送る（例 2026-11-24）
    #[arg(long, value_name = "D")]
    date: Date,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
}

/// Sends and prints what became of it. The exit code is a failure when LINE's quota does not suffice: then somebody has to do something.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = Arc::new(args.root.config()?);
    let library = written(&config, args.date)?;
    block_on(async move {
        let db = Db::open(&config.services.database_url).await?;
        let vault = Vault::open(&config.services).await?;
        refuse_made_up(&db, &vault, &config).await?;
        let deliver = Arc::new(Channels::open(&config, &db, &vault).await?);
        let sender = Sender { config, db, vault, deliver, patience: PATIENCE };
        let sent = sender.send(&library, args.date).await?;
        if args.json {
            println!("{}", serde_json::to_string(&sent)?);
        } else {
            println!(
                "{} のおたより：送った {}、宛先がなくなっていた {}、断られた {}、送り直し待ち {}、まだ {}",
                sent.week, sent.sent, sent.gone, sent.refused, sent.retry, sent.pending
            );
        }
        if sent.stopped > 0 {
            eprintln!("計画のあとに止められたので送らなかったもの {}", sent.stopped);
        }
        if sent.uncertain > 0 {
            eprintln!("届いたかどうかわからず、送り直さないもの {}", sent.uncertain);
        }
        if let Some(short) = sent.line_short {
            eprintln!("{short}");
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    })
}
