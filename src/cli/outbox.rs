//! `outbox`: what became of what was to be sent, counted by week and channel, without address and household; and what
//! is decided of what is in doubt.

use super::{Root, holding, log, say, sure};
use crate::clock::Clock;
use crate::config::Config;
use crate::contact::Channel;
use crate::engine::stores::{Stores, with_existing, with_stores};
use crate::engine::{block_on, date_or_today};
use crate::outbox::{self, Count, Which};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `outbox`.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// サイトのフォルダ（otayori.yaml がある所）
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    root: PathBuf,
    /// 「届いたかわからない」ものだけ
    #[arg(long)]
    uncertain: bool,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// 「届いたかわからない」ものを、もう一度送ります（届いていた人には、二度届きます）
    Resend(Decided),
    /// 「届いたかわからない」ものを、送り直さずにこのままにします
    Leave(Decided),
}

#[derive(clap::Args, Debug)]
struct Decided {
    /// どの週のものか（例 2026-W48）。お返事の知らせは answer、登録の知らせは welcome（`otayori outbox --uncertain`
    /// に出ます）
    week: String,
    /// 聞かずに決める（端末でない所では、要ります）
    #[arg(long)]
    yes: bool,
}

/// Counts and prints, or decides.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = Root { root: args.root }.config()?;
    match args.command {
        Some(Command::Resend(of)) => {
            return block_on(with_stores(&config, async |stores: Stores| resend(&config, &stores, &of).await));
        }
        Some(Command::Leave(of)) => {
            return block_on(with_stores(&config, async |stores: Stores| leave(&config, &stores, &of).await));
        }
        None => {}
    }
    let mut counts = block_on(with_existing(&config, async |db| outbox::counts(db).await))?;
    counts.retain(|count| !args.uncertain || matches!(count.outcome.as_str(), "uncertain" | "left"));
    say(&if args.json { serde_json::to_string_pretty(&counts)? + "\n" } else { as_text(&counts) })?;
    if !args.json {
        let mut weeks: Vec<&str> =
            counts.iter().filter(|c| c.outcome == "uncertain").map(|c| c.what.as_str()).collect();
        weeks.dedup();
        weeks.iter().for_each(|week| {
            err!(
                "{week}：もう一度送るなら `otayori outbox resend {week}`（届いていた人には、\
                二度届きます）。このままにするなら `otayori outbox leave {week}`"
            )
        });
    }
    // What waits may wait for somebody who looks.
    if !args.uncertain {
        holding::print_holds_of(&config, None)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts what is in doubt into the queue once more, when somebody has said so.
async fn resend(config: &Config, stores: &Stores, of: &Decided) -> Result<ExitCode> {
    let (Stores { db, vault }, named) = (stores, of.named());
    let (which, clock) = (Which::named(named), Clock::of(config.services.now));
    let rows = outbox::doubtful(db, &which, date_or_today(None, config)).await?;
    if rows.again() + rows.over == 0 {
        bail!("{}", none(named));
    }
    let over = if rows.over > 0 {
        format!("ほかの {} 件（止めた、宛先がない、次の週のおたよりがある）には送りません。\n", rows.over)
    } else {
        String::new()
    };
    let told = format!(
        "{}のうち、届いたかどうかわからない {} 件に、もう一度送ります。届いていた人には、二度届きます。\n{over}",
        shown(named),
        rows.again()
    );
    if let Some(refused) = sure::refused(of.yes, told.trim_end(), "よいですか", "何も変えていません")? {
        return Ok(refused);
    }
    let waiting = outbox::once_more(db, vault, &rows, clock.now()).await?;
    done!(
        "{} 件を、もう一度送る列に入れました。`otayori serve`（か `worker`）が動いていれば、夜（21時〜7時）でなければ、\
         すぐ送ります。いま送るなら `otayori send --date {}`",
        waiting,
        date_or_today(None, config)
    );
    holding::print_holds(&holding::writing(config, stores).await?);
    Ok(ExitCode::SUCCESS)
}

/// Leaves what is in doubt as it is, when somebody has said so.
async fn leave(config: &Config, Stores { db, .. }: &Stores, of: &Decided) -> Result<ExitCode> {
    let named = of.named();
    let which = Which::named(named);
    let rows = outbox::doubtful(db, &which, date_or_today(None, config)).await?;
    let all = rows.again() + rows.over;
    if all == 0 {
        bail!("{}", none(named));
    }
    let told = format!(
        "{}のうち、届いたかどうかわからない {all} 件を、送り直さずにこのままにします。届いていなかった人には、\
         届きません。",
        shown(named)
    );
    if let Some(refused) = sure::refused(of.yes, &told, "よいですか", "何も変えていません")? {
        return Ok(refused);
    }
    let left = outbox::leave(db, &which).await?;
    done!("{left} 件を、このままにしました（/healthz の uncertain と、send の知らせは、もう出ません）");
    Ok(ExitCode::SUCCESS)
}

impl Decided {
    fn named(&self) -> &str {
        self.week.trim().trim_start_matches("letter:")
    }
}

fn shown(named: &str) -> String {
    WHAT.iter()
        .find(|(known, _)| *known == named)
        .map_or_else(|| format!("{named} のおたより"), |(_, name)| (*name).to_owned())
}

fn none(named: &str) -> String {
    format!(
        "{}に、届いたかどうかわからないものは、ありません。何も変えていません（どの週にあるかは `otayori outbox \
         --uncertain`）",
        shown(named)
    )
}

fn as_text(counts: &[Count]) -> String {
    let name = |of: &'static [(&'static str, &'static str)], id: &str| {
        of.iter().find(|(known, _)| *known == id).map_or_else(|| id.to_owned(), |(_, name)| (*name).to_owned())
    };
    let line = |c: &Count| {
        format!("{}　{}　{}　{}件\n", name(&WHAT, &c.what), channel(&c.channel), outcome(&c.outcome), c.rows)
    };
    if counts.is_empty() { "ありません\n".to_owned() } else { counts.iter().map(line).collect() }
}

/// A channel as the operator calls it.
pub(super) fn channel(id: &str) -> &str {
    let known: Option<Channel> = id.parse().ok();
    known.map_or(id, |channel| channel.title())
}

/// What became of a row, for the operator.
pub(super) fn outcome(id: &str) -> &str {
    OUTCOMES.iter().find(|(known, _)| *known == id).map_or(id, |(_, name)| name)
}

const WHAT: [(&str, &str); 2] = [("answer", "お返事の知らせ"), ("welcome", "登録の知らせ")];
const OUTCOMES: [(&str, &str); 8] = [
    ("sent", "送った"),
    ("gone", "宛先がなくなっていた"),
    ("refused", "断られた"),
    ("stopped", "止められたので送らなかった"),
    ("uncertain", "届いたかわからない（送り直していません）"),
    ("left", "届いたかわからない（このままにすると決めました）"),
    ("expired", "古くなったので送らなかった"),
    ("waiting", "待っている"),
];
