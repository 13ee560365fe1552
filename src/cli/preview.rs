//! `otayori preview`: the site's folder in, pages rendered on demand out, drafts included; a saved file shows within a
//! second.

mod coverage;
mod flyers;
mod pages;
mod view;
mod workshop;

pub use view::{Audience, window_title};
pub use workshop::Workshop;

use crate::calendar::Date;
use crate::config::Config;
use crate::contact::Channel;
use crate::content::Library;
use crate::db::{Db, is_there};
use crate::letter;
use anyhow::{Context as _, Result};
use notify::{RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

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

/// Counts who would get an article this week: its slug, the library and the day in; `None` when nobody is registered
/// yet.
pub type CountAudience = Arc<dyn Fn(&str, &Library, Date) -> Result<Option<Audience>> + Send + Sync>;

/// Runs `otayori preview`; who would get an article is counted where there is a database already.
pub fn run(args: Args) -> Result<ExitCode> {
    let root = args.root.clone();
    // Pictures are kept in `data/`; mistakes in the settings are told on the page.
    if let Ok(config) = Config::load(&root) {
        super::trace::refuse_missing(&config)?;
    }
    run_with(args, Arc::new(move |slug, library, day| count(&root, slug, library, day)))
}

/// Asks the database of the site (or of the demo, in the sample) who would get the article. Nothing is written, and
/// none is made.
fn count(root: &Path, slug: &str, library: &Library, day: Date) -> Result<Option<Audience>> {
    let Ok(config) = Config::load(root) else { return Ok(None) };
    super::trace::refuse_missing(&config)?;
    let own = config.services.database_url.clone();
    let demo = format!("sqlite:{}", root.join("data/demo/otayori.db").display());
    let Some(url) = [own, demo].into_iter().find(|url| is_there(url)) else { return Ok(None) };
    let (slug, library) = (slug.to_owned(), library.clone());
    // Called from a thread that may wait.
    let counted = std::thread::spawn(move || {
        super::block_on(async move {
            let Some(db) = Db::existing(&url).await? else { return Ok(None) };
            letter::audience(&db, &library, &config, &slug, day).await.map(Some)
        })
    });
    let counted = counted.join().map_err(|_| anyhow::anyhow!("数えられませんでした"))??;
    let Some(counted) = counted else { return Ok(None) };
    let named = |(channel, n): (Option<Channel>, u64)| (view::channel_title(channel).to_owned(), n);
    Ok((counted.registered > 0).then(|| Audience {
        households: counted.households,
        registered: counted.registered,
        groups: counted.windows.iter().map(|(window, n)| (view::window_title(window), *n)).collect(),
        channels: counted.channels.into_iter().map(named).collect(),
        languages: counted.languages.into_iter().map(|(id, n)| (view::language_title(&id).to_owned(), n)).collect(),
        others: counted.others,
        instead: counted.instead,
        had_before: counted.had_before,
        stopped: counted.stopped,
    }))
}

/// All pages of the preview.
pub fn pages(workshop: Arc<Workshop>) -> axum::Router {
    pages::router(workshop)
}

/// Runs `otayori preview` with a way to count the households that would get an article.
pub fn run_with(args: Args, audience: CountAudience) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let workshop = Workshop::open(&args.root, args.date, audience);
        let _watcher = watch(workshop.clone())?;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", args.port))
            .await
            .with_context(|| format!("ポート {} を使えません（--port で変えられます）", args.port))?;
        let address = listener.local_addr()?;
        err!("下見: http://{address}/preview/　（Ctrl-C で終わり）");
        axum::serve(listener, pages::router(workshop))
            .with_graceful_shutdown(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Reloads when something that people write changes; several changes of one saving are taken together.
fn watch(workshop: Arc<Workshop>) -> Result<notify::RecommendedWatcher> {
    let (changed, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is no change; our own reloading reads them all.
        if event.is_ok_and(|e| !e.kind.is_access()) {
            let _ = changed.send(());
        }
    })?;
    let root = workshop.root().to_owned();
    for folder in ["content", "segments", "themes"] {
        if root.join(folder).is_dir() {
            watcher
                .watch(&root.join(folder), RecursiveMode::Recursive)
                .with_context(|| format!("{folder}/ を見張れません"))?;
        }
    }
    // Editors replace the file, so its folder is watched; what is written in `data/` and `public/` lies below and is
    // not.
    watcher.watch(&root, RecursiveMode::NonRecursive).context("otayori.yaml を見張れません")?;
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            tokio::time::sleep(Duration::from_millis(30)).await;
            while changes.try_recv().is_ok() {}
            let workshop = workshop.clone();
            let _ = tokio::task::spawn_blocking(move || workshop.reload()).await;
        }
    });
    Ok(watcher)
}
