//! Typst files and fonts of a theme and of those that it extends in, laid-out documents out. One `Engine` for all
//! flyers, one cheap world for each.

use crate::config::Themes;
use crate::config::theme::files_below;
use anyhow::{Context as _, Result};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;

/// Fonts and theme files, read once.
pub struct Engine {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    files: HashMap<FileId, (Source, Bytes)>,
    templates: Vec<(String, String)>,
    pictures: PathBuf,
}

/// What differs between the places of a flyer. It is a file of its own, so that Typst takes whatever does not ask for
/// it from its cache.
const HERE: [&str; 5] = ["url", "url_shown", "qr", "place", "mark"];

/// The caches are gone through after so many compilations, which takes as long as a tenth of one, and what was used in
/// none of so many such rounds is forgotten: a size's two sheets (screen and press) and those of the other threads come
/// round again within that.
const ROUND: usize = 4;
const KEPT: usize = 2;
static COMPILED: AtomicUsize = AtomicUsize::new(0);

impl Engine {
    /// Reads `flyers/*` and every font of `fonts/` of the themes, the nearest where several have it; a file is also
    /// there as that theme's own (`/default/poster.typ`), so that a template can build on it. `content` is the folder
    /// that pictures are below.
    pub fn load(themes: &Themes, content: &Path) -> Result<Self> {
        let is_font = |path: &PathBuf| {
            path.extension()
                .is_some_and(|e| ["ttf", "otf", "ttc", "otc"].iter().any(|known| e.eq_ignore_ascii_case(known)))
        };
        let paths: Vec<PathBuf> = themes.files("fonts").into_values().filter(is_font).collect();
        // In the order of their names, whichever is read first: of two with one glyph the first is taken.
        let fonts: Vec<Vec<Font>> = paths.par_iter().map(|path| read_fonts(path)).collect::<Result<_>>()?;
        let fonts = fonts.concat();
        anyhow::ensure!(!fonts.is_empty(), "書体が1つもありません（{}）", themes.place("fonts").0);
        let (mut files, mut templates) = (HashMap::new(), Vec::new());
        let near = themes.files("flyers").into_iter().map(|(name, path)| ("theme", name, path));
        let each = themes.folders().flat_map(|(theme, folder)| {
            files_below(&folder.join("flyers")).into_iter().map(move |(name, path)| (theme, name, path))
        });
        for (theme, name, path) in each.chain(near) {
            let bytes = std::fs::read(&path).with_context(|| format!("{} を読めません", path.display()))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let id = file_id(&format!("/{theme}/{name}"))?;
            if let Some(template) = name.strip_suffix(".typ").filter(|_| theme == "theme") {
                templates.push((template.to_owned(), text.clone()));
            }
            files.insert(id, (Source::new(id, text), Bytes::new(bytes)));
        }
        let mut library = Library::builder().build();
        super::native::define(library.global.scope_mut());
        Ok(Self {
            library: LazyHash::new(library),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            files,
            templates,
            pictures: content.to_owned(),
        })
    }

    /// Name and text of every template file.
    pub fn templates(&self) -> &[(String, String)] {
        &self.templates
    }

    /// Has any font a glyph for it?
    pub fn can_write(&self, c: char) -> bool {
        (0..self.fonts.len()).any(|n| self.book.info(n).is_some_and(|info| info.coverage.contains(c as u32)))
    }

    /// Lays out `<template>.typ` with `data` as `/data.json`, but for what is `HERE`, which is `/here.json`. The
    /// error is Typst's own, for the designer of the theme.
    pub fn compile(&self, template: &str, data: &serde_json::Value) -> Result<PagedDocument> {
        self.compile_noting(template, data).map(|(document, _)| document)
    }

