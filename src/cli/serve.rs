//! `serve`: the site, the forms and the desk over HTTP, with dispatch and schedule in the same process.

use super::{Root, log};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::engine::{block_on, date_or_today, until_stopped};
use crate::web::{Patience, Waiting, router, serve};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::process::ExitCode;

/// Arguments of `serve`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// 待ち受ける場所
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

const NOT_THE_CITYS: &str =
    "danger: the city's signs of danger have mistakes, the program's own are used (`otayori check`, then restart)";

/// Serves until Ctrl-C.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let own_signs = super::danger::in_place_or_own(&config)?;
    if !config.public.join("index.html").exists() {
        tracing::warn!("public/ にサイトがありません。先に `otayori build` を実行してください");
    }
    block_on(async move {
        let (today, clock) = (date_or_today(None, &config), Clock::of(config.services.now));
        let engine = Engine::of_site(config, today, clock).await?;
        if !own_signs {
            engine.app.set_waiting(Waiting::Signs, Some(NOT_THE_CITYS));
        }
        engine.app.db.sweep_whole().await?;
        let listener = tokio::net::TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("{} で待ち受けられません", args.listen))?;
        let schedule = engine.schedule().start().await?;
        let following = engine.follow();
        tracing::info!(address = %args.listen, "serving");
        serve(listener, router(engine.app.clone()), Patience::default(), until_stopped()).await;
        following.abort();
        schedule.stop().await;
        engine.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
