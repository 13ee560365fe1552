//! A site's folder in, pages rendered on demand out, drafts included; a saved file shows within a
//! second.

mod audience;
mod coverage;
mod flyers;
mod pages;
mod view;
mod workshop;

pub use audience::{Audience, CountAudience, count};
pub use workshop::Workshop;

use anyhow::{Context as _, Result};
use notify::{RecursiveMode, Watcher as _};
use std::sync::Arc;
use std::time::Duration;

/// All pages of the preview.
pub fn pages(workshop: Arc<Workshop>) -> axum::Router {
    pages::router(workshop)
}

/// Reloads when something that people write changes; several changes of one saving are taken together.
pub fn watch(workshop: Arc<Workshop>) -> Result<notify::RecommendedWatcher> {
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