    /// As [`Engine::compile`]; says also which pictures were asked for.
    pub fn compile_noting(&self, template: &str, data: &serde_json::Value) -> Result<(PagedDocument, Pictures)> {
        let (here, shared): (serde_json::Map<_, _>, serde_json::Map<_, _>) = data
            .as_object()
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .partition(|(key, _)| HERE.contains(&key.as_str()));
        let file = |name: &str, part| anyhow::Ok((file_id(name)?, Bytes::new(serde_json::to_vec(&part)?)));
        let data = [file("/data.json", shared)?, file("/here.json", here)?];
        let world =
            Sheet { engine: self, main: file_id(&format!("/theme/{template}.typ"))?, data, pictures: Mutex::default() };
        let result = typst::compile::<PagedDocument>(&world);
        // Without this the caches grow for ever: what the last few compilations did not use is not the next one's
        // either.
        if COMPILED.fetch_add(1, Ordering::Relaxed) % ROUND == ROUND - 1 {
            comemo::evict(KEPT);
        }
        let document = result.output.map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(|p| world.describe(p)).collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        })?;
        Ok((document, world.pictures.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Names below the content folder. A layout that is taken from the cache asks for its pictures all the same, to see
/// whether they are as they were.
pub type Pictures = BTreeSet<String>;

fn read_fonts(path: &Path) -> Result<Vec<Font>> {
    let bytes = std::fs::read(path).with_context(|| format!("書体 {} を読めません", path.display()))?;
    Ok(Font::iter(Bytes::new(bytes)).collect())
}

/// What one compilation sees: the engine's files and its own data. No clock, so that the same content gives the same
/// bytes.
struct Sheet<'a> {
    engine: &'a Engine,
    main: FileId,
    data: [(FileId, Bytes); 2],
    pictures: Mutex<Pictures>,
}

impl Sheet<'_> {
    /// `theme/flyers/poster.typ:12:3: message`.
    fn describe(&self, problem: &typst::diag::SourceDiagnostic) -> String {
        let place = problem.span.id().map(|id| {
            let name = id.vpath().get_with_slash().trim_start_matches("/theme/").to_owned();
            let at = self.source(id).ok().and_then(|source| {
                let range = typst::WorldExt::range(self, problem.span)?;
                source.lines().byte_to_line_column(range.start)
            });
            at.map_or_else(|| format!("{name}: "), |(line, column)| format!("{name}:{}:{}: ", line + 1, column + 1))
        });
        format!("{}{}", place.unwrap_or_default(), problem.message)
    }
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.engine.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &self.engine.book
    }
    fn main(&self) -> FileId {
        self.main
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        self.engine.files.get(&id).map(|(source, _)| source.clone()).ok_or_else(|| not_found(id))
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if let Some((_, bytes)) = self.data.iter().find(|(name, _)| *name == id) {
            return Ok(bytes.clone());
        }
        if let Some((_, bytes)) = self.engine.files.get(&id) {
            return no_pdf(bytes.clone());
        }
        let path = id.vpath().get_with_slash();
        let below = path.strip_prefix("/content/").ok_or_else(|| not_found(id))?;
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).insert(below.to_owned());
        std::fs::read(self.engine.pictures.join(below)).map_err(|_| not_found(id)).and_then(|b| no_pdf(Bytes::new(b)))
    }
    fn font(&self, index: usize) -> Option<Font> {
        self.engine.fonts.get(index).cloned()
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Nothing in this program draws a PDF (`stubs/hayro`), so it is told before a sheet would stay white there.
fn no_pdf(bytes: Bytes) -> FileResult<Bytes> {
    if bytes.starts_with(b"%PDF") {
        return Err(FileError::Other(Some("PDF は絵として置けません。SVG か PNG にして置いてください".into())));
    }
    Ok(bytes)
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_with_slash().into())
}

fn file_id(path: &str) -> Result<FileId> {
    let path = VirtualPath::new(path).map_err(|e| anyhow::anyhow!("{path}: {e:?}"))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The engine of a configuration, for callers that make one for many documents.
impl Engine {
    /// Reads the theme that the settings name.
    pub fn of(config: &crate::config::Config) -> Result<Arc<Self>> {
        Ok(Arc::new(Self::load(&config.themes, &config.root.join("content"))?))
    }
}
