//! `clock`: whether this machine's clock follows from what is on record, and `clock confirm` to say that it is right.

use super::{Root, holding, log, sure};
use crate::clock::Clock;
use crate::engine::block_on;
use crate::engine::stores::{Stores, with_existing, with_stores};
use crate::schedule::{self, Hold};
use crate::watch;
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `clock`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// サイトのフォルダ（otayori.yaml がある所）
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    root: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// 時計が正しいことを確かめたので、止めているおたよりと消去を再開します
    Confirm {
        /// 聞かずに再開する（端末でない所では、要ります）
        #[arg(long)]
        yes: bool,
    },
}

/// Shows how the clock stands, or lets go on. It fails while letters are held, for the clock or for something else.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = Root { root: args.root }.config()?;
    let clock = Clock::of(config.services.now);
    let (said, holds) = match args.command {
        None => block_on(with_existing(&config, async |db| {
            let stand = watch::look(db, clock.now()).await?;
            let holds = holding::reading(&config, db, None).await?;
            let said = [vec![stand.message(clock.now(), &config.zone)], holding::also(&config, db, &holds).await?]
                .concat()
                .join("\n");
            Ok((said, holds))
        }))?,
        Some(Command::Confirm { yes }) => match block_on(with_stores(&config, async |stores: Stores| {
            let foreseen =
                schedule::foresee(&stores.db, &config, clock, stores.vault.has_ledger(&stores.db).await?).await?;
            // A clock that is believed holds nothing, and nothing follows.
            if foreseen.stand.holds()
                && let Some(refused) = sure::refused(
                    yes,
                    &foreseen.message(&config),
                    "この時計は、正しいですか",
                    "時計を確かめたことにしていません。何も変えていません",
                )?
            {
                return Ok(Err(refused));
            }
            let done = schedule::confirm(&stores.db, &config, clock).await?;
            let holds = holding::writing(&config, &stores).await?;
            let ahead = if done.ahead > 0 {
                format!(
                    "先の週のおたよりが出てしまっていた {} 世帯に、いまの週からまた届くようにしました。\
                     もう出たおたよりは取り消せません。\n",
                    done.ahead
                )
            } else {
                String::new()
            };
            let then = match (done.stand.holds(), holds.iter().any(Hold::is_of_all)) {
                // What still holds is said below.
                (_, true) => "時計のせいで止めているものは、もうありません。",
                (true, false) => "再開します。",
                (false, false) => "時計のせいで止めているものはありません。",
            };
            let also = holding::also(&config, &stores.db, &holds)
                .await?
                .into_iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>();
            Ok(Ok((format!("{ahead}{}{also}{then}", done.stand.confirmed(clock.now(), &config.zone)), holds)))
        }))? {
            Ok(done) => done,
            Err(refused) => return Ok(refused),
        },
    };
    done!("{said}");
    // What the clock holds was said just now.
    let others: Vec<Hold> = holds.iter().filter(|hold| !matches!(hold, Hold::Clock(_))).cloned().collect();
    holding::print_holds(&others);
    Ok(if !holds.iter().any(Hold::is_of_all) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
