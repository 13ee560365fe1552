//! The last flyer that was made, and the pen that its record is written with.

use crate::flyer::{MadeFlyer, make};
use crate::paper::Engine;
use crate::preview::pages::{Errors, page};
use crate::preview::state::{Good, PreviewState};
use crate::site::Address;
use anyhow::Result;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::{Arc, Mutex};

/// The state, and the last flyer that was made with the version of the content that it is of.
pub(super) struct Press {
    pub(super) state: Arc<PreviewState>,
    pub(super) last: Mutex<Option<Sheets>>,
    /// Held while a record is read, changed and written.
    pub(super) pen: Mutex<()>,
}

#[derive(Clone)]
pub(super) struct Sheets {
    pub(super) version: u64,
    pub(super) id: String,
    pub(super) made: Result<Arc<MadeFlyer>, Vec<String>>,
}

pub(super) type Shared = State<Arc<Press>>;

impl Press {
    /// Makes the flyer's files, or takes those that were made of the same content.
    pub(super) async fn sheets(self: &Arc<Self>, good: &Arc<Good>, id: &str) -> Sheets {
        let version = self.state.news().version;
        let kept = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|k| k.version == version && k.id == id) {
            return kept;
        }
        let (press, good, id) = (self.clone(), good.clone(), id.to_owned());
        let work = move || {
            let loaded = &good.loaded;
            let told = |problems: crate::diag::Diagnostics| {
                problems.sorted().iter().map(ToString::to_string).collect::<Vec<_>>()
            };
            let made = Engine::of(&loaded.config)
                .map_err(|e| vec![format!("{e:#}")])
                .and_then(|engine| make(&loaded.config, &loaded.library, &engine, &id).map(Arc::new).map_err(told));
            let sheets = Sheets { version, id, made };
            *press.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(sheets.clone());
            sheets
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Sheets {
            version,
            id: String::new(),
            made: Err(vec![e.to_string()]),
        })
    }

    /// One change of a record after the other: two of the same moment are both kept.
    pub(super) fn recording<T>(&self, change: impl FnOnce() -> T) -> T {
        let _pen = self.pen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change()
    }

    pub(super) fn not_found(&self, good: &Good) -> Response {
        page(&self.state, good, StatusCode::NOT_FOUND, good.edition(None).render(&Address::NotFound), Errors::Above)
    }
}
