//! `send`: a day's letters, as at the configured hour of that day. Do it again and nobody gets anything twice.

use super::{Week, block_on, log};
use crate::db::{Db, is_not_writable};
use crate::schedule::{Channels, Sender, Sent, refuse_made_up};
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
    week: Week,
}

/// Sends and prints what became of it; what is refused or still waits is in the figures. The exit code is a failure when LINE's quota does not
/// suffice: then somebody has to do something.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let (config, library) = args.week.read()?;
    let config = Arc::new(config);
    let sent = block_on(async {
        let db = Db::open(&config.services.database_url).await?;
        let vault = Vault::open(&config.services).await?;
        refuse_made_up(&db, &vault, &config).await?;
        let deliver = Arc::new(Channels::open(&config, &db, &vault).await?);
        let sender = Sender { config, db, vault, deliver, patience: PATIENCE };
        sender.send(&library, args.week.date).await
    });
    let sent = sent.map_err(unwritten)?;
    args.week.print(&sent, told)?;
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
}

/// When the database cannot be written, what was under way is not lost: the next call goes on where this one stopped.
fn unwritten(e: anyhow::Error) -> anyhow::Error {
    if !is_not_writable(&e) {
        return e;
    }
    anyhow::anyhow!(
        "データベースに書けないので、途中で止めました（{e:#}）\n  hint: ディスクの空き（df -h）と、data/ に書きこむ権限を確かめて、同じ命令をもう一度動かしてください。\n        送り終えたおたよりを、二度送ることはありません"
    )
}

/// What became of it as a person reads it.
fn told(sent: &Sent) -> String {
    format!("{} のおたより：送った {}、宛先がなくなっていた {}、断られた {}、送り直し待ち {}、まだ {}\n", sent.week, sent.sent, sent.gone, sent.refused, sent.retry, sent.pending)
}
