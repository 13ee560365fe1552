//! A site's folder in, pages rendered on demand out, drafts included; a saved file shows within a
//! second.

mod audience;
mod coverage;
mod flyers;
mod pages;
mod state;
mod titles;
mod view;

pub use audience::{Audience, CountAudience, count};
pub use state::PreviewState;

use crate::web::{own_names, possible};
use anyhow::{Context as _, Result};
use axum::Router;
use axum::middleware::{from_fn, map_response};
use axum::response::Redirect;
use axum::routing::get;
use notify::{RecursiveMode, Watcher as _};
use std::sync::Arc;
use std::time::Duration;

/// All pages of the preview.
pub fn pages(state: Arc<PreviewState>) -> Router {
    Router::new()
        .route("/preview", get(|| async { Redirect::permanent("/preview/") }))
        .route("/preview/", get(pages::index))
        .route("/preview/coverage", get(|| async { Redirect::permanent("/preview/coverage/") }))
        .route("/preview/coverage/", get(coverage::map))
        .route("/preview/coverage/new", get(coverage::new))
        .route("/preview/events", get(pages::events))
        .route("/preview/events/problems", get(pages::errors_now))
        .route("/preview/{slug}", get(pages::article))
        .route("/preview/{slug}/letter", get(pages::letter_page))
        .route("/preview/{slug}/review.pdf", get(pages::review_sheet))
        .route("/static/preview.js", get(|| pages::script(pages::SCRIPT)))
        .route(
            "/static/offline.js",
            get(|| pages::script("// What is being written is never kept for reading without a connection.\n")),
        )
        .fallback(pages::anything)
        .with_state(state.clone())
        .merge(flyers::router(state))
        .layer(map_response(pages::strict))
        .layer(from_fn(possible))
        .layer(from_fn(own_names))
}

/// Reloads when something that people write changes; several changes of one saving are taken together.
pub fn watch(state: Arc<PreviewState>) -> Result<notify::RecommendedWatcher> {
    let (changed, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is no change; our own reloading reads them all.
        if event.is_ok_and(|e| !e.kind.is_access()) {
            let _ = changed.send(());
        }
    })?;
    let root = state.root().to_owned();
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
            let state = state.clone();
            let _ = tokio::task::spawn_blocking(move || state.reload()).await;
        }
    });
    Ok(watcher)
}
