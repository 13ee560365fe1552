//! A folder in, its last good state and its present problems out.

use super::CountAudience;
use crate::calendar::Date;
use crate::content::Shelf;
use crate::diag::{Diagnostic, Diagnostics, Place, Severity};
use crate::engine::{Loaded, load_with};
use crate::site::{Edition, Pictures};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::watch;

/// What the preview shows, and what is wrong with what is saved now.
pub struct PreviewState {
    root: PathBuf,
    date: Option<Date>,
    /// Counts who would get an article.
    pub audience: CountAudience,
    good: RwLock<Option<Arc<Good>>>,
    /// What was read last: a saving reads only what it changed.
    shelf: Mutex<Shelf>,
    news: watch::Sender<News>,
}

impl std::fmt::Debug for PreviewState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreviewState").field("root", &self.root).finish_non_exhaustive()
    }
}

/// The last state without errors.
#[derive(Debug)]
pub struct Good {
    /// Settings, content, theme, day.
    pub loaded: Loaded,
    /// Resized pictures.
    pub pictures: Pictures,
}

impl Good {
    /// The site with drafts, on its day or on another one.
    pub fn edition(&self, on: Option<Date>) -> Edition<'_> {
        let Loaded { config, library, theme, today, .. } = &self.loaded;
        Edition::new(config, library, theme, on.unwrap_or(*today)).with_drafts().with_pictures(self.pictures.clone())
    }
}

/// Told to every open page when something was saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct News {
    /// Counts savings.
    pub version: u64,
    /// Errors first, then warnings.
    pub problems: Vec<Diagnostic>,
}

impl News {
    /// Is there one that keeps the last good page standing?
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }
}

impl PreviewState {
    /// Loads the folder for the first time; with errors there is nothing to show yet but them.
    pub fn open(root: &Path, date: Option<Date>, audience: CountAudience) -> Arc<Self> {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let shelf = Mutex::new(Shelf::of(&root));
        let state = Arc::new(Self {
            root,
            date,
            audience,
            good: RwLock::new(None),
            shelf,
            news: watch::Sender::new(News::default()),
        });
        state.reload();
        state
    }

    /// The site's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The last state without errors.
    pub fn good(&self) -> Option<Arc<Good>> {
        self.good.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// What is wrong now.
    pub fn news(&self) -> News {
        self.news.borrow().clone()
    }

    /// Follows what is told.
    pub fn follow(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    /// Reads everything again. With errors the last good state stays.
    pub fn reload(&self) {
        let mut shelf = self.shelf.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let problems = match load_with(&self.root, self.date, &mut shelf) {
            Ok(loaded) => self.accept(loaded),
            Err(problems) => problems,
        };
        let mut problems = problems.sorted();
        problems.sort_by_key(|p| p.severity);
        self.news.send_if_modified(|news| {
            news.version += 1;
            news.problems = problems;
            true
        });
    }

    fn accept(&self, loaded: Loaded) -> Diagnostics {
        let mut problems = loaded.problems.clone();
        match Pictures::prepare(&loaded.config, &loaded.library, &|_, _, _| ()) {
            Ok(pictures) => {
                *self.good.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
                    Some(Arc::new(Good { loaded, pictures }))
            }
            Err(e) => problems.error(
                "content/images",
                Place::default(),
                format!("{e:#}"),
                "画像を PNG か JPEG で保存しなおしてください",
            ),
        }
        problems
    }
}
