//! `serve`: the site, the forms and the desk over HTTP, with dispatch and schedule in the same process.

use super::{Root, block_on, log};
use crate::content::Library;
use crate::db::Db;
use crate::site::Theme;
use crate::vault::Vault;
use crate::web::{App, Clock, Published, router};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `serve`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// 待ち受ける場所
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// Serves until Ctrl-C.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = Arc::new(args.root.config()?);
    block_on(async move {
        let db = Db::open(&config.services.database_url).await?;
        let vault = Vault::open(&config.services).await?;
        let theme = Theme::load(&config).map_err(|p| anyhow::anyhow!("{:?}", p.sorted()))?;
        let app = App::new(config, db, vault, Clock::System, Published { library: Library::default(), theme });
        let listener = tokio::net::TcpListener::bind(args.listen).await.with_context(|| format!("{} で待ち受けられません", args.listen))?;
        tracing::info!(address = %args.listen, "serving");
        axum::serve(listener, router(app).into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
        Ok(ExitCode::SUCCESS)
    })
}
