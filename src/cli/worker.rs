//! `worker`: the schedule and dispatch without HTTP, as many of them as wanted.

use super::{Root, log};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::engine::{block_on, date_or_today, until_stopped};
use anyhow::Result;
use std::process::ExitCode;

/// Arguments of `worker`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
}

/// Works until Ctrl-C (or SIGTERM), then ends the batches under way.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    super::danger::in_place_or_own(&config)?;
    block_on(async move {
        let (today, clock) = (date_or_today(None, &config), Clock::of(config.services.now));
        let engine = Engine::of_site(config, today, clock).await?;
        let running = engine.schedule().start().await?;
        let following = engine.follow();
        tracing::info!("working");
        until_stopped().await;
        tracing::info!("ending after the batches under way");
        following.abort();
        running.stop().await;
        engine.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
