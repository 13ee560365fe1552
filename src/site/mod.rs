//! A `Library` in, HTML pages out.
//!
//! [`build`] writes the whole public site of one day into a folder; [`Edition`] renders single pages of it (preview);
//! [`letter_page`] and [`PhoneView`] render what a household sees of a letter.

mod address;
pub mod api;
pub mod coverage;
mod edition;
mod feeds;
mod filters;
mod index;
mod letter_page;
pub mod night;
mod pages;
mod phone;
mod pictures;
mod search;
mod stage;
mod staging;
pub mod theme;

pub use address::Address;
pub use edition::Edition;
pub use letter_page::letter_page;
pub use phone::PhoneView;
pub use pictures::{Pictures, short_hash};
pub use stage::Stage;
pub use staging::Staging;
pub use theme::Theme;

use crate::calendar::Date;
use crate::config::Config;
use crate::content::Library;
use anyhow::{Context as _, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What a build made; `build --json` prints it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BuildReport {
    /// HTML pages.
    pub pages: usize,
    /// JSON files below `api/`.
    pub json: usize,
    /// PDFs of flyers; filled in by the caller, who calls the flyer room.
    pub flyers: usize,
    /// Resized pictures.
    pub images: usize,
    /// Of all phases together.
    pub seconds: f64,
    /// Seconds of each phase.
    pub phases: BTreeMap<String, f64>,
}

impl BuildReport {
    /// Adds a phase that began at `since`.
    pub fn phase(&mut self, name: &str, since: Instant) {
        let seconds = since.elapsed().as_secs_f64();
        self.seconds += seconds;
        *self.phases.entry(name.to_owned()).or_default() += seconds;
    }
}

/// Told of each step as `(phase, done, of)`, from several threads.
pub type Progress<'a> = &'a (dyn Fn(&str, u64, u64) + Sync);

/// Writes the site of `today` into the folder `out` (usually [`Staging::path`]): what is published, without drafts.
pub fn build(config: &Config, library: &Library, theme: &Theme, today: Date, out: &Path, progress: Progress<'_>) -> Result<BuildReport> {
    Edition::new(config, library, theme, today).build(out, progress)
}

impl Edition<'_> {
    /// Writes this edition into the folder `out`. A mistake in any page is an error; `out` is then of no use.
    pub fn build(mut self, out: &Path, progress: Progress<'_>) -> Result<BuildReport> {
        let mut report = BuildReport::default();
        let start = Instant::now();
        self.pictures = Pictures::prepare(self.config, self.library, progress)?;
        report.images = self.pictures.copy_to(out)?;
        report.phase("images", start);

        let start = Instant::now();
        report.pages = self.write_pages(out, progress)?;
        report.phase("pages", start);

        let start = Instant::now();
        copy_folder(&self.config.theme_dir().join("static"), &out.join("static"))?;
        for (name, text) in feeds::files(&self)? {
            write(&out.join(name), text.as_bytes())?;
        }
        report.phase("files", start);

        let start = Instant::now();
        report.json = api::write(&self, out)?;
        report.phase("api", start);

        let start = Instant::now();
        search::files(&self).into_par_iter().try_for_each(|(name, bytes)| write(&out.join(name), &bytes))?;
        report.phase("search", start);
        Ok(report)
    }

    /// All pages, in parallel; how many.
    fn write_pages(&self, out: &Path, progress: Progress<'_>) -> Result<usize> {
        let addresses = self.addresses();
        let (of, done) = (addresses.len() as u64, AtomicU64::new(0));
        addresses.par_iter().try_for_each(|address| {
            let html = self.render(address)?;
            write(&out.join(address.file(self)), &minify(&html))?;
            progress("pages", done.fetch_add(1, Ordering::Relaxed) + 1, of);
            Ok::<(), anyhow::Error>(())
        })?;
        Ok(addresses.len())
    }
}

/// Shorter HTML that means the same; keeps what the style sheet and the standard want.
pub fn minify(html: &str) -> Vec<u8> {
    let keep = minify_html::Cfg { keep_closing_tags: true, keep_html_and_head_opening_tags: true, keep_input_type_text_attr: true, ..minify_html::Cfg::new() };
    minify_html::minify(html.as_bytes(), &keep)
}

/// The page with `fragment` as the first thing in its body; minified pages may leave the tag `<body>` out.
pub fn at_top_of_body(html: &str, fragment: &str) -> String {
    let after_head = html.find("</head>").map_or(0, |at| at + "</head>".len());
    let rest = html[after_head..].trim_start();
    let body = if rest.starts_with("<body") { rest.find('>').map_or(0, |end| end + 1) } else { 0 };
    let at = html.len() - rest.len() + body;
    format!("{}{fragment}{}", &html[..at], &html[at..])
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
    }
    std::fs::write(path, bytes).with_context(|| format!("{} に書けません", path.display()))
}

/// Copies a folder with everything below it; a folder that does not exist is empty.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            write(&to, &std::fs::read(&from).with_context(|| format!("{} を読めません", from.display()))?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_stand_at_the_top_of_the_body() {
        for (page, expected) in [
            ("<head><title>a</title></head>\n<body class=\"tool\">\n<p>b", "<head><title>a</title></head>\n<body class=\"tool\"><i>\n<p>b"),
            ("<head><title>a</title></head><a class=skip>b", "<head><title>a</title></head><i><a class=skip>b"),
            ("<p>b", "<i><p>b"),
            ("", "<i>"),
        ] {
            assert_eq!(at_top_of_body(page, "<i>"), expected);
        }
    }
}
