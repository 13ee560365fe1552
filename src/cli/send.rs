//! `send`: a day's letters, as at the configured hour of that day. Do it again and nobody gets anything twice.

use super::stores::{Stores, with_stores};
use super::{Week, block_on, log};
use crate::db::is_not_writable;
use crate::letter;
use crate::outbox;
use crate::schedule::{Channels, Sender, Sent, refuse_made_up, refuse_unready};
use anyhow::Result;
use std::io::{IsTerminal as _, Write as _};
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
    /// 端末でも、確かめずに送る（端末でないときは、いつも聞かずに送ります）
    #[arg(long)]
    yes: bool,
}

/// Sends and prints what became of it. The exit code is a failure when nothing at all could be delivered, or LINE's quota
/// does not suffice: then somebody has to do something. What waits still goes with the next call, or with `serve`.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let (config, library) = args.week.read()?;
    let config = Arc::new(config);
    let asks = !args.yes && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let sent = block_on(with_stores(&config.clone(), async |Stores { db, vault }| {
        refuse_made_up(&db, &vault, &config).await?;
        refuse_unready(&config, &library)?;
        if asks {
            let planned = letter::plan(&db, &library, &config, args.week.date).await?;
            let settled: u64 = outbox::outcomes(&db, &format!("letter:{}", planned.week)).await?.values().sum();
            if let Some(question) = question(planned.letters, planned.line.recipients + planned.web_push.requests, settled)
                && !confirmed(&question)?
            {
                return Ok(None);
            }
        }
        let deliver = Arc::new(Channels::open(&config, &db, &vault).await?);
        let sender = Sender { config, db, vault, deliver, patience: PATIENCE };
        sender.send(&library, args.week.date).await.map(Some)
    }));
    let Some(sent) = sent.map_err(unwritten)? else {
        eprintln!("送りませんでした。予定は `otayori plan` で見られます");
        return Ok(ExitCode::FAILURE);
    };
    args.week.print(&sent, told)?;
    if sent.stopped > 0 {
        eprintln!("計画のあとに止められたので送らなかったもの {}", sent.stopped);
    }
    if sent.uncertain > 0 {
        eprintln!("届いたかどうかわからず、送り直さないもの {}", sent.uncertain);
    }
    let short = sent.line_short.is_some();
    if let Some(short) = &sent.line_short {
        eprintln!("{short}");
    }
    if sent.retry + sent.pending > 0 && sent.line_short.is_none() {
        eprintln!("まだ送れていないものがあります。もう一度 `otayori send` を動かすか、`otayori serve`（か `worker`）が動いていれば、続きから送ります");
    }
    if sent.refused > 0 {
        eprintln!("断られたものは、送り直しません。理由は上の記録にあります");
    }
    let nothing_went = sent.retry + sent.pending > 0 && sent.sent + sent.already == 0;
    Ok(if nothing_went || short { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What a person at a terminal is asked; nothing when there is nothing left to send.
fn question(households: u64, addresses: u64, settled: u64) -> Option<String> {
    let left = addresses.saturating_sub(settled);
    (left > 0).then(|| {
        if settled == 0 {
            format!("いますぐ {households} 世帯に送ります。よいですか [y/N] ")
        } else {
            format!("いますぐ、まだの {left} 件の宛先に送ります。よいですか [y/N] ")
        }
    })
}

fn confirmed(question: &str) -> Result<bool> {
    eprint!("{question}");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "ｙ" | "はい"))
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
    if sent.already > 0 && sent.sent + sent.gone + sent.refused + sent.retry + sent.pending == 0 {
        return format!("{} のおたよりは、もう送ってあります（{}）\n", sent.week, sent.already);
    }
    format!("{} のおたより：送った {}、宛先がなくなっていた {}、断られた {}、送り直し待ち {}、まだ {}\n", sent.week, sent.sent, sent.gone, sent.refused, sent.retry, sent.pending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_about_nothing() {
        assert_eq!(question(40, 52, 0).unwrap(), "いますぐ 40 世帯に送ります。よいですか [y/N] ");
        assert_eq!(question(40, 52, 50).unwrap(), "いますぐ、まだの 2 件の宛先に送ります。よいですか [y/N] ");
        assert_eq!((question(40, 52, 52), question(0, 0, 0)), (None, None));
    }
}
