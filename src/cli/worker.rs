//! `worker`: the schedule and dispatch without HTTP, as many of them as wanted.

use super::{Root, block_on, build, log, written};
use crate::calendar::Date;
use crate::config::Config;
use crate::content::Library;
use crate::db::Db;
use crate::schedule::{Channels, Clock, Published, Rebuild, Schedule};
use crate::vault::Vault;
use anyhow::Result;
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `worker`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
}

/// Works until Ctrl-C (or SIGTERM), then ends the batches under way.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = Arc::new(args.root.config()?);
    block_on(async move {
        let db = Db::open(&config.services.database_url).await?;
        let vault = Vault::open(&config.services).await?;
        let deliver = Arc::new(Channels::open(&config, &db, &vault).await?);
        let schedule = Schedule::new(config.clone(), db, vault, deliver, Clock::System, published(&config)?, rebuild(&config));
        let running = schedule.start().await?;
        tracing::info!("working");
        super::until_stopped().await;
        tracing::info!("ending after the batches under way");
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// The content as it is in the folder when it is asked for; the last good one when there are errors in it.
fn published(config: &Arc<Config>) -> Result<Published> {
    let first = Arc::new(written(config, Clock::System.zoned(&config.zone).date())?);
    let last: std::sync::Mutex<Arc<Library>> = std::sync::Mutex::new(first);
    let config = config.clone();
    Ok(Arc::new(move || {
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match written(&config, Clock::System.zoned(&config.zone).date()) {
            Ok(library) => *last = Arc::new(library),
            Err(e) => tracing::error!(error = format!("{e:#}"), "the content has mistakes; the last good one is used"),
        }
        last.clone()
    }))
}

/// Builds the site anew into its folder.
fn rebuild(config: &Arc<Config>) -> Rebuild {
    let (root, public) = (config.root.clone(), config.public.clone());
    Arc::new(move |today: Date| {
        let (root, public) = (root.clone(), public.clone());
        Box::pin(async move {
            tokio::task::spawn_blocking(move || {
                let loaded = build::load(&root, Some(today)).map_err(|problems| anyhow::anyhow!("{} 件のエラーがあります（otayori check で見られます）", problems.counts().0))?;
                let report = build::publish(&loaded, &public, false)?;
                tracing::info!(pages = report.pages, %today, "the site was built anew");
                Ok(())
            })
            .await?
        })
    })
}
