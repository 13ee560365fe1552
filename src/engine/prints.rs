//! A site's texts in, its flyers and handouts on the press out; what shows nothing new is not set again.

use super::bar::Bar;
use crate::config::Config;
use crate::content::Library;
use crate::diag::Diagnostics;
use crate::flyer::{self, Piece, Pieces};
use crate::paper::Engine;
use crate::press::Press;
use crate::stamp::{Digest, Digester, Stamp};
use anyhow::{Context as _, Result};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Flyers and handouts on a press.
pub struct Prints<'a> {
    config: &'a Config,
    library: &'a Library,
    press: &'a Press,
    bar: &'a Bar,
    /// Fonts and templates are read when something is to be printed.
    engine: OnceLock<Arc<Engine>>,
    /// Of the program and of what the theme prints with.
    tools: Digest,
}

/// The flyers of a build.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flyers {
    /// PDFs in all.
    pub pdfs: usize,
    /// Sizes and places that were set anew; the others are as the last build made them.
    pub set: usize,
}

impl<'a> Prints<'a> {
    /// Nothing is made yet.
    pub fn new(config: &'a Config, library: &'a Library, press: &'a Press, bar: &'a Bar) -> Self {
        let program = std::env::current_exe().ok().and_then(|exe| Stamp::of(&exe));
        let themes = config.themes.folders();
        let files: Vec<_> = themes
            .flat_map(|(_, theme)| ["flyers", "fonts"].map(|part| digests(&theme.join(part))))
            .flatten()
            .collect();
        Self { config, library, press, bar, engine: OnceLock::new(), tools: Digest::of_json(&(program, files)) }
    }

    fn engine(&self) -> Result<&Engine> {
        if self.engine.get().is_none() {
            let _ = self.engine.set(Engine::of(self.config)?);
        }
        self.engine.get().map(Arc::as_ref).context("no engine")
    }

    /// Each size and place is a unit: its key is of everything that its template is given (words, address, office,
    /// place), of the pictures that it read the last time, and of the tools.
    pub fn flyers(&self) -> Result<Flyers> {
        let refused = |problems: Diagnostics| super::refusal(problems, "チラシを作れません");
        let pieces = Pieces::of_site(self.config, self.library).map_err(refused)?;
        let all = pieces.all().map_err(refused)?;
        let units: Vec<String> = all.iter().map(|piece| unit(&piece.name)).collect();
        let stale: Vec<Piece<'_>> = all.into_par_iter().filter(|piece| !self.stands(piece)).collect();
        if !stale.is_empty() {
            let keep = |piece: &Piece<'_>, files: Vec<(String, Vec<u8>)>, pictures: Vec<String>, shown: Digest| {
                let files = files.into_iter().map(|(name, bytes)| (format!("flyers/{name}"), bytes));
                self.press.put_with(
                    &unit(&piece.name),
                    Digest::default(),
                    self.key(piece, shown),
                    files.into_iter().map(|(name, bytes)| (name, Some(bytes))),
                    serde_json::to_vec(&pictures)?,
                )
            };
            let step = |done: usize, of: usize| self.bar.step("チラシ", done as u64, of as u64);
            pieces.make(self.engine()?, &stale, &keep, &step).map_err(refused)?;
        }
        Ok(Flyers { pdfs: units.iter().map(|unit| self.press.count(unit, ".pdf")).sum(), set: stale.len() })
    }

    /// Is a piece as the last build made it?
    fn stands(&self, piece: &Piece<'_>) -> bool {
        let unit = unit(&piece.name);
        let Some(pictures) = self.press.memo(&unit).and_then(|memo| serde_json::from_slice::<Vec<String>>(memo).ok())
        else {
            return false;
        };
        self.press.keeps(&unit, Digest::default(), self.key(piece, flyer::shown(self.config, &pictures)))
    }

    fn key(&self, piece: &Piece<'_>, shown: Digest) -> Digest {
        Digester::default().digest(self.tools).digest(piece.key).digest(shown).end()
    }

    /// Slug to address of the handouts.
    pub fn handouts(&self) -> Result<BTreeMap<String, String>> {
        let settings = std::fs::read(self.config.root.join("otayori.yaml")).unwrap_or_default();
        let world =
            Digester::default().digest(self.tools).digest(Digest::of_json(&self.library.people)).part(settings).end();
        let handouts = flyer::handouts(self.config, self.library);
        let (unit, path) = (|name: &str| format!("handout/{name}"), |name: &str| format!("handouts/{name}.pdf"));
        let keyed: Vec<(String, Digest)> = handouts
            .into_iter()
            .map(|(name, digest)| (name, Digester::default().digest(world).digest(digest).end()))
            .collect();
        let stale: BTreeMap<&str, Digest> = keyed
            .iter()
            .filter(|(name, key)| !self.press.keeps(&unit(name), Digest::default(), *key))
            .map(|(name, key)| (name.as_str(), *key))
            .collect();
        if !stale.is_empty() {
            let step = |done: usize, of: usize| self.bar.step("配付用", done as u64, of as u64);
            let wanted = |name: &str| stale.contains_key(name);
            let made =
                flyer::build_handouts_of(self.config, self.library, self.engine()?, self.press.path(), &wanted, &step);
            made.map_err(|problems| super::refusal(problems, "チラシを作れません"))?;
        }
        for (name, key) in &stale {
            self.press.adopt(&unit(name), *key, [path(name)])?;
        }
        Ok(keyed.into_iter().map(|(name, _)| (name.clone(), format!("/{}", path(&name)))).collect())
    }
}

/// What a piece is called on the press.
fn unit(name: &str) -> String {
    format!("flyer/{name}")
}

/// Larger files, which are fonts, are known by their stamps.
const TEXT: u64 = 1 << 20;

/// Names and digests of all files below a folder, sorted.
fn digests(folder: &Path) -> Vec<(PathBuf, Digest)> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            found.extend(digests(&path));
        } else if path.is_file() {
            let large = path.metadata().is_ok_and(|m| m.len() > TEXT);
            let digest = if large {
                Digest::of_json(&Stamp::of(&path))
            } else {
                Digest::of(std::fs::read(&path).unwrap_or_default())
            };
            found.push((path, digest));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}
