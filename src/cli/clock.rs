//! `clock`: whether this machine's clock follows from what is on record, and `clock confirm` to say that it is right.

use super::stores::{Stores, with_existing, with_stores};
use super::{Root, block_on, log, say};
use crate::schedule::{self, Clock};
use crate::watch;
use anyhow::Result;
use std::process::ExitCode;

/// Arguments of `clock`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// 時計が正しいことを確かめたので、止めているおたよりと消去を再開します
    Confirm,
}

/// Shows how the clock stands, or lets go on. It fails while something is held.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let clock = Clock::of(&config.services);
    match args.command {
        None => {
            let stand = block_on(with_existing(&config, async |db| watch::look(db, clock.now()).await))?;
            say(&format!("{}\n", stand.told(clock.now(), &config.zone)))?;
            Ok(if stand.holds() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Some(Command::Confirm) => {
            let done = block_on(with_stores(&config, async |Stores { db, .. }| schedule::confirm(&db, &config, clock).await))?;
            if done.ahead > 0 {
                say(&format!("先の週のおたよりが出てしまっていた {} 世帯に、いまの週からまた届くようにしました。もう出たおたよりは取り消せません。\n", done.ahead))?;
            }
            let now = watch::Stand::Right.told(clock.now(), &config.zone);
            say(&format!("{}\n", if done.stand.holds() { format!("{now}再開します。") } else { format!("{now}止めているものはありません。") }))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
