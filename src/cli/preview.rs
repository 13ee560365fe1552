//! `otayori preview`: the site's folder in, pages rendered on demand out, drafts included; a saved file shows within a
//! second.

use crate::calendar::Date;
use crate::config::Config;
use crate::engine::trace;
use crate::preview::{CountAudience, PreviewState, count, pages, watch};
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `otayori preview`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// この機械の、このポートで開く
    #[arg(long, value_name = "N", default_value_t = 8090)]
    pub port: u16,
    /// サイトのフォルダ（otayori.yaml のある所）
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// この日のつもりで見る（例 2026-11-24。指定がなければ今日）
    #[arg(long, value_name = "D")]
    pub date: Option<Date>,
}

/// Runs `otayori preview`; who would get an article is counted where there is a database already.
pub fn run(args: Args) -> Result<ExitCode> {
    let root = args.root.clone();
    // Pictures are kept in `data/`; mistakes in the settings are told on the page.
    if let Ok(config) = Config::load(&root) {
        trace::refuse_missing(&config)?;
    }
    run_with(args, Arc::new(move |slug, library, day| count(&root, slug, library, day)))
}

/// Runs `otayori preview` with a way to count the households that would get an article.
pub fn run_with(args: Args, audience: CountAudience) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let state = PreviewState::open(&args.root, args.date, audience);
        let _watcher = watch(state.clone())?;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", args.port))
            .await
            .with_context(|| format!("ポート {} を使えません（--port で変えられます）", args.port))?;
        let address = listener.local_addr()?;
        err!("下見: http://{address}/preview/　（Ctrl-C で終わり）");
        axum::serve(listener, pages(state))
            .with_graceful_shutdown(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
        Ok(ExitCode::SUCCESS)
    })
}
