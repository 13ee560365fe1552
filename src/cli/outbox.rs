//! `outbox`: what became of what was to be sent, counted by week and channel. No address, no household.

use super::stores::with_existing;
use super::{Root, block_on, holding, log, say};
use crate::outbox::{self, Count};
use anyhow::Result;
use std::process::ExitCode;

/// Arguments of `outbox`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// 「届いたかわからない」ものだけ
    #[arg(long)]
    uncertain: bool,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
}

/// Counts and prints.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let mut counts = block_on(with_existing(&config, async |db| outbox::counts(db).await))?;
    counts.retain(|count| !args.uncertain || count.outcome == "uncertain");
    say(&if args.json { serde_json::to_string_pretty(&counts)? + "\n" } else { told(&counts) })?;
    // What waits may wait for somebody who looks.
    if !args.uncertain {
        holding::said_of(&config, None)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn told(counts: &[Count]) -> String {
    let name = |of: &'static [(&'static str, &'static str)], id: &str| of.iter().find(|(known, _)| *known == id).map_or_else(|| id.to_owned(), |(_, name)| (*name).to_owned());
    let line = |c: &Count| format!("{}　{}　{}　{}件\n", name(&WHAT, &c.what), name(&CHANNELS, &c.channel), name(&OUTCOMES, &c.outcome), c.rows);
    if counts.is_empty() { "ありません\n".to_owned() } else { counts.iter().map(line).collect() }
}

const WHAT: [(&str, &str); 2] = [("answer", "お返事の知らせ"), ("welcome", "登録の知らせ")];
const CHANNELS: [(&str, &str); 2] = [("line", "LINE"), ("web_push", "端末の通知")];
const OUTCOMES: [(&str, &str); 7] = [
    ("sent", "送った"),
    ("gone", "宛先がなくなっていた"),
    ("refused", "断られた"),
    ("stopped", "止められたので送らなかった"),
    ("uncertain", "届いたかわからない（送り直しません）"),
    ("expired", "古くなったので送らなかった"),
    ("waiting", "待っている"),
];
